//! Signing in, sessions, lock-out, the second factor.

use accord_model::{OrgKind, Role};
use accord_service::{ServiceError, SignIn, TotpPolicy};
use hmac::{Hmac, KeyInit, Mac};
use http::StatusCode;
use serde_json::json;
use sha1::Sha1;

use crate::node::{Answered, FIRST_PASSWORD, PASSWORD, START_MS, TestNode, at_once, bare, start};

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
        (StatusCode::UNAUTHORIZED, "sign-in-failed"),
        "the answer does not tell that it is locked"
    );
    let told = node.get("/api/v1/people", &node.signatory).await.ok();
    let locked: Vec<bool> = told
        .as_array()
        .expect("people")
        .iter()
        .map(|person| person["locked_until_ms"].is_u64())
        .collect();
    assert_eq!(locked.iter().filter(|locked| **locked).count(), 1, "{told}");
    node.pass(15 * 60);
    node.sign_in("operator", PASSWORD).await.ok();
}

/// Everything of an answer but its request id.
fn told(answer: &Answered) -> String {
    let id = answer.json()["request_id"].as_str().expect("an id").to_owned();
    let mut headers: Vec<String> = answer
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().expect("text")))
        .collect();
    headers.sort();
    let body = String::from_utf8(answer.bytes.to_vec()).expect("text");
    format!("{} {headers:?} {body}", answer.status).replace(&id, "ID")
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_wrong_and_locked_are_answered_with_the_same_bytes() {
    let node = start("agency", OrgKind::Agency).await;
    let wrong = told(&node.sign_in("operator", "not the password").await);
    for name in ["nobody", "", "operator\n", &"x".repeat(100_000)] {
        assert_eq!(told(&node.sign_in(name, PASSWORD).await), wrong, "{name:.20}");
    }
    for _ in 0..4 {
        assert_eq!(told(&node.sign_in("operator", "not the password").await), wrong);
    }
    assert_eq!(
        told(&node.sign_in("operator", PASSWORD).await),
        wrong,
        "locked, with the right password"
    );
}

/// The access log, oldest first: actor, what, subject.
async fn log(node: &TestNode) -> Vec<(String, String, String)> {
    let (_, auditor) = node.person("auditor", Role::Auditor).await;
    let lines = node.get("/api/v1/audit", &auditor).await.ok();
    let text = |line: &serde_json::Value, key: &str| line[key].as_str().expect("text").to_owned();
    let lines = lines["lines"].as_array().expect("lines").iter().rev();
    lines
        .map(|line| (text(line, "actor"), text(line, "what"), text(line, "subject")))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_try_stands_in_the_access_log() {
    let node = start("agency", OrgKind::Agency).await;
    for name in ["nobody\n\u{202e}<b>", &"y".repeat(33), "operator"] {
        node.sign_in(name, "not the password").await;
    }
    for _ in 0..4 {
        node.sign_in("operator", "not the password").await;
    }
    let lines = log(&node).await;
    let has = |actor: &str, what: &str, subject: &str| {
        let wanted = (actor.to_owned(), what.to_owned(), subject.to_owned());
        lines.iter().filter(|line| **line == wanted).count()
    };
    assert_eq!(
        has("nobody", "sign-in.failed", "nobody\\n\\u{202e}<b>"),
        1,
        "{lines:?}"
    );
    let cut = format!("{}...", "y".repeat(32));
    assert_eq!(has("nobody", "sign-in.failed", &cut), 1, "{lines:?}");
    assert_eq!(has("nobody", "sign-in.failed", "operator"), 5, "{lines:?}");
    assert_eq!(has("nobody", "account.locked", "operator"), 1, "{lines:?}");
    assert_eq!(has("operator of agency", "signed-in", "operator"), 1, "{lines:?}");
    assert_eq!(has("operator of agency", "password.changed", ""), 1, "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_guesses_at_once_no_more_are_looked_at_than_the_lock_allows() {
    let node = start("agency", OrgKind::Agency).await;
    // In one task, so that they begin in this order: the right one comes after the fifth.
    let guesses: Vec<SignIn> = (0..12)
        .map(|guess| SignIn {
            sign_in: "operator".into(),
            password: if guess < 5 { "not the password" } else { PASSWORD }.into(),
            code: None,
        })
        .collect();
    let tries = guesses.iter().map(|guess| node.node.sign_in(guess));
    for outcome in at_once(tries).await {
        assert!(matches!(outcome, Err(ServiceError::SignInFailed)), "{outcome:?}");
    }
    assert_eq!(node.sign_in("operator", PASSWORD).await.code(), "sign-in-failed");
    node.pass(15 * 60);
    node.sign_in("operator", PASSWORD).await.ok();
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

    let wrong = json!({ "password": "not the password" });
    let wrong = node.post("/api/v1/me/totp", &token, wrong).await;
    assert_eq!(wrong.code(), "sign-in-failed", "a session alone offers nothing");
    let body = json!({ "password": PASSWORD });
    let offer = node.post("/api/v1/me/totp", &token, body).await.ok();
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
    // One code, at once and many times: one session.
    let tries = (0..4).map(|_| node.post("/api/v1/sessions", "", next.clone()));
    let answers = at_once(tries).await;
    let opened = answers.iter().filter(|answer| answer.status == StatusCode::OK);
    assert_eq!(opened.count(), 1);
}

/// Is offered a second factor: the code that takes it into use now.
pub async fn offered(node: &TestNode, token: &str) -> String {
    code(&secret_offered(node, token).await, node.node.now_ms())
}

async fn secret_offered(node: &TestNode, token: &str) -> Vec<u8> {
    let body = json!({ "password": PASSWORD });
    let offer = node.post("/api/v1/me/totp", token, body).await.ok();
    let uri = offer["uri"].as_str().expect("an address").to_owned();
    let secret = uri
        .split("secret=")
        .nth(1)
        .and_then(|rest| rest.split('&').next());
    base32(secret.expect("a secret"))
}

/// Enrols a second factor: its secret.
pub async fn enrol(node: &TestNode, token: &str, now_ms: u64) -> Vec<u8> {
    let secret = secret_offered(node, token).await;
    let body = json!({ "code": code(&secret, now_ms) });
    node.post("/api/v1/me/totp/confirm", token, body).await.ok();
    secret
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_a_session_only_takes_no_account_over() {
    let node = start("agency", OrgKind::Agency).await;
    let stolen = node.session("operator", PASSWORD).await;
    let secret = enrol(&node, &node.operator, START_MS).await;
    assert_eq!(
        node.get("/api/v1/me", &stolen).await.code(),
        "not-signed-in",
        "a new second factor ends the other sessions"
    );
    node.pass(30);
    let now = START_MS + 30_000;
    let signed = json!({ "sign_in": "operator", "password": PASSWORD, "code": code(&secret, now) });
    let signed = node.post("/api/v1/sessions", "", signed).await.ok();
    let other = signed["token"].as_str().expect("a token").to_owned();
    for body in [
        json!({ "password": PASSWORD }),
        json!({ "password": PASSWORD, "code": code(&secret, now) }),
    ] {
        let refused = node.post("/api/v1/me/totp", &other, body).await;
        assert_eq!(refused.code(), "sign-in-failed", "no code, and a used one");
    }
    let new = "another password of one's own";
    let without = json!({ "old": PASSWORD, "new": new });
    let refused = node.post("/api/v1/me/password", &other, without).await;
    assert_eq!(refused.code(), "sign-in-failed", "no code");
    node.pass(30);
    let with = json!({ "old": PASSWORD, "new": new, "code": code(&secret, now + 30_000) });
    node.post("/api/v1/me/password", &node.operator, with).await.ok();
    assert_eq!(
        node.get("/api/v1/me", &other).await.code(),
        "not-signed-in",
        "a new password ends the other sessions"
    );
    node.get("/api/v1/me", &node.operator).await.ok();
    let lines = log(&node).await;
    for what in [
        "second-factor.offered",
        "second-factor.changed",
        "second-factor.offer-failed",
        "password.change-failed",
        "password.changed",
    ] {
        assert!(
            lines
                .iter()
                .any(|(actor, did, _)| actor == "operator of agency" && did == what),
            "{what}: {lines:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_of_a_second_factor_ends_after_ten_minutes() {
    let node = start("agency", OrgKind::Agency).await;
    let body = json!({ "password": PASSWORD });
    let offer = node.post("/api/v1/me/totp", &node.operator, body).await.ok();
    let uri = offer["uri"].as_str().expect("an address").to_owned();
    let secret = uri
        .split("secret=")
        .nth(1)
        .and_then(|rest| rest.split('&').next());
    let secret = base32(secret.expect("a secret"));
    node.pass(600);
    let body = json!({ "code": code(&secret, START_MS + 600_000) });
    let late = node.post("/api/v1/me/totp/confirm", &node.operator, body).await;
    assert_eq!(
        (late.status, late.code().as_str()),
        (StatusCode::CONFLICT, "conflict")
    );
}
