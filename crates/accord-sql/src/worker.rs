//! Asking in a process of its own: it gets the question on its standard input, writes the answer to its standard output,
//! and says on its standard error how it goes.
//!
//! What the engine does not count (a text of a gigabyte made from nothing, an expression that fills the stack) ends that
//! process and nothing else; here it becomes an error in words. The temporary folder is made and removed here, so that it
//! goes even where the worker was killed.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::ops::ControlFlow;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use crate::error::{Error, Kind};
use crate::limits::Limits;
use crate::outcome::{Checked, Outcome, Progress};
use crate::question::{Indicator, Question};
use crate::report::{Report, Task};

/// A worker that has not ended so long after its time is killed. It ends itself at its time, unless one step of its
/// computing is longer.
const GRACE: Duration = Duration::from_secs(3);
/// How often who asked is told how it goes.
const TICK: Duration = Duration::from_millis(100);
/// The longest line of a report that is read, bytes.
const MAX_REPORT_BYTES: u64 = 4 << 20;
/// What is kept of other words of a worker, bytes.
const LAST_WORDS_BYTES: usize = 4096;

/// Signals, by POSIX.
const SIGINT: i32 = 2;
const SIGABRT: i32 = 6;
const SIGKILL: i32 = 9;
const SIGSEGV: i32 = 11;
const SIGTERM: i32 = 15;
const SIGXCPU: i32 = 24;
const SIGXFSZ: i32 = 25;

/// Told how an answer comes along, and says whether to go on.
pub type Watch<'w> = &'w mut dyn FnMut(Progress) -> ControlFlow<()>;

/// The rows of the table of indicators, where the question has one.
pub type Indicators<'i> = &'i mut (dyn Iterator<Item = Indicator> + Send);

/// How workers are started.
#[derive(Debug, Clone)]
pub struct Worker {
    /// The program: in the product, this one.
    pub program: PathBuf,
    /// Its arguments: in the product, `sql --worker`.
    pub arguments: Vec<OsString>,
    /// The folder in which the temporary folder of a question is made.
    pub spill_in: PathBuf,
}

/// What came from a worker.
enum Said {
    Report(Report),
    /// All that it will say; and its last words.
    End(String),
}

impl Worker {
    /// Asks. The answer goes to `results` as the worker writes it: a file, a pipe that somebody reads, or what this process
    /// itself writes to. Whatever came before an error is a part of the answer and no more.
    ///
    /// # Errors
    /// See [`Kind`]. The worker has ended then, and its temporary folder is gone.
    pub fn ask(
        &self,
        question: &Question,
        indicators: Indicators<'_>,
        results: Stdio,
        watch: Watch<'_>,
    ) -> Result<Outcome, Error> {
        let told = self.run(Task::Answer, question, indicators, results, watch)?;
        match told {
            Told::Outcome(outcome) => Ok(*outcome),
            Told::Checked(_) => Err(not_understood()),
        }
    }

    /// Says what the answer to a question would be like, without one: for a statement that is to be kept. Its parameters
    /// need no values.
    ///
    /// # Errors
    /// Why it cannot be asked: see [`Kind`].
    pub fn check(&self, question: &Question) -> Result<Checked, Error> {
        let go_on = &mut |_| ControlFlow::Continue(());
        let none = &mut std::iter::empty();
        match self.run(Task::Check, question, none, Stdio::null(), go_on)? {
            Told::Checked(checked) => Ok(checked),
            Told::Outcome(_) => Err(not_understood()),
        }
    }

    fn run(
        &self,
        task: impl FnOnce(Question) -> Task,
        question: &Question,
        indicators: Indicators<'_>,
        results: Stdio,
        watch: Watch<'_>,
    ) -> Result<Told, Error> {
        question.check()?;
        let spill = tempfile::Builder::new()
            .prefix("accord-sql-")
            .tempdir_in(&self.spill_in)
            .map_err(|error| {
                let folder = self.spill_in.display();
                Error::new(
                    Kind::Spill,
                    format!("no temporary folder can be made in {folder}: {error}"),
                )
            })?;
        let question = Question {
            spill: Some(spill.path().to_path_buf()),
            ..question.clone()
        };
        let limits = question.limits;
        let task = task(question);
        let deadline = Instant::now() + Duration::from_millis(limits.time_ms) + GRACE;
        let mut child = Running(self.start(results)?);
        let (input, reports) = (child.0.stdin.take(), child.0.stderr.take());
        let (send, said) = channel();
        let (heard, status) = std::thread::scope(|scope| {
            scope.spawn(move || reports.map(|reports| read(reports, &send)));
            // A worker that ends early does not read all of it, and says why.
            scope.spawn(|| input.map(|input| hand_over(input, &task, indicators)));
            let heard = hear(&said, deadline, watch);
            if heard.is_err() {
                child.kill();
            }
            (heard, child.0.wait())
        });
        match heard {
            Err(Stop::Asked) => Err(Error::stopped()),
            Err(Stop::Late) => Err(Error::time(limits.time_ms)),
            Ok(Heard::Report(report)) => report,
            Ok(Heard::Nothing(words)) => {
                let status = status.map_err(|error| Error::new(Kind::Worker, error.to_string()))?;
                Err(without_words(&limits, status, &words))
            }
        }
    }

    fn start(&self, results: Stdio) -> Result<Child, Error> {
        Command::new(&self.program)
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(results)
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| {
                let program = self.program.display();
                Error::new(
                    Kind::Worker,
                    format!("cannot start {program} to answer the question: {error}"),
                )
            })
    }
}

fn hand_over(input: impl Write, task: &Task, indicators: Indicators<'_>) -> io::Result<()> {
    let mut input = BufWriter::new(input);
    serde_json::to_writer(&mut input, task)?;
    input.write_all(b"\n")?;
    if matches!(task, Task::Answer(question) if question.with_indicators) {
        for indicator in indicators {
            serde_json::to_writer(&mut input, &indicator)?;
            input.write_all(b"\n")?;
        }
    }
    input.flush()
}

/// A child that is never left behind.
struct Running(Child);

impl Running {
    fn kill(&mut self) {
        // One that has ended cannot be killed, and need not.
        let _ = self.0.kill();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
        let _ = self.0.wait();
    }
}

/// Why the worker is to be killed.
enum Stop {
    Asked,
    Late,
}

/// What a worker that did it says at its end.
enum Told {
    Outcome(Box<Outcome>),
    Checked(Checked),
}

enum Heard {
    Report(Result<Told, Error>),
    /// It ended without saying how; its last words.
    Nothing(String),
}

fn hear(said: &Receiver<Said>, deadline: Instant, watch: Watch<'_>) -> Result<Heard, Stop> {
    let mut progress = Progress::default();
    loop {
        if watch(progress).is_break() {
            return Err(Stop::Asked);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Stop::Late);
        }
        match said.recv_timeout(left.min(TICK)) {
            Ok(Said::Report(Report::Progress(now))) => progress = now,
            Ok(Said::Report(Report::Outcome(outcome))) => {
                return Ok(Heard::Report(Ok(Told::Outcome(outcome))));
            }
            Ok(Said::Report(Report::Checked(checked))) => {
                return Ok(Heard::Report(Ok(Told::Checked(checked))));
            }
            Ok(Said::Report(Report::Error(error))) => return Ok(Heard::Report(Err(error))),
            Ok(Said::End(words)) => return Ok(Heard::Nothing(words)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(Heard::Nothing(String::new())),
        }
    }
}

/// Reads what a worker says until it says no more.
fn read(reports: impl Read, send: &Sender<Said>) {
    let mut reports = BufReader::new(reports);
    let mut last_words = String::new();
    loop {
        let mut line = Vec::new();
        let read = (&mut reports).take(MAX_REPORT_BYTES).read_until(b'\n', &mut line);
        if !read.is_ok_and(|read| read > 0) {
            break;
        }
        if let Ok(report) = serde_json::from_slice(&line) {
            if send.send(Said::Report(report)).is_err() {
                return;
            }
        } else if last_words.len() < LAST_WORDS_BYTES {
            last_words.push_str(&String::from_utf8_lossy(&line));
        }
    }
    // Nobody waits for it where a report was enough.
    let _ = send.send(Said::End(last_words));
}

/// What it means that a worker ended without a report.
fn without_words(limits: &Limits, status: ExitStatus, words: &str) -> Error {
    let first = words
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    match status.signal() {
        _ if words.contains("has overflowed its stack") => too_deep(),
        _ if words.contains("memory allocation of") => {
            Error::memory(limits.memory_bytes, " (one value or list alone is too large)")
        }
        Some(SIGKILL) => Error::memory(limits.memory_bytes, " (the system ended the worker)"),
        Some(SIGXCPU) => Error::time(limits.time_ms),
        Some(SIGXFSZ) => Error::new(Kind::Spill, "the question wrote a temporary file over its limit"),
        Some(SIGSEGV) => too_deep(),
        // Whoever breaks off who asks breaks off the worker too.
        Some(SIGINT | SIGTERM) => Error::stopped(),
        Some(SIGABRT) => Error::new(Kind::Internal, format!("the worker ended itself: {first}")),
        Some(signal) => Error::new(Kind::Worker, format!("the worker was ended by signal {signal}")),
        None => {
            let code = status.code().unwrap_or_default();
            Error::new(
                Kind::Worker,
                format!("the worker ended with {code} and no report: {first}"),
            )
        }
    }
}

fn not_understood() -> Error {
    Error::new(Kind::Worker, "the worker did something else than it was asked")
}

fn too_deep() -> Error {
    Error::new(
        Kind::TooLarge,
        "the statement is too deep to be worked out: split it with WITH",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question() -> Question {
        Question {
            limits: Limits {
                time_ms: 10_000,
                ..Limits::default()
            },
            with_indicators: true,
            ..Question::new("store", "SELECT 1")
        }
    }

    /// A worker that is a shell script.
    fn script(text: &str, spill_in: &std::path::Path) -> Worker {
        Worker {
            program: PathBuf::from("/bin/sh"),
            arguments: vec!["-c".into(), text.into()],
            spill_in: spill_in.to_path_buf(),
        }
    }

    fn ask(text: &str) -> Result<Outcome, Error> {
        let folder = tempfile::tempdir().unwrap();
        let mut indicators = (0..10_000).map(|n| Indicator {
            kind: "domain".to_owned(),
            value: format!("{n}.example"),
            labels: Vec::new(),
        });
        let told = script(text, folder.path()).ask(&question(), &mut indicators, Stdio::null(), &mut |_| {
            ControlFlow::Continue(())
        });
        assert_eq!(
            std::fs::read_dir(folder.path()).unwrap().count(),
            0,
            "the temporary folder is gone"
        );
        told
    }

    #[test]
    fn how_a_worker_ends_is_told_in_words() {
        for (text, kind, words) in [
            ("exec 0<&-; exit 3", Kind::Worker, "ended with 3 and no report"),
            (
                "echo 'memory allocation of 7 bytes failed' >&2; kill -ABRT $$",
                Kind::Memory,
                "512 MB",
            ),
            (
                "echo \"thread 'x' has overflowed its stack\" >&2; kill -ABRT $$",
                Kind::TooLarge,
                "too deep",
            ),
            ("echo oh >&2; kill -ABRT $$", Kind::Internal, "oh"),
            ("kill -KILL $$", Kind::Memory, "the system ended the worker"),
            ("kill -XCPU $$", Kind::Time, "10 s"),
            ("kill -SEGV $$", Kind::TooLarge, "too deep"),
            ("kill -TERM $$", Kind::Stopped, "stopped"),
            ("kill -USR1 $$", Kind::Worker, "signal 10"),
            (
                r#"echo '{"error":{"kind":"time","message":"late"}}' >&2"#,
                Kind::Time,
                "late",
            ),
            (
                r#"echo noise >&2; echo '{"error":{"kind":"memory","message":"much"}}' >&2; exit 1"#,
                Kind::Memory,
                "much",
            ),
        ] {
            let error = ask(text).unwrap_err();
            assert_eq!(error.kind, kind, "{text}: {error}");
            assert!(error.message.contains(words), "{text}: {error}");
        }
    }

    #[test]
    fn the_question_and_all_indicators_reach_it() {
        let counted = "n=$(wc -l); echo \"{\\\"error\\\":{\\\"kind\\\":\\\"value\\\",\\\"message\\\":\\\"$n lines\\\"}}\" >&2";
        assert_eq!(ask(counted).unwrap_err().message, "10001 lines");
    }

    #[test]
    fn one_that_cannot_be_started_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let worker = Worker {
            program: folder.path().join("none"),
            arguments: Vec::new(),
            spill_in: folder.path().to_path_buf(),
        };
        let error = worker
            .ask(&question(), &mut std::iter::empty(), Stdio::null(), &mut |_| {
                ControlFlow::Continue(())
            })
            .unwrap_err();
        assert_eq!(error.kind, Kind::Worker);
        assert!(error.message.contains("none"), "{error}");
        let nowhere = script("", &folder.path().join("none"));
        let error = nowhere
            .ask(&question(), &mut std::iter::empty(), Stdio::null(), &mut |_| {
                ControlFlow::Continue(())
            })
            .unwrap_err();
        assert_eq!(error.kind, Kind::Spill);
    }

    #[test]
    fn it_is_killed_when_it_is_late_and_when_nobody_wants_more() {
        let folder = tempfile::tempdir().unwrap();
        let worker = script("exec sleep 600", folder.path());
        let stop = &mut |_| ControlFlow::Break(());
        let error = worker
            .ask(&question(), &mut std::iter::empty(), Stdio::null(), stop)
            .unwrap_err();
        assert_eq!(error.kind, Kind::Stopped);
        let mut short = question();
        short.limits.time_ms = 1;
        let began = Instant::now();
        let error = worker
            .ask(&short, &mut std::iter::empty(), Stdio::null(), &mut |_| {
                ControlFlow::Continue(())
            })
            .unwrap_err();
        assert_eq!(error.kind, Kind::Time);
        assert!(began.elapsed() < GRACE * 5);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
