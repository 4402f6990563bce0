//! An author that shows two histories is found out, the proof is kept, and nothing counts but what they share; on
//! every node the same.

use accord_model::{Role, Tlp};
use accord_testkit::{Story, pair, report};

use crate::{THREE, TWO, same_fold};

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
    // What both histories share stands; nothing of what they do not.
    assert!(view.timeline.iter().any(|item| item.at == story.hunt_of("isp")));
    for title in ["first", "second"] {
        assert!(view.timeline.iter().all(|item| item.title != title), "{title}");
    }
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

async fn name_auditor(story: &Story, org: &str) {
    let person = story.org(org).who("auditor").person;
    let (node, who) = story.at(org, "approver");
    let roles = [Role::Auditor].into();
    node.add_member(who, story.case(), person, &roles, None)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn honest_nodes_that_saw_different_histories_come_to_the_same_fold() {
    let mut story = Story::asked(34, THREE).await;
    let case = story.case();
    pair(story.org("hosting"), story.org("isp")).await.unwrap();
    story.sync().await.unwrap();
    let [agency, hosting, isp] = ["agency", "hosting", "isp"].map(|name| story.org(name).name.clone());
    let before = story.org_mut("agency").snapshot().await;
    // The provider sees one history and builds on it, the hosting provider another.
    write(&story, &["first"]).await;
    name_auditor(&story, "agency").await;
    story.org("isp").node().pull(&agency).await.unwrap();
    name_auditor(&story, "isp").await;
    story.org_mut("agency").restore(&before).await;
    write(&story, &["second", "third"]).await;
    story.org("hosting").node().pull(&agency).await.unwrap();
    name_auditor(&story, "hosting").await;
    // The two honest ones alone, without the one that contradicted itself.
    story.org_mut("agency").stop().await;
    for _ in 0..3 {
        story.org("isp").node().pull(&hosting).await.unwrap();
        story.org("hosting").node().pull(&isp).await.unwrap();
    }
    let mut folds = Vec::new();
    for name in ["hosting", "isp"] {
        let (node, who) = story.at(name, "approver");
        let view = node.case(who, case).await.unwrap();
        assert_eq!(view.forked, vec![agency.clone()], "{name}");
        assert_eq!(view.waiting, 0, "{name}: nobody waits for what is not trusted");
        let (node, who) = story.at(name, "auditor");
        let fold = node.control_state(who, case).await.unwrap();
        for org in ["hosting", "isp"] {
            let auditor = story.org(org).who("auditor").person;
            let named = fold.members(&story.org(org).name);
            assert!(named.contains_key(&auditor), "{name} knows the auditor of {org}");
        }
        let of_agency = story.org("agency").who("auditor").person;
        assert!(!fold.members(&agency).contains_key(&of_agency), "{name}");
        folds.push(fold);
    }
    assert_eq!(folds[0], folds[1]);
    // Who had contradicted itself is told, comes to the same fold, and goes on in a new ledger.
    story.org_mut("agency").start_again().await;
    let pulled = story.org("agency").node().pull(&isp).await.unwrap();
    assert!(
        pulled
            .problems
            .iter()
            .any(|problem| problem.contains("contradicted")),
        "{pulled:?}"
    );
    write(&story, &["in a new ledger"]).await;
    name_auditor(&story, "agency").await;
    for _ in 0..3 {
        for (_, pulled) in story.org("isp").node().pull_all().await.unwrap() {
            pulled.unwrap();
        }
        for (_, pulled) in story.org("hosting").node().pull_all().await.unwrap() {
            pulled.unwrap();
        }
        for (_, pulled) in story.org("agency").node().pull_all().await.unwrap() {
            pulled.unwrap();
        }
    }
    same_fold(&story).await;
    let (node, who) = story.at("isp", "auditor");
    let fold = node.control_state(who, case).await.unwrap();
    let of_agency = story.org("agency").who("auditor").person;
    assert!(fold.members(&agency).contains_key(&of_agency));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_that_does_not_hold_convicts_nobody() {
    let story = Story::asked(35, TWO).await;
    let (node, who) = story.at("isp", "approver");
    let before = node.case(who, story.case()).await.unwrap();
    let ledgers = story.facts.acknowledged.clone();
    let told = ledgers
        .into_iter()
        .map(|(_, at)| serde_json::json!({"ledger": at.ledger.to_string(), "proof": "AQEAAAAA"}));
    let told: Vec<serde_json::Value> = told.collect();
    story
        .org("agency")
        .alter(std::sync::Arc::new(move |path, _, mut honest| {
            if path == "/peer/v1/heads" {
                honest["forks"] = serde_json::json!(told);
            }
            honest
        }));
    let agency = story.org("agency").name.clone();
    node.pull(&agency).await.unwrap();
    let after = node.case(who, story.case()).await.unwrap();
    assert!(before.forked.is_empty() && after.forked.is_empty());
    assert_eq!(before.timeline.len(), after.timeline.len());
}
