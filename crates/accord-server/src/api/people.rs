//! Accounts.

use accord_service::NewPerson;

use super::call::{Call, Reply, give};

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
