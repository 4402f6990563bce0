//! From indicators and allow lists to a watchlist.

use crate::allow::AllowEntry;
use crate::pattern::{Pattern, PatternKind};
use crate::watchlist::{IndicatorId, Watchlist};

/// Why the build left an indicator out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeftOutWhy {
    /// It is an allowed value: equal, or below an entry that says so.
    Allowed,
    /// It would cover an allowed value: its parent domain or its network.
    WouldCoverAllowed,
}

/// An indicator that the build left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The id under which it was added.
    pub id: IndicatorId,
    /// The indicator.
    pub pattern: Pattern,
    /// The allow-list entry that decided; the first in the order of their text where several would.
    pub entry: AllowEntry,
    /// Why.
    pub why: LeftOutWhy,
}

/// What became of the indicators of a build.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BuildReport {
    /// How many indicators of each kind are in the watchlist, in the order of [`PatternKind::ALL`].
    pub kept: Vec<(PatternKind, usize)>,
    /// How many additions were of an indicator that was already there.
    pub duplicates: usize,
    /// The indicators that allow lists left out or refused, in the order of their ids.
    pub left_out: Vec<LeftOut>,
}

/// Why a watchlist could not be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// One id was given to two indicators.
    #[error("indicator id {id} was given to `{first}` and to `{second}`: give each indicator its own")]
    IdUsedTwice {
        /// The id.
        id: IndicatorId,
        /// The first indicator.
        first: String,
        /// The second one.
        second: String,
    },
    /// Too many indicators, or too much text.
    #[error("{found} {what} are too many for one watchlist, the limit is {limit}: build several")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How much there is.
        found: usize,
        /// The limit.
        limit: usize,
    },
}

/// Collects indicators and allow-list entries.
#[derive(Debug, Clone, Default)]
pub struct WatchlistBuilder {}

impl WatchlistBuilder {
    /// A builder with nothing in it.
    pub fn new() -> WatchlistBuilder {
        WatchlistBuilder::default()
    }

    /// Adds an indicator under an id of the caller's choice, and returns the id that holds it: an earlier one where the
    /// same indicator was added before, so that the caller can merge labels.
    pub fn add(&mut self, _pattern: Pattern, id: IndicatorId) -> IndicatorId {
        id
    }

    /// Adds an entry of an allow list. The order of additions does not matter.
    pub fn allow(&mut self, _entry: AllowEntry) {}

    /// Compiles the watchlist.
    ///
    /// # Errors
    /// What [`BuildError`] lists.
    pub fn build(self) -> Result<(Watchlist, BuildReport), BuildError> {
        Ok((Watchlist::default(), BuildReport::default()))
    }
}
