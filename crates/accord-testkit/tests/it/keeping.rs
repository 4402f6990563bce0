//! Seconded people, recall, holds and retention, on other organisations' nodes.

use accord_model::agreement::templates::Template;
use accord_model::control::RecallDone;
use accord_model::{Category, Role, Tlp};
use accord_service::{
    EndedSecondment, NewHold, NewSecondee, NewSecondment, RecallAnswer, ServiceError, fsck,
};
use accord_testkit::{DAY_MS, Story, decision, report};

use crate::{THREE, TWO, denied};

pub async fn titles(story: &Story, org: &str, sign_in: &str) -> Vec<String> {
    let (node, who) = story.at(org, sign_in);
    let view = node.case(who, story.case()).await.unwrap();
    view.timeline.into_iter().map(|item| item.title).collect()
}

/// The provider's approver is seconded to the agency for a day, for one category, and has an account there.
pub async fn seconded(seed: u64) -> (Story, NewSecondment) {
    seconded_beside(seed, TWO, &[Category::Analysis]).await
}

/// The same among more organisations, for these categories.
pub async fn seconded_beside(
    seed: u64,
    orgs: &[(&str, accord_model::OrgKind)],
    categories: &[Category],
) -> (Story, NewSecondment) {
    let mut story = Story::asked(seed, orgs).await;
    story.world.advance(1_000);
    let case = story.case();
    let (home, host) = (story.org("isp").name.clone(), story.org("agency").name.clone());
    let person = story.org("isp").who("approver").person;
    let now = story.world.now_ms();
    let new = NewSecondment {
        person,
        home: home.clone(),
        host,
        categories: categories.to_vec(),
        scope: "analysis of the family".into(),
        from_ms: now,
        until_ms: now + DAY_MS,
    };
    let account = NewSecondee {
        sign_in: "guest".into(),
        name: "Guest of the provider".into(),
        person,
        home,
        password: "a first password".into(),
    };
    let (node, operator) = story.at("agency", "operator");
    node.add_secondee(operator, &account).await.unwrap();
    let (node, signatory) = story.at("agency", "signatory");
    node.confirm_roles(signatory, person).await.unwrap();
    let node = story.org("agency").node().clone();
    let sign_in = |password: &str| accord_service::SignIn {
        sign_in: "guest".into(),
        password: password.into(),
        code: None,
    };
    let token = node.sign_in(&sign_in("a first password")).await.unwrap();
    let who = node.session(&token).await.unwrap();
    node.change_password(&who, "a first password", None, "a second password")
        .await
        .unwrap();
    let (agency, investigator) = story.at("agency", "investigator");
    agency
        .publish_note(
            investigator,
            case,
            &report("analysis", "of the family", Tlp::Amber),
        )
        .await
        .unwrap();
    agency
        .publish_note(investigator, case, &decision("decided", "a decision", Tlp::Amber))
        .await
        .unwrap();
    story
        .org_mut("agency")
        .know("guest", who_now(&node, &token).await);
    (story, new)
}

async fn who_now(node: &accord_service::Node, token: &str) -> accord_service::SignedIn {
    node.session(token).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secondee_sees_the_named_categories_until_the_day_after() {
    let (story, new) = seconded(270).await;
    let case = story.case();
    let (agency, guest) = story.at("agency", "guest");
    let unseen = agency.case(guest, case).await;
    assert!(
        matches!(unseen, Err(ServiceError::NotFound(_))),
        "nobody has granted it"
    );
    let (isp, approver) = story.at("isp", "approver");
    isp.grant_secondment(approver, case, &new).await.unwrap();
    story.sync().await.unwrap();
    let half = agency.case(guest, case).await;
    assert!(
        matches!(half, Err(ServiceError::NotFound(_))),
        "the host has not granted it"
    );
    // The host's investigator cannot; its case officer can.
    denied(
        agency
            .grant_secondment(story.org("agency").who("investigator"), case, &new)
            .await,
    );
    agency
        .grant_secondment(story.org("agency").who("officer"), case, &new)
        .await
        .unwrap();
    let seen = titles(&story, "agency", "guest").await;
    assert!(seen.contains(&"analysis".to_owned()), "{seen:?}");
    assert!(!seen.contains(&"decided".to_owned()), "{seen:?}");
    let view = agency.case(guest, case).await.unwrap();
    assert!(view.requests.is_empty(), "requests are another category");
    // They decide nothing: not even what their role at home could.
    denied(agency.order_recall(guest, case, story.hunt_of("isp"), "x").await);
    story.world.advance(DAY_MS);
    let over = agency.case(guest, case).await;
    assert!(matches!(over, Err(ServiceError::NotFound(_))), "the day after");
}

#[tokio::test(flavor = "multi_thread")]
async fn either_side_ends_a_secondment() {
    let (story, new) = seconded(271).await;
    let case = story.case();
    let (agency, guest) = story.at("agency", "guest");
    agency
        .grant_secondment(story.org("agency").who("officer"), case, &new)
        .await
        .unwrap();
    story.sync().await.unwrap();
    let (isp, approver) = story.at("isp", "approver");
    isp.grant_secondment(approver, case, &new).await.unwrap();
    story.sync().await.unwrap();
    agency.case(guest, case).await.unwrap();
    let ended = EndedSecondment {
        person: new.person,
        home: new.home.clone(),
        host: new.host.clone(),
        reason: "called home".into(),
    };
    isp.end_secondment(approver, case, &ended).await.unwrap();
    story.sync().await.unwrap();
    let over = agency.case(guest, case).await;
    assert!(matches!(over, Err(ServiceError::NotFound(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recall_stops_use_everywhere_and_a_receipt_deletes() {
    let mut story = Story::asked(272, THREE).await;
    let case = story.case();
    let (agency, investigator) = story.at("agency", "investigator");
    let note = report("mistaken", "the wrong address", Tlp::Amber);
    let at = agency.publish_note(investigator, case, &note).await.unwrap().at;
    story.sync().await.unwrap();
    assert!(
        titles(&story, "isp", "approver")
            .await
            .contains(&"mistaken".to_owned())
    );
    // A third party, and a recipient, cannot.
    let (hosting, third) = story.at("hosting", "approver");
    denied(hosting.order_recall(third, case, at, "we would rather not").await);
    denied(agency.order_recall(investigator, case, at, "x").await);
    let approver = story.org("agency").who("approver");
    let recall = agency
        .order_recall(approver, case, at, "the address was wrong")
        .await
        .unwrap();
    story.sync().await.unwrap();
    for (org, sign_in) in [
        ("agency", "investigator"),
        ("isp", "approver"),
        ("hosting", "approver"),
    ] {
        let seen = titles(&story, org, sign_in).await;
        assert!(!seen.contains(&"mistaken".to_owned()), "{org}: {seen:?}");
        assert!(seen.contains(&"recalled".to_owned()), "{org}: {seen:?}");
    }
    let (isp, theirs) = story.at("isp", "approver");
    let held = isp.recalls(theirs, case).await.unwrap();
    assert!(held.first().is_some_and(|view| view.held_here), "{held:?}");
    let mut receipt = RecallAnswer {
        recall,
        done: RecallDone::NeverHeld,
        backup_until_ms: Some(story.world.now_ms() + 30 * DAY_MS),
        onward: Vec::new(),
        note: None,
    };
    let lie = isp.receipt_recall(theirs, case, &receipt).await;
    assert!(matches!(lie, Err(ServiceError::Invalid { .. })), "{lie:?}");
    receipt.done = RecallDone::Deleted;
    isp.receipt_recall(theirs, case, &receipt).await.unwrap();
    story.sync().await.unwrap();
    assert!(
        isp.recalls(theirs, case)
            .await
            .unwrap()
            .iter()
            .all(|view| !view.held_here)
    );
    let view = agency.recalls(approver, case).await.unwrap().remove(0);
    let receipted: Vec<_> = view.receipts.iter().map(|receipt| &receipt.org).collect();
    assert_eq!(receipted, [&story.org("isp").name]);
    assert_eq!(view.waits_for, [story.org("hosting").name.clone()]);
    let isp = story.org_mut("isp");
    isp.stop().await;
    let report = fsck(&isp.config, accord_testkit::START_MS).await.unwrap();
    assert!(report.is_clean(), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_beats_the_end_of_the_period() {
    let mut story = Story::begin(273, TWO).await;
    let parties = ["agency", "isp"];
    let (toml, cedar) = story.draft_agreement(Template::AgencyIsp, &parties).unwrap();
    let toml = toml.replace("default_days = 365", "default_days = 30");
    assert!(toml.contains("default_days = 30"));
    story.agree_on(&toml, &cedar, &parties).await.unwrap();
    story.open_case(&["isp"]).await.unwrap();
    story.sync().await.unwrap();
    story.join_case("isp").await.unwrap();
    story
        .org_mut("agency")
        .add_person("disclosure", &[Role::DisclosureOfficer])
        .await
        .unwrap();
    let case = story.case();
    let (agency, approver) = story.at("agency", "approver");
    let officer = story.org("agency").who("disclosure");
    agency
        .add_member(
            approver,
            case,
            officer.person,
            &[Role::DisclosureOfficer].into(),
            None,
        )
        .await
        .unwrap();
    let (isp, theirs) = story.at("isp", "approver");
    let at = isp
        .publish_note(
            theirs,
            case,
            &decision("theirs", "a decision of the provider", Tlp::Amber),
        )
        .await
        .unwrap()
        .at;
    story.sync().await.unwrap();
    let kept = agency.keeping(officer, case).await.unwrap();
    let line = kept
        .retention
        .iter()
        .find(|line| line.entry == at)
        .unwrap()
        .clone();
    let hold = NewHold {
        entry: Some(at),
        reference: "K-17".into(),
        reason: "the court asked".into(),
    };
    denied(agency.place_hold(approver, case, &hold).await);
    let placed = agency.place_hold(officer, case, &hold).await.unwrap();
    assert_eq!(
        agency.destroy_what_is_over().await.unwrap(),
        0,
        "nothing is over yet"
    );
    story.world.set_clock(line.over_ms);
    agency.destroy_what_is_over().await.unwrap();
    assert!(
        titles(&story, "agency", "investigator")
            .await
            .contains(&"theirs".to_owned())
    );
    agency
        .lift_hold(officer, case, placed, "the court has decided")
        .await
        .unwrap();
    assert!(agency.destroy_what_is_over().await.unwrap() >= 1);
    let seen = titles(&story, "agency", "investigator").await;
    assert!(!seen.contains(&"theirs".to_owned()), "{seen:?}");
    // Who wrote it keeps it.
    assert!(
        titles(&story, "isp", "approver")
            .await
            .contains(&"theirs".to_owned())
    );
    let agency = story.org_mut("agency");
    agency.stop().await;
    let report = fsck(&agency.config, line.over_ms).await.unwrap();
    assert!(report.is_clean(), "{report:?}");
}
