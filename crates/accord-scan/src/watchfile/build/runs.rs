//! Keys in ascending order, each once, in bounded memory: what does not fit is sorted in runs in a file without a name, and
//! the runs are merged.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;

use bytes::Bytes;

use super::radix::{Key, merge, sort};
use crate::mapping;

/// What is gathered before it is written.
const WRITE_BYTES: usize = 256 << 10;

/// Where and when keys leave memory.
#[derive(Debug, Clone, Default)]
pub(super) struct Room {
    /// None: they never do.
    pub(super) folder: Option<PathBuf>,
    /// Most bytes in memory.
    pub(super) bytes: usize,
}

impl Room {
    /// A part of the room.
    pub(super) fn part(&self, of: usize) -> Room {
        Room {
            folder: self.folder.clone(),
            bytes: self.bytes / of,
        }
    }

    /// Where things go that are larger than the room; none where they fit, or must stay.
    pub(super) fn beyond(&self, bytes: usize) -> Option<&PathBuf> {
        self.folder.as_ref().filter(|_| bytes > self.bytes)
    }
}

/// Collects keys in any order.
#[derive(Debug)]
pub(super) struct Runs<K> {
    held: Vec<K>,
    room: Room,
    spilled: Option<Spilled<K>>,
}

#[derive(Debug)]
struct Spilled<K> {
    file: BufWriter<File>,
    /// Of each run, in bytes.
    ends: Vec<usize>,
    /// The largest key of the last run.
    last: Option<K>,
}

impl<K: Key> Runs<K> {
    pub(super) fn new(room: Room) -> Runs<K> {
        Runs {
            held: Vec::new(),
            room,
            spilled: None,
        }
    }

    #[inline]
    pub(super) fn push(&mut self, key: K) -> io::Result<()> {
        self.held.push(key);
        if self.held.len() == self.held.capacity() {
            self.is_full()?;
        }
        Ok(())
    }

    /// Takes keys away from where they wait.
    pub(super) fn take(&mut self, keys: &mut Vec<K>) -> io::Result<()> {
        keys.drain(..).try_for_each(|key| self.push(key))
    }

    /// Before the room for keys grows: whether it may.
    #[cold]
    fn is_full(&mut self) -> io::Result<()> {
        let most = self.room.bytes / size_of::<K>();
        if self.held.len() < most || self.room.folder.is_none() {
            let more = self.held.len().max(1 << 10);
            // Not beyond the limit by doubling.
            let most = self.room.folder.as_ref().map_or(more, |_| most - self.held.len());
            self.held.reserve_exact(more.min(most));
            return Ok(());
        }
        sort(&mut self.held);
        // What was there several times may have made enough room.
        if self.held.len() > most / 2 {
            self.spill()?;
        }
        Ok(())
    }

    /// Writes what is held, which is sorted, as a run, or at the end of the last one where it goes on there: keys that come in
    /// order need no merging.
    fn spill(&mut self) -> io::Result<()> {
        let Some(folder) = &self.room.folder else {
            return Ok(());
        };
        let spilled = match &mut self.spilled {
            Some(spilled) => spilled,
            None => self.spilled.insert(Spilled {
                file: BufWriter::with_capacity(WRITE_BYTES, tempfile::tempfile_in(folder)?),
                ends: Vec::new(),
                last: None,
            }),
        };
        let (first, last) = (self.held.first().copied(), self.held.last().copied());
        let before = spilled.ends.last().copied().unwrap_or(0);
        let goes_on = spilled.last.is_some() && first > spilled.last;
        if goes_on {
            spilled.ends.pop();
        }
        spilled.ends.push(before + size_of_val(self.held.as_slice()));
        spilled.last = last.or(spilled.last);
        self.held
            .drain(..)
            .try_for_each(|key| spilled.file.write_all(key.store().as_ref()))
    }

    /// All keys.
    pub(super) fn finish(mut self) -> io::Result<Sorted<K>> {
        sort(&mut self.held);
        if self.spilled.is_none() {
            return Ok(Sorted::Held(self.held));
        }
        self.spill()?;
        let Runs { spilled, room, held } = self;
        drop(held);
        let (Some(spilled), Some(folder)) = (spilled, room.folder) else {
            return Ok(Sorted::Held(Vec::new()));
        };
        let file = spilled
            .file
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        let runs = mapping::of_file(&file)?;
        if spilled.ends.len() == 1 {
            return Ok(Sorted::Stored(runs));
        }
        let mut merged = BufWriter::with_capacity(WRITE_BYTES, tempfile::tempfile_in(folder)?);
        merge::<K>(&runs, &spilled.ends, &mut merged)?;
        let merged = merged.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(Sorted::Stored(mapping::of_file(&merged)?))
    }
}

/// Keys in ascending order, each once.
#[derive(Debug)]
pub(super) enum Sorted<K> {
    Held(Vec<K>),
    /// In a file.
    Stored(Bytes),
}

impl<K: Key> Sorted<K> {
    pub(super) fn len(&self) -> usize {
        match self {
            Sorted::Held(keys) => keys.len(),
            Sorted::Stored(bytes) => bytes.len() / size_of::<K>(),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = K> {
        let (held, stored) = match self {
            Sorted::Held(keys) => (keys.as_slice(), &[][..]),
            Sorted::Stored(bytes) => (&[][..], bytes.as_ref()),
        };
        let stored = stored.chunks_exact(size_of::<K>()).map(K::load);
        held.iter().copied().chain(stored)
    }

    #[cfg(test)]
    pub(super) fn is_stored(&self) -> bool {
        matches!(self, Sorted::Stored(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(keys: &[u64], room: &Room) -> Sorted<u64> {
        let mut runs = Runs::new(room.clone());
        keys.iter().for_each(|key| runs.push(*key).unwrap());
        runs.finish().unwrap()
    }

    #[test]
    fn in_memory_and_in_runs_alike() {
        let folder = tempfile::tempdir().unwrap();
        let scattered = |i: u64| i.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for count in [0, 1, 1_000, 200_000] {
            for keys in [
                (0..count).map(scattered).collect::<Vec<u64>>(),
                (0..count).map(|i| scattered(i % 77)).collect(),
                (0..count).rev().map(|i| i / 3).collect(),
                (0..count).collect(),
                (0..count).map(|i| i / 2 + i % 5_000 / 4_999 * 7).collect(),
            ] {
                let mut expected = keys.clone();
                expected.sort_unstable();
                expected.dedup();
                let held = sorted(&keys, &Room::default());
                assert!(!held.is_stored());
                assert!(held.iter().eq(expected.iter().copied()), "{count} held");
                let room = Room {
                    folder: Some(folder.path().to_owned()),
                    bytes: 8 * 1_500,
                };
                let spilled = sorted(&keys, &room);
                assert_eq!(spilled.is_stored(), expected.len() > 1_500, "{count}");
                assert_eq!(spilled.len(), expected.len());
                assert!(spilled.iter().eq(expected.iter().copied()), "{count} spilled");
            }
        }
        let left = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 0, "files have no names");
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let room = Room {
            folder: Some("/nowhere/at/all".into()),
            bytes: 80,
        };
        let mut runs = Runs::new(room);
        assert!((0..10_000u128).any(|key| runs.push(key).is_err()));
    }
}
