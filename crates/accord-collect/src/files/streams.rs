//! What of which log is in segments, or was in segments that are destroyed: as the store tells, and from nothing else.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Read};
use std::path::Path;

use accord_logstore::{Collected, FilePlace, Head, Hex, OriginPlace, Segment};
use sha2::{Digest, Sha256};

use super::file::FileId;
use super::names::log_name;
use crate::limits::READ_BYTES;

/// One log, as far as it is in segments.
#[derive(Debug, Clone)]
pub(crate) struct Stream {
    /// Where its last stretch was taken from.
    pub(crate) path: String,
    pub(crate) id: FileId,
    pub(crate) head: Head,
    /// The first byte that is in no segment.
    pub(crate) to: u64,
    /// The length of the compressed file it was taken from as a whole.
    pub(crate) packed_length: Option<u64>,
    /// Ends and digests of its stretches, in order.
    stretches: Vec<(u64, Hex<32>)>,
}

/// What a stretch was that became a segment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taken {
    /// Bytes of the file as it was given.
    pub(crate) given_length: u64,
    /// Bytes of the log.
    pub(crate) log_length: u64,
    /// Their SHA-256.
    pub(crate) log_sha256: Hex<32>,
}

impl Taken {
    pub(crate) fn by(segment: &Segment) -> Self {
        let (given, log) = (&segment.manifest.given, &segment.manifest.log);
        Self {
            given_length: given.length,
            log_length: log.length,
            log_sha256: log.sha256,
        }
    }
}

/// How a file's log relates to a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    /// It is another log.
    Other,
    /// It is the whole of what was taken.
    Same,
    /// It begins with what was taken, and goes on.
    Longer,
}

/// The logs of a collector.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    by_number: BTreeMap<u64, Stream>,
    by_inode: HashMap<u64, Vec<u64>>,
    by_name: HashMap<String, Vec<u64>>,
}

fn name_of(path: &str) -> String {
    let name = Path::new(path).file_name().unwrap_or_default();
    log_name(&name.to_string_lossy())
}

impl Streams {
    pub(crate) fn load(collected: &[Collected], collector: &str) -> Self {
        let mut streams = Self::default();
        for one in collected.iter().filter(|one| one.origin.collector == collector) {
            if let OriginPlace::File(place) = &one.origin.at {
                streams.add(
                    place,
                    Taken {
                        given_length: one.given_length,
                        log_length: one.log_length,
                        log_sha256: one.log_sha256,
                    },
                );
            }
        }
        streams
    }

    /// Takes up the place of a stretch that is in a segment, or was.
    pub(crate) fn add(&mut self, place: &FilePlace, taken: Taken) {
        let id = FileId {
            device: place.device,
            inode: place.inode,
            created_ns: place.created_ns,
        };
        let to = place.from.saturating_add(taken.log_length);
        let stretch = (to, taken.log_sha256);
        let stream = self.by_number.entry(place.stream).or_insert_with(|| Stream {
            path: String::new(),
            id,
            head: place.head,
            to: 0,
            packed_length: None,
            stretches: Vec::new(),
        });
        stream.id = id;
        stream.head = place.head;
        stream.to = stream.to.max(to);
        stream.packed_length = (place.compressed && place.from == 0).then_some(taken.given_length);
        stream.stretches.push(stretch);
        let renamed = stream.path != place.path;
        if renamed {
            stream.path.clone_from(&place.path);
        }
        enter(self.by_inode.entry(place.inode).or_default(), place.stream);
        if renamed {
            enter(
                self.by_name.entry(name_of(&place.path)).or_default(),
                place.stream,
            );
        }
    }

    /// The number of a log that is in no segment yet.
    pub(crate) fn next(&self) -> u64 {
        self.by_number.last_key_value().map_or(1, |(last, _)| last + 1)
    }

    pub(crate) fn get(&self, number: u64) -> Option<&Stream> {
        self.by_number.get(&number)
    }

    /// Logs whose last stretch came from this file, the newest first.
    pub(crate) fn of_file(&self, id: &FileId) -> impl Iterator<Item = (u64, &Stream)> {
        self.numbered(self.by_inode.get(&id.inode))
            .filter(|(_, stream)| stream.id.is_same(id))
    }

    /// Logs of which this may be a rotated copy, by its name, the newest first. A file that lies where a log lay is a
    /// new log, never its copy.
    pub(crate) fn named_like(&self, path: &str) -> impl Iterator<Item = (u64, &Stream)> {
        self.numbered(self.by_name.get(&name_of(path)))
            .filter(move |(_, stream)| stream.path != path)
    }

    fn numbered(&self, numbers: Option<&Vec<u64>>) -> impl Iterator<Item = (u64, &Stream)> {
        let numbers = numbers.map(Vec::as_slice).unwrap_or_default();
        numbers
            .iter()
            .rev()
            .filter_map(|number| Some((*number, self.by_number.get(number)?)))
    }
}

fn enter(numbers: &mut Vec<u64>, number: u64) {
    if !numbers.contains(&number) {
        numbers.push(number);
    }
}

impl Stream {
    /// Reads a log and compares it with the digests of the stretches that were taken.
    pub(crate) fn relation(&self, log: &mut dyn Read) -> io::Result<Relation> {
        let mut buffer = vec![0; READ_BYTES];
        let mut at = 0;
        for (end, sha256) in &self.stretches {
            let mut digest = Sha256::new();
            while at < *end {
                let most = usize::try_from(*end - at).unwrap_or(usize::MAX).min(READ_BYTES);
                let count = log.read(buffer.get_mut(..most).unwrap_or_default())?;
                if count == 0 {
                    return Ok(Relation::Other);
                }
                digest.update(buffer.get(..count).unwrap_or_default());
                at += count as u64;
            }
            if Hex(digest.finalize().into()) != *sha256 {
                return Ok(Relation::Other);
            }
        }
        let more = log.read(buffer.get_mut(..1).unwrap_or_default())?;
        Ok(if more == 0 {
            Relation::Same
        } else {
            Relation::Longer
        })
    }
}
