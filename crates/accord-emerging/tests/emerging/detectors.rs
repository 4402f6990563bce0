//! Each detector: what it finds, and what it leaves alone.

use accord_emerging::{Alike, Detector, Dimension, Labels, Stage, Subject};

use crate::{DAYS, Met, WEEKS, World, family, name};

#[test]
fn days_and_weeks_are_no_news_nor_is_the_beginning() {
    let mut world = World::new();
    for hour in 0..6 * WEEKS {
        world.pass(1);
        assert_eq!(world.stories(), [], "hour {hour}");
    }
    assert!(world.engine.health().taken > 10_000);
}

#[test]
fn the_first_week_is_quiet_whatever_comes() {
    let mut world = World::new();
    world.pass(5 * DAYS);
    world.outbreak(0..100);
    for customer in 0..100 {
        world.meets(customer, name("never-before.example"));
        world.meets(
            customer,
            Met {
                failed: true,
                ..name(&format!("x{customer}qzkvw.example"))
            },
        );
    }
    world.end_hour();
    assert_eq!(world.stories(), []);
}

#[test]
fn a_family_that_bursts_is_found_within_minutes_and_explained() {
    let mut world = World::new();
    world.pass(3 * WEEKS + 11);
    world.background();
    world.wait(10);
    world.outbreak(0..40);
    world.wait(5);
    let story = world.story();
    assert_eq!(story.title, "family alpha");
    assert_eq!(story.stage, Stage::Growing);
    let finding = &story.findings[0];
    assert_eq!(finding.detector, Detector::Burst);
    let evidence = &finding.evidence;
    assert!(
        evidence.customers >= 40 && evidence.source_count == 4,
        "{evidence:?}"
    );
    assert!(evidence.seen > 2.0 * evidence.expected && evidence.expected > 5.0);
    assert_eq!(
        evidence
            .sources
            .iter()
            .map(|source| source.customers)
            .sum::<u32>(),
        evidence.customers
    );
    assert!(
        evidence
            .examples
            .iter()
            .any(|example| example.value == "alpha1.example")
    );
    assert!(evidence.by_hour.last().unwrap().count >= 40 && evidence.by_hour.len() == 24);
    for part in [
        "family alpha",
        "different customers at 4 sources",
        "Without the loudest source",
        "standard deviations",
    ] {
        assert!(finding.reason.contains(part), "{part}: {}", finding.reason);
    }
}

#[test]
fn what_one_source_says_alone_is_no_outbreak() {
    let mut world = World::new();
    world.pass(3 * WEEKS + 11);
    for _ in 0..4 {
        world.background();
        for customer in 0..300 {
            world.meets_at("source-2", 1_000 + customer, family("alpha", "alpha1.example"));
            world.meets_at("source-2", 1_000 + customer, name("only-there.example"));
            let generated = format!("q{}zkvxw.example", customer * 7919);
            world.meets_at(
                "source-2",
                1_000 + customer % 3,
                Met {
                    failed: true,
                    ..name(&generated)
                },
            );
        }
        world.end_hour();
    }
    assert_eq!(world.stories(), []);
}

#[test]
fn lines_are_not_customers() {
    let mut world = World::new();
    world.pass(3 * WEEKS + 11);
    world.background();
    for turn in 0..5_000 {
        world.meets(300 + turn % 2, family("alpha", "alpha1.example"));
    }
    world.end_hour();
    assert_eq!(world.stories(), []);
}

#[test]
fn where_there_is_one_source_it_is_enough() {
    let mut world = World::new();
    for _ in 0..3 * WEEKS + 11 {
        for place in 0..world.level() {
            world.meets_at("the-sensor", place, family("alpha", "alpha1.example"));
        }
        world.end_hour();
    }
    assert_eq!(world.stories(), []);
    for customer in 100..150 {
        world.meets_at("the-sensor", customer, family("alpha", "alpha1.example"));
    }
    world.end_hour();
    assert!(world.story().findings[0].reason.contains("1 source"));
}

#[test]
fn growth_of_everything_is_no_outbreak_of_each() {
    let mut world = World::new();
    world.pass(3 * WEEKS);
    // Twice as many customers of everything, as when a large source joins.
    for _ in 0..3 * DAYS {
        world.background();
        for place in 0..world.level() * 3 {
            let turn = world.hour * 7 + place;
            world.meets(
                5_000 + turn * 13 % 200,
                name(&format!("popular{}.example", turn % 20)),
            );
        }
        for place in 0..world.level() {
            world.meets(
                6_000 + (world.hour * 5 + place * 3) * 11 % 60,
                family("alpha", "alpha1.example"),
            );
        }
        world.end_hour();
    }
    let of_alpha = world
        .stories()
        .into_iter()
        .filter(|story| story.title == "family alpha");
    assert_eq!(of_alpha.count(), 0);
}

#[test]
fn a_family_that_grows_slowly_is_found() {
    let mut world = World::new();
    world.pass(4 * WEEKS);
    for hour in 0..72 {
        world.background();
        for customer in 0..6 {
            world.meets(2_000 + hour * 6 + customer, family("alpha", "alpha1.example"));
        }
        world.end_hour();
    }
    let story = world.story();
    assert_eq!(story.title, "family alpha");
    assert!(story.findings[0].evidence.window_hours > 1);
}

#[test]
fn a_family_never_seen_before_is_found() {
    let mut world = World::new();
    world.pass(2 * WEEKS + 11);
    world.background();
    for customer in 0..12 {
        world.meets(customer, family("omega", "omega.example"));
    }
    world.wait(5);
    let story = world.story();
    assert_eq!(story.title, "family omega");
    // Its value is part of the same story.
    assert!(
        story
            .findings
            .iter()
            .any(|finding| finding.detector == Detector::New)
    );
    assert!(
        story
            .findings
            .iter()
            .any(|finding| finding.reason.contains("not seen before 2026-01-15 11:00 UTC"))
    );
}

#[test]
fn a_new_name_that_spreads_is_found_and_one_that_does_not_is_not() {
    let mut world = World::new();
    world.pass(2 * WEEKS);
    for hour in 0..10 {
        world.background();
        world.meets(hour, name("spreads.example"));
        world.meets(7, name("stays.example"));
        world.end_hour();
    }
    let story = world.story();
    assert_eq!(story.title, "domain spreads.example");
    let finding = &story.findings[0];
    assert_eq!(finding.detector, Detector::New);
    assert!(
        finding.reason.contains("the history begins 2026-01-01 00:00 UTC"),
        "{}",
        finding.reason
    );
    assert!(finding.evidence.by_hour.len() >= 5);
}

/// Every day a few new names become known to a dozen customers, one an hour.
fn with_daily_names(days: u64) -> World {
    let mut world = World::new();
    for hour in 0..24 * days {
        world.background();
        for number in 0..4 {
            if (8..20).contains(&(hour % 24)) {
                let value = format!("daily{}-{number}.example", world.hour / 24);
                world.meets(hour % 24 * 5 + number, name(&value));
            }
        }
        world.end_hour();
    }
    world
}

#[test]
fn what_new_names_usually_reach_is_no_news() {
    let mut world = with_daily_names(21);
    assert!(!world.stories().iter().any(|story| story.title.contains("daily")));
    for customer in 0..60 {
        world.meets(customer, name("unusual.example"));
    }
    world.end_hour();
    let stories = world.stories();
    let story = stories
        .iter()
        .find(|story| story.title == "domain unusual.example");
    let reason = &story.unwrap().findings[0].reason;
    assert!(
        reason.contains("Others of its kind came so far 0.00 times a day lately."),
        "{reason}"
    );
}

#[test]
fn a_new_name_that_comes_as_far_as_others_and_much_sooner_is_found() {
    let told = |customers: u64, hours: u64| {
        let mut world = with_daily_names(21);
        for hour in 0..hours {
            world.background();
            for customer in 0..customers / hours {
                world.meets(hour * 7 + customer, name("hasty.example"));
            }
            world.end_hour();
        }
        let stories = world.stories();
        let story = stories.iter().find(|story| story.title == "domain hasty.example");
        story.map(|story| story.findings[0].clone())
    };
    // As many as of any other name, within an hour.
    let finding = told(11, 1).unwrap();
    assert_eq!(finding.detector, Detector::New);
    let reason = &finding.reason;
    assert!(
        reason.contains(
            "Of these about 11 came in the last 3 hours of the clock: others of its kind were as fast 0.00 times a day lately."
        ),
        "{reason}"
    );
    assert_eq!(finding.evidence.seen, 11.0);
    assert!(finding.evidence.expected < 11.0);
    // One an hour, as all of them, is no news.
    assert_eq!(told(11, 11), None);
    // Nor are a few at once.
    assert_eq!(told(4, 1), None);
}

fn with_sleeper(world: &mut World) {
    for _ in 0..3 {
        world.background();
        world.meets(1, name("192.0.2.9"));
        world.meets(2, name("192.0.2.9"));
        world.end_hour();
        world.pass(23);
    }
}

#[test]
fn a_host_that_wakes_is_found() {
    let mut world = World::new();
    with_sleeper(&mut world);
    world.pass(20 * DAYS);
    for customer in 0..8 {
        world.meets(customer, name("192.0.2.9"));
    }
    world.wait(5);
    let story = world.story();
    assert_eq!(story.findings[0].detector, Detector::Woke);
    assert!(
        story.findings[0]
            .reason
            .contains("seen on 3 days since 2026-01-01 00:00 UTC, then not for 20 days"),
        "{}",
        story.findings[0].reason
    );
}

#[test]
fn a_host_that_slept_briefly_did_not_wake() {
    let mut world = World::new();
    world.pass(WEEKS);
    with_sleeper(&mut world);
    world.pass(9 * DAYS);
    for customer in 0..8 {
        world.meets(customer, name("192.0.2.9"));
    }
    world.end_hour();
    assert!(
        !world
            .stories()
            .iter()
            .any(|story| story.findings[0].detector == Detector::Woke)
    );
}

#[test]
fn nothing_wakes_when_we_were_silent_ourselves() {
    let mut world = World::new();
    world.pass(3 * WEEKS);
    // Nothing comes in for two weeks, from nowhere.
    for _ in 0..2 * WEEKS {
        world.end_hour();
    }
    world.pass(2 * WEEKS);
    assert_eq!(world.stories(), []);
}

#[test]
fn names_generated_by_infected_machines_are_one_story() {
    let mut world = World::new();
    world.pass(3 * WEEKS);
    for turn in 0..40u64 {
        let letters: String = (0..12)
            .map(|at| char::from(b'a' + ((turn + 3) * (at + 7) * 7_919 / 11 % 26) as u8))
            .collect();
        world.meets(
            turn % 3,
            Met {
                failed: true,
                ..name(&format!("{letters}.example"))
            },
        );
    }
    world.wait(5);
    let story = world.story();
    let finding = &story.findings[0];
    assert_eq!(finding.detector, Detector::Alike);
    assert_eq!(
        finding.subject,
        Subject::Names {
            how: Alike::Form,
            what: "aaaaaaaaaaaa.example".to_owned()
        }
    );
    assert!(
        finding.reason.contains("100 % of the look-ups failed"),
        "{}",
        finding.reason
    );
    assert_eq!(finding.evidence.examples.len(), 8);
}

#[test]
fn names_registered_alike_are_found_by_their_word() {
    let mut world = World::new();
    world.pass(3 * WEEKS);
    for turn in 0..14u64 {
        let tail: String = (0..3 + turn % 5)
            .map(|at| char::from(b'a' + ((turn * 5 + at * 3) % 26) as u8))
            .collect();
        world.meets(turn, name(&format!("parcel-{tail}-{turn}.example")));
    }
    world.end_hour();
    let words: Vec<Subject> = world
        .stories()
        .into_iter()
        .flat_map(|story| story.findings)
        .map(|finding| finding.subject)
        .collect();
    let parcel = Subject::Names {
        how: Alike::Word,
        what: "parcel".to_owned(),
    };
    assert!(words.contains(&parcel), "{words:?}");
}

#[test]
fn new_sub_names_of_a_content_network_are_no_news() {
    let mut world = World::new();
    for _ in 0..4 * WEEKS {
        world.background();
        for turn in 0..4 {
            let number = world.hour * 4 + turn;
            world.meets(number, name(&format!("n{number:x}.cdn.example")));
        }
        world.end_hour();
        assert_eq!(world.stories(), [], "hour {}", world.hour);
    }
}

#[test]
fn what_appears_together_is_one_story() {
    let mut world = World::new();
    world.pass(3 * WEEKS);
    // Four customers each: too few for either alone.
    for customer in 0..4 {
        world.meets(customer, name("loader.example"));
        world.meets(customer, name("steals.example"));
        world.wait(5);
    }
    let story = world.story();
    assert_eq!(story.findings[0].detector, Detector::Together);
    assert!(
        story.findings[0].reason.contains("within a quarter of an hour"),
        "{}",
        story.findings[0].reason
    );
}

#[test]
fn what_is_met_by_the_same_few_hours_apart_is_not_together() {
    let mut world = World::new();
    world.pass(3 * WEEKS);
    for value in ["loader.example", "steals.example"] {
        for customer in 0..4 {
            world.meets(customer, name(value));
        }
        world.pass(1);
    }
    assert_eq!(world.stories(), []);
}

#[test]
fn a_known_value_that_many_more_meet_is_found() {
    let mut world = World::new();
    world.pass(4 * WEEKS + 10);
    world.background();
    for customer in 0..60 {
        world.meets(2_000 + customer, name("popular3.example"));
    }
    world.end_hour();
    let story = world.story();
    assert_eq!(story.title, "domain popular3.example");
    assert!(
        story.findings[0]
            .reason
            .contains("the week before lets one expect")
    );
}

#[test]
fn where_it_breaks_out_belongs_to_what_breaks_out() {
    let place = Labels {
        sector: Some("health"),
        country: Some("NL"),
        network: Some("AS64500"),
        ..Labels::default()
    };
    let mut world = World::new();
    for _ in 0..3 * WEEKS + 11 {
        world.background();
        for customer in 0..3 {
            world.meets(
                customer,
                Met {
                    labels: place,
                    ..name("popular1.example")
                },
            );
        }
        world.end_hour();
    }
    for customer in 0..60 {
        let labels = Labels {
            family: Some("alpha"),
            ..place
        };
        world.meets(
            2_000 + customer,
            Met {
                labels,
                ..name("alpha1.example")
            },
        );
    }
    world.end_hour();
    let story = world.story();
    assert_eq!(story.title, "family alpha");
    for dimension in [Dimension::Sector, Dimension::Country, Dimension::Network] {
        let told = story.findings.iter().any(
            |finding| matches!(&finding.subject, Subject::Label { dimension: of, .. } if *of == dimension),
        );
        assert!(told, "{dimension:?}");
    }
}

#[test]
fn a_campaign_bursts_like_a_family() {
    let mut world = World::new();
    world.pass(3 * WEEKS);
    for customer in 0..8 {
        let labels = Labels {
            campaign: Some("winter"),
            ..Labels::default()
        };
        world.meets(
            customer,
            Met {
                labels,
                ..name("popular1.example")
            },
        );
    }
    world.wait(5);
    assert_eq!(world.story().title, "campaign winter");
}
