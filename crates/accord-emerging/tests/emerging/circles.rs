//! Circles: what is found rests on the events of one, and what may be told no more is forgotten.

use accord_emerging::{Circle, Config, Dimension, Engine, Event, Labels, Span};
use accord_matcher::Kind;

use crate::{FIRST_HOUR, HOUR_MS, KEY, WEEKS, World, family, name, small};

const CASE: Circle = Circle([7; 16]);
const OTHER: Circle = Circle([8; 16]);

/// Three weeks of background for everybody, then an outbreak of `alpha` in a case.
fn outbreak_in(circle: Circle) -> World {
    let mut world = World::new();
    world.pass(3 * WEEKS + 11);
    world.background();
    world.circle = circle;
    world.outbreak(0..40);
    for customer in 0..30 {
        world.meets(500 + customer, name("only-there.example"));
    }
    world.wait(10);
    world
}

#[test]
fn a_story_is_of_the_circle_of_its_events_and_names_nothing_of_another() {
    let world = outbreak_in(CASE);
    let stories = world.stories();
    assert!(!stories.is_empty());
    assert!(stories.iter().all(|story| story.circle == CASE), "{stories:?}");
    let told = format!("{stories:?}");
    assert!(told.contains("only-there.example") && told.contains("alpha1.example"));
    assert!(
        !told.contains("popular") && !told.contains("alpha0.example"),
        "{told}"
    );
}

#[test]
fn halves_of_an_outbreak_in_two_circles_are_not_added_up() {
    let told = |circles: [Circle; 2]| {
        let mut world = World::new();
        world.pass(3 * WEEKS + 11);
        world.background();
        for (half, circle) in circles.into_iter().enumerate() {
            world.circle = circle;
            for customer in 0..2 {
                world.meets(1_000 + 2 * half as u64 + customer, family("beta", "beta.example"));
            }
        }
        world.wait(10);
        world.stories().len()
    };
    assert_eq!(told([CASE, CASE]), 1);
    assert_eq!(told([CASE, OTHER]), 0);
}

#[test]
fn the_series_of_a_circle_are_its_own() {
    let world = outbreak_in(CASE);
    let lines = |circle| -> u64 {
        let rows = world.engine.series(circle, Dimension::Family, Span::Hours(1), 9);
        rows.iter().map(|row| row.lines).sum()
    };
    assert_eq!(lines(CASE), 40);
    assert_eq!(lines(OTHER), 0);
    assert!(lines(Circle::OPEN) > 0 && lines(Circle::OPEN) < 40);
}

#[test]
fn an_event_of_several_lines_counts_them_and_is_one_customer() {
    let mut engine = Engine::new(Config { ..small() }, KEY, FIRST_HOUR * HOUR_MS).unwrap();
    engine.observe(&Event {
        at_ms: FIRST_HOUR * HOUR_MS,
        circle: CASE,
        source: "edge",
        customer: "",
        kind: Kind::Domain,
        value: "some.example",
        labels: Labels {
            family: Some("alpha"),
            ..Labels::default()
        },
        failed: false,
        lines: 5_000,
    });
    let row = &engine.series(CASE, Dimension::Family, Span::Hours(1), 1)[0];
    assert_eq!((row.lines, row.points[0].count), (5_000, 1));
}

#[test]
fn what_may_be_told_no_more_is_forgotten_and_the_rest_stays() {
    let mut world = outbreak_in(CASE);
    let before = world.engine.clone();
    world.engine.keep_only(OTHER, |_, _| false);
    assert_eq!(world.engine, before, "another circle");

    world
        .engine
        .keep_only(CASE, |_, value| value != "only-there.example");
    let told = format!("{:?}", world.engine);
    assert!(!told.contains("only-there.example"));
    assert!(told.contains("alpha1.example"));
    assert!(world.stories().iter().any(|story| story.title == "family alpha"));

    world.engine.forget(CASE);
    assert_eq!(world.stories(), []);
    assert_eq!(
        world.engine.series(CASE, Dimension::Family, Span::Hours(9), 9),
        []
    );
    // The background is everybody's, and is there still.
    assert!(
        !world
            .engine
            .series(Circle::OPEN, Dimension::Family, Span::Hours(9), 9)
            .is_empty()
    );
    let saved = world.engine.save();
    assert_eq!(Engine::restore(&saved, KEY).unwrap(), world.engine);
}

#[test]
fn an_hour_is_once_in_a_course() {
    let mut world = outbreak_in(CASE);
    world.end_hour();
    world.pass(3);
    for story in world.stories() {
        let hours: Vec<u64> = story.course.iter().map(|point| point.at_ms).collect();
        assert!(hours.is_sorted_by(|a, b| a < b), "{}: {hours:?}", story.title);
    }
}

#[test]
fn a_reference_finds_its_story_and_says_nothing_of_its_number() {
    let world = outbreak_in(CASE);
    let stories = world.stories();
    let reference = world.engine.reference(stories[0].id);
    assert_eq!(reference.len(), 16);
    assert_eq!(world.engine.referred(&reference).unwrap().id, stories[0].id);
    assert!(world.engine.referred("0000000000000001").is_none());
}
