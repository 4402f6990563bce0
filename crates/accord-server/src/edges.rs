//! `POST /verdict/v1/edge/sightings`: what an edge saw, in numbered batches (`docs/spec/edge.md`). Whoever has no token of
//! an edge is answered before anything of the body is read.

use std::time::Duration;

use accord_verdict::limits::MAX_EDGE_BATCH_BYTES;
use accord_verdict::{BatchError, EdgeBatch, Taken, bearer};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use http::StatusCode;

use crate::AppState;
use crate::error::Problem;
use crate::listed::{Part, Routes};

/// How long a body may take to arrive.
const BODY_READ_MAX: Duration = Duration::from_secs(30);

pub(crate) fn routes() -> Routes {
    Routes::new(Part::Verdict).post_up_to(MAX_EDGE_BATCH_BYTES, "/verdict/v1/edge/sightings", take)
}

async fn take(State(node): State<AppState>, request: Request) -> Result<Json<Taken>, Problem> {
    let audience = bearer(request.headers()).and_then(|token| node.verdicts.audience_of_edge(token));
    let audience = audience.ok_or_else(|| {
        Problem::new(
            StatusCode::UNAUTHORIZED,
            "no-token",
            "send a token of an edge as `Authorization: Bearer TOKEN`",
        )
    })?;
    let body = tokio::time::timeout(BODY_READ_MAX, Bytes::from_request(request, &())).await;
    let body = body.map_err(|_| {
        Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            "too-slow",
            "the body did not arrive in time",
        )
    })?;
    let body = body.map_err(|_| Problem::too_large("a batch", MAX_EDGE_BATCH_BYTES as u64))?;
    let batch = EdgeBatch::read(&body).map_err(|error| match error {
        BatchError::TooMuch => Problem::too_large("a batch", MAX_EDGE_BATCH_BYTES as u64),
        BatchError::Form => Problem::invalid("body", error.to_string()),
    })?;
    Ok(Json(node.keep_edge_batch(audience.name(), &batch).await?))
}
