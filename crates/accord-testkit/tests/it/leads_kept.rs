//! Leads called back, held and destroyed, between nodes: who may, what stops at once, what comes back as a receipt, and
//! where what was passed on goes.

use accord_model::agreement::templates::Template;
use accord_model::content::LeadWord;
use accord_model::control::RecallDone;
use accord_model::{EntryRef, Role, Tlp};
use accord_service::{
    LEAD_NOTES_HELD_MAX, LeadAnswer, LeadPart, LeadRecall, NewLead, NewLeadHold, OnwardAnswer, RecallAnswer,
    ServiceError, Todo,
};
use accord_testkit::{DAY_MS, Story, as_json, once};

use crate::leads::{begin, lead, missing, refer, waits, words};
use crate::leaks::{everything, holds};
use crate::threats::threat;
use crate::{clean, denied, same_fold};

const CANARIES: [&str; 3] = ["lead-canary", "value-canary", "A loader panel"];

async fn recall(story: &Story, org: &str, at: EntryRef) {
    let (node, approver) = story.at(org, "approver");
    let orders = node
        .recall_lead(approver, at, "the source was wrong")
        .await
        .unwrap();
    assert!(!orders.is_empty());
    story.sync().await.unwrap();
}

async fn recalls(story: &Story, org: &str, sign_in: &str) -> Vec<LeadRecall> {
    let (node, who) = story.at(org, sign_in);
    node.lead_recalls(who).await.unwrap()
}

fn answer(recall: &LeadRecall, done: RecallDone) -> RecallAnswer {
    RecallAnswer {
        recall: recall.recall.at,
        done,
        backup_until_ms: None,
        onward: Vec::new(),
        note: None,
    }
}

fn hold() -> NewLeadHold {
    NewLeadHold {
        reference: "K-17".into(),
        reason: "the court asked".into(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_that_is_called_back_is_used_nowhere_and_a_receipt_deletes() {
    let mut story = begin(460, Template::IntelligenceOnly).await;
    let at = refer(&story, &lead(&story, "agency")).await;
    let (node, officer) = story.at("agency", "officer");
    let id = node
        .new_threat(officer, &threat("Heron", &["value-canary.example"]))
        .await
        .unwrap();
    assert_eq!(node.similar_to_threat(officer, &id).await.unwrap().len(), 1);

    // Its writer, its recipient, a third party.
    let (giver, researcher) = story.at("vendor", "researcher");
    denied(giver.recall_lead(researcher, at, "x").await);
    let (agency, theirs) = story.at("agency", "approver");
    denied(agency.recall_lead(theirs, at, "x").await);
    let (isp, third) = story.at("isp", "approver");
    missing(isp.recall_lead(third, at, "x").await);
    assert!(node.lead(officer, at).await.is_ok());

    recall(&story, "vendor", at).await;
    // Nobody is shown it, at its giver either, and it is given out no more.
    missing(giver.lead(researcher, at).await);
    missing(node.lead(officer, at).await);
    assert!(node.leads(officer).await.unwrap().is_empty());
    assert!(node.similar_to_threat(officer, &id).await.unwrap().is_empty());
    missing(
        node.answer_lead(officer, at, &words(Some(LeadWord::Declined), "no"))
            .await,
    );
    let got = everything(&story, "agency", "vendor").await;
    assert!(!CANARIES.iter().any(|canary| holds(&got, canary)));
    let twice = giver
        .recall_lead(story.org("vendor").who("approver"), at, "again")
        .await;
    assert!(matches!(twice, Err(ServiceError::Conflict(_))), "{twice:?}");

    // What is told of it has none of its words; the third party is told nothing.
    for (org, sign_in) in [
        ("agency", "officer"),
        ("agency", "approver"),
        ("vendor", "approver"),
    ] {
        let told = recalls(&story, org, sign_in).await;
        assert_eq!((told.len(), told[0].recall.entry, told[0].with.len()), (1, at, 1));
        assert_eq!(told[0].what, Some(LeadPart::Lead));
        let text = as_json(&told);
        assert!(!CANARIES.iter().any(|canary| text.contains(canary)), "{text}");
    }
    assert!(recalls(&story, "isp", "approver").await.is_empty());
    missing(isp.lead_recall(third, at).await);

    // Our word is waited for, from who answers for it and nobody else.
    let mine = |todo: &Todo| matches!(todo, Todo::AnswerLeadRecall { lead, .. } if *lead == at);
    assert_eq!(waits(&story, "agency", "approver", mine).await, 1);
    assert_eq!(waits(&story, "agency", "officer", mine).await, 0);
    let told = recalls(&story, "agency", "approver").await.remove(0);
    assert!(told.waits_for_us && told.recall.held_here);
    denied(
        agency
            .receipt_lead_recall(officer, &answer(&told, RecallDone::Deleted))
            .await,
    );
    missing(
        isp.receipt_lead_recall(third, &answer(&told, RecallDone::NeverHeld))
            .await,
    );
    let lie = agency
        .receipt_lead_recall(theirs, &answer(&told, RecallDone::NeverHeld))
        .await;
    assert!(matches!(lie, Err(ServiceError::Invalid { .. })), "{lie:?}");
    let until = story.world.now_ms() + 30 * DAY_MS;
    let said = RecallAnswer {
        backup_until_ms: Some(until),
        ..answer(&told, RecallDone::Deleted)
    };
    agency.receipt_lead_recall(theirs, &said).await.unwrap();
    assert_eq!(waits(&story, "agency", "approver", mine).await, 0);
    story.sync().await.unwrap();
    story.org_mut("agency").restart().await;
    for org in ["agency", "vendor"] {
        let told = recalls(&story, org, "approver").await;
        assert_eq!((told.len(), told[0].with.len()), (1, 1), "{org}");
        let receipt = &told[0].recall.receipts[0];
        assert_eq!(receipt.org, story.org("agency").name);
        assert_eq!(
            (receipt.done, receipt.backup_until_ms),
            (RecallDone::Deleted, Some(until))
        );
        assert!(
            told[0].recall.waits_for.is_empty(),
            "{org}: its values were answered with it"
        );
        assert_eq!(told[0].recall.held_here, org == "vendor", "who wrote it keeps it");
    }
    same_fold(&story).await;
    clean(&mut story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_passed_on_is_traced_and_called_back_in_turn() {
    let story = begin(461, Template::IntelligenceOnly).await;
    let at = refer(&story, &lead(&story, "agency")).await;
    let (node, officer) = story.at("agency", "officer");
    let isp = story.org("isp").name.clone();
    let ask = LeadAnswer {
        onward: Some(isp.clone()),
        ..words(Some(LeadWord::OnwardAsked), "they host it")
    };
    let asked = node.answer_lead(officer, at, &ask).await.unwrap().at;
    story.sync().await.unwrap();
    let (giver, researcher) = story.at("vendor", "researcher");
    let yes = OnwardAnswer {
        allowed: true,
        text: "you may".into(),
    };
    giver.answer_onward(researcher, asked, &yes).await.unwrap();
    story.sync().await.unwrap();
    let onward = NewLead {
        onward_of: Some(at),
        text: "onward-canary".into(),
        ..lead(&story, "isp")
    };
    let passed = node.refer_lead(officer, &onward).await.unwrap().at;
    story.sync().await.unwrap();
    let (third, theirs) = story.at("isp", "researcher");
    assert!(third.lead(theirs, passed).await.is_ok());

    recall(&story, "vendor", at).await;
    // It can be passed on no more, and the agency's approver is asked to call back what was.
    missing(node.refer_lead(officer, &onward).await);
    let mine = |todo: &Todo| *todo == Todo::RecallOnward { lead: passed };
    assert_eq!(waits(&story, "agency", "approver", mine).await, 1);
    assert_eq!(waits(&story, "agency", "officer", mine).await, 0);
    assert!(third.lead(theirs, passed).await.is_ok(), "people decide");
    // The receipt says to whom, whatever is typed.
    let told = recalls(&story, "agency", "approver").await.remove(0);
    assert_eq!(told.passed_on.as_slice(), std::slice::from_ref(&isp));
    assert_eq!(
        (told.passed_as[0].lead, told.passed_as[0].recalled),
        (passed, false)
    );
    let (agency, approver) = story.at("agency", "approver");
    agency
        .receipt_lead_recall(approver, &answer(&told, RecallDone::UseStopped))
        .await
        .unwrap();
    recall(&story, "agency", passed).await;
    assert_eq!(waits(&story, "agency", "approver", mine).await, 0);
    missing(third.lead(theirs, passed).await);
    let told = recalls(&story, "isp", "approver").await.remove(0);
    assert_eq!((told.recall.entry, told.waits_for_us), (passed, true));
    let (third, approver) = story.at("isp", "approver");
    third
        .receipt_lead_recall(approver, &answer(&told, RecallDone::Deleted))
        .await
        .unwrap();
    story.sync().await.unwrap();
    let told = recalls(&story, "vendor", "approver").await;
    assert_eq!(told.len(), 1, "the giver is not shown the agency's lead");
    assert_eq!(told[0].recall.receipts[0].onward, [isp]);
    same_fold(&story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_keeps_the_copy_and_not_its_use() {
    let mut story = begin(462, Template::IntelligenceOnly).await;
    story
        .org_mut("agency")
        .add_person("disclosure", &[Role::DisclosureOfficer])
        .await
        .unwrap();
    let at = refer(&story, &lead(&story, "agency")).await;
    let (agency, disclosure) = story.at("agency", "disclosure");
    assert!(agency.lead(disclosure, at).await.is_ok(), "who keeps it sees it");
    for (org, sign_in) in [
        ("agency", "approver"),
        ("agency", "officer"),
        ("vendor", "approver"),
    ] {
        let (node, who) = story.at(org, sign_in);
        denied(node.hold_lead(who, at, &hold()).await);
    }
    let placed = agency.hold_lead(disclosure, at, &hold()).await.unwrap();
    assert_eq!(placed.len(), 2, "the lead and its values");
    story.sync().await.unwrap();

    // Called back under the hold: used no more, and not deleted.
    recall(&story, "vendor", at).await;
    missing(agency.lead(disclosure, at).await);
    let told = recalls(&story, "agency", "approver").await.remove(0);
    assert!(told.held);
    let approver = story.org("agency").who("approver");
    denied(
        agency
            .receipt_lead_recall(approver, &answer(&told, RecallDone::Deleted))
            .await,
    );
    agency
        .receipt_lead_recall(approver, &answer(&told, RecallDone::UseStopped))
        .await
        .unwrap();
    let keeping = agency.lead_keeping(disclosure, at).await.unwrap();
    assert_eq!((keeping.holds.len(), keeping.kept.len()), (2, 2));
    assert!(keeping.kept.iter().all(|copy| copy.held && copy.title.is_empty()));
    let over = keeping.kept.iter().map(|copy| copy.over_ms).max().unwrap();
    story.world.set_clock(over);
    assert_eq!(
        agency.destroy_what_is_over().await.unwrap(),
        0,
        "the hold keeps both"
    );

    // Lifted by who placed it, with what was held beside it; then it goes.
    denied(agency.lift_lead_hold(approver, placed[0], "x").await);
    let (vendor, theirs) = story.at("vendor", "approver");
    denied(vendor.lift_lead_hold(theirs, placed[0], "x").await);
    let lifted = agency
        .lift_lead_hold(disclosure, placed[0], "the court has decided")
        .await
        .unwrap();
    assert_eq!(lifted.len(), 2);
    assert_eq!(agency.destroy_what_is_over().await.unwrap(), 2);
    missing(agency.lead_keeping(disclosure, at).await);
    missing(agency.hold_lead(disclosure, at, &hold()).await);
    story.sync().await.unwrap();
    same_fold(&story).await;
    clean(&mut story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_of_feedback_is_called_back_by_itself() {
    let story = begin(463, Template::IntelligenceOnly).await;
    let at = refer(&story, &lead(&story, "agency")).await;
    let (node, officer) = story.at("agency", "officer");
    let said = node
        .answer_lead(officer, at, &words(None, "feedback-canary"))
        .await
        .unwrap()
        .at;
    story.sync().await.unwrap();
    let (giver, researcher) = story.at("vendor", "researcher");
    assert_eq!(giver.lead(researcher, at).await.unwrap().feedback.len(), 1);
    // Not by the lead's giver: it is the agency's word.
    denied(
        giver
            .recall_lead(story.org("vendor").who("approver"), said, "x")
            .await,
    );
    recall(&story, "agency", said).await;
    let view = giver.lead(researcher, at).await.unwrap();
    assert!(view.feedback.is_empty(), "the lead itself stands");
    let told = recalls(&story, "vendor", "approver").await.remove(0);
    assert_eq!((told.what, told.waits_for_us), (Some(LeadPart::Feedback), true));
    assert!(!as_json(&told).contains("feedback-canary"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_is_called_back_after_its_agreement_has_ended_and_before_it_was_released() {
    let story = begin(464, Template::IntelligenceOnly).await;
    let at = refer(&story, &lead(&story, "agency")).await;
    let waiting = refer(
        &story,
        &NewLead {
            marking: Tlp::Red,
            ..lead(&story, "agency")
        },
    )
    .await;
    recall(&story, "vendor", waiting).await;
    let (giver, approver) = story.at("vendor", "approver");
    let agency = story.org("agency").name.clone();
    missing(giver.approve_lead(approver, waiting, &agency).await);
    let to_release = |todo: &Todo| matches!(todo, Todo::ApproveLead { .. });
    assert_eq!(waits(&story, "vendor", "approver", to_release).await, 0);
    assert!(
        recalls(&story, "agency", "approver").await.is_empty(),
        "what never came is not told of"
    );
    let (node, signatory) = story.at("agency", "signatory");
    node.terminate_agreement(signatory, story.agreement(), "over")
        .await
        .unwrap();
    story.sync().await.unwrap();
    recall(&story, "vendor", at).await;
    let told = recalls(&story, "agency", "approver").await.remove(0);
    assert_eq!((told.recall.entry, told.waits_for_us), (at, true));
    same_fold(&story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keeping_a_lead_is_done_once_however_often_it_is_sent() {
    let mut story = begin(465, Template::IntelligenceOnly).await;
    story
        .org_mut("agency")
        .add_person("disclosure", &[Role::DisclosureOfficer])
        .await
        .unwrap();
    let at = refer(&story, &lead(&story, "agency")).await;
    for _ in 0..2 {
        let (node, who) = story.at("agency", "disclosure");
        let _: Vec<EntryRef> = once(node, who, "hold", node.hold_lead(who, at, &hold()))
            .await
            .unwrap();
        assert_eq!(node.lead_keeping(who, at).await.unwrap().holds.len(), 2);
        let (node, who) = story.at("vendor", "approver");
        let _: Vec<EntryRef> = once(node, who, "recall", node.recall_lead(who, at, "wrong"))
            .await
            .unwrap();
        story.sync().await.unwrap();
        let told = recalls(&story, "agency", "approver").await;
        let (node, who) = story.at("agency", "approver");
        let said = answer(&told[0], RecallDone::UseStopped);
        let _: EntryRef = once(node, who, "receipt", node.receipt_lead_recall(who, &said))
            .await
            .unwrap();
        assert_eq!(told.len(), 1);
        for org in ["vendor", "agency"] {
            story.org_mut(org).restart().await;
        }
    }
    // A lead that was talked about too much for one hold.
    let at = refer(&story, &lead(&story, "agency")).await;
    let (node, officer) = story.at("agency", "officer");
    for number in 0..LEAD_NOTES_HELD_MAX - 2 {
        let said = words(None, &format!("word {number}"));
        node.answer_lead(officer, at, &said).await.unwrap();
    }
    let (node, who) = story.at("agency", "disclosure");
    assert_eq!(
        node.hold_lead(who, at, &hold()).await.unwrap().len(),
        LEAD_NOTES_HELD_MAX
    );
    let one = node
        .answer_lead(officer, at, &words(None, "one more"))
        .await
        .unwrap()
        .at;
    let over = node.hold_lead(who, at, &hold()).await;
    assert!(matches!(over, Err(ServiceError::Conflict(_))), "{over:?}");
    assert_eq!(node.hold_lead(who, one, &hold()).await.unwrap().len(), 1);
}
