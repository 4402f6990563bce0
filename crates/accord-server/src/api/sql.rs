//! Questions in SQL about this organisation's own logs.

use accord_service::{AskSql, SqlAnswer, SqlForm};
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
