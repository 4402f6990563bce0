//! A peer's side of the protocol, answered by a real node and altered before it is signed: what a hostile partner
//! with good keys can send.

use std::sync::Arc;

use accord_formats::http_signature::{AnswerParts, Parameters, RequestParts, SignatureHeaders, sign_answer};
use accord_service::keys::NodeKeys;
use accord_service::{Node, Result, ServiceError, Signer};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What becomes of an honest answer: the path asked, the question, the answer; null where an honest node refuses.
pub type Alter = dyn Fn(&str, &Value, Value) -> Value + Send + Sync;

/// A router that answers like the node, after `alter`. `keys` sign the answers.
pub fn altered(node: Arc<Node>, keys: NodeKeys, alter: Arc<Alter>) -> Router {
    Router::new().fallback(move |request: Request<Body>| {
        let (node, keys, alter) = (node.clone(), keys.clone(), alter.clone());
        async move { answer(&node, &keys, &*alter, request).await }
    })
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    serde_json::from_slice(body).map_err(|error| ServiceError::invalid("body", error))
}

fn spell(answer: Result<impl Serialize>) -> Result<Value> {
    Ok(serde_json::to_value(answer?).expect("answers serialise"))
}

async fn honest(node: &Node, signer: &Signer, path: &str, body: &[u8]) -> Result<Value> {
    match path {
        "/peer/v1/heads" => spell(node.answer_heads(signer, &read(body)?).await),
        "/peer/v1/entries" => spell(node.answer_entries(signer, &read(body)?).await),
        "/peer/v1/payloads" => spell(node.answer_payloads(signer, &read(body)?).await),
        "/peer/v1/looks" => spell(node.answer_looks(signer, &read(body)?).await),
        "/peer/v1/nudge" => {
            node.nudged(signer);
            Ok(serde_json::json!({}))
        }
        "/peer/v1/object" => spell(node.answer_object(signer, &read(body)?).await),
        _ => Ok(serde_json::json!({})),
    }
}

async fn answer(node: &Node, keys: &NodeKeys, alter: &Alter, request: Request<Body>) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 64 << 20).await.expect("a question of the test");
    let header = |name: &str| {
        let value = head.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let headers = SignatureHeaders {
        content_digest: header("content-digest"),
        signature_input: header("signature-input"),
        signature: header("signature"),
    };
    let (authority, path) = (header("host"), head.uri.path().to_owned());
    let parts = RequestParts {
        method: "POST",
        authority: &authority,
        path: &path,
        body: &body,
    };
    let outcome = if path == "/peer/v1/join" {
        match read(&body) {
            Ok(join) => spell(node.joined(&parts, &headers, &join).await),
            Err(error) => Err(error),
        }
    } else {
        match node.identify(&parts, &headers).await {
            Ok(signer) => honest(node, &signer, &path, &body).await,
            Err(error) => Err(error),
        }
    };
    let mut response = Response::builder();
    let (status, text) = match outcome {
        Ok(honest) => {
            let question = serde_json::from_slice(&body).unwrap_or(Value::Null);
            (200, alter(&path, &question, honest).to_string().into_bytes())
        }
        Err(ServiceError::NotSignedIn) => {
            return response.status(401).body(Body::empty()).expect("an answer");
        }
        // What an honest node would refuse, a hostile one may still answer.
        Err(_) => {
            let question = serde_json::from_slice(&body).unwrap_or(Value::Null);
            match alter(&path, &question, Value::Null) {
                Value::Null => (404, b"{}".to_vec()),
                answer => (200, answer.to_string().into_bytes()),
            }
        }
    };
    let params = Parameters {
        created: node.now_ms() / 1_000,
        nonce: node
            .random::<16>()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect(),
        keyid: node.config.org.to_string(),
    };
    let answer = AnswerParts { status, body: &text };
    let signed = sign_answer(&answer, &parts, &headers, &params, &keys.peer);
    for (name, value) in [
        ("content-digest", signed.content_digest),
        ("signature-input", signed.signature_input),
        ("signature", signed.signature),
    ] {
        response = response.header(name, value);
    }
    response.status(status).body(Body::from(text)).expect("an answer")
}
