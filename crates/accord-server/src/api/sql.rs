//! Questions in SQL about this organisation's own logs.

use accord_service::{AskSql, NewKeptSql, SqlAnswer, SqlForm, SqlOutcome};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::call::{Answer, Call, Reply, give};
use crate::error::Problem;

/// An answer: what is told of it, and its rows as they were written, every digit of their numbers.
#[derive(Serialize)]
struct Told<'a> {
    outcome: &'a SqlOutcome,
    rows: Vec<&'a RawValue>,
}

fn told(answer: &SqlAnswer) -> Reply {
    let lines = answer.body.split(|byte| *byte == b'\n');
    let rows = lines.filter(|line| !line.is_empty()).map(serde_json::from_slice);
    let rows = rows.collect::<Result<Vec<&RawValue>, _>>();
    let rows = rows.map_err(|error| Problem::internal(format!("a row of an answer in SQL: {error}")))?;
    let outcome = &answer.outcome;
    let text = serde_json::to_string(&Told { outcome, rows });
    let text = text.map_err(|error| Problem::internal(error.to_string()))?;
    Ok(Answer::Written(text))
}

pub(super) async fn ask(call: Call) -> Reply {
    let asked: AskSql = call.json()?;
    let answer = call.node.ask_sql(call.who()?, &asked, SqlForm::Ndjson).await?;
    told(&answer)
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
    told(&answer)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &str) -> SqlAnswer {
        let outcome = serde_json::json!({
            "columns": [], "rows": 1, "result_bytes": 1, "truncated": null, "read_bytes": 0, "covered": 0, "not_covered": [],
            "not_covered_total": 0, "spilled_bytes": 0, "seconds": 0.5,
            "skipped": { "files": 0, "row_groups_by_statistics": 0, "row_groups_by_bloom_filter": 0, "pages": 0 },
        });
        SqlAnswer {
            outcome: serde_json::from_value(outcome).unwrap(),
            body: body.into(),
        }
    }

    #[test]
    fn numbers_keep_every_digit_and_a_row_that_is_none_is_no_answer() {
        let row = r#"{"n":12345678901234567890.123456789012345678}"#;
        let Ok(Answer::Written(text)) = told(&answer(&format!("{row}\n{row}\n"))) else {
            panic!("no answer");
        };
        assert!(text.ends_with(&format!("\"rows\":[{row},{row}]}}")), "{text}");
        assert!(told(&answer(&format!("{row}\n{{\"n\":"))).is_err());
    }
}
