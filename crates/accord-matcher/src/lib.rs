//! Observables in bytes, watchlists and hits: the hot core. Depends on none of our other crates.
//!
//! A [`Watchlist`] is built from [`Pattern`]s by a [`WatchlistBuilder`]. A [`Scanner`] takes blocks of whole lines and
//! gives the lines that hit to a [`Sink`]. The rules are in `docs/spec/matching.md`, the watchlist file is in
//! `docs/spec/watchlist.md`.
//!
//! Shape: extract and probe. One pass over a block finds tokens; those that can be an observable are brought into
//! canonical form and hashed to 64 bits; all fingerprints of the block are then probed in one go; only lines with a
//! survivor are read in full and compared with the stored strings. A token that misses costs no allocation.
//!
//! Invariants:
//! - Work is linear in the input, whatever the input: see [`limits`].
//! - The result for a line depends on the line, the watchlist, the options and the `#fields` header before it, and on
//!   nothing else: not on how the input was cut into blocks.
//! - No clock, no randomness, no files, no threads. No `unsafe`.
//!
//! Deliberately absent: labels and provenance (the caller keeps a table by [`IndicatorId`]), decompression, threads
//! and line numbers across blocks (`accord-scan`).

pub mod limits;

#[cfg(feature = "oracle")]
pub mod oracle;

mod allow;
mod builder;
mod bytes;
mod classes;
mod codec;
mod extract;
mod filter;
mod fingerprint;
mod format;
mod host;
mod kind;
mod line;
mod lookup;
mod pattern;
mod scanner;
mod sieve;
mod sift;
mod token;
mod url;
mod view;
mod watchlist;

pub use allow::{AllowEntry, LeftOutWhy};
pub use builder::{BuildError, BuildReport, LeftOut, WatchlistBuilder};
pub use codec::{WATCHLIST_MAGIC, WATCHLIST_VERSION, WatchlistError};
pub use extract::{Observable, extract};
pub use format::Format;
pub use kind::{Kind, KindSet, MatchKind, UnknownKind};
pub use lookup::Lookup;
pub use pattern::{Pattern, PatternKind, Reason, Refusal};
pub use scanner::{Counts, Hit, LineHits, Options, Scanner, Sink};
pub use watchlist::{IndicatorId, Watchlist};
