//! The timeline: what happened, and writing a note.

use accord_model::{EntryKind, EntryRef, OrgName, Tlp};
use accord_service::{Act, Draft, LookView, NewNote, ServiceError, TimelineItem as Item};
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect};

use super::steps::{self, Before};
use super::{Case, entry, keeping, write};
use crate::web::render;
use crate::web::routes::failed::{Failed, Paged, id, no, problems};
use crate::web::routes::frame::{Page, anchor, done, html, operation, role_words};
use crate::web::routes::inbox::approval;
use crate::web::routes::posted::{Posted, Typed, stale};
use crate::web::routes::release::{commitment, publishes};
use crate::web::routes::times::{date, day_name, time_of_day, when};
use crate::web::view::case::{Composer, Day, Fact, TimelineItem, TimelinePage};
use crate::web::view::release::{ReleasePage, Undo};
use crate::web::view::tab::{Row, Section, TabPage};
use crate::web::view::{Actor, Choice, Link, Mark, Pair};

/// Most characters of one note that the timeline shows.
const SHOWN_MAX: usize = 600;
/// Most paragraphs of one note that the timeline shows.
const LINES_MAX: usize = 8;
/// What leads to the rest.
const WHOLE: &str = "Read it whole";

/// `/cases/ID`.
pub(in super::super) async fn to_it(page: Page, Path(text): Path<String>) -> Paged {
    let case = Case::load(&page, &text).await?;
    Ok(Redirect::to(case.href(&["timeline"]).as_str()).into_response())
}

/// `/cases/ID/timeline`.
pub(in super::super) async fn page(page: Page, Path(text): Path<String>) -> Paged {
    let case = Case::load(&page, &text).await?;
    show(&page, &case, &Typed::default()).await
}

fn names(orgs: &[OrgName]) -> String {
    orgs.iter().map(OrgName::as_str).collect::<Vec<_>>().join(", ")
}

/// The paragraphs of a text that the timeline has room for, and whether these are all.
fn beginning(text: &str) -> (Vec<String>, bool) {
    let mut room = SHOWN_MAX;
    let mut shown = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        if shown.len() == LINES_MAX {
            return (shown, false);
        }
        let length = line.chars().count();
        if length > room {
            let cut: String = line.chars().take(room).collect();
            shown.push(format!("{cut}\u{2026}"));
            return (shown, false);
        }
        room -= length;
        shown.push(line.to_owned());
    }
    (shown, true)
}

/// Who elsewhere looked at a note of ours.
fn looks(looks: Vec<LookView>) -> Section {
    let row = |look: LookView| Row {
        title: look.name.unwrap_or_else(|| format!("a person of {}", look.org)),
        soft: format!("{} it", look.way.as_str()),
        actor: Some(Actor {
            organisation: look.org.to_string(),
            person: None,
        }),
        at: Some(when(look.when_ms)),
        ..Row::default()
    };
    Section {
        heading: "Who looked at it".to_owned(),
        lede: "The first look of each person on each day, as their organisation tells it.".to_owned(),
        rows: looks.into_iter().map(row).collect(),
        empty: (
            "Nobody elsewhere has looked at it.".to_owned(),
            "Their nodes say so as soon as somebody does.".to_owned(),
        ),
        ..Section::default()
    }
}

/// `/cases/ID/notes/LEDGER/SEQ`: one note, whole.
pub(in super::super) async fn whole(
    page: Page,
    Path((text, ledger, seq)): Path<(String, String, String)>,
) -> Paged {
    let case = Case::load(&page, &text).await?;
    let item = page
        .node
        .note(&page.who, case.space, entry(&ledger, &seq)?)
        .await?;
    if item.kind.is_none() {
        return Err(no("note"));
    }
    let fact = fact(&page, &case, &item);
    let row = Row {
        anchor: fact.anchor,
        title: item.title.clone(),
        marking: fact.marking,
        actor: Some(fact.actor),
        at: Some(when(item.when_ms)),
        text: item
            .text
            .iter()
            .flat_map(|text| text.lines())
            .filter(|line| !line.trim().is_empty())
            .map(str::to_owned)
            .collect(),
        shared_with: fact.shared_with,
        facts: vec![Pair {
            name: "Reference".to_owned(),
            value: item.at.to_string(),
        }],
        links: fact
            .links
            .into_iter()
            .filter(|link| link.label != WHOLE)
            .collect(),
        ..Row::default()
    };
    let mut sections = vec![Section {
        heading: "Note".to_owned(),
        rows: vec![row],
        ..Section::default()
    }];
    if item.org.as_str() == page.own() && item.marking.is_some() {
        sections.push(looks(page.node.looks_at(&page.who, case.space, item.at).await?));
    }
    if item.marking.is_some() {
        let keeping = page.node.keeping_of(&page.who, case.space, item.at).await?;
        let recalls = page.node.recalls(&page.who, case.space).await?;
        sections.push(keeping::of_note(&page, &case, &item, &keeping, &recalls));
    }
    html(render::render_tab(&TabPage {
        shell: case.shell(&page).await,
        case: case.head(&page, "Timeline"),
        name: "note".to_owned(),
        sections,
    }))
}

fn fact(page: &Page, case: &Case, item: &Item) -> Fact {
    let own = item.org.as_str() == page.own();
    let (mut detail, whole) = beginning(item.text.as_deref().unwrap_or_default());
    if !item.not_released_to.is_empty() {
        detail.push(format!("Not shared with {}.", names(&item.not_released_to)));
    }
    if let Some(why) = &item.set_aside {
        detail.push(format!("This does not count: {why}."));
    }
    let shared_with = match (item.marking, own) {
        (None, _) => "all parties".to_owned(),
        (Some(_), true) if item.released_to.is_empty() => "us only".to_owned(),
        (Some(_), true) => format!("us and {}", names(&item.released_to)),
        (Some(_), false) => format!("{} and us", item.org),
    };
    let link = |label: &str, href| Link {
        label: label.to_owned(),
        href,
    };
    let mut links = Vec::new();
    if !whole {
        let place = case.href(&["notes", &item.at.ledger.to_string(), &item.at.seq.to_string()]);
        links.push(link(WHOLE, place));
    }
    match item.kind {
        Some(EntryKind::EvidenceDelivered) => {
            links.push(link("Exhibit", case.href(&["evidence"]).at(&anchor(item.at))));
        }
        Some(EntryKind::RequestMade) if !own && page.may(Act::Approve) => {
            links.push(link("Decision", approval(item.at)));
        }
        Some(EntryKind::RequestMade) => {
            links.push(link("Hunt", case.href(&["hunts"]).at(&anchor(item.at))));
        }
        Some(EntryKind::InstrumentRecorded) => {
            links.push(link(
                "Instrument",
                case.href(&["instruments"]).at(&anchor(item.at)),
            ));
        }
        _ => {}
    }
    Fact {
        anchor: anchor(item.at),
        at: time_of_day(item.when_ms),
        actor: Actor {
            organisation: item.org.to_string(),
            person: match (&item.by, item.role) {
                (Some(name), Some(role)) => Some(format!("{name}, {}", role_words([&role]))),
                (Some(name), None) => Some(name.clone()),
                (None, Some(role)) => Some(role_words([&role])),
                (None, None) => None,
            },
        },
        text: item.title.clone(),
        detail,
        marking: item.marking.map(Mark),
        shared_with,
        links,
    }
}

fn days(page: &Page, case: &Case, items: &[Item]) -> Vec<Day> {
    let now = page.now();
    let mut days: Vec<Day> = Vec::new();
    for item in items {
        let date = date(item.when_ms);
        if days.last().is_none_or(|day| day.date != date) {
            days.push(Day {
                label: day_name(item.when_ms, now),
                date,
                items: Vec::new(),
            });
        }
        let Some(day) = days.last_mut() else { break };
        if item.kind.is_none() && item.title == "withheld" {
            let same = match day.items.last_mut() {
                Some(TimelineItem::Withheld { count, organisation }) if organisation == item.org.as_str() => {
                    *count += 1;
                    true
                }
                _ => false,
            };
            if !same {
                day.items.push(TimelineItem::Withheld {
                    count: 1,
                    organisation: item.org.to_string(),
                });
            }
        } else {
            day.items
                .push(TimelineItem::Fact(Box::new(fact(page, case, item))));
        }
    }
    days
}

pub(in super::super) fn markings(typed: &Typed) -> Vec<Choice> {
    let chosen = typed.or("marking", Tlp::Amber.as_str());
    Tlp::ALL
        .iter()
        .map(|tlp| Choice {
            value: tlp.as_str().to_owned(),
            label: tlp.as_str().to_owned(),
            hint: String::new(),
            chosen: tlp.as_str() == chosen,
        })
        .collect()
}

/// What else this person may write from here; the rest is written in the tabs it belongs to.
fn others(case: &Case) -> Vec<Link> {
    [
        (EntryKind::ReportPublished, "Write a graded report"),
        (EntryKind::DecisionLogged, "Log a decision"),
        (EntryKind::TaskSet, "Set a task"),
    ]
    .iter()
    .filter(|(kind, _)| case.view.writes.contains(kind))
    .map(|(kind, label)| Link {
        label: (*label).to_owned(),
        href: write::href(case, *kind, None),
    })
    .collect()
}

async fn show(page: &Page, case: &Case, typed: &Typed) -> Paged {
    let before: Option<EntryRef> = page.query("before").parse().ok();
    let (items, older) = page.node.timeline(&page.who, case.space, before).await?;
    html(render::render_timeline(&TimelinePage {
        shell: case.shell(page).await,
        case: case.head(page, "Timeline"),
        days: days(page, case, &items),
        write: others(case),
        composer: case
            .view
            .writes
            .contains(&EntryKind::ReportPublished)
            .then(|| Composer {
                form: typed.form(page, case.href(&["notes"])),
                title: typed.or("title", ""),
                text: typed.or("text", ""),
                markings: markings(typed),
            }),
        older: older.map(|at| case.href(&["timeline"]).with("before", &at.to_string())),
    }))
}

fn draft(typed: &Typed) -> accord_service::Result<Draft> {
    let title = typed.get("title");
    let text = typed.raw("text").replace("\r\n", "\n");
    if title.is_empty() {
        return Err(ServiceError::invalid("title", "say it in one line"));
    }
    if text.trim().is_empty() {
        return Err(ServiceError::invalid("text", "the note is empty; write it first"));
    }
    let marking = typed.get("marking").parse();
    Ok(Draft {
        title: title.to_owned(),
        marking: marking.map_err(|error| ServiceError::invalid("marking", error))?,
        to: Vec::new(),
        note: NewNote::report(text),
        expect: None,
    })
}

/// A note: shown first with what becomes of it, and published once that very thing is confirmed.
pub(in super::super) async fn note(Path(text): Path<String>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let case = Case::load(page, &text).await?;
    let wrong = |error| {
        problems(
            error,
            &[("title", "title"), ("text", "text"), ("marking", "marking")],
        )
    };
    let draft = match draft(typed) {
        Ok(draft) => draft,
        Err(error) => return show(page, &case, &typed.clone().wrong(wrong(error)?)).await,
    };
    let decided = match page.node.preview_note(&page.who, case.space, &draft).await {
        Ok(decided) => decided,
        Err(error) => return show(page, &case, &typed.clone().wrong(wrong(error)?)).await,
    };
    let shown = commitment(&(&case.id, &draft, &decided));
    let confirmed = !typed.get("commitment").is_empty();
    let mut changed = Vec::new();
    if typed.get("commitment") == shown || (confirmed && posted.was_done().await?) {
        // Bound to the list that was shown, also against a party that joins between here and there.
        let expect = typed.all("expect").map(str::parse).collect::<Result<_, _>>();
        let draft = Draft {
            expect: Some(expect.map_err(|_| stale())?),
            ..draft.clone()
        };
        match posted
            .once(page.node.publish_note(&page.who, case.space, &draft))
            .await
        {
            Ok(published) => return Ok(done(case.href(&["timeline"]), "note", Some(published.at))),
            Err(error) => changed = wrong(error)?,
        }
    } else if confirmed {
        changed = wrong(ServiceError::Conflict(
            "The recipients have changed: look again.".to_owned(),
        ))?;
    }
    let body = typed.raw("text").replace("\r\n", "\n");
    let mut carried = vec![
        ("title", draft.title.clone()),
        ("text", body.clone()),
        ("marking", draft.marking.as_str().to_owned()),
    ];
    let reaches = decided.iter().filter(|decided| decided.is_yes());
    carried.extend(reaches.map(|decided| ("expect", decided.to.to_string())));
    html(render::render_release(&ReleasePage {
        shell: case.shell(page).await,
        title: "Publish this note".to_owned(),
        verb: publishes(&decided),
        severe: false,
        form: Typed::default().wrong(changed).form(page, case.href(&["notes"])),
        carried: carried
            .into_iter()
            .map(|(name, value)| Pair {
                name: name.to_owned(),
                value,
            })
            .collect(),
        commitment: shown,
        facts: vec![
            Pair {
                name: "Case".to_owned(),
                value: format!("Operation {}", case.view.summary.operation),
            },
            Pair {
                name: "In one line".to_owned(),
                value: draft.title.clone(),
            },
        ],
        body: body.clone(),
        marking: Some(Mark(draft.marking)),
        readers: case.readers(&decided),
        undo: Undo::Cannot("What was read stays known, and a note is never removed.".to_owned()),
        reason: None,
        blocked: None,
        back: case.href(&["timeline"]),
    }))
}

/// What letting a note of ours go to one organisation means.
async fn letting(page: &Page, case: &Case, at: EntryRef, to: &OrgName) -> Result<Before, Failed> {
    Act::Approve.ask(&page.who)?;
    let item = page.node.note(&page.who, case.space, at).await?;
    if !item.not_released_to.contains(to) {
        return Err(no("note"));
    }
    let (asked, decided) = page.node.preview_release(&page.who, at, to).await?;
    let pair = |name: &str, value: String| Pair {
        name: name.to_owned(),
        value,
    };
    let (ledger, seq) = (at.ledger.to_string(), at.seq.to_string());
    let refused = (!decided.is_yes()).then(|| match decided.answer.as_str() {
        "ask" => "It needs the word of another approver.".to_owned(),
        _ => format!("The agreement does not let it go: {}", decided.words),
    });
    Ok(Before {
        title: format!("Share this note with {to}"),
        verb: format!("Share with {to}"),
        severe: false,
        facts: vec![
            pair(
                "Case",
                format!("Operation {}", operation(&case.view.summary.operation)),
            ),
            pair("In one line", item.title.clone()),
            pair("Written by", item.by.clone().unwrap_or_default()),
            pair(
                "You are asked by",
                format!("clause {}: {}", asked.clause, asked.words),
            ),
        ],
        body: item.text.clone().unwrap_or_default(),
        marking: item.marking.map(Mark),
        readers: case.readers([&decided]),
        undo: Undo::Cannot("What was read stays known.".to_owned()),
        reason: None,
        blocked: refused,
        place: case.href(&["releases", &ledger, &seq, to.as_str()]),
        back: case.href(&["timeline"]),
    })
}

type Release = (String, String, String, String);

/// A note of ours that waits for an approver before it goes to one organisation.
pub(in super::super) async fn release(page: Page, Path((text, ledger, seq, to)): Path<Release>) -> Paged {
    let case = Case::load(&page, &text).await?;
    let before = letting(&page, &case, entry(&ledger, &seq)?, &id(&to)?).await?;
    steps::before(&page, &case, before, &[], &Typed::default(), Vec::new()).await
}

/// Releases it.
pub(in super::super) async fn release_it(
    Path((text, ledger, seq, to)): Path<Release>,
    posted: Posted,
) -> Paged {
    let page = &posted.page;
    let case = Case::load(page, &text).await?;
    let at = entry(&ledger, &seq)?;
    let to: OrgName = id(&to)?;
    if !posted.was_done().await? {
        let before = letting(page, &case, at, &to).await?;
        if !steps::confirms(&posted, &case, &before, &[]).await? {
            return steps::before(page, &case, before, &[], &posted.typed, Vec::new()).await;
        }
    }
    posted.once(page.node.approve_release(&page.who, at, &to)).await?;
    Ok(done(case.href(&["timeline"]), "released", Some(at)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_note_is_cut_at_the_limit_and_not_before() {
        let line = "a".repeat(SHOWN_MAX);
        assert_eq!(beginning(&line), (vec![line.clone()], true));
        let (shown, whole) = beginning(&format!("{line}b"));
        assert_eq!((shown.concat(), whole), (format!("{line}\u{2026}"), false));
        let lines = |count: usize| beginning(&"a\n\n".repeat(count));
        assert_eq!((lines(LINES_MAX).0.len(), lines(LINES_MAX).1), (LINES_MAX, true));
        assert_eq!(
            (lines(LINES_MAX + 1).0.len(), lines(LINES_MAX + 1).1),
            (LINES_MAX, false)
        );
        assert_eq!(beginning(""), (Vec::new(), true));
    }
}
