//! The form of entries: round trips, limits, and what is refused.

use serde_json::{Value, json};

use super::script::*;
use crate::control::limits::*;
use crate::control::*;
use crate::{Category, Class, EntryKind, EntryRef, LedgerId, Role};

pub(super) fn some_entry() -> EntryRef {
    EntryRef {
        ledger: LedgerId([1; 16]),
        seq: 4,
    }
}

/// One of every supported kind.
fn samples() -> Vec<ControlEntry> {
    let at = some_entry();
    let mut script = Script::empty(SpaceKind::Case);
    script.write("agency", opened(DIGEST));
    let signatory = |reason: &str| (person(91), Role::Signatory, DIGEST, reason.to_owned());
    let (by, role, digest, reason) = signatory("no");
    let mut all = vec![
        script.entries[0].entry.clone(),
        AgreementProposed {
            prose_digest: Some(hex("ab")),
            ..proposed(DIGEST)
        }
        .into(),
        signs(DIGEST).into(),
        AgreementRefused {
            by,
            role,
            digest,
            reason: reason.clone(),
        }
        .into(),
        AgreementTerminated {
            by,
            role,
            digest,
            reason,
        }
        .into(),
        KeyCertified {
            by: None,
            role: None,
            certificate: "c".to_owned(),
        }
        .into(),
        KeyRevoked {
            by: Some(person(1)),
            role: Some(Role::Operator),
            revocation: "r".to_owned(),
        }
        .into(),
        opened(DIGEST).into(),
        stage(OFFICER, Stage::Assessed).into(),
        passes(OFFICER, "second", SECOND_OFFICER).into(),
        takes(SECOND_OFFICER, at).into(),
        PartyAdded {
            reason: Some("needed".to_owned()),
            ..party_added("isp")
        }
        .into(),
        party_removed("isp").into(),
        MemberAdded {
            until_ms: Some(5),
            scope: Some(Scope {
                categories: vec![Category::Analysis],
                text: "x".to_owned(),
            }),
            ..names(20, 21, &[Role::Approver])
        }
        .into(),
        takes_off(20, 21).into(),
        instrument(1, 2).into(),
        InstrumentEnded {
            by,
            role: Role::CaseOfficer,
            instrument: at,
            reason: "x".to_owned(),
        }
        .into(),
        ApprovalGiven {
            reason: Some("fine".to_owned()),
            ..gives(20, at)
        }
        .into(),
        narrows(20, at).into(),
        ApprovalRefused {
            preview: Some(hex("aa")),
            ..refuses(20, at)
        }
        .into(),
        withdraws(20, at).into(),
        hands(20, at, "agency").into(),
        receives(11, at, "isp", "cc").into(),
    ];
    all.extend(super::form_measures::samples());
    all
}

pub(super) fn sample(kind: EntryKind) -> Value {
    samples()
        .into_iter()
        .find(|entry| entry.kind() == kind)
        .unwrap()
        .to_json()
}

#[test]
fn every_supported_kind_round_trips_with_its_spelling() {
    let samples = samples();
    let kinds: Vec<EntryKind> = samples.iter().map(ControlEntry::kind).collect();
    assert_eq!(kinds, ControlEntry::SUPPORTED);
    for entry in samples {
        let payload = entry.to_json();
        assert_eq!(payload["kind"], entry.kind().as_str());
        assert_eq!(ControlEntry::from_json(&payload), Ok(entry.clone()));
        let text = payload.to_string();
        assert_eq!(serde_json::from_str::<ControlEntry>(&text).unwrap(), entry);
    }
}

#[test]
fn the_json_of_an_approval() {
    let expected = json!({
        "kind": "approval.given",
        "by": "14141414141414141414141414141414",
        "role": "approver",
        "request": "01010101010101010101010101010101/4",
        "preview": hex("aa"),
        "clause": "4.2",
    });
    assert_eq!(gives_json(), expected, "an absent reason is left out");
}

fn gives_json() -> Value {
    ControlEntry::from(gives(ISP_APPROVER, some_entry())).to_json()
}

#[test]
fn other_kinds_are_named_and_not_read() {
    for kind in EntryKind::ALL {
        let given = ControlEntry::from_json(&json!({ "kind": kind }));
        match kind.class() {
            Class::Content => {
                assert_eq!(
                    given,
                    Err(EntryError::OtherClass {
                        kind: *kind,
                        class: Class::Content
                    })
                );
            }
            Class::Control => assert!(matches!(given, Err(EntryError::Malformed { .. })), "{kind}"),
        }
    }
    let control = EntryKind::ALL
        .iter()
        .filter(|kind| kind.class() == Class::Control);
    assert_eq!(
        control.count(),
        ControlEntry::SUPPORTED.len(),
        "every kind is read"
    );
    for payload in [
        json!({"kind": "case.exploded"}),
        json!({}),
        json!([]),
        json!(null),
        json!({"kind": 7}),
    ] {
        assert!(ControlEntry::from_json(&payload).is_err(), "{payload}");
    }
}

#[test]
fn unknown_missing_and_mistyped_fields_are_refused() {
    for entry in samples() {
        let payload = entry.to_json();
        let mut more = payload.clone();
        more["extra"] = json!(1);
        assert!(
            matches!(ControlEntry::from_json(&more), Err(EntryError::Malformed { .. })),
            "{more}"
        );
        for field in payload.as_object().unwrap().keys() {
            let mut wrong = payload.clone();
            wrong[field] = json!({ "nested": true });
            assert!(ControlEntry::from_json(&wrong).is_err(), "{wrong}");
            let optional = ["reason", "prose_digest", "preview", "note", "onward"];
            let optional = optional.contains(&field.as_str())
                || super::form_measures::OPTIONAL.contains(&(entry.kind(), field.as_str()));
            if !optional {
                let mut less = payload.clone();
                less.as_object_mut().unwrap().remove(field);
                assert!(ControlEntry::from_json(&less).is_err(), "{less}");
            }
        }
    }
    let mut unknown_role = gives_json();
    unknown_role["role"] = json!("emperor");
    assert!(ControlEntry::from_json(&unknown_role).is_err());
    let half = json!({"kind": "key.certified", "certificate": "c", "role": "operator"});
    assert_eq!(ControlEntry::from_json(&half), Err(EntryError::HalfActor));
}

#[test]
fn texts_at_their_limit_and_one_past_it() {
    use EntryKind as K;
    for (kind, pointer, max) in [
        (K::AgreementProposed, "/toml", AGREEMENT_TOML_MAX),
        (K::AgreementProposed, "/cedar", AGREEMENT_CEDAR_MAX),
        (K::AgreementSigned, "/signature", SIGNATURE_MAX),
        (K::AgreementRefused, "/reason", REASON_MAX),
        (K::AgreementTerminated, "/reason", REASON_MAX),
        (K::KeyCertified, "/certificate", CERTIFICATE_MAX),
        (K::KeyRevoked, "/revocation", CERTIFICATE_MAX),
        (K::CaseOpened, "/operation", OPERATION_MAX),
        (K::CaseOpened, "/reference", REFERENCE_MAX),
        (K::CaseOpened, "/purpose", PURPOSE_MAX),
        (K::CaseStage, "/reason", REASON_MAX),
        (K::PartyAdded, "/reason", REASON_MAX),
        (K::PartyRemoved, "/reason", REASON_MAX),
        (K::InstrumentRecorded, "/reference", REFERENCE_MAX),
        (K::InstrumentRecorded, "/authority", AUTHORITY_MAX),
        (K::InstrumentRecorded, "/power", POWER_MAX),
        (K::InstrumentRecorded, "/scope/text", REASON_MAX),
        (K::MemberAdded, "/scope/text", REASON_MAX),
        (K::InstrumentEnded, "/reason", REASON_MAX),
        (K::ApprovalGiven, "/clause", CLAUSE_MAX),
        (K::ApprovalGiven, "/reason", REASON_MAX),
        (K::ApprovalNarrowed, "/clause", CLAUSE_MAX),
        (K::ApprovalNarrowed, "/reason", REASON_MAX),
        (K::ApprovalNarrowed, "/narrowing", REASON_MAX),
        (K::ApprovalRefused, "/clause", CLAUSE_MAX),
        (K::ApprovalRefused, "/reason", REASON_MAX),
        (K::ApprovalWithdrawn, "/clause", CLAUSE_MAX),
        (K::ApprovalWithdrawn, "/reason", REASON_MAX),
    ] {
        let with = |text: String| {
            let mut payload = sample(kind);
            *payload.pointer_mut(pointer).unwrap() = json!(text);
            ControlEntry::from_json(&payload)
        };
        assert!(with("a".repeat(max)).is_ok(), "{kind}{pointer}");
        assert!(
            matches!(with("a".repeat(max + 1)), Err(EntryError::TooLong { .. })),
            "{kind}{pointer}"
        );
        assert!(
            matches!(with(" ".to_owned()), Err(EntryError::Empty { .. })),
            "{kind}{pointer}"
        );
    }
}

#[test]
fn digests_lists_numbers_and_characters() {
    let with = |kind, pointer: &str, value: Value| {
        let mut payload = sample(kind);
        *payload.pointer_mut(pointer).unwrap() = value;
        ControlEntry::from_json(&payload)
    };
    for (kind, pointer) in [
        (EntryKind::AgreementProposed, "/prose_digest"),
        (EntryKind::ApprovalGiven, "/preview"),
        (EntryKind::ApprovalNarrowed, "/preview"),
        (EntryKind::ApprovalRefused, "/preview"),
        (EntryKind::CustodyHanded, "/commitment"),
        (EntryKind::CustodyReceived, "/commitment"),
    ] {
        assert!(with(kind, pointer, json!("0".repeat(64))).is_ok());
        for bad in ["0".repeat(63), "0".repeat(65), "A".repeat(64), "g".repeat(64)] {
            assert!(
                matches!(with(kind, pointer, json!(bad)), Err(EntryError::NotDigest { .. })),
                "{kind} {bad}"
            );
        }
    }
    let roles = |roles: Value| with(EntryKind::MemberAdded, "/roles", roles);
    assert!(matches!(roles(json!([])), Err(EntryError::Empty { .. })));
    assert!(matches!(
        roles(json!(["approver", "approver"])),
        Err(EntryError::Repeated { .. })
    ));
    assert!(matches!(
        roles(json!(vec!["approver"; ROLES_MAX])),
        Err(EntryError::Repeated { .. })
    ));
    assert!(matches!(
        roles(json!(vec!["approver"; ROLES_MAX + 1])),
        Err(EntryError::TooMany { .. })
    ));
    for kind in [EntryKind::InstrumentRecorded, EntryKind::MemberAdded] {
        let categories = |list: Value| with(kind, "/scope/categories", list);
        assert!(matches!(categories(json!([])), Err(EntryError::Empty { .. })));
        let many = |n| json!(vec!["log-evidence"; n]);
        assert!(matches!(
            categories(many(SCOPE_CATEGORIES_MAX)),
            Err(EntryError::Repeated { .. })
        ));
        assert!(matches!(
            categories(many(SCOPE_CATEGORIES_MAX + 1)),
            Err(EntryError::TooMany { .. })
        ));
    }
    assert!(with(EntryKind::MemberAdded, "/until_ms", json!(INTEGER_MAX)).is_ok());
    assert!(matches!(
        with(EntryKind::MemberAdded, "/until_ms", json!(INTEGER_MAX + 1)),
        Err(EntryError::TooLarge { .. })
    ));
    assert!(with(EntryKind::InstrumentRecorded, "/to_ms", json!(INTEGER_MAX)).is_ok());
    assert!(with(EntryKind::InstrumentRecorded, "/to_ms", json!(INTEGER_MAX + 1)).is_err());
    assert!(matches!(
        with(EntryKind::InstrumentRecorded, "/to_ms", json!(1)),
        Err(EntryError::Period { .. })
    ));
    for bad in ["a\u{0}b", "a\nb", "a\u{202e}b", "\u{2066}"] {
        assert!(
            matches!(
                with(EntryKind::CaseOpened, "/operation", json!(bad)),
                Err(EntryError::Characters { .. })
            ),
            "{bad:?}"
        );
    }
    assert!(with(EntryKind::CaseOpened, "/purpose", json!("two\nlines")).is_ok());
    assert!(with(EntryKind::CaseOpened, "/purpose", json!("a\u{7}")).is_err());
    let mut no_agreement = sample(EntryKind::LedgerOpened);
    no_agreement.as_object_mut().unwrap().remove("agreement");
    assert_eq!(
        ControlEntry::from_json(&no_agreement),
        Err(EntryError::Missing { field: "agreement" })
    );
}

#[test]
fn an_entry_over_its_limits_does_not_count_even_if_it_was_taken_in() {
    let mut script = Script::case();
    let long = PartyRemoved {
        reason: "a".repeat(REASON_MAX + 1),
        ..party_removed("vendor")
    };
    assert!(matches!(script.outcome("agency", long), Some(Reason::Form(_))));
}
