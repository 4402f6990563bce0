//! What is kept of a case, and until when: recalls, holds, and what is destroyed when its time is over.

use accord_model::EntryRef;
use accord_service::{Act, GivenView, HoldView, KEPT_SHOWN, KeepingView, NewHold, RecallView, RetentionView, ServiceError};
use axum::extract::Path;

use super::requests::{field, pair, wrong};
use super::steps::{self, Asked, Before};
use super::{Case, entry};
use crate::web::render;
use crate::web::routes::failed::{Failed, Paged, no};
use crate::web::routes::frame::{Page, anchor, done, html};
use crate::web::routes::posted::{Posted, Typed};
use crate::web::routes::times::{counted, day, when};
use crate::web::view::release::Undo;
use crate::web::view::tab::{Row, Section, TabPage};
use crate::web::view::write::Shape;
use crate::web::view::{Actor, Href, Link, Pair, State, Tone};

type Place = (String, String, String);

fn segments(at: EntryRef) -> (String, String) {
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

fn note_link(case: &Case, at: EntryRef) -> Link {
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
fn recall_facts(recall: &RecallView) -> Vec<Pair> {
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
    facts.extend(recall.waits_for.iter().map(|org| pair(org.as_str(), "has it and has not answered yet")));
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
                word: format!("waits for {}", counted(recall.waits_for.len() as u64, "receipt", "receipts")),
                tone: Tone::Waiting,
            },
        }),
        actor: by(&recall.org),
        at: Some(when(recall.when_ms)),
        text: vec![recall.reason.clone()],
        facts: recall_facts(recall),
        links: vec![
            Link {
                label: if waits_for_us && page.may(Act::Receipt) {
                    "Say what we did".to_owned()
                } else {
                    "The recall".to_owned()
                },
                href: recall_href(case, recall.at),
            },
            note_link(case, recall.entry),
        ],
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
        (_, _, true) => ("its time is over: it goes with the next run".to_owned(), Tone::Waiting),
        _ => (format!("destroyed on {}", day(view.over_ms)), Tone::Quiet),
    };
    let mut links = vec![note_link(case, view.entry)];
    if !view.held && page.may(Act::Hold) {
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

fn given_row(page: &Page, case: &Case, view: &GivenView) -> Row {
    let mut facts: Vec<Pair> = view
        .until
        .iter()
        .map(|(org, until)| pair(org.as_str(), format!("until {}", day(*until))))
        .collect();
    facts.push(pair("The agreement's period", format!("until {}", day(view.over_ms))));
    let mut links = vec![note_link(case, view.entry)];
    if page.may(Act::Recall) {
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
        Some(days) => format!("Backups of this node are kept {}: every receipt says so.", counted(u64::from(days), "day", "days")),
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
            rows: keeping.given.iter().map(|view| given_row(page, case, view)).collect(),
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

/// What can be called back, and who has it.
async fn calling_back(page: &Page, case: &Case, at: EntryRef) -> Result<Before, Failed> {
    Act::Recall.ask(&page.who)?;
    let item = page.node.note(&page.who, case.space, at).await?;
    if item.kind.is_none() || item.marking.is_none() {
        return Err(no("note"));
    }
    let recalls = page.node.recalls(&page.who, case.space).await?;
    let known = recalls.iter().find(|recall| recall.entry == at);
    let ours = item.org.as_str() == page.own();
    let reached: Vec<&str> = item.released_to.iter().map(accord_model::OrgName::as_str).collect();
    let (ledger, seq) = segments(at);
    Ok(Before {
        title: format!("Call back: {}", item.title),
        verb: "Call it back".to_owned(),
        severe: true,
        facts: vec![
            pair("Written", when(item.when_ms).shown),
            pair(
                "Who has it",
                match reached.is_empty() {
                    true => "nobody but us".to_owned(),
                    false => reached.join(", "),
                },
            ),
            pair(
                "At once",
                "its words are shown to nobody any more, here and on every node that hears of it; verdicts, searches and \
                 schedules stop using it",
            ),
            pair(
                "Then",
                "each of them says what it did: deleted, or kept unused under a hold, and until when a backup holds it",
            ),
            pair("It stays", "that there was such a note, and our own copy, for the court."),
            pair("Who reads why", "All parties of the case."),
        ],
        body: item.text.unwrap_or_default(),
        undo: Undo::Cannot("A recall holds for good. Write the note again, corrected.".to_owned()),
        reason: Some(("Why is it called back?", "All parties of the case read it, and it stays.")),
        blocked: match (ours, known) {
            (false, _) => Some(format!(
                "{} shared it: only they call it back. Ask them; or place a hold, if it must stay.",
                item.org
            )),
            (true, Some(_)) => Some("It was called back already. See its receipts on the Keeping tab.".to_owned()),
            (true, None) => None,
        },
        place: case.href(&["notes", &ledger, &seq, "recall"]),
        back: case.href(&["notes", &ledger, &seq]),
    })
}

/// Before calling a note back.
pub(in super::super) async fn before_recall(page: Page, Path((text, ledger, seq)): Path<Place>) -> Paged {
    let case = Case::load(&page, &text).await?;
    let before = calling_back(&page, &case, entry(&ledger, &seq)?).await?;
    steps::before(&page, &case, before, &[], &Typed::default(), Vec::new()).await
}

/// Calls it back.
pub(in super::super) async fn recall(Path((text, ledger, seq)): Path<Place>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let case = Case::load(page, &text).await?;
    let at = entry(&ledger, &seq)?;
    if posted.was_done().await? {
        return Ok(done(case.href(&["keeping"]), "recalled", None));
    }
    let before = calling_back(page, &case, at).await?;
    if !steps::confirms(&posted, &case, &before, &[]).await? {
        return steps::before(page, &case, before, &[], typed, Vec::new()).await;
    }
    let reason = typed.get("reason").replace("\r\n", "\n");
    let ordered = if reason.is_empty() {
        Err(ServiceError::invalid("reason", "say why; the recipients read it"))
    } else {
        posted
            .once(page.node.order_recall(&page.who, case.space, at, &reason))
            .await
    };
    match ordered {
        Ok(order) => Ok(done(case.href(&["keeping"]), "recalled", Some(order))),
        Err(error) => {
            let wrong = wrong(error, &["reason"])?;
            steps::before(page, &case, before, &[], typed, wrong).await
        }
    }
}

async fn find_recall(page: &Page, case: &Case, at: EntryRef) -> Result<RecallView, Failed> {
    let recalls = page.node.recalls(&page.who, case.space).await?;
    let mut all = recalls.into_iter();
    all.find(|recall| recall.at == at).ok_or_else(|| no("recall"))
}

/// `/cases/ID/recalls/LEDGER/SEQ`: what it was, who has it, what came back; and our own word, where it waits for it.
pub(in super::super) async fn recalled(page: Page, Path((text, ledger, seq)): Path<Place>) -> Paged {
    let case = Case::load(&page, &text).await?;
    let recall = find_recall(&page, &case, entry(&ledger, &seq)?).await?;
    show_recall(&page, &case, &recall, &Typed::default()).await
}

async fn show_recall(page: &Page, case: &Case, recall: &RecallView, typed: &Typed) -> Paged {
    let waits = recall.waits_for.iter().any(|org| org.as_str() == page.own());
    let mut about = vec![
        pair("Called back by", recall.org.to_string()),
        pair("When", when(recall.when_ms).shown),
        pair("Why", recall.reason.clone()),
        pair(
            "Our copy",
            match recall.held_here {
                true => "is in our store, and used no more",
                false => "is not in our store",
            },
        ),
    ];
    about.extend(recall_facts(recall));
    let answers = waits && page.may(Act::Receipt);
    if waits && !page.may(Act::Receipt) {
        about.push(pair("Who answers", Act::Receipt.rule().1));
    }
    let keeping = page.node.keeping(&page.who, case.space).await?;
    let mut backup = field(
        typed,
        "backup",
        "Backups hold it until (UTC)",
        "Empty: no backup does.",
        Shape::Moment,
        true,
    );
    if let (true, Some(days)) = (typed.is_first(), keeping.backup_days) {
        let until = page.now().saturating_add(u64::from(days).saturating_mul(86_400_000));
        backup.value = crate::web::routes::times::minute(until);
    }
    let mut done = super::requests::pick(
        typed,
        "done",
        "What did we do?",
        false,
        [
            ("deleted".to_owned(), "Deleted: our copy goes now, with this".to_owned()),
            (
                "use-stopped".to_owned(),
                "Stopped using it: the bytes stay, say under a hold".to_owned(),
            ),
            ("never-held".to_owned(), "We never had it".to_owned()),
        ],
    );
    done.hint = "Deleting takes the words and the package out of this node's store, for good.".to_owned();
    let (ledger, seq) = segments(recall.at);
    let asked = Asked {
        tab: "Keeping",
        title: format!("Recalled by {}", recall.org),
        lede: match answers {
            true => "Its use has stopped here. Say what was done with our copy; everybody on the case reads it.",
            false => "What it was, who has it, and what came back.",
        },
        about,
        fields: match answers {
            false => Vec::new(),
            true => vec![
                done,
                backup,
                field(
                    typed,
                    "onward",
                    "Passed on to",
                    "Organisations that we had given it to, one a line. The agreement lets nobody pass anything on: say \
                     it all the same.",
                    Shape::Values,
                    true,
                ),
                field(typed, "note", "More words", "", Shape::Prose, true),
            ],
        },
        carried: Vec::new(),
        place: case.href(&["recalls", &ledger, &seq]),
        back: case.href(&["keeping"]),
    };
    steps::ask(page, case, typed, asked).await
}

fn answer(typed: &Typed, recall: EntryRef) -> accord_service::Result<accord_service::RecallAnswer> {
    let onward = typed.raw("onward").lines().map(str::trim).filter(|line| !line.is_empty());
    let onward: Result<Vec<_>, _> = onward.map(str::parse).collect();
    let note = typed.get("note").replace("\r\n", "\n");
    Ok(accord_service::RecallAnswer {
        recall,
        done: typed
            .get("done")
            .parse()
            .map_err(|_| ServiceError::invalid("done", "choose what was done"))?,
        backup_until_ms: super::requests::moment(typed, "backup")?,
        onward: onward.map_err(|error| ServiceError::invalid("onward", error))?,
        note: (!note.is_empty()).then_some(note),
    })
}

const RECEIPT: &[&str] = &["done", "backup", "onward", "note"];

/// Our word on a recall, once what it does was shown.
pub(in super::super) async fn receipt(Path((text, ledger, seq)): Path<Place>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    Act::Receipt.ask(&page.who)?;
    let case = Case::load(page, &text).await?;
    let recall = find_recall(page, &case, entry(&ledger, &seq)?).await?;
    if posted.was_done().await? {
        return Ok(done(case.href(&["keeping"]), "receipted", None));
    }
    let said = match answer(typed, recall.at) {
        Ok(said) => said,
        Err(error) => return show_recall(page, &case, &recall, &typed.clone().wrong(wrong(error, RECEIPT)?)).await,
    };
    let deletes = said.done.to_string() == "deleted";
    let before = Before {
        title: format!("Answer the recall of {}", recall.org),
        verb: if deletes { "Delete it and say so" } else { "Say so" }.to_owned(),
        severe: deletes,
        facts: vec![
            pair("Done", said.done.to_string().replace('-', " ")),
            pair(
                "Our copy",
                match (deletes, recall.held_here) {
                    (true, true) => "goes now: the words, and the package where there is one. That there was such a note stays.",
                    (true, false) => "is gone already",
                    (false, true) => "stays in the store, and is shown to nobody",
                    (false, false) => "is not here",
                },
            ),
            pair(
                "Backups",
                said.backup_until_ms
                    .map_or_else(|| "none hold it".to_owned(), |until| format!("hold it until {}", day(until))),
            ),
            pair(
                "Passed on to",
                match said.onward.is_empty() {
                    true => "nobody".to_owned(),
                    false => said.onward.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
                },
            ),
            pair("Who reads it", "All parties of the case."),
        ],
        body: said.note.clone().unwrap_or_default(),
        undo: if deletes {
            Undo::Cannot("What is deleted is gone.".to_owned())
        } else {
            Undo::Can("Answer again, once it is deleted.".to_owned())
        },
        reason: None,
        blocked: None,
        place: case.href(&["recalls", &ledger, &seq]),
        back: recall_href(&case, recall.at),
    };
    let carried = steps::carried(typed, RECEIPT);
    if !steps::confirms(&posted, &case, &before, &carried).await? {
        return steps::before(page, &case, before, &carried, typed, Vec::new()).await;
    }
    match posted
        .once(page.node.receipt_recall(&page.who, case.space, &said))
        .await
    {
        Ok(at) => Ok(done(case.href(&["keeping"]), "receipted", Some(at))),
        Err(error) => show_recall(page, &case, &recall, &typed.clone().wrong(wrong(error, RECEIPT)?)).await,
    }
}

async fn show_hold(page: &Page, case: &Case, typed: &Typed, note: &str) -> Paged {
    Act::Hold.ask(&page.who)?;
    let (about, carried) = match note {
        "" => (vec![pair("It covers", "everything of the case")], Vec::new()),
        text => {
            let at: EntryRef = text.parse().map_err(|_| no("note"))?;
            let item = page.node.note(&page.who, case.space, at).await?;
            (
                vec![pair("It covers", item.title), pair("Of", item.org.to_string())],
                vec![pair("note", text)],
            )
        }
    };
    let asked = Asked {
        tab: "Keeping",
        title: "Place a hold".to_owned(),
        lede: "What it covers is destroyed by nobody while it stands, whatever period is over.",
        about,
        fields: vec![
            field(typed, "reference", "The order or matter", "", Shape::Mono, false),
            field(typed, "reason", "Why", "All parties read it.", Shape::Prose, false),
        ],
        carried,
        place: case.href(&["keeping", "hold"]),
        back: case.href(&["keeping"]),
    };
    steps::ask(page, case, typed, asked).await
}

/// `/cases/ID/keeping/hold`.
pub(in super::super) async fn new_hold(page: Page, Path(text): Path<String>) -> Paged {
    let case = Case::load(&page, &text).await?;
    let note = page.query("note").to_owned();
    show_hold(&page, &case, &Typed::default(), &note).await
}

/// Places a hold, once what it does was shown.
pub(in super::super) async fn hold(Path(text): Path<String>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    Act::Hold.ask(&page.who)?;
    let case = Case::load(page, &text).await?;
    let note = typed.get("note").to_owned();
    let given = |name: &'static str, words: &str| match typed.get(name) {
        "" => Err(ServiceError::invalid(name, words)),
        text => Ok(text.replace("\r\n", "\n")),
    };
    let new = given("reference", "name the order or matter").and_then(|reference| {
        Ok(NewHold {
            entry: match note.as_str() {
                "" => None,
                text => Some(text.parse().map_err(|error| ServiceError::invalid("note", error))?),
            },
            reference,
            reason: given("reason", "say why; the other parties read it")?,
        })
    });
    let names = ["reference", "reason", "note"];
    let new = match new {
        Ok(new) => new,
        Err(error) => return show_hold(page, &case, &typed.clone().wrong(wrong(error, &names)?), &note).await,
    };
    let covers = match new.entry {
        None => "everything of the case, at every party".to_owned(),
        Some(at) => page.node.note(&page.who, case.space, at).await?.title,
    };
    let before = Before {
        title: format!("Place the hold {}", new.reference),
        verb: "Place the hold".to_owned(),
        severe: false,
        facts: vec![
            pair("It covers", covers),
            pair("Effect", "Nobody destroys it while the hold stands. A copy that was called back is kept, and used by nobody."),
            pair("Who reads it", "All parties of the case."),
        ],
        body: new.reason.clone(),
        undo: Undo::Can("Lift it: what is over by then goes with the next run.".to_owned()),
        reason: None,
        blocked: None,
        place: case.href(&["keeping", "hold"]),
        back: case.href(&["keeping"]),
    };
    // The reason stands on the page before; it is not asked again.
    let carried = steps::carried(typed, &["reference", "reason", "note"]);
    if !steps::confirms(&posted, &case, &before, &carried).await? {
        return steps::before(page, &case, before, &carried, typed, Vec::new()).await;
    }
    match posted
        .once(page.node.place_hold(&page.who, case.space, &new))
        .await
    {
        Ok(at) => Ok(done(case.href(&["keeping"]), "hold", Some(at))),
        Err(error) => show_hold(page, &case, &typed.clone().wrong(wrong(error, &names)?), &note).await,
    }
}

async fn lifting(page: &Page, case: &Case, at: EntryRef) -> Result<Before, Failed> {
    Act::Hold.ask(&page.who)?;
    let keeping = page.node.keeping(&page.who, case.space).await?;
    let hold = keeping.holds.iter().find(|hold| hold.at == at);
    let hold = hold.ok_or_else(|| no("hold"))?;
    let now = page.now();
    // What only this hold keeps, and whose time is over.
    let others = |view: &RetentionView| {
        keeping.holds.iter().any(|other| {
            other.at != at && other.lifted.is_none() && other.entry.is_none_or(|entry| entry == view.entry)
        })
    };
    let freed = keeping.retention.iter().filter(|view| {
        hold.entry.is_none_or(|entry| entry == view.entry)
            && view.over_ms <= now
            && view.kept_because.is_none()
            && !others(view)
    });
    let freed = freed.count() as u64;
    let (ledger, seq) = segments(at);
    Ok(Before {
        title: format!("Lift the hold {}", hold.reference),
        verb: "Lift the hold".to_owned(),
        severe: true,
        facts: vec![
            pair(
                "It covers",
                match hold.entry {
                    Some(_) => "one note",
                    None => "everything of the case",
                },
            ),
            pair(
                "Here",
                match freed {
                    0 => "nothing that it keeps is over its time yet".to_owned(),
                    many => format!(
                        "{} whose time is over: destroyed with the next run, within the hour",
                        counted(many, "copy", "copies")
                    ),
                },
            ),
            pair("At the others", "the same, by their own clocks"),
            pair("Who reads it", "All parties of the case."),
        ],
        body: hold.reason.clone(),
        undo: Undo::Cannot("A new hold keeps what is still there, and brings nothing back.".to_owned()),
        reason: Some(("Why is it lifted?", "All parties of the case read it, and it stays.")),
        blocked: match (hold.org.as_str() == page.own(), hold.lifted) {
            (false, _) => Some(format!("{} placed it, and lifts it.", hold.org)),
            (_, Some(_)) => Some("It was lifted already.".to_owned()),
            _ => None,
        },
        place: case.href(&["keeping", "holds", &ledger, &seq, "lift"]),
        back: case.href(&["keeping"]),
    })
}

/// Before lifting a hold.
pub(in super::super) async fn before_lifting(page: Page, Path((text, ledger, seq)): Path<Place>) -> Paged {
    let case = Case::load(&page, &text).await?;
    let before = lifting(&page, &case, entry(&ledger, &seq)?).await?;
    steps::before(&page, &case, before, &[], &Typed::default(), Vec::new()).await
}

/// Lifts it.
pub(in super::super) async fn lift(Path((text, ledger, seq)): Path<Place>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let case = Case::load(page, &text).await?;
    let at = entry(&ledger, &seq)?;
    if posted.was_done().await? {
        return Ok(done(case.href(&["keeping"]), "hold-lifted", None));
    }
    let before = lifting(page, &case, at).await?;
    if !steps::confirms(&posted, &case, &before, &[]).await? {
        return steps::before(page, &case, before, &[], typed, Vec::new()).await;
    }
    let reason = typed.get("reason").replace("\r\n", "\n");
    let lifted = if reason.is_empty() {
        Err(ServiceError::invalid("reason", "say why; the other parties read it"))
    } else {
        posted
            .once(page.node.lift_hold(&page.who, case.space, at, &reason))
            .await
    };
    match lifted {
        Ok(said) => Ok(done(case.href(&["keeping"]), "hold-lifted", Some(said))),
        Err(error) => {
            let wrong = wrong(error, &["reason"])?;
            steps::before(page, &case, before, &[], typed, wrong).await
        }
    }
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
    rows.extend(given.map(|view| given_row(page, case, view)));
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
