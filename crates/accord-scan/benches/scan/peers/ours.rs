//! Our own answer, by a process like those of the others.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use accord_matcher::{Kind, MatchKind};
use accord_scan::{Compiler, Event, Input, ReadLimits, ScanOptions, scan_many};

use super::{Material, Ran, watched};
use crate::{Outcome, processor_seconds};

/// Asks this program to scan once and to tell what it found; see [`work`].
pub(crate) const WORK: &str = "peers-work";

const THREADS: usize = 2;
const ROUNDS: usize = 5;
/// One scan is too short for the system's account of processor seconds, which has hundredths.
const SCANS: usize = 10;

/// The whole run: the median of some. What the log costs: of many scans in one run.
pub(super) fn run(material: &Material) -> Result<Ran, String> {
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push(watched::run(command(material, 1)?, None)?);
    }
    rounds.sort_by(|one, other| one.cost.of_a_processor.total_cmp(&other.cost.of_a_processor));
    let whole = rounds.swap_remove(ROUNDS / 2);
    let many = watched::run(command(material, SCANS)?, None)?;
    let told = |name| {
        many.phase(name)
            .ok_or_else(|| format!("no phase told: {}", many.told))
    };
    Ok(Ran {
        list: told("list")?,
        log: told("log")?,
        whole: whole.cost,
        peak_bytes: whole.peak_bytes,
        answer: whole.out,
    })
}

fn command(material: &Material, scans: usize) -> Result<Command, String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(own);
    command
        .args(["--bench", WORK])
        .args([&material.log, &material.indicators])
        .arg(scans.to_string());
    Ok(command)
}

/// Compiles the list and scans the log, so many times. Each record is a line of the answer: offset and length of its line
/// in the log, and the value where it is a name exactly of the list.
pub(crate) fn work(arguments: &[String]) -> Outcome<()> {
    let mut given = arguments.iter().skip_while(|argument| *argument != WORK).skip(1);
    let (Some(log), Some(indicators), Some(scans)) = (given.next(), given.next(), given.next()) else {
        return Err("three arguments are missing".into());
    };
    let scans: usize = scans.parse()?;
    let now = || (Instant::now(), processor_seconds());
    let tell = |phase: &str, since: (Instant, f64), times: usize| {
        let (began, before) = since;
        let (seconds, processors) = (began.elapsed().as_secs_f64(), processor_seconds() - before);
        let times = times as f64;
        writeln!(
            std::io::stderr(),
            "phase {phase} {} {}",
            seconds / times,
            processors / times
        )
    };
    let began = now();
    let mut compiler = Compiler::new();
    compiler.add_source("indicators.txt", &std::fs::read(Path::new(indicators))?)?;
    let watchfile = compiler.finish()?;
    let open = |name: &str| Input::open(name, ReadLimits::default());
    // Makes the sieve, which belongs to the list.
    let none: &[String] = &[];
    let options = ScanOptions::default();
    scan_many(none, &open, &watchfile, options, THREADS, &mut |_| Ok(())).map_err(|_| "stopped")?;
    tell("list", began, 1)?;
    let began = now();
    let mut out = Vec::new();
    for _ in 0..scans {
        out.clear();
        let logs = [log.clone()];
        scan_many(&logs, &open, &watchfile, options, THREADS, &mut |event| {
            if let Event::Record(record) = event {
                let is_name = record.kind == Kind::Domain && record.how == MatchKind::Exact;
                let value = if is_name { record.value } else { "" };
                out.extend_from_slice(format!("{}\t{}\t{value}\n", record.offset, record.length).as_bytes());
            }
            Ok(())
        })
        .map_err(|_| "stopped")?;
    }
    tell("log", began, scans)?;
    std::io::stdout().write_all(&out)?;
    Ok(())
}
