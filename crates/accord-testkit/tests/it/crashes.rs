//! For every write of the main job: it fails, reached the disk or not, the node starts again, the step is repeated.
//! Nothing acknowledged is lost, nothing happens twice, and every folder is sound.

use std::collections::BTreeSet;

use accord_model::agreement::templates::Template;
use accord_service::{Narrowing, Result, Verdict};
use accord_store::Fault;
use accord_testkit::Story;

use crate::{THREE, clean, same_fold};

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

/// What stands in the case, as each organisation sees it, without what differs from run to run.
async fn told(story: &Story) -> Vec<String> {
    let mut all = Vec::new();
    for org in ["agency", "hosting", "isp"] {
        let (node, who) = story.at(org, "approver");
        let view = node.case(who, story.case()).await.unwrap();
        let mut lines: Vec<String> = view
            .timeline
            .iter()
            .map(|item| {
                format!(
                    "{org} sees {} {:?} {} {:?}",
                    item.org, item.kind, item.title, item.set_aside
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

#[tokio::test(flavor = "multi_thread")]
async fn every_write_may_fail() {
    let mut story = Story::start(70, THREE).await;
    for name in STEPS {
        step(&mut story, name).await.unwrap();
    }
    let expected = told(&story).await;

    let mut story = Story::start(71, THREE).await;
    let mut runs = 0;
    for (number, name) in STEPS.iter().enumerate() {
        let facts = story.facts.clone();
        let mut snapshots = Vec::new();
        for org in story.orgs.values_mut() {
            snapshots.push(org.snapshot().await);
        }
        let before = story.world.faults.commits();
        step(&mut story, name).await.unwrap();
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
                let outcome = step(&mut story, name).await;
                story.world.disarm();
                let mut broken = 0;
                for org in story.orgs.values_mut() {
                    broken += u32::from(org.restart_if_broken().await);
                }
                assert_eq!(broken, 1, "{when}: {outcome:?}");
                acknowledged_is_there(&story, &when).await;
                if let Err(error) = step(&mut story, name).await {
                    panic!("{when}: the step cannot be repeated: {error:?}");
                }
                acknowledged_is_there(&story, &when).await;
                runs += 1;
            }
        }
        clean(&mut story).await;
    }
    assert!(runs > 200, "{runs} writes failed");
    assert_eq!(told(&story).await, expected);
    same_fold(&story).await;
    clean(&mut story).await;
}
