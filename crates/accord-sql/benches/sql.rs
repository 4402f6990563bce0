//! Analysts' questions to the columns of generated logs, beside DuckDB. `cargo xtask bench sql [MIB] [SEGMENTS]`.
//!
//! The logs are those of the corpus generator (names and addresses by the million) and two of kinds that it has not: a web
//! server's of two weeks, with agents, paths and codes, and sshd's. An import makes their columns; both engines read the
//! same files with two threads, from the page cache. Each figure is the median of five rounds in which the two take turns;
//! the answers are compared row by row. Time is from the statement to the last row: DuckDB's as Python objects, ours as
//! NDJSON. What a process of its own costs on top is told behind the table. Then the same of many small segments: from
//! their own columns, and from packs, as DuckDB reads them too.
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
const ROUNDS: usize = 5;
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
            "SELECT src_endpoint_ip, sum(traffic_bytes_out) AS bytes, count(*) AS n FROM conn GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20".to_owned(),
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
    say("| question | rows | read, MB | ours, ms | DuckDB, ms | ratio |")?;
    say("|---|---|---|---|---|---|")?;
    let mut over = Vec::new();
    for asked in questions(&material.needle) {
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
    packed(folder.path(), segments)
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
    let median_of = |asked: &Asked| -> Fallible<(f64, Outcome, Vec<u8>)> {
        let mut times = Vec::new();
        let (_, outcome, rows) = ours(&store, None, asked)?;
        for _ in 0..ROUNDS {
            times.push(ours(&store, None, asked)?.0);
        }
        Ok((median(times), outcome, rows))
    };
    let mut own = Vec::new();
    for asked in &questions {
        own.push(median_of(asked)?);
    }
    let packs = material::pack(&store)?;
    let mut peer = Peer::start(&store, &[])?;
    say(format_args!("{segments} segments, {packs} packs\n"))?;
    say("| question | own columns, ms | packs, ms | DuckDB over packs, ms | ratio |")?;
    say("|---|---|---|---|---|")?;
    for (asked, (own_ms, _, own_rows)) in questions.iter().zip(own) {
        let (ms, outcome, rows) = median_of(asked)?;
        if rows != own_rows {
            return Err(format!("{}: packs answer otherwise than the segments", asked.name).into());
        }
        let mut compared = "| |".to_owned();
        if let Some(peer) = &mut peer {
            let statement = asked.statement.replace("FROM logs", "FROM packs");
            same(asked, &outcome, &rows, &peer.ask(&statement, None)?.1)?;
            let mut times = Vec::new();
            for _ in 0..ROUNDS {
                times.push(peer.ask(&statement, None)?.0);
            }
            let theirs = median(times);
            compared = format!("{theirs:.1} | {:.2}", ms / theirs);
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

/// One answer of ours: how long it took, what is told about it, and its rows.
fn ours(store: &Path, list: Option<Vec<Indicator>>, asked: &Asked) -> Fallible<(f64, Outcome, Vec<u8>)> {
    let question = question(store, asked);
    let mut sink = Vec::new();
    let began = Instant::now();
    let outcome = answer(&question, list, &mut sink, &mut |_| ControlFlow::Continue(()))?;
    Ok((began.elapsed().as_secs_f64() * 1e3, outcome, sink))
}

/// One row of the table; the ratio, where there is a peer.
fn row(material: &Material, asked: &Asked, mut peer: Option<&mut Peer>) -> Fallible<Option<f64>> {
    let list = || asked.list.map(|at| material.lists[at].clone());
    let (_, outcome, rows) = ours(&material.store, list(), asked)?;
    if let Some(peer) = peer.as_deref_mut() {
        let (_, theirs) = peer.ask(&asked.statement, asked.list)?;
        same(asked, &outcome, &rows, &theirs)?;
    }
    let (mut own, mut other) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        own.push(ours(&material.store, list(), asked)?.0);
        if let Some(peer) = peer.as_deref_mut() {
            other.push(peer.ask(&asked.statement, asked.list)?.0);
        }
    }
    let own = median(own);
    let read = outcome.read_bytes as f64 / 1e6;
    let ratio = (!other.is_empty()).then(|| {
        let other = median(other);
        (other, own / other)
    });
    let compared = match ratio {
        Some((other, ratio)) => format!("{other:.0} | {ratio:.2}"),
        None => "| |".to_owned(),
    };
    say(format_args!(
        "| {} | {} | {read:.1} | {own:.0} | {compared} |",
        asked.name, outcome.rows
    ))?;
    Ok(ratio.map(|(_, ratio)| ratio))
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
