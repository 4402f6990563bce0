//! Whether the node runs, and whether it can answer: for those who run it. Nothing else is told.

use axum::extract::State;
use http::StatusCode;

use crate::AppState;

/// The process runs.
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

/// The node can answer; 503 once a commit failed, until it is started again.
pub(crate) async fn ready(State(node): State<AppState>) -> (StatusCode, &'static str) {
    if node.is_healthy() {
        (StatusCode::OK, "ok\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "start this node again\n")
    }
}
