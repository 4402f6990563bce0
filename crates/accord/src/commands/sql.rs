//! `accord sql`: a question to the columns of a node's logs, whether it is running or not.
//!
//! This process only starts the one that answers (`accord sql --worker`), writes nothing of the answer itself, and tells in
//! the end what became of it. Nothing is asked of the node: the files are read as DuckDB would read them.

use std::io::{BufReader, BufWriter, Read, stderr, stdin, stdout};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use accord_matcher::Pattern;
use accord_sql::{
    DEFAULT_MEMORY_BYTES, DEFAULT_RESULT_BYTES, DEFAULT_ROWS, DEFAULT_SPILL_BYTES, DEFAULT_THREADS,
    DEFAULT_TIME_MS, Indicator, Kind, Limits, MAX_STATEMENT_BYTES, Outcome, Question, Worker,
};

use super::node::NodeArguments;
use super::progress::Meter;
use super::{CommandError, Exit, sources};
use crate::output::{Output, visible};
use crate::process;

/// Bytes of a megabyte, as limits are given.
const MB: u64 = 1 << 20;
/// Segments without columns that are named; `--outcome` has more.
const NOT_COVERED_TOLD: usize = 10;

/// How the rows are written.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Format {
    /// A table for people
    Text,
    /// One JSON object a row
    Ndjson,
    /// A table for spreadsheets; texts that look like formulas get an apostrophe
    Csv,
}

impl From<Format> for accord_sql::Format {
    fn from(format: Format) -> Self {
        match format {
            Format::Text => Self::Text,
            Format::Ndjson => Self::Ndjson,
            Format::Csv => Self::Csv,
        }
    }
}

/// Arguments of `sql`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  accord sql 'DESCRIBE logs'
  accord sql 'SELECT src_endpoint_ip, sum(traffic_bytes_out) AS bytes FROM logs GROUP BY 1 ORDER BY 2 DESC LIMIT 20'
  accord sql --json \"SELECT segment, line, time, query_hostname FROM \\\"dns-2026\\\" WHERE time >= '2026-03-02'\"
  accord sql --indicators feed.csv 'SELECT l.segment, l.line, i.value FROM logs l JOIN indicators i ON l.query_hostname = i.value'
  accord sql --parameter day=2026-03-02 'SELECT line, time FROM logs WHERE time >= $day'
  accord sql --format csv - < question.sql > answer.csv

Tables: `logs`, every source by its name (in double quotes where it is not a plain word), and `indicators` where a list is
given. Nothing can be changed, and nothing leaves this machine. The columns are derived: `segment` and `line` name the line
that counts. Exit codes: 0 rows, 1 no row, 2 error.")]
pub struct Arguments {
    #[command(flatten)]
    node: NodeArguments,
    /// One statement: SELECT, WITH, EXPLAIN, DESCRIBE or SHOW; `-` reads it from standard input
    #[arg(value_name = "STATEMENT", required_unless_present = "worker")]
    statement: Option<String>,
    /// The folder of a log store, instead of that of the node
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// A watchlist file, or any indicator source, as the table `indicators`; may be repeated
    #[arg(long, value_name = "FILE")]
    indicators: Vec<String>,
    /// What a parameter of the statement stands for: `day=2026-03-02` for `$day`; may be repeated
    #[arg(long = "parameter", value_name = "NAME=VALUE")]
    parameters: Vec<String>,
    /// Do not ask: say which columns the answer has, and which parameters the statement
    #[arg(long, conflicts_with = "outcome")]
    check: bool,
    /// How to print the rows
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Print one JSON object a row
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Write what is told about the answer to this file, as one JSON object
    #[arg(long, value_name = "FILE")]
    outcome: Option<PathBuf>,
    /// Print at most so many rows
    #[arg(long, value_name = "N", default_value_t = DEFAULT_ROWS)]
    rows: u64,
    /// Print at most so many megabytes
    #[arg(long, value_name = "MB", default_value_t = DEFAULT_RESULT_BYTES / MB)]
    size: u64,
    /// Stop after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = DEFAULT_TIME_MS / 1000)]
    time: u64,
    /// Memory that sorts, groups and joins share, megabytes
    #[arg(long, value_name = "MB", default_value_t = DEFAULT_MEMORY_BYTES / MB)]
    memory: u64,
    /// Temporary files, megabytes; 0 writes none
    #[arg(long, value_name = "MB", default_value_t = DEFAULT_SPILL_BYTES / MB)]
    spill: u64,
    /// The folder in which temporary files are made and removed; by default the system's
    #[arg(long, value_name = "DIR")]
    spill_in: Option<PathBuf>,
    /// Threads that compute
    #[arg(long, value_name = "N", default_value_t = DEFAULT_THREADS)]
    threads: u64,
    /// Answer one question from standard input: how this command starts itself
    #[arg(long, hide = true)]
    worker: bool,
}

/// This program, as the one that answers questions.
pub(crate) fn worker() -> std::io::Result<Worker> {
    Ok(Worker {
        program: std::env::current_exe()?,
        arguments: ["sql", "--worker"].map(Into::into).to_vec(),
        spill_in: std::env::temp_dir(),
    })
}

/// Asks, or answers.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    if arguments.worker {
        return Ok(work());
    }
    let question = arguments.question()?;
    let mut worker = worker().map_err(CommandError::failed)?;
    if let Some(folder) = &arguments.spill_in {
        worker.spill_in.clone_from(folder);
    }
    if arguments.check {
        return check(&worker, &question, output);
    }
    let indicators = load(&arguments.indicators, output)?;
    // The temporary folder goes with the question, also where it is broken off.
    let stopped = Arc::new(AtomicBool::new(false));
    let runtime = process::runtime()?;
    let asked_to_end = runtime.block_on(async { process::asked_to_end() })?;
    let stop = stopped.clone();
    runtime.spawn(async move {
        asked_to_end.await;
        stop.store(true, Ordering::Relaxed);
    });
    output.flush()?;
    let mut meter = Meter::start();
    let told = worker.ask(
        &question,
        &mut indicators.into_iter(),
        Stdio::inherit(),
        &mut |progress| {
            meter.at("read", progress.read_bytes, None);
            if stopped.load(Ordering::Relaxed) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        },
    );
    meter.end();
    let outcome = told.map_err(|error| match error.kind {
        Kind::Closed => CommandError::PipeClosed,
        _ => CommandError::Failed(visible(&error.message)),
    })?;
    if let Some(path) = &arguments.outcome {
        let text = serde_json::to_string(&outcome).map_err(CommandError::failed)?;
        std::fs::write(path, text + "\n")
            .map_err(|error| CommandError::Failed(format!("cannot write {}: {error}", path.display())))?;
    }
    tell(&outcome, output);
    Ok(if outcome.rows == 0 {
        Exit::Nothing
    } else {
        Exit::Done
    })
}

/// Looks at a statement, and says what its answer would be like.
fn check(worker: &Worker, question: &Question, output: &mut Output) -> Result<Exit, CommandError> {
    let checked = worker
        .check(question)
        .map_err(|error| CommandError::Failed(visible(&error.message)))?;
    if question.format == accord_sql::Format::Ndjson {
        output.json(&checked)?;
        return Ok(Exit::Done);
    }
    for (what, columns) in [("column", &checked.columns), ("parameter", &checked.parameters)] {
        for column in columns {
            let words = format!("{what} {}: {}", column.name, column.r#type);
            output.line(visible(&words))?;
        }
    }
    Ok(Exit::Done)
}

/// The other side.
fn work() -> Exit {
    let mut input = BufReader::new(stdin().lock());
    let mut results = BufWriter::new(stdout());
    if accord_sql::work(&mut input, &mut results, &mut stderr()) {
        Exit::Done
    } else {
        Exit::Error
    }
}

impl Arguments {
    fn question(&self) -> Result<Question, CommandError> {
        let store = match &self.store {
            Some(store) => store.clone(),
            None => self.node.load()?.node.dir.join("logs"),
        };
        let statement = match self.statement.as_deref().unwrap_or_default() {
            "-" => {
                let mut text = String::new();
                // What is longer is refused with its limit.
                stdin()
                    .lock()
                    .take(MAX_STATEMENT_BYTES as u64 + 1)
                    .read_to_string(&mut text)
                    .map_err(|error| CommandError::Failed(format!("cannot read standard input: {error}")))?;
                text
            }
            text => text.to_owned(),
        };
        Ok(Question {
            format: if self.json {
                accord_sql::Format::Ndjson
            } else {
                self.format.into()
            },
            limits: Limits {
                memory_bytes: self.memory.saturating_mul(MB),
                spill_bytes: self.spill.saturating_mul(MB),
                time_ms: self.time.saturating_mul(1000),
                rows: self.rows,
                result_bytes: self.size.saturating_mul(MB),
                threads: self.threads,
            },
            with_indicators: !self.indicators.is_empty(),
            parameters: accord_sql::parameters(self.parameters.iter().map(String::as_str))
                .map_err(|error| CommandError::Failed(visible(&error.message)))?,
            ..Question::new(store, statement)
        })
    }
}

fn load(names: &[String], output: &mut Output) -> Result<Vec<Indicator>, CommandError> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let watchfile = sources::load(names, output)?;
    let mut rows = Vec::new();
    for (id, value) in watchfile.indicators() {
        let pattern = Pattern::parse(value)
            .map_err(|error| CommandError::Failed(format!("{}: {error}", visible(value))))?;
        rows.push(Indicator {
            kind: pattern.kind().as_str().to_owned(),
            value: value.to_owned(),
            labels: watchfile.labels(id).into_iter().map(str::to_owned).collect(),
        });
    }
    watchfile.check().map_err(CommandError::failed)?;
    Ok(rows)
}

/// What people have to know about the answer.
fn tell(outcome: &Outcome, output: &mut Output) {
    let rows = if outcome.rows == 1 { "row" } else { "rows" };
    output.note(format_args!(
        "{} {rows}; {:.1} MB read of {} stored files with columns; {:.2} s",
        outcome.rows,
        outcome.read_bytes as f64 / 1e6,
        outcome.covered,
        outcome.seconds
    ));
    match outcome.truncated {
        None => {}
        Some(accord_sql::Cut::Rows) => {
            output.warning("there are more rows: --rows prints more of them");
        }
        Some(accord_sql::Cut::Bytes) => {
            output.warning("there are more rows: --size prints more of them");
        }
    }
    for segment in outcome.not_covered.iter().take(NOT_COVERED_TOLD) {
        let lines = segment
            .lines
            .map(|lines| format!(" ({lines} lines)"))
            .unwrap_or_default();
        output.warning(visible(&format!(
            "not covered: {}{lines}: {}",
            segment.segment, segment.why
        )));
    }
    let told = outcome.not_covered.len().min(NOT_COVERED_TOLD) as u64;
    if outcome.not_covered_total > told {
        output.warning(format_args!(
            "{} more stored files are not covered; `accord log index` makes what is missing",
            outcome.not_covered_total - told
        ));
    }
}
