//! A partner with good keys and bad intentions, and a clock that is wrong.

use std::sync::Arc;

use accord_model::Tlp;
use accord_model::agreement::templates::Template;
use accord_testkit::{Alter, Story, decision, report};
use serde_json::{Value, json};

use crate::{TWO, clean, same_fold};

const HOUR_MS: u64 = 3_600_000;

fn entries(change: impl Fn(&mut Vec<Value>) + Send + Sync + 'static) -> Arc<Alter> {
    Arc::new(move |path, _, mut honest| {
        if path == "/peer/v1/entries"
            && let Some(Value::Array(entries)) = honest.get_mut("entries")
        {
            change(entries);
        }
        honest
    })
}

fn heads(change: impl Fn(&mut Value) + Send + Sync + 'static) -> Arc<Alter> {
    Arc::new(move |path, _, mut honest| {
        if path == "/peer/v1/heads"
            && let Some(Value::Array(ledgers)) = honest.get_mut("ledgers")
        {
            ledgers.iter_mut().for_each(&change);
        }
        honest
    })
}

fn alterations() -> Vec<(&'static str, Arc<Alter>)> {
    vec![
        ("out of order", entries(|entries| entries.reverse())),
        ("one left out", entries(|entries| drop(entries.remove(0)))),
        (
            "one twice",
            entries(|entries| entries.insert(0, entries[0].clone())),
        ),
        (
            "content of another",
            entries(|entries| {
                let last = entries.len() - 1;
                entries[0]["payload"] = entries[last]["payload"].clone();
                entries[last]["payload"] = entries[last - 1]["payload"].clone();
            }),
        ),
        (
            "control withheld",
            entries(|entries| entries[0]["payload"] = Value::Null),
        ),
        ("rubbish", entries(|entries| entries[0]["header"] = json!("AAAA"))),
        ("no notes", entries(Vec::clear)),
        ("a ledger of ours", heads(|head| head["org"] = json!("isp"))),
        ("of somebody else", heads(|head| head["org"] = json!("stranger"))),
        (
            "another ledger's id",
            heads(|head| head["ledger"] = json!("00".repeat(16))),
        ),
        (
            "another space",
            heads(|head| head["space"] = json!("00".repeat(16))),
        ),
        (
            "no checkpoint",
            heads(|head| head["checkpoint"] = json!("nothing")),
        ),
        (
            "too long",
            Arc::new(|path: &str, _: &Value, honest: Value| {
                if path == "/peer/v1/heads" {
                    json!("x".repeat(17 << 20))
                } else {
                    honest
                }
            }),
        ),
        (
            "another form",
            Arc::new(|_: &str, _: &Value, _: Value| json!({"surprise": 1})),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_does_not_hold_is_kept() {
    let mut story = Story::begin(60, TWO).await;
    story
        .agree(Template::AgencyIsp, &["agency", "isp"])
        .await
        .unwrap();
    story.open_case(&["isp"]).await.unwrap();
    let agency = story.org("agency").name.clone();
    let (node, who) = story.at("isp", "auditor");
    let known = node.spaces(who).await.unwrap();
    for (what, alter) in alterations() {
        story.org("agency").alter(alter);
        let (node, who) = story.at("isp", "auditor");
        match node.pull(&agency).await {
            Ok(pulled) => {
                assert!(!pulled.problems.is_empty(), "{what}: {pulled:?}");
                assert_eq!(pulled.entries, 0, "{what}");
            }
            Err(error) => assert!(!error.to_string().is_empty(), "{what}"),
        }
        assert!(node.is_healthy(), "{what}");
        assert_eq!(node.spaces(who).await.unwrap(), known, "{what}");
    }
    story.org_mut("agency").restart().await;
    story.sync().await.unwrap();
    let (node, who) = story.at("isp", "approver");
    assert!(node.case(who, story.case()).await.is_ok());
    same_fold(&story).await;
    clean(&mut story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_from_the_future_waits_and_holds_nobody_up() {
    let story = Story::asked(61, TWO).await;
    let case = story.case();
    let now = story.world.now_ms();
    story.world.advance(HOUR_MS);
    let (node, who) = story.at("agency", "investigator");
    let draft = report("from the future", "text", Tlp::Clear);
    node.publish_note(who, case, &draft).await.unwrap();
    story.world.set_clock(now);
    let agency = story.org("agency").name.clone();
    let (node, who) = story.at("isp", "approver");
    node.pull(&agency).await.unwrap();
    let seen = async || {
        let view = node.case(who, case).await.unwrap();
        let there = view.timeline.iter().any(|item| item.title == "from the future");
        (there, view.waiting)
    };
    assert_eq!(seen().await, (false, 1));
    let answer = decision("meanwhile", "we go on", Tlp::Clear);
    node.publish_note(who, case, &answer).await.unwrap();
    story.world.set_clock(now + HOUR_MS - 300_001);
    assert_eq!(seen().await, (false, 1));
    story.world.set_clock(now + HOUR_MS - 300_000);
    assert_eq!(seen().await, (true, 0));
    story.sync().await.unwrap();
    same_fold(&story).await;
}
