//! The watchlist file: the matcher's compiled indicators with what the sources say about them.
//!
//! The matcher knows indicators as numbers; a [`Watchfile`] adds their labels and provenance and the report of the build. It is built
//! by a [`Compiler`] from any mix of sources and allow lists, written by [`Watchfile::encode`] and read back by
//! [`Watchfile::decode`], which refuses what is not exactly what was written. The bytes are in `docs/spec/watchfile.md`.
//!
//! Deliberately absent: a time of build, so that equal sources give equal bytes.

mod compile;
mod container;
mod report;
mod sets;

use accord_matcher::{IndicatorId, Watchlist, WatchlistError};

pub use compile::{CompileError, Compiler, place_word};
pub use report::{AllowReport, BuildSummary, Example, LeftOutEntry, ReasonCount, SourceReport};
use sets::LabelTable;

/// A compiled watchlist with its labels and report.
#[derive(Debug, Clone)]
pub struct Watchfile {
    watchlist: Watchlist,
    table: LabelTable,
    summary: BuildSummary,
}

/// Why bytes are not a watchlist file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WatchfileError {
    /// The file does not begin as one.
    #[error("not a watchlist file")]
    NotAWatchfile,
    /// It has another version.
    #[error("watchlist file of version {found}, this program reads version {read}: build it again", read = container::VERSION)]
    Version {
        /// The version of the file.
        found: u32,
    },
    /// It is shorter or longer than it says.
    #[error("damaged watchlist file: {expected} bytes expected, {found} found; copy or build it again")]
    Length {
        /// Bytes it says it has.
        expected: u64,
        /// Bytes it has.
        found: u64,
    },
    /// A digest does not fit.
    #[error("damaged watchlist file: the digest of the {0} does not fit; copy or build it again")]
    Digest(&'static str),
    /// Digests fit, but the content does not: a foreign or faulty writer.
    #[error("watchlist file with an invalid {0}; build it again")]
    Content(&'static str),
    /// The matcher refuses its part.
    #[error(transparent)]
    Watchlist(#[from] WatchlistError),
}

impl Watchfile {
    /// The matcher's part.
    #[must_use]
    pub fn watchlist(&self) -> &Watchlist {
        &self.watchlist
    }

    /// The report of the build.
    #[must_use]
    pub fn summary(&self) -> &BuildSummary {
        &self.summary
    }

    /// What the sources call an indicator: sorted, each once. Empty for an unknown id.
    #[must_use]
    pub fn labels(&self, id: IndicatorId) -> &[String] {
        self.table.labels(id)
    }

    /// Which sources an indicator is from: the source's name, with `: ` and what the source says of its own
    /// source where it does. Sorted, each once.
    #[must_use]
    pub fn provenance(&self, id: IndicatorId) -> &[String] {
        self.table.provenance(id)
    }

    /// All indicators: id, canonical text; in the order in which the sources first had them.
    pub fn indicators(&self) -> impl Iterator<Item = (IndicatorId, &str)> {
        (0..self.table.ids()).filter_map(|id| Some((id, self.watchlist.pattern(id)?)))
    }

    /// The bytes of the file. Equal sources in equal order give equal bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        container::encode(
            &self.watchlist.encode(),
            &self.table.encode(),
            &self.summary.encode(),
        )
    }

    /// Whether bytes begin as a watchlist file.
    #[must_use]
    pub fn is_watchfile(first_bytes: &[u8]) -> bool {
        container::has_magic(first_bytes)
    }

    /// Reads a file's bytes; all digests are checked.
    ///
    /// # Errors
    /// What [`WatchfileError`] lists. Bytes from anywhere are safe to give.
    pub fn decode(bytes: &[u8]) -> Result<Self, WatchfileError> {
        let sections = container::decode(bytes)?;
        let watchlist = Watchlist::decode(sections.watchlist)?;
        let table = LabelTable::decode(sections.labels).ok_or(WatchfileError::Content("label table"))?;
        let summary =
            BuildSummary::decode(sections.summary).ok_or(WatchfileError::Content("build report"))?;
        Ok(Self {
            watchlist,
            table,
            summary,
        })
    }
}
