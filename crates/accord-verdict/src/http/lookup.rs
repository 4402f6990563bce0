//! `POST /verdict/v1/lookup`: verdicts on a batch of values, all from one snapshot.

use std::borrow::Cow;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize, Serializer};

use super::Asker;
use super::problem::Problem;
use crate::audience::Audience;
use crate::limits::{MAX_BATCH_VALUES, MAX_BODY_BYTES, MAX_VALUE_BYTES};
use crate::snapshot::Reader;
use crate::snapshots::Snapshots;
use crate::verdict::{Answer, Match};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request<'b> {
    #[serde(borrow)]
    values: Vec<Value<'b>>,
}

/// A string that is copied only where it holds an escape.
#[derive(Deserialize)]
#[serde(transparent)]
struct Value<'b>(#[serde(borrow)] Cow<'b, str>);

#[derive(Serialize)]
struct Answered<'b> {
    serial: u32,
    verdicts: Vec<Verdict<'b>>,
}

#[derive(Serialize)]
struct Verdict<'b> {
    value: &'b str,
    listed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<&'static str>,
    #[serde(skip_serializing_if = "Answer::is_silent", serialize_with = "matches")]
    matches: Answer,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'static str>,
}

#[derive(Serialize)]
struct MatchLine<'a> {
    kind: &'static str,
    value: &'a str,
    indicator: &'a str,
    r#match: &'static str,
    labels: &'a [String],
}

fn matches<S: Serializer>(answer: &Answer, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(answer.blocks().iter().map(line))
}

fn line(hit: &Match) -> MatchLine<'_> {
    MatchLine {
        kind: hit.kind.as_str(),
        value: &hit.value,
        indicator: &hit.indicator,
        r#match: hit.how.as_str(),
        labels: &hit.note.labels,
    }
}

pub(super) async fn look_up(
    State(_): State<Snapshots>,
    Asker(audience): Asker,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let body = body.map_err(|_| {
        let words = format!("a batch has at most {MAX_BODY_BYTES} bytes: send several");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", words)
    })?;
    // Milliseconds for a full batch: not on a thread that serves others.
    let answered = tokio::task::spawn_blocking(move || answer(&audience, &body)).await;
    let body = answered.map_err(|_| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the batch could not be answered",
        )
    })??;
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, body).into_response())
}

fn answer(audience: &Audience, body: &[u8]) -> Result<Vec<u8>, Problem> {
    let request: Request<'_> = serde_json::from_slice(body).map_err(|why| {
        let words = format!(
            "the body is not {{\"values\": [\"...\"]}}: line {}, column {}",
            why.line(),
            why.column()
        );
        Problem::new(StatusCode::BAD_REQUEST, "invalid", words)
    })?;
    if request.values.len() > MAX_BATCH_VALUES {
        let words = format!(
            "{} values, a batch has at most {MAX_BATCH_VALUES}: send several",
            request.values.len()
        );
        return Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-many-values",
            words,
        ));
    }
    let snapshot = audience.snapshot();
    let mut reader = Reader::default();
    let verdicts = request.values.iter().map(|Value(given)| {
        let value = given.trim();
        let problem = refused(value);
        let found = match problem {
            None => audience.answer_from(&snapshot, &mut reader, value),
            Some(_) => Answer::default(),
        };
        Verdict {
            // What is too long is not sent back.
            value: if problem == Some("too-long") { "" } else { given },
            listed: found.is_listed(),
            action: found.is_listed().then_some("block"),
            matches: found,
            problem,
        }
    });
    let response = Answered {
        serial: snapshot.serial(),
        verdicts: verdicts.collect(),
    };
    serde_json::to_vec(&response).map_err(|_| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the answer could not be written",
        )
    })
}

/// Why a text is not one value.
fn refused(value: &str) -> Option<&'static str> {
    if value.is_empty() {
        Some("empty")
    } else if value.len() > MAX_VALUE_BYTES {
        Some("too-long")
    } else if value.contains(|c: char| c.is_whitespace() || c.is_control()) {
        Some("not-one-value")
    } else {
        None
    }
}
