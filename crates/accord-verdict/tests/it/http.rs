//! The HTTP side, driven in process.

use accord_verdict::limits::{MAX_BATCH_VALUES, MAX_BODY_BYTES, MAX_VALUE_BYTES};
use accord_verdict::router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tower::ServiceExt;

use crate::house::{House, TOKEN};

async fn send(
    house: &House,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: Vec<u8>,
) -> (StatusCode, Vec<u8>) {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let request = request.body(Body::from(body)).unwrap();
    let response = router(house.snapshots.clone()).oneshot(request).await.unwrap();
    let status = response.status();
    (
        status,
        response.into_body().collect().await.unwrap().to_bytes().to_vec(),
    )
}

async fn look_up(house: &House, body: &Value) -> (StatusCode, Value) {
    let body = serde_json::to_vec(body).unwrap();
    let (status, body) = send(house, "POST", "/verdict/v1/lookup", Some(TOKEN), body).await;
    (status, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn a_batch_is_answered_in_order_and_from_one_snapshot() {
    let house = House::new();
    let serial = house.block(&["evil.example", "192.0.2.0/24"]);
    house.detect(&["watched.example"]);
    let values = json!({"values": ["www.evil.example", "good.example", "watched.example", "192.0.2.9", "two words", "", "hxxp://EVIL[.]example/x"]});
    let (status, answer) = look_up(&house, &values).await;
    assert_eq!(status, StatusCode::OK);
    let hit = |kind: &str, value: &str, indicator: &str, how: &str| json!([{"kind": kind, "value": value, "indicator": indicator, "match": how, "labels": ["demo"]}]);
    assert_eq!(
        answer,
        json!({"serial": serial, "verdicts": [
            {"value": "www.evil.example", "listed": true, "action": "block", "matches": hit("domain", "www.evil.example", "evil.example", "parent")},
            {"value": "good.example", "listed": false},
            {"value": "watched.example", "listed": false},
            {"value": "192.0.2.9", "listed": true, "action": "block", "matches": hit("ipv4", "192.0.2.9", "192.0.2.0/24", "cidr")},
            {"value": "two words", "listed": false, "problem": "not-one-value"},
            {"value": "", "listed": false, "problem": "empty"},
            {"value": "hxxp://EVIL[.]example/x", "listed": true, "action": "block", "matches": hit("domain", "evil.example", "evil.example", "exact")},
        ]})
    );
    let seen: Vec<_> = house
        .snapshots
        .take_sightings()
        .into_iter()
        .map(|s| (s.indicator, s.count))
        .collect();
    let expected = [("192.0.2.0/24", 1), ("evil.example", 2), ("watched.example", 1)];
    assert_eq!(
        seen,
        expected.map(|(indicator, count)| (indicator.to_owned(), count))
    );
}

#[tokio::test]
async fn silence_is_the_same_to_the_byte() {
    // Two nodes, one of which detects in silence: every answer is the same.
    let (watching, idle) = (House::new(), House::new());
    for house in [&watching, &idle] {
        house.block(&["evil.example"]);
        house.pass_ms(5_000);
    }
    watching.detect(&["watched.example", "203.0.113.0/24", "mule@mail.example"]);
    let digest = hex::encode(Sha256::digest("watched.example"));
    let body =
        serde_json::to_vec(&json!({"values": ["watched.example", "evil.example", "203.0.113.9"]})).unwrap();
    for (method, path, body) in [
        ("POST", "/verdict/v1/lookup".to_owned(), body),
        ("GET", format!("/verdict/v1/prefix/{}", &digest[..4]), Vec::new()),
        ("GET", format!("/verdict/v1/prefix/{}", &digest[..16]), Vec::new()),
        ("GET", "/verdict/v1/status".to_owned(), Vec::new()),
    ] {
        let one = send(&watching, method, &path, Some(TOKEN), body.clone()).await;
        assert_eq!(one.0, StatusCode::OK, "{path}");
        assert_eq!(one, send(&idle, method, &path, Some(TOKEN), body).await, "{path}");
    }
    assert_eq!(watching.snapshots.counts().detected, 2);
}

#[tokio::test]
async fn no_token_no_word() {
    let house = House::new();
    house.block(&["evil.example"]);
    let body = br#"{"values": ["evil.example"]}"#.to_vec();
    let long = "x".repeat(10_000);
    for token in [
        None,
        Some(""),
        Some("wrong"),
        Some(&TOKEN[1..]),
        Some(long.as_str()),
    ] {
        for (method, path) in [
            ("POST", "/verdict/v1/lookup"),
            ("GET", "/verdict/v1/prefix/abcd"),
            ("GET", "/verdict/v1/status"),
        ] {
            let (status, answer) = send(&house, method, path, token, body.clone()).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{path} {token:?}");
            let answer: Value = serde_json::from_slice(&answer).unwrap();
            assert_eq!(answer["code"], "no-token");
        }
    }
    assert_eq!(house.snapshots.take_sightings(), []);
    let (status, _) = send(&house, "GET", "/verdict/v1/status", Some(TOKEN), Vec::new()).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn limits_hold_and_one_past_them_is_refused() {
    let house = House::new();
    house.block(&["evil.example"]);
    let batch = |count: usize| json!({"values": vec!["evil.example"; count]});
    let (status, answer) = look_up(&house, &batch(MAX_BATCH_VALUES)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(answer["verdicts"].as_array().unwrap().len(), MAX_BATCH_VALUES);
    house.snapshots.take_sightings();
    let (status, answer) = look_up(&house, &batch(MAX_BATCH_VALUES + 1)).await;
    assert_eq!(
        (status, &answer["code"]),
        (StatusCode::PAYLOAD_TOO_LARGE, &json!("too-many-values"))
    );
    // However many there are, they are counted and not kept.
    let empties = format!(r#"{{"values":[""{}]}}"#, ",\"\"".repeat(2_000_000));
    let (status, answer) = send(
        &house,
        "POST",
        "/verdict/v1/lookup",
        Some(TOKEN),
        empties.into_bytes(),
    )
    .await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.contains("2000001 values"), "{answer}");
    // A refused batch is not looked at.
    assert_eq!(house.snapshots.take_sightings(), []);

    let url = |bytes: usize| format!("evil.example/{}", "x".repeat(bytes - "evil.example/".len()));
    let (_, answer) = look_up(
        &house,
        &json!({"values": [url(MAX_VALUE_BYTES), url(MAX_VALUE_BYTES + 1)]}),
    )
    .await;
    assert_eq!(answer["verdicts"][0]["listed"], true);
    assert_eq!(
        answer["verdicts"][1],
        json!({"value": "", "listed": false, "problem": "too-long"})
    );

    let mut body = br#"{"values":[]}"#.to_vec();
    body.resize(MAX_BODY_BYTES, b' ');
    let (status, _) = send(&house, "POST", "/verdict/v1/lookup", Some(TOKEN), body.clone()).await;
    assert_eq!(status, StatusCode::OK);
    body.push(b' ');
    let (status, answer) = send(&house, "POST", "/verdict/v1/lookup", Some(TOKEN), body).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(
        serde_json::from_slice::<Value>(&answer).unwrap()["code"],
        "too-large"
    );
}

#[tokio::test]
async fn what_is_no_batch_is_told_so() {
    let house = House::new();
    for body in [
        "",
        "{",
        "[]",
        r#"{"values": "x"}"#,
        r#"{"values": [1]}"#,
        r#"{"value": []}"#,
        r#"{"values": [], "x": 1}"#,
    ] {
        let (status, answer) = send(
            &house,
            "POST",
            "/verdict/v1/lookup",
            Some(TOKEN),
            body.as_bytes().to_vec(),
        )
        .await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(
            serde_json::from_slice::<Value>(&answer).unwrap()["code"],
            "invalid"
        );
    }
}

#[tokio::test]
async fn a_prefix_gives_its_whole_bucket_and_nothing_else() {
    let house = House::new();
    let names: Vec<String> = (0..3000).map(|i| format!("h{i}.example")).collect();
    house.block(&names.iter().map(String::as_str).collect::<Vec<_>>());
    house.snapshots.compile("isp").unwrap();
    house.block(&["live.example"]);
    house.withdraw(&["h7.example"]);
    let digest = |name: &str| hex::encode(Sha256::digest(name));
    for (name, is_there) in [
        ("h6.example", true),
        ("h7.example", false),
        ("live.example", true),
    ] {
        for digits in [4, 7, 16] {
            let path = format!("/verdict/v1/prefix/{}", &digest(name)[..digits]);
            let (status, body) = send(&house, "GET", &path, Some(TOKEN), Vec::new()).await;
            assert_eq!((status, body.len()), (StatusCode::OK, 8192));
            let answer: Value = serde_json::from_slice(&body).unwrap();
            let got: Vec<&str> = answer["entries"]
                .as_array()
                .unwrap()
                .iter()
                .map(|e| e["sha256"].as_str().unwrap())
                .collect();
            let mut expected: Vec<String> = names
                .iter()
                .filter(|name| *name != "h7.example")
                .map(|name| digest(name))
                .chain([digest("live.example")])
                .filter(|other| other.starts_with(&digest(name)[..digits]))
                .collect();
            expected.sort();
            assert_eq!(got, expected, "{name} {digits}");
            assert_eq!(got.contains(&digest(name).as_str()), is_there);
        }
    }
    for bad in ["abc", "0123456789abcdef0", "wxyz", "..%2fab"] {
        let (status, _) = send(
            &house,
            "GET",
            &format!("/verdict/v1/prefix/{bad}"),
            Some(TOKEN),
            Vec::new(),
        )
        .await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{bad}");
    }
    // What is asked by a prefix is no sighting: nobody knows what was meant.
    assert_eq!(house.snapshots.take_sightings(), []);
}

#[tokio::test]
async fn status_tells_count_and_age() {
    let house = House::new();
    let serial = house.block(&["evil.example", "worse.example"]);
    house.pass_ms(65_500);
    let (_, body) = send(&house, "GET", "/verdict/v1/status", Some(TOKEN), Vec::new()).await;
    let answer: Value = serde_json::from_slice(&body).unwrap();
    let expected = json!({"status": "ok", "serial": serial, "blocked": 2, "changed": "2025-11-24T16:00:00Z", "age_seconds": 65});
    assert_eq!(answer, expected);
}
