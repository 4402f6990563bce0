//! Signing in, sessions, lock-out, the second factor.

use accord_model::OrgKind;
use accord_service::TotpPolicy;
use hmac::{Hmac, KeyInit, Mac};
use http::StatusCode;
use serde_json::json;
use sha1::Sha1;

use crate::node::{FIRST_PASSWORD, PASSWORD, START_MS, bare, start};

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_after_twelve_hours() {
    let node = start("agency", OrgKind::Agency).await;
    node.pass(12 * 3_600 - 1);
    assert_eq!(
        node.get("/api/v1/me", &node.operator).await.status,
        StatusCode::OK
    );
    node.pass(1);
    let ended = node.get("/api/v1/me", &node.operator).await;
    assert_eq!(
        (ended.status, ended.code().as_str()),
        (StatusCode::UNAUTHORIZED, "not-signed-in")
    );
    assert_eq!(ended.headers["www-authenticate"], "Bearer");
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_the_session_and_no_other() {
    let node = start("agency", OrgKind::Agency).await;
    let other = node.session("operator", PASSWORD).await;
    node.call("DELETE", "/api/v1/sessions", &node.operator, None)
        .await
        .ok();
    assert_eq!(
        node.get("/api/v1/me", &node.operator).await.code(),
        "not-signed-in"
    );
    assert_eq!(
        node.get("/api/v1/me", &other).await.ok()["name"],
        "operator of agency"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn five_wrong_tries_lock_an_account_for_a_while() {
    let node = start("agency", OrgKind::Agency).await;
    for _ in 0..5 {
        let wrong = node.sign_in("operator", "not the password").await;
        assert_eq!(
            (wrong.status, wrong.code().as_str()),
            (StatusCode::UNAUTHORIZED, "sign-in-failed")
        );
    }
    let locked = node.sign_in("operator", PASSWORD).await;
    assert_eq!(
        (locked.status, locked.code().as_str()),
        (StatusCode::TOO_MANY_REQUESTS, "locked-out")
    );
    node.pass(15 * 60);
    node.sign_in("operator", PASSWORD).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_name_is_answered_like_a_wrong_password() {
    let node = start("agency", OrgKind::Agency).await;
    let mut unknown = node.sign_in("nobody", PASSWORD).await.json();
    let mut wrong = node.sign_in("operator", "not the password").await.json();
    unknown["request_id"] = json!(null);
    wrong["request_id"] = json!(null);
    assert_eq!(unknown, wrong);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_are_none() {
    let node = start("agency", OrgKind::Agency).await;
    let longest = "a".repeat(accord_server::TOKEN_MAX_BYTES);
    for token in ["x", " ", longest.as_str(), format!("{longest}a").as_str()] {
        assert_eq!(node.get("/api/v1/me", token).await.code(), "not-signed-in");
    }
    for value in [
        node.operator.clone(),
        format!("Basic {}", node.operator),
        "Bearer".into(),
    ] {
        let request = http::Request::get("/api/v1/me").header("authorization", value);
        let answer = node
            .send(request.body(axum::body::Body::empty()).expect("a request"))
            .await;
        assert_eq!(answer.code(), "not-signed-in");
    }
    let bearer = format!("Bearer {}", node.operator);
    let twice = http::Request::get("/api/v1/me")
        .header("authorization", &bearer)
        .header("authorization", &bearer);
    let answer = node
        .send(twice.body(axum::body::Body::empty()).expect("a request"))
        .await;
    assert_eq!(answer.code(), "not-signed-in");
}

/// RFC 4648 base32 without padding.
fn base32(text: &str) -> Vec<u8> {
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0_u32, 0);
    for symbol in text.bytes() {
        let value = match symbol {
            b'A'..=b'Z' => symbol - b'A',
            _ => symbol - b'2' + 26,
        };
        held = (held << 5) | u32::from(value);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((held >> bits) & 0xff).expect("a byte"));
        }
    }
    bytes
}

/// RFC 6238 with SHA-1, 30 seconds, six digits, computed here and not by the code under test.
fn code(secret: &[u8], now_ms: u64) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).expect("a key");
    mac.update(&(now_ms / 30_000).to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let at = usize::from(digest[19] & 15);
    let word = u32::from_be_bytes(digest[at..at + 4].try_into().expect("four bytes"));
    format!("{:06}", (word & 0x7fff_ffff) % 1_000_000)
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_second_factor_is_required_nothing_is_done_without_one() {
    let node = bare("agency", OrgKind::Agency, TotpPolicy::Required).await;
    let token = node.session("operator", FIRST_PASSWORD).await;
    let me = node.get("/api/v1/me", &token).await.ok();
    assert_eq!((&me["must_enrol"], &me["roles"]), (&json!(true), &json!([])));

    let refused = node.get("/api/v1/people", &token).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (StatusCode::FORBIDDEN, "denied")
    );
    let body = json!({ "old": FIRST_PASSWORD, "new": PASSWORD });
    node.post("/api/v1/me/password", &token, body).await.ok();
    assert_eq!(
        node.get("/api/v1/people", &token).await.code(),
        "denied",
        "the password is not enough"
    );

    let offer = node.call("POST", "/api/v1/me/totp", &token, None).await.ok();
    let uri = offer["uri"].as_str().expect("an address").to_owned();
    let secret = uri
        .split("secret=")
        .nth(1)
        .expect("a secret")
        .split('&')
        .next()
        .expect("a secret");
    let secret = base32(secret);
    let wrong = json!({ "code": code(&secret, START_MS - 3_600_000) });
    let wrong = node.post("/api/v1/me/totp/confirm", &token, wrong).await;
    assert_eq!(
        (wrong.code().as_str(), &wrong.json()["field"]),
        ("invalid", &json!("code"))
    );
    let right = json!({ "code": code(&secret, START_MS) });
    node.post("/api/v1/me/totp/confirm", &token, right).await.ok();
    node.get("/api/v1/people", &token).await.ok();

    assert_eq!(
        node.sign_in("operator", PASSWORD).await.code(),
        "sign-in-failed",
        "no code"
    );
    let used = json!({ "sign_in": "operator", "password": PASSWORD, "code": code(&secret, START_MS) });
    let used = node.post("/api/v1/sessions", "", used).await;
    assert_eq!(used.code(), "sign-in-failed", "a code counts once");
    node.pass(30);
    let next = code(&secret, START_MS + 30_000);
    let next = json!({ "sign_in": "operator", "password": PASSWORD, "code": next });
    node.post("/api/v1/sessions", "", next).await.ok();
}
