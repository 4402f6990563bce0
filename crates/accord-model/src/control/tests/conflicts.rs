//! Entries that have not seen each other: the more restrictive counts, whichever is read first.

use super::script::*;
use crate::control::*;
use crate::{Category, Role};

/// Writes both as if neither had seen the other, in both orders, and gives the two states, which are equal.
pub(super) fn both(script: &Script, one: (&str, ControlEntry), other: (&str, ControlEntry)) -> State {
    let heads = script.heads();
    let mut forth = script.clone();
    forth.write_seeing(one.0, &heads, one.1.clone());
    forth.write_seeing(other.0, &heads, other.1.clone());
    let mut back = script.clone();
    back.write_seeing(other.0, &heads, other.1);
    back.write_seeing(one.0, &heads, one.1);
    assert_eq!(forth.fold(), back.fold());
    forth.fold()
}

#[test]
fn refused_beats_narrowed_beats_given() {
    let mut script = Script::case();
    let request = script.content("agency");
    let yes = |name, entry: ControlEntry| (name, entry);
    // Two approvers of one organisation stand in one ledger, so they come one after the other; the vendor's
    // word is another organisation's. What must hold is that a yes never covers a no.
    let mut one_after_other = script.clone();
    one_after_other.write("isp", refuses(ISP_APPROVER, request));
    one_after_other.write("isp", gives(ISP_SECOND, request));
    let state = one_after_other.fold();
    assert_eq!(
        state.approval(request).unwrap().of(&org("isp"), &hex("aa")),
        Outcome::Refused
    );

    let state = both(
        &script,
        yes("isp", gives(ISP_APPROVER, request).into()),
        yes("vendor", refuses(VENDOR_APPROVER, request).into()),
    );
    assert_eq!(
        state.approval(request).unwrap().of(&org("vendor"), &hex("aa")),
        Outcome::Refused
    );
    assert!(matches!(
        state.approval(request).unwrap().of(&org("isp"), &hex("aa")),
        Outcome::Given(_)
    ));
}

/// One organisation with two ledgers, as after a restored backup: a second epoch that has seen what the others
/// had seen of the first, and not its last entries.
pub(super) fn second_epoch(script: &mut Script, name: &str, entry: ControlEntry) {
    let all = script.heads();
    let own = Script::ledger(name);
    let others = || all.iter().filter(|at| at.ledger != own);
    let seen: Vec<_> = all
        .iter()
        .filter(|at| at.ledger != own || others().any(|other| script.before(**at, *other)))
        .copied()
        .collect();
    second_ledger(script, name, &seen, entry);
}

/// A second ledger of an organisation whose one entry had seen exactly these.
pub(super) fn second_ledger(
    script: &mut Script,
    name: &str,
    seen: &[crate::EntryRef],
    entry: ControlEntry,
) -> crate::EntryRef {
    let own = Script::ledger(name);
    let ledger = Script::ledger("epoch-two");
    let opening = crate::EntryRef { ledger, seq: 0 };
    let ControlEntry::LedgerOpened(first) = script
        .entries
        .iter()
        .find(|noted| noted.at.ledger == own)
        .unwrap()
        .entry
        .clone()
    else {
        panic!()
    };
    let last = crate::EntryRef { ledger, seq: 1 };
    for (at, entry) in [(opening, first.into()), (last, entry)] {
        let mut past: std::collections::BTreeSet<_> = seen.iter().copied().collect();
        past.extend((at.seq == 1).then_some(opening));
        script.seen.insert(at, past);
        script.entries.push(Noted {
            at,
            author: org(name),
            wall_ms: script.wall_ms,
            entry,
        });
    }
    last
}

#[test]
fn one_approver_s_concurrent_words_resolve_to_the_no() {
    for (first, second, expected) in [
        ("given", "refused", Word::Refused),
        ("refused", "given", Word::Refused),
        ("narrowed", "refused", Word::Refused),
        ("given", "narrowed", Word::Narrowed),
        ("narrowed", "given", Word::Narrowed),
    ] {
        let mut script = Script::case();
        let request = script.content("agency");
        let word = |word: &str| -> ControlEntry {
            match word {
                "given" => gives(ISP_APPROVER, request).into(),
                "narrowed" => narrows(ISP_APPROVER, request).into(),
                _ => refuses(ISP_APPROVER, request).into(),
            }
        };
        script.write("isp", word(first));
        second_epoch(&mut script, "isp", word(second));
        let state = script.fold();
        assert_eq!(state.set_aside, []);
        let positions = &state.approval(request).unwrap().positions;
        assert_eq!(positions.len(), 1);
        assert_eq!(positions[0].word, expected, "{first} beside {second}");
    }
}

#[test]
fn a_withdrawal_beside_a_yes_takes_it_back() {
    let mut script = Script::case();
    let request = script.content("agency");
    script.write("isp", gives(ISP_APPROVER, request));
    script.write("isp", withdraws(ISP_SECOND, request));
    second_epoch(&mut script, "isp", gives(ISP_APPROVER, request).into());
    let state = script.fold();
    assert_eq!(
        state.approval(request).unwrap().of(&org("isp"), &hex("aa")),
        Outcome::None
    );
}

#[test]
fn removed_wins_over_added() {
    let script = Script::case();
    let second_adds = PartyAdded {
        by: person(SECOND_OFFICER),
        ..party_added("vendor")
    };
    let state = both(
        &script,
        ("agency", party_removed("vendor").into()),
        ("second", second_adds.into()),
    );
    assert_eq!(state.party_kind(&org("vendor")), None);

    let mut script = Script::case();
    script.write("isp", takes_off(ISP_APPROVER, ISP_SECOND));
    second_epoch(
        &mut script,
        "isp",
        names(ISP_APPROVER, ISP_SECOND, &[Role::Approver]).into(),
    );
    let state = script.fold();
    assert_eq!(state.set_aside, []);
    assert!(!state.members(&org("isp")).contains_key(&person(ISP_SECOND)));
}

#[test]
fn of_two_memberships_the_smaller_scope() {
    let mut script = Script::case();
    let wide = MemberAdded {
        until_ms: Some(9_000),
        ..names(ISP_APPROVER, 26, &[Role::Custodian, Role::Auditor])
    };
    let narrow = MemberAdded {
        until_ms: Some(5_000),
        ..names(ISP_APPROVER, 26, &[Role::Auditor])
    };
    script.write("isp", wide);
    second_epoch(&mut script, "isp", narrow.into());
    let state = script.fold();
    assert_eq!(state.set_aside, []);
    let member = state.members(&org("isp")).remove(&person(26)).unwrap();
    assert_eq!(
        member,
        Member {
            roles: [Role::Auditor].into(),
            until_ms: Some(5_000),
            scope: None,
        }
    );
}

#[test]
fn the_earlier_stage_stands() {
    let mut script = Script::case();
    let passed = script.write("agency", passes(OFFICER, "second", SECOND_OFFICER));
    // The old holder steps on without having seen that the pen was taken; the new holder sets it aside.
    let heads = script.heads();
    script.write_seeing("second", &heads, takes(SECOND_OFFICER, passed));
    script.write_seeing("second", &[], stage(SECOND_OFFICER, Stage::Suspended));
    script.write_seeing("agency", &heads, stage(OFFICER, Stage::Assessed));
    let state = script.fold();
    assert_eq!(state.set_aside, []);
    assert_eq!(state.stage(), Some(Stage::Suspended));
}

#[test]
fn the_pen_stays_when_two_take_it() {
    let mut script = Script::case();
    script.write("agency", names(AGENCY_APPROVER, 13, &[Role::CaseOfficer]));
    let heads = script.heads();
    let to_second = script.write_seeing("agency", &heads, passes(OFFICER, "second", SECOND_OFFICER));
    // The second takes it while the first, not having seen that, offers it to a colleague who takes it.
    let to_colleague = script.write_seeing("agency", &[], passes(OFFICER, "agency", 13));
    script.write_seeing("second", &[to_second], takes(SECOND_OFFICER, to_second));
    script.write_seeing("agency", &[], takes(13, to_colleague));
    let state = script.fold();
    assert_eq!(state.set_aside, []);
    assert_eq!(state.pen().unwrap().person, person(OFFICER));
}

#[test]
fn of_two_recordings_the_shorter_instrument() {
    let mut script = Script::case();
    let long = script.write("agency", instrument(100, 300));
    second_epoch(&mut script, "agency", instrument(150, 400).into());
    let state = script.fold();
    let standing = |ms| state.instrument_standing(long, &org("isp"), Category::LogEvidence, ms);
    assert_eq!(
        [100, 149, 150, 299, 300].map(standing),
        [
            Standing::NotYet,
            Standing::NotYet,
            Standing::Stands,
            Standing::Stands,
            Standing::Expired
        ]
    );
    assert_eq!(state.instruments().len(), 2);
}

#[test]
fn of_two_recordings_the_common_categories() {
    let mut script = Script::case();
    let covering = |categories: &[Category]| InstrumentRecorded {
        scope: Scope {
            categories: categories.to_vec(),
            text: "as listed".to_owned(),
        },
        ..instrument(100, 300)
    };
    let wide = script.write(
        "agency",
        covering(&[Category::LogEvidence, Category::SubscriberData]),
    );
    let alone = script.fold();
    let standing = |state: &State, category| state.instrument_standing(wide, &org("isp"), category, 200);
    assert_eq!(standing(&alone, Category::SubscriberData), Standing::Stands);
    second_epoch(&mut script, "agency", covering(&[Category::LogEvidence]).into());
    let state = script.fold();
    assert_eq!(state.set_aside, []);
    assert_eq!(standing(&state, Category::LogEvidence), Standing::Stands);
    assert_eq!(standing(&state, Category::SubscriberData), Standing::OutOfScope);
}

#[test]
fn an_end_beside_a_recording_anew_wins() {
    let ends = |instrument| InstrumentEnded {
        by: person(OFFICER),
        role: Role::CaseOfficer,
        instrument,
        reason: "lifted".to_owned(),
    };
    let mut script = Script::case();
    let first = script.write("agency", instrument(100, 300));
    // Somebody has seen the first recording, so that the second epoch of the agency has seen it too.
    script.content("isp");
    let anew = script.write("agency", instrument(100, 500));
    let standing = |state: &State, at| state.instrument_standing(at, &org("isp"), Category::LogEvidence, 200);
    let before = script.fold();
    assert_eq!(
        [first, anew].map(|at| standing(&before, at)),
        [Standing::Over, Standing::Stands]
    );
    second_epoch(&mut script, "agency", ends(first).into());
    let state = script.fold();
    assert_eq!(state.set_aside, []);
    assert_eq!([first, anew].map(|at| standing(&state, at)), [Standing::Over; 2]);

    // Whoever has seen the end records it anew.
    let third = script.write("agency", instrument(100, 500));
    assert_eq!(standing(&script.fold(), third), Standing::Stands);
    // And an end of the first by somebody who knew of the third leaves the third.
    script.write("agency", ends(first));
    assert_eq!(standing(&script.fold(), third), Standing::Stands);
}

#[test]
fn custody_stays_where_it_was_when_steps_exclude_each_other() {
    let mut script = Script::case();
    let exhibit = script.content("isp");
    let handed = script.write("isp", hands(ISP_APPROVER, exhibit, "agency"));
    let state = both(
        &script,
        ("isp", hands(ISP_APPROVER, exhibit, "vendor").into()),
        ("agency", receives(INVESTIGATOR, exhibit, "isp", "cc").into()),
    );
    assert!(state.counts(handed));
    assert_eq!(
        state.custody(exhibit).unwrap().state,
        CustodyState::Disputed { holder: org("isp") }
    );
    assert_eq!(state.custody(exhibit).unwrap().steps.len(), 3);
}

#[test]
fn two_openings_cancel() {
    let mut script = Script::empty(SpaceKind::Case);
    script.write_seeing("agency", &[], opened(DIGEST));
    script.write_seeing(
        "second",
        &[],
        CaseOpened {
            by: person(SECOND_OFFICER),
            ..opened(DIGEST)
        },
    );
    let state = script.fold();
    assert!(matches!(state.opening(), Opening::Disputed(both) if both.len() == 2));
    assert_eq!(state.case(), None);
    assert!(state.parties().is_empty());
    assert_eq!(state.pen(), None);
}

#[test]
fn what_was_right_when_written_stays_right() {
    let mut script = Script::case();
    let request = script.content("agency");
    let yes = script.write("isp", gives(ISP_APPROVER, request));
    script.write("isp", takes_off(ISP_SECOND, ISP_APPROVER));
    script.write("agency", party_removed("isp"));
    let state = script.fold();
    assert_eq!(state.set_aside, []);
    assert!(state.counts(yes));
    assert!(matches!(
        state.approval(request).unwrap().of(&org("isp"), &hex("aa")),
        Outcome::Given(_)
    ));
    assert_eq!(
        state.party_kind(&org("isp")),
        None,
        "whether it may still be used is asked of the state"
    );
}
