//! An organisation that was taken off and never cites it: what it writes counts for what it had seen, and
//! does not hold.

use super::conflicts::second_ledger;
use super::script::*;
use crate::control::*;
use crate::{Category, EntryRef, Role};

/// A case whose second agency was taken off by the first. Answers what the second had seen, which is
/// everything but that.
fn second_removed() -> (Script, Vec<EntryRef>) {
    let mut script = Script::case();
    let heads = script.heads();
    let removal = script.write("agency", party_removed("second"));
    assert_eq!(script.reason(removal), None);
    (script, heads)
}

fn second_adds(name: &str) -> PartyAdded {
    PartyAdded {
        by: person(SECOND_OFFICER),
        ..party_added(name)
    }
}

fn second_removes(name: &str) -> PartyRemoved {
    PartyRemoved {
        by: person(SECOND_OFFICER),
        ..party_removed(name)
    }
}

#[test]
fn a_removed_party_s_party_added_written_without_having_seen_the_removal_brings_nobody_in() {
    let mut script = Script::case();
    script.write("agency", party_removed("vendor"));
    let heads = script.heads();
    script.write("agency", party_removed("second"));
    let added = script.write_seeing("second", &heads, second_adds("vendor"));
    let state = script.fold();
    assert!(state.counts(added), "right by what its author had seen");
    assert_eq!(state.party_kind(&org("vendor")), None);
    // Those who have seen both give the vendor no part in the case either.
    assert_eq!(
        script.outcome("vendor", names(VENDOR_APPROVER, 33, &[Role::Researcher])),
        Some(Reason::NotCaseParty(org("vendor")))
    );
    // Had it seen its removal, it would not even count; had it not been removed, the vendor would be in.
    assert_eq!(
        script.outcome("second", second_adds("vendor")),
        Some(Reason::NotCaseParty(org("second")))
    );
    let without_removal = |noted: &Noted| !matches!(&noted.entry, ControlEntry::PartyRemoved(body) if body.org == org("second"));
    script.entries.retain(without_removal);
    assert!(script.fold().party_kind(&org("vendor")).is_some());
}

#[test]
fn nor_do_those_whom_it_brought_in_bring_anybody_in() {
    let mut script = Script::case();
    script.write("agency", party_removed("vendor"));
    script.write("agency", party_removed("isp"));
    let heads = script.heads();
    script.write("agency", party_removed("second"));
    // The vendor is the second agency's friend for this test: an agency with a case officer.
    let parties = &mut script.facts.agreements.get_mut(&DIGEST).unwrap().parties;
    parties.insert(org("vendor"), crate::OrgKind::Agency);
    let added = script.write_seeing("second", &heads, second_adds("vendor"));
    let named = script.write_seeing(
        "vendor",
        &[added],
        names(VENDOR_APPROVER, 34, &[Role::CaseOfficer]),
    );
    let friend = script.write_seeing(
        "vendor",
        &[added],
        PartyAdded {
            by: person(34),
            ..party_added("isp")
        },
    );
    let state = script.fold();
    for at in [added, named, friend] {
        assert!(state.counts(at));
    }
    assert_eq!(state.party_kind(&org("vendor")), None);
    assert_eq!(state.party_kind(&org("isp")), None);
}

#[test]
fn it_records_no_instrument() {
    let (mut script, heads) = second_removed();
    let ours = script.write("agency", instrument(100, 300));
    let theirs = InstrumentRecorded {
        by: person(SECOND_OFFICER),
        ..instrument(100, 300)
    };
    let at = script.write_seeing("second", &heads, theirs);
    let state = script.fold();
    assert!(state.counts(at));
    let standing = |at| state.instrument_standing(at, &org("isp"), Category::LogEvidence, 200);
    assert_eq!(standing(at), Standing::Unknown);
    assert_eq!(standing(ours), Standing::Stands);
}

#[test]
fn it_moves_no_exhibit_and_says_no_yes() {
    let mut script = Script::case();
    let exhibit = script.content("second");
    let request = script.content("agency");
    let heads = script.heads();
    script.write("second", refuses(SECOND_APPROVER, request));
    let refused = script.heads();
    script.write("agency", party_removed("second"));
    script.write_seeing("second", &heads, hands(SECOND_APPROVER, exhibit, "isp"));
    script.write_seeing("second", &refused, gives(SECOND_APPROVER, request));
    let state = script.fold();
    assert_eq!(state.set_aside, []);
    assert_eq!(
        state.custody(exhibit).unwrap().state,
        CustodyState::Disputed {
            holder: org("second")
        }
    );
    assert_eq!(
        state.approval(request).unwrap().of(&org("second"), &hex("aa")),
        Outcome::Refused,
        "the yes does not lift the no that stood"
    );
    let isp = CustodyReceived {
        role: Role::Approver,
        ..receives(ISP_APPROVER, exhibit, "second", "cc")
    };
    assert_eq!(
        script.outcome("isp", isp),
        Some(Reason::NeverHanded(org("second"))),
        "by who has seen the removal"
    );
}

#[test]
fn it_moves_the_case_back_but_not_on() {
    for (to, stands) in [
        (Stage::Assessed, Stage::Lead),
        (Stage::Suspended, Stage::Suspended),
    ] {
        let mut script = Script::case();
        let passed = script.write("agency", passes(OFFICER, "second", SECOND_OFFICER));
        script.write("second", takes(SECOND_OFFICER, passed));
        let heads = script.heads();
        script.write("agency", party_removed("second"));
        let step = script.write_seeing("second", &heads, stage(SECOND_OFFICER, to));
        let state = script.fold();
        assert!(state.counts(step));
        assert_eq!(state.stage(), Some(stands), "to {to}");
    }
}

#[test]
fn it_neither_takes_the_pen_nor_passes_it() {
    let mut script = Script::case();
    let passed = script.write("agency", passes(OFFICER, "second", SECOND_OFFICER));
    let heads = script.heads();
    script.write("agency", party_removed("second"));
    let took = script.write_seeing("second", &heads, takes(SECOND_OFFICER, passed));
    let back = script.write_seeing("second", &heads, passes(SECOND_OFFICER, "agency", OFFICER));
    let state = script.fold();
    assert!(state.counts(took) && state.counts(back));
    assert_eq!(state.pen().unwrap().org, org("agency"));
    assert_eq!(
        script.outcome("agency", takes(OFFICER, back)),
        Some(Reason::PenNotOffered)
    );
}

#[test]
fn the_opener_s_removal_also_ends_its_removals() {
    let (mut script, heads) = second_removed();
    let removed = script.write_seeing("second", &heads, second_removes("isp"));
    let state = script.fold();
    assert!(state.counts(removed));
    assert!(state.party_kind(&org("isp")).is_some());
    assert_eq!(state.party_kind(&org("second")), None);
}

#[test]
fn two_that_remove_each_other_are_both_off() {
    // The vendor is a third agency here; neither of the two opened the case.
    let mut script = Script::case();
    let parties = &mut script.facts.agreements.get_mut(&DIGEST).unwrap().parties;
    parties.insert(org("vendor"), crate::OrgKind::Agency);
    script.write("vendor", names(VENDOR_APPROVER, 34, &[Role::CaseOfficer]));
    let heads = script.heads();
    script.write_seeing("second", &heads, second_removes("vendor"));
    let theirs = PartyRemoved {
        by: person(34),
        ..party_removed("second")
    };
    script.write_seeing("vendor", &heads, theirs);
    let state = script.fold();
    assert_eq!(state.party_kind(&org("second")), None);
    assert_eq!(state.party_kind(&org("vendor")), None);
}

#[test]
fn what_it_wrote_before_holds_and_so_does_what_it_writes_once_back() {
    let mut script = Script::case();
    script.write("agency", party_removed("vendor"));
    script.write("second", second_adds("vendor"));
    script.write("agency", party_removed("second"));
    assert!(
        script.fold().party_kind(&org("vendor")).is_some(),
        "its removal had seen whom it brought in"
    );
    script.write("agency", party_removed("vendor"));
    script.write("agency", party_added("second"));
    assert_eq!(script.outcome("second", second_adds("vendor")), None);
    assert!(script.fold().party_kind(&org("vendor")).is_some());
}

#[test]
fn a_second_ledger_is_the_same_organisation() {
    let (mut script, heads) = second_removed();
    script.write("agency", party_removed("vendor"));
    let added = second_ledger(&mut script, "second", &heads, second_adds("vendor").into());
    let state = script.fold();
    assert!(state.counts(added));
    assert_eq!(state.party_kind(&org("vendor")), None);
}
