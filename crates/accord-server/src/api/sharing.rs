//! Finding intelligence, and taking it along.

use super::call::{Call, Reply, give};

pub(super) async fn search(call: Call) -> Reply {
    give(call.node.search(call.who()?, call.asked("q").unwrap_or_default()).await?)
}
