//! `/cases/ID/about`: what stands at the head of a case, where else what it holds was seen, and linking it.

use accord_model::{EntryKind, SpaceId, Tlp};
use accord_service::{CasePart, HeadFacts, NewLink, ServiceError, SimilarWhat};
use axum::extract::Path;

use super::{Row, Section, Shape, choice, chosen, field, link, marking_field, pair, similar_section};
use crate::web::render;
use crate::web::routes::case::{Case, write_href};
use crate::web::routes::failed::{Paged, problems};
use crate::web::routes::frame::{Page, done, html, operation};
use crate::web::routes::posted::{Posted, Typed};
use crate::web::view::ask::{AskPage, Asks};
use crate::web::view::tab::TabPage;
use crate::web::view::{Actor, Pair};

const NAMES: &[(&str, &str)] = &[("other", "other"), ("reason", "reason"), ("marking", "marking")];

fn head_rows(head: &HeadFacts) -> Vec<Row> {
    let mut facts: Vec<Pair> = Vec::new();
    let mut list = |name: &str, values: &[String]| {
        if !values.is_empty() {
            facts.push(pair(name, values.join(", ")));
        }
    };
    list("Jurisdictions", &head.jurisdictions);
    list("Prosecuting office", head.office.as_slice());
    list("Prosecutor", &head.prosecutors);
    list("Proceedings", &head.proceedings);
    list("References", &head.references);
    list("Why ours", head.nexus.as_slice());
    list("Where it came from", head.origin.as_slice());
    if facts.is_empty() {
        return Vec::new();
    }
    vec![Row {
        title: "The case".to_owned(),
        actor: head.by.as_ref().map(|(_, org)| Actor {
            organisation: org.to_string(),
            person: None,
        }),
        facts,
        ..Row::default()
    }]
}

/// `/cases/ID/about`.
pub(in crate::web::routes) async fn case_page(page: Page, Path(text): Path<String>) -> Paged {
    let case = Case::load(&page, &text).await?;
    case.shown(&page, CasePart::Facts).await?;
    let similar = page.node.similar_to_case(&page.who, case.space).await?;
    let describes = case.view.writes.contains(&EntryKind::CaseDescribed);
    let links = case.view.writes.contains(&EntryKind::DecisionLogged)
        && similar
            .iter()
            .any(|one| matches!(one.what, SimilarWhat::Case { .. }));
    let describe = describes.then(|| link("Describe the case", write_href(&case, EntryKind::CaseDescribed)));
    let mut also = similar_section(&similar);
    also.actions = links
        .then(|| link("Note a link", case.href(&["about", "link"])))
        .into_iter()
        .collect();
    html(render::render_tab(&TabPage {
        shell: case.shell(&page).await,
        case: case.head(&page, "About"),
        name: "about".to_owned(),
        sections: vec![
            Section {
                heading: "About this case".to_owned(),
                lede: "Whose courts, why ours, which office, where it came from.".to_owned(),
                actions: describe.into_iter().collect(),
                rows: head_rows(&case.view.head),
                empty: (
                    "Nobody has described the case.".to_owned(),
                    "A case officer does, for the parties that they choose.".to_owned(),
                ),
            },
            also,
        ],
    }))
}

async fn show_link(page: &Page, case: &Case, typed: &Typed) -> Paged {
    let similar = page.node.similar_to_case(&page.who, case.space).await?;
    let cases = page.node.cases(&page.who).await?;
    let mut others: Vec<_> = cases.iter().filter(|other| other.id != case.space).collect();
    let alike = |id: &SpaceId| {
        similar
            .iter()
            .position(|one| matches!(&one.what, SimilarWhat::Case { id: known } if known == id))
            .unwrap_or(usize::MAX)
    };
    others.sort_by_key(|other| alike(&other.id));
    let choices = others.iter().map(|other| {
        let id = other.id.to_string();
        let is_chosen = typed.has("other", &id);
        chosen(
            id,
            format!("Operation {}", operation(&other.operation)),
            is_chosen,
        )
    });
    html(render::render_ask(&AskPage {
        shell: case.shell(page).await,
        case: Some(case.head(page, "About")),
        title: "Note a link with another case".to_owned(),
        lede: "The note names the other case. It goes to the parties of both, as the agreement lets it, and to nobody \
               else."
            .to_owned(),
        notice: Vec::new(),
        sections: Vec::new(),
        asks: Some(Asks {
            heading: String::new(),
            form: typed.form(page, case.href(&["about", "link"])),
            fields: vec![
                choice("other", "The other case", "", choices.collect()),
                field(
                    "reason",
                    "Why do they belong together?",
                    "",
                    Shape::Prose,
                    typed.raw("reason").to_owned(),
                ),
                marking_field(typed, Tlp::Amber),
            ],
            verb: "Note the link".to_owned(),
        }),
        links: vec![link("Back, with nothing done", case.href(&["about"]))],
    }))
}

/// `/cases/ID/about/link`.
pub(in crate::web::routes) async fn link_form(page: Page, Path(text): Path<String>) -> Paged {
    let case = Case::load(&page, &text).await?;
    show_link(&page, &case, &Typed::default()).await
}

fn typed_link(typed: &Typed) -> Result<NewLink, ServiceError> {
    let wrong = |field: &'static str| ServiceError::invalid(field, "choose one");
    Ok(NewLink {
        other: typed.get("other").parse().map_err(|_| wrong("other"))?,
        reason: typed.get("reason").replace("\r\n", "\n"),
        marking: typed.get("marking").parse().map_err(|_| wrong("marking"))?,
    })
}

/// Notes the link.
pub(in crate::web::routes) async fn link_it(Path(text): Path<String>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let case = Case::load(page, &text).await?;
    let noted = match typed_link(typed) {
        Err(error) => Err(error),
        Ok(new) => {
            posted
                .once(page.node.link_cases(&page.who, case.space, &new))
                .await
        }
    };
    match noted {
        Ok(published) => Ok(done(case.href(&["timeline"]), "note", Some(published.at))),
        Err(error) => {
            let wrong = problems(error, NAMES)?;
            show_link(page, &case, &typed.clone().wrong(wrong)).await
        }
    }
}
