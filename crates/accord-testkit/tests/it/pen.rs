//! The pen between two agencies: who holds it moves the stage and writes the plan.

use accord_model::agreement::templates::Template;
use accord_model::control::Stage;
use accord_model::{EntryRef, LedgerId, OrgKind, Role, Tlp};
use accord_service::{NewAction, NewPlan, Todo};
use accord_testkit::Story;

use crate::{denied, same_fold};

/// Two agencies and a provider on one case, each with its case officer.
pub async fn two_agencies(seed: u64) -> Story {
    let orgs = &[
        ("agency", OrgKind::Agency),
        ("bureau", OrgKind::Agency),
        ("isp", OrgKind::Isp),
    ];
    let mut story = Story::begin(seed, orgs).await;
    accord_testkit::pair(story.org("bureau"), story.org("isp"))
        .await
        .unwrap();
    story
        .agree(Template::MultiParty, &["agency", "bureau", "isp"])
        .await
        .unwrap();
    story.open_case(&["bureau", "isp"]).await.unwrap();
    story.sync().await.unwrap();
    story.join_case("bureau").await.unwrap();
    story.join_case("isp").await.unwrap();
    let (node, who) = story.at("bureau", "approver");
    let officer = story.org("bureau").who("officer").person;
    node.add_member(who, story.case(), officer, &[Role::CaseOfficer].into(), None)
        .await
        .unwrap();
    story.sync().await.unwrap();
    story
}

fn plan(story: &Story) -> NewPlan {
    NewPlan {
        title: "one instant".into(),
        marking: Tlp::Amber,
        instant_ms: story.world.now_ms() + 3_600_000,
        text: "what all should know".into(),
        actions: vec![NewAction {
            target: EntryRef {
                ledger: LedgerId([7; 16]),
                seq: 1,
            },
            org: None,
            action: None,
            after_ms: 0,
        }],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pen_moves_when_both_hands_were_there_and_only_then() {
    let story = two_agencies(290).await;
    let case = story.case();
    let (agency, ours) = story.at("agency", "officer");
    let (bureau, theirs) = story.at("bureau", "officer");
    let to = story.org("bureau").name.clone();
    // Taken alone: there is no offer.
    let none = EntryRef {
        ledger: LedgerId([7; 16]),
        seq: 1,
    };
    denied(bureau.take_pen(theirs, case, none).await);
    denied(bureau.stage_case(theirs, case, Stage::Assessed, None).await);
    denied(bureau.write_plan(theirs, case, &plan(&story)).await);
    // Only who holds it passes it, and to a case officer of the case.
    let investigator = story.org("agency").who("investigator");
    denied(agency.pass_pen(investigator, case, &to, theirs.person).await);
    denied(
        agency
            .pass_pen(ours, case, &to, story.org("bureau").who("approver").person)
            .await,
    );
    denied(
        bureau
            .pass_pen(theirs, case, &story.org("agency").name, ours.person)
            .await,
    );
    let passed = agency.pass_pen(ours, case, &to, theirs.person).await.unwrap();
    story.sync().await.unwrap();
    // Offered and not taken: it stays.
    denied(bureau.stage_case(theirs, case, Stage::Assessed, None).await);
    agency
        .stage_case(ours, case, Stage::Assessed, None)
        .await
        .unwrap();
    story.sync().await.unwrap();
    let inbox = bureau.inbox(theirs).await.unwrap();
    assert!(
        inbox
            .iter()
            .any(|item| matches!(item.todo, Todo::TakePen { offer, .. } if offer == passed))
    );
    denied(agency.take_pen(ours, case, passed).await);
    bureau.take_pen(theirs, case, passed).await.unwrap();
    story.sync().await.unwrap();
    denied(agency.stage_case(ours, case, Stage::Adopted, None).await);
    denied(agency.write_plan(ours, case, &plan(&story)).await);
    bureau
        .stage_case(theirs, case, Stage::Adopted, None)
        .await
        .unwrap();
    denied(bureau.take_pen(theirs, case, passed).await);
    story.sync().await.unwrap();
    for (org, who) in [("agency", "officer"), ("bureau", "officer"), ("isp", "approver")] {
        let (node, who) = story.at(org, who);
        let view = node.team(who, case).await.unwrap();
        assert_eq!(view.pen, Some((to.clone(), theirs.person)), "{org}");
        assert!(view.offered.is_empty(), "{org}");
    }
    same_fold(&story).await;
}
