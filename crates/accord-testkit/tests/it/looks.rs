//! Who looked at what was shared: told to its owner, and to nobody else.

use std::sync::Arc;

use accord_model::agreement::templates::Template;
use accord_model::{OrgKind, Tlp};
use accord_service::{ServiceError, Way};
use accord_testkit::{DAY_MS, Story, report};
use serde_json::json;

const ORGS: &[(&str, OrgKind)] = &[("agency", OrgKind::Agency), ("isp", OrgKind::Isp)];

async fn story(seed: u64) -> Story {
    let mut story = Story::begin(seed, ORGS).await;
    story
        .agree(Template::AgencyIsp, &["agency", "isp"])
        .await
        .unwrap();
    story.open_case(&["isp"]).await.unwrap();
    story.sync().await.unwrap();
    story.join_case("isp").await.unwrap();
    story.sync().await.unwrap();
    story
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_of_a_note_learns_who_looked_at_it() {
    let story = story(71).await;
    let case = story.case();
    let (agency, officer) = story.at("agency", "officer");
    let shared = agency
        .publish_note(officer, case, &report("shared", "t", Tlp::Amber))
        .await;
    let at = shared.unwrap().at;
    let kept = agency
        .publish_note(officer, case, &report("kept", "t", Tlp::Red))
        .await;
    let kept = kept.unwrap().at;
    story.sync().await.unwrap();
    assert!(agency.looks_at(officer, case, at).await.unwrap().is_empty());

    let (isp, approver) = story.at("isp", "approver");
    isp.note(approver, case, at).await.unwrap();
    isp.note(approver, case, at).await.unwrap();
    isp.timeline(approver, case, None).await.unwrap();
    story.sync().await.unwrap();
    let looks = agency.looks_at(officer, case, at).await.unwrap();
    let told: Vec<_> = looks
        .iter()
        .map(|look| (look.org.as_str(), look.by, look.way))
        .collect();
    assert_eq!(
        told,
        [("isp", approver.person, Way::Read)],
        "the first of the day"
    );
    // One's own looks, and looks at one's own notes, are not told.
    agency.timeline(officer, case, None).await.unwrap();
    assert_eq!(agency.looks_at(officer, case, at).await.unwrap().len(), 1);
    assert!(agency.looks_at(officer, case, kept).await.unwrap().is_empty());

    // The next day counts anew; all of it is there after a restart.
    story.world.advance(DAY_MS);
    isp.note(approver, case, at).await.unwrap();
    story.sync().await.unwrap();
    assert_eq!(agency.looks_at(officer, case, at).await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn looks_survive_a_restart_and_are_told_once() {
    let mut story = story(72).await;
    let case = story.case();
    let (agency, officer) = story.at("agency", "officer");
    let shared = agency
        .publish_note(officer, case, &report("shared", "t", Tlp::Amber))
        .await;
    let at = shared.unwrap().at;
    story.sync().await.unwrap();
    let (isp, approver) = story.at("isp", "approver");
    isp.note(approver, case, at).await.unwrap();
    story.sync().await.unwrap();
    story.org_mut("agency").restart().await;
    story.org_mut("isp").restart().await;
    story.world.advance(DAY_MS);
    story.org_mut("agency").enter("officer").await.unwrap();
    story.org_mut("isp").enter("approver").await.unwrap();
    story.sync().await.unwrap();
    let (isp, approver) = story.at("isp", "approver");
    isp.note(approver, case, at).await.unwrap();
    story.sync().await.unwrap();
    let (agency, officer) = story.at("agency", "officer");
    assert_eq!(agency.looks_at(officer, case, at).await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_tells_of_looks_at_what_it_was_given_and_at_nothing_else() {
    let story = story(74).await;
    let case = story.case();
    let (agency, officer) = story.at("agency", "officer");
    let kept = agency
        .publish_note(officer, case, &report("kept", "t", Tlp::Red))
        .await;
    let kept = kept.unwrap().at;
    story.sync().await.unwrap();
    let lies = [
        json!({ "looks": [{ "entry": kept.to_string(), "by": "0".repeat(32), "way": "read", "when_ms": 1 }] }),
        json!({ "looks": [{ "entry": kept.to_string(), "by": "nobody", "way": "read", "when_ms": 1 }] }),
        json!({ "looks": [{ "entry": kept.to_string(), "by": "0".repeat(32), "way": "<b>", "when_ms": 1 }] }),
        json!({ "looks": [] }),
    ];
    for lie in lies {
        let said = lie.to_string();
        story
            .org("isp")
            .alter(Arc::new(move |path, _, mut honest| match path {
                "/peer/v1/heads" => {
                    honest["looks"] = json!(u64::MAX);
                    honest
                }
                "/peer/v1/looks" => lie.clone(),
                _ => honest,
            }));
        let pulled = agency.pull(&"isp".parse().unwrap()).await.unwrap();
        assert!(!pulled.problems.is_empty(), "{said}");
        assert!(
            agency.looks_at(officer, case, kept).await.unwrap().is_empty(),
            "{said}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_ask_is_told_nothing_of_looks() {
    let story = story(73).await;
    let case = story.case();
    let (agency, officer) = story.at("agency", "officer");
    let shared = agency
        .publish_note(officer, case, &report("shared", "t", Tlp::Amber))
        .await;
    let at = shared.unwrap().at;
    story.sync().await.unwrap();
    let (isp, approver) = story.at("isp", "approver");
    isp.note(approver, case, at).await.unwrap();
    story.sync().await.unwrap();
    // The auditor sees that somebody looked, and nothing that is content.
    let auditor = story.at("agency", "auditor").1;
    let (looks, next) = agency.looks_at_ours(auditor, None).await.unwrap();
    let seen: Vec<_> = looks
        .iter()
        .map(|look| (look.at, look.title.as_str(), look.name.as_deref()))
        .collect();
    assert_eq!((seen, next), (vec![(at, "", None)], None));
    let refused = agency.looks_at_ours(officer, None).await;
    assert!(matches!(refused, Err(ServiceError::Denied(_))), "{refused:?}");
    // Not of this organisation, or not on the case.
    let refused = isp.looks_at(approver, case, at).await;
    assert!(matches!(refused, Err(ServiceError::NotFound(_))), "{refused:?}");
    let refused = agency.looks_at(auditor, case, at).await;
    assert!(matches!(refused, Err(ServiceError::NotFound(_))), "{refused:?}");
}
