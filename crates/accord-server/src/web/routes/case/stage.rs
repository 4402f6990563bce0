//! Moving the stage.

use accord_model::control::Stage;
use accord_service::{Act, ServiceError};
use axum::extract::Path;

use super::Case;
use crate::web::render;
use crate::web::routes::failed::{Paged, problems};
use crate::web::routes::frame::{Page, done, html};
use crate::web::routes::posted::{Posted, Typed};
use crate::web::view::Choice;
use crate::web::view::case::StagePage;

/// `/cases/ID/stage`.
pub(in super::super) async fn page(page: Page, Path(text): Path<String>) -> Paged {
    let case = Case::load(&page, &text).await?;
    show(&page, &case, &Typed::default()).await
}

async fn show(page: &Page, case: &Case, typed: &Typed) -> Paged {
    Act::RunCase.ask(&page.who)?;
    let at = case.view.summary.stage;
    let steps = Stage::ALL.iter().filter_map(|to| {
        let step = at.step(*to, Stage::Closed)?;
        Some(Choice {
            value: to.as_str().to_owned(),
            label: to.as_str().replace('-', " "),
            hint: if step.needs_reason() {
                "needs a reason".to_owned()
            } else {
                String::new()
            },
            chosen: typed.has("stage", to.as_str()),
        })
    });
    html(render::render_stage(&StagePage {
        shell: case.shell(page).await,
        case: case.head(page, "Timeline"),
        form: typed.form(page, case.href(&["stage"])),
        steps: steps.collect(),
        reason: typed.or("reason", ""),
        seen_by: "All parties of the case see the step and the reason.".to_owned(),
        back: case.href(&["timeline"]),
    }))
}

/// Moves it.
pub(in super::super) async fn step(Path(text): Path<String>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    let case = Case::load(page, &text).await?;
    let reason = typed.get("reason");
    let reason = (!reason.is_empty()).then(|| reason.to_owned());
    let moved = match typed.get("stage").parse::<Stage>() {
        Err(_) => Err(ServiceError::invalid("stage", "choose one")),
        Ok(to) => {
            posted
                .once(page.node.stage_case(&page.who, case.space, to, reason))
                .await
        }
    };
    match moved {
        Ok(at) => Ok(done(case.href(&["timeline"]), "stage", Some(at))),
        Err(error) => {
            let wrong = problems(error, &[("stage", "stage"), ("reason", "reason")])?;
            show(page, &case, &typed.clone().wrong(wrong)).await
        }
    }
}
