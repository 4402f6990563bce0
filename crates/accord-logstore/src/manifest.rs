//! What a segment says about itself: `manifest.json`, and one line of `frames.ndjson` per frame.

use accord_formats::logs::{LogFormat, TimeSpan};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::collected::Origin;
use crate::digest::{Digests, Hex};
use crate::events::Rendering;
use crate::input::Compression;
use crate::source::{SourceConfig, is_name};

/// The name of the format in `manifest.json`.
pub(crate) const FORMAT: &str = "accord-log-segment";
/// Its version.
pub(crate) const VERSION: u32 = 1;

/// A segment's name: its source's, `/`, and a number from 1 in six digits or more: `radius/000017`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentId {
    source: String,
    number: u64,
}

impl SegmentId {
    /// Of a source's name and a number; nothing where the name is none or the number is 0.
    #[must_use]
    pub fn new(source: &str, number: u64) -> Option<Self> {
        (is_name(source) && number > 0).then(|| Self {
            source: source.to_owned(),
            number,
        })
    }

    /// The source.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The number within the source, from 1.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// The name of its folder inside the source's.
    pub(crate) fn folder(&self) -> String {
        format!("{:06}", self.number)
    }

    /// Reads what [`Display`](std::fmt::Display) writes, and nothing else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (source, number) = text.split_once('/')?;
        let id = Self::new(source, number.parse().ok()?)?;
        (id.to_string() == text).then_some(id)
    }
}

impl std::fmt::Display for SegmentId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{:06}", self.source, self.number)
    }
}

impl Serialize for SegmentId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SegmentId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("a segment's name is `source/000001`"))
    }
}

/// Lines by what became of them at import. Their sum is the number of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineCounts {
    /// Lines in the form of the format.
    pub parsed: u64,
    /// Lines not in its form; stored and searched all the same.
    pub not_parsed: u64,
    /// Lines that are state of the format (Zeek's `#` lines).
    pub header: u64,
    /// Empty lines.
    pub blank: u64,
    /// Lines of any of the above that tell their time.
    pub with_time: u64,
    /// Lines over the line limit: not parsed, and not searched by hunts.
    pub overlong: u64,
}

impl LineCounts {
    /// All lines.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.parsed + self.not_parsed + self.header + self.blank
    }

    /// Whether every line that says something tells when: all but state of the format and empty lines.
    #[must_use]
    pub const fn all_with_time(&self) -> bool {
        self.with_time >= self.parsed.saturating_add(self.not_parsed)
    }
}

/// The files of the frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrameFile {
    /// How many frames.
    pub count: u64,
    /// The length of `frames.zst`, bytes.
    pub length: u64,
    /// The length of `frames.ndjson`, bytes.
    pub index_length: u64,
    /// SHA-256 of `frames.ndjson`.
    pub index_sha256: Hex<32>,
}

/// `manifest.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// `accord-log-segment`.
    pub format: String,
    /// 1.
    pub version: u32,
    /// The segment's name.
    pub segment: SegmentId,
    /// The source's settings at import.
    pub source: SourceConfig,
    /// The name the file was given under. Not trusted: never used as a path.
    pub original_name: String,
    /// When it was imported, milliseconds since the epoch, UTC, by the node's clock.
    pub imported_at_ms: i64,
    /// Who imported it.
    pub imported_by: String,
    /// What imported it: program and version.
    pub imported_with: String,
    /// How the given file was compressed.
    pub compression: Compression,
    /// The file exactly as it was given. Equal to `log` where it was not compressed.
    pub given: Digests,
    /// The log, decompressed: the bytes that the segment holds.
    pub log: Digests,
    /// The format of the log.
    pub log_format: LogFormat,
    /// Whether the source's setting said so; otherwise the content did.
    pub log_format_set: bool,
    /// Its lines.
    pub lines: LineCounts,
    /// The earliest and latest time that any line tells, as logged; absent where none does.
    pub time: Option<TimeSpan>,
    /// Its frames.
    pub frames: FrameFile,
    /// Where a collector got it; absent where a person imported it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// Of which Windows event log the lines are; absent of a log that was brought in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rendered: Option<Rendering>,
}

/// A segment of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Its manifest.
    pub manifest: Manifest,
    /// SHA-256 of the bytes of `manifest.json`: what a custody entry binds.
    pub manifest_sha256: Hex<32>,
}

impl Segment {
    /// Its name.
    #[must_use]
    pub const fn id(&self) -> &SegmentId {
        &self.manifest.segment
    }
}

/// One line of `frames.ndjson`: an independently readable piece of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frame {
    /// Its number, from 0.
    pub frame: u64,
    /// Its first byte in `frames.zst`.
    pub offset: u64,
    /// Its compressed length, bytes.
    pub length: u64,
    /// Its first byte in the log.
    pub raw_offset: u64,
    /// Its length in the log, bytes.
    pub raw_length: u64,
    /// SHA-256 of its bytes in `frames.zst`. Absent of what came in before 0035 (`docs/adr`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored_sha256: Option<Hex<32>>,
    /// SHA-256 of its bytes of the log: only of what came in before 0035.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Hex<32>>,
    /// The number, from 1, of the line that its first byte belongs to.
    pub line: u64,
    /// Where that line starts in the log; before `raw_offset` where the frame begins inside a line.
    pub line_offset: u64,
}

impl Frame {
    /// The first byte of the log after it.
    #[must_use]
    pub const fn raw_end(&self) -> u64 {
        self.raw_offset.saturating_add(self.raw_length)
    }

    /// Whether it begins where a line begins.
    #[must_use]
    pub const fn starts_line(&self) -> bool {
        self.line_offset == self.raw_offset
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segment_names() {
        for (text, good) in [
            ("radius/000017", true),
            ("radius/1000000", true),
            ("radius/17", false),
            ("radius/000000", false),
            ("radius/+00017", false),
            ("radius/000017/", false),
            ("../000017", false),
            ("radius", false),
        ] {
            assert_eq!(SegmentId::parse(text).is_some(), good, "{text}");
        }
    }
}
