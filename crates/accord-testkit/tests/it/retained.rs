//! From when a copy is kept, what keeps it longer, and what a receipt says of backups.

use accord_model::agreement::templates::Template;
use accord_model::control::{RecallDone, RetentionDestroyed};
use accord_model::{EntryRef, Role, Tlp};
use accord_service::{NewHold, RecallAnswer};
use accord_testkit::{DAY_MS, Story, decision, report};

use crate::keeping::titles;
use crate::{TWO, clean, same_fold};

/// A case under an agreement that keeps everything for 30 days, with a disclosure officer at the agency.
async fn thirty_days(seed: u64) -> Story {
    let mut story = Story::begin(seed, TWO).await;
    let parties = ["agency", "isp"];
    let (toml, cedar) = story.draft_agreement(Template::AgencyIsp, &parties).unwrap();
    let toml = toml.replace("default_days = 365", "default_days = 30");
    story.agree_on(&toml, &cedar, &parties).await.unwrap();
    story.open_case(&["isp"]).await.unwrap();
    story.sync().await.unwrap();
    story.join_case("isp").await.unwrap();
    story
        .org_mut("agency")
        .add_person("disclosure", &[Role::DisclosureOfficer])
        .await
        .unwrap();
    let (agency, approver) = story.at("agency", "approver");
    let person = story.org("agency").who("disclosure").person;
    agency
        .add_member(
            approver,
            story.case(),
            person,
            &[Role::DisclosureOfficer].into(),
            None,
        )
        .await
        .unwrap();
    story.sync().await.unwrap();
    story
}

async fn destroyed(story: &Story, org: &str, at: EntryRef) -> Option<RetentionDestroyed> {
    let (node, who) = story.at(org, "auditor");
    let state = node.control_state(who, story.case()).await.unwrap();
    let (_, word) = state.destructions(at).next()?;
    Some(RetentionDestroyed {
        by: None,
        role: None,
        entry: at,
        period_over_ms: word.wall_ms,
        backup_until_ms: word.backup_until_ms,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_counts_from_the_release_and_names_stay_with_what_stands() {
    let mut story = thirty_days(295).await;
    let case = story.case();
    // Written on the first day, and released ten days later.
    let (agency, investigator) = story.at("agency", "investigator");
    let note = report("held", "above the ceiling", Tlp::Red);
    let at = agency.publish_note(investigator, case, &note).await.unwrap().at;
    let written = story.world.now_ms();
    story.world.advance(10 * DAY_MS);
    let released = story.world.now_ms();
    let isp_name = story.org("isp").name.clone();
    agency
        .approve_release(story.org("agency").who("approver"), at, &isp_name)
        .await
        .unwrap();
    story.sync().await.unwrap();
    let (isp, theirs) = story.at("isp", "approver");
    let kept = isp.keeping(theirs, case).await.unwrap();
    let line = kept.retention.iter().find(|line| line.entry == at).unwrap();
    assert_eq!((line.from_ms, line.days), (released, 30));
    assert_eq!(line.over_ms, released + 30 * DAY_MS);
    assert!(!line.purposes.is_empty(), "each release carries its purpose");
    // The author's side: until when the recipient keeps it, and the agreement's own period from the writing.
    let ours = agency
        .keeping(story.org("agency").who("investigator"), case)
        .await
        .unwrap();
    let given = ours.given.iter().find(|given| given.entry == at).unwrap();
    assert_eq!(given.until[&isp_name], released + 30 * DAY_MS);
    assert!(given.over_ms.abs_diff(written + 30 * DAY_MS) < DAY_MS);
    story.world.set_clock(written + 30 * DAY_MS + 1);
    isp.destroy_what_is_over().await.unwrap();
    assert!(
        titles(&story, "isp", "approver")
            .await
            .contains(&"held".to_owned()),
        "not from the writing"
    );
    story.world.set_clock(released + 30 * DAY_MS);
    isp.destroy_what_is_over().await.unwrap();
    assert!(
        !titles(&story, "isp", "approver")
            .await
            .contains(&"held".to_owned())
    );
    // The names of people who are still on the case stay, however old: the control notes name them by number.
    let view = isp.case(theirs, case).await.unwrap();
    let officer = story.org("agency").who("officer").person;
    let member = view
        .members
        .iter()
        .find(|member| member.person == officer)
        .unwrap();
    assert!(member.name.is_some(), "{member:?}");
    // Who left the case is named no longer.
    let leaver = story.org("agency").who("investigator").person;
    let (agency, approver) = story.at("agency", "approver");
    agency.remove_member(approver, case, leaver).await.unwrap();
    story.sync().await.unwrap();
    assert!(story.org("isp").node().destroy_what_is_over().await.unwrap() >= 1);
    story.sync().await.unwrap();
    same_fold(&story).await;
    clean(&mut story).await;
}

/// The provider's note, and the day on which the agency's copy of it is over.
async fn given(story: &Story) -> (EntryRef, u64) {
    let (isp, theirs) = story.at("isp", "approver");
    let draft = decision("theirs", "a decision of the provider", Tlp::Amber);
    let at = isp.publish_note(theirs, story.case(), &draft).await.unwrap().at;
    story.sync().await.unwrap();
    let (agency, officer) = story.at("agency", "disclosure");
    let kept = agency.keeping(officer, story.case()).await.unwrap();
    let line = kept.retention.iter().find(|line| line.entry == at).unwrap();
    (at, line.over_ms)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_placed_beside_a_destruction_brings_the_copy_back_in_either_order() {
    for hold_first in [true, false] {
        let story = thirty_days(296 + u64::from(hold_first)).await;
        let case = story.case();
        // A note of the agency, which the provider keeps: the agency holds it, and the provider has not heard of that.
        let (agency, investigator) = story.at("agency", "investigator");
        let draft = report("ours", "for a time", Tlp::Amber);
        let at = agency.publish_note(investigator, case, &draft).await.unwrap().at;
        story.sync().await.unwrap();
        let isp = story.org("isp").node();
        let kept = isp.keeping(story.org("isp").who("approver"), case).await.unwrap();
        let over = kept
            .retention
            .iter()
            .find(|line| line.entry == at)
            .unwrap()
            .over_ms;
        story.world.set_clock(over);
        let hold = NewHold {
            entry: Some(at),
            reference: "K-17".into(),
            reason: "the court asked".into(),
        };
        let officer = story.org("agency").who("disclosure");
        if hold_first {
            agency.place_hold(officer, case, &hold).await.unwrap();
            assert!(isp.destroy_what_is_over().await.unwrap() >= 1);
        } else {
            assert!(isp.destroy_what_is_over().await.unwrap() >= 1);
            agency.place_hold(officer, case, &hold).await.unwrap();
        }
        assert!(
            !titles(&story, "isp", "approver")
                .await
                .contains(&"ours".to_owned())
        );
        story.sync().await.unwrap();
        same_fold(&story).await;
        let (node, who) = story.at("isp", "auditor");
        let state = node.control_state(who, case).await.unwrap();
        assert!(
            !state.destroyed(at, &story.org("isp").name),
            "the hold stands against it"
        );
        assert!(
            titles(&story, "isp", "approver")
                .await
                .contains(&"ours".to_owned()),
            "what can be restored is"
        );
        assert_eq!(isp.destroy_what_is_over().await.unwrap(), 0, "it is held");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_say_until_when_a_backup_holds_it() {
    let mut story = thirty_days(298).await;
    let case = story.case();
    for org in ["agency", "isp"] {
        let org = story.org_mut(org);
        org.config.backup_days = Some(14);
        org.restart().await;
    }
    let (at, over) = given(&story).await;
    story.world.set_clock(over);
    let agency = story.org("agency").node();
    assert!(agency.destroy_what_is_over().await.unwrap() >= 1);
    story.sync().await.unwrap();
    for org in ["agency", "isp"] {
        let said = destroyed(&story, org, at).await.unwrap();
        assert_eq!(said.backup_until_ms, Some(over + 14 * DAY_MS), "{org}");
    }
    // A recall's receipt that says nothing of backups says what this node's do.
    let (agency, investigator) = story.at("agency", "investigator");
    let draft = report("mistaken", "the wrong address", Tlp::Amber);
    let note = agency.publish_note(investigator, case, &draft).await.unwrap().at;
    story.sync().await.unwrap();
    let recall = agency
        .order_recall(story.org("agency").who("approver"), case, note, "wrong")
        .await
        .unwrap();
    story.sync().await.unwrap();
    let (isp, theirs) = story.at("isp", "approver");
    let receipt = RecallAnswer {
        recall,
        done: RecallDone::Deleted,
        backup_until_ms: None,
        onward: Vec::new(),
        note: None,
    };
    isp.receipt_recall(theirs, case, &receipt).await.unwrap();
    let view = isp.recalls(theirs, case).await.unwrap().remove(0);
    let until = view.receipts[0].backup_until_ms.unwrap();
    assert!(until.abs_diff(story.world.now_ms() + 14 * DAY_MS) < DAY_MS);
}
