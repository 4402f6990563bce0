//! People who see and write a part of a case: seconded from another organisation, or named for what they need to know.

use accord_model::content::{RequestWhat, TaskSet};
use accord_model::control::Scope;
use accord_model::{Category, Role, Tlp};
use accord_service::{
    Draft, EndedSecondment, NewInstrument, NewMember, NewNote, NewOral, NewRequest, NewSecondment, Published,
    RequestAnswer, Result, ServiceError, TimelineItem, Todo,
};
use accord_testkit::{DAY_MS, Story, as_json, decision, report};

use crate::keeping::{seconded_beside, titles};
use crate::{THREE, TWO, denied};

const GUEST: &[Category] = &[Category::Analysis, Category::Request];

pub async fn grant(story: &Story, new: &NewSecondment) {
    let (isp, approver) = story.at("isp", "approver");
    isp.grant_secondment(approver, story.case(), new).await.unwrap();
    story.sync().await.unwrap();
    let (agency, officer) = story.at("agency", "officer");
    agency.grant_secondment(officer, story.case(), new).await.unwrap();
    story.sync().await.unwrap();
}

fn task(story: &Story) -> Draft {
    let note = TaskSet {
        org: story.org("agency").name.clone(),
        person: None,
        text: None,
        due_ms: None,
    };
    Draft {
        title: "look at the samples".into(),
        marking: Tlp::Amber,
        to: Vec::new(),
        note: NewNote::new(note).unwrap(),
        expect: None,
    }
}

async fn write(story: &Story, draft: &Draft) -> Result<Published> {
    let (agency, guest) = story.at("agency", "guest");
    agency.publish_note(guest, story.case(), draft).await
}

async fn line(story: &Story, org: &str, sign_in: &str, title: &str) -> TimelineItem {
    let (node, who) = story.at(org, sign_in);
    let view = node.case(who, story.case()).await.unwrap();
    let found = view.timeline.into_iter().find(|item| item.title == title);
    found.unwrap_or_else(|| panic!("{title} for {sign_in} of {org}"))
}

fn information(story: &Story) -> NewRequest {
    let to = story.org("isp").name.clone();
    NewRequest {
        secret_until_ms: Some(story.world.now_ms() + 3 * DAY_MS),
        ..NewRequest::new(to, RequestWhat::Information, "R-1", "whose range is it?")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_secondee_writes_says_whose_person_they_are_then_and_after() {
    let (story, new) = seconded_beside(280, THREE, GUEST).await;
    let case = story.case();
    assert!(matches!(
        write(&story, &report("early", "x", Tlp::Amber)).await,
        Err(ServiceError::NotFound(_))
    ));
    grant(&story, &new).await;
    let at = write(&story, &report("by the guest", "of the family", Tlp::Amber))
        .await
        .unwrap()
        .at;
    // Outside the scope: refused, with what it is outside of.
    let refused = denied(write(&story, &decision("no", "x", Tlp::Amber)).await);
    assert!(
        refused.rule.contains("seconded for on the case: decision"),
        "{refused:?}"
    );
    story.sync().await.unwrap();
    let said = "of isp, seconded to agency";
    for (org, sign_in) in [
        ("agency", "investigator"),
        ("isp", "approver"),
        ("hosting", "approver"),
    ] {
        let item = line(&story, org, sign_in, "by the guest").await;
        assert!(
            item.by.as_deref().unwrap().ends_with(said),
            "{org}: {:?}",
            item.by
        );
        assert_eq!(item.home, Some(story.org("isp").name.clone()));
        assert_eq!(item.set_aside, None, "{org}");
    }
    let own = line(&story, "agency", "guest", "analysis").await;
    assert_eq!(own.home, None, "the investigator's own");
    let ended = EndedSecondment {
        person: new.person,
        home: new.home.clone(),
        host: new.host.clone(),
        reason: "called home".into(),
    };
    let (isp, approver) = story.at("isp", "approver");
    isp.end_secondment(approver, case, &ended).await.unwrap();
    story.sync().await.unwrap();
    assert!(matches!(
        write(&story, &report("late", "x", Tlp::Amber)).await,
        Err(ServiceError::NotFound(_))
    ));
    for (org, sign_in) in [("agency", "investigator"), ("hosting", "approver")] {
        let item = line(&story, org, sign_in, "by the guest").await;
        assert!(
            item.by.as_deref().unwrap().ends_with(said),
            "{org}: {:?}",
            item.by
        );
        assert_eq!(item.set_aside, None, "right when it was written");
        assert_eq!(item.at, at);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secondee_has_the_tabs_of_their_categories_and_no_other() {
    let (story, new) = seconded_beside(281, TWO, GUEST).await;
    let case = story.case();
    grant(&story, &new).await;
    let (agency, investigator) = story.at("agency", "investigator");
    agency
        .publish_note(investigator, case, &task(&story))
        .await
        .unwrap();
    let (agency, guest) = story.at("agency", "guest");
    let view = agency.case(guest, case).await.unwrap();
    assert_eq!(view.sees.as_deref(), Some(GUEST));
    assert_eq!(view.requests.len(), 1, "the hunt that was asked");
    assert!(view.exhibits.is_empty());
    agency.team(guest, case).await.unwrap();
    let keeping = agency.keeping(guest, case).await.unwrap();
    assert!(
        keeping
            .retention
            .iter()
            .all(|line| GUEST.contains(&line.category))
    );
    denied(agency.tasks(guest, case).await);
    denied(agency.subjects(guest, case).await);
    denied(agency.indicators(guest, case).await);
    denied(agency.board(guest, case).await);
    denied(agency.case_victims(guest, case).await);
    denied(agency.schedule(guest, case).await);
    // A business that writes to the agency is not theirs to answer, nor to know of.
    agency.begin_report("our tills show a red screen").await.unwrap();
    let answers = async |who: &accord_service::SignedIn| {
        let inbox = agency.inbox(who).await.unwrap();
        let mut todos = inbox.iter().map(|item| &item.todo);
        todos.any(|todo| matches!(todo, Todo::AnswerBusiness { .. }))
    };
    assert!(answers(story.org("agency").who("investigator")).await);
    assert!(!answers(guest).await);
    // The day after they have none.
    story.world.advance(DAY_MS);
    assert!(matches!(
        agency.team(guest, case).await,
        Err(ServiceError::NotFound(_))
    ));
    assert!(matches!(
        write(&story, &report("late", "x", Tlp::Amber)).await,
        Err(ServiceError::NotFound(_))
    ));
    assert!(agency.inbox(guest).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn authorities_are_seen_by_who_sees_what_they_are_about() {
    let (mut story, new) = seconded_beside(288, TWO, GUEST).await;
    let case = story.case();
    let at = story.facts.instruments["isp"];
    let (agency, officer) = story.at("agency", "officer");
    let oral = NewOral {
        ground: "threat-to-life".into(),
        act: "who held the address".into(),
        category: Category::SubscriberData,
        addressee: story.org("isp").name.clone(),
        authority: "Judge Canary".into(),
        power: "Act 7, section 12".into(),
        request: None,
    };
    let oral_at = agency.record_oral(officer, case, &oral).await.unwrap();
    let over = NewInstrument {
        reference: "PO-ended".into(),
        authority: "District Court".into(),
        power: "Act 7".into(),
        categories: vec![Category::LogEvidence],
        scope: "canary words".into(),
        addressee: story.org("isp").name.clone(),
        from_ms: story.world.now_ms(),
        to_ms: story.world.now_ms() + DAY_MS,
    };
    let ended = agency.record_instrument(officer, case, &over).await.unwrap();
    agency
        .end_instrument(officer, case, ended, "canary reason")
        .await
        .unwrap();
    grant(&story, &new).await;
    story.sync().await.unwrap();

    // Analysis and requests: neither is about anything of that.
    let (agency, guest) = story.at("agency", "guest");
    let view = agency.case(guest, case).await.unwrap();
    assert!(view.instruments.is_empty() && view.orals.is_empty());
    let text = as_json(&view);
    for secret in [
        "W-isp",
        "District Court",
        "access logs of isp",
        "Judge Canary",
        "PO-ended",
        "canary reason",
    ] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    let request = &view.requests[0];
    assert_eq!(
        request.instrument.as_ref().unwrap().at,
        at,
        "that it rests on one"
    );
    for hidden in [at, oral_at, ended] {
        let note = agency.note(guest, case, hidden).await;
        assert!(matches!(note, Err(ServiceError::NotFound(_))), "{note:?}");
    }
    let found = agency.search(guest, "W-isp").await.unwrap();
    assert!(
        !found.cases.items.iter().any(|case| case.named),
        "nor by its number"
    );

    // A colleague who was named for log evidence sees the one and not the other.
    let scope = Scope {
        categories: vec![Category::LogEvidence],
        text: "the logs".into(),
    };
    story
        .org_mut("agency")
        .add_person("narrow", &[Role::Investigator])
        .await
        .unwrap();
    let (agency, approver) = story.at("agency", "approver");
    let narrow = story.org("agency").who("narrow");
    let named = NewMember {
        person: narrow.person,
        roles: [Role::Investigator].into(),
        until_ms: None,
        scope: Some(scope),
    };
    agency.name_member(approver, case, &named).await.unwrap();
    let view = agency.case(narrow, case).await.unwrap();
    assert!(view.instruments.iter().any(|known| known.reference == "W-isp"));
    assert!(view.orals.is_empty());
    assert!(!as_json(&view).contains("Judge Canary"));
    assert!(agency.note(narrow, case, at).await.is_ok());
    let found = agency.search(narrow, "W-isp").await.unwrap();
    assert!(found.cases.items.iter().any(|case| case.named));
    // Who works on the whole case sees both.
    let investigator = story.org("agency").who("investigator");
    let view = agency.case(investigator, case).await.unwrap();
    assert_eq!((view.instruments.len(), view.orals.len()), (2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_decides_at_home_what_they_asked_as_a_secondee() {
    let (mut story, new) = seconded_beside(282, TWO, GUEST).await;
    let case = story.case();
    grant(&story, &new).await;
    let (agency, guest) = story.at("agency", "guest");
    let at = agency
        .ask_partner(guest, case, &information(&story))
        .await
        .unwrap()
        .at;
    story.sync().await.unwrap();
    let (isp, approver) = story.at("isp", "approver");
    assert_eq!(approver.person, new.person, "one person, at home and away");
    let waits = |items: &[accord_service::InboxItem]| {
        items
            .iter()
            .any(|item| matches!(item.todo, Todo::DecideRequest { request } if request == at))
    };
    assert!(!waits(&isp.inbox(approver).await.unwrap()));
    let words = RequestAnswer::Words {
        words: "it is ours".into(),
        grading: None,
        report: None,
        left_out: None,
    };
    let refused = denied(isp.answer_request(approver, at, &words).await);
    assert!(refused.rule.contains("you asked this yourself"), "{refused:?}");
    story
        .org_mut("isp")
        .add_person("second", &[Role::Approver])
        .await
        .unwrap();
    let (isp, second) = story.at("isp", "second");
    let (_, approver) = story.at("isp", "approver");
    isp.add_member(approver, case, second.person, &[Role::Approver].into(), None)
        .await
        .unwrap();
    assert!(waits(&isp.inbox(second).await.unwrap()));
    let request = isp.request(second, at).await.unwrap();
    assert!(request.by.unwrap().ends_with("of isp, seconded to agency"));
    isp.answer_request(second, at, &words).await.unwrap();
    story.sync().await.unwrap();
    // What came back waits to be read, for whoever asked and for their colleagues, until one of them has.
    let unread = |items: Vec<accord_service::InboxItem>| {
        items.into_iter().find_map(|item| match item.todo {
            Todo::ReadAnswer { request, answer, .. } if request == at => Some(answer),
            _ => None,
        })
    };
    let (agency, guest) = story.at("agency", "guest");
    let investigator = story.org("agency").who("investigator");
    let answer = unread(agency.inbox(guest).await.unwrap()).expect("unread");
    assert_eq!(unread(agency.inbox(investigator).await.unwrap()), Some(answer));
    agency.note(guest, case, answer).await.unwrap();
    assert_eq!(unread(agency.inbox(guest).await.unwrap()), None);
    assert_eq!(
        unread(agency.inbox(investigator).await.unwrap()),
        None,
        "whoever asked has read it"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_of_secrecy_stands_in_both_inboxes_until_it_is_over() {
    let story = Story::asked(283, TWO).await;
    let (agency, investigator) = story.at("agency", "investigator");
    let new = NewRequest {
        secret_until_ms: Some(story.world.now_ms() + 20 * DAY_MS),
        ..information(&story)
    };
    let at = agency
        .ask_partner(investigator, story.case(), &new)
        .await
        .unwrap()
        .at;
    story.sync().await.unwrap();
    let (isp, approver) = story.at("isp", "approver");
    let due = |items: Vec<accord_service::InboxItem>| {
        items.into_iter().find_map(|item| match item.todo {
            Todo::KeepSecret { request, .. } if request == at => item.due_ms,
            _ => None,
        })
    };
    assert_eq!(due(isp.inbox(approver).await.unwrap()), new.secret_until_ms);
    assert_eq!(due(agency.inbox(investigator).await.unwrap()), None, "not soon");
    story.world.advance(14 * DAY_MS);
    assert_eq!(
        due(agency.inbox(investigator).await.unwrap()),
        new.secret_until_ms
    );
    story.world.advance(6 * DAY_MS);
    assert_eq!(due(isp.inbox(approver).await.unwrap()), None, "it is over");
    assert_eq!(due(agency.inbox(investigator).await.unwrap()), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_named_for_two_categories_sees_and_writes_only_these_from_the_start() {
    let mut story = Story::asked(284, TWO).await;
    let case = story.case();
    let (agency, investigator) = story.at("agency", "investigator");
    for draft in [
        report("old analysis", "from the first day", Tlp::Amber),
        decision("old decision", "from the first day", Tlp::Amber),
    ] {
        agency.publish_note(investigator, case, &draft).await.unwrap();
    }
    story
        .org_mut("agency")
        .add_person("analyst", &[Role::Investigator])
        .await
        .unwrap();
    let (agency, approver) = story.at("agency", "approver");
    let analyst = story.org("agency").who("analyst");
    let mut new = NewMember {
        person: analyst.person,
        roles: [Role::Investigator].into(),
        until_ms: None,
        scope: Some(Scope {
            categories: vec![Category::Analysis, Category::Task],
            text: "the family of loaders".into(),
        }),
    };
    // Who decides, and what is opened by grants alone, fit no scope.
    let wrong = NewMember {
        person: story.org("agency").who("officer").person,
        roles: [Role::CaseOfficer].into(),
        ..new.clone()
    };
    let refused = agency.name_member(approver, case, &wrong).await;
    assert!(
        matches!(refused, Err(ServiceError::Invalid { .. })),
        "{refused:?}"
    );
    let mut identities = new.clone();
    identities
        .scope
        .as_mut()
        .unwrap()
        .categories
        .push(Category::VictimIdentity);
    let refused = agency.name_member(approver, case, &identities).await;
    assert!(
        matches!(refused, Err(ServiceError::Invalid { .. })),
        "{refused:?}"
    );
    agency.name_member(approver, case, &new).await.unwrap();
    let seen = titles(&story, "agency", "analyst").await;
    assert!(seen.contains(&"old analysis".to_owned()), "{seen:?}");
    assert!(!seen.contains(&"old decision".to_owned()), "{seen:?}");
    let view = agency.case(analyst, case).await.unwrap();
    assert!(view.requests.is_empty());
    let me = view
        .members
        .iter()
        .find(|member| member.person == analyst.person)
        .unwrap();
    assert_eq!(
        me.scope.as_deref(),
        Some(&[Category::Analysis, Category::Task][..])
    );
    agency.publish_note(analyst, case, &task(&story)).await.unwrap();
    assert_eq!(agency.tasks(analyst, case).await.unwrap().len(), 1);
    denied(
        agency
            .publish_note(analyst, case, &decision("no", "x", Tlp::Amber))
            .await,
    );
    denied(agency.ask_partner(analyst, case, &information(&story)).await);
    // A wider word replaces it; taken off, they see nothing at once.
    new.scope = None;
    agency.name_member(approver, case, &new).await.unwrap();
    assert!(
        titles(&story, "agency", "analyst")
            .await
            .contains(&"old decision".to_owned())
    );
    agency
        .remove_member(approver, case, analyst.person)
        .await
        .unwrap();
    assert!(matches!(
        agency.case(analyst, case).await,
        Err(ServiceError::NotFound(_))
    ));
    assert!(matches!(
        agency.publish_note(analyst, case, &task(&story)).await,
        Err(ServiceError::NotFound(_))
    ));
    story.sync().await.unwrap();
    // What they wrote within their scope counts at the partner's.
    let item = line(&story, "isp", "approver", "look at the samples").await;
    assert_eq!(item.set_aside, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inbox_looks_at_what_is_open_and_not_at_all_that_was_written() {
    let story = Story::asked(285, TWO).await;
    let case = story.case();
    let (agency, investigator) = story.at("agency", "investigator");
    let approver = story.org("agency").who("approver");
    let visits = |before: u64| agency.looked_through() - before;
    for number in 0..60 {
        let draft = report(&format!("note {number}"), "below the ceiling", Tlp::Green);
        agency.publish_note(investigator, case, &draft).await.unwrap();
    }
    let before = agency.looked_through();
    agency.inbox(approver).await.unwrap();
    let quiet = visits(before);
    assert!(quiet <= 2, "{quiet} looked at, and nothing is open");
    let held = report("held", "above the ceiling", Tlp::Red);
    let at = agency.publish_note(investigator, case, &held).await.unwrap().at;
    let before = agency.looked_through();
    let items = agency.inbox(approver).await.unwrap();
    let waits = |items: &[accord_service::InboxItem]| {
        items
            .iter()
            .any(|item| matches!(&item.todo, Todo::ApproveRelease { note, .. } if *note == at))
    };
    assert!(waits(&items));
    assert!(
        visits(before) <= quiet + 2,
        "{} looked at for one",
        visits(before)
    );
    let isp = story.org("isp").name.clone();
    agency.approve_release(approver, at, &isp).await.unwrap();
    assert!(!waits(&agency.inbox(approver).await.unwrap()));
    // The same after a restart: the index is made of what is on the disk.
    let second = report("held again", "above the ceiling", Tlp::Red);
    agency.publish_note(investigator, case, &second).await.unwrap();
    let mut story = story;
    story.org_mut("agency").restart().await;
    story.org_mut("agency").enter("approver").await.unwrap();
    let (agency, approver) = story.at("agency", "approver");
    let items = agency.inbox(approver).await.unwrap();
    let open: Vec<&str> = items
        .iter()
        .filter(|item| matches!(item.todo, Todo::ApproveRelease { .. }))
        .map(|item| item.title.as_str())
        .collect();
    assert_eq!(open, ["Release to isp: held again"]);
}
