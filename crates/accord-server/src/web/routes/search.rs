//! `/search`: the search box. "Do we know this?", in the order of usefulness.

use accord_model::{EntryRef, SpaceId};
use accord_service::{
    Act, GROUP_MAX, Group, How, LeadFound, NoteFound, SearchAnswer, ServiceError, SightingFound, ThreatFound,
};

use super::failed::Paged;
use super::frame::{Page, Part, html, operation};
use super::times::{count, counted, when};
use crate::listed::{Part as Listing, Routes};
use crate::web::render;
use crate::web::view::search::SearchPage;
use crate::web::view::tab::{Row, Section};
use crate::web::view::{Actor, Href, Link, Mark, Pair, Spark, State, Tone};

pub(super) fn routes() -> Routes {
    Routes::new(Listing::Pages).get("/search", page)
}

/// What the page teaches while it has nothing to show.
const TEACHES: [(&str, &str); 6] = [
    ("A domain, defanged or not", "evil[.]example"),
    ("An address or a network", "192.0.2.7 or 192.0.2.0/24"),
    ("A URL or an e-mail address", "hxxp://evil.example/gate.php"),
    ("A file by its digest", "9e107d9d372bb6826bd81d3542a419d6"),
    ("An operation or a reference", "Heather, or PO-7"),
    ("Words of notes", "loader dropper"),
];

fn pair(name: &str, value: impl ToString) -> Pair {
    Pair {
        name: name.to_owned(),
        value: value.to_string(),
    }
}

fn how_words(how: How) -> &'static str {
    match how {
        How::Exact => "exactly this",
        How::Parent => "a domain above it",
        How::Network => "a network or address that holds it",
        How::Below => "something under it",
        How::Words => "has the words",
        How::Reference => "has this reference",
    }
}

fn standing(word: &str) -> State {
    let (word, tone) = match word {
        "block" => ("blocked", Tone::Bad),
        "detect" => ("detected silently", Tone::Waiting),
        "known" => ("known", Tone::Quiet),
        "withdrawn" => ("withdrawn", Tone::Quiet),
        "expired" => ("past its time", Tone::Quiet),
        _ => ("not known", Tone::Quiet),
    };
    State {
        word: word.to_owned(),
        tone,
    }
}

fn note_link(case: SpaceId, at: EntryRef) -> Link {
    let (case, seq, ledger) = (case.to_string(), at.seq.to_string(), at.ledger.to_string());
    Link {
        label: "Read the note".to_owned(),
        href: Href::of(&["cases", &case, "notes", &ledger, &seq]),
    }
}

fn case_link(case: SpaceId, name: &str, tab: &str) -> Link {
    Link {
        label: format!("Operation {}", operation(name)),
        href: Href::of(&["cases", &case.to_string(), tab]),
    }
}

fn note_row(note: &NoteFound) -> Row {
    let indicator = note.value.is_some();
    let mut facts = Vec::new();
    if note.how != How::Words {
        facts.push(pair("Found as", how_words(note.how)));
    }
    if indicator && !note.snippet.is_empty() {
        facts.push(pair("Labels", &note.snippet));
    }
    Row {
        title: note.value.clone().unwrap_or_else(|| note.title.clone()),
        soft: if indicator {
            note.title.clone()
        } else {
            note.kind.as_str().replace(['.', '-'], " ")
        },
        state: note.standing.map(standing),
        marking: Some(Mark(note.marking)),
        actor: Some(Actor {
            organisation: note.org.to_string(),
            person: None,
        }),
        at: Some(when(note.when_ms)),
        text: if indicator || note.snippet.is_empty() {
            Vec::new()
        } else {
            vec![note.snippet.clone()]
        },
        facts,
        links: vec![
            note_link(note.case, note.at),
            case_link(
                note.case,
                &note.operation,
                if indicator { "intel" } else { "timeline" },
            ),
        ],
        ..Row::default()
    }
}

fn sighting_row(seen: &SightingFound) -> Row {
    let orgs: Vec<&str> = seen.orgs.iter().map(accord_model::OrgName::as_str).collect();
    let first = seen.days.keys().next().cloned().unwrap_or_default();
    let last = seen.days.keys().next_back().cloned().unwrap_or_default();
    Row {
        title: seen.value.clone(),
        facts: vec![
            pair(
                "Seen",
                format!("{} by {}", counted(seen.count, "time", "times"), orgs.join(", ")),
            ),
            pair("First", first),
            pair("Last", last),
        ],
        spark: Some(Spark {
            label: format!(
                "sightings a day, {} days, {} in all",
                seen.days.len(),
                count(seen.count)
            ),
            counts: seen.days.values().copied().collect(),
        }),
        links: vec![case_link(seen.case, &seen.operation, "intel")],
        ..Row::default()
    }
}

fn found_as(how: How) -> Vec<Pair> {
    match how {
        How::Words => Vec::new(),
        how => vec![pair("Found as", how_words(how))],
    }
}

fn lead_row(found: &LeadFound) -> Row {
    let lead = &found.lead;
    Row {
        title: lead.title.clone(),
        soft: if lead.ours {
            "a lead we gave"
        } else {
            "a lead to us"
        }
        .to_owned(),
        state: Some(super::threats::standing(&lead.standing)),
        marking: Some(Mark(lead.marking)),
        actor: Some(Actor {
            organisation: lead.giver.to_string(),
            person: None,
        }),
        at: Some(when(lead.since_ms)),
        text: vec![found.snippet.clone()],
        facts: found_as(found.how),
        links: vec![Link {
            label: "Open the lead".to_owned(),
            href: super::threats::lead_href(lead.at, &[]),
        }],
        ..Row::default()
    }
}

fn threat_row(found: &ThreatFound) -> Row {
    Row {
        title: found.name.clone(),
        soft: "a threat you work on".to_owned(),
        state: Some(super::threats::status(found.status)),
        at: Some(when(found.changed_ms)),
        text: vec![found.snippet.clone()],
        facts: found_as(found.how),
        links: vec![Link {
            label: "Open the threat".to_owned(),
            href: super::threats::threat_href(&found.id, &[]),
        }],
        ..Row::default()
    }
}

/// A section, where there is anything in it.
fn section<T>(heading: &str, group: &Group<T>, row: impl Fn(&T) -> Row) -> Option<Section> {
    (group.total > 0).then(|| Section {
        heading: heading.to_owned(),
        lede: if group.total > group.items.len() {
            format!("{} of {}.", GROUP_MAX, count(group.total as u64))
        } else {
            String::new()
        },
        rows: group.items.iter().map(row).collect(),
        ..Section::default()
    })
}

fn sections(answer: &SearchAnswer) -> Vec<Section> {
    let verdict = answer.verdict.as_ref().map(|found| {
        let how = found.how.filter(|how| *how != How::Exact);
        Section {
            heading: "Verdict".to_owned(),
            rows: vec![Row {
                title: answer.value.clone().unwrap_or_else(|| answer.query.clone()),
                soft: answer.value_kind.unwrap_or_default().replace('-', " "),
                state: Some(standing(found.word)),
                text: match (found.word, &found.indicator, how) {
                    ("unknown", ..) => vec!["No indicator of your cases hits it.".to_owned()],
                    (_, Some(indicator), Some(how)) => vec![format!("By {indicator}, {}.", how_words(how))],
                    _ => Vec::new(),
                },
                ..Row::default()
            }],
            ..Section::default()
        }
    });
    [
        verdict,
        section("Cases", &answer.cases, |case| Row {
            title: format!("Operation {}", operation(&case.operation)),
            soft: case.reference.clone(),
            state: Some(State {
                word: case.stage.as_str().replace('-', " "),
                tone: Tone::Quiet,
            }),
            facts: if case.notes > 0 {
                vec![pair("Answers", counted(case.notes as u64, "note", "notes"))]
            } else {
                Vec::new()
            },
            links: vec![Link {
                label: "Open the case".to_owned(),
                href: Href::of(&["cases", &case.id.to_string(), "timeline"]),
            }],
            ..Row::default()
        }),
        section("Leads", &answer.leads, lead_row),
        section("Threats", &answer.threats, threat_row),
        section("Indicators", &answer.indicators, note_row),
        section("Sightings", &answer.sightings, sighting_row),
        section("Exhibits", &answer.exhibits, note_row),
        section("Hunts and requests", &answer.hunts, note_row),
        section("Reports and files", &answer.reports, note_row),
        section("Notes", &answer.notes, note_row),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn told(answer: &SearchAnswer) -> String {
    let read = match (answer.read_as, answer.value_kind) {
        ("value", Some(kind)) => format!("Read as a value ({}).", kind.replace('-', " ")),
        ("reference", _) => "Read as the reference of a note.".to_owned(),
        _ => "Read as words.".to_owned(),
    };
    if !answer.known {
        return format!("{read} Nothing is known of it on the cases, leads and threats you see.");
    }
    if answer.more {
        return format!("{read} More answers than can be counted: add a word.");
    }
    read
}

async fn page(page: Page) -> Paged {
    let query = page.query("q").trim().to_owned();
    let mut view = SearchPage {
        shell: page.shell(Part::Elsewhere).await,
        action: Href::of(&["search"]),
        query: query.clone(),
        problem: None,
        told: String::new(),
        sections: Vec::new(),
        teaches: Vec::new(),
    };
    Act::Search.ask(&page.who)?;
    let mut known = false;
    if !query.is_empty() {
        match page.node.search(&page.who, &query).await {
            Ok(answer) => {
                known = answer.known;
                view.told = told(&answer);
                view.sections = sections(&answer);
            }
            Err(ServiceError::Invalid { message, .. }) => view.problem = Some(message),
            Err(other) => return Err(other.into()),
        }
    }
    if !known {
        view.teaches = TEACHES
            .iter()
            .map(|(what, example)| ((*what).to_owned(), (*example).to_owned()))
            .collect();
    }
    html(render::render_search(&view))
}
