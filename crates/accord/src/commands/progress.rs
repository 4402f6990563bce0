//! How far a long piece of work has come: one line on standard error, on a terminal only, and only after a second.

use std::io::{self, IsTerminal, Read, Write};
use std::time::{Duration, Instant};

/// What is done within this time shows nothing.
const QUIET_FOR: Duration = Duration::from_secs(1);
/// How often the line is written again.
const EVERY: Duration = Duration::from_millis(200);

/// A line that is written over until the work is done.
#[derive(Debug)]
pub struct Meter {
    started: Instant,
    shown: Option<Instant>,
    terminal: bool,
}

/// Bytes in words that do not jump about.
fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes / 1_000_000)
}

impl Meter {
    /// A new piece of work.
    pub fn start() -> Self {
        Self {
            started: Instant::now(),
            shown: None,
            terminal: io::stderr().is_terminal(),
        }
    }

    /// So much is done, of so much where that is known.
    pub fn at(&mut self, what: &str, done_bytes: u64, all_bytes: Option<u64>) {
        let due = self.shown.is_none_or(|shown| shown.elapsed() >= EVERY);
        if !self.terminal || self.started.elapsed() < QUIET_FOR || !due {
            return;
        }
        self.shown = Some(Instant::now());
        let all = all_bytes
            .map(|all| format!(" of {}", megabytes(all)))
            .unwrap_or_default();
        // Progress that nobody can receive is nobody's loss.
        let _ = write!(io::stderr(), "\r\u{1b}[K{what}: {}{all}", megabytes(done_bytes));
    }

    /// Takes the line away.
    pub fn end(&mut self) {
        if self.shown.take().is_some() {
            let _ = write!(io::stderr(), "\r\u{1b}[K");
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.end();
    }
}

/// A reader whose bytes are counted on a meter.
#[derive(Debug)]
pub struct Metered<R> {
    inner: R,
    what: String,
    read_bytes: u64,
    all_bytes: Option<u64>,
    meter: Meter,
}

impl<R> Metered<R> {
    /// Counts what is read from `inner`.
    pub fn new(inner: R, what: &str, all_bytes: Option<u64>) -> Self {
        Self {
            inner,
            what: what.to_owned(),
            read_bytes: 0,
            all_bytes,
            meter: Meter::start(),
        }
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.read_bytes += read as u64;
        self.meter.at(&self.what, self.read_bytes, self.all_bytes);
        Ok(read)
    }
}
