//! Look-ups in process; and what a process uses.

use std::fmt;
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use accord_verdict::{Reader, Snapshots};

use crate::names::{ASKED, AUDIENCE, asked};
use crate::{Outcome, THREADS, at, median};

const ROUNDS: usize = 5;
/// Times that a round asks everything.
const TIMES: usize = 3;

/// What a round gave.
struct Round {
    /// Look-ups a second.
    rate: f64,
    /// Look-ups a second if this process had had both processors to itself.
    undisturbed: f64,
    listed: usize,
}

pub(crate) fn table(out: &mut impl Write, snapshots: &Snapshots) -> Outcome<()> {
    let values: Vec<String> = (0..ASKED).map(asked).collect();
    let audience = snapshots.audience(AUDIENCE).ok_or("no audience")?;
    let rounds = |look_up: &(dyn Fn(&mut Reader, &[String]) -> usize + Sync)| -> Vec<Round> {
        (0..ROUNDS).map(|_| round(&values, look_up)).collect()
    };
    let together = rounds(&|reader, values| {
        let mut listed = 0;
        let snapshot = audience.snapshot();
        audience.ask_all(&snapshot, reader, values, |_, blocks| {
            listed += usize::from(blocks.is_listed());
        });
        listed
    });
    let each = |look_up: &dyn Fn(&str) -> bool, values: &[String]| {
        values.iter().filter(|value| look_up(value)).count()
    };
    let yes_or_no = rounds(&|reader, values| {
        let reader = std::cell::RefCell::new(reader);
        each(
            &|value| audience.is_listed(&mut reader.borrow_mut(), value),
            values,
        )
    });
    let whole = rounds(&|reader, values| {
        let reader = std::cell::RefCell::new(reader);
        each(
            &|value| audience.answer(&mut reader.borrow_mut(), value).is_listed(),
            values,
        )
    });
    let listed = yes_or_no.first().map_or(0, |round| round.listed);
    let timed = timed(&values, |reader, value| audience.is_listed(reader, value));
    let clock = timed_clock(values.len());
    writeln!(
        out,
        "| in process, {THREADS} threads | look-ups a second, median of {ROUNDS} | lowest to highest | by processor time |\n\
         |---|---|---|---|"
    )?;
    for (what, rounds) in [
        ("many at a time (`ask_all`)", together),
        ("one by one, listed or not (`is_listed`)", yes_or_no),
        ("one by one, all that is told (`answer`)", whole),
    ] {
        let rates = || rounds.iter().map(|round| round.rate);
        let (least, most) = (rates().fold(f64::MAX, f64::min), rates().fold(0.0, f64::max));
        writeln!(
            out,
            "| {what} | {:.0} | {least:.0} to {most:.0} | {:.0} |",
            median(rates().collect()),
            median(rounds.iter().map(|round| round.undisturbed).collect()),
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

fn round(values: &[String], look_up: &(dyn Fn(&mut Reader, &[String]) -> usize + Sync)) -> Round {
    let began = Instant::now();
    let spent = AtomicU64::new(0);
    let listed: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                scope.spawn(|| {
                    let before = thread_time();
                    let mut reader = Reader::default();
                    let mut listed = 0;
                    for _ in 0..TIMES {
                        listed += look_up(&mut reader, values);
                    }
                    let used = thread_time().saturating_sub(before);
                    spent.fetch_add(nanoseconds(used), Ordering::Relaxed);
                    listed
                })
            })
            .collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).sum()
    });
    let total = values.len() * TIMES * THREADS;
    let spent = Duration::from_nanos(spent.load(Ordering::Relaxed));
    Round {
        rate: total as f64 / began.elapsed().as_secs_f64(),
        undisturbed: total as f64 * THREADS as f64 / spent.as_secs_f64(),
        listed,
    }
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

/// Processor time of this thread.
fn thread_time() -> Duration {
    let said = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let spent = said
        .split_whitespace()
        .next()
        .and_then(|spent| spent.parse().ok());
    Duration::from_nanos(spent.unwrap_or(0))
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
