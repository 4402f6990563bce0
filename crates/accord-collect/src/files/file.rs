//! One file on disk: opened without following links, told from others, read by stretches.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::time::UNIX_EPOCH;

use accord_logstore::{Head, Hex};
use nix::fcntl::OFlag;
use sha2::{Digest, Sha256};

use crate::limits::{HEAD_BYTES, READ_BYTES};

/// What tells a file from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileId {
    pub(crate) device: u64,
    pub(crate) inode: u64,
    pub(crate) created_ns: Option<u64>,
}

impl FileId {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        let created = metadata.created().ok();
        let since = created.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            created_ns: since.and_then(|since| u64::try_from(since.as_nanos()).ok()),
        }
    }

    /// Whether both are one file. Where both tell when they were made, the number of the device does not count: it
    /// may be another after a restart of the machine.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.inode == other.inode
            && match (self.created_ns, other.created_ns) {
                (Some(one), Some(two)) => one == two,
                _ => self.device == other.device,
            }
    }
}

/// When it was last changed, nanoseconds since the epoch.
pub(crate) fn modified_ns(metadata: &Metadata) -> i128 {
    i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec())
}

/// Opens a plain file; a link or a special file is an error, and nothing waits for a pipe's other end.
pub(crate) fn open(path: &Path) -> io::Result<(File, Metadata)> {
    let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
    let file = File::options().read(true).custom_flags(flags.bits()).open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is no plain file"));
    }
    Ok((file, metadata))
}

/// Reads as much as there is of the buffer.
pub(crate) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(space) = buffer.get_mut(filled..).filter(|space| !space.is_empty()) {
        match file.read_at(space, offset + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// The head of some bytes that a log begins with.
pub(crate) fn head_of(first: &[u8], length: u64) -> Option<Head> {
    let bytes = first.get(..usize::try_from(length).ok()?)?;
    Some(Head {
        length,
        sha256: Hex(Sha256::digest(bytes).into()),
    })
}

/// The first bytes of a file, at most [`HEAD_BYTES`].
pub(crate) fn first_bytes(file: &File) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; HEAD_BYTES];
    let count = read_at(file, &mut bytes, 0)?;
    bytes.truncate(count);
    Ok(bytes)
}

/// Reads a stretch of a file, once; at its end makes sure that the file is still the one it was.
pub(crate) struct StretchReader<'f> {
    pub(crate) file: &'f File,
    pub(crate) at: u64,
    pub(crate) end: u64,
    pub(crate) head: Head,
}

impl Read for StretchReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        let most = left.min(buffer.len());
        if left == 0 {
            let first = first_bytes(self.file)?;
            if self.file.metadata()?.len() < self.end || head_of(&first, self.head.length) != Some(self.head)
            {
                return Err(changed());
            }
            return Ok(0);
        }
        let count = self
            .file
            .read_at(buffer.get_mut(..most).unwrap_or_default(), self.at)?;
        if count == 0 && most > 0 {
            return Err(changed());
        }
        self.at += count as u64;
        Ok(count)
    }
}

fn changed() -> io::Error {
    io::Error::other("it was truncated or replaced while it was read")
}

/// Where the stretch that begins at `from` ends: behind the last line end up to `size`, at most `most` bytes away. A
/// line that does not end by then is cut there; one that does not end by `size` belongs to it where `partial`.
/// `searched`: no line end lies before it.
pub(crate) fn cut(
    file: &File,
    from: u64,
    size: u64,
    most: u64,
    partial: bool,
    searched: &mut u64,
) -> io::Result<Option<u64>> {
    let end = size.min(from.saturating_add(most));
    let full = end - from >= most;
    if partial && !full {
        return Ok(Some(end).filter(|end| *end > from));
    }
    let least = from.max((*searched).min(end));
    let mut buffer = vec![0; READ_BYTES];
    let mut to = end;
    while to > least {
        let start = least.max(to.saturating_sub(READ_BYTES as u64));
        let piece = buffer
            .get_mut(..usize::try_from(to - start).unwrap_or(0))
            .unwrap_or_default();
        let count = read_at(file, piece, start)?;
        if let Some(at) = memchr::memrchr(b'\n', piece.get(..count).unwrap_or_default()) {
            return Ok(Some(start + at as u64 + 1));
        }
        to = start;
    }
    *searched = end;
    Ok(full.then_some(end).filter(|end| *end > from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_stretch_ends() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let long = "x".repeat(3 * READ_BYTES);
        let text = format!("one\ntwo\npart{long}");
        std::fs::write(&path, &text).unwrap();
        let file = File::open(&path).unwrap();
        let size = text.len() as u64;
        for (from, most, partial, expected) in [
            (0, size + 1, false, Some(8)),
            (0, size + 1, true, Some(size)),
            (8, size, false, None),
            (8, size, true, Some(size)),
            (8, 100, false, Some(108)),
            (0, 5, true, Some(4)),
            (0, 2, false, Some(2)),
            (size, 9, true, None),
        ] {
            let found = cut(&file, from, size, most, partial, &mut 0).unwrap();
            assert_eq!(found, expected, "{from} {most} {partial}");
        }
        let mut searched = 0;
        assert_eq!(cut(&file, 8, size, size, false, &mut searched).unwrap(), None);
        assert_eq!(searched, size);
    }

    #[test]
    fn one_file_or_two() {
        let id = |device, created_ns| FileId {
            device,
            inode: 7,
            created_ns,
        };
        for (one, two, same) in [
            (id(1, Some(5)), id(1, Some(5)), true),
            (id(1, Some(5)), id(2, Some(5)), true),
            (id(1, Some(5)), id(1, Some(6)), false),
            (id(1, None), id(1, Some(6)), true),
            (id(1, None), id(2, None), false),
        ] {
            assert_eq!(one.is_same(&two), same, "{one:?} {two:?}");
        }
    }
}
