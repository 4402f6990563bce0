//! How long this node's own logs are kept, what of them is held, what is destroyed.

use accord_service::{NewLogHold, NewRetention};
use serde::Deserialize;

use super::call::{Call, Reply, give};
use crate::error::Problem;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lift {
    hold: String,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Destroy {
    segment: String,
    reason: String,
}

pub(super) async fn show(call: Call) -> Reply {
    give(call.node.log_keeping(call.who()?).await?)
}

pub(super) async fn records(call: Call) -> Reply {
    let after = match call.asked("after") {
        None | Some("") => 0,
        Some(text) => text
            .parse()
            .map_err(|_| Problem::invalid("after", "the number of a record"))?,
    };
    give(call.node.log_records(call.who()?, after).await?)
}

pub(super) async fn preview(call: Call) -> Reply {
    let source: String = call.param("source")?;
    let days = call.asked("days").unwrap_or_default();
    let days = days
        .parse()
        .map_err(|_| Problem::invalid("days", "a number of days"))?;
    give(
        call.node
            .preview_log_retention(call.who()?, &source, days)
            .await?,
    )
}

pub(super) async fn retention(call: Call) -> Reply {
    let said: NewRetention = call.json()?;
    let source: String = call.param("source")?;
    give(call.node.set_log_retention(call.who()?, &source, &said).await?)
}

pub(super) async fn hold(call: Call) -> Reply {
    let said: NewLogHold = call.json()?;
    give(call.node.hold_logs(call.who()?, &said).await?)
}

pub(super) async fn lift(call: Call) -> Reply {
    let said: Lift = call.json()?;
    give(
        call.node
            .lift_log_hold(call.who()?, &said.hold, &said.reason)
            .await?,
    )
}

pub(super) async fn destroy(call: Call) -> Reply {
    let said: Destroy = call.json()?;
    give(
        call.node
            .destroy_log(call.who()?, &said.segment, &said.reason)
            .await?,
    )
}
