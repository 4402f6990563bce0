//! How fast indicators are found in logs. `cargo xtask bench scan` and then:
//!
//! - `[MIB] [INDICATORS]`: bytes a second, on one thread and on two;
//! - `curve [MIB]`: the cost of a byte from a thousand indicators to ten million;
//! - `peers [MIB] [INDICATORS]`: other programs over the same file and so many names and addresses, the answers compared,
//!   each under limits of time and memory (`scripts/bench-peers` installs them);
//! - `instructions`: instructions a byte, where valgrind is installed.
//!
//! The logs are the corpus generator's, of all kinds, with millions of different names, and one line in 5,000 that hits;
//! beside them real logs (`ACCORD_TEST_DATA`), repeated. The indicators are generated ones of all kinds and, where there
//! are real ones, those too. Everything lies in the page cache; each figure is the median of interleaved rounds.

mod curve;
mod instructions;
mod material;
mod peers;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use accord_scan::{Event, Input, ReadLimits, ScanOptions, Watchfile, scan_many};

use material::{SEED, compile, generated, real_indicators, repeated};

type Outcome<T> = Result<T, Box<dyn Error>>;

const MIB: usize = 512;
const INDICATORS: usize = 4_300_000;
const ROUNDS: usize = 5;

fn main() -> Outcome<()> {
    // `cargo test` runs benches too, without this argument.
    let arguments: Vec<String> = std::env::args().collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let has = |table: &str| arguments.iter().any(|argument| argument == table);
    if has(instructions::WORK) {
        return instructions::work(&arguments);
    }
    if has(peers::WORK) {
        return peers::work(&arguments);
    }
    let mut numbers = arguments.iter().filter_map(|argument| argument.parse().ok());
    let mib = numbers.next();
    let indicators = numbers.next();
    let folder = std::env::temp_dir().join(format!("accord-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let result = if has("instructions") {
        instructions::table(&folder)
    } else if has("curve") {
        curve::table(&folder, mib.unwrap_or(MIB))
    } else if has("peers") {
        let mib = mib.unwrap_or(peers::MIB);
        peers::table(&folder, mib, indicators.unwrap_or(peers::INDICATORS))
    } else {
        run(&folder, mib.unwrap_or(MIB), indicators.unwrap_or(INDICATORS))
    };
    std::fs::remove_dir_all(&folder)?;
    result
}

fn say(text: impl std::fmt::Display) -> Outcome<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()?;
    Ok(())
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

/// Seconds that this process has had a processor, of all its threads. A busy machine changes it less than the clock.
fn processor_seconds() -> f64 {
    seconds_of(11)
}

/// The same of the programs that it ran and that have ended.
fn processor_seconds_of_others() -> f64 {
    seconds_of(13)
}

/// The sum of two fields of the system's account of this process (proc(5), `stat`, from the state on).
fn seconds_of(first: usize) -> f64 {
    seconds_in("/proc/self/stat", first)
}

/// The same of any process, by the name of its account; 0 where it has none.
fn seconds_in(stat: &str, first: usize) -> f64 {
    let stat = std::fs::read_to_string(stat).unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 = fields
        .split_whitespace()
        .skip(first)
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
