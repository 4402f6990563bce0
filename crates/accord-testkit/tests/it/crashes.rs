//! For every write of the story: it fails, reached the disk or not, the node starts again, the step is repeated.
//! Nothing acknowledged is lost, nothing happens twice, and every folder is sound.
//!
//! What keeps it short: nothing is replayed. Before each step every node's folder is copied, and each of its writes
//! fails in a run that starts from those copies; the writes of the steps before are not made again. The story is in two
//! tests, which run beside each other: the main job, and what comes after it, which plays the main job's beginning once,
//! without faults, and begins there.

use std::collections::BTreeSet;

use accord_model::agreement::templates::Template;
use accord_service::{Narrowing, Result, Verdict};
use accord_store::Fault;
use accord_testkit::Story;

use crate::{THREE, TWO, clean, same_fold};

/// What is done at a step; between any two everybody pulls.
const STEPS: &[&str] = &[
    "pair",
    "people",
    "propose",
    "sync",
    "sign",
    "sync",
    "open the case",
    "instruments",
    "sync",
    "logs and approvers",
    "hunts and a note above the ceiling",
    "sync",
    "previews",
    "one narrows, one refuses",
    "release the note",
    "sync",
    "receive",
    "sync",
];
const PARTNERS: [&str; 2] = ["hosting", "isp"];

async fn step(story: &mut Story, name: &str) -> Result<()> {
    match name {
        "pair" => story.pair_all().await?,
        "people" => story.people().await?,
        "propose" => {
            story
                .propose(Template::AgencyIsp, &["agency", "hosting", "isp"])
                .await?;
        }
        "sync" => story.sync().await?,
        "sign" => {
            let digest = story.agreement();
            for org in ["agency", "hosting", "isp"] {
                story.sign(org, digest).await?;
            }
        }
        "open the case" => {
            story.open_case(&PARTNERS).await?;
        }
        "instruments" => {
            for org in PARTNERS {
                story.instrument(org).await?;
            }
        }
        "logs and approvers" => {
            for org in PARTNERS {
                story.import(org).await?;
                story.join_case(org).await?;
            }
        }
        "hunts and a note above the ceiling" => {
            for org in PARTNERS {
                story.hunt(org).await?;
            }
            story.closely_held().await?;
        }
        "previews" => {
            for org in PARTNERS {
                story.preview(org).await?;
            }
        }
        "one narrows, one refuses" => {
            let narrow = Verdict::Narrow {
                preview: story.facts.previews["isp"].clone(),
                narrowing: Narrowing {
                    without_customers: BTreeSet::from(["10.1.0.7".to_owned()]),
                    ..Narrowing::default()
                },
                reason: "not concerned".into(),
            };
            story.decide("isp", &narrow).await?;
            let refuse = Verdict::Refuse {
                clause: "8.1".into(),
                reason: "the warrant names somebody else".into(),
            };
            story.decide("hosting", &refuse).await?;
        }
        "release the note" => story.release_closely_held("isp").await?,
        "receive" => {
            story.receive("isp").await?;
        }
        other => panic!("there is no step {other}"),
    }
    Ok(())
}

/// What comes after the main job.
const LATER: &[&str] = &[
    "an indicator that many use",
    "the second person",
    "sync",
    "verdict",
    "sync",
    "victim",
    "look",
    "target",
    "sync",
    "plan",
    "sync",
    "go",
    "sync",
    "the instant",
    "receipt",
    "recall",
    "sync",
    "recall receipt",
    "hold and schedule",
    "secondment",
    "sync",
    "lead",
    "sync",
    "lead hold",
    "lead recall",
    "sync",
    "lead receipt",
    "sync",
];

async fn later(story: &mut Story, name: &str) -> Result<()> {
    match name {
        "an indicator that many use" => story.popular_indicator().await,
        "the second person" => story.second_person().await,
        "sync" => story.sync().await,
        "verdict" => story.verdict().await,
        "victim" => story.victim().await,
        "look" => story.look().await,
        "target" => story.target().await,
        "plan" => {
            story.not_own("isp").await?;
            story.sync().await?;
            story.plan().await
        }
        "go" => story.go().await,
        "the instant" => {
            story.at_the_instant();
            Ok(())
        }
        "receipt" => story.receipt().await,
        "recall" => story.recall().await,
        "recall receipt" => story.recall_receipt().await,
        "hold and schedule" => story.hold_and_schedule().await,
        "secondment" => story.secondment().await,
        "lead" => story.lead().await,
        "lead hold" => story.hold_lead().await,
        "lead recall" => story.recall_lead().await,
        "lead receipt" => story.lead_receipt().await,
        other => panic!("there is no step {other}"),
    }
}

/// The main job's beginning: a case of two, with everybody that what comes after needs.
async fn before_later(seed: u64) -> Story {
    let mut story = Story::begin(seed, TWO).await;
    story
        .agree(Template::AgencyIsp, &["agency", "isp"])
        .await
        .unwrap();
    story.open_case(&["isp"]).await.unwrap();
    story.sync().await.unwrap();
    story.join_case("isp").await.unwrap();
    story.more_people().await.unwrap();
    story.business().await.unwrap();
    story.sync().await.unwrap();
    story
}

/// What stands in the case, as each organisation sees it, without what differs from run to run.
async fn told(story: &Story) -> Vec<String> {
    let mut all = Vec::new();
    for org in story.orgs.keys() {
        let (node, who) = story.at(org, "approver");
        let view = node.case(who, story.case()).await.unwrap();
        let mut lines: Vec<String> = view
            .timeline
            .iter()
            .map(|item| {
                // Pseudonyms are random.
                let words = item.title.split(' ');
                let title: Vec<&str> = words.filter(|word| !word.starts_with("V-")).collect();
                format!(
                    "{org} sees {} {:?} {} {:?}",
                    item.org,
                    item.kind,
                    title.join(" "),
                    item.set_aside
                )
            })
            .collect();
        lines.sort();
        all.extend(lines);
        all.push(format!(
            "{org}: {} exhibits, {} requests, {} members, {} waiting",
            view.exhibits.len(),
            view.requests.len(),
            view.members.len(),
            view.waiting
        ));
        for one in node.lead_recalls(who).await.unwrap() {
            let receipts: Vec<_> = one.recall.receipts.iter().map(|receipt| receipt.done).collect();
            all.push(format!(
                "{org}: a lead recalled with {} notes, {receipts:?}, {:?}, here: {}",
                one.with.len(),
                one.recall.waits_for,
                one.recall.held_here
            ));
        }
    }
    all
}

async fn acknowledged_is_there(story: &Story, when: &str) {
    for (org, at) in &story.facts.acknowledged {
        let (node, who) = story.at(org, "approver");
        let view = node.case(who, story.case()).await.unwrap();
        assert!(
            view.timeline.iter().any(|item| item.at == *at),
            "{when}: {at} of {org} was acknowledged and is gone"
        );
    }
}

/// Plays the steps, each of their writes failing in its own run: how many writes failed.
async fn fail_each(
    story: &mut Story,
    steps: &[&str],
    step: impl AsyncFn(&mut Story, &str) -> Result<()>,
) -> usize {
    let mut runs = 0;
    for (number, name) in steps.iter().enumerate() {
        let facts = story.facts.clone();
        let mut snapshots = Vec::new();
        for org in story.orgs.values_mut() {
            snapshots.push(org.snapshot().await);
        }
        let before = story.world.faults.commits();
        step(story, name).await.unwrap();
        let commits = story.world.faults.commits() - before;
        eprintln!("step {number}, {name}: {commits} writes");
        for n in 1..=commits {
            for fault in [Fault::Lost, Fault::PersistedButFailed] {
                let when = format!("step {number}, {name}, write {n} of {commits}, {fault:?}");
                for (org, snapshot) in story.orgs.values_mut().zip(&snapshots) {
                    org.restore(snapshot).await;
                }
                story.facts.clone_from(&facts);
                story.world.arm(n, fault);
                let outcome = step(story, name).await;
                story.world.disarm();
                let mut broken = 0;
                for org in story.orgs.values_mut() {
                    broken += u32::from(org.restart_if_broken().await);
                }
                assert_eq!(broken, 1, "{when}: {outcome:?}");
                acknowledged_is_there(story, &when).await;
                if let Err(error) = step(story, name).await {
                    panic!("{when}: the step cannot be repeated: {error:?}");
                }
                acknowledged_is_there(story, &when).await;
                runs += 1;
            }
        }
        clean(story).await;
    }
    runs
}

#[tokio::test(flavor = "multi_thread")]
async fn every_write_may_fail() {
    let mut story = Story::start(70, THREE).await;
    for name in STEPS {
        step(&mut story, name).await.unwrap();
    }
    let expected = told(&story).await;

    let mut story = Story::start(71, THREE).await;
    let runs = fail_each(&mut story, STEPS, step).await;
    assert!(runs > 200, "{runs} writes failed");
    assert_eq!(told(&story).await, expected);
    same_fold(&story).await;
    clean(&mut story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_later_write_may_fail() {
    let mut story = before_later(72).await;
    for name in LATER {
        later(&mut story, name).await.unwrap();
    }
    let expected = told(&story).await;

    let mut story = before_later(73).await;
    let runs = fail_each(&mut story, LATER, later).await;
    assert!(runs > 60, "{runs} writes failed");
    assert_eq!(told(&story).await, expected);
    same_fold(&story).await;
    clean(&mut story).await;
}
