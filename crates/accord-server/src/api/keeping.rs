//! The team across organisations, recall, holds and retention, on cases and of leads.

use accord_model::{EntryRef, OrgName, PersonId};
use accord_service::{EndedSecondment, NewHold, NewLeadHold, NewSecondee, NewSecondment, RecallAnswer};
use serde::Deserialize;

use super::call::{Call, Reply, give};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pass {
    to_org: OrgName,
    to: PersonId,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Take {
    passed: EntryRef,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Recall {
    entry: EntryRef,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lift {
    hold: EntryRef,
    reason: String,
}

pub(super) async fn add_secondee(call: Call) -> Reply {
    let new: NewSecondee = call.json()?;
    give(call.node.add_secondee(call.who()?, &new).await?)
}

pub(super) async fn team(call: Call) -> Reply {
    give(call.node.team(call.who()?, call.param("case")?).await?)
}

pub(super) async fn pass_pen(call: Call) -> Reply {
    let given: Pass = call.json()?;
    let case = call.param("case")?;
    give(
        call.node
            .pass_pen(call.who()?, case, &given.to_org, given.to)
            .await?,
    )
}

pub(super) async fn take_pen(call: Call) -> Reply {
    let given: Take = call.json()?;
    give(
        call.node
            .take_pen(call.who()?, call.param("case")?, given.passed)
            .await?,
    )
}

pub(super) async fn grant_secondment(call: Call) -> Reply {
    let new: NewSecondment = call.json()?;
    give(
        call.node
            .grant_secondment(call.who()?, call.param("case")?, &new)
            .await?,
    )
}

pub(super) async fn end_secondment(call: Call) -> Reply {
    let ended: EndedSecondment = call.json()?;
    give(
        call.node
            .end_secondment(call.who()?, call.param("case")?, &ended)
            .await?,
    )
}

pub(super) async fn recalls(call: Call) -> Reply {
    give(call.node.recalls(call.who()?, call.param("case")?).await?)
}

pub(super) async fn order_recall(call: Call) -> Reply {
    let given: Recall = call.json()?;
    let case = call.param("case")?;
    give(
        call.node
            .order_recall(call.who()?, case, given.entry, &given.reason)
            .await?,
    )
}

pub(super) async fn receipt_recall(call: Call) -> Reply {
    let new: RecallAnswer = call.json()?;
    give(
        call.node
            .receipt_recall(call.who()?, call.param("case")?, &new)
            .await?,
    )
}

pub(super) async fn keeping(call: Call) -> Reply {
    give(call.node.keeping(call.who()?, call.param("case")?).await?)
}

pub(super) async fn place_hold(call: Call) -> Reply {
    let new: NewHold = call.json()?;
    give(
        call.node
            .place_hold(call.who()?, call.param("case")?, &new)
            .await?,
    )
}

pub(super) async fn lift_hold(call: Call) -> Reply {
    let given: Lift = call.json()?;
    let case = call.param("case")?;
    give(
        call.node
            .lift_hold(call.who()?, case, given.hold, &given.reason)
            .await?,
    )
}

pub(super) async fn lead_recalls(call: Call) -> Reply {
    give(call.node.lead_recalls(call.who()?).await?)
}

pub(super) async fn recall_lead(call: Call) -> Reply {
    let given: Reason = call.json()?;
    give(
        call.node
            .recall_lead(call.who()?, call.entry()?, &given.reason)
            .await?,
    )
}

pub(super) async fn receipt_lead_recall(call: Call) -> Reply {
    let new: RecallAnswer = call.json()?;
    give(call.node.receipt_lead_recall(call.who()?, &new).await?)
}

pub(super) async fn lead_keeping(call: Call) -> Reply {
    give(call.node.lead_keeping(call.who()?, call.entry()?).await?)
}

pub(super) async fn hold_lead(call: Call) -> Reply {
    let new: NewLeadHold = call.json()?;
    give(call.node.hold_lead(call.who()?, call.entry()?, &new).await?)
}

pub(super) async fn lift_lead_hold(call: Call) -> Reply {
    let given: Lift = call.json()?;
    give(
        call.node
            .lift_lead_hold(call.who()?, given.hold, &given.reason)
            .await?,
    )
}
