//! For every write of the main job: it fails, reached the disk or not, the node starts again, the step is repeated.
//! Nothing acknowledged is lost, nothing happens twice, and every folder is sound.

use accord_model::agreement::templates::Template;
use accord_service::Result;
use accord_store::Fault;
use accord_testkit::Story;

use crate::{TWO, clean, same_fold};

const STEPS: usize = 16;

async fn step(story: &mut Story, number: usize) -> Result<()> {
    match number {
        0 => story.pair_all().await?,
        1 => story.people().await?,
        2 => {
            story.propose(Template::AgencyIsp, &["agency", "isp"]).await?;
        }
        3 | 5 | 8 | 11 | 13 | 15 => story.sync().await?,
        4 => {
            let digest = story.agreement();
            story.sign("agency", digest).await?;
            story.sign("isp", digest).await?;
        }
        6 => {
            story.open_case(&["isp"]).await?;
        }
        7 => {
            story.instrument("isp").await?;
        }
        9 => {
            story.import("isp").await?;
            story.join_case("isp").await?;
        }
        10 => {
            story.hunt("isp").await?;
        }
        12 => {
            story.preview("isp").await?;
            story.approve("isp").await?;
        }
        14 => {
            story.receive("isp").await?;
        }
        other => panic!("there is no step {other}"),
    }
    Ok(())
}

/// What stands in the case, as each organisation sees it, without what differs from run to run.
async fn told(story: &Story) -> Vec<String> {
    let mut all = Vec::new();
    for org in ["agency", "isp"] {
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
    let mut story = Story::start(70, TWO).await;
    for number in 0..STEPS {
        step(&mut story, number).await.unwrap();
    }
    let expected = told(&story).await;

    let mut story = Story::start(71, TWO).await;
    let mut runs = 0;
    for number in 0..STEPS {
        let facts = story.facts.clone();
        let mut snapshots = Vec::new();
        for org in story.orgs.values_mut() {
            snapshots.push(org.snapshot().await);
        }
        let before = story.world.faults.commits();
        step(&mut story, number).await.unwrap();
        let commits = story.world.faults.commits() - before;
        eprintln!("step {number}: {commits} writes");
        for n in 1..=commits {
            for fault in [Fault::Lost, Fault::PersistedButFailed] {
                let when = format!("step {number}, write {n} of {commits}, {fault:?}");
                for (org, snapshot) in story.orgs.values_mut().zip(&snapshots) {
                    org.restore(snapshot).await;
                }
                story.facts.clone_from(&facts);
                story.world.arm(n, fault);
                let outcome = step(&mut story, number).await;
                story.world.disarm();
                let mut broken = 0;
                for org in story.orgs.values_mut() {
                    broken += u32::from(org.restart_if_broken().await);
                }
                assert_eq!(broken, 1, "{when}: {outcome:?}");
                acknowledged_is_there(&story, &when).await;
                if let Err(error) = step(&mut story, number).await {
                    panic!("{when}: the step cannot be repeated: {error:?}");
                }
                acknowledged_is_there(&story, &when).await;
                runs += 1;
            }
            clean(&mut story).await;
        }
    }
    assert!(runs > 100, "{runs} writes failed");
    assert_eq!(told(&story).await, expected);
    same_fold(&story).await;
    clean(&mut story).await;
}
