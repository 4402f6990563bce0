//! What the store's tests share: temporary stores, given files, and real logs.

use std::io::{Read, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use accord_logstore::{
    Error, FormatSetting, Hunt, HuntResult, Limits, LogStore, Progress, Segment, SourceConfig, VerifyReport,
};
use accord_matcher::Pattern;

pub fn source(name: &str) -> SourceConfig {
    SourceConfig {
        name: name.to_owned(),
        description: "for tests".to_owned(),
        format: FormatSetting::Auto,
        customers: vec!["10.0.0.0/8".parse().unwrap(), "2001:db8::/32".parse().unwrap()],
        time_zone: "UTC by the router's own clock".to_owned(),
        clock_offset_ms: None,
        ordinary_course: true,
        custodian: "network operations".to_owned(),
    }
}

/// Small frames, so that a few lines make many.
pub fn small() -> Limits {
    Limits {
        frame_target_bytes: 64,
        frame_max_bytes: 128,
        line_bytes: 1024,
        ..Limits::default()
    }
}

pub fn store(dir: &Path, limits: Limits) -> LogStore {
    let store = LogStore::open_with(dir, Default::default(), limits).unwrap();
    store.add_source(source("isp")).unwrap();
    store
}

pub fn import(store: &LogStore, name: &str, bytes: &[u8]) -> Result<Arc<Segment>, Error> {
    store.import("isp", name, &mut &*bytes, 1_700_000_000_000, "jo")
}

pub fn go(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

pub fn verify(store: &LogStore) -> VerifyReport {
    store.verify(None, &mut go).unwrap()
}

pub fn hunt_for(patterns: &[&str]) -> Hunt {
    let patterns = patterns
        .iter()
        .zip(100..)
        .map(|(text, label)| (Pattern::parse(text).unwrap(), label))
        .collect();
    Hunt {
        patterns,
        from_ms: i64::MIN,
        to_ms: i64::MAX,
        sources: None,
        max_lines: usize::MAX,
    }
}

pub fn hunt(store: &LogStore, patterns: &[&str]) -> HuntResult {
    store.hunt(&hunt_for(patterns), &mut go).unwrap()
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Lines with their ends, as plainly as can be.
pub fn lines_of(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n').collect()
}

/// The folder with the real data; nothing where it is absent, which fails where `CI` is set.
pub fn real_data() -> Option<PathBuf> {
    let dir = std::env::var_os("ACCORD_TEST_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    );
    if dir.join("logs").is_dir() {
        return Some(dir);
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "the test data is absent: {} (set ACCORD_TEST_DATA)",
        dir.display()
    );
    println!(
        "SKIPPED: no test data at {} (set ACCORD_TEST_DATA)",
        dir.display()
    );
    None
}

/// Every file under `logs/`, in order.
pub fn real_logs(data: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![data.join("logs")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path)
            } else {
                found.push(path)
            }
        }
    }
    found.sort();
    assert!(found.len() > 50);
    found
}

pub fn gunzip(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    flate2::read::MultiGzDecoder::new(std::fs::File::open(path).unwrap())
        .read_to_end(&mut bytes)
        .unwrap();
    bytes
}
