//! The one place where a file is mapped into memory.

#![allow(unsafe_code, reason = "mapping a file is unsafe by contract")]

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use accord_matcher::SealedHolder;
use bytes::Bytes;
use memmap2::{Mmap, MmapMut};

/// A map of a file, which can drop pages.
#[derive(Debug, Clone)]
struct Mapped(Arc<Mmap>);

impl AsRef<[u8]> for Mapped {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl SealedHolder for Mapped {
    /// Whoever touches the bytes again has them read from the file again. What cannot be done, and where the system has no
    /// such call, leaves memory as it is.
    fn release(&self, bytes: Range<usize>) {
        #[cfg(unix)]
        if bytes.end <= self.0.len() {
            // SAFETY: the map is shared with the file and never written to, so that what is dropped is read from the file
            // again, whose bytes do not change (`map`).
            let _ = unsafe {
                self.0
                    .unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, bytes.start, bytes.len())
            };
        }
    }
}

/// The bytes of a file, read when they are touched, by all processes that map it from the same memory, and who holds them.
///
/// # Errors
/// When it cannot be opened or is no regular file.
pub(crate) fn map(path: &Path) -> io::Result<(Bytes, Arc<dyn SealedHolder>)> {
    let file = File::open(path)?;
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(io::Error::other("not a file that can be mapped"));
    }
    // SAFETY: what a map asks for is that the bytes do not change and the file does not shrink while it is there. A watchlist
    // file is written under another name, and renamed when it is whole (`Watchfile::write`): what was mapped keeps its own
    // bytes until the last map of it goes, and no program of ours opens it for writing. Somebody else who writes into it
    // can make an answer wrong between a check and its use, as with any file of the node's own folder, and who cuts it short
    // ends the process with a bus error; neither lets them run code, as no byte is trusted beyond what it says
    // (the fuzz target `watchlist_file`).
    let map = Mapped(Arc::new(unsafe { Mmap::map(&file)? }));
    Ok((Bytes::from_owner(map.clone()), Arc::new(map)))
}

/// The bytes of a file of our own without a name, which is written no more.
///
/// # Errors
/// When it cannot be mapped.
pub(crate) fn of_file(file: &File) -> io::Result<Bytes> {
    if file.metadata()?.len() == 0 {
        return Ok(Bytes::new());
    }
    // SAFETY: nobody else can open a file without a name, and who has it here writes to it no more.
    let map = unsafe { Mmap::map(file)? };
    Ok(Bytes::from_owner(map))
}

/// Zeros that leave memory for a file without a name in a folder when room is needed.
///
/// # Errors
/// When there is no room for it there.
pub(crate) fn zeros(folder: &Path, bytes: usize) -> io::Result<MmapMut> {
    let mut file = tempfile::tempfile_in(folder)?;
    // Written, not only made so long: a page that finds no room on the disk later would end the process.
    io::copy(&mut io::Read::take(io::repeat(0), bytes as u64), &mut file)?;
    // SAFETY: nobody else can open a file without a name, and here only the map knows it.
    unsafe { MmapMut::map_mut(&file) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_has_the_bytes_of_the_file_and_outlives_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, b"bytes").unwrap();
        let (map, holder) = map(&path).unwrap();
        std::fs::write(folder.path().join("b"), b"other").unwrap();
        std::fs::rename(folder.path().join("b"), &path).unwrap();
        assert_eq!(&map[..], b"bytes");
        for end in [0, 5, 6, 4096] {
            holder.release(0..end);
            assert_eq!(&map[..], b"bytes");
        }
        std::fs::write(&path, b"").unwrap();
        assert!(super::map(&path).unwrap().0.is_empty());
        assert!(super::map(folder.path()).is_err());
    }

    #[test]
    fn files_without_a_name() {
        let folder = tempfile::tempdir().unwrap();
        let mut zeros = zeros(folder.path(), 10_000).unwrap();
        assert!(zeros.len() == 10_000 && zeros.iter().all(|&byte| byte == 0));
        zeros[9_999] = 7;
        assert_eq!(zeros[9_999], 7);
        let mut file = tempfile::tempfile_in(folder.path()).unwrap();
        assert!(of_file(&file).unwrap().is_empty());
        io::Write::write_all(&mut file, b"bytes").unwrap();
        assert_eq!(&of_file(&file).unwrap()[..], b"bytes");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        assert!(super::zeros(Path::new("/nowhere"), 1).is_err());
    }
}
