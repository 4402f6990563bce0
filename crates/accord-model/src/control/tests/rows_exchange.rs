//! The rows of the control table on instruments, approvals and custody: each says yes and no.

use super::conflicts::second_ledger;
use super::script::*;
use crate::control::*;
use crate::{Category, OrgKind, Role};

#[test]
fn an_instrument_stands_for_its_addressee_category_and_time() {
    let mut script = Script::case();
    let at = script.write("agency", instrument(100, 200));
    let state = script.fold();
    let standing = |name: &str, category, ms| state.instrument_standing(at, &org(name), category, ms);
    assert_eq!(standing("isp", Category::LogEvidence, 100), Standing::Stands);
    assert_eq!(standing("isp", Category::LogEvidence, 199), Standing::Stands);
    assert_eq!(standing("isp", Category::LogEvidence, 99), Standing::NotYet);
    assert_eq!(standing("isp", Category::LogEvidence, 200), Standing::Expired);
    assert_eq!(
        standing("vendor", Category::LogEvidence, 150),
        Standing::OtherAddressee
    );
    assert_eq!(
        standing("isp", Category::SubscriberData, 150),
        Standing::OutOfScope
    );
    let unknown = script.content("agency");
    assert_eq!(
        state.instrument_standing(unknown, &org("isp"), Category::LogEvidence, 150),
        Standing::Unknown
    );
}

#[test]
fn an_instrument_ends_and_is_replaced() {
    let mut script = Script::case();
    let first = script.write("agency", instrument(100, 200));
    let second = script.write("agency", instrument(100, 300));
    let state = script.fold();
    let at_150 = |state: &State, at| state.instrument_standing(at, &org("isp"), Category::LogEvidence, 150);
    assert_eq!(at_150(&state, first), Standing::Over, "recorded again");
    assert_eq!(at_150(&state, second), Standing::Stands);
    let end = |by, instrument| InstrumentEnded {
        by: person(by),
        role: Role::CaseOfficer,
        instrument,
        reason: "lifted".to_owned(),
    };
    assert_eq!(
        script.outcome("second", end(SECOND_OFFICER, second)),
        Some(Reason::OnlyOwner(org("agency")))
    );
    let missing = script.content("agency");
    assert_eq!(
        script.outcome("agency", end(OFFICER, missing)),
        Some(Reason::UnknownEntry(missing))
    );
    assert_eq!(at_150(&script.fold(), second), Standing::Stands);
    assert_eq!(script.outcome("agency", end(OFFICER, second)), None);
    assert_eq!(at_150(&script.fold(), second), Standing::Over);
}

#[test]
fn only_an_agency_records_an_instrument_against_a_party() {
    let mut script = Script::case();
    let by_vendor = InstrumentRecorded {
        by: person(RESEARCHER),
        ..instrument(100, 200)
    };
    assert_eq!(
        script.outcome("vendor", by_vendor),
        Some(Reason::WrongOrgKind(OrgKind::Vendor))
    );
    let by_investigator = InstrumentRecorded {
        by: person(INVESTIGATOR),
        role: Role::Investigator,
        ..instrument(100, 200)
    };
    assert_eq!(
        script.outcome("agency", by_investigator),
        Some(Reason::WrongRole(Role::Investigator))
    );
    let stranger = InstrumentRecorded {
        addressee: org("stranger"),
        ..instrument(100, 200)
    };
    assert_eq!(
        script.outcome("agency", stranger),
        Some(Reason::NotAgreementParty(org("stranger")))
    );
    assert!(script.fold().instruments().is_empty());
}

#[test]
fn an_approver_says_yes_part_or_no() {
    let mut script = Script::case();
    let request = script.content("agency");
    let isp = org("isp");
    let now = |script: &Script| {
        script
            .fold()
            .approval(request)
            .map_or(Outcome::None, |state| state.of(&isp, &hex("aa")))
    };
    assert_eq!(now(&script), Outcome::None);
    assert_eq!(script.outcome("isp", gives(ISP_APPROVER, request)), None);
    assert_eq!(now(&script), Outcome::Given([person(ISP_APPROVER)].into()));
    assert_eq!(script.outcome("isp", gives(ISP_SECOND, request)), None);
    assert_eq!(
        now(&script),
        Outcome::Given([person(ISP_APPROVER), person(ISP_SECOND)].into()),
        "four eyes"
    );
    assert_eq!(script.outcome("isp", narrows(ISP_SECOND, request)), None);
    assert_eq!(
        now(&script),
        Outcome::Narrowed([person(ISP_APPROVER), person(ISP_SECOND)].into())
    );
    assert_eq!(script.outcome("isp", refuses(ISP_SECOND, request)), None);
    assert_eq!(now(&script), Outcome::Refused);
    // Whoever refused may think better of it; nobody else lifts it.
    assert_eq!(script.outcome("isp", gives(ISP_APPROVER, request)), None);
    assert_eq!(now(&script), Outcome::Refused);
    assert_eq!(script.outcome("isp", withdraws(ISP_APPROVER, request)), None);
    assert_eq!(
        now(&script),
        Outcome::Refused,
        "a withdrawal takes a yes back, not a no"
    );
    assert_eq!(script.outcome("isp", gives(ISP_SECOND, request)), None);
    assert_eq!(now(&script), Outcome::Given([person(ISP_SECOND)].into()));
    let state = script.fold();
    assert_eq!(state.approval(request).unwrap().asker, org("agency"));
    assert_eq!(
        state.approval(request).unwrap().of(&org("vendor"), &hex("aa")),
        Outcome::None
    );
}

#[test]
fn the_asker_does_not_decide_nor_does_somebody_without_the_role() {
    let mut script = Script::case();
    let request = script.content("agency");
    let own = Some(Reason::OwnRequest(org("agency")));
    assert_eq!(script.outcome("agency", gives(AGENCY_APPROVER, request)), own);
    assert_eq!(script.outcome("agency", narrows(AGENCY_APPROVER, request)), own);
    assert_eq!(script.outcome("agency", refuses(AGENCY_APPROVER, request)), own);
    let researcher = ApprovalGiven {
        role: Role::Researcher,
        ..gives(RESEARCHER, request)
    };
    assert_eq!(
        script.outcome("vendor", researcher),
        Some(Reason::WrongRole(Role::Researcher))
    );
    assert!(matches!(
        script.outcome("vendor", gives(RESEARCHER, request)),
        Some(Reason::NoSuchRole { .. })
    ));
    assert!(matches!(
        script.outcome("isp", gives(99, request)),
        Some(Reason::NoSuchRole { .. })
    ));
    assert_eq!(script.fold().approval(request), None);
}

#[test]
fn a_person_of_both_organisations_does_not_decide_what_one_of_them_asked() {
    let mut script = Script::case();
    let before = script.heads();
    // Named by both, neither having seen the other: each organisation's word holds for its own ledger.
    script.write_seeing(
        "agency",
        &before,
        names(AGENCY_APPROVER, 50, &[Role::Investigator]),
    );
    let named = script.write_seeing("isp", &before, names(ISP_APPROVER, 50, &[Role::Approver]));
    assert_eq!(script.reason(named), None);
    let request = script.content("agency");
    assert_eq!(
        script.outcome("isp", gives(50, request)),
        Some(Reason::OwnRequest(org("agency")))
    );
}

#[test]
fn the_asker_cannot_stop_a_no_by_naming_whoever_would_say_it() {
    let mut script = Script::case();
    let request = script.content("agency");
    let yes = script.write("isp", gives(ISP_APPROVER, request));
    assert_eq!(script.reason(yes), None);
    // The agency's second ledger had seen nothing of the provider's people when it named one of them.
    let unseeing = script.heads().into_iter().filter(|at| {
        at.ledger == Script::ledger("agency")
            && !script.seen[at]
                .iter()
                .any(|seen| seen.ledger == Script::ledger("isp"))
    });
    let claims = names(AGENCY_APPROVER, ISP_APPROVER, &[Role::Investigator]);
    let unseeing: Vec<_> = unseeing.collect();
    second_ledger(&mut script, "agency", &unseeing, claims.into());
    assert_eq!(script.fold().set_aside, []);
    assert!(
        script
            .fold()
            .members(&org("agency"))
            .contains_key(&person(ISP_APPROVER))
    );

    let isp = org("isp");
    let outcome = |script: &Script| script.fold().approval(request).unwrap().of(&isp, &hex("aa"));
    let mut refusing = script.clone();
    assert_eq!(refusing.outcome("isp", refuses(ISP_APPROVER, request)), None);
    assert_eq!(outcome(&refusing), Outcome::Refused);
    let mut withdrawing = script.clone();
    assert_eq!(withdrawing.outcome("isp", withdraws(ISP_APPROVER, request)), None);
    assert_eq!(outcome(&withdrawing), Outcome::None);
    // A yes, whole or in part, is still not theirs to give.
    for word in [
        ControlEntry::from(gives(ISP_APPROVER, request)),
        narrows(ISP_APPROVER, request).into(),
    ] {
        assert_eq!(
            script.outcome("isp", word),
            Some(Reason::OwnRequest(org("agency")))
        );
    }
}

#[test]
fn an_approval_is_of_a_request_that_was_seen_and_of_one_preview() {
    let mut script = Script::case();
    let before = script.heads();
    let request = script.content("agency");
    let unseen = script.write_seeing("isp", &before, gives(ISP_APPROVER, request));
    assert_eq!(script.reason(unseen), Some(Reason::UnknownEntry(request)));
    let first = script.write("isp", gives(ISP_APPROVER, request));
    let changed = ApprovalGiven {
        preview: hex("bb"),
        ..gives(ISP_SECOND, request)
    };
    assert_eq!(
        script.outcome("isp", changed.clone()),
        Some(Reason::PreviewDiffers(first))
    );
    let isp = org("isp");
    let state = script.fold();
    assert_eq!(
        state.approval(request).unwrap().of(&isp, &hex("bb")),
        Outcome::None,
        "preview has changed"
    );
    assert_eq!(script.outcome("isp", withdraws(ISP_SECOND, request)), None);
    assert_eq!(
        script.fold().approval(request).unwrap().of(&isp, &hex("aa")),
        Outcome::None
    );
    assert_eq!(script.outcome("isp", changed), None);
    let state = script.fold();
    assert_eq!(
        state.approval(request).unwrap().of(&isp, &hex("bb")),
        Outcome::Given([person(ISP_SECOND)].into())
    );
    assert_eq!(script.outcome("isp", withdraws(ISP_SECOND, request)), None);
    assert_eq!(
        script.outcome("isp", withdraws(ISP_SECOND, request)),
        Some(Reason::NothingToWithdraw)
    );
    assert_eq!(
        script.outcome("vendor", withdraws(VENDOR_APPROVER, request)),
        Some(Reason::NothingToWithdraw)
    );
}

#[test]
fn an_exhibit_goes_from_hand_to_hand() {
    let mut script = Script::case();
    let exhibit = script.content("isp");
    assert_eq!(script.fold().custody(exhibit), None);
    assert_eq!(
        script.outcome("isp", hands(ISP_APPROVER, exhibit, "agency")),
        None
    );
    let handed = CustodyState::HandedNotReceived {
        from: org("isp"),
        to: org("agency"),
    };
    assert_eq!(script.fold().custody(exhibit).unwrap().state, handed);
    assert_eq!(
        script.outcome("agency", receives(INVESTIGATOR, exhibit, "isp", "cc")),
        None
    );
    let state = script.fold();
    let custody = state.custody(exhibit).unwrap();
    assert_eq!(
        custody.state,
        CustodyState::Received {
            holder: org("agency")
        }
    );
    assert_eq!(
        custody.steps.iter().map(|step| step.received).collect::<Vec<_>>(),
        [false, true]
    );
    // Now the agency holds it, and the provider does not.
    assert_eq!(
        script.outcome("isp", hands(ISP_APPROVER, exhibit, "vendor")),
        Some(Reason::NotHolder(org("isp")))
    );
    let on = CustodyHanded {
        role: Role::Investigator,
        ..hands(INVESTIGATOR, exhibit, "second")
    };
    assert_eq!(script.outcome("agency", on), None);
}

#[test]
fn received_never_handed_does_not_count_and_another_commitment_is_disputed() {
    let mut script = Script::case();
    let exhibit = script.content("isp");
    let never = Some(Reason::NeverHanded(org("isp")));
    assert_eq!(
        script.outcome("agency", receives(INVESTIGATOR, exhibit, "isp", "cc")),
        never
    );
    script.write("isp", hands(ISP_APPROVER, exhibit, "second"));
    assert_eq!(
        script.outcome("agency", receives(INVESTIGATOR, exhibit, "isp", "cc")),
        never
    );
    let officer = CustodyReceived {
        role: Role::CaseOfficer,
        ..receives(SECOND_OFFICER, exhibit, "isp", "dd")
    };
    assert_eq!(
        script.outcome("second", officer),
        None,
        "it counts: it is the dispute"
    );
    let disputed = CustodyState::Disputed { holder: org("isp") };
    assert_eq!(script.fold().custody(exhibit).unwrap().state, disputed);
    assert_eq!(
        script.outcome("isp", hands(ISP_APPROVER, exhibit, "isp")),
        Some(Reason::HandedToSelf)
    );
    assert_eq!(
        script.outcome("isp", hands(ISP_APPROVER, exhibit, "stranger")),
        Some(Reason::NotCaseParty(org("stranger")))
    );
    let auditor = script.write("isp", names(ISP_APPROVER, 25, &[Role::Auditor]));
    assert_eq!(script.reason(auditor), None);
    let by_auditor = CustodyHanded {
        role: Role::Auditor,
        ..hands(25, exhibit, "agency")
    };
    assert_eq!(
        script.outcome("isp", by_auditor),
        Some(Reason::WrongRole(Role::Auditor))
    );
    assert_eq!(
        script.outcome("isp", hands(ISP_APPROVER, exhibit, "agency")),
        None,
        "handed again"
    );
}

#[test]
fn what_a_guest_gave_is_received_once_where_it_stands_and_from_nobody_named() {
    let mut script = Script::case();
    let exhibit = script.content("agency");
    let nobody = || FROM_A_GUEST.parse::<crate::OrgName>().unwrap();
    let from_guest = |by, exhibit| CustodyReceived {
        from: nobody(),
        ..receives(by, exhibit, "isp", "cc")
    };
    let guest = || from_guest(INVESTIGATOR, exhibit);
    let never = Some(Reason::NeverHanded(nobody()));
    // Another organisation's exhibit did not come through our link, and nobody else receives ours.
    let theirs = script.content("isp");
    assert_eq!(script.outcome("agency", from_guest(INVESTIGATOR, theirs)), never);
    let isp = CustodyReceived {
        role: Role::Approver,
        ..from_guest(ISP_APPROVER, exhibit)
    };
    assert_eq!(script.outcome("isp", isp), never);
    assert_eq!(script.outcome("agency", guest()), None);
    let custody = script.fold().custody(exhibit).unwrap().clone();
    assert_eq!(
        custody.state,
        CustodyState::Received {
            holder: org("agency")
        }
    );
    assert_eq!(custody.steps.len(), 1);
    assert_eq!(script.outcome("agency", guest()), never, "once");
    // From there it goes on as any other.
    let on = CustodyHanded {
        role: Role::Investigator,
        ..hands(INVESTIGATOR, exhibit, "isp")
    };
    assert_eq!(script.outcome("agency", on), None);
}
