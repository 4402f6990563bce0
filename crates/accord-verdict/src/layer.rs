//! A compiled set of listings: the matcher's watchlist, and a note for each of its indicators.

use std::collections::BTreeMap;

use accord_matcher::{BuildError, IndicatorId, Pattern, Watchlist, WatchlistBuilder};

use crate::listing::{Action, Listing, Note};
use crate::prefix::PrefixIndex;

/// Immutable; shared by all readers of a snapshot.
#[derive(Debug, Default)]
pub(crate) struct Layer {
    pub watchlist: Watchlist,
    /// By id: ids are the places in the order of the patterns.
    notes: Vec<Note>,
    /// Blocks only.
    pub prefixes: PrefixIndex,
    pub blocked: usize,
}

impl Layer {
    /// Compiles listings. The order of the map gives the ids, so that equal content gives equal layers.
    pub fn compile(listings: BTreeMap<Pattern, Note>) -> Result<Layer, BuildError> {
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
        Ok(Layer {
            watchlist,
            blocked: hashed.len(),
            prefixes: PrefixIndex::new(hashed),
            notes,
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
}
