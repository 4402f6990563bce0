//! What is kept of a case, and until when: the tab, and what of it stands on a note's own page. Acts: `recalls`,
//! `holds`.

use accord_model::EntryRef;
use accord_service::{Act, GivenView, HoldView, KEPT_SHOWN, KeepingView, RecallView, RetentionView};
use axum::extract::Path;

use super::Case;
use super::requests::pair;
use crate::web::render;
use crate::web::routes::failed::Paged;
use crate::web::routes::frame::{Page, anchor, html};
use crate::web::routes::times::{counted, day, when};
use crate::web::view::tab::{Row, Section, TabPage};
use crate::web::view::{Actor, Href, Link, Pair, State, Tone};

pub(super) fn segments(at: EntryRef) -> (String, String) {
    (at.ledger.to_string(), at.seq.to_string())
}

/// The page of a recall.
pub(super) fn recall_href(case: &Case, order: EntryRef) -> Href {
    let (ledger, seq) = segments(order);
    case.href(&["recalls", &ledger, &seq])
}

/// Where a note is called back.
pub(super) fn recall_note(case: &Case, at: EntryRef) -> Href {
    let (ledger, seq) = segments(at);
    case.href(&["notes", &ledger, &seq, "recall"])
}

/// Where a hold on a note is placed.
pub(super) fn hold_note(case: &Case, at: EntryRef) -> Href {
    case.href(&["keeping", "hold"]).with("note", &at.to_string())
}

pub(super) fn note_link(case: &Case, at: EntryRef) -> Link {
    let (ledger, seq) = segments(at);
    Link {
        label: "The note".to_owned(),
        href: case.href(&["notes", &ledger, &seq]),
    }
}

fn by(org: &accord_model::OrgName) -> Option<Actor> {
    Some(Actor {
        organisation: org.to_string(),
        person: None,
    })
}

/// What one recipient did, in words.
fn receipt_words(receipt: &accord_service::ReceiptView) -> String {
    let mut words = match receipt.done.to_string().as_str() {
        "deleted" => "deleted it".to_owned(),
        "never-held" => "never had it".to_owned(),
        _ => "stopped using it and keeps the bytes".to_owned(),
    };
    match receipt.backup_until_ms {
        Some(until) => words.push_str(&format!("; backups hold it until {}", day(until))),
        None if receipt.done.to_string() != "never-held" => words.push_str("; no backup holds it"),
        None => {}
    }
    if !receipt.onward.is_empty() {
        let onward: Vec<&str> = receipt.onward.iter().map(accord_model::OrgName::as_str).collect();
        words.push_str(&format!("; had passed it on to {}", onward.join(", ")));
    }
    if let Some(note) = &receipt.note {
        words.push_str(&format!(". {note}"));
    }
    words
}

/// Who has it, who answered what, who is waited for.
pub(in super::super) fn recall_facts(recall: &RecallView) -> Vec<Pair> {
    let mut facts: Vec<Pair> = recall
        .receipts
        .iter()
        .map(|receipt| {
            pair(
                receipt.org.as_str(),
                format!("{}, {}", receipt_words(receipt), day(receipt.when_ms)),
            )
        })
        .collect();
    facts.extend(
        recall
            .waits_for
            .iter()
            .map(|org| pair(org.as_str(), "has it and has not answered yet")),
    );
    facts
}

fn recall_row(page: &Page, case: &Case, recall: &RecallView) -> Row {
    let answered = recall.waits_for.is_empty();
    let ours = recall.org.as_str() == page.own();
    let waits_for_us = recall.waits_for.iter().any(|org| org.as_str() == page.own());
    Row {
        anchor: anchor(recall.at),
        title: format!("{} called a note back", recall.org),
        state: Some(match (answered, waits_for_us) {
            (_, true) => State {
                word: "waits for us".to_owned(),
                tone: Tone::Waiting,
            },
            (true, _) if ours => State {
                word: "everybody answered".to_owned(),
                tone: Tone::Good,
            },
            (true, _) => State {
                word: "use has stopped".to_owned(),
                tone: Tone::Quiet,
            },
            _ => State {
                word: format!(
                    "waits for {}",
                    counted(recall.waits_for.len() as u64, "receipt", "receipts")
                ),
                tone: Tone::Waiting,
            },
        }),
        actor: by(&recall.org),
        at: Some(when(recall.when_ms)),
        text: vec![recall.reason.clone()],
        facts: recall_facts(recall),
        links: std::iter::once(Link {
            label: if waits_for_us && page.may(Act::Receipt) {
                "Say what we did".to_owned()
            } else {
                "The recall".to_owned()
            },
            href: recall_href(case, recall.at),
        })
        // Who deleted its copy has no page of it any more.
        .chain(recall.held_here.then(|| note_link(case, recall.entry)))
        .collect(),
        ..Row::default()
    }
}

fn hold_row(page: &Page, case: &Case, hold: &HoldView) -> Row {
    let ours = hold.org.as_str() == page.own();
    let (ledger, seq) = segments(hold.at);
    let mut links: Vec<Link> = hold.entry.iter().map(|at| note_link(case, *at)).collect();
    if hold.lifted.is_none() && ours && page.may(Act::Hold) {
        links.push(Link {
            label: format!("Lift {}", hold.reference),
            href: case.href(&["keeping", "holds", &ledger, &seq, "lift"]),
        });
    }
    Row {
        anchor: anchor(hold.at),
        title: hold.reference.clone(),
        soft: match hold.entry {
            Some(_) => "on one note".to_owned(),
            None => "on the whole case".to_owned(),
        },
        state: Some(match hold.lifted {
            None => State {
                word: "stands".to_owned(),
                tone: Tone::Good,
            },
            Some(_) => State {
                word: "lifted".to_owned(),
                tone: Tone::Quiet,
            },
        }),
        actor: by(&hold.org),
        at: Some(when(hold.when_ms)),
        text: vec![hold.reason.clone()],
        links,
        ..Row::default()
    }
}

/// The note's own page, where it has one: the name of a person is no note that is read, held or called back.
fn note_links(case: &Case, at: EntryRef, category: accord_model::Category) -> Vec<Link> {
    match category {
        accord_model::Category::PersonName => Vec::new(),
        _ => vec![note_link(case, at)],
    }
}

fn titled(title: &str, category: accord_model::Category) -> String {
    match title {
        "" => format!("a note ({})", category.to_string().replace('-', " ")),
        title => title.to_owned(),
    }
}

fn kept_row(page: &Page, case: &Case, view: &RetentionView) -> Row {
    let now = page.now();
    let (word, tone) = match (view.held, view.kept_because, view.over_ms <= now) {
        (true, ..) => ("a hold keeps it".to_owned(), Tone::Good),
        (_, Some(why), _) => (format!("kept: {why}"), Tone::Quiet),
        (_, _, true) => (
            "its time is over: it goes with the next run".to_owned(),
            Tone::Waiting,
        ),
        _ => (format!("destroyed on {}", day(view.over_ms)), Tone::Quiet),
    };
    let mut links = note_links(case, view.entry, view.category);
    if !view.held && !links.is_empty() && page.may(Act::Hold) {
        links.push(Link {
            label: "Place a hold".to_owned(),
            href: hold_note(case, view.entry),
        });
    }
    Row {
        title: titled(&view.title, view.category),
        soft: view.category.to_string().replace('-', " "),
        state: Some(State { word, tone }),
        actor: by(&view.org),
        facts: vec![
            pair(
                "Kept",
                format!(
                    "{} from {}",
                    counted(u64::from(view.days), "day", "days"),
                    day(view.from_ms)
                ),
            ),
            pair(
                "For",
                match view.purposes.is_empty() {
                    true => "the case's purpose".to_owned(),
                    false => view.purposes.join(", ").replace('-', " "),
                },
            ),
        ],
        links,
        ..Row::default()
    }
}

fn given_row(page: &Page, case: &Case, view: &GivenView, recalled: bool) -> Row {
    let mut facts: Vec<Pair> = view
        .until
        .iter()
        .map(|(org, until)| pair(org.as_str(), format!("until {}", day(*until))))
        .collect();
    facts.push(pair(
        "The agreement's period",
        format!("until {}", day(view.over_ms)),
    ));
    let mut links = note_links(case, view.entry, view.category);
    if !links.is_empty() && !recalled && page.may(Act::Recall) {
        links.push(Link {
            label: "Call it back".to_owned(),
            href: recall_note(case, view.entry),
        });
    }
    Row {
        title: titled(&view.title, view.category),
        soft: view.category.to_string().replace('-', " "),
        facts,
        links,
        ..Row::default()
    }
}

fn more(lede: &str, more: usize) -> String {
    match more {
        0 => lede.to_owned(),
        more => format!("{lede} The first {KEPT_SHOWN} are shown; {more} come later."),
    }
}

fn sections(page: &Page, case: &Case, keeping: &KeepingView, recalls: &[RecallView]) -> Vec<Section> {
    let backups = match keeping.backup_days {
        Some(days) => format!(
            "Backups of this node are kept {}: every receipt says so.",
            counted(u64::from(days), "day", "days")
        ),
        None => "This node keeps no backups, and its receipts say so.".to_owned(),
    };
    vec![
        Section {
            heading: "Recalls".to_owned(),
            lede: "What was shared and is called back. Its use stops on every node that hears of it; each recipient says \
                   what it did, and until when a backup holds it."
                .to_owned(),
            rows: recalls.iter().map(|recall| recall_row(page, case, recall)).collect(),
            empty: (
                "Nothing was called back.".to_owned(),
                "A note of ours is called back from its own page, by our approver or disclosure officer.".to_owned(),
            ),
            ..Section::default()
        },
        Section {
            heading: "Holds".to_owned(),
            lede: "While a hold stands, nothing that it covers is destroyed, at any party.".to_owned(),
            actions: page
                .may(Act::Hold)
                .then(|| Link {
                    label: "Hold the whole case".to_owned(),
                    href: case.href(&["keeping", "hold"]),
                })
                .into_iter()
                .collect(),
            rows: keeping.holds.iter().map(|hold| hold_row(page, case, hold)).collect(),
            empty: (
                "There are no holds.".to_owned(),
                "A disclosure officer places one, on a note or on the whole case.".to_owned(),
            ),
        },
        Section {
            heading: "What will be destroyed".to_owned(),
            lede: more(
                &format!("Our copies of what others gave, the first to go first. {backups}"),
                keeping.more,
            ),
            rows: keeping.retention.iter().map(|view| kept_row(page, case, view)).collect(),
            empty: (
                "We hold nothing of others here.".to_owned(),
                "What they share is listed with its last day.".to_owned(),
            ),
            ..Section::default()
        },
        Section {
            heading: "What others keep of ours".to_owned(),
            lede: more(
                "Counted from each release. Our own copies are kept under our own law, and not destroyed by themselves.",
                keeping.more_given,
            ),
            rows: keeping
                .given
                .iter()
                .map(|view| {
                    let recalled = recalls.iter().any(|recall| recall.entry == view.entry);
                    given_row(page, case, view, recalled)
                })
                .collect(),
            empty: (
                "We have given nothing yet.".to_owned(),
                "What we release is listed with until when each recipient keeps it.".to_owned(),
            ),
            ..Section::default()
        },
    ]
}

/// `/cases/ID/keeping`.
pub(in super::super) async fn page(page: Page, Path(text): Path<String>) -> Paged {
    let case = Case::load(&page, &text).await?;
    let keeping = page.node.keeping(&page.who, case.space).await?;
    let recalls = page.node.recalls(&page.who, case.space).await?;
    html(render::render_tab(&TabPage {
        shell: case.shell(&page).await,
        case: case.head(&page, "Keeping"),
        name: "keeping".to_owned(),
        sections: sections(&page, &case, &keeping, &recalls),
    }))
}

/// What of keeping belongs to a note's own page.
pub(super) fn of_note(
    page: &Page,
    case: &Case,
    item: &accord_service::TimelineItem,
    keeping: &KeepingView,
    recalls: &[RecallView],
) -> Section {
    let mut rows = Vec::new();
    let recalled = recalls.iter().find(|recall| recall.entry == item.at);
    rows.extend(recalled.map(|recall| recall_row(page, case, recall)));
    let holds = keeping.holds.iter();
    rows.extend(
        holds
            .filter(|hold| hold.entry.is_none_or(|entry| entry == item.at))
            .map(|hold| hold_row(page, case, hold)),
    );
    let kept = keeping.retention.iter().filter(|view| view.entry == item.at);
    rows.extend(kept.map(|view| kept_row(page, case, view)));
    let given = keeping.given.iter().filter(|view| view.entry == item.at);
    rows.extend(given.map(|view| given_row(page, case, view, recalled.is_some())));
    // What is done with the note itself stands above; it needs no way to where one is.
    let above = ["The note", "Call it back", "Place a hold"];
    for row in &mut rows {
        row.links.retain(|link| !above.contains(&link.label.as_str()));
    }
    let mut actions = Vec::new();
    let ours = item.org.as_str() == page.own();
    if ours && recalled.is_none() && page.may(Act::Recall) {
        actions.push(Link {
            label: "Call it back".to_owned(),
            href: recall_note(case, item.at),
        });
    }
    if page.may(Act::Hold) {
        actions.push(Link {
            label: "Place a hold".to_owned(),
            href: hold_note(case, item.at),
        });
    }
    Section {
        heading: "Keeping".to_owned(),
        lede: String::new(),
        actions,
        rows,
        empty: (
            "No hold covers it, and it was not called back.".to_owned(),
            "What others keep of it, and until when, stands on the Keeping tab.".to_owned(),
        ),
    }
}
