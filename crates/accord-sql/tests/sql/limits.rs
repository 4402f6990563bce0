//! Each limit, one past it.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use accord_sql::{Cut, Format, Kind, Limits, MAX_INDICATOR_BYTES, MIN_MEMORY_BYTES, answer};

use crate::support::*;

#[test]
fn rows_and_bytes() {
    let small = small();
    let mut asked = question(
        small.folder.path(),
        "SELECT value FROM generate_series(1, 10) ORDER BY value",
    );
    for format in [Format::Ndjson, Format::Csv, Format::Text] {
        asked.format = format;
        asked.limits = Limits::default();
        let (all, told) = ask(&asked, None);
        let whole = told.unwrap();
        assert_eq!(
            (whole.rows, whole.truncated, whole.result_bytes),
            (10, None, all.len() as u64)
        );
        // As many rows as there are, and one less.
        asked.limits.rows = 10;
        assert_eq!(ask(&asked, None).1.unwrap().truncated, None);
        asked.limits.rows = 9;
        let (text, told) = ask(&asked, None);
        let cut = told.unwrap();
        assert_eq!((cut.rows, cut.truncated), (9, Some(Cut::Rows)));
        assert!(all.starts_with(&text) && text.len() < all.len());
        // As many bytes, and one less: the last row is not begun.
        asked.limits.rows = 100;
        asked.limits.result_bytes = all.len() as u64;
        assert_eq!(ask(&asked, None).1.unwrap().truncated, None);
        asked.limits.result_bytes -= 1;
        let (text, told) = ask(&asked, None);
        let cut = told.unwrap();
        assert_eq!((cut.rows, cut.truncated), (9, Some(Cut::Bytes)));
        assert!(all.starts_with(&text) && text.ends_with('\n'));
        // Not even the names of the columns, or the first row.
        asked.limits.result_bytes = 1;
        let (text, told) = ask(&asked, None);
        let cut = told.unwrap();
        assert_eq!(
            (text.as_str(), cut.rows, cut.truncated),
            ("", 0, Some(Cut::Bytes))
        );
    }
}

#[test]
fn time() {
    let small = small();
    let mut asked = question(
        small.folder.path(),
        "SELECT count(*) FROM generate_series(1, 100000000000)",
    );
    asked.limits.time_ms = 300;
    let began = Instant::now();
    let (_, told) = ask(&asked, None);
    let error = told.unwrap_err();
    assert_eq!(error.kind, Kind::Time);
    assert!(error.message.contains("0.3 s"), "{error}");
    assert!(began.elapsed() < Duration::from_secs(30));
}

#[test]
fn memory_and_temporary_files() {
    let small = small();
    let spill = tempfile::tempdir().unwrap();
    // A sort of 2,000,000 rows of some 100 bytes.
    let sort = "SELECT concat('a long prefix that makes a row of some hundred bytes, as those of logs are: ', value * 7919 % 2000003) AS t \
                FROM generate_series(1, 2000000) ORDER BY t";
    let mut asked = question(small.folder.path(), sort);
    asked.limits.memory_bytes = MIN_MEMORY_BYTES;
    // With two, it depends on their turns whether the least memory is enough for what each holds to write and to merge.
    asked.limits.threads = 1;
    asked.limits.time_ms = 600_000;
    asked.limits.rows = 2;
    asked.spill = Some(spill.path().to_path_buf());
    let (text, told) = ask(&asked, None);
    let outcome = told.unwrap();
    let ends = |number: &str| format!("are: {number}\"}}");
    assert!(
        text.lines()
            .zip([ends("1"), ends("10")])
            .all(|(line, end)| line.ends_with(&end)),
        "{text}"
    );
    assert!(outcome.spilled_bytes > 100_000_000, "{outcome:?}");
    // Where too little may be written, and where nothing may.
    asked.limits.spill_bytes = 20 << 20;
    let error = ask(&asked, None).1.unwrap_err();
    assert_eq!(error.kind, Kind::Spill, "{error}");
    assert!(error.message.contains("20 MB"), "{error}");
    asked.limits.spill_bytes = 0;
    let error = ask(&asked, None).1.unwrap_err();
    assert_eq!(error.kind, Kind::Memory, "{error}");
    assert!(error.message.contains("64 MB"), "{error}");
    // The folder that was named is empty again, as soon as the last thread has seen that nobody waits.
    let began = Instant::now();
    let left = || std::fs::read_dir(spill.path()).unwrap().count();
    while left() > 0 && began.elapsed() < Duration::from_secs(60) {
        std::thread::yield_now();
    }
    assert_eq!(left(), 0);
}

#[test]
fn who_asks_can_stop_it() {
    let small = small();
    let asked = question(
        small.folder.path(),
        "SELECT count(*) FROM generate_series(1, 100000000000)",
    );
    let mut looks = 0;
    let mut sink = Vec::new();
    let told = answer(&asked, None, &mut sink, &mut |_| {
        looks += 1;
        if looks > 3 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    assert_eq!(told.unwrap_err().kind, Kind::Stopped);
    assert_eq!(looks, 4);
}

/// Takes so many bytes, and then says this.
struct Full(usize, io::ErrorKind);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 < bytes.len() {
            return Err(self.1.into());
        }
        self.0 -= bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_answer_that_nobody_takes() {
    let small = small();
    let asked = question(
        small.folder.path(),
        "SELECT value FROM generate_series(1, 1000000)",
    );
    for (why, kind) in [
        (io::ErrorKind::BrokenPipe, Kind::Closed),
        (io::ErrorKind::StorageFull, Kind::Output),
    ] {
        let told = answer(&asked, None, &mut Full(1000, why), &mut go);
        assert_eq!(told.unwrap_err().kind, kind);
    }
}

#[test]
fn an_indicator_that_is_too_long() {
    let small = small();
    let with = worker();
    let mut asked = question(
        small.folder.path(),
        "SELECT max(length(value)) AS n FROM indicators",
    );
    asked.with_indicators = true;
    // Its row as JSON, with the line end.
    let frame = "{\"kind\":\"x\",\"value\":\"\",\"labels\":[]}\n".len();
    let fits = indicator("x", &"a".repeat(MAX_INDICATOR_BYTES - frame), &[]);
    let (text, told) = with.ask(&asked, &[fits]);
    told.unwrap();
    assert_eq!(text, format!("{{\"n\":{}}}\n", MAX_INDICATOR_BYTES - frame));
    let long = indicator("x", &"a".repeat(MAX_INDICATOR_BYTES - frame + 1), &[]);
    let (_, told) = with.ask(&asked, &[indicator("x", "y", &[]), long]);
    let error = told.unwrap_err();
    assert_eq!(error.kind, Kind::Indicators);
    assert!(error.message.contains("indicator 2"), "{error}");
}
