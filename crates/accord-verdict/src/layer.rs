//! A compiled set of listings: the matcher's watchlist, the index of plain values, and for each indicator a note and a
//! count of sightings.
//!
//! Sightings are counted where the listing lies, without a lock, for one UTC day; those of another day, while the counts
//! wait to be taken, go to the audience's [`Sightings`]. What was not taken when the last reader lets the layer go is
//! handed over to them, so that a compilation loses none.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use accord_matcher::{BuildError, IndicatorId, Pattern, Watchlist, WatchlistBuilder, prefer_large_pages};

use crate::index::PlainIndex;
use crate::listing::{Action, Listing, Note};
use crate::prefix::PrefixIndex;
use crate::sightings::{Sighting, Sightings};

const NO_DAY: u32 = u32::MAX;
/// A count that high is left alone; far from where one more could overflow.
const FULL: u32 = u32::MAX / 2;

/// Where sightings go that a layer does not hold.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sink {
    pub audience: Arc<str>,
    pub sightings: Arc<Sightings>,
}

/// Shared by all readers of a snapshot. Immutable but for its counts.
#[derive(Debug)]
pub(crate) struct Layer {
    pub watchlist: Watchlist,
    /// None where it would be too large: then every value is read as a line.
    pub index: Option<PlainIndex>,
    /// By id: ids are the places in the order of the patterns.
    notes: Vec<Note>,
    /// Blocks only.
    pub prefixes: PrefixIndex,
    pub blocked: usize,
    counts: Vec<AtomicU32>,
    /// The UTC day of the counts, in days since the Unix epoch.
    day: AtomicU32,
    sink: Sink,
}

impl Default for Layer {
    fn default() -> Self {
        Layer {
            watchlist: Watchlist::default(),
            index: Some(PlainIndex::default()),
            notes: Vec::new(),
            prefixes: PrefixIndex::default(),
            blocked: 0,
            counts: Vec::new(),
            day: AtomicU32::new(NO_DAY),
            sink: Sink::default(),
        }
    }
}

impl Layer {
    /// Compiles listings. The order of the map gives the ids, so that equal content gives equal layers.
    pub fn compile(listings: BTreeMap<Pattern, Note>, sink: Sink) -> Result<Layer, BuildError> {
        let indexed = listings
            .iter()
            .map(|(pattern, note)| (pattern.kind(), pattern.canonical(), note.action));
        let index = PlainIndex::new(indexed);
        let mut builder = WatchlistBuilder::new();
        let mut notes = Vec::with_capacity(listings.len());
        let mut hashed = Vec::new();
        for (id, (pattern, note)) in (0..).zip(listings) {
            if note.action == Action::Block {
                hashed.push((crate::prefix::key(pattern.canonical()), id));
            }
            builder.add(pattern, id);
            notes.push(note);
        }
        let (watchlist, _) = builder.build()?;
        let counts: Vec<AtomicU32> = notes.iter().map(|_| AtomicU32::new(0)).collect();
        prefer_large_pages(&counts);
        Ok(Layer {
            watchlist,
            index,
            blocked: hashed.len(),
            prefixes: PrefixIndex::new(hashed),
            counts,
            notes,
            day: AtomicU32::new(NO_DAY),
            sink,
        })
    }

    pub fn len(&self) -> usize {
        self.notes.len()
    }

    pub fn note(&self, id: IndicatorId) -> Option<&Note> {
        self.notes.get(usize::try_from(id).ok()?)
    }

    pub fn text(&self, id: IndicatorId) -> &str {
        self.watchlist.pattern(id).unwrap_or_default()
    }

    /// Every id, in the order of the patterns.
    pub fn ids(&self) -> impl Iterator<Item = IndicatorId> {
        0..u32::try_from(self.notes.len()).unwrap_or(u32::MAX)
    }

    pub fn listing(&self, id: IndicatorId) -> Option<Listing> {
        let (kind, text) = self.watchlist.indicator(id)?;
        Some(Listing {
            pattern: Pattern::from_canonical(kind, text)?,
            note: self.note(id)?.clone(),
        })
    }

    /// Counts one sighting.
    pub fn count(&self, id: IndicatorId, day: u32) {
        let Some(count) = self.counts.get(id as usize) else {
            return;
        };
        // Relaxed: each addition is in exactly one of the values that are taken, and nothing else depends on it.
        let is_room = count.load(Ordering::Relaxed) < FULL;
        let known = self.day.load(Ordering::Relaxed);
        let is_day = known == day
            || (known == NO_DAY
                && match self
                    .day
                    .compare_exchange(NO_DAY, day, Ordering::Relaxed, Ordering::Relaxed)
                {
                    Ok(_) => true,
                    Err(other) => other == day,
                });
        if is_day && is_room {
            count.fetch_add(1, Ordering::Relaxed);
        } else {
            let Sink { audience, sightings } = &self.sink;
            sightings.add(audience, self.text(id), day, 1);
        }
    }

    /// Reads a count that may be needed soon.
    pub fn touch_count(&self, id: IndicatorId) -> u32 {
        let count = self.counts.get(id as usize);
        count.map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// Asks for a count that will be needed soon.
    pub fn prefetch_count(&self, id: IndicatorId) {
        let count = self.counts.get(id as usize);
        count.into_iter().for_each(accord_matcher::prefetch);
    }

    /// Takes what was counted; what is counted from now on is of `today`. A look-up that is under way at midnight may
    /// be counted on the wrong side of it, once.
    pub fn take(&self, today: u32, taken: &mut Vec<Sighting>) {
        let day = self.day.load(Ordering::Relaxed);
        for (id, count) in (0..).zip(&self.counts) {
            if count.load(Ordering::Relaxed) == 0 {
                continue;
            }
            taken.push(Sighting {
                audience: self.sink.audience.to_string(),
                indicator: self.text(id).to_owned(),
                day,
                count: u64::from(count.swap(0, Ordering::Relaxed)),
            });
        }
        self.day.store(today, Ordering::Relaxed);
    }
}

impl Drop for Layer {
    fn drop(&mut self) {
        let mut left = Vec::new();
        self.take(NO_DAY, &mut left);
        self.sink.sightings.put_back(left);
    }
}
