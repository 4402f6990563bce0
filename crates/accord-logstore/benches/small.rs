//! What thousands of small segments cost, as a syslog collector makes them: one per sender and five minutes.
//! `cargo xtask bench small [SEGMENTS] [LINES]`.
//!
//! Each segment is a syslog log of so many lines with names of its own. Then: opening the store, the counts and the hunt for
//! a thousand indicators that next to nothing holds, both again with catalogues, packs of columns, what a decision and a destruction cost, and what is due. Everything lies
//! in the page cache; each figure is the median of the rounds, of opening too.
#![allow(clippy::indexing_slicing, reason = "a bench, which may stop where it stands")]

mod material;

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use accord_corpus::{LogKind, varied_log};
use accord_logstore::{CatalogueTime, Decided, Ground, Hunt, LogStore, Progress, SegmentId};
use accord_matcher::Pattern;
use material::{Outcome, SEED, peak_mib, say, store};

const SEGMENTS: usize = 5_000;
const LINES: usize = 150;
const INDICATORS: usize = 1_000;
const ROUNDS: usize = 5;
const IMPORTED_MS: i64 = 1_760_000_000_000;

fn main() -> Outcome<()> {
    // `cargo test` runs benches too, without this argument.
    let arguments: Vec<String> = std::env::args().collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let mut numbers = arguments.iter().filter_map(|argument| argument.parse().ok());
    let segments: usize = numbers.next().unwrap_or(SEGMENTS);
    let lines: usize = numbers.next().unwrap_or(LINES);
    let folder = tempfile::tempdir()?;
    let place = folder.path().join("store");
    let began = Instant::now();
    let log_bytes = make(&place, segments, lines)?;
    let made = began.elapsed().as_secs_f64();
    say(format_args!(
        "{segments} segments of {lines} lines, {:.1} MB; imported in {made:.1} s ({:.2} ms each)",
        log_bytes as f64 / 1e6,
        made * 1e3 / segments as f64
    ))?;
    for name in [
        "manifest.json",
        "frames.zst",
        "frames.ndjson",
        "postings.bin",
        "columns.parquet",
        "columns.json",
    ] {
        let bytes = sum(&place, name)?;
        say(format_args!(
            "{name}: {:.1} MB, {} bytes each",
            bytes as f64 / 1e6,
            bytes / segments as u64
        ))?;
    }
    say(format_args!(
        "opening: {:.1} ms",
        median(|| LogStore::open(&place).map(drop))?
    ))?;
    let opened = LogStore::open(&place)?;
    let hunt = asked()?;
    questions(&opened, &hunt)?;
    let began = Instant::now();
    opened.make_catalogues(CatalogueTime::Now, &mut go)?;
    let took = began.elapsed().as_secs_f64();
    let mut bytes = 0;
    for entry in std::fs::read_dir(place.join("catalogues"))? {
        bytes += entry?.metadata()?.len();
    }
    say(format_args!(
        "catalogues of {} segments: {:.1} MB, made in {took:.1} s",
        opened.catalogued_segments(),
        bytes as f64 / 1e6
    ))?;
    questions(&opened, &hunt)?;
    pack(&opened)?;
    keep(&opened, segments as u64)?;
    drop(opened);
    say(format_args!(
        "opening with the records of them all, and no segment: {:.1} ms",
        median(|| LogStore::open(&place).map(drop))?
    ))?;
    say(format_args!("peak {:.0} MiB", peak_mib()))
}

fn questions(store: &LogStore, hunt: &Hunt) -> Outcome<()> {
    say(format_args!(
        "counts: {:.1} ms",
        median(|| store.counts(hunt, &mut go).map(drop))?
    ))?;
    let mut read = 0;
    let hunted = median(|| store.hunt(hunt, &mut go).map(|result| read = result.read_bytes))?;
    say(format_args!(
        "hunt: {hunted:.1} ms, {:.1} MB read",
        read as f64 / 1e6
    ))?;
    let one = Hunt {
        patterns: vec![(Pattern::parse("nothing.example")?, 0)],
        ..hunt.clone()
    };
    say(format_args!(
        "counts of one indicator: {:.1} ms",
        median(|| store.counts(&one, &mut go).map(drop))?
    ))
}

fn go(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Syslog: lines of every kind of text, each with a header of RFC 5424.
fn make(place: &Path, segments: usize, lines: usize) -> Outcome<u64> {
    let store = store(place)?;
    let nothing = accord_corpus::indicators(SEED + 1, 1);
    let mut bytes = 0;
    for number in 0..segments {
        let made = varied_log(SEED + number as u64, LogKind::Text, lines, 0, &nothing);
        let mut log = Vec::with_capacity(made.bytes.len() * 2);
        for (line, text) in made.bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
            let second = (number * 300 + line * 2) % 86_400;
            let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
            let day = 1 + number / 288 % 28;
            let host = number % 40;
            let header = format!(
                "<134>1 2025-09-{day:02}T{hour:02}:{minute:02}:{second:02}.120Z host-{host} app 41{line} - - "
            );
            log.extend_from_slice(header.as_bytes());
            log.extend_from_slice(text);
        }
        bytes += log.len() as u64;
        store.import("bench", "syslog-udp", &mut log.as_slice(), IMPORTED_MS, "bench")?;
    }
    Ok(bytes)
}

fn asked() -> Outcome<Hunt> {
    let list = accord_corpus::indicators(SEED, INDICATORS);
    let mut patterns = Vec::new();
    for (indicator, label) in list.indicators.iter().zip(0..) {
        patterns.push((Pattern::parse(&indicator.text)?, label));
    }
    Ok(Hunt {
        patterns,
        from_ms: i64::MIN,
        to_ms: i64::MAX,
        sources: None,
        max_lines: usize::MAX,
    })
}

/// The columns of all in packs, beside their own.
fn pack(store: &LogStore) -> Outcome<()> {
    let began = Instant::now();
    let report = store.pack_columns(IMPORTED_MS + 86_400_000, &mut go)?;
    let took = began.elapsed().as_secs_f64();
    let packs = store.column_packs();
    let bytes: u64 = packs.iter().map(|pack| pack.record.length).sum();
    let rows: u64 = packs.iter().map(|pack| pack.record.rows).sum();
    say(format_args!(
        "packs: {} of {} segments, {rows} rows, {:.1} MB, made in {took:.1} s",
        packs.len(),
        report.segments,
        bytes as f64 / 1e6
    ))
}

/// Retention, what is due, and destructions.
fn keep(store: &LogStore, segments: u64) -> Outcome<()> {
    let decided = Decided {
        who: "the job",
        why: "retention of the bench",
        at_ms: IMPORTED_MS + 40 * 86_400_000,
        program: "bench",
    };
    let began = Instant::now();
    store.set_retention("bench", Some(30), &decided)?;
    say(format_args!(
        "a decision: {:.2} ms",
        began.elapsed().as_secs_f64() * 1e3
    ))?;
    let due = median(|| {
        let over = store.due(decided.at_ms).over.len() as u64;
        assert_eq!(over, segments);
        Ok(())
    })?;
    say(format_args!("what is due: {due:.1} ms"))?;
    let began = Instant::now();
    for number in 1..=segments {
        let id = SegmentId::new("bench", number).ok_or("no name")?;
        store.destroy(&id, Ground::Retention, Some(35), &decided)?;
    }
    let took = began.elapsed().as_secs_f64() * 1e3;
    say(format_args!("a destruction: {:.2} ms", took / segments as f64))
}

fn median(mut act: impl FnMut() -> accord_logstore::Result<()>) -> Outcome<f64> {
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        act()?;
        times.push(began.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[ROUNDS / 2])
}

/// The bytes of one file of all segments.
fn sum(place: &Path, name: &str) -> Outcome<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(place.join("segments/bench"))? {
        bytes += std::fs::metadata(entry?.path().join(name)).map_or(0, |found| found.len());
    }
    Ok(bytes)
}
