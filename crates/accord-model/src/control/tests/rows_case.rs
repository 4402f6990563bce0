//! The rows of the control table on cases, stages, the pen, parties and members: each says yes and no.

use super::script::*;
use crate::control::*;
use crate::{OrgKind, Role};

#[test]
fn a_case_is_opened_by_an_agency_under_an_agreement_for_cases() {
    let mut script = Script::empty(SpaceKind::Case);
    assert_eq!(script.outcome("agency", opened(DIGEST)), None);
    let state = script.fold();
    assert_eq!(state.case().unwrap().org, org("agency"));
    assert_eq!(state.stage(), Some(Stage::Lead));
    assert_eq!(state.pen().unwrap().person, person(OFFICER));
    assert_eq!(state.party_kind(&org("agency")), Some(OrgKind::Agency));
    assert_eq!(state.party_kind(&org("isp")), None);
    assert!(
        state
            .roles_of(&org("agency"), person(OFFICER), 5)
            .contains(&Role::CaseOfficer)
    );
    assert_eq!(
        script.outcome("agency", opened(DIGEST)),
        Some(Reason::OpenedBefore)
    );
}

#[test]
fn no_case_under_intelligence_only_nor_by_a_partner_nor_unsigned() {
    let check = |name: &str, change: fn(&mut Script), body: CaseOpened, expected: Reason| {
        let mut script = Script::empty(SpaceKind::Case);
        change(&mut script);
        assert_eq!(script.outcome(name, body), Some(expected));
        assert_eq!(script.fold().case(), None);
        assert_eq!(script.fold().stage(), None);
    };
    let intelligence_only = |script: &mut Script| {
        script.facts.agreements.get_mut(&DIGEST).unwrap().opens_cases = false;
    };
    let three_of_four = |script: &mut Script| {
        script
            .facts
            .agreements
            .get_mut(&DIGEST)
            .unwrap()
            .signed
            .remove(&org("isp"));
    };
    let unknown = crate::AgreementDigest([8; 32]);
    check(
        "agency",
        intelligence_only,
        opened(DIGEST),
        Reason::NoCases(DIGEST),
    );
    check(
        "agency",
        three_of_four,
        opened(DIGEST),
        Reason::NotAllSigned {
            digest: DIGEST,
            missing: org("isp"),
        },
    );
    check("isp", |_| (), opened(DIGEST), Reason::WrongOrgKind(OrgKind::Isp));
    check(
        "agency",
        |_| (),
        opened(unknown),
        Reason::UnknownAgreement(unknown),
    );
    let investigator = CaseOpened {
        role: Role::Investigator,
        ..opened(DIGEST)
    };
    check(
        "agency",
        |_| (),
        investigator,
        Reason::WrongRole(Role::Investigator),
    );
}

#[test]
fn the_pen_s_holder_walks_the_stages() {
    let mut script = Script::case();
    for to in [
        Stage::Assessed,
        Stage::Adopted,
        Stage::Investigation,
        Stage::Suspended,
        Stage::Investigation,
    ] {
        assert_eq!(script.outcome("agency", stage(OFFICER, to)), None, "{to}");
        assert_eq!(script.fold().stage(), Some(to));
    }
    let back = CaseStage {
        reason: None,
        ..stage(OFFICER, Stage::Adopted)
    };
    let (from, to) = (Stage::Investigation, Stage::Adopted);
    assert_eq!(
        script.outcome("agency", back),
        Some(Reason::StepNeedsReason { from, to })
    );
    let leap = stage(OFFICER, Stage::Closed);
    let to = Stage::Closed;
    assert_eq!(
        script.outcome("agency", leap),
        Some(Reason::NoSuchStep { from, to })
    );
}

#[test]
fn a_researcher_does_not_close_nor_does_an_officer_without_the_pen() {
    let mut script = Script::case();
    let closes = CaseStage {
        role: Role::Researcher,
        ..stage(RESEARCHER, Stage::Assessed)
    };
    assert_eq!(
        script.outcome("vendor", closes),
        Some(Reason::WrongRole(Role::Researcher))
    );
    let lies = stage(RESEARCHER, Stage::Assessed);
    assert_eq!(
        script.outcome("vendor", lies),
        Some(Reason::WrongOrgKind(OrgKind::Vendor))
    );
    assert_eq!(
        script.outcome("second", stage(SECOND_OFFICER, Stage::Assessed)),
        Some(Reason::NotPenHolder)
    );
    assert_eq!(script.fold().stage(), Some(Stage::Lead));
}

#[test]
fn every_step_between_stages() {
    let line: Vec<Stage> = Stage::ALL
        .iter()
        .copied()
        .filter(|stage| !stage.is_aside())
        .collect();
    for (i, from) in line.iter().enumerate() {
        for (j, to) in line.iter().enumerate() {
            let expected = match j {
                _ if j < i => Some(Step::Back),
                _ if j == i + 1 => Some(Step::Forward),
                _ => None,
            };
            assert_eq!(from.step(*to, *from), expected, "{from} to {to}");
        }
        for aside in [Stage::Declined, Stage::ReferredOn, Stage::Suspended] {
            assert_eq!(from.step(aside, *from).is_some(), *from != Stage::Closed);
            // Back to where it was, or before that; never further on.
            for (j, to) in line.iter().enumerate() {
                assert_eq!(
                    aside.step(*to, *from).is_some(),
                    j <= i,
                    "{aside}, left {from}, to {to}"
                );
            }
        }
    }
}

#[test]
fn the_pen_changes_hands_when_both_are_there() {
    let mut script = Script::case();
    let passed = script.write("agency", passes(OFFICER, "second", SECOND_OFFICER));
    assert_eq!(
        script.fold().pen().unwrap().person,
        person(OFFICER),
        "offered, not taken"
    );
    assert_eq!(script.outcome("second", takes(SECOND_OFFICER, passed)), None);
    assert_eq!(script.fold().pen().unwrap().person, person(SECOND_OFFICER));
    assert_eq!(
        script.outcome("second", stage(SECOND_OFFICER, Stage::Assessed)),
        None
    );
    assert_eq!(
        script.outcome("agency", stage(OFFICER, Stage::Adopted)),
        Some(Reason::NotPenHolder)
    );
    assert_eq!(
        script.outcome("second", takes(SECOND_OFFICER, passed)),
        Some(Reason::PenNotOffered)
    );
}

#[test]
fn the_pen_is_not_taken_alone() {
    let mut script = Script::case();
    let not_a_pass = script.entries[1].at;
    assert_eq!(
        script.outcome("second", takes(SECOND_OFFICER, not_a_pass)),
        Some(Reason::PenNotOffered)
    );
    assert_eq!(
        script.outcome("second", passes(SECOND_OFFICER, "second", SECOND_OFFICER)),
        Some(Reason::NotPenHolder)
    );
    let to_researcher = script.outcome("agency", passes(OFFICER, "vendor", RESEARCHER));
    assert!(matches!(to_researcher, Some(Reason::NoSuchRole { .. })));
    // Offered to another since.
    script.write("agency", names(AGENCY_APPROVER, 13, &[Role::CaseOfficer]));
    let first = script.write("agency", passes(OFFICER, "second", SECOND_OFFICER));
    script.write("agency", passes(OFFICER, "agency", 13));
    assert_eq!(
        script.outcome("second", takes(SECOND_OFFICER, first)),
        Some(Reason::PenNotOffered)
    );
}

#[test]
fn parties_of_the_agreement_come_and_go() {
    let mut script = Script::case();
    assert_eq!(script.fold().parties().len(), 4);
    assert_eq!(script.outcome("agency", party_removed("vendor")), None);
    let state = script.fold();
    assert_eq!(state.party_kind(&org("vendor")), None);
    assert!(state.members(&org("vendor")).is_empty());
    assert!(state.roles_of(&org("vendor"), person(RESEARCHER), 5).is_empty());
    let late = names(VENDOR_APPROVER, 33, &[Role::Researcher]);
    assert_eq!(
        script.outcome("vendor", late),
        Some(Reason::NotCaseParty(org("vendor")))
    );
    assert_eq!(script.outcome("agency", party_added("vendor")), None);
    assert_eq!(script.fold().party_kind(&org("vendor")), Some(OrgKind::Vendor));
}

#[test]
fn a_party_without_signature_and_a_stranger_are_not_added() {
    let mut script = Script::case();
    assert_eq!(
        script.outcome("agency", party_added("stranger")),
        Some(Reason::NotAgreementParty(org("stranger")))
    );
    let by_vendor = PartyAdded {
        by: person(RESEARCHER),
        role: Role::Researcher,
        ..party_added("isp")
    };
    assert_eq!(
        script.outcome("vendor", by_vendor),
        Some(Reason::WrongRole(Role::Researcher))
    );
    assert_eq!(
        script.outcome("agency", party_removed("stranger")),
        Some(Reason::NotCaseParty(org("stranger")))
    );
    let ousts = PartyRemoved {
        by: person(SECOND_OFFICER),
        ..party_removed("agency")
    };
    assert_eq!(
        script.outcome("second", ousts),
        Some(Reason::OpenerStays(org("agency")))
    );
    // A party that had not signed: nothing opens, so nobody is added.
    let mut unsigned = Script::empty(SpaceKind::Case);
    unsigned
        .facts
        .agreements
        .get_mut(&DIGEST)
        .unwrap()
        .signed
        .remove(&org("isp"));
    unsigned.write("agency", opened(DIGEST));
    assert_eq!(
        unsigned.outcome("agency", party_added("isp")),
        Some(Reason::NotOpened)
    );
}

#[test]
fn an_organisation_names_its_own_people() {
    let mut script = Script::case();
    let until = MemberAdded {
        until_ms: Some(5_000),
        ..names(ISP_APPROVER, 23, &[Role::Auditor])
    };
    assert_eq!(script.outcome("isp", until), None);
    let state = script.fold();
    assert!(
        state
            .roles_of(&org("isp"), person(23), 4_999)
            .contains(&Role::Auditor)
    );
    assert!(
        state.roles_of(&org("isp"), person(23), 5_000).is_empty(),
        "the end is excluded"
    );
    assert_eq!(script.outcome("isp", takes_off(ISP_APPROVER, 23)), None);
    assert!(!script.fold().members(&org("isp")).contains_key(&person(23)));
    let signatory = MemberAdded {
        role: Role::Signatory,
        ..names(29, 24, &[Role::Approver])
    };
    assert_eq!(
        script.outcome("isp", signatory),
        None,
        "signatories name approvers"
    );
}

#[test]
fn nobody_names_another_s_people_or_without_the_role() {
    let mut script = Script::case();
    let theft = names(VENDOR_APPROVER, ISP_APPROVER, &[Role::Researcher]);
    let another = Reason::AnothersPeople {
        person: person(ISP_APPROVER),
        org: org("isp"),
    };
    assert_eq!(script.outcome("vendor", theft), Some(another.clone()));
    assert_eq!(
        script.outcome("vendor", takes_off(VENDOR_APPROVER, ISP_APPROVER)),
        Some(another)
    );
    assert!(
        script
            .fold()
            .roles_of(&org("isp"), person(ISP_APPROVER), 5)
            .contains(&Role::Approver)
    );

    let by_researcher = MemberAdded {
        role: Role::Researcher,
        ..names(RESEARCHER, 34, &[Role::Researcher])
    };
    assert_eq!(
        script.outcome("vendor", by_researcher),
        Some(Reason::WrongRole(Role::Researcher))
    );
    let posing = names(RESEARCHER, RESEARCHER, &[Role::Approver]);
    assert!(matches!(
        script.outcome("vendor", posing),
        Some(Reason::NoSuchRole { .. })
    ));
    let officer = names(VENDOR_APPROVER, 34, &[Role::CaseOfficer]);
    assert!(matches!(
        script.outcome("vendor", officer),
        Some(Reason::RoleNotGivable { .. })
    ));
    let operator = names(VENDOR_APPROVER, 34, &[Role::Operator]);
    assert!(matches!(
        script.outcome("vendor", operator),
        Some(Reason::RoleNotGivable { .. })
    ));
    let signatory = MemberAdded {
        role: Role::Signatory,
        ..names(39, 34, &[Role::Researcher])
    };
    assert_eq!(
        script.outcome("vendor", signatory),
        Some(Reason::WrongRole(Role::Signatory))
    );
    let over = MemberAdded {
        until_ms: Some(script.wall_ms),
        ..names(VENDOR_APPROVER, 34, &[Role::Researcher])
    };
    assert_eq!(script.outcome("vendor", over), Some(Reason::EndsInPast));
    assert_eq!(
        script.outcome("vendor", takes_off(VENDOR_APPROVER, 35)),
        Some(Reason::NotMember(person(35)))
    );
}

#[test]
fn the_first_approver_names_themself_and_nobody_else_first() {
    let mut script = Script::empty(SpaceKind::Case);
    script.write("agency", opened(DIGEST));
    script.write("agency", party_added("isp"));
    let another_first = names(ISP_APPROVER, ISP_SECOND, &[Role::Approver]);
    assert!(matches!(
        script.outcome("isp", another_first),
        Some(Reason::NoSuchRole { .. })
    ));
    assert_eq!(
        script.outcome("isp", names(ISP_APPROVER, ISP_APPROVER, &[Role::Approver])),
        None
    );
    let too_late = names(ISP_SECOND, ISP_SECOND, &[Role::Approver]);
    assert!(matches!(
        script.outcome("isp", too_late),
        Some(Reason::NoSuchRole { .. })
    ));
}

#[test]
fn a_role_that_has_ended_is_no_role() {
    let mut script = Script::case();
    let until = MemberAdded {
        until_ms: Some(2_000),
        ..names(AGENCY_APPROVER, 14, &[Role::CaseOfficer])
    };
    script.write("agency", until);
    let adds = PartyAdded {
        by: person(14),
        ..party_added("vendor")
    };
    assert_eq!(script.outcome("agency", adds.clone()), None);
    script.wall_ms = 2_000;
    assert!(matches!(
        script.outcome("agency", adds),
        Some(Reason::NoSuchRole { .. })
    ));
}
