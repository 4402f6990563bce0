//! Older notes for a party that came later.

use accord_service::GiveOlder;

use super::call::{Call, Reply, give};

pub(super) async fn list(call: Call) -> Reply {
    let (case, to) = (call.param("case")?, call.param("org")?);
    give(call.node.older_notes(call.who()?, case, &to).await?)
}

pub(super) async fn given(call: Call) -> Reply {
    let chosen: GiveOlder = call.json()?;
    let (case, to) = (call.param("case")?, call.param("org")?);
    give(call.node.give_older(call.who()?, case, &to, &chosen).await?)
}
