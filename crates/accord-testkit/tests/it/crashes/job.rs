//! The main job: from two strangers to evidence received.

use std::collections::BTreeSet;

use accord_model::agreement::templates::Template;
use accord_service::{Narrowing, Result, Verdict};
use accord_testkit::Story;

use super::fail_every_write;
use crate::THREE;

const FIRST: &[&str] = &["pair", "people", "propose", "sync", "sign", "sync"];
const SECOND: &[&str] = &[
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

#[tokio::test(flavor = "multi_thread")]
async fn every_write_up_to_an_agreement_may_fail() {
    let begin = async |seed| Story::start(seed, THREE).await;
    let (_, writes) = fail_every_write(7_000, begin, FIRST, step).await;
    assert!(writes >= 60, "{writes} writes failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_write_of_a_hunt_may_fail() {
    let begin = async |seed| {
        let mut story = Story::start(seed, THREE).await;
        for name in FIRST {
            match *name {
                "sync" => story.sync().await.unwrap(),
                name => step(&mut story, name).await.unwrap(),
            }
        }
        story
    };
    let (_, writes) = fail_every_write(7_010, begin, SECOND, step).await;
    assert!(writes >= 60, "{writes} writes failed");
}
