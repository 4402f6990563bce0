//! The main job between an agency and a provider.

use accord_model::OrgKind;
use accord_testkit::Story;

const TWO: &[(&str, OrgKind)] = &[("agency", OrgKind::Agency), ("isp", OrgKind::Isp)];

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
    assert_eq!(view.waiting, 0);
    for org in story.orgs.values_mut() {
        let report = org.fsck().await;
        assert!(report.is_clean(), "{}: {:?}", org.name, report.problems);
    }
}
