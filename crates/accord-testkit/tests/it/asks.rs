//! Asking for something else than a hunt, answered at the other node; and the authority by word of mouth.

use accord_model::agreement::templates::Template;
use accord_model::content::{
    Admiralty, Connection, Credibility, ExpertiseQuestion, Grading, PreservationQuestion, Reliability,
    ReportPublished, RequestWhat, Subscriber, SubscriberAnswer, SubscriberFound, SubscriberQuestion,
    TakedownQuestion,
};
use accord_model::{Category, EntryRef, Role, Tlp};
use accord_service::{
    Draft, NewInstrument, NewNote, NewOral, NewRequest, NewRetention, OralConfirmation, PoolWord,
    RequestAnswer, RequestView, ServiceError, Todo,
};
use accord_testkit::{DAY_MS, Story};

use crate::{TWO, denied, same_fold};

const HOUR_MS: u64 = 3_600_000;

/// An agreement, a case, and both approvers on it.
async fn begun(seed: u64) -> Story {
    let mut story = Story::begin(seed, TWO).await;
    story
        .agree(Template::AgencyIsp, &["agency", "isp"])
        .await
        .unwrap();
    story.open_case(&["isp"]).await.unwrap();
    story.sync().await.unwrap();
    story.join_case("isp").await.unwrap();
    story.sync().await.unwrap();
    story
}

/// The agency's warrant for subscriber data, for so many days.
pub async fn warrant(story: &Story, categories: &[Category], days: u64) -> EntryRef {
    let now = story.world.now_ms();
    let new = NewInstrument {
        reference: format!("W-{}", categories.len()),
        authority: "District Court".into(),
        power: "Act 7, section 12".into(),
        categories: categories.to_vec(),
        scope: "who held what".into(),
        addressee: story.org("isp").name.clone(),
        from_ms: now,
        to_ms: now + days * DAY_MS,
    };
    let (node, who) = story.at("agency", "officer");
    node.record_instrument(who, story.case(), &new).await.unwrap()
}

fn plain(story: &Story, what: RequestWhat) -> NewRequest {
    let to = story.org("isp").name.clone();
    NewRequest::new(to, what, format!("R-{what}"), "a family of loaders calls home")
}

pub fn connection(story: &Story, port: u16) -> Connection {
    Connection {
        address: "192.0.2.7".into(),
        port: Some(port),
        transport: None,
        at_ms: story.world.now_ms() - HOUR_MS,
    }
}

pub fn subscriber(story: &Story, instrument: Option<EntryRef>, oral: Option<EntryRef>) -> NewRequest {
    NewRequest {
        instrument,
        oral,
        subscriber: Some(SubscriberQuestion {
            connections: vec![connection(story, 4000), connection(story, 4001)],
        }),
        ..plain(story, RequestWhat::SubscriberData)
    }
}

pub async fn ask(story: &Story, new: &NewRequest) -> accord_service::Result<EntryRef> {
    let (node, who) = story.at("agency", "investigator");
    let asked = node.ask_partner(who, story.case(), new).await?.at;
    story.sync().await?;
    Ok(asked)
}

pub async fn answer(
    story: &Story,
    at: EntryRef,
    answer: &RequestAnswer,
) -> accord_service::Result<accord_service::AnswerOutcome> {
    let (node, who) = story.at("isp", "approver");
    let outcome = node.answer_request(who, at, answer).await?;
    story.sync().await?;
    Ok(outcome)
}

/// A request as the agency's investigator sees it.
async fn seen(story: &Story, at: EntryRef) -> RequestView {
    let (node, who) = story.at("agency", "investigator");
    let view = node.case(who, story.case()).await.unwrap();
    view.requests
        .into_iter()
        .find(|request| request.at == at)
        .expect("the request")
}

/// How many connections the agency's investigator reads an answer about.
async fn found(story: &Story, at: EntryRef) -> usize {
    let (node, who) = story.at("agency", "investigator");
    node.subscribers(who, at).await.unwrap().len()
}

pub fn held(view: &NewRequest) -> RequestAnswer {
    let asked = view.subscriber.clone().unwrap().connections;
    RequestAnswer::Subscribers {
        answers: asked
            .into_iter()
            .enumerate()
            .map(|(index, connection)| SubscriberAnswer {
                connection,
                found: if index == 0 {
                    SubscriberFound::One
                } else {
                    SubscriberFound::NoRecord
                },
                subscriber: (index == 0).then(|| Subscriber {
                    held_from_ms: None,
                    held_to_ms: None,
                    account: "C-17".into(),
                    name: Some("A. Example".into()),
                    postal: None,
                    contacts: Vec::new(),
                }),
            })
            .collect(),
        acquisition: "address table of the access network; clock within one second".into(),
        left_out: None,
    }
}

fn words(text: &str) -> RequestAnswer {
    RequestAnswer::Words {
        words: text.into(),
        grading: None,
        report: None,
        left_out: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn information_is_previewed_asked_answered_and_answered_once() {
    let story = begun(4001).await;
    let due = story.world.now_ms() + 2 * DAY_MS;
    let new = NewRequest {
        due_ms: Some(due),
        secret_until_ms: Some(due),
        ..plain(&story, RequestWhat::Information)
    };
    let (node, who) = story.at("agency", "investigator");
    let preview = node.preview_request(who, story.case(), &new).await.unwrap();
    assert!(preview.decisions.iter().all(|decided| decided.is_yes()));
    assert_eq!(preview.decisions.len(), 1);
    assert_eq!(preview.reads["reference"], new.reference.as_str());
    let nothing = node.case(who, story.case()).await.unwrap().requests;
    assert!(nothing.is_empty(), "a preview keeps nothing");
    let at = ask(&story, &new).await.unwrap();
    // The holder reads until when it tells nobody, and by when.
    let (node, who) = story.at("isp", "approver");
    let view = node.request(who, at).await.unwrap();
    assert_eq!((view.secret_until_ms, view.due_ms), (Some(due), Some(due)));
    assert!(view.decision.unwrap().is_yes());
    // Neither the asker, nor anybody but the approver, answers.
    let (own, asker) = story.at("agency", "approver");
    let refused = own.answer_request(asker, at, &words("ours")).await;
    assert!(matches!(refused, Err(ServiceError::NotFound(_))), "{refused:?}");
    let (isp, operator) = story.at("isp", "operator");
    denied(isp.answer_request(operator, at, &words("no")).await);
    // Another kind of answer is none.
    let other = RequestAnswer::Takedown {
        done: true,
        words: "gone".into(),
        left_out: None,
    };
    let refused = answer(&story, at, &other).await;
    assert!(
        matches!(refused, Err(ServiceError::Invalid { .. })),
        "{refused:?}"
    );
    answer(&story, at, &words("it is ours, and rented out"))
        .await
        .unwrap();
    let view = seen(&story, at).await;
    assert_eq!(view.state, "given");
    assert_eq!(view.answer.as_deref(), Some("it is ours, and rented out"));
    let twice = answer(&story, at, &words("again")).await;
    assert!(matches!(twice, Err(ServiceError::Conflict(_))), "{twice:?}");
    same_fold(&story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn subscribers_are_named_under_an_instrument_that_stands() {
    let story = begun(4002).await;
    let none = denied(ask(&story, &subscriber(&story, None, None)).await);
    assert!(none.rule.contains("instrument"), "{none:?}");
    let logs = warrant(&story, &[Category::LogEvidence], 2).await;
    let other = denied(ask(&story, &subscriber(&story, Some(logs), None)).await);
    assert!(other.rule.contains("does not cover"), "{other:?}");
    let both = [Category::SubscriberData, Category::LogEvidence];
    let court = warrant(&story, &both, 2).await;
    let new = subscriber(&story, Some(court), None);
    let at = ask(&story, &new).await.unwrap();
    let mut partly = held(&new);
    if let RequestAnswer::Subscribers { answers, .. } = &mut partly {
        answers.pop();
    }
    let refused = answer(&story, at, &partly).await;
    assert!(
        matches!(refused, Err(ServiceError::Invalid { .. })),
        "{refused:?}"
    );
    answer(&story, at, &held(&new)).await.unwrap();
    let view = seen(&story, at).await;
    let (node, who) = story.at("agency", "investigator");
    let found = node.subscribers(who, at).await.unwrap();
    assert_eq!(found[0].subscriber.clone().unwrap().account, "C-17");
    assert_eq!(found[1].found, SubscriberFound::NoRecord);
    // Whoever is not on the case reads nothing; whoever is, is seen by the holder.
    let (_, outside) = story.at("agency", "auditor");
    let refused = node.subscribers(outside, at).await;
    assert!(matches!(refused, Err(ServiceError::NotFound(_))), "{refused:?}");
    assert!(view.answer.unwrap().contains("one subscriber 1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_instrument_gives_no_subscriber() {
    let story = begun(4003).await;
    let both = [Category::SubscriberData, Category::LogEvidence];
    let court = warrant(&story, &both, 2).await;
    let new = subscriber(&story, Some(court), None);
    let at = ask(&story, &new).await.unwrap();
    story.world.advance(3 * DAY_MS);
    let refused = denied(answer(&story, at, &held(&new)).await);
    assert_eq!(refused.clause.as_deref(), Some("8.1"));
    assert!(seen(&story, at).await.subscribers.is_none());
    let late = denied(ask(&story, &subscriber(&story, Some(court), None)).await);
    assert!(late.rule.contains("expired"), "{late:?}");
    // A threat to life: the holder's own approver records what the court said, for this one answer.
    let (node, who) = story.at("isp", "approver");
    let oral = oral(&story, "threat-to-life", Some(at));
    node.record_oral(who, story.case(), &oral).await.unwrap();
    answer(&story, at, &held(&new)).await.unwrap();
    assert_eq!(found(&story, at).await, 2);
    same_fold(&story).await;
}

fn oral(story: &Story, ground: &str, request: Option<EntryRef>) -> NewOral {
    NewOral {
        ground: ground.into(),
        act: "ask who held the address; a child is missing".into(),
        category: Category::SubscriberData,
        addressee: story.org("isp").name.clone(),
        authority: "Judge Example, by telephone".into(),
        power: "Act 7, section 9".into(),
        request,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_oral_authority_carries_one_request_for_a_day() {
    let story = begun(4004).await;
    let case = story.case();
    let (node, who) = story.at("agency", "officer");
    denied(node.record_oral(who, case, &oral(&story, "hurry", None)).await);
    let (node, who) = story.at("agency", "investigator");
    denied(
        node.record_oral(who, case, &oral(&story, "threat-to-life", None))
            .await,
    );
    let (node, who) = story.at("agency", "officer");
    let at = node
        .record_oral(who, case, &oral(&story, "threat-to-life", None))
        .await
        .unwrap();
    // The officer's inbox chases the writing.
    let chased = |items: Vec<accord_service::InboxItem>| {
        items
            .into_iter()
            .find(|item| matches!(item.todo, Todo::ConfirmOral { oral, .. } if oral == at))
    };
    let item = chased(node.inbox(who).await.unwrap()).expect("it is chased");
    assert_eq!(item.urgency(story.world.now_ms()), Some("pressing"));
    let new = subscriber(&story, None, Some(at));
    let first = ask(&story, &new).await.unwrap();
    let second = denied(ask(&story, &new).await);
    assert!(second.rule.contains("one act"), "{second:?}");
    // Nobody has confirmed it: after a day nothing more rests on it, the answer neither.
    story.world.advance(DAY_MS + 1);
    let refused = denied(answer(&story, first, &held(&new)).await);
    assert_eq!(refused.clause.as_deref(), Some("8.1"));
    let (node, who) = story.at("agency", "officer");
    let item = chased(node.inbox(who).await.unwrap()).expect("it is chased still");
    assert_eq!(item.urgency(story.world.now_ms()), Some("overdue"));
    // Late completes the record, and carries nothing.
    let confirmation = OralConfirmation {
        oral: at,
        reference: "PO-9".into(),
        authority: "District Court".into(),
        instrument: None,
    };
    node.confirm_oral(who, case, &confirmation).await.unwrap();
    assert!(chased(node.inbox(who).await.unwrap()).is_none());
    story.sync().await.unwrap();
    denied(answer(&story, first, &held(&new)).await);
    same_fold(&story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_oral_authority_confirmed_in_time_goes_on() {
    let story = begun(4005).await;
    let case = story.case();
    let (node, who) = story.at("agency", "officer");
    let at = node
        .record_oral(who, case, &oral(&story, "threat-to-life", None))
        .await
        .unwrap();
    let new = subscriber(&story, None, Some(at));
    let first = ask(&story, &new).await.unwrap();
    story.world.advance(HOUR_MS);
    let confirmation = OralConfirmation {
        oral: at,
        reference: "PO-9".into(),
        authority: "District Court".into(),
        instrument: None,
    };
    node.confirm_oral(who, case, &confirmation).await.unwrap();
    let twice = node.confirm_oral(who, case, &confirmation).await;
    assert!(matches!(twice, Err(ServiceError::Conflict(_))), "{twice:?}");
    story.world.advance(3 * DAY_MS);
    story.sync().await.unwrap();
    answer(&story, first, &held(&new)).await.unwrap();
    assert_eq!(found(&story, first).await, 2);
    let (node, who) = story.at("isp", "approver");
    let view = node.request(who, first).await.unwrap();
    assert_eq!(view.oral.unwrap().state, "confirmed");
}

#[tokio::test(flavor = "multi_thread")]
async fn kept_taken_down_and_taken_back() {
    let story = begun(4006).await;
    let now = story.world.now_ms();
    let until = now + 90 * DAY_MS;
    let keep = NewRequest {
        preservation: Some(PreservationQuestion {
            values: vec!["account C-17".into()],
            from_ms: now - 10 * DAY_MS,
            to_ms: now,
            keep_until_ms: until,
        }),
        ..plain(&story, RequestWhat::Preservation)
    };
    let at = ask(&story, &keep).await.unwrap();
    let kept = |until_ms, left_out: Option<&str>| RequestAnswer::Kept {
        until_ms,
        words: "mailbox and access log".into(),
        hold: Vec::new(),
        left_out: left_out.map(str::to_owned),
    };
    let short = answer(&story, at, &kept(until - 1, None)).await;
    assert!(matches!(short, Err(ServiceError::Invalid { .. })), "{short:?}");
    answer(
        &story,
        at,
        &kept(until - DAY_MS, Some("the last day: our rule is 89")),
    )
    .await
    .unwrap();
    let view = seen(&story, at).await;
    assert_eq!(view.state, "narrowed");
    assert!(view.answer.unwrap().starts_with("Kept until 20"));
    assert_eq!(view.kept_until_ms, Some(until - DAY_MS));

    let down = NewRequest {
        takedown: Some(TakedownQuestion {
            values: vec!["evil.example".into()],
            ground: "it answers for the loader".into(),
            targets: Vec::new(),
        }),
        ..plain(&story, RequestWhat::Takedown)
    };
    let at = ask(&story, &down).await.unwrap();
    let undone = RequestAnswer::Takedown {
        done: false,
        words: "it is at another host now".into(),
        left_out: None,
    };
    answer(&story, at, &undone).await.unwrap();
    assert!(seen(&story, at).await.answer.unwrap().starts_with("Not done."));

    let again = ask(&story, &down).await.unwrap();
    let (node, who) = story.at("isp", "approver");
    let theirs = node.withdraw_request(who, again, "no").await;
    denied(theirs);
    let (node, who) = story.at("agency", "investigator");
    node.withdraw_request(who, again, "it is gone").await.unwrap();
    let twice = node.withdraw_request(who, again, "it is gone").await;
    assert!(matches!(twice, Err(ServiceError::Conflict(_))), "{twice:?}");
    story.sync().await.unwrap();
    assert_eq!(seen(&story, again).await.state, "withdrawn");
    let late = answer(&story, again, &undone).await;
    assert!(matches!(late, Err(ServiceError::Conflict(_))), "{late:?}");
    let refused = ask(&story, &down).await.unwrap();
    let no = RequestAnswer::Refuse {
        clause: "2.1".into(),
        reason: "it is a customer's shop".into(),
    };
    answer(&story, refused, &no).await.unwrap();
    let view = seen(&story, refused).await;
    assert_eq!(
        (view.state, view.answer.as_deref()),
        ("refused", Some("it is a customer's shop"))
    );
    same_fold(&story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_to_be_kept_of_the_logs_is_held() {
    let mut story = begun(4011).await;
    story.import("isp").await.unwrap();
    let now = story.world.now_ms();
    let until = now + 90 * DAY_MS;
    let keep = NewRequest {
        preservation: Some(PreservationQuestion {
            values: vec!["evil.example".into()],
            from_ms: now - 400 * DAY_MS,
            to_ms: now,
            keep_until_ms: until,
        }),
        ..plain(&story, RequestWhat::Preservation)
    };
    let at = ask(&story, &keep).await.unwrap();
    let (node, approver) = story.at("isp", "approver");
    let retention = NewRetention {
        days: Some(30),
        reason: "the law".into(),
    };
    node.set_log_retention(approver, "access", &retention)
        .await
        .unwrap();
    let kept = |hold: &[&str]| RequestAnswer::Kept {
        until_ms: until,
        words: "the access log".into(),
        hold: hold.iter().map(|name| (*name).to_owned()).collect(),
        left_out: None,
    };
    let wrong = answer(&story, at, &kept(&["nowhere"])).await;
    assert!(
        matches!(&wrong, Err(ServiceError::Invalid { field, .. }) if field == "hold"),
        "{wrong:?}"
    );
    assert!(node.log_keeping(approver).await.unwrap().holds.is_empty());
    answer(&story, at, &kept(&["access"])).await.unwrap();
    let said = seen(&story, at).await.answer.unwrap();
    assert!(said.contains("Held in the logs of the node: access."), "{said}");
    let told = node.log_keeping(approver).await.unwrap();
    let [hold] = told.holds.as_slice() else {
        panic!("{told:?}")
    };
    assert!(
        hold.hold.starts_with("request-") && hold.why.contains(&keep.reference),
        "{hold:?}"
    );
    // Its retention is over, and it is there until somebody lifts the hold.
    story.world.advance(60 * DAY_MS);
    assert_eq!(node.destroy_logs_that_are_over().await.unwrap(), 0);
    node.lift_log_hold(approver, &hold.hold, "the request is over")
        .await
        .unwrap();
    assert_eq!(node.destroy_logs_that_are_over().await.unwrap(), 1);
    assert!(story.org_mut("isp").fsck().await.problems.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_what_is_kept_stands_in_both_inboxes_a_week_before() {
    let story = begun(4009).await;
    let now = story.world.now_ms();
    let until = now + 30 * DAY_MS;
    let keep = NewRequest {
        preservation: Some(PreservationQuestion {
            values: vec!["account C-17".into()],
            from_ms: now - 10 * DAY_MS,
            to_ms: now,
            keep_until_ms: until,
        }),
        ..plain(&story, RequestWhat::Preservation)
    };
    let at = ask(&story, &keep).await.unwrap();
    let kept = RequestAnswer::Kept {
        until_ms: until,
        words: "mailbox and access log".into(),
        hold: Vec::new(),
        left_out: None,
    };
    answer(&story, at, &kept).await.unwrap();
    assert_eq!(seen(&story, at).await.kept_until_ms, Some(until));
    let line = async |org: &str, sign_in: &str| {
        let (node, who) = story.at(org, sign_in);
        let items = node.inbox(who).await.unwrap();
        let now = story.world.now_ms();
        items.into_iter().find_map(|item| match item.todo {
            Todo::KeptUntil { request, .. } if request == at => Some((item.due_ms, item.urgency(now))),
            _ => None,
        })
    };
    let sides = [("isp", "approver"), ("agency", "investigator")];
    let day = |days: u64| story.world.set_clock(until - days * DAY_MS);
    day(8);
    for (org, sign_in) in sides {
        assert_eq!(line(org, sign_in).await, None, "{org}: not soon");
    }
    day(7);
    for (org, sign_in) in sides {
        let expected = Some((Some(until), Some("pressing")));
        assert_eq!(line(org, sign_in).await, expected, "{org}: a week before");
    }
    assert_eq!(line("agency", "approver").await, None, "who did not ask");
    day(0);
    for (org, sign_in) in sides {
        assert_eq!(line(org, sign_in).await, None, "{org}: it is over");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_answer_is_taken_back_by_who_gave_it_until_the_second() {
    let (story, new, at) = two_answer(4010).await;
    let (node, first) = story.at("isp", "approver");
    let (_, second) = story.at("isp", "second");
    let nothing = node
        .take_back_yes(first, at, "the warrant names somebody else")
        .await;
    assert!(matches!(nothing, Err(ServiceError::Conflict(_))), "{nothing:?}");
    answer(&story, at, &held(&new)).await.unwrap();
    denied(
        node.take_back_yes(second, at, "the warrant names somebody else")
            .await,
    );
    denied(
        node.take_back_yes(
            story.org("isp").who("operator"),
            at,
            "the warrant names somebody else",
        )
        .await,
    );
    node.take_back_yes(first, at, "the warrant names somebody else")
        .await
        .unwrap();
    assert!(node.request(first, at).await.unwrap().pending.is_none());
    let again = node
        .take_back_yes(first, at, "the warrant names somebody else")
        .await;
    assert!(matches!(again, Err(ServiceError::Conflict(_))), "{again:?}");
    // The second person's yes is a first one now; who took theirs back may give the other hand.
    let one = node.answer_request(second, at, &held(&new)).await.unwrap();
    assert!(one.answer.is_none());
    story.sync().await.unwrap();
    assert_eq!(seen(&story, at).await.state, "waiting");
    answer(&story, at, &held(&new)).await.unwrap();
    let late = node
        .take_back_yes(first, at, "the warrant names somebody else")
        .await;
    assert!(matches!(late, Err(ServiceError::Conflict(_))), "{late:?}");
    assert_eq!(found(&story, at).await, 2);
    same_fold(&story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn experts_take_a_question_and_answer_with_a_graded_report() {
    let mut story = begun(4007).await;
    let isp = story.org_mut("isp");
    isp.add_person("researcher", &[Role::Researcher]).await.unwrap();
    let case = story.case();
    let new = NewRequest {
        expertise: Some(ExpertiseQuestion {
            pool: "malware".into(),
            about: Vec::new(),
        }),
        due_ms: Some(story.world.now_ms() + 3 * DAY_MS),
        ..plain(&story, RequestWhat::Expertise)
    };
    let at = ask(&story, &new).await.unwrap();
    let (node, researcher) = story.at("isp", "researcher");
    let word = PoolWord {
        accepted: true,
        words: "by Friday".into(),
    };
    let stranger = node.take_expertise(researcher, at, &word).await;
    assert!(matches!(stranger, Err(ServiceError::NotFound(_))), "{stranger:?}");
    let (_, approver) = story.at("isp", "approver");
    let roles = [Role::Researcher].into();
    node.add_member(approver, case, researcher.person, &roles, None)
        .await
        .unwrap();
    let waits = |items: Vec<accord_service::InboxItem>| {
        let takes = |item: &accord_service::InboxItem| matches!(item.todo, Todo::TakeExpertise { .. });
        items.iter().any(takes)
    };
    assert!(waits(node.inbox(researcher).await.unwrap()));
    node.take_expertise(researcher, at, &word).await.unwrap();
    assert!(!waits(node.inbox(researcher).await.unwrap()));
    story.sync().await.unwrap();
    let view = seen(&story, at).await;
    assert_eq!((view.state, view.pool.len()), ("waiting", 1));
    assert!(view.pool[0].words.starts_with("Accepted."));
    // An answer without a report, or with one that is not graded, is none.
    let refused = answer(&story, at, &words("it is a loader")).await;
    assert!(
        matches!(refused, Err(ServiceError::Invalid { .. })),
        "{refused:?}"
    );
    let mut reports = Vec::new();
    let grading = Grading {
        three_five_two: None,
        admiralty: Some(Admiralty {
            reliability: Reliability::Usually,
            credibility: Credibility::Probable,
        }),
    };
    for grading in [None, Some(grading)] {
        let report = ReportPublished {
            grading,
            ..ReportPublished::plain("it unpacks itself")
        };
        let draft = Draft {
            title: "the loader".into(),
            marking: Tlp::Amber,
            to: Vec::new(),
            note: NewNote::new(report).unwrap(),
            expect: None,
        };
        let (node, researcher) = story.at("isp", "researcher");
        reports.push(node.publish_note(researcher, case, &draft).await.unwrap().at);
    }
    let with = |report| RequestAnswer::Words {
        words: "see the report".into(),
        grading: None,
        report: Some(report),
        left_out: None,
    };
    let ungraded = answer(&story, at, &with(reports[0])).await;
    assert!(
        matches!(ungraded, Err(ServiceError::Invalid { .. })),
        "{ungraded:?}"
    );
    answer(&story, at, &with(reports[1])).await.unwrap();
    let view = seen(&story, at).await;
    assert_eq!((view.state, view.report), ("given", Some(reports[1])));
}

/// A request for subscriber data that two people of the provider answer.
async fn two_answer(seed: u64) -> (Story, NewRequest, EntryRef) {
    let mut story = Story::begin(seed, TWO).await;
    let (toml, cedar) = story
        .draft_agreement(Template::AgencyIsp, &["agency", "isp"])
        .unwrap();
    let toml = format!("{toml}\n[approvals]\nfour_eyes = [\"subscriber-data\"]\n");
    story.agree_on(&toml, &cedar, &["agency", "isp"]).await.unwrap();
    story.open_case(&["isp"]).await.unwrap();
    story.sync().await.unwrap();
    story.join_case("isp").await.unwrap();
    story
        .org_mut("isp")
        .add_person("second", &[Role::Approver])
        .await
        .unwrap();
    let (_, second) = story.at("isp", "second");
    let (node, who) = story.at("isp", "approver");
    node.add_member(who, story.case(), second.person, &[Role::Approver].into(), None)
        .await
        .unwrap();
    story.sync().await.unwrap();
    let court = warrant(&story, &[Category::SubscriberData], 2).await;
    let new = subscriber(&story, Some(court), None);
    let at = ask(&story, &new).await.unwrap();
    (story, new, at)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_answer_where_the_agreement_wants_two() {
    let (story, new, at) = two_answer(4008).await;
    let first = answer(&story, at, &held(&new)).await.unwrap();
    assert!(first.answer.is_none());
    assert_eq!(seen(&story, at).await.state, "waiting");
    let same = answer(&story, at, &held(&new)).await;
    assert!(matches!(same, Err(ServiceError::Conflict(_))), "{same:?}");
    let (node, who) = story.at("isp", "second");
    let mut other = held(&new);
    if let RequestAnswer::Subscribers { acquisition, .. } = &mut other {
        acquisition.push_str(", or so");
    }
    let differs = node.answer_request(who, at, &other).await;
    assert!(matches!(differs, Err(ServiceError::Conflict(_))), "{differs:?}");
    let second = node.answer_request(who, at, &held(&new)).await.unwrap();
    assert!(second.answer.is_some());
    story.sync().await.unwrap();
    assert_eq!(found(&story, at).await, 2);
}
