//! How much one peer can make a node take, and what it is made to take it from.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use accord_formats::peer::{ObjectAnswer, ObjectQuestion, PayloadsAnswer, PayloadsQuestion};
use accord_model::Tlp;
use accord_model::agreement::templates::Template;
use accord_service::Pulled;
use accord_testkit::{Alter, Story, decision, report};
use serde_json::{Value, json};

use crate::leaks::Asker;
use crate::{THREE, TWO, clean, same_fold};

async fn pull(story: &Story, by: &str, of: &str) -> Pulled {
    let of = story.org(of).name.clone();
    story.org(by).node().pull(&of).await.unwrap()
}

async fn titles(story: &Story, at: &str) -> Vec<String> {
    let (node, who) = story.at(at, "approver");
    let view = node.case(who, story.case()).await.unwrap();
    view.timeline.into_iter().map(|item| item.title).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_pull_takes_so_many_bytes_and_the_next_goes_on() {
    let mut story = Story::begin(70, TWO).await;
    story
        .agree(Template::AgencyIsp, &["agency", "isp"])
        .await
        .unwrap();
    story.open_case(&["isp"]).await.unwrap();
    let before = story.org_mut("isp").snapshot().await;
    let whole = pull(&story, "isp", "agency").await;
    assert!(whole.problems.is_empty() && whole.bytes > 0, "{whole:?}");
    for (limit, fits) in [(whole.bytes, true), (whole.bytes - 1, false)] {
        story.org_mut("isp").config.peer_limits.pull_bytes = limit;
        story.org_mut("isp").restore(&before).await;
        let pulled = pull(&story, "isp", "agency").await;
        assert_eq!(pulled.problems.is_empty(), fits, "{pulled:?}");
        assert_eq!(pulled.entries == whole.entries, fits, "{pulled:?}");
        assert!(pulled.bytes <= limit);
    }
    story.org_mut("isp").config.peer_limits.pull_bytes = whole.bytes;
    story.org_mut("isp").restart().await;
    story.sync().await.unwrap();
    same_fold(&story).await;
    clean(&mut story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_ledger_is_kept_in_pages_that_are_proved() {
    let mut story = Story::asked(76, TWO).await;
    let (node, who) = story.at("agency", "investigator");
    for number in 0..100 {
        let draft = report(&format!("long {number}"), &"x".repeat(150_000), Tlp::Clear);
        node.publish_note(who, story.case(), &draft).await.unwrap();
    }
    // A proof that proves nothing: what came before it is not kept.
    story
        .org("agency")
        .alter(Arc::new(|path: &str, question: &Value, mut honest: Value| {
            if path == "/peer/v1/entries" && question["from"] == question["held"] {
                let proof = honest["consistency"].as_array_mut().unwrap();
                proof.iter_mut().for_each(|hash| *hash = json!("00".repeat(32)));
            }
            honest
        }));
    let pulled = pull(&story, "isp", "agency").await;
    assert_eq!((pulled.entries, pulled.problems.len()), (0, 1), "{pulled:?}");
    assert!(
        titles(&story, "isp")
            .await
            .iter()
            .all(|title| !title.starts_with("long"))
    );
    story.org_mut("agency").restart().await;
    // The limit of a pull is reached in the middle of the ledger: what is proved by then is kept.
    story.org_mut("isp").config.peer_limits.pull_bytes = 13 << 20;
    story.org_mut("isp").restart().await;
    let first = pull(&story, "isp", "agency").await;
    assert_eq!(first.problems.len(), 1, "{first:?}");
    let long = async |story: &Story| {
        let titles = titles(story, "isp").await;
        titles.iter().filter(|title| title.starts_with("long")).count()
    };
    let kept = long(&story).await;
    assert!((40..100).contains(&kept), "{kept}");
    clean(&mut story).await;
    let second = pull(&story, "isp", "agency").await;
    assert!(second.problems.is_empty(), "{second:?}");
    assert!(second.bytes < 13 << 20, "only the rest came: {second:?}");
    assert_eq!(long(&story).await, 100);
    story.sync().await.unwrap();
    same_fold(&story).await;
    clean(&mut story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn so_many_ledgers_are_taken_from_one_peer() {
    let mut story = Story::begin(71, TWO).await;
    story
        .agree(Template::AgencyIsp, &["agency", "isp"])
        .await
        .unwrap();
    story.open_case(&["isp"]).await.unwrap();
    let before = story.org_mut("isp").snapshot().await;
    // One ledger has been taken before: that of the agreement.
    for (limit, fits) in [(2, true), (1, false)] {
        story.org_mut("isp").config.peer_limits.ledgers = limit;
        story.org_mut("isp").restore(&before).await;
        let pulled = pull(&story, "isp", "agency").await;
        assert_eq!(pulled.problems.is_empty(), fits, "{pulled:?}");
        assert_eq!(pulled.ledgers, usize::from(fits), "{pulled:?}");
        // What is followed already goes on.
        assert_eq!(pull(&story, "isp", "agency").await.problems.is_empty(), fits);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_content_than_one_answer_holds_gets_through() {
    let story = Story::asked(72, TWO).await;
    let case = story.case();
    let (node, who) = story.at("agency", "investigator");
    // Above the ceiling: the notes go out without their content, which is released later.
    let mut notes = Vec::new();
    for number in 0..100 {
        let draft = report(&format!("long {number}"), &"x".repeat(150_000), Tlp::Red);
        notes.push(node.publish_note(who, case, &draft).await.unwrap().at);
    }
    story.sync().await.unwrap();
    assert!(
        titles(&story, "isp")
            .await
            .iter()
            .all(|title| !title.starts_with("long"))
    );
    let (node, approver) = story.at("agency", "approver");
    let isp = story.org("isp").name.clone();
    for at in &notes {
        let decided = node.approve_release(approver, *at, &isp).await.unwrap();
        assert!(decided.is_yes(), "{decided:?}");
    }
    let question = PayloadsQuestion {
        entries: notes.iter().map(ToString::to_string).collect(),
    };
    let mut asker = Asker::new(&story, "isp", "agency");
    let answer: PayloadsAnswer = asker.ask("/peer/v1/payloads", &question).await.unwrap();
    assert!((1..notes.len()).contains(&answer.payloads.len()), "a part of it");
    let twice = PayloadsQuestion {
        entries: vec![question.entries[0].clone(), question.entries[0].clone()],
    };
    let answer: Result<PayloadsAnswer, _> = asker.ask("/peer/v1/payloads", &twice).await;
    assert!(answer.is_err(), "the same twice");
    let pulled = pull(&story, "isp", "agency").await;
    assert!(pulled.problems.is_empty(), "{pulled:?}");
    assert!(pulled.bytes > 12 << 20, "{pulled:?}");
    assert_eq!(pulled.payloads, notes.len());
    let long = titles(&story, "isp").await;
    assert_eq!(
        long.iter().filter(|title| title.starts_with("long")).count(),
        notes.len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn content_comes_from_its_author_only() {
    let mut story = Story::asked(73, THREE).await;
    let (node, who) = story.at("hosting", "approver");
    let draft = decision("of the hosting provider", "text", Tlp::Amber);
    let at = node.publish_note(who, story.case(), &draft).await.unwrap().at;
    pull(&story, "agency", "hosting").await;
    // The agency hands on the content with the note, and says that it is released.
    let mut asker = Asker::new(&story, "agency", "hosting");
    let question = PayloadsQuestion {
        entries: vec![at.to_string()],
    };
    let answer: PayloadsAnswer = asker.ask("/peer/v1/payloads", &question).await.unwrap();
    let content = serde_json::to_value(&answer).unwrap()["payloads"][0].clone();
    assert!(content.is_string());
    let asked = Arc::new(AtomicUsize::new(0));
    let (count, ledger, seq) = (asked.clone(), at.ledger.to_string(), at.seq);
    let alter: Arc<Alter> = Arc::new(move |path: &str, question: &Value, mut honest: Value| {
        match path {
            "/peer/v1/heads" => {
                let released = json!({ "ledger": ledger, "entries": [seq], "cursor": 1 });
                honest["released"].as_array_mut().unwrap().push(released);
            }
            "/peer/v1/entries" if question["ledger"] == json!(ledger) => {
                let from = question["from"].as_u64().unwrap();
                let index = usize::try_from(seq - from).unwrap();
                honest["entries"][index]["payload"] = content.clone();
            }
            "/peer/v1/payloads"
                if question["entries"]
                    .to_string()
                    .contains(&format!("{ledger}/{seq}")) =>
            {
                count.fetch_add(1, Ordering::SeqCst);
            }
            _ => {}
        }
        honest
    });
    story.org("agency").alter(alter);
    let pulled = pull(&story, "isp", "agency").await;
    assert!(pulled.entries > 0 && pulled.problems.is_empty(), "{pulled:?}");
    let read = titles(&story, "isp").await;
    assert!(
        read.iter().all(|title| title != "of the hosting provider"),
        "{read:?}"
    );
    assert_eq!(asked.load(Ordering::SeqCst), 0, "and is not asked for");
    story.org_mut("agency").restart().await;
    same_fold(&story).await;
}

/// The lines of the access log about fetched packages.
async fn fetched(story: &Story, at: &str) -> usize {
    let (node, who) = story.at(at, "auditor");
    let lines = node.access_log(who, None).await.unwrap();
    let json = accord_testkit::as_json(&lines);
    json.matches("object.fetched").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_is_taken_when_it_is_the_one_announced_and_asked_for_until_it_is() {
    let mut story = Story::asked(74, TWO).await;
    story.preview("isp").await.unwrap();
    story.approve("isp").await.unwrap();
    let change = |change: fn(&mut Value)| -> Arc<Alter> {
        Arc::new(move |path: &str, _: &Value, mut honest: Value| {
            if path == "/peer/v1/object" {
                change(&mut honest);
            }
            honest
        })
    };
    let cut = |honest: &mut Value| {
        let bytes = honest["bytes"].as_str().unwrap();
        honest["bytes"] = json!(bytes[..bytes.len() / 8 * 4].to_owned());
    };
    let another = |honest: &mut Value| {
        *honest = json!({ "total": 3, "bytes": "AAAA" });
    };
    for (what, alter) in [
        ("cut", change(cut)),
        ("another", change(another)),
        (
            "none",
            change(|honest| *honest = json!({ "total": 0, "bytes": "" })),
        ),
        (
            "too long",
            change(|honest| honest["total"] = json!((256_u64 << 20) + 1)),
        ),
        ("longer than said", change(|honest| honest["total"] = json!(9))),
    ] {
        story.org("isp").alter(alter);
        let pulled = pull(&story, "agency", "isp").await;
        assert_eq!(
            (pulled.objects, pulled.problems.len()),
            (0, 1),
            "{what}: {pulled:?}"
        );
        assert!(pulled.problems[0].contains("package"), "{what}: {pulled:?}");
    }
    story.org_mut("isp").restart().await;
    let before = fetched(&story, "isp").await;
    let pulled = pull(&story, "agency", "isp").await;
    assert_eq!((pulled.objects, pulled.problems.len()), (1, 0), "{pulled:?}");
    assert_eq!(fetched(&story, "isp").await, before + 1);
    story.receive("isp").await.unwrap();
    // A fetch from the middle is written down too.
    let entry = story.exhibit_of("isp").to_string();
    let mut asker = Asker::new(&story, "agency", "isp");
    let answer: ObjectAnswer = asker
        .ask("/peer/v1/object", &ObjectQuestion { entry, offset: 10 })
        .await
        .unwrap();
    assert_eq!(answer.bytes.0.len() as u64, answer.total - 10);
    assert_eq!(fetched(&story, "isp").await, before + 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_peer_holds_up_nobody_and_breaks_nothing() {
    let mut story = Story::asked(75, THREE).await;
    let (node, who) = story.at("isp", "approver");
    let draft = decision("from the provider", "text", Tlp::Amber);
    node.publish_note(who, story.case(), &draft).await.unwrap();
    story.org_mut("agency").config.peer_limits.pull_time = std::time::Duration::from_millis(1_500);
    story.org_mut("agency").restart().await;
    let silent = axum::Router::new().fallback(std::future::pending::<axum::http::StatusCode>);
    story.org("hosting").serve_instead(silent);
    let outcomes = story.org("agency").node().pull_all().await.unwrap();
    for (org, outcome) in outcomes {
        assert_eq!(outcome.is_ok(), org.as_str() == "isp", "{org}: {outcome:?}");
    }
    assert!(
        titles(&story, "agency")
            .await
            .contains(&"from the provider".to_owned())
    );
    assert!(story.org("agency").node().is_healthy());
}
