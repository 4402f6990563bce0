//! A node for tests, and requests to it.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use accord_model::control::role_is_of;
use accord_model::{OrgKind, Role};
use accord_service::{NewPerson, Node, NodeConfig, PasswordCost, Ports, TotpPolicy, keys};
use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tower::ServiceExt;

/// 2026-11-02 08:00 UTC.
pub const START_MS: u64 = 1_793_606_400_000;
pub const FIRST_PASSWORD: &str = "the first password";
pub const PASSWORD: &str = "a password of one's own";

/// Every role of people at some kind of organisation.
pub const ROLES: [Role; 9] = [
    Role::Operator,
    Role::Signatory,
    Role::CaseOfficer,
    Role::Investigator,
    Role::Researcher,
    Role::Approver,
    Role::Custodian,
    Role::DisclosureOfficer,
    Role::Auditor,
];

pub struct TestNode {
    pub node: Arc<Node>,
    pub router: Router,
    pub url: String,
    pub clock: Arc<AtomicU64>,
    pub operator: String,
    pub signatory: String,
    _dir: TempDir,
}

pub struct Answered {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Bytes,
}

impl Answered {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    #[track_caller]
    pub fn ok(self) -> Value {
        assert_eq!(
            self.status,
            StatusCode::OK,
            "{}",
            String::from_utf8_lossy(&self.bytes)
        );
        self.json()
    }
}

/// Begins futures in this order, in one task, and waits for all of them.
pub async fn at_once<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures
        .into_iter()
        .map(|future| (Box::pin(future), None))
        .collect();
    std::future::poll_fn(move |context| {
        let mut waiting = false;
        for (future, output) in running.iter_mut().filter(|(_, output)| output.is_none()) {
            match future.as_mut().poll(context) {
                Poll::Ready(value) => *output = Some(value),
                Poll::Pending => waiting = true,
            }
        }
        if waiting {
            return Poll::Pending;
        }
        Poll::Ready(
            running
                .iter_mut()
                .filter_map(|(_, output)| output.take())
                .collect(),
        )
    })
    .await
}

/// A node whose first two people have signed in and made their accounts safe.
pub async fn start(org: &str, kind: OrgKind) -> TestNode {
    let mut node = bare(org, kind, TotpPolicy::Optional).await;
    node.operator = node.settle("operator").await;
    node.signatory = node.settle("signatory").await;
    node
}

/// A node whose first two people have not signed in yet.
pub async fn bare(org: &str, kind: OrgKind, totp: TotpPolicy) -> TestNode {
    // Once in a process; the second time it stands already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let dir = TempDir::new().expect("a folder");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("its address"));
    let clock = Arc::new(AtomicU64::new(START_MS));
    let (now, drawn, seed) = (clock.clone(), Mutex::new(0_u64), org.to_owned());
    let ports = Ports::new(
        move || now.load(Ordering::SeqCst),
        move |bytes| {
            let mut drawn = drawn.lock().expect("the counter");
            for chunk in bytes.chunks_mut(32) {
                *drawn += 1;
                let block = Sha256::digest(format!("{seed} {drawn}"));
                chunk.copy_from_slice(&block[..chunk.len()]);
            }
        },
    );
    let config = NodeConfig {
        dir: dir.path().to_owned(),
        org: org.parse().expect("a name"),
        kind,
        url: url.clone(),
        totp,
        password_cost: PasswordCost {
            memory_kib: 64,
            passes: 1,
        },
        pull_every_s: None,
        peer_limits: accord_service::PeerLimits::default(),
        backup_days: None,
        feeds_inside: vec!["127.0.0.1".into()],
        feed_keys: Vec::new(),
    };
    keys::create(dir.path(), &config.org, kind, &ports).expect("keys");
    let node = Node::open(config, ports, accord_service::Faults::none())
        .await
        .expect("a node");
    // A node refuses what was signed in the second of its start: that is over.
    clock.fetch_add(1_000, Ordering::SeqCst);
    let first = |sign_in: &str, role: Role| NewPerson {
        sign_in: sign_in.into(),
        name: format!("{sign_in} of {org}"),
        roles: [role].into(),
        password: FIRST_PASSWORD.into(),
    };
    node.found(
        &first("operator", Role::Operator),
        &first("signatory", Role::Signatory),
    )
    .await
    .expect("the first accounts");
    tokio::spawn(accord_server::serve(
        node.clone(),
        listener,
        std::future::pending(),
    ));
    TestNode {
        router: accord_server::router(node.clone()),
        node,
        url,
        clock,
        operator: String::new(),
        signatory: String::new(),
        _dir: dir,
    }
}

impl TestNode {
    pub fn pass(&self, seconds: u64) {
        self.clock.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }

    pub async fn send(&self, request: Request<Body>) -> Answered {
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        Answered {
            status: parts.status,
            headers: parts.headers,
            bytes: body.collect().await.expect("a body").to_bytes(),
        }
    }

    pub async fn call(&self, method: &str, path: &str, token: &str, body: Option<Value>) -> Answered {
        self.call_once(method, path, token, body, None).await
    }

    pub async fn call_once(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: Option<Value>,
        key: Option<&str>,
    ) -> Answered {
        let mut request = Request::builder().method(method).uri(path);
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let body = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.send(request.body(body).expect("a request")).await
    }

    pub async fn get(&self, path: &str, token: &str) -> Answered {
        self.call("GET", path, token, None).await
    }

    pub async fn post(&self, path: &str, token: &str, body: Value) -> Answered {
        self.call("POST", path, token, Some(body)).await
    }

    pub async fn sign_in(&self, sign_in: &str, password: &str) -> Answered {
        let body = json!({ "sign_in": sign_in, "password": password });
        self.post("/api/v1/sessions", "", body).await
    }

    pub async fn session(&self, sign_in: &str, password: &str) -> String {
        let answer = self.sign_in(sign_in, password).await.ok();
        answer["token"].as_str().expect("a token").to_owned()
    }

    /// Signs in for the first time and changes the password.
    pub async fn settle(&self, sign_in: &str) -> String {
        let token = self.session(sign_in, FIRST_PASSWORD).await;
        let body = json!({ "old": FIRST_PASSWORD, "new": PASSWORD });
        self.post("/api/v1/me/password", &token, body).await.ok();
        token
    }

    /// Makes an account with one role: the id and a session.
    pub async fn person(&self, sign_in: &str, role: Role) -> (String, String) {
        let body =
            json!({ "sign_in": sign_in, "name": sign_in, "roles": [role], "password": FIRST_PASSWORD });
        let added = self.post("/api/v1/people", &self.operator, body).await.ok();
        let id = added["id"].as_str().expect("an id").to_owned();
        let path = format!("/api/v1/people/{id}/confirm-roles");
        self.call("POST", &path, &self.signatory, None).await.ok();
        (id, self.settle(sign_in).await)
    }

    /// A session for each role that this kind of organisation has.
    pub async fn everybody(&self) -> Vec<(Role, String)> {
        let mut all = Vec::new();
        for role in ROLES {
            match role {
                Role::Operator => all.push((role, self.operator.clone())),
                Role::Signatory => all.push((role, self.signatory.clone())),
                role if role_is_of(role, self.node.config.kind) => {
                    all.push((role, self.person(role.as_str(), role).await.1));
                }
                _ => {}
            }
        }
        all
    }
}

/// Makes two nodes know each other.
pub async fn introduce(a: &TestNode, b: &TestNode) {
    let invitation = a
        .call("POST", "/api/v1/peers/invitations", &a.operator, None)
        .await
        .ok();
    let pending = b.post("/api/v1/peers/accept", &b.operator, invitation).await.ok();
    assert_eq!(pending["status"], "pending");
    for (here, there) in [(a, b), (b, a)] {
        let said = there.get("/api/v1/node", &there.operator).await.ok();
        let path = format!("/api/v1/peers/{}/confirm", said["org"].as_str().expect("a name"));
        let body = json!({ "fingerprint": said["fingerprint"] });
        let confirmed = here.post(&path, &here.operator, body).await.ok();
        assert_eq!(confirmed["status"], "confirmed");
    }
}

/// Two nodes that know each other: `agency` and `isp`.
pub async fn pair() -> (TestNode, TestNode) {
    let (agency, isp) = (
        start("agency", OrgKind::Agency).await,
        start("isp", OrgKind::Isp).await,
    );
    introduce(&agency, &isp).await;
    (agency, isp)
}
