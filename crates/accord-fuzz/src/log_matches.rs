//! The file of matches beside a stored log: whatever lies there, nothing panics, and what is believed adds up.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::OnceLock;

use accord_logstore::{FormatSetting, LogStore, SegmentId, SourceConfig};
use sha2::{Digest, Sha256};

/// A store with one segment, and where its matches lie.
static STORE: OnceLock<(LogStore, SegmentId, PathBuf, String)> = OnceLock::new();

fn store() -> &'static (LogStore, SegmentId, PathBuf, String) {
    STORE.get_or_init(|| {
        let dir = std::env::temp_dir().join(format!("accord-fuzz-matches-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        let store = LogStore::open(&dir).expect("a store");
        let source = SourceConfig {
            name: "isp".to_owned(),
            description: String::new(),
            format: FormatSetting::Auto,
            customers: Vec::new(),
            time_zone: String::new(),
            clock_offset_ms: None,
            ordinary_course: true,
            custodian: "fuzz".to_owned(),
        };
        store.add_source(source).expect("a source");
        let log = &mut &b"2026-03-01T10:00:00Z evil.example\n"[..];
        let segment = store
            .import("isp", "a.log", log, 1_760_000_000_000, "fuzz")
            .expect("a segment");
        let path = dir.join(format!("segments/{}/matches.ndjson.zst", segment.id()));
        let log = segment.manifest.log.sha256.to_string();
        (store, segment.id().clone(), path, log)
    })
}

/// One input.
pub fn run(data: &[u8]) {
    let (store, id, path, log) = store();
    let (how, data) = data.split_first().unwrap_or((&0, &[]));
    // As it is; packed; packed behind a head that is one, with the digest at its end that it has.
    let bytes = match how % 3 {
        0 => data.to_vec(),
        1 => zstd::encode_all(data, 1).expect("packed"),
        _ => {
            let mut text = format!(
                "{{\"format\":\"accord-log-matches\",\"version\":1,\"log_sha256\":\"{log}\",\"made_with\":\"fuzz\",\
                 \"watchlist\":{{\"sha256\":\"{log}\",\"built_at_ms\":0,\"indicators\":1}}}}\n"
            )
            .into_bytes();
            text.extend_from_slice(data);
            let digest = Sha256::digest(&text);
            writeln!(text, "{{\"sha256\":\"{}\"}}", hex::encode(digest)).expect("memory");
            zstd::encode_all(&text[..], 1).expect("packed")
        }
    };
    std::fs::write(path, bytes).expect("written");
    if let Ok(Some(matches)) = store.matches(id) {
        assert_eq!(matches.log_sha256.to_string(), *log);
        assert_eq!(matches.entries.len() as u64, matches.sums.entries);
    }
}
