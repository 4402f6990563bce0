//! Appends over HTTP by people and machines, and the metrics.

use accord_model::{OrgKind, Role};
use accord_service::{APPEND_MAX_BYTES, CollectSettings};
use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::node::{Answered, TestNode, start};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const APPEND: &str = "/api/v1/logs/collectors/sensors/append";

/// A node with a collector that a machine appends to, and one with hardly any room.
async fn collecting() -> TestNode {
    let node = start("isp", OrgKind::Isp).await;
    let source = json!({ "name": "sensors", "description": "d", "custodian": "c" });
    node.post("/api/v1/logs/sources", &node.operator, source)
        .await
        .ok();
    let machines = node.node.config.dir.join("machines");
    std::fs::write(&machines, format!("web1:{TOKEN}\n")).expect("a file");
    std::fs::set_permissions(&machines, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("a mode");
    let collected = json!({ "http": [
        { "name": "sensors", "source": "sensors", "machines_file": "machines" },
        { "name": "narrow", "source": "sensors", "spool": { "spool_bytes": 300 } },
    ] });
    let collected: CollectSettings = serde_json::from_value(collected).expect("settings");
    node.node.start_collecting(collected).await.expect("collectors");
    node
}

async fn append(node: &TestNode, path: &str, token: &str, keys: &[&str], body: impl Into<Body>) -> Answered {
    let mut request = Request::post(path).header("authorization", format!("Bearer {token}"));
    for key in keys {
        request = request.header("idempotency-key", *key);
    }
    node.send(request.body(body.into()).expect("a request")).await
}

#[track_caller]
fn refused(answer: &Answered, status: StatusCode, code: &str) -> Value {
    assert_eq!((answer.status, answer.code().as_str()), (status, code));
    answer.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_is_answered_and_its_repeat_is_told() {
    let node = collecting().await;
    for token in [TOKEN, node.operator.as_str()] {
        let first = append(&node, APPEND, token, &["k-1"], "one\ntwo\n").await.ok();
        assert_eq!(first, json!({ "bytes": 8, "repeated": false }));
        let again = append(&node, APPEND, token, &["k-1"], "one\ntwo\n").await.ok();
        assert_eq!(again, json!({ "bytes": 8, "repeated": true }));
        let other = append(&node, APPEND, token, &["k-1"], "three\n").await;
        let told = refused(&other, StatusCode::CONFLICT, "conflict");
        assert!(
            told["detail"]
                .as_str()
                .is_some_and(|words| words.contains("other bytes"))
        );
    }
    let unkeyed = append(&node, APPEND, TOKEN, &[], "four\n").await.ok();
    assert_eq!(unkeyed["repeated"], false);
    let state = node.get("/api/v1/logs/collectors", &node.operator).await.ok();
    let sensors = &state[0];
    assert_eq!(sensors["name"], "sensors");
    assert_eq!(sensors["kind"], "http");
    assert_eq!(sensors["counts"]["repeats"], 2);
    assert_eq!(sensors["counts"].as_object().map(serde_json::Map::len), Some(16));
    node.node.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_hostile_is_refused_with_words() {
    let node = collecting().await;
    let most = usize::try_from(APPEND_MAX_BYTES).expect("a length");
    let over = append(&node, APPEND, TOKEN, &[], vec![b'x'; most + 1]).await;
    refused(&over, StatusCode::PAYLOAD_TOO_LARGE, "too-large");
    // The same by what it says, before a byte of it is read; a length that is no number is none.
    for (length, status) in [
        ((most + 1).to_string(), StatusCode::PAYLOAD_TOO_LARGE),
        ("9".repeat(30), StatusCode::OK),
    ] {
        let request = Request::post(APPEND)
            .header("authorization", format!("Bearer {TOKEN}"))
            .header("content-length", &length)
            .body(Body::from("x\n"));
        let answer = node.send(request.expect("a request")).await;
        assert_eq!(answer.status, status, "{length}");
    }

    let long = "k".repeat(257);
    for keys in [&[""][..], &[&long], &["a b"], &["a", "a"]] {
        let answer = append(&node, APPEND, TOKEN, keys, "x\n").await;
        refused(&answer, StatusCode::BAD_REQUEST, "invalid");
    }
    let longest = "k".repeat(256);
    append(&node, APPEND, TOKEN, &[&longest], "x\n").await.ok();

    // No room: told when to come again, and nothing of it is kept.
    let narrow = APPEND.replace("sensors", "narrow");
    let full = append(&node, &narrow, &node.operator, &[], vec![b'x'; 400]).await;
    let told = refused(&full, StatusCode::SERVICE_UNAVAILABLE, "spool-full");
    assert!(
        told["detail"]
            .as_str()
            .is_some_and(|words| words.contains("send again later"))
    );
    assert!(full.headers.contains_key("retry-after"));
    node.node.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machines_token_opens_its_collectors_and_nothing_else() {
    let node = collecting().await;
    let (_, approver) = node.person("approver", Role::Approver).await;
    let by_role = append(&node, APPEND, &approver, &[], "x\n").await;
    let told = refused(&by_role, StatusCode::FORBIDDEN, "denied");
    assert_eq!(told["who"], "operator");
    for path in [
        APPEND.replace("sensors", "narrow"),
        APPEND.replace("sensors", "none"),
    ] {
        let elsewhere = append(&node, &path, TOKEN, &[], "x\n").await;
        refused(&elsewhere, StatusCode::FORBIDDEN, "denied");
    }
    for path in ["/api/v1/logs/collectors", "/api/v1/logs/sources", "/api/v1/me"] {
        let answer = node.get(path, TOKEN).await;
        refused(&answer, StatusCode::UNAUTHORIZED, "not-signed-in");
    }
    let import = append(
        &node,
        "/api/v1/logs/sources/sensors/import?name=a",
        TOKEN,
        &[],
        "x\n",
    )
    .await;
    refused(&import, StatusCode::UNAUTHORIZED, "not-signed-in");
    for wrong in [
        "",
        &TOKEN[1..],
        &TOKEN.to_uppercase(),
        &"0".repeat(64),
        &"0".repeat(129),
    ] {
        let answer = append(&node, APPEND, wrong, &[], "x\n").await;
        refused(&answer, StatusCode::UNAUTHORIZED, "not-signed-in");
    }
    // Once it has stopped, nothing of it is open.
    node.node.stop_collecting().await;
    let late = append(&node, APPEND, TOKEN, &[], "x\n").await;
    refused(&late, StatusCode::UNAUTHORIZED, "not-signed-in");
    let late = append(&node, APPEND, &node.operator, &[], "x\n").await;
    refused(&late, StatusCode::NOT_FOUND, "not-found");
    node.node.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_numbers_on_a_listener_of_their_own() {
    let node = collecting().await;
    append(&node, APPEND, TOKEN, &[], "a very private line\n")
        .await
        .ok();
    let request = Request::get("/metrics").body(Body::empty()).expect("a request");
    let answer = accord_server::metrics_router(node.node.clone())
        .oneshot(request)
        .await;
    let answer = answer.expect("an answer");
    assert_eq!(
        answer.headers()["content-type"],
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let bytes = answer.into_body().collect().await.expect("a body").to_bytes();
    let text = String::from_utf8(bytes.to_vec()).expect("text");
    for line in [
        "accord_ready 1",
        "accord_collector_segments_total{collector=\"sensors\",kind=\"http\",source=\"sensors\"} 0",
        "accord_collector_events_total{collector=\"narrow\",kind=\"http\",source=\"sensors\",what=\"repeats\"} 0",
    ] {
        assert!(text.lines().any(|known| known == line), "{line} in {text}");
    }
    assert!(!text.contains("private") && !text.contains("web1") && !text.contains("127.0.0.1"));
    // Every line is a comment, or a name with labels and a whole number.
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (name, number) = line.rsplit_once(' ').expect("a number");
        assert!(
            name.starts_with("accord_") && number.parse::<u64>().is_ok(),
            "{line}"
        );
    }
    // Where people and partners come, there is no such path.
    let elsewhere = node.get("/metrics", &node.operator).await;
    assert_ne!(elsewhere.status, StatusCode::OK);
    assert!(
        !accord_server::routes()
            .iter()
            .any(|route| route.path.contains("metrics"))
    );
    node.node.close().await;
}
