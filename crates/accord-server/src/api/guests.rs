//! Asking organisations without a node: the request, its approval, its link. What the guest does is on pages alone.

use accord_service::NewRequest;
use serde::Deserialize;

use super::call::{Call, Reply, give};

/// The body of a request to a guest.
pub(super) const GUEST_ASKED: &str = "to: string, what: string, reference: string, reason: string, guest: object, \
    due_ms?: integer, secret_until_ms?: integer, hunt?: object, subscriber?: object, preservation?: object, \
    takedown?: object, marking?: string";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Word {
    approve: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Making {
    #[serde(default)]
    days: Option<u32>,
    #[serde(default)]
    tries: Option<u32>,
}

fn link(call: &Call) -> Result<String, crate::error::Problem> {
    call.param("link")
}

pub(super) async fn preview(call: Call) -> Reply {
    let new: NewRequest = call.json()?;
    give(
        call.node
            .preview_guest(call.who()?, call.param("case")?, &new)
            .await?,
    )
}

pub(super) async fn ask(call: Call) -> Reply {
    let new: NewRequest = call.json()?;
    give(
        call.node
            .ask_guest(call.who()?, call.param("case")?, &new)
            .await?,
    )
}

pub(super) async fn list(call: Call) -> Reply {
    give(call.node.guest_links(call.who()?, call.param("case")?).await?)
}

pub(super) async fn decide(call: Call) -> Reply {
    let word: Word = call.json()?;
    give(
        call.node
            .decide_guest(call.who()?, &link(&call)?, word.approve)
            .await?,
    )
}

pub(super) async fn make(call: Call) -> Reply {
    let making: Making = call.json()?;
    give(
        call.node
            .make_guest_link(call.who()?, &link(&call)?, making.days, making.tries)
            .await?,
    )
}

pub(super) async fn revoke(call: Call) -> Reply {
    give(call.node.revoke_guest_link(call.who()?, &link(&call)?).await?)
}
