//! The form of content entries, and who writes which.

use serde_json::{Value, json};

use crate::content::*;
use crate::control::EntryError;
use crate::control::limits::*;
use crate::{Class, EntryKind, EntryRef, LedgerId, Marking, OrgKind, OrgName, PersonId, Role, Tlp};

pub(super) fn at() -> EntryRef {
    EntryRef {
        ledger: LedgerId([1; 16]),
        seq: 4,
    }
}

pub(super) fn org(name: &str) -> OrgName {
    name.parse().unwrap()
}

pub(super) fn words() -> String {
    "words".to_owned()
}

fn hunt() -> HuntQuestion {
    HuntQuestion {
        indicators: vec!["bad.example".to_owned(), "192.0.2.7".to_owned()],
        from_ms: 1,
        to_ms: 2,
        sources: vec!["conn".to_owned()],
        note: Some(words()),
    }
}

pub(super) fn entry(body: impl Into<ContentBody>) -> ContentEntry {
    ContentEntry {
        by: PersonId([1; 16]),
        role: Role::Investigator,
        marking: Marking::tlp(Tlp::Amber),
        to: Audience::one(org("isp.example")),
        title: "H-3: simda in October".to_owned(),
        body: body.into(),
    }
}

/// One of every supported kind.
pub(super) fn samples() -> Vec<ContentEntry> {
    let clause = "4.2".to_owned();
    let mut all = vec![
        entry(RequestMade {
            to: org("isp.example"),
            what: RequestWhat::Hunt,
            reference: "H-3".to_owned(),
            reason: words(),
            instrument: Some(at()),
            due_ms: Some(9),
            oral: None,
            secret_until_ms: Some(8),
            hunt: Some(hunt()),
            expertise: None,
            subscriber: None,
            preservation: None,
            takedown: None,
            guest: None,
        }),
        entry(RequestNarrowed {
            request: at(),
            words: words(),
            clause: clause.clone(),
            kept_until_ms: Some(9),
        }),
        entry(RequestRefused {
            request: at(),
            words: words(),
            clause: clause.clone(),
            on_behalf_of: None,
        }),
        entry(RequestAnswered {
            request: at(),
            words: words(),
            clause: clause.clone(),
            grading: Some(super::form_more::grading()),
            report: Some(at()),
            on_behalf_of: None,
            kept_until_ms: Some(9),
        }),
        entry(RequestWithdrawn {
            request: at(),
            words: words(),
            clause: Some(clause),
        }),
        entry(EvidenceDelivered {
            request: at(),
            exhibit: "EX-1".to_owned(),
            package: Package {
                format: "accord-evidence-package/v1".to_owned(),
                manifest_sha256: "0".repeat(64),
                size_bytes: 1,
                lines: 2,
                sources: vec!["conn".to_owned()],
                customers: Some(3),
                media_type: "application/zip".to_owned(),
            },
            acquisition: words(),
            custody_salt: "0".repeat(64),
            on_behalf_of: None,
        }),
        entry(IndicatorPublished {
            indicators: vec![Indicator {
                kind: Some(IndicatorKind::Domain),
                labels: vec!["simda".to_owned()],
                confidence: Some(80),
                valid_until_ms: Some(9),
                ..Indicator::of("bad.example")
            }],
            note: Some(words()),
            from: "analysis of a sample".to_owned(),
            grading: Some(super::form_more::grading()),
            source_protected: true,
            wish: VerdictWish::Detect,
            report: Some(at()),
            second: Some(PersonId([3; 16])),
        }),
        entry(ReportPublished {
            grading: Some(super::form_more::grading()),
            source_protected: true,
            techniques: vec!["T1059.001".to_owned()],
            ..ReportPublished::plain(words())
        }),
        entry(FeedbackGiven {
            about: at(),
            text: words(),
            word: Some(LeadWord::OnwardAsked),
            onward: Some(org("isp.example")),
        }),
        entry(DecisionLogged {
            text: words(),
            reason: words(),
        }),
        entry(TaskSet {
            org: org("isp.example"),
            person: Some(PersonId([2; 16])),
            text: Some(words()),
            due_ms: Some(5),
        }),
        entry(TaskDone {
            task: at(),
            text: Some(words()),
        }),
        entry(PersonNamed {
            person: PersonId([2; 16]),
            name: "Ada Example".to_owned(),
            organisation: org("isp.example"),
        }),
    ];
    all.extend(super::form_more::samples());
    all.extend(super::links::samples());
    all
}

pub(super) fn sample(kind: EntryKind) -> Value {
    samples()
        .into_iter()
        .find(|entry| entry.kind() == kind)
        .unwrap()
        .to_json()
}

pub(super) fn with(kind: EntryKind, pointer: &str, value: Value) -> Result<ContentEntry, EntryError> {
    let mut payload = sample(kind);
    *payload.pointer_mut(pointer).unwrap() = value;
    ContentEntry::from_json(&payload)
}

#[test]
fn every_supported_kind_round_trips() {
    let samples = samples();
    let kinds: Vec<EntryKind> = samples.iter().map(ContentEntry::kind).collect();
    assert_eq!(kinds, ContentBody::SUPPORTED);
    for entry in samples {
        assert_eq!(ContentEntry::from_json(&entry.to_json()), Ok(entry.clone()));
    }
    let all = json!([]);
    let everyone = with(EntryKind::ReportPublished, "/to", all).unwrap();
    assert_eq!(everyone.to, Audience::EveryParty);
    assert_eq!(everyone.to_json()["to"], json!([]));
    assert!(everyone.to.includes(&org("x")));
    assert!(!Audience::one(org("isp.example")).includes(&org("x")));
}

#[test]
fn other_kinds_are_named_and_not_read() {
    for kind in EntryKind::ALL {
        let given = ContentEntry::from_json(&json!({ "kind": kind }));
        match kind.class() {
            Class::Control => {
                assert_eq!(
                    given,
                    Err(EntryError::OtherClass {
                        kind: *kind,
                        class: Class::Control
                    })
                );
            }
            Class::Content => assert!(matches!(given, Err(EntryError::Malformed { .. })), "{kind}"),
        }
    }
    let content = EntryKind::ALL
        .iter()
        .filter(|kind| kind.class() == Class::Content);
    assert_eq!(
        content.count(),
        ContentBody::SUPPORTED.len(),
        "every kind is read"
    );
}

#[test]
fn nothing_of_the_envelope_may_be_missing_and_nothing_unknown_stands_anywhere() {
    for entry in samples() {
        let payload = entry.to_json();
        for field in ["kind", "by", "role", "marking", "to", "title", "body"] {
            let mut less = payload.clone();
            less.as_object_mut().unwrap().remove(field);
            assert!(
                ContentEntry::from_json(&less).is_err(),
                "{} without {field}",
                entry.kind()
            );
        }
        for place in ["", "/body", "/marking"] {
            assert!(payload.pointer(place).unwrap().is_object());
            let mut more = payload.clone();
            more.pointer_mut(place).unwrap()["extra"] = json!(1);
            assert!(
                ContentEntry::from_json(&more).is_err(),
                "{} with more in {place:?}",
                entry.kind()
            );
        }
    }
    let kind = EntryKind::ReportPublished;
    assert!(with(kind, "/marking", json!({"tlp": "TLP:PINK"})).is_err());
    assert!(with(kind, "/role", json!("emperor")).is_err());
    assert!(with(kind, "/to", json!(["Not A Name"])).is_err());
    assert!(matches!(
        with(kind, "/to", json!(["a", "a"])),
        Err(EntryError::Repeated { .. })
    ));
    let names = |n: usize| json!((0..n).map(|i| format!("org{i}.example")).collect::<Vec<_>>());
    assert!(with(kind, "/to", names(AUDIENCE_MAX)).is_ok());
    assert!(matches!(
        with(kind, "/to", names(AUDIENCE_MAX + 1)),
        Err(EntryError::TooMany { .. })
    ));
}

#[test]
fn texts_at_their_limit_and_one_past_it() {
    use EntryKind as K;
    for (kind, pointer, max) in [
        (K::ReportPublished, "/title", TITLE_MAX),
        (K::RequestMade, "/body/reference", REFERENCE_MAX),
        (K::RequestMade, "/body/reason", REASON_MAX),
        (K::RequestMade, "/body/hunt/note", REASON_MAX),
        (K::RequestMade, "/body/hunt/indicators/0", INDICATOR_VALUE_MAX),
        (K::RequestMade, "/body/hunt/sources/0", SOURCE_NAME_MAX),
        (K::RequestNarrowed, "/body/words", REASON_MAX),
        (K::RequestNarrowed, "/body/clause", CLAUSE_MAX),
        (K::RequestRefused, "/body/words", REASON_MAX),
        (K::RequestRefused, "/body/clause", CLAUSE_MAX),
        (K::RequestAnswered, "/body/words", REPORT_TEXT_MAX),
        (K::RequestAnswered, "/body/clause", CLAUSE_MAX),
        (K::RequestWithdrawn, "/body/words", REASON_MAX),
        (K::RequestWithdrawn, "/body/clause", CLAUSE_MAX),
        (K::EvidenceDelivered, "/body/exhibit", REFERENCE_MAX),
        (K::EvidenceDelivered, "/body/acquisition", REASON_MAX),
        (K::EvidenceDelivered, "/body/package/media_type", MEDIA_TYPE_MAX),
        (K::EvidenceDelivered, "/body/package/sources/0", SOURCE_NAME_MAX),
        (
            K::IndicatorPublished,
            "/body/indicators/0/value",
            INDICATOR_VALUE_MAX,
        ),
        (K::IndicatorPublished, "/body/indicators/0/labels/0", LABEL_MAX),
        (K::IndicatorPublished, "/body/note", REASON_MAX),
        (K::IndicatorPublished, "/body/from", TITLE_MAX),
        (K::ReportPublished, "/body/text", REPORT_TEXT_MAX),
        (K::FeedbackGiven, "/body/text", REASON_MAX),
        (K::DecisionLogged, "/body/text", REASON_MAX),
        (K::DecisionLogged, "/body/reason", REASON_MAX),
        (K::TaskSet, "/body/text", REASON_MAX),
        (K::TaskDone, "/body/text", REASON_MAX),
        (K::PersonNamed, "/body/name", PERSON_NAME_MAX),
    ] {
        assert!(
            with(kind, pointer, json!("a".repeat(max))).is_ok(),
            "{kind}{pointer}"
        );
        let over = with(kind, pointer, json!("a".repeat(max + 1)));
        assert!(matches!(over, Err(EntryError::TooLong { .. })), "{kind}{pointer}");
        assert!(
            matches!(with(kind, pointer, json!("")), Err(EntryError::Empty { .. })),
            "{kind}{pointer}"
        );
    }
}

#[test]
fn lists_and_numbers_at_their_limit_and_one_past_it() {
    use EntryKind as K;
    let values = |n: usize| json!((0..n).map(|i| format!("h{i}.example")).collect::<Vec<_>>());
    let indicators = |n: usize, labels: usize| {
        json!(vec![
            json!({"value": "h.example", "labels": vec!["l"; labels]});
            n
        ])
    };
    for (kind, pointer, good, bad) in [
        (
            K::RequestMade,
            "/body/hunt/indicators",
            values(INDICATORS_MAX),
            values(INDICATORS_MAX + 1),
        ),
        (
            K::RequestMade,
            "/body/hunt/sources",
            values(SOURCES_MAX),
            values(SOURCES_MAX + 1),
        ),
        (
            K::EvidenceDelivered,
            "/body/package/sources",
            values(SOURCES_MAX),
            values(SOURCES_MAX + 1),
        ),
        (
            K::IndicatorPublished,
            "/body/indicators",
            indicators(INDICATORS_MAX, 2),
            indicators(INDICATORS_MAX + 1, 0),
        ),
        (
            K::IndicatorPublished,
            "/body/indicators",
            indicators(1, LABELS_MAX),
            indicators(1, LABELS_MAX + 1),
        ),
        (
            K::IndicatorPublished,
            "/body/indicators",
            indicators(INDICATOR_FIELDS_MAX / 3, 2),
            indicators(7_501, 3),
        ),
    ] {
        assert!(with(kind, pointer, good).is_ok(), "{kind}{pointer}");
        assert!(
            matches!(with(kind, pointer, bad), Err(EntryError::TooMany { .. })),
            "{kind}{pointer}"
        );
    }
    for (kind, pointer) in [
        (K::RequestMade, "/body/due_ms"),
        (K::RequestMade, "/body/hunt/to_ms"),
        (K::EvidenceDelivered, "/body/package/size_bytes"),
        (K::EvidenceDelivered, "/body/package/lines"),
        (K::EvidenceDelivered, "/body/package/customers"),
        (K::TaskSet, "/body/due_ms"),
    ] {
        assert!(with(kind, pointer, json!(INTEGER_MAX)).is_ok(), "{kind}{pointer}");
        assert!(matches!(
            with(kind, pointer, json!(INTEGER_MAX + 1)),
            Err(EntryError::TooLarge { .. })
        ));
        assert!(with(kind, pointer, json!(-1)).is_err());
    }
    let empty = with(K::RequestMade, "/body/hunt/indicators", json!([]));
    assert!(matches!(empty, Err(EntryError::Empty { .. })));
    let twice = with(
        K::RequestMade,
        "/body/hunt/indicators",
        json!(["a.example", "a.example"]),
    );
    assert!(matches!(twice, Err(EntryError::Repeated { .. })));
    assert!(matches!(
        with(K::RequestMade, "/body/hunt/to_ms", json!(1)),
        Err(EntryError::Period { .. })
    ));
    let digest = with(
        K::EvidenceDelivered,
        "/body/package/manifest_sha256",
        json!("0".repeat(63)),
    );
    assert!(matches!(digest, Err(EntryError::NotDigest { .. })));
}

#[test]
fn a_hunt_has_a_question_and_nothing_else_has() {
    let what = with(EntryKind::RequestMade, "/body/what", json!("information"));
    assert_eq!(what, Err(EntryError::Unwanted { field: "hunt" }));
    let mut payload = sample(EntryKind::RequestMade);
    payload["body"].as_object_mut().unwrap().remove("hunt");
    assert_eq!(
        ContentEntry::from_json(&payload),
        Err(EntryError::Missing { field: "hunt" })
    );
    payload["body"]["what"] = json!("information");
    assert!(ContentEntry::from_json(&payload).is_ok());
}

#[test]
fn a_request_is_addressed_to_who_may_read_it() {
    let others = with(EntryKind::RequestMade, "/to", json!(["vendor.example"]));
    assert_eq!(others, Err(EntryError::NotAddressed));
    assert!(with(EntryKind::RequestMade, "/to", json!([])).is_ok());
}

#[test]
fn who_writes_which_kind() {
    use EntryKind as K;
    let check = |entry, role, kind, expected: bool| {
        assert_eq!(
            may_write(entry, role, kind).is_ok(),
            expected,
            "{entry} {role} {kind}"
        );
    };
    check(K::RequestMade, Role::Investigator, OrgKind::Agency, true);
    check(K::RequestMade, Role::Investigator, OrgKind::Isp, false);
    check(K::RequestMade, Role::Auditor, OrgKind::Agency, false);
    check(K::EvidenceDelivered, Role::Approver, OrgKind::Isp, true);
    check(K::EvidenceDelivered, Role::Researcher, OrgKind::Isp, false);
    check(K::RequestRefused, Role::Approver, OrgKind::Isp, true);
    check(K::RequestAnswered, Role::Investigator, OrgKind::Agency, false);
    check(K::IndicatorPublished, Role::Researcher, OrgKind::Vendor, true);
    check(K::IndicatorPublished, Role::Researcher, OrgKind::Business, false);
    check(K::IndicatorPublished, Role::Approver, OrgKind::Vendor, false);
    check(K::DecisionLogged, Role::Approver, OrgKind::Isp, true);
    check(K::DecisionLogged, Role::Operator, OrgKind::Isp, false);
    check(K::TaskDone, Role::Guest, OrgKind::Isp, false);
    check(K::ReportPublished, Role::Approver, OrgKind::Isp, false);
    check(K::ReportPublished, Role::Researcher, OrgKind::Isp, true);
    check(K::PersonNamed, Role::Approver, OrgKind::Isp, true);
    check(K::PersonNamed, Role::CaseOfficer, OrgKind::Agency, true);
    check(K::PersonNamed, Role::Investigator, OrgKind::Agency, false);
}
