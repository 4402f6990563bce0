//! Which log a file holds.
//!
//! 1. The file of a log that was followed (inode and time of making): that log, where the log's first bytes still are
//!    its first bytes and nothing is missing; else it was truncated or replaced, and is a new log.
//! 2. Else, where its name is one that rotation makes of a followed log's: that log, where all that was taken of it has
//!    the same digests here, and the followed file is no longer as it was. What comes behind is taken from here.
//! 3. Else a log of its own.
//!
//! A compressed file is looked at once it rests, by 2 and 3.

use std::fs::File;
use std::io::{self, Read, Seek};

use accord_logstore::{Compression, Decompressed};

use super::file::{first_bytes, head_of, open};
use super::streams::{Relation, Stream, Streams, Taken};
use super::{FilesCollector, Followed, Phase, seconds};
use crate::error::{Error, Result};
use crate::limits::HEAD_BYTES;

/// A copy that does not come to rest is a log of its own after so many times `settle_s`.
const UNSETTLED: i64 = 10;

/// What a file of unknown content turned out to be.
enum Found {
    /// Not to be said yet.
    Wait,
    /// A log that grows: a followed one, or a new one.
    Plain(Option<u64>),
    /// A compressed file: the rest of a followed log, or a new log.
    Packed(Option<u64>),
    /// All of it was taken.
    Done,
}

impl FilesCollector {
    /// Tells the files of followed logs. To be done for all files before any is compared by content.
    pub(super) fn identify_by_file(&mut self, now_ms: i64) {
        let keys = self.unknown();
        for key in keys {
            let Some(file) = self.followed.get_mut(&key) else {
                continue;
            };
            let (opened, first) = match open_first(file) {
                Ok(opened) => opened,
                Err(error) => {
                    self.status.refuse(&file.name, &error.to_string());
                    continue;
                }
            };
            self.status.lock().refused.remove(&file.name);
            if Compression::of(&first) != Compression::Plain {
                continue;
            }
            if let Some((number, stream)) = last_of(&self.streams, file, &first) {
                file.phase = Phase::Plain(Some(number));
                file.file = Some(opened);
                if file.size > stream.to {
                    file.untaken_since_ms = Some(now_ms);
                }
            }
        }
    }

    /// After the store failed: an import that was reported as failed may be there all the same.
    pub(super) fn link_again(&mut self) {
        for file in self.followed.values_mut() {
            if file.phase != Phase::Plain(None) {
                continue;
            }
            let first = match &file.file {
                Some(opened) => first_bytes(opened),
                None => open_first(file).map(|(_, first)| first),
            };
            // Where it cannot be read now, it cannot be taken either.
            let Ok(first) = first else { continue };
            if let Some((number, _)) = last_of(&self.streams, file, &first) {
                file.phase = Phase::Plain(Some(number));
            }
        }
    }

    fn unknown(&self) -> Vec<(u64, u64)> {
        let unknown = self.followed.iter();
        let unknown = unknown.filter(|(_, file)| file.phase == Phase::Unknown && file.size > 0);
        let mut keys: Vec<((u64, u64), &str)> =
            unknown.map(|(key, file)| (*key, file.name.as_str())).collect();
        // In the order of names, so that the same folder always makes the same segments.
        keys.sort_by_key(|(_, name)| *name);
        keys.into_iter().map(|(key, _)| key).collect()
    }

    /// Tells copies from new logs, and takes compressed files.
    pub(super) fn identify_by_content(&mut self, now_ms: i64, stopped: &dyn Fn() -> bool) -> Result<()> {
        for key in self.unknown() {
            if stopped() {
                return Ok(());
            }
            let Some(file) = self.followed.get(&key) else {
                continue;
            };
            // Told already; tried again at the next look.
            let Ok((opened, first)) = open_first(file) else {
                continue;
            };
            let found = match self.tell_content(file, &opened, &first, now_ms) {
                Ok(found) => found,
                Err(error) => {
                    // Told, and tried again when the file changes.
                    self.status.refuse(&file.name, &error.to_string());
                    self.set_phase(key, Phase::Done, None);
                    continue;
                }
            };
            match found {
                Found::Wait => {}
                Found::Done => self.set_phase(key, Phase::Done, None),
                Found::Plain(stream) => {
                    self.set_phase(key, Phase::Plain(stream), Some(opened));
                    if let Some(file) = self.followed.get_mut(&key) {
                        file.untaken_since_ms = Some(now_ms);
                    }
                }
                Found::Packed(stream) => {
                    let file = self.followed.get(&key);
                    if let Some(file) = file {
                        match self.take_packed(file, &opened, stream, now_ms) {
                            Ok((place, segment)) => self.streams.add(&place, Taken::by(&segment)),
                            Err(Error::Store(
                                error @ (accord_logstore::Error::Input { .. }
                                | accord_logstore::Error::TooLarge { .. }),
                            )) => {
                                self.status.refuse(&file.name, &error.to_string());
                            }
                            Err(error) => return Err(error),
                        }
                    }
                    self.set_phase(key, Phase::Done, None);
                }
            }
        }
        Ok(())
    }

    fn set_phase(&mut self, key: (u64, u64), phase: Phase, opened: Option<File>) {
        if let Some(file) = self.followed.get_mut(&key) {
            file.phase = phase;
            file.file = opened;
            file.searched = 0;
        }
    }

    fn tell_content(&self, file: &Followed, opened: &File, first: &[u8], now_ms: i64) -> io::Result<Found> {
        let settle_ms = seconds(self.settings.settle_s);
        let rests = now_ms.saturating_sub(file.changed_ms) >= settle_ms;
        let overdue = now_ms.saturating_sub(file.first_seen_ms) >= settle_ms.saturating_mul(UNSETTLED);
        let packed = Compression::of(first) != Compression::Plain;
        if packed && !rests {
            return Ok(Found::Wait);
        }
        let whole = |stream: &Stream| packed && stream.packed_length == Some(file.size);
        if self.streams.of_file(&file.id).any(|(_, stream)| whole(stream)) {
            return Ok(Found::Done);
        }
        let (path, mut handle) = (file.path.to_string_lossy(), opened);
        let log_first = if packed {
            let mut log_first = Vec::new();
            Decompressed::open(&mut handle)?
                .take(HEAD_BYTES as u64)
                .read_to_end(&mut log_first)?;
            log_first
        } else {
            first.to_vec()
        };
        // A file that is still short may yet become a copy.
        let may_be = |stream: &Stream| match head_of(&log_first, stream.head.length) {
            Some(head) => head == stream.head,
            None => !packed,
        };
        let of_name = self.streams.named_like(&path);
        let of_file = self.streams.of_file(&file.id).filter(|_| packed);
        let mut candidates: Vec<(u64, &Stream)> = of_name
            .chain(of_file)
            .filter(|(_, stream)| may_be(stream))
            .collect();
        candidates.dedup_by_key(|(number, _)| *number);
        let own = if packed {
            Found::Packed(None)
        } else {
            Found::Plain(None)
        };
        if candidates.is_empty() {
            return Ok(own);
        }
        if !rests && !overdue {
            return Ok(Found::Wait);
        }
        for (number, stream) in candidates {
            handle.rewind()?;
            let relation = if packed {
                stream.relation(&mut Decompressed::open(&mut handle)?)?
            } else {
                stream.relation(&mut handle)?
            };
            let intact = self.is_intact(number);
            match (relation, packed, intact) {
                (Relation::Other, ..) => {}
                // The followed file and its compressed form, side by side.
                (Relation::Same, true, _) => return Ok(Found::Done),
                (Relation::Longer, true, true) if !overdue => return Ok(Found::Wait),
                (Relation::Longer, true, false) => return Ok(Found::Packed(Some(number))),
                (_, false, false) => return Ok(Found::Plain(Some(number))),
                // Somebody's copy beside the log that goes on: a file of its own.
                (_, _, true) => {}
            }
        }
        Ok(own)
    }

    /// Whether the file of a followed log still is as it was followed.
    fn is_intact(&self, stream: u64) -> bool {
        self.followed
            .values()
            .any(|file| file.phase == Phase::Plain(Some(stream)) && !file.gone)
    }
}

/// The log that was last taken from a file, where the file still holds it.
fn last_of<'s>(streams: &'s Streams, file: &Followed, first: &[u8]) -> Option<(u64, &'s Stream)> {
    streams.of_file(&file.id).next().filter(|(_, stream)| {
        stream.packed_length.is_none()
            && stream.to <= file.size
            && head_of(first, stream.head.length) == Some(stream.head)
    })
}

/// Opens a file that is still the one that was seen.
fn open_first(file: &Followed) -> io::Result<(File, Vec<u8>)> {
    let (opened, metadata) = open(&file.path)?;
    if !super::FileId::of(&metadata).is_same(&file.id) {
        return Err(io::Error::other("it was replaced just now"));
    }
    let first = first_bytes(&opened)?;
    Ok((opened, first))
}
