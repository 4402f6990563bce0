//! Inbound: the JSON API, node to node, and the pages.
//!
//! - `error`: a service's error as a problem document; the only place where errors become statuses.
//! - `stamp`: what every answer carries, and what happens when a handler panics or its caller goes away.
//! - `listed`: routes that list themselves, for whoever walks all of them.
//! - `api`: the JSON API, one table of routes and one file per group.
//! - `metrics`: numbers for a watch from outside, on a listener of their own.
//! - `peer`: node to node, signed both ways.
//! - `edges`: what edges saw; what they are told is `accord-verdict`'s.
//! - `taxii`: TAXII 2.1, for partners who have no node.
//! - `web`: the pages.
//!
//! Invariants: nothing here decides who may do, see or send what; a handler that was begun runs to its end whether
//! or not its caller still listens; an answer never carries the inside of an error.

use std::future::Future;
use std::sync::Arc;

use accord_service::Node;
use axum::Router;
use axum::middleware;
use tokio::net::TcpListener;

mod api;
mod edges;
mod error;
mod health;
mod listed;
mod metrics;
mod peer;
mod stamp;
mod taxii;
pub mod web;

pub use api::{JSON_BODY_MAX_BYTES, LOG_BODY_MAX_BYTES, TOKEN_MAX_BYTES};
pub use listed::{Listed, Part};
pub use metrics::{metrics_router, serve_metrics};

/// What every handler is given.
pub(crate) type AppState = Arc<Node>;

fn health_routes() -> listed::Routes {
    listed::Routes::new(Part::Health)
        .get("/healthz", health::alive)
        .get("/readyz", health::ready)
}

/// What `accord-verdict` answers, to whoever has an audience's token, or its edges'.
const VERDICTS: [Listed; 4] = [
    Listed {
        part: Part::Verdict,
        method: "POST",
        path: "/verdict/v1/lookup",
    },
    Listed {
        part: Part::Verdict,
        method: "GET",
        path: "/verdict/v1/prefix/{hex}",
    },
    Listed {
        part: Part::Verdict,
        method: "GET",
        path: "/verdict/v1/status",
    },
    Listed {
        part: Part::Verdict,
        method: "GET",
        path: "/verdict/v1/edge",
    },
];

/// Every route of a node: what its router is built from. A path that is not here is answered as one that leads
/// nowhere.
pub fn routes() -> Vec<Listed> {
    let mut all = health_routes().listed();
    all.extend(api::listed());
    all.extend(peer::listed());
    all.extend(taxii::listed());
    all.extend(edges::routes().listed());
    all.extend(web::routes::routes().listed());
    all.extend(VERDICTS);
    all
}

/// Everything a node answers over HTTP.
pub fn router(node: Arc<Node>) -> Router {
    health_routes()
        .router()
        .with_state(node.clone())
        .merge(api::router(node.clone()))
        .merge(peer::router(node.clone()))
        .merge(taxii::router(node.clone()))
        .merge(edges::routes().router().with_state(node.clone()))
        .merge(web::routes::router(node.clone()))
        .merge(accord_verdict::router(node.verdicts.clone()))
        .layer(middleware::from_fn_with_state(node.clone(), taxii::elsewhere))
        .layer(middleware::from_fn_with_state(node, stamp::stamp))
}

/// Serves until `shutdown` is ready; requests that were begun are answered first. Where the node is told to pull by
/// itself, it does so meanwhile.
///
/// # Errors
/// What the listener reports.
pub async fn serve(
    node: Arc<Node>,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let peers = tokio::spawn({
        let node = node.clone();
        async move { node.run_peers().await }
    });
    let protection = tokio::spawn({
        let node = node.clone();
        async move { node.run_protection().await }
    });
    let notices = tokio::spawn({
        let node = node.clone();
        async move { node.run_notices().await }
    });
    let feeds = tokio::spawn({
        let node = node.clone();
        async move { node.run_feeds().await }
    });
    let verdicts = node.verdicts.clone();
    let served = axum::serve(listener, router(node))
        .with_graceful_shutdown(async move {
            shutdown.await;
            // Edges that wait for a change would keep the node waiting.
            verdicts.end_waits();
        })
        .await;
    peers.abort();
    protection.abort();
    notices.abort();
    feeds.abort();
    served
}
