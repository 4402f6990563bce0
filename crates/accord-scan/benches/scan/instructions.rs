//! How many instructions a byte costs, counted by valgrind's callgrind: the same on a busy machine and on a quiet one.
//!
//! `cargo xtask bench scan instructions`. Each log is scanned once and twice; the difference is what one scan costs. Of
//! the indicators only some are taken, as the watchlist is compiled under valgrind too; the instructions hardly depend
//! on their number.

use std::process::Command;

use accord_corpus::{IndicatorList, LogKind};
use accord_matcher::{LineHits, Options, Scanner};
use accord_scan::{Input, ReadLimits, ScanOptions, Watchfile, scan};

use crate::material::{SEED, compile, real_indicators, real_logs};
use crate::{Outcome, say};

const LINES: usize = 10_000;
const INDICATORS: usize = 10_000;
const REAL_BYTES: usize = 2 << 20;
const BLOCK_BYTES: usize = 256 << 10;

/// Prints the table.
pub(crate) fn table() -> Outcome<()> {
    say("| log | matcher, instructions a byte | with reading and telling |\n|---|---|---|")?;
    let mut sums = [0.0; 2];
    let kinds = LogKind::ALL.map(|kind| format!("{kind:?}"));
    for kind in kinds.iter().map(String::as_str).chain(["real"]) {
        let bytes = log(kind, &list())?.len();
        if bytes == 0 {
            continue;
        }
        let mut row = [0.0; 2];
        for (place, way) in row.iter_mut().zip(["matcher", "scan"]) {
            let (once, twice) = (count(kind, way, 1)?, count(kind, way, 2)?);
            *place = (twice - once) / bytes as f64;
        }
        say(format_args!("| {kind} | {:.2} | {:.2} |", row[0], row[1]))?;
        if kind != "real" {
            sums.iter_mut().zip(row).for_each(|(sum, one)| *sum += one);
        }
    }
    let [matcher, scan] = sums.map(|sum| sum / LogKind::ALL.len() as f64);
    say(format_args!("| generated, mean | {matcher:.2} | {scan:.2} |"))
}

/// Instructions of a whole run of [`work`].
fn count(kind: &str, way: &str, times: usize) -> Outcome<f64> {
    let ran = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe()?)
        .args(["--bench", "instructions", kind, way, &times.to_string()])
        .output()
        .map_err(|error| format!("valgrind cannot be run: {error}"))?;
    let told = String::from_utf8_lossy(&ran.stderr).into_owned();
    let collected = told.lines().find_map(|line| line.split("Collected :").nth(1));
    Ok(collected.ok_or(told.clone())?.trim().parse()?)
}

/// Scans a log so many times, and nothing else.
pub(crate) fn work(kind: &str, arguments: &[String]) -> Outcome<()> {
    let list = list();
    let real: Vec<String> = real_indicators()?.into_iter().step_by(100).collect();
    let watchfile = compile(&list.to_csv(), &real)?;
    let log = log(kind, &list)?;
    let times: usize = arguments.last().and_then(|times| times.parse().ok()).unwrap_or(1);
    // Makes the sieve, so that every run has made it.
    Scanner::new(watchfile.watchlist(), Options::default());
    let in_scan = arguments.iter().any(|argument| argument == "scan");
    for _ in 0..times {
        if in_scan {
            with_reading(&watchfile, &log)?;
        } else {
            matcher(&watchfile, &log);
        }
    }
    Ok(())
}

fn matcher(watchfile: &Watchfile, log: &[u8]) {
    let mut scanner = Scanner::new(watchfile.watchlist(), Options::default());
    let mut rest = log;
    while !rest.is_empty() {
        let far = rest.get(BLOCK_BYTES..).unwrap_or_default();
        let end = match far.iter().position(|&byte| byte == b'\n') {
            Some(more) => BLOCK_BYTES + more + 1,
            None => rest.len(),
        };
        let (block, after) = rest.split_at(end);
        scanner.block(block, &mut |_: &LineHits<'_>| {});
        rest = after;
    }
}

fn with_reading(watchfile: &Watchfile, log: &[u8]) -> Outcome<()> {
    let input = Input::from_reader("log", std::io::Cursor::new(log.to_vec()), ReadLimits::default())?;
    scan(input, watchfile, ScanOptions::default(), &mut |_| Ok(())).1?;
    Ok(())
}

fn list() -> IndicatorList {
    accord_corpus::indicators(SEED, INDICATORS)
}

fn log(kind: &str, list: &IndicatorList) -> Outcome<Vec<u8>> {
    for known in LogKind::ALL {
        if format!("{known:?}") == kind {
            return Ok(accord_corpus::varied_log(SEED, known, LINES, 5_000, list).bytes);
        }
    }
    let mut all = real_logs()?;
    // From all over the logs.
    let step = (all.len() / REAL_BYTES).max(1);
    let lines = all.split_inclusive(|&byte| byte == b'\n').step_by(step);
    all = lines.flatten().copied().collect();
    Ok(all)
}
