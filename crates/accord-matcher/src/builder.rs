//! From indicators and allow lists to a watchlist.

use std::collections::BTreeMap;

use crate::allow::{AllowEntry, AllowIndex, LeftOutWhy};
use crate::fingerprint::of_text;
use crate::limits::{MAX_INDICATORS, MAX_STRINGS_BYTES};
use crate::pattern::{Pattern, PatternKind};
use crate::records::{self, Bytes12};
use crate::seen::Seen;
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
///
/// Memory is that of the watchlist and of a table of 8 to 16 bytes an indicator, which building gives back before it takes
/// 18 bytes an indicator to sort; nothing is allocated for each indicator. What it holds is bounded by
/// [`MAX_INDICATORS`] and [`MAX_STRINGS_BYTES`].
#[derive(Debug, Clone, Default)]
pub struct WatchlistBuilder {
    /// In the order of the additions.
    records: Vec<Bytes12>,
    texts: Vec<u8>,
    seen: Seen,
    duplicates: usize,
    allowed: Vec<AllowEntry>,
    /// Bytes of indicators that came when there was no room for them.
    over_limit: usize,
}

impl WatchlistBuilder {
    /// A builder with nothing in it.
    pub fn new() -> WatchlistBuilder {
        WatchlistBuilder::default()
    }

    /// Adds an indicator under an id of the caller's choice, and returns the id that holds it: an earlier one where the
    /// same indicator was added before, so that the caller can merge labels. An id belongs to one indicator only.
    pub fn add(&mut self, pattern: Pattern, id: IndicatorId) -> IndicatorId {
        self.add_ref(&pattern, id)
    }

    /// As [`WatchlistBuilder::add`], of a pattern that the caller keeps.
    pub fn add_ref(&mut self, pattern: &Pattern, id: IndicatorId) -> IndicatorId {
        let (kind, text) = (pattern.kind(), pattern.canonical());
        let WatchlistBuilder {
            records, texts, seen, ..
        } = self;
        let hash = hash_of(kind, text);
        let same = |row: u32| {
            let (id, there, start, end) = records::read(records.get(row as usize)?)?;
            (there == kind && texts.get(start..end) == Some(text.as_bytes())).then_some(id)
        };
        if let Some(held) = seen.find(hash, same) {
            self.duplicates += 1;
            return held;
        }
        let start = u32::try_from(texts.len()).ok();
        let end = texts.len() + text.len();
        match (start, u16::try_from(text.len())) {
            (Some(start), Ok(length)) if records.len() < MAX_INDICATORS && end <= MAX_STRINGS_BYTES => {
                seen.add(hash, records.len() as u32);
                records.push(records::record(id, start, length, kind));
                texts.extend_from_slice(text.as_bytes());
            }
            _ => self.over_limit += text.len().max(1),
        }
        id
    }

    /// How many different indicators were added.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether none was added.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Adds an entry of an allow list. The order of additions does not matter.
    pub fn allow(&mut self, entry: AllowEntry) {
        self.allowed.push(entry);
    }

    /// Compiles the watchlist.
    ///
    /// # Errors
    /// What [`BuildError`] lists.
    pub fn build(mut self) -> Result<(Watchlist, BuildReport), BuildError> {
        self.seen = Seen::default();
        if self.over_limit > 0 {
            within("indicators", self.records.len() + 1, MAX_INDICATORS)?;
            let found = self.texts.len() + self.over_limit;
            within("bytes of indicators", found, MAX_STRINGS_BYTES)?;
        }
        let in_order = self.records.is_sorted_by_key(record_id);
        if !in_order {
            self.records.sort_by_key(record_id);
        }
        for pair in self.records.windows(2) {
            if let [first, second] = pair
                && record_id(first) == record_id(second)
            {
                return Err(BuildError::IdUsedTwice {
                    id: record_id(first),
                    first: text_of(&self.texts, first).to_owned(),
                    second: text_of(&self.texts, second).to_owned(),
                });
            }
        }
        let mut report = BuildReport {
            duplicates: self.duplicates,
            ..BuildReport::default()
        };
        if !self.allowed.is_empty() {
            let allowed = AllowIndex::new(std::mem::take(&mut self.allowed));
            self.leave_out(&allowed, &mut report);
        }
        let mut kept: BTreeMap<PatternKind, usize> = BTreeMap::new();
        for record in &self.records {
            if let Some((_, kind, _, _)) = records::read(record) {
                *kept.entry(kind).or_default() += 1;
            }
        }
        report.kept = PatternKind::ALL
            .into_iter()
            .map(|kind| (kind, kept.get(&kind).copied().unwrap_or(0)))
            .collect();
        if !in_order || !report.left_out.is_empty() {
            self.close_gaps();
        }
        Ok((Watchlist::compile(self.records, self.texts), report))
    }

    fn leave_out(&mut self, allowed: &AllowIndex, report: &mut BuildReport) {
        let texts = &self.texts;
        self.records.retain(|record| {
            let Some((id, kind, _, _)) = records::read(record) else {
                return true;
            };
            let pattern = Pattern::of_parts(kind, text_of(texts, record));
            match allowed.decide(&pattern) {
                Some((entry, why)) => {
                    let entry = entry.clone();
                    report.left_out.push(LeftOut {
                        id,
                        pattern,
                        entry,
                        why,
                    });
                    false
                }
                None => true,
            }
        });
    }

    /// Puts the texts in the order of the records, without what no record has.
    fn close_gaps(&mut self) {
        let mut texts = Vec::with_capacity(self.texts.len());
        for record in &mut self.records {
            if let Some((id, kind, start, end)) = records::read(record) {
                let text = self.texts.get(start..end).unwrap_or_default();
                *record = records::record(id, texts.len() as u32, text.len() as u16, kind);
                texts.extend_from_slice(text);
            }
        }
        self.texts = texts;
    }
}

fn record_id(record: &Bytes12) -> IndicatorId {
    records::read(record).map_or(0, |(id, ..)| id)
}

fn text_of<'t>(texts: &'t [u8], record: &Bytes12) -> &'t str {
    records::read(record)
        .and_then(|(_, _, start, end)| std::str::from_utf8(texts.get(start..end)?).ok())
        .unwrap_or_default()
}

/// A hash of an indicator, for this process only.
fn hash_of(kind: PatternKind, text: &str) -> u32 {
    let hash = of_text(text.as_bytes()) ^ (kind as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (hash >> 32) as u32
}

fn within(what: &'static str, found: usize, limit: usize) -> Result<(), BuildError> {
    if found > limit {
        Err(BuildError::TooLarge { what, found, limit })
    } else {
        Ok(())
    }
}
