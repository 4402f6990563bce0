//! Exhibits: verified, taken along, received, handed on.

use accord_model::OrgName;
use accord_service::{HandOutside, OutsideSaid};
use serde::Deserialize;

use super::call::{Answer, Call, Reply, give};

pub(super) async fn verify(call: Call) -> Reply {
    give(call.node.verify_exhibit(call.who()?, call.entry()?).await?)
}

pub(super) async fn package(call: Call) -> Reply {
    let (name, bytes) = call.node.download_exhibit(call.who()?, call.entry()?).await?;
    Ok(Answer::Zip(name, bytes))
}

pub(super) async fn receive(call: Call) -> Reply {
    let (received, _) = call.node.receive_exhibit(call.who()?, call.entry()?).await?;
    give(received)
}

pub(super) async fn custody(call: Call) -> Reply {
    give(call.node.chain_of(call.who()?, call.entry()?).await?)
}

pub(super) async fn hand(call: Call) -> Reply {
    let hand: HandOutside = call.json()?;
    give(call.node.hand_outside(call.who()?, call.entry()?, &hand).await?)
}

pub(super) async fn outside(call: Call) -> Reply {
    let told: OutsideSaid = call.json()?;
    give(call.node.outside_said(call.who()?, call.entry()?, &told).await?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Back {
    to: OrgName,
}

pub(super) async fn hand_back(call: Call) -> Reply {
    let given: Back = call.json()?;
    give(call.node.hand_back(call.who()?, call.entry()?, &given.to).await?)
}
