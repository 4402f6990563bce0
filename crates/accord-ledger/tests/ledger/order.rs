use std::collections::{BTreeMap, BTreeSet};

use accord_ledger::order::{Fault, MAX_LEDGERS, Order, OrderError, Relation, Wait};
use accord_ledger::{Class, Clock, EntryId, Hash, Head, Header, LedgerId, MAX_AHEAD_MS};
use proptest::prelude::*;

const NOW: u64 = 1_000_000;

fn ledger(number: u8) -> LedgerId {
    LedgerId([number; 16])
}

fn id(number: u8, seq: u64) -> EntryId {
    EntryId {
        ledger: ledger(number),
        seq,
    }
}

/// Entry `seq` of a ledger at a time, citing the first `size` entries of others.
fn entry(number: u8, seq: u64, wall_ms: u64, cites: &[(u8, u64)]) -> Header {
    let head = |(other, size): &(u8, u64)| Head {
        ledger: ledger(*other),
        size: *size,
        root: Hash([0; 32]),
    };
    Header {
        class: Class::Control,
        ledger: ledger(number),
        seq,
        clock: Clock { wall_ms, counter: 0 },
        heads: cites.iter().map(head).collect(),
        size_class: 1,
        nonce: [0; 16],
        payload_root: Hash([0; 32]),
    }
}

#[test]
fn cited_heads_come_first_then_the_clock() {
    let headers = [
        entry(1, 0, 10, &[]),
        entry(1, 1, 40, &[(2, 1)]),
        entry(2, 0, 20, &[]),
        entry(2, 1, 30, &[]),
        entry(3, 0, 50, &[(1, 2)]),
        entry(3, 1, 50, &[]),
    ];
    let order = Order::new(&headers, NOW).unwrap();
    assert_eq!(
        order.linear(),
        [id(1, 0), id(2, 0), id(2, 1), id(1, 1), id(3, 0), id(3, 1)]
    );
    assert!(order.before(id(2, 0), id(3, 1)), "transitively");
    assert!(order.concurrent(id(2, 1), id(3, 0)));
    assert_eq!(order.relation(id(3, 0), id(1, 0)), Some(Relation::After));
    assert_eq!(order.relation(id(3, 0), id(3, 0)), Some(Relation::Same));
    assert_eq!(order.relation(id(3, 0), id(9, 0)), None);
    assert_eq!(order.faults(), [(id(3, 1), Fault::ClockBackwards)]);
    assert!(order.waiting().is_empty());
}

#[test]
fn ties_are_broken_by_clock_then_ledger() {
    let headers = [entry(2, 0, 10, &[]), entry(1, 0, 10, &[]), entry(3, 0, 9, &[])];
    let order = Order::new(&headers, NOW).unwrap();
    assert_eq!(order.linear(), [id(3, 0), id(1, 0), id(2, 0)]);
}

#[test]
fn causality_beats_a_wrong_clock_which_is_reported() {
    let headers = [
        entry(1, 0, 500, &[]),
        entry(2, 0, 100, &[(1, 1)]),
        entry(2, 1, 90, &[]),
        entry(3, 0, 300, &[(1, 1), (2, 2)]),
    ];
    let order = Order::new(&headers, NOW).unwrap();
    assert_eq!(order.linear(), [id(1, 0), id(2, 0), id(2, 1), id(3, 0)]);
    let expected = [
        (id(2, 0), Fault::ClockBehind(id(1, 0))),
        (id(2, 1), Fault::ClockBackwards),
        (id(3, 0), Fault::ClockBehind(id(1, 0))),
    ];
    assert_eq!(order.faults(), expected);
    let back = [
        entry(1, 0, 1, &[]),
        entry(1, 1, 2, &[]),
        entry(2, 0, 3, &[(1, 2)]),
        entry(2, 1, 4, &[(1, 1)]),
    ];
    let order = Order::new(&back, NOW).unwrap();
    assert_eq!(order.faults(), [(id(2, 1), Fault::HeadBackwards(ledger(1)))]);
}

#[test]
fn what_is_not_held_is_waited_for() {
    let headers = [
        entry(1, 0, 10, &[]),
        entry(1, 2, 30, &[]),
        entry(2, 0, 40, &[(1, 2)]),
        entry(2, 1, 50, &[]),
        entry(3, 0, 60, &[(9, 4)]),
        entry(4, 0, 70, &[(1, 1)]),
    ];
    let order = Order::new(&headers, NOW).unwrap();
    assert_eq!(order.linear(), [id(1, 0), id(4, 0)]);
    let expected = [
        (id(1, 2), Wait::Missing(id(1, 1))),
        (id(2, 0), Wait::Missing(id(1, 1))),
        (id(2, 1), Wait::DependsOn(id(2, 0))),
        (id(3, 0), Wait::Missing(id(9, 3))),
    ];
    assert_eq!(order.waiting(), expected);
    assert!(
        !order.before(id(1, 0), id(2, 0)),
        "nothing is said about entries that wait"
    );
}

#[test]
fn nobody_waits_for_what_lies_beyond_a_limit() {
    let headers = [
        entry(1, 0, 10, &[]),
        entry(1, 1, 20, &[]),
        entry(2, 0, 30, &[(1, 9)]),
        entry(3, 0, 40, &[(4, 1)]),
    ];
    let waits = Order::new(&headers, NOW).unwrap();
    assert_eq!(waits.waiting().len(), 2);
    let limits = BTreeMap::from([(ledger(1), 1), (ledger(4), 0)]);
    let order = Order::within(&headers, &limits, NOW).unwrap();
    assert_eq!(order.linear(), [id(1, 0), id(2, 0), id(3, 0)]);
    assert!(
        order.before(id(1, 0), id(2, 0)),
        "what lies within is cited still"
    );
    assert!(order.waiting().is_empty());
}

#[test]
fn stamps_too_far_ahead_wait_with_their_dependents_until_the_clock_is_there() {
    let at_limit = entry(1, 0, NOW + MAX_AHEAD_MS, &[]);
    let past = entry(2, 0, NOW + MAX_AHEAD_MS + 1, &[]);
    let after = entry(3, 0, NOW, &[(2, 1)]);
    let headers = [at_limit, past, after];
    let order = Order::new(&headers, NOW).unwrap();
    assert_eq!(order.linear(), [id(1, 0)]);
    let expected = [
        (id(2, 0), Wait::Ahead { until_ms: NOW + 1 }),
        (id(3, 0), Wait::DependsOn(id(2, 0))),
    ];
    assert_eq!(order.waiting(), expected);
    assert_eq!(Order::new(&headers, NOW + 1).unwrap().linear().len(), 3);
    assert_eq!(
        Order::next_clock(&headers, NOW),
        Clock {
            wall_ms: NOW + MAX_AHEAD_MS,
            counter: 1
        }
    );
}

#[test]
fn entries_that_cite_each_other_in_a_circle_wait() {
    let headers = [
        entry(1, 0, 1, &[(2, 1)]),
        entry(2, 0, 1, &[(1, 1)]),
        entry(3, 0, 1, &[]),
    ];
    let order = Order::new(&headers, NOW).unwrap();
    assert_eq!(order.linear(), [id(3, 0)]);
    let expected = [
        (id(1, 0), Wait::DependsOn(id(2, 0))),
        (id(2, 0), Wait::DependsOn(id(1, 0))),
    ];
    assert_eq!(order.waiting(), expected);
    let oneself = [entry(1, 0, 1, &[(1, 1)])];
    assert!(Order::new(&oneself, NOW).unwrap().linear().is_empty());
}

#[test]
fn twins_and_repeats() {
    let header = entry(1, 0, 1, &[]);
    let twice = [header.clone(), header.clone()];
    assert_eq!(Order::new(&twice, NOW).unwrap().linear(), [id(1, 0)]);
    let twin = [header, entry(1, 0, 2, &[])];
    assert_eq!(Order::new(&twin, NOW), Err(OrderError::TwoEntries(id(1, 0))));
}

#[test]
fn the_ledger_limit_and_one_past_it() {
    let headers = |count: usize| {
        (0..count)
            .map(|number| entry(number as u8, 0, 1, &[]))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        Order::new(&headers(MAX_LEDGERS), NOW).unwrap().linear().len(),
        MAX_LEDGERS
    );
    assert_eq!(
        Order::new(&headers(MAX_LEDGERS + 1), NOW),
        Err(OrderError::TooManyLedgers(MAX_LEDGERS + 1))
    );
}

/// A space of `count` entries in four ledgers: each step one ledger appends, having seen what `pick` says.
fn space(count: usize, mut pick: impl FnMut() -> u64) -> Vec<Header> {
    let mut sizes = [0u64; 4];
    let mut cited = [[0u64; 4]; 4];
    let mut headers = Vec::with_capacity(count);
    for step in 0..count {
        let random = pick();
        let own = (random % 4) as usize;
        let mut cites = Vec::new();
        for other in 0..4 {
            if other != own && sizes[other] > 0 && (random >> (8 + other)) & 1 == 1 {
                let size = sizes[other] - (random >> 16) % (sizes[other] - cited[own][other] + 1).min(3);
                if size > 0 {
                    cited[own][other] = size;
                    cites.push((other as u8, size));
                }
            }
        }
        headers.push(entry(own as u8, sizes[own], step as u64 + 1, &cites));
        sizes[own] += 1;
    }
    headers
}

/// Everything an entry is after, found by walking citations.
fn naive_causes(headers: &[Header], of: &Header) -> BTreeSet<EntryId> {
    let mut causes = BTreeSet::new();
    let mut open = vec![of.clone()];
    while let Some(header) = open.pop() {
        let own = (header.ledger, header.seq);
        for (ledger, size) in
            std::iter::once(own).chain(header.heads.iter().map(|head| (head.ledger, head.size)))
        {
            for seq in 0..size {
                if causes.insert(EntryId { ledger, seq }) {
                    open.extend(
                        headers
                            .iter()
                            .find(|header| header.id() == EntryId { ledger, seq })
                            .cloned(),
                    );
                }
            }
        }
    }
    causes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn order_is_causal_and_independent_of_input_order(picks in prop::collection::vec(any::<u64>(), 1..40), turn in any::<u64>()) {
        let mut picks_iter = picks.iter().copied();
        let headers = space(picks.len(), || picks_iter.next().unwrap());
        let order = Order::new(&headers, NOW).unwrap();
        let mut shuffled = headers.clone();
        let mut state = turn;
        for at in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            shuffled.swap(at, (state >> 33) as usize % (at + 1));
        }
        prop_assert_eq!(&Order::new(&shuffled, NOW).unwrap(), &order);
        prop_assert_eq!(order.linear().len(), headers.len());
        prop_assert!(order.faults().is_empty());
        // Honest clocks: the order is that of the clocks.
        let clocks: Vec<_> = order.linear().iter().map(|id| headers.iter().find(|h| h.id() == *id).unwrap().clock).collect();
        prop_assert!(clocks.is_sorted());
        for b in &headers {
            let causes = naive_causes(&headers, b);
            for a in &headers {
                prop_assert_eq!(order.before(a.id(), b.id()), causes.contains(&a.id()));
            }
        }
    }

    #[test]
    fn one_more_entry_at_the_end_is_as_if_all_were_ordered_again(
        picks in prop::collection::vec(any::<u64>(), 1..40),
        swaps in prop::collection::vec(any::<(u8, u8)>(), 0..6),
        skewed in prop::collection::vec(any::<(u8, u8)>(), 0..4),
    ) {
        let mut picks_iter = picks.iter().copied();
        let mut headers = space(picks.len(), || picks_iter.next().unwrap());
        let count = headers.len();
        // Some clocks are wrong, some entries arrive out of turn.
        for (which, wall_ms) in skewed {
            headers[which as usize % count].clock.wall_ms = u64::from(wall_ms);
        }
        for (a, b) in swaps {
            headers.swap(a as usize % count, b as usize % count);
        }
        let mut order = Order::new(&[], NOW).unwrap();
        for held in 1..=count {
            let new = &headers[held - 1];
            let whole = Order::new(&headers[..held], NOW).unwrap();
            let find = |id: EntryId| headers[..held].iter().find(|header| header.id() == id);
            let before = order.clone();
            if order.push(new, find, NOW) {
                prop_assert_eq!(&order, &whole);
            } else {
                prop_assert_eq!(&order, &before, "nothing changed");
                order = whole;
            }
            if let Some(clock) = order.tick(NOW) {
                prop_assert_eq!(clock, Order::next_clock(&headers[..held], NOW));
            }
        }
    }

    #[test]
    fn any_subset_orders_without_panic(picks in prop::collection::vec(any::<u64>(), 1..40), keep in any::<u64>()) {
        let mut picks_iter = picks.iter().copied();
        let headers = space(picks.len(), || picks_iter.next().unwrap());
        let some: Vec<_> = headers.iter().enumerate().filter(|(at, _)| keep >> (at % 64) & 1 == 1).map(|(_, h)| h.clone()).collect();
        let order = Order::new(&some, NOW).unwrap();
        prop_assert_eq!(order.linear().len() + order.waiting().len(), some.len());
        let held: BTreeSet<_> = order.linear().iter().copied().collect();
        for header in some.iter().filter(|header| held.contains(&header.id())) {
            prop_assert!(naive_causes(&headers, header).is_subset(&held));
        }
    }
}

#[test]
fn an_entry_is_not_taken_at_the_end_where_it_may_stand_elsewhere() {
    let held = [entry(1, 0, 10, &[]), entry(2, 0, 20, &[])];
    let find = |id: EntryId| held.iter().find(|header| header.id() == id);
    let order = Order::new(&held, NOW).unwrap();
    let taken = |header: Header| order.clone().push(&header, find, NOW);
    assert!(taken(entry(1, 1, 21, &[(2, 1)])));
    assert!(
        taken(entry(1, 1, 21, &[])),
        "concurrent with the other's, and newer"
    );
    assert!(!taken(entry(1, 1, 20, &[])), "not newer than everything");
    assert!(!taken(entry(1, 2, 21, &[])), "its predecessor is not here");
    assert!(!taken(entry(1, 1, 21, &[(2, 2)])), "what it cites is not here");
    assert!(!taken(entry(3, 0, 21, &[])), "a ledger not seen before");
    assert!(!taken(entry(2, 0, 21, &[])), "it is there already");
    assert!(!taken(entry(1, 1, NOW + MAX_AHEAD_MS + 1, &[])), "too far ahead");
    let limits = BTreeMap::from([(ledger(2), 1)]);
    let mut limited = Order::within(&held, &limits, NOW).unwrap();
    assert!(
        !limited.push(&entry(1, 1, 21, &[]), find, NOW),
        "some was left out"
    );
}

#[test]
fn a_hundred_thousand_entries_are_ordered() {
    let mut state = 7u64;
    let mut pick = || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        state >> 20
    };
    let headers = space(100_000, &mut pick);
    let start = std::time::Instant::now();
    let order = Order::new(&headers, NOW).unwrap();
    println!("100,000 entries ordered in {:?}", start.elapsed());
    assert_eq!(order.linear().len(), 100_000);
    assert!(order.waiting().is_empty());
}
