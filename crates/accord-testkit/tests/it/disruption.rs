//! Disruption across three nodes: who sees which target, the plan in parts, go or no-go, receipts, looks.

use accord_model::agreement::templates::Template;
use accord_model::content::{
    ActionKind, CheckResult, Execution, Held, Indicator, IndicatorAt, IndicatorPublished, TargetCheck,
    VerdictBlock, VerdictWish,
};
use accord_model::{EntryRef, Role, Tlp};
use accord_service::{
    Board, ExportForm, NewAction, NewCheck, NewLook, NewNote, NewOwn, NewPlan, NewReceipt, NewTarget,
    NewTargets, OwnAnswer, OwnKind, PlanWrittenIn, Result, SayGo, ServiceError, Word,
};
use accord_testkit::{Story, as_json, report};

use crate::{THREE, clean, denied, same_fold};

const HOUR_MS: u64 = 3_600_000;
const PARTIES: [&str; 3] = ["agency", "hosting", "isp"];
/// The host's target and the provider's.
const HOSTED: &str = "panel.bad.example";
const DIALLED: &str = "203.0.113.66";

/// A case of three with two targets that only the one who answers for each has.
async fn proposed(seed: u64) -> (Story, Vec<EntryRef>) {
    let mut story = Story::begin(seed, THREE).await;
    story.agree(Template::AgencyIsp, &PARTIES).await.unwrap();
    story.open_case(&["hosting", "isp"]).await.unwrap();
    story.sync().await.unwrap();
    for org in ["hosting", "isp"] {
        story.join_case(org).await.unwrap();
    }
    story.sync().await.unwrap();
    let target = |value: &str, action, org: &str| NewTarget {
        value: value.into(),
        target: None,
        action,
        responsible: story.org(org).name.clone(),
        reason: "the control panel, see the report".into(),
        rests_on: Vec::new(),
    };
    let new = NewTargets {
        marking: Tlp::Amber,
        to: Vec::new(),
        targets: vec![
            target(HOSTED, ActionKind::Takedown, "hosting"),
            target(DIALLED, ActionKind::Block, "isp"),
        ],
    };
    let (node, who) = story.at("agency", "investigator");
    let published = node.propose_targets(who, story.case(), &new).await.unwrap();
    story.sync().await.unwrap();
    let at = published.iter().map(|one| one.at).collect();
    (story, at)
}

async fn board(story: &Story, org: &str) -> Board {
    let (node, who) = story.at(org, "approver");
    node.board(who, story.case()).await.unwrap()
}

fn check(target: EntryRef, check: TargetCheck, result: CheckResult) -> NewCheck {
    NewCheck {
        target,
        check,
        result,
        text: "looked at".into(),
    }
}

async fn say_not_ours(story: &Story, org: &str, targets: &[EntryRef]) {
    let answers: Vec<OwnAnswer> = targets
        .iter()
        .map(|target| OwnAnswer {
            target: *target,
            own: false,
            text: None,
        })
        .collect();
    let (node, who) = story.at(org, "approver");
    node.answer_own(who, story.case(), &answers).await.unwrap();
}

/// Everything looked at and answered.
async fn checked(seed: u64) -> (Story, Vec<EntryRef>) {
    let (story, targets) = proposed(seed).await;
    let needed = [
        TargetCheck::AllowList,
        TargetCheck::Holder,
        TargetCheck::Age,
        TargetCheck::Popularity,
    ];
    let checks: Vec<NewCheck> = targets
        .iter()
        .flat_map(|at| needed.map(|one| check(*at, one, CheckResult::Clear)))
        .collect();
    let (node, who) = story.at("agency", "investigator");
    node.check_targets(who, story.case(), &checks).await.unwrap();
    say_not_ours(&story, "agency", &targets).await;
    say_not_ours(&story, "hosting", &targets[..1]).await;
    say_not_ours(&story, "isp", &targets[1..]).await;
    story.sync().await.unwrap();
    (story, targets)
}

async fn write(story: &Story, targets: &[EntryRef], text: &str) -> Result<PlanWrittenIn> {
    let new = NewPlan {
        title: "Day of action".into(),
        marking: Tlp::Amber,
        instant_ms: story.world.now_ms() + 10 * HOUR_MS,
        text: text.into(),
        actions: targets
            .iter()
            .map(|target| NewAction {
                target: *target,
                org: None,
                action: None,
                after_ms: 0,
            })
            .collect(),
    };
    let (node, who) = story.at("agency", "officer");
    node.write_plan(who, story.case(), &new).await
}

async fn say(story: &Story, org: &str, plan: &PlanWrittenIn, word: Word) -> Result<EntryRef> {
    let said = SayGo {
        word,
        commitment: plan.commitment.clone(),
        instant_ms: plan.instant_ms,
        reason: (word != Word::Go).then(|| "not today".into()),
    };
    let (node, who) = story.at(org, "approver");
    node.say_go(who, story.case(), &said).await
}

async fn go_at(story: &Story, org: &str) -> (&'static str, String) {
    let plan = board(story, org).await.plan.expect("a plan");
    (plan.go, plan.go_words)
}

fn receipt(target: EntryRef) -> NewReceipt {
    NewReceipt {
        target,
        outcome: Execution::Done,
        at_ms: None,
        text: "blocked at the border".into(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_party_has_its_own_targets_and_its_part_of_the_plan_and_no_others() {
    let (story, targets) = checked(300).await;
    let plan = write(&story, &targets, "call the duty desk when something fails")
        .await
        .unwrap();
    story.sync().await.unwrap();
    for (org, own, other) in [("hosting", HOSTED, DIALLED), ("isp", DIALLED, HOSTED)] {
        let seen = board(&story, org).await;
        let values: Vec<&str> = seen.targets.iter().map(|line| line.value.as_str()).collect();
        assert_eq!(values, [own], "{org}");
        let part = seen.plan.as_ref().expect("its part");
        assert_eq!((part.parts, part.read), (3, 1), "{org}");
        assert_eq!(part.actions.len(), 1, "{org}");
        assert_eq!(part.actions[0].value, own, "{org}");
        assert_eq!(
            part.commitment.as_deref(),
            Some(plan.commitment.as_str()),
            "{org}"
        );
        let (node, who) = story.at(org, "approver");
        let timeline = as_json(&node.case(who, story.case()).await.unwrap());
        assert!(!timeline.contains(other), "{org} reads of {other}");
        assert!(!as_json(&seen).contains(other), "{org} reads of {other}");
    }
    let whole = board(&story, "agency").await.plan.expect("the plan");
    assert_eq!((whole.parts, whole.read, whole.actions.len()), (3, 3, 2));
    assert_eq!(whole.commitment, Some(plan.commitment));
    same_fold(&story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_party_without_an_action_gets_a_part_all_the_same_and_is_asked() {
    let (story, targets) = checked(301).await;
    let plan = write(&story, &targets[1..], "one target").await.unwrap();
    story.sync().await.unwrap();
    let seen = board(&story, "hosting").await.plan.expect("its part");
    assert!(seen.actions.is_empty());
    assert_eq!(seen.commitment.as_deref(), Some(plan.commitment.as_str()));
    for org in ["agency", "isp"] {
        say(&story, org, &plan, Word::Go).await.unwrap();
    }
    story.sync().await.unwrap();
    assert_eq!(
        go_at(&story, "isp").await,
        ("waiting", "waits for hosting".into())
    );
    say(&story, "hosting", &plan, Word::Go).await.unwrap();
    story.sync().await.unwrap();
    assert_eq!(go_at(&story, "isp").await.0, "go");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_refuses_what_was_not_looked_at_and_what_somebody_calls_its_own() {
    let (story, targets) = proposed(302).await;
    let Err(ServiceError::Invalid { message, .. }) = write(&story, &targets, "too early").await else {
        panic!("a plan of unchecked targets");
    };
    assert!(
        message.contains(HOSTED) && message.contains("not yet known"),
        "{message}"
    );
    let (story, targets) = checked(303).await;
    let (node, who) = story.at("isp", "approver");
    let sinkhole = NewOwn {
        kind: OwnKind::Sinkhole,
        value: "203.0.113.0/24".into(),
        description: "our sinkhole".into(),
    };
    node.add_own(who, &sinkhole).await.unwrap();
    let line = board(&story, "isp").await.targets.remove(0);
    assert_eq!(line.listed_own.as_deref(), Some("203.0.113.0/24 (our sinkhole)"));
    // The list stays where it is kept, and contradicts who says otherwise.
    let no = [OwnAnswer {
        target: targets[1],
        own: false,
        text: None,
    }];
    assert!(matches!(
        node.answer_own(who, story.case(), &no).await,
        Err(ServiceError::Invalid { .. })
    ));
    let yes = [OwnAnswer {
        own: true,
        ..no[0].clone()
    }];
    node.answer_own(who, story.case(), &yes).await.unwrap();
    story.sync().await.unwrap();
    let at_agency = board(&story, "agency").await;
    let line = at_agency
        .targets
        .iter()
        .find(|line| line.value == DIALLED)
        .unwrap();
    assert_eq!(line.standing, "against", "{line:?}");
    assert!(!as_json(&at_agency).contains("our sinkhole"));
    let Err(ServiceError::Invalid { message, .. }) = write(&story, &targets, "against").await else {
        panic!("a plan of a party's own sinkhole");
    };
    assert!(
        message.contains(DIALLED) && !message.contains(HOSTED),
        "{message}"
    );
    // The rest can be planned.
    write(&story, &targets[..1], "without it").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_unknown_is_judged_by_another_than_the_proposer() {
    let (mut story, targets) = checked(304).await;
    let (node, who) = story.at("agency", "investigator");
    let unknown = [check(targets[0], TargetCheck::Holder, CheckResult::Unknown)];
    node.check_targets(who, story.case(), &unknown).await.unwrap();
    let Err(ServiceError::Invalid { message, .. }) = write(&story, &targets, "unknown").await else {
        panic!("a plan of what nobody judged");
    };
    assert!(message.contains("another person"), "{message}");
    let judged = [check(targets[0], TargetCheck::Judgement, CheckResult::Clear)];
    denied(node.check_targets(who, story.case(), &judged).await);
    let case = story.case();
    story
        .org_mut("agency")
        .add_person("second", &[Role::Investigator])
        .await
        .unwrap();
    let person = story.org("agency").who("second").person;
    let (node, approver) = story.at("agency", "approver");
    node.add_member(approver, case, person, &[Role::Investigator].into(), None)
        .await
        .unwrap();
    let (node, second) = story.at("agency", "second");
    node.check_targets(second, case, &judged).await.unwrap();
    write(&story, &targets, "judged").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plan_is_the_pen_s_and_go_is_the_approvers_bound_to_plan_and_instant() {
    let (story, targets) = checked(305).await;
    let (node, investigator) = story.at("agency", "investigator");
    let new = NewPlan {
        title: "not mine".into(),
        marking: Tlp::Amber,
        instant_ms: story.world.now_ms() + HOUR_MS,
        text: "text".into(),
        actions: vec![NewAction {
            target: targets[0],
            org: None,
            action: None,
            after_ms: 0,
        }],
    };
    denied(node.write_plan(investigator, story.case(), &new).await);
    let first = write(&story, &targets, "first").await.unwrap();
    story.sync().await.unwrap();
    let said = SayGo {
        word: Word::Go,
        commitment: first.commitment.clone(),
        instant_ms: first.instant_ms,
        reason: None,
    };
    denied(node.say_go(investigator, story.case(), &said).await);
    for org in PARTIES {
        say(&story, org, &first, Word::Go).await.unwrap();
    }
    story.sync().await.unwrap();
    for org in PARTIES {
        assert_eq!(go_at(&story, org).await.0, "go", "{org}");
    }
    // A changed plan: nobody's go is for it.
    let second = write(&story, &targets, "changed").await.unwrap();
    assert_ne!(first.commitment, second.commitment);
    story.sync().await.unwrap();
    for org in PARTIES {
        assert_eq!(go_at(&story, org).await.0, "waiting", "{org}");
        assert!(
            matches!(
                say(&story, org, &first, Word::Go).await,
                Err(ServiceError::Conflict(_))
            ),
            "{org}"
        );
    }
    // Another instant is no go for this one.
    let moved = PlanWrittenIn {
        instant_ms: second.instant_ms + 1,
        ..second.clone()
    };
    assert!(matches!(
        say(&story, "isp", &moved, Word::Go).await,
        Err(ServiceError::Conflict(_))
    ));
    same_fold(&story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_no_is_no_go_and_so_is_a_go_taken_back_and_silence() {
    let (story, targets) = checked(306).await;
    let plan = write(&story, &targets, "first").await.unwrap();
    story.sync().await.unwrap();
    for org in ["agency", "hosting"] {
        say(&story, org, &plan, Word::Go).await.unwrap();
    }
    say(&story, "isp", &plan, Word::No).await.unwrap();
    story.sync().await.unwrap();
    for org in PARTIES {
        assert_eq!(go_at(&story, org).await, ("no-go", "isp said no".into()), "{org}");
    }
    let plan = write(&story, &targets, "second").await.unwrap();
    story.sync().await.unwrap();
    for org in PARTIES {
        say(&story, org, &plan, Word::Go).await.unwrap();
    }
    say(&story, "hosting", &plan, Word::Withdraw).await.unwrap();
    story.sync().await.unwrap();
    assert_eq!(
        go_at(&story, "agency").await,
        ("no-go", "hosting took its go back".into())
    );
    let plan = write(&story, &targets, "third").await.unwrap();
    story.sync().await.unwrap();
    for org in ["agency", "hosting"] {
        say(&story, org, &plan, Word::Go).await.unwrap();
    }
    story.sync().await.unwrap();
    story.world.advance(11 * HOUR_MS);
    denied(say(&story, "isp", &plan, Word::Go).await);
    let (go, words) = go_at(&story, "agency").await;
    assert_eq!(
        (go, words.as_str()),
        ("no-go", "the instant came without a word of isp")
    );
    let (node, who) = story.at("hosting", "approver");
    denied(
        node.give_receipts(who, story.case(), &[receipt(targets[0])])
            .await,
    );
    denied(node.export_actions(who, story.case(), ExportForm::List).await);
}

async fn waits(story: &Story, org: &str, sign_in: &str, words: &str) -> bool {
    let (node, who) = story.at(org, sign_in);
    let inbox = node.inbox(who).await.unwrap();
    inbox.iter().any(|item| item.title.contains(words))
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_instant_each_acts_gives_receipts_and_is_reminded_to_look() {
    let (mut story, targets) = checked(307).await;
    let (node, who) = story.at("agency", "investigator");
    // With a list that this value is not on, nobody else needs to agree.
    let (_, operator) = story.at("agency", "operator");
    node.load_allow_list(operator, "top", "bank.example\n")
        .await
        .unwrap();
    let mut indicator = report("indicator", "text", Tlp::Amber);
    indicator.note = NewNote::new(IndicatorPublished {
        indicators: vec![Indicator::of(DIALLED)],
        note: None,
        from: "analysis".into(),
        grading: None,
        source_protected: false,
        wish: VerdictWish::None,
        report: None,
        second: None,
    })
    .unwrap();
    let published = node.publish_note(who, story.case(), &indicator).await.unwrap().at;
    let plan = write(&story, &targets, "go").await.unwrap();
    let at = plan.parts.last().unwrap().1.at;
    let mut block = report("block", "text", Tlp::Amber);
    block.note = NewNote::new(VerdictBlock {
        indicators: vec![IndicatorAt {
            published,
            value: DIALLED.into(),
        }],
        audience: Vec::new(),
        reason: "the plan's go".into(),
        plan: Some(at),
        second: None,
    })
    .unwrap();
    let (node, officer) = story.at("agency", "officer");
    denied(node.publish_note(officer, story.case(), &block).await);
    story.sync().await.unwrap();
    for org in PARTIES {
        assert!(waits(&story, org, "approver", "go or no-go").await, "{org}");
        say(&story, org, &plan, Word::Go).await.unwrap();
        assert!(!waits(&story, org, "approver", "go or no-go").await, "{org}");
    }
    story.sync().await.unwrap();
    let (node, who) = story.at("isp", "approver");
    denied(
        node.give_receipts(who, story.case(), &[receipt(targets[1])])
            .await,
    );
    assert!(!waits(&story, "isp", "approver", "act now").await);
    assert!(board(&story, "agency").await.to_block.is_empty());
    story.world.advance(10 * HOUR_MS);
    assert!(waits(&story, "isp", "approver", "act now on 1").await);
    assert!(waits(&story, "agency", "officer", "block 1 value").await);
    let to_block = board(&story, "agency").await.to_block;
    let (node, officer) = story.at("agency", "officer");
    node.publish_note(officer, story.case(), &block).await.unwrap();
    assert!(!waits(&story, "agency", "officer", "block 1 value").await);
    assert_eq!(
        to_block.iter().map(|one| one.value.as_str()).collect::<Vec<_>>(),
        [DIALLED]
    );
    let (node, who) = story.at("isp", "approver");
    let rpz = node
        .export_actions(who, story.case(), ExportForm::Rpz)
        .await
        .unwrap();
    assert_eq!(rpz.text, "32.66.113.0.203.rpz-ip CNAME .\n");
    // Another's target is not one's own to report on.
    assert!(
        node.give_receipts(who, story.case(), &[receipt(targets[0])])
            .await
            .is_err()
    );
    node.give_receipts(who, story.case(), &[receipt(targets[1])])
        .await
        .unwrap();
    assert!(!waits(&story, "isp", "approver", "act now").await);
    story.sync().await.unwrap();
    let seen = board(&story, "agency").await.plan.unwrap();
    let done = |value: &str| {
        let line = seen.actions.iter().find(|line| line.value == value).unwrap();
        line.outcome
    };
    assert_eq!((done(DIALLED), done(HOSTED)), (Some(Execution::Done), None));
    assert!(
        board(&story, "hosting")
            .await
            .plan
            .unwrap()
            .actions
            .iter()
            .all(|line| line.outcome.is_none())
    );
    // An hour later somebody should look; having looked, not before a day.
    assert!(!waits(&story, "agency", "investigator", "look whether it held").await);
    story.world.advance(HOUR_MS + 1_000);
    assert!(waits(&story, "agency", "investigator", "look whether it held").await);
    let (node, who) = story.at("agency", "investigator");
    let look = NewLook {
        target: targets[1],
        held: Held::Held,
        at_ms: None,
        text: "no answer from three networks".into(),
    };
    node.say_held(who, story.case(), std::slice::from_ref(&look))
        .await
        .unwrap();
    assert!(!waits(&story, "agency", "investigator", "look whether it held").await);
    let unacted = NewLook {
        target: targets[0],
        ..look
    };
    assert!(node.say_held(who, story.case(), &[unacted]).await.is_err());
    story.world.advance(24 * HOUR_MS);
    assert!(waits(&story, "agency", "investigator", "look whether it held").await);
    story.sync().await.unwrap();
    let line = board(&story, "isp").await.plan.unwrap().actions.remove(0);
    assert_eq!(line.held, Some(Held::Held));
    same_fold(&story).await;
    clean(&mut story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn notices_are_drafted_per_provider_for_what_nothing_speaks_against() {
    let (story, _) = proposed(308).await;
    let (node, who) = story.at("agency", "officer");
    assert!(node.notices(who, story.case()).await.unwrap().is_empty());
    let (mut story, _) = checked(309).await;
    story.instrument("isp").await.unwrap();
    let (node, who) = story.at("agency", "officer");
    let notices = node.notices(who, story.case()).await.unwrap();
    assert_eq!(notices.len(), 2);
    for notice in &notices {
        let (own, other) = if notice.to.as_str() == "isp" {
            (DIALLED, HOSTED)
        } else {
            (HOSTED, DIALLED)
        };
        assert!(
            notice.text.contains(own) && !notice.text.contains(other),
            "{}",
            notice.text
        );
        assert!(notice.text.contains("duty desk of agency"), "{}", notice.text);
        assert_eq!(notice.authorities.is_empty(), notice.to.as_str() == "hosting");
    }
    let (node, who) = story.at("isp", "approver");
    denied(node.notices(who, story.case()).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_own_list_is_the_operator_s_and_the_approver_s_and_survives_a_restart() {
    let (mut story, _) = proposed(310).await;
    let (node, who) = story.at("isp", "operator");
    let item = NewOwn {
        kind: OwnKind::Domain,
        value: "Hole.ISP.example.".into(),
        description: "sinkhole".into(),
    };
    let added = node.add_own(who, &item).await.unwrap();
    assert_eq!(added.value, "hole.isp.example");
    let (node, auditor) = story.at("isp", "auditor");
    denied(node.own_infrastructure(auditor).await);
    denied(node.add_own(auditor, &item).await);
    story.org_mut("isp").restart().await;
    let (node, who) = story.at("isp", "approver");
    let listed = node.own_infrastructure(who).await.unwrap();
    assert_eq!(listed, std::slice::from_ref(&added));
    node.remove_own(who, &added.value).await.unwrap();
    assert!(matches!(
        node.remove_own(who, &added.value).await,
        Err(ServiceError::NotFound(_))
    ));
    assert!(node.own_infrastructure(who).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_on_a_list_of_what_many_use_is_not_called_clear() {
    let (story, targets) = proposed(311).await;
    let clear = [check(targets[1], TargetCheck::AllowList, CheckResult::Clear)];
    let on_list = async || {
        let seen = board(&story, "agency").await;
        let line = seen.targets.into_iter().find(|line| line.value == DIALLED);
        line.unwrap().on_allow_list
    };
    assert_eq!(on_list().await, None, "a node without a list cannot tell");
    let (node, operator) = story.at("agency", "operator");
    let (_, who) = story.at("agency", "investigator");
    node.load_allow_list(operator, "top", "bank.example\n")
        .await
        .unwrap();
    assert_eq!(on_list().await, Some(false));
    node.check_targets(who, story.case(), &clear).await.unwrap();
    node.load_allow_list(operator, "dns", DIALLED).await.unwrap();
    assert_eq!(on_list().await, Some(true));
    assert!(matches!(
        node.check_targets(who, story.case(), &clear).await,
        Err(ServiceError::Invalid { .. })
    ));
    let against = [check(targets[1], TargetCheck::AllowList, CheckResult::Against)];
    node.check_targets(who, story.case(), &against).await.unwrap();
}
