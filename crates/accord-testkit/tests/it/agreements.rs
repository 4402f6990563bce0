//! An agreement binds when everybody has signed exactly it, in its term, until it is ended.

use accord_model::OrgKind;
use accord_model::Tlp;
use accord_model::agreement::templates::Template;
use accord_service::ServiceError;
use accord_testkit::{DAY_MS, Story, report, sign};

use crate::{TWO, denied, same_fold};

const FOUR: &[(&str, OrgKind)] = &[
    ("agency", OrgKind::Agency),
    ("first", OrgKind::Isp),
    ("second", OrgKind::Isp),
    ("third", OrgKind::HostingProvider),
];

#[tokio::test(flavor = "multi_thread")]
async fn three_of_four_signed_is_not_in_force() {
    let mut story = Story::begin(10, FOUR).await;
    let parties = ["agency", "first", "second", "third"];
    let digest = story.propose(Template::AgencyIsp, &parties).await.unwrap();
    story.sync().await.unwrap();
    for party in &parties[..3] {
        story.sign(party, digest).await.unwrap();
    }
    story.sync().await.unwrap();
    for party in parties {
        let (node, who) = story.at(party, "signatory");
        let view = node.agreement(who, digest).await.unwrap();
        assert!(!view.summary.in_force, "{party}: {}", view.summary.standing);
        assert_eq!(view.missing.len(), 1, "{party}");
    }
    denied(story.open_case(&["first"]).await);
    story.sign("third", digest).await.unwrap();
    story.sync().await.unwrap();
    story.open_case(&["first"]).await.unwrap();
    same_fold(&story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_of_another_key_or_text_is_refused() {
    let mut story = Story::begin(11, TWO).await;
    let digest = story
        .propose(Template::AgencyIsp, &["agency", "isp"])
        .await
        .unwrap();
    let other = story
        .propose(Template::IntelligenceOnly, &["agency", "isp"])
        .await
        .unwrap();
    story.sync().await.unwrap();
    let (node, who) = story.at("isp", "signatory");
    let of_agency = sign(story.org("agency"), digest).await.unwrap();
    let of_other = sign(story.org("isp"), other).await.unwrap();
    for bad in [of_agency, of_other, String::new(), "\u{2014} isp AAAA".into()] {
        let refused = node.sign_agreement(who, digest, &bad).await;
        assert!(
            matches!(refused, Err(ServiceError::Invalid { .. })),
            "{bad}: {refused:?}"
        );
    }
    assert!(!node.agreement(who, digest).await.unwrap().summary.signed_here);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_bytes_are_another_agreement() {
    let mut story = Story::begin(12, TWO).await;
    let digest = story
        .propose(Template::AgencyIsp, &["agency", "isp"])
        .await
        .unwrap();
    let (toml, cedar) = story
        .draft_agreement(Template::AgencyIsp, &["agency", "isp"])
        .unwrap();
    let (node, who) = story.at("agency", "signatory");
    let more = format!("{toml}\n# a comment\n");
    let changed = node.propose_agreement(who, &more, &cedar).await.unwrap();
    assert_ne!(changed, digest);
    story.sync().await.unwrap();
    story.sign("agency", digest).await.unwrap();
    story.sign("isp", changed).await.unwrap();
    story.sync().await.unwrap();
    for which in [digest, changed] {
        let (node, who) = story.at("isp", "signatory");
        assert!(!node.agreement(who, which).await.unwrap().summary.in_force);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_party_or_another_key_for_a_known_one_is_refused() {
    let story = Story::begin(13, TWO).await;
    let (toml, cedar) = story
        .draft_agreement(Template::AgencyIsp, &["agency", "isp"])
        .unwrap();
    let (node, who) = story.at("agency", "signatory");
    let swapped = toml.replace(
        &story.org("isp").node().own_identity(),
        &story.org("agency").node().own_identity(),
    );
    let refused = node.propose_agreement(who, &swapped, &cedar).await;
    assert!(
        matches!(refused, Err(ServiceError::Invalid { .. })),
        "{refused:?}"
    );
    // The provider proposes an agreement that the agency alone is named in.
    let (node, who) = story.at("isp", "signatory");
    let without = toml.replace("\"isp\"", "\"nobody\"");
    let refused = node.propose_agreement(who, &without, &cedar).await;
    assert!(
        matches!(refused, Err(ServiceError::Invalid { .. })),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn after_its_term_nothing_leaves() {
    let mut story = Story::asked(14, TWO).await;
    story.preview("isp").await.unwrap();
    let case = story.case();
    story.world.advance(366 * DAY_MS);
    let (node, who) = story.at("agency", "investigator");
    let published = node
        .publish_note(who, case, &report("late", "too late", Tlp::Clear))
        .await
        .unwrap();
    assert!(published.decisions.iter().all(|decided| !decided.is_yes()));
    let refused = denied(story.approve("isp").await);
    assert!(refused.clause.is_some(), "{refused:?}");
    denied(story.hunt("isp").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_termination_nothing_leaves() {
    let mut story = Story::asked(15, TWO).await;
    story.preview("isp").await.unwrap();
    let (case, digest) = (story.case(), story.agreement());
    let before = report("before", "released and never pulled", Tlp::Clear);
    let (node, who) = story.at("agency", "investigator");
    let released = node.publish_note(who, case, &before).await.unwrap();
    assert!(released.decisions[0].is_yes());
    let (node, who) = story.at("isp", "signatory");
    node.terminate_agreement(who, digest, "the operation is over")
        .await
        .unwrap();
    denied(story.approve("isp").await);
    story.sync().await.unwrap();
    let (node, who) = story.at("agency", "investigator");
    let published = node
        .publish_note(who, case, &report("after", "after the end", Tlp::Clear))
        .await
        .unwrap();
    assert!(published.decisions.iter().all(|decided| !decided.is_yes()));
    story.sync().await.unwrap();
    let (node, who) = story.at("isp", "approver");
    let view = node.case(who, case).await.unwrap();
    assert!(view.timeline.iter().all(|item| item.title != "after"));
    same_fold(&story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_case_under_intelligence_only() {
    let mut story = Story::begin(16, TWO).await;
    story
        .agree(Template::IntelligenceOnly, &["agency", "isp"])
        .await
        .unwrap();
    let refused = denied(story.open_case(&["isp"]).await);
    assert!(refused.rule.contains("intelligence only"), "{refused:?}");
}
