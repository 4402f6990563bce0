//! What comes after the main job: protecting, acting together, victims, recalls; and leads.

use accord_logstore::{FormatSetting, SourceConfig};
use accord_model::agreement::templates::Template;
use accord_service::{NewAudience, Published, Reach, Result};
use accord_testkit::{Story, TARGET, once};
use accord_verdict::Reader;

use super::fail_every_write;
use crate::TWO;

const ACTING: &[&str] = &[
    "an indicator that many use",
    "the second person",
    "sync",
    "verdict",
    "sync",
    "sighting",
    "sync",
    "target",
    "sync",
    "not the provider's own",
    "sync",
    "plan",
    "sync",
    "go",
    "sync",
    "the instant",
    "receipt",
    "sinkhole log",
    "victims counted",
    "sync",
    "recall",
    "sync",
    "recall receipt",
    "sync",
];
const PEOPLE: &[&str] = &[
    "victim",
    "look",
    "sync",
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

async fn step(story: &mut Story, name: &str) -> Result<()> {
    match name {
        "an indicator that many use" => story.popular_indicator().await,
        "the second person" => story.second_person().await,
        "verdict" => story.verdict().await,
        "sighting" => sighting(story).await,
        "victim" => story.victim().await,
        "look" => story.look().await,
        "target" => story.target().await,
        "not the provider's own" => story.not_own("isp").await,
        "plan" => story.plan().await,
        "go" => story.go().await,
        "the instant" => {
            story.at_the_instant();
            Ok(())
        }
        "receipt" => story.receipt().await,
        "sinkhole log" => sinkhole_log(story).await,
        "victims counted" => victims_counted(story).await,
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

/// A customer of the provider asks for what is detected, and the provider's researcher shares how often that was.
async fn sighting(story: &mut Story) -> Result<()> {
    let (isp, operator) = story.at("isp", "operator");
    isp.refresh_verdicts().await?;
    // What was looked up and not kept before a crash is not counted; what was kept is not looked up again.
    if isp.seen_here(operator, 14).await?.is_empty() {
        let audience = isp.verdicts.audience("customers").expect("an audience");
        audience.answer(&mut Reader::default(), TARGET);
    }
    let (_, researcher) = story.at("isp", "researcher");
    let share = isp.share_sightings(researcher, story.case());
    let shared: Vec<Published> = once(isp, researcher, "sightings", share).await?;
    assert_eq!(shared.len(), 1);
    story.acknowledge("isp", shared[0].at);
    Ok(())
}

/// The log of the provider's sinkhole, and whose it is.
async fn sinkhole_log(story: &Story) -> Result<()> {
    let (isp, operator) = story.at("isp", "operator");
    let source = SourceConfig {
        name: "sink".into(),
        description: "web server of the sinkhole".into(),
        format: FormatSetting::Auto,
        customers: Vec::new(),
        time_zone: "UTC".into(),
        clock_offset_ms: None,
        ordinary_course: true,
        custodian: "duty operator".into(),
    };
    if isp
        .sources(operator)
        .await?
        .iter()
        .all(|known| known.config.name != source.name)
    {
        isp.add_source(operator, source).await?;
    }
    let line = |host: u8| {
        format!("192.0.2.{host} - - [07/Nov/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 1 \"-\" \"-\"\n")
    };
    let log: String = [7, 8, 7, 9].map(line).concat();
    isp.import_log(operator, "sink", "gate.log", log.as_bytes())
        .await?;
    let (_, researcher) = story.at("isp", "researcher");
    let target = story.facts.later.target.expect("a target by now");
    isp.mark_sinkhole(researcher, story.case(), target, "sink", None)
        .await
}

/// The provider's researcher shares how many victims there were.
async fn victims_counted(story: &mut Story) -> Result<()> {
    let (isp, researcher) = story.at("isp", "researcher");
    let share = isp.share_victims(researcher, story.case());
    let shared: Vec<Published> = once(isp, researcher, "victims", share).await?;
    let seen = isp.sinkholes(researcher, story.case()).await?;
    assert_eq!((shared.len(), seen[0].days[0].victims), (1, 3));
    story.acknowledge("isp", shared[0].at);
    Ok(())
}

/// The main job's beginning: a case of two, with everybody that what comes after needs.
pub async fn begin(seed: u64) -> Story {
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
    let (isp, operator) = story.at("isp", "operator");
    let customers = NewAudience {
        name: "customers".into(),
        reach: Reach::Customers,
        dnsbl: None,
        rpz: None,
        clients: vec!["127.0.0.0/8".into()],
        notify: Vec::new(),
        edge: false,
    };
    isp.open_audience(operator, &customers).await.unwrap();
    story.sync().await.unwrap();
    story
}

#[tokio::test(flavor = "multi_thread")]
async fn every_write_of_acting_together_may_fail() {
    let (_, writes) = fail_every_write(7_020, begin, ACTING, step).await;
    assert!(writes >= 40, "{writes} writes failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_write_for_victims_and_leads_may_fail() {
    let (_, writes) = fail_every_write(7_030, begin, PEOPLE, step).await;
    assert!(writes >= 30, "{writes} writes failed");
}
