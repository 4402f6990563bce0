//! What a collector brings in: a stretch of a log that goes on, with the place where it came from.
//!
//! The place stands in the manifest, so it is committed with the bytes or not at all: after any crash the segments say
//! how far a collector came. Nothing of it is trusted as a path.

use std::io::{self, Read};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::digest::Hex;
use crate::error::Result;
use crate::import::Acquired;
use crate::input::{Compression, Input};
use crate::limits::{EXPANSION_FREE_BYTES, MAX_EXPANSION};
use crate::manifest::{Segment, SegmentId};
use crate::store::LogStore;

/// Where a collector got the bytes of a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// The collector's name in the node's settings.
    pub collector: String,
    /// The place.
    pub at: OriginPlace,
}

/// The kinds of places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OriginPlace {
    /// A stretch of a followed file.
    File(FilePlace),
    /// What was received, and kept in a spool file until it became this segment.
    Spool(SpoolPlace),
}

/// A stretch of a followed file. It ends `log.length` bytes after it begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilePlace {
    /// Where the file lay when the stretch was taken.
    pub path: String,
    /// The number of the device.
    pub device: u64,
    /// The number of the file on it.
    pub inode: u64,
    /// When the file was made, nanoseconds since the epoch, where the file system tells. Tells apart two files that had
    /// one inode after the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_ns: Option<u64>,
    /// The log, numbered from 1 within source and collector: all stretches with one number are one log, wherever its
    /// file was moved or copied to.
    pub stream: u64,
    /// The first byte of the stretch in the log, decompressed.
    pub from: u64,
    /// Whether the file is compressed.
    pub compressed: bool,
    /// The first bytes of the log.
    pub head: Head,
}

/// What a log begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// How many bytes, at most 1,024.
    pub length: u64,
    /// Their SHA-256.
    pub sha256: Hex<32>,
}

/// A spool file that became a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpoolPlace {
    /// The spool file's number within the collector, from 1; never used again.
    pub spool: u64,
    /// How it came: `syslog-udp`, `syslog-tcp`, `syslog-tls`, `http`, `stream`.
    pub transport: String,
    /// Who sent it, as the transport tells: an IP address for syslog. Over UDP anybody can claim one.
    pub sender: String,
    /// When the first of it was received, milliseconds since the epoch, by the node's clock.
    pub first_received_ms: i64,
    /// When the last of it was.
    pub last_received_ms: i64,
    /// Lines, from 1, that are one message with line feeds inside, which stand in them as `#012` (and a `#` before
    /// `012` or `043` as `#043`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub escaped_lines: Vec<u64>,
}

/// What a collector brought in one segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collected {
    /// The segment.
    pub segment: SegmentId,
    /// The place, without `escaped_lines`: those stand in the manifest of a segment that is there.
    pub origin: Origin,
    /// Bytes of the file as it was given.
    pub given_length: u64,
    /// Bytes of the log.
    pub log_length: u64,
    /// SHA-256 of the log.
    pub log_sha256: Hex<32>,
    /// Whether the segment was destroyed: only its place is known.
    pub is_destroyed: bool,
}

impl Origin {
    /// The place alone, without what it says of lines.
    pub(crate) fn place(&self) -> Self {
        let mut place = self.clone();
        if let OriginPlace::Spool(spool) = &mut place.at {
            spool.escaped_lines = Vec::new();
        }
        place
    }

    /// Whether the bytes are to be taken as a file that may be compressed. All others are the log itself, whatever
    /// they begin with: a sender must not choose what is done with his bytes.
    pub(crate) const fn is_whole_file(&self) -> bool {
        matches!(
            &self.at,
            OriginPlace::File(FilePlace {
                compressed: true,
                from: 0,
                ..
            })
        )
    }
}

impl LogStore {
    /// Imports what a collector brings, with its place. As [`LogStore::import`], save that the same bytes from another
    /// place are no duplicate: two machines, or two days, may say the same.
    ///
    /// # Errors
    /// Those of [`LogStore::import`].
    pub fn import_collected(
        &self,
        source: &str,
        original_name: &str,
        reader: &mut dyn Read,
        imported_at_ms: i64,
        by: &str,
        origin: Origin,
    ) -> Result<Arc<Segment>> {
        let acquired = Acquired {
            original_name,
            imported_at_ms,
            by,
            origin: Some(origin),
            again: false,
            rendered: None,
        };
        self.acquire(source, reader, acquired)
    }

    /// What collectors brought into a source, in the order of the segments, those that were destroyed since included: how
    /// far each came, so that nothing is brought a second time because its retention is over.
    ///
    /// # Errors
    /// [`crate::Error::NoSuchSource`].
    pub fn collected_places(&self, source: &str) -> Result<Vec<Collected>> {
        self.source(source)?;
        let state = self.state();
        let of_source = state.segments.iter().filter(|(id, _)| id.source() == source);
        let here = of_source.filter_map(|(_, segment)| Collected::of(segment));
        let gone = state.keeping.gone_of(source);
        let gone = gone.filter_map(|(id, gone)| gone.collected(id));
        let mut all: Vec<Collected> = here.chain(gone).collect();
        all.sort_by(|one, other| one.segment.cmp(&other.segment));
        Ok(all)
    }
}

impl Collected {
    /// What a collector brought in this segment; nothing where nobody collected it.
    #[must_use]
    pub fn of(segment: &Segment) -> Option<Self> {
        let manifest = &segment.manifest;
        Some(Self {
            segment: segment.id().clone(),
            origin: manifest.origin.as_ref()?.place(),
            given_length: manifest.given.length,
            log_length: manifest.log.length,
            log_sha256: manifest.log.sha256,
            is_destroyed: false,
        })
    }
}

/// The log in a file that may be compressed, told by its first bytes as an import tells it.
pub struct Decompressed<'r> {
    input: Input<'r>,
    log_bytes: u64,
}

impl<'r> Decompressed<'r> {
    /// Reads the first bytes.
    ///
    /// # Errors
    /// Those of the reader.
    pub fn open(reader: &'r mut dyn Read) -> io::Result<Self> {
        Ok(Self {
            input: Input::open(reader)?,
            log_bytes: 0,
        })
    }

    /// How the file is compressed.
    #[must_use]
    pub const fn compression(&self) -> Compression {
        self.input.compression()
    }
}

impl Read for Decompressed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.log_bytes += count as u64;
        let bomb = self.compression() != Compression::Plain
            && self.log_bytes > EXPANSION_FREE_BYTES
            && self.log_bytes > self.input.given_bytes().saturating_mul(MAX_EXPANSION);
        if bomb {
            return Err(io::Error::other(format!(
                "each of its bytes becomes more than {MAX_EXPANSION}: only a bomb does this"
            )));
        }
        Ok(count)
    }
}
