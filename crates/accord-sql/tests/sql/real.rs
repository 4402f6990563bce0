//! Real logs, all formats of them in one store, and the answers of DuckDB over the same files.

use std::path::{Path, PathBuf};

use accord_logstore::LogStore;

use crate::duckdb::{SHARED, compare, python};
use crate::support::*;

/// The folder with the real logs; nothing where it is absent, which fails where `CI` is set.
fn logs() -> Option<PathBuf> {
    let folder = std::env::var_os("ACCORD_TEST_DATA")
        .map(|data| PathBuf::from(data).join("logs"))
        .filter(|folder| folder.is_dir());
    if folder.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "ACCORD_TEST_DATA must be set where CI is"
        );
        println!("SKIPPED: ACCORD_TEST_DATA names no folder with logs");
    }
    folder
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    found.sort();
    found
}

#[test]
fn duckdb_says_the_same_of_real_logs() {
    let (Some(logs), Some(python)) = (logs(), python()) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let store = LogStore::open(folder.path()).unwrap();
    let bring = |name: &str, paths: Vec<PathBuf>| {
        store.add_source(source(name)).unwrap();
        for path in paths {
            let mut file = std::fs::File::open(&path).unwrap();
            match store.import(name, "given", &mut file, 1_735_689_600_000, "jo") {
                Ok(_) | Err(accord_logstore::Error::Duplicate { .. }) => {}
                Err(error) => panic!("{}: {error}", path.display()),
            }
        }
    };
    bring("zeek", files(&logs.join("zeek-tsv")));
    bring(
        "cloudtrail",
        files(&logs.join("cloudtrail")).into_iter().take(12).collect(),
    );
    let of = |word: &str| {
        let mut found = files(&logs);
        found.retain(|path| path.to_string_lossy().contains(word));
        found
    };
    bring("apache", of("apache"));
    bring("eve", of("suricata"));
    let list = [
        indicator("ip", "10.47.1.10", &["known"]),
        indicator("domain", "ping.example.org", &[]),
    ];
    compare(&python, folder.path(), &list, SHARED);
    // The lines of every log are there: as many as the store counted.
    let lines: u64 = store
        .segments()
        .iter()
        .map(|segment| segment.manifest.lines.total())
        .sum();
    let (text, outcome) = rows(
        folder.path(),
        "SELECT count(DISTINCT concat(segment, ':', line)) AS n FROM logs",
    );
    assert_eq!(text, format!("{{\"n\":{lines}}}\n"));
    assert_eq!(outcome.covered, store.segments().len() as u64);
    assert!(
        lines > 100_000 && outcome.covered > 20,
        "{lines} lines, {outcome:?}"
    );
}
