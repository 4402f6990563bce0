//! The watchlist file: the matcher's compiled indicators with what the sources say about them.
//!
//! The matcher knows indicators as numbers; a [`Watchfile`] adds their labels and provenance and the report of the build. It is built
//! by a [`Compiler`] from any mix of sources and allow lists, written by [`Watchfile::write`] and opened by
//! [`Watchfile::open`], which maps it: nothing is read before it is touched, and everything is checked when it is. The bytes
//! are in `docs/spec/watchlist-file.md`.
//!
//! What was found damaged gives nothing and is remembered: an answer holds if [`Watchfile::check`] says so after it. The
//! scans of this crate ask before they tell.
//!
//! Deliberately absent: a time of build, so that equal sources give equal bytes.

mod build;
mod compile;
#[cfg(test)]
mod reference;
mod report;
mod sets;
mod write;

use std::path::Path;
use std::sync::{Arc, OnceLock};

use accord_matcher::{IndicatorId, SealedError, SealedFile, Section, SectionName, Watchlist};
use bytes::Bytes;

use crate::mapping;
pub use compile::{CompileError, Compiler, place_word};
pub use report::{AllowReport, BuildSummary, Example, LeftOutEntry, ReasonCount, SourceReport};
use sets::LabelTable;

const REPORT: SectionName = *b"report\0\0";

/// A compiled watchlist with its labels and report. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Watchfile {
    watchlist: Watchlist,
    table: LabelTable,
    layer: Option<Layer>,
    report: Report,
    /// None where it was built in memory.
    file: Option<SealedFile>,
}

/// What a live layer says about its indicators, whose ids follow those of the table.
#[derive(Debug, Clone)]
struct Layer {
    first: IndicatorId,
    table: LabelTable,
}

/// The report of the build, read when somebody asks.
#[derive(Debug, Clone)]
struct Report {
    stored: Section,
    read: Arc<OnceLock<BuildSummary>>,
}

/// Why a file is not a watchlist file, or not a whole one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WatchfileError {
    /// It cannot be opened or written.
    #[error("{path}: {reason}")]
    File {
        /// The file.
        path: String,
        /// What the system says.
        reason: String,
    },
    /// It does not begin as a watchlist file, is of another version, or is damaged.
    #[error(transparent)]
    Sealed(#[from] SealedError),
    /// Checksums fit, but the content does not: a foreign or faulty writer.
    #[error("watchlist file with an invalid {0}; build it again")]
    Content(&'static str),
}

impl Watchfile {
    /// The matcher's part.
    #[must_use]
    pub fn watchlist(&self) -> &Watchlist {
        &self.watchlist
    }

    /// The report of the build, without what a live layer changed.
    #[must_use]
    pub fn summary(&self) -> &BuildSummary {
        self.report.read.get_or_init(|| {
            let read = self
                .report
                .stored
                .all()
                .and_then(|bytes| BuildSummary::decode(bytes));
            read.unwrap_or_else(|| {
                self.report.stored.contradicts();
                BuildSummary::default()
            })
        })
    }

    /// What the sources call an indicator: sorted, each once. Empty for an unknown id.
    #[must_use]
    pub fn labels(&self, id: IndicatorId) -> Vec<&str> {
        let (table, id) = self.table_of(id);
        table.labels(id)
    }

    /// Which sources an indicator is from: the source's name, with `: ` and what the source says of its own
    /// source where it does. Sorted, each once.
    #[must_use]
    pub fn provenance(&self, id: IndicatorId) -> Vec<&str> {
        let (table, id) = self.table_of(id);
        table.provenance(id)
    }

    fn table_of(&self, id: IndicatorId) -> (&LabelTable, IndicatorId) {
        match &self.layer {
            Some(layer) if id >= layer.first => (&layer.table, id - layer.first),
            _ => (&self.table, id),
        }
    }

    /// All indicators: id, canonical text; in the order in which the sources first had them.
    pub fn indicators(&self) -> impl Iterator<Item = (IndicatorId, &str)> {
        self.watchlist.iter().map(|(id, _, text)| (id, text))
    }

    /// Opens a watchlist file and maps it. Costs the same whatever its length: the header is checked now, everything else when
    /// it is first touched.
    ///
    /// # Errors
    /// What [`WatchfileError`] lists.
    pub fn open(path: &Path) -> Result<Self, WatchfileError> {
        let (bytes, holder) = mapping::map(path).map_err(|error| failed(path, &error))?;
        Self::of(SealedFile::open_held(bytes, holder)?)
    }

    /// Whether a file begins as a watchlist file, uncompressed: so that it can be opened, and must not be read.
    #[must_use]
    pub fn is_at(path: &Path) -> bool {
        let mut start = [0; accord_matcher::SEALED_MAGIC.len()];
        let is_file = std::fs::metadata(path).is_ok_and(|found| found.is_file());
        is_file
            && std::fs::File::open(path)
                .and_then(|mut file| std::io::Read::read_exact(&mut file, &mut start))
                .is_ok()
            && Self::is_watchfile(&start)
    }

    fn of(file: SealedFile) -> Result<Self, WatchfileError> {
        let stored = file
            .section(&REPORT)
            .ok_or(WatchfileError::Content("list of sections"))?;
        Ok(Self {
            watchlist: Watchlist::open(&file)?,
            table: LabelTable::open(&file)?,
            layer: None,
            report: Report {
                stored,
                read: Arc::default(),
            },
            file: Some(file),
        })
    }

    /// One that was just built.
    fn built(watchlist: Watchlist, table: LabelTable, summary: BuildSummary) -> Self {
        let report = Report {
            stored: Section::of(summary.encode()),
            read: Arc::new(OnceLock::from(summary)),
        };
        Self {
            watchlist,
            table,
            layer: None,
            report,
            file: None,
        }
    }

    /// This one with others over it: ids of `added` follow those of the table.
    pub(crate) fn with_layer(&self, added: &Watchfile, gone: impl IntoIterator<Item = IndicatorId>) -> Self {
        Self {
            watchlist: self.watchlist.with_layer(&added.watchlist, gone),
            layer: Some(Layer {
                first: self.table.ids(),
                table: added.table.clone(),
            }),
            ..self.clone()
        }
    }

    /// The first id that the table has not.
    pub(crate) fn next_id(&self) -> IndicatorId {
        self.table.ids()
    }

    /// Whether bytes begin as a watchlist file.
    #[must_use]
    pub fn is_watchfile(first_bytes: &[u8]) -> bool {
        SealedFile::is_sealed(first_bytes)
    }

    /// Reads the bytes of a file that cannot be mapped; all checksums are checked.
    ///
    /// # Errors
    /// What [`WatchfileError`] lists. Bytes from anywhere are safe to give.
    pub fn decode(bytes: impl Into<Bytes>) -> Result<Self, WatchfileError> {
        let file = SealedFile::open(bytes.into())?;
        file.verify()?;
        Self::of(file)
    }

    /// Whether what was touched so far was whole. Of one in memory, always.
    ///
    /// # Errors
    /// The first damage that was met: answers since then, and those just before, may lack something.
    pub fn check(&self) -> Result<(), WatchfileError> {
        Ok(self.file.as_ref().map_or(Ok(()), SealedFile::check)?)
    }

    /// Checks everything: every block, that every indicator is canonical and is found, labels, and that the report counts
    /// what is there. Costs what building it did.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn verify(&self) -> Result<(), WatchfileError> {
        if let Some(file) = &self.file {
            file.verify()?;
        }
        self.watchlist.verify()?;
        if !self.table.is_sound() {
            return Err(WatchfileError::Content("label table"));
        }
        if self.indicators().any(|(id, _)| id >= self.table.ids()) && self.layer.is_none() {
            return Err(WatchfileError::Content("label table"));
        }
        let listed = self.watchlist.without_layer().len() as u64;
        if self.summary().kept_total() != listed {
            return Err(WatchfileError::Content("build report"));
        }
        self.check()
    }

    /// Bytes of the file; none where it was built in memory.
    #[must_use]
    pub fn file_bytes(&self) -> Option<u64> {
        self.file.as_ref().map(SealedFile::file_bytes)
    }
}

fn failed(path: &Path, error: &std::io::Error) -> WatchfileError {
    WatchfileError::File {
        path: path.display().to_string(),
        reason: error.to_string(),
    }
}
