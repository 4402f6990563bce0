//! Peers, as their operator keeps them.

use accord_model::OrgName;
use accord_service::{InvitationText, ServiceError};
use serde::Deserialize;
use serde_json::json;

use super::call::{Call, Reply, give};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fingerprint {
    fingerprint: String,
}

pub(super) async fn list(call: Call) -> Reply {
    give(call.node.peers(call.who()?).await?)
}

pub(super) async fn invite(call: Call) -> Reply {
    let org: Option<OrgName> = match call.asked("org") {
        None => None,
        Some(text) => Some(
            text.parse()
                .map_err(|error| ServiceError::invalid("org", error))?,
        ),
    };
    give(call.node.invite(call.who()?, org.as_ref()).await?)
}

pub(super) async fn accept(call: Call) -> Reply {
    let text: InvitationText = call.json()?;
    give(call.node.accept_invitation(call.who()?, &text).await?)
}

pub(super) async fn confirm(call: Call) -> Reply {
    let org: OrgName = call.param("org")?;
    let given: Fingerprint = call.json()?;
    give(
        call.node
            .confirm_peer(call.who()?, &org, &given.fingerprint)
            .await?,
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Revoked {
    note: String,
}

pub(super) async fn revocation_text(call: Call) -> Reply {
    let purpose: String = call.param("purpose")?;
    let text = call.node.revocation_text(call.who()?, &purpose).await?;
    give(json!({ "text": text }))
}

pub(super) async fn revoke(call: Call) -> Reply {
    let given: Revoked = call.json()?;
    let spaces = call.node.publish_revocation(call.who()?, &given.note).await?;
    give(json!({ "spaces": spaces }))
}

pub(super) async fn reject(call: Call) -> Reply {
    let org: OrgName = call.param("org")?;
    give(call.node.reject_peer(call.who()?, &org).await?)
}

pub(super) async fn suspend(call: Call) -> Reply {
    let org: OrgName = call.param("org")?;
    give(call.node.suspend_peer(call.who()?, &org).await?)
}

pub(super) async fn resume(call: Call) -> Reply {
    let org: OrgName = call.param("org")?;
    give(call.node.resume_peer(call.who()?, &org).await?)
}

pub(super) async fn pull(call: Call) -> Reply {
    let org: OrgName = call.param("org")?;
    give(call.node.pull_now(call.who()?, &org).await?)
}
