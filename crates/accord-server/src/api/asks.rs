//! Asking partners for anything, answering, and oral authority.

use accord_service::{NewOral, NewRequest, OralConfirmation, PoolWord, RequestAnswer};
use serde::Deserialize;

use super::call::{Call, Reply, give};

/// The body of a request.
pub(super) const ASKED: &str = "to: string, what: string, reference: string, reason: string, instrument?: string, \
    oral?: string, due_ms?: integer, secret_until_ms?: integer, hunt?: object, expertise?: object, \
    subscriber?: object, preservation?: object, takedown?: object, marking?: string";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    words: String,
}

pub(super) async fn preview(call: Call) -> Reply {
    let new: NewRequest = call.json()?;
    let preview = call.node.preview_request(call.who()?, call.param("case")?, &new);
    give(preview.await?)
}

pub(super) async fn ask(call: Call) -> Reply {
    let new: NewRequest = call.json()?;
    give(
        call.node
            .ask_partner(call.who()?, call.param("case")?, &new)
            .await?,
    )
}

pub(super) async fn subscribers(call: Call) -> Reply {
    give(call.node.subscribers(call.who()?, call.entry()?).await?)
}

pub(super) async fn answer(call: Call) -> Reply {
    let answer: RequestAnswer = call.json()?;
    let answered = call.node.answer_request(call.who()?, call.entry()?, &answer);
    give(answered.await?)
}

pub(super) async fn withdraw(call: Call) -> Reply {
    let said: Words = call.json()?;
    let withdrawn = call
        .node
        .withdraw_request(call.who()?, call.entry()?, &said.words);
    give(withdrawn.await?)
}

pub(super) async fn pool(call: Call) -> Reply {
    let word: PoolWord = call.json()?;
    give(
        call.node
            .take_expertise(call.who()?, call.entry()?, &word)
            .await?,
    )
}

pub(super) async fn record_oral(call: Call) -> Reply {
    let new: NewOral = call.json()?;
    give(
        call.node
            .record_oral(call.who()?, call.param("case")?, &new)
            .await?,
    )
}

pub(super) async fn confirm_oral(call: Call) -> Reply {
    let new: OralConfirmation = call.json()?;
    give(
        call.node
            .confirm_oral(call.who()?, call.param("case")?, &new)
            .await?,
    )
}
