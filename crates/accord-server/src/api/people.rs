//! Accounts.

use std::collections::BTreeSet;

use accord_model::Role;
use accord_service::NewPerson;
use serde::Deserialize;

use super::call::{Call, Reply, give};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Roles {
    roles: BTreeSet<Role>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OneRole {
    role: Role,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FirstPassword {
    password: String,
}

pub(super) async fn list(call: Call) -> Reply {
    give(call.node.people(call.who()?).await?)
}

pub(super) async fn add(call: Call) -> Reply {
    let new: NewPerson = call.json()?;
    give(call.node.add_person(call.who()?, &new).await?)
}

pub(super) async fn confirm_roles(call: Call) -> Reply {
    let person = call.param("person")?;
    give(call.node.confirm_roles(call.who()?, person).await?)
}

pub(super) async fn close(call: Call) -> Reply {
    give(
        call.node
            .close_account(call.who()?, call.param("person")?)
            .await?,
    )
}

pub(super) async fn ask_roles(call: Call) -> Reply {
    let given: Roles = call.json()?;
    let person = call.param("person")?;
    give(call.node.ask_roles(call.who()?, person, &given.roles).await?)
}

pub(super) async fn withdraw_role(call: Call) -> Reply {
    let given: OneRole = call.json()?;
    let person = call.param("person")?;
    give(call.node.withdraw_role(call.who()?, person, given.role).await?)
}

pub(super) async fn end_sessions(call: Call) -> Reply {
    give(call.node.end_sessions(call.who()?, call.param("person")?).await?)
}

pub(super) async fn reset_password(call: Call) -> Reply {
    let given: FirstPassword = call.json()?;
    let person = call.param("person")?;
    give(
        call.node
            .reset_password(call.who()?, person, &given.password)
            .await?,
    )
}

pub(super) async fn reset_second_factor(call: Call) -> Reply {
    let person = call.param("person")?;
    give(call.node.reset_second_factor(call.who()?, person).await?)
}

pub(super) async fn confirm_reset(call: Call) -> Reply {
    give(
        call.node
            .confirm_reset(call.who()?, call.param("person")?)
            .await?,
    )
}
