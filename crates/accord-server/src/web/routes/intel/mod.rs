//! Intelligence coming in, and what there is of it.
//!
//! - `import`: paste or drop; the drafts. `review`: a draft, ticked and marked, its form read by `chosen`. `confirm`: what will happen, and then
//!   it happens. `items`: reports, indicators and files across cases; downloads.

use accord_model::EntryKind;
use accord_service::CaseSummary;

use super::case::markings;
use super::failed::{Failed, Paged, id, no, problems};
use super::frame::{Page, Part, done, html, operation};
use super::posted::{Posted, Typed, same_secret, stale};
use super::release::{commitment, publishes, readers};
use super::times::{bytes, count, counted, minute, parse_minute, when};
use crate::listed::{Part as Listing, Routes};
use crate::web::view::{Choice, Href, Link, Pair};

mod chosen;
mod confirm;
mod import;
mod items;
mod review;

pub use import::UPLOAD_MAX_BYTES;

/// Most bytes of a draft's form: a report's text is in it.
pub const REVIEW_MAX_BYTES: usize = 2 << 20;

pub(super) fn routes() -> Routes {
    Routes::new(Listing::Pages)
        .get("/import", import::page)
        .post_up_to(UPLOAD_MAX_BYTES, "/import", import::bring_in)
        .get("/import/{draft}", review::page)
        .post_up_to(REVIEW_MAX_BYTES, "/import/{draft}", review::save)
        .post("/import/{draft}/throw-away", review::throw_away)
        .get("/import/{draft}/publish", confirm::page)
        .post("/import/{draft}/publish", confirm::publish)
        .get("/intel", items::page)
        .get("/intel/{ledger}/{seq}", items::one)
        .get("/files/{ledger}/{seq}", items::download)
}

fn pair(name: &str, value: impl ToString) -> Pair {
    Pair {
        name: name.to_owned(),
        value: value.to_string(),
    }
}

fn link(label: impl Into<String>, href: Href) -> Link {
    Link {
        label: label.into(),
        href,
    }
}

/// The cases of a person, with the one that is chosen.
async fn cases(page: &Page, chosen: &str) -> Result<(Vec<CaseSummary>, Vec<Choice>), Failed> {
    let cases = page.node.cases(&page.who).await?;
    let choices = cases
        .iter()
        .map(|case| Choice {
            value: case.id.to_string(),
            label: format!("Operation {}", operation(&case.operation)),
            hint: String::new(),
            chosen: case.id.to_string() == chosen,
        })
        .collect();
    Ok((cases, choices))
}

/// The address of the page of a note.
pub(super) fn item_href(at: accord_model::EntryRef) -> Href {
    Href::of(&["intel", &at.ledger.to_string(), &at.seq.to_string()])
}

/// A choice of a form.
fn choice(value: &str, label: &str, hint: &str, chosen: bool) -> Choice {
    Choice {
        value: value.to_owned(),
        label: label.to_owned(),
        hint: hint.to_owned(),
        chosen,
    }
}
