//! Other programs over the same log and the same indicators, in the same run.
//!
//! Two questions, as no peer answers ours (any indicator of any kind, anywhere in a line, as a whole value):
//! which lines hold an indicator as text (`rg -F -f`, `grep -F -f`, which also count what stands inside longer words), and
//! which lines have a name of the list in one column (DuckDB's semi-join). Both are counted by us too.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use accord_corpus::{IndicatorList, LogKind, Shape};
use accord_matcher::{Kind, MatchKind};
use accord_scan::{Event, Input, ReadLimits, ScanOptions, scan_many};

use crate::material::{SEED, compile};
use crate::{Outcome, processor_seconds, processor_seconds_of_others, say};

/// Automata of millions of words take more memory than most machines have: the peers set the size.
pub(crate) const INDICATORS: usize = 100_000;

/// What a program answered.
struct Answer {
    lines: String,
    seconds: f64,
    of_a_processor: f64,
}

const SEMI_JOIN: &str = "
import sys, duckdb
db = duckdb.connect()
db.execute('set threads to 2')
db.execute(\"create table names as select column0 as name from read_csv(?, header=false, delim='\\t', columns={'column0': 'varchar'})\", [sys.argv[2]])
row = db.execute(\"select count(*) from read_csv(?, header=false, delim='\\t', quote='', escape='', comment='#', all_varchar=true, names=['ts','uid','oh','op','rh','rp','proto','query','type','answers']) where query in (select name from names)\", [sys.argv[1]]).fetchone()
print(row[0])
";

/// Prints the table.
pub(crate) fn table(folder: &Path, mib: usize, count: usize) -> Outcome<()> {
    let list = IndicatorList {
        indicators: accord_corpus::indicators(SEED, count)
            .indicators
            .into_iter()
            .filter(|one| matches!(one.shape, Shape::Domain | Shape::Ipv4))
            .collect(),
    };
    let names: Vec<&str> = list.indicators.iter().map(|one| one.text.as_str()).collect();
    let indicators = folder.join("indicators.txt");
    std::fs::write(&indicators, names.join("\n") + "\n")?;
    let mut bytes = Vec::new();
    for part in 0.. {
        if bytes.len() >= mib << 20 {
            break;
        }
        bytes.extend(accord_corpus::varied_log(SEED + part, LogKind::ZeekDns, 100_000, 5_000, &list).bytes);
    }
    let log = folder.join("dns.log");
    std::fs::write(&log, &bytes)?;
    let size = bytes.len();
    drop(bytes);
    say(format_args!(
        "Zeek dns.log of {size} bytes, {} names and addresses; processors of the machine are shared by what runs.\n",
        names.len()
    ))?;
    say(
        "| program | question | lines | seconds | processor seconds | MB of a processor second |\n|---|---|---|---|---|---|",
    )?;
    let row = |program: &str, question: &str, answer: Result<Answer, String>| match answer {
        Ok(answer) => say(format_args!(
            "| {program} | {question} | {} | {:.2} | {:.2} | {:.0} |",
            answer.lines,
            answer.seconds,
            answer.of_a_processor,
            size as f64 / 1e6 / answer.of_a_processor.max(0.01)
        )),
        Err(why) => say(format_args!("| {program} | {question} | {why} | | | |")),
    };
    let [any, column] = ours(&log, &list)?;
    row("accord, with compiling", "any value", Ok(any))?;
    for program in ["rg", "grep"] {
        let mut command = Command::new(installed(program));
        command.args(["-c", "-a", "-F", "-f"]).args([&indicators, &log]);
        row(program, "any text", run(command))?;
    }
    row("accord, with compiling", "one column", Ok(column))?;
    let mut command = Command::new(installed("python"));
    command.args(["-c", SEMI_JOIN]).args([&log, &indicators]);
    row("DuckDB, two threads", "one column", run(command))?;
    row(
        "Tenzir",
        "one column",
        Err("not run: its contexts need a node beside it".to_owned()),
    )
}

/// Lines with any record, and lines with exactly a name: both from one scan on two threads.
fn ours(log: &Path, list: &IndicatorList) -> Outcome<[Answer; 2]> {
    let csv = list.to_csv();
    let name = log.to_str().ok_or("a path that is no text")?.to_owned();
    let (before, began) = (processor_seconds(), Instant::now());
    let watchfile = compile(&csv, &[])?;
    let (mut any, mut exact) = (BTreeSet::new(), BTreeSet::new());
    let open = |name: &str| Input::open(name, ReadLimits::default());
    scan_many(
        &[name],
        &open,
        &watchfile,
        ScanOptions::default(),
        2,
        &mut |event| {
            if let Event::Record(record) = event {
                any.insert(record.line);
                if record.kind == Kind::Domain && record.how == MatchKind::Exact {
                    exact.insert(record.line);
                }
            }
            Ok(())
        },
    )
    .map_err(|_| "stopped")?;
    let (seconds, of_a_processor) = (began.elapsed().as_secs_f64(), processor_seconds() - before);
    Ok([any, exact].map(|lines| Answer {
        lines: lines.len().to_string(),
        seconds,
        of_a_processor,
    }))
}

/// A peer's program: as `scripts/bench-peers` installed it, or as the system has it.
fn installed(program: &str) -> PathBuf {
    let folder = std::env::var_os("ACCORD_BENCH_PEERS").map_or_else(
        || {
            let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
                || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"),
                PathBuf::from,
            );
            target.join("bench-peers")
        },
        PathBuf::from,
    );
    let ours = folder.join("bin").join(program);
    if ours.exists() {
        ours
    } else {
        PathBuf::from(program)
    }
}

fn run(mut command: Command) -> Result<Answer, String> {
    let (before, began) = (processor_seconds_of_others(), Instant::now());
    let ran = command.output().map_err(|_| "not installed".to_owned())?;
    let (seconds, of_a_processor) = (
        began.elapsed().as_secs_f64(),
        processor_seconds_of_others() - before,
    );
    let lines = String::from_utf8_lossy(&ran.stdout).trim().to_owned();
    if lines.is_empty() {
        let told = String::from_utf8_lossy(&ran.stderr);
        let last = told.lines().last().unwrap_or("nothing said").replace('|', " ");
        return Err(format!("not run: {last}"));
    }
    Ok(Answer {
        lines,
        seconds,
        of_a_processor,
    })
}
