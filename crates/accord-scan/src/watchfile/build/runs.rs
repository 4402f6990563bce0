//! Keys in ascending order, each once, in bounded memory: what does not fit is sorted in runs in a file without a name, and
//! the runs are merged when they are gone through.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;

use bytes::Bytes;

use super::radix::{Key, sort};
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

    /// Sorts what is held, so that who finishes it need not.
    pub(super) fn sort(&mut self) {
        sort(&mut self.held);
    }

    /// All keys, of which none was there twice: so that they need not be counted.
    pub(super) fn finish_distinct(self) -> io::Result<Sorted<K>> {
        let runs = self.runs()?;
        let length = runs.iter().map(Run::len).sum();
        Ok(Sorted { runs, length })
    }

    /// All keys of two.
    pub(super) fn finish_with(self, other: Runs<K>) -> io::Result<Sorted<K>> {
        let mut runs = self.runs()?;
        runs.extend(other.runs()?);
        Ok(Sorted::of(runs))
    }

    fn runs(mut self) -> io::Result<Vec<Run<K>>> {
        sort(&mut self.held);
        if self.spilled.is_none() {
            let held = self.held;
            return Ok(if held.is_empty() {
                Vec::new()
            } else {
                vec![Run::Held(held)]
            });
        }
        self.spill()?;
        let Some(spilled) = self.spilled else {
            return Ok(Vec::new());
        };
        let file = spilled
            .file
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        let bytes = mapping::of_file(&file)?;
        let starts = std::iter::once(&0).chain(&spilled.ends);
        let runs = starts.zip(&spilled.ends);
        Ok(runs
            .map(|(&start, &end)| Run::Stored(bytes.slice(start..end)))
            .collect())
    }
}

/// Keys in ascending order, each once.
#[derive(Debug)]
enum Run<K> {
    Held(Vec<K>),
    /// In a file.
    Stored(Bytes),
}

impl<K: Key> Run<K> {
    fn len(&self) -> usize {
        match self {
            Run::Held(keys) => keys.len(),
            Run::Stored(bytes) => bytes.len() / size_of::<K>(),
        }
    }
}

/// Keys in ascending order, each once, of one run or of several.
#[derive(Debug)]
pub(super) struct Sorted<K> {
    runs: Vec<Run<K>>,
    length: usize,
}

impl<K: Key> Sorted<K> {
    fn of(runs: Vec<Run<K>>) -> Sorted<K> {
        let length = match runs.as_slice() {
            [] => 0,
            [run] => run.len(),
            runs => Merged::of(runs).count(),
        };
        Sorted { runs, length }
    }

    pub(super) fn len(&self) -> usize {
        self.length
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = K> {
        Merged::of(&self.runs)
    }

    #[cfg(test)]
    pub(super) fn is_stored(&self) -> bool {
        self.runs.iter().any(|run| matches!(run, Run::Stored(_)))
    }
}

/// Goes through runs together.
struct Merged<'r, K> {
    /// Of each run that is not at its end the next key, and what follows. Few: each is as long as the room for keys.
    heads: Vec<(K, Rest<'r, K>)>,
    last: Option<K>,
}

enum Rest<'r, K> {
    Held(std::slice::Iter<'r, K>),
    Stored(std::slice::ChunksExact<'r, u8>),
}

impl<K: Key> Rest<'_, K> {
    #[inline]
    fn next(&mut self) -> Option<K> {
        match self {
            Rest::Held(rest) => rest.next().copied(),
            Rest::Stored(rest) => rest.next().map(K::load),
        }
    }
}

impl<'r, K: Key> Merged<'r, K> {
    fn of(runs: &'r [Run<K>]) -> Merged<'r, K> {
        let heads = runs.iter().filter_map(|run| {
            let mut rest = match run {
                Run::Held(keys) => Rest::Held(keys.iter()),
                Run::Stored(bytes) => Rest::Stored(bytes.chunks_exact(size_of::<K>())),
            };
            Some((rest.next()?, rest))
        });
        Merged {
            heads: heads.collect(),
            last: None,
        }
    }

    /// Which run has the least key.
    #[inline]
    fn least(&self) -> usize {
        match self.heads.as_slice() {
            [] | [_] => 0,
            [(first, _), (second, _)] => usize::from(second < first),
            many => {
                let keys = many.iter().map(|(key, _)| *key);
                (0..)
                    .zip(keys)
                    .min_by_key(|(_, key)| *key)
                    .map_or(0, |(at, _)| at)
            }
        }
    }
}

impl<K: Key> Iterator for Merged<'_, K> {
    type Item = K;

    #[inline]
    fn next(&mut self) -> Option<K> {
        loop {
            let at = self.least();
            let (head, rest) = self.heads.get_mut(at)?;
            let key = *head;
            match rest.next() {
                Some(following) => *head = following,
                None => {
                    self.heads.swap_remove(at);
                }
            }
            if self.last.replace(key) != Some(key) {
                return Some(key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(keys: &[u64], room: &Room) -> Sorted<u64> {
        let mut runs = Runs::new(room.clone());
        keys.iter().for_each(|key| runs.push(*key).unwrap());
        runs.finish_with(Runs::new(room.clone())).unwrap()
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
                let all_different = expected.len() == keys.len();
                if all_different {
                    let mut runs = Runs::new(room.clone());
                    keys.iter().for_each(|key| runs.push(*key).unwrap());
                    let distinct = runs.finish_distinct().unwrap();
                    assert_eq!(distinct.len(), expected.len());
                    assert!(distinct.iter().eq(expected.iter().copied()), "{count} distinct");
                }
                // Of two that share some keys.
                let (some, others) = keys.split_at(keys.len() / 3);
                for [first, second] in [[Room::default(), room.clone()], [room.clone(), room.clone()]] {
                    let mut runs = [Runs::new(first), Runs::new(second)];
                    let all = [some, others].into_iter().zip(&mut runs);
                    all.for_each(|(keys, runs)| keys.iter().for_each(|key| runs.push(*key).unwrap()));
                    let [one, mut other] = runs;
                    other.sort();
                    let both = one.finish_with(other).unwrap();
                    assert_eq!(both.len(), expected.len());
                    assert!(both.iter().eq(expected.iter().copied()), "{count} of two");
                }
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
