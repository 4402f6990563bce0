//! How long a hunt takes as the store grows. `cargo xtask bench hunt [MIB ...]`.
//!
//! A thousand indicators of all kinds are looked for in generated logs of all kinds with millions of different names; about
//! two hundred lines hold one. For each size: the counts alone ("which sources and days"), the hunt with its lines, the same
//! by reading every frame, and ripgrep (fixed strings) over the logs compressed by `zstd -3`, where it is installed. The
//! lines found are compared with the planted ones. Everything lies in the page cache; each figure is the median of the
//! rounds, of the last two one round.
#![allow(clippy::indexing_slicing, reason = "a bench, which may stop where it stands")]

mod material;

use std::collections::BTreeSet;
use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use accord_logstore::{Hunt, LogStore, Progress, SegmentId};
use accord_matcher::Pattern;
use material::{Log, Outcome, SEED, generated, peak_mib, say, store};

const MIB: u64 = 1024;
const INDICATORS: usize = 1000;
const PLANTED: u64 = 200;
/// Bytes of one segment.
const SEGMENT_BYTES: u64 = 128 << 20;
const ROUNDS: usize = 5;

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
        "| logs, MB | segments | lines | counts, ms | hunt, ms | read, MB | reading all, ms | ripgrep, ms | peak MiB |",
    )?;
    say("|---|---|---|---|---|---|---|---|---|")?;
    sizes.into_iter().try_for_each(row)
}

fn go(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn row(mib: u64) -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let list = accord_corpus::indicators(SEED, INDICATORS);
    let logs = generated(folder.path(), mib << 20, SEGMENT_BYTES, PLANTED, &list)?;
    let store = store(&folder.path().join("store"))?;
    let mut expected: BTreeSet<(SegmentId, u64)> = BTreeSet::new();
    for log in &logs {
        let segment = store.import("bench", "log", &mut File::open(&log.path)?, 0, "bench")?;
        expected.extend(log.planted.iter().map(|line| (segment.id().clone(), *line)));
    }
    let peak = peak_mib();
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
    let counts = median(|| {
        let counts = store.counts(&hunt, &mut go)?;
        Ok(counts.days.iter().map(|day| day.lines).sum())
    })?;
    let (mut read, mut lines) = (0, 0);
    let hunted = median(|| {
        let result = store.hunt(&hunt, &mut go)?;
        (read, lines) = (result.read_bytes, result.lines.len());
        let found: BTreeSet<(SegmentId, u64)> = result
            .lines
            .iter()
            .map(|line| (line.segment.clone(), line.line))
            .collect();
        if found != expected {
            let missed = expected.difference(&found).count();
            return Err(format!("{missed} of {} planted lines are not found", expected.len()).into());
        }
        Ok(lines as u64)
    })?;
    let all = reading_all(&store, &hunt, lines)?;
    let raw: u64 = logs.iter().map(|log| log.bytes).sum();
    let ripgrep = ripgrep(folder.path(), &logs, &hunt)?;
    say(format_args!(
        "| {:.0} | {} | {lines} | {counts:.1} | {hunted:.1} | {:.1} | {all:.0} | {ripgrep} | {peak:.0} |",
        raw as f64 / 1e6,
        logs.len(),
        read as f64 / 1e6,
    ))
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

/// How long ripgrep takes over the compressed logs. It finds strings, not indicators: only its time counts.
fn ripgrep(folder: &Path, logs: &[Log], hunt: &Hunt) -> Outcome<String> {
    if Command::new("rg")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_err()
    {
        return Ok("not installed".to_owned());
    }
    let texts: Vec<&str> = hunt
        .patterns
        .iter()
        .map(|(pattern, _)| pattern.canonical())
        .collect();
    let list = folder.join("patterns.txt");
    std::fs::write(&list, texts.join("\n"))?;
    let packed = folder.join("packed");
    std::fs::create_dir(&packed)?;
    for (number, log) in logs.iter().enumerate() {
        let to = File::create(packed.join(format!("{number}.log.zst")))?;
        zstd::stream::copy_encode(File::open(&log.path)?, to, 3)?;
    }
    let began = Instant::now();
    Command::new("rg")
        .args(["-z", "-F", "-i", "-c", "-f"])
        .arg(&list)
        .arg(&packed)
        .stdout(Stdio::null())
        .status()?;
    Ok(format!("{:.0}", began.elapsed().as_secs_f64() * 1e3))
}
