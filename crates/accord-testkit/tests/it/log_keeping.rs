//! How long a node's own logs are kept: who decides it, that a hold beats it, what is left of what is destroyed, and that hunts
//! and previews know it is gone.

use accord_model::Role;
use accord_service::{
    Destroyed, NewLogHold, NewOwnHunt, NewRetention, OwnFilter, ServiceError, SourceConfig,
};
use accord_testkit::{DAY_MS, INDICATOR, Story, log_of};

use crate::{TWO, denied};

async fn stored(seed: u64) -> Story {
    let mut story = Story::begin(seed, TWO).await;
    story
        .org_mut("isp")
        .add_person("researcher", &[Role::Researcher])
        .await
        .unwrap();
    let (node, operator) = story.at("isp", "operator");
    let source: SourceConfig = serde_json::from_value(serde_json::json!({
        "name": "web", "description": "access log", "customers": ["10.1.0.0/16"], "custodian": "duty operator",
    }))
    .unwrap();
    node.add_source(operator, source).await.unwrap();
    node.import_log(operator, "web", "a.log", log_of("isp").as_bytes())
        .await
        .unwrap();
    story
}

fn retention(days: Option<u32>) -> NewRetention {
    NewRetention {
        days,
        reason: "retention law, section 3".into(),
    }
}

fn hold(name: &str) -> NewLogHold {
    NewLogHold {
        hold: name.into(),
        reason: "order of the court".into(),
        source: Some("web".into()),
        ..NewLogHold::default()
    }
}

async fn segments(story: &Story) -> Vec<String> {
    let (node, operator) = story.at("isp", "operator");
    let sources = node.sources(operator).await.unwrap();
    sources
        .into_iter()
        .flat_map(|source| source.segments)
        .map(|segment| segment.id)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_over_is_destroyed_by_the_job_unless_it_is_held_and_leaves_a_record() {
    let mut story = stored(1310).await;
    let (node, approver) = story.at("isp", "approver");
    let (_, researcher) = story.at("isp", "researcher");
    // A hunt finds a line before.
    let new = NewOwnHunt {
        name: "a look".into(),
        reason: "the desk asks".into(),
        values: vec![INDICATOR.into()],
        standing: true,
        ..NewOwnHunt::default()
    };
    let hunt = node.new_own_hunt(researcher, &new).await.unwrap().id;
    assert_eq!(node.run_standing_hunts().await.unwrap(), 1);

    let preview = node.preview_log_retention(approver, "web", 30).await.unwrap();
    assert_eq!((preview.over, preview.held), (0, 0));
    node.set_log_retention(approver, "web", &retention(Some(30)))
        .await
        .unwrap();
    node.hold_logs(approver, &hold("HC-1")).await.unwrap();
    story.world.advance(29 * DAY_MS);
    let (node, _) = story.at("isp", "approver");
    assert_eq!(node.destroy_logs_that_are_over().await.unwrap(), 0, "not over");
    story.world.advance(2 * DAY_MS);
    assert_eq!(node.destroy_logs_that_are_over().await.unwrap(), 0, "held");
    let told = node.log_keeping(approver).await.unwrap();
    assert_eq!((told.over_total, told.held_total), (0, 1));
    assert_eq!(told.over[0].held_by, ["HC-1"]);
    let refused = node
        .destroy_log(approver, "web/000001", "by mistake")
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("HC-1"), "{refused}");

    node.lift_log_hold(approver, "HC-1", "the order ended")
        .await
        .unwrap();
    assert_eq!(node.destroy_logs_that_are_over().await.unwrap(), 1);
    assert_eq!(node.destroy_logs_that_are_over().await.unwrap(), 0, "once");
    assert!(segments(&story).await.is_empty());
    story.org_mut("isp").restart().await;
    let (node, approver) = story.at("isp", "approver");
    let told = node.log_keeping(approver).await.unwrap();
    assert_eq!(told.records, 4);
    let last = &told.last[0];
    assert_eq!((last.act, last.who.as_str()), ("destroyed", "the node"));
    assert!(
        last.words.contains("web/000001") && last.words.contains("kept for 30 days"),
        "{}",
        last.words
    );
    // The end of the chain stands in the access log too.
    let (node, auditor) = story.at("isp", "auditor");
    let log = node.access_log(auditor, None).await.unwrap();
    let noted = log.iter().find(|line| line.what == "log.destroyed").unwrap();
    assert!(
        noted.subject.contains(&told.head),
        "{} and {}",
        noted.subject,
        told.head
    );

    // The hunt keeps the place, and says that the line is gone.
    let (node, researcher) = story.at("isp", "researcher");
    let lines = node
        .own_lines(researcher, &hunt, &OwnFilter::default())
        .await
        .unwrap();
    assert!(lines.total > 0 && lines.lines.iter().all(|line| line.text.is_none()));
    let line = node.own_line(researcher, &hunt, 0).await.unwrap();
    assert!(line.gone.is_some() && line.beside.is_empty());
    let report = story.org_mut("isp").fsck().await;
    assert!(report.problems.is_empty(), "{:?}", report.problems);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_approver_decides_the_disclosure_officer_holds_and_the_operator_neither() {
    let mut story = stored(1320).await;
    for (org, sign_in, role) in [("agency", "discloser", Role::DisclosureOfficer)] {
        story.org_mut(org).add_person(sign_in, &[role]).await.unwrap();
    }
    let (node, approver) = story.at("isp", "approver");
    for sign_in in ["operator", "auditor", "researcher", "signatory"] {
        let who = story.at("isp", sign_in).1;
        denied(node.set_log_retention(who, "web", &retention(Some(1))).await);
        denied(node.preview_log_retention(who, "web", 1).await);
        denied(node.hold_logs(who, &hold("H")).await);
        denied(node.lift_log_hold(who, "H", "no").await);
        denied(node.destroy_log(who, "web/000001", "no").await);
    }
    denied(node.log_keeping(story.at("isp", "researcher").1).await);
    for sign_in in ["operator", "auditor", "approver"] {
        node.log_keeping(story.at("isp", sign_in).1).await.unwrap();
    }
    let (agency, discloser) = story.at("agency", "discloser");
    denied(
        agency
            .set_log_retention(discloser, "web", &retention(Some(1)))
            .await,
    );
    let refused = agency.hold_logs(discloser, &hold("H")).await.unwrap_err();
    assert!(
        refused.to_string().contains("web"),
        "no such source there: {refused}"
    );

    // What is wrong is said, and decides nothing.
    for new in [
        NewRetention {
            days: Some(0),
            ..retention(None)
        },
        NewRetention {
            days: Some(36_501),
            ..retention(None)
        },
        NewRetention {
            days: Some(30),
            reason: " ".into(),
        },
    ] {
        node.set_log_retention(approver, "web", &new).await.unwrap_err();
    }
    for new in [
        NewLogHold {
            source: None,
            ..hold("H")
        },
        NewLogHold {
            segments: vec!["web/000001".into()],
            ..hold("H")
        },
        NewLogHold {
            source: None,
            segments: vec!["web/9".into(), "x".into()],
            ..hold("H")
        },
        NewLogHold {
            hold: "with space".into(),
            ..hold("H")
        },
        NewLogHold {
            from_ms: Some(5),
            to_ms: Some(5),
            ..hold("H")
        },
    ] {
        node.hold_logs(approver, &new).await.unwrap_err();
    }
    let gone = node
        .destroy_log(approver, "web/000009", "by mistake")
        .await
        .unwrap_err();
    assert!(matches!(gone, ServiceError::Logs(_)), "{gone}");
    assert_eq!(node.log_keeping(approver).await.unwrap().records, 0);
    // By hand, with a reason; the same log again is told who destroyed it.
    node.destroy_log(approver, "web/000001", "imported by mistake")
        .await
        .unwrap();
    let (node, operator) = story.at("isp", "operator");
    let again = node
        .import_log(operator, "web", "a.log", log_of("isp").as_bytes())
        .await
        .unwrap_err();
    assert!(again.to_string().contains("destroyed"), "{again}");
    // By an explicit choice it is taken, as a new stored file; the access log has a word of its own for it.
    let (_, researcher) = story.at("isp", "researcher");
    let log = log_of("isp");
    let again = |who| node.import_log_that(who, "web", "a.log", log.as_bytes(), Destroyed::TakenAgain);
    assert!(matches!(again(researcher).await, Err(ServiceError::Denied(_))));
    let taken = again(operator).await.unwrap();
    assert_eq!(
        (taken.segment.id.as_str(), taken.held_already),
        ("web/000002", false)
    );
    let access = node.access_log(story.at("isp", "auditor").1, None).await.unwrap();
    assert!(
        access
            .iter()
            .any(|line| line.what == "log.imported-though-destroyed" && line.subject == "web/000002")
    );
    assert_eq!(
        node.log_records(story.at("isp", "auditor").1, 0)
            .await
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_leaps_destroys_nothing_until_it_has_run_on_for_a_day() {
    let story = stored(1313).await;
    let (node, approver) = story.at("isp", "approver");
    node.set_log_retention(approver, "web", &retention(Some(30)))
        .await
        .unwrap();
    assert_eq!(node.destroy_in_time().await.unwrap(), 0);
    let right = story.world.now_ms();
    story.world.advance(400 * DAY_MS);
    assert_eq!(node.destroy_in_time().await.unwrap(), 0, "years later");
    let told = node.log_keeping(approver).await.unwrap();
    assert_eq!(told.over_total, 1);
    assert_eq!(told.clock_leap.map(|leap| leap.before_ms), Some(right));
    let log = node.access_log(story.at("isp", "auditor").1, None).await.unwrap();
    assert!(log.iter().any(|line| line.what == "retention.clock-leapt"));
    // Put right: as if nothing had been.
    story.world.set_clock(right + DAY_MS / 24);
    assert_eq!(node.destroy_in_time().await.unwrap(), 0);
    assert!(node.log_keeping(approver).await.unwrap().clock_leap.is_none());
    // It was right after all: a day of looks later it counts.
    story.world.advance(400 * DAY_MS);
    for _ in 0..12 {
        assert_eq!(node.destroy_in_time().await.unwrap(), 0);
        story.world.advance(DAY_MS / 12);
    }
    assert_eq!(node.destroy_in_time().await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_of_decisions_that_was_cut_is_told() {
    let mut story = stored(1314).await;
    let (node, approver) = story.at("isp", "approver");
    node.hold_logs(approver, &hold("HC-1")).await.unwrap();
    let dir = node.config.dir.join("logs/keeping");
    let kept: Vec<(std::path::PathBuf, Vec<u8>)> = std::fs::read_dir(&dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect();
    node.hold_logs(approver, &hold("HC-2")).await.unwrap();
    assert!(
        node.verify_logs(story.at("isp", "operator").1)
            .await
            .unwrap()
            .is_empty()
    );
    // Who owns the disk puts back what was there before the second hold.
    story.org_mut("isp").stop().await;
    for (path, bytes) in kept {
        std::fs::write(path, bytes).unwrap();
    }
    let problems = story.org_mut("isp").fsck().await.problems;
    assert!(
        problems
            .iter()
            .any(|problem| problem.contains("not those that were noted")),
        "{problems:?}"
    );
}
