//! Calling a note back, the page of a recall, and a recipient's word on it.

use accord_model::EntryRef;
use accord_service::{Act, RecallView, ServiceError};
use axum::extract::Path;

use super::keeping::{recall_facts, recall_href, segments};
use super::requests::{field, pair, wrong};
use super::steps::{self, Asked, Before};
use super::{Case, entry};
use crate::web::routes::failed::{Failed, Paged, no};
use crate::web::routes::frame::{Page, done};
use crate::web::routes::posted::{Posted, Typed};
use crate::web::routes::times::{day, when};
use crate::web::view::release::Undo;
use crate::web::view::write::Shape;

type Place = (String, String, String);

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
    let reached: Vec<&str> = item
        .released_to
        .iter()
        .map(accord_model::OrgName::as_str)
        .collect();
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
            pair(
                "It stays",
                "that there was such a note, and our own copy, for the court.",
            ),
            pair("Who reads why", "All parties of the case."),
        ],
        body: item.text.unwrap_or_default(),
        marking: None,
        readers: case.every_party(page),
        undo: Undo::Cannot("A recall holds for good. Write the note again, corrected.".to_owned()),
        reason: Some((
            "Why is it called back?",
            "All parties of the case read it, and it stays.",
        )),
        blocked: match (ours, known) {
            (false, _) => Some(format!(
                "{} shared it: only they call it back. Ask them; or place a hold, if it must stay.",
                item.org
            )),
            (true, Some(_)) => {
                Some("It was called back already. See its receipts on the Keeping tab.".to_owned())
            }
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
        let until = page
            .now()
            .saturating_add(u64::from(days).saturating_mul(86_400_000));
        backup.value = crate::web::routes::times::minute(until);
    }
    let mut done = super::requests::pick(
        typed,
        "done",
        "What did we do?",
        false,
        [
            (
                "deleted".to_owned(),
                "Deleted: our copy goes now, with this".to_owned(),
            ),
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
            true => {
                "Its use has stopped here. Say what was done with our copy; everybody on the case reads it."
            }
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
    let onward = typed
        .raw("onward")
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
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
        Err(error) => {
            return show_recall(page, &case, &recall, &typed.clone().wrong(wrong(error, RECEIPT)?)).await;
        }
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
                    (true, true) => {
                        "goes now: the words, and the package where there is one. That there was such a note stays."
                    }
                    (true, false) => "is gone already",
                    (false, true) => "stays in the store, and is shown to nobody",
                    (false, false) => "is not here",
                },
            ),
            pair(
                "Backups",
                said.backup_until_ms.map_or_else(
                    || "none hold it".to_owned(),
                    |until| format!("hold it until {}", day(until)),
                ),
            ),
            pair(
                "Passed on to",
                match said.onward.is_empty() {
                    true => "nobody".to_owned(),
                    false => said
                        .onward
                        .iter()
                        .map(ToString::to_string)
                        .collect::<Vec<_>>()
                        .join(", "),
                },
            ),
        ],
        body: said.note.clone().unwrap_or_default(),
        marking: None,
        readers: case.every_party(page),
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
