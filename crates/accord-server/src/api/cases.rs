//! Cases: opened, staffed, staged, written to; and what is asked and released on them.

use accord_model::control::Stage;
use accord_model::{EntryRef, OrgName};
use accord_service::{Draft, NewCase, NewHunt, NewInstrument, NewMember, ServiceError};
use serde::Deserialize;

use super::call::{Call, Reply, give};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Party {
    org: OrgName,
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Leaving {
    org: OrgName,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    to: Stage,
    #[serde(default)]
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ending {
    instrument: EntryRef,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Release {
    note: EntryRef,
    to: OrgName,
}

pub(super) async fn list(call: Call) -> Reply {
    give(call.node.cases(call.who()?).await?)
}

pub(super) async fn open(call: Call) -> Reply {
    let new: NewCase = call.json()?;
    give(call.node.open_case(call.who()?, &new).await?)
}

pub(super) async fn one(call: Call) -> Reply {
    give(call.node.case(call.who()?, call.param("case")?).await?)
}

#[derive(serde::Serialize)]
struct TimelinePage {
    timeline: Vec<accord_service::TimelineItem>,
    older: Option<EntryRef>,
}

pub(super) async fn timeline(call: Call) -> Reply {
    let case = call.param("case")?;
    let before = match call.asked("before") {
        Some(text) => Some(
            text.parse()
                .map_err(|error| ServiceError::invalid("before", error))?,
        ),
        None => None,
    };
    let (timeline, older) = call.node.timeline(call.who()?, case, before).await?;
    give(TimelinePage { timeline, older })
}

pub(super) async fn note(call: Call) -> Reply {
    let case = call.param("case")?;
    let at = call.entry()?;
    give(call.node.note(call.who()?, case, at).await?)
}

pub(super) async fn looks(call: Call) -> Reply {
    let case = call.param("case")?;
    let at = call.entry()?;
    give(call.node.looks_at(call.who()?, case, at).await?)
}

pub(super) async fn tasks(call: Call) -> Reply {
    give(call.node.tasks(call.who()?, call.param("case")?).await?)
}

pub(super) async fn subjects(call: Call) -> Reply {
    give(call.node.subjects(call.who()?, call.param("case")?).await?)
}

pub(super) async fn add_party(call: Call) -> Reply {
    let given: Party = call.json()?;
    give(
        call.node
            .add_party(
                call.who()?,
                call.param("case")?,
                &given.org,
                given.reason.as_deref().unwrap_or_default(),
            )
            .await?,
    )
}

pub(super) async fn remove_party(call: Call) -> Reply {
    let given: Leaving = call.json()?;
    let case = call.param("case")?;
    give(
        call.node
            .remove_party(call.who()?, case, &given.org, &given.reason)
            .await?,
    )
}

pub(super) async fn add_member(call: Call) -> Reply {
    let new: NewMember = call.json()?;
    give(
        call.node
            .name_member(call.who()?, call.param("case")?, &new)
            .await?,
    )
}

pub(super) async fn remove_member(call: Call) -> Reply {
    let (case, person) = (call.param("case")?, call.param("person")?);
    give(call.node.remove_member(call.who()?, case, person).await?)
}

pub(super) async fn stage(call: Call) -> Reply {
    let given: Step = call.json()?;
    let case = call.param("case")?;
    give(
        call.node
            .stage_case(call.who()?, case, given.to, given.reason)
            .await?,
    )
}

pub(super) async fn record_instrument(call: Call) -> Reply {
    let new: NewInstrument = call.json()?;
    give(
        call.node
            .record_instrument(call.who()?, call.param("case")?, &new)
            .await?,
    )
}

pub(super) async fn end_instrument(call: Call) -> Reply {
    let given: Ending = call.json()?;
    let case = call.param("case")?;
    give(
        call.node
            .end_instrument(call.who()?, case, given.instrument, &given.reason)
            .await?,
    )
}

pub(super) async fn preview_note(call: Call) -> Reply {
    let draft: Draft = call.json()?;
    give(
        call.node
            .preview_note(call.who()?, call.param("case")?, &draft)
            .await?,
    )
}

pub(super) async fn publish_note(call: Call) -> Reply {
    let draft: Draft = call.json()?;
    give(
        call.node
            .publish_note(call.who()?, call.param("case")?, &draft)
            .await?,
    )
}

pub(super) async fn ask_hunt(call: Call) -> Reply {
    let new: NewHunt = call.json()?;
    give(call.node.ask_hunt(call.who()?, call.param("case")?, &new).await?)
}

pub(super) async fn release(call: Call) -> Reply {
    let given: Release = call.json()?;
    give(
        call.node
            .approve_release(call.who()?, given.note, &given.to)
            .await?,
    )
}
