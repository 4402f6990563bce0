//! The second half of the table of `matrix`.

use accord_model::Role;
use serde_json::json;

use crate::matrix::{EVERYBODY, Line};
use Role::{
    Approver as AP, CaseOfficer as CO, Custodian as CU, DisclosureOfficer as DO, Investigator as IN,
    Operator as OP, Researcher as RE,
};

/// Disruption, requests, intelligence and everything after it.
pub fn more() -> Vec<Line> {
    let id = "0".repeat(32);
    let note = format!("{id}/0");
    let digest = "0".repeat(64);
    let draft =
        json!({ "title": "t", "marking": "TLP:AMBER", "note": { "kind": "report.published", "text": "t" } });
    let draft_again = draft.clone();
    let target = json!({ "value": "bad.example", "action": "block", "responsible": "isp", "reason": "r" });
    let lead = json!({ "agreement": digest, "to": "isp", "title": "t", "marking": "TLP:AMBER", "text": "t" });
    let asked = json!({ "to": "isp", "what": "information", "reference": "", "reason": "" });
    vec![
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
