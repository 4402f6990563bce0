//! Matches: what a watchlist hits in what comes in; limits, damage, crashes, and answers over many segments.

mod answers;
mod faults;
mod kept;
mod limits;
mod random;

use std::path::{Path, PathBuf};

use accord_logstore::{Hex, LogStore, MatchedEntry, SegmentId, SegmentMatches, Watched};
use accord_matcher::{Pattern, WatchlistBuilder};

use crate::support::*;

pub const BUILT_MS: i64 = 1_699_000_000_000;

/// A watchlist of these indicators, named by a digest of this byte.
pub fn watched(patterns: &[&str], digest: u8) -> Watched {
    let mut builder = WatchlistBuilder::new();
    for (pattern, id) in patterns.iter().zip(0..) {
        builder.add(Pattern::parse(pattern).unwrap(), id);
    }
    Watched::new(builder.build().unwrap().0, Hex([digest; 32]), BUILT_MS)
}

/// A store that matches against these.
pub fn watching(dir: &Path, limits: accord_logstore::Limits, patterns: &[&str]) -> LogStore {
    let store = store(dir, limits);
    store.watch(Some(watched(patterns, 7)));
    store
}

pub fn id(number: u64) -> SegmentId {
    SegmentId::new("isp", number).unwrap()
}

pub fn file(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("segments/isp/{number:06}/matches.ndjson.zst"))
}

pub fn of(store: &LogStore, number: u64) -> SegmentMatches {
    store.matches(&id(number)).unwrap().unwrap()
}

pub fn entry<'a>(matches: &'a SegmentMatches, text: &str) -> &'a MatchedEntry {
    let found = matches.entries.iter().find(|entry| entry.entry == text);
    found.unwrap_or_else(|| panic!("{text} in {matches:?}"))
}

/// A file of matches, its lines replaced by what is made of them.
pub fn rewrite(path: &Path, change: impl FnOnce(String) -> String) {
    let text = zstd::decode_all(std::fs::File::open(path).unwrap()).unwrap();
    let text = change(String::from_utf8(text).unwrap());
    std::fs::write(path, zstd::encode_all(text.as_bytes(), 3).unwrap()).unwrap();
}
