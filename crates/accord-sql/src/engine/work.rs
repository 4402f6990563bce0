//! The process around one question: its limits by the system, the question on standard input, reports on standard error.
//!
//! The system's limits are for what the engine does not count. They hold for this whole process, so that only a process
//! that was started for one question may set them.

use std::io::{self, BufRead, Read, Write};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setpriority_process, setrlimit};

use super::run::{answer, check};
use crate::error::{Error, Kind};
use crate::limits::{
    Limits, MAX_INDICATOR_BYTES, MAX_INDICATORS, MAX_PARAMETER_BYTES, MAX_PARAMETERS, MAX_STATEMENT_BYTES,
};
use crate::question::Indicator;
use crate::report::{Report, Task};

/// Address space beside the memory of the question: the program itself, its heaps, what is read and decoded.
const PROGRAM_BYTES: u64 = 1 << 30;
/// The same for each thread: its stack, a stack for temporary files, its heap.
const THREAD_BYTES: u64 = 192 << 20;
/// What a file may have beside its limit: its last write is whole.
const PAGE_BYTES: u64 = 1 << 20;
/// Processor seconds beside those of the question's time on all threads.
const MORE_SECONDS: u64 = 5;
/// How much the process stands back behind others (`nice`).
const NICE: i32 = 10;
/// The longest question as JSON: text is escaped at most six times longer. The rest is names of sources and of folders.
const MAX_QUESTION_BYTES: u64 =
    6 * (MAX_STATEMENT_BYTES + MAX_PARAMETERS * MAX_PARAMETER_BYTES) as u64 + (1 << 20);
/// How often progress is reported.
const EVERY: Duration = Duration::from_millis(200);

/// The worker's side: reads a question, answers it to `results`, and says on `reports` how it went. To be called once, by a
/// process that was started for it ([`crate::Worker`]) and that ends afterwards. Says whether there was an answer.
pub fn work(input: &mut dyn BufRead, results: &mut dyn Write, reports: &mut dyn Write) -> bool {
    let told = asked(input, results, reports);
    let good = told.is_ok();
    let last = told.unwrap_or_else(Report::Error);
    say(reports, &last);
    good
}

fn asked(input: &mut dyn BufRead, results: &mut dyn Write, reports: &mut dyn Write) -> Result<Report, Error> {
    let task = task(input)?;
    task.question().check()?;
    limit(&task.question().limits)?;
    let question = match task {
        Task::Answer(question) => question,
        Task::Check(question) => return check(&question).map(Report::Checked),
    };
    let indicators = question.with_indicators.then(|| indicators(input)).transpose()?;
    let mut said = Instant::now();
    let outcome = answer(&question, indicators, results, &mut |progress| {
        if said.elapsed() >= EVERY {
            said = Instant::now();
            say(reports, &Report::Progress(progress));
        }
        ControlFlow::Continue(())
    })?;
    results.flush().map_err(|error| Error::from_output(&error))?;
    Ok(Report::Outcome(Box::new(outcome)))
}

/// A report that nobody hears is nobody's loss.
fn say(reports: &mut dyn Write, report: &Report) {
    if let Ok(mut line) = serde_json::to_vec(report) {
        line.push(b'\n');
        let _ = reports.write_all(&line).and_then(|()| reports.flush());
    }
}

fn line(input: &mut dyn BufRead, most: u64) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    input.take(most + 1).read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Ok(None);
    }
    if line.len() as u64 > most {
        return Err(io::Error::other(format!("a line over {most} bytes")));
    }
    Ok(Some(line))
}

fn task(input: &mut dyn BufRead) -> Result<Task, Error> {
    let wrong = |why: String| {
        Error::new(
            Kind::Worker,
            format!("the worker was not asked as it should: {why}"),
        )
    };
    let line = line(input, MAX_QUESTION_BYTES)
        .map_err(|error| wrong(error.to_string()))?
        .ok_or_else(|| wrong("no question".to_owned()))?;
    serde_json::from_slice(&line).map_err(|error| wrong(error.to_string()))
}

fn indicators(input: &mut dyn BufRead) -> Result<Vec<Indicator>, Error> {
    let mut rows = Vec::new();
    loop {
        let number = rows.len() + 1;
        let wrong = |why: String| Error::new(Kind::Indicators, format!("indicator {number}: {why}"));
        let Some(line) = line(input, MAX_INDICATOR_BYTES as u64).map_err(|error| wrong(error.to_string()))?
        else {
            return Ok(rows);
        };
        if rows.len() >= MAX_INDICATORS {
            return Err(wrong(format!("at most {MAX_INDICATORS} are taken")));
        }
        rows.push(serde_json::from_slice(&line).map_err(|error| wrong(error.to_string()))?);
    }
}

/// Sets the system's limits for this process.
fn limit(limits: &Limits) -> Result<(), Error> {
    let space = limits.memory_bytes + PROGRAM_BYTES + limits.threads * THREAD_BYTES;
    let seconds = limits.time_ms.div_ceil(1000) * limits.threads + MORE_SECONDS;
    for (resource, most, then) in [
        (Resource::As, space, 0),
        // A signal that has a name, then the end.
        (Resource::Cpu, seconds, 1),
        // The answer may go to a file too.
        (
            Resource::Fsize,
            limits.spill_bytes.max(limits.result_bytes) + PAGE_BYTES,
            0,
        ),
        // What was in memory is of people.
        (Resource::Core, 0, 0),
    ] {
        lower(resource, most, then).map_err(|error| {
            Error::new(
                Kind::Worker,
                format!("the limits of the worker cannot be set: {error}"),
            )
        })?;
    }
    // It is polite, and no wall.
    let _ = setpriority_process(None, NICE);
    Ok(())
}

fn lower(resource: Resource, most: u64, then: u64) -> io::Result<()> {
    let present = getrlimit(resource);
    let within = |most: u64| present.maximum.map_or(most, |maximum| most.min(maximum));
    let wanted = Rlimit {
        current: Some(within(most)),
        maximum: Some(within(most + then)),
    };
    Ok(setrlimit(resource, wanted)?)
}
