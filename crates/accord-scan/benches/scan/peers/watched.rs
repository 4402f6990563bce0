//! A program run under limits, and what it took.
//!
//! Limits are kept by looking at the process every few milliseconds (proc(5)), not by the system's own: `ulimit -v` counts
//! addresses that are never used, and what it refuses is told in as many ways as there are programs. Peaks are those of
//! resident memory. Elsewhere than on Linux nothing is seen, and no limit but that of the clock is kept.

use std::io::Read;
use std::ops::{Add, Sub};
use std::process::{Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::{processor_seconds_of_others, seconds_in};

pub(super) const MAX_PROCESSOR_SECONDS: u64 = 180;
/// A busy machine may give a program a twentieth of a processor.
pub(super) const MAX_SECONDS: u64 = 1_200;
pub(super) const MAX_BYTES: u64 = 12 << 30;
/// What is left to the rest of the machine, whoever took the others.
const LEFT_GIB: u64 = 2;
const LOOK_EVERY: Duration = Duration::from_millis(10);

#[derive(Clone, Copy, Default)]
pub(super) struct Cost {
    pub(super) seconds: f64,
    pub(super) of_a_processor: f64,
}

impl Add for Cost {
    type Output = Cost;

    fn add(self, other: Cost) -> Cost {
        Cost {
            seconds: self.seconds + other.seconds,
            of_a_processor: self.of_a_processor + other.of_a_processor,
        }
    }
}

impl Sub for Cost {
    type Output = Cost;

    fn sub(self, other: Cost) -> Cost {
        Cost {
            seconds: (self.seconds - other.seconds).max(0.0),
            of_a_processor: (self.of_a_processor - other.of_a_processor).max(0.0),
        }
    }
}

/// What a program that came to its end said and took.
pub(super) struct Watched {
    pub(super) out: Vec<u8>,
    pub(super) told: String,
    pub(super) cost: Cost,
    pub(super) peak_bytes: u64,
}

impl Watched {
    /// The cost of a part, as told by a line `phase NAME SECONDS PROCESSOR-SECONDS`.
    pub(super) fn phase(&self, name: &str) -> Option<Cost> {
        self.told.lines().find_map(|line| {
            let mut words = line
                .strip_prefix("phase ")?
                .strip_prefix(name)?
                .split_whitespace();
            Some(Cost {
                seconds: words.next()?.parse().ok()?,
                of_a_processor: words.next()?.parse().ok()?,
            })
        })
    }
}

/// Runs a program to its end or to a limit. A server that works for it (`beside`) counts as a part of it; it is not ended
/// here.
///
/// # Errors
///
/// What to write into the table: that it is not installed, which limit it met, or its last words.
pub(super) fn run(mut command: Command, beside: Option<u32>) -> Result<Watched, String> {
    let beside_before = beside.map_or(0.0, processor_seconds_of);
    let (before, began) = (processor_seconds_of_others(), Instant::now());
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|_| "not installed".to_owned())?;
    let (out, told) = (taken(child.stdout.take()), taken(child.stderr.take()));
    let mut peak_bytes = 0;
    let ended = loop {
        peak_bytes = peak_bytes.max(high_water(child.id()) + beside.map_or(0, high_water));
        match child.try_wait() {
            Ok(None) => {}
            Ok(Some(status)) => break Ok(status),
            Err(error) => break Err(error.to_string()),
        }
        let processors =
            processor_seconds_of(child.id()) + beside.map_or(0.0, processor_seconds_of) - beside_before;
        let met = if peak_bytes > MAX_BYTES {
            Some(format!("{} GiB of memory", MAX_BYTES >> 30))
        } else if memory_left().is_some_and(|left| left < LEFT_GIB << 30) {
            Some(format!("less than {LEFT_GIB} GiB left to the whole machine"))
        } else if processors > MAX_PROCESSOR_SECONDS as f64 {
            Some(format!("{MAX_PROCESSOR_SECONDS} processor seconds"))
        } else if began.elapsed() > Duration::from_secs(MAX_SECONDS) {
            Some(format!("{MAX_SECONDS} seconds"))
        } else {
            None
        };
        if let Some(met) = met {
            // It may have ended by itself meanwhile.
            let _ = child.kill();
            let _ = child.wait();
            break Err(format!(
                "ended at {met}, after {:.0} s ({processors:.0} of a processor), peak {:.1} GB",
                began.elapsed().as_secs_f64(),
                peak_bytes as f64 / 1e9
            ));
        }
        std::thread::sleep(LOOK_EVERY);
    };
    let seconds = began.elapsed().as_secs_f64();
    let (out, told) = (text_of(out), String::from_utf8_lossy(&text_of(told)).into_owned());
    let status = ended?;
    // The searchers end with 1 where they find nothing.
    if !status.success() && (status.code() != Some(1) || !told.is_empty()) {
        let last = told
            .lines()
            .rfind(|line| !line.trim().is_empty())
            .unwrap_or("nothing said");
        return Err(format!(
            "{}: {}, after {seconds:.0} s, peak {:.1} GB",
            status,
            last.replace('|', " "),
            peak_bytes as f64 / 1e9
        ));
    }
    Ok(Watched {
        out,
        told,
        cost: Cost {
            seconds,
            of_a_processor: processor_seconds_of_others() - before + beside.map_or(0.0, processor_seconds_of)
                - beside_before,
        },
        peak_bytes,
    })
}

/// Seconds that a running process has had a processor.
pub(super) fn processor_seconds_of(process: u32) -> f64 {
    seconds_in(&format!("/proc/{process}/stat"), 11)
}

/// The most resident memory that a running process has had; 0 where it has ended.
pub(super) fn high_water(process: u32) -> u64 {
    kilobytes_in(&format!("/proc/{process}/status"), "VmHWM:").map_or(0, |kilobytes| kilobytes << 10)
}

fn memory_left() -> Option<u64> {
    kilobytes_in("/proc/meminfo", "MemAvailable:").map(|kilobytes| kilobytes << 10)
}

fn kilobytes_in(file: &str, field: &str) -> Option<u64> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(field))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Reads a pipe to its end beside the watching.
fn taken<R: Read + Send + 'static>(pipe: Option<R>) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut all = Vec::new();
        if let Some(mut pipe) = pipe {
            // A broken pipe ends the answer; the comparison tells.
            let _ = pipe.read_to_end(&mut all);
        }
        all
    })
}

fn text_of(reader: JoinHandle<Vec<u8>>) -> Vec<u8> {
    reader.join().unwrap_or_default()
}
