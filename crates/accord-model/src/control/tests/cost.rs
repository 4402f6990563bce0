//! What folding costs, counted in comparisons of two entries, so that no clock decides.

use super::script::*;
use crate::control::order::COMPARISONS;
use crate::control::*;
use crate::{EntryRef, LedgerId, Role};

/// A provider that names one person again and again, by turns in two ledgers, each time having seen all.
fn naming(times: u64) -> (Vec<Noted>, impl Fn(EntryRef, EntryRef) -> bool, Facts) {
    let script = Script::case();
    let first = Script::ledger("isp");
    let second = Script::ledger("epoch-two");
    let start = script
        .entries
        .iter()
        .filter(|noted| noted.at.ledger == first)
        .count() as u64;
    let mut entries = script.entries.clone();
    let mut opening = entries
        .iter()
        .find(|noted| noted.at.ledger == first)
        .unwrap()
        .clone();
    opening.at.ledger = second;
    entries.push(opening);
    for turn in 0..times {
        let (ledger, seq) = if turn % 2 == 0 {
            (first, start + turn / 2)
        } else {
            (second, 1 + turn / 2)
        };
        entries.push(Noted {
            at: EntryRef { ledger, seq },
            author: org("isp"),
            wall_ms: 1_000,
            entry: names(ISP_APPROVER, 26, &[Role::Auditor]).into(),
        });
    }
    // When each was written: those of the script first.
    let turn_of = move |at: EntryRef| match (at.ledger, at.seq) {
        (ledger, seq) if ledger == first && seq >= start => Some((seq - start) * 2 + 1),
        (ledger, seq) if ledger == second => Some(seq * 2),
        _ => None,
    };
    let facts = script.facts.clone();
    let before = move |a: EntryRef, b: EntryRef| match (turn_of(a), turn_of(b)) {
        (Some(a), Some(b)) => a < b,
        (None, Some(_)) => true,
        (Some(_), None) => false,
        (None, None) => script.before(a, b),
    };
    (entries, before, facts)
}

fn comparisons(times: u64) -> (u64, u64, u64) {
    let (entries, before, facts) = naming(times);
    let ledgers: std::collections::BTreeSet<LedgerId> = entries.iter().map(|noted| noted.at.ledger).collect();
    COMPARISONS.set(0);
    let state = fold(&entries, &before, &facts);
    let counted = COMPARISONS.get();
    assert_eq!(state.set_aside, []);
    assert!(state.members(&org("isp")).contains_key(&person(26)));
    (counted, entries.len() as u64, ledgers.len() as u64)
}

#[test]
fn naming_one_person_five_thousand_times_costs_by_the_entry_not_by_the_pair() {
    let (few, _, _) = comparisons(1_250);
    let (many, entries, ledgers) = comparisons(5_000);
    // Four times the entries: four times the comparisons, and a little for the longer search in a ledger.
    assert!(many < few * 5, "{few} comparisons became {many}");
    assert!(
        many < entries * ledgers * 40,
        "{many} comparisons for {entries} entries in {ledgers} ledgers"
    );
}
