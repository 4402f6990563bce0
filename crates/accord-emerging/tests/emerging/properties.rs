//! Whatever comes in: the same gives the same, memory stays bounded, saving changes nothing.

use accord_emerging::{Circle, Dimension, Engine, Event, Judgement, Labels, Span};
use accord_matcher::Kind;
use proptest::prelude::*;

use crate::{FIRST_HOUR, HOUR_MS, KEY, small};

/// An act: a group of events, time that passes, a judgement.
#[derive(Debug, Clone)]
enum Act {
    Events {
        customers: u16,
        value: u16,
        label: Option<u8>,
        source: u8,
        ago_ms: u64,
        ahead_ms: u64,
        failed: bool,
        text: String,
    },
    Passes(u64),
    Judged(Judgement),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let events = (
        1..40u16,
        0..50u16,
        proptest::option::of(0..60u8),
        0..6u8,
        prop_oneof![Just(0u64), 0..90_000_000u64, any::<u64>()],
        prop_oneof![3 => Just(0u64), 1 => any::<u64>()],
        any::<bool>(),
        ".{0,40}",
    )
        .prop_map(
            |(customers, value, label, source, ago_ms, ahead_ms, failed, text)| Act::Events {
                customers,
                value,
                label,
                source,
                ago_ms,
                ahead_ms,
                failed,
                text,
            },
        );
    let passes =
        prop_oneof![4 => 0..2 * HOUR_MS, 2 => 0..30 * HOUR_MS, 1 => 0..20 * 24 * HOUR_MS, 1 => any::<u64>()]
            .prop_map(Act::Passes);
    let judged = prop_oneof![Just(Judgement::Dismissed), Just(Judgement::Promoted)].prop_map(Act::Judged);
    proptest::collection::vec(prop_oneof![6 => events, 3 => passes, 1 => judged], 1..60)
}

fn run(engine: &mut Engine, act: &Act) {
    match act {
        Act::Events {
            customers,
            value,
            label,
            source,
            ago_ms,
            ahead_ms,
            failed,
            text,
        } => {
            let label = label.map(|label| format!("label-{label}"));
            let source = format!("source-{source}");
            let value = if *value < 40 {
                format!("n{value}.example")
            } else {
                text.clone()
            };
            for customer in 0..*customers {
                let customer = format!("c{customer}");
                engine.observe(&Event {
                    at_ms: engine.now_ms().saturating_sub(*ago_ms).saturating_add(*ahead_ms),
                    circle: Circle::OPEN,
                    source: &source,
                    customer: &customer,
                    kind: Kind::ALL[value.len() % Kind::ALL.len()],
                    value: &value,
                    labels: Labels {
                        family: label.as_deref(),
                        country: label.as_deref(),
                        ..Labels::default()
                    },
                    failed: *failed,
                    lines: 1,
                });
            }
        }
        Act::Passes(time_ms) => {
            // What the clock cannot have done is refused, and is no end.
            let _ = engine.advance(engine.now_ms().saturating_add(*time_ms));
        }
        Act::Judged(judgement) => {
            if let Some(story) = engine.stories().first() {
                assert!(engine.judge(story.id, *judgement));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_same_gives_the_same_in_bounded_memory(acts in acts(), cut in 0..60usize) {
        let fresh = || Engine::new(small(), KEY, FIRST_HOUR * HOUR_MS).unwrap();
        let (mut one, mut two) = (fresh(), fresh());
        for (at, act) in acts.iter().enumerate() {
            run(&mut one, act);
            if at == cut {
                two = Engine::restore(&two.save(), KEY).unwrap();
            }
            run(&mut two, act);
            prop_assert!(one.held_bytes() <= small().max_bytes());
        }
        prop_assert_eq!(one.save(), two.save());
        prop_assert_eq!(one.stories(), two.stories());
        for dimension in Dimension::ALL {
            prop_assert_eq!(one.series(Circle::OPEN, dimension, Span::Days(9), 9), two.series(Circle::OPEN, dimension, Span::Days(9), 9));
        }
    }

    #[test]
    fn no_bytes_make_restoring_fail_otherwise_than_by_saying_so(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut state = b"ACCORDEM\x01\0\0\0".to_vec();
        state.extend(&bytes);
        prop_assert!(Engine::restore(&state, KEY).is_err());
    }
}
