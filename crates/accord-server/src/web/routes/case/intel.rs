//! `/cases/ID/intel`: the indicators of a case, what is done about each, what was seen, and what waits.

use accord_model::EntryKind;
use accord_service::{Act, IndicatorView, IntelFilter, IntelKind, WaitingNote};
use axum::extract::Path;

use super::steps::{self, Before};
use super::{Case, write};
use crate::web::render;
use crate::web::routes::failed::{Failed, Paged, no};
use crate::web::routes::frame::{Page, done, html, operation};
use crate::web::routes::posted::{Posted, Typed};
use crate::web::routes::times::{count, when};
use crate::web::view::release::{Readers, Undo};
use crate::web::view::tab::{Row, Section, TabPage};
use crate::web::view::{Actor, Link, Mark, Pair, Spark, State, Tone};

/// Most indicators on the page; the API has all.
const SHOWN_MAX: usize = 75;
/// Most characters of what an indicator means; the page of its note has all.
const MEANS_MAX: usize = 160;

fn link(label: &str, href: crate::web::view::Href) -> Link {
    Link {
        label: label.to_owned(),
        href,
    }
}

/// `/cases/ID/intel`.
pub(in super::super) async fn page(page: Page, Path(text): Path<String>) -> Paged {
    let case = Case::load(&page, &text).await?;
    let (indicators, total) = page
        .node
        .indicators_seen_most(&page.who, case.space, SHOWN_MAX)
        .await?;
    let waiting = page.node.waiting_notes(&page.who, case.space).await?;
    let mut actions = Vec::new();
    if case.view.writes.contains(&EntryKind::IndicatorPublished) {
        actions.push(link(
            "Publish indicators",
            write::href(&case, EntryKind::IndicatorPublished, None),
        ));
    }
    if case.view.writes.contains(&EntryKind::IndicatorPublished) {
        let place = crate::web::view::Href::of(&["import"]).with("case", &case.id);
        actions.push(link("Drop a file or paste indicators", place));
    }
    if page.may(Act::ShareSightings) && total > 0 {
        actions.push(link("Share what was seen here", case.href(&["intel", "share"])));
    }
    actions.extend(super::sharing::links(&page, &case));
    let mut sections = Vec::new();
    if !waiting.is_empty() {
        sections.push(Section {
            heading: "Waiting for a second person".to_owned(),
            lede: "Many use a value of these: somebody else must agree before anything is published."
                .to_owned(),
            rows: waiting.iter().map(|note| waiting_row(&case, note)).collect(),
            ..Section::default()
        });
    }
    sections.push(Section {
        heading: "Indicators".to_owned(),
        lede: if total > SHOWN_MAX {
            format!("{} of {}, those seen most first.", SHOWN_MAX, count(total as u64))
        } else {
            String::new()
        },
        actions,
        rows: indicators
            .iter()
            .map(|view| indicator_row(&page, &case, view))
            .collect(),
        empty: (
            "No indicator stands on this case.".to_owned(),
            "Publish domains, addresses, URLs or digests that mean something; partners who get them can look for them."
                .to_owned(),
        ),
    });
    sections.extend(super::together::section(&page, &case).await?);
    sections.push(files(&page, &case).await?);
    html(render::render_tab(&TabPage {
        shell: case.shell(&page).await,
        case: case.head(&page, "Intel"),
        name: "intelligence".to_owned(),
        sections,
    }))
}

/// The reports and files of the case.
async fn files(page: &Page, case: &Case) -> Result<Section, Failed> {
    let of = async |kind| {
        let filter = IntelFilter {
            kind: Some(kind),
            case: Some(case.space),
            ..IntelFilter::default()
        };
        page.node.intelligence(&page.who, &filter).await
    };
    let mut items = of(IntelKind::Report).await?.items;
    items.extend(of(IntelKind::File).await?.items);
    items.sort_by_key(|item| (std::cmp::Reverse(item.when_ms), item.at));
    Ok(Section {
        heading: "Reports and files".to_owned(),
        rows: items
            .iter()
            .map(|item| Row {
                title: item.title.clone(),
                soft: item.kind.as_str().to_owned(),
                marking: Some(Mark(item.marking)),
                actor: Some(Actor {
                    organisation: item.org.to_string(),
                    person: None,
                }),
                at: Some(when(item.when_ms)),
                links: vec![link("Open", crate::web::routes::intel::item_href(item.at))],
                ..Row::default()
            })
            .collect(),
        empty: (
            "No report and no file is on this case.".to_owned(),
            "Bring one in: it is read, and you publish what you choose.".to_owned(),
        ),
        ..Section::default()
    })
}

fn indicator_row(page: &Page, case: &Case, view: &IndicatorView) -> Row {
    let (word, tone) = match view.verdict {
        "block" => ("blocked", Tone::Bad),
        "detect" => ("detected silently", Tone::Waiting),
        _ => ("known", Tone::Quiet),
    };
    let mut days: std::collections::BTreeMap<&str, u64> = std::collections::BTreeMap::new();
    for seen in &view.seen {
        *days.entry(seen.day.as_str()).or_default() += seen.count;
    }
    let seen: u64 = days.values().sum();
    let mut facts = Vec::new();
    if !view.labels.is_empty() {
        facts.push(Pair {
            name: "Labels".to_owned(),
            value: view.labels.join(", "),
        });
    }
    if seen > 0 {
        let mut by: Vec<&str> = view.seen.iter().map(|seen| seen.org.as_str()).collect();
        by.sort_unstable();
        by.dedup();
        facts.push(Pair {
            name: "Seen".to_owned(),
            value: format!("{} times by {}", count(seen), by.join(", ")),
        });
    }
    if view.popular {
        facts.push(Pair {
            name: "Popular".to_owned(),
            value: "a second person must agree to block it".to_owned(),
        });
    }
    let at = |kind| write::href(case, kind, Some(("published", view.at))).with("indicators", &view.value);
    let means = view.note.as_deref().unwrap_or_default();
    let first: String = means
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(MEANS_MAX)
        .collect();
    let whole = first.len() == means.trim_end().len();
    let mut links = vec![link("Its note", crate::web::routes::intel::item_href(view.at))];
    if case.view.writes.contains(&EntryKind::VerdictBlock) {
        if view.verdict != "detect" {
            links.push(link("Detect silently", at(EntryKind::VerdictDetect)));
        }
        if view.verdict != "block" {
            links.push(link("Block", at(EntryKind::VerdictBlock)));
        }
    }
    if view.org.as_str() == page.own() && case.view.writes.contains(&EntryKind::IndicatorWithdrawn) {
        let place = write::href(case, EntryKind::IndicatorWithdrawn, Some(("published", view.at)));
        links.push(link("Withdraw", place.with("values", &view.value)));
    }
    Row {
        anchor: String::new(),
        title: view.value.clone(),
        state: Some(State {
            word: word.to_owned(),
            tone,
        }),
        marking: Some(Mark(view.marking)),
        actor: Some(Actor {
            organisation: view.org.to_string(),
            person: super::seconded(view.home.as_ref()),
        }),
        at: Some(when(view.since_ms)),
        text: match (first.is_empty(), whole) {
            (true, _) => Vec::new(),
            (false, true) => vec![first],
            (false, false) => vec![format!("{first}\u{2026}")],
        },
        facts,
        spark: (seen > 0).then(|| Spark {
            label: format!("sightings a day, {} days, {} in all", days.len(), count(seen)),
            counts: days.values().copied().collect(),
        }),
        links,
        ..Row::default()
    }
}

fn waiting_row(case: &Case, note: &WaitingNote) -> Row {
    let place = |act: &str| case.href(&["waiting", &note.id, act]);
    Row {
        anchor: format!("w-{}", note.id),
        title: note.draft.title.clone(),
        soft: note.draft.note.kind().as_str().replace('.', " "),
        marking: Some(Mark(note.draft.marking)),
        at: Some(when(note.since_ms)),
        links: vec![
            link("Look and agree", place("agree")),
            link("Take away", place("drop")),
        ],
        ..Row::default()
    }
}

/// What a waiting note says, for the person who is to agree.
fn words(note: &WaitingNote) -> String {
    let mut value = serde_json::to_value(&note.draft.note).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        fields.remove("kind");
    }
    let mut out = String::new();
    plain(&value, "", &mut out);
    out
}

/// Values as lines of words.
fn plain(value: &serde_json::Value, name: &str, out: &mut String) {
    use serde_json::Value;
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| plain(value, name, out)),
        Value::Array(values) => values.iter().for_each(|value| plain(value, name, out)),
        Value::String(text) => out.push_str(&format!("{}: {text}\n", name.replace('_', " "))),
        Value::Null => {}
        other => out.push_str(&format!("{}: {other}\n", name.replace('_', " "))),
    }
}

async fn waiting_note(page: &Page, case: &Case, id: &str) -> Result<WaitingNote, Failed> {
    let waiting = page.node.waiting_notes(&page.who, case.space).await?;
    let found = waiting.into_iter().find(|note| note.id == id);
    found.ok_or_else(|| no("note"))
}

/// What agreeing to a note that waits means, or taking it away; whether it is agreeing.
async fn deciding(page: &Page, case: &Case, id: &str, act: &str) -> Result<(Before, bool), Failed> {
    let note = waiting_note(page, case, id).await?;
    let agree = match act {
        "agree" => true,
        "drop" => false,
        _ => return Err(no("page")),
    };
    let own = note.by == page.who.person;
    let (title, verb) = match agree {
        true => ("Agree as the second person", "Agree and publish"),
        false => ("Take the note away", "Take it away"),
    };
    let pair = |name: &str, value: String| Pair {
        name: name.to_owned(),
        value,
    };
    let before = Before {
        title: title.to_owned(),
        verb: verb.to_owned(),
        severe: !agree,
        facts: vec![
            pair(
                "Case",
                format!("Operation {}", operation(&case.view.summary.operation)),
            ),
            pair("In one line", note.draft.title.clone()),
            pair("What it is", note.draft.note.kind().as_str().replace('.', " ")),
        ],
        body: words(&note),
        marking: Some(Mark(note.draft.marking)),
        readers: match agree {
            true => case.readers(&page.node.preview_second(&page.who, case.space, id).await?),
            false => Readers::Nobody,
        },
        undo: match agree {
            true => Undo::Cannot("What was read stays known, and a note is never removed.".to_owned()),
            false => Undo::Can("It can be written again.".to_owned()),
        },
        reason: None,
        blocked: (agree && own).then(|| "You wrote it: somebody else must agree.".to_owned()),
        place: case.href(&["waiting", id, act]),
        back: case.href(&["intel"]),
    };
    Ok((before, agree))
}

/// Before agreeing to a note, or taking it away.
pub(in super::super) async fn before(
    page: Page,
    Path((text, id, act)): Path<(String, String, String)>,
) -> Paged {
    let case = Case::load(&page, &text).await?;
    let (before, _) = deciding(&page, &case, &id, &act).await?;
    steps::before(&page, &case, before, &[], &Typed::default(), Vec::new()).await
}

/// Agrees to a note, or takes it away.
pub(in super::super) async fn settle(
    Path((text, id, act)): Path<(String, String, String)>,
    posted: Posted,
) -> Paged {
    let page = &posted.page;
    let case = Case::load(page, &text).await?;
    let tab = case.href(&["intel"]);
    if posted.was_done().await? {
        return Ok(done(tab, "note", None));
    }
    let (before, agree) = deciding(page, &case, &id, &act).await?;
    if !steps::confirms(&posted, &case, &before, &[]).await? {
        return steps::before(page, &case, before, &[], &posted.typed, Vec::new()).await;
    }
    if agree {
        let second = page.node.second_note(&page.who, case.space, &id);
        Ok(done(tab, "note", Some(posted.once(second).await?.at)))
    } else {
        let dropped = page.node.drop_waiting_note(&page.who, case.space, &id);
        posted.once(dropped).await?;
        Ok(done(tab, "second-dropped", None))
    }
}

/// What sharing what was seen here means.
async fn counts(page: &Page, case: &Case) -> Result<Before, Failed> {
    let decided = page.node.preview_sightings(&page.who, case.space).await?;
    Ok(Before {
        title: "Share what was seen here".to_owned(),
        verb: "Share the counts".to_owned(),
        severe: false,
        facts: vec![Pair {
            name: "What".to_owned(),
            value: "For each indicator of this case and each day: how often it was looked up here since the last time. \
                    No customer, no address."
                .to_owned(),
        }],
        body: String::new(),
        marking: Some(Mark(accord_model::Tlp::Amber)),
        blocked: (decided.is_empty() && !case.partners(page).is_empty())
            .then(|| "Nothing new was seen since it was last shared.".to_owned()),
        readers: case.readers(&decided),
        undo: Undo::Cannot("What was read stays known.".to_owned()),
        reason: None,
        place: case.href(&["intel", "share"]),
        back: case.href(&["intel"]),
    })
}

/// Before sharing what was seen.
pub(in super::super) async fn before_sharing(page: Page, Path(text): Path<String>) -> Paged {
    Act::ShareSightings.ask(&page.who)?;
    let case = Case::load(&page, &text).await?;
    let before = counts(&page, &case).await?;
    steps::before(&page, &case, before, &[], &Typed::default(), Vec::new()).await
}

/// Shares what was seen.
pub(in super::super) async fn share(Path(text): Path<String>, posted: Posted) -> Paged {
    let page = &posted.page;
    Act::ShareSightings.ask(&page.who)?;
    let case = Case::load(page, &text).await?;
    if !posted.was_done().await? {
        let before = counts(page, &case).await?;
        if !steps::confirms(&posted, &case, &before, &[]).await? {
            return steps::before(page, &case, before, &[], &posted.typed, Vec::new()).await;
        }
    }
    posted
        .once(page.node.share_sightings(&page.who, case.space))
        .await?;
    Ok(done(case.href(&["intel"]), "sightings-shared", None))
}
