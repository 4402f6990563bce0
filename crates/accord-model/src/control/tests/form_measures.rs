//! The form of secondments, oral authorities, recalls, holds, destructions and goes.

use serde_json::{Value, json};

use super::form::{sample, some_entry};
use super::script::*;
use crate::control::limits::*;
use crate::control::*;
use crate::{Category, EntryKind as K, Role};

/// The fields that may be left out, beside those that are optional wherever they stand.
pub(super) const OPTIONAL: &[(K, &str)] = &[
    (K::MemberAdded, "until_ms"),
    (K::MemberAdded, "scope"),
    (K::OralRecorded, "request"),
    (K::OralConfirmed, "instrument"),
    (K::RecallReceipted, "backup_until_ms"),
    (K::HoldPlaced, "entry"),
    (K::RetentionDestroyed, "backup_until_ms"),
];

/// One of every kind, in the order of `ControlEntry::SUPPORTED`.
pub(super) fn samples() -> Vec<ControlEntry> {
    let at = some_entry();
    let (by, role) = (person(20), Role::Approver);
    let reason = || "words".to_owned();
    vec![
        SecondmentGranted {
            by,
            role,
            person: person(32),
            home: org("vendor"),
            host: org("agency"),
            scope: Scope {
                categories: vec![Category::Analysis],
                text: reason(),
            },
            from_ms: 1,
            until_ms: 2,
        }
        .into(),
        SecondmentEnded {
            by,
            role,
            person: person(32),
            home: org("vendor"),
            host: org("agency"),
            reason: reason(),
        }
        .into(),
        OralRecorded {
            by,
            role,
            ground: THREAT_TO_LIFE.to_owned(),
            act: reason(),
            category: Category::SubscriberData,
            addressee: org("isp"),
            authority: reason(),
            power: reason(),
            request: Some(at),
        }
        .into(),
        OralConfirmed {
            by,
            role,
            oral: at,
            reference: reason(),
            authority: reason(),
            instrument: Some(at),
        }
        .into(),
        RecallOrdered {
            by,
            role,
            entry: at,
            reason: reason(),
        }
        .into(),
        RecallReceipted {
            by,
            role,
            recall: at,
            done: RecallDone::Deleted,
            backup_until_ms: Some(9),
            onward: vec![org("isp"), org("vendor")],
            note: Some(reason()),
        }
        .into(),
        HoldPlaced {
            by,
            role,
            entry: Some(at),
            reference: reason(),
            reason: reason(),
        }
        .into(),
        HoldLifted {
            by,
            role,
            hold: at,
            reason: reason(),
        }
        .into(),
        RetentionDestroyed {
            by: None,
            role: None,
            entry: at,
            period_over_ms: 5,
            backup_until_ms: Some(9),
        }
        .into(),
        GoGiven {
            by,
            role,
            plan: at,
            commitment: hex("ab"),
            instant_ms: 5,
        }
        .into(),
        GoRefused {
            by,
            role,
            plan: at,
            commitment: hex("ab"),
            instant_ms: 5,
            reason: reason(),
        }
        .into(),
        GoWithdrawn {
            by,
            role,
            plan: at,
            commitment: hex("ab"),
            instant_ms: 5,
            reason: reason(),
        }
        .into(),
    ]
}

fn with(kind: K, pointer: &str, value: Value) -> Result<ControlEntry, EntryError> {
    let mut payload = sample(kind);
    *payload.pointer_mut(pointer).unwrap() = value;
    ControlEntry::from_json(&payload)
}

#[test]
fn texts_at_their_limit_and_one_past_it() {
    for (kind, pointer, max) in [
        (K::SecondmentGranted, "/scope/text", REASON_MAX),
        (K::SecondmentEnded, "/reason", REASON_MAX),
        (K::OralRecorded, "/ground", LABEL_MAX),
        (K::OralRecorded, "/act", REASON_MAX),
        (K::OralRecorded, "/authority", AUTHORITY_MAX),
        (K::OralRecorded, "/power", POWER_MAX),
        (K::OralConfirmed, "/reference", REFERENCE_MAX),
        (K::OralConfirmed, "/authority", AUTHORITY_MAX),
        (K::RecallOrdered, "/reason", REASON_MAX),
        (K::RecallReceipted, "/note", REASON_MAX),
        (K::HoldPlaced, "/reference", REFERENCE_MAX),
        (K::HoldPlaced, "/reason", REASON_MAX),
        (K::HoldLifted, "/reason", REASON_MAX),
        (K::GoRefused, "/reason", REASON_MAX),
        (K::GoWithdrawn, "/reason", REASON_MAX),
    ] {
        assert!(
            with(kind, pointer, json!("a".repeat(max))).is_ok(),
            "{kind}{pointer}"
        );
        let over = with(kind, pointer, json!("a".repeat(max + 1)));
        assert!(matches!(over, Err(EntryError::TooLong { .. })), "{kind}{pointer}");
        assert!(
            matches!(with(kind, pointer, json!(" ")), Err(EntryError::Empty { .. })),
            "{kind}{pointer}"
        );
    }
}

#[test]
fn numbers_digests_lists_and_words() {
    for (kind, pointer) in [
        (K::SecondmentGranted, "/until_ms"),
        (K::RecallReceipted, "/backup_until_ms"),
        (K::RetentionDestroyed, "/period_over_ms"),
        (K::RetentionDestroyed, "/backup_until_ms"),
        (K::GoGiven, "/instant_ms"),
        (K::GoRefused, "/instant_ms"),
        (K::GoWithdrawn, "/instant_ms"),
    ] {
        assert!(with(kind, pointer, json!(INTEGER_MAX)).is_ok(), "{kind}{pointer}");
        let over = with(kind, pointer, json!(INTEGER_MAX + 1));
        assert!(
            matches!(over, Err(EntryError::TooLarge { .. })),
            "{kind}{pointer}"
        );
    }
    assert!(matches!(
        with(K::SecondmentGranted, "/until_ms", json!(1)),
        Err(EntryError::Period { .. })
    ));
    for kind in [K::GoGiven, K::GoRefused, K::GoWithdrawn] {
        let short = with(kind, "/commitment", json!("0".repeat(63)));
        assert!(matches!(short, Err(EntryError::NotDigest { .. })), "{kind}");
    }
    let categories = |list: Value| with(K::SecondmentGranted, "/scope/categories", list);
    assert!(matches!(categories(json!([])), Err(EntryError::Empty { .. })));
    assert!(matches!(
        categories(json!(["task", "task"])),
        Err(EntryError::Repeated { .. })
    ));
    assert!(categories(json!(["everything"])).is_err());
    let onward = |n: usize| {
        let names: Vec<String> = (0..n).map(|i| format!("o{i}.example")).collect();
        with(K::RecallReceipted, "/onward", json!(names))
    };
    assert!(onward(AUDIENCE_MAX).is_ok());
    assert!(matches!(
        onward(AUDIENCE_MAX + 1),
        Err(EntryError::TooMany { .. })
    ));
    assert!(with(K::RecallReceipted, "/done", json!("shredded")).is_err());
    assert!(with(K::RecallReceipted, "/done", json!("never-held")).is_ok());
    let mut half = sample(K::RetentionDestroyed);
    half["role"] = json!("disclosure-officer");
    assert_eq!(ControlEntry::from_json(&half), Err(EntryError::HalfActor));
}
