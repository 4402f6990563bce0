//! Questions in SQL about this organisation's own logs.

use accord_service::{AskSql, NewKeptSql, SqlAnswer, SqlForm};
use serde::Deserialize;
use serde_json::{Value, json};

use super::call::{Call, Reply, give};

/// The answer: what is told of it, and its rows.
fn told(answer: &SqlAnswer) -> Value {
    let rows = answer
        .body
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty());
    let rows: Vec<Value> = rows
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect();
    json!({ "outcome": answer.outcome, "rows": rows })
}

pub(super) async fn ask(call: Call) -> Reply {
    let asked: AskSql = call.json()?;
    let answer = call.node.ask_sql(call.who()?, &asked, SqlForm::Ndjson).await?;
    give(told(&answer))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stand {
    stands: bool,
}

pub(super) async fn kept(call: Call) -> Reply {
    give(call.node.kept_sql(call.who()?).await?)
}

pub(super) async fn keep(call: Call) -> Reply {
    let new: NewKeptSql = call.json()?;
    give(call.node.keep_sql(call.who()?, &new).await?)
}

pub(super) async fn ask_kept(call: Call) -> Reply {
    let id: String = call.param("question")?;
    let answer = call.node.ask_kept_sql(call.who()?, &id, SqlForm::Ndjson).await?;
    give(told(&answer))
}

pub(super) async fn stand(call: Call) -> Reply {
    let said: Stand = call.json()?;
    let id: String = call.param("question")?;
    give(call.node.let_sql_stand(call.who()?, &id, said.stands).await?)
}

pub(super) async fn end(call: Call) -> Reply {
    let id: String = call.param("question")?;
    give(call.node.end_kept_sql(call.who()?, &id).await?)
}
