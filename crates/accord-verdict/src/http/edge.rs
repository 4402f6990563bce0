//! `GET /verdict/v1/edge?edge=ID&name=NAME&since=DIGEST&tokens=DIGEST`: what an edge needs, to whoever has an edge's token.
//! Nothing new within [`EDGE_WAIT_SECONDS`]: 204. Else the changes since the set that it has, none of them where only the
//! tokens of look-ups are others; or, where that set is not known any more, everything. Whose token was renewed meanwhile is
//! told nothing more.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use accord_matcher::Pattern;
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
use crate::Note;
use crate::audience::{Audience, Since};
use crate::config::TokenDigest;
use crate::edge::{EdgeId, EdgeSeen, Head, SetDigest, TooMany, Whole, changes_text, is_edge_name};
use crate::limits::{EDGE_WAIT_SECONDS, MAX_EDGE_QUESTIONS, MAX_EDGES};
use crate::snapshot::Snapshot;
use crate::snapshots::{Phase, Snapshots};

/// The audience whose edge asks.
pub(super) struct Edge {
    audience: Arc<Audience>,
    token: TokenDigest,
}

impl FromRequestParts<Snapshots> for Edge {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, snapshots: &Snapshots) -> Result<Edge, Problem> {
        let token = bearer(&parts.headers).map(TokenDigest::of);
        token
            .and_then(|token| {
                let audience = snapshots.tables().by_edge_token(token)?.clone();
                Some(Edge { audience, token })
            })
            .ok_or_else(Problem::no_token)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    edge: String,
    name: String,
    since: Option<String>,
    /// Of the tokens of look-ups that it was told; absent: of an edge of before, which learns of others with the next change.
    tokens: Option<String>,
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
    Edge {
        audience: asked_of,
        token,
    }: Edge,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let now_ms = snapshots.clock().now_ms();
    let told = |Query(asked): Query<Asked>| {
        let tokens = asked.tokens.as_deref().map(SetDigest::parse);
        (!matches!(tokens, Some(None))).then_some((seen(&asked, now_ms)?, asked.tokens))
    };
    let (edge, tokens) = asked.ok().and_then(told).ok_or_else(|| {
        let words = "ask with edge= (32 hexadecimal digits), name= (a-z, 0-9 and -) and, where there are any, since= and \
                     tokens= (64 each)";
        Problem::new(StatusCode::BAD_REQUEST, "invalid", words)
    })?;
    let has = edge.has;
    let _question = asked_of.content.followers.ask(edge).map_err(|many| match many {
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
        let serving = snapshots.tables().by_edge_token(token).cloned();
        let audience = serving.ok_or_else(Problem::no_token)?;
        let has_tokens = tokens
            .as_ref()
            .is_none_or(|told| *told == TokenDigest::of_all(&audience.config.tokens));
        let some = |snapshot: &Snapshot, changes: &BTreeMap<Pattern, Option<Note>>| {
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
        };
        let answer = match audience.content.since(has) {
            Since::Nothing if has_tokens => None,
            // What is served now may be another set already: then the next question tells it.
            Since::Nothing => Some(audience.snapshot())
                .filter(|snapshot| Some(snapshot.digest()) == has)
                .and_then(|snapshot| some(&snapshot, &BTreeMap::new())),
            Since::Changes(snapshot, changes) => some(&snapshot, &changes),
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
