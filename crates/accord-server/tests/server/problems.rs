//! What goes wrong, and how it is told.

use accord_model::OrgKind;
use accord_server::JSON_BODY_MAX_BYTES;
use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::node::{Answered, TestNode, start};

/// The document without what differs from request to request.
#[track_caller]
fn told(answer: &Answered) -> Value {
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert_eq!(answer.headers["date"], "Mon, 02 Nov 2026 08:00:01 GMT");
    let mut document = answer.json();
    assert_eq!(
        document["request_id"],
        answer.headers["x-request-id"].to_str().expect("text")
    );
    assert_eq!(document["status"], answer.status.as_u16());
    document["request_id"] = json!("");
    document
}

async fn raw(node: &TestNode, path: &str, content_type: Option<&str>, body: impl Into<Body>) -> Answered {
    let mut request = Request::post(path).header("authorization", format!("Bearer {}", node.operator));
    if let Some(content_type) = content_type {
        request = request.header("content-type", content_type);
    }
    node.send(request.body(body.into()).expect("a request")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn problem_documents() {
    let node = start("agency", OrgKind::Agency).await;
    let person =
        |more: &str| format!(r#"{{"sign_in":"x","name":"x","roles":[],"password":"a long password"{more}}}"#);
    let json_type = Some("application/json");
    let mut all = Vec::new();
    for (what, answer) in [
        ("not signed in", node.get("/api/v1/cases", "").await),
        (
            "sign-in failed",
            node.sign_in("operator", "wrong wrong wrong").await,
        ),
        ("denied", node.get("/api/v1/audit", &node.operator).await),
        ("unknown path", node.get("/api/v1/nothing", &node.operator).await),
        (
            "unknown case",
            node.get(&format!("/api/v1/cases/{}", "0".repeat(32)), &node.operator)
                .await,
        ),
        ("no id", node.get("/api/v1/cases/7", &node.operator).await),
        (
            "unknown method",
            node.call("PUT", "/api/v1/cases", &node.operator, None).await,
        ),
        (
            "unknown parameter",
            node.get("/api/v1/people?x=1", &node.operator).await,
        ),
        (
            "bad parameter",
            node.get("/api/v1/audit?before=x", &node.operator).await,
        ),
        ("no type", raw(&node, "/api/v1/people", None, person("")).await),
        (
            "wrong type",
            raw(&node, "/api/v1/people", Some("text/plain"), person("")).await,
        ),
        (
            "unknown field",
            raw(&node, "/api/v1/people", json_type, person(r#","x":1"#)).await,
        ),
        (
            "missing field",
            raw(&node, "/api/v1/people", json_type, r#"{"sign_in":"x"}"#).await,
        ),
        (
            "field twice",
            raw(&node, "/api/v1/people", json_type, person(r#","name":"y""#)).await,
        ),
        (
            "wrong word",
            raw(&node, "/api/v1/people", json_type, r#"{"roles":["king"]}"#).await,
        ),
        ("no JSON", raw(&node, "/api/v1/people", json_type, "{").await),
        (
            "more than one",
            raw(&node, "/api/v1/people", json_type, format!("{} 1", person(""))).await,
        ),
        (
            "not UTF-8",
            raw(&node, "/api/v1/people", json_type, &b"\"\xff\""[..]).await,
        ),
        (
            "a body where none is",
            raw(&node, "/api/v1/peers/invitations", json_type, "[1]").await,
        ),
        (
            "bad password",
            raw(
                &node,
                "/api/v1/people",
                json_type,
                r#"{"sign_in":"x","name":"x","roles":[],"password":"x"}"#,
            )
            .await,
        ),
    ] {
        all.push((what, told(&answer)));
    }
    insta::assert_json_snapshot!(all);
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_up_to_the_limit() {
    let node = start("agency", OrgKind::Agency).await;
    let padded = |length: usize| {
        let mut body = r#"{"toml":"","cedar":""}"#.to_owned();
        body.push_str(&" ".repeat(length - body.len()));
        body
    };
    let at = raw(
        &node,
        "/api/v1/agreements",
        Some("application/json"),
        padded(JSON_BODY_MAX_BYTES),
    )
    .await;
    assert_eq!(at.code(), "denied", "it was read");
    let over = raw(
        &node,
        "/api/v1/agreements",
        Some("application/json"),
        padded(JSON_BODY_MAX_BYTES + 1),
    )
    .await;
    assert_eq!(
        (over.status, over.code().as_str()),
        (StatusCode::PAYLOAD_TOO_LARGE, "too-large")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_says_it_is_too_long_is_not_read() {
    let node = start("agency", OrgKind::Agency).await;
    for (length, code) in [
        (accord_server::LOG_BODY_MAX_BYTES, "not-found"),
        (accord_server::LOG_BODY_MAX_BYTES + 1, "too-large"),
    ] {
        let request = Request::post("/api/v1/logs/sources/proxy/import?name=a.log")
            .header("authorization", format!("Bearer {}", node.operator))
            .header("content-length", length)
            .body(Body::from("x"))
            .expect("a request");
        assert_eq!(node.send(request).await.code(), code);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deep_json_is_refused() {
    let node = start("agency", OrgKind::Agency).await;
    for depth in [1_000, 500_000] {
        let body = format!(r#"{{"x":{}"#, "[".repeat(depth));
        let answer = raw(&node, "/api/v1/people", Some("application/json"), body).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (StatusCode::BAD_REQUEST, "invalid")
        );
        let body = format!(
            r#"{{"preview":"","verdict":"narrow","reason":"","narrowing":{}"#,
            "[".repeat(depth)
        );
        let path = format!("/api/v1/requests/{}/0/decide", "0".repeat(32));
        let answer = raw(&node, &path, Some("application/json"), body).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (StatusCode::BAD_REQUEST, "invalid")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn words_of_a_problem_are_bounded() {
    let node = start("agency", OrgKind::Agency).await;
    let body = json!({ "x".repeat(100_000): 1 }).to_string();
    let answer = raw(&node, "/api/v1/people", Some("application/json"), body).await;
    assert_eq!(answer.code(), "invalid");
    assert!(answer.bytes.len() < 2_000, "{} bytes", answer.bytes.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_closed_says_so_and_nothing_else() {
    let node = start("agency", OrgKind::Agency).await;
    assert_eq!(node.get("/readyz", "").await.status, StatusCode::OK);
    node.node.close().await;
    let answer = node.get("/api/v1/cases", &node.operator).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
    );
    assert_eq!(
        node.get("/readyz", "").await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert_eq!(node.get("/healthz", "").await.status, StatusCode::OK);
}
