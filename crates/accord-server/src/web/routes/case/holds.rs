//! Placing and lifting holds.

use accord_model::EntryRef;
use accord_service::{Act, NewHold, RetentionView, ServiceError};
use axum::extract::Path;

use super::keeping::segments;
use super::requests::{field, pair, wrong};
use super::steps::{self, Asked, Before};
use super::{Case, entry};
use crate::web::routes::failed::{Failed, Paged, no};
use crate::web::routes::frame::{Page, done};
use crate::web::routes::posted::{Posted, Typed};
use crate::web::routes::times::counted;
use crate::web::view::release::Undo;
use crate::web::view::write::Shape;

type Place = (String, String, String);

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
            field(
                typed,
                "reason",
                "Why",
                "All parties read it.",
                Shape::Prose,
                false,
            ),
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
                text => Some(
                    text.parse()
                        .map_err(|error| ServiceError::invalid("note", error))?,
                ),
            },
            reference,
            reason: given("reason", "say why; the other parties read it")?,
        })
    });
    let names = ["reference", "reason", "note"];
    let new = match new {
        Ok(new) => new,
        Err(error) => {
            return show_hold(page, &case, &typed.clone().wrong(wrong(error, &names)?), &note).await;
        }
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
            pair(
                "Effect",
                "Nobody destroys it while the hold stands. A copy that was called back is kept, and used by nobody.",
            ),
        ],
        body: new.reason.clone(),
        marking: None,
        readers: case.every_party(page),
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
        ],
        body: hold.reason.clone(),
        marking: None,
        readers: case.every_party(page),
        undo: Undo::Cannot("A new hold keeps what is still there, and brings nothing back.".to_owned()),
        reason: Some((
            "Why is it lifted?",
            "All parties of the case read it, and it stays.",
        )),
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
        Err(ServiceError::invalid(
            "reason",
            "say why; the other parties read it",
        ))
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
