//! `POST /verdict/v1/lookup`: verdicts on a batch of values, all from one snapshot.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Asker;
use super::problem::Problem;
use crate::audience::Audience;
use crate::group::TOGETHER;
use crate::limits::{MAX_BATCH_VALUES, MAX_BODY_BYTES, MAX_VALUE_BYTES};
use crate::reader::{Block, Blocks, Reader};
use crate::snapshot::Snapshot;
use crate::snapshots::Snapshots;

/// What a verdict is expected to need in the answer; more is taken where it is needed.
const BYTES_PER_VERDICT: usize = 96;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request<'b> {
    #[serde(borrow)]
    values: Values<'b>,
}

/// The first values of a batch, and how many there are. What is beyond the limit is counted and not kept: a body of
/// nothing but commas and quotes would need many times its length.
struct Values<'b> {
    kept: Vec<Value<'b>>,
    count: usize,
}

/// A string that is copied only where it holds an escape.
#[derive(Deserialize)]
#[serde(transparent)]
struct Value<'b>(#[serde(borrow)] Cow<'b, str>);

impl<'de: 'b, 'b> Deserialize<'de> for Values<'b> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each<'b>(PhantomData<&'b ()>);

        impl<'de: 'b, 'b> Visitor<'de> for Each<'b> {
            type Value = Values<'b>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array of strings")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Values<'b>, A::Error> {
                let mut kept = Vec::new();
                while kept.len() < MAX_BATCH_VALUES {
                    match values.next_element()? {
                        Some(value) => kept.push(value),
                        None => break,
                    }
                }
                let mut count = kept.len();
                while values.next_element::<IgnoredAny>()?.is_some() {
                    count += 1;
                }
                Ok(Values { kept, count })
            }
        }

        deserializer.deserialize_seq(Each(PhantomData))
    }
}

/// One verdict of the answer.
struct Verdict<'a> {
    value: &'a str,
    blocks: Option<Blocks<'a>>,
    problem: Option<&'static str>,
}

impl Serialize for Verdict<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let blocks = self.blocks.filter(|blocks| blocks.is_listed());
        let mut fields = serializer.serialize_struct("Verdict", 5)?;
        fields.serialize_field("value", self.value)?;
        fields.serialize_field("listed", &blocks.is_some())?;
        if let Some(blocks) = blocks {
            fields.serialize_field("action", "block")?;
            fields.serialize_field("matches", &Matches(blocks))?;
        }
        if let Some(problem) = self.problem {
            fields.serialize_field("problem", problem)?;
        }
        fields.end()
    }
}

struct Matches<'a>(Blocks<'a>);

impl Serialize for Matches<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(line))
    }
}

#[derive(Serialize)]
struct MatchLine<'a> {
    kind: &'static str,
    value: &'a str,
    indicator: &'a str,
    r#match: &'static str,
    labels: &'a [String],
}

fn line(hit: Block<'_>) -> MatchLine<'_> {
    MatchLine {
        kind: hit.kind.as_str(),
        value: hit.value,
        indicator: hit.indicator,
        r#match: hit.how.as_str(),
        labels: hit.labels(),
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
    if request.values.count > MAX_BATCH_VALUES {
        let words = format!(
            "{} values, a batch has at most {MAX_BATCH_VALUES}: send several",
            request.values.count
        );
        return Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-many-values",
            words,
        ));
    }
    let snapshot = audience.snapshot();
    written(audience, &snapshot, &request.values.kept).map_err(|_| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the answer could not be written",
        )
    })
}

/// The answer, written value by value, so that a full batch needs no more room than its text.
fn written(audience: &Audience, snapshot: &Snapshot, values: &[Value<'_>]) -> serde_json::Result<Vec<u8>> {
    let mut reader = Reader::default();
    let mut out = Vec::with_capacity(values.len() * BYTES_PER_VERDICT);
    out.extend_from_slice(b"{\"serial\":");
    serde_json::to_writer(&mut out, &snapshot.serial())?;
    out.extend_from_slice(b",\"verdicts\":[");
    let mut is_first = true;
    for together in values.chunks(TOGETHER) {
        let problems: Vec<_> = together
            .iter()
            .map(|Value(given)| refused(given.trim()))
            .collect();
        let each = || together.iter().map(|Value(given)| given).zip(&problems);
        let taken = each().filter(|(_, problem)| problem.is_none());
        audience.ask_together(snapshot, &mut reader, taken.map(|(given, _)| given.trim()));
        let mut place = 0;
        for (given, &problem) in each() {
            if !std::mem::take(&mut is_first) {
                out.push(b',');
            }
            if problem.is_none() {
                reader.turn(place);
                place += 1;
            }
            let reader = &reader;
            let verdict = Verdict {
                // What is too long is not sent back.
                value: if problem == Some("too-long") { "" } else { given },
                blocks: problem.is_none().then_some(Blocks { snapshot, reader }),
                problem,
            };
            serde_json::to_writer(&mut out, &verdict)?;
        }
    }
    out.extend_from_slice(b"]}");
    Ok(out)
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
