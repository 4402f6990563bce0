//! Whose word counts on a team: parties that leave, whose authority a request stands on, who gets a note.

use std::collections::BTreeSet;

use accord_model::agreement::templates::Template;
use accord_model::{OrgKind, Role, Tlp};
use accord_service::{NewCase, ServiceError};
use accord_testkit::{Story, decision, report};

use crate::leaks::{everything, holds};
use crate::{THREE, TWO, denied, same_fold};

#[tokio::test(flavor = "multi_thread")]
async fn a_party_taken_off_gets_nothing_more() {
    let story = Story::asked(70, THREE).await;
    let case = story.case();
    let (isp, hosting) = (story.org("isp").name.clone(), story.org("hosting").name.clone());
    let (node, who) = story.at("agency", "investigator");
    let before = report("before", "the first finding", Tlp::Clear);
    node.publish_note(who, case, &before).await.unwrap();
    story.sync().await.unwrap();

    denied(
        node_of(&story)
            .remove_party(who_of(&story, "approver"), case, &isp, "x")
            .await,
    );
    denied(
        node_of(&story)
            .remove_party(who_of(&story, "investigator"), case, &isp, "x")
            .await,
    );
    let officer = who_of(&story, "officer");
    let agency = story.org("agency").name.clone();
    let opener = node_of(&story).remove_party(officer, case, &agency, "x").await;
    denied(opener);
    node_of(&story)
        .remove_party(officer, case, &isp, "their part is done")
        .await
        .unwrap();
    let twice = node_of(&story).remove_party(officer, case, &isp, "again").await;
    denied(twice);

    let (node, who) = story.at("agency", "investigator");
    let after = report("after", "the second finding", Tlp::Clear);
    let published = node.publish_note(who, case, &after).await.unwrap();
    let reached: Vec<_> = published.decisions.iter().map(|decided| &decided.to).collect();
    assert_eq!(reached, [&hosting]);
    story.sync().await.unwrap();
    // It has learned that it is no party any more: its node shows the case to its people no longer.
    let (node, who) = story.at("isp", "approver");
    assert!(matches!(
        node.case(who, case).await,
        Err(ServiceError::NotFound(_))
    ));
    let got = everything(&story, "isp", "agency").await;
    assert!(holds(&got, "their part is done") && !holds(&got, "the second finding"));
    let (node, who) = story.at("hosting", "approver");
    let view = node.case(who, case).await.unwrap();
    assert!(view.timeline.iter().any(|item| item.title == "after"));
    assert!(view.parties.iter().all(|(org, _)| *org != isp));
}

fn node_of(story: &Story) -> &accord_service::Node {
    story.org("agency").node()
}

fn who_of<'a>(story: &'a Story, sign_in: &str) -> &'a accord_service::SignedIn {
    story.org("agency").who(sign_in)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_stands_on_the_askers_own_authority() {
    let orgs = &[
        ("agency", OrgKind::Agency),
        ("bureau", OrgKind::Agency),
        ("isp", OrgKind::Isp),
    ];
    let mut story = Story::begin(71, orgs).await;
    accord_testkit::pair(story.org("bureau"), story.org("isp"))
        .await
        .unwrap();
    // The template is for one agency: the second one's part is taken over from a draft of its own.
    let (toml, cedar) = story
        .draft_agreement(Template::AgencyIsp, &["agency", "isp"])
        .unwrap();
    let (other, _) = story
        .draft_agreement(Template::AgencyIsp, &["bureau", "isp"])
        .unwrap();
    let part = |text: &str, name: &str| {
        let mut parts = text.split("[[parties]]").skip(1);
        let found = parts.find(|part| part.contains(&format!("name = \"{name}\"")));
        format!("[[parties]]{}", found.expect("a party"))
    };
    let ours = part(&toml, "agency");
    let toml = toml.replace(&ours, &format!("{ours}{}", part(&other, "bureau")));
    let (node, who) = story.at("agency", "signatory");
    let digest = node.propose_agreement(who, &toml, &cedar).await.unwrap();
    story.facts.agreement = Some(digest);
    story.sync().await.unwrap();
    for org in ["agency", "bureau", "isp"] {
        story.sign(org, digest).await.unwrap();
    }
    story.sync().await.unwrap();
    story.open_case(&["bureau", "isp"]).await.unwrap();
    story.instrument("isp").await.unwrap();
    story.sync().await.unwrap();
    story.join_case("bureau").await.unwrap();
    story.join_case("isp").await.unwrap();
    let case = story.case();
    let (node, who) = story.at("bureau", "approver");
    for (sign_in, role) in [
        ("investigator", Role::Investigator),
        ("officer", Role::CaseOfficer),
    ] {
        let person = story.org("bureau").who(sign_in).person;
        node.add_member(who, case, person, &[role].into(), None)
            .await
            .unwrap();
    }
    let (node, who) = story.at("bureau", "investigator");
    let refused = denied(node.ask_hunt(who, case, &story.new_hunt("isp")).await);
    assert!(refused.rule.contains("another organisation"), "{refused:?}");
    let view = node.case(who, case).await.unwrap();
    assert_eq!(view.instruments[0].recorded_by, story.org("agency").name);
    // The one who recorded it may.
    story.hunt("isp").await.unwrap();
    story.sync().await.unwrap();
    let (node, who) = story.at("isp", "approver");
    let view = node.request(who, story.hunt_of("isp")).await.unwrap();
    assert_eq!(view.instrument_problem, None);
    assert_eq!(view.instrument.unwrap().recorded_by, story.org("agency").name);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_reaches_those_that_its_writer_was_shown() {
    let mut story = Story::begin(72, THREE).await;
    story
        .agree(Template::AgencyIsp, &["agency", "hosting", "isp"])
        .await
        .unwrap();
    story.open_case(&["isp"]).await.unwrap();
    let case = story.case();
    let (isp, hosting) = (story.org("isp").name.clone(), story.org("hosting").name.clone());
    let (node, who) = story.at("agency", "investigator");
    let mut draft = report("for one", "what was seen", Tlp::Clear);
    let shown = node.preview_note(who, case, &draft).await.unwrap();
    assert_eq!(
        shown.iter().map(|decided| &decided.to).collect::<Vec<_>>(),
        [&isp]
    );
    draft.expect = Some(BTreeSet::from([isp.clone()]));
    node.add_party(story.org("agency").who("officer"), case, &hosting, "")
        .await
        .unwrap();
    let refused = node.publish_note(who, case, &draft).await;
    match refused {
        Err(ServiceError::Conflict(words)) => assert!(words.contains("recipients have changed"), "{words}"),
        other => panic!("published: {other:?}"),
    }
    let view = node.case(who, case).await.unwrap();
    assert!(view.timeline.iter().all(|item| item.title != "for one"));
    draft.expect = Some(BTreeSet::from([isp, hosting]));
    node.publish_note(who, case, &draft).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_timeline_is_causal_whatever_the_clocks_say() {
    let story = Story::asked(73, TWO).await;
    let case = story.case();
    // Well within the agreement's term, also by the clock that is behind.
    story.world.advance(3_600_000);
    let now = story.world.now_ms();
    let mut written = Vec::new();
    for number in 0..6 {
        let (org, name) = if number % 2 == 0 {
            ("agency", "investigator")
        } else {
            // The provider's clock is four minutes behind: more than five, and its node would wait.
            story.world.set_clock(now - 240_000);
            ("isp", "approver")
        };
        let (node, who) = story.at(org, name);
        let title = format!("turn {number}");
        let draft = decision(&title, "text", Tlp::Clear);
        node.publish_note(who, case, &draft).await.unwrap();
        written.insert(0, title);
        story.world.set_clock(now);
        story.sync().await.unwrap();
    }
    for (org, name) in [("agency", "investigator"), ("isp", "approver")] {
        let (node, who) = story.at(org, name);
        let view = node.case(who, case).await.unwrap();
        let turns: Vec<String> = view
            .timeline
            .into_iter()
            .map(|item| item.title)
            .filter(|title| title.starts_with("turn"))
            .collect();
        assert_eq!(turns, written, "{org}");
    }
    same_fold(&story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_was_withdrawn_opens_no_case() {
    let story = Story::asked(74, TWO).await;
    let case = story.case();
    let mut org = story;
    let person = org.org("agency").who("investigator").person;
    let (node, operator) = org.at("agency", "operator");
    node.withdraw_role(operator, person, Role::Investigator)
        .await
        .unwrap();
    org.org_mut("agency").enter("investigator").await.unwrap();
    let (node, who) = org.at("agency", "investigator");
    let seen = node.case(who, case).await;
    assert!(matches!(seen, Err(ServiceError::NotFound(_))), "{seen:?}");
    let new = NewCase {
        agreement: org.agreement(),
        operation: "Operation Lark".into(),
        reference: "K".into(),
        purpose: "cybercrime-investigation".into(),
        parties: Vec::new(),
    };
    denied(node.open_case(who, &new).await);
}
