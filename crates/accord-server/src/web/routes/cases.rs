//! The list of cases, and opening one.

use accord_model::Tlp;
use accord_model::agreement::{Agreement, Answer};
use accord_model::control::Stage;
use accord_service::{Act, NewCase, Todo};

use super::failed::{Paged, problems};
use super::frame::{Page, Part, done, html, kind_words, operation};
use super::posted::{Posted, Typed};
use super::times::when;
use crate::listed::{Part as Listing, Routes};
use crate::web::render;
use crate::web::view::cases::{AgreementChoice, CaseRow, CasesPage, FlowLine, NewCasePage};
use crate::web::view::{Decision, Href, Link, State, Tone};

pub(super) fn routes() -> Routes {
    Routes::new(Listing::Pages)
        .get("/cases", list)
        .get("/cases/new", new)
        .post("/cases/new", open)
}

async fn list(page: Page) -> Paged {
    let cases = page.node.cases(&page.who).await?;
    let waiting = page.node.inbox(&page.who).await?;
    let waits = |id: &str| {
        let here = waiting.iter().filter(|item| match &item.todo {
            Todo::ReceiveExhibit { case, .. }
            | Todo::ApproveRelease { case, .. }
            | Todo::AnswerRecall { case, .. }
            | Todo::ReadAnswer { case, .. }
            | Todo::TakePen { case, .. }
            | Todo::GrantSecondment { case }
            | Todo::Disruption { case } => case == id,
            _ => false,
        });
        u32::try_from(here.count()).unwrap_or(u32::MAX)
    };
    let rows = cases.iter().map(|case| {
        let id = case.id.to_string();
        let parties: Vec<&str> = case.parties.iter().map(|org| org.as_str()).collect();
        CaseRow {
            link: Link {
                label: operation(&case.operation).to_owned(),
                href: Href::of(&["cases", &id, "timeline"]),
            },
            reference: case.reference.clone(),
            stage: State {
                word: case.stage.as_str().replace('-', " "),
                tone: if case.stage == Stage::Closed {
                    Tone::Good
                } else {
                    Tone::Quiet
                },
            },
            parties: parties.join(", "),
            opened_by: case.opened_by.to_string(),
            waiting: waits(&id),
            changed: when(case.newest_ms),
        }
    });
    html(render::render_cases(&CasesPage {
        cases: rows.collect(),
        open: page.href_if(Act::RunCase, &["cases", "new"]),
        empty_hint: format!(
            "An approver of {} names its people on a case. Ask them.",
            page.own()
        ),
        shell: page.shell_with(Part::Cases, &waiting),
    }))
}

/// What an agreement lets flow up to TLP:AMBER, in lines: both directions together where they are the same.
fn flows(page: &Page, agreement: &Agreement) -> Vec<FlowLine> {
    let own = &page.node.config.org;
    let mut lines = Vec::new();
    for flow in &agreement.matrix().flows {
        let ours = &flow.from == own || &flow.to == own;
        if flow.tlp != Tlp::Amber || flow.cell.answer == Answer::No || !ours {
            continue;
        }
        lines.push(FlowLine {
            what: flow.category.as_str().replace('-', " "),
            way: format!("{} to {}", flow.from, flow.to),
            decision: decision(flow.cell.answer),
            clause: flow.cell.clause.to_string(),
        });
    }
    lines
}

/// The agreement's word.
pub(super) fn decision(answer: Answer) -> Decision {
    match answer {
        Answer::Yes => Decision::Yes,
        Answer::Ask { .. } => Decision::Ask,
        Answer::No => Decision::No,
    }
}

async fn new(page: Page) -> Paged {
    new_page(&page, &Typed::default()).await
}

async fn new_page(page: &Page, typed: &Typed) -> Paged {
    Act::RunCase.ask(&page.who)?;
    let mut agreements = Vec::new();
    let all = page.node.agreements(&page.who).await?;
    let fit: Vec<_> = all
        .into_iter()
        .filter(|agreement| agreement.in_force && agreement.opens_cases)
        .collect();
    let only = fit.len() == 1;
    let mut purpose = String::new();
    for summary in fit {
        let id = summary.digest.to_string();
        let view = page.node.agreement(&page.who, summary.digest).await?;
        let terms = view.agreement.terms();
        if let (true, Some(first)) = (only, terms.purposes.first()) {
            purpose.clone_from(&first.word);
        }
        agreements.push(AgreementChoice {
            chosen: only || typed.has("agreement", &id),
            title: summary.title,
            parties: view
                .agreement
                .parties()
                .iter()
                .map(|party| format!("{}, {}", party.name, kind_words(party.kind)))
                .collect(),
            purposes: terms
                .purposes
                .iter()
                .map(|purpose| format!("{}: {}", purpose.word, purpose.text))
                .collect(),
            until: when(terms.term.until_ms),
            flows: flows(page, &view.agreement),
            id,
        });
    }
    html(render::render_new_case(&NewCasePage {
        shell: page.shell(Part::Cases).await,
        form: typed.form(page, Href::of(&["cases", "new"])),
        agreements,
        operation: typed.or("operation", ""),
        reference: typed.or("reference", ""),
        purpose: typed.or("purpose", &purpose),
    }))
}

async fn open(posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let made = match typed.get("agreement").parse() {
        Err(_) => Err(accord_service::ServiceError::invalid("agreement", "choose one")),
        Ok(agreement) => {
            let case = NewCase {
                agreement,
                operation: typed.get("operation").to_owned(),
                reference: typed.get("reference").to_owned(),
                purpose: typed.get("purpose").to_owned(),
                parties: Vec::new(),
            };
            posted.once(page.node.open_case(&page.who, &case)).await
        }
    };
    match made {
        Ok(id) => Ok(done(
            Href::of(&["cases", &id.to_string(), "team"]),
            "case-opened",
            None,
        )),
        Err(error) => {
            let names = [("agreement", "agreement"), ("purpose", "purpose")];
            let wrong = problems(error, &names)?;
            new_page(page, &typed.clone().wrong(wrong)).await
        }
    }
}
