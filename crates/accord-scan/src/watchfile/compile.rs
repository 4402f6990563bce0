//! Sources and allow lists in, a watchlist file out.

use std::convert::Infallible;
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use accord_formats::indicators::{self, Content, Format, ReadError};
use accord_matcher::{
    AllowEntry, BuildError, IndicatorId, LeftOutWhy, Pattern, PatternKind, Refusal, Watchlist,
    section_lengths, write_section,
};

use super::build::piece::{InOrder, PART_BYTES, read_parts};
use super::build::{Canonical, Collected, Distinct};
use super::report::{self, AllowReport, BuildSummary, LeftOutEntry, SourceReport};
use super::sets::Side;
use super::{Watchfile, write};
use crate::limits::{BUILD_MEMORY_BYTES, MAX_EXAMPLES, MAX_SAME_FINGERPRINT};

/// A source of fewer bytes is read by one thread, others by so many.
const ALONE_BYTES: usize = 2 * PART_BYTES;
const THREADS: usize = 2;

/// Why a source could not be taken, or a watchlist not be built.
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
    /// More different indicators share a fingerprint than chance gives.
    #[error(
        "{found} different indicators share one fingerprint, the limit is {limit}: a list made to slow look-ups down",
        limit = MAX_SAME_FINGERPRINT
    )]
    SameFingerprint {
        /// How many were found.
        found: usize,
    },
    /// What does not fit into memory could not be kept in the folder of the watchlist, or not be written there.
    #[error("the watchlist cannot be built in its folder: {reason}")]
    Folder {
        /// What the system says.
        reason: String,
    },
}

impl From<io::Error> for CompileError {
    fn from(error: io::Error) -> Self {
        Self::Folder {
            reason: error.to_string(),
        }
    }
}

/// Collects sources and allow lists.
#[derive(Debug)]
pub struct Compiler {
    collected: Collected,
    /// Ids are counted from here, sets from 0.
    first_id: IndicatorId,
    summary: BuildSummary,
    labels: Vec<String>,
}

impl Default for Compiler {
    fn default() -> Self {
        Self::of(Collected::in_memory())
    }
}

impl Compiler {
    /// With nothing in it; everything that is added stays in memory.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With nothing in it, for a file that will be written to a path: what does not fit into [`BUILD_MEMORY_BYTES`] lies beside
    /// it, in files without names, which go with this process however it ends.
    #[must_use]
    pub fn beside(path: &Path) -> Self {
        Self::beside_with(path, BUILD_MEMORY_BYTES)
    }

    /// As [`Compiler::beside`], with so many bytes of memory.
    pub(crate) fn beside_with(path: &Path, bytes: usize) -> Self {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        Self::of(Collected::in_folder(folder.unwrap_or(Path::new(".")), bytes))
    }

    fn of(collected: Collected) -> Self {
        Self {
            collected,
            first_id: 0,
            summary: BuildSummary::default(),
            labels: Vec::new(),
        }
    }

    /// Adds a label to every indicator of the sources that are added from now on.
    pub fn label_all(&mut self, label: &str) {
        self.labels.push(label.to_owned());
    }

    /// Adds the indicators of a source. A row that cannot be used is counted with its reason. A large source whose format
    /// allows it is read by two threads.
    ///
    /// # Errors
    /// When nothing of the source can be read.
    pub fn add_source(&mut self, name: &str, bytes: &[u8]) -> Result<(), CompileError> {
        let mut report = SourceReport {
            name: name.to_owned(),
            ..SourceReport::default()
        };
        let Compiler {
            collected, labels, ..
        } = self;
        let sayings = Mutex::new(std::mem::take(&mut collected.sayings));
        let format = match indicators::parts(bytes, PART_BYTES) {
            Some(parts) => {
                let format = parts.format();
                let threads = if bytes.len() < ALONE_BYTES { 1 } else { THREADS };
                read_parts(parts, threads, collected, &mut report, &sayings, (name, labels));
                Ok(format)
            }
            None => {
                let mut rows = InOrder::new(collected, &mut report, &sayings, (name, labels));
                let format = indicators::read(bytes, &mut |row| rows.read(&row));
                rows.finish();
                format
            }
        };
        self.collected.sayings = sayings.into_inner().unwrap_or_else(PoisonError::into_inner);
        let format = format.map_err(|error| CompileError::Read {
            name: name.to_owned(),
            error,
        })?;
        report.format = format.name().to_owned();
        self.summary.sources.push(report);
        Ok(())
    }

    /// The number of what a row says.
    fn saying<'l>(
        &mut self,
        labels: impl Iterator<Item = &'l str>,
        source: &str,
        more: impl Iterator<Item = &'l str>,
    ) -> u32 {
        let sayings = &mut self.collected.sayings;
        sayings.begin();
        labels.for_each(|label| sayings.word(Side::Labels, &[label]));
        let own = self.labels.iter();
        own.for_each(|label| sayings.word(Side::Labels, &[label]));
        sayings.word(Side::Provenance, &[source]);
        more.for_each(|from| sayings.word(Side::Provenance, &[from]));
        sayings.number()
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
                    let labels = file.labels(id).into_iter();
                    let saying = self.saying(labels, name, file.provenance(id).into_iter());
                    self.keep(pattern.kind(), pattern.canonical(), saying);
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
            let saying = self.saying(file.labels(id).into_iter(), first, from);
            self.keep(kind, pattern.canonical(), saying);
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

    /// Adds one indicator.
    pub(crate) fn add<'l>(
        &mut self,
        pattern: &Pattern,
        labels: impl Iterator<Item = &'l str>,
        provenance: &str,
    ) {
        let saying = self.saying(labels, provenance, [].into_iter());
        self.keep(pattern.kind(), pattern.canonical(), saying);
    }

    fn keep(&mut self, kind: PatternKind, canonical: &str, saying: u32) {
        // There is one, as it is an indicator's text.
        if let Some(fingerprint) = kind.fingerprint(canonical) {
            let row = Canonical {
                kind,
                text: canonical.as_bytes(),
                fingerprint,
            };
            self.collected.add(row, saying);
        }
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
                    self.collected.allowed.push(entry);
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

    /// Compiles into memory.
    ///
    /// # Errors
    /// When there are more indicators than one watchlist holds.
    pub fn finish(self) -> Result<Watchfile, CompileError> {
        let (distinct, summary) = self.distinct()?;
        let outline = distinct.outline();
        let lengths = section_lengths(outline, &distinct, false).into_iter();
        let sections = lengths.map(|(name, length)| {
            let mut bytes = Vec::with_capacity(length);
            let Ok(()) = write_section(name, outline, &distinct, &mut |more: &[u8]| {
                bytes.extend_from_slice(more);
                Ok::<(), Infallible>(())
            });
            (name, bytes)
        });
        let sections = sections.collect();
        let Distinct { labels, .. } = distinct;
        // Sections that were just made fit one another.
        let watchlist = Watchlist::of_sections(sections).map_err(|error| CompileError::Folder {
            reason: error.to_string(),
        })?;
        Ok(Watchfile::built(watchlist, labels, summary))
    }

    /// Compiles into a file, in the memory of [`Compiler::beside`], and opens it. Until it is whole on the disk the file that was
    /// there stays in force; a crash leaves nothing but `PATH.partial`, which the next build writes over.
    ///
    /// # Errors
    /// When there are more indicators than one watchlist holds, or the file cannot be written.
    pub fn finish_to(self, path: &Path) -> Result<Watchfile, CompileError> {
        let (distinct, summary) = self.distinct()?;
        let outline = distinct.outline();
        let mut others = distinct.labels.sections();
        others.push((super::REPORT, summary.encode().into()));
        let mut lengths = section_lengths(outline, &distinct, true);
        lengths.extend(others.iter().map(|(name, bytes)| (*name, bytes.len())));
        write::replace(path, &lengths, |name, section| {
            match others.iter().find(|(other, _)| *other == name) {
                Some((_, bytes)) => section.put_all(bytes),
                None => write_section(name, outline, &distinct, &mut |bytes: &[u8]| section.put(bytes)),
            }
        })?;
        drop(distinct);
        Watchfile::open(path).map_err(|error| CompileError::Folder {
            reason: error.to_string(),
        })
    }

    fn distinct(self) -> Result<(Distinct, BuildSummary), CompileError> {
        let mut summary = self.summary;
        let distinct = self.collected.distinct(self.first_id, &mut |left| {
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
        })?;
        for kind in PatternKind::ALL {
            let kept = distinct.kept.get(&kind).copied().unwrap_or(0);
            summary.kept.insert(kind.as_str().to_owned(), kept);
        }
        summary.duplicates = distinct.duplicates;
        Ok((distinct, summary))
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
