//! A note that names a victim, by whoever holds a grant and has looked: the one way round the leak check. It is a use of
//! the grant, noted before the note, and the victim reads of it. Shown first with whom the name reaches.

use accord_model::{EntryRef, OrgName, Tlp};
use accord_service::{Act, Decided, Draft, GrantView, NewNote, Published, ServiceError, VictimView};
use axum::extract::Path;
use serde_json::json;

use super::requests::{field, pair, wrong};
use super::steps::{self, Asked, Before};
use super::timeline::markings;
use super::victims::{at_href, grant_of};
use super::{Case, entry};
use crate::web::routes::failed::{Failed, Paged, no};
use crate::web::routes::frame::{Page, done};
use crate::web::routes::posted::{Posted, Typed};
use crate::web::routes::release::publishes;
use crate::web::view::Mark;
use crate::web::view::release::Undo;
use crate::web::view::write::{Field, Shape};

type Place = (String, String, String);

const NAMES: &[&str] = &["title", "text", "what_for", "marking", "to"];

/// The grant, where this person has looked under it and may still.
async fn granted(page: &Page, case: &Case, at: EntryRef) -> Result<(VictimView, GrantView), Failed> {
    Act::AskGrant.ask(&page.who)?;
    let all = page.node.case_victims(&page.who, case.space).await?;
    let (victim, grant) = grant_of(&all.victims, at).ok_or_else(|| no("grant"))?;
    let denied = |words: &str| Err(ServiceError::denied(words).into());
    match (grant.mine, grant.state, grant.looks.is_empty()) {
        (false, ..) => denied("only who asked for a look writes a note that names the victim"),
        (_, "stands", false) => Ok((victim.clone(), grant.clone())),
        (_, "stands", true) => denied("a note names a victim only after the look: take the look first"),
        _ => denied("the look is not given, or is over: ask for one"),
    }
}

async fn show(page: &Page, case: &Case, at: EntryRef, typed: &Typed) -> Paged {
    let (victim, grant) = granted(page, case, at).await?;
    let mut fields = vec![
        field(
            typed,
            "title",
            "In one line",
            "It may name the victim, and reaches whoever the note reaches.",
            Shape::Line,
            false,
        ),
        field(
            typed,
            "text",
            "What they must know",
            "Name this victim, and no other. Nothing but what whoever reads it needs.",
            Shape::Prose,
            false,
        ),
        field(
            typed,
            "what_for",
            "What do you tell it for?",
            "The victim reads this.",
            Shape::Prose,
            false,
        ),
        Field {
            choices: markings(typed),
            ..field(typed, "marking", "Marking", "", Shape::Choice, false)
        },
    ];
    fields.extend(steps::readers(page, case, typed, "Whom it is for", "it"));
    let asked = Asked {
        tab: "Victims",
        title: format!("Write a note that names {}", victim.pseudonym),
        lede: "Any other note that names it is kept back. This one goes out as it is shown to you, once, and is a use \
               of your look.",
        about: vec![
            pair("Victim", victim.pseudonym),
            pair("Your look was asked for because", grant.reason),
        ],
        fields,
        carried: Vec::new(),
        place: at_href(case, &["grants"], at, "name"),
        back: case.href(&["victims"]),
    };
    steps::ask(page, case, typed, asked).await
}

/// Before a note that names the victim of a grant.
pub(in super::super) async fn new(page: Page, Path((text, ledger, seq)): Path<Place>) -> Paged {
    let case = Case::load(&page, &text).await?;
    show(&page, &case, entry(&ledger, &seq)?, &Typed::default()).await
}

fn report(title: &str, text: &str, marking: Tlp, to: &[OrgName]) -> accord_service::Result<Draft> {
    let note: NewNote = serde_json::from_value(json!({ "kind": "report.published", "text": text }))
        .map_err(|error| ServiceError::invalid("text", error))?;
    Ok(Draft {
        title: title.to_owned(),
        marking,
        to: to.to_vec(),
        note,
        expect: None,
    })
}

/// The note that was typed, and what is said of it to the victim.
fn typed_note(typed: &Typed) -> accord_service::Result<(Draft, String, String)> {
    let given = |name: &'static str, words: &str| match typed.get(name) {
        "" => Err(ServiceError::invalid(name, words)),
        text => Ok(text.replace("\r\n", "\n")),
    };
    let title = given("title", "say it in one line")?;
    let text = given("text", "it is needed: fill it in")?;
    let what_for = given("what_for", "say what for; the victim reads it")?;
    let marking = typed
        .get("marking")
        .parse()
        .map_err(|_| ServiceError::invalid("marking", "choose one"))?;
    let to: Result<Vec<OrgName>, _> = typed.all("to").map(str::parse).collect();
    let to = to.map_err(|error| ServiceError::invalid("to", error))?;
    Ok((report(&title, &text, marking, &to)?, text, what_for))
}

/// What the agreement says of a report so marked, without the words: with them the leak check would say no, which this
/// note alone goes round.
async fn decided(page: &Page, case: &Case, draft: &Draft) -> accord_service::Result<Vec<Decided>> {
    let nameless = report("A report", "a report", draft.marking, &draft.to)?;
    page.node.preview_note(&page.who, case.space, &nameless).await
}

/// Publishes it, once it was shown with whom it reaches.
pub(in super::super) async fn publish(Path((text, ledger, seq)): Path<Place>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let case = Case::load(page, &text).await?;
    let at = entry(&ledger, &seq)?;
    if posted.was_done().await? {
        return Ok(done(case.href(&["timeline"]), "named", None));
    }
    let (victim, _) = granted(page, &case, at).await?;
    let looked = match typed_note(typed) {
        Ok((draft, words, what_for)) => {
            let decided = decided(page, &case, &draft).await;
            decided.map(|decided| (draft, words, what_for, decided))
        }
        Err(error) => Err(error),
    };
    let (draft, words, what_for, decided) = match looked {
        Ok(looked) => looked,
        Err(error) => return show(page, &case, at, &typed.clone().wrong(wrong(error, NAMES)?)).await,
    };
    let before = Before {
        title: format!("Publish a note that names {}", victim.pseudonym),
        verb: publishes(&decided),
        severe: true,
        facts: vec![
            pair("Victim", victim.pseudonym),
            pair("In one line", draft.title.clone()),
            pair("The victim reads", what_for.clone()),
            pair(
                "Effect",
                "Whoever gets it knows who the victim is. A use of your look is noted first. A note with other words \
                 needs another.",
            ),
        ],
        body: words,
        marking: Some(Mark(draft.marking)),
        readers: case.readers(&decided),
        undo: Undo::Cannot(
            "What was read stays known, and a note is never removed. It can be called back: its use stops then.".to_owned(),
        ),
        reason: None,
        blocked: None,
        place: at_href(&case, &["grants"], at, "name"),
        back: case.href(&["victims"]),
    };
    let carried = steps::carried(typed, NAMES);
    if !steps::confirms(&posted, &case, &before, &carried).await? {
        return steps::before(page, &case, before, &carried, typed, Vec::new()).await;
    }
    let work = page
        .node
        .publish_naming(&page.who, case.space, &draft, at, &what_for);
    let published: accord_service::Result<Published> = posted.once(work).await;
    match published {
        Ok(published) => Ok(done(case.href(&["timeline"]), "named", Some(published.at))),
        Err(error) => show(page, &case, at, &typed.clone().wrong(wrong(error, NAMES)?)).await,
    }
}
