//! The JSON API, version 1.
//!
//! - `table`: every route, once. The router and the OpenAPI document are both built from it.
//! - `call`: one request on its way: limits, content type, session, idempotency.
//! - `openapi`: the description of the API.
//! - One file per group of routes: `account`, `agreements`, `asks`, `audit`, `cases`, `collectors`, `disruption`, `exhibits`, `feeds`, `guests`, `intel`, `keeping`, `logs`, `notices`, `peers`, `people`, `protection`, `reputation`, `requests`, `sharing`, `threats`, `victims`.
//!
//! A handler reads its input, calls one use case and gives back what that returns.

mod account;
mod agreements;
mod asks;
mod audit;
mod call;
mod cases;
mod collectors;
mod disruption;
mod exhibits;
mod feeds;
mod guests;
mod intel;
mod keeping;
mod log_keeping;
mod log_matches;
mod logs;
mod notices;
mod older;
mod openapi;
mod own_hunts;
mod peers;
mod people;
mod protection;
mod reputation;
mod requests;
mod sharing;
mod sql;
mod stories;
mod table;
mod threats;
mod victims;

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::{Request, State};
use axum::routing::{MethodRouter, any};
use http::StatusCode;

use crate::AppState;
use crate::error::Problem;
use crate::listed::{Listed, Part, Routes};

pub use call::{JSON_BODY_MAX_BYTES, TOKEN_MAX_BYTES};
pub(crate) use call::{taken_along, taken_along_docx, taken_along_file};
pub use logs::LOG_BODY_MAX_BYTES;

/// The description of the API: what is no row of its own table.
fn description() -> Routes {
    Routes::new(Part::Api)
        .get("/api/openapi.json", openapi::json)
        .get("/api/docs", openapi::page)
}

/// Every route under `/api`.
pub(crate) fn listed() -> Vec<Listed> {
    let mut all: Vec<Listed> = table::routes()
        .into_iter()
        .map(|route| Listed {
            part: Part::Api,
            method: route.method.as_http(),
            path: route.path,
        })
        .collect();
    all.extend(description().listed());
    all
}

/// The routes under `/api`. What is not there, or not with that method, is answered with a problem document.
pub(crate) fn router(node: AppState) -> Router {
    let mut paths: BTreeMap<&'static str, MethodRouter<AppState>> = BTreeMap::new();
    for route in table::routes() {
        let handler =
            move |State(node): State<AppState>, request: Request| call::answer(node, route, request);
        let known = paths.remove(route.path).unwrap_or_default();
        paths.insert(route.path, known.on(route.method.filter(), handler));
    }
    let mut router = Router::new();
    for (path, methods) in paths {
        router = router.route(path, methods);
    }
    router
        .merge(description().router())
        .route(
            "/api/{*rest}",
            any(async || Problem::not_found("page of the API")),
        )
        .method_not_allowed_fallback(async || {
            Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method-not-allowed",
                "this path does not know that method; /api/docs lists what there is",
            )
        })
        .with_state(node)
}
