//! Looking in one's own assignment logs for the subscribers that a partner asks about.

use accord_model::EntryRef;
use accord_model::content::{Connection, SubscriberFound};
use accord_service::{Candidate, Held, HoldersJob, JobState, RequestView};
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect};

use super::case::requests::{facts, pair};
use super::case::{Case, entry};
use super::failed::{Failed, Paged, no};
use super::frame::{Page, done, html};
use super::posted::{Posted, Typed};
use super::times::{bytes, count, counted};
use crate::listed::{Part as Listing, Routes};
use crate::web::render;
use crate::web::view::holders::{HoldersPage, Look};
use crate::web::view::tab::{Row, Section};
use crate::web::view::{FieldError, Href, State, Tone};

/// Candidates of one connection that the page shows; the API has all that are kept.
const CANDIDATES_SHOWN: usize = 20;
/// Lines named of one candidate.
const LINES_SHOWN: usize = 6;

pub(super) fn routes() -> Routes {
    Routes::new(Listing::Pages)
        .get("/approvals/{ledger}/{seq}/holders", page)
        .post("/approvals/{ledger}/{seq}/holders", start)
        .post("/approvals/{ledger}/{seq}/holders/stop", stop)
}

type Place = (String, String);

fn href(at: EntryRef, rest: &[&str]) -> Href {
    let (ledger, seq) = (at.ledger.to_string(), at.seq.to_string());
    let mut parts = vec!["approvals", &ledger, &seq];
    parts.extend(rest);
    Href::of(&parts)
}

/// Where a look is shown.
pub(super) fn holders_href(at: EntryRef) -> Href {
    href(at, &["holders"])
}

async fn page(page: Page, Path(place): Path<Place>) -> Paged {
    let at = entry(&place.0, &place.1)?;
    let job = page.node.holders_job(&page.who, at).await?;
    let view = page.node.request(&page.who, at).await?;
    if view.what.as_str() != "subscriber-data" {
        return Err(no("page"));
    }
    let case = Case::load(&page, &view.case.to_string()).await?;
    show(&page, &case, &view, &job).await
}

async fn start(Path(place): Path<Place>, posted: Posted) -> Paged {
    let (page, at) = (&posted.page, entry(&place.0, &place.1)?);
    page.node.start_holders(&page.who, at).await?;
    Ok(Redirect::to(holders_href(at).as_str()).into_response())
}

async fn stop(Path(place): Path<Place>, posted: Posted) -> Paged {
    let (page, at) = (&posted.page, entry(&place.0, &place.1)?);
    page.node.stop_holders(&page.who, at).await?;
    Ok(done(holders_href(at), "stopped", None))
}

async fn show(
    page: &Page,
    case: &Case,
    view: &RequestView,
    job: &HoldersJob,
) -> Result<axum::response::Response, Failed> {
    let mut about = vec![pair("Asked by", view.from.to_string())];
    about.extend(facts(view));
    let found = job.found.as_ref().filter(|_| job.state == JobState::Done);
    let look = if job.state == JobState::Running {
        let percent = (job.scanned_bytes.min(job.total_bytes) * 100)
            .checked_div(job.total_bytes)
            .unwrap_or(0);
        Look::Running {
            percent: u8::try_from(percent).unwrap_or(100),
            progress: format!("{} of {}", bytes(job.scanned_bytes), bytes(job.total_bytes)),
            cancel: page.form(href(view.at, &["holders", "stop"])),
            refresh: holders_href(view.at),
        }
    } else {
        Look::Ready {
            start: Typed::default()
                .wrong(what_became(job))
                .form(page, holders_href(view.at)),
            again: found.is_some(),
        }
    };
    html(render::render_holders(&HoldersPage {
        shell: case.shell(page).await,
        case: case.head(page, "Requests"),
        title: format!("Look in our assignment logs: {}", view.reference),
        about,
        look,
        sections: found.map_or_else(Vec::new, |found| found.held.iter().map(section).collect()),
        answer: found.map(|_| href(view.at, &["answer"]).with("from", "logs")),
        back: href(view.at, &["answer"]),
    }))
}

/// What became of the last look, where it is to be known.
fn what_became(job: &HoldersJob) -> Vec<FieldError> {
    let message = match job.state {
        JobState::Stopped => "The look was stopped. Nothing was kept of it.".to_owned(),
        JobState::Failed => format!(
            "The look failed: {}.",
            job.words.as_deref().unwrap_or("no reason given")
        ),
        JobState::None | JobState::Running | JobState::Done => return Vec::new(),
    };
    vec![FieldError {
        field: String::new(),
        message,
    }]
}

/// `198.51.100.7 port 4000 tcp, 1 Mar 2026, 10:00:07 UTC`.
fn asked(one: &Connection) -> String {
    let port = one.port.map(|port| format!(" port {port}")).unwrap_or_default();
    let transport = one.transport.map(|word| format!(" {word}")).unwrap_or_default();
    format!(
        "{}{port}{transport}, {}",
        one.address,
        super::times::second(one.at_ms)
    )
}

/// What the logs come to, for people.
fn finding(held: &Held) -> State {
    let (word, tone) = match held.found {
        SubscriberFound::One if held.candidates.iter().any(|one| one.sure) => ("one subscriber", Tone::Good),
        SubscriberFound::One => ("one subscriber, with doubts", Tone::Waiting),
        SubscriberFound::Several => ("several: the logs name no single one", Tone::Waiting),
        SubscriberFound::Nobody => ("nobody", Tone::Quiet),
        SubscriberFound::NoRecord => ("no record of that time", Tone::Waiting),
    };
    State {
        word: word.to_owned(),
        tone,
    }
}

fn section(held: &Held) -> Section {
    let mut rows = vec![Row {
        title: "What it comes to".to_owned(),
        state: Some(finding(held)),
        text: held.notes.clone(),
        facts: held
            .sources
            .iter()
            .map(|words| pair("Log", words.clone()))
            .collect(),
        ..Row::default()
    }];
    rows.extend(held.candidates.iter().take(CANDIDATES_SHOWN).map(candidate));
    let more = held
        .total
        .saturating_sub(CANDIDATES_SHOWN.min(held.candidates.len()) as u64);
    if more > 0 {
        rows.push(Row {
            text: vec![format!(
                "{} not shown here.",
                counted(more, "more candidate is", "more candidates are")
            )],
            ..Row::default()
        });
    }
    Section {
        heading: asked(&held.connection),
        rows,
        ..Section::default()
    }
}

fn candidate(one: &Candidate) -> Row {
    let mut facts: Vec<_> = one
        .ids
        .iter()
        .map(|(kind, value)| pair(&kind.to_string(), value.clone()))
        .collect();
    let at = |ms: i64| u64::try_from(ms).map_or_else(|_| "before 1970".to_owned(), super::times::second);
    facts.push(pair(
        "Known from",
        one.first_ms.map_or_else(|| "not told".to_owned(), at),
    ));
    facts.push(pair("Known until", at(one.last_ms)));
    let lines = one.lines.iter().take(LINES_SHOWN);
    let lines: Vec<String> = lines
        .map(|(segment, line)| format!("{segment} line {}", count(*line)))
        .collect();
    facts.push(pair("Rests on", lines.join(", ")));
    for behind in &one.behind {
        for (kind, value) in &behind.ids {
            facts.push(pair(&format!("Behind it, {kind}"), value.clone()));
        }
        facts.push(pair("Behind it, by", behind.source.clone()));
    }
    Row {
        title: one
            .ids
            .first()
            .map_or_else(|| "Not named".to_owned(), |(_, value)| value.clone()),
        soft: format!("by {}", one.source),
        state: Some(State {
            word: if one.sure { "sure" } else { "with doubts" }.to_owned(),
            tone: if one.sure { Tone::Good } else { Tone::Waiting },
        }),
        text: vec![format!("{}.", sentence(&one.words.join("; ")))],
        facts,
        ..Row::default()
    }
}

fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
