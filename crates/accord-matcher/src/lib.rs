//! Observables in bytes, watchlists and hits: the hot core. Depends on none of our other crates.
//!
//! A [`Watchlist`] is built from [`Pattern`]s by a [`WatchlistBuilder`]. A [`Scanner`] takes blocks of whole lines and
//! gives the lines that hit to a [`Sink`]. The rules are in `docs/spec/matching.md`, the watchlist file is in
//! `docs/spec/watchlist-file.md`.
//!
//! Shape: extract and probe. A block is read as bitmaps (`classes`); from the dots in them the probing pass (`sift`)
//! finds the runs that can be a name or an IPv4 address, and asks small filters about each (`sieve`), which nearly always
//! say "no"; what passes is asked of the watchlist itself, and only lines with a survivor are read in full (`line`) and
//! compared with the stored strings. A token that misses costs no allocation. What is rare (defanged forms, bytes beyond
//! ASCII, IPv6, hashes, long runs) goes through `token`, the one definition of what stands in a line.
//!
//! Invariants:
//! - Work is linear in the input, whatever the input: see [`limits`].
//! - The result for a line depends on the line, the watchlist, the options and the `#fields` header before it, and on
//!   nothing else: not on how the input was cut into blocks.
//! - No clock, no randomness, no files, no threads. `unsafe` only where instructions are chosen that the processor was
//!   asked for (`classes`, `sift::versions`, `posting::versions`; the scalar twin is compared with each in tests), and
//!   where the system is asked for large pages (`large_pages`), which changes no result.
//!
//! Deliberately absent: labels and provenance (the caller keeps a table by [`IndicatorId`]), decompression, threads
//! and line numbers across blocks (`accord-scan`).

pub mod limits;

#[cfg(feature = "oracle")]
pub mod oracle;

mod allow;
mod assembly;
mod builder;
mod bytes;
mod classes;
mod codec;
mod compile;
mod extract;
mod filter;
mod fingerprint;
mod format;
mod host;
mod index;
mod kind;
mod large_pages;
mod line;
mod lookup;
mod overlay;
mod pattern;
mod posting;
mod records;
mod scanner;
mod sealed;
mod seen;
mod sieve;
mod sift;
mod token;
mod url;
mod view;
mod watchlist;

pub use allow::{AllowEntry, AllowIndex, LeftOutWhy};
pub use assembly::{Outline, Parts, SieveKeys, index_entry, section_lengths, url_host_entry, write_section};
pub use builder::{BuildError, BuildReport, LeftOut, WatchlistBuilder};
pub use classes::prefetch;
pub use extract::{Observable, extract};
pub use format::Format;
pub use kind::{Kind, KindSet, MatchKind, UnknownKind};
pub use large_pages::prefer_large_pages;
pub use lookup::Lookup;
pub use pattern::{Pattern, PatternKind, PatternReader, Reason, Refusal};
pub use posting::{Key, KeyReader, KeySink, MAX_PATH_KEYS, Probe};
pub use scanner::{Counts, Hit, LineHits, Options, Scanner, Sink};
pub use sealed::{
    BLOCK_BYTES, Closing, Layout, MAX_SECTIONS, SEALED_MAGIC, SEALED_VERSION, SealedError, SealedFile,
    SealedHolder, Section, SectionName, SectionSums, SectionWriter, seal,
};
pub use watchlist::{IndicatorId, Watchlist};
