//! One's own session and account, the node one is at, and what waits.

use accord_service::SignIn;
use serde::Deserialize;
use serde_json::json;

use super::call::{Call, Reply, give};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    old: String,
    new: String,
    #[serde(default)]
    code: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Secrets {
    password: String,
    #[serde(default)]
    code: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Code {
    code: String,
}

pub(super) async fn sign_in(call: Call) -> Reply {
    let given: SignIn = call.json()?;
    let token = call.node.sign_in(&given).await?;
    give(json!({ "token": token }))
}

pub(super) async fn sign_out(call: Call) -> Reply {
    let token = call.token.as_deref().unwrap_or_default();
    give(call.node.sign_out(token).await?)
}

pub(super) async fn me(call: Call) -> Reply {
    let who = call.who()?;
    give(json!({
        "person": who.person,
        "name": who.name,
        "roles": who.roles,
        "must_enrol": who.must_enrol,
    }))
}

pub(super) async fn password(call: Call) -> Reply {
    let given: NewPassword = call.json()?;
    give(
        call.node
            .change_password(call.who()?, &given.old, given.code.as_deref(), &given.new)
            .await?,
    )
}

pub(super) async fn offer_totp(call: Call) -> Reply {
    let given: Secrets = call.json()?;
    let uri = call
        .node
        .offer_totp(call.who()?, &given.password, given.code.as_deref())
        .await?;
    give(json!({ "uri": uri }))
}

pub(super) async fn confirm_totp(call: Call) -> Reply {
    let given: Code = call.json()?;
    give(call.node.confirm_totp(call.who()?, &given.code).await?)
}

pub(super) async fn node(call: Call) -> Reply {
    let config = &call.node.config;
    give(json!({
        "org": config.org,
        "kind": config.kind,
        "url": config.url,
        "identity": call.node.own_identity(),
        "fingerprint": call.node.fingerprint(),
        "version": env!("CARGO_PKG_VERSION"),
    }))
}

pub(super) async fn inbox(call: Call) -> Reply {
    give(call.node.inbox(call.who()?).await?)
}
