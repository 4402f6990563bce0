//! The live layer: additions to a watchlist and removals from it, without compiling it again.

use std::collections::HashSet;
use std::sync::Arc;

use crate::pattern::Pattern;
use crate::sieve::LazySieve;
use crate::watchlist::{IndicatorId, Watchlist};

/// What lies over a watchlist.
#[derive(Debug, Default)]
pub(crate) struct Overlay {
    /// What it lies over; without a layer of its own, as `added`.
    pub(crate) below: Watchlist,
    pub(crate) added: Watchlist,
    /// Rows below that are no more.
    pub(crate) gone: HashSet<u32>,
}

impl Watchlist {
    /// This watchlist with another, small one over it and without some of its indicators; a layer that lies over it already
    /// is replaced. Ids of `added` are none of this one's, or of indicators that are gone; `gone` names ids of this one.
    ///
    /// Costs nothing to speak of; the first scan (or [`Watchlist::prepare`]) copies the sieve.
    #[must_use]
    pub fn with_layer(&self, added: &Watchlist, gone: impl IntoIterator<Item = IndicatorId>) -> Watchlist {
        let below = self.without_layer();
        let added = added.without_layer();
        let gone: HashSet<u32> = gone
            .into_iter()
            .filter_map(|id| below.records.row_of(id))
            .map(|row| row as u32)
            .collect();
        let mut list = below.clone();
        let join = |under: &mut Vec<u8>, above: &[u8]| {
            under.extend_from_slice(above);
            under.sort_unstable_by(|a, b| b.cmp(a));
            under.dedup();
        };
        join(&mut list.shape.ipv4_prefixes, &added.shape.ipv4_prefixes);
        join(&mut list.shape.ipv6_prefixes, &added.shape.ipv6_prefixes);
        list.shape.longest_url_tail = list.shape.longest_url_tail.max(added.shape.longest_url_tail);
        if !added.is_empty() {
            list.sieve = LazySieve::default();
        }
        list.over = Some(Arc::new(Overlay { below, added, gone }));
        list
    }

    /// What lies below the live layer.
    #[must_use]
    pub fn without_layer(&self) -> Watchlist {
        self.over.as_ref().map_or(self, |over| &over.below).clone()
    }

    /// The id below the live layer of exactly this indicator, gone or not.
    pub fn find_below(&self, pattern: &Pattern) -> Option<IndicatorId> {
        self.over.as_ref().map_or(self, |over| &over.below).find(pattern)
    }

    /// How many indicators the live layer has added, and how many it has taken away.
    pub fn layer_len(&self) -> (usize, usize) {
        self.over
            .as_ref()
            .map_or((0, 0), |over| (over.added.len(), over.gone.len()))
    }
}
