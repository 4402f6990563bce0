//! Every role tries every route: who may is a table here, and everybody else is refused by a rule.

use std::collections::BTreeSet;

use accord_model::{OrgKind, Role};
use http::StatusCode;
use serde_json::{Value, json};

use crate::node::{ROLES, start};
use Role::{
    Approver as AP, Auditor as AU, CaseOfficer as CO, Custodian as CU, DisclosureOfficer as DO,
    Investigator as IN, Operator as OP, Researcher as RE, Signatory as SI,
};

/// Who looks in their organisation's own logs.
const HUNTERS: &[Role] = &[CO, IN, RE, AP];

pub const EVERYBODY: &[Role] = &[OP, SI, CO, IN, RE, AP, CU, DO, AU];

pub type Line = (&'static str, &'static str, Option<Value>, &'static [Role]);

/// Method, path as described, a body in the right form, and who may. Nothing named in the paths exists, so that
/// those who may are told that there is no such thing: that they succeed where it exists is shown in `acts`.
pub fn table() -> Vec<Line> {
    let id = "0".repeat(32);
    let note = format!("{id}/0");
    let digest = "0".repeat(64);
    let draft =
        json!({ "title": "t", "marking": "TLP:AMBER", "note": { "kind": "report.published", "text": "t" } });
    let guest = json!({ "to": "shop", "what": "information", "reference": "", "reason": "",
        "guest": { "organisation": "", "contact": "", "officer": "", "then": "" } });
    let mut lines = vec![
        ("GET", "/api/v1/me", None, EVERYBODY),
        (
            "POST",
            "/api/v1/me/password",
            Some(json!({ "old": "x", "new": "a long password" })),
            EVERYBODY,
        ),
        (
            "POST",
            "/api/v1/me/totp",
            Some(json!({ "password": "x" })),
            EVERYBODY,
        ),
        (
            "POST",
            "/api/v1/me/totp/confirm",
            Some(json!({ "code": "x" })),
            EVERYBODY,
        ),
        ("GET", "/api/v1/me/notices", None, EVERYBODY),
        ("POST", "/api/v1/me/notices", Some(json!({})), EVERYBODY),
        ("GET", "/api/v1/notices", None, &[OP]),
        ("GET", "/api/v1/node", None, EVERYBODY),
        ("GET", "/api/v1/inbox", None, EVERYBODY),
        ("GET", "/api/v1/audit", None, &[AU]),
        ("GET", "/api/v1/audit/spaces", None, &[AU]),
        ("GET", "/api/v1/audit/looks", None, &[AU]),
        ("GET", "/api/v1/audit/spaces/{space}", None, &[AU]),
        (
            "GET",
            "/api/v1/search?q=evil.example",
            None,
            &[CO, IN, RE, AP, CU, DO],
        ),
        ("GET", "/api/v1/export?format=stix", None, &[CO, IN, RE, AP]),
        (
            "GET",
            "/api/v1/export/preview?format=csv",
            None,
            &[CO, IN, RE, AP],
        ),
        (
            "GET",
            "/api/v1/cases/{case}/export?format=csv",
            None,
            &[CO, IN, RE, AP],
        ),
        ("GET", "/api/v1/cases/{case}/graph", None, &[CO, IN, RE, AP]),
        (
            "GET",
            "/api/v1/cases/{case}/received",
            None,
            &[CO, IN, RE, AP, CU, DO],
        ),
        (
            "POST",
            "/api/v1/cases/{case}/received/{id}/publish",
            None,
            &[CO, IN, RE, AP, CU, DO],
        ),
        (
            "POST",
            "/api/v1/cases/{case}/received/{id}/leave",
            None,
            &[CO, IN, RE, AP, CU, DO],
        ),
        ("GET", "/api/v1/taxii/accounts", None, &[OP, SI]),
        (
            "POST",
            "/api/v1/taxii/accounts",
            Some(json!({ "name": "feed", "org": "nobody", "until_ms": 1_900_000_000_000_u64 })),
            &[OP],
        ),
        ("POST", "/api/v1/taxii/accounts/{account}/confirm", None, &[SI]),
        ("POST", "/api/v1/taxii/accounts/{account}/close", None, &[OP, SI]),
        ("GET", "/api/v1/people", None, &[OP, SI, AP]),
        (
            "POST",
            "/api/v1/people",
            Some(json!({ "sign_in": "", "name": "", "roles": [], "password": "" })),
            &[OP],
        ),
        ("POST", "/api/v1/people/{person}/confirm-roles", None, &[SI]),
        (
            "POST",
            "/api/v1/people/{person}/roles",
            Some(json!({ "roles": ["auditor"] })),
            &[OP],
        ),
        (
            "POST",
            "/api/v1/people/{person}/roles/withdraw",
            Some(json!({ "role": "auditor" })),
            &[OP],
        ),
        ("POST", "/api/v1/people/{person}/end-sessions", None, &[OP]),
        ("POST", "/api/v1/people/{person}/close", None, &[OP]),
        (
            "POST",
            "/api/v1/people/{person}/reset-password",
            Some(json!({ "password": "a first password" })),
            &[OP],
        ),
        ("POST", "/api/v1/people/{person}/reset-second-factor", None, &[OP]),
        ("POST", "/api/v1/people/{person}/confirm-reset", None, &[SI]),
        ("GET", "/api/v1/peers", None, EVERYBODY),
        ("POST", "/api/v1/peers/invitations", None, &[OP]),
        (
            "POST",
            "/api/v1/peers/accept",
            Some(json!({ "url": "", "identity": "", "certificate": "", "token": "" })),
            &[OP],
        ),
        (
            "POST",
            "/api/v1/peers/{org}/confirm",
            Some(json!({ "fingerprint": "" })),
            &[OP],
        ),
        ("POST", "/api/v1/peers/{org}/reject", None, &[OP]),
        ("POST", "/api/v1/peers/{org}/suspend", None, &[OP]),
        ("POST", "/api/v1/peers/{org}/resume", None, &[OP]),
        ("POST", "/api/v1/peers/{org}/pull", None, &[OP]),
        ("GET", "/api/v1/node/keys/{purpose}/revocation-text", None, &[OP]),
        (
            "POST",
            "/api/v1/node/keys/revoke",
            Some(json!({ "note": "" })),
            &[OP],
        ),
        ("GET", "/api/v1/logs/sources", None, &[OP, AP]),
        (
            "POST",
            "/api/v1/logs/sources",
            Some(json!({ "name": "", "description": "", "custodian": "" })),
            &[OP],
        ),
        ("POST", "/api/v1/logs/sources/{source}/import", None, &[OP]),
        ("GET", "/api/v1/logs/sources/{source}/not-understood", None, &[OP]),
        ("POST", "/api/v1/logs/verify", None, &[OP]),
        ("GET", "/api/v1/logs/collectors", None, &[OP]),
        ("POST", "/api/v1/logs/collectors/{collector}/append", None, &[OP]),
        ("GET", "/api/v1/logs/keeping", None, &[AP, DO, OP, AU]),
        ("GET", "/api/v1/logs/keeping/records", None, &[AP, DO, OP, AU]),
        (
            "GET",
            "/api/v1/logs/sources/{source}/retention?days=30",
            None,
            &[AP],
        ),
        (
            "POST",
            "/api/v1/logs/sources/{source}/retention",
            Some(json!({ "days": 30, "reason": "law" })),
            &[AP],
        ),
        (
            "POST",
            "/api/v1/logs/holds",
            Some(json!({ "hold": "h", "reason": "order", "source": "none" })),
            &[AP, DO],
        ),
        (
            "POST",
            "/api/v1/logs/holds/lift",
            Some(json!({ "hold": "h", "reason": "over" })),
            &[AP, DO],
        ),
        (
            "POST",
            "/api/v1/logs/destroy",
            Some(json!({ "segment": "none/000001", "reason": "order" })),
            &[AP],
        ),
        (
            "POST",
            "/api/v1/logs/sql",
            Some(json!({ "statement": "", "reason": "" })),
            HUNTERS,
        ),
        ("GET", "/api/v1/logs/sql/kept", None, HUNTERS),
        (
            "POST",
            "/api/v1/logs/sql/kept",
            Some(json!({ "name": "", "statement": "", "reason": "" })),
            HUNTERS,
        ),
        ("POST", "/api/v1/logs/sql/kept/{question}/ask", None, HUNTERS),
        (
            "POST",
            "/api/v1/logs/sql/kept/{question}/stand",
            Some(json!({ "stands": true })),
            HUNTERS,
        ),
        ("DELETE", "/api/v1/logs/sql/kept/{question}", None, HUNTERS),
        ("GET", "/api/v1/logs/matches", None, HUNTERS),
        ("GET", "/api/v1/logs/hunts", None, HUNTERS),
        (
            "POST",
            "/api/v1/logs/hunts",
            Some(json!({ "name": "", "reason": "" })),
            HUNTERS,
        ),
        ("GET", "/api/v1/logs/hunts/{hunt}", None, HUNTERS),
        ("DELETE", "/api/v1/logs/hunts/{hunt}", None, HUNTERS),
        ("POST", "/api/v1/logs/hunts/{hunt}/run", None, HUNTERS),
        ("POST", "/api/v1/logs/hunts/{hunt}/stop", None, HUNTERS),
        (
            "POST",
            "/api/v1/logs/hunts/{hunt}/stand",
            Some(json!({ "stands": true })),
            HUNTERS,
        ),
        ("GET", "/api/v1/logs/hunts/{hunt}/counts", None, HUNTERS),
        ("GET", "/api/v1/logs/hunts/{hunt}/lines", None, HUNTERS),
        ("GET", "/api/v1/logs/hunts/{hunt}/lines/{line}", None, HUNTERS),
        (
            "POST",
            "/api/v1/logs/hunts/{hunt}/lines/{line}",
            Some(json!({ "star": true })),
            HUNTERS,
        ),
        (
            "POST",
            "/api/v1/logs/hunts/{hunt}/draft",
            Some(json!({ "case": "00000000000000000000000000000000", "lines": [0] })),
            HUNTERS,
        ),
        ("GET", "/api/v1/agreements", None, EVERYBODY),
        (
            "POST",
            "/api/v1/agreements",
            Some(json!({ "toml": "", "cedar": "" })),
            &[SI],
        ),
        (
            "POST",
            "/api/v1/agreements/template",
            Some(json!({ "template": "agency-isp", "filling": {
            "title": "", "reference": "", "term": { "from_ms": 0, "until_ms": 0 }, "parties": [] } })),
            &[SI],
        ),
        ("GET", "/api/v1/agreements/{digest}", None, EVERYBODY),
        ("GET", "/api/v1/agreements/{digest}/signing-text", None, EVERYBODY),
        (
            "POST",
            "/api/v1/agreements/{digest}/sign",
            Some(json!({ "signature": "" })),
            &[SI],
        ),
        (
            "POST",
            "/api/v1/agreements/{digest}/refuse",
            Some(json!({ "reason": "" })),
            &[SI],
        ),
        (
            "POST",
            "/api/v1/agreements/{digest}/terminate",
            Some(json!({ "reason": "" })),
            &[SI],
        ),
        (
            "POST",
            "/api/v1/agreements/{digest}/approvers",
            Some(json!({ "person": id })),
            &[SI],
        ),
        ("GET", "/api/v1/cases", None, EVERYBODY),
        (
            "POST",
            "/api/v1/cases",
            Some(json!({ "agreement": digest, "operation": "", "reference": "", "purpose": "" })),
            &[CO],
        ),
        ("GET", "/api/v1/cases/{case}", None, EVERYBODY),
        ("GET", "/api/v1/cases/{case}/timeline", None, EVERYBODY),
        (
            "POST",
            "/api/v1/cases/{case}/guests/preview",
            Some(guest.clone()),
            &[CO, IN],
        ),
        ("POST", "/api/v1/cases/{case}/guests", Some(guest), &[CO, IN]),
        ("GET", "/api/v1/cases/{case}/guests", None, &[CO, IN]),
        (
            "POST",
            "/api/v1/guests/{link}/decision",
            Some(json!({ "approve": true })),
            &[CO],
        ),
        ("POST", "/api/v1/guests/{link}/make", Some(json!({})), &[CO, IN]),
        ("POST", "/api/v1/guests/{link}/revoke", None, &[CO, IN]),
        ("GET", "/api/v1/cases/{case}/notices/document", None, &[CO, IN]),
        ("GET", "/api/v1/cases/{case}/sinkholes", None, &[RE, IN, CO]),
        (
            "POST",
            "/api/v1/cases/{case}/sinkholes",
            Some(json!({ "target": note.clone(), "source": "none" })),
            &[RE, IN, CO],
        ),
        (
            "POST",
            "/api/v1/cases/{case}/sinkholes/share",
            None,
            &[RE, IN, CO],
        ),
        ("GET", "/api/v1/zones", None, &[CO, IN, RE, AP, CU, DO]),
        (
            "POST",
            "/api/v1/zones/{org}",
            Some(json!({})),
            &[CO, IN, RE, AP, CU, DO],
        ),
        ("GET", "/api/v1/cases/{case}/tasks", None, EVERYBODY),
        ("GET", "/api/v1/cases/{case}/subjects", None, EVERYBODY),
        (
            "GET",
            "/api/v1/cases/{case}/notes/{ledger}/{seq}/looks",
            None,
            EVERYBODY,
        ),
        (
            "GET",
            "/api/v1/cases/{case}/notes/{ledger}/{seq}",
            None,
            EVERYBODY,
        ),
        (
            "POST",
            "/api/v1/cases/{case}/parties",
            Some(json!({ "org": "isp" })),
            &[CO],
        ),
        (
            "POST",
            "/api/v1/cases/{case}/parties/remove",
            Some(json!({ "org": "isp", "reason": "x" })),
            &[CO],
        ),
        (
            "POST",
            "/api/v1/cases/{case}/members",
            Some(json!({ "person": id, "roles": [] })),
            &[AP],
        ),
        ("DELETE", "/api/v1/cases/{case}/members/{person}", None, &[AP]),
        (
            "POST",
            "/api/v1/people/secondees",
            Some(json!({ "sign_in": "", "name": "", "person": id, "home": "isp", "password": "" })),
            &[OP],
        ),
        ("GET", "/api/v1/cases/{case}/team", None, EVERYBODY),
        (
            "POST",
            "/api/v1/cases/{case}/pen/pass",
            Some(json!({ "to_org": "isp", "to": id })),
            &[CO],
        ),
        (
            "POST",
            "/api/v1/cases/{case}/pen/take",
            Some(json!({ "passed": note })),
            &[CO],
        ),
        (
            "POST",
            "/api/v1/cases/{case}/secondments",
            Some(
                json!({ "person": id, "home": "isp", "host": "agency", "categories": [], "scope": "",
            "from_ms": 0, "until_ms": 0 }),
            ),
            &[AP, CO],
        ),
        (
            "POST",
            "/api/v1/cases/{case}/secondments/end",
            Some(json!({ "person": id, "home": "isp", "host": "agency", "reason": "" })),
            &[AP, CO],
        ),
        ("GET", "/api/v1/cases/{case}/recalls", None, EVERYBODY),
        (
            "POST",
            "/api/v1/cases/{case}/recalls",
            Some(json!({ "entry": note, "reason": "" })),
            &[AP, DO],
        ),
        (
            "POST",
            "/api/v1/cases/{case}/recalls/receipt",
            Some(json!({ "recall": note, "done": "deleted" })),
            &[AP, DO],
        ),
        ("GET", "/api/v1/cases/{case}/keeping", None, EVERYBODY),
        (
            "POST",
            "/api/v1/cases/{case}/holds",
            Some(json!({ "reference": "", "reason": "" })),
            &[DO],
        ),
        (
            "POST",
            "/api/v1/cases/{case}/holds/lift",
            Some(json!({ "hold": note, "reason": "" })),
            &[DO],
        ),
        (
            "POST",
            "/api/v1/cases/{case}/stage",
            Some(json!({ "to": "assessed" })),
            &[CO],
        ),
        (
            "POST",
            "/api/v1/cases/{case}/instruments",
            Some(json!({ "reference": "", "authority": "", "power": "",
            "categories": [], "scope": "", "addressee": "isp", "from_ms": 0, "to_ms": 0 })),
            &[CO],
        ),
        (
            "POST",
            "/api/v1/cases/{case}/instruments/end",
            Some(json!({ "instrument": note, "reason": "" })),
            &[CO],
        ),
        (
            "POST",
            "/api/v1/cases/{case}/notes/preview",
            Some(draft.clone()),
            &[CO, IN, RE, AP, CU, DO],
        ),
        (
            "POST",
            "/api/v1/cases/{case}/notes",
            Some(draft.clone()),
            &[CO, IN, RE, AP, CU, DO],
        ),
    ];
    lines.extend(crate::matrix_more::more());
    lines
}

/// What needs no session: signing in, and a business in trouble.
const OPEN: [(&str, &str); 5] = [
    ("POST", "/api/v1/sessions"),
    ("POST", "/api/v1/report"),
    ("GET", "/api/v1/report/{token}"),
    ("POST", "/api/v1/report/{token}/messages"),
    ("POST", "/api/v1/report/{token}/identity"),
];

fn filled(path: &str) -> String {
    let id = "0".repeat(32);
    let path = path
        .replace("{person}", &id)
        .replace("{case}", &id)
        .replace("{conversation}", &id)
        .replace("{link}", &id)
        .replace("{threat}", &id)
        .replace("{draft}", &id)
        .replace("{space}", &id)
        .replace("{ledger}", &id)
        .replace("{seq}", "0")
        .replace("{digest}", &"0".repeat(64))
        .replace("{org}", "nobody")
        .replace("{source}", "none")
        .replace("{collector}", "none")
        .replace("{audience}", "none")
        .replace("{list}", "none")
        .replace("{feed}", "none")
        .replace("{story}", "none")
        .replace("{hunt}", &id)
        .replace("{question}", &id)
        .replace("{line}", "0")
        .replace("{account}", "none")
        .replace("{id}", &id)
        .replace("{purpose}", "peer")
        .replace("{file}", "1");
    assert!(!path.contains('{'), "{path}");
    if path.ends_with("/import") {
        path + "?name=a.log"
    } else {
        path
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_role_at_every_route() {
    let mut tried = BTreeSet::new();
    for (org, kind) in [("agency", OrgKind::Agency), ("isp", OrgKind::Isp)] {
        let node = start(org, kind).await;
        for (role, token) in node.everybody().await {
            tried.insert(role);
            for (method, path, body, allowed) in table() {
                let answer = node.call(method, &filled(path), &token, body).await;
                let line = format!(
                    "{role} of {org}: {method} {path}: {}",
                    String::from_utf8_lossy(&answer.bytes)
                );
                if allowed.contains(&role) {
                    assert_ne!(answer.status, StatusCode::FORBIDDEN, "{line}");
                    assert_ne!(answer.code(), "not-signed-in", "{line}");
                    assert!(answer.status.as_u16() < 500, "{line}");
                } else {
                    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{line}");
                    assert_eq!(answer.code(), "denied", "{line}");
                    let told = answer.json();
                    assert!(
                        told["detail"].as_str().is_some_and(|rule| rule.len() > 20),
                        "{line}"
                    );
                    assert!(told["who"].is_string(), "{line}");
                }
            }
        }
    }
    assert_eq!(tried, ROLES.into_iter().collect());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_anywhere_without_a_session() {
    let node = start("agency", OrgKind::Agency).await;
    for (method, path, body, _) in table() {
        let answer = node.call(method, &filled(path), "", body).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (StatusCode::UNAUTHORIZED, "not-signed-in"),
            "{path}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_has_every_route() {
    let node = start("agency", OrgKind::Agency).await;
    let described = node.get("/api/openapi.json", "").await.ok();
    let mut routes = BTreeSet::new();
    for (path, methods) in described["paths"].as_object().expect("paths") {
        for method in methods.as_object().expect("methods").keys() {
            routes.insert((method.to_uppercase(), path.clone()));
        }
    }
    for (method, path) in OPEN {
        assert!(
            routes.remove(&(method.to_owned(), path.to_owned())),
            "{path} needs no session"
        );
    }
    let tried: BTreeSet<_> = table()
        .into_iter()
        .map(|(method, path, ..)| {
            let path = path.split('?').next().unwrap_or(path);
            (method.to_owned(), path.to_owned())
        })
        .collect();
    assert_eq!(tried, routes);
}
