//! On the plan's page: the values that the go of every party releases for blocking, each with the way to block it.
//!
//! A block rests on a published indicator. A target that nobody published is said to be so, and is published first.

use accord_model::EntryKind;
use accord_service::{Board, IndicatorView, ToBlock};

use super::{Case, write};
use crate::web::routes::failed::Failed;
use crate::web::routes::frame::Page;
use crate::web::view::tab::{Row, Section};
use crate::web::view::{Link, Mark, State, Tone};

fn link(label: &str, href: crate::web::view::Href) -> Link {
    Link {
        label: label.to_owned(),
        href,
    }
}

/// The indicator that a block of this value rests on: one that the target names, else any of the value.
fn rests_on<'a>(one: &ToBlock, known: &'a [IndicatorView]) -> Option<&'a IndicatorView> {
    let of_value = || {
        known
            .iter()
            .filter(|view| view.value.eq_ignore_ascii_case(&one.value))
    };
    of_value()
        .find(|view| one.rests_on.contains(&view.at))
        .or_else(|| of_value().next())
}

fn row(case: &Case, one: &ToBlock, known: &[IndicatorView]) -> Row {
    let found = rests_on(one, known);
    let blocked = found.is_some_and(|view| view.verdict == "block");
    let (word, tone) = match (found, blocked) {
        (_, true) => ("blocked", Tone::Bad),
        (Some(_), false) => ("released by the go, not blocked yet", Tone::Waiting),
        (None, _) => ("not published as an indicator", Tone::Waiting),
    };
    let links = match found {
        Some(_) if blocked => Vec::new(),
        Some(view) => {
            let place = write::href(case, EntryKind::VerdictBlock, Some(("published", view.at)));
            vec![link(
                "Block it",
                place
                    .with("indicators", &view.value)
                    .with("plan", &one.plan.to_string()),
            )]
        }
        None => vec![link(
            "Publish it first",
            write::href(case, EntryKind::IndicatorPublished, None),
        )],
    };
    Row {
        title: one.value.clone(),
        state: Some(State {
            word: word.to_owned(),
            tone,
        }),
        marking: found.map(|view| Mark(view.marking)),
        links,
        ..Row::default()
    }
}

/// What is to be blocked now, for who may; nothing before every party's go and the instant.
pub(super) async fn section(page: &Page, case: &Case, board: &Board) -> Result<Option<Section>, Failed> {
    if board.to_block.is_empty() || !case.view.writes.contains(&EntryKind::VerdictBlock) {
        return Ok(None);
    }
    let values: Vec<&str> = board.to_block.iter().map(|one| one.value.as_str()).collect();
    let known = page.node.indicators_among(&page.who, case.space, &values).await?;
    Ok(Some(Section {
        heading: "Block now".to_owned(),
        lede: "Every party said go and the instant has come. Whoever is served these values is told to block them."
            .to_owned(),
        rows: board.to_block.iter().map(|one| row(case, one, &known)).collect(),
        ..Section::default()
    }))
}
