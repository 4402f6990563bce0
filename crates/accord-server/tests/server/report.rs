//! A business in trouble through the API: no session, limits, and nothing for who has no link.

use accord_model::{OrgKind, Role};
use http::StatusCode;
use serde_json::{Value, json};

use crate::node::start;

#[tokio::test(flavor = "multi_thread")]
async fn a_business_needs_its_link_and_nothing_else() {
    let node = start("agency", OrgKind::Agency).await;
    let opened = node
        .post(
            "/api/v1/report",
            "",
            json!({ "text": "our tills show a red screen" }),
        )
        .await
        .ok();
    let token = opened["token"].as_str().expect("a token").to_owned();
    assert_eq!(token.len(), 64);
    let place = format!("/api/v1/report/{token}");
    node.post(
        &format!("{place}/messages"),
        "",
        json!({ "text": "and the phones" }),
    )
    .await
    .ok();
    node.post(
        &format!("{place}/identity"),
        "",
        json!({ "name": "Harbour Loaves" }),
    )
    .await
    .ok();
    let read = node.get(&place, "").await.ok();
    assert_eq!(read["messages"].as_array().map(Vec::len), Some(2));
    assert_eq!(read["identities"], 1);
    assert!(!read.to_string().contains("Harbour"), "sealed is sealed");

    // Without it: one answer to everything, whatever is sent.
    let told = |answer: crate::node::Answered| {
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        let mut told = answer.json();
        told["request_id"] = Value::Null;
        told
    };
    let nothing = told(node.get(&format!("/api/v1/report/{}", "0".repeat(64)), "").await);
    for token in ["00", "x", &"f".repeat(64)] {
        let place = format!("/api/v1/report/{token}");
        assert_eq!(told(node.get(&place, "").await), nothing);
        for (what, body) in [
            ("messages", json!({ "text": "x" })),
            ("messages", json!({ "wrong": 1 })),
            ("identity", json!({ "name": "" })),
        ] {
            assert_eq!(
                told(node.post(&format!("{place}/{what}"), "", body).await),
                nothing
            );
        }
    }
    for (body, field) in [
        (json!({ "text": "" }), "text"),
        (json!({ "text": "x".repeat(8_001) }), "text"),
        (json!({ "text": "x", "cookie": 1 }), "cookie"),
    ] {
        let answer = node.post("/api/v1/report", "", body).await;
        assert_eq!(
            (answer.status, answer.json()["field"].as_str()),
            (StatusCode::BAD_REQUEST, Some(field))
        );
    }
    // Its people read it with their session, and only the roles that deal with victims.
    let (_, investigator) = node.person("investigator", Role::Investigator).await;
    let list = node.get("/api/v1/conversations", &investigator).await.ok();
    assert_eq!(list[0]["identities"], 1);
    assert_eq!(list[0]["unanswered"], 2);
    let isp = start("isp", OrgKind::Isp).await;
    let refused = isp.post("/api/v1/report", "", json!({ "text": "help" })).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
}
