//! The rows of the control table on go and no-go: each says yes and no.

use super::conflicts::both;
use super::script::*;
use crate::control::*;
use crate::{EntryRef, Role};

const INSTANT: u64 = 50_000;
const EVERYBODY: [(&str, u8); 4] = [
    ("agency", AGENCY_APPROVER),
    ("isp", ISP_APPROVER),
    ("vendor", VENDOR_APPROVER),
    ("second", SECOND_APPROVER),
];

pub(super) fn go(by: u8, plan: EntryRef) -> GoGiven {
    GoGiven {
        by: person(by),
        role: Role::Approver,
        plan,
        commitment: hex("ab"),
        instant_ms: INSTANT,
    }
}

pub(super) fn no_go(by: u8, plan: EntryRef) -> GoRefused {
    GoRefused {
        by: person(by),
        role: Role::Approver,
        plan,
        commitment: hex("ab"),
        instant_ms: INSTANT,
        reason: "a hospital is behind it".to_owned(),
    }
}

pub(super) fn takes_back(by: u8, plan: EntryRef) -> GoWithdrawn {
    GoWithdrawn {
        by: person(by),
        role: Role::Approver,
        plan,
        commitment: hex("ab"),
        instant_ms: INSTANT,
        reason: "not ready".to_owned(),
    }
}

/// A case with a plan that all but the last of `EVERYBODY` said go to.
fn all_but_one() -> (Script, EntryRef) {
    let mut script = Script::case();
    let plan = script.content("agency");
    for (name, by) in &EVERYBODY[..3] {
        assert_eq!(script.outcome(name, go(*by, plan)), None);
    }
    script.content("second");
    (script, plan)
}

fn asked(script: &Script, now_ms: u64) -> Go {
    script.fold().go(&hex("ab"), INSTANT, now_ms)
}

#[test]
fn every_party_says_go_in_time() {
    let (mut script, plan) = all_but_one();
    let missing = [org("second")].into();
    assert_eq!(asked(&script, INSTANT - 1), Go::Waiting { missing });
    let missing = [org("second")].into();
    assert_eq!(asked(&script, INSTANT), Go::NoGo(NoGo::Missing(missing)));
    let mut late = script.clone();
    script.wall_ms = INSTANT - 1;
    assert_eq!(script.outcome("second", go(SECOND_APPROVER, plan)), None);
    assert_eq!(asked(&script, INSTANT - 1), Go::Go);
    assert_eq!(asked(&script, INSTANT), Go::Go);
    late.wall_ms = INSTANT;
    assert_eq!(
        late.outcome("second", go(SECOND_APPROVER, plan)),
        Some(Reason::InstantPassed)
    );
    assert!(matches!(asked(&late, INSTANT), Go::NoGo(NoGo::Missing(_))));
    // Who is no longer on the case is no longer asked.
    late.write("agency", party_removed("second"));
    assert_eq!(asked(&late, INSTANT), Go::Go);
    assert_eq!(
        Script::empty(SpaceKind::Case).fold().go(&hex("ab"), INSTANT, 0),
        Go::NoGo(NoGo::NoCase)
    );
}

#[test]
fn one_no_is_no_go_and_stays() {
    let (mut script, plan) = all_but_one();
    let no = script.write("second", no_go(SECOND_APPROVER, plan));
    let expected = Go::NoGo(NoGo::Refused {
        org: org("second"),
        at: no,
    });
    assert_eq!(asked(&script, 2_000), expected);
    assert_eq!(script.outcome("second", go(SECOND_APPROVER, plan)), None);
    assert_eq!(
        asked(&script, 2_000),
        expected,
        "a new plan asks anew; this one is over"
    );
}

#[test]
fn a_go_taken_back_is_no_go() {
    let (mut script, plan) = all_but_one();
    assert_eq!(
        script.outcome("second", takes_back(SECOND_APPROVER, plan)),
        Some(Reason::NothingToWithdraw)
    );
    script.write("second", go(SECOND_APPROVER, plan));
    assert_eq!(asked(&script, INSTANT), Go::Go);
    script.wall_ms = INSTANT + 1;
    let back = script.write("isp", takes_back(ISP_SECOND, plan));
    let expected = Go::NoGo(NoGo::Withdrawn {
        org: org("isp"),
        at: back,
    });
    assert_eq!(
        asked(&script, INSTANT + 2),
        expected,
        "what is not done yet stops"
    );
}

#[test]
fn a_changed_plan_voids_every_go() {
    let (mut script, plan) = all_but_one();
    script.write("second", go(SECOND_APPROVER, plan));
    assert_eq!(asked(&script, 2_000), Go::Go);
    let state = script.fold();
    let all = EVERYBODY.map(|(name, _)| org(name)).into();
    assert_eq!(
        state.go(&hex("cd"), INSTANT, 2_000),
        Go::Waiting { missing: all },
        "other contents"
    );
    assert!(
        matches!(state.go(&hex("ab"), INSTANT + 1, 2_000), Go::Waiting { missing } if missing.len() == 4),
        "another instant"
    );
    let older = GoGiven {
        commitment: hex("cd"),
        ..go(SECOND_APPROVER, plan)
    };
    let (mut script, _) = all_but_one();
    script.write("second", older);
    assert!(
        matches!(asked(&script, INSTANT), Go::NoGo(NoGo::Missing(_))),
        "go on an older plan"
    );
}

#[test]
fn only_approvers_who_have_seen_the_plan_speak() {
    let (mut script, plan) = all_but_one();
    let officer = GoGiven {
        role: Role::CaseOfficer,
        ..go(SECOND_OFFICER, plan)
    };
    assert_eq!(
        script.outcome("second", officer),
        Some(Reason::WrongRole(Role::CaseOfficer))
    );
    let unseen = EntryRef { seq: 99, ..plan };
    assert_eq!(
        script.outcome("second", go(SECOND_APPROVER, unseen)),
        Some(Reason::UnknownEntry(unseen))
    );
    assert_eq!(
        script.outcome("second", no_go(SECOND_APPROVER, unseen)),
        Some(Reason::UnknownEntry(unseen))
    );
    let stranger = GoRefused {
        by: person(99),
        ..no_go(SECOND_APPROVER, plan)
    };
    assert!(matches!(
        script.outcome("second", stranger),
        Some(Reason::NoSuchRole { .. })
    ));
    let taken = GoWithdrawn {
        role: Role::Researcher,
        ..takes_back(RESEARCHER, plan)
    };
    assert_eq!(
        script.outcome("vendor", taken),
        Some(Reason::WrongRole(Role::Researcher))
    );
    assert!(matches!(asked(&script, 2_000), Go::Waiting { .. }));
}

#[test]
fn a_no_beside_a_go() {
    let (mut script, plan) = all_but_one();
    script.write("second", go(SECOND_APPROVER, plan));
    script.content("isp");
    let state = both(
        &script,
        ("isp", takes_back(ISP_APPROVER, plan).into()),
        ("vendor", no_go(VENDOR_APPROVER, plan).into()),
    );
    assert!(matches!(state.go(&hex("ab"), INSTANT, 2_000), Go::NoGo(_)));
    let mut twice = script.clone();
    super::conflicts::second_epoch(&mut twice, "second", no_go(SECOND_APPROVER, plan).into());
    let state = twice.fold();
    assert_eq!(state.set_aside, []);
    assert!(matches!(
        state.go(&hex("ab"), INSTANT, 2_000),
        Go::NoGo(NoGo::Refused { .. })
    ));
}
