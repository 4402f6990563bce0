//! A compiled set of indicators.

use crate::scanner::Hit;

/// The caller's number of an indicator. Opaque to the matcher: labels and provenance stay with the caller.
pub type IndicatorId = u32;

/// Why bytes are not a watchlist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WatchlistError {
    /// The file does not start as a watchlist does.
    #[error("this is not a watchlist: build one with `accord watchlist build`")]
    NotAWatchlist,
    /// A version that this program does not know.
    #[error("watchlist version {0} is not known: this program reads version 1; build the watchlist again")]
    UnknownVersion(u32),
    /// The file ends too early or goes on too long.
    #[error("the watchlist is damaged: {expected} bytes were expected, {found} found; build or copy it again")]
    Length {
        /// Bytes that the header announces.
        expected: u64,
        /// Bytes that there are.
        found: u64,
    },
    /// The checksum does not fit.
    #[error("the watchlist is damaged: its checksum does not fit; build or copy it again")]
    Checksum,
    /// The content contradicts itself.
    #[error("the watchlist is damaged: {0}; build it again")]
    Content(&'static str),
}

/// A compiled set of indicators. Immutable; shared by any number of scanners.
#[derive(Debug, Clone, Default)]
pub struct Watchlist {
    // Filled in by the next commit.
    len: usize,
}

impl Watchlist {
    /// How many indicators it holds.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The canonical text of an indicator: what `indicator` is in a record.
    pub fn pattern(&self, _id: IndicatorId) -> Option<&str> {
        None
    }

    /// The bytes of the watchlist file (`docs/spec/watchlist.md`). Equal watchlists give equal bytes.
    pub fn encode(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Reads the bytes of a watchlist file.
    ///
    /// # Errors
    /// What [`WatchlistError`] lists. Bytes from anywhere are safe to give.
    pub fn decode(_bytes: &[u8]) -> Result<Watchlist, WatchlistError> {
        Err(WatchlistError::NotAWatchlist)
    }

    /// The verdict on one value (domain, address, `address:port`, URL, e-mail address or hash): what a line that holds
    /// nothing but the value would give.
    pub fn lookup(&self, _value: &str, _weak: bool) -> Vec<Hit> {
        Vec::new()
    }
}
