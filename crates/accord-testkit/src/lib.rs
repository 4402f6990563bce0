//! Development only: organisations with real nodes on real loopback ports, in one process, under one clock that is
//! moved by hand, with seeded randomness and planned faults of the store.
//!
//! - `world`: the clock, the faults and the randomness that all nodes share.
//! - `org`: one organisation: folder, node, port; stopped, restarted, copied and put back.
//! - `forge`: ledgers written by hand and signed by good keys, for a hostile node.
//! - `story`: the main job, step by step, each step safe to repeat.
//! - `later`: what comes after it, likewise.
//! - `outbreak`: weeks of sightings, and an outbreak in them.
//!
//! Nothing here is shipped, and panics are how a test helper fails.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "test helpers fail the test that uses them"
)]

mod forge;
mod later;
mod org;
mod outbreak;
mod peer;
mod story;
mod world;

pub use forge::{Forged, forging};
pub use later::{Later, TARGET};
pub use org::{Org, Snapshot};
pub use outbreak::{FAMILY, FRESH, USUAL, WATCHED};
pub use peer::Alter;
pub use story::{DAY_MS, Facts, INDICATOR, Story, as_json, decision, log_of, once, pair, report, sign, sync};
pub use world::{START_MS, World};
