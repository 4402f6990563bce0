//! People decide: what was shown, in time, by the right person, once.

use std::collections::BTreeSet;

use accord_model::agreement::templates::Template;
use accord_model::{PersonId, Role, Tlp};
use accord_service::{HuntProgress, Narrowing, RequestAnswer, ServiceError, Verdict};
use accord_testkit::{DAY_MS, Story, log_of, report};

use crate::{TWO, denied, same_fold};

fn approve(preview: &str) -> Verdict {
    Verdict::Approve {
        preview: preview.to_owned(),
        reason: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_that_changed_is_not_decided() {
    let mut story = Story::asked(20, TWO).await;
    let at = story.hunt_of("isp");
    let (node, who) = story.at("isp", "approver");
    let nothing = node.decide(who, at, &approve(&"0".repeat(64))).await;
    assert!(matches!(nothing, Err(ServiceError::Conflict(_))), "{nothing:?}");
    let shown = story.preview("isp").await.unwrap();
    let again = story.preview("isp").await.unwrap();
    assert_ne!(shown, again);
    let (node, who) = story.at("isp", "approver");
    let refused = node.decide(who, at, &approve(&shown)).await;
    assert!(matches!(refused, Err(ServiceError::Conflict(_))), "{refused:?}");
    node.decide(who, at, &approve(&again)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn narrowed_to_one_customer_and_decided_once() {
    let mut story = Story::asked(21, TWO).await;
    let at = story.hunt_of("isp");
    let preview = story.preview("isp").await.unwrap();
    let narrow = |without: &str| Verdict::Narrow {
        preview: preview.clone(),
        narrowing: Narrowing {
            without_customers: BTreeSet::from([without.to_owned()]),
            ..Narrowing::default()
        },
        reason: "not concerned".into(),
    };
    let outcome = story.decide("isp", &narrow("10.1.0.7")).await.unwrap();
    assert_eq!(outcome.lines, 2);
    let (node, who) = story.at("isp", "approver");
    for again in [narrow("10.1.0.8"), approve(&preview)] {
        let twice = node.decide(who, at, &again).await;
        assert!(matches!(twice, Err(ServiceError::Conflict(_))), "{twice:?}");
    }
    let looked = node.preview_hunt(who, at, &HuntProgress::default()).await;
    assert!(matches!(looked, Err(ServiceError::Conflict(_))), "{looked:?}");
    story.sync().await.unwrap();
    story.receive("isp").await.unwrap();
    story.sync().await.unwrap();
    same_fold(&story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_record_says_how_many_segments_were_not_searched() {
    let story = Story::asked(28, TWO).await;
    let (node, who) = story.at("isp", "operator");
    let old = log_of("isp").replace("02/Nov/2026", "02/Oct/2025");
    node.import_log(who, "access", "old.log", old.as_bytes())
        .await
        .unwrap();
    // A line without a time may be of any time: this one is searched.
    let untimed = format!("{old}no time, evil.example\n");
    node.import_log(who, "access", "untimed.log", untimed.as_bytes())
        .await
        .unwrap();
    let at = story.hunt_of("isp");
    let (node, who) = story.at("isp", "approver");
    let preview = node
        .preview_hunt(who, at, &HuntProgress::default())
        .await
        .unwrap();
    assert_eq!((preview.segments, preview.segments_outside_time), (2, 1));
    assert_eq!(preview.lines_time_unknown, 1);
    let outcome = node.decide(who, at, &approve(&preview.commitment)).await.unwrap();
    let (_, package) = node
        .download_exhibit(who, outcome.exhibit.unwrap())
        .await
        .unwrap();
    // The archive stores its files as they are.
    let said = "1 piece of the logs was not searched";
    assert!(
        package
            .windows(said.len())
            .any(|window| window == said.as_bytes())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_stays_refused() {
    let mut story = Story::asked(22, TWO).await;
    let preview = story.preview("isp").await.unwrap();
    let at = story.hunt_of("isp");
    let (node, who) = story.at("isp", "approver");
    let refuse = Verdict::Refuse {
        clause: "8.1".into(),
        reason: "the warrant names somebody else".into(),
    };
    let outcome = node.decide(who, at, &refuse).await.unwrap();
    assert_eq!((outcome.exhibit, outcome.lines), (None, 0));
    let twice = node.decide(who, at, &refuse).await;
    assert!(twice.is_err(), "{twice:?}");
    let approved = node.decide(who, at, &approve(&preview)).await;
    assert!(matches!(approved, Err(ServiceError::Conflict(_))), "{approved:?}");
    let looked = node.preview_hunt(who, at, &HuntProgress::default()).await;
    assert!(matches!(looked, Err(ServiceError::Conflict(_))), "{looked:?}");
    story.sync().await.unwrap();
    let (node, who) = story.at("agency", "investigator");
    let view = node.case(who, story.case()).await.unwrap();
    assert_eq!(view.requests[0].state, "refused");
    assert!(view.exhibits.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_asking_side_cannot_approve() {
    let story = Story::asked(23, TWO).await;
    let at = story.hunt_of("isp");
    let (node, who) = story.at("agency", "approver");
    let refused = node.decide(who, at, &approve(&"0".repeat(64))).await;
    assert!(matches!(refused, Err(ServiceError::NotFound(_))), "{refused:?}");
    let looked = node.preview_hunt(who, at, &HuntProgress::default()).await;
    assert!(matches!(looked, Err(ServiceError::NotFound(_))), "{looked:?}");
    for sign_in in ["operator", "signatory", "auditor"] {
        let (node, who) = story.at("isp", sign_in);
        denied(node.preview_hunt(who, at, &HuntProgress::default()).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_instrument_denies_asking_and_deciding() {
    let mut story = Story::asked(24, TWO).await;
    let preview = story.preview("isp").await.unwrap();
    story.world.advance(31 * DAY_MS);
    let (node, who) = story.at("agency", "investigator");
    let refused = denied(node.ask_hunt(who, story.case(), &story.new_hunt("isp")).await);
    assert!(refused.rule.contains("expired"), "{refused:?}");
    let (node, who) = story.at("isp", "approver");
    let refused = denied(node.decide(who, story.hunt_of("isp"), &approve(&preview)).await);
    assert_eq!(refused.clause.as_deref(), Some("8.1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_instrument_denies_deciding() {
    let mut story = Story::asked(25, TWO).await;
    let preview = story.preview("isp").await.unwrap();
    let (node, who) = story.at("agency", "officer");
    let instrument = story.facts.instruments["isp"];
    node.end_instrument(who, story.case(), instrument, "set aside on appeal")
        .await
        .unwrap();
    story.sync().await.unwrap();
    let (node, who) = story.at("isp", "approver");
    let refused = denied(node.decide(who, story.hunt_of("isp"), &approve(&preview)).await);
    assert_eq!(refused.clause.as_deref(), Some("8.1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn above_the_ceiling_the_approver_decides() {
    let story = Story::asked(26, TWO).await;
    let case = story.case();
    let (node, writer) = story.at("agency", "investigator");
    let draft = report("closely held", "red text", Tlp::Red);
    let published = node.publish_note(writer, case, &draft).await.unwrap();
    assert_eq!(published.decisions[0].answer, "ask");
    story.sync().await.unwrap();
    let isp = story.org("isp").name.clone();
    let sees = async || {
        let (node, who) = story.at("isp", "approver");
        let view = node.case(who, case).await.unwrap();
        view.timeline.iter().any(|item| item.title == "closely held")
    };
    assert!(!sees().await);
    denied(node.approve_release(writer, published.at, &isp).await);
    let (node, approver) = story.at("agency", "approver");
    assert!(
        node.approve_release(approver, published.at, &isp)
            .await
            .unwrap()
            .is_yes()
    );
    story.sync().await.unwrap();
    assert!(sees().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_given_again_and_nothing_is_done_twice() {
    let story = Story::asked(27, TWO).await;
    let case = story.case();
    let (node, who) = story.at("agency", "investigator");
    let draft = report("once", "only once", Tlp::Clear);
    let first = accord_testkit::once(node, who, "k", node.publish_note(who, case, &draft))
        .await
        .unwrap();
    let second: accord_service::Published =
        accord_testkit::once(node, who, "k", node.publish_note(who, case, &draft))
            .await
            .unwrap();
    assert_eq!(first.at, second.at);
    let view = node.case(who, case).await.unwrap();
    assert_eq!(
        view.timeline.iter().filter(|item| item.title == "once").count(),
        1
    );
    let other = node.once(who, "k", b"another request").await;
    assert!(matches!(other, Err(ServiceError::Conflict(_))), "{other:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_named_on_a_case_reads_no_content() {
    let mut story = Story::asked(28, TWO).await;
    story.preview("isp").await.unwrap();
    let exhibit = story.approve("isp").await.unwrap().exhibit.unwrap();
    let case = story.case();
    let (node, approver) = story.at("isp", "approver");
    let auditor = story.org("isp").who("auditor");
    let roles = [Role::Auditor].into();
    node.add_member(approver, case, auditor.person, &roles, None)
        .await
        .unwrap();
    let looked = node.case(auditor, case).await;
    assert!(matches!(looked, Err(ServiceError::NotFound(_))), "{looked:?}");
    let taken = node.download_exhibit(auditor, exhibit).await;
    assert!(matches!(taken, Err(ServiceError::NotFound(_))), "{taken:?}");
    assert!(node.control_state(auditor, case).await.unwrap().case().is_some());
}

/// A hunt that waits at a provider whose logs leave by the word of two people; the second one's id.
pub async fn asked_of_two(seed: u64) -> (Story, PersonId) {
    let mut story = Story::begin(seed, TWO).await;
    let approver = [Role::Approver];
    story
        .org_mut("isp")
        .add_person("second", &approver)
        .await
        .unwrap();
    let parties = ["agency", "isp"];
    let (toml, cedar) = story.draft_agreement(Template::AgencyIsp, &parties).unwrap();
    let toml = format!("{toml}\n[approvals]\nfour_eyes = [\"log-evidence\"]\n");
    story.agree_on(&toml, &cedar, &parties).await.unwrap();
    story.open_case(&["isp"]).await.unwrap();
    story.instrument("isp").await.unwrap();
    story.sync().await.unwrap();
    story.import("isp").await.unwrap();
    story.join_case("isp").await.unwrap();
    let second = story.org("isp").who("second").person;
    let (node, who) = story.at("isp", "approver");
    node.add_member(who, story.case(), second, &approver.into(), None)
        .await
        .unwrap();
    story.hunt("isp").await.unwrap();
    story.sync().await.unwrap();
    (story, second)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_deliver_and_one_alone_does_not() {
    let (mut story, second) = asked_of_two(26).await;
    let at = story.hunt_of("isp");
    let preview = story.preview("isp").await.unwrap();
    let (node, first) = story.at("isp", "approver");
    let outcome = node.decide(first, at, &approve(&preview)).await.unwrap();
    assert_eq!((outcome.exhibit, outcome.lines), (None, 0));
    assert!(!outcome.release.unwrap().is_yes());
    let twice = node.decide(first, at, &approve(&preview)).await;
    assert!(matches!(twice, Err(ServiceError::Conflict(_))), "{twice:?}");
    let view = node.request(first, at).await.unwrap();
    assert_eq!(view.state, "waiting");
    assert_eq!(view.first_yes.unwrap().by, first.person);
    let (_, other) = story.at("isp", "second");
    assert_eq!(other.person, second);
    for (who, words) in [(first, "You have said yes"), (other, "A colleague has said yes")] {
        let inbox = node.inbox(who).await.unwrap();
        assert!(
            inbox.iter().any(|item| item.why.contains(words)),
            "{words}: {inbox:?}"
        );
    }
    // The asker sees that it waits, and gets nothing.
    story.sync().await.unwrap();
    let (asker, who) = story.at("agency", "investigator");
    let before = asker.inbox(who).await.unwrap();
    assert!(before.is_empty(), "{before:?}");
    let outcome = node.decide(other, at, &approve(&preview)).await.unwrap();
    assert!(outcome.exhibit.is_some());
    let by = outcome.release.clone().unwrap().approved_by;
    assert_eq!(
        BTreeSet::from_iter(by),
        BTreeSet::from([first.person, other.person])
    );
    story.facts.outcomes.insert("isp".into(), outcome);
    story.sync().await.unwrap();
    story.receive("isp").await.unwrap();
    story.sync().await.unwrap();
    same_fold(&story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_yes_is_taken_back_and_then_one_more_does_not_let_it_leave() {
    let (mut story, _) = asked_of_two(29).await;
    let at = story.hunt_of("isp");
    let preview = story.preview("isp").await.unwrap();
    let (node, first) = story.at("isp", "approver");
    let (_, other) = story.at("isp", "second");
    node.decide(first, at, &approve(&preview)).await.unwrap();
    let refused = denied(
        node.take_back_yes(other, at, "the warrant names somebody else")
            .await,
    );
    assert!(refused.rule.contains("who said it"), "{refused:?}");
    node.take_back_yes(first, at, "the warrant names somebody else")
        .await
        .unwrap();
    assert!(node.request(first, at).await.unwrap().first_yes.is_none());
    let alone = node.decide(other, at, &approve(&preview)).await.unwrap();
    assert_eq!((alone.exhibit, alone.lines), (None, 0));
    // Who took it back says yes after all: that makes two.
    let outcome = node.decide(first, at, &approve(&preview)).await.unwrap();
    assert!(outcome.exhibit.is_some());
    let late = node
        .take_back_yes(first, at, "the warrant names somebody else")
        .await;
    assert!(matches!(late, Err(ServiceError::Conflict(_))), "{late:?}");
    story.sync().await.unwrap();
    same_fold(&story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_leave_out_the_same_or_nothing_leaves() {
    let (mut story, _) = asked_of_two(27).await;
    let at = story.hunt_of("isp");
    let preview = story.preview("isp").await.unwrap();
    let narrow = Verdict::Narrow {
        preview: preview.clone(),
        narrowing: Narrowing {
            max_lines: Some(1),
            ..Narrowing::default()
        },
        reason: "one is enough".into(),
    };
    let (node, first) = story.at("isp", "approver");
    let (_, other) = story.at("isp", "second");
    node.decide(first, at, &approve(&preview)).await.unwrap();
    // The second leaves something out: now the first one's yes is to something else.
    let outcome = node.decide(other, at, &narrow).await.unwrap();
    assert_eq!(outcome.exhibit, None);
    let twice = node.decide(other, at, &narrow).await;
    assert!(matches!(twice, Err(ServiceError::Conflict(_))), "{twice:?}");
    let outcome = node.decide(first, at, &narrow).await.unwrap();
    assert_eq!(outcome.lines, 1);
    assert!(outcome.exhibit.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_preview_voids_the_first_yes() {
    let (mut story, _) = asked_of_two(28).await;
    let at = story.hunt_of("isp");
    let old = story.preview("isp").await.unwrap();
    let (node, first) = story.at("isp", "approver");
    node.decide(first, at, &approve(&old)).await.unwrap();
    let new = story.preview("isp").await.unwrap();
    assert_ne!(old, new);
    let (node, first) = story.at("isp", "approver");
    let (_, other) = story.at("isp", "second");
    assert!(node.request(first, at).await.unwrap().first_yes.is_none());
    let stale = node.decide(other, at, &approve(&old)).await;
    assert!(matches!(stale, Err(ServiceError::Conflict(_))), "{stale:?}");
    let outcome = node.decide(other, at, &approve(&new)).await.unwrap();
    assert_eq!(outcome.exhibit, None, "one yes to the new preview, not two");
    let outcome = node.decide(first, at, &approve(&new)).await.unwrap();
    assert!(outcome.exhibit.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hunt_that_its_asker_took_back_is_not_approved() {
    let mut story = Story::asked(506, TWO).await;
    let hunt = story.hunt_of("isp");
    let preview = story.preview("isp").await.unwrap();
    let (node, who) = story.at("agency", "investigator");
    node.withdraw_request(who, hunt, "found elsewhere").await.unwrap();
    story.sync().await.unwrap();
    let (node, who) = story.at("isp", "approver");
    let yes = Verdict::Approve {
        preview,
        reason: None,
    };
    let decided = node.decide(who, hunt, &yes).await;
    assert!(matches!(decided, Err(ServiceError::Conflict(_))), "{decided:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn that_nothing_was_found_is_an_answer_bound_to_what_was_searched() {
    let mut story = Story::asked(34, TWO).await;
    let at = story.hunt_of("isp");
    let nothing = |preview: &str| RequestAnswer::NothingFound {
        preview: preview.to_owned(),
        words: "Our resolvers are in another log.".into(),
    };
    let (node, who) = story.at("isp", "approver");
    let early = node.answer_request(who, at, &nothing(&"0".repeat(64))).await;
    assert!(matches!(early, Err(ServiceError::Conflict(_))), "{early:?}");
    // Lines were found: that is not nothing.
    let shown = story.preview("isp").await.unwrap();
    let (node, who) = story.at("isp", "approver");
    let untrue = node.answer_request(who, at, &nothing(&shown)).await;
    assert!(
        matches!(&untrue, Err(ServiceError::Invalid { field, .. }) if field == "answer"),
        "{untrue:?}"
    );

    // Of names that stand in no log: an investigator asks, the approver has looked, and answers so.
    let new = accord_service::NewHunt {
        indicators: vec!["nowhere-in-the-logs.example".into()],
        ..story.new_hunt("isp")
    };
    let (agency, investigator) = story.at("agency", "investigator");
    let quiet = agency
        .ask_hunt(investigator, story.case(), &new)
        .await
        .unwrap()
        .at;
    story.sync().await.unwrap();
    let (node, operator) = story.at("isp", "operator");
    denied(node.answer_request(operator, quiet, &nothing(&shown)).await);
    let (node, who) = story.at("isp", "approver");
    let preview = node
        .preview_hunt(who, quiet, &HuntProgress::default())
        .await
        .unwrap();
    assert!(preview.lines.is_empty() && preview.segments > 0);
    let stale = node.answer_request(who, quiet, &nothing(&shown)).await;
    assert!(matches!(stale, Err(ServiceError::Conflict(_))), "{stale:?}");
    let outcome = node
        .answer_request(who, quiet, &nothing(&preview.commitment))
        .await
        .unwrap();
    assert!(outcome.answer.is_some());
    let twice = node
        .answer_request(who, quiet, &nothing(&preview.commitment))
        .await;
    assert!(matches!(twice, Err(ServiceError::Conflict(_))), "{twice:?}");
    story.sync().await.unwrap();
    let (node, who) = story.at("agency", "investigator");
    let view = node.case(who, story.case()).await.unwrap();
    let asked = view.requests.iter().find(|one| one.at == quiet).unwrap();
    let words = asked.answer.clone().unwrap_or_default();
    assert!(
        words.starts_with("No line matches: ") && words.ends_with("Our resolvers are in another log."),
        "{words}"
    );
    assert_eq!(asked.state, "given");
    same_fold(&story).await;
}
