//! An exhibit goes on: to somebody outside the nodes, or back to who delivered it.

use accord_model::control::CustodyState;
use accord_model::{EntryRef, OrgName};
use accord_service::{ExhibitView, HANDED_OUTSIDE_MAX, HandOutside, OutsideSaid, ServiceError, Todo, Way};
use accord_testkit::Story;

use crate::{THREE, TWO, clean, denied, same_fold};

fn hand() -> HandOutside {
    HandOutside {
        to: "Crown Prosecution Service".into(),
        person: Some("A. Adeyemi".into()),
        text: "for the charge".into(),
        reference: Some("L-7".into()),
        at_ms: None,
    }
}

fn receipt(handed: EntryRef) -> OutsideSaid {
    OutsideSaid {
        handed,
        returned: false,
        person: None,
        text: "one disc, sealed".into(),
        reference: Some("R-2207".into()),
        at_ms: None,
    }
}

/// A delivered exhibit; received by the agency where `received`.
async fn delivered(seed: u64, received: bool) -> (Story, EntryRef) {
    let mut story = Story::asked(seed, TWO).await;
    story.preview("isp").await.unwrap();
    let exhibit = story.approve("isp").await.unwrap().exhibit.unwrap();
    story.sync().await.unwrap();
    if received {
        story.receive("isp").await.unwrap();
        story.sync().await.unwrap();
    }
    (story, exhibit)
}

async fn seen(story: &Story, org: &str, who: &str, at: EntryRef) -> ExhibitView {
    let (node, who) = story.at(org, who);
    node.chain_of(who, at).await.unwrap()
}

fn conflict<T: std::fmt::Debug>(outcome: accord_service::Result<T>) -> String {
    match outcome {
        Err(ServiceError::Conflict(words)) => words,
        other => panic!("no conflict: {other:?}"),
    }
}

fn invalid<T: std::fmt::Debug>(outcome: accord_service::Result<T>) -> String {
    match outcome {
        Err(ServiceError::Invalid { field, .. }) => field,
        other => panic!("taken: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn to_a_prosecutor_with_a_receipt_and_no_partner_reads_it() {
    let (mut story, exhibit) = delivered(720, true).await;
    let (node, who) = story.at("agency", "investigator");
    let handed = node.hand_outside(who, exhibit, &hand()).await.unwrap();
    assert!(
        handed.decisions.is_empty(),
        "it is asked of nobody: it goes to nobody"
    );
    let early = OutsideSaid {
        at_ms: Some(1),
        ..receipt(handed.at)
    };
    assert_eq!(invalid(node.outside_said(who, exhibit, &early).await), "at_ms");
    node.outside_said(who, exhibit, &receipt(handed.at))
        .await
        .unwrap();
    conflict(node.outside_said(who, exhibit, &receipt(handed.at)).await);
    let back = OutsideSaid {
        returned: true,
        ..receipt(handed.at)
    };
    node.outside_said(who, exhibit, &back).await.unwrap();
    conflict(node.outside_said(who, exhibit, &back).await);
    let nothing = node.outside_said(who, exhibit, &receipt(exhibit)).await;
    assert!(
        matches!(nothing, Err(ServiceError::NotFound("handing"))),
        "{nothing:?}"
    );

    let view = seen(&story, "agency", "officer", exhibit).await;
    let steps: Vec<_> = view
        .outside
        .iter()
        .map(|one| (one.step, one.person.as_deref()))
        .collect();
    assert_eq!(
        steps,
        [
            ("handed", Some("A. Adeyemi")),
            ("received", Some("A. Adeyemi")),
            ("returned", Some("A. Adeyemi"))
        ]
    );
    assert!(
        view.outside
            .iter()
            .all(|one| one.manifest_sha256 == view.manifest_sha256)
    );
    assert_eq!(view.state, "received", "it is here as before");
    // Each note is an item of the schedule.
    let schedule = node.schedule(who, story.case()).await.unwrap();
    let items = schedule.to_be_scheduled.iter();
    assert_eq!(items.filter(|line| line.what == "exhibit outside").count(), 3);

    // The partner learns that its package was taken along, and not to whom it went.
    story.sync().await.unwrap();
    let theirs = seen(&story, "isp", "approver", exhibit).await;
    assert!(theirs.outside.is_empty());
    let (isp, approver) = story.at("isp", "approver");
    let case = isp.case(approver, story.case()).await.unwrap();
    let said = format!("{case:?}");
    assert!(!said.contains("Prosecution") && !said.contains("Adeyemi"));
    let looks = isp.looks_at(approver, story.case(), exhibit).await.unwrap();
    assert!(looks.iter().any(|look| look.way == Way::Downloaded), "{looks:?}");
    same_fold(&story).await;
    clean(&mut story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_holds_nothing_hands_nothing_on() {
    let (mut story, exhibit) = delivered(721, false).await;
    let (node, who) = story.at("agency", "investigator");
    assert!(conflict(node.hand_outside(who, exhibit, &hand()).await).contains("receive it first"));
    let isp: OrgName = story.org("isp").name.clone();
    conflict(node.hand_back(who, exhibit, &isp).await);
    story.receive("isp").await.unwrap();
    story.sync().await.unwrap();
    let (node, who) = story.at("agency", "investigator");
    for name in ["approver", "auditor", "operator"] {
        let other = story.org("agency").who(name);
        denied(node.hand_outside(other, exhibit, &hand()).await);
        denied(node.hand_back(other, exhibit, &isp).await);
    }
    let (theirs, approver) = story.at("isp", "approver");
    denied(theirs.hand_outside(approver, exhibit, &hand()).await);
    for (new, field) in [
        (
            HandOutside {
                to: " ".into(),
                ..hand()
            },
            "custody",
        ),
        (
            HandOutside {
                text: String::new(),
                ..hand()
            },
            "custody",
        ),
        (
            HandOutside {
                at_ms: Some(u64::MAX),
                ..hand()
            },
            "at_ms",
        ),
        (
            HandOutside {
                at_ms: Some(1),
                ..hand()
            },
            "at_ms",
        ),
    ] {
        assert_eq!(invalid(node.hand_outside(who, exhibit, &new).await), field);
    }
    // A limit, and one past it.
    for _ in 0..HANDED_OUTSIDE_MAX {
        node.hand_outside(who, exhibit, &hand()).await.unwrap();
    }
    assert!(conflict(node.hand_outside(who, exhibit, &hand()).await).contains("at most"));
    // What is recalled goes nowhere; what became of it is still noted.
    let (theirs, approver) = story.at("isp", "approver");
    theirs
        .order_recall(approver, story.case(), exhibit, "the wrong customer")
        .await
        .unwrap();
    story.sync().await.unwrap();
    let (node, who) = story.at("agency", "investigator");
    denied(node.hand_outside(who, exhibit, &hand()).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn given_back_to_who_delivered_it_and_to_nobody_else() {
    let mut story = Story::asked(722, THREE).await;
    story.preview("isp").await.unwrap();
    let exhibit = story.approve("isp").await.unwrap().exhibit.unwrap();
    story.sync().await.unwrap();
    story.receive("isp").await.unwrap();
    story.sync().await.unwrap();
    let (isp, hosting) = (story.org("isp").name.clone(), story.org("hosting").name.clone());
    let (node, who) = story.at("agency", "investigator");
    let refused = denied(node.hand_back(who, exhibit, &hosting).await);
    assert!(refused.rule.contains("isp"), "{refused:?}");
    node.hand_back(who, exhibit, &isp).await.unwrap();
    // On its way it is nobody's to hand on.
    conflict(node.hand_back(who, exhibit, &isp).await);
    conflict(node.hand_outside(who, exhibit, &hand()).await);
    story.sync().await.unwrap();
    let (theirs, approver) = story.at("isp", "approver");
    let inbox = theirs.inbox(approver).await.unwrap();
    assert!(
        inbox
            .iter()
            .any(|item| matches!(item.todo, Todo::ReceiveExhibit { exhibit: at, .. } if at == exhibit))
    );
    denied(
        theirs
            .receive_exhibit(story.org("isp").who("auditor"), exhibit)
            .await,
    );
    theirs.receive_exhibit(approver, exhibit).await.unwrap();
    let again = theirs.receive_exhibit(approver, exhibit).await;
    assert!(again.is_err(), "{again:?}");
    story.sync().await.unwrap();
    let auditor = story.org("agency").who("auditor");
    let (node, _) = story.at("agency", "investigator");
    let state = node.control_state(auditor, story.case()).await.unwrap();
    assert_eq!(
        state.custody(exhibit).unwrap().state,
        CustodyState::Received { holder: isp }
    );
    assert_eq!(state.custody(exhibit).unwrap().steps.len(), 4);
    same_fold(&story).await;
    clean(&mut story).await;
}
