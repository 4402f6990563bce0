//! Sources and allow lists in, a watchlist file out.

use accord_formats::indicators::{self, Content, Format, ReadError};
use accord_matcher::{
    AllowEntry, BuildError, IndicatorId, LeftOutWhy, Pattern, PatternKind, Refusal, WatchlistBuilder,
};

use super::Watchfile;
use super::report::{self, AllowReport, BuildSummary, LeftOutEntry, SourceReport};
use super::sets::{SetBuilder, Side};
use crate::limits::MAX_EXAMPLES;

/// The reason under which an allow entry in an indicator source is counted.
const ALLOW_ENTRY: &str = "an entry of an allow list: give the file with --allow";

/// Why a source could not be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// The source could not be read at all.
    #[error("{name}: {error}")]
    Read {
        /// The source.
        name: String,
        /// Why.
        error: ReadError,
    },
    /// The watchlist could not be built.
    #[error(transparent)]
    Build(#[from] BuildError),
}

/// Collects sources and allow lists.
#[derive(Debug, Default)]
pub struct Compiler {
    builder: WatchlistBuilder,
    sets: SetBuilder,
    /// Ids are counted from here, sets from 0.
    first_id: IndicatorId,
    /// How many ids are given out.
    next: IndicatorId,
    summary: BuildSummary,
    labels: Vec<String>,
}

impl Compiler {
    /// With nothing in it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a label to every indicator of the sources that are added from now on.
    pub fn label_all(&mut self, label: &str) {
        self.labels.push(label.to_owned());
    }

    /// Adds the indicators of a source. A row that cannot be used is counted with its reason.
    ///
    /// # Errors
    /// When nothing of the source can be read.
    pub fn add_source(&mut self, name: &str, bytes: &[u8]) -> Result<(), CompileError> {
        let mut report = SourceReport {
            name: name.to_owned(),
            ..SourceReport::default()
        };
        let mut provenance_text = String::new();
        let format = indicators::read(bytes, &mut |row| {
            report.rows += 1;
            match row.content {
                Content::NotUsed { written, reason } => {
                    report::count(&mut report.not_used, &reason.to_string(), row.place, written);
                }
                Content::Allow { value, .. } => {
                    report::count(&mut report.not_used, ALLOW_ENTRY, row.place, value);
                }
                Content::Indicator {
                    value,
                    labels,
                    provenance,
                } => match Pattern::parse(value) {
                    Err(refusal) => report::count(&mut report.refused, words(&refusal), row.place, value),
                    Ok(pattern) => {
                        report.indicators += 1;
                        provenance_text.clear();
                        provenance_text.push_str(name);
                        if !provenance.is_empty() {
                            provenance_text.push_str(": ");
                            provenance_text.push_str(provenance);
                        }
                        self.add(&pattern, labels.iter().copied(), &provenance_text);
                    }
                },
            }
        })
        .map_err(|error| CompileError::Read {
            name: name.to_owned(),
            error,
        })?;
        report.format = format.name().to_owned();
        self.summary.sources.push(report);
        Ok(())
    }

    /// Adds everything of another watchlist file, its labels and provenance with it. Its report counts as one source.
    pub fn add_watchfile(&mut self, name: &str, file: &Watchfile) {
        let mut report = SourceReport {
            name: name.to_owned(),
            format: "watchlist".to_owned(),
            ..SourceReport::default()
        };
        for (id, canonical) in file.indicators() {
            report.rows += 1;
            match Pattern::parse(canonical) {
                Err(refusal) => report::count(&mut report.refused, words(&refusal), u64::from(id), canonical),
                Ok(pattern) => {
                    report.indicators += 1;
                    let new = self.add(&pattern, file.labels(id).into_iter(), name);
                    for from in file.provenance(id) {
                        self.sets.add(new, Side::Provenance, from);
                    }
                }
            }
        }
        self.summary.sources.push(report);
    }

    /// Adds everything of another one as it is: labels and provenance, nothing beside them.
    pub(crate) fn take_over(&mut self, file: &Watchfile) {
        let mut report = SourceReport {
            name: "the watchlist before".to_owned(),
            format: "watchlist".to_owned(),
            ..SourceReport::default()
        };
        for (id, kind, canonical) in file.watchlist().iter() {
            let Some(pattern) = Pattern::from_canonical(kind, canonical) else {
                continue;
            };
            report.rows += 1;
            report.indicators += 1;
            let mut from = file.provenance(id).into_iter();
            let first = from.next().unwrap_or_default();
            let new = self.add(&pattern, file.labels(id).into_iter(), first);
            for from in from {
                self.sets.add(new, Side::Provenance, from);
            }
        }
        self.summary.sources.push(report);
    }

    /// The id of the first indicator, for a layer over others.
    pub(crate) fn numbered_from(first: IndicatorId) -> Self {
        Self {
            first_id: first,
            ..Self::default()
        }
    }

    /// Adds one indicator. Returns the number of its sets.
    pub(crate) fn add<'l>(
        &mut self,
        pattern: &Pattern,
        labels: impl Iterator<Item = &'l str>,
        provenance: &str,
    ) -> IndicatorId {
        let held = self.builder.add_ref(pattern, self.first_id + self.next);
        let id = held - self.first_id;
        if id == self.next {
            self.next += 1;
            self.sets.reserve(id);
        }
        for label in labels {
            self.sets.add(id, Side::Labels, label);
        }
        for label in &self.labels {
            self.sets.add(id, Side::Labels, label);
        }
        self.sets.add(id, Side::Provenance, provenance);
        id
    }

    /// Adds the entries of an allow list: any source format, a MISP warninglist first of all.
    ///
    /// # Errors
    /// When nothing of the list can be read.
    pub fn add_allow_list(&mut self, name: &str, bytes: &[u8]) -> Result<(), CompileError> {
        let mut list = AllowReport {
            name: name.to_owned(),
            ..AllowReport::default()
        };
        let format = indicators::read(bytes, &mut |row| {
            list.rows += 1;
            let (value, below) = match row.content {
                Content::NotUsed { written, reason } => {
                    report::count(&mut list.not_used, &reason.to_string(), row.place, written);
                    return;
                }
                Content::Allow { value, below } => (value, below),
                Content::Indicator { value, .. } => (value, false),
            };
            let parsed = if below {
                AllowEntry::parse_with_subdomains(value)
            } else {
                AllowEntry::parse(value)
            };
            match parsed {
                Ok(entry) => {
                    list.entries += 1;
                    self.builder.allow(entry);
                }
                Err(refusal) => report::count(&mut list.not_used, words(&refusal), row.place, value),
            }
        })
        .map_err(|error| CompileError::Read {
            name: name.to_owned(),
            error,
        })?;
        list.format = format.name().to_owned();
        self.summary.allow_lists.push(list);
        Ok(())
    }

    /// Compiles.
    ///
    /// # Errors
    /// When there are more indicators than one watchlist holds.
    pub fn finish(self) -> Result<Watchfile, CompileError> {
        let (watchlist, report) = self.builder.build()?;
        let mut summary = self.summary;
        for kind in PatternKind::ALL {
            summary.kept.insert(kind.as_str().to_owned(), 0);
        }
        for (kind, count) in report.kept {
            summary.kept.insert(kind.as_str().to_owned(), count as u64);
        }
        summary.duplicates = report.duplicates as u64;
        for left in report.left_out {
            let why = match left.why {
                LeftOutWhy::Allowed => "allowed",
                LeftOutWhy::WouldCoverAllowed => "would cover an allowed value",
            };
            *summary.left_out.entry(why.to_owned()).or_default() += 1;
            if summary.left_out_entries.len() < MAX_EXAMPLES {
                summary.left_out_entries.push(LeftOutEntry {
                    indicator: left.pattern.canonical().to_owned(),
                    entry: left.entry.as_text().to_owned(),
                    why: why.to_owned(),
                });
            }
        }
        Ok(Watchfile::built(watchlist, self.sets.finish(), summary))
    }
}

/// The reason under which a refusal is counted.
fn words(refusal: &Refusal) -> &'static str {
    refusal.reason.words()
}

/// What the place of an example counts, for messages about a source of this format.
#[must_use]
pub fn place_word(format: &str) -> &'static str {
    Format::from_name(format).map_or("entry", Format::place_word)
}
