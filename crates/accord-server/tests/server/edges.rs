//! What edges give back, over HTTP: who may, what is taken, and that it is counted once.

use accord_model::OrgKind;
use accord_verdict::limits::MAX_EDGE_BATCH_BYTES;
use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::node::{Answered, TestNode, start};

const PATH: &str = "/verdict/v1/edge/sightings";
const EDGE: &str = "00112233445566778899aabbccddeeff";

async fn give(node: &TestNode, token: &str, body: impl Into<Body>) -> Answered {
    let request = Request::post(PATH).header("authorization", format!("Bearer {token}"));
    node.send(request.body(body.into()).expect("a request")).await
}

fn batch(number: u64) -> String {
    json!({ "edge": EDGE, "name": "fra", "batch": number, "counts": [] }).to_string()
}

async fn follow(node: &TestNode, token: &str) -> Answered {
    node.get(&format!("/verdict/v1/edge?edge={EDGE}&name=fra"), token)
        .await
}

/// Opens an audience: the token of look-ups, and of edges.
async fn audience(node: &TestNode, name: &str, edge: bool) -> (String, Value) {
    let new = json!({ "name": name, "reach": "customers", "edge": edge });
    let opened = node.post("/api/v1/audiences", &node.operator, new).await.ok();
    let token = opened["token"].as_str().expect("a token").to_owned();
    (token, opened["edge_token"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edge_gives_what_it_saw_and_nobody_else_does() {
    let node = start("isp", OrgKind::Isp).await;
    let (token, edge) = audience(&node, "customers", true).await;
    let edge = edge.as_str().expect("a token of edges").to_owned();
    let (_, none) = audience(&node, "own", false).await;
    assert_eq!(none, Value::Null);
    // Who has no token of an edge is told before the body is read.
    for other in ["", "wrong", &token, &node.operator] {
        for body in [batch(1), "x".repeat(MAX_EDGE_BATCH_BYTES + 1)] {
            let answer = give(&node, other, body).await;
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (StatusCode::UNAUTHORIZED, "no-token")
            );
        }
    }
    assert_eq!(follow(&node, &token).await.status, StatusCode::UNAUTHORIZED);
    for (number, last) in [(1, 1), (1, 1), (3, 3), (2, 3), (3, 3), (4, 4)] {
        let taken = give(&node, &edge, batch(number)).await.ok();
        assert_eq!(taken, json!({ "last": last }), "batch {number}");
    }
    for body in ["", "{}", "[]", &batch(0), &batch(5).replace("fra", "F R A")] {
        let answer = give(&node, &edge, body.to_owned()).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (StatusCode::BAD_REQUEST, "invalid"),
            "{body}"
        );
    }
    let mut longest = batch(5);
    longest.push_str(&" ".repeat(MAX_EDGE_BATCH_BYTES - longest.len()));
    assert_eq!(give(&node, &edge, longest.clone()).await.status, StatusCode::OK);
    let answer = give(&node, &edge, longest + " ").await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (StatusCode::PAYLOAD_TOO_LARGE, "too-large")
    );

    let audiences = node.get("/api/v1/audiences", &node.operator).await.ok();
    let edges = &audiences[0]["edges"];
    assert_eq!(audiences[0]["name"], "customers");
    assert_eq!(
        (&edges[0]["name"], &edges[0]["last_batch"]),
        (&json!("fra"), &json!(5))
    );
    assert_eq!(edges[0]["state"], "silent", "it gave, and asked for nothing yet");
    assert_eq!(audiences[1]["edges"], json!([]));

    // Closed: neither token opens anything, and the books are gone.
    node.call("DELETE", "/api/v1/audiences/customers", &node.operator, None)
        .await
        .ok();
    assert_eq!(
        give(&node, &edge, batch(6)).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(follow(&node, &edge).await.status, StatusCode::UNAUTHORIZED);
    let (_, edge) = audience(&node, "customers", true).await;
    let taken = give(&node, edge.as_str().expect("a token"), batch(1)).await.ok();
    assert_eq!(taken, json!({ "last": 1 }));
}

async fn renew(node: &TestNode, who: &str, name: &str, what: &str) -> Answered {
    let place = format!("/api/v1/audiences/{name}");
    node.post(&place, who, json!({ "renew": what })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_of_an_audience_are_made_anew_and_edges_ended() {
    let node = start("isp", OrgKind::Isp).await;
    let (token, edge) = audience(&node, "customers", true).await;
    let edge = edge.as_str().expect("a token of edges").to_owned();
    let status = |answered: Answered| answered.status;
    let looks = async |token: &str| status(node.get("/verdict/v1/status", token).await);
    for (name, what, expected) in [
        ("none", "token", StatusCode::NOT_FOUND),
        ("customers", "everything", StatusCode::BAD_REQUEST),
        ("customers", "transfer", StatusCode::CONFLICT),
    ] {
        let answer = renew(&node, &node.operator, name, what).await;
        assert_eq!(answer.status, expected, "{name} {what}");
    }
    give(&node, &edge, batch(7)).await.ok();

    // Each for itself: what is made anew opens, the one of before nothing, the others as before.
    let told = renew(&node, &node.operator, "customers", "token").await.ok();
    let new = told["token"].as_str().expect("a token").to_owned();
    assert!(told["edge_token"].is_null() && new != token);
    assert_eq!(looks(&token).await, StatusCode::UNAUTHORIZED);
    assert_eq!(looks(&new).await, StatusCode::OK);
    assert_eq!(status(follow(&node, &edge).await), StatusCode::OK);
    let told = renew(&node, &node.operator, "customers", "edges").await.ok();
    let new_edge = told["edge_token"].as_str().expect("a token").to_owned();
    assert_eq!(status(follow(&node, &edge).await), StatusCode::UNAUTHORIZED);
    assert_eq!(status(follow(&node, &new_edge).await), StatusCode::OK);
    assert_eq!(looks(&new).await, StatusCode::OK);
    // The books go on: what was given before is not counted again.
    let taken = give(&node, &new_edge, batch(7)).await.ok();
    assert_eq!(taken, json!({ "last": 7 }));

    // Whoever waits for a change when its token ends is told nothing more.
    let digest = {
        let whole = follow(&node, &new_edge).await.bytes;
        let line = whole.split(|byte| *byte == b'\n').next().expect("a line");
        let head: Value = serde_json::from_slice(line).expect("a head");
        head["to"].as_str().expect("a digest").to_owned()
    };
    let waiting = format!("/verdict/v1/edge?edge={EDGE}&name=fra&since={digest}");
    let (waited, ended) = tokio::join!(
        node.get(&waiting, &new_edge),
        renew(&node, &node.operator, "customers", "no-edges")
    );
    assert_eq!(ended.ok(), json!({}));
    assert_eq!(waited.status, StatusCode::UNAUTHORIZED);
    assert_eq!(status(follow(&node, &new_edge).await), StatusCode::UNAUTHORIZED);
    let again = renew(&node, &node.operator, "customers", "no-edges").await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    // So is whoever waits when the audience is closed: at once, not after the wait.
    let told = renew(&node, &node.operator, "customers", "edges").await.ok();
    let edge = told["edge_token"].as_str().expect("a token").to_owned();
    let (waited, closed) = tokio::join!(node.get(&waiting, &edge), async {
        node.call("DELETE", "/api/v1/audiences/customers", &node.operator, None)
            .await
    });
    closed.ok();
    assert_eq!(waited.status, StatusCode::UNAUTHORIZED);
    // One that was opened without edges gets them.
    let (_, none) = audience(&node, "own", false).await;
    assert_eq!(none, Value::Null);
    let told = renew(&node, &node.operator, "own", "edges").await.ok();
    let own_edge = told["edge_token"].as_str().expect("a token").to_owned();
    assert_eq!(status(follow(&node, &own_edge).await), StatusCode::OK);
    let audiences = node.get("/api/v1/audiences", &node.operator).await.ok();
    assert_eq!(
        (&audiences[0]["name"], &audiences[0]["edge"]),
        (&json!("own"), &json!(true))
    );
}
