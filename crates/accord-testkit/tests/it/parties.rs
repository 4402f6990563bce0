//! Each ready agreement opens a case with the flows of its parties, or none; parties join and leave in the middle.

use std::collections::BTreeMap;

use accord_model::agreement::templates::Template;
use accord_model::{OrgKind, OrgName, Role, Tlp};
use accord_service::{Draft, NewCase, ServiceError};
use accord_testkit::{Story, decision, pair, report};

use crate::keeping::titles;
use crate::leaks::{everything, holds};
use crate::{TWO, denied, same_fold};

const FOUR: &[(&str, OrgKind)] = &[
    ("agency", OrgKind::Agency),
    ("hosting", OrgKind::HostingProvider),
    ("isp", OrgKind::Isp),
    ("vendor", OrgKind::Vendor),
];

/// What the agreement says of a note, recipient by recipient.
async fn answers(story: &Story, org: &str, sign_in: &str, draft: &Draft) -> BTreeMap<OrgName, String> {
    let (node, who) = story.at(org, sign_in);
    let decided = node.preview_note(who, story.case(), draft).await.unwrap();
    decided.into_iter().map(|one| (one.to, one.answer)).collect()
}

fn said(answers: &[(&str, &str)]) -> BTreeMap<OrgName, String> {
    answers
        .iter()
        .map(|(org, answer)| (org.parse().unwrap(), (*answer).to_owned()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn under_intelligence_only_no_case_is_opened() {
    let mut story = Story::begin(300, TWO).await;
    story
        .agree(Template::IntelligenceOnly, &["agency", "isp"])
        .await
        .unwrap();
    let (node, officer) = story.at("agency", "officer");
    let new = NewCase {
        agreement: story.agreement(),
        operation: "Operation Lark".into(),
        reference: "K-1".into(),
        purpose: "cybercrime-investigation".into(),
        parties: Vec::new(),
    };
    denied(node.open_case(officer, &new).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_vendor_one_team() {
    let orgs = &[("agency", OrgKind::Agency), ("vendor", OrgKind::Vendor)];
    let mut story = Story::begin(301, orgs).await;
    story
        .agree(Template::AgencyVendor, &["agency", "vendor"])
        .await
        .unwrap();
    story.open_case(&["vendor"]).await.unwrap();
    story.sync().await.unwrap();
    story.join_case("vendor").await.unwrap();
    let amber = report("r", "x", Tlp::Amber);
    assert_eq!(
        answers(&story, "agency", "investigator", &amber).await,
        said(&[("vendor", "yes")])
    );
    let red = report("r", "x", Tlp::Red);
    assert_eq!(
        answers(&story, "agency", "investigator", &red).await,
        said(&[("vendor", "ask")])
    );
    let theirs = decision("d", "x", Tlp::Amber);
    assert_eq!(
        answers(&story, "vendor", "approver", &theirs).await,
        said(&[("agency", "yes")])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_of_four_takes_each_pairs_column_and_parties_come_and_go() {
    let mut story = Story::begin(302, FOUR).await;
    // The partners follow each other's notes too.
    for (one, other) in [("isp", "vendor"), ("hosting", "vendor"), ("hosting", "isp")] {
        pair(story.org(one), story.org(other)).await.unwrap();
    }
    let parties = ["agency", "hosting", "isp", "vendor"];
    story.agree(Template::MultiParty, &parties).await.unwrap();
    story.open_case(&["hosting", "isp"]).await.unwrap();
    story.sync().await.unwrap();
    story.join_case("hosting").await.unwrap();
    story.join_case("isp").await.unwrap();
    story.sync().await.unwrap();
    let case = story.case();
    let (agency, investigator) = story.at("agency", "investigator");
    let officer = story.org("agency").who("officer");
    agency
        .publish_note(
            investigator,
            case,
            &report("before", "found before the vendor came", Tlp::Green),
        )
        .await
        .unwrap();
    // From partner to partner only with an approver's yes.
    let between = decision("between", "x", Tlp::Green);
    assert_eq!(
        answers(&story, "isp", "approver", &between).await,
        said(&[("agency", "yes"), ("hosting", "ask")])
    );
    let vendor = story.org("vendor").name.clone();
    agency
        .add_party(officer, case, &vendor, Some("they know the loader"))
        .await
        .unwrap();
    story.sync().await.unwrap();
    story.join_case("vendor").await.unwrap();
    let (agency, investigator) = story.at("agency", "investigator");
    let officer = story.org("agency").who("officer");
    let (node, approver) = story.at("vendor", "approver");
    story.sync().await.unwrap();
    let view = node.case(approver, case).await.unwrap();
    let mut reasons = view.timeline.iter().filter_map(|item| item.text.as_deref());
    assert!(reasons.any(|reason| reason == "they know the loader"));
    agency
        .publish_note(
            investigator,
            case,
            &report("during", "found beside the vendor", Tlp::Green),
        )
        .await
        .unwrap();
    story.sync().await.unwrap();
    let seen = titles(&story, "vendor", "approver").await;
    assert!(seen.contains(&"during".to_owned()), "{seen:?}");
    assert!(
        !seen.contains(&"before".to_owned()),
        "from when it came: {seen:?}"
    );
    assert!(
        seen.iter().any(|title| title.starts_with("opened the case")),
        "and how it came about: {seen:?}"
    );
    // It goes: it keeps what it has, and gets nothing more.
    agency
        .remove_party(officer, case, &vendor, "their part is done")
        .await
        .unwrap();
    agency
        .publish_note(
            investigator,
            case,
            &report("after", "found after the vendor went", Tlp::Green),
        )
        .await
        .unwrap();
    story.sync().await.unwrap();
    assert!(matches!(
        node.case(approver, case).await,
        Err(ServiceError::NotFound(_))
    ));
    let got = everything(&story, "vendor", "agency").await;
    assert!(!holds(&got, "found after the vendor went"));
    let roles = [Role::Approver].into();
    let members = node.add_member(approver, case, approver.person, &roles, None);
    assert!(
        members.await.is_err(),
        "whoever is off the case says nothing there"
    );
    // And comes back, for what is written from then on.
    agency.add_party(officer, case, &vendor, None).await.unwrap();
    story.sync().await.unwrap();
    agency
        .publish_note(
            investigator,
            case,
            &report("again", "found beside them again", Tlp::Green),
        )
        .await
        .unwrap();
    story.sync().await.unwrap();
    let seen = titles(&story, "vendor", "approver").await;
    for (title, there) in [
        ("during", true),
        ("again", true),
        ("after", false),
        ("before", false),
    ] {
        assert_eq!(seen.contains(&title.to_owned()), there, "{title}: {seen:?}");
    }
    same_fold(&story).await;
}
