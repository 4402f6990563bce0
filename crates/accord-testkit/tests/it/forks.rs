//! An author that shows two histories is found out, the proof is kept, and its ledger is followed no further.

use accord_model::Tlp;
use accord_testkit::{Story, report};

use crate::TWO;

async fn write(story: &Story, notes: &[&str]) {
    for title in notes {
        story.world.advance(2_000);
        let (node, who) = story.at("agency", "investigator");
        let draft = report(title, "text", Tlp::Clear);
        node.publish_note(who, story.case(), &draft).await.unwrap();
    }
}

/// The agency writes `first`, the provider pulls; the agency goes back, writes `second`, the provider pulls again.
async fn two_histories(seed: u64, first: &[&str], second: &[&str]) -> Story {
    let mut story = Story::asked(seed, TWO).await;
    let before = story.org_mut("agency").snapshot().await;
    write(&story, first).await;
    let agency = story.org("agency").name.clone();
    let pulled = story.org("isp").node().pull(&agency).await.unwrap();
    assert!(pulled.problems.is_empty(), "{pulled:?}");
    story.org_mut("agency").restore(&before).await;
    write(&story, second).await;
    let pulled = story.org("isp").node().pull(&agency).await.unwrap();
    assert!(
        pulled
            .problems
            .iter()
            .any(|problem| problem.contains("contradicted itself")),
        "{pulled:?}"
    );
    story
}

async fn convicted(story: &mut Story) {
    let agency = story.org("agency").name.clone();
    story.org_mut("isp").restart().await;
    let (node, who) = story.at("isp", "approver");
    let view = node.case(who, story.case()).await.unwrap();
    assert_eq!(view.forked, vec![agency.clone()]);
    // The first history stands; the second is not taken.
    assert!(view.timeline.iter().any(|item| item.title == "first"));
    assert!(view.timeline.iter().all(|item| item.title != "second"));
    let again = node.pull(&agency).await.unwrap();
    assert_eq!((again.entries, again.problems.len()), (0, 0), "{again:?}");
    let report = story.org_mut("isp").fsck().await;
    assert_eq!(report.forks, 1);
    assert!(report.is_clean(), "{:?}", report.problems);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_histories_of_one_size() {
    let mut story = two_histories(30, &["first"], &["second"]).await;
    convicted(&mut story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_longer_history_with_other_notes() {
    let mut story = two_histories(31, &["first"], &["second", "third", "fourth"]).await;
    convicted(&mut story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shorter_history_signed_later() {
    let mut story = two_histories(32, &["first", "more", "and more"], &["second"]).await;
    convicted(&mut story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_state_shown_again_is_no_contradiction() {
    let mut story = Story::asked(33, TWO).await;
    let before = story.org_mut("agency").snapshot().await;
    write(&story, &["first"]).await;
    let agency = story.org("agency").name.clone();
    story.org("isp").node().pull(&agency).await.unwrap();
    story.org_mut("agency").restore(&before).await;
    let pulled = story.org("isp").node().pull(&agency).await.unwrap();
    assert_eq!((pulled.entries, pulled.problems), (0, Vec::new()));
    let (node, who) = story.at("isp", "approver");
    let view = node.case(who, story.case()).await.unwrap();
    assert!(view.forked.is_empty());
    assert!(view.timeline.iter().any(|item| item.title == "first"));
}
