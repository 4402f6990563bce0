//! `GET /verdict/v1/edge?edge=ID&name=NAME&since=DIGEST`: what an edge needs, to whoever has an edge's token. Nothing
//! new within [`EDGE_WAIT_SECONDS`]: 204. Else the changes since the set that it has, or, where that one is not known
//! any more, everything.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body::{Body as HttpBody, Frame};
use serde::Deserialize;

use super::bearer;
use super::problem::Problem;
use crate::audience::{Audience, Since};
use crate::edge::{EdgeId, EdgeSeen, Head, SetDigest, TooMany, Whole, changes_text, is_edge_name};
use crate::limits::{EDGE_WAIT_SECONDS, MAX_EDGE_QUESTIONS, MAX_EDGES};
use crate::snapshots::{Phase, Snapshots};

/// The audience whose edge asks.
pub(super) struct Edge(Arc<Audience>);

impl FromRequestParts<Snapshots> for Edge {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, snapshots: &Snapshots) -> Result<Edge, Problem> {
        bearer(&parts.headers)
            .and_then(|token| snapshots.audience_of_edge(token))
            .map(Edge)
            .ok_or_else(Problem::no_token)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    edge: String,
    name: String,
    since: Option<String>,
}

fn seen(asked: &Asked, asked_ms: u64) -> Option<EdgeSeen> {
    let has = match &asked.since {
        Some(text) => Some(SetDigest::parse(text)?),
        None => None,
    };
    Some(EdgeSeen {
        id: EdgeId::parse(&asked.edge)?,
        name: asked.name.clone(),
        has,
        asked_ms,
    })
    .filter(|edge| is_edge_name(&edge.name))
}

pub(super) async fn follow(
    State(snapshots): State<Snapshots>,
    Edge(audience): Edge,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let now_ms = snapshots.clock().now_ms();
    let edge = asked.ok().and_then(|Query(asked)| seen(&asked, now_ms)).ok_or_else(|| {
        let words = "ask with edge= (32 hexadecimal digits), name= (a-z, 0-9 and -) and, where there is one, since= (64)";
        Problem::new(StatusCode::BAD_REQUEST, "invalid", words)
    })?;
    let has = edge.has;
    let _question = audience.content.followers.ask(edge).map_err(|many| match many {
        TooMany::Edges => Problem::new(
            StatusCode::CONFLICT,
            "too-many-edges",
            format!("an audience has at most {MAX_EDGES} edges"),
        ),
        TooMany::Questions => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "busy",
            format!("the edges of an audience ask at most {MAX_EDGE_QUESTIONS} questions at a time"),
        ),
    })?;
    let end = tokio::time::Instant::now() + Duration::from_secs(EDGE_WAIT_SECONDS);
    let mut phase = snapshots.phase();
    let opened = tokio::time::timeout_at(end, phase.wait_for(|phase| *phase != Phase::Starting))
        .await
        .is_ok();
    if !opened {
        let words = "not everything is there yet after a start: keep what you have, and ask again";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not-ready", words));
    }
    let mut changes = snapshots.changes();
    loop {
        changes.mark_unchanged();
        let answer = match audience.content.since(has) {
            Since::Nothing => None,
            Since::Changes(snapshot, changes) => {
                let head = Head {
                    from: has,
                    to: snapshot.digest(),
                    serial: snapshot.serial(),
                    changed_ms: snapshot.changed_ms(),
                    count: 0,
                    tokens: audience.config.tokens.clone(),
                };
                let changes = changes.iter().map(|(pattern, note)| (pattern, note.as_ref()));
                Some(Body::from(changes_text(head, changes)))
            }
            Since::Whole(snapshot) => Some(Body::new(Pieces(Whole::of(
                snapshot,
                audience.config.tokens.clone(),
            )))),
        };
        if let Some(body) = answer {
            let headers = [
                (header::CONTENT_TYPE, "application/x-ndjson"),
                (header::CACHE_CONTROL, "no-store"),
            ];
            return Ok((headers, body).into_response());
        }
        let waited = tokio::select! {
            changed = tokio::time::timeout_at(end, changes.changed()) => matches!(changed, Ok(Ok(()))),
            _ = phase.wait_for(|phase| *phase == Phase::Ending) => false,
        };
        if !waited {
            return Ok((StatusCode::NO_CONTENT, [(header::CACHE_CONTROL, "no-store")]).into_response());
        }
    }
}

/// A whole answer, made as it is read.
struct Pieces(Whole);

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(self.0.next().map(|piece| Ok(Frame::data(piece.into()))))
    }
}
