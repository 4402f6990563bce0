//! The report of a build: what was read, kept, left out, and why; rows always add up.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::limits::MAX_EXAMPLES;

/// The report of a build.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildSummary {
    /// The sources, in the order given.
    pub sources: Vec<SourceReport>,
    /// The allow lists, in the order given.
    pub allow_lists: Vec<AllowReport>,
    /// Indicators in the watchlist, by kind of pattern.
    pub kept: BTreeMap<String, u64>,
    /// Values that another row had given already.
    pub duplicates: u64,
    /// Indicators that an allow list took out: how many, by reason.
    pub left_out: BTreeMap<String, u64>,
    /// The first [`MAX_EXAMPLES`] of them.
    pub left_out_entries: Vec<LeftOutEntry>,
}

/// What became of the rows of one source. `rows` is `indicators` + all of `refused` + all of `not_used`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceReport {
    /// Its name, as given.
    pub name: String,
    /// Its format, as [`accord_formats::indicators::Format::name`] says.
    pub format: String,
    /// Rows read: one for each value, or for an entry that gave none.
    pub rows: u64,
    /// Rows that are indicators, duplicates included.
    pub indicators: u64,
    /// Rows that are no usable indicator, by reason.
    pub refused: BTreeMap<String, ReasonCount>,
    /// Rows that the format's reader does not use, by reason.
    pub not_used: BTreeMap<String, ReasonCount>,
}

/// What became of the entries of one allow list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowReport {
    /// Its name, as given.
    pub name: String,
    /// Its format.
    pub format: String,
    /// Entries read.
    pub rows: u64,
    /// Entries in force.
    pub entries: u64,
    /// Entries that are not usable, by reason.
    pub not_used: BTreeMap<String, ReasonCount>,
}

/// How often a reason applied, and where first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonCount {
    /// How often.
    pub count: u64,
    /// The first [`MAX_EXAMPLES`] entries.
    pub examples: Vec<Example>,
}

/// An entry of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// Its line, or its number in JSON, from 1.
    pub place: u64,
    /// What it says, cut.
    pub written: String,
}

/// An indicator that an allow list took out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOutEntry {
    /// The indicator.
    pub indicator: String,
    /// The entry of the allow list.
    pub entry: String,
    /// Why.
    pub why: String,
}

impl BuildSummary {
    /// Indicators in the watchlist.
    #[must_use]
    pub fn kept_total(&self) -> u64 {
        self.kept.values().sum()
    }

    /// Rows of all sources.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.sources.iter().map(|source| source.rows).sum()
    }

    /// Rows refused, or not used by their reader, by reason over all sources.
    #[must_use]
    pub fn refused(&self) -> BTreeMap<&str, u64> {
        let mut sums = BTreeMap::new();
        for source in &self.sources {
            for (reason, found) in source.refused.iter().chain(&source.not_used) {
                *sums.entry(reason.as_str()).or_default() += found.count;
            }
        }
        sums
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}

impl SourceReport {
    /// Adds what became of rows that come after these, and whose places are counted from the line after so many.
    pub(super) fn add(&mut self, more: &SourceReport, lines_before: u64) {
        self.rows += more.rows;
        self.indicators += more.indicators;
        for (reasons, more) in [
            (&mut self.refused, &more.refused),
            (&mut self.not_used, &more.not_used),
        ] {
            for (reason, found) in more {
                let known = reasons.entry(reason.clone()).or_default();
                known.count += found.count;
                let room = MAX_EXAMPLES.saturating_sub(known.examples.len());
                known
                    .examples
                    .extend(found.examples.iter().take(room).map(|example| Example {
                        place: example.place + lines_before,
                        written: example.written.clone(),
                    }));
            }
        }
    }
}

/// Counts a reason and keeps its first examples.
pub(super) fn count(reasons: &mut BTreeMap<String, ReasonCount>, reason: &str, place: u64, written: &str) {
    let known = match reasons.get_mut(reason) {
        Some(known) => known,
        None => reasons.entry(reason.to_owned()).or_default(),
    };
    known.count += 1;
    if known.examples.len() < MAX_EXAMPLES {
        known.examples.push(Example {
            place,
            written: written.chars().take(200).collect(),
        });
    }
}
