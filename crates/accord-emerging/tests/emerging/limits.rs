//! Each limit, at it and one past it.

use accord_emerging::limits::{
    HISTORY_DAYS, HISTORY_HOURS, LATE_HOURS, MAX_AHEAD_MS, MAX_CLOSED_STORIES, MAX_EXAMPLES, MAX_FINDINGS,
    MAX_OPEN_STORIES, MAX_SHOWN_BYTES, MAX_SOURCES, MAX_STEP_MS,
};
use accord_emerging::{Circle, Config, Dimension, Engine, Event, Labels, Span, Taken};
use accord_matcher::Kind;

use crate::{DAYS, FIRST_HOUR, HOUR_MS, KEY, WEEKS, World, family, name, small};

fn at(at_ms: u64) -> Event<'static> {
    Event {
        at_ms,
        circle: Circle::OPEN,
        source: "source-0",
        customer: "customer-1",
        kind: Kind::Domain,
        value: "some.example",
        labels: Labels {
            family: Some("alpha"),
            ..Labels::default()
        },
        failed: false,
        lines: 1,
    }
}

#[test]
fn events_ahead_of_the_clock_or_older_than_the_history_are_refused_and_counted() {
    let mut world = World::new();
    world.pass(2);
    let now = world.now_ms();
    let open = now / HOUR_MS * HOUR_MS;
    let rows = [
        (now + MAX_AHEAD_MS, Taken::Counted),
        (now + MAX_AHEAD_MS + 1, Taken::Ahead),
        (u64::MAX, Taken::Ahead),
        (open, Taken::Counted),
        (open - 1, Taken::Late),
        (open - LATE_HOURS * HOUR_MS, Taken::Late),
        (open - LATE_HOURS * HOUR_MS - 1, Taken::History),
        (open - (HISTORY_HOURS - 1) * HOUR_MS, Taken::History),
        (open - (HISTORY_HOURS - 1) * HOUR_MS - 1, Taken::TooOld),
        (0, Taken::TooOld),
    ];
    let before = world.engine.health();
    for (at_ms, taken) in rows {
        assert_eq!(world.engine.observe(&at(at_ms)), taken, "{at_ms}");
    }
    let health = world.engine.health();
    assert_eq!(
        (health.taken - before.taken, health.refused - before.refused),
        (6, 4)
    );
    // A late event stands in its own hour.
    let row = &world
        .engine
        .series(Circle::OPEN, Dimension::Family, Span::Hours(26), 1)[0];
    assert_eq!([25, 24, 1, 0].map(|at| row.points[at].lines), [2, 2, 1, 1]);
}

#[test]
fn a_batch_of_old_lines_is_no_outbreak_now() {
    let mut world = World::new();
    world.pass(3 * WEEKS + 11);
    let old = world.now_ms() - 3 * 24 * HOUR_MS;
    for customer in 0..500 {
        let customer = format!("other-{customer}");
        let event = Event {
            at_ms: old,
            customer: &customer,
            ..at(0)
        };
        assert_eq!(world.engine.observe(&event), Taken::History);
    }
    world.pass(2);
    assert_eq!(world.stories(), []);
}

#[test]
fn the_clock_is_believed_for_five_weeks_and_waited_for_backwards() {
    let mut world = World::new();
    let now = world.now_ms();
    assert!(world.engine.advance(now + MAX_STEP_MS + 1).is_err());
    assert!(world.engine.advance(u64::MAX).is_err());
    assert_eq!(world.engine.now_ms(), now);
    world.engine.advance(now + MAX_STEP_MS).unwrap();
    assert_eq!(world.engine.now_ms(), now + MAX_STEP_MS);
    world.engine.advance(now).unwrap();
    assert_eq!(world.engine.now_ms(), now + MAX_STEP_MS);
    assert_eq!(world.engine.health().clock_set_back, 1);
    assert_eq!(world.engine.observe(&at(now + MAX_STEP_MS)), Taken::Counted);
}

#[test]
fn huge_values_and_labels_are_cut() {
    let mut world = World::new();
    world.pass(2 * WEEKS);
    let huge = format!("{}.example", "ä".repeat(500_000));
    let label = "b".repeat(1_000_000);
    for customer in 0..20 {
        world.meets(customer, family(&label, &huge));
    }
    world.end_hour();
    let story = world.story();
    for finding in &story.findings {
        assert!(
            finding.reason.len() < 2_000
                && finding
                    .evidence
                    .examples
                    .iter()
                    .all(|one| one.value.len() <= MAX_SHOWN_BYTES)
        );
    }
    assert!(story.title.len() <= MAX_SHOWN_BYTES + 10);
    assert!(world.engine.held_bytes() <= small().max_bytes());
}

#[test]
fn sources_beyond_the_limit_count_as_one() {
    let mut world = World::new();
    for source in 0..MAX_SOURCES + 50 {
        world.meets_at(&format!("s{source}"), 1, name("some.example"));
    }
    assert_eq!(world.engine.health().sources, MAX_SOURCES as u64);
}

#[test]
fn labels_beyond_the_limit_make_room_for_one_another_and_not_for_what_is_known() {
    let mut world = World::new();
    world.pass(3 * DAYS);
    let limit = small().labels as u64;
    for number in 0..limit - 1 {
        world.meets(1, family(&format!("once-{number}"), "some.example"));
    }
    assert_eq!(world.engine.health().labels_left_out, 0);
    for number in 0..1_000 {
        world.meets(1, family(&format!("flood-{number}"), "some.example"));
    }
    assert_eq!(world.engine.health().labels_left_out, 1_000);
    let rows = world
        .engine
        .series(Circle::OPEN, Dimension::Family, Span::Days(4), 1_000);
    assert_eq!(rows.len() as u64, limit);
    assert_eq!(rows[0].label, "alpha");
    assert!(rows[0].lines > 300);
}

#[test]
fn series_are_as_long_as_the_history_at_most() {
    let mut world = World::new();
    world.pass(30);
    let series = |span| {
        world.engine.series(Circle::OPEN, Dimension::Family, span, 1)[0]
            .points
            .len() as u64
    };
    assert_eq!(series(Span::Hours(u32::MAX)), HISTORY_HOURS);
    assert_eq!(series(Span::Days(u32::MAX)), HISTORY_DAYS);
    assert_eq!(series(Span::Hours(0)), 0);
    assert_eq!(
        world
            .engine
            .all(Span::Days(2))
            .iter()
            .map(|point| u64::from(point.lines))
            .sum::<u64>(),
        world.engine.health().taken
    );
    assert_eq!(
        world
            .engine
            .series(Circle::OPEN, Dimension::Country, Span::Days(2), 5),
        []
    );
}

#[test]
fn stories_findings_and_examples_are_bounded() {
    let mut config = small();
    config.labels = 512;
    config.watched = 4_096;
    let mut world = World::with(config);
    world.pass(2 * WEEKS);
    let mut told = 0;
    for round in 0..4 {
        for number in 0..140 {
            let label = format!("family-{round}-{number}");
            for customer in 0..8 {
                world.meets(customer, family(&label, &format!("a{number}b{round}.example")));
            }
        }
        world.pass(1);
        let health = world.engine.health();
        assert!(
            health.open <= MAX_OPEN_STORIES as u64 && health.closed <= MAX_CLOSED_STORIES as u64,
            "{health:?}"
        );
        told = told.max(health.open);
        world.pass(4 * DAYS);
    }
    assert_eq!(told, MAX_OPEN_STORIES as u64, "as many as there may be");
    assert_eq!(world.engine.health().closed, MAX_CLOSED_STORIES as u64);
    // One family with many values: one story of bounded size.
    for value in 0..40 {
        for customer in 0..12 {
            world.meets(customer, family("many", &format!("many{value}.example")));
        }
        world.pass(1);
    }
    let story = world
        .stories()
        .into_iter()
        .find(|story| story.title == "family many")
        .unwrap();
    assert_eq!(story.findings.len(), MAX_FINDINGS);
    assert!(
        story
            .findings
            .iter()
            .all(|finding| finding.evidence.examples.len() <= MAX_EXAMPLES)
    );
    assert!(world.engine.held_bytes() <= config.max_bytes());
}

#[test]
fn a_flood_of_one_source_costs_no_memory_and_hides_nothing() {
    let mut world = World::new();
    world.pass(2 * WEEKS + 10);
    world.background();
    world.wait(1);
    let before = world.engine.held_bytes();
    for value in 0..200_000u64 {
        world.meets_at(
            "flood",
            value % 5_000,
            name(&format!("f{}.example", value.wrapping_mul(0x9e37_79b9_7f4a_7c15))),
        );
    }
    for customer in 0..30 {
        world.meets(customer, name("hidden.example"));
    }
    world.wait(5);
    assert!(world.engine.held_bytes() <= small().max_bytes(), "{before}");
    let titles: Vec<String> = world.stories().iter().map(|story| story.title.clone()).collect();
    assert_eq!(titles, ["domain hidden.example"]);
    // What was known is known.
    assert_eq!(world.engine.health().forgot_day, 0);
}

#[test]
fn a_configuration_out_of_bounds_makes_no_engine() {
    let config = Config {
        labels: 1,
        ..Config::default()
    };
    assert!(Engine::new(config, KEY, FIRST_HOUR * HOUR_MS).is_err());
    assert!(Engine::new(Config::default(), KEY, 0).is_ok());
}
