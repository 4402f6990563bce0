//! Hunts: which lines of which segments hold any of the patterns, within a time.
//!
//! Postings say which frames may hold a hit; those are read, and their lines checked by the real scanner. A segment
//! without postings, or with damaged ones, is read whole. The lines of the result are the same either way: exact, with
//! their place; and everything that could not be searched, by name and count.

mod segment;

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use accord_formats::logs::LineTime;
use accord_matcher::{Kind, MatchKind, Pattern, Scanner};

use crate::digest::Hex;
use crate::error::{Error, Result};
use crate::events::EventLogs;
use crate::manifest::{Segment, SegmentId};
use crate::matching::Compiled;
use crate::postings::{Narrowed, Probes};
use crate::store::LogStore;

/// How many overlong lines are listed; all are counted.
pub(crate) const MAX_OVERLONG_LISTED: usize = 1000;

/// What to look for, and where.
#[derive(Debug, Clone)]
pub struct Hunt {
    /// Patterns, each with a label of the caller's that its hits carry.
    pub patterns: Vec<(Pattern, u32)>,
    /// From this instant on, milliseconds since the epoch, UTC.
    pub from_ms: i64,
    /// Up to this instant, itself excluded.
    pub to_ms: i64,
    /// Only these sources; all where absent.
    pub sources: Option<Vec<String>>,
    /// The most lines to return, never more than [`crate::MAX_HUNT_LINES`].
    pub max_lines: usize,
}

/// How far a hunt or verification has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Segments finished.
    pub segments_done: u64,
    /// Segments to go through.
    pub segments_total: u64,
    /// Bytes of log gone through: read, or known by their postings to hold nothing.
    pub scanned_bytes: u64,
    /// Bytes of log to go through.
    pub total_bytes: u64,
    /// Lines found so far.
    pub lines_found: u64,
}

impl Progress {
    pub(crate) fn start(segments: &[Arc<Segment>]) -> Self {
        Self {
            segments_total: segments.len() as u64,
            total_bytes: segments.iter().map(|segment| segment.manifest.log.length).sum(),
            ..Self::default()
        }
    }

    pub(crate) fn report(self, progress: &mut dyn FnMut(Self) -> ControlFlow<()>) -> Result<()> {
        match progress(self) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Error::Cancelled),
        }
    }
}

/// One indicator in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HuntHit {
    /// The caller's label of the pattern.
    pub label: u32,
    /// The pattern's canonical text.
    pub indicator: String,
    /// The canonical value that stood in the line.
    pub value: String,
    /// What kind of value it is.
    pub kind: Kind,
    /// How it matched.
    pub how: MatchKind,
}

/// A line that a hunt found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HuntLine {
    /// The segment.
    pub segment: SegmentId,
    /// The segment's source.
    pub source: String,
    /// SHA-256 of the segment's log. Covers lines that were not released: never give it out unsalted.
    pub segment_sha256: Hex<32>,
    /// Its number in the log, from 1.
    pub line: u64,
    /// Its first byte in the log.
    pub offset: u64,
    /// How many bytes, its line end included.
    pub length: u64,
    /// Its exact bytes, with its line end if it has one.
    pub bytes: Vec<u8>,
    /// SHA-256 of `bytes`.
    pub sha256: Hex<32>,
    /// When it was written, as logged: not corrected by the source's clock offset.
    pub time: LineTime,
    /// The customer's address, in the textual form of RFC 5952 for IPv6.
    pub customer: Option<String>,
    /// What hit, in the order of the matching rules.
    pub hits: Vec<HuntHit>,
}

/// A part of the store that a hunt could not search because it is damaged, or was destroyed while the hunt ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HuntDamage {
    /// The segment.
    pub segment: SegmentId,
    /// The frame; the whole segment where absent.
    pub frame: Option<u64>,
    /// The bytes of the log that were not searched: first, and how many.
    pub raw_offset: u64,
    /// How many.
    pub raw_length: u64,
    /// What is wrong.
    pub what: String,
}

impl HuntDamage {
    /// Of these bytes of the log, by the error that kept them from being read: damage, or that the segment was destroyed
    /// meanwhile.
    ///
    /// # Errors
    /// Any other error, as it came.
    pub(crate) fn of(error: Error, raw_offset: u64, raw_length: u64) -> Result<Self> {
        let (segment, frame, what) = match error {
            Error::Damaged { segment, frame, what } => (segment, frame, what),
            Error::Destroyed { segment, record, .. } => (segment, None, destroyed_meanwhile(record)),
            other => return Err(other),
        };
        Ok(Self {
            segment,
            frame,
            raw_offset,
            raw_length,
            what,
        })
    }
}

/// A segment that was read whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadWhole {
    /// The segment.
    pub segment: SegmentId,
    /// Why: it has no postings, they are damaged, or no postings can answer a pattern.
    pub why: String,
}

/// A line over the line limit: not searched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverlongLine {
    /// The segment.
    pub segment: SegmentId,
    /// Its number in the log, from 1.
    pub line: u64,
    /// Its first byte in the log.
    pub offset: u64,
    /// How many bytes, its line end included.
    pub length: u64,
}

/// What a hunt found, and what it could not search.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HuntResult {
    /// The lines, by segment, then by place.
    pub lines: Vec<HuntLine>,
    /// Bytes of log searched: read, or known by their postings to hold nothing that was asked for.
    pub scanned_bytes: u64,
    /// Bytes of log that were read for it.
    pub read_bytes: u64,
    /// Segments that were read whole, because no postings told what to read. The result is no less complete for it.
    pub read_whole: Vec<ReadWhole>,
    /// Segments searched.
    pub segments: u64,
    /// Segments of the chosen sources passed over, because each of their lines tells a time that lies outside.
    pub segments_outside_time: u64,
    /// Lines that hit and lie outside the time, in the segments searched.
    pub lines_outside_time: u64,
    /// Lines of the result whose time is not known (also those beyond the maximum).
    pub lines_time_unknown: u64,
    /// Lines that belong to the result and are not in `lines`, because the maximum was reached.
    pub lines_over_max: u64,
    /// Whether there are such.
    pub truncated_at_max: bool,
    /// Lines over the line limit, not searched.
    pub overlong_lines: u64,
    /// The first 1,000 of them.
    pub overlong: Vec<OverlongLine>,
    /// Damaged parts, and those destroyed while the hunt ran, not searched. A result with any is not complete.
    pub damage: Vec<HuntDamage>,
    /// Segments of the chosen sources that were destroyed before the hunt, and may have held lines of the asked time. What
    /// the store does not hold takes nothing from the completeness of the search, and has to be said with it.
    pub destroyed: u64,
    /// What of Windows event logs was searched elsewhere, and what nowhere.
    pub event_logs: EventLogs,
}

impl HuntResult {
    /// Whether everything asked for was searched and is in `lines`.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.damage.is_empty()
            && self.overlong_lines == 0
            && !self.truncated_at_max
            && self.event_logs.is_complete()
    }

    fn overlong(&mut self, line: OverlongLine) {
        self.overlong_lines += 1;
        if self.overlong.len() < MAX_OVERLONG_LISTED {
            self.overlong.push(line);
        }
    }
}

impl LogStore {
    /// Runs a hunt over the segments that the store holds now.
    ///
    /// A line whose time is not told may have been written in the asked time, so it is part of the result; such lines
    /// are counted. A segment is passed over only when each of its lines tells a time and all of these lie outside.
    /// Times are compared after subtracting the source's clock offset.
    ///
    /// # Errors
    /// [`Error::Hunt`] for a hunt that cannot be run, [`Error::NoSuchSource`], [`Error::Cancelled`] when `progress`
    /// breaks, those of the file system. Damage is no error: it is in the result.
    pub fn hunt(
        &self,
        hunt: &Hunt,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<HuntResult> {
        self.hunt_by(hunt, true, None, progress)
    }

    /// As [`LogStore::hunt`], over these segments alone; those that the store does not hold are passed over.
    ///
    /// # Errors
    /// Those of [`LogStore::hunt`].
    pub fn hunt_among(
        &self,
        hunt: &Hunt,
        among: &BTreeSet<SegmentId>,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<HuntResult> {
        self.hunt_by(hunt, true, Some(among), progress)
    }

    /// As [`LogStore::hunt`], reading every frame whatever postings say. To compare with: it is slow.
    ///
    /// # Errors
    /// Those of [`LogStore::hunt`].
    pub fn hunt_reading_all(
        &self,
        hunt: &Hunt,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<HuntResult> {
        self.hunt_by(hunt, false, None, progress)
    }

    fn hunt_by(
        &self,
        hunt: &Hunt,
        by_postings: bool,
        among: Option<&BTreeSet<SegmentId>>,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<HuntResult> {
        check(hunt, self.limits.hunt_patterns)?;
        let compiled = Compiled::new(&hunt.patterns)?;
        let probes = by_postings.then(|| Probes::new(hunt.patterns.iter().map(|(pattern, _)| pattern)));
        let mut result = HuntResult {
            // Who names the segments has not asked for what is gone.
            destroyed: among.map_or_else(|| self.destroyed_within(hunt), |_| 0),
            ..HuntResult::default()
        };
        let mut segments = self.chosen(hunt, among, &mut result.segments_outside_time)?;
        result.event_logs = self.event_logs(hunt.sources.as_deref(), &mut segments);
        let mut state = Progress::start(&segments);
        let narrowed = match &probes {
            Some(probes) => self.narrow(probes, &segments, state, progress)?,
            None => Narrowed::default(),
        };
        let mut scanner = Scanner::new(&compiled.watchlist, accord_matcher::Options::default());
        let mut taken = Taken {
            lines_left: hunt.max_lines.min(self.limits.hunt_lines),
            bytes_left: self.limits.hunt_bytes,
        };
        for segment in &segments {
            scanner.start_source();
            let mut search = segment::Search::new(self, hunt, &compiled, segment, &mut result, &mut taken);
            let asked = narrowed.of(segment.id());
            let ask = probes.as_ref().map(|probes| (probes, asked.as_ref()));
            search.run(ask, &mut scanner, &mut state, progress)?;
            result.segments += 1;
            state.segments_done += 1;
            state.report(progress)?;
        }
        result.truncated_at_max = result.lines_over_max > 0;
        Ok(result)
    }

    /// How many segments that a hunt would have searched are destroyed.
    pub(crate) fn destroyed_within(&self, hunt: &Hunt) -> u64 {
        let state = self.state();
        let chosen = |source: &str| {
            let names = hunt.sources.as_ref();
            names.is_none_or(|names| names.iter().any(|name| name == source))
        };
        let gone = state.keeping.all_gone();
        gone.filter(|(id, gone)| chosen(id.source()) && gone.may_have_held(hunt.from_ms, hunt.to_ms))
            .count() as u64
    }

    /// The segments to search, in the order of their names.
    pub(crate) fn chosen(
        &self,
        hunt: &Hunt,
        among: Option<&BTreeSet<SegmentId>>,
        outside_time: &mut u64,
    ) -> Result<Vec<Arc<Segment>>> {
        for name in hunt.sources.iter().flatten() {
            self.source(name)?;
        }
        let mut segments = self.segments();
        segments.retain(|segment| among.is_none_or(|among| among.contains(segment.id())));
        segments.retain(|segment| {
            hunt.sources
                .as_ref()
                .is_none_or(|names| names.iter().any(|name| name == segment.id().source()))
        });
        segments.retain(|segment| {
            let outside = segment.manifest.lines.all_with_time()
                && segment::in_time(segment, segment.manifest.time, hunt) == Some(false);
            *outside_time += u64::from(outside);
            !outside
        });
        Ok(segments)
    }
}

/// That a segment is gone, for an answer that others may read: its record tells who destroyed it, and why.
pub(crate) fn destroyed_meanwhile(record: u64) -> String {
    format!("it was destroyed while this was asked (record {record} of the decisions)")
}

/// Whether a hunt can be run.
pub(crate) fn check(hunt: &Hunt, most_patterns: usize) -> Result<()> {
    if hunt.from_ms >= hunt.to_ms {
        return Err(Error::Hunt(
            "its time is empty: the end must be after the start".to_owned(),
        ));
    }
    if hunt.patterns.is_empty() {
        return Err(Error::Hunt("it has no pattern: name what to look for".to_owned()));
    }
    if hunt.patterns.len() > most_patterns {
        let what = format!(
            "it has {} patterns, at most {most_patterns} are taken: split it",
            hunt.patterns.len()
        );
        return Err(Error::Hunt(what));
    }
    Ok(())
}

/// What may still be returned.
struct Taken {
    lines_left: usize,
    bytes_left: usize,
}
