//! The pages against real servers on port 0: what each person sees, that forms do what they say and only once, and
//! that an outsider sees nothing. The last test does it in a real browser.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "tests"
)]

mod asks;
mod axe;
mod blocking;
mod browser;
mod chromium;
mod client;
mod codes;
mod collectors;
mod denied;
mod feeds;
mod forms;
mod guests;
mod hands;
mod hostile;
mod identities;
mod intel;
mod journeys;
mod keeping;
mod keyboard;
mod leads_kept;
mod matrix;
mod narrow;
mod notes;
mod nothing;
mod notices;
mod older;
mod operator;
mod own_hunts;
mod people;
mod protection;
mod sharing;
mod sources;
mod stories;
mod targets;
mod threats;
mod together;
mod uploads;
mod victims;
mod walk;
mod working;

use std::sync::Arc;

use accord_model::OrgKind;
use accord_service::Node;
use accord_testkit::Story;

const ORGS: &[(&str, OrgKind)] = &[("agency", OrgKind::Agency), ("isp", OrgKind::Isp)];
const PASSWORD: &str = "a long enough password";

/// Serves a node's pages on a port of its own: `127.0.0.1:PORT`.
async fn serve(node: &Arc<Node>) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("bound").to_string();
    let node = node.clone();
    tokio::spawn(async move { accord_server::serve(node, listener, std::future::pending()).await });
    address
}

/// The main job up to the moment where the agency could ask the provider.
async fn ready(seed: u64) -> Story {
    let mut story = Story::begin(seed, ORGS).await;
    let template = accord_model::agreement::templates::Template::AgencyIsp;
    story
        .agree(template, &["agency", "isp"])
        .await
        .expect("an agreement");
    story.open_case(&["isp"]).await.expect("a case");
    story.instrument("isp").await.expect("an instrument");
    story.sync().await.expect("pulls");
    story.import("isp").await.expect("logs");
    story.join_case("isp").await.expect("an approver");
    story.sync().await.expect("pulls");
    story
}
