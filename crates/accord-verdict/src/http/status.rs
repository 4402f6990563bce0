//! `GET /verdict/v1/status`: whether the snapshot is there, how many blocks it has, and how old it is. What is only
//! detected is neither counted nor dated. At an edge also how long ago its node was heard, in whole minutes: finer, it
//! would tell when the node had something to say that the audience must not know of.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::Asker;
use crate::limits::EDGE_OLD_SECONDS;
use crate::snapshots::Snapshots;

#[derive(Serialize)]
struct Status {
    status: &'static str,
    serial: u32,
    blocked: usize,
    /// RFC 3339.
    changed: String,
    age_seconds: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    edge: Option<EdgeStatus>,
}

/// Only at an edge.
#[derive(Serialize)]
struct EdgeStatus {
    minutes_since_heard: u64,
}

pub(super) async fn status(State(snapshots): State<Snapshots>, Asker(audience): Asker) -> Response {
    let snapshot = audience.snapshot();
    let changed = i64::try_from(snapshot.changed_ms()).ok();
    let changed = changed.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    let now_ms = snapshots.clock().now_ms();
    let silent_s = audience
        .content
        .heard_ms()
        .map(|at_ms| now_ms.saturating_sub(at_ms) / 1000);
    let is_old = silent_s.is_some_and(|seconds| seconds >= EDGE_OLD_SECONDS);
    let status = Status {
        status: if is_old { "old" } else { "ok" },
        serial: snapshot.serial(),
        blocked: snapshot.blocked(),
        changed: changed.unwrap_or_default().to_string(),
        age_seconds: now_ms.saturating_sub(snapshot.changed_ms()) / 1000,
        edge: silent_s.map(|seconds| EdgeStatus {
            minutes_since_heard: seconds / 60,
        }),
    };
    ([(header::CACHE_CONTROL, "no-store")], Json(status)).into_response()
}
