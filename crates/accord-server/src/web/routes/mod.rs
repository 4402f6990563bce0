//! The routes of the pages: from a request to the service, and from what it says to a view.
//!
//! - [`gate`]: the one way in. Who has no session gets the sign-in page, whatever they asked for.
//! - `posted`: forms. Each is checked against the session's token, and done once however often it is sent.
//! - `frame`: what every page has; `times`: instants and numbers in words.
//! - the others: one file per group of pages.
//!
//! Invariants: no handler runs without a session but those of signing in; no handler decides who may do what, the
//! service does; whatever fails ends as a page made in one place, so that "not there" and "not yours" are the same
//! bytes.

use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use axum::{Router, middleware};

use crate::AppState;

mod account;
mod agreements;
mod approvals;
mod audit;
mod case;
mod cases;
mod failed;
mod frame;
mod gate;
mod inbox;
mod logs;
mod peers;
mod people;
mod person;
mod posted;
mod release;
mod sign_in;
mod times;

/// Most bytes of a form that is not an upload.
pub const FORM_MAX_BYTES: usize = 512 * 1024;

/// Every page, with its state. Deliberately without the layers of the JSON API: a page answers with pages.
pub(crate) fn router(node: AppState) -> Router {
    Router::new()
        .route("/", get(inbox::inbox))
        .route("/sign-in", get(sign_in::page).post(sign_in::enter))
        .route("/sign-out", post(sign_in::leave))
        .route("/assets/{name}", get(gate::asset))
        .merge(cases::routes())
        .merge(case::routes())
        .merge(approvals::routes())
        .merge(agreements::routes())
        .merge(logs::routes())
        .merge(peers::routes())
        .merge(people::routes())
        .merge(person::routes())
        .merge(account::routes())
        .merge(audit::routes())
        .fallback(gate::nothing)
        .method_not_allowed_fallback(gate::nothing)
        .layer(DefaultBodyLimit::max(FORM_MAX_BYTES))
        .layer(middleware::from_fn_with_state(node.clone(), gate::gate))
        .with_state(node)
}
