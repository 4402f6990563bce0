//! Real indicators and real logs (`ACCORD_TEST_DATA`).

use std::io::Read;
use std::path::{Path, PathBuf};

/// The folder; none where the data is not there, which is said, and fails in CI.
pub fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("ACCORD_TEST_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    if folder.join("logs").is_dir() {
        return Some(folder);
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "no test data at {}, which CI must have",
        folder.display()
    );
    println!(
        "skipped: no test data at {}; set ACCORD_TEST_DATA",
        folder.display()
    );
    None
}

/// A gzip file's content.
pub fn read_gz(path: &Path) -> Vec<u8> {
    let file = std::fs::File::open(path).unwrap();
    let mut bytes = Vec::new();
    flate2::read::MultiGzDecoder::new(file)
        .read_to_end(&mut bytes)
        .unwrap();
    bytes
}
