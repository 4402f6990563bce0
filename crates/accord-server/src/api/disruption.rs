//! Disruption: targets, the plan, go or no-go, receipts, looks; and the list of one's own infrastructure.

use accord_service::{
    ExportForm, NewCheck, NewLook, NewOwn, NewPlan, NewReceipt, NewTargets, OwnAnswer, SayGo,
};
use serde::Deserialize;

use super::call::{Call, Reply, give};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Checks {
    checks: Vec<NewCheck>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answers {
    answers: Vec<OwnAnswer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Receipts {
    receipts: Vec<NewReceipt>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Looks {
    looks: Vec<NewLook>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnValue {
    value: String,
}

pub(super) async fn board(call: Call) -> Reply {
    give(call.node.board(call.who()?, call.param("case")?).await?)
}

pub(super) async fn propose(call: Call) -> Reply {
    let new: NewTargets = call.json()?;
    give(
        call.node
            .propose_targets(call.who()?, call.param("case")?, &new)
            .await?,
    )
}

pub(super) async fn check(call: Call) -> Reply {
    let said: Checks = call.json()?;
    give(
        call.node
            .check_targets(call.who()?, call.param("case")?, &said.checks)
            .await?,
    )
}

pub(super) async fn answer_own(call: Call) -> Reply {
    let said: Answers = call.json()?;
    give(
        call.node
            .answer_own(call.who()?, call.param("case")?, &said.answers)
            .await?,
    )
}

pub(super) async fn write_plan(call: Call) -> Reply {
    let new: NewPlan = call.json()?;
    give(
        call.node
            .write_plan(call.who()?, call.param("case")?, &new)
            .await?,
    )
}

pub(super) async fn say_go(call: Call) -> Reply {
    let said: SayGo = call.json()?;
    give(call.node.say_go(call.who()?, call.param("case")?, &said).await?)
}

pub(super) async fn receipts(call: Call) -> Reply {
    let said: Receipts = call.json()?;
    give(
        call.node
            .give_receipts(call.who()?, call.param("case")?, &said.receipts)
            .await?,
    )
}

pub(super) async fn looks(call: Call) -> Reply {
    let said: Looks = call.json()?;
    give(
        call.node
            .say_held(call.who()?, call.param("case")?, &said.looks)
            .await?,
    )
}

pub(super) async fn export(call: Call) -> Reply {
    let form: ExportForm = call.asked("form").unwrap_or("list").parse()?;
    give(
        call.node
            .export_actions(call.who()?, call.param("case")?, form)
            .await?,
    )
}

pub(super) async fn notices(call: Call) -> Reply {
    give(call.node.notices(call.who()?, call.param("case")?).await?)
}

pub(super) async fn own(call: Call) -> Reply {
    give(call.node.own_infrastructure(call.who()?).await?)
}

pub(super) async fn add_own(call: Call) -> Reply {
    let new: NewOwn = call.json()?;
    give(call.node.add_own(call.who()?, &new).await?)
}

pub(super) async fn remove_own(call: Call) -> Reply {
    let said: OwnValue = call.json()?;
    give(call.node.remove_own(call.who()?, &said.value).await?)
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Marking {
    target: accord_model::EntryRef,
    source: String,
    #[serde(default)]
    column: Option<String>,
}

pub(super) async fn sinkholes(call: Call) -> Reply {
    give(call.node.sinkholes(call.who()?, call.param("case")?).await?)
}

pub(super) async fn mark_sinkhole(call: Call) -> Reply {
    let new: Marking = call.json()?;
    give(
        call.node
            .mark_sinkhole(
                call.who()?,
                call.param("case")?,
                new.target,
                &new.source,
                new.column.as_deref(),
            )
            .await?,
    )
}

pub(super) async fn share_victims(call: Call) -> Reply {
    give(call.node.share_victims(call.who()?, call.param("case")?).await?)
}

pub(super) async fn notice_document(call: Call) -> Reply {
    // What is no name is no party either.
    let to = call.asked("to").unwrap_or_default().parse();
    let to = to.map_err(|_| accord_service::ServiceError::NotFound("notice"));
    let case = call.param("case")?;
    accord_service::Act::Ask.ask(call.who()?)?;
    let (name, bytes) = call.node.notice_document(call.who()?, case, &to?).await?;
    Ok(super::call::Answer::Docx(name, bytes))
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Zone {
    #[serde(default)]
    zone: Option<String>,
}

pub(super) async fn zones(call: Call) -> Reply {
    give(call.node.org_zones(call.who()?).await?)
}

pub(super) async fn set_zone(call: Call) -> Reply {
    let new: Zone = call.json()?;
    give(
        call.node
            .set_org_zone(call.who()?, &call.param("org")?, new.zone.as_deref())
            .await?,
    )
}
