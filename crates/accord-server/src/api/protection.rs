//! Protection: indicators and what is served of them, notes that wait for a second person, sightings.

use accord_service::{AudienceSecret, Draft, NewAudience};
use serde::Deserialize;

use super::call::{Call, Reply, give};
use crate::error::Problem;

/// Days of sightings that are shown.
const SEEN_DAYS: u32 = 14;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Renew {
    renew: AudienceSecret,
}

pub(super) async fn audiences(call: Call) -> Reply {
    give(call.node.audiences(call.who()?).await?)
}

pub(super) async fn open(call: Call) -> Reply {
    let new: NewAudience = call.json()?;
    give(call.node.open_audience(call.who()?, &new).await?)
}

pub(super) async fn renew(call: Call) -> Reply {
    let asked: Renew = call.json()?;
    let name: String = call.param("audience")?;
    give(call.node.renew_audience(call.who()?, &name, asked.renew).await?)
}

pub(super) async fn close(call: Call) -> Reply {
    let name: String = call.param("audience")?;
    give(call.node.close_audience(call.who()?, &name).await?)
}

pub(super) async fn zone(call: Call) -> Reply {
    let name: String = call.param("audience")?;
    let zone = call.node.policy_zone(call.who()?, &name).await?;
    give(serde_json::json!({ "zone": String::from_utf8_lossy(&zone) }))
}

pub(super) async fn lists(call: Call) -> Reply {
    give(call.node.allow_lists(call.who()?).await?)
}

pub(super) async fn load_list(call: Call) -> Reply {
    let given: List = call.json()?;
    let name: String = call.param("list")?;
    give(call.node.load_allow_list(call.who()?, &name, &given.text).await?)
}

pub(super) async fn look_up(call: Call) -> Reply {
    let value = call.asked("value").unwrap_or_default();
    if value.is_empty() {
        return Err(Problem::invalid("value", "say what to look up"));
    }
    give(call.node.look_up(call.who()?, value).await?)
}

pub(super) async fn seen(call: Call) -> Reply {
    give(call.node.seen_here(call.who()?, SEEN_DAYS).await?)
}

pub(super) async fn indicators(call: Call) -> Reply {
    give(call.node.indicators(call.who()?, call.param("case")?).await?)
}

pub(super) async fn share(call: Call) -> Reply {
    give(
        call.node
            .share_sightings(call.who()?, call.param("case")?)
            .await?,
    )
}

pub(super) async fn waiting(call: Call) -> Reply {
    give(call.node.waiting_notes(call.who()?, call.param("case")?).await?)
}

pub(super) async fn ask_second(call: Call) -> Reply {
    let draft: Draft = call.json()?;
    give(
        call.node
            .ask_for_second(call.who()?, call.param("case")?, &draft)
            .await?,
    )
}

pub(super) async fn second(call: Call) -> Reply {
    let id: String = call.param("id")?;
    give(
        call.node
            .second_note(call.who()?, call.param("case")?, &id)
            .await?,
    )
}

pub(super) async fn drop_waiting(call: Call) -> Reply {
    let id: String = call.param("id")?;
    give(
        call.node
            .drop_waiting_note(call.who()?, call.param("case")?, &id)
            .await?,
    )
}
