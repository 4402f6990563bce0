//! What became of a file: its events, and what of it could not be read.

use serde::{Deserialize, Serialize};

use crate::limits::MAX_WHAT_BYTES;

/// What was read of a file, and what was not.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventCounts {
    /// Events, each a line.
    pub events: u64,
    /// Of these, those found by their form alone: left from an earlier use of their chunk, so deleted or overwritten in
    /// part, or in a chunk without a header.
    pub remnants: u64,
    /// Chunks that hold anything.
    pub chunks: u64,
    /// Chunks of zeros: room that was never used.
    pub blank_chunks: u64,
    /// Of `chunks`, those whose checksums do not hold, or that have no header: a log that was copied while it was written
    /// to, or changed bytes.
    pub bad_checksum_chunks: u64,
    /// Chunks that the header counts and the file does not have: its end is cut off, unless the header is wrong.
    pub missing_chunks: u64,
    /// Whether the checksum of the header holds.
    pub is_header_sound: bool,
    /// Whether the header says that the log was not closed: it was copied while it was written to, or the machine went off.
    pub is_left_open: bool,
    /// Records, chunks and ends of files that could not be read.
    pub unread: u64,
    /// The bytes that they take.
    pub unread_bytes: u64,
    /// The first 1,000 of them.
    pub unread_listed: Vec<Unread>,
}

/// A part of a file that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unread {
    /// Its first byte in the file.
    pub offset: u64,
    /// How many bytes.
    pub length: u64,
    /// Why, cut to 200 bytes.
    pub what: String,
}

impl EventCounts {
    /// Whether every record that the file is known to have had is a line.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.unread == 0 && self.missing_chunks == 0
    }

    pub(crate) fn unread(&mut self, most: usize, offset: u64, length: u64, what: &str) {
        self.unread += 1;
        self.unread_bytes += length;
        if self.unread_listed.len() < most {
            let mut end = what.len().min(MAX_WHAT_BYTES);
            while !what.is_char_boundary(end) {
                end -= 1;
            }
            self.unread_listed.push(Unread {
                offset,
                length,
                what: what.get(..end).unwrap_or_default().to_owned(),
            });
        }
    }
}
