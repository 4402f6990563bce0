//! `columns.json`: what the columns beside it are.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{COLUMNS, RECORD};
use crate::digest::Hex;
use crate::error::{Error, Result};
use crate::limits::MAX_MANIFEST_BYTES;
use crate::manifest::{Segment, SegmentId};

/// The name of the format in `columns.json`.
pub(super) const FORMAT: &str = "accord-log-columns";
/// Its version.
pub(super) const VERSION: u32 = 1;

/// `columns.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnsRecord {
    /// `accord-log-columns`.
    pub format: String,
    /// 1.
    pub version: u32,
    /// The segment.
    pub segment: SegmentId,
    /// SHA-256 of the log that they are derived from: that of the segment's manifest.
    pub log_sha256: Hex<32>,
    /// What made them: program and version. Another one may make other bytes of the same log.
    pub made_with: String,
    /// Rows.
    pub rows: u64,
    /// The length of `columns.parquet`, bytes.
    pub length: u64,
    /// SHA-256 of `columns.parquet`.
    pub sha256: Hex<32>,
}

/// What made the columns.
pub(super) const MADE_WITH: &str = concat!("accord-logstore ", env!("CARGO_PKG_VERSION"));

/// Damage of a segment's columns.
pub(super) fn damaged(segment: &SegmentId, what: impl Into<String>) -> Error {
    Error::Columns {
        segment: segment.clone(),
        what: what.into(),
    }
}

/// The record in a segment's folder; nothing where the segment has no columns.
pub(super) fn read(folder: &Path, segment: &Segment) -> Result<Option<ColumnsRecord>> {
    let path = folder.join(RECORD);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::file("open", path)(error)),
    };
    let mut text = Vec::new();
    file.take(MAX_MANIFEST_BYTES)
        .read_to_end(&mut text)
        .map_err(Error::file("read", path))?;
    parse(segment.id(), segment.manifest.log.sha256, &text).map(Some)
}

/// What the text of a record says, where it is of this segment and log.
pub(super) fn parse(id: &SegmentId, log_sha256: Hex<32>, text: &[u8]) -> Result<ColumnsRecord> {
    let record: ColumnsRecord =
        serde_json::from_slice(text).map_err(|error| damaged(id, format!("{RECORD}: {error}")))?;
    if record.format != FORMAT || record.version != VERSION {
        return Err(damaged(
            id,
            format!("{RECORD} is not of a version that this program knows"),
        ));
    }
    if record.segment != *id || record.log_sha256 != log_sha256 {
        return Err(damaged(
            id,
            format!("{RECORD} is of another log, segment {}", record.segment),
        ));
    }
    Ok(record)
}

/// Whether the columns are there, as long as the record says.
pub(super) fn present(folder: &Path, record: &ColumnsRecord) -> Result<()> {
    let path = folder.join(COLUMNS);
    match std::fs::metadata(&path) {
        Ok(found) if found.len() == record.length => Ok(()),
        Ok(found) => {
            let what = format!("{COLUMNS} has {} bytes, not {}", found.len(), record.length);
            Err(damaged(&record.segment, what))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(damaged(&record.segment, format!("{COLUMNS} is missing")))
        }
        Err(error) => Err(Error::file("look at", path)(error)),
    }
}
