//! Sliding windows against a reading that looks at every window anew.

use proptest::prelude::*;

use super::events::{Cause, Place};
use super::windows::{Found, Seen, slide};
use super::{Bound, Correlation, Expr, Holds, Kind};

const RULES: usize = 3;

fn correlation(kind: Kind, holds: Holds, timespan_ms: i64) -> Correlation {
    Correlation {
        depth: 0,
        generates: false,
        kind,
        rules: (0..RULES).collect(),
        group_by: Vec::new(),
        counted: Vec::new(),
        timespan_ms,
        holds,
    }
}

fn asked() -> impl Strategy<Value = (Kind, Holds)> {
    let count = |kind| {
        prop_oneof![
            (1..5_u64).prop_map(Bound::AtLeast),
            (1..5_u64).prop_map(Bound::Exactly)
        ]
        .prop_map(move |bound| (kind, Holds::Count(vec![bound])))
    };
    prop_oneof![
        count(Kind::EventCount),
        count(Kind::ValueCount),
        count(Kind::Temporal),
        Just((Kind::Temporal, Holds::All)),
        Just((Kind::Ordered, Holds::All)),
        Just((
            Kind::Temporal,
            Holds::Rules(Expr::Or(vec![
                Expr::And(vec![Expr::Rule(0), Expr::Rule(2)]),
                Expr::Rule(1)
            ]))
        )),
    ]
}

/// Whether rules stand in their order among events, and where the latest such chain that ends with the last one begins.
fn chain(events: &[Seen], rule: usize, before: usize) -> Option<usize> {
    (0..before)
        .rev()
        .filter(|at| events[*at].place == rule)
        .filter_map(|at| match rule.checked_sub(1) {
            None => Some(at),
            Some(below) => chain(events, below, at),
        })
        .max()
}

/// What holds for the window that ends with this event: where it begins, and the count.
fn window(correlation: &Correlation, events: &[Seen], at: usize) -> Option<(usize, u64)> {
    let oldest = events[at].time_ms - correlation.timespan_ms;
    let start = events.iter().position(|event| event.time_ms >= oldest).unwrap();
    let inside = &events[start..=at];
    let present = |rule: usize| inside.iter().any(|event| event.place == rule);
    let distinct = |values: Vec<&[u32]>| {
        let mut values = values;
        values.sort_unstable();
        values.dedup();
        values.len() as u64
    };
    let rules = (0..RULES).filter(|rule| present(*rule)).count() as u64;
    let count = match correlation.kind {
        Kind::EventCount => inside.len() as u64,
        Kind::ValueCount => distinct(inside.iter().map(|event| event.counted.as_slice()).collect()),
        Kind::Temporal | Kind::Ordered => rules,
    };
    let begins = match &correlation.holds {
        Holds::Count(bounds) => bounds
            .iter()
            .all(|bound| match bound {
                Bound::AtLeast(least) => count >= *least,
                Bound::Exactly(exactly) => count == *exactly,
            })
            .then_some(start),
        Holds::Rules(expression) => expression.holds(&present).then_some(start),
        Holds::All if correlation.kind == Kind::Ordered => {
            if events[at].place + 1 == RULES {
                let before = chain(inside, RULES - 2, inside.len() - 1);
                before.map(|before| start + before)
            } else {
                None
            }
        }
        Holds::All => (rules == RULES as u64).then_some(start),
    };
    begins.map(|begins| (begins, count))
}

fn naive(correlation: &Correlation, events: &[Seen]) -> Vec<Found> {
    let mut bursts: Vec<Found> = Vec::new();
    let mut open = false;
    for at in 0..events.len() {
        let Some((first, count)) = window(correlation, events, at) else {
            open = false;
            continue;
        };
        match bursts.last_mut().filter(|_| open) {
            Some(burst) => {
                burst.last = at;
                burst.count = burst.count.max(count);
            }
            None => bursts.push(Found {
                first,
                reached: at,
                last: at,
                count,
            }),
        }
        open = true;
    }
    bursts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn windows_are_what_a_naive_reading_finds(
        (kind, holds) in asked(),
        timespan_ms in 0..20_i64,
        events in prop::collection::vec((0..60_i64, 0..RULES, 0..3_u32), 0..40),
    ) {
        let mut events: Vec<Seen> = events
            .into_iter()
            .map(|(time_ms, place, value)| Seen {
                time_ms,
                cause: Cause::Hit(Place::default()),
                place,
                rule: place,
                counted: vec![value],
            })
            .collect();
        events.sort_by_key(|event| (event.time_ms, event.place));
        let correlation = correlation(kind, holds, timespan_ms);
        prop_assert_eq!(slide(&correlation, &events), naive(&correlation, &events));
    }
}

#[test]
fn many_events_in_a_wide_window_are_one_pass() {
    // A window that holds all of half a million events; looked at anew for each it would take hours.
    let events: Vec<Seen> = (0..500_000_u32)
        .map(|number| Seen {
            time_ms: i64::from(number),
            cause: Cause::Hit(Place::default()),
            place: (number % 3) as usize,
            rule: 0,
            counted: vec![number],
        })
        .collect();
    for (kind, holds) in [
        (Kind::ValueCount, Holds::Count(vec![Bound::AtLeast(400_000)])),
        (Kind::Ordered, Holds::All),
        (Kind::Temporal, Holds::All),
    ] {
        let bursts = slide(&correlation(kind, holds, i64::MAX), &events);
        assert!(!bursts.is_empty(), "{kind:?}");
    }
}
