//! Other programs over the same log and the same indicators, in the same run, the answers compared line by line.
//!
//! Two questions, as no peer answers ours (any indicator of any kind, anywhere in a line, as a whole value):
//! which lines hold an indicator as text (`rg -F -f`, `grep -F -f`, which also find what stands inside longer words), and
//! which lines have a name of the list in the column `query` (DuckDB's semi-join, Tenzir's lookup table). Both are
//! answered by us too, in one run.
//!
//! Each program is a process of its own, ours too, and is watched in the same way: seconds of the clock, seconds of
//! processors, peak of resident memory. One that goes beyond a limit of [`watched`] is ended, and the table says so. What
//! the list costs is told apart from what the log costs: by the programs that can tell, else by a run over a log without
//! lines. Ratios are of processor seconds: they are fair to a peer of one thread where ours has two, and hardly change on
//! a busy machine.

mod compare;
mod list;
mod ours;
mod programs;
mod tenzir;
mod watched;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use accord_corpus::{IndicatorList, LogKind};

use crate::material::SEED;
use crate::{Outcome, say};

pub(crate) use ours::WORK;
pub(crate) use ours::work;

use compare::Ours;
use watched::{Cost, MAX_BYTES, MAX_PROCESSOR_SECONDS, MAX_SECONDS};

/// Names and addresses, where none are asked for.
pub(crate) const INDICATORS: usize = 50_000;
/// The log, where none is asked for: at 10 MB a second less than half a minute.
pub(crate) const MIB: usize = 256;

/// A program whose runs take less than this runs three times; the median is told.
const SHORT_PROCESSOR_SECONDS: f64 = 5.0;
const SHORT_ROUNDS: usize = 3;

/// What all programs are given.
struct Material {
    folder: PathBuf,
    indicators: PathBuf,
    log: PathBuf,
    /// The headers of the log and no line.
    headers: PathBuf,
    bytes: Vec<u8>,
    count: usize,
}

/// Which lines a program is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Question {
    /// That hold an indicator: it answers with the lines.
    AnyText,
    /// That have a name of the list as `query`: it answers with their `uid`.
    Column,
}

impl Question {
    fn asked(self) -> &'static str {
        match self {
            Question::AnyText => "any value",
            Question::Column => "one column",
        }
    }
}

/// One run of a program.
struct Ran {
    answer: Vec<u8>,
    whole: Cost,
    /// Reading the list and making what is looked up in.
    list: Cost,
    /// Reading the log and looking up.
    log: Cost,
    peak_bytes: u64,
}

/// Runs a program once; where it did not come to its end, what the table says instead.
type Run = fn(&Material) -> Result<Ran, String>;

/// Prints the table.
pub(crate) fn table(folder: &Path, mib: usize, count: usize) -> Outcome<()> {
    let (list, real) = list::names_and_addresses(count)?;
    let material = write_down(folder, mib, &list)?;
    say(format_args!(
        "Zeek dns.log of {} bytes; {} names and addresses, {real} of them real. Each program may have {MAX_PROCESSOR_SECONDS} \
         processor seconds, {MAX_SECONDS} seconds and {} GiB.\n",
        material.bytes.len(),
        material.count,
        MAX_BYTES >> 30
    ))?;
    say(
        "| program | question | lines | beside ours | list, s (processor) | log, s (processor) | log, MB/s (MB of a processor \
         second) | peak MB | log, times ours | whole run, times ours |\n|---|---|---|---|---|---|---|---|---|---|",
    )?;
    let mine = ours::run(&material)?;
    let found = Ours::read(&mine.answer, &material, &list)?;
    let row = |program: &str, question: Question, ran: &Ran, lines: usize, beside: &str| {
        let mut row = String::new();
        write!(row, "| {program} | {} | {lines} | {beside} ", question.asked())?;
        for cost in [ran.list, ran.log] {
            write!(row, "| {:.2} ({:.2}) ", cost.seconds, cost.of_a_processor)?;
        }
        let megabytes = material.bytes.len() as f64 / 1e6;
        write!(
            row,
            "| {} ({}) | {:.0} | {:.1} | {:.1} |",
            rate(megabytes, ran.log.seconds),
            rate(megabytes, ran.log.of_a_processor),
            ran.peak_bytes as f64 / 1e6,
            ran.log.of_a_processor / mine.log.of_a_processor.max(0.001),
            ran.whole.of_a_processor / mine.whole.of_a_processor.max(0.001),
        )?;
        say(row)
    };
    let name = "accord, two threads";
    row(name, Question::AnyText, &mine, found.count(Question::AnyText), "")?;
    row(name, Question::Column, &mine, found.count(Question::Column), "")?;
    let peers: [(&str, Question, Run); 5] = [
        ("ripgrep `-F -f`", Question::AnyText, programs::ripgrep),
        ("GNU grep `-F -f`", Question::AnyText, programs::grep),
        ("DuckDB, two threads", Question::Column, programs::duckdb),
        ("Tenzir", Question::Column, tenzir::run),
        (
            "Tenzir, `--parallelism=max`",
            Question::Column,
            tenzir::run_parallel,
        ),
    ];
    for (program, question, run) in peers {
        match median_of(&material, run) {
            Ok(ran) => {
                let (lines, beside) = found.beside(question, &ran.answer);
                row(program, question, &ran, lines, &beside)?;
            }
            Err(why) => say(format_args!(
                "| {program} | {} | {why} | | | | | | | |",
                question.asked()
            ))?,
        }
    }
    Ok(())
}

/// Megabytes a second, with a digit more where they are few; a dash where a difference of two runs is nothing.
fn rate(megabytes: f64, seconds: f64) -> String {
    let rate = megabytes / seconds;
    if !rate.is_finite() {
        "-".to_owned()
    } else if rate < 100.0 {
        format!("{rate:.1}")
    } else {
        format!("{rate:.0}")
    }
}

fn median_of(material: &Material, run: Run) -> Result<Ran, String> {
    let mut rounds = vec![run(material)?];
    let is_short = |ran: &Ran| ran.whole.of_a_processor < SHORT_PROCESSOR_SECONDS;
    while rounds.len() < SHORT_ROUNDS && rounds.iter().all(is_short) {
        rounds.push(run(material)?);
    }
    rounds.sort_by(|one, other| one.whole.of_a_processor.total_cmp(&other.whole.of_a_processor));
    Ok(rounds.swap_remove(rounds.len() / 2))
}

/// The files, with a planted indicator in one line of 5,000.
fn write_down(folder: &Path, mib: usize, list: &IndicatorList) -> Outcome<Material> {
    let names: Vec<&str> = list.indicators.iter().map(|one| one.text.as_str()).collect();
    let indicators = folder.join("indicators.txt");
    std::fs::write(&indicators, names.join("\n") + "\n")?;
    // From all over the list: planting asks for lists of what fits each log.
    let planted = IndicatorList {
        indicators: list
            .indicators
            .iter()
            .step_by(names.len().div_ceil(20_000).max(1))
            .cloned()
            .collect(),
    };
    let mut bytes = Vec::new();
    for part in 0.. {
        if bytes.len() >= mib << 20 {
            break;
        }
        bytes
            .extend(accord_corpus::varied_log(SEED + part, LogKind::ZeekDns, 100_000, 5_000, &planted).bytes);
    }
    let log = folder.join("dns.log");
    std::fs::write(&log, &bytes)?;
    let headers = folder.join("headers.log");
    let none = accord_corpus::varied_log(SEED, LogKind::ZeekDns, 0, 0, &planted);
    std::fs::write(&headers, none.bytes)?;
    Ok(Material {
        folder: folder.to_owned(),
        indicators,
        log,
        headers,
        bytes,
        count: names.len(),
    })
}
