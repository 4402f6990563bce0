//! One record of the chain: a decision, or a destruction.

use accord_formats::logs::TimeSpan;
use serde::{Deserialize, Serialize};

use super::hold::{HoldCover, HoldSubject};
use crate::collected::Origin;
use crate::digest::{Digests, Hex, sha256};
use crate::manifest::{LineCounts, Segment, SegmentId};

/// The name of the format in each record.
pub(super) const FORMAT: &str = "accord-log-keeping";
/// Its version.
pub(super) const VERSION: u32 = 1;
/// What the first record names as the one before.
pub(super) const NOTHING_BEFORE: Hex<32> = Hex([0; 32]);

/// One line of a file under `keeping/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeepingRecord {
    /// `accord-log-keeping`.
    pub format: String,
    /// 1.
    pub version: u32,
    /// Its number, from 1.
    pub number: u64,
    /// SHA-256 of the record before, its line end included; zeros in the first.
    pub before: Hex<32>,
    /// When it was decided, milliseconds since the epoch, UTC, by the node's clock.
    pub at_ms: i64,
    /// Who decided it.
    pub who: String,
    /// Why: the law, the order, the case.
    pub why: String,
    /// With which program, and its version.
    pub program: String,
    /// What was decided.
    pub act: KeepingAct,
}

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeepingAct {
    /// How long the segments of a source are kept from now on.
    Retention {
        /// The source.
        source: String,
        /// Days from the import; absent: until somebody says otherwise.
        days: Option<u32>,
    },
    /// Segments are held: nothing that is covered is destroyed while it stands.
    Hold {
        /// Its identifier, never used again.
        hold: String,
        /// What it covers.
        cover: HoldCover,
    },
    /// A hold stands no more.
    Lift {
        /// The hold.
        hold: String,
    },
    /// A segment is gone.
    Destroyed(Box<Destroyed>),
}

/// Under which rule a segment was destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Somebody's decision about this segment.
    ByHand,
    /// Its time was over.
    Retention {
        /// The record that set the time.
        record: u64,
        /// Days from the import.
        days: u32,
        /// When they were over, milliseconds since the epoch, UTC.
        over_since_ms: i64,
    },
}

/// What is left of a segment. The digests are of bytes that nobody has any more, which may be guessable: they are never
/// given out of the node without a salt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Destroyed {
    /// The segment.
    pub segment: SegmentId,
    /// Under which rule.
    pub rule: Rule,
    /// For how many days backups may still hold it, as the operator states it; absent: nothing is stated.
    pub backup_horizon_days: Option<u32>,
    /// SHA-256 of its `manifest.json`: what the custody entry of the import binds.
    pub manifest_sha256: Hex<32>,
    /// The name that the file was given under.
    pub original_name: String,
    /// When it was imported.
    pub imported_at_ms: i64,
    /// Who imported it.
    pub imported_by: String,
    /// The file as it was given.
    pub given: Digests,
    /// The log.
    pub log: Digests,
    /// Its lines.
    pub lines: LineCounts,
    /// The earliest and latest time that any line told, as logged.
    pub time: Option<TimeSpan>,
    /// How far the source's clock ran ahead, where that was measured.
    pub clock_offset_ms: Option<i64>,
    /// Where a collector got it, without what it said of lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

impl Destroyed {
    pub(super) fn of(segment: &Segment, rule: Rule, backup_horizon_days: Option<u32>) -> Self {
        let manifest = &segment.manifest;
        Self {
            segment: segment.id().clone(),
            rule,
            backup_horizon_days,
            manifest_sha256: segment.manifest_sha256,
            original_name: manifest.original_name.clone(),
            imported_at_ms: manifest.imported_at_ms,
            imported_by: manifest.imported_by.clone(),
            given: manifest.given,
            log: manifest.log,
            lines: manifest.lines,
            time: manifest.time,
            clock_offset_ms: manifest.source.clock_offset_ms,
            origin: manifest.origin.as_ref().map(Origin::place),
        }
    }

    /// Of what time its lines were, by the true clock, where each told one.
    pub(super) fn true_time(&self) -> Option<TimeSpan> {
        let offset = self.clock_offset_ms.unwrap_or(0);
        let time = self.time.filter(|_| self.lines.all_with_time())?;
        Some(TimeSpan {
            first_ms: time.first_ms.saturating_sub(offset),
            last_ms: time.last_ms.saturating_sub(offset),
        })
    }

    /// What a hold asks of it.
    pub(super) const fn subject(&self) -> HoldSubject<'_> {
        HoldSubject {
            segment: &self.segment,
            lines: self.lines,
            time: self.time,
            clock_offset_ms: self.clock_offset_ms,
            imported_at_ms: self.imported_at_ms,
        }
    }
}

impl KeepingRecord {
    /// The line that is stored, its end included, and its digest, which the next one names.
    ///
    /// # Errors
    /// None that these types can make.
    pub(super) fn line(&self) -> serde_json::Result<(Vec<u8>, Hex<32>)> {
        let mut line = serde_json::to_vec(self)?;
        line.push(b'\n');
        let digest = sha256(&line);
        Ok((line, digest))
    }
}
