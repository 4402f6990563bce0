//! How many instructions a byte costs, counted by valgrind's callgrind: the same on a busy machine and on a quiet one.
//!
//! `cargo xtask bench scan instructions`. Each log is scanned once and twice; the difference is what one scan costs. Of
//! the indicators only some are taken, as the watchlist is compiled under valgrind too; the instructions hardly depend
//! on their number.

use std::path::Path;
use std::process::Command;

use accord_corpus::LogKind;
use accord_matcher::{LineHits, Options, Scanner};
use accord_scan::{Compiler, Input, ReadLimits, ScanOptions, Watchfile, scan};

use crate::material::{SEED, real_indicators, real_logs};
use crate::{Outcome, say};

const LINES: usize = 10_000;
const INDICATORS: usize = 10_000;
const REAL_BYTES: usize = 2 << 20;
const BLOCK_BYTES: usize = 256 << 10;

/// Asks this program to scan under valgrind; see [`work`].
pub(crate) const WORK: &str = "instructions-work";

/// Prints the table.
pub(crate) fn table(folder: &Path) -> Outcome<()> {
    say("| log | matcher, instructions a byte | with reading and telling |\n|---|---|---|")?;
    let list = accord_corpus::indicators(SEED, INDICATORS);
    let mut texts: Vec<String> = list.indicators.iter().map(|one| one.text.clone()).collect();
    texts.extend(real_indicators()?.into_iter().step_by(100));
    let indicators = folder.join("indicators.txt");
    std::fs::write(&indicators, texts.join("\n"))?;
    let mut logs: Vec<(String, Vec<u8>)> = Vec::new();
    for kind in LogKind::ALL {
        let log = accord_corpus::varied_log(SEED, kind, LINES, 5_000, &list);
        logs.push((format!("{kind:?}"), log.bytes));
    }
    let real = some_real_lines()?;
    if !real.is_empty() {
        logs.push(("real".to_owned(), real));
    }
    let path = folder.join("log");
    let (mut bytes, mut sums) = (0.0, [0.0; 2]);
    for (name, log) in &logs {
        std::fs::write(&path, log)?;
        let mut row = [0.0; 2];
        for (place, way) in row.iter_mut().zip(["matcher", "scan"]) {
            let (once, twice) = (
                count(&path, &indicators, way, 1)?,
                count(&path, &indicators, way, 2)?,
            );
            *place = twice - once;
        }
        let [matcher, scan] = row.map(|count| count / log.len() as f64);
        say(format_args!("| {name} | {matcher:.2} | {scan:.2} |"))?;
        if name != "real" {
            bytes += log.len() as f64;
            sums.iter_mut().zip(row).for_each(|(sum, one)| *sum += one);
        }
    }
    let [matcher, scan] = sums.map(|sum| sum / bytes);
    say(format_args!("| all generated | {matcher:.2} | {scan:.2} |"))
}

/// Instructions of a whole run of [`work`].
fn count(log: &Path, indicators: &Path, way: &str, times: usize) -> Outcome<f64> {
    let ran = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe()?)
        .args(["--bench", WORK])
        .args([log, indicators])
        .args([way, &times.to_string()])
        .output()
        .map_err(|error| format!("valgrind cannot be run: {error}"))?;
    let told = String::from_utf8_lossy(&ran.stderr).into_owned();
    let collected = told.lines().find_map(|line| line.split("Collected :").nth(1));
    Ok(collected.ok_or(told.clone())?.trim().parse()?)
}

/// Scans a log so many times, and nothing else: the log, the indicators, the way and the times are the arguments.
pub(crate) fn work(arguments: &[String]) -> Outcome<()> {
    let mut given = arguments.iter().skip_while(|argument| *argument != WORK).skip(1);
    let (Some(log), Some(indicators), Some(way), Some(times)) =
        (given.next(), given.next(), given.next(), given.next())
    else {
        return Err("four arguments are missing".into());
    };
    let log = std::fs::read(log)?;
    let mut compiler = Compiler::new();
    compiler.add_source("indicators.txt", &std::fs::read(indicators)?)?;
    let watchfile = compiler.finish()?;
    // Makes the sieve, so that every run has made it.
    Scanner::new(watchfile.watchlist(), Options::default());
    for _ in 0..times.parse()? {
        if way == "scan" {
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

/// Real lines from all over the logs.
fn some_real_lines() -> Outcome<Vec<u8>> {
    let all = real_logs()?;
    let step = (all.len() / REAL_BYTES).max(1);
    let lines = all.split_inclusive(|&byte| byte == b'\n').step_by(step);
    Ok(lines.flatten().copied().collect())
}
