//! The routes of the pages: from a request to the service, and from what it says to a view.
//!
//! - [`gate`]: the one way in. Who has no session gets the sign-in page, whatever they asked for.
//! - `posted`: forms. Each is checked against the session's token, and done once however often it is sent.
//! - `frame`: what every page has; `times`: instants and numbers in words; `gradings`: the words of the gradings.
//! - the others: one file per group of pages.
//!
//! Invariants: no handler runs without a session but those of signing in; no handler decides who may do what, the
//! service does; whatever fails ends as a page made in one place, so that "not there" and "not yours" are the same
//! bytes.

use axum::extract::DefaultBodyLimit;
use axum::{Router, middleware};

use crate::AppState;
use crate::listed::{Part, Routes};

mod account;
mod agreements;
mod answering;
mod approvals;
mod audit;
mod case;
mod cases;
mod collectors;
mod conversations;
mod counted;
mod denied;
mod export;
mod failed;
mod frame;
mod gate;
mod gradings;
mod guest;
mod held;
mod holders;
mod inbox;
mod intel;
mod log_keeping;
mod logs;
mod marked;
mod node;
mod notices;
mod own;
mod own_hunts;
mod peers;
mod people;
mod person;
mod posted;
mod propose;
mod protection;
mod release;
mod report;
mod search;
mod sign_in;
mod sql;
mod taxii;
mod threats;
mod times;
mod uploading;

/// Most bytes of a form that is not an upload.
pub const FORM_MAX_BYTES: usize = 512 * 1024;

/// Sections of pages that the fixtures show as the routes do.
#[cfg(test)]
pub(in crate::web) use log_keeping::sections as log_keeping_sections;
#[cfg(test)]
pub(in crate::web) use own_hunts::{
    line_shown, list_page as own_hunt_list, matches_page, one_sections as own_hunt_sections,
    saving_page as own_hunt_saving,
};
#[cfg(test)]
pub(in crate::web) use protection::{
    dismissed as story_dismissed, list_sections as story_list_sections, one_sections as story_one_sections,
    section as story_series_section,
};

#[cfg(test)]
pub(in crate::web) use sql::{kept_page, sql_page};

/// Every page.
pub(crate) fn routes() -> Routes {
    Routes::new(Part::Pages)
        .get("/", inbox::inbox)
        .get("/sign-in", sign_in::page)
        .post("/sign-in", sign_in::enter)
        .post("/sign-out", sign_in::leave)
        .get("/assets/{name}", gate::asset)
        .merge(cases::routes())
        .merge(case::routes())
        .merge(answering::routes())
        .merge(holders::routes())
        .merge(approvals::routes())
        .merge(uploading::routes())
        .merge(agreements::routes())
        .merge(logs::routes())
        .merge(log_keeping::routes())
        .merge(node::routes())
        .merge(own::routes())
        .merge(own_hunts::routes())
        .merge(sql::routes())
        .merge(peers::routes())
        .merge(people::routes())
        .merge(person::routes())
        .merge(account::routes())
        .merge(audit::routes())
        .merge(protection::routes())
        .merge(search::routes())
        .merge(export::routes())
        .merge(taxii::routes())
        .merge(report::routes())
        .merge(guest::routes())
        .merge(notices::routes())
        .merge(conversations::routes())
        .merge(threats::routes())
        .merge(intel::routes())
}

/// Every page, with its state. Deliberately without the layers of the JSON API: a page answers with pages.
pub(crate) fn router(node: AppState) -> Router {
    routes()
        .router()
        .fallback(gate::nothing)
        .method_not_allowed_fallback(gate::nothing)
        .layer(DefaultBodyLimit::max(FORM_MAX_BYTES))
        .layer(middleware::from_fn_with_state(node.clone(), gate::gate))
        .with_state(node)
}
