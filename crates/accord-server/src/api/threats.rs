//! Threats before there is a case, leads between partners, and what else shares something.

use accord_model::{OrgName, PersonId, SpaceId};
use accord_service::{
    LeadAnswer, NewCase, NewLead, NewLink, NewThreat, OnwardAnswer, OpenFromLead, ThreatChange, ThreatPerson,
};
use serde::Deserialize;

use super::call::{Call, Reply, give};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Relates {
    case: SpaceId,
    #[serde(default)]
    remove: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Links {
    case: SpaceId,
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hands {
    person: PersonId,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Releases {
    to: OrgName,
}

fn id(call: &Call) -> String {
    call.path.get("threat").cloned().unwrap_or_default()
}

pub(super) async fn list(call: Call) -> Reply {
    give(call.node.threats(call.who()?).await?)
}

pub(super) async fn begin(call: Call) -> Reply {
    let new: NewThreat = call.json()?;
    give(call.node.new_threat(call.who()?, &new).await?)
}

pub(super) async fn show(call: Call) -> Reply {
    give(call.node.threat(call.who()?, &id(&call)).await?)
}

pub(super) async fn change(call: Call) -> Reply {
    let said: ThreatChange = call.json()?;
    give(call.node.change_threat(call.who()?, &id(&call), &said).await?)
}

pub(super) async fn note(call: Call) -> Reply {
    let said: Words = call.json()?;
    give(call.node.note_threat(call.who()?, &id(&call), &said.text).await?)
}

pub(super) async fn assess(call: Call) -> Reply {
    give(call.node.assess_threat(call.who()?, &id(&call)).await?)
}

pub(super) async fn abandon(call: Call) -> Reply {
    let said: Reason = call.json()?;
    give(
        call.node
            .drop_threat(call.who()?, &id(&call), &said.reason)
            .await?,
    )
}

pub(super) async fn resume(call: Call) -> Reply {
    give(call.node.resume_threat(call.who()?, &id(&call)).await?)
}

pub(super) async fn staff(call: Call) -> Reply {
    let said: ThreatPerson = call.json()?;
    give(call.node.staff_threat(call.who()?, &id(&call), &said).await?)
}

pub(super) async fn relate(call: Call) -> Reply {
    let said: Relates = call.json()?;
    let id = id(&call);
    let work = call.node.relate_threat(call.who()?, &id, said.case, !said.remove);
    give(work.await?)
}

pub(super) async fn open(call: Call) -> Reply {
    let new: NewCase = call.json()?;
    give(
        call.node
            .open_case_from_threat(call.who()?, &id(&call), &new)
            .await?,
    )
}

pub(super) async fn similar(call: Call) -> Reply {
    give(call.node.similar_to_threat(call.who()?, &id(&call)).await?)
}

pub(super) async fn leads(call: Call) -> Reply {
    give(call.node.leads(call.who()?).await?)
}

pub(super) async fn recipients(call: Call) -> Reply {
    give(call.node.lead_recipients(call.who()?).await?)
}

pub(super) async fn refer(call: Call) -> Reply {
    let new: NewLead = call.json()?;
    give(call.node.refer_lead(call.who()?, &new).await?)
}

pub(super) async fn preview(call: Call) -> Reply {
    let new: NewLead = call.json()?;
    give(call.node.preview_lead(call.who()?, &new).await?)
}

pub(super) async fn lead(call: Call) -> Reply {
    give(call.node.lead(call.who()?, call.entry()?).await?)
}

pub(super) async fn similar_to_lead(call: Call) -> Reply {
    give(call.node.similar_to_lead(call.who()?, call.entry()?).await?)
}

pub(super) async fn answer(call: Call) -> Reply {
    let said: LeadAnswer = call.json()?;
    give(call.node.answer_lead(call.who()?, call.entry()?, &said).await?)
}

pub(super) async fn open_from_lead(call: Call) -> Reply {
    let new: OpenFromLead = call.json()?;
    give(
        call.node
            .open_case_from_lead(call.who()?, call.entry()?, &new)
            .await?,
    )
}

pub(super) async fn link_lead(call: Call) -> Reply {
    let said: Links = call.json()?;
    let work = call
        .node
        .link_lead(call.who()?, call.entry()?, said.case, &said.text);
    give(work.await?)
}

pub(super) async fn hand(call: Call) -> Reply {
    let said: Hands = call.json()?;
    give(
        call.node
            .hand_lead(call.who()?, call.entry()?, said.person)
            .await?,
    )
}

pub(super) async fn onward(call: Call) -> Reply {
    let said: OnwardAnswer = call.json()?;
    give(call.node.answer_onward(call.who()?, call.entry()?, &said).await?)
}

pub(super) async fn approve(call: Call) -> Reply {
    let said: Releases = call.json()?;
    give(
        call.node
            .approve_lead(call.who()?, call.entry()?, &said.to)
            .await?,
    )
}

pub(super) async fn similar_to_case(call: Call) -> Reply {
    give(
        call.node
            .similar_to_case(call.who()?, call.param("case")?)
            .await?,
    )
}

pub(super) async fn link_cases(call: Call) -> Reply {
    let new: NewLink = call.json()?;
    give(
        call.node
            .link_cases(call.who()?, call.param("case")?, &new)
            .await?,
    )
}
