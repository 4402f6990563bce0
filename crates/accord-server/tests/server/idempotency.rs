//! The same request again gives the same answer, and nothing is done twice.

use accord_ledger::note::Note;
use accord_model::{OrgKind, Role};
use accord_service::keys;
use http::StatusCode;
use serde_json::{Value, json};

use crate::node::{START_MS, TestNode, pair, start};

const DAY_MS: u64 = 24 * 3_600_000;

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_and_body_make_one_account() {
    let node = start("agency", OrgKind::Agency).await;
    let body = json!({ "sign_in": "a", "name": "A", "roles": [], "password": "a long password" });
    let again = async |key: &str, body: &Value| {
        node.call_once(
            "POST",
            "/api/v1/people",
            &node.operator,
            Some(body.clone()),
            Some(key),
        )
        .await
    };
    let first = again("key-1", &body).await.ok();
    assert_eq!(again("key-1", &body).await.ok(), first);
    let everyone = node.get("/api/v1/people", &node.operator).await.ok();
    assert_eq!(everyone.as_array().expect("a list").len(), 3);

    let other = json!({ "sign_in": "b", "name": "B", "roles": [], "password": "a long password" });
    let refused = again("key-1", &other).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (StatusCode::CONFLICT, "conflict")
    );
    let other_path = node
        .call_once(
            "POST",
            "/api/v1/peers/invitations",
            &node.operator,
            None,
            Some("key-1"),
        )
        .await;
    assert_eq!(other_path.code(), "conflict");
    let elsewhere = node
        .call_once(
            "POST",
            "/api/v1/agreements",
            &node.signatory,
            Some(json!({"toml": "", "cedar": ""})),
            Some("key-1"),
        )
        .await;
    assert_eq!(elsewhere.code(), "invalid", "another person's key is another key");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_make_one_account() {
    let node = start("agency", OrgKind::Agency).await;
    let body = json!({ "sign_in": "a", "name": "A", "roles": [], "password": "a long password" });
    let send = || {
        node.call_once(
            "POST",
            "/api/v1/people",
            &node.operator,
            Some(body.clone()),
            Some("k"),
        )
    };
    let (a, b) = tokio::join!(send(), send());
    assert!([a.status, b.status].contains(&StatusCode::OK));
    let third = send().await.ok();
    for answer in [a, b] {
        match answer.status {
            StatusCode::OK => assert_eq!(answer.json(), third),
            status => assert_eq!(status, StatusCode::CONFLICT),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_have_limits() {
    let node = start("agency", OrgKind::Agency).await;
    for (length, status) in [
        (0, StatusCode::BAD_REQUEST),
        (128, StatusCode::OK),
        (129, StatusCode::BAD_REQUEST),
    ] {
        let key = "k".repeat(length);
        let body = json!({ "sign_in": "a", "name": "A", "roles": [], "password": "a long password" });
        let answer = node
            .call_once("POST", "/api/v1/people", &node.operator, Some(body), Some(&key))
            .await;
        assert_eq!(answer.status, status, "{length}");
    }
}

async fn sign(node: &TestNode, digest: &str) {
    let text = node
        .get(
            &format!("/api/v1/agreements/{digest}/signing-text"),
            &node.signatory,
        )
        .await
        .ok();
    let config = &node.node.config;
    let key = keys::read_identity(&keys::identity_path(&config.dir), &config.org).expect("the key");
    let note = Note::sign(text["text"].as_str().expect("a text"), &[&key]).expect("a signature");
    let encoded = note.encode();
    let line = encoded.lines().last().expect("a line");
    let path = format!("/api/v1/agreements/{digest}/sign");
    node.post(&path, &node.signatory, json!({ "signature": line }))
        .await
        .ok();
}

async fn pull(node: &TestNode, from: &str) {
    let path = format!("/api/v1/peers/{from}/pull");
    let pulled = node.call("POST", &path, &node.operator, None).await.ok();
    assert_eq!(pulled["problems"], json!([]), "{pulled}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_and_body_open_one_case_under_a_signed_agreement() {
    let (agency, isp) = pair().await;
    let party = async |node: &TestNode| {
        let said = node.get("/api/v1/node", &node.operator).await.ok();
        json!({
            "name": said["org"], "kind": said["kind"], "identity": said["identity"],
            "contact": "the desk", "gateway": "the law",
        })
    };
    let asked = json!({ "template": "agency-isp", "filling": {
        "title": "Working together", "reference": "A-1",
        "term": { "from_ms": START_MS - DAY_MS, "until_ms": START_MS + 300 * DAY_MS },
        "parties": [party(&agency).await, party(&isp).await],
    }});
    let files = agency
        .post("/api/v1/agreements/template", &agency.signatory, asked)
        .await
        .ok();
    let digest = agency
        .post("/api/v1/agreements", &agency.signatory, files.clone())
        .await
        .ok();
    let digest = digest.as_str().expect("a digest").to_owned();
    sign(&agency, &digest).await;
    pull(&isp, "agency").await;
    sign(&isp, &digest).await;
    pull(&agency, "isp").await;

    let one = agency
        .get(&format!("/api/v1/agreements/{digest}"), &agency.signatory)
        .await
        .ok();
    assert_eq!(
        (&one["summary"]["in_force"], &one["missing"]),
        (&json!(true), &json!([])),
        "{one}"
    );
    assert_eq!((&one["toml"], &one["cedar"]), (&files["toml"], &files["cedar"]));

    let (_, officer) = agency.person("officer", Role::CaseOfficer).await;
    let case = json!({
        "agreement": digest, "operation": "LANTERN", "reference": "C-1",
        "purpose": "cybercrime-investigation", "parties": ["isp"],
    });
    let open = async || {
        agency
            .call_once(
                "POST",
                "/api/v1/cases",
                &officer,
                Some(case.clone()),
                Some("open"),
            )
            .await
            .ok()
    };
    let first = open().await;
    assert_eq!(open().await, first);
    let cases = agency.get("/api/v1/cases", &officer).await.ok();
    assert_eq!(cases.as_array().expect("a list").len(), 1, "{cases}");
    assert_eq!(cases[0]["id"], first);
    let without_key = agency.post("/api/v1/cases", &officer, case.clone()).await.ok();
    assert_ne!(without_key, first, "without a key it is another case");
    let case = format!("/api/v1/cases/{}", first.as_str().expect("an id"));
    assert_eq!(
        agency.get(&case, &officer).await.ok()["summary"]["operation"],
        "LANTERN"
    );
    let outsider = agency.get(&case, &agency.signatory).await;
    assert_eq!(
        outsider.code(),
        "not-found",
        "who is not on the case does not learn of it"
    );
}
