//! What the matches of a segment say.

use accord_formats::logs::TimeSpan;
use accord_matcher::{Kind, MatchKind, PatternKind};
use serde::{Deserialize, Serialize};

use super::WatchlistUsed;
use super::words;
use crate::digest::Hex;

/// The matches of one segment, as they stand in its file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SegmentMatches {
    /// SHA-256 of the log that was matched: that of the segment's manifest.
    pub log_sha256: Hex<32>,
    /// What made them: program and version.
    pub made_with: String,
    /// What it was matched against.
    pub watchlist: WatchlistUsed,
    /// The entries of the watchlist that hit, by kind, then by text.
    pub entries: Vec<MatchedEntry>,
    /// Sums over all of them, what is left out included.
    pub sums: MatchSums,
}

/// An entry of the watchlist, and what it hit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatchedEntry {
    /// What kind of indicator it is.
    #[serde(with = "words::pattern_kind")]
    pub kind: PatternKind,
    /// Its canonical text.
    pub entry: String,
    /// Lines that it hits: the sum of those by day and the two counts after these.
    pub lines: u64,
    /// The first of them, numbered from 1.
    pub first_line: u64,
    /// The earliest and latest time that any of them tells, as logged; absent where none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<TimeSpan>,
    /// How many by day, in the order of the days.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<MatchDay>,
    /// Lines that tell no time, or more than one day.
    #[serde(default, skip_serializing_if = "is_none")]
    pub lines_without_day: u64,
    /// Lines of days beyond [`crate::MAX_MATCH_DAYS`], or that there was no room for.
    #[serde(default, skip_serializing_if = "is_none")]
    pub lines_of_other_days: u64,
    /// What stood in the lines, in the order in which it came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<MatchedValue>,
    /// Records (a value in a line) of values beyond [`crate::MAX_MATCH_VALUES`], or that there was no room for.
    #[serde(default, skip_serializing_if = "is_none")]
    pub records_left_out: u64,
}

/// Lines of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatchDay {
    /// Days since 1970-01-01, UTC, as logged.
    pub day: i32,
    /// Lines.
    pub lines: u64,
}

/// A value that an entry hit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatchedValue {
    /// What kind of value it is.
    #[serde(with = "words::kind")]
    pub kind: Kind,
    /// The canonical value.
    pub value: String,
    /// How the entry hits it.
    #[serde(with = "words::how")]
    pub how: MatchKind,
    /// Lines in which it stands.
    pub lines: u64,
    /// The numbers of the first of them, at most [`crate::MAX_MATCH_PLACES`].
    pub first_lines: Vec<u64>,
}

/// Sums over a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatchSums {
    /// Entries that are listed.
    pub entries: u64,
    /// Lines that any entry hits, each once.
    pub lines: u64,
    /// Records: an entry that hits a value in a line.
    pub records: u64,
    /// Those of entries beyond [`crate::MAX_MATCH_ENTRIES`], or that there was no room for. Which these are is not known.
    #[serde(default, skip_serializing_if = "is_none")]
    pub records_of_other_entries: u64,
    /// Records that the matcher counted and did not give, since a line gives only so many.
    #[serde(default, skip_serializing_if = "is_none")]
    pub records_over_line: u64,
    /// Lines over the line limit, which nothing is looked for in.
    #[serde(default, skip_serializing_if = "is_none")]
    pub overlong_lines: u64,
}

impl SegmentMatches {
    /// Whether every entry that hits is listed: counts of lines are of all lines but the overlong ones in any case.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.sums.records_of_other_entries == 0
            && self.sums.records_over_line == 0
            && self.sums.overlong_lines == 0
    }
}

const fn is_none(count: &u64) -> bool {
    *count == 0
}
