//! `GET /verdict/v1/status`: whether the snapshot is there, how many blocks it has, and how old it is. What is only
//! detected is neither counted nor dated.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::Asker;
use crate::snapshots::Snapshots;

#[derive(Serialize)]
struct Status {
    status: &'static str,
    serial: u32,
    blocked: usize,
    /// RFC 3339.
    changed: String,
    age_seconds: u64,
}

pub(super) async fn status(State(snapshots): State<Snapshots>, Asker(audience): Asker) -> Response {
    let snapshot = audience.snapshot();
    let changed = i64::try_from(snapshot.changed_ms()).ok();
    let changed = changed.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    let status = Status {
        status: "ok",
        serial: snapshot.serial(),
        blocked: snapshot.blocked(),
        changed: changed.unwrap_or_default().to_string(),
        age_seconds: snapshots.clock().now_ms().saturating_sub(snapshot.changed_ms()) / 1000,
    };
    ([(header::CACHE_CONTROL, "no-store")], Json(status)).into_response()
}
