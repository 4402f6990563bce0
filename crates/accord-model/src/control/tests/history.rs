//! Properties over random histories: the order entries arrive in does not matter, unrelated entries change
//! nothing, later entries never change what counted.

use proptest::prelude::*;

use super::script::*;
use crate::control::*;
use crate::{EntryRef, Role};

pub(super) const NAMES: [&str; 4] = ["agency", "isp", "vendor", "second"];

/// One random line: who, what, and how far they had seen into each of the others' ledgers (0 to 255 of 255).
pub(super) type Line = (usize, u8, u8, [u8; 4]);

pub(super) fn officer_of(name: &str) -> u8 {
    match name {
        "agency" => OFFICER,
        "isp" => ISP_APPROVER,
        "vendor" => RESEARCHER,
        _ => SECOND_OFFICER,
    }
}

pub(super) fn approver_of(name: &str) -> u8 {
    match name {
        "agency" => AGENCY_APPROVER,
        "isp" => ISP_APPROVER,
        "vendor" => VENDOR_APPROVER,
        _ => SECOND_APPROVER,
    }
}

pub(super) fn pick<T: Copy>(from: &[T], by: u8) -> T {
    from[usize::from(by) % from.len()]
}

pub(super) fn entry_of(
    name: &str,
    what: u8,
    detail: u8,
    script: &Script,
    request: EntryRef,
    exhibit: EntryRef,
) -> ControlEntry {
    let other = pick(&NAMES, detail);
    let officer = officer_of(name);
    let approver = approver_of(name);
    let earlier = |wanted: fn(&ControlEntry) -> bool| {
        let all: Vec<EntryRef> = script
            .entries
            .iter()
            .filter(|noted| wanted(&noted.entry))
            .map(|noted| noted.at)
            .collect();
        if all.is_empty() {
            request
        } else {
            pick(&all, detail)
        }
    };
    match what % 24 {
        0 => stage(officer, pick(Stage::ALL, detail)).into(),
        1 => PartyAdded {
            by: person(officer),
            ..party_added(other)
        }
        .into(),
        2 => PartyRemoved {
            by: person(officer),
            ..party_removed(other)
        }
        .into(),
        3 | 20 | 21 => {
            let (to_org, to) = pick(
                &[
                    ("second", SECOND_OFFICER),
                    ("second", SECOND_OFFICER),
                    ("agency", OFFICER),
                ],
                detail,
            );
            passes(officer, to_org, to).into()
        }
        4 | 22 | 23 => {
            let passed = |noted: &&Noted| matches!(noted.entry, ControlEntry::PenPassed(_));
            let last = script.entries.iter().rev().find(passed).map(|noted| noted.at);
            let any = earlier(|entry| matches!(entry, ControlEntry::PenPassed(_)));
            takes(officer, last.filter(|_| detail.is_multiple_of(2)).unwrap_or(any)).into()
        }
        5 => gives(approver, request).into(),
        6 => narrows(approver, request).into(),
        7 => refuses(approver, request).into(),
        8 => withdraws(approver, request).into(),
        9 | 16 | 17 => hands(approver, exhibit, pick(&["agency", "agency", other], detail)).into(),
        10 | 18 | 19 => CustodyReceived {
            role: Role::Approver,
            ..receives(
                approver,
                exhibit,
                pick(&["isp", "isp", other], detail),
                pick(&["cc", "dd"], detail / 4),
            )
        }
        .into(),
        11 => InstrumentRecorded {
            by: person(officer),
            ..instrument(u64::from(detail), 300)
        }
        .into(),
        12 => InstrumentEnded {
            by: person(officer),
            role: Role::CaseOfficer,
            instrument: earlier(|entry| matches!(entry, ControlEntry::InstrumentRecorded(_))),
            reason: "lifted".to_owned(),
        }
        .into(),
        13 => takes_off(
            approver,
            pick(&[ISP_APPROVER, RESEARCHER, SECOND_OFFICER, OFFICER], detail),
        )
        .into(),
        14 => names(
            approver,
            60 + detail % 4,
            &[pick(&[Role::Approver, Role::Auditor, Role::Custodian], detail)],
        )
        .into(),
        _ => ApprovalGiven {
            preview: hex("bb"),
            ..gives(approver, request)
        }
        .into(),
    }
}

fn play(lines: &[Line]) -> Script {
    play_with(Script::case(), lines, &entry_of)
}

/// What a line writes: by whose name, what, in which detail, in which story, on which request and exhibit.
type EntryOf<'e> = &'e dyn Fn(&str, u8, u8, &Script, EntryRef, EntryRef) -> ControlEntry;

/// Plays lines on a case, with what each of them writes.
pub(super) fn play_with(mut script: Script, lines: &[Line], entry_of: EntryOf<'_>) -> Script {
    let request = script.content("agency");
    let exhibit = script.content("isp");
    for name in NAMES {
        // Everybody has seen the request and the exhibit; from here on they drift apart.
        script.content(name);
    }
    for (who, what, detail, sight) in lines {
        let name = NAMES[who % 4];
        let entry = entry_of(name, *what, *detail, &script, request, exhibit);
        let mut heads = Vec::new();
        for (other, depth) in NAMES.iter().zip(sight) {
            let ledger = Script::ledger(other);
            let own: Vec<EntryRef> = script
                .seen
                .keys()
                .copied()
                .filter(|at| at.ledger == ledger)
                .collect();
            heads.push(own[(own.len() - 1) * usize::from(*depth) / 255]);
        }
        script.write_seeing(name, &heads, entry);
    }
    script
}

pub(super) fn lines() -> impl Strategy<Value = Vec<Line>> {
    // Sight is mostly full, so that acts build upon each other, and sometimes short, so that they collide.
    let sight = prop_oneof![3 => Just(255u8), 1 => any::<u8>()];
    proptest::collection::vec(
        (
            0usize..4,
            any::<u8>(),
            any::<u8>(),
            proptest::array::uniform4(sight),
        ),
        0..40,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_order_of_arrival_does_not_matter(lines in lines(), keys in proptest::collection::vec(any::<u32>(), 80)) {
        let mut script = play(&lines);
        let state = script.fold();
        let mut shuffled: Vec<(u32, Noted)> = keys.into_iter().cycle().zip(script.entries.clone()).collect();
        shuffled.sort_by_key(|(key, noted)| key.wrapping_mul(2_654_435_761).wrapping_add(noted.at.seq as u32 * 7919));
        // An entry that arrives twice is still one entry.
        let again = shuffled.first().map(|(_, noted)| noted.clone());
        script.entries = shuffled.into_iter().map(|(_, noted)| noted).chain(again).collect();
        prop_assert_eq!(script.fold(), state);
    }

    #[test]
    fn later_entries_never_change_what_counted(lines in lines(), cut in 0usize..60) {
        let script = play(&lines);
        let whole = script.fold();
        let mut start = script.clone();
        let kept = start.entries.len() - lines.len() + cut.min(lines.len());
        start.entries.truncate(kept);
        let part = start.fold();
        for noted in &start.entries {
            prop_assert_eq!(part.counts(noted.at), whole.counts(noted.at), "{:?}", noted);
        }
    }

    #[test]
    fn an_unrelated_entry_changes_no_slot(lines in lines(), sees in any::<bool>()) {
        let mut script = play(&lines);
        let mut state = script.fold();
        let heads = if sees { script.heads() } else { Vec::new() };
        let word = KeyCertified { by: None, role: None, certificate: "another key".to_owned() };
        let at = script.write_seeing("vendor", &heads, word);
        let with = script.fold();
        prop_assert!(with.counts(at));
        state.keys = with.keys.clone();
        state.counted.insert(at);
        prop_assert_eq!(with, state);
    }

    #[test]
    fn a_no_that_no_later_word_of_that_person_has_seen_holds(lines in lines()) {
        let script = play(&lines);
        let state = script.fold();
        for noted in &script.entries {
            let ControlEntry::ApprovalRefused(body) = &noted.entry else { continue };
            if !state.counts(noted.at) { continue }
            let changed_mind = script.entries.iter().any(|later| {
                later.author == noted.author
                    && later.entry.actor() == noted.entry.actor()
                    && matches!(later.entry, ControlEntry::ApprovalGiven(_) | ControlEntry::ApprovalNarrowed(_))
                    && later.at.seq > noted.at.seq
                    && state.counts(later.at)
            });
            if !changed_mind {
                let approval = state.approval(body.request).unwrap();
                prop_assert_eq!(approval.of(&noted.author, &hex("aa")), Outcome::Refused);
                prop_assert_eq!(approval.of(&noted.author, &hex("bb")), Outcome::Refused);
            }
        }
    }
}

#[test]
fn random_histories_reach_every_kind_of_state() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::{Config, TestRunner};
    // The properties above would hold of empty states too: this says that the histories are worth something.
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let (mut staged, mut passed, mut disputed, mut approved, mut aside) = (0, 0, 0, 0, 0);
    for _ in 0..200 {
        let state = play(&lines().new_tree(&mut runner).unwrap().current()).fold();
        staged += usize::from(state.stage() != Some(Stage::Lead));
        passed += usize::from(state.pen().is_some_and(|pen| pen.person != person(OFFICER)));
        disputed += usize::from(
            state
                .custody
                .values()
                .any(|c| matches!(c.state, CustodyState::Disputed { .. })),
        );
        approved += usize::from(!state.approvals.is_empty());
        aside += usize::from(!state.set_aside.is_empty());
    }
    for (what, often) in [
        ("staged", staged),
        ("disputed", disputed),
        ("approved", approved),
        ("aside", aside),
    ] {
        assert!(often > 5, "{what} only {often} times");
    }
    assert!(passed > 0, "the pen never changed hands");
}

#[test]
fn a_circle_of_citations_ends() {
    let script = Script::case();
    let circle = |_: EntryRef, _: EntryRef| true;
    let state = fold(&script.entries, &circle, &script.facts);
    assert_eq!(state.set_aside.len() + state.counted.len(), script.entries.len());
    let nothing_seen = |_: EntryRef, _: EntryRef| false;
    let state = fold(&script.entries, &nothing_seen, &script.facts);
    assert_eq!(state.parties().len(), 4, "the agency's own ledger stands alone");
    assert!(
        state.members(&org("isp")).is_empty(),
        "nobody else has seen the case"
    );
    assert_eq!(fold(&[], &circle, &script.facts), State::default());
}
