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

const EVERYBODY: &[Role] = &[OP, SI, CO, IN, RE, AP, CU, DO, AU];

type Line = (&'static str, &'static str, Option<Value>, &'static [Role]);

/// Method, path as described, a body in the right form, and who may. Nothing named in the paths exists, so that
/// those who may are told that there is no such thing.
fn table() -> Vec<Line> {
    let id = "0".repeat(32);
    let note = format!("{id}/0");
    let digest = "0".repeat(64);
    let draft =
        json!({ "title": "t", "marking": "TLP:AMBER", "note": { "kind": "report.published", "text": "t" } });
    let draft_again = draft.clone();
    let target = json!({ "value": "bad.example", "action": "block", "responsible": "isp", "reason": "r" });
    let guest = json!({ "to": "shop", "what": "information", "reference": "", "reason": "",
        "guest": { "organisation": "", "contact": "", "officer": "", "then": "" } });
    let lead = json!({ "agreement": digest, "to": "isp", "title": "t", "marking": "TLP:AMBER", "text": "t" });
    let asked = json!({ "to": "isp", "what": "information", "reference": "", "reason": "" });
    vec![
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
        ("POST", "/api/v1/logs/verify", None, &[OP]),
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
        ("GET", "/api/v1/cases/{case}/plan", None, EVERYBODY),
        (
            "POST",
            "/api/v1/cases/{case}/targets",
            Some(json!({ "marking": "TLP:AMBER", "targets": [target] })),
            &[CO, IN, RE, AP, CU, DO],
        ),
        (
            "POST",
            "/api/v1/cases/{case}/targets/checks",
            Some(
                json!({ "checks": [{ "target": note, "check": "holder", "result": "clear", "text": "t" }] }),
            ),
            &[CO, IN, RE, AP, CU, DO],
        ),
        (
            "POST",
            "/api/v1/cases/{case}/targets/own",
            Some(json!({ "answers": [{ "target": note, "own": false }] })),
            &[CO, IN, RE, AP, CU, DO],
        ),
        (
            "POST",
            "/api/v1/cases/{case}/plan",
            Some(
                json!({ "title": "t", "marking": "TLP:AMBER", "instant_ms": 1, "text": "t",
            "actions": [{ "target": note }] }),
            ),
            &[CO, IN, RE, AP, CU, DO],
        ),
        (
            "POST",
            "/api/v1/cases/{case}/plan/go",
            Some(json!({ "word": "go", "commitment": digest, "instant_ms": 1 })),
            &[AP],
        ),
        (
            "POST",
            "/api/v1/cases/{case}/plan/receipts",
            Some(json!({ "receipts": [{ "target": note, "outcome": "done", "text": "t" }] })),
            &[AP],
        ),
        (
            "POST",
            "/api/v1/cases/{case}/plan/looks",
            Some(json!({ "looks": [{ "target": note, "held": "held", "text": "t" }] })),
            &[CO, IN, RE, AP, CU, DO],
        ),
        ("GET", "/api/v1/cases/{case}/plan/export", None, &[AP]),
        ("GET", "/api/v1/cases/{case}/notices", None, &[CO, IN]),
        ("GET", "/api/v1/own-infrastructure", None, &[AP, OP]),
        ("POST", "/api/v1/imports", None, &[CO, IN, RE, AP, CU, DO]),
        ("GET", "/api/v1/imports", None, &[CO, IN, RE, AP, CU, DO]),
        ("GET", "/api/v1/imports/{draft}", None, &[CO, IN, RE, AP, CU, DO]),
        (
            "DELETE",
            "/api/v1/imports/{draft}",
            None,
            &[CO, IN, RE, AP, CU, DO],
        ),
        (
            "POST",
            "/api/v1/imports/{draft}/choices",
            Some(json!({ "choices": {} })),
            &[CO, IN, RE, AP, CU, DO],
        ),
        (
            "POST",
            "/api/v1/imports/{draft}/preview",
            None,
            &[CO, IN, RE, AP, CU, DO],
        ),
        (
            "POST",
            "/api/v1/imports/{draft}/publish",
            Some(json!({})),
            &[CO, IN, RE, AP, CU, DO],
        ),
        (
            "POST",
            "/api/v1/cases/{case}/files",
            None,
            &[CO, IN, RE, AP, CU, DO],
        ),
        ("GET", "/api/v1/files/{ledger}/{seq}", None, EVERYBODY),
        ("GET", "/api/v1/files/{ledger}/{seq}/bytes", None, EVERYBODY),
        ("GET", "/api/v1/intel", None, EVERYBODY),
        ("GET", "/api/v1/intel/{ledger}/{seq}", None, EVERYBODY),
        (
            "POST",
            "/api/v1/own-infrastructure",
            Some(json!({ "kind": "network", "value": "", "description": "d" })),
            &[AP, OP],
        ),
        (
            "POST",
            "/api/v1/own-infrastructure/remove",
            Some(json!({ "value": "192.0.2.0/24" })),
            &[AP, OP],
        ),
        (
            "POST",
            "/api/v1/cases/{case}/hunts",
            Some(json!({ "to": "isp", "reference": "", "reason": "",
            "instrument": note, "indicators": [], "from_ms": 0, "to_ms": 0 })),
            &[CO, IN],
        ),
        (
            "POST",
            "/api/v1/cases/{case}/requests/preview",
            Some(asked.clone()),
            &[CO, IN],
        ),
        ("POST", "/api/v1/cases/{case}/requests", Some(asked), &[CO, IN]),
        (
            "POST",
            "/api/v1/cases/{case}/orals",
            Some(
                json!({ "ground": "threat-to-life", "act": "", "category": "subscriber-data",
            "addressee": "isp", "authority": "", "power": "" }),
            ),
            &[CO, AP],
        ),
        (
            "POST",
            "/api/v1/cases/{case}/orals/confirm",
            Some(json!({ "oral": note, "reference": "", "authority": "" })),
            &[CO, AP],
        ),
        (
            "POST",
            "/api/v1/releases",
            Some(json!({ "note": note, "to": "isp" })),
            &[AP],
        ),
        ("GET", "/api/v1/requests/{ledger}/{seq}", None, &[AP]),
        ("POST", "/api/v1/requests/{ledger}/{seq}/preview", None, &[AP]),
        ("GET", "/api/v1/requests/{ledger}/{seq}/preview", None, &[AP]),
        ("DELETE", "/api/v1/requests/{ledger}/{seq}/preview", None, &[AP]),
        (
            "POST",
            "/api/v1/requests/{ledger}/{seq}/preview/show",
            Some(json!({})),
            &[AP],
        ),
        (
            "POST",
            "/api/v1/requests/{ledger}/{seq}/decide",
            Some(json!({ "verdict": "refuse", "clause": "1", "reason": "" })),
            &[AP],
        ),
        (
            "GET",
            "/api/v1/requests/{ledger}/{seq}/subscribers",
            None,
            EVERYBODY,
        ),
        (
            "POST",
            "/api/v1/requests/{ledger}/{seq}/answer",
            Some(json!({ "answer": "refuse", "clause": "1", "reason": "" })),
            &[AP],
        ),
        (
            "POST",
            "/api/v1/requests/{ledger}/{seq}/withdraw",
            Some(json!({ "words": "" })),
            &[CO, IN],
        ),
        (
            "POST",
            "/api/v1/requests/{ledger}/{seq}/pool",
            Some(json!({ "accepted": true, "words": "" })),
            &[RE, IN],
        ),
        ("POST", "/api/v1/exhibits/{ledger}/{seq}/verify", None, EVERYBODY),
        ("GET", "/api/v1/exhibits/{ledger}/{seq}/package", None, EVERYBODY),
        ("POST", "/api/v1/exhibits/{ledger}/{seq}/receive", None, &[CO, IN]),
        ("GET", "/api/v1/threats", None, &[CO, IN, RE]),
        (
            "POST",
            "/api/v1/threats",
            Some(json!({ "name": "", "what": "w" })),
            &[CO, IN, RE],
        ),
        ("GET", "/api/v1/threats/{threat}", None, &[CO, IN, RE]),
        (
            "POST",
            "/api/v1/threats/{threat}",
            Some(json!({ "version": 1, "threat": { "name": "n", "what": "w" } })),
            &[CO, IN, RE],
        ),
        (
            "POST",
            "/api/v1/threats/{threat}/notes",
            Some(json!({ "text": "t" })),
            &[CO, IN, RE],
        ),
        ("POST", "/api/v1/threats/{threat}/assess", None, &[CO, IN, RE]),
        (
            "POST",
            "/api/v1/threats/{threat}/drop",
            Some(json!({ "reason": "r" })),
            &[CO, IN, RE],
        ),
        ("POST", "/api/v1/threats/{threat}/resume", None, &[CO, IN, RE]),
        (
            "POST",
            "/api/v1/threats/{threat}/people",
            Some(json!({ "person": id })),
            &[CO, IN, RE],
        ),
        (
            "POST",
            "/api/v1/threats/{threat}/cases",
            Some(json!({ "case": id })),
            &[CO, IN, RE],
        ),
        (
            "POST",
            "/api/v1/threats/{threat}/open",
            Some(json!({ "agreement": digest, "operation": "o", "reference": "r", "purpose": "p" })),
            &[CO],
        ),
        ("GET", "/api/v1/threats/{threat}/similar", None, &[CO, IN, RE]),
        ("GET", "/api/v1/leads", None, &[CO, IN, RE, AP]),
        ("GET", "/api/v1/leads/recipients", None, &[CO, IN, RE]),
        ("POST", "/api/v1/leads", Some(lead.clone()), &[CO, IN, RE]),
        ("POST", "/api/v1/leads/preview", Some(lead), &[CO, IN, RE]),
        ("GET", "/api/v1/leads/{ledger}/{seq}", None, &[CO, IN, RE, AP]),
        (
            "GET",
            "/api/v1/leads/{ledger}/{seq}/similar",
            None,
            &[CO, IN, RE, AP],
        ),
        (
            "POST",
            "/api/v1/leads/{ledger}/{seq}/answer",
            Some(json!({ "text": "t" })),
            &[CO, IN, RE],
        ),
        (
            "POST",
            "/api/v1/leads/{ledger}/{seq}/open",
            Some(json!({ "text": "t", "case":
                { "agreement": digest, "operation": "o", "reference": "r", "purpose": "p" } })),
            &[CO],
        ),
        (
            "POST",
            "/api/v1/leads/{ledger}/{seq}/link",
            Some(json!({ "case": id, "text": "t" })),
            &[CO, IN, RE],
        ),
        (
            "POST",
            "/api/v1/leads/{ledger}/{seq}/hand",
            Some(json!({ "person": id })),
            &[CO, IN, RE],
        ),
        (
            "POST",
            "/api/v1/leads/{ledger}/{seq}/onward",
            Some(json!({ "allowed": true, "text": "t" })),
            &[CO, IN, RE],
        ),
        (
            "POST",
            "/api/v1/leads/{ledger}/{seq}/approve",
            Some(json!({ "to": "isp" })),
            &[AP],
        ),
        ("GET", "/api/v1/cases/{case}/similar", None, EVERYBODY),
        (
            "POST",
            "/api/v1/cases/{case}/links",
            Some(json!({ "other": id, "reason": "r", "marking": "TLP:AMBER" })),
            &[CO, IN, RE, AP, CU, DO],
        ),
        ("GET", "/api/v1/audiences", None, &[OP, CO, IN, RE, AP]),
        (
            "POST",
            "/api/v1/audiences",
            Some(json!({ "name": "", "reach": "own" })),
            &[OP],
        ),
        ("DELETE", "/api/v1/audiences/{audience}", None, &[OP]),
        (
            "GET",
            "/api/v1/audiences/{audience}/zone",
            None,
            &[OP, CO, IN, RE, AP],
        ),
        ("GET", "/api/v1/allow-lists", None, &[OP, CO, IN, RE, AP]),
        (
            "POST",
            "/api/v1/allow-lists/{list}",
            Some(json!({ "text": "" })),
            &[OP],
        ),
        (
            "GET",
            "/api/v1/protection/lookup?value=evil.example",
            None,
            &[CO, IN, RE, AP],
        ),
        ("GET", "/api/v1/protection/seen", None, &[OP, CO, IN, RE, AP]),
        ("GET", "/api/v1/new", None, &[CO, IN, RE, AP]),
        ("GET", "/api/v1/cases/{case}/indicators", None, EVERYBODY),
        ("POST", "/api/v1/cases/{case}/sightings", None, &[CO, IN, RE]),
        ("GET", "/api/v1/cases/{case}/waiting", None, EVERYBODY),
        (
            "POST",
            "/api/v1/cases/{case}/waiting",
            Some(draft),
            &[CO, IN, RE, AP, CU, DO],
        ),
        (
            "POST",
            "/api/v1/cases/{case}/waiting/{id}",
            None,
            &[CO, IN, RE, AP, CU, DO],
        ),
        (
            "DELETE",
            "/api/v1/cases/{case}/waiting/{id}",
            None,
            &[CO, IN, RE, AP, CU, DO],
        ),
        ("GET", "/api/v1/conversations", None, &[IN, CU, CO]),
        ("GET", "/api/v1/conversations/{conversation}", None, &[IN, CU, CO]),
        (
            "POST",
            "/api/v1/conversations/{conversation}/reply",
            Some(json!({ "text": "t" })),
            &[IN, CU, CO],
        ),
        (
            "POST",
            "/api/v1/conversations/{conversation}/close",
            None,
            &[IN, CU, CO],
        ),
        (
            "POST",
            "/api/v1/conversations/{conversation}/attach",
            Some(json!({ "case": id, "victim": "organisation", "text": "t", "marking": "TLP:AMBER" })),
            &[IN, CU, CO],
        ),
        (
            "POST",
            "/api/v1/conversations/{conversation}/publish",
            Some(json!({ "message": 0, "text": "t", "marking": "TLP:AMBER" })),
            &[IN, CU, CO],
        ),
        (
            "POST",
            "/api/v1/conversations/{conversation}/file-identity",
            None,
            &[CU],
        ),
        ("GET", "/api/v1/cases/{case}/victims", None, EVERYBODY),
        (
            "POST",
            "/api/v1/victims/{ledger}/{seq}/identity",
            Some(json!({ "name": "A name" })),
            &[CU],
        ),
        (
            "GET",
            "/api/v1/victims/{ledger}/{seq}/letter/document",
            None,
            &[IN, CU, CO],
        ),
        (
            "POST",
            "/api/v1/victims/{ledger}/{seq}/grants",
            Some(json!({ "reason": "r" })),
            &[IN, CU, CO],
        ),
        (
            "POST",
            "/api/v1/grants/{ledger}/{seq}/give",
            Some(json!({ "until_ms": 1 })),
            &[CU, CO],
        ),
        (
            "POST",
            "/api/v1/grants/{ledger}/{seq}/end",
            Some(json!({ "reason": "r" })),
            &[CU, CO],
        ),
        (
            "POST",
            "/api/v1/grants/{ledger}/{seq}/look",
            Some(json!({ "text": "t" })),
            &[IN, CU, CO],
        ),
        (
            "POST",
            "/api/v1/cases/{case}/notes/naming",
            Some(json!({ "grant": note, "text": "t", "draft": draft_again })),
            &[IN, CU, CO],
        ),
        ("GET", "/api/v1/cases/{case}/disclosure", None, &[DO, CO, IN]),
        (
            "GET",
            "/api/v1/cases/{case}/disclosure/document",
            None,
            &[DO, CO, IN],
        ),
        ("DELETE", "/api/v1/sessions", None, EVERYBODY),
    ]
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
        .replace("{audience}", "none")
        .replace("{list}", "none")
        .replace("{account}", "none")
        .replace("{id}", &id)
        .replace("{purpose}", "peer");
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
