//! `/import/DRAFT/publish`: what will happen, and then it happens.

use accord_service::ImportPlan;
use axum::extract::Path;

use super::*;
use crate::web::render;
use crate::web::view::Mark;
use crate::web::view::release::{ReleasePage, Undo};

/// Values named on the page that wait for a second person.
const SECOND_SHOWN: usize = 20;

/// Before a draft is published.
pub(in super::super) async fn page(page: Page, Path(draft): Path<String>) -> Paged {
    let plan = page.node.plan_import(&page.who, &draft).await?;
    show(&page, &draft, &plan, Typed::default()).await
}

fn words(plan: &ImportPlan) -> String {
    let mut lines: Vec<String> = plan
        .notes
        .iter()
        .map(|note| {
            let what = match note.kind {
                EntryKind::ReportPublished => "Report".to_owned(),
                EntryKind::FileAttached => "File".to_owned(),
                _ => counted(note.values as u64, "value", "values"),
            };
            let waits = if note.second {
                ", once a second person agrees"
            } else {
                ""
            };
            format!("{what}: {}{waits}", note.title)
        })
        .collect();
    if !plan.second.is_empty() {
        let shown: Vec<&str> = plan
            .second
            .iter()
            .take(SECOND_SHOWN)
            .map(String::as_str)
            .collect();
        let more = plan.second.len().saturating_sub(SECOND_SHOWN);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        lines.push(format!("Waiting for a second person: {}{more}", shown.join(", ")));
    }
    lines.join("\n")
}

async fn show(page: &Page, draft: &str, plan: &ImportPlan, typed: Typed) -> Paged {
    let (summaries, _) = cases(page, "").await?;
    let case = summaries
        .iter()
        .find(|case| case.id == plan.case)
        .ok_or_else(|| no("case"))?;
    let view = page.node.case_head(&page.who, plan.case).await?;
    let agreement = case.agreement.to_string();
    html(render::render_release(&ReleasePage {
        shell: page.shell(Part::Intel).await,
        title: "Publish what was brought in".to_owned(),
        verb: match plan.reaches.len() {
            0 => publishes(plan.notes.iter().flat_map(|note| &note.decisions)),
            1 => "Publish to 1 organisation".to_owned(),
            many => format!("Publish to {many} organisations"),
        },
        severe: false,
        form: typed.form(page, Href::of(&["import", draft, "publish"])),
        carried: plan.reaches.iter().map(|org| pair("expect", org)).collect(),
        commitment: commitment(&(draft, plan)),
        facts: vec![
            pair("Case", format!("Operation {}", operation(&case.operation))),
            pair("Notes", count(plan.notes.len() as u64)),
        ],
        body: words(plan),
        marking: plan.notes.first().map(|note| Mark(note.marking)),
        readers: readers(
            plan.notes.iter().flat_map(|note| &note.decisions),
            &view.parties,
            &agreement,
        ),
        undo: Undo::Cannot(
            "What was read stays known. Values can be withdrawn, and what was shared can be recalled."
                .to_owned(),
        ),
        reason: None,
        blocked: None,
        back: Href::of(&["import", draft]),
    }))
}

/// Publishes, once exactly what was shown is confirmed.
pub(in super::super) async fn publish(Path(draft): Path<String>, posted: Posted) -> Paged {
    let (page, typed) = (&posted.page, &posted.typed);
    if posted.was_done().await? {
        return Ok(done(Href::of(&["intel"]), "import-published", None));
    }
    let plan = page.node.plan_import(&page.who, &draft).await?;
    if typed.get("commitment") != commitment(&(&draft, &plan)) {
        let conflict =
            accord_service::ServiceError::Conflict("what was shown has changed: look again".to_owned());
        let wrong = problems(conflict, &[])?;
        return show(page, &draft, &plan, Typed::default().wrong(wrong)).await;
    }
    let work = page.node.publish_import(&page.who, &draft, Some(&plan.reaches));
    match posted.once(work).await {
        Ok(published) => Ok(match published.reference() {
            Some(at) => done(item_href(at), "import-published", Some(at)),
            None => {
                let tab = Href::of(&["cases", &plan.case.to_string(), "intel"]);
                done(tab, "second-asked", None)
            }
        }),
        Err(error) => {
            let wrong = problems(error, &[])?;
            show(page, &draft, &plan, Typed::default().wrong(wrong)).await
        }
    }
}
