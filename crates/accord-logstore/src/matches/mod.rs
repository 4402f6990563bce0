//! Matches: which entries of the node's watchlist the lines of a segment hit, found while they come in.
//!
//! One small file beside a segment's frames, `matches.ndjson.zst`, derived from them and from the watchlist that was in
//! force at the import: `docs/spec/log-matches.md` is the format. What a hunt for the same indicators over the segment
//! would find is what it counts: both ask the same scanner about the same lines.
//!
//! Invariants:
//! - The matches never are evidence and never change a segment: they can be lost, damaged or left out, and are made again
//!   from the frames with any watchlist.
//! - A segment has matches for the whole of its log, or none: where the watchlist's own file turns out to be damaged, none
//!   are written, and the log is taken all the same.
//! - Lines and records are counted in full; what is kept beside the counts is bounded, and what is left out is counted.
//! - The file depends on the log, its format, the watchlist and the version alone.
//!
//! Deliberately absent: labels and sources of an entry, which stand in the watchlist; customers; weak hits, which no hunt
//! gives either.

mod ask;
mod build;
mod check;
mod file;
mod record;
mod table;
mod walk;
mod watched;
mod words;

pub use ask::{FoundDay, FoundEntry, MatchAnswer, MatchQuestion, MatchesRead, NotMatched};
pub(crate) use check::{MatchesAgain, MatchesFound};
pub use record::{MatchDay, MatchSums, MatchedEntry, MatchedValue, SegmentMatches};
pub(crate) use walk::{MatchWalk, WalkedMatches};
pub use watched::{Watched, WatchlistUsed};

/// The file's name.
pub(crate) const MATCHES: &str = "matches.ndjson.zst";
