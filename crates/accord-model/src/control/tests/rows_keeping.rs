//! The rows of the control table on recall, hold and destruction: each says yes and no.

use super::conflicts::{both, second_epoch};
use super::script::*;
use crate::control::*;
use crate::{EntryRef, OrgKind, Role};

const DISCLOSURE: u8 = 13;

/// A case with a disclosure officer, and an item of the provider that everybody has seen.
fn case() -> (Script, EntryRef) {
    let mut script = Script::case();
    script.write(
        "agency",
        names(AGENCY_APPROVER, DISCLOSURE, &[Role::DisclosureOfficer]),
    );
    let item = script.content("isp");
    for name in ["agency", "vendor", "second", "isp"] {
        script.content(name);
    }
    (script, item)
}

pub(super) fn recalls(by: u8, entry: EntryRef) -> RecallOrdered {
    RecallOrdered {
        by: person(by),
        role: Role::Approver,
        entry,
        reason: "sent by mistake".to_owned(),
    }
}

pub(super) fn receipts(by: u8, recall: EntryRef, done: RecallDone) -> RecallReceipted {
    RecallReceipted {
        by: person(by),
        role: Role::Approver,
        recall,
        done,
        backup_until_ms: Some(7_000),
        onward: Vec::new(),
        note: None,
    }
}

pub(super) fn holds(entry: Option<EntryRef>) -> HoldPlaced {
    HoldPlaced {
        by: person(DISCLOSURE),
        role: Role::DisclosureOfficer,
        entry,
        reference: "Court order 3".to_owned(),
        reason: "the defence asked".to_owned(),
    }
}

pub(super) fn lifts(hold: EntryRef) -> HoldLifted {
    HoldLifted {
        by: person(DISCLOSURE),
        role: Role::DisclosureOfficer,
        hold,
        reason: "the case is over".to_owned(),
    }
}

pub(super) fn destroys(entry: EntryRef) -> RetentionDestroyed {
    RetentionDestroyed {
        by: None,
        role: None,
        entry,
        period_over_ms: 900,
        backup_until_ms: None,
    }
}

#[test]
fn the_originator_recalls_and_every_recipient_says_what_it_did() {
    let (mut script, item) = case();
    assert!(!script.fold().is_recalled(item));
    assert_eq!(
        script.outcome("vendor", recalls(VENDOR_APPROVER, item)),
        Some(Reason::OnlyOwner(org("isp"))),
        "a third party"
    );
    assert_eq!(
        script.outcome("agency", recalls(AGENCY_APPROVER, item)),
        Some(Reason::OnlyOwner(org("isp"))),
        "nor a recipient"
    );
    assert!(!script.fold().is_recalled(item));
    let order = script.write("isp", recalls(ISP_APPROVER, item));
    let state = script.fold();
    assert!(state.is_recalled(item));
    assert_eq!(state.recall(item).unwrap().org, org("isp"));
    assert_eq!(state.recall(item).unwrap().at, order);
    assert!(state.recall(item).unwrap().receipts.is_empty());

    script.write("agency", receipts(AGENCY_APPROVER, order, RecallDone::UseStopped));
    let passed_on = RecallReceipted {
        onward: vec![org("isp")],
        note: Some("asked them too".to_owned()),
        ..receipts(VENDOR_APPROVER, order, RecallDone::Deleted)
    };
    script.write("vendor", passed_on);
    let state = script.fold();
    assert_eq!(state.set_aside.len(), 2);
    let receipts_of = &state.recall(item).unwrap().receipts;
    assert_eq!(receipts_of[&org("agency")].done, RecallDone::UseStopped);
    assert_eq!(receipts_of[&org("agency")].backup_until_ms, Some(7_000));
    assert_eq!(receipts_of[&org("vendor")].onward, [org("isp")].into());
    assert!(!receipts_of.contains_key(&org("second")), "has not said");
    // A later word replaces the earlier.
    script.write("agency", receipts(AGENCY_APPROVER, order, RecallDone::Deleted));
    let state = script.fold();
    assert_eq!(
        state.recall(item).unwrap().receipts[&org("agency")].done,
        RecallDone::Deleted
    );
}

#[test]
fn who_recalls_and_receipts() {
    let (mut script, item) = case();
    let by_researcher = RecallOrdered {
        role: Role::Researcher,
        ..recalls(RESEARCHER, item)
    };
    assert_eq!(
        script.outcome("vendor", by_researcher),
        Some(Reason::WrongRole(Role::Researcher))
    );
    let agency_item = script.content("agency");
    let by_disclosure = RecallOrdered {
        role: Role::DisclosureOfficer,
        ..recalls(DISCLOSURE, agency_item)
    };
    assert_eq!(script.outcome("agency", by_disclosure), None);
    let control = script.write("isp", names(ISP_APPROVER, 26, &[Role::Auditor]));
    assert_eq!(
        script.outcome("isp", recalls(ISP_APPROVER, control)),
        Some(Reason::NeverRemoved(control))
    );
    let unseen = EntryRef { seq: 99, ..item };
    assert_eq!(
        script.outcome("vendor", recalls(VENDOR_APPROVER, unseen)),
        Some(Reason::UnknownEntry(unseen))
    );
    let order = script.write("isp", recalls(ISP_APPROVER, item));
    assert_eq!(
        script.outcome("isp", receipts(ISP_APPROVER, order, RecallDone::Deleted)),
        Some(Reason::OwnRecall)
    );
    assert_eq!(
        script.outcome("vendor", receipts(VENDOR_APPROVER, item, RecallDone::Deleted)),
        Some(Reason::UnknownEntry(item))
    );
    let by_investigator = RecallReceipted {
        role: Role::Investigator,
        ..receipts(INVESTIGATOR, order, RecallDone::Deleted)
    };
    assert_eq!(
        script.outcome("agency", by_investigator),
        Some(Reason::WrongRole(Role::Investigator))
    );
}

#[test]
fn a_recall_beats_use_and_of_two_receipts_the_lesser_counts() {
    let (mut script, _) = case();
    let item = script.content("agency");
    script.content("isp");
    // The provider approves on the strength of the item while the agency calls it back.
    let state = both(
        &script,
        ("agency", recalls(AGENCY_APPROVER, item).into()),
        ("isp", gives(ISP_APPROVER, item).into()),
    );
    assert!(state.is_recalled(item));
    // A recall by an organisation that is taken off at the same time holds: it takes.
    let own = script.content("vendor");
    script.content("agency");
    let state = both(
        &script,
        ("agency", party_removed("vendor").into()),
        ("vendor", recalls(VENDOR_APPROVER, own).into()),
    );
    assert!(state.is_recalled(own));
    let order = script.write("agency", recalls(AGENCY_APPROVER, item));
    script.write("isp", receipts(ISP_APPROVER, order, RecallDone::Deleted));
    let lesser = RecallReceipted {
        backup_until_ms: Some(9_000),
        onward: vec![org("vendor")],
        ..receipts(ISP_APPROVER, order, RecallDone::UseStopped)
    };
    let mut twice = script.clone();
    second_epoch(&mut twice, "isp", lesser.into());
    let state = twice.fold();
    assert_eq!(state.set_aside, []);
    let receipt = &state.recall(item).unwrap().receipts[&org("isp")];
    assert_eq!(receipt.done, RecallDone::UseStopped);
    assert_eq!(receipt.backup_until_ms, Some(9_000));
    assert_eq!(receipt.onward, [org("vendor")].into());
}

#[test]
fn nothing_is_destroyed_under_a_hold() {
    let (mut script, item) = case();
    let hold = script.write("agency", holds(Some(item)));
    let state = script.fold();
    assert!(state.held(item) && !state.all_held());
    assert_eq!(script.outcome("isp", destroys(item)), Some(Reason::Held(hold)));
    assert!(!script.fold().destroyed(item, &org("isp")));
    assert_eq!(script.outcome("agency", lifts(hold)), None);
    assert!(!script.fold().held(item));
    assert_eq!(script.outcome("agency", lifts(hold)), Some(Reason::LiftedBefore));
    assert_eq!(script.outcome("isp", destroys(item)), None);
    let state = script.fold();
    assert!(state.destroyed(item, &org("isp")));
    assert!(
        !state.destroyed(item, &org("agency")),
        "the agency keeps its copy"
    );

    let (mut script, item) = case();
    let whole = script.write("agency", holds(None));
    let state = script.fold();
    assert!(
        state.all_held() && state.held(item),
        "a hold on the case holds everything"
    );
    assert_eq!(script.outcome("isp", destroys(item)), Some(Reason::Held(whole)));
    // A hold after the destruction comes too late, and says so by not standing against it.
    let (mut script, item) = case();
    script.write("isp", destroys(item));
    script.write("agency", holds(Some(item)));
    assert!(script.fold().destroyed(item, &org("isp")));
}

#[test]
fn who_holds_lifts_and_destroys_and_when() {
    let (mut script, item) = case();
    let by_approver = HoldPlaced {
        by: person(ISP_APPROVER),
        role: Role::Approver,
        ..holds(None)
    };
    assert_eq!(
        script.outcome("isp", by_approver),
        Some(Reason::WrongRole(Role::Approver))
    );
    let partner_s = HoldPlaced {
        by: person(VENDOR_APPROVER),
        ..holds(None)
    };
    assert_eq!(
        script.outcome("vendor", partner_s),
        Some(Reason::WrongOrgKind(OrgKind::Vendor))
    );
    let control = script.write("isp", names(ISP_APPROVER, 26, &[Role::Auditor]));
    assert_eq!(
        script.outcome("agency", holds(Some(control))),
        Some(Reason::NeverRemoved(control))
    );
    assert_eq!(
        script.outcome("isp", destroys(control)),
        Some(Reason::NeverRemoved(control))
    );
    let hold = script.write("agency", holds(Some(item)));
    script.write("second", names(SECOND_APPROVER, 42, &[Role::DisclosureOfficer]));
    let another_s = HoldLifted {
        by: person(42),
        ..lifts(hold)
    };
    assert_eq!(
        script.outcome("second", another_s),
        Some(Reason::OnlyOwner(org("agency")))
    );
    assert_eq!(
        script.outcome("agency", lifts(item)),
        Some(Reason::UnknownEntry(item))
    );
    let other = script.content("isp");
    let too_soon = RetentionDestroyed {
        period_over_ms: 1_001,
        ..destroys(other)
    };
    assert_eq!(script.outcome("isp", too_soon), Some(Reason::PeriodNotOver));
    let by_a_person = |by: u8, role| RetentionDestroyed {
        by: Some(person(by)),
        role: Some(role),
        ..destroys(other)
    };
    assert_eq!(
        script.outcome("isp", by_a_person(ISP_APPROVER, Role::Approver)),
        Some(Reason::WrongRole(Role::Approver))
    );
    assert_eq!(
        script.outcome("agency", by_a_person(DISCLOSURE, Role::DisclosureOfficer)),
        None
    );
    assert_eq!(script.outcome("isp", destroys(other)), None, "the job, by itself");
    script.write("agency", party_removed("vendor"));
    assert_eq!(
        script.outcome("vendor", destroys(other)),
        Some(Reason::NotCaseParty(org("vendor")))
    );
}

#[test]
fn a_hold_beside_a_destruction_stands_against_it() {
    let (mut script, item) = case();
    for hold in [holds(Some(item)), holds(None)] {
        let state = both(&script, ("agency", hold.into()), ("isp", destroys(item).into()));
        assert_eq!(state.set_aside, []);
        assert!(!state.destroyed(item, &org("isp")), "hold beats destruction");
        assert!(state.held(item));
        let (by, word) = state.destructions(item).next().unwrap();
        assert_eq!(by, &org("isp"));
        assert!(word.against.is_some());
    }
    // Whoever was taken off lifts no hold.
    script.write("second", names(SECOND_APPROVER, 42, &[Role::DisclosureOfficer]));
    let second_s = HoldPlaced {
        by: person(42),
        ..holds(Some(item))
    };
    let hold = script.write("second", second_s);
    script.content("agency");
    let lifting = HoldLifted {
        by: person(42),
        ..lifts(hold)
    };
    let state = both(
        &script,
        ("agency", party_removed("second").into()),
        ("second", lifting.into()),
    );
    assert!(state.held(item));
}

#[test]
fn before_a_case_the_role_is_the_organisation_s_own_word() {
    let mut script = Script::agreement();
    let lead = script.content("isp");
    for name in ["agency", "vendor", "isp"] {
        script.content(name);
    }
    // Nobody is named there; a third party and a recipient recall nothing all the same.
    for (name, by) in [("vendor", VENDOR_APPROVER), ("agency", AGENCY_APPROVER)] {
        assert_eq!(
            script.outcome(name, recalls(by, lead)),
            Some(Reason::OnlyOwner(org("isp")))
        );
    }
    let by_researcher = RecallOrdered {
        role: Role::Researcher,
        ..recalls(RESEARCHER, lead)
    };
    assert_eq!(
        script.outcome("isp", by_researcher),
        Some(Reason::WrongRole(Role::Researcher))
    );
    let no_agency_s = RecallOrdered {
        role: Role::DisclosureOfficer,
        ..recalls(DISCLOSURE, lead)
    };
    assert_eq!(
        script.outcome("isp", no_agency_s),
        Some(Reason::WrongOrgKind(OrgKind::Isp)),
        "an ISP has no disclosure officer"
    );
    let hold = script.write("agency", holds(Some(lead)));
    assert!(script.fold().held(lead));
    assert_eq!(script.outcome("agency", destroys(lead)), Some(Reason::Held(hold)));
    assert_eq!(
        script.outcome("agency", holds(None)),
        Some(Reason::NotHere),
        "not the leads of everybody"
    );
    assert_eq!(
        script.outcome(
            "vendor",
            HoldPlaced {
                by: person(VENDOR_APPROVER),
                ..holds(Some(lead))
            }
        ),
        Some(Reason::WrongOrgKind(OrgKind::Vendor))
    );
    let order = script.write("isp", recalls(ISP_APPROVER, lead));
    assert!(script.fold().is_recalled(lead), "a hold does not keep it in use");
    assert_eq!(
        script.outcome("agency", receipts(AGENCY_APPROVER, order, RecallDone::UseStopped)),
        None
    );
    assert_eq!(
        script.outcome("isp", receipts(ISP_APPROVER, order, RecallDone::Deleted)),
        Some(Reason::OwnRecall)
    );
    assert_eq!(script.outcome("agency", lifts(hold)), None);
    assert_eq!(script.outcome("agency", destroys(lead)), None);
    let state = script.fold();
    assert!(state.recall(lead).unwrap().receipts.contains_key(&org("agency")));
    let stranger = script.outcome("stranger", recalls(ISP_APPROVER, lead));
    assert_eq!(stranger, Some(Reason::NotCaseParty(org("stranger"))));
    let go = GoGiven {
        by: person(ISP_APPROVER),
        role: Role::Approver,
        plan: lead,
        commitment: hex("ab"),
        instant_ms: 5_000,
    };
    assert_eq!(script.outcome("isp", go), Some(Reason::NotHere));
}
