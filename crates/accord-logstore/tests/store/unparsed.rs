//! Examples of lines that were not understood.

use accord_formats::logs::LogFormat;
use accord_logstore::{
    Error, FormatSetting, LogStore, UNPARSED_LINE_BYTES, UNPARSED_LINES, UNPARSED_READ_BYTES,
};

use crate::support::source;

const GOOD: &str = "10.1.0.7 - - [02/Nov/2026:08:30:00 +0000] \"GET / HTTP/1.1\" 200 12 \"-\" \"-\"\n";

fn imported(logs: &[&[u8]]) -> (tempfile::TempDir, LogStore) {
    let dir = tempfile::tempdir().unwrap();
    let store = LogStore::open(dir.path()).unwrap();
    let mut of_web = source("web");
    of_web.format = FormatSetting::As(LogFormat::AccessLog);
    store.add_source(of_web).unwrap();
    for log in logs {
        store.import("web", "a.log", &mut &log[..], 0, "test").unwrap();
    }
    (dir, store)
}

#[test]
fn the_newest_logs_come_first_and_five_lines_are_enough() {
    let older = [GOOD, "older\n", GOOD].concat();
    let newer = [GOOD, "newer\r\n", "\n", "second\n"].concat();
    let (_dir, store) = imported(&[older.as_bytes(), GOOD.as_bytes(), newer.as_bytes()]);
    let found = store.unparsed("web").unwrap();
    let shown: Vec<_> = found
        .lines
        .iter()
        .map(|line| {
            (
                line.segment.to_string(),
                line.line,
                line.bytes.as_slice(),
                line.is_cut,
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("web/000003".to_owned(), 2, &b"newer"[..], false),
            ("web/000003".to_owned(), 4, b"second", false),
            ("web/000001".to_owned(), 2, b"older", false),
        ]
    );
    assert!(!found.ended_early);
    for count in [UNPARSED_LINES, UNPARSED_LINES + 1] {
        let (_dir, store) = imported(&["x y\n".repeat(count).as_bytes()]);
        let found = store.unparsed("web").unwrap();
        assert_eq!(
            (found.lines.len(), found.ended_early),
            (UNPARSED_LINES, false),
            "{count}"
        );
    }
    assert!(matches!(store.unparsed("other"), Err(Error::NoSuchSource(_))));
}

#[test]
fn a_long_line_is_cut_and_a_long_log_is_not_read_to_its_end() {
    for more in [0, 1] {
        let log = "x".repeat(UNPARSED_LINE_BYTES + more) + "\n";
        let (_dir, store) = imported(&[log.as_bytes()]);
        let found = store.unparsed("web").unwrap();
        assert_eq!(found.lines[0].bytes.len(), UNPARSED_LINE_BYTES);
        assert_eq!(found.lines[0].is_cut, more == 1);
    }
    let lines = usize::try_from(UNPARSED_READ_BYTES).unwrap() / GOOD.len() + 20_000;
    let log = GOOD.repeat(lines) + "at the end\n";
    let (_dir, store) = imported(&[log.as_bytes()]);
    let found = store.unparsed("web").unwrap();
    assert!(found.lines.is_empty() && found.ended_early);
}
