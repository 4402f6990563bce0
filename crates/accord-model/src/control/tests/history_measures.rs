//! Random histories of secondments, oral authorities, recalls, holds, destructions and goes, among removals and
//! the rest: order of arrival does not matter, later entries change nothing that counted, and what takes wins.

use proptest::prelude::*;

use super::history::*;
use super::rows_go::{go, no_go, takes_back};
use super::rows_keeping::{destroys, holds, lifts, recalls, receipts};
use super::script::*;
use crate::control::*;
use crate::{Category, EntryRef, Role};

fn last(script: &Script, detail: u8, wanted: fn(&ControlEntry) -> bool, otherwise: EntryRef) -> EntryRef {
    let all: Vec<EntryRef> = script
        .entries
        .iter()
        .filter(|noted| wanted(&noted.entry))
        .map(|noted| noted.at)
        .collect();
    if all.is_empty() {
        otherwise
    } else {
        pick(&all, detail)
    }
}

fn disclosure_of(name: &str) -> u8 {
    if name == "second" { 42 } else { 13 }
}

fn measure_of(
    name: &str,
    what: u8,
    detail: u8,
    script: &Script,
    request: EntryRef,
    exhibit: EntryRef,
) -> ControlEntry {
    let approver = approver_of(name);
    let officer = officer_of(name);
    let item = pick(&[request, exhibit], detail);
    let is_agency = name == "agency" || name == "second";
    let (by, role) = if is_agency {
        (officer, Role::CaseOfficer)
    } else {
        (approver, Role::Approver)
    };
    let (home, host) = (
        pick(&["vendor", "isp"], detail),
        pick(&["agency", "second"], detail / 2),
    );
    match what % 16 {
        0 | 1 => SecondmentGranted {
            by: person(by),
            role,
            person: person(35),
            home: org(if is_agency { home } else { name }),
            host: org(if is_agency { name } else { host }),
            scope: Scope {
                categories: vec![
                    pick(&[Category::Analysis, Category::Task], detail / 4),
                    Category::Request,
                ],
                text: "words".to_owned(),
            },
            from_ms: 500,
            until_ms: 2_000 + u64::from(detail),
        }
        .into(),
        2 => SecondmentEnded {
            by: person(by),
            role,
            person: person(35),
            home: org(if is_agency { home } else { name }),
            host: org(if is_agency { name } else { host }),
            reason: "done".to_owned(),
        }
        .into(),
        3 => OralRecorded {
            by: person(by),
            role,
            ground: pick(&[THREAT_TO_LIFE, THREAT_TO_LIFE, "hurry"], detail).to_owned(),
            act: "ask".to_owned(),
            category: Category::SubscriberData,
            addressee: org(if is_agency { "isp" } else { name }),
            authority: "Judge Example".to_owned(),
            power: "Act 7".to_owned(),
            request: None,
        }
        .into(),
        4 => OralConfirmed {
            by: person(by),
            role,
            oral: last(
                script,
                detail,
                |entry| matches!(entry, ControlEntry::OralRecorded(_)),
                request,
            ),
            reference: "PO".to_owned(),
            authority: "Court".to_owned(),
            instrument: None,
        }
        .into(),
        5 => recalls(approver, item).into(),
        6 => receipts(
            approver,
            last(
                script,
                detail,
                |entry| matches!(entry, ControlEntry::RecallOrdered(_)),
                request,
            ),
            pick(RecallDone::ALL, detail),
        )
        .into(),
        7 => HoldPlaced {
            by: person(disclosure_of(name)),
            ..holds(pick(&[None, Some(request), Some(exhibit)], detail))
        }
        .into(),
        8 | 9 => HoldLifted {
            by: person(disclosure_of(name)),
            ..lifts(last(
                script,
                detail,
                |entry| matches!(entry, ControlEntry::HoldPlaced(_)),
                request,
            ))
        }
        .into(),
        10 | 11 => destroys(item).into(),
        12 => go(approver, request).into(),
        13 if detail.is_multiple_of(3) => no_go(approver, request).into(),
        13 if detail.is_multiple_of(2) => takes_back(approver, request).into(),
        // The rest of the story: parties leave and come back, people are taken off.
        _ => entry_of(name, 1 + detail % 2, detail / 2, script, request, exhibit),
    }
}

fn play(lines: &[Line]) -> Script {
    let mut script = Script::case();
    for (name, approver, officer) in [("agency", AGENCY_APPROVER, 13), ("second", SECOND_APPROVER, 42)] {
        script.write(name, names(approver, officer, &[Role::DisclosureOfficer]));
    }
    play_with(script, lines, &measure_of)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_order_of_arrival_does_not_matter(lines in lines(), turn in any::<u64>()) {
        let mut script = play(&lines);
        let state = script.fold();
        script.entries.sort_by_key(|noted| {
            let place = noted.at.seq.wrapping_add(u64::from(noted.at.ledger.0[0]));
            place.wrapping_mul(turn | 1).rotate_left(17)
        });
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
        // What was called back stays so; a no stays a no while its party is there.
        for entry in part.recalls().keys() {
            prop_assert!(whole.is_recalled(*entry));
        }
    }

    #[test]
    fn what_takes_wins(lines in lines()) {
        let script = play(&lines);
        let state = script.fold();
        for noted in script.entries.iter().filter(|noted| state.counts(noted.at)) {
            match &noted.entry {
                ControlEntry::RecallOrdered(body) => prop_assert!(state.is_recalled(body.entry)),
                ControlEntry::GoRefused(body) if state.party_kind(&noted.author).is_some() => {
                    let go = state.go(&body.commitment, body.instant_ms, 0);
                    prop_assert!(matches!(go, Go::NoGo(_)), "{:?}", go);
                }
                ControlEntry::HoldPlaced(body) if state.holds()[&noted.at].lifted.is_none() => {
                    if let Some(item) = body.entry {
                        prop_assert!(state.held(item));
                        for (org, word) in state.destructions(item) {
                            let saw = script.before(noted.at, word.at);
                            let seen = script.before(word.at, noted.at) || noted.at.ledger == word.at.ledger;
                            prop_assert!(saw || seen || !state.destroyed(item, org));
                        }
                    }
                }
                ControlEntry::SecondmentEnded(body) => {
                    let grants = state.secondments().filter(|one| {
                        (&one.home, &one.host, one.person) == (&body.home, &body.host, body.person)
                    });
                    for grant in grants {
                        for at in &grant.granted {
                            prop_assert!(script.before(noted.at, *at), "a grant had not seen its end");
                        }
                    }
                }
                _ => {}
            }
        }
    }
}

#[test]
fn random_histories_reach_every_kind_of_state() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut reached = [
        ("seconded", 0),
        ("oral", 0),
        ("recalled", 0),
        ("held", 0),
        ("destroyed", 0),
        ("against", 0),
        ("no-go", 0),
    ];
    for _ in 0..300 {
        let script = play(&lines().new_tree(&mut runner).unwrap().current());
        let state = script.fold();
        let words = || state.destroyed.values().flat_map(|by_org| by_org.values());
        let counts = [
            state.secondments().next().is_some(),
            !state.orals().is_empty(),
            !state.recalls().is_empty(),
            state.holds().values().any(|hold| hold.lifted.is_none()),
            words().any(|word| word.against.is_none()),
            words().any(|word| word.against.is_some()),
            state
                .goes
                .keys()
                .any(|(commitment, instant)| matches!(state.go(commitment, *instant, 0), Go::NoGo(_))),
        ];
        for ((_, often), now) in reached.iter_mut().zip(counts) {
            *often += usize::from(now);
        }
    }
    for (what, often) in reached {
        assert!(often > 5, "{what} only {often} times");
    }
}
