//! The form of intelligence, questions, proceedings, disruption and victims.

use serde_json::{Value, json};

use super::form::{at, entry, org, sample, samples as all_samples, with, words};
use crate::content::*;
use crate::control::EntryError;
use crate::control::limits::*;
use crate::{EntryKind as K, PersonId};

pub(super) fn grading() -> Grading {
    Grading {
        three_five_two: Some(ThreeFiveTwo {
            source: SourceEvaluation::Reliable,
            assessment: IntelligenceAssessment::Corroborated,
            handling: HandlingCode::WithConditions,
            conditions: Some(words()),
        }),
        admiralty: Some(Admiralty {
            reliability: Reliability::Usually,
            credibility: Credibility::Probable,
        }),
    }
}

fn indicator_at() -> IndicatorAt {
    IndicatorAt {
        published: at(),
        value: "bad.example".to_owned(),
    }
}

fn connection() -> Connection {
    Connection {
        address: "192.0.2.7".to_owned(),
        port: Some(51_820),
        transport: Some(Transport::Tcp),
        at_ms: 5,
    }
}

fn subscriber() -> Subscriber {
    Subscriber {
        account: "C-17".to_owned(),
        name: Some("Ada Example".to_owned()),
        postal: Some(words()),
        contacts: vec!["ada@home.example".to_owned()],
        held_from_ms: Some(1),
        held_to_ms: Some(2),
    }
}

/// One of every kind of this file, in the order of `ContentBody::SUPPORTED`.
pub(super) fn samples() -> Vec<ContentEntry> {
    let mut identity = entry(VictimIdentity {
        victim: at(),
        custodian: org("agency.example"),
        scheme: "x25519".to_owned(),
        key: "custody-1".to_owned(),
        ciphertext: "YWJj".to_owned(),
        given: Some(IdentityGiven {
            ground: GivenOn::Consent,
            text: words(),
        }),
    });
    identity.to = Audience::one(org("agency.example"));
    vec![
        entry(IndicatorWithdrawn {
            published: at(),
            values: vec!["bad.example".to_owned()],
            reason: words(),
            second: Some(PersonId([3; 16])),
        }),
        entry(SightingCounted {
            day: "2026-10-31".to_owned(),
            sightings: vec![Sighting {
                published: at(),
                value: "bad.example".to_owned(),
                count: 7,
            }],
        }),
        entry(VerdictDetect {
            indicators: vec![indicator_at()],
            audience: vec!["resolver".to_owned()],
            reason: Some(words()),
        }),
        entry(VerdictBlock {
            indicators: vec![indicator_at()],
            audience: vec!["resolver".to_owned()],
            reason: words(),
            plan: Some(at()),
            second: Some(PersonId([3; 16])),
        }),
        entry(LeadReferred {
            text: words(),
            grading: Some(grading()),
            source_protected: true,
            countries: vec!["DE".to_owned()],
            nexus: Some(words()),
            asks: Some(words()),
            rests_on: vec![at()],
        }),
        entry(FileAttached {
            name: "loader.exe".to_owned(),
            media_type: "application/octet-stream".to_owned(),
            size_bytes: 9,
            sha256: "0".repeat(64),
            nature: FileNature::Sample,
            about: Some(at()),
            note: Some(words()),
        }),
        entry(SubscriberAnswered {
            request: at(),
            answers: vec![SubscriberAnswer {
                connection: connection(),
                found: SubscriberFound::One,
                subscriber: Some(subscriber()),
            }],
            clause: "3.2".to_owned(),
            acquisition: words(),
            on_behalf_of: None,
        }),
        entry(SubjectRecorded {
            reference: "S-1".to_owned(),
            name: Some("Bob Example".to_owned()),
            aliases: vec!["b0b".to_owned()],
            identifiers: vec!["b0b@mail.example".to_owned()],
            countries: vec!["GB".to_owned()],
            text: words(),
        }),
        entry(SubjectStatus {
            subject: at(),
            status: SubjectStanding::Charged,
            reason: words(),
            prosecutor: Some(words()),
            proceedings: Some("K-9".to_owned()),
        }),
        entry(TargetProposed {
            value: "bad.example".to_owned(),
            target: TargetKind::Domain,
            action: ActionKind::Sinkhole,
            responsible: org("isp.example"),
            reason: words(),
            rests_on: vec![at()],
        }),
        entry(TargetChecked {
            target: at(),
            check: TargetCheck::AllowList,
            result: CheckResult::Clear,
            text: words(),
        }),
        entry(TargetDropped {
            target: at(),
            reason: words(),
        }),
        entry(PlanWritten {
            instant_ms: 5,
            actions: vec![PlannedAction {
                target: at(),
                org: org("isp.example"),
                action: ActionKind::Sinkhole,
                after_ms: 0,
            }],
            text: words(),
            part: None,
        }),
        entry(ActionExecuted {
            plan: at(),
            target: at(),
            outcome: Execution::Done,
            at_ms: 6,
            text: words(),
        }),
        entry(ActionVerified {
            action: at(),
            held: Held::Held,
            at_ms: 7,
            text: words(),
        }),
        entry(VictimRecorded {
            pseudonym: "V-7".to_owned(),
            victim: VictimKind::Organisation,
            text: words(),
            sector: Some("retail".to_owned()),
            wishes: Some(words()),
        }),
        entry(VictimMessage {
            victim: at(),
            direction: Direction::ToVictim,
            text: words(),
        }),
        entry(RemediationNoted {
            victim: at(),
            step: "change passwords".to_owned(),
            state: Remediation::Begun,
            text: Some(words()),
        }),
        identity,
        entry(GrantAsked {
            identity: at(),
            reason: words(),
        }),
        entry(GrantGiven {
            asked: at(),
            until_ms: 9,
            reason: Some(words()),
        }),
        entry(GrantUsed {
            asked: at(),
            text: words(),
        }),
        entry(GrantEnded {
            asked: at(),
            reason: words(),
        }),
        entry(DisclosureItem {
            number: "D-1".to_owned(),
            item: Some(at()),
            description: words(),
            material: MaterialUse::Unused,
            sensitivity: Sensitivity::Sensitive,
            harm: Some(words()),
            clause: "s. 3".to_owned(),
        }),
        entry(OutcomeRecorded {
            outcome: OutcomeKind::Convicted,
            subject: Some(at()),
            authority: Some(words()),
            text: words(),
        }),
        entry(CaseDescribed {
            jurisdictions: vec!["DE".to_owned()],
            nexus: Some(words()),
            office: Some(words()),
            origin: Some(words()),
            references: vec!["SIENA 12".to_owned()],
        }),
        entry(CustodyNoted {
            exhibit: at(),
            step: CustodyStepOutside::Received,
            follows: Some(at()),
            to: words(),
            person: Some(words()),
            at_ms: 9,
            manifest_sha256: "0".repeat(64),
            reference: Some("R-1".to_owned()),
            text: words(),
        }),
    ]
}

#[test]
fn a_description_says_something_and_only_an_asking_names_who_is_next() {
    let empty = entry(CaseDescribed {
        jurisdictions: Vec::new(),
        nexus: None,
        office: None,
        origin: None,
        references: Vec::new(),
    });
    assert!(matches!(empty.check(), Err(EntryError::Empty { .. })));
    for word in LeadWord::ALL {
        let asking = *word == LeadWord::OnwardAsked;
        for onward in [None, Some(org("isp.example"))] {
            let right = asking == onward.is_some();
            let said = FeedbackGiven {
                word: Some(*word),
                onward,
                ..FeedbackGiven::plain(at(), words())
            };
            assert_eq!(entry(said).check().is_ok(), right, "{word}");
        }
    }
    assert!(entry(FeedbackGiven::plain(at(), words())).check().is_ok());
}

#[test]
fn texts_at_their_limit_and_one_past_it() {
    for (kind, pointer, max) in [
        (
            K::IndicatorPublished,
            "/body/grading/three_five_two/conditions",
            REASON_MAX,
        ),
        (
            K::RequestAnswered,
            "/body/grading/three_five_two/conditions",
            REASON_MAX,
        ),
        (K::IndicatorWithdrawn, "/body/reason", REASON_MAX),
        (K::IndicatorWithdrawn, "/body/values/0", INDICATOR_VALUE_MAX),
        (K::SightingCounted, "/body/sightings/0/value", INDICATOR_VALUE_MAX),
        (K::VerdictDetect, "/body/indicators/0/value", INDICATOR_VALUE_MAX),
        (K::VerdictDetect, "/body/audience/0", LABEL_MAX),
        (K::VerdictDetect, "/body/reason", REASON_MAX),
        (K::VerdictBlock, "/body/indicators/0/value", INDICATOR_VALUE_MAX),
        (K::VerdictBlock, "/body/audience/0", LABEL_MAX),
        (K::VerdictBlock, "/body/reason", REASON_MAX),
        (K::LeadReferred, "/body/text", REPORT_TEXT_MAX),
        (K::LeadReferred, "/body/nexus", REASON_MAX),
        (K::LeadReferred, "/body/asks", REASON_MAX),
        (K::CaseDescribed, "/body/nexus", REASON_MAX),
        (K::CaseDescribed, "/body/origin", REASON_MAX),
        (K::CaseDescribed, "/body/office", AUTHORITY_MAX),
        (K::FileAttached, "/body/name", FILE_NAME_MAX),
        (K::FileAttached, "/body/media_type", MEDIA_TYPE_MAX),
        (K::FileAttached, "/body/note", REASON_MAX),
        (K::SubscriberAnswered, "/body/clause", CLAUSE_MAX),
        (K::SubscriberAnswered, "/body/acquisition", REASON_MAX),
        (
            K::SubscriberAnswered,
            "/body/answers/0/subscriber/account",
            REFERENCE_MAX,
        ),
        (
            K::SubscriberAnswered,
            "/body/answers/0/subscriber/name",
            PERSON_NAME_MAX,
        ),
        (
            K::SubscriberAnswered,
            "/body/answers/0/subscriber/postal",
            REASON_MAX,
        ),
        (
            K::SubscriberAnswered,
            "/body/answers/0/subscriber/contacts/0",
            TITLE_MAX,
        ),
        (K::SubjectRecorded, "/body/reference", REFERENCE_MAX),
        (K::SubjectRecorded, "/body/name", PERSON_NAME_MAX),
        (K::SubjectRecorded, "/body/aliases/0", PERSON_NAME_MAX),
        (K::SubjectRecorded, "/body/identifiers/0", INDICATOR_VALUE_MAX),
        (K::SubjectRecorded, "/body/text", REASON_MAX),
        (K::SubjectStatus, "/body/reason", REASON_MAX),
        (K::SubjectStatus, "/body/prosecutor", AUTHORITY_MAX),
        (K::SubjectStatus, "/body/proceedings", REFERENCE_MAX),
        (K::TargetProposed, "/body/value", INDICATOR_VALUE_MAX),
        (K::TargetProposed, "/body/reason", REASON_MAX),
        (K::TargetChecked, "/body/text", REASON_MAX),
        (K::TargetDropped, "/body/reason", REASON_MAX),
        (K::PlanWritten, "/body/text", REPORT_TEXT_MAX),
        (K::ActionExecuted, "/body/text", REASON_MAX),
        (K::ActionVerified, "/body/text", REASON_MAX),
        (K::VictimRecorded, "/body/pseudonym", PSEUDONYM_MAX),
        (K::VictimRecorded, "/body/text", REASON_MAX),
        (K::VictimRecorded, "/body/sector", LABEL_MAX),
        (K::VictimRecorded, "/body/wishes", REASON_MAX),
        (K::VictimMessage, "/body/text", REPORT_TEXT_MAX),
        (K::RemediationNoted, "/body/step", TITLE_MAX),
        (K::RemediationNoted, "/body/text", REASON_MAX),
        (K::VictimIdentity, "/body/scheme", LABEL_MAX),
        (K::VictimIdentity, "/body/key", REFERENCE_MAX),
        (K::VictimIdentity, "/body/ciphertext", CIPHERTEXT_MAX),
        (K::VictimIdentity, "/body/given/text", REASON_MAX),
        (K::GrantAsked, "/body/reason", REASON_MAX),
        (K::GrantGiven, "/body/reason", REASON_MAX),
        (K::GrantUsed, "/body/text", REASON_MAX),
        (K::GrantEnded, "/body/reason", REASON_MAX),
        (K::DisclosureItem, "/body/number", REFERENCE_MAX),
        (K::DisclosureItem, "/body/description", REASON_MAX),
        (K::DisclosureItem, "/body/harm", REASON_MAX),
        (K::DisclosureItem, "/body/clause", CLAUSE_MAX),
        (K::OutcomeRecorded, "/body/authority", AUTHORITY_MAX),
        (K::CustodyNoted, "/body/to", TITLE_MAX),
        (K::CustodyNoted, "/body/person", PERSON_NAME_MAX),
        (K::CustodyNoted, "/body/reference", REFERENCE_MAX),
        (K::CustodyNoted, "/body/text", REASON_MAX),
        (K::OutcomeRecorded, "/body/text", REASON_MAX),
    ] {
        assert!(
            with(kind, pointer, json!("a".repeat(max))).is_ok(),
            "{kind}{pointer}"
        );
        let over = with(kind, pointer, json!("a".repeat(max + 1)));
        assert!(matches!(over, Err(EntryError::TooLong { .. })), "{kind}{pointer}");
        let blank = with(kind, pointer, json!(" "));
        assert!(matches!(blank, Err(EntryError::Empty { .. })), "{kind}{pointer}");
    }
}

fn many(n: usize, one: impl Fn(usize) -> Value) -> Value {
    Value::Array((0..n).map(one).collect())
}

#[test]
fn lists_at_their_limit_and_one_past_it() {
    let name = |i: usize| json!(format!("h{i}.example"));
    let reference = |i: usize| json!(format!("{}/{i}", "01".repeat(16)));
    let seen = |i: usize| json!({"published": reference(0), "value": name(i), "count": 1});
    let named = |i: usize| json!({"published": reference(0), "value": name(i)});
    let answer = |i: usize| json!({"connection": {"address": "192.0.2.7", "at_ms": i}, "found": "nobody"});
    let technique = |i: usize| json!(format!("T{:04}", i));
    let action =
        |i: usize| json!({"target": reference(i), "org": "isp.example", "action": "block", "after_ms": 0});
    let country = |i: usize| {
        let letter = |n: usize| char::from(b'A' + u8::try_from(n).unwrap());
        json!(format!("{}{}", letter(i / 26), letter(i % 26)))
    };
    type One<'a> = &'a dyn Fn(usize) -> Value;
    let rows: &[(K, &str, usize, One<'_>)] = &[
        (K::IndicatorWithdrawn, "/body/values", INDICATORS_MAX, &name),
        (K::SightingCounted, "/body/sightings", SIGHTINGS_MAX, &seen),
        (K::VerdictDetect, "/body/indicators", SIGHTINGS_MAX, &named),
        (K::VerdictBlock, "/body/indicators", SIGHTINGS_MAX, &named),
        (K::VerdictDetect, "/body/audience", AUDIENCES_MAX, &name),
        (K::VerdictBlock, "/body/audience", AUDIENCES_MAX, &name),
        (K::LeadReferred, "/body/countries", COUNTRIES_MAX, &country),
        (K::CaseDescribed, "/body/jurisdictions", COUNTRIES_MAX, &country),
        (K::CaseDescribed, "/body/references", CASE_REFERENCES_MAX, &name),
        (K::LeadReferred, "/body/rests_on", SOURCES_OF_LEAD_MAX, &reference),
        (K::ReportPublished, "/body/techniques", TECHNIQUES_MAX, &technique),
        (K::SubscriberAnswered, "/body/answers", SUBSCRIBERS_MAX, &answer),
        (K::SubjectRecorded, "/body/aliases", ALIASES_MAX, &name),
        (K::SubjectRecorded, "/body/identifiers", ALIASES_MAX, &name),
        (K::SubjectRecorded, "/body/countries", COUNTRIES_MAX, &country),
        (
            K::TargetProposed,
            "/body/rests_on",
            SOURCES_OF_LEAD_MAX,
            &reference,
        ),
        (K::PlanWritten, "/body/actions", ACTIONS_MAX, &action),
    ];
    for (kind, pointer, max, one) in rows {
        assert!(with(*kind, pointer, many(*max, one)).is_ok(), "{kind}{pointer}");
        let over = with(*kind, pointer, many(max + 1, one));
        assert!(matches!(over, Err(EntryError::TooMany { .. })), "{kind}{pointer}");
        let twice = with(*kind, pointer, json!([one(1), one(1)]));
        let may_repeat = *kind == K::SubscriberAnswered;
        assert!(
            may_repeat || matches!(twice, Err(EntryError::Repeated { .. })),
            "{kind}{pointer}: {twice:?}"
        );
    }
    for (kind, pointer) in [
        (K::SightingCounted, "/body/sightings"),
        (K::VerdictDetect, "/body/indicators"),
        (K::VerdictBlock, "/body/indicators"),
        (K::SubscriberAnswered, "/body/answers"),
        (K::PlanWritten, "/body/actions"),
    ] {
        assert!(
            matches!(with(kind, pointer, json!([])), Err(EntryError::Empty { .. })),
            "{kind}"
        );
    }
    // Kind, confidence and validity are fields of the payload too.
    let full = |n: usize| {
        many(
            n,
            |i| json!({"value": name(i), "kind": "domain", "confidence": 1, "valid_until_ms": 2, "labels": ["l"]}),
        )
    };
    let indicators = |n| with(K::IndicatorPublished, "/body/indicators", full(n));
    assert!(indicators(INDICATOR_FIELDS_MAX / 5).is_ok());
    assert!(matches!(
        indicators(INDICATOR_FIELDS_MAX / 5 + 1),
        Err(EntryError::TooMany { .. })
    ));
}

#[test]
fn numbers_and_forms() {
    for (kind, pointer) in [
        (K::IndicatorPublished, "/body/indicators/0/valid_until_ms"),
        (K::FileAttached, "/body/size_bytes"),
        (K::RequestMade, "/body/secret_until_ms"),
        (K::RequestAnswered, "/body/kept_until_ms"),
        (K::RequestNarrowed, "/body/kept_until_ms"),
        (K::PlanWritten, "/body/instant_ms"),
        (K::PlanWritten, "/body/actions/0/after_ms"),
        (K::ActionExecuted, "/body/at_ms"),
        (K::ActionVerified, "/body/at_ms"),
        (K::GrantGiven, "/body/until_ms"),
        (K::SubscriberAnswered, "/body/answers/0/connection/at_ms"),
    ] {
        assert!(with(kind, pointer, json!(INTEGER_MAX)).is_ok(), "{kind}{pointer}");
        let over = with(kind, pointer, json!(INTEGER_MAX + 1));
        assert!(
            matches!(over, Err(EntryError::TooLarge { .. })),
            "{kind}{pointer}"
        );
    }
    for (kind, pointer, good, bad) in [
        (K::IndicatorPublished, "/body/indicators/0/confidence", 0, 101),
        (K::IndicatorPublished, "/body/indicators/0/confidence", 100, 101),
        (K::SightingCounted, "/body/sightings/0/count", 1, 0),
        (K::SubscriberAnswered, "/body/answers/0/connection/port", 1, 0),
    ] {
        assert!(with(kind, pointer, json!(good)).is_ok(), "{kind}{pointer}");
        let outside = with(kind, pointer, json!(bad));
        assert!(
            matches!(outside, Err(EntryError::OutOfRange { .. })),
            "{kind}{pointer}"
        );
    }
    let port = "/body/answers/0/connection/port";
    assert!(with(K::SubscriberAnswered, port, json!(65_535)).is_ok());
    assert!(with(K::SubscriberAnswered, port, json!(65_536)).is_err());
    for (kind, pointer, bad) in [
        (K::SightingCounted, "/body/day", json!("2026-02-30")),
        (K::LeadReferred, "/body/countries", json!(["de"])),
        (K::SubjectRecorded, "/body/countries", json!(["Germany"])),
        (K::ReportPublished, "/body/techniques", json!(["1059"])),
        (K::FileAttached, "/body/name", json!("../loader.exe")),
        (
            K::SubscriberAnswered,
            "/body/answers/0/connection/address",
            json!("host.example"),
        ),
        (
            K::VictimIdentity,
            "/body/ciphertext",
            json!("Ada Example, 1 Road"),
        ),
    ] {
        let given = with(kind, pointer, bad);
        assert!(
            matches!(given, Err(EntryError::Form { .. })),
            "{kind}{pointer}: {given:?}"
        );
    }
    let empty = with(K::VictimIdentity, "/body/given/text", json!(""));
    assert!(matches!(empty, Err(EntryError::Empty { field: "text" })));
    let ground = with(K::VictimIdentity, "/body/given/ground", json!("hope"));
    assert!(matches!(ground, Err(EntryError::Malformed { .. })));
    let short = with(K::FileAttached, "/body/sha256", json!("0".repeat(63)));
    assert!(matches!(short, Err(EntryError::NotDigest { .. })));
    for (kind, pointer) in [
        (K::IndicatorPublished, "/body/indicators/0/kind"),
        (K::IndicatorPublished, "/body/wish"),
        (K::IndicatorPublished, "/body/grading/admiralty/reliability"),
        (K::FileAttached, "/body/nature"),
        (K::SubjectStatus, "/body/status"),
        (K::TargetProposed, "/body/target"),
        (K::TargetProposed, "/body/action"),
        (K::TargetChecked, "/body/check"),
        (K::TargetChecked, "/body/result"),
        (K::ActionExecuted, "/body/outcome"),
        (K::ActionVerified, "/body/held"),
        (K::VictimRecorded, "/body/victim"),
        (K::VictimMessage, "/body/direction"),
        (K::RemediationNoted, "/body/state"),
        (K::DisclosureItem, "/body/material"),
        (K::DisclosureItem, "/body/sensitivity"),
        (K::OutcomeRecorded, "/body/outcome"),
        (K::CustodyNoted, "/body/step"),
    ] {
        assert!(with(kind, pointer, json!("perhaps")).is_err(), "{kind}{pointer}");
    }
}

#[test]
fn gradings_say_something_and_conditions_go_with_their_code() {
    let grading = |value: Value| with(K::ReportPublished, "/body/grading", value);
    assert_eq!(grading(json!({})), Err(EntryError::Empty { field: "grading" }));
    let p352 = |handling: &str, conditions: Option<&str>| {
        let mut scale = json!({"source": "1", "assessment": "A", "handling": handling});
        if let Some(conditions) = conditions {
            scale["conditions"] = json!(conditions);
        }
        grading(json!({"three_five_two": scale}))
    };
    assert!(p352("P", None).is_ok());
    assert!(p352("C", Some("ask first")).is_ok());
    assert!(matches!(p352("C", None), Err(EntryError::Missing { .. })));
    assert!(matches!(
        p352("P", Some("ask first")),
        Err(EntryError::Unwanted { .. })
    ));
    assert!(p352("X", None).is_err());
}

#[test]
fn sensitive_items_say_why_and_found_subscribers_are_named() {
    let missing = with(K::DisclosureItem, "/body/sensitivity", json!("not-sensitive"));
    assert_eq!(missing, Err(EntryError::Unwanted { field: "harm" }));
    let mut item = all_samples()
        .into_iter()
        .find(|entry| entry.kind() == K::DisclosureItem)
        .unwrap()
        .to_json();
    item["body"].as_object_mut().unwrap().remove("harm");
    assert_eq!(
        ContentEntry::from_json(&item),
        Err(EntryError::Missing { field: "harm" })
    );
    item["body"]["sensitivity"] = json!("not-sensitive");
    assert!(ContentEntry::from_json(&item).is_ok());

    let found = |word: &str| with(K::SubscriberAnswered, "/body/answers/0/found", json!(word));
    for none in ["several", "nobody", "no-record"] {
        assert!(matches!(found(none), Err(EntryError::Unwanted { .. })), "{none}");
    }
    let unnamed = json!([{"connection": {"address": "192.0.2.7", "at_ms": 1}, "found": "one"}]);
    assert!(matches!(
        with(K::SubscriberAnswered, "/body/answers", unnamed),
        Err(EntryError::Missing { .. })
    ));
}

#[test]
fn every_request_has_its_own_question_and_no_other() {
    let questions = [
        (
            "hunt",
            "hunt",
            json!({"indicators": ["a.example"], "from_ms": 1, "to_ms": 2}),
        ),
        (
            "expertise",
            "expertise",
            json!({"pool": "malware", "about": [at()]}),
        ),
        (
            "subscriber-data",
            "subscriber",
            json!({"connections": [{"address": "2001:db8::1", "at_ms": 1}]}),
        ),
        (
            "preservation",
            "preservation",
            json!({"values": ["box@mail.example"], "from_ms": 1, "to_ms": 2, "keep_until_ms": 9}),
        ),
        (
            "takedown",
            "takedown",
            json!({"values": ["https://bad.example/"], "ground": "phishing", "targets": [at()]}),
        ),
    ];
    let request = |what: &str, fields: &[(&str, &Value)]| {
        let mut body = json!({"to": "isp.example", "what": what, "reference": "R-1", "reason": "words"});
        for (field, question) in fields {
            body[*field] = (*question).clone();
        }
        with(K::RequestMade, "/body", body)
    };
    for (what, field, question) in &questions {
        assert!(request(what, &[(*field, question)]).is_ok(), "{what}");
        if *what != "expertise" {
            assert!(
                matches!(request(what, &[]), Err(EntryError::Missing { .. })),
                "{what}"
            );
        }
        for (other, unwanted, question) in &questions {
            if what != other {
                let mut fields: Vec<(&str, &Value)> = vec![(*unwanted, question)];
                let own = questions.iter().find(|(own, _, _)| own == what).unwrap();
                fields.push((own.1, &own.2));
                assert!(
                    matches!(request(what, &fields), Err(EntryError::Unwanted { .. })),
                    "{what} with {unwanted}"
                );
            }
        }
    }
    assert!(request("information", &[]).is_ok());
    assert!(request("expertise", &[]).is_ok());
    // An instrument, or an oral authority; not both.
    let authority = json!(at());
    assert!(request("information", &[("oral", &authority)]).is_ok());
    let two = request("information", &[("oral", &authority), ("instrument", &authority)]);
    assert_eq!(two, Err(EntryError::Unwanted { field: "oral" }));
    let check = |what: &str, field: &str, pointer: &str, value: Value| {
        let (_, _, mut question) = questions
            .iter()
            .find(|(word, _, _)| *word == what)
            .unwrap()
            .clone();
        *question.pointer_mut(pointer).unwrap() = value;
        request(what, &[(field, &question)])
    };
    let names = |n: usize| many(n, |i| json!(format!("h{i}.example")));
    for (what, field, pointer) in [
        ("preservation", "preservation", "/values"),
        ("takedown", "takedown", "/values"),
    ] {
        assert!(check(what, field, pointer, names(ASKED_VALUES_MAX)).is_ok());
        let over = check(what, field, pointer, names(ASKED_VALUES_MAX + 1));
        assert!(matches!(over, Err(EntryError::TooMany { .. })), "{what}");
        assert!(matches!(
            check(what, field, pointer, json!([])),
            Err(EntryError::Empty { .. })
        ));
    }
    let held = |n: usize| many(n, |i| json!({"address": "192.0.2.7", "at_ms": i}));
    assert!(
        check(
            "subscriber-data",
            "subscriber",
            "/connections",
            held(SUBSCRIBERS_MAX)
        )
        .is_ok()
    );
    assert!(
        check(
            "subscriber-data",
            "subscriber",
            "/connections",
            held(SUBSCRIBERS_MAX + 1)
        )
        .is_err()
    );
    assert!(check("subscriber-data", "subscriber", "/connections", held(0)).is_err());
    assert!(check("preservation", "preservation", "/to_ms", json!(1)).is_err());
    assert!(
        check(
            "preservation",
            "preservation",
            "/keep_until_ms",
            json!(INTEGER_MAX + 1)
        )
        .is_err()
    );
    assert!(
        check(
            "takedown",
            "takedown",
            "/ground",
            json!("a".repeat(REASON_MAX + 1))
        )
        .is_err()
    );
    assert!(
        check(
            "expertise",
            "expertise",
            "/pool",
            json!("a".repeat(LABEL_MAX + 1))
        )
        .is_err()
    );
    let references = |n: usize| many(n, |i| json!(format!("{}/{i}", "01".repeat(16))));
    assert!(
        check(
            "expertise",
            "expertise",
            "/about",
            references(SOURCES_OF_LEAD_MAX + 1)
        )
        .is_err()
    );
    assert!(
        check(
            "takedown",
            "takedown",
            "/targets",
            references(ASKED_VALUES_MAX + 1)
        )
        .is_err()
    );
}

#[test]
fn an_identity_goes_to_its_custodian_alone() {
    for to in [
        json!([]),
        json!(["isp.example"]),
        json!(["agency.example", "isp.example"]),
    ] {
        assert_eq!(with(K::VictimIdentity, "/to", to), Err(EntryError::OnlyCustodian));
    }
    assert!(with(K::VictimIdentity, "/to", json!(["agency.example"])).is_ok());
}

#[test]
fn what_follows_a_handing_names_it() {
    assert_eq!(
        with(K::CustodyNoted, "/body/step", json!("handed")),
        Err(EntryError::Unwanted { field: "follows" })
    );
    let mut payload = sample(K::CustodyNoted);
    payload["body"].as_object_mut().unwrap().remove("follows");
    assert_eq!(
        ContentEntry::from_json(&payload),
        Err(EntryError::Missing { field: "follows" })
    );
    payload["body"]["step"] = json!("handed");
    assert!(ContentEntry::from_json(&payload).is_ok());
    assert!(with(K::CustodyNoted, "/body/manifest_sha256", json!("0")).is_err());
}

#[test]
fn a_subscriber_holds_from_before_to() {
    let with_to = |to: u64| {
        with(
            K::SubscriberAnswered,
            "/body/answers/0/subscriber/held_to_ms",
            json!(to),
        )
    };
    assert!(with_to(2).is_ok());
    assert!(matches!(with_to(1), Err(EntryError::Period { .. })));
}
