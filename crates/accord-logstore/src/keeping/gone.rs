//! What the store remembers of a destroyed segment, without reading its record again.

use std::sync::Arc;

use accord_formats::logs::TimeSpan;

use super::record::Destroyed;
use crate::collected::{Collected, Origin};
use crate::digest::{Digests, Hex};
use crate::error::Error;
use crate::manifest::SegmentId;

/// A destroyed segment.
#[derive(Debug, Clone)]
pub(crate) struct Gone {
    /// Its record.
    record: u64,
    at_ms: i64,
    who: Arc<str>,
    manifest_sha256: Hex<32>,
    log_sha256: Hex<32>,
    log_length: u64,
    given_length: u64,
    place: Option<Box<Origin>>,
    /// Of what time its lines were, by the true clock, where each told one.
    time: Option<TimeSpan>,
}

impl Gone {
    pub(super) fn new(record: u64, at_ms: i64, who: Arc<str>, destroyed: &Destroyed) -> Self {
        Self {
            record,
            at_ms,
            who,
            manifest_sha256: destroyed.manifest_sha256,
            log_sha256: destroyed.log.sha256,
            log_length: destroyed.log.length,
            given_length: destroyed.given.length,
            place: destroyed.origin.clone().map(Box::new),
            time: destroyed.true_time(),
        }
    }

    pub(crate) const fn record(&self) -> u64 {
        self.record
    }

    /// Who destroyed it, to be shared: a job destroys many.
    pub(super) const fn who(&self) -> &Arc<str> {
        &self.who
    }

    pub(crate) const fn manifest_sha256(&self) -> Hex<32> {
        self.manifest_sha256
    }

    /// Of what time its lines were, by the true clock; nothing where not each told one.
    pub(crate) const fn time(&self) -> Option<TimeSpan> {
        self.time
    }

    /// Whether it may have held a line of this time, the end excluded.
    pub(crate) fn may_have_held(&self, from_ms: i64, to_ms: i64) -> bool {
        self.time.is_none_or(|time| time.overlaps(from_ms, to_ms))
    }

    /// Whether it held these bytes; of what a collector brings, from the same place.
    pub(crate) fn is_same(&self, log: &Digests, origin: Option<&Origin>) -> bool {
        let same_place = origin.is_none_or(|origin| self.place.as_deref() == Some(&origin.place()));
        same_place && (self.log_sha256, self.log_length) == (log.sha256, log.length)
    }

    pub(crate) fn collected(&self, id: &SegmentId) -> Option<Collected> {
        Some(Collected {
            segment: id.clone(),
            origin: self.place.as_deref()?.clone(),
            given_length: self.given_length,
            log_length: self.log_length,
            log_sha256: self.log_sha256,
            is_destroyed: true,
        })
    }

    /// That it is asked for.
    pub(crate) fn error(&self, id: &SegmentId) -> Error {
        Error::Destroyed {
            segment: id.clone(),
            record: self.record,
            at_ms: self.at_ms,
            who: self.who.to_string(),
        }
    }

    /// That it is given again.
    pub(crate) fn import_error(&self, id: &SegmentId, original_name: &str) -> Error {
        Error::DestroyedLog {
            original_name: original_name.to_owned(),
            segment: id.clone(),
            record: self.record,
            at_ms: self.at_ms,
            who: self.who.to_string(),
        }
    }
}
