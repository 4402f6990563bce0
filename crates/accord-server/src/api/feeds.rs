//! Feeds: lists that others publish; and which sources prove useful.

use accord_service::{FeedDo, NewFeed};

use super::call::{Call, Reply, give};

fn name(call: &Call) -> Result<String, crate::error::Problem> {
    call.param("feed")
}

pub(super) async fn list(call: Call) -> Reply {
    give(call.node.feeds(call.who()?).await?)
}

pub(super) async fn add(call: Call) -> Reply {
    let new: NewFeed = call.json()?;
    give(call.node.add_feed(call.who()?, &new).await?)
}

pub(super) async fn show(call: Call) -> Reply {
    give(call.node.feed(call.who()?, &name(&call)?).await?)
}

pub(super) async fn act(call: Call) -> Reply {
    let wanted: FeedDo = call.json()?;
    give(call.node.do_feed(call.who()?, &name(&call)?, &wanted).await?)
}

pub(super) async fn remove(call: Call) -> Reply {
    give(call.node.remove_feed(call.who()?, &name(&call)?).await?)
}

pub(super) async fn sources(call: Call) -> Reply {
    give(call.node.ranked_sources(call.who()?).await?)
}
