//! `/hunts`: hunts in this organisation's own logs.
//!
//! - Here: the list, and saving one. [`matches`]: what logs hit as they came in. [`one`]: a hunt with what it found. [`line`]: one line of it. [`acts`]: what is done with a
//!   hunt or a line, each with what will happen first.

use accord_service::{Act, JobState, NewOwnHunt, OwnHuntView};

use super::failed::{Paged, problems};
use super::frame::{Page, Part, done, html, operation};
use super::posted::{Posted, Typed};
use super::times::{bytes, count, counted, parse_minute, when};
use crate::listed::{Part as Listing, Routes};
use crate::web::render;
use crate::web::view::ask::{AskPage, Asks};
use crate::web::view::tab::{Row, Section, SectionsPage};
use crate::web::view::write::{Field, Shape};
use crate::web::view::{Choice, Form, Href, Link, Pair, Shell, State, Tone};

mod acts;
mod line;
mod matches;
mod one;

pub(super) fn routes() -> Routes {
    Routes::new(Listing::Pages)
        .get("/hunts", list)
        .get("/hunts/new", new)
        .post("/hunts/new", save)
        .get("/hunts/matches", matches::page)
        .get("/hunts/{hunt}", one::page)
        .get("/hunts/{hunt}/lines/{line}", line::page)
        .post("/hunts/{hunt}/lines/{line}", line::mark)
        .get("/hunts/{hunt}/{act}", acts::before)
        .post("/hunts/{hunt}/{act}", acts::act)
}

#[cfg(test)]
pub(in crate::web) use line::first_shown as line_shown;
#[cfg(test)]
pub(in crate::web) use matches::matches_page;
#[cfg(test)]
pub(in crate::web) use one::sections as one_sections;

const NAMES: &[(&str, &str)] = &[
    ("name", "name"),
    ("reason", "reason"),
    ("values", "values"),
    ("rules", "rules"),
    ("sources", "sources"),
    ("from", "from"),
    ("to", "to"),
];

fn pair(name: &str, value: impl Into<String>) -> Pair {
    Pair {
        name: name.to_owned(),
        value: value.into(),
    }
}

fn link(label: &str, segments: &[&str]) -> Link {
    Link {
        label: label.to_owned(),
        href: Href::of(segments),
    }
}

fn field(name: &str, label: &str, hint: &str, shape: Shape, value: String) -> Field {
    Field {
        name: name.to_owned(),
        label: label.to_owned(),
        hint: hint.to_owned(),
        value,
        optional: false,
        shape,
        choices: Vec::new(),
    }
}

fn optional(field: Field) -> Field {
    Field {
        optional: true,
        ..field
    }
}

/// A moment that a log tells.
fn at(ms: i64) -> String {
    when(u64::try_from(ms).unwrap_or(0)).shown
}

/// How a hunt stands.
fn state(hunt: &OwnHuntView) -> State {
    let (word, tone) = match hunt.state {
        JobState::Running => ("looking", Tone::Waiting),
        JobState::Failed => ("failed", Tone::Bad),
        _ if hunt.still.is_some() => ("stands still", Tone::Bad),
        JobState::Stopped => ("stopped", Tone::Quiet),
        _ if hunt.ran.is_none() => ("not run yet", Tone::Quiet),
        _ if hunt.open_segments > 0 => ("logs came in since", Tone::Waiting),
        _ => ("looked in all there is", Tone::Good),
    };
    State {
        word: word.to_owned(),
        tone,
    }
}

/// What it looks for.
fn looks_for(hunt: &OwnHuntView) -> String {
    if !hunt.rules.is_empty() {
        return counted(hunt.rules.len() as u64, "Sigma rule", "Sigma rules");
    }
    match (hunt.of_case, &hunt.operation) {
        (true, Some(name)) => format!("every indicator of operation {} that stands", operation(name)),
        (true, None) => "every indicator of its case that stands".to_owned(),
        (false, _) => {
            let more = hunt.values_total - hunt.values.len().min(5);
            let first = hunt.values.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
            match more {
                0 => first,
                more => format!("{first} and {} more", count(more as u64)),
            }
        }
    }
}

/// How many lines it found.
fn found(hunt: &OwnHuntView) -> String {
    let lines = counted(hunt.found as u64, "line", "lines");
    match hunt.over_max {
        0 => lines,
        more => format!("{lines}, and at least {} more that are not kept", count(more)),
    }
}

/// What there is to say of it.
fn facts(hunt: &OwnHuntView) -> Vec<Pair> {
    let mut facts = vec![
        pair("Looks for", looks_for(hunt)),
        pair(
            "In",
            match hunt.sources.as_slice() {
                [] => "every source".to_owned(),
                some => some.join(", "),
            },
        ),
    ];
    match (hunt.from_ms, hunt.to_ms) {
        (None, None) => {}
        (from, to) => facts.push(pair(
            "Written",
            match (from, to) {
                (Some(from), Some(to)) => format!("from {} until {}", at(from), at(to)),
                (Some(from), None) => format!("from {} on", at(from)),
                (None, to) => format!("before {}", to.map(at).unwrap_or_default()),
            },
        )),
    }
    facts.push(pair("Found", found(hunt)));
    if hunt.new_lines > 0 {
        facts.push(pair(
            "Nobody has looked at",
            counted(hunt.new_lines as u64, "line", "lines"),
        ));
    }
    if hunt.time_unknown > 0 {
        let lines = counted(hunt.time_unknown, "line whose", "lines whose");
        facts.push(pair("Among them", format!("{lines} time is not told")));
    }
    facts.push(pair(
        "Not looked in yet",
        match hunt.open_segments {
            0 => "nothing".to_owned(),
            files => format!(
                "{}, {}",
                counted(files, "stored file", "stored files"),
                bytes(hunt.open_bytes)
            ),
        },
    ));
    if hunt.state == JobState::Running {
        let (done, of) = (bytes(hunt.scanned_bytes), bytes(hunt.total_bytes));
        facts.push(pair("So far", format!("{done} of {of} in this step")));
    }
    facts.extend(hunt.ran.as_ref().map(|ran| {
        let by_itself = if ran.by_itself { ", by itself" } else { "" };
        pair("Looked last", format!("{}{by_itself}", when(ran.at_ms).shown))
    }));
    facts.push(pair(
        "By itself",
        match (&hunt.standing, &hunt.still) {
            (_, Some(still)) => format!("it stands still: {still}"),
            (Some(_), None) => "it looks whenever logs come in".to_owned(),
            (None, None) => "it looks when somebody says so".to_owned(),
        },
    ));
    facts
}

fn row(hunt: &OwnHuntView) -> Row {
    Row {
        title: hunt.name.clone(),
        soft: match &hunt.operation {
            Some(name) => format!("operation {}", operation(name)),
            None => "yours alone".to_owned(),
        },
        state: Some(state(hunt)),
        text: vec![hunt.reason.clone()],
        facts: facts(hunt),
        links: vec![link("What it found", &["hunts", &hunt.id])],
        ..Row::default()
    }
}

async fn list(page: Page) -> Paged {
    let hunts = page.node.own_hunts(&page.who).await?;
    let shell = page.shell(Part::Hunts).await;
    html(render::render_sections(&listed(
        shell,
        &hunts,
        page.may(Act::Approve),
    )))
}

/// The list; `logs`: whether this person sees what is stored.
fn listed(shell: Shell, hunts: &[OwnHuntView], logs: bool) -> SectionsPage {
    let mut actions = vec![
        link("Save a hunt", &["hunts", "new"]),
        link("What came in and matched", &["hunts", "matches"]),
        link("Ask in SQL", &["sql"]),
    ];
    if logs {
        actions.push(link("Logs", &["logs"]));
    }
    SectionsPage {
        shell,
        title: "Hunts".to_owned(),
        lede: "What your organisation looks for in its own logs. Nothing leaves by it, and that you look stands in the \
               access log. Partners' logs are asked for in a case."
            .to_owned(),
        sections: vec![Section {
            heading: "Saved".to_owned(),
            actions,
            rows: hunts.iter().map(row).collect(),
            empty: (
                "No hunt is saved.".to_owned(),
                "Save one: for values that you paste, Sigma rules, or every indicator of a case, once or whenever logs come in."
                    .to_owned(),
            ),
            ..Section::default()
        }],
    }
}

/// The list, for the fixtures.
#[cfg(test)]
pub(in crate::web) fn list_page(shell: Shell, hunts: &[OwnHuntView], logs: bool) -> SectionsPage {
    listed(shell, hunts, logs)
}

/// The form that saves a hunt, as it is first, for the fixtures.
#[cfg(test)]
pub(in crate::web) fn saving_page(
    shell: Shell,
    form: Form,
    cases: Vec<(String, String)>,
    sources: Vec<String>,
) -> AskPage {
    saving(shell, (&Typed::default(), form), cases, sources)
}

fn choices(given: impl IntoIterator<Item = (String, String)>, typed: &Typed, name: &str) -> Vec<Choice> {
    let one = |(value, label): (String, String)| Choice {
        chosen: typed.has(name, &value),
        value,
        label,
        hint: String::new(),
    };
    given.into_iter().map(one).collect()
}

/// The form that saves a hunt.
fn saving(
    shell: Shell,
    (typed, form): (&Typed, Form),
    cases: Vec<(String, String)>,
    sources: Vec<String>,
) -> AskPage {
    let mut fields = vec![
        field(
            "name",
            "Name",
            "What the list calls it.",
            Shape::Line,
            typed.or("name", ""),
        ),
        field(
            "reason",
            "Why are these logs looked through?",
            "The auditor reads it.",
            Shape::Line,
            typed.or("reason", ""),
        ),
        optional(field(
            "values",
            "Values",
            "Domains, addresses, networks, URLs, hashes, or STIX patterns that are alternatives of them, one a line. Empty, and \
             no rules: every indicator of the case that stands, at each look those of then.",
            Shape::Values,
            typed.or("values", ""),
        )),
        optional(field(
            "rules",
            "Or Sigma rules",
            "As YAML, several with --- between them. Each looks at one record; correlations are for accord sigma run.",
            Shape::Values,
            typed.or("rules", ""),
        )),
        optional(Field {
            choices: choices(cases, typed, "case"),
            ..field(
                "case",
                "Case",
                "Who sees its indicators sees the hunt. Without one it is yours alone.",
                Shape::Choice,
                String::new(),
            )
        }),
    ];
    if !sources.is_empty() {
        let named = sources.into_iter().map(|name| (name.clone(), name));
        fields.push(Field {
            choices: choices(named, typed, "sources"),
            ..field(
                "sources",
                "Sources",
                "None chosen: every source.",
                Shape::Many,
                String::new(),
            )
        });
    }
    fields.extend([
        optional(field(
            "from",
            "Written from",
            "UTC.",
            Shape::Moment,
            typed.or("from", ""),
        )),
        optional(field(
            "to",
            "Written before",
            "UTC.",
            Shape::Moment,
            typed.or("to", ""),
        )),
        Field {
            choices: choices(
                [(
                    "yes".to_owned(),
                    "Look by itself whenever logs come in, with my right".to_owned(),
                )],
                typed,
                "standing",
            ),
            ..field(
                "standing",
                "Standing",
                "What it finds waits in your inbox.",
                Shape::Many,
                String::new(),
            )
        },
    ]);
    AskPage {
        shell,
        case: None,
        title: "Save a hunt".to_owned(),
        lede: "It is saved first. Of values you then see how many lines they may hit, before any is read."
            .to_owned(),
        notice: Vec::new(),
        sections: Vec::new(),
        asks: Some(Asks {
            heading: String::new(),
            form,
            fields,
            verb: "Save it".to_owned(),
        }),
        links: vec![link("Back, with nothing saved", &["hunts"])],
    }
}

/// The cases that a person sees, by id and name.
async fn cases_of(page: &Page) -> accord_service::Result<Vec<(String, String)>> {
    let cases = page.node.cases(&page.who).await?;
    let open = cases.into_iter().map(|case| {
        (
            case.id.to_string(),
            format!("Operation {}", operation(&case.operation)),
        )
    });
    Ok(open.collect())
}

async fn show(page: &Page, typed: &Typed) -> Paged {
    Act::HuntOwn.ask(&page.who)?;
    let form = typed.form(page, Href::of(&["hunts", "new"]));
    let sources = page.node.own_sources(&page.who)?;
    let shell = page.shell(Part::Hunts).await;
    html(render::render_ask(&saving(
        shell,
        (typed, form),
        cases_of(page).await?,
        sources,
    )))
}

async fn new(page: Page) -> Paged {
    show(&page, &Typed::default()).await
}

fn moment(typed: &Typed, name: &str) -> accord_service::Result<Option<i64>> {
    let text = typed.get(name);
    if text.is_empty() {
        return Ok(None);
    }
    let ms = parse_minute(text).and_then(|ms| i64::try_from(ms).ok());
    ms.map(Some)
        .ok_or_else(|| accord_service::ServiceError::invalid(name, "a date and time, as 2026-11-30T14:00"))
}

fn typed_hunt(typed: &Typed) -> accord_service::Result<NewOwnHunt> {
    let case = match typed.get("case") {
        "" => None,
        id => Some(
            id.parse()
                .map_err(|_| accord_service::ServiceError::NotFound("case"))?,
        ),
    };
    let lines = typed.raw("values").lines().map(str::trim);
    Ok(NewOwnHunt {
        name: typed.get("name").to_owned(),
        reason: typed.get("reason").to_owned(),
        values: lines.filter(|line| !line.is_empty()).map(str::to_owned).collect(),
        rules: Some(typed.raw("rules").replace("\r\n", "\n")).filter(|text| !text.trim().is_empty()),
        case,
        sources: typed.all("sources").map(str::to_owned).collect(),
        from_ms: moment(typed, "from")?,
        to_ms: moment(typed, "to")?,
        standing: typed.has("standing", "yes"),
    })
}

async fn save(posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    Act::HuntOwn.ask(&page.who)?;
    let said = match typed_hunt(typed) {
        Ok(said) => {
            let saving = async { page.node.new_own_hunt(&page.who, &said).await.map(|hunt| hunt.id) };
            posted.once(saving).await
        }
        Err(error) => Err(error),
    };
    match said {
        Ok(id) => Ok(done(Href::of(&["hunts", &id]), "hunt-saved", None)),
        Err(error) => {
            let wrong = problems(error, NAMES)?;
            show(page, &typed.clone().wrong(wrong)).await
        }
    }
}
