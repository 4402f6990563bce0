//! Oral authority: recording it, and the writing that follows. The small forms of a request look the same.

use accord_model::Category;
use accord_model::control::THREAT_TO_LIFE;
use accord_service::{Act, NewOral, OralConfirmation, ServiceError};
use axum::extract::Path;
use serde_json::{Value, json};

use super::requests::{field, pair, pick, wrong};
use super::{Case, entry};
use crate::web::render;
use crate::web::routes::failed::{Paged, no};
use crate::web::routes::frame::{Page, done, html};
use crate::web::routes::posted::{Posted, Typed};
use crate::web::routes::times::when;
use crate::web::view::Pair;
use crate::web::view::question::QuestionPage;
use crate::web::view::write::{Field, Shape};

type Place = (String, String, String);

pub(super) async fn small(
    page: &Page,
    case: &Case,
    typed: &Typed,
    place: &[&str],
    (title, lede, verb): (&str, &str, &str),
    about: Vec<Pair>,
    fields: Vec<Field>,
) -> Paged {
    html(render::render_question(&QuestionPage {
        shell: case.shell(page).await,
        case: case.head(page, "Requests"),
        title: title.to_owned(),
        lede: lede.to_owned(),
        form: typed.form(page, case.href(place)),
        carried: Vec::new(),
        about,
        fields,
        verb: verb.to_owned(),
        others: Vec::new(),
        back: case.href(&["requests"]),
    }))
}

async fn show_oral(page: &Page, case: &Case, typed: &Typed) -> Paged {
    let parties = case.partners(page);
    let parties = parties.iter().map(|(org, _)| (org.to_string(), org.to_string()));
    let covers = [Category::SubscriberData, Category::LogEvidence]
        .into_iter()
        .map(|category| (category.to_string(), category.to_string().replace('-', " ")));
    let fields = vec![
        pick(
            typed,
            "ground",
            "Ground",
            false,
            [(THREAT_TO_LIFE.to_owned(), "A life is in danger".to_owned())],
        ),
        field(
            typed,
            "act",
            "The one act",
            "What is asked, of whom, why it cannot wait.",
            Shape::Prose,
            false,
        ),
        pick(typed, "category", "About", false, covers),
        pick(typed, "addressee", "Binds", false, parties),
        field(
            typed,
            "authority",
            "Who gave it",
            "Name and office.",
            Shape::Line,
            false,
        ),
        field(typed, "power", "Under which law", "", Shape::Line, false),
    ];
    let words = (
        "Record an oral authority",
        "Only where a life is in danger. It carries one request, and is confirmed in writing within 24 hours.",
        "Record it",
    );
    small(page, case, typed, &["orals", "record"], words, Vec::new(), fields).await
}

/// `/cases/ID/orals/record`.
pub(in super::super) async fn new_oral(page: Page, Path(text): Path<String>) -> Paged {
    let case = Case::load(&page, &text).await?;
    if !page.may(Act::RunCase) {
        return Err(ServiceError::denied(Act::RunCase.rule().1).into());
    }
    show_oral(&page, &case, &Typed::default()).await
}

/// Records it.
pub(in super::super) async fn record_oral(Path(text): Path<String>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let case = Case::load(page, &text).await?;
    Act::Oral.ask(&page.who)?;
    let names = ["ground", "act", "category", "addressee", "authority", "power"];
    let fields = names
        .iter()
        .map(|name| ((*name).to_owned(), json!(typed.get(name))));
    let new = serde_json::from_value::<NewOral>(Value::Object(fields.collect()))
        .map_err(|error| ServiceError::invalid("oral", error));
    let recorded = match new {
        Ok(new) => {
            posted
                .once(page.node.record_oral(&page.who, case.space, &new))
                .await
        }
        Err(error) => Err(error),
    };
    match recorded {
        Ok(at) => Ok(done(case.href(&["requests"]), "oral", Some(at))),
        Err(error) => show_oral(page, &case, &typed.clone().wrong(wrong(error, &names)?)).await,
    }
}

async fn show_confirm(page: &Page, case: &Case, (_, ledger, seq): &Place, typed: &Typed) -> Paged {
    let at = entry(ledger, seq)?;
    let known = case.view.orals.iter().find(|oral| oral.at == at);
    let known = known.ok_or_else(|| no("oral authority"))?;
    let about = vec![
        pair("The act", known.act.clone()),
        pair("Given by", known.authority.clone()),
        pair("In writing by", when(known.due_ms).shown),
    ];
    let fields = vec![
        field(
            typed,
            "reference",
            "Number of the written authority",
            "",
            Shape::Mono,
            false,
        ),
        field(typed, "authority", "Who signed it", "", Shape::Line, false),
    ];
    let words = (
        "Confirm in writing",
        "The paper that follows the word of mouth. Late completes the record, and carries nothing new.",
        "Confirm",
    );
    small(
        page,
        case,
        typed,
        &["orals", ledger, seq, "confirm"],
        words,
        about,
        fields,
    )
    .await
}

/// `/cases/ID/orals/LEDGER/SEQ/confirm`.
pub(in super::super) async fn before_confirming(page: Page, Path(place): Path<Place>) -> Paged {
    let case = Case::load(&page, &place.0).await?;
    Act::Oral.ask(&page.who)?;
    show_confirm(&page, &case, &place, &Typed::default()).await
}

/// Confirms it.
pub(in super::super) async fn confirm(Path(place): Path<Place>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let case = Case::load(page, &place.0).await?;
    let new = OralConfirmation {
        oral: entry(&place.1, &place.2)?,
        reference: typed.get("reference").to_owned(),
        authority: typed.get("authority").to_owned(),
        instrument: None,
    };
    match posted
        .once(page.node.confirm_oral(&page.who, case.space, &new))
        .await
    {
        Ok(at) => Ok(done(case.href(&["requests"]), "confirmed-oral", Some(at))),
        Err(error) => {
            let typed = typed.clone().wrong(wrong(error, &["reference", "authority"])?);
            show_confirm(page, &case, &place, &typed).await
        }
    }
}
