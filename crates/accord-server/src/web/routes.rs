//! The routes of the pages.

use axum::Router;

use crate::AppState;

/// Every page, with its state. Deliberately without the layers of the JSON API: a page answers with pages.
pub(crate) fn router(node: AppState) -> Router {
    Router::new().with_state(node)
}
