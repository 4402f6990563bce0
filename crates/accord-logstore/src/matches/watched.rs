//! The watchlist in force: what comes in is matched against it.

use std::fmt;
use std::sync::Arc;

use accord_matcher::Watchlist;
use serde::{Deserialize, Serialize};

use crate::digest::Hex;
use crate::store::LogStore;

/// Which watchlist it was: what the matches of a segment name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WatchlistUsed {
    /// SHA-256 of the watchlist file.
    pub sha256: Hex<32>,
    /// When it was built, milliseconds since the epoch, UTC, as whoever gave it says; the file does not.
    pub built_at_ms: i64,
    /// How many indicators it holds.
    pub indicators: u64,
}

/// A compiled watchlist, and which one it is. Cheap to clone.
#[derive(Clone)]
pub struct Watched {
    watchlist: Watchlist,
    used: WatchlistUsed,
}

impl Watched {
    /// `sha256` is that of the watchlist file; `built_at_ms` is milliseconds since the epoch, UTC. Two lists with the same
    /// digest are taken for the same.
    #[must_use]
    pub fn new(watchlist: Watchlist, sha256: Hex<32>, built_at_ms: i64) -> Self {
        let used = WatchlistUsed {
            sha256,
            built_at_ms,
            indicators: watchlist.len() as u64,
        };
        Self { watchlist, used }
    }

    /// The watchlist. After an import that left no matches, its [`Watchlist::check`] tells what is damaged.
    #[must_use]
    pub const fn watchlist(&self) -> &Watchlist {
        &self.watchlist
    }

    /// Which one it is.
    #[must_use]
    pub const fn used(&self) -> WatchlistUsed {
        self.used
    }
}

/// Without the indicators, which may be millions.
impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Watched").field(&self.used).finish()
    }
}

impl LogStore {
    /// Sets what is matched against from now on, by every import that begins after this, whoever brings it: a person, a
    /// collector, the rendering of an event log. Nothing: imports make no matches. Not stored: a store that is opened
    /// matches against nothing until somebody says so.
    pub fn watch(&self, watched: Option<Watched>) {
        self.state().watched = watched.map(Arc::new);
    }

    /// What is matched against.
    #[must_use]
    pub fn watched(&self) -> Option<Arc<Watched>> {
        self.state().watched.clone()
    }
}
