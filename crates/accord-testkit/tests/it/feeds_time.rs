//! Feeds and time: ends that a feed says, a clock that is wrong for a while, pulls that take long, a node that one ends.

use accord_service::{FeedAct, FeedChange, FeedDo, PullOutcome};
use accord_testkit::DAY_MS;
use accord_verdict::Action;

use crate::feeds::{FEED, MINUTE_MS, act, add, publisher, pull, served, story, view};

/// A bundle of names, each with the end that its publisher says.
fn bundle(names: &[(&str, Option<u64>)]) -> String {
    let objects = names.iter().map(|(name, until_ms)| {
        let mut object = serde_json::json!({"type": "indicator", "pattern_type": "stix",
            "pattern": format!("[domain-name:value = '{name}']")});
        if let Some(ms) = until_ms {
            let at = jiff::Timestamp::from_millisecond(i64::try_from(*ms).unwrap()).unwrap();
            object["valid_until"] = at.to_string().into();
        }
        object
    });
    serde_json::json!({ "type": "bundle", "objects": objects.collect::<Vec<_>>() }).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_wrong_for_a_while_ends_nothing_that_the_feed_says_ends_later() {
    let publisher = publisher().await;
    let story = story(508).await;
    let (isp, year_ms) = (story.org("isp").node(), 365 * DAY_MS);
    let start = story.world.now_ms();
    publisher.says(bundle(&[
        ("ends.evil.example", Some(start + 3 * DAY_MS)),
        ("stays.evil.example", None),
        ("stays2.evil.example", None),
    ]));
    add(&story, publisher.url("list")).await;
    assert_eq!(isp.feeds_round().await.unwrap(), 1);
    act(&story, "second", FeedAct::Block).await.unwrap();
    let in_force = async |why: &str| {
        for name in ["ends.evil.example", "stays.evil.example"] {
            assert_eq!(served(isp, name).await, Some(Action::Block), "{why}: {name}");
        }
    };
    // Nobody looked at the clock yet; then it was seen to jump; then it goes on so for a while.
    story.world.advance(year_ms);
    assert_eq!(pull(&story).await.outcome, PullOutcome::Same);
    in_force("before it was seen").await;
    isp.feeds_round().await.unwrap();
    assert_eq!(pull(&story).await.outcome, PullOutcome::Same);
    in_force("as it was seen").await;
    for _ in 0..4 {
        story.world.advance(30_000);
        isp.feeds_round().await.unwrap();
    }
    assert_eq!(pull(&story).await.outcome, PullOutcome::Same);
    in_force("after two minutes").await;
    // What comes anew meanwhile is judged by the same time.
    publisher.says(bundle(&[
        ("ends.evil.example", Some(start + 3 * DAY_MS)),
        ("stays.evil.example", None),
        ("stays3.evil.example", None),
    ]));
    let line = pull(&story).await;
    assert_eq!((line.outcome, line.values), (PullOutcome::Changed, 3), "{line:?}");
    in_force("read anew").await;
    story.world.set_clock(start + 5 * MINUTE_MS);
    isp.feeds_round().await.unwrap();
    assert_eq!(pull(&story).await.outcome, PullOutcome::Same);
    in_force("put right").await;
    // When its time has come it ends, though its publisher says that nothing changed.
    for _ in 0..3 * 24 * 6 {
        story.world.advance(10 * MINUTE_MS);
        isp.count_feeds_time().await.unwrap();
    }
    let line = pull(&story).await;
    assert_eq!(
        (line.outcome, line.values, line.gone),
        (PullOutcome::Changed, 2, 1),
        "{line:?}"
    );
    assert_eq!(served(isp, "ends.evil.example").await, None);
    assert_eq!(served(isp, "stays.evil.example").await, Some(Action::Block));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_all_at_once_is_held_as_any_other_loss_of_all() {
    let publisher = publisher().await;
    let story = story(509).await;
    let isp = story.org("isp").node();
    let soon = story.world.now_ms() + 10 * MINUTE_MS;
    publisher.says(bundle(&[
        ("a.evil.example", Some(soon)),
        ("b.evil.example", Some(soon)),
    ]));
    add(&story, publisher.url("list")).await;
    assert_eq!(pull(&story).await.outcome, PullOutcome::Changed);
    act(&story, "second", FeedAct::Block).await.unwrap();
    isp.count_feeds_time().await.unwrap();
    story.world.advance(10 * MINUTE_MS);
    isp.count_feeds_time().await.unwrap();
    // The publisher would say 304: it is asked for the whole.
    let line = pull(&story).await;
    assert_eq!(line.outcome, PullOutcome::Held, "{line:?}");
    for name in ["a.evil.example", "b.evil.example"] {
        assert_eq!(served(isp, name).await, Some(Action::Block), "{name}");
    }
    act(&story, "second", FeedAct::Accept).await.unwrap();
    assert_eq!(served(isp, "a.evil.example").await, None, "somebody looked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_that_takes_its_time_is_no_jump_of_the_clock() {
    let publisher = publisher().await;
    let story = story(510).await;
    let isp = story.org("isp").node().clone();
    add(&story, publisher.url("slow")).await;
    isp.count_feeds_time().await.unwrap();
    let stopped = async {
        while view(&story).await.under_way.is_none() {
            tokio::task::yield_now().await;
        }
        // Eleven minutes, looked at every half one: what the node does beside its pulls.
        for _ in 0..22 {
            story.world.advance(30_000);
            isp.count_feeds_time().await.unwrap();
        }
        act(&story, "second", FeedAct::Stop).await.unwrap();
    };
    let (pulled, ()) = tokio::join!(isp.pull_due_feeds(), stopped);
    assert_eq!(pulled.unwrap(), 1);
    isp.count_feeds_time().await.unwrap();
    let keeper = story.at("isp", "keeper").1;
    assert_eq!(isp.feeds(keeper).await.unwrap().clock_jump, None);
    let counted = view(&story).await.next_in_ms;
    assert_eq!(counted, Some(60 * MINUTE_MS), "an hour from its end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_ends_the_node_is_not_pulled_again_at_its_start() {
    let publisher = publisher().await;
    let mut story = story(511).await;
    add(&story, publisher.url("slow")).await;
    let isp = story.org("isp").node().clone();
    let round = tokio::spawn(async move { isp.feeds_round().await });
    while view(&story).await.under_way.is_none() {
        tokio::task::yield_now().await;
    }
    let crashed = story.org("isp").copy_running();
    round.abort();
    assert!(round.await.is_err());
    story.org_mut("isp").restore(&crashed).await;
    let isp = story.org("isp").node();
    assert_eq!(isp.feeds_round().await.unwrap(), 0);
    // As long as after one failure.
    for _ in 0..11 {
        story.world.advance(10 * MINUTE_MS);
        assert_eq!(isp.feeds_round().await.unwrap(), 0);
    }
    assert!(view(&story).await.next_in_ms.unwrap() <= 10 * MINUTE_MS + 1_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_is_changed_while_it_is_pulled_is_pulled_again_at_once() {
    let publisher = publisher().await;
    let story = story(512).await;
    let (isp, keeper) = story.at("isp", "keeper");
    add(&story, publisher.url("slow")).await;
    isp.count_feeds_time().await.unwrap();
    let changed = async {
        while view(&story).await.under_way.is_none() {
            tokio::task::yield_now().await;
        }
        let change = FeedDo {
            change: Some(FeedChange {
                every_minutes: Some(30),
                ..FeedChange::default()
            }),
            ..FeedDo::of(FeedAct::Change)
        };
        isp.do_feed(keeper, FEED, &change).await.unwrap();
        act(&story, "second", FeedAct::Stop).await.unwrap();
    };
    let (pulled, ()) = tokio::join!(isp.pull_due_feeds(), changed);
    assert_eq!(pulled.unwrap(), 1);
    let told = view(&story).await;
    assert_eq!((told.pulls.len(), told.next_in_ms), (0, Some(0)));
}
