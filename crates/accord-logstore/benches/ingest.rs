//! How fast logs come into a store, and how much room they take. `cargo xtask bench ingest [MIB] [INDICATORS] [WORD ...]`.
//!
//! The logs are the corpus generator's, of all kinds, with millions of different names; beside them the real ones
//! (`ACCORD_TEST_DATA`), each file a segment. Everything is on: digests, frames, lines, postings with daily counts, columns,
//! and what is written is synced. The store lies where temporary files do. `zstd -3` is the same library over each whole
//! log, as one stream. Beside the logs that are JSON stands what DuckDB takes to make Parquet of them, where it is installed
//! (`scripts/bench-peers`).
//!
//! A row of several logs is imported one after the other; once more two at a time, as a node does that collects from
//! several places. With words, only the rows are made that have one of them for their name: `ZeekDns-0`, `real`, `both`.
//! Each row is imported twice: into a store that matches against nothing, and into one that matches against a watchlist of
//! 4.3 million generated indicators, of which some are planted in the generated logs. What that one finds is compared with a
//! scan of the same bytes by one thread, which is timed for itself, and with what was planted. The watchlist is built in
//! memory, once, and is part of the peak.

mod material;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use accord_formats::logs::LineReader;
use accord_logstore::{Hex, Segment, Watched};
use accord_matcher::{LineHits, Options, Pattern, Scanner, WatchlistBuilder};
use material::{
    Log, Outcome, SEED, forget_peak, generated, peak_mib, processor_seconds, python, say, store, stored,
};

const MIB: u64 = 512;
/// What a national node watches for, about.
const INDICATORS: usize = 4_300_000;
/// Indicators that are planted, the first of the list; and about so many lines that hold one.
const PLANTED: usize = 1000;

fn main() -> Outcome<()> {
    // `cargo test` runs benches too, without this argument.
    let arguments: Vec<String> = std::env::args().collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let words: Vec<&String> = arguments
        .iter()
        .skip(1)
        .filter(|word| !word.starts_with("--") && word.parse::<u64>().is_err())
        .collect();
    let is_asked = |name: &str| words.is_empty() || words.iter().any(|word| *word == name);
    let mut numbers = arguments
        .iter()
        .filter_map(|argument| argument.parse::<u64>().ok());
    let mib = numbers.next().unwrap_or(MIB);
    let indicators = numbers.next().map_or(INDICATORS, |count| count as usize);
    let folder = tempfile::tempdir()?;
    let began = Instant::now();
    let watched = watchlist(indicators)?;
    let list = accord_corpus::indicators(SEED, PLANTED.min(indicators));
    let mut logs = generated(folder.path(), mib << 20, u64::MAX, 1000, &list)?;
    say(format_args!(
        "{} indicators, made in {:.0} s\n",
        watched.used().indicators,
        began.elapsed().as_secs_f64()
    ))?;
    say(
        "| logs | MB | MB/s | matched, MB/s | ns of a processor a byte | matched, ns | scan, ns | lines hit | frames | postings | columns | matches | all / `zstd -3` | peak MiB | DuckDB, MB/s |",
    )?;
    say("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|")?;
    for log in &logs {
        let name = log.path.file_stem().and_then(|name| name.to_str());
        let name = name.unwrap_or_default();
        if !is_asked(name) {
            continue;
        }
        let one = Row {
            name,
            logs: std::slice::from_ref(log),
            is_planted: true,
            at_once: 1,
        };
        row(folder.path(), &one, &watched)?;
    }
    let real = real_logs();
    let mut unpacked = Vec::new();
    for (number, path) in real.iter().enumerate() {
        let plain = folder.path().join(format!("real-{number}.log"));
        let mut from = flate2::read::MultiGzDecoder::new(File::open(path)?);
        let bytes = std::io::copy(&mut from, &mut File::create(&plain)?)?;
        unpacked.push(Log {
            path: plain,
            bytes,
            planted: Vec::new(),
        });
    }
    let generated = logs.len();
    logs.extend(unpacked);
    let (generated, real) = logs.split_at(generated);
    if real.is_empty() {
        say("no real logs: set ACCORD_TEST_DATA")?;
    }
    for (name, logs) in [
        ("generated", generated),
        ("real", real),
        ("both", logs.as_slice()),
    ] {
        for at_once in [1, 2].into_iter().filter(|_| is_asked(name) && !logs.is_empty()) {
            let several = Row {
                name: if at_once == 1 {
                    name
                } else {
                    "the same, two at a time"
                },
                logs,
                // Nobody planted anything in real logs.
                is_planted: name == "generated",
                at_once,
            };
            row(folder.path(), &several, &watched)?;
        }
    }
    Ok(())
}

/// What a row of the table is of.
struct Row<'r> {
    name: &'r str,
    logs: &'r [Log],
    /// Whether it is known which lines hit.
    is_planted: bool,
    /// How many logs are imported at once.
    at_once: usize,
}

/// A watchlist of so many indicators; the planted ones come first.
fn watchlist(indicators: usize) -> Outcome<Watched> {
    let list = accord_corpus::indicators(SEED, indicators);
    let mut builder = WatchlistBuilder::new();
    for (indicator, id) in list.indicators.iter().zip(0..) {
        builder.add(Pattern::parse(&indicator.text)?, id);
    }
    let (watchlist, _) = builder.build()?;
    watchlist.prepare();
    Ok(Watched::new(watchlist, Hex([0; 32]), 0))
}

/// Imports logs, so many at a time.
fn import_all(store: &accord_logstore::LogStore, row: &Row<'_>) -> Outcome<Vec<std::sync::Arc<Segment>>> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut segments = Vec::new();
        loop {
            let at = next.fetch_add(1, Relaxed);
            let Some(log) = row.logs.get(at) else {
                return Ok::<_, String>(segments);
            };
            let mut file = File::open(&log.path).map_err(|error| error.to_string())?;
            let segment = store.import("bench", row.name, &mut file, 0, "bench");
            segments.push((at, segment.map_err(|error| error.to_string())?));
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..row.at_once).map(|_| scope.spawn(work)).collect();
        let mut segments = Vec::new();
        for worker in workers {
            segments.extend(worker.join().map_err(|_| "an import panicked")??);
        }
        // As the logs are.
        segments.sort_by_key(|(at, _)| *at);
        Ok(segments.into_iter().map(|(_, segment)| segment).collect())
    })
}

/// An import of some logs.
struct Run {
    segments: Vec<std::sync::Arc<Segment>>,
    seconds: f64,
    busy: f64,
    peak: f64,
}

fn import(
    place: &Path,
    row: &Row<'_>,
    watched: Option<&Watched>,
) -> Outcome<(accord_logstore::LogStore, Run)> {
    let store = store(place)?;
    store.watch(watched.cloned());
    forget_peak();
    let (began, busy) = (Instant::now(), processor_seconds());
    let segments = import_all(&store, row)?;
    let run = Run {
        segments,
        seconds: began.elapsed().as_secs_f64(),
        busy: processor_seconds() - busy,
        peak: peak_mib(),
    };
    Ok((store, run))
}

fn row(folder: &Path, of: &Row<'_>, watched: &Watched) -> Outcome<()> {
    let Row {
        name,
        logs,
        is_planted,
        ..
    } = *of;
    // Each in a folder of its own, all removed at the end: ext4 looks long for an inode where many were freed just before.
    let alone = tempfile::tempdir_in(folder)?.keep();
    let place = tempfile::tempdir_in(folder)?.keep();
    let (_, without) = import(&alone, of, None)?;
    let (store, run) = import(&place, of, Some(watched))?;
    let raw: u64 = run
        .segments
        .iter()
        .map(|segment| segment.manifest.log.length)
        .sum();
    let sum = |file: &str| -> u64 {
        let lengths = run
            .segments
            .iter()
            .map(|segment| stored(&place, &segment.id().to_string(), file));
        lengths.sum()
    };
    let (frames, postings, columns) = (sum("frames.zst"), sum("postings.bin"), sum("columns.parquet"));
    let matches = sum("matches.ndjson.zst");
    let rest = sum("frames.ndjson") + sum("manifest.json") + sum("columns.json");
    let all = frames + postings + columns + matches + rest;
    let (mut whole, mut lines_hit, mut scan_seconds) = (0, 0, 0.0);
    for (log, segment) in logs.iter().zip(&run.segments) {
        let mut count = Count(0);
        zstd::stream::copy_encode(File::open(&log.path)?, &mut count, 3)?;
        whole += count.0;
        let found = store.matches(segment.id())?.ok_or("no matches")?;
        let (lines, records, seconds) = scan(log, segment, watched)?;
        scan_seconds += seconds;
        lines_hit += lines;
        if (lines, records) != (found.sums.lines, found.sums.records) {
            let sums = found.sums;
            return Err(format!(
                "{}: a scan finds {lines} lines and {records} records, the import {sums:?}",
                segment.id()
            )
            .into());
        }
        if is_planted && lines != log.planted.len() as u64 {
            return Err(format!(
                "{}: {} lines are planted, {lines} hit",
                segment.id(),
                log.planted.len()
            )
            .into());
        }
    }
    let mb = |bytes: u64| bytes as f64 / 1e6;
    let ns = |seconds: f64| seconds * 1e9 / raw as f64;
    let duckdb = match logs {
        [one] => duckdb(folder, &one.path, raw)?,
        _ => String::new(),
    };
    say(format_args!(
        "| {name} | {:.0} | {:.0} | {:.0} | {:.2} | {:.2} | {:.2} | {lines_hit} | {:.2} MB | {:.2} MB | {:.2} MB | {:.3} MB | {:.3} | {:.0} | {duckdb} |",
        mb(raw),
        mb(raw) / without.seconds,
        mb(raw) / run.seconds,
        ns(without.busy),
        ns(run.busy),
        ns(scan_seconds),
        mb(frames),
        mb(postings),
        mb(columns),
        mb(matches),
        all as f64 / whole as f64,
        run.peak
    ))?;
    Ok(())
}

/// What a scan of a log by one thread finds, header lines apart: lines, records, and the seconds that it takes.
fn scan(log: &Log, segment: &Segment, watched: &Watched) -> Outcome<(u64, u64, f64)> {
    let bytes = std::fs::read(&log.path)?;
    let mut scanner = Scanner::new(watched.watchlist(), Options::default());
    let (mut lines, mut records) = (0, 0);
    let format = segment.manifest.log_format;
    let began = Instant::now();
    for block in blocks(&bytes) {
        scanner.block(block, &mut |line: &LineHits<'_>| {
            if !LineReader::is_header(format, line.text) {
                lines += 1;
                records += line.hits.len() as u64;
            }
        });
    }
    Ok((lines, records, began.elapsed().as_secs_f64()))
}

/// Whole lines, about a frame of them at once.
fn blocks(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let target = bytes.len().min(accord_logstore::FRAME_TARGET_BYTES);
        let end = memchr::memchr(b'\n', bytes.get(target..)?).map_or(bytes.len(), |at| target + at + 1);
        let (block, rest) = bytes
            .split_at_checked(end)
            .filter(|(block, _)| !block.is_empty())?;
        bytes = rest;
        Some(block)
    })
}

/// What DuckDB takes to make Parquet of a log that is JSON.
fn duckdb(folder: &Path, log: &Path, raw: u64) -> Outcome<String> {
    let name = log.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let is_json = ["Json", "Eve"].iter().any(|word| name.contains(word));
    let Some(python) = python("duckdb").filter(|_| is_json) else {
        return Ok(String::new());
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/material/to_parquet.py");
    let out = folder.join("duckdb.parquet");
    let told = std::process::Command::new(python)
        .arg(script)
        .arg(log)
        .arg(&out)
        .output()?;
    if !told.status.success() {
        return Err(format!("DuckDB: {}", String::from_utf8_lossy(&told.stderr)).into());
    }
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    let seconds: f64 = text.split_whitespace().next().ok_or("no answer")?.parse()?;
    Ok(format!("{:.0}", raw as f64 / 1e6 / seconds))
}

/// Counts what is written.
struct Count(u64);

impl std::io::Write for Count {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn real_logs() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = std::env::var_os("ACCORD_TEST_DATA")
        .map(|data| PathBuf::from(data).join("logs"))
        .into_iter()
        .collect();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
