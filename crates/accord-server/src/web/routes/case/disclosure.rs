//! `/cases/ID/disclosure`: the schedule, made to be printed, and its documents.

use accord_model::EntryKind;
use accord_model::content::Sensitivity;
use accord_service::ScheduleLine;
use axum::extract::Path;

use super::Case;
use super::write::href as write;
use crate::api::taken_along_docx;
use crate::web::render;
use crate::web::routes::failed::Paged;
use crate::web::routes::frame::{Page, anchor, html};
use crate::web::routes::times::when;
use crate::web::view::Link;
use crate::web::view::disclosure::{DisclosurePage, Item, ScheduleTable};

/// Items of one table on the page; all of them stand in the document.
const ITEMS_MAX: usize = 150;

fn item(case: &Case, line: &ScheduleLine, may_schedule: bool) -> Item {
    let label = if line.number.is_some() {
        "Describe it anew"
    } else {
        "Schedule it"
    };
    let target = line.item.filter(|_| may_schedule);
    Item {
        anchor: line.item.map(anchor).unwrap_or_default(),
        number: line.number.clone().unwrap_or_default(),
        what: line.what.clone(),
        state: if line.state == "held" {
            String::new()
        } else {
            line.state.to_owned()
        },
        description: line.description.clone(),
        harm: line.harm.clone().unwrap_or_default(),
        org: line.org.to_string(),
        at: when(line.at_ms),
        clause: line.clause.clone().unwrap_or_default(),
        link: target.map(|at| Link {
            label: label.to_owned(),
            href: write(case, EntryKind::DisclosureItem, Some(("item", at))),
        }),
    }
}

/// `/cases/ID/disclosure`.
pub(in super::super) async fn page(page: Page, Path(text): Path<String>) -> Paged {
    let case = Case::load(&page, &text).await?;
    let schedule = page.node.schedule_with(&page.who, case.space, ITEMS_MAX).await?;
    let table =
        |heading: &str, lede: &str, empty: &str, scheduled: bool, lines: Vec<&ScheduleLine>| ScheduleTable {
            heading: heading.to_owned(),
            lede: lede.to_owned(),
            scheduled,
            more: lines.len().saturating_sub(ITEMS_MAX) + if scheduled { 0 } else { schedule.more },
            items: lines
                .into_iter()
                .take(ITEMS_MAX)
                .map(|line| item(&case, line, schedule.may_schedule))
                .collect(),
            empty: empty.to_owned(),
        };
    let of = |sensitivity: Sensitivity| -> Vec<&ScheduleLine> {
        let lines = schedule.scheduled.iter();
        lines
            .filter(|line| line.sensitivity == Some(sensitivity))
            .collect()
    };
    let link = |label: &str, href| Link {
        label: label.to_owned(),
        href,
    };
    let document = case.href(&["disclosure", "document"]);
    let mut actions = vec![
        link("Take the schedule along", document.clone()),
        link("The sensitive schedule", document.with("sensitive", "true")),
    ];
    if schedule.may_schedule {
        actions.push(link(
            "Add a thing that is no note",
            write(&case, EntryKind::DisclosureItem, None),
        ));
    }
    html(render::render_disclosure(&DisclosurePage {
        shell: case.shell(&page).await,
        case: case.head(&page, "Disclosure"),
        at: when(schedule.at_ms),
        actions,
        tables: vec![
            table(
                "Not sensitive",
                "Used and unused, as the disclosure officer describes it.",
                "Nothing is scheduled yet.",
                true,
                of(Sensitivity::NotSensitive),
            ),
            table(
                "Sensitive",
                "For the prosecutor; a document of its own.",
                "Nothing is sensitive.",
                true,
                of(Sensitivity::Sensitive),
            ),
            table(
                "To be scheduled",
                "Every item that nobody has described yet, the oldest first. What was recalled or is withheld from us \
                 stays an item.",
                "Everything is scheduled.",
                false,
                schedule.to_be_scheduled.iter().collect(),
            ),
        ],
    }))
}

/// The schedule as a document.
pub(in super::super) async fn document(page: Page, Path(text): Path<String>) -> Paged {
    let case = Case::load(&page, &text).await?;
    let sensitive = page.query("sensitive") == "true";
    let (name, bytes) = page
        .node
        .schedule_document(&page.who, case.space, sensitive)
        .await?;
    Ok(taken_along_docx(&name, bytes))
}
