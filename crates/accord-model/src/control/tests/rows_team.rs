//! The rows of the control table on secondments and oral authorities: each says yes and no.

use super::conflicts::{both, second_epoch};
use super::script::*;
use crate::control::*;
use crate::{Category, OrgKind, Role};

/// An analyst of the vendor.
pub(super) const ANALYST: u8 = 32;

pub(super) fn grant(name: &str, from_ms: u64, until_ms: u64) -> SecondmentGranted {
    let (by, role) = match name {
        "vendor" => (VENDOR_APPROVER, Role::Approver),
        _ => (OFFICER, Role::CaseOfficer),
    };
    SecondmentGranted {
        by: person(by),
        role,
        person: person(ANALYST),
        home: org("vendor"),
        host: org("agency"),
        scope: Scope {
            categories: vec![Category::Analysis, Category::Indicator],
            text: "samples of the loader".to_owned(),
        },
        from_ms,
        until_ms,
    }
}

pub(super) fn end(name: &str) -> SecondmentEnded {
    let given = grant(name, 1, 2);
    SecondmentEnded {
        by: given.by,
        role: given.role,
        person: given.person,
        home: given.home,
        host: given.host,
        reason: "done".to_owned(),
    }
}

pub(super) fn seconded() -> Script {
    let mut script = Script::case();
    script.write("vendor", grant("vendor", 2_000, 9_000));
    script.write("agency", grant("agency", 2_000, 9_000));
    assert_eq!(script.fold().set_aside, []);
    script
}

fn until(state: &State) -> Option<u64> {
    state.secondments().next().map(|secondment| secondment.until_ms)
}

#[test]
fn home_and_host_both_grant_and_the_day_after_is_over() {
    let mut script = Script::case();
    let sight = |script: &Script, ms| script.fold().sight(&org("agency"), person(ANALYST), ms);
    script.write("vendor", grant("vendor", 2_000, 9_000));
    assert_eq!(sight(&script, 3_000), None, "the home alone");
    let mut host_alone = Script::case();
    host_alone.write("agency", grant("agency", 2_000, 9_000));
    assert_eq!(sight(&host_alone, 3_000), None, "the host alone");

    script.write("agency", grant("agency", 2_000, 9_000));
    let seen = sight(&script, 2_000).unwrap();
    assert_eq!(seen.home, org("vendor"));
    assert_eq!(seen.roles, [Role::Investigator].into());
    assert!(seen.reads(Category::Analysis) && seen.reads(Category::Indicator));
    assert!(!seen.reads(Category::SubjectData), "outside the scope");
    assert!(sight(&script, 8_999).is_some());
    assert_eq!(sight(&script, 9_000), None, "the day after");
    assert_eq!(sight(&script, 1_999), None, "the day before");
    let state = script.fold();
    assert_eq!(state.sight(&org("second"), person(ANALYST), 3_000), None);
    assert!(
        state.roles_of(&org("agency"), person(ANALYST), 3_000).is_empty(),
        "who asks for roles alone denies"
    );
    let member = state.sight(&org("agency"), person(INVESTIGATOR), 3_000).unwrap();
    assert_eq!(member.home, org("agency"));
    assert!(member.reads(Category::SubjectData));
    assert_eq!(state.sight(&org("agency"), person(99), 3_000), None);
    // Somebody seconded sees, and decides nothing: their control entries do not count.
    let hands_over = CustodyHanded {
        role: Role::Investigator,
        ..hands(ANALYST, script.content("agency"), "isp")
    };
    script.wall_ms = 3_000;
    assert!(matches!(
        script.outcome("agency", hands_over),
        Some(Reason::NoSuchRole { .. })
    ));
}

#[test]
fn a_secondment_within_the_term_by_the_right_people() {
    let mut script = Script::case();
    let beyond = grant("agency", 2_000, 1_000_000_001);
    assert_eq!(script.outcome("agency", beyond), Some(Reason::OutsideTerm));
    assert_eq!(
        script.outcome("agency", grant("agency", 2_000, 1_000_000_000)),
        None
    );
    assert_eq!(
        script.outcome("agency", grant("agency", 10, 1_000)),
        Some(Reason::EndsInPast)
    );
    let host_s_approver = SecondmentGranted {
        by: person(AGENCY_APPROVER),
        role: Role::Approver,
        ..grant("agency", 2_000, 9_000)
    };
    assert_eq!(
        script.outcome("agency", host_s_approver),
        Some(Reason::WrongRole(Role::Approver))
    );
    let home_s_researcher = SecondmentGranted {
        by: person(RESEARCHER),
        role: Role::Researcher,
        ..grant("vendor", 2_000, 9_000)
    };
    assert_eq!(
        script.outcome("vendor", home_s_researcher),
        Some(Reason::WrongRole(Role::Researcher))
    );
    let third = SecondmentGranted {
        by: person(ISP_APPROVER),
        ..grant("vendor", 2_000, 9_000)
    };
    assert_eq!(
        script.outcome("isp", third),
        Some(Reason::NotOfTheSecondment {
            home: org("vendor"),
            host: org("agency")
        })
    );
    let to_itself = SecondmentGranted {
        host: org("vendor"),
        ..grant("vendor", 2_000, 9_000)
    };
    assert_eq!(script.outcome("vendor", to_itself), Some(Reason::SecondedHome));
    let another_s = SecondmentGranted {
        person: person(ISP_SECOND),
        ..grant("vendor", 2_000, 9_000)
    };
    assert_eq!(
        script.outcome("vendor", another_s),
        Some(Reason::AnothersPeople {
            person: person(ISP_SECOND),
            org: org("isp")
        })
    );
    let partner_hosts = SecondmentGranted {
        by: person(ISP_APPROVER),
        role: Role::CaseOfficer,
        host: org("isp"),
        ..grant("agency", 2_000, 9_000)
    };
    assert_eq!(
        script.outcome("isp", partner_hosts),
        Some(Reason::WrongOrgKind(OrgKind::Isp))
    );
    script.facts.agreements.get_mut(&DIGEST).unwrap().term = None;
    assert_eq!(
        script.outcome("vendor", grant("vendor", 2_000, 9_000)),
        Some(Reason::OutsideTerm),
        "no known term, no secondment"
    );
    script.write("agency", party_removed("vendor"));
    assert_eq!(
        script.outcome("agency", grant("agency", 2_000, 9_000)),
        Some(Reason::NotCaseParty(org("vendor")))
    );
}

#[test]
fn the_narrower_counts_and_either_side_ends_it() {
    let mut script = Script::case();
    script.write("vendor", grant("vendor", 2_000, 9_000));
    let narrower = SecondmentGranted {
        scope: Scope {
            categories: vec![Category::Analysis, Category::Task],
            text: "analysis only".to_owned(),
        },
        ..grant("agency", 3_000, 5_000)
    };
    script.write("agency", narrower);
    let state = script.fold();
    let both = state.secondments().next().unwrap();
    assert_eq!((both.from_ms, both.until_ms), (3_000, 5_000), "earliest end");
    assert_eq!(both.categories, [Category::Analysis].into());
    assert_eq!(both.words, ["samples of the loader", "analysis only"]);
    // One side alone cannot make it longer.
    script.write("agency", grant("agency", 2_000, 20_000));
    assert_eq!(until(&script.fold()), Some(9_000));

    for name in ["vendor", "agency"] {
        let mut ended = script.clone();
        assert_eq!(ended.outcome(name, end(name)), None);
        assert_eq!(until(&ended.fold()), None);
        ended.write("agency", grant("agency", 2_000, 9_000));
        assert_eq!(until(&ended.fold()), None, "anew by one side");
        ended.write("vendor", grant("vendor", 2_000, 9_000));
        assert_eq!(until(&ended.fold()), Some(9_000), "anew by both");
    }
    assert_eq!(
        Script::case().outcome("vendor", end("vendor")),
        Some(Reason::NothingToEnd)
    );
    let by_the_isp = SecondmentEnded {
        by: person(ISP_APPROVER),
        ..end("vendor")
    };
    assert!(matches!(
        script.outcome("isp", by_the_isp),
        Some(Reason::NotOfTheSecondment { .. })
    ));
}

#[test]
fn taking_the_person_off_ends_their_secondment() {
    let mut script = Script::case();
    script.write("vendor", names(VENDOR_APPROVER, ANALYST, &[Role::Researcher]));
    script.write("vendor", grant("vendor", 2_000, 9_000));
    script.write("agency", grant("agency", 2_000, 9_000));
    assert_eq!(until(&script.fold()), Some(9_000));
    script.write("vendor", takes_off(VENDOR_APPROVER, ANALYST));
    assert_eq!(until(&script.fold()), None);
}

#[test]
fn an_end_beside_a_grant_and_a_removed_home() {
    let script = seconded();
    let state = both(
        &script,
        ("vendor", end("vendor").into()),
        ("agency", grant("agency", 2_000, 20_000).into()),
    );
    assert_eq!(until(&state), None, "ended wins");
    let mut twice = Script::case();
    twice.write("agency", grant("agency", 2_000, 9_000));
    twice.write("vendor", grant("vendor", 2_000, 9_000));
    second_epoch(&mut twice, "vendor", grant("vendor", 2_500, 4_000).into());
    assert_eq!(
        until(&twice.fold()),
        Some(4_000),
        "of concurrent words the earliest end"
    );
    let state = both(
        &script,
        ("agency", party_removed("vendor").into()),
        ("vendor", grant("vendor", 2_000, 20_000).into()),
    );
    assert!(state.sight(&org("agency"), person(ANALYST), 3_000).is_none());
}

fn oral(ground: &str) -> OralRecorded {
    OralRecorded {
        by: person(OFFICER),
        role: Role::CaseOfficer,
        ground: ground.to_owned(),
        act: "ask who held the address; a child is missing".to_owned(),
        category: Category::SubscriberData,
        addressee: org("isp"),
        authority: "Judge Example, by telephone".to_owned(),
        power: "Act 7, section 9".to_owned(),
        request: None,
    }
}

fn confirms(oral: crate::EntryRef) -> OralConfirmed {
    OralConfirmed {
        by: person(OFFICER),
        role: Role::CaseOfficer,
        oral,
        reference: "PO-9".to_owned(),
        authority: "District Court".to_owned(),
        instrument: None,
    }
}

#[test]
fn only_a_threat_to_life_goes_before_its_writing() {
    let mut script = Script::case();
    for ground in ["hurry", "threat to life", "THREAT-TO-LIFE"] {
        assert_eq!(
            script.outcome("agency", oral(ground)),
            Some(Reason::NoGround(ground.to_owned()))
        );
    }
    assert!(script.fold().orals().is_empty());
    let at = script.write("agency", oral(THREAT_TO_LIFE));
    let standing =
        |script: &Script, name: &str, category, ms| script.fold().oral_standing(at, &org(name), category, ms);
    let due_ms = 1_000 + ORAL_CONFIRMED_WITHIN_MS;
    let ask = |script: &Script, ms| standing(script, "isp", Category::SubscriberData, ms);
    assert_eq!(ask(&script, due_ms), OralStanding::Awaiting { due_ms });
    assert!(ask(&script, due_ms).carries());
    assert_eq!(
        ask(&script, due_ms + 1),
        OralStanding::Overdue { since_ms: due_ms }
    );
    assert!(!ask(&script, due_ms + 1).carries(), "nothing new rests on it");
    assert_eq!(
        standing(&script, "vendor", Category::SubscriberData, 2_000),
        OralStanding::OtherAddressee
    );
    assert_eq!(
        standing(&script, "isp", Category::LogEvidence, 2_000),
        OralStanding::OutOfScope
    );
    let unknown = script.content("agency");
    assert_eq!(
        script
            .fold()
            .oral_standing(unknown, &org("isp"), Category::SubscriberData, 2_000),
        OralStanding::Unknown
    );
    assert_eq!(script.fold().unconfirmed().count(), 1);

    let mut late = script.clone();
    script.wall_ms = due_ms;
    let confirmed = script.write("agency", confirms(at));
    assert_eq!(ask(&script, due_ms * 9), OralStanding::Confirmed(confirmed));
    assert_eq!(script.fold().unconfirmed().count(), 0);
    late.wall_ms = due_ms + 1;
    let confirmed = late.write("agency", confirms(at));
    assert_eq!(ask(&late, due_ms * 9), OralStanding::ConfirmedLate(confirmed));
    assert!(!ask(&late, due_ms * 9).carries());
}

#[test]
fn who_records_and_confirms_an_oral_authority() {
    let mut script = Script::case();
    let request = script.content("agency");
    let by_investigator = OralRecorded {
        by: person(INVESTIGATOR),
        role: Role::Investigator,
        ..oral(THREAT_TO_LIFE)
    };
    assert_eq!(
        script.outcome("agency", by_investigator),
        Some(Reason::WrongRole(Role::Investigator))
    );
    let approver = |addressee: &str, request| OralRecorded {
        by: person(ISP_APPROVER),
        role: Role::Approver,
        addressee: org(addressee),
        request,
        ..oral(THREAT_TO_LIFE)
    };
    assert_eq!(
        script.outcome("isp", approver("vendor", None)),
        Some(Reason::NotTheirs(org("vendor")))
    );
    assert_eq!(script.outcome("isp", approver("isp", Some(request))), None);
    let own_request = script.content("isp");
    assert_eq!(
        script.outcome("isp", approver("isp", Some(own_request))),
        Some(Reason::OwnRequest(org("isp")))
    );
    let officer_lets_go = OralRecorded {
        request: Some(request),
        ..oral(THREAT_TO_LIFE)
    };
    assert_eq!(
        script.outcome("agency", officer_lets_go),
        Some(Reason::WrongRole(Role::CaseOfficer))
    );
    let nobody = OralRecorded {
        addressee: org("stranger"),
        ..oral(THREAT_TO_LIFE)
    };
    assert_eq!(
        script.outcome("agency", nobody),
        Some(Reason::NotAgreementParty(org("stranger")))
    );
    let at = script.write("agency", oral(THREAT_TO_LIFE));
    let by_another = OralConfirmed {
        by: person(SECOND_OFFICER),
        ..confirms(at)
    };
    assert_eq!(
        script.outcome("second", by_another),
        Some(Reason::OnlyOwner(org("agency")))
    );
    assert_eq!(
        script.outcome("agency", confirms(request)),
        Some(Reason::UnknownEntry(request))
    );
    let on_nothing = OralConfirmed {
        instrument: Some(request),
        ..confirms(at)
    };
    assert_eq!(
        script.outcome("agency", on_nothing),
        Some(Reason::UnknownEntry(request))
    );
    assert!(matches!(
        script
            .fold()
            .oral_standing(at, &org("isp"), Category::SubscriberData, 2_000),
        OralStanding::Awaiting { .. }
    ));
    let written = script.write("agency", instrument(1, 5_000));
    let in_writing = OralConfirmed {
        instrument: Some(written),
        ..confirms(at)
    };
    assert_eq!(script.outcome("agency", in_writing), None);
}

#[test]
fn an_oral_authority_of_a_removed_organisation_does_not_hold() {
    let script = Script::case();
    let by_second = OralRecorded {
        by: person(SECOND_OFFICER),
        ..oral(THREAT_TO_LIFE)
    };
    let state = both(
        &script,
        ("agency", party_removed("second").into()),
        ("second", by_second.clone().into()),
    );
    assert!(state.orals().is_empty());
    let state = both(
        &script,
        ("agency", party_removed("vendor").into()),
        ("second", by_second.into()),
    );
    assert_eq!(state.orals().len(), 1, "another's removal changes nothing");
}
