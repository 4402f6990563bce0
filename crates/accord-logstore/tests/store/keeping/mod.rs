//! Retention, holds and destruction: tables, crashes, any order of acts, and readers that are at it.

mod again;
mod chain;
mod crashes;
mod decisions;
mod destruction;
mod racing;
mod random;

use std::path::Path;
use std::sync::Arc;

use accord_logstore::{Decided, HoldCover, HoldSpan, LogStore, Segment, SegmentId, SourceCover};

use crate::support::*;

pub const DAY_MS: i64 = 86_400_000;
/// When the logs of these tests are imported.
pub const IMPORTED_MS: i64 = 1_700_000_000_000;

pub fn decided(why: &str) -> Decided<'_> {
    decided_at(why, IMPORTED_MS + DAY_MS)
}

pub fn decided_at(why: &str, at_ms: i64) -> Decided<'_> {
    Decided {
        who: "Kim (kim)",
        why,
        at_ms,
        program: "test 1",
    }
}

pub fn id(number: u64) -> SegmentId {
    SegmentId::new("isp", number).unwrap()
}

pub fn of_source(source: &str, span: Option<(i64, i64)>) -> HoldCover {
    HoldCover::Source(SourceCover {
        source: source.to_owned(),
        span: span.map(|(from_ms, to_ms)| HoldSpan { from_ms, to_ms }),
    })
}

/// A store with the source `isp` and so many segments.
pub fn with_segments(dir: &Path, count: u64) -> LogStore {
    let store = store(dir, small());
    for number in 1..=count {
        import(&store, "x", log(number).as_bytes()).unwrap();
    }
    store
}

/// A log of several frames that no other number has.
pub fn log(number: u64) -> String {
    (0..12)
        .map(|line| format!("2023-11-14T00:00:{line:02}Z evil.example asked for by 10.0.0.{number}\n"))
        .collect()
}

/// Everything that is left of segments and of work on them.
pub fn files(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![dir.join("segments"), dir.join("incoming")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path.clone());
            }
            found.push(path.strip_prefix(dir).unwrap().to_string_lossy().into_owned());
        }
    }
    found.sort();
    found
}

pub fn whole(store: &LogStore, segment: &Arc<Segment>) -> String {
    let lines = 1..=segment.manifest.lines.total();
    let bytes: Vec<u8> = lines
        .flat_map(|line| {
            let at = accord_logstore::LineAt::Number(line);
            store.read_line(segment.id(), at).unwrap().bytes
        })
        .collect();
    String::from_utf8(bytes).unwrap()
}

/// Copies a folder with all that is in it.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &to);
        } else {
            std::fs::copy(&path, &to).unwrap();
        }
    }
}
