//! `/threats` and `/leads`: what is watched before there is a case, and what partners tell each other of it.

use accord_model::Tlp;
use accord_service::{Act, LeadSummary, Level, Similar, SimilarWhat, ThreatStatus, ThreatSummary};

use super::failed::Paged;
use super::frame::{Page, Part, anchor, html};
use super::posted::Typed;
use super::times::{counted, when};
use crate::listed::{Part as Listing, Routes};
use crate::web::render;
use crate::web::view::tab::{Row, Section, SectionsPage};
use crate::web::view::write::{Field, Shape};
use crate::web::view::{Actor, Choice, Href, Link, Mark, Pair, State, Tone};

mod fields;
mod kept;
mod lead;
mod refer;
mod similar;
mod threat;

pub(super) use similar::{case_page, link_form, link_it};

pub(super) fn routes() -> Routes {
    Routes::new(Listing::Pages)
        .get("/threats", list)
        .get("/threats/new", threat::new)
        .post("/threats/new", threat::begin)
        .get("/threats/{threat}", threat::page)
        .post("/threats/{threat}", threat::note)
        .get("/threats/{threat}/{act}", threat::before)
        .post("/threats/{threat}/{act}", threat::act)
        .get("/leads/new", refer::new)
        .post("/leads/new", refer::refer)
        .get("/leads/{ledger}/{seq}", lead::page)
        .post("/leads/{ledger}/{seq}", lead::say)
        .get("/leads/{ledger}/{seq}/{act}", lead::before)
        .post("/leads/{ledger}/{seq}/{act}", lead::act)
}

fn link(label: &str, href: Href) -> Link {
    Link {
        label: label.to_owned(),
        href,
    }
}

fn pair(name: &str, value: impl Into<String>) -> Pair {
    Pair {
        name: name.to_owned(),
        value: value.into(),
    }
}

fn lines(text: &str) -> Vec<String> {
    let lines = text.lines();
    lines
        .filter(|line| !line.trim().is_empty())
        .map(str::to_owned)
        .collect()
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

fn choice(name: &str, label: &str, hint: &str, choices: Vec<Choice>) -> Field {
    Field {
        choices,
        ..field(name, label, hint, Shape::Choice, String::new())
    }
}

fn chosen(value: impl Into<String>, label: impl Into<String>, chosen: bool) -> Choice {
    Choice {
        value: value.into(),
        label: label.into(),
        hint: String::new(),
        chosen,
    }
}

/// Where a threat is.
pub(super) fn threat_href(id: &str, rest: &[&str]) -> Href {
    let mut segments = vec!["threats", id];
    segments.extend(rest);
    Href::of(&segments)
}

/// Where a lead is.
pub(super) fn lead_href(at: accord_model::EntryRef, rest: &[&str]) -> Href {
    let (ledger, seq) = (at.ledger.to_string(), at.seq.to_string());
    let mut segments = vec!["leads", ledger.as_str(), seq.as_str()];
    segments.extend(rest);
    Href::of(&segments)
}

pub(super) fn status(status: ThreatStatus) -> State {
    let (word, tone) = match status {
        ThreatStatus::Watching => ("watching", Tone::Waiting),
        ThreatStatus::Assessed => ("assessed", Tone::Waiting),
        ThreatStatus::Referred => ("referred", Tone::Good),
        ThreatStatus::Opened => ("opened as a case", Tone::Good),
        ThreatStatus::Dropped => ("dropped", Tone::Quiet),
    };
    State {
        word: word.to_owned(),
        tone,
    }
}

pub(super) fn standing(word: &str) -> State {
    let (word, tone) = match word {
        "waiting" => ("no word yet", Tone::Waiting),
        "taken-up" => ("taken up", Tone::Good),
        "declined" => ("declined", Tone::Quiet),
        "not-released" => ("waits for our approver", Tone::Waiting),
        other => (other, Tone::Quiet),
    };
    State {
        word: word.to_owned(),
        tone,
    }
}

fn level(level: Level) -> &'static str {
    level.as_str()
}

fn threat_row(threat: &ThreatSummary) -> Row {
    let assessed = threat.assessment.map(|said| {
        pair(
            "Assessed",
            format!(
                "impact {}, likelihood {}, confidence {}",
                level(said.impact),
                level(said.likelihood),
                level(said.confidence)
            ),
        )
    });
    Row {
        title: threat.name.clone(),
        soft: counted(threat.values as u64, "value", "values"),
        state: Some(status(threat.status)),
        at: Some(when(threat.changed_ms)),
        facts: assessed
            .into_iter()
            .chain([pair("By", threat.by.clone())])
            .collect(),
        links: vec![link("Open", threat_href(&threat.id, &[]))],
        ..Row::default()
    }
}

fn lead_row(lead: &LeadSummary) -> Row {
    let to: Vec<&str> = lead.to.iter().map(accord_model::OrgName::as_str).collect();
    Row {
        anchor: anchor(lead.at),
        title: lead.title.clone(),
        soft: if lead.ours {
            format!("to {}", to.join(", "))
        } else {
            format!("from {}", lead.giver)
        },
        state: Some(standing(&lead.standing)),
        marking: Some(Mark(lead.marking)),
        actor: Some(Actor {
            organisation: lead.giver.to_string(),
            person: None,
        }),
        at: Some(when(lead.since_ms)),
        facts: lead
            .due_ms
            .map(|due| pair("Feedback due", when(due).shown))
            .into_iter()
            .collect(),
        links: vec![link("Open", lead_href(lead.at, &[]))],
        ..Row::default()
    }
}

/// `/threats`.
async fn list(page: Page) -> Paged {
    let watches = page.may(Act::Watch);
    let leads = page.node.leads(&page.who).await?;
    let mut sections = Vec::new();
    if watches {
        let threats = page.node.threats(&page.who).await?;
        sections.push(Section {
            heading: "Threats".to_owned(),
            lede: "Only those that you work on. They stay on this node.".to_owned(),
            actions: vec![link("Watch something", Href::of(&["threats", "new"]))],
            rows: threats.iter().map(threat_row).collect(),
            empty: (
                "You watch nothing.".to_owned(),
                "Write down what it is and how it could be tackled, before there is a case.".to_owned(),
            ),
        });
    }
    let refer = page
        .may(Act::Lead)
        .then(|| link("Refer a lead", Href::of(&["leads", "new"])));
    let split = |ours: bool| {
        leads
            .iter()
            .filter(move |lead| lead.ours == ours)
            .map(lead_row)
            .collect()
    };
    sections.push(Section {
        heading: "Leads received".to_owned(),
        rows: split(false),
        empty: (
            "No lead came to you.".to_owned(),
            "A partner's lead stands here and in the inbox until somebody answers.".to_owned(),
        ),
        ..Section::default()
    });
    sections.push(Section {
        heading: "Leads given".to_owned(),
        actions: refer.into_iter().collect(),
        rows: split(true),
        empty: (
            "You gave no lead.".to_owned(),
            "A lead goes to one partner under an agreement, from a threat or by itself.".to_owned(),
        ),
        ..Section::default()
    });
    sections.extend(kept::list(&page).await?);
    html(render::render_sections(&SectionsPage {
        shell: page.shell(Part::Threats).await,
        title: "Threats and leads".to_owned(),
        lede: "What is watched before there is a case.".to_owned(),
        sections,
    }))
}

/// What else shares something, as rows.
fn similar_section(all: &[Similar]) -> Section {
    let rows = all.iter().map(|one| {
        let (kind, href) = match &one.what {
            SimilarWhat::Case { id } => ("case", Href::of(&["cases", &id.to_string()])),
            SimilarWhat::Threat { id } => ("threat", threat_href(id, &[])),
            SimilarWhat::Lead { at } => ("lead", lead_href(*at, &[])),
        };
        Row {
            title: one.name.clone(),
            soft: kind.to_owned(),
            facts: vec![
                pair("Alike", format!("{} of 100", one.score)),
                pair("Shared", counted(one.shared as u64, "thing", "things")),
            ],
            text: one.why.clone(),
            links: vec![link("Open", href)],
            ..Row::default()
        }
    });
    Section {
        heading: "Also seen in".to_owned(),
        lede: "Among what you may see; the rarer what two share, the more it counts.".to_owned(),
        rows: rows.collect(),
        empty: (
            "Nothing that you may see shares a value with it.".to_owned(),
            "Values that many use do not count.".to_owned(),
        ),
        ..Section::default()
    }
}

/// The markings, the usual one chosen.
fn marking_field(typed: &Typed, first: Tlp) -> Field {
    let choices = Tlp::ALL.iter().map(|tlp| {
        let word = tlp.as_str();
        let is_chosen = if typed.is_first() {
            *tlp == first
        } else {
            typed.get("marking") == word
        };
        chosen(word, word, is_chosen)
    });
    choice("marking", "Marking", "", choices.collect())
}
