//! Who is removed from a case learns of that and of nothing after; who comes back gets what waited.

use std::sync::Arc;

use accord_formats::peer::{HeadsAnswer, HeadsQuestion};
use accord_model::control::Stage;
use accord_model::{OrgName, Tlp};
use accord_testkit::{Alter, Story, as_json, decision, report};
use serde_json::{Value, json};

use crate::leaks::{Asker, everything, holds};
use crate::{THREE, TWO, clean, same_fold};

async fn remove(story: &Story, org: &str) {
    let (node, who) = story.at("agency", "officer");
    let org = story.org(org).name.clone();
    node.remove_party(who, story.case(), &org, "it leaves")
        .await
        .unwrap();
}

async fn pull(story: &Story, by: &str) -> accord_service::Pulled {
    let agency: OrgName = story.org("agency").name.clone();
    story.org(by).node().pull(&agency).await.unwrap()
}

async fn write(story: &Story, title: &str) {
    let (node, who) = story.at("agency", "investigator");
    let draft = report(title, "text", Tlp::Clear);
    node.publish_note(who, story.case(), &draft).await.unwrap();
}

async fn reads(story: &Story, by: &str, title: &str) -> bool {
    let (node, who) = story.at(by, "approver");
    let view = node.case(who, story.case()).await.unwrap();
    view.timeline.iter().any(|item| item.title == title)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_party_folds_up_to_its_removal_and_gets_nothing_after() {
    let mut story = Story::asked(80, THREE).await;
    let case = story.case();
    // Known at the agency when it removes the provider, and not at the provider, which is not paired with hosting.
    let (node, who) = story.at("hosting", "approver");
    let draft = decision("canary-before", "text", Tlp::Clear);
    node.publish_note(who, case, &draft).await.unwrap();
    let hosting = story.org("hosting").name.clone();
    story.org("agency").node().pull(&hosting).await.unwrap();
    remove(&story, "isp").await;
    let (node, who) = story.at("agency", "auditor");
    let at_removal = node.control_state(who, case).await.unwrap();
    let isp = story.org("isp").name.clone();
    assert!(at_removal.party_kind(&isp).is_none());

    let (node, officer) = story.at("agency", "officer");
    let reason = Some("canary-of-a-stage".to_owned());
    node.stage_case(officer, case, Stage::Declined, reason)
        .await
        .unwrap();
    write(&story, "canary-of-a-note").await;
    let (node, who) = story.at("hosting", "approver");
    let agency = story.org("agency").name.clone();
    node.pull(&agency).await.unwrap();
    let draft = decision("canary-of-hosting", "text", Tlp::Clear);
    node.publish_note(who, case, &draft).await.unwrap();
    story.org("agency").node().pull(&hosting).await.unwrap();

    let pulled = pull(&story, "isp").await;
    assert!(pulled.entries > 0 && pulled.problems.is_empty(), "{pulled:?}");
    let (node, who) = story.at("isp", "auditor");
    assert_eq!(
        as_json(&Debugged(&node.control_state(who, case).await.unwrap())),
        as_json(&Debugged(&at_removal))
    );
    let (node, approver) = story.at("isp", "approver");
    assert!(
        node.case(approver, case).await.is_err(),
        "the case is closed to it"
    );
    for again in 0..2 {
        let got = everything(&story, "isp", "agency").await;
        assert!(holds(&got, "it leaves"), "{again}");
        for canary in [
            "canary-of-a-stage",
            "canary-of-a-note",
            "canary-of-hosting",
            "canary-before",
        ] {
            assert!(!holds(&got, canary), "{canary}");
        }
        // Nor how much was written since, also after a restart.
        let pulled = pull(&story, "isp").await;
        assert_eq!((pulled.entries, pulled.problems.len()), (0, 0), "{pulled:?}");
        story.world.advance(400_000);
        story.org_mut("agency").restart().await;
    }
    clean(&mut story).await;
}

struct Debugged<'a, T>(&'a T);

impl<T: std::fmt::Debug> serde::Serialize for Debugged<'_, T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{:#?}", self.0))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_gets_what_was_released_before_it_left() {
    let story = Story::asked(81, TWO).await;
    write(&story, "released in time").await;
    remove(&story, "isp").await;
    let pulled = pull(&story, "isp").await;
    assert!(pulled.problems.is_empty(), "{pulled:?}");
    assert!(!holds(
        &everything(&story, "isp", "agency").await,
        "released in time"
    ));
    let (node, who) = story.at("agency", "officer");
    let isp = story.org("isp").name.clone();
    node.add_party(who, story.case(), &isp, "").await.unwrap();
    story.sync().await.unwrap();
    assert!(reads(&story, "isp", "released in time").await);
    same_fold(&story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn content_that_is_denied_once_is_asked_for_again() {
    let mut story = Story::asked(82, TWO).await;
    write(&story, "denied at first").await;
    let denies: Arc<Alter> = Arc::new(|path: &str, question: &Value, mut honest: Value| {
        if path == "/peer/v1/entries" {
            // As from another party: content is not in it.
            for entry in honest["entries"].as_array_mut().unwrap() {
                if entry["payload"].to_string().len() > 2 && is_content(&entry["header"]) {
                    entry["payload"] = Value::Null;
                }
            }
        }
        if path == "/peer/v1/payloads" {
            let asked = question["entries"].as_array().unwrap().len();
            honest["payloads"] = json!(vec![Value::Null; asked]);
        }
        honest
    });
    story.org("agency").alter(denies);
    for _ in 0..2 {
        let pulled = pull(&story, "isp").await;
        assert_eq!(pulled.payloads, 0, "{pulled:?}");
        assert!(!reads(&story, "isp", "denied at first").await);
        story.org_mut("isp").restart().await;
    }
    story.org_mut("agency").restart().await;
    assert_eq!(pull(&story, "isp").await.payloads, 1);
    assert!(reads(&story, "isp", "denied at first").await);
    assert_eq!(pull(&story, "isp").await.payloads, 0);
}

fn is_content(header: &Value) -> bool {
    let encoded: accord_formats::peer::Base64 = serde_json::from_value(header.clone()).unwrap();
    let header = accord_ledger::Header::decode(&encoded.0).unwrap();
    header.class == accord_ledger::Class::Content
}

/// Proofs of contradictions that the agency tells the provider, which knows of none.
async fn told_forks(story: &Story) -> usize {
    let mut asker = Asker::new(story, "isp", "agency");
    let question = HeadsQuestion::default();
    let heads: HeadsAnswer = asker.ask("/peer/v1/heads", &question).await.unwrap();
    heads.forks.len()
}

/// The hosting provider shows the agency two histories, and the provider is removed before or after the first.
async fn removed_beside_a_contradiction(seed: u64, removed_first: bool) -> Story {
    let mut story = Story::asked(seed, THREE).await;
    let hosting = story.org("hosting").name.clone();
    let before = story.org_mut("hosting").snapshot().await;
    if removed_first {
        remove(&story, "isp").await;
    }
    for title in ["first", "second"] {
        story.world.advance(2_000);
        let (node, who) = story.at("hosting", "approver");
        let draft = decision(title, "text", Tlp::Clear);
        node.publish_note(who, story.case(), &draft).await.unwrap();
        let pulled = story.org("agency").node().pull(&hosting).await.unwrap();
        if title == "first" {
            assert!(pulled.problems.is_empty(), "{pulled:?}");
            if !removed_first {
                remove(&story, "isp").await;
            }
            story.org_mut("hosting").restore(&before).await;
        } else {
            let said = pulled.problems.iter();
            assert_eq!(
                said.filter(|said| said.contains("contradicted itself")).count(),
                1
            );
        }
    }
    story
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_removed_is_told_of_a_contradiction_in_what_it_may_read() {
    let story = removed_beside_a_contradiction(83, false).await;
    assert_eq!(told_forks(&story).await, 1);
    let mut asker = Asker::new(&story, "hosting", "agency");
    let question = HeadsQuestion::default();
    let heads: HeadsAnswer = asker.ask("/peer/v1/heads", &question).await.unwrap();
    assert_eq!(heads.forks.len(), 1, "its author, a party still");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_removed_hears_nothing_of_a_contradiction_after_it() {
    let story = removed_beside_a_contradiction(84, true).await;
    assert_eq!(told_forks(&story).await, 0);
}
