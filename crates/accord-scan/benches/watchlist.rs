//! What a watchlist costs: `cargo xtask bench watchlist [INDICATORS ...]` prints the table.
//!
//! The indicators are the corpus generator's, of all kinds, as CSV. Each step runs in a process of its own, so that what it
//! holds in memory is its own: making the list, building the file, opening it, scanning with it, changing it. The files lie
//! in the page cache. Memory is what Linux says in `/proc/self`; elsewhere those columns are 0.

use std::error::Error;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use accord_corpus::LogKind;
use accord_matcher::Pattern;
use accord_scan::{
    Change, Compiler, Event, Input, Live, ReadLimits, ScanOptions, Watchfile,
    limits::{BUILD_MEMORY_BYTES, MAX_SOURCE_BYTES},
    scan_many,
};

type Outcome<T> = Result<T, Box<dyn Error>>;

const COUNTS: [usize; 2] = [4_000_000, 10_000_000];
const SEED: u64 = 43;
/// Times that a file is opened, and single additions to a live list.
const ROUNDS: usize = 50;
/// Indicators that the scanned log hits, and one line in so many that hits.
const PLANTED: usize = 20_000;
const EVERY: usize = 500;
const LOG_LINES: usize = 400_000;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, step, folder, count] = arguments.as_slice()
        && let Some(step) = step.strip_prefix("--step=")
    {
        return run(step, Path::new(folder), count.parse()?);
    }
    // `cargo test` runs benches too, without this argument.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let mut counts: Vec<usize> = arguments
        .iter()
        .filter_map(|argument| argument.parse().ok())
        .collect();
    if counts.is_empty() {
        counts = COUNTS.to_vec();
    }
    say("| measured | | |\n|---|---|---|")?;
    for count in counts {
        let folder = std::env::temp_dir().join(format!("accord-bench-watchlist-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let steps = ["make", "build", "open", "scan", "verify", "live"]
            .iter()
            .try_for_each(|step| {
                let done = Command::new(std::env::current_exe()?)
                    .arg(format!("--step={step}"))
                    .arg(&folder)
                    .arg(count.to_string())
                    .status()?;
                if done.success() {
                    Ok(())
                } else {
                    Err(format!("{step} failed").into())
                }
            });
        std::fs::remove_dir_all(&folder)?;
        steps.map_err(|error: Box<dyn Error>| error)?;
    }
    Ok(())
}

fn say(text: impl std::fmt::Display) -> Outcome<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()?;
    Ok(())
}

fn row(what: &str, value: impl std::fmt::Display, note: impl std::fmt::Display) -> Outcome<()> {
    say(format_args!("| {what} | {value} | {note} |"))
}

fn run(step: &str, folder: &Path, count: usize) -> Outcome<()> {
    let (csv, file) = (folder.join("list.csv"), folder.join("list.awl"));
    match step {
        "make" => make(folder, &csv, count),
        "build" => build(&csv, &file),
        "open" => open(&file),
        "scan" => scan(folder, &file),
        "verify" => verify(&file),
        "live" => live(folder, &file),
        _ => Err("no such step".into()),
    }
}

fn make(folder: &Path, csv: &Path, count: usize) -> Outcome<()> {
    let mut list = accord_corpus::indicators(SEED, count);
    std::fs::write(csv, list.to_csv())?;
    list.indicators.truncate(PLANTED);
    for kind in LogKind::ALL {
        let lines = LOG_LINES / LogKind::ALL.len();
        let log = accord_corpus::varied_log(SEED, kind, lines, EVERY, &list);
        std::fs::write(folder.join(format!("{kind:?}.log")), log.bytes)?;
    }
    Ok(())
}

fn build(csv: &Path, file: &Path) -> Outcome<()> {
    let limits = ReadLimits {
        max_bytes: MAX_SOURCE_BYTES,
        ..ReadLimits::default()
    };
    let (began, worked) = (Instant::now(), processor_seconds());
    let source = Input::open(csv.to_str().ok_or("a path that is no text")?, limits)?.read_all()?;
    let loaded = began.elapsed();
    let before = status("RssAnon:");
    let peak = Peak::watch();
    let mut compiler = Compiler::beside(file);
    compiler.add_source("list.csv", &source)?;
    let read = began.elapsed();
    let source_bytes = source.len();
    let watchfile = compiler.finish_to(file)?;
    let took = began.elapsed();
    let peak = peak.highest().saturating_sub(before);
    drop(source);
    let count = watchfile.watchlist().len();
    let rate = |took: Duration| format!("{:.2} million/s", count as f64 / took.as_secs_f64() / 1e6);
    row(
        "**indicators**",
        count,
        format_args!("of {source_bytes} bytes of CSV"),
    )?;
    row(
        "build: read, canonicalise, compile, write, fsync",
        rate(took),
        format_args!(
            "{:.2} s: loading the source {:.2}, reading and canonicalising {:.2}, compiling and writing {:.2}",
            took.as_secs_f64(),
            loaded.as_secs_f64(),
            (read - loaded).as_secs_f64(),
            (took - read).as_secs_f64()
        ),
    )?;
    row("compile and write alone", rate(took - read), "")?;
    let worked = processor_seconds() - worked;
    row(
        "build, of a processor second",
        format_args!("{:.2} million", count as f64 / worked / 1e6),
        "what a busy machine does not change",
    )?;
    row(
        "peak memory of the build, beside the source",
        format_args!("{} MB", peak / 1_000_000),
        format_args!(
            "its own, looked at every 5 ms; {:.0} bytes an indicator; the limit is {} MB",
            each(peak, count),
            BUILD_MEMORY_BYTES / 1_000_000
        ),
    )
}

/// The most memory of its own that this process had while it was watched: pages of files are not in it.
struct Peak {
    stop: std::sync::Arc<std::sync::atomic::AtomicBool>,
    watching: std::thread::JoinHandle<u64>,
}

impl Peak {
    fn watch() -> Peak {
        let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let stopped = stop.clone();
        let watching = std::thread::spawn(move || {
            let mut highest = 0;
            while !stopped.load(std::sync::atomic::Ordering::Relaxed) {
                highest = highest.max(status("RssAnon:"));
                std::thread::sleep(Duration::from_millis(5));
            }
            highest
        });
        Peak { stop, watching }
    }

    fn highest(self) -> u64 {
        self.stop.store(true, std::sync::atomic::Ordering::Relaxed);
        self.watching.join().unwrap_or(0)
    }
}

fn each(bytes: u64, count: usize) -> f64 {
    bytes as f64 / count.max(1) as f64
}

fn open(file: &Path) -> Outcome<()> {
    let mut took = Vec::new();
    let mut bytes = 0;
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let opened = Watchfile::open(file)?;
        took.push(began.elapsed());
        bytes = opened.file_bytes().unwrap_or(0);
    }
    took.sort_unstable();
    let opened = Watchfile::open(file)?;
    let began = Instant::now();
    opened.watchlist().lookup("www.none.example", false);
    let first = began.elapsed();
    let began = Instant::now();
    opened.watchlist().prepare();
    let prepared = began.elapsed();
    opened.check()?;
    row(
        "open",
        format_args!("{:.3} ms", ms(took.get(took.len() / 2))),
        format_args!(
            "worst of {ROUNDS}: {:.3} ms; file of {} MB",
            ms(took.last()),
            bytes / 1_000_000
        ),
    )?;
    row(
        "first look-up after it",
        format_args!("{:.3} ms", ms(Some(&first))),
        format_args!("first scan checks the sieve: {:.1} ms", ms(Some(&prepared))),
    )
}

fn ms(took: Option<&Duration>) -> f64 {
    took.map_or(0.0, Duration::as_secs_f64) * 1e3
}

fn scan(folder: &Path, file: &Path) -> Outcome<()> {
    let logs: Vec<String> = LogKind::ALL
        .iter()
        .filter_map(|kind| folder.join(format!("{kind:?}.log")).to_str().map(str::to_owned))
        .collect();
    let open_log = |name: &str| Input::open(name, ReadLimits::default());
    // Once with a list of one, so that the memory of scanning itself is not counted.
    let mut small = Compiler::new();
    small.add_source("one.txt", b"one.example")?;
    let small = small.finish()?;
    let mut hits = 0u64;
    let mut all = |watchfile: &Watchfile| {
        hits = 0;
        scan_many(
            &logs,
            &open_log,
            watchfile,
            ScanOptions::default(),
            1,
            &mut |event| {
                hits += u64::from(matches!(event, Event::Record(_)));
                Ok(())
            },
        )
        .map(|()| hits)
    };
    all(&small)?;
    let before = status("RssAnon:");
    let watchfile = Watchfile::open(file)?;
    let opened = mapped(file);
    let hits = all(&watchfile)?;
    let (own, pages) = (status("RssAnon:").saturating_sub(before), mapped(file));
    let count = watchfile.watchlist().len();
    row(
        "resident after a scan with hits",
        format_args!("{:.1} bytes an indicator", each(own + pages, count)),
        format_args!(
            "{hits} hits; pages of the file {:.1} (after opening {:.2}), own memory {:.1}",
            each(pages, count),
            each(opened, count),
            each(own, count)
        ),
    )?;
    let probed = watchfile.watchlist().resident_bytes() as u64;
    row(
        "of it for looking, whatever the text",
        format_args!("{:.1} bytes an indicator", each(probed, count)),
        "sieve, filter, buckets, tags, rows; the rest is what hits touch: records, texts, labels",
    )
}

fn verify(file: &Path) -> Outcome<()> {
    let watchfile = Watchfile::open(file)?;
    let began = Instant::now();
    watchfile.verify()?;
    row(
        "info --verify",
        format_args!("{:.2} s", began.elapsed().as_secs_f64()),
        "builds it again and compares",
    )
}

fn live(folder: &Path, file: &Path) -> Outcome<()> {
    let live = Live::new(Watchfile::open(file)?);
    live.current().watchlist().prepare();
    let mut took = Vec::new();
    for round in 0..ROUNDS {
        let pattern = Pattern::parse(&format!("live-{round}.example"))?;
        let change = Change::Add {
            pattern,
            labels: vec!["live".to_owned()],
            provenance: "bench".to_owned(),
        };
        let began = Instant::now();
        live.change([change])?;
        took.push(began.elapsed());
    }
    took.sort_unstable();
    row(
        "one addition, in force for the next block",
        format_args!("{:.1} ms", ms(took.get(took.len() / 2))),
        format_args!("worst of {ROUNDS}: {:.1} ms", ms(took.last())),
    )?;
    let done = std::sync::atomic::AtomicBool::new(false);
    let to: PathBuf = folder.join("rebuilt.awl");
    let (rebuilt, worst) = std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut worst = Duration::ZERO;
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                let began = Instant::now();
                let found = live
                    .current()
                    .watchlist()
                    .find(&Pattern::parse("live-1.example").unwrap_or_else(|_| std::process::abort()));
                worst = worst.max(began.elapsed());
                assert!(found.is_some());
                std::thread::sleep(Duration::from_micros(200));
            }
            worst
        });
        let began = Instant::now();
        let rebuilt = live.rebuild(Some(&to)).map(|()| began.elapsed());
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        (rebuilt, reader.join())
    });
    let worst = worst.map_err(|_| "the reader failed")?;
    row(
        "rebuild with the layer, beside readers",
        format_args!("{:.2} s", rebuilt?.as_secs_f64()),
        format_args!("slowest look-up meanwhile: {:.2} ms", ms(Some(&worst))),
    )
}

/// Seconds that this process has had a processor, of all its threads.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().skip(11).take(2);
    ticks.filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// A line of `/proc/self/status`, in bytes.
fn status(name: &str) -> u64 {
    kilobytes(
        &std::fs::read_to_string("/proc/self/status").unwrap_or_default(),
        name,
    )
}

/// Resident bytes of the map of a file.
fn mapped(file: &Path) -> u64 {
    let maps = std::fs::read_to_string("/proc/self/smaps").unwrap_or_default();
    let name = file.to_string_lossy();
    let Some((_, after)) = maps.split_once(&*name) else {
        return 0;
    };
    kilobytes(after, "Rss:")
}

fn kilobytes(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    number.unwrap_or(0) * 1024
}
