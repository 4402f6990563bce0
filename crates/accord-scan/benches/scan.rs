//! How fast indicators are found in logs: `cargo xtask bench scan [MIB] [INDICATORS]` prints the tables.
//!
//! The logs are the corpus generator's, of all kinds, with millions of different names, and one line in 5,000 that hits;
//! beside them real logs (`ACCORD_TEST_DATA`), repeated. The indicators are generated ones of all kinds and, where there
//! are real ones, those too. Everything lies in the page cache; each figure is the median of interleaved rounds.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use accord_corpus::{IndicatorList, LogKind};
use accord_scan::{Compiler, Event, Input, ReadLimits, ScanOptions, Watchfile, scan_many};

type Outcome<T> = Result<T, Box<dyn Error>>;

const MIB: usize = 512;
const INDICATORS: usize = 4_300_000;
const ROUNDS: usize = 5;
/// One line in so many hits.
const EVERY: usize = 5_000;
const SEED: u64 = 41;

fn main() -> Outcome<()> {
    // `cargo test` runs benches too, without this argument.
    let arguments: Vec<String> = std::env::args().collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let mut numbers = arguments.iter().filter_map(|argument| argument.parse().ok());
    let mib = numbers.next().unwrap_or(MIB);
    let indicators = numbers.next().unwrap_or(INDICATORS);
    let folder = std::env::temp_dir().join(format!("accord-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let result = run(&folder, mib, indicators);
    std::fs::remove_dir_all(&folder)?;
    result
}

fn say(text: impl std::fmt::Display) -> Outcome<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()?;
    Ok(())
}

/// Logs of one table: its name, its files, their bytes.
struct Logs {
    name: &'static str,
    files: Vec<String>,
    bytes: u64,
}

fn run(folder: &Path, mib: usize, indicators: usize) -> Outcome<()> {
    let real = real_indicators()?;
    let list = accord_corpus::indicators(SEED, indicators.saturating_sub(real.len()));
    let began = Instant::now();
    let watchfile = compile(&list.to_csv(), &real)?;
    let built = began.elapsed();
    let count = watchfile.watchlist().len();
    say(format_args!(
        "{count} indicators, {} of them real; read and compiled in {:.1} s ({:.0} a second)",
        real.len(),
        built.as_secs_f64(),
        count as f64 / built.as_secs_f64()
    ))?;
    let logs = [generated(folder, mib, &list)?, repeated(folder, mib)?];
    say(format_args!(
        "resident for matching: {:.1} bytes an indicator\n",
        {
            // The first scan makes the sieve.
            scan(&watchfile, &[], 1)?;
            watchfile.watchlist().resident_bytes() as f64 / count as f64
        }
    ))?;
    say(
        "| logs | bytes | hits | 1 thread MB/s | 2 threads MB/s | MB of a processor second |\n|---|---|---|---|---|---|",
    )?;
    for logs in logs.iter().filter(|logs| !logs.files.is_empty()) {
        let mut rates: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
        let mut hits = BTreeSet::new();
        let before = processor_seconds();
        for _ in 0..ROUNDS {
            for threads in [1, 2] {
                let (took, found) = scan(&watchfile, &logs.files, threads)?;
                hits.insert(found);
                let rate = logs.bytes as f64 / 1e6 / took.as_secs_f64();
                rates.entry(threads).or_default().push(rate);
            }
        }
        let spent = processor_seconds() - before;
        if hits.len() != 1 {
            return Err(format!("{}: rounds differ: {hits:?}", logs.name).into());
        }
        let rate = |threads| median(rates.get(&threads).cloned().unwrap_or_default());
        say(format_args!(
            "| {} | {} | {} | {:.0} | {:.0} | {:.0} |",
            logs.name,
            logs.bytes,
            hits.first().copied().unwrap_or(0),
            rate(1),
            rate(2),
            logs.bytes as f64 / 1e6 * (2 * ROUNDS) as f64 / spent.max(0.01)
        ))?;
    }
    Ok(())
}

/// Seconds that this process has had a processor, of all its threads: what a busy machine does not change.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<f64>().ok())
        .sum();
    ticks / 100.0
}

fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of.get(of.len() / 2).copied().unwrap_or(0.0)
}

fn scan(watchfile: &Watchfile, files: &[String], threads: usize) -> Outcome<(Duration, u64)> {
    let limits = ReadLimits {
        max_ratio: u64::MAX,
        ..ReadLimits::default()
    };
    let mut hits = 0;
    let began = Instant::now();
    let open = |name: &str| Input::open(name, limits);
    scan_many(
        files,
        &open,
        watchfile,
        ScanOptions::default(),
        threads,
        &mut |event| {
            hits += u64::from(matches!(event, Event::Record(_)));
            Ok(())
        },
    )
    .map_err(|_| "stopped")?;
    Ok((began.elapsed(), hits))
}

fn compile(csv: &[u8], real: &[String]) -> Outcome<Watchfile> {
    let mut compiler = Compiler::new();
    compiler.add_source("generated.csv", csv)?;
    if !real.is_empty() {
        compiler.add_source("real.txt", real.join("\n").as_bytes())?;
    }
    Ok(compiler.finish()?)
}

fn data() -> Option<PathBuf> {
    std::env::var_os("ACCORD_TEST_DATA").map(PathBuf::from)
}

fn read(path: &Path) -> Outcome<Vec<u8>> {
    let name = path.to_str().ok_or("a path that is no text")?;
    Ok(Input::open(name, ReadLimits::default())?.read_all()?)
}

/// The first column of the real list.
fn real_indicators() -> Outcome<Vec<String>> {
    let Some(folder) = data() else {
        return Ok(Vec::new());
    };
    let text = String::from_utf8(read(&folder.join("indicators/maltrail.csv.gz"))?)?;
    let rows = text.lines().skip(1);
    Ok(rows
        .filter_map(|row| row.split(',').next())
        .map(str::to_owned)
        .collect())
}

/// Generated logs of every kind, together so many MiB.
fn generated(folder: &Path, mib: usize, list: &IndicatorList) -> Outcome<Logs> {
    // Of the list's first part: planting asks for lists of what fits each log.
    let planted = IndicatorList {
        indicators: list.indicators.iter().take(20_000).cloned().collect(),
    };
    let mut logs = Logs {
        name: "generated, varied names",
        files: Vec::new(),
        bytes: 0,
    };
    let each = mib * (1 << 20) / LogKind::ALL.len();
    for kind in LogKind::ALL {
        let path = folder.join(format!("{kind:?}.log"));
        let mut file = std::fs::File::create(&path)?;
        let mut written = 0;
        for part in 0.. {
            if written >= each {
                break;
            }
            let log = accord_corpus::varied_log(SEED + part, kind, 100_000, EVERY, &planted);
            file.write_all(&log.bytes)?;
            written += log.bytes.len();
        }
        logs.bytes += written as u64;
        logs.files
            .push(path.to_str().ok_or("a path that is no text")?.to_owned());
    }
    Ok(logs)
}

/// The real logs, one after the other, again and again up to so many MiB.
fn repeated(folder: &Path, mib: usize) -> Outcome<Logs> {
    let mut logs = Logs {
        name: "real, repeated",
        files: Vec::new(),
        bytes: 0,
    };
    let Some(data) = data() else { return Ok(logs) };
    let mut all = Vec::new();
    let mut folders = vec![data.join("logs")];
    let mut paths = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else {
                paths.push(entry.path());
            }
        }
    }
    paths.sort();
    for path in paths {
        all.extend(read(&path)?);
        if all.last() != Some(&b'\n') {
            all.push(b'\n');
        }
    }
    let path = folder.join("real.log");
    let mut file = std::fs::File::create(&path)?;
    while logs.bytes < (mib << 20) as u64 && !all.is_empty() {
        file.write_all(&all)?;
        logs.bytes += all.len() as u64;
    }
    logs.files
        .push(path.to_str().ok_or("a path that is no text")?.to_owned());
    Ok(logs)
}
