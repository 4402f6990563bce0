//! How a story goes on, ends, comes back, and what judgements do.

use accord_emerging::{Feature, Judgement, Stage, StoryId};

use crate::{DAYS, HOUR_MS, WEEKS, World, family, name};

fn broken_out() -> (World, StoryId) {
    let mut world = World::new();
    world.pass(3 * WEEKS + 11);
    world.outbreak(0..40);
    world.pass(1);
    let id = world.story().id;
    (world, id)
}

#[test]
fn a_story_keeps_its_number_grows_cools_and_ends() {
    let (mut world, id) = broken_out();
    world.outbreak(40..120);
    world.pass(1);
    let story = world.story();
    assert_eq!((story.id, story.stage), (id, Stage::Growing));
    assert!(story.findings[0].evidence.customers >= 80);
    assert!(story.course.last().unwrap().count >= 80);
    assert!(
        story
            .course
            .windows(2)
            .all(|pair| pair[1].at_ms - pair[0].at_ms == HOUR_MS),
        "no gap, none twice"
    );
    let rank = story.rank;
    world.pass(3 * DAYS);
    let story = world.story();
    assert_eq!((story.id, story.stage), (id, Stage::Cooling));
    assert!(story.rank < rank);
    world.pass(3 * DAYS);
    assert_eq!(world.stories(), []);
    let story = world.engine.story(id).unwrap();
    assert_eq!(story.stage, Stage::Closed);
    assert!(story.closed_ms.is_some() && story.course.len() > 100);
    // The same thing, a week later, is the same story.
    world.outbreak(200..260);
    world.pass(1);
    let story = world.story();
    assert_eq!((story.id, story.closed_ms), (id, None));
}

#[test]
fn what_comes_back_long_after_is_another_story() {
    let (mut world, id) = broken_out();
    world.pass(4 * WEEKS);
    assert_eq!(world.stories(), []);
    world.outbreak(200..290);
    world.pass(1);
    assert_ne!(world.story().id, id);
}

#[test]
fn a_dismissal_silences_the_dismissed_and_nothing_else() {
    let (mut world, id) = broken_out();
    assert!(world.engine.judge(id, Judgement::Dismissed));
    assert_eq!(world.stories(), []);
    world.outbreak(0..20);
    for customer in 0..30 {
        world.meets(customer, family("omega", "omega.example"));
    }
    world.pass(1);
    let story = world.story();
    assert_eq!(story.title, "family omega");
    assert!(
        story.ranked_because.contains("0 were promoted and 1 dismissed"),
        "{}",
        story.ranked_because
    );
    assert_eq!(
        world.engine.story(id).unwrap().judgement,
        Some(Judgement::Dismissed)
    );
}

#[test]
fn what_was_dismissed_is_shown_again_when_it_doubles() {
    let (mut world, id) = broken_out();
    world.engine.judge(id, Judgement::Dismissed);
    world.outbreak(0..300);
    world.pass(1);
    let story = world.story();
    assert_eq!(story.id, id);
    assert!(story.reconsidered);
}

#[test]
fn judgements_move_ranks_within_bounds_and_can_be_changed() {
    let (mut world, id) = broken_out();
    let before = world.story().rank;
    world.engine.judge(id, Judgement::Promoted);
    let promoted = world.story().rank;
    assert!(promoted > before && promoted <= 2.0 * before);
    let weights = |world: &World| -> Vec<(u32, u32)> {
        world
            .engine
            .learned()
            .iter()
            .map(|one| (one.promoted, one.dismissed))
            .collect()
    };
    assert_eq!(weights(&world), vec![(1, 0); 3]);
    world.engine.judge(id, Judgement::Promoted);
    assert_eq!(weights(&world), vec![(1, 0); 3], "said twice, counted once");
    world.engine.judge(id, Judgement::Dismissed);
    assert_eq!(weights(&world), vec![(0, 1); 3]);
    assert!(
        world
            .engine
            .learned()
            .iter()
            .all(|one| one.weight < 0.0 && one.weight > -1.0)
    );
    assert!(
        world
            .engine
            .learned()
            .iter()
            .any(|one| one.feature == Feature::Named)
    );
    assert!(!world.engine.judge(StoryId(12_345), Judgement::Promoted));
}

#[test]
fn many_judgements_move_a_rank_by_two_at_most() {
    let mut world = World::new();
    world.pass(3 * WEEKS);
    let mut ranks = Vec::new();
    for number in 0..24 {
        let label = format!("family-{number}");
        for customer in 0..10 {
            world.meets(customer, family(&label, &format!("{label}.example")));
        }
        world.wait(1);
        for _ in 0..2 {
            world.end_hour();
        }
        let story = world
            .stories()
            .into_iter()
            .find(|story| story.title.ends_with(&label))
            .unwrap();
        ranks.push((story.rank, story.ranked_because.clone()));
        world.engine.judge(story.id, Judgement::Dismissed);
    }
    let (first, last) = (&ranks[0], &ranks[23]);
    assert!(
        last.0 < first.0 && last.0 >= first.0 / 2.0 - 0.5,
        "{first:?} {last:?}"
    );
    assert!(last.1.contains("lowered 2.0 times"), "{}", last.1);
    assert!(
        last.1.contains("found as burst 0 were promoted and 23 dismissed"),
        "{}",
        last.1
    );
}

#[test]
fn stories_that_turn_out_to_be_one_are_joined() {
    let mut world = World::new();
    world.pass(3 * WEEKS);
    for customer in 0..12 {
        world.meets(customer, name("first.example"));
    }
    world.pass(1);
    for customer in 0..12 {
        world.meets(100 + customer, name("second.example"));
    }
    world.pass(1);
    let ids: Vec<StoryId> = world.stories().iter().map(|story| story.id).collect();
    assert_eq!(ids.len(), 2);
    for customer in 200..240 {
        world.meets(customer, name("first.example"));
        world.meets(customer, name("second.example"));
    }
    world.end_hour();
    let story = world.story();
    assert_eq!(story.id, *ids.iter().min().unwrap());
    let other = world.engine.story(*ids.iter().max().unwrap()).unwrap();
    assert_eq!((other.stage, other.merged_into), (Stage::Closed, Some(story.id)));
}
