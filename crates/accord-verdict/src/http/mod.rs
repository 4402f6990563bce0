//! Verdicts over HTTP. Every request names its audience by a bearer token; without a known one nothing is said.

mod edge;
mod lookup;
mod prefix;
mod problem;
mod status;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::routing::{get, post};
use std::sync::Arc;

use crate::audience::Audience;
use crate::limits::{MAX_BODY_BYTES, MAX_TOKEN_BYTES};
use crate::snapshots::Snapshots;
use problem::Problem;

/// The routes under `/verdict/v1`, to be merged into a server's. Its layers must not compress: answers to private
/// look-ups are padded.
pub fn router(snapshots: Snapshots) -> Router {
    Router::new()
        .route("/verdict/v1/lookup", post(lookup::look_up))
        .route("/verdict/v1/prefix/{hex}", get(prefix::look_up))
        .route("/verdict/v1/status", get(status::status))
        .route("/verdict/v1/edge", get(edge::follow))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(snapshots)
}

/// The audience that a request's token opens.
struct Asker(Arc<Audience>);

impl FromRequestParts<Snapshots> for Asker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, snapshots: &Snapshots) -> Result<Asker, Problem> {
        bearer(&parts.headers)
            .and_then(|token| snapshots.audience_of(token))
            .map(Asker)
            .ok_or_else(Problem::no_token)
    }
}

/// The bearer token of a request.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .filter(|token| !token.is_empty() && token.len() <= MAX_TOKEN_BYTES)
}

/// Serves until `end` is ready; requests that were begun are answered first. For an edge: a node merges the routes into
/// its own.
///
/// # Errors
/// What the listener reports.
pub async fn serve(
    snapshots: Snapshots,
    listener: tokio::net::TcpListener,
    end: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, router(snapshots))
        .with_graceful_shutdown(end)
        .await
}
