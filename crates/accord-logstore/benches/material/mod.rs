//! What both benches share: generated logs of every kind, stores, and the process's own figures.

#![allow(dead_code, reason = "each bench uses a part")]

use std::error::Error;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use accord_corpus::{IndicatorList, LogKind, varied_log};
use accord_logstore::{FormatSetting, LogStore, SourceConfig};

pub type Outcome<T> = Result<T, Box<dyn Error>>;

pub const SEED: u64 = 43;
/// Lines that are generated at once.
const PART_LINES: usize = 100_000;

pub fn say(text: impl std::fmt::Display) -> Outcome<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()?;
    Ok(())
}

/// Tells what is being done, beside the table: a large store takes long.
pub fn note(text: impl std::fmt::Display) -> Outcome<()> {
    writeln!(std::io::stderr().lock(), "{text}")?;
    Ok(())
}

/// A log on the disk.
#[derive(Clone)]
pub struct Log {
    pub path: PathBuf,
    pub bytes: u64,
    /// The lines that hold a planted indicator, from 1, each once.
    pub planted: Vec<u64>,
}

/// Logs of every kind with millions of names, together about so many bytes, in files of at most `most` bytes and one part.
/// About `hits` lines hold an indicator of the list.
pub fn generated(folder: &Path, bytes: u64, most: u64, hits: u64, list: &IndicatorList) -> Outcome<Vec<Log>> {
    let mut logs = Vec::new();
    each_generated(folder, (bytes, most), hits, list, |log| {
        logs.push(log.clone());
        Ok(())
    })?;
    Ok(logs)
}

/// The same, one after the other: each is given to `keep` before the next is made.
pub fn each_generated(
    folder: &Path,
    (bytes, most): (u64, u64),
    hits: u64,
    list: &IndicatorList,
    mut keep: impl FnMut(&Log) -> Outcome<()>,
) -> Outcome<()> {
    let each = bytes / LogKind::ALL.len() as u64;
    let (mut part, mut number) = (0, 0);
    for kind in LogKind::ALL {
        let mut left = each;
        while left > 0 {
            let path = folder.join(format!("{kind:?}-{number}.log"));
            number += 1;
            let mut file = std::fs::File::create(&path)?;
            let mut log = Log {
                path,
                bytes: 0,
                planted: Vec::new(),
            };
            let mut lines = 0;
            while log.bytes < most.min(left) {
                part += 1;
                // How many lines there will be is told by their length, which is near 150 bytes.
                let every = usize::try_from(bytes / 150 / hits.max(1))?;
                let made = varied_log(SEED + part, kind, PART_LINES, every.max(2), list);
                let mut planted: Vec<u64> = made.expected.iter().map(|hit| lines + hit.line).collect();
                planted.dedup();
                log.planted.extend(planted);
                lines += made.bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
                log.bytes += made.bytes.len() as u64;
                file.write_all(&made.bytes)?;
            }
            left = left.saturating_sub(log.bytes);
            keep(&log)?;
        }
    }
    Ok(())
}

/// Where `scripts/bench-peers` installs other programs.
fn peers() -> PathBuf {
    let given = std::env::var_os("ACCORD_BENCH_PEERS").map(PathBuf::from);
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target");
    given.unwrap_or_else(|| target.unwrap_or(here).join("bench-peers"))
}

/// A Python that has a module.
pub fn python(module: &str) -> Option<PathBuf> {
    let python = peers().join("bin/python");
    let asked = Command::new(&python)
        .args(["-c", &format!("import {module}")])
        .output();
    asked.is_ok_and(|told| told.status.success()).then_some(python)
}

/// ripgrep, where it is installed.
pub fn ripgrep_program() -> Option<PathBuf> {
    let mut places = [peers().join("bin/rg"), PathBuf::from("rg")].into_iter();
    places.find(|place| Command::new(place).arg("--version").output().is_ok())
}

/// A new store with one source.
pub fn store(folder: &Path) -> Outcome<LogStore> {
    let store = LogStore::open(folder)?;
    store.add_source(SourceConfig {
        name: "bench".to_owned(),
        description: String::new(),
        format: FormatSetting::Auto,
        customers: Vec::new(),
        time_zone: String::new(),
        clock_offset_ms: None,
        ordinary_course: true,
        custodian: "bench".to_owned(),
    })?;
    Ok(store)
}

/// Processor time of this process, all threads, in seconds.
pub fn processor_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = text.rsplit(')').next().unwrap_or_default();
    let ticks: f64 = after
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<f64>().ok())
        .sum();
    ticks / 100.0
}

/// The most memory that this process had at once, MiB.
pub fn peak_mib() -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}

/// What [`peak_mib`] tells begins anew, where the system can do so.
pub fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// The length of a file of a segment, bytes.
pub fn stored(store: &Path, segment: &str, file: &str) -> u64 {
    let path = store.join("segments").join(segment).join(file);
    std::fs::metadata(path).map_or(0, |found| found.len())
}
