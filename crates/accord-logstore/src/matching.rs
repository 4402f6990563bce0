//! The hunt's own watchlist: patterns numbered here, so that callers may give one label to several.

use accord_matcher::{IndicatorId, Pattern, Watchlist, WatchlistBuilder};

use crate::error::{Error, Result};

/// The compiled patterns of a hunt, and the caller's label of each.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) watchlist: Watchlist,
    labels: Vec<u32>,
}

impl Compiled {
    pub(crate) fn new(patterns: &[(Pattern, u32)]) -> Result<Self> {
        let mut builder = WatchlistBuilder::new();
        let mut labels = Vec::with_capacity(patterns.len());
        for (pattern, label) in patterns {
            let id = IndicatorId::try_from(labels.len()).map_err(|error| Error::Hunt(error.to_string()))?;
            // A pattern that is there already keeps its first label.
            builder.add(pattern.clone(), id);
            labels.push(*label);
        }
        let (watchlist, _) = builder.build().map_err(|error| Error::Hunt(error.to_string()))?;
        Ok(Self { watchlist, labels })
    }

    /// The caller's label, and the pattern's canonical text.
    pub(crate) fn indicator(&self, id: IndicatorId) -> (u32, &str) {
        let label = usize::try_from(id)
            .ok()
            .and_then(|id| self.labels.get(id))
            .copied()
            .unwrap_or(id);
        (label, self.watchlist.pattern(id).unwrap_or_default())
    }
}
