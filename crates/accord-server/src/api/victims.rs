//! Businesses in trouble, victims under a pseudonym, looks at who they are, and the disclosure schedule.

use accord_model::{EntryRef, OrgName, Tlp};
use accord_service::{Attaching, Draft, Giving, GivingIdentity, Identity};
use serde::Deserialize;

use super::call::{Answer, Call, Reply, give};
use crate::error::Problem;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Why {
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Publishing {
    message: usize,
    text: String,
    marking: Tlp,
    #[serde(default)]
    to: Vec<OrgName>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Naming {
    grant: EntryRef,
    text: String,
    draft: Draft,
}

/// The secret of a link, out of the path.
fn secret(call: &Call) -> &str {
    call.path.get("token").map(String::as_str).unwrap_or_default()
}

pub(super) async fn begin(call: Call) -> Reply {
    let said: Said = call.json()?;
    give(call.node.begin_report(&said.text).await?)
}

pub(super) async fn report(call: Call) -> Reply {
    give(call.node.report_of(secret(&call)).await?)
}

pub(super) async fn say_more(call: Call) -> Reply {
    // Without a conversation every body is answered alike.
    call.node.report_of(secret(&call)).await?;
    let said: Said = call.json()?;
    give(call.node.say_more(secret(&call), &said.text).await?)
}

pub(super) async fn say_who(call: Call) -> Reply {
    call.node.report_of(secret(&call)).await?;
    let identity: Identity = call.json()?;
    give(call.node.say_who(secret(&call), &identity).await?)
}

pub(super) async fn conversations(call: Call) -> Reply {
    give(call.node.conversations(call.who()?).await?)
}

fn conversation(call: &Call) -> Result<String, Problem> {
    call.param("conversation")
}

pub(super) async fn one_conversation(call: Call) -> Reply {
    give(call.node.conversation(call.who()?, &conversation(&call)?).await?)
}

pub(super) async fn reply(call: Call) -> Reply {
    let said: Said = call.json()?;
    give(
        call.node
            .reply(call.who()?, &conversation(&call)?, &said.text)
            .await?,
    )
}

pub(super) async fn close(call: Call) -> Reply {
    give(
        call.node
            .close_conversation(call.who()?, &conversation(&call)?)
            .await?,
    )
}

pub(super) async fn attach(call: Call) -> Reply {
    let new: Attaching = call.json()?;
    give(
        call.node
            .attach_conversation(call.who()?, &conversation(&call)?, &new)
            .await?,
    )
}

pub(super) async fn publish(call: Call) -> Reply {
    let given: Publishing = call.json()?;
    let id = conversation(&call)?;
    let published = call.node.publish_message(
        call.who()?,
        &id,
        given.message,
        &given.text,
        given.marking,
        &given.to,
    );
    give(published.await?)
}

pub(super) async fn file(call: Call) -> Reply {
    give(
        call.node
            .file_identity(call.who()?, &conversation(&call)?)
            .await?,
    )
}

pub(super) async fn of_case(call: Call) -> Reply {
    give(call.node.case_victims(call.who()?, call.param("case")?).await?)
}

pub(super) async fn keep(call: Call) -> Reply {
    let identity: Identity = call.json()?;
    give(
        call.node
            .keep_identity(call.who()?, call.entry()?, &identity)
            .await?,
    )
}

pub(super) async fn give_to_agency(call: Call) -> Reply {
    let new: GivingIdentity = call.json()?;
    give(call.node.give_identity(call.who()?, call.entry()?, &new).await?)
}

pub(super) async fn refuse(call: Call) -> Reply {
    let why: Why = call.json()?;
    give(
        call.node
            .refuse_identity(call.who()?, call.entry()?, &why.reason)
            .await?,
    )
}

pub(super) async fn ask(call: Call) -> Reply {
    let why: Why = call.json()?;
    give(
        call.node
            .ask_grant(call.who()?, call.entry()?, &why.reason)
            .await?,
    )
}

pub(super) async fn give_hand(call: Call) -> Reply {
    let giving: Giving = call.json()?;
    give(call.node.give_grant(call.who()?, call.entry()?, &giving).await?)
}

pub(super) async fn end(call: Call) -> Reply {
    let why: Why = call.json()?;
    give(
        call.node
            .end_grant(call.who()?, call.entry()?, &why.reason)
            .await?,
    )
}

pub(super) async fn look(call: Call) -> Reply {
    let said: Said = call.json()?;
    give(call.node.look(call.who()?, call.entry()?, &said.text).await?)
}

pub(super) async fn publish_naming(call: Call) -> Reply {
    let given: Naming = call.json()?;
    let case = call.param("case")?;
    let published = call
        .node
        .publish_naming(call.who()?, case, &given.draft, given.grant, &given.text);
    give(published.await?)
}

pub(super) async fn letter(call: Call) -> Reply {
    let (name, bytes) = call.node.victim_letter(call.who()?, call.entry()?).await?;
    Ok(Answer::Docx(name, bytes))
}

pub(super) async fn schedule(call: Call) -> Reply {
    give(call.node.schedule(call.who()?, call.param("case")?).await?)
}

pub(super) async fn schedule_document(call: Call) -> Reply {
    let sensitive = match call.asked("sensitive") {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(Problem::invalid("sensitive", "say true or false")),
    };
    let document = call
        .node
        .schedule_document(call.who()?, call.param("case")?, sensitive);
    let (name, bytes) = document.await?;
    Ok(Answer::Docx(name, bytes))
}
