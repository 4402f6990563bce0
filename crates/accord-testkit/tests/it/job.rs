//! The main job between an agency and a provider, and catching up.

use accord_model::Tlp;
use accord_testkit::{Story, as_json, report};

use crate::{THREE, TWO, clean, same_fold};

#[tokio::test(flavor = "multi_thread")]
async fn evidence_arrives_and_verifies() {
    let mut story = Story::asked(1, TWO).await;
    story.preview("isp").await.unwrap();
    let outcome = story.approve("isp").await.unwrap();
    assert_eq!(outcome.lines, 4);
    story.sync().await.unwrap();
    story.receive("isp").await.unwrap();
    story.sync().await.unwrap();
    let (node, who) = story.at("agency", "investigator");
    let view = node.case(who, story.case()).await.unwrap();
    assert_eq!(view.exhibits.len(), 1);
    assert_eq!(view.exhibits[0].state, "received");
    assert!(view.exhibits[0].here);
    assert_eq!((view.waiting, view.forked.len()), (0, 0));
    // The agency has cosigned the provider's ledger, and the package says so.
    let report = node.verify_exhibit(who, story.exhibit_of("isp")).await.unwrap();
    let said = as_json(report.check("cosignatures").unwrap());
    let agency = story.org("agency").name.as_str();
    assert!(said.contains("\"passed\"") && said.contains(agency), "{said}");
    assert!(report.is_verified(), "{report:?}");
    same_fold(&story).await;
    clean(&mut story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_offline_catches_up_with_one_pull() {
    let mut story = Story::asked(2, THREE).await;
    story.org_mut("isp").stop().await;
    let case = story.case();
    for number in 0..30 {
        let (node, who) = story.at("agency", "investigator");
        let draft = report(&format!("note {number}"), "more of it", Tlp::Amber);
        node.publish_note(who, case, &draft).await.unwrap();
    }
    story.preview("hosting").await.unwrap();
    story.approve("hosting").await.unwrap();
    let (agency, hosting) = (
        story.org("agency").name.clone(),
        story.org("hosting").name.clone(),
    );
    story.org("agency").node().pull(&hosting).await.unwrap();
    story.org("hosting").node().pull(&agency).await.unwrap();
    story.receive("hosting").await.unwrap();
    story.org_mut("isp").start_again().await;
    let pulled = story.org("isp").node().pull(&agency).await.unwrap();
    assert_eq!(pulled.problems, Vec::<String>::new());
    assert!(pulled.entries >= 31, "{pulled:?}");
    story.org("hosting").node().pull(&agency).await.unwrap();
    same_fold(&story).await;
    let again = story.org("isp").node().pull(&agency).await.unwrap();
    assert_eq!((again.entries, again.payloads, again.objects), (0, 0, 0));
    // What the hosting provider delivered to the agency did not come to the other provider.
    let (node, who) = story.at("isp", "approver");
    let view = node.case(who, case).await.unwrap();
    assert!(view.exhibits.is_empty());
    assert!(view.timeline.iter().any(|item| item.title == "withheld"));
    clean(&mut story).await;
}
