//! Inbound: the JSON API, node to node, and the pages.

use std::sync::Arc;

use accord_service::Node;
use axum::Router;

pub mod web;

/// What every handler is given.
pub(crate) type AppState = Arc<Node>;

/// Everything a node answers over HTTP.
pub fn router(node: Arc<Node>) -> Router {
    Router::new().merge(web::routes::router(node))
}
