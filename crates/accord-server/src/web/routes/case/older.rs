//! `/cases/ID/team/older/ORG`: what a party that came later has not got of us, and giving it in one act.

use std::collections::BTreeMap;

use accord_model::{EntryKind, EntryRef, OrgName};
use accord_service::{Act, Decided, GiveOlder, OlderNote, OlderNotes, ServiceError};
use axum::extract::Path;

use super::Case;
use crate::web::render;
use crate::web::routes::failed::{Paged, id, problems};
use crate::web::routes::frame::{Page, done, html, role_words};
use crate::web::routes::posted::{Posted, Typed};
use crate::web::routes::release::{clause, commitment, decision};
use crate::web::routes::times::{counted, when};
use crate::web::view::Mark;
use crate::web::view::older::{OlderClause, OlderPage, OlderRow};

/// Most notes on the page, which stays under its 100 KB; the API lists more.
const SHOWN_MAX: usize = 100;

/// What binds the button to what is shown.
fn bound(case: &Case, older: &OlderNotes) -> String {
    let shown: Vec<(EntryRef, &Decided)> = older.notes.iter().map(|note| (note.at, &note.decided)).collect();
    commitment(&("older", &case.id, &older.to, shown))
}

fn kind_words(kind: EntryKind) -> String {
    match kind {
        EntryKind::PersonNamed => "the name of a person on the case".to_owned(),
        kind => kind.as_str().replace(['.', '-'], " "),
    }
}

fn row(case: &Case, note: &OlderNote, typed: &Typed) -> OlderRow {
    let at = note.at.to_string();
    let agreement = case.view.summary.agreement.to_string();
    OlderRow {
        ticked: typed.is_first() || typed.has("note", &at),
        title: note.title.clone(),
        kind: kind_words(note.kind),
        when: when(note.when_ms),
        marking: Mark(note.marking),
        decision: decision(&note.decided),
        clause: note.decided.clause.clone(),
        words: note.decided.words.clone(),
        href: clause(&agreement, &note.decided.clause),
        who: match (note.decided.answer.as_str(), note.decided.who) {
            ("ask", Some(who)) => format!("waits for our {}", role_words([&who])),
            _ => String::new(),
        },
        note: at,
    }
}

/// The clauses that notes go under, each once.
fn clauses(case: &Case, notes: &[OlderNote]) -> Vec<OlderClause> {
    let agreement = case.view.summary.agreement.to_string();
    let go = notes.iter().filter(|note| note.decided.is_yes());
    let each: BTreeMap<&str, &str> = go
        .map(|note| (note.decided.clause.as_str(), note.decided.words.as_str()))
        .collect();
    each.into_iter()
        .map(|(number, words)| OlderClause {
            number: number.to_owned(),
            words: words.to_owned(),
            href: Some(clause(&agreement, number)),
        })
        .collect()
}

async fn show(page: &Page, case: &Case, to: &OrgName, typed: &Typed) -> Paged {
    let older = page.node.older_notes(&page.who, case.space, to).await?;
    let more = older.notes.len().saturating_sub(SHOWN_MAX) + older.more;
    let shown = OlderNotes {
        notes: older.notes.iter().take(SHOWN_MAX).cloned().collect(),
        ..older
    };
    let split = |goes: bool| {
        let notes = shown.notes.iter().filter(|note| note.decided.is_yes() == goes);
        notes.map(|note| row(case, note, typed)).collect()
    };
    html(render::render_older(&OlderPage {
        shell: case.shell(page).await,
        case: case.head(page, "Team"),
        to: to.to_string(),
        form: typed.form(page, case.href(&["team", "older", to.as_str()])),
        commitment: bound(case, &shown),
        clauses: clauses(case, &shown.notes),
        go: split(true),
        stay: split(false),
        more: match more {
            0 => String::new(),
            more => format!(
                "{} shown when these are given.",
                match more {
                    1 => "1 more note is".to_owned(),
                    more => format!("{} are", counted(more as u64, "more note", "more notes")),
                }
            ),
        },
        back: case.href(&["team"]),
    }))
}

/// `/cases/ID/team/older/ORG`.
pub(in super::super) async fn page(page: Page, Path((text, org)): Path<(String, String)>) -> Paged {
    Act::GiveOlder.ask(&page.who)?;
    let case = Case::load(&page, &text).await?;
    show(&page, &case, &id(&org)?, &Typed::default()).await
}

/// Gives what was ticked, once exactly what was shown is confirmed.
pub(in super::super) async fn give(Path((text, org)): Path<(String, String)>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    Act::GiveOlder.ask(&page.who)?;
    let case = Case::load(page, &text).await?;
    let to: OrgName = id(&org)?;
    let names = [("notes", "note")];
    if !posted.was_done().await? {
        let mut older = page.node.older_notes(&page.who, case.space, &to).await?;
        older.notes.truncate(SHOWN_MAX);
        if typed.get("commitment") != bound(&case, &older) {
            let changed = ServiceError::Conflict("what was shown has changed: look again".to_owned());
            return show(page, &case, &to, &typed.clone().wrong(problems(changed, &names)?)).await;
        }
    }
    let notes: Result<Vec<EntryRef>, _> = typed.all("note").map(str::parse).collect();
    let given = match notes {
        Ok(notes) => {
            let chosen = GiveOlder { notes };
            posted
                .once(page.node.give_older(&page.who, case.space, &to, &chosen))
                .await
        }
        Err(_) => Err(ServiceError::invalid("notes", "choose among those shown")),
    };
    match given {
        Ok(_) => Ok(done(
            case.href(&["team", "older", to.as_str()]),
            "older-given",
            None,
        )),
        Err(error) => show(page, &case, &to, &typed.clone().wrong(problems(error, &names)?)).await,
    }
}
