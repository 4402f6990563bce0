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
use accord_model::content::{Indicator, IndicatorPublished, TaskSet, VerdictWish};
use accord_model::{Category, Marking, OrgKind, SpaceId, Tlp};
use accord_service::{Draft, NewCase, NewNote, NewTaxiiAccount, Node, TaxiiAsked};
use accord_testkit::{Story, report};
use client::Client;

type Outcome<T> = Result<T, Box<dyn Error>>;

const ORGS: &[(&str, OrgKind)] = &[("agency", OrgKind::Agency), ("isp", OrgKind::Isp)];
/// Of the people of the story.
const PASSWORD: &str = "a long enough password";
const ENTRIES: usize = 100_000;
const CASES: usize = 200;
const ROUNDS: usize = 40;
const ON_THE_WAY: usize = 100;
/// Nodes ask each other by themselves no oftener: what arrives in the bench was told.
const PULL_EVERY: Duration = Duration::from_secs(3_600);
const LOST: Duration = Duration::from_secs(60);
const DECISIONS: usize = 20_000;

/// The pages of the case.
const TABS: &[&str] = &[
    "timeline",
    "team",
    "tasks",
    "intel",
    "intel/graph",
    "requests",
    "evidence",
    "hunts",
    "plan",
    "victims",
    "subjects",
    "disclosure",
    "keeping",
    "instruments",
    "about",
    "sinkholes",
    "write/task.set",
];

/// Other pages: what waits, lists, and searches for a value, a word that many notes have, two words, and nothing.
const OTHERS: &[&str] = &[
    "/",
    "/cases",
    "/threats",
    "/intel",
    "/protection",
    "/search?q=host-777.example",
    "/search?q=seen",
    "/search?q=finding+4711",
    "/search?q=nowhere.example",
];

/// Two values, as a researcher publishes them.
fn values(number: usize) -> IndicatorPublished {
    IndicatorPublished {
        indicators: vec![
            Indicator::of(format!("c2-{number}.example")),
            Indicator::of(format!("192.0.2.{}", number % 250 + 1)),
        ],
        note: None,
        from: "analysis".into(),
        grading: None,
        source_protected: false,
        wish: VerdictWish::None,
        report: None,
        second: None,
    }
}

/// What a partner without a node reads of the case: the first look, which asks the agreement about every note, and
/// then page after page.
async fn taxii(story: &Story) -> Outcome<()> {
    let (node, operator) = story.at("agency", "operator");
    let new = NewTaxiiAccount {
        name: "isp-feed".into(),
        org: "isp".parse()?,
        writes: false,
        until_ms: node.now_ms() + 86_400_000,
    };
    let opened = node.add_taxii_account(operator, &new).await?;
    let (_, signatory) = story.at("agency", "signatory");
    node.confirm_taxii_account(signatory, &opened.name).await?;
    let caller = node.taxii_caller(Some(&opened.name), &opened.token).await?;
    let root = story.agreement();
    let all = node.taxii_collections(&caller, root).await?;
    let collection = all
        .iter()
        .find(|one| one.title.contains("Heron"))
        .ok_or("no collection")?;
    let place = (root, collection.id.as_str());
    let mut asked = TaxiiAsked::default();
    let began = Instant::now();
    let mut page = node.taxii_page(&caller, place, &asked, "objects").await?;
    line("TAXII, the first look", vec![began.elapsed()], 0, "")?;
    let (mut times, mut objects) = (Vec::new(), page.objects.len());
    while let Some(next) = page.next {
        asked.next = Some(next);
        let began = Instant::now();
        page = node.taxii_page(&caller, place, &asked, "objects").await?;
        times.push(began.elapsed());
        objects += page.objects.len();
    }
    line(
        &format!("TAXII, the next 1,000 objects (of {objects})"),
        times,
        0,
        "",
    )
}

/// From the call that writes a note until a person of the other organisation can read it there: both nodes run as they
/// run in service, telling each other of changes over HTTP on loopback.
async fn on_the_way(story: &Story, case: SpaceId) -> Outcome<()> {
    story.sync().await?;
    let (node, officer) = story.at("agency", "officer");
    let (isp, reader) = story.at("isp", "approver");
    let mut running = tokio::task::JoinSet::new();
    for org in ["agency", "isp"] {
        let node = story.org(org).node().clone();
        running.spawn(async move { node.keep_up(PULL_EVERY).await });
    }
    for (what, pause) in [("half a second apart", 500), ("without a pause", 0)] {
        let mut times = Vec::with_capacity(ON_THE_WAY);
        for number in 0..ON_THE_WAY {
            tokio::time::sleep(Duration::from_millis(pause)).await;
            let draft = report(&format!("Late {number}, {what}"), "text", Tlp::Amber);
            let began = Instant::now();
            let at = node.publish_note(officer, case, &draft).await?.at;
            while isp.note(reader, case, at).await.is_err() {
                if began.elapsed() > LOST {
                    return Err("a note did not arrive".into());
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            times.push(began.elapsed());
        }
        line(
            &format!("a note written and read on another node, {what}"),
            times,
            0,
            "p99 1,000,000",
        )?;
    }
    Ok(())
}

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
    // Without a list nobody can tell what many use, and every value waits for a second person.
    let (node, operator) = story.at("agency", "operator");
    node.load_allow_list(operator, "top", "bank.example\n").await?;
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
        if number % 10 == 1 {
            draft.note = NewNote::new(values(number))?;
        }
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
    let mut pages: Vec<String> = TABS.iter().map(|tab| of_case(tab)).collect();
    pages.extend(OTHERS.iter().map(|page| (*page).to_owned()));
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

    taxii(&story).await?;

    on_the_way(&story, case).await?;

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
