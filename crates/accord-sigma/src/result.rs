//! What a run found, and what it says nothing about.

use accord_formats::logs::LineTime;
use accord_logstore::{Hex, SegmentId, Walked};
use serde::Serialize;

/// A field that made a rule hit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct MatchedField {
    /// The detection of the rule (`selection`).
    pub selection: String,
    /// The field, as the rule calls it; nothing for keywords.
    pub field: Option<String>,
    /// Its value, cut at [`crate::MAX_SHOWN_VALUE_BYTES`]; nothing where the rule asked that there be none.
    pub value: Option<String>,
}

/// A rule that hits a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SigmaHit {
    /// The rule's number in [`crate::SigmaRules::rules`].
    pub rule: usize,
    /// The record in the line, from 0; a line of CloudTrail holds many.
    pub record: usize,
    /// When the record was written, as logged: not corrected by the source's clock.
    pub time: LineTime,
    /// The fields, as far as a rule is about what is there.
    pub fields: Vec<MatchedField>,
}

/// A line that rules hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigmaLine {
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
    /// What hit, by record and rule.
    pub hits: Vec<SigmaHit>,
}

/// A line of a correlation's hit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CorrelatedLine {
    /// The rule whose hit it is.
    pub rule: usize,
    /// The segment.
    pub segment: SegmentId,
    /// Its number in the log, from 1.
    pub line: u64,
    /// Its first byte in the log.
    pub offset: u64,
    /// How many bytes, its line end included.
    pub length: u64,
    /// The record in the line, from 0.
    pub record: usize,
    /// When, milliseconds since the epoch, UTC, corrected by the source's clock.
    pub time_ms: i64,
}

/// Hits of other rules that belong together: windows that followed each other while the correlation's condition held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CorrelationHit {
    /// The correlation's number in [`crate::SigmaRules::rules`].
    pub rule: usize,
    /// The values that its hits have in common, by the correlation's names.
    pub group: Vec<(String, String)>,
    /// When the first of its hits was, milliseconds since the epoch, UTC, corrected by the source's clock.
    pub first_ms: i64,
    /// When the condition first held.
    pub reached_ms: i64,
    /// When the last of its hits was.
    pub last_ms: i64,
    /// The largest count of any window: of hits, of values, of rules.
    pub count: u64,
    /// How many hits it has.
    pub events: u64,
    /// The first of its lines.
    pub lines: Vec<CorrelatedLine>,
}

/// Why a rule was or was not evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state", content = "why")]
pub enum RuleState {
    /// It was evaluated on records.
    Evaluated,
    /// Nothing that was searched is of its log source: it says nothing about these logs.
    NotApplicable(String),
}

/// What became of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleReport {
    /// Whether it was evaluated.
    #[serde(flatten)]
    pub state: RuleState,
    /// Records that it was evaluated on; for a correlation, hits that it looked at.
    pub evaluated: u64,
    /// Its hits; for a correlation, those of the correlation.
    pub hits: u64,
    /// Of them, hits that are not in the result, because a maximum was reached.
    pub hits_over_max: u64,
    /// Fields that it asks for and that none of those records had. A rule that asks for nothing else cannot hit.
    pub fields_never_seen: Vec<String>,
}

/// Hits of a rule in a source on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SigmaCount {
    /// The rule's number.
    pub rule: usize,
    /// The source.
    pub source: String,
    /// Days since the epoch, UTC, by the corrected time; nothing where the time is not known.
    pub day: Option<i32>,
    /// Hits.
    pub hits: u64,
}

/// Lines by what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct LineSums {
    /// Lines with records that rules were evaluated on.
    pub evaluated: u64,
    /// Lines that were not parsed: no rule but those of keywords alone says anything about them.
    pub not_evaluated: u64,
    /// Lines whose records are of no rule's log source.
    pub of_no_rule: u64,
    /// State of the format, and empty lines.
    pub without_record: u64,
    /// Records and fields beyond the limits of the format's reader, which were not evaluated.
    pub left_out: u64,
}

/// What a run found, and what it says nothing about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SigmaResult {
    /// Each rule, in the order of [`crate::SigmaRules::rules`].
    pub rules: Vec<RuleReport>,
    /// Lines that rules hit, by segment, then by place. Hits of rules that only correlations ask for are not among them.
    pub lines: Vec<SigmaLine>,
    /// Hits of correlations, by correlation, group and time.
    pub correlations: Vec<CorrelationHit>,
    /// Hits by rule, source and day.
    pub counts: Vec<SigmaCount>,
    /// Hits that are in no row of the counts, because there are too many rows.
    pub counts_left_out: u64,
    /// The lines.
    pub sums: LineSums,
    /// Hits whose time lies outside what was asked for; they are in nothing else here.
    pub hits_outside_time: u64,
    /// Hits whose time is not known: they are part of the result.
    pub hits_time_unknown: u64,
    /// Hits that no correlation looked at, because their time is not known.
    pub not_correlated_without_time: u64,
    /// Hits that no correlation looked at, because there were too many.
    pub not_correlated_over_max: u64,
    /// Hits that a correlation passed over, because they lack a value by which it groups or that it counts.
    pub not_correlated_without_value: u64,
    /// Whether the times of some hits were set from the source's zone rather than logged.
    pub times_set: u64,
    /// What was gone through, and what could not be read.
    pub walked: Walked,
}

impl SigmaResult {
    /// Whether everything that the rules are about was read and every hit is in the result.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.walked.is_complete()
            && self.sums.left_out == 0
            && self.not_correlated_over_max == 0
            && self.rules.iter().all(|rule| rule.hits_over_max == 0)
    }

    /// Hits of all rules, those of correlations among them.
    #[must_use]
    pub fn hits(&self) -> u64 {
        self.rules.iter().map(|rule| rule.hits).sum()
    }
}
