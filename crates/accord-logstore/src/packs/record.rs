//! `NNNNNN.json`: what the pack beside it is.

use serde::{Deserialize, Serialize};

use crate::digest::Hex;
use crate::manifest::SegmentId;

/// The name of the format.
pub(super) const FORMAT: &str = "accord-log-columns-pack";
/// Its version.
pub(super) const VERSION: u32 = 1;
/// What made a pack.
pub(super) const MADE_WITH: &str = concat!("accord-logstore ", env!("CARGO_PKG_VERSION"));
/// What the names of a pack's files end with.
pub(super) const RECORD_END: &str = ".json";
/// The same of its rows.
pub(super) const ROWS_END: &str = ".parquet";

/// `NNNNNN.json` of a pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackRecord {
    /// `accord-log-columns-pack`.
    pub format: String,
    /// 1.
    pub version: u32,
    /// The segments, in the order of their rows. The first gives the pack its name.
    pub segments: Vec<PackedSegment>,
    /// What made it: program and version.
    pub made_with: String,
    /// Rows.
    pub rows: u64,
    /// The length of `NNNNNN.parquet`, bytes.
    pub length: u64,
    /// SHA-256 of `NNNNNN.parquet`.
    pub sha256: Hex<32>,
}

/// A segment in a pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackedSegment {
    /// The segment.
    pub segment: SegmentId,
    /// SHA-256 of the log that its rows are derived from: that of its manifest.
    pub log_sha256: Hex<32>,
    /// Its rows.
    pub rows: u64,
}

impl PackRecord {
    /// The first segment, which gives the pack its name.
    #[must_use]
    pub fn name(&self) -> Option<&SegmentId> {
        self.segments.first().map(|packed| &packed.segment)
    }

    /// Whether it is one of this version, of this name, and can be: segments of one source, each once, in order.
    pub(super) fn is_of(&self, name: &SegmentId) -> bool {
        let in_order = self.segments.windows(2).all(|pair| match pair {
            [one, next] => one.segment < next.segment && one.segment.source() == next.segment.source(),
            _ => false,
        });
        let rows = self.segments.iter().map(|packed| packed.rows).sum::<u64>();
        self.format == FORMAT
            && self.version == VERSION
            && self.name() == Some(name)
            && in_order
            && rows == self.rows
    }
}
