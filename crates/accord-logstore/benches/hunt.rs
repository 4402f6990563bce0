//! How long a hunt takes as the store grows. `cargo xtask bench hunt [alone] [MIB ...]`.
//!
//! A thousand indicators of all kinds are looked for in generated logs of all kinds with millions of different names; about
//! two hundred lines hold one. For each size: the counts alone ("which sources and days"), the hunt with its lines, the same
//! by reading every frame; and other programs, where they are installed (`scripts/bench-peers`): DuckDB and chdb, asked for the
//! counts over the same Parquet, with two threads, and ripgrep (fixed strings) over the stored frames, which are the logs
//! compressed by zstd. The lines found are compared with the planted ones. A log is deleted as soon as it is stored. Each
//! figure is the median of the rounds; of reading all and of ripgrep one round, of DuckDB and chdb too from 20 GB on.
//!
//! `alone`: without the other programs. Then a segment's columns are deleted once it is stored: a store of 50 GB of logs
//! takes 24 GB of disk instead of 36.
#![allow(clippy::indexing_slicing, reason = "a bench, which may stop where it stands")]

mod material;

use std::collections::BTreeSet;
use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use accord_logstore::{CatalogueTime, Hunt, LogStore, Progress, SegmentId};
use accord_matcher::Pattern;
use material::{
    Log, Outcome, SEED, each_generated, forget_peak, note, peak_mib, python, ripgrep_program, say, store,
    stored,
};

const MIB: u64 = 1024;
const INDICATORS: usize = 1000;
const PLANTED: u64 = 200;
/// Bytes of one segment.
const SEGMENT_BYTES: u64 = 128 << 20;
const ROUNDS: usize = 5;
const PEER_ROUNDS: usize = 3;
/// From so many MiB on the other programs are asked once.
const LARGE_MIB: u64 = 20 * 1024;

fn main() -> Outcome<()> {
    // `cargo test` runs benches too, without this argument.
    let arguments: Vec<String> = std::env::args().collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let mut sizes: Vec<u64> = arguments
        .iter()
        .filter_map(|argument| argument.parse().ok())
        .collect();
    if sizes.is_empty() {
        sizes.push(MIB);
    }
    say(
        "| logs, MB | segments | lines | counts, ms | first line, ms | hunt, ms | read, MB | without catalogues: counts, ms | hunt, ms | catalogues, MB | made, s | postings, MB | reading all, ms | DuckDB, ms | chdb, ms | ripgrep, ms | peak MiB storing | asking |",
    )?;
    say("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|")?;
    let alone = arguments.iter().any(|argument| argument == "alone");
    sizes.into_iter().try_for_each(|mib| row(mib, alone))
}

fn go(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn row(mib: u64, alone: bool) -> Outcome<()> {
    note(format_args!("{mib} MiB are generated and stored"))?;
    let folder = tempfile::tempdir()?;
    let list = accord_corpus::indicators(SEED, INDICATORS);
    let place = folder.path().join("store");
    let store = store(&place)?;
    let mut expected: BTreeSet<(SegmentId, u64)> = BTreeSet::new();
    let (mut raw, mut count, mut postings) = (0, 0, 0);
    let keep = |log: &Log| -> Outcome<()> {
        let segment = store.import("bench", "log", &mut File::open(&log.path)?, 0, "bench")?;
        expected.extend(log.planted.iter().map(|line| (segment.id().clone(), *line)));
        raw += log.bytes;
        count += 1;
        let name = segment.id().to_string();
        postings += stored(&place, &name, "postings.bin");
        if alone {
            let folder = place.join("segments").join(name);
            std::fs::remove_file(folder.join("columns.json"))?;
            std::fs::remove_file(folder.join("columns.parquet"))?;
        }
        std::fs::remove_file(&log.path)?;
        Ok(())
    };
    each_generated(folder.path(), (mib << 20, SEGMENT_BYTES), PLANTED, &list, keep)?;
    let peak = peak_mib();
    note(format_args!("{mib} MiB stored; asking"))?;
    let mut patterns = Vec::new();
    for (indicator, label) in list.indicators.iter().zip(0..) {
        patterns.push((Pattern::parse(&indicator.text)?, label));
    }
    let hunt = Hunt {
        patterns,
        from_ms: i64::MIN,
        to_ms: i64::MAX,
        sources: None,
        max_lines: usize::MAX,
    };
    forget_peak();
    let (counted, hunted, ..) = ask(&store, &hunt, &expected)?;
    let (loose_counts, loose_hunt) = (counted, hunted);
    let began = Instant::now();
    store.make_catalogues(CatalogueTime::OnceEnough, &mut go)?;
    let made = began.elapsed().as_secs_f64();
    let catalogues = folder_bytes(&place.join("catalogues"))?;
    note(format_args!(
        "{} segments are in catalogues",
        store.catalogued_segments()
    ))?;
    let (counts, hunted, first, read, lines) = ask(&store, &hunt, &expected)?;
    let asking = peak_mib();
    let all = reading_all(&store, &hunt, lines)?;
    let peers = if alone {
        "not asked | not asked | not asked".to_owned()
    } else {
        let rounds = if mib < LARGE_MIB { PEER_ROUNDS } else { 1 };
        others(&place, folder.path(), &hunt, rounds)?
    };
    say(format_args!(
        "| {:.0} | {count} | {lines} | {counts:.1} | {first:.1} | {hunted:.1} | {:.1} | {loose_counts:.1} | {loose_hunt:.1} | {:.1} | {made:.1} | {:.1} | {all:.0} | {peers} | {peak:.0} | {asking:.0} |",
        raw as f64 / 1e6,
        read as f64 / 1e6,
        catalogues as f64 / 1e6,
        postings as f64 / 1e6,
    ))
}

/// Counts and hunts: how long both take, when the first line is there, bytes read, lines.
fn ask(
    store: &LogStore,
    hunt: &Hunt,
    expected: &BTreeSet<(SegmentId, u64)>,
) -> Outcome<(f64, f64, f64, u64, usize)> {
    let counts = median(|| {
        let counts = store.counts(hunt, &mut go)?;
        Ok(counts.days.iter().map(|day| day.lines).sum())
    })?;
    let (mut read, mut lines, mut firsts) = (0, 0, Vec::new());
    let hunted = median(|| {
        let (began, mut first) = (Instant::now(), None);
        let result = store.hunt(hunt, &mut |progress| {
            if progress.lines_found > 0 && first.is_none() {
                first = Some(began.elapsed().as_secs_f64() * 1e3);
            }
            ControlFlow::Continue(())
        })?;
        firsts.extend(first);
        (read, lines) = (result.read_bytes, result.lines.len());
        let found: BTreeSet<(SegmentId, u64)> = result
            .lines
            .iter()
            .map(|line| (line.segment.clone(), line.line))
            .collect();
        if found != *expected {
            let missed = expected.difference(&found).count();
            return Err(format!("{missed} of {} planted lines are not found", expected.len()).into());
        }
        Ok(lines as u64)
    })?;
    firsts.sort_by(f64::total_cmp);
    let first = firsts.get(firsts.len() / 2).copied().unwrap_or(f64::NAN);
    Ok((counts, hunted, first, read, lines))
}

/// How long the other programs take.
fn others(place: &Path, folder: &Path, hunt: &Hunt, rounds: usize) -> Outcome<String> {
    let values = folder.join("patterns.txt");
    let texts: Vec<&str> = hunt
        .patterns
        .iter()
        .map(|(pattern, _)| pattern.canonical())
        .collect();
    std::fs::write(&values, texts.join("\n"))?;
    note("asking DuckDB")?;
    let duckdb = peer("duckdb", place, &values, rounds)?;
    note("asking chdb")?;
    let chdb = peer("chdb", place, &values, rounds)?;
    note("asking ripgrep")?;
    let ripgrep = ripgrep(&place.join("segments"), &values)?;
    Ok(format!("{duckdb} | {chdb} | {ripgrep}"))
}

fn folder_bytes(folder: &Path) -> Outcome<u64> {
    let mut bytes = 0;
    if folder.exists() {
        for entry in std::fs::read_dir(folder)? {
            bytes += entry?.metadata()?.len();
        }
    }
    Ok(bytes)
}

fn median(mut act: impl FnMut() -> Outcome<u64>) -> Outcome<f64> {
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        std::hint::black_box(act()?);
        times.push(began.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[ROUNDS / 2])
}

fn reading_all(store: &LogStore, hunt: &Hunt, lines: usize) -> Outcome<f64> {
    let began = Instant::now();
    let result = store.hunt_reading_all(hunt, &mut go)?;
    let took = began.elapsed().as_secs_f64() * 1e3;
    if result.lines.len() != lines {
        return Err(format!("{} lines by reading all, {lines} by postings", result.lines.len()).into());
    }
    Ok(took)
}

/// How long another program takes for the counts, and how many lines it finds by whole values.
fn peer(program: &str, store: &Path, values: &Path, rounds: usize) -> Outcome<String> {
    let Some(python) = python(program) else {
        return Ok("not installed".to_owned());
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/material/peers.py");
    let told = Command::new(python)
        .arg(script)
        .arg(program)
        .args([store, values])
        .arg(rounds.to_string())
        .output()?;
    if !told.status.success() {
        return Err(format!("{program}: {}", String::from_utf8_lossy(&told.stderr)).into());
    }
    let text = String::from_utf8_lossy(&told.stdout).trim().to_owned();
    let (took, lines) = text.split_once(' ').ok_or("no answer")?;
    Ok(format!("{took} ({lines} lines)"))
}

/// How long ripgrep takes over the frames. It finds strings, not indicators: only its time counts.
fn ripgrep(segments: &Path, values: &Path) -> Outcome<String> {
    let Some(program) = ripgrep_program() else {
        return Ok("not installed".to_owned());
    };
    let began = Instant::now();
    Command::new(program)
        .args(["-z", "-F", "-i", "-c", "-g", "frames.zst", "-f"])
        .arg(values)
        .arg(segments)
        .stdout(Stdio::null())
        .status()?;
    Ok(format!("{:.0}", began.elapsed().as_secs_f64() * 1e3))
}
