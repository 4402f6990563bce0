//! Analysts' questions to the columns of generated logs, beside DuckDB. `cargo xtask bench sql [MIB] [SEGMENTS]`.
//!
//! The logs are those of the corpus generator (names and addresses by the million) and two of kinds that it has not: a web
//! server's of two weeks, with agents, paths and codes, and sshd's. An import makes their columns; both engines read the
//! same files with two threads, from the page cache. The two take turns, at least five rounds and for a second each; the
//! answers are compared row by row. Time is from the statement to the last row: DuckDB's as Python objects, ours as NDJSON.
//! It is the median of the rounds by the clock, and the mean of the processor time of all threads, which tells the same on a
//! busy machine. What a process of its own costs on top is told behind the table. Then the same of many small segments:
//! from their own columns, and from packs, as DuckDB reads them too.
//!
//! Words as arguments ask only the questions in whose names one of them stands: `cargo xtask bench sql 256 0 rarest`.
//!
//! DuckDB is PyPI's, in the environment that `ACCORD_PYTHON_TOOLS` names; without it only ours is measured.
#![allow(clippy::indexing_slicing, reason = "a bench, which may stop where it stands")]

mod material;
mod peer;

use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use accord_sql::{Indicator, Limits, Outcome, Question, Worker, answer};
use material::{CUT, Fallible, Material, generated};
use peer::{Peer, plain};
use serde_json::Value;

const MIB: u64 = 256;
/// Small segments.
const SEGMENTS: usize = 2000;
/// Rounds, at least and at most; and how long a side is measured between them.
const ROUNDS: usize = 5;
const ROUNDS_MOST: usize = 200;
const MEASURED_MS: f64 = 1000.0;
/// What the ratio is to be at most.
const GOAL: f64 = 1.5;

/// A question, and which list of indicators it needs.
struct Asked {
    name: &'static str,
    statement: String,
    list: Option<usize>,
}

fn questions(needle: &str) -> Vec<Asked> {
    let plain = |name, statement: String| Asked {
        name,
        statement,
        list: None,
    };
    let join = "SELECT i.value, count(*) AS n, min(d.time) AS first FROM dns d JOIN indicators i ON d.query_hostname = i.value GROUP BY 1 ORDER BY 2 DESC, 1";
    let mut all = vec![
        plain(
            "top talkers by bytes",
            "SELECT src_endpoint_ip, sum(traffic_bytes_out) AS bytes, count(*) AS n FROM conn GROUP BY 1 ORDER BY 2 DESC NULLS LAST, 1 LIMIT 20".to_owned(),
        ),
        plain(
            "user agents of a client that are new this week",
            format!(
                "SELECT DISTINCT a.src_endpoint_ip, a.http_request_user_agent FROM web a WHERE a.time >= TIMESTAMPTZ '{CUT}' AND NOT EXISTS \
                 (SELECT 1 FROM web b WHERE b.src_endpoint_ip = a.src_endpoint_ip AND b.http_request_user_agent = a.http_request_user_agent \
                 AND b.time < TIMESTAMPTZ '{CUT}') ORDER BY 1, 2 LIMIT 1000"
            ),
        ),
        plain(
            "status codes by hour",
            "SELECT date_trunc('hour', time) AS hour, status_code, count(*) AS n FROM web GROUP BY 1, 2 ORDER BY 1, 2".to_owned(),
        ),
        plain(
            "rarest query names",
            "SELECT query_hostname, count(*) AS n FROM dns GROUP BY 1 ORDER BY 2, 1 LIMIT 100".to_owned(),
        ),
        plain(
            "failed SSH logins, then one that worked",
            "SELECT s.src_endpoint_ip, s.line, count(*) AS failed FROM auth s JOIN auth f ON f.src_endpoint_ip = s.src_endpoint_ip \
             AND f.time < s.time AND f.time > s.time - INTERVAL '1 hour' WHERE s.status = 'Success' AND f.status = 'Failure' \
             GROUP BY 1, 2 HAVING count(*) >= 5 ORDER BY 3 DESC, 1, 2 LIMIT 100"
                .to_owned(),
        ),
    ];
    for (at, name) in [
        "names joined with 1,000 indicators",
        "names joined with 100,000 indicators",
    ]
    .into_iter()
    .enumerate()
    {
        all.push(Asked {
            name,
            statement: join.to_owned(),
            list: Some(at),
        });
    }
    all.extend([
        plain(
            "clients that were there longer than twelve hours of a day",
            "SELECT src_endpoint_ip, date_trunc('day', time) AS day, count(*) AS n FROM web GROUP BY 1, 2 HAVING max(time) - min(time) > INTERVAL '12 hours' \
             ORDER BY 3 DESC, 1, 2 LIMIT 100"
                .to_owned(),
        ),
        plain(
            "distinct clients by day, all logs",
            "SELECT date_trunc('day', time) AS day, count(DISTINCT src_endpoint_ip) AS clients FROM logs WHERE time IS NOT NULL GROUP BY 1 ORDER BY 1".to_owned(),
        ),
        plain(
            "paths with most 4xx",
            "SELECT http_request_url_url_string, count(*) AS n FROM web WHERE status_code LIKE '4%' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 50".to_owned(),
        ),
        plain(
            "clients that share a rare destination",
            "WITH rare AS (SELECT dst_endpoint_ip FROM conn GROUP BY 1 HAVING count(DISTINCT src_endpoint_ip) BETWEEN 2 AND 5) \
             SELECT a.src_endpoint_ip, b.src_endpoint_ip, count(*) AS n FROM conn a JOIN rare r ON r.dst_endpoint_ip = a.dst_endpoint_ip \
             JOIN conn b ON b.dst_endpoint_ip = a.dst_endpoint_ip WHERE a.src_endpoint_ip < b.src_endpoint_ip GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 50"
                .to_owned(),
        ),
        plain(
            "the lines of one name",
            format!("SELECT segment, line, time, src_endpoint_ip FROM dns WHERE query_hostname = '{needle}' ORDER BY 1, 2"),
        ),
    ]);
    all
}

fn say(text: impl std::fmt::Display) -> Fallible<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()?;
    Ok(())
}

fn main() -> Fallible<()> {
    // `cargo test` runs benches too, without this argument.
    let arguments: Vec<String> = std::env::args().collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let mut numbers = arguments
        .iter()
        .filter_map(|argument| argument.parse::<u64>().ok());
    let mib = numbers.next().unwrap_or(MIB);
    let segments = match numbers.next() {
        Some(segments) => usize::try_from(segments)?,
        None => SEGMENTS,
    };
    let folder = tempfile::tempdir()?;
    let material = generated(folder.path(), mib << 20)?;
    let mut peer = Peer::start(&material.store, &material.lists)?;
    say(format_args!(
        "{:.0} MB of logs, {} rows, {:.0} MB of columns; DuckDB {}\n",
        material.log_bytes as f64 / 1e6,
        material.rows,
        material.column_bytes as f64 / 1e6,
        peer.as_ref()
            .map_or("not installed", |peer| peer.version.as_str()),
    ))?;
    say(
        "| question | rows | read, MB | ours, ms | DuckDB, ms | ratio | ours, processor ms | DuckDB | ratio |",
    )?;
    say("|---|---|---|---|---|---|---|---|---|")?;
    let mut over = Vec::new();
    let only: Vec<&String> = arguments
        .iter()
        .skip(1)
        .filter(|argument| argument.starts_with(char::is_alphabetic))
        .collect();
    for asked in questions(&material.needle) {
        if !only.is_empty() && !only.iter().any(|word| asked.name.contains(word.as_str())) {
            continue;
        }
        let ratio = row(&material, &asked, peer.as_mut())?;
        if ratio.is_some_and(|ratio| ratio > GOAL) {
            over.push(asked.name);
        }
    }
    say(format_args!("\nover {GOAL}: {}", over.len()))?;
    for name in over {
        say(format_args!("- {name}"))?;
    }
    say(format_args!(
        "\na worker that answers `SELECT 1`: {:.0} ms\n",
        worker(&material.store)?
    ))?;
    drop(peer);
    if segments == 0 {
        return Ok(());
    }
    packed(folder.path(), segments)
}

/// Processor time of this process so far, of all its threads, milliseconds. It is told in hundredths of a second.
fn processor_ms() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name, which may hold anything, the twelfth and thirteenth.
    let (_, rest) = text.rsplit_once(')').unwrap_or_default();
    let ticks = rest.split_whitespace().skip(11).take(2);
    ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() * 10.0
}

/// What one side took.
#[derive(Default)]
struct Took {
    ms: Vec<f64>,
    processor_ms: f64,
}

impl Took {
    fn add(&mut self, (ms, processor_ms): (f64, f64)) {
        self.ms.push(ms);
        self.processor_ms += processor_ms;
    }

    fn is_enough(&self) -> bool {
        let rounds = self.ms.len();
        rounds >= ROUNDS_MOST || rounds >= ROUNDS && self.ms.iter().sum::<f64>() >= MEASURED_MS
    }

    /// The median by the clock, the mean by the processor.
    fn told(self) -> (f64, f64) {
        let processor_ms = self.processor_ms / self.ms.len() as f64;
        (median(self.ms), processor_ms)
    }
}

/// Many small segments, before and after they are packed.
fn packed(folder: &Path, segments: usize) -> Fallible<()> {
    let store = material::small(folder, segments)?;
    let questions = [
        ("count of rows", "SELECT count(*) AS n FROM logs"),
        ("rows by outcome", "SELECT outcome, count(*) AS n FROM logs GROUP BY 1 ORDER BY 1"),
        (
            "an hour of one day",
            "SELECT count(*) AS n, count(DISTINCT src_endpoint_ip) AS clients FROM logs \
             WHERE time >= TIMESTAMPTZ '2026-03-02 01:00:00+00' AND time < TIMESTAMPTZ '2026-03-02 02:00:00+00'",
        ),
        (
            "failures by client",
            "SELECT src_endpoint_ip, count(*) AS n FROM logs WHERE status = 'Failure' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20",
        ),
        (
            "lines of one segment",
            "SELECT line, time FROM logs WHERE segment = 'gates/000007' AND status = 'Failure' ORDER BY 1",
        ),
    ]
    .map(|(name, statement)| Asked {
        name,
        statement: statement.to_owned(),
        list: None,
    });
    let measured = |asked: &Asked| -> Fallible<((f64, f64), Outcome, Vec<u8>)> {
        let mut took = Took::default();
        let (_, outcome, rows) = ours(&store, None, asked)?;
        while !took.is_enough() {
            took.add(ours(&store, None, asked)?.0);
        }
        Ok((took.told(), outcome, rows))
    };
    let mut own = Vec::new();
    for asked in &questions {
        own.push(measured(asked)?);
    }
    let packs = material::pack(&store)?;
    let mut peer = Peer::start(&store, &[])?;
    say(format_args!("{segments} segments, {packs} packs\n"))?;
    say(
        "| question | own columns, ms | packs, ms | DuckDB over packs, ms | ratio | packs, processor ms | DuckDB | ratio |",
    )?;
    say("|---|---|---|---|---|---|---|---|")?;
    for (asked, ((own_ms, _), _, own_rows)) in questions.iter().zip(own) {
        let ((ms, processor), outcome, rows) = measured(asked)?;
        if rows != own_rows {
            return Err(format!("{}: packs answer otherwise than the segments", asked.name).into());
        }
        let mut compared = format!("| | {processor:.1} | |");
        if let Some(peer) = &mut peer {
            let statement = asked.statement.replace("FROM logs", "FROM packs");
            same(asked, &outcome, &rows, &peer.ask(&statement, None)?.1)?;
            let mut took = Took::default();
            while !took.is_enough() {
                took.add(peer.ask(&statement, None)?.0);
            }
            let (theirs, of_processor) = took.told();
            compared = format!(
                "{theirs:.1} | {:.2} | {processor:.1} | {of_processor:.1} | {:.2}",
                ms / theirs,
                processor / of_processor
            );
        }
        say(format_args!(
            "| {} | {own_ms:.0} | {ms:.1} | {compared} |",
            asked.name
        ))?;
    }
    Ok(())
}

fn question(store: &Path, asked: &Asked) -> Question {
    Question {
        limits: Limits {
            time_ms: 600_000,
            ..Limits::default()
        },
        with_indicators: asked.list.is_some(),
        ..Question::new(store, asked.statement.as_str())
    }
}

/// One answer of ours: how long it took by the clock and by the processor, what is told about it, and its rows.
fn ours(
    store: &Path,
    list: Option<Vec<Indicator>>,
    asked: &Asked,
) -> Fallible<((f64, f64), Outcome, Vec<u8>)> {
    let question = question(store, asked);
    let mut sink = Vec::new();
    let (began, before) = (Instant::now(), processor_ms());
    let outcome = answer(&question, list, &mut sink, &mut |_| ControlFlow::Continue(()))?;
    let took = (began.elapsed().as_secs_f64() * 1e3, processor_ms() - before);
    Ok((took, outcome, sink))
}

/// One row of the table; the ratio, where there is a peer.
fn row(material: &Material, asked: &Asked, mut peer: Option<&mut Peer>) -> Fallible<Option<f64>> {
    let list = || asked.list.map(|at| material.lists[at].clone());
    let (_, outcome, rows) = ours(&material.store, list(), asked)?;
    if let Some(peer) = peer.as_deref_mut() {
        let (_, theirs) = peer.ask(&asked.statement, asked.list)?;
        same(asked, &outcome, &rows, &theirs)?;
    }
    let (mut own, mut other) = (Took::default(), Took::default());
    while !own.is_enough() || (peer.is_some() && !other.is_enough()) {
        own.add(ours(&material.store, list(), asked)?.0);
        if let Some(peer) = peer.as_deref_mut() {
            other.add(peer.ask(&asked.statement, asked.list)?.0);
        }
    }
    let (ms, processor) = own.told();
    let read = outcome.read_bytes as f64 / 1e6;
    let (compared, ratio) = if other.ms.is_empty() {
        (format!("| | {processor:.0} | |"), None)
    } else {
        let (theirs, of_processor) = other.told();
        let compared = format!(
            "{theirs:.0} | {:.2} | {processor:.0} | {of_processor:.0} | {:.2}",
            ms / theirs,
            processor / of_processor
        );
        (compared, Some(ms / theirs))
    };
    say(format_args!(
        "| {} | {} | {read:.1} | {ms:.0} | {compared} |",
        asked.name, outcome.rows
    ))?;
    Ok(ratio)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn same(asked: &Asked, outcome: &Outcome, ours: &[u8], theirs: &[Value]) -> Fallible<()> {
    let mut own: Vec<Value> = Vec::new();
    for line in ours.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let row: Value = serde_json::from_slice(line)?;
        own.push(
            outcome
                .columns
                .iter()
                .map(|column| plain(&row[&column.name]))
                .collect(),
        );
    }
    let theirs: Vec<Value> = theirs.iter().map(plain).collect();
    if own.is_empty() {
        return Err(format!("{}: no rows", asked.name).into());
    }
    if own != theirs {
        let at = own.iter().zip(&theirs).position(|(own, other)| own != other);
        return Err(format!(
            "{}: {} rows and {} rows differ, first at {at:?}: {:?} {:?}",
            asked.name,
            own.len(),
            theirs.len(),
            at.map(|at| &own[at]),
            at.map(|at| &theirs[at]),
        )
        .into());
    }
    Ok(())
}

/// What it takes to start a process for a question.
fn worker(store: &Path) -> Fallible<f64> {
    let worker = Worker {
        program: env!("CARGO_BIN_EXE_accord-sql-worker").into(),
        arguments: Vec::new(),
        spill_in: std::env::temp_dir(),
    };
    let asked = Asked {
        name: "",
        statement: "SELECT 1".to_owned(),
        list: None,
    };
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        worker.ask(
            &question(store, &asked),
            &mut std::iter::empty(),
            Stdio::null(),
            &mut |_| ControlFlow::Continue(()),
        )?;
        times.push(began.elapsed().as_secs_f64() * 1e3);
    }
    Ok(median(times))
}
