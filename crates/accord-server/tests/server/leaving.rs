//! People who leave, and people who lost what they sign in with.

use accord_model::{OrgKind, Role};
use http::StatusCode;
use serde_json::{Value, json};

use crate::node::{FIRST_PASSWORD, PASSWORD, TestNode, start};

const RESET: &str = "a password after reset";

async fn id_of(node: &TestNode, sign_in: &str) -> String {
    let people = node.get("/api/v1/people", &node.operator).await.ok();
    let people = people.as_array().expect("people");
    let person = people.iter().find(|person| person["sign_in"] == sign_in);
    person.expect("the person")["id"]
        .as_str()
        .expect("an id")
        .to_owned()
}

async fn act(
    node: &TestNode,
    token: &str,
    person: &str,
    what: &str,
    body: Option<Value>,
) -> crate::node::Answered {
    node.call("POST", &format!("/api/v1/people/{person}/{what}"), token, body)
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_account_is_out_and_stays_named() {
    let node = start("agency", OrgKind::Agency).await;
    let (id, token) = node.person("lea", Role::Investigator).await;
    let closed = act(&node, &node.operator, &id, "close", None).await.ok();
    assert_eq!(
        (&closed["disabled"], &closed["roles"]),
        (&json!(true), &json!([]))
    );
    assert_eq!(node.get("/api/v1/me", &token).await.code(), "not-signed-in");
    assert_eq!(node.sign_in("lea", PASSWORD).await.code(), "sign-in-failed");
    let people = node.get("/api/v1/people", &node.operator).await.ok();
    assert!(
        people
            .as_array()
            .expect("people")
            .iter()
            .any(|person| person["name"] == "lea")
    );
    for (what, body) in [
        ("close", None),
        ("roles", Some(json!({ "roles": ["auditor"] }))),
        ("reset-password", Some(json!({ "password": RESET }))),
        ("reset-second-factor", None),
        ("end-sessions", None),
    ] {
        let again = act(&node, &node.operator, &id, what, body).await;
        assert_eq!(again.code(), "conflict", "{what}");
    }
    let same = json!({ "sign_in": "lea", "name": "lea", "roles": [], "password": FIRST_PASSWORD });
    assert_eq!(
        node.post("/api/v1/people", &node.operator, same).await.code(),
        "conflict"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_operator_and_the_last_signatory_stay() {
    let node = start("agency", OrgKind::Agency).await;
    for (sign_in, role) in [("operator", "operator"), ("signatory", "signatory")] {
        let id = id_of(&node, sign_in).await;
        assert_eq!(
            act(&node, &node.operator, &id, "close", None).await.code(),
            "conflict"
        );
        let body = Some(json!({ "role": role }));
        let refused = act(&node, &node.operator, &id, "roles/withdraw", body).await;
        assert_eq!(refused.code(), "conflict", "{role}");
    }
    node.person("second", Role::Signatory).await;
    let id = id_of(&node, "signatory").await;
    act(&node, &node.operator, &id, "close", None).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_goes_at_once_and_comes_with_two_hands() {
    let node = start("agency", OrgKind::Agency).await;
    let (id, token) = node.person("lea", Role::Auditor).await;
    node.get("/api/v1/audit", &token).await.ok();
    let body = || Some(json!({ "role": "auditor" }));
    act(&node, &node.operator, &id, "roles/withdraw", body())
        .await
        .ok();
    assert_eq!(node.get("/api/v1/audit", &token).await.code(), "denied");
    let twice = act(&node, &node.operator, &id, "roles/withdraw", body()).await;
    assert_eq!(twice.code(), "invalid");
    let ask = |role: &str| Some(json!({ "roles": [role] }));
    let bad = act(&node, &node.operator, &id, "roles", ask("guest")).await;
    assert_eq!(bad.code(), "invalid");
    act(&node, &node.operator, &id, "roles", ask("auditor"))
        .await
        .ok();
    assert_eq!(
        node.get("/api/v1/audit", &token).await.code(),
        "denied",
        "asked for only"
    );
    let alone = act(&node, &node.operator, &id, "confirm-roles", None).await;
    assert_eq!(alone.code(), "denied");
    act(&node, &node.signatory, &id, "confirm-roles", None).await.ok();
    node.get("/api/v1/audit", &token).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_alone_resets_nothing() {
    let node = start("agency", OrgKind::Agency).await;
    let (id, token) = node.person("priya", Role::Approver).await;
    let body = Some(json!({ "password": RESET }));
    let asked = act(&node, &node.operator, &id, "reset-password", body).await.ok();
    assert_eq!(asked["reset"]["of"], "password");
    assert_eq!(node.sign_in("priya", RESET).await.code(), "sign-in-failed");
    let alone = act(&node, &node.operator, &id, "confirm-reset", None).await;
    assert_eq!(
        (alone.status, alone.code().as_str()),
        (StatusCode::FORBIDDEN, "denied")
    );
    assert_eq!(node.sign_in("priya", RESET).await.code(), "sign-in-failed");
    node.get("/api/v1/me", &token).await.ok();

    let inbox = node.get("/api/v1/inbox", &node.signatory).await.ok();
    assert!(
        inbox.to_string().contains("priya: reset of the password"),
        "{inbox}"
    );
    act(&node, &node.signatory, &id, "confirm-reset", None).await.ok();
    assert_eq!(node.get("/api/v1/me", &token).await.code(), "not-signed-in");
    assert_eq!(node.sign_in("priya", PASSWORD).await.code(), "sign-in-failed");
    let token = node.session("priya", RESET).await;
    let me = node.get("/api/v1/me", &token).await.ok();
    assert_eq!(
        (&me["must_enrol"], &me["roles"]),
        (&json!(true), &json!([])),
        "it must be changed first"
    );
    let again = act(&node, &node.signatory, &id, "confirm-reset", None).await;
    assert_eq!(again.code(), "conflict");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_confirms_a_reset_of_their_own_and_it_does_not_wait_for_ever() {
    let node = start("agency", OrgKind::Agency).await;
    let own = id_of(&node, "signatory").await;
    let body = Some(json!({ "password": RESET }));
    act(&node, &node.operator, &own, "reset-password", body)
        .await
        .ok();
    let refused = act(&node, &node.signatory, &own, "confirm-reset", None).await;
    assert_eq!(refused.code(), "denied");
    assert_eq!(node.sign_in("signatory", RESET).await.code(), "sign-in-failed");

    let (id, _) = node.person("priya", Role::Approver).await;
    act(&node, &node.operator, &id, "reset-second-factor", None)
        .await
        .ok();
    node.pass(3 * 24 * 3_600);
    let signatory = node.session("signatory", PASSWORD).await;
    let late = act(&node, &signatory, &id, "confirm-reset", None).await;
    assert_eq!(late.code(), "conflict");
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_ended_from_outside() {
    let node = start("agency", OrgKind::Agency).await;
    let (id, token) = node.person("lea", Role::Auditor).await;
    let other = node.session("lea", PASSWORD).await;
    act(&node, &node.operator, &id, "end-sessions", None).await.ok();
    for token in [token, other] {
        assert_eq!(node.get("/api/v1/me", &token).await.code(), "not-signed-in");
    }
    node.sign_in("lea", PASSWORD).await.ok();
    node.get("/api/v1/me", &node.operator).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_access_log_is_filtered_and_paged() {
    let node = start("agency", OrgKind::Agency).await;
    let (_, auditor) = node.person("auditor", Role::Auditor).await;
    for _ in 0..3 {
        node.sign_in("nobody-here", PASSWORD).await;
    }
    let found = node
        .get("/api/v1/audit?who=nobody&what=failed", &auditor)
        .await
        .ok();
    assert_eq!(found["lines"].as_array().expect("lines").len(), 3);
    assert_eq!(found["next"], json!(null));
    let first = found["lines"][0]["id"].as_u64().expect("an id");
    let older = node
        .get(&format!("/api/v1/audit?who=nobody&before={first}"), &auditor)
        .await
        .ok();
    assert_eq!(older["lines"].as_array().expect("lines").len(), 2);
    let none = node.get("/api/v1/audit?to_ms=1", &auditor).await.ok();
    assert_eq!(none["lines"], json!([]));
    for bad in ["from_ms=x", "before=x", "when=1"] {
        let refused = node.get(&format!("/api/v1/audit?{bad}"), &auditor).await;
        assert_eq!(refused.code(), "invalid", "{bad}");
    }
}
