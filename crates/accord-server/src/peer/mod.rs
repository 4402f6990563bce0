//! Node to node (`docs/spec/peer.md`). Every request is signed, every answer to a known peer is signed and bound to
//! its request, errors too.
//!
//! Whoever is not identified (a stranger, no signature, an altered, repeated, stale or misdirected request, a path
//! that does not exist) gets the same answer: 401, no body, no signature.

use accord_formats::http_signature::{RequestParts, SignatureHeaders};
use accord_formats::peer::{
    EntriesQuestion, HeadsQuestion, Join, LooksQuestion, MAX_REQUEST_BYTES, Nothing, ObjectQuestion,
    PayloadsQuestion,
};
use accord_service::{ServiceError, Signer};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::AppState;
use crate::error::Problem;
use crate::listed::{Listed, Part};

const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");
const SIGNATURE_INPUT: HeaderName = HeaderName::from_static("signature-input");
const SIGNATURE: HeaderName = HeaderName::from_static("signature");
/// How long a request's body may take to arrive.
const BODY_READ_MAX: std::time::Duration = std::time::Duration::from_secs(30);

/// What peers ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    Join,
    Heads,
    Entries,
    Payloads,
    Object,
    Looks,
    Nudge,
}

/// Every question with its path.
const QUESTIONS: [(&str, Question); 7] = [
    ("/peer/v1/join", Question::Join),
    ("/peer/v1/heads", Question::Heads),
    ("/peer/v1/entries", Question::Entries),
    ("/peer/v1/payloads", Question::Payloads),
    ("/peer/v1/object", Question::Object),
    ("/peer/v1/looks", Question::Looks),
    ("/peer/v1/nudge", Question::Nudge),
];

impl Question {
    fn at(path: &str) -> Option<Self> {
        QUESTIONS
            .iter()
            .find(|(known, _)| *known == path)
            .map(|(_, question)| *question)
    }
}

/// Every route under `/peer`.
pub(crate) fn listed() -> Vec<Listed> {
    QUESTIONS
        .iter()
        .map(|(path, _)| Listed {
            part: Part::Peer,
            method: "POST",
            path,
        })
        .collect()
}

/// The routes under `/peer`: one for all paths, so that what does not exist is answered like a stranger.
pub(crate) fn router(node: AppState) -> Router {
    Router::new().route("/peer/{*rest}", any(answer)).with_state(node)
}

/// What a stranger is told.
fn unknown() -> Response {
    StatusCode::UNAUTHORIZED.into_response()
}

/// The header's value, if the header stands there exactly once.
fn exactly_one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    value.to_str().ok()
}

/// The signature's headers of a request that is in the form of the protocol and addressed to this node.
fn signed_headers(parts: &Parts, authority: &str) -> Option<SignatureHeaders> {
    let headers = &parts.headers;
    let plain = parts.method == Method::POST
        && parts.uri.query().is_none()
        && exactly_one(headers, &header::HOST)? == authority
        && exactly_one(headers, &header::CONTENT_TYPE)? == "application/json";
    plain.then_some(())?;
    Some(SignatureHeaders {
        content_digest: exactly_one(headers, &CONTENT_DIGEST)?.to_owned(),
        signature_input: exactly_one(headers, &SIGNATURE_INPUT)?.to_owned(),
        signature: exactly_one(headers, &SIGNATURE)?.to_owned(),
    })
}

async fn read_body(body: Body) -> Option<Bytes> {
    let reading = Limited::new(body, MAX_REQUEST_BYTES).collect();
    let read = tokio::time::timeout(BODY_READ_MAX, reading).await.ok()?;
    Some(read.ok()?.to_bytes())
}

async fn answer(State(node): State<AppState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(authority) = node.authority() else {
        return unknown();
    };
    let Some(headers) = signed_headers(&parts, &authority) else {
        return unknown();
    };
    let Some(body) = read_body(body).await else {
        return unknown();
    };
    let request = RequestParts {
        method: "POST",
        authority: &authority,
        path: parts.uri.path(),
        body: &body,
    };
    let question = Question::at(request.path);
    let outcome = if question == Some(Question::Join) {
        let Ok(join) = serde_json::from_slice::<Join>(&body) else {
            return unknown();
        };
        match node.joined(&request, &headers, &join).await {
            Ok(joined) => bytes_of(&joined),
            Err(ServiceError::NotSignedIn) => return unknown(),
            Err(error) => return unidentified(error),
        }
    } else {
        match node.identify(&request, &headers).await {
            Ok(signer) => tell(&node, &signer, question, &body).await,
            Err(ServiceError::NotSignedIn) => return unknown(),
            Err(error) => return unidentified(error),
        }
    };
    let (status, bytes) = match outcome {
        Ok(bytes) => (StatusCode::OK, bytes),
        Err(problem) => refusal(&problem),
    };
    let signed = node.sign_answer(status.as_u16(), &bytes, &request, &headers);
    let mut response = (status, bytes).into_response();
    let all = response.headers_mut();
    all.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in [
        (CONTENT_DIGEST, signed.content_digest),
        (SIGNATURE_INPUT, signed.signature_input),
        (SIGNATURE, signed.signature),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            all.insert(name, value);
        }
    }
    response
}

/// This node cannot say whose request it is: it cannot answer anybody.
fn unidentified(error: ServiceError) -> Response {
    let problem = Problem::from(error);
    tracing::error!(
        code = problem.code,
        inner = problem.inner,
        "peer request not looked at"
    );
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}

/// What a peer hears of a refusal: a code, never this node's words.
fn refusal(problem: &Problem) -> (StatusCode, Vec<u8>) {
    match &problem.inner {
        Some(inner) => tracing::error!(code = problem.code, inner, "peer request refused"),
        None => tracing::debug!(
            code = problem.code,
            detail = problem.detail,
            "peer request refused"
        ),
    }
    let body = serde_json::to_vec(&json!({ "code": problem.code })).unwrap_or_default();
    (problem.status, body)
}

fn bytes_of(value: &impl Serialize) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(value).map_err(|error| Problem::internal(error.to_string()))
}

fn read<Q: DeserializeOwned>(body: &[u8]) -> Result<Q, Problem> {
    serde_json::from_slice(body).map_err(|_| Problem::invalid("body", "not in the form of the protocol"))
}

async fn tell(
    node: &AppState,
    signer: &Signer,
    question: Option<Question>,
    body: &[u8],
) -> Result<Vec<u8>, Problem> {
    match question {
        Some(Question::Heads) => bytes_of(&node.answer_heads(signer, &read::<HeadsQuestion>(body)?).await?),
        Some(Question::Entries) => {
            let question = read::<EntriesQuestion>(body)?;
            bytes_of(&node.answer_entries(signer, &question).await?)
        }
        Some(Question::Payloads) => {
            let question = read::<PayloadsQuestion>(body)?;
            bytes_of(&node.answer_payloads(signer, &question).await?)
        }
        Some(Question::Object) => {
            bytes_of(&node.answer_object(signer, &read::<ObjectQuestion>(body)?).await?)
        }
        Some(Question::Looks) => bytes_of(&node.answer_looks(signer, &read::<LooksQuestion>(body)?).await?),
        Some(Question::Nudge) => {
            read::<Nothing>(body)?;
            node.nudged(signer);
            bytes_of(&Nothing {})
        }
        Some(Question::Join) | None => Err(Problem::not_found("question")),
    }
}
