//! The one place where a file is mapped into memory.

#![allow(unsafe_code, reason = "mapping a file is unsafe by contract")]

use std::fs::File;
use std::io;
use std::path::Path;

use bytes::Bytes;
use memmap2::Mmap;

/// The bytes of a file, read when they are touched, by all processes that map it from the same memory.
///
/// # Errors
/// When it cannot be opened or is no regular file.
pub(crate) fn map(path: &Path) -> io::Result<Bytes> {
    let file = File::open(path)?;
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(io::Error::other("not a file that can be mapped"));
    }
    if found.len() == 0 {
        return Ok(Bytes::new());
    }
    // SAFETY: what a map asks for is that the bytes do not change and the file does not shrink while it is there. A watchlist
    // file is written under another name, and renamed when it is whole (`Watchfile::write`): what was mapped keeps its own
    // bytes until the last map of it goes, and no program of ours opens it for writing. Somebody else who writes into it
    // can make an answer wrong between a check and its use, as with any file of the node's own folder, and who cuts it short
    // ends the process with a bus error; neither lets them run code, as no byte is trusted beyond what it says
    // (the fuzz target `watchlist_file`).
    let map = unsafe { Mmap::map(&file)? };
    Ok(Bytes::from_owner(map))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_has_the_bytes_of_the_file_and_outlives_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, b"bytes").unwrap();
        let map = map(&path).unwrap();
        std::fs::write(folder.path().join("b"), b"other").unwrap();
        std::fs::rename(folder.path().join("b"), &path).unwrap();
        assert_eq!(&map[..], b"bytes");
        std::fs::write(&path, b"").unwrap();
        assert!(super::map(&path).unwrap().is_empty());
        assert!(super::map(folder.path()).is_err());
    }
}
