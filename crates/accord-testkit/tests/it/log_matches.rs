//! What came in and matched: told to who sees a case that lists it, fed to the stories, and to nobody else.

use accord_logstore::{FormatSetting, SourceConfig};
use accord_service::{AskMatches, LogMatches, ServiceError};
use accord_testkit::{FRESH, Story, USUAL};

use crate::denied;

async fn import(story: &Story, name: &str, log: &str) {
    let (node, who) = story.at("isp", "operator");
    let source = SourceConfig {
        name: name.into(),
        description: "names asked for".into(),
        format: FormatSetting::Auto,
        customers: Vec::new(),
        time_zone: "UTC".into(),
        clock_offset_ms: Some(0),
        ordinary_course: true,
        custodian: "duty operator".into(),
    };
    node.add_source(who, source).await.unwrap();
    node.import_log(who, name, "x.log", log.as_bytes()).await.unwrap();
}

fn line(day: u32, host: &str) -> String {
    format!(
        "10.1.0.7 - - [{day:02}/Nov/2026:08:30:00 +0000] \"GET http://{host}/ HTTP/1.1\" 200 12 \"-\" \"-\"\n"
    )
}

async fn told(story: &Story, sign_in: &str, asked: &AskMatches) -> LogMatches {
    let (node, who) = story.at("isp", sign_in);
    node.log_matches(who, asked).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_in_is_matched_and_told_by_source_and_day() {
    let mut story = Story::watched(1320).await.unwrap();
    let log = [
        line(2, USUAL),
        line(2, "good.example"),
        line(3, USUAL),
        line(3, FRESH),
    ]
    .concat();
    import(&story, "web", &log).await;
    import(&story, "proxy", &line(4, USUAL)).await;
    let all = told(&story, "researcher", &AskMatches::default()).await;
    assert_eq!(
        (all.total, all.segments, all.not_matched_total),
        (2, 2, 0),
        "{all:?}"
    );
    let usual = &all.matches[0];
    assert_eq!(
        (usual.indicator.as_str(), usual.lines, usual.segments),
        (USUAL, 3, 2)
    );
    assert_eq!(usual.cases, [story.case()]);
    let days: Vec<(&str, Option<&str>, u64)> = usual
        .days
        .iter()
        .map(|day| (day.source.as_str(), day.day.as_deref(), day.lines))
        .collect();
    assert_eq!(
        days,
        [
            ("proxy", Some("2026-11-04"), 1),
            ("web", Some("2026-11-02"), 1),
            ("web", Some("2026-11-03"), 1)
        ]
    );
    let web = AskMatches {
        source: Some("web".into()),
        ..AskMatches::default()
    };
    assert_eq!(told(&story, "approver", &web).await.matches[0].lines, 2);
    // It is kept over a restart, and what is brought in after it is matched too.
    story.org_mut("isp").restart().await;
    import(&story, "dns", &line(5, FRESH)).await;
    let all = told(&story, "researcher", &AskMatches::default()).await;
    assert_eq!(all.matches.iter().map(|one| one.lines).sum::<u64>(), 5);
    // It makes the stories of this node, in the circle of the case.
    let (node, _) = story.at("isp", "researcher");
    node.emerge().await.unwrap();
    let (node, operator) = story.at("isp", "operator");
    let health = node.emerging_health(operator).await.unwrap();
    assert!(health.taken > 0, "{health:?}");
    assert!(story.org_mut("isp").fsck().await.problems.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_of_what_they_do_not_see() {
    let mut story = Story::watched(1321).await.unwrap();
    import(&story, "web", &line(2, USUAL)).await;
    for sign_in in ["operator", "auditor", "signatory"] {
        let (node, who) = story.at("isp", sign_in);
        denied(node.log_matches(who, &AskMatches::default()).await);
    }
    // A researcher who is on no case is told of none, and of no number.
    story
        .org_mut("isp")
        .add_person("second", &[accord_model::Role::Researcher])
        .await
        .unwrap();
    let nothing = told(&story, "second", &AskMatches::default()).await;
    assert_eq!((nothing.total, nothing.matches.len()), (0, 0), "{nothing:?}");
    let (node, who) = story.at("isp", "researcher");
    let wrong = AskMatches {
        from_ms: Some(5),
        to_ms: Some(5),
        source: None,
    };
    let refused = node.log_matches(who, &wrong).await;
    assert!(
        matches!(refused, Err(ServiceError::Invalid { .. })),
        "{refused:?}"
    );
    let nowhere = AskMatches {
        source: Some("nowhere".into()),
        ..AskMatches::default()
    };
    assert!(node.log_matches(who, &nowhere).await.is_err());
}
