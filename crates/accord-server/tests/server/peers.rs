//! Node to node: who is answered, and what everybody else sees.

use accord_formats::http_signature::{
    AnswerParts, Parameters, RequestParts, SignatureHeaders, sign_request, verify_answer,
};
use accord_formats::peer::MAX_REQUEST_BYTES;
use accord_model::OrgKind;
use accord_service::{SIGNATURE_WINDOW_S, keys};
use axum::body::Body;
use ed25519_dalek::SigningKey;
use http::{HeaderMap, Request, StatusCode};
use serde_json::json;

use crate::node::{Answered, TestNode, pair, start};

fn peer_key(node: &TestNode) -> SigningKey {
    keys::load(&node.node.config.dir, &node.node.config.org)
        .expect("keys")
        .peer
}

/// A request of `agency` to `isp` as it should be; tests change one thing each.
#[derive(Clone)]
struct Asked {
    method: &'static str,
    path: String,
    /// What is signed, and what the `Host` header says.
    authority: String,
    host: String,
    body: Vec<u8>,
    /// The body that is sent, when it is another.
    sent: Option<Vec<u8>>,
    created: u64,
    nonce: u128,
    keyid: String,
    key: SigningKey,
    content_type: &'static str,
}

impl Asked {
    fn new(agency: &TestNode, isp: &TestNode, path: &str, body: &str) -> Self {
        let authority = isp.url.trim_start_matches("http://").to_owned();
        Self {
            method: "POST",
            path: path.into(),
            host: authority.clone(),
            authority,
            body: body.as_bytes().to_vec(),
            sent: None,
            created: isp.node.now_ms() / 1_000,
            nonce: 1,
            keyid: "agency".into(),
            key: peer_key(agency),
            content_type: "application/json",
        }
    }

    fn nudge(agency: &TestNode, isp: &TestNode) -> Self {
        Self::new(agency, isp, "/peer/v1/nudge", "{}")
    }

    fn parts(&self) -> RequestParts<'_> {
        RequestParts {
            method: "POST",
            authority: &self.authority,
            path: &self.path,
            body: &self.body,
        }
    }

    fn signed(&self) -> SignatureHeaders {
        let params = Parameters {
            created: self.created,
            nonce: format!("{:032x}", self.nonce),
            keyid: self.keyid.clone(),
        };
        sign_request(&self.parts(), &params, &self.key)
    }

    fn request(&self) -> Request<Body> {
        let signed = self.signed();
        Request::builder()
            .method(self.method)
            .uri(&self.path)
            .header("host", &self.host)
            .header("content-type", self.content_type)
            .header("content-digest", signed.content_digest)
            .header("signature-input", signed.signature_input)
            .header("signature", signed.signature)
            .body(Body::from(self.sent.clone().unwrap_or_else(|| self.body.clone())))
            .expect("a request")
    }
}

fn answer_headers(headers: &HeaderMap) -> SignatureHeaders {
    let text = |name: &str| headers[name].to_str().expect("text").to_owned();
    SignatureHeaders {
        content_digest: text("content-digest"),
        signature_input: text("signature-input"),
        signature: text("signature"),
    }
}

/// The answer is signed by `isp` and answers this request.
#[track_caller]
fn assert_signed(isp: &TestNode, asked: &Asked, answer: &Answered) {
    let parts = AnswerParts {
        status: answer.status.as_u16(),
        body: &answer.bytes,
    };
    let key = peer_key(isp).verifying_key();
    verify_answer(
        &parts,
        &answer_headers(&answer.headers),
        &asked.parts(),
        &asked.signed(),
        &key,
    )
    .expect("a signed answer");
}

/// Everything of an answer that a stranger could tell apart.
fn seen(answer: &Answered) -> (StatusCode, Vec<(String, String)>, Vec<u8>) {
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| *name != "x-request-id")
        .map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned()))
        .collect();
    headers.sort();
    (answer.status, headers, answer.bytes.to_vec())
}

#[tokio::test(flavor = "multi_thread")]
async fn pairing_over_http_needs_both_operators_and_a_token_works_once() {
    let (agency, isp) = pair().await;
    let peers = isp.get("/api/v1/peers", &isp.operator).await.ok();
    assert_eq!(
        (&peers[0]["org"], &peers[0]["status"]),
        (&json!("agency"), &json!("confirmed"))
    );
    for (here, there) in [(&agency, "isp"), (&isp, "agency")] {
        let path = format!("/api/v1/peers/{there}/pull");
        let pulled = here.call("POST", &path, &here.operator, None).await.ok();
        assert_eq!(pulled["problems"], json!([]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_accepted_once() {
    let agency = start("agency", OrgKind::Agency).await;
    let invitation = agency
        .call("POST", "/api/v1/peers/invitations", &agency.operator, None)
        .await
        .ok();
    let isp = start("isp", OrgKind::Isp).await;
    isp.post("/api/v1/peers/accept", &isp.operator, invitation.clone())
        .await
        .ok();
    let vendor = start("vendor", OrgKind::Vendor).await;
    let refused = vendor
        .post("/api/v1/peers/accept", &vendor.operator, invitation.clone())
        .await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (StatusCode::BAD_GATEWAY, "peer-unreachable")
    );
    let wrong = json!({ "fingerprint": "0000" });
    let wrong = agency
        .post("/api/v1/peers/isp/confirm", &agency.operator, wrong)
        .await;
    assert_eq!(wrong.json()["field"], "fingerprint");
    let pull = agency
        .call("POST", "/api/v1/peers/isp/pull", &agency.operator, None)
        .await;
    assert_eq!(
        pull.code(),
        "conflict",
        "not before the fingerprints are compared"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_is_not_there() {
    let isp = start("isp", OrgKind::Isp).await;
    let agency = start("agency", OrgKind::Agency).await;
    let mut invitation = agency
        .call("POST", "/api/v1/peers/invitations", &agency.operator, None)
        .await
        .ok();
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    invitation["url"] = json!(format!("http://{}", gone.local_addr().expect("its address")));
    drop(gone);
    let answer = isp.post("/api/v1/peers/accept", &isp.operator, invitation).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (StatusCode::BAD_GATEWAY, "peer-unreachable")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_to_a_peer_are_signed_errors_too() {
    let (agency, isp) = pair().await;
    for (number, (path, body, status)) in [
        ("/peer/v1/nudge", "{}", 200),
        (
            "/peer/v1/heads",
            r#"{"known":[],"released_after":{},"cosigned":[]}"#,
            200,
        ),
        ("/peer/v1/nudge", r#"{"x":1}"#, 400),
        ("/peer/v1/heads", "{", 400),
        (
            "/peer/v1/entries",
            r#"{"ledger":"x","from":0,"to":0,"held":0}"#,
            404,
        ),
        ("/peer/v1/object", r#"{"entry":"x","offset":0}"#, 404),
        ("/peer/v1/payloads", r#"{"entries":["x"]}"#, 200),
        ("/peer/v1/nothing", "{}", 404),
    ]
    .into_iter()
    .enumerate()
    {
        let mut asked = Asked::new(&agency, &isp, path, body);
        asked.nonce = number as u128;
        let answer = isp.send(asked.request()).await;
        assert_eq!(answer.status.as_u16(), status, "{path} {body}");
        assert_signed(&isp, &asked, &answer);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_identified_sees_the_same_bytes() {
    let (agency, isp) = pair().await;
    isp.pass(10_000);
    let good = Asked::nudge(&agency, &isp);
    let answer = isp.send(good.request()).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_signed(&isp, &good, &answer);

    let mut requests: Vec<(&str, Request<Body>)> = vec![("replayed", good.request())];
    let mut nonce = 100;
    let mut change = |what: &'static str, change: &dyn Fn(&mut Asked)| {
        nonce += 1;
        let mut asked = Asked {
            nonce,
            ..Asked::nudge(&agency, &isp)
        };
        change(&mut asked);
        requests.push((what, asked.request()));
    };
    change("altered", &|asked| asked.sent = Some(b"{ }".to_vec()));
    change("addressed to another", &|asked| {
        asked.authority = "node.isp.example".into()
    });
    change("sent to another", &|asked| asked.host = "node.isp.example".into());
    change("addressed and sent to another", &|asked| {
        asked.authority = "node.isp.example".into();
        asked.host = "node.isp.example".into();
    });
    change("stale", &|asked| asked.created -= SIGNATURE_WINDOW_S + 1);
    change("future-dated", &|asked| asked.created += SIGNATURE_WINDOW_S + 1);
    change("unknown signer", &|asked| asked.keyid = "stranger".into());
    change("signed as itself", &|asked| asked.keyid = "isp".into());
    change("wrong key", &|asked| asked.key = SigningKey::from_bytes(&[7; 32]));
    change("wrong method", &|asked| asked.method = "GET");
    change("wrong type", &|asked| asked.content_type = "text/plain");
    change("too long", &|asked| {
        asked.body = vec![b' '; MAX_REQUEST_BYTES + 1]
    });
    change("join without a token", &|asked| {
        asked.path = "/peer/v1/join".into()
    });

    let plain = |path: &str, body: &str| {
        Request::post(path)
            .header("host", isp.url.trim_start_matches("http://"))
            .header("content-type", "application/json")
            .body(Body::from(body.to_owned()))
            .expect("a request")
    };
    requests.push(("unsigned", plain("/peer/v1/nudge", "{}")));
    requests.push(("unsigned, no such path", plain("/peer/v1/nothing", "{}")));
    requests.push(("unsigned join", plain("/peer/v1/join", "{}")));
    let join = r#"{"token":"x","certificate":"x\nx","url":"http://127.0.0.1:1"}"#;
    requests.push(("unsigned join with a body", plain("/peer/v1/join", join)));
    for header in [
        "host",
        "content-type",
        "content-digest",
        "signature-input",
        "signature",
    ] {
        let whole = Asked {
            nonce: 50,
            ..Asked::nudge(&agency, &isp)
        };
        let mut without = whole.request();
        without.headers_mut().remove(header);
        requests.push(("a header left out", without));
        let mut twice = whole.request();
        let value = twice.headers()[header].clone();
        twice.headers_mut().append(header, value);
        requests.push(("a header twice", twice));
    }
    let mut query = Asked {
        nonce: 51,
        ..Asked::nudge(&agency, &isp)
    }
    .request();
    *query.uri_mut() = "/peer/v1/nudge?x".parse().expect("a target");
    requests.push(("a query", query));

    let first = isp.send(plain("/peer/v1/heads", "{}")).await;
    assert_eq!((first.status, first.bytes.len()), (StatusCode::UNAUTHORIZED, 0));
    assert!(first.headers.get("signature").is_none());
    for (what, request) in requests {
        let answer = isp.send(request).await;
        assert_eq!(seen(&answer), seen(&first), "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn times_at_the_edge_of_the_window_count() {
    let (agency, isp) = pair().await;
    isp.pass(10_000);
    for (number, offset) in [
        -(SIGNATURE_WINDOW_S.cast_signed()),
        SIGNATURE_WINDOW_S.cast_signed(),
    ]
    .into_iter()
    .enumerate()
    {
        let mut asked = Asked::nudge(&agency, &isp);
        asked.nonce = number as u128;
        asked.created = asked.created.saturating_add_signed(offset);
        assert_eq!(isp.send(asked.request()).await.status, StatusCode::OK, "{offset}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_of_the_longest_body_is_read() {
    let (agency, isp) = pair().await;
    let mut asked = Asked::nudge(&agency, &isp);
    asked.body.resize(MAX_REQUEST_BYTES, b' ');
    let answer = isp.send(asked.request()).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_signed(&isp, &asked, &answer);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_is_not_confirmed_is_a_stranger() {
    let agency = start("agency", OrgKind::Agency).await;
    let isp = start("isp", OrgKind::Isp).await;
    let invitation = isp
        .call("POST", "/api/v1/peers/invitations", &isp.operator, None)
        .await
        .ok();
    agency
        .post("/api/v1/peers/accept", &agency.operator, invitation)
        .await
        .ok();
    let asked = Asked::nudge(&agency, &isp);
    assert_eq!(isp.send(asked.request()).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_invites_one_organisation_and_suspends_a_peer() {
    let (agency, isp) = pair().await;
    let wrong = "/api/v1/peers/invitations?org=Not%20A%20Name";
    let refused = agency.call("POST", wrong, &agency.operator, None).await;
    assert_eq!(refused.json()["field"], "org");
    let path = "/api/v1/peers/invitations?org=vendor";
    let invitation = agency.call("POST", path, &agency.operator, None).await.ok();
    let refused = isp.post("/api/v1/peers/accept", &isp.operator, invitation).await;
    assert_eq!(refused.code(), "peer-unreachable", "it is another's");
    let asked = Asked::nudge(&isp, &agency);
    let asked = Asked {
        keyid: "isp".into(),
        ..asked
    };
    for (what, status) in [("suspend", StatusCode::UNAUTHORIZED), ("resume", StatusCode::OK)] {
        let path = format!("/api/v1/peers/isp/{what}");
        agency.call("POST", &path, &agency.operator, None).await.ok();
        assert_eq!(agency.send(asked.request()).await.status, status, "{what}");
    }
    let reject = agency
        .call("POST", "/api/v1/peers/isp/reject", &agency.operator, None)
        .await;
    assert_eq!(reject.code(), "conflict", "confirmed");
}
