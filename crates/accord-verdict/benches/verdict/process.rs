//! Look-ups in process; and what a process uses.

use std::fmt;
use std::io::Write;
use std::time::{Duration, Instant};

use accord_verdict::{Reader, Snapshots};

use crate::names::{ASKED, AUDIENCE, asked};
use crate::{Outcome, THREADS, at, median};

const ROUNDS: usize = 7;
/// Times that a round asks everything.
const TIMES: usize = 10;

pub(crate) fn table(out: &mut impl Write, snapshots: &Snapshots) -> Outcome<()> {
    let values: Vec<String> = (0..ASKED).map(asked).collect();
    let audience = snapshots.audience(AUDIENCE).ok_or("no audience")?;
    let mut listed = 0;
    let yes_or_no: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let (rate, hits) = round(&values, |reader, value| audience.is_listed(reader, value));
            listed = hits;
            rate
        })
        .collect();
    let whole: Vec<f64> = (0..ROUNDS)
        .map(|_| round(&values, |reader, value| audience.answer(reader, value).is_listed()).0)
        .collect();
    let timed = timed(&values, |reader, value| audience.is_listed(reader, value));
    let clock = timed_clock(values.len());
    writeln!(
        out,
        "| in process, {THREADS} threads | look-ups a second, median of {ROUNDS} | lowest to highest |\n|---|---|---|"
    )?;
    for (what, rates) in [
        ("listed or not (`is_listed`)", yes_or_no),
        ("with all that is told (`answer`)", whole),
    ] {
        let (least, most) = (
            rates.iter().copied().fold(f64::MAX, f64::min),
            rates.iter().copied().fold(0.0, f64::max),
        );
        writeln!(
            out,
            "| {what} | {:.0} | {least:.0} to {most:.0} |",
            median(rates)
        )?;
    }
    writeln!(
        out,
        "\n{} % listed. Latency with both threads at work: p50 {} ns, p99 {} ns, p99.9 {} ns, of which reading the clock p50 \
         {} ns\n",
        listed * 100 / (values.len() * TIMES * THREADS),
        at(&timed, 500),
        at(&timed, 990),
        at(&timed, 999),
        at(&clock, 500),
    )?;
    Ok(())
}

fn round(values: &[String], look_up: impl Fn(&mut Reader, &str) -> bool + Sync) -> (f64, usize) {
    let began = Instant::now();
    let listed: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                scope.spawn(|| {
                    let mut reader = Reader::default();
                    let mut listed = 0;
                    for _ in 0..TIMES {
                        for value in values {
                            listed += usize::from(look_up(&mut reader, value));
                        }
                    }
                    listed
                })
            })
            .collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).sum()
    });
    let total = values.len() * TIMES * THREADS;
    (total as f64 / began.elapsed().as_secs_f64(), listed)
}

/// Nanoseconds of each look-up, ascending.
fn timed(values: &[String], look_up: impl Fn(&mut Reader, &str) -> bool + Sync) -> Vec<u64> {
    let mut all: Vec<u64> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                scope.spawn(|| {
                    let mut reader = Reader::default();
                    let each = values.iter().map(|value| {
                        let began = Instant::now();
                        std::hint::black_box(look_up(&mut reader, value));
                        nanoseconds(began.elapsed())
                    });
                    each.collect::<Vec<u64>>()
                })
            })
            .collect();
        let joined = threads.into_iter().filter_map(|thread| thread.join().ok());
        joined.flatten().collect()
    });
    all.sort_unstable();
    all
}

fn timed_clock(times: usize) -> Vec<u64> {
    let mut all: Vec<u64> = (0..times)
        .map(|_| nanoseconds(std::hint::black_box(Instant::now()).elapsed()))
        .collect();
    all.sort_unstable();
    all
}

pub(crate) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Memory of a process, as Linux tells it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Memory {
    now_mib: u64,
    most_mib: u64,
}

impl Memory {
    pub fn of(process: u32) -> Memory {
        let said = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        let mib = |field: &str| {
            let line = said.lines().find_map(|line| line.strip_prefix(field));
            let kib = line.and_then(|line| line.split_whitespace().next());
            kib.and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
        };
        Memory {
            now_mib: mib("VmRSS:"),
            most_mib: mib("VmHWM:"),
        }
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} MiB (at most {})", self.now_mib, self.most_mib)
    }
}

/// Processor time that a process has used, all threads, as Linux tells it.
pub(crate) fn processor_time(process: u32) -> Duration {
    let tasks = std::fs::read_dir(format!("/proc/{process}/task"));
    let each = tasks.into_iter().flatten().flatten().filter_map(|task| {
        let said = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        said.split_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(each.sum())
}

/// What this machine is, and how busy it is.
pub(crate) fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let processors = read("/proc/cpuinfo");
    let model = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map_or("an unknown processor", |(_, model)| model.trim());
    let count = std::thread::available_parallelism().map_or(1, usize::from);
    let kernel = read("/proc/sys/kernel/osrelease");
    let load = read("/proc/loadavg");
    let load: Vec<&str> = load.split_whitespace().take(3).collect();
    format!(
        "{count} processors ({model}), Linux {}, load average before {}",
        kernel.trim(),
        load.join(" ")
    )
}
