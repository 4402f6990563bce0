//! Pages of a node with a large case and many open ones, by a client on the same machine; an entry on its way to
//! another node; decisions of the agreement. `cargo xtask bench pages [ENTRIES]` prints the table.
//!
//! The node is a real one with its database, its pages are asked one after another over HTTP on loopback, client
//! included. The figures to meet (issue: "Speed") stand in the table beside what was measured.

#[allow(
    dead_code,
    clippy::expect_used,
    clippy::panic,
    reason = "a client of the tests, which use all of it"
)]
#[path = "../tests/pages/client.rs"]
mod client;

use std::error::Error;
use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use accord_model::agreement::templates::Template;
use accord_model::agreement::{Agreement, Question};
use accord_model::content::TaskSet;
use accord_model::{Category, Marking, OrgKind, Tlp};
use accord_service::{Draft, NewCase, NewNote, Node};
use accord_testkit::{Story, report};
use client::Client;

type Outcome<T> = Result<T, Box<dyn Error>>;

const ORGS: &[(&str, OrgKind)] = &[("agency", OrgKind::Agency), ("isp", OrgKind::Isp)];
/// Of the people of the story.
const PASSWORD: &str = "a long enough password";
const ENTRIES: usize = 100_000;
const CASES: usize = 200;
const ROUNDS: usize = 40;
const ON_THE_WAY: usize = 200;
const DECISIONS: usize = 20_000;

async fn serve(node: &Arc<Node>) -> Outcome<String> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let node = node.clone();
    tokio::spawn(async move { accord_server::serve(node, listener, std::future::pending()).await });
    Ok(address)
}

/// Microseconds at the median, at 95 and at 99 of a hundred, and the most.
fn spread(mut times: Vec<Duration>) -> [u128; 4] {
    times.sort();
    let at = |share: usize| {
        let place = (times.len() * share / 100).min(times.len().saturating_sub(1));
        times.get(place).map_or(0, Duration::as_micros)
    };
    [at(50), at(95), at(99), at(100)]
}

fn line(what: &str, times: Vec<Duration>, bytes: usize, goal: &str) -> Outcome<()> {
    let [p50, p95, p99, most] = spread(times);
    let size = if bytes == 0 {
        String::new()
    } else {
        format!("{:.1} kB", bytes as f64 / 1e3)
    };
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "| {what} | {p50} | {p95} | {p99} | {most} | {size} | {goal} |"
    )?;
    out.flush()?;
    Ok(())
}

fn main() -> Outcome<()> {
    // `cargo test` runs benches too, without this argument.
    let arguments: Vec<String> = std::env::args().collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let entries = arguments
        .iter()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(ENTRIES);
    tokio::runtime::Runtime::new()?.block_on(run(entries))
}

async fn run(entries: usize) -> Outcome<()> {
    let mut story = Story::begin(7, ORGS).await;
    story.agree(Template::AgencyIsp, &["agency", "isp"]).await?;
    story.open_case(&["isp"]).await?;
    story.sync().await?;
    story.join_case("isp").await?;
    story.sync().await?;
    let (case, agreement) = (story.case(), story.agreement());
    let (node, officer) = story.at("agency", "officer");
    for number in 0..CASES {
        let new = NewCase {
            agreement,
            operation: format!("Case {number}"),
            reference: format!("AG-{number}"),
            purpose: "cybercrime-investigation".into(),
            parties: vec!["isp".parse()?],
        };
        node.open_case(officer, &new).await?;
    }
    let mut written = Vec::with_capacity(entries);
    for number in 0..entries {
        let text = format!(
            "Finding {number}: host-{number}.example was seen again, with {} others.",
            number % 97
        );
        let mut draft = report(&format!("Finding {number}"), &text, Tlp::Amber);
        if number % 50 == 0 {
            let task = TaskSet {
                org: "isp".parse()?,
                person: None,
                text: None,
                due_ms: None,
            };
            draft = Draft {
                title: format!("Task {number}"),
                note: NewNote::new(task)?,
                ..draft
            };
        }
        let began = Instant::now();
        node.publish_note(officer, case, &draft).await?;
        written.push(began.elapsed());
    }
    {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{entries} notes in one case, {CASES} other open cases\n")?;
        writeln!(
            out,
            "| what | p50 µs | p95 µs | p99 µs | most µs | size | to meet |"
        )?;
        writeln!(out, "|---|---|---|---|---|---|---|")?;
    }
    let last = written.split_off(written.len().saturating_sub(1_000));
    line("publish a note, the last thousand", last, 0, "")?;

    let address = serve(story.org("agency").node()).await?;
    let browser = Client::signed_in(&address, "officer").await;
    let of_case = |tab: &str| format!("/cases/{case}/{tab}");
    let pages = [
        "/".to_owned(),
        "/cases".to_owned(),
        of_case("timeline"),
        of_case("team"),
        of_case("evidence"),
        of_case("hunts"),
        of_case("instruments"),
        of_case("write/task.set"),
    ];
    for page in &pages {
        let mut times = Vec::with_capacity(ROUNDS);
        let mut bytes = 0;
        for _ in 0..ROUNDS {
            let began = Instant::now();
            let answer = browser.get(page).await.is(200);
            times.push(began.elapsed());
            bytes = answer.body.len();
        }
        line(
            &page.replace(&case.to_string(), "ID"),
            times,
            bytes,
            "p95 50,000; 100 kB",
        )?;
    }

    story.sync().await?;
    let (node, officer) = story.at("agency", "officer");
    let isp = story.org("isp").node();
    let agency = "agency".parse()?;
    let mut times = Vec::with_capacity(ON_THE_WAY);
    for number in 0..ON_THE_WAY {
        let draft = report(&format!("Late {number}"), "text", Tlp::Amber);
        let began = Instant::now();
        node.publish_note(officer, case, &draft).await?;
        isp.pull(&agency).await?;
        times.push(began.elapsed());
    }
    line(
        "a note written, sent and folded on another node",
        times,
        0,
        "p99 1,000,000",
    )?;

    let (toml, cedar) = story.draft_agreement(Template::AgencyIsp, &["agency", "isp"])?;
    let agreement = Agreement::from_parts(&toml, &cedar).map_err(|wrong| format!("{wrong:?}"))?;
    let question = Question::new(
        "agency".parse()?,
        "isp".parse()?,
        Category::Analysis,
        Marking::tlp(Tlp::Amber),
        node.now_ms(),
    );
    let mut times = Vec::with_capacity(DECISIONS);
    for _ in 0..DECISIONS {
        let began = Instant::now();
        std::hint::black_box(agreement.decide(std::hint::black_box(&question)));
        times.push(began.elapsed());
    }
    line("a decision of the agreement", times, 0, "p99 200")
}
