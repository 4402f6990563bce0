//! From indicators and allow lists to a watchlist.

use std::collections::{BTreeMap, HashMap};

use crate::allow::{AllowEntry, AllowIndex, LeftOutWhy};
use crate::limits::{MAX_INDICATORS, MAX_STRINGS_BYTES};
use crate::pattern::{Pattern, PatternKind};
use crate::watchlist::{IndicatorId, Watchlist};

/// An indicator that the build left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The id under which it was added.
    pub id: IndicatorId,
    /// The indicator.
    pub pattern: Pattern,
    /// The allow-list entry that decided; one of them where several would, always the same one.
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
pub struct WatchlistBuilder {
    held: HashMap<Pattern, IndicatorId>,
    duplicates: usize,
    allowed: Vec<AllowEntry>,
}

impl WatchlistBuilder {
    /// A builder with nothing in it.
    pub fn new() -> WatchlistBuilder {
        WatchlistBuilder::default()
    }

    /// Adds an indicator under an id of the caller's choice, and returns the id that holds it: an earlier one where the
    /// same indicator was added before, so that the caller can merge labels. An id belongs to one indicator only.
    pub fn add(&mut self, pattern: Pattern, id: IndicatorId) -> IndicatorId {
        match self.held.get(&pattern) {
            Some(&held) => {
                self.duplicates += 1;
                held
            }
            None => {
                self.held.insert(pattern, id);
                id
            }
        }
    }

    /// How many different indicators were added.
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Whether none was added.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// Adds an entry of an allow list. The order of additions does not matter.
    pub fn allow(&mut self, entry: AllowEntry) {
        self.allowed.push(entry);
    }

    /// Compiles the watchlist.
    ///
    /// # Errors
    /// What [`BuildError`] lists.
    pub fn build(self) -> Result<(Watchlist, BuildReport), BuildError> {
        let mut rows: Vec<(IndicatorId, Pattern)> =
            self.held.into_iter().map(|(pattern, id)| (id, pattern)).collect();
        rows.sort_unstable();
        for pair in rows.windows(2) {
            if let [(id, first), (same, second)] = pair
                && id == same
            {
                return Err(BuildError::IdUsedTwice {
                    id: *id,
                    first: first.canonical().to_owned(),
                    second: second.canonical().to_owned(),
                });
            }
        }
        let allowed = AllowIndex::new(self.allowed);
        let mut report = BuildReport {
            duplicates: self.duplicates,
            ..BuildReport::default()
        };
        let mut kept: BTreeMap<PatternKind, usize> = BTreeMap::new();
        let mut text_bytes = 0;
        rows.retain(|(id, pattern)| match allowed.decide(pattern) {
            Some((entry, why)) => {
                let (pattern, entry) = (pattern.clone(), entry.clone());
                report.left_out.push(LeftOut {
                    id: *id,
                    pattern,
                    entry,
                    why,
                });
                false
            }
            None => {
                *kept.entry(pattern.kind()).or_default() += 1;
                text_bytes += pattern.canonical().len();
                true
            }
        });
        within("indicators", rows.len(), MAX_INDICATORS)?;
        within("bytes of indicators", text_bytes, MAX_STRINGS_BYTES)?;
        report.kept = PatternKind::ALL
            .into_iter()
            .map(|kind| (kind, kept.get(&kind).copied().unwrap_or(0)))
            .collect();
        let rows = rows
            .iter()
            .map(|(id, pattern)| (*id, pattern.kind(), pattern.canonical()));
        Ok((Watchlist::compile(rows), report))
    }
}

fn within(what: &'static str, found: usize, limit: usize) -> Result<(), BuildError> {
    if found > limit {
        Err(BuildError::TooLarge { what, found, limit })
    } else {
        Ok(())
    }
}
