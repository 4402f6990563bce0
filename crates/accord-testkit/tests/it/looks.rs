//! Who looked at what was shared: told to its owner, and to nobody else.

use std::collections::BTreeSet;
use std::sync::Arc;

use accord_model::agreement::templates::Template;
use accord_model::content::{
    ContentBody, Indicator, IndicatorPublished, RequestWhat, SubjectRecorded, TaskSet, VerdictWish,
};
use accord_model::{Category, EntryKind, EntryRef, OrgKind, Role, Tlp};
use accord_service::{CasePart, Draft, NewCase, NewNote, NewRequest, RequestAnswer, ServiceError, Todo, Way};
use accord_testkit::{DAY_MS, Story, report};
use serde_json::json;

use crate::keeping::seconded_beside;
use crate::leads::lead;
use crate::seconded::grant;
use crate::{TWO, denied};

const ORGS: &[(&str, OrgKind)] = &[("agency", OrgKind::Agency), ("isp", OrgKind::Isp)];

async fn story(seed: u64) -> Story {
    let mut story = Story::begin(seed, ORGS).await;
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

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_of_a_note_learns_who_looked_at_it() {
    let story = story(71).await;
    let case = story.case();
    let (agency, officer) = story.at("agency", "officer");
    let shared = agency
        .publish_note(officer, case, &report("shared", "t", Tlp::Amber))
        .await;
    let at = shared.unwrap().at;
    let kept = agency
        .publish_note(officer, case, &report("kept", "t", Tlp::Red))
        .await;
    let kept = kept.unwrap().at;
    story.sync().await.unwrap();
    assert!(agency.looks_at(officer, case, at).await.unwrap().is_empty());

    let (isp, approver) = story.at("isp", "approver");
    isp.note(approver, case, at).await.unwrap();
    isp.note(approver, case, at).await.unwrap();
    isp.timeline(approver, case, None).await.unwrap();
    story.sync().await.unwrap();
    let looks = agency.looks_at(officer, case, at).await.unwrap();
    let told: Vec<_> = looks
        .iter()
        .map(|look| (look.org.as_str(), look.by, look.way))
        .collect();
    assert_eq!(
        told,
        [("isp", approver.person, Way::Read)],
        "the first of the day"
    );
    // One's own looks, and looks at one's own notes, are not told.
    agency.timeline(officer, case, None).await.unwrap();
    assert_eq!(agency.looks_at(officer, case, at).await.unwrap().len(), 1);
    assert!(agency.looks_at(officer, case, kept).await.unwrap().is_empty());

    // The next day counts anew; all of it is there after a restart.
    story.world.advance(DAY_MS);
    isp.note(approver, case, at).await.unwrap();
    story.sync().await.unwrap();
    assert_eq!(agency.looks_at(officer, case, at).await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn looks_survive_a_restart_and_are_told_once() {
    let mut story = story(72).await;
    let case = story.case();
    let (agency, officer) = story.at("agency", "officer");
    let shared = agency
        .publish_note(officer, case, &report("shared", "t", Tlp::Amber))
        .await;
    let at = shared.unwrap().at;
    story.sync().await.unwrap();
    let (isp, approver) = story.at("isp", "approver");
    isp.note(approver, case, at).await.unwrap();
    story.sync().await.unwrap();
    story.org_mut("agency").restart().await;
    story.org_mut("isp").restart().await;
    story.world.advance(DAY_MS);
    story.org_mut("agency").enter("officer").await.unwrap();
    story.org_mut("isp").enter("approver").await.unwrap();
    story.sync().await.unwrap();
    let (isp, approver) = story.at("isp", "approver");
    isp.note(approver, case, at).await.unwrap();
    story.sync().await.unwrap();
    let (agency, officer) = story.at("agency", "officer");
    assert_eq!(agency.looks_at(officer, case, at).await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_tells_of_looks_at_what_it_was_given_and_at_nothing_else() {
    let story = story(74).await;
    let case = story.case();
    let (agency, officer) = story.at("agency", "officer");
    let kept = agency
        .publish_note(officer, case, &report("kept", "t", Tlp::Red))
        .await;
    let kept = kept.unwrap().at;
    story.sync().await.unwrap();
    let lies = [
        json!({ "looks": [{ "entry": kept.to_string(), "by": "0".repeat(32), "way": "read", "when_ms": 1 }] }),
        json!({ "looks": [{ "entry": kept.to_string(), "by": "nobody", "way": "read", "when_ms": 1 }] }),
        json!({ "looks": [{ "entry": kept.to_string(), "by": "0".repeat(32), "way": "<b>", "when_ms": 1 }] }),
        json!({ "looks": [] }),
    ];
    for lie in lies {
        let said = lie.to_string();
        story
            .org("isp")
            .alter(Arc::new(move |path, _, mut honest| match path {
                "/peer/v1/heads" => {
                    honest["looks"] = json!(u64::MAX);
                    honest
                }
                "/peer/v1/looks" => lie.clone(),
                _ => honest,
            }));
        let pulled = agency.pull(&"isp".parse().unwrap()).await.unwrap();
        assert!(!pulled.problems.is_empty(), "{said}");
        assert!(
            agency.looks_at(officer, case, kept).await.unwrap().is_empty(),
            "{said}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_ask_is_told_nothing_of_looks() {
    let story = story(73).await;
    let case = story.case();
    let (agency, officer) = story.at("agency", "officer");
    let shared = agency
        .publish_note(officer, case, &report("shared", "t", Tlp::Amber))
        .await;
    let at = shared.unwrap().at;
    story.sync().await.unwrap();
    let (isp, approver) = story.at("isp", "approver");
    isp.note(approver, case, at).await.unwrap();
    story.sync().await.unwrap();
    // The auditor sees that somebody looked, and nothing that is content.
    let auditor = story.at("agency", "auditor").1;
    let (looks, next) = agency.looks_at_ours(auditor, None).await.unwrap();
    let seen: Vec<_> = looks
        .iter()
        .map(|look| (look.at, look.title.as_str(), look.name.as_deref()))
        .collect();
    assert_eq!((seen, next), (vec![(at, "", None)], None));
    let refused = agency.looks_at_ours(officer, None).await;
    assert!(matches!(refused, Err(ServiceError::Denied(_))), "{refused:?}");
    // Not of this organisation, or not on the case.
    let refused = isp.looks_at(approver, case, at).await;
    assert!(matches!(refused, Err(ServiceError::NotFound(_))), "{refused:?}");
    let refused = agency.looks_at(auditor, case, at).await;
    assert!(matches!(refused, Err(ServiceError::NotFound(_))), "{refused:?}");
}

type Seen = BTreeSet<(EntryRef, Way)>;

/// What an organisation was told of since a time.
async fn told(story: &Story, owner: &str, since_ms: u64) -> Seen {
    story.sync().await.unwrap();
    let (node, auditor) = story.at(owner, "auditor");
    let (looks, more) = node.looks_at_ours(auditor, None).await.unwrap();
    assert_eq!(more, None);
    let new = looks.into_iter().filter(|look| look.when_ms >= since_ms);
    new.map(|look| (look.at, look.way)).collect()
}

fn seen(notes: impl IntoIterator<Item = EntryRef>, way: Way) -> Seen {
    notes.into_iter().map(|at| (at, way)).collect()
}

/// Begins another day, so that every look counts anew: since when it is.
fn next_day(story: &Story) -> u64 {
    story.world.advance(DAY_MS);
    story.world.now_ms()
}

/// The notes of some kinds that an organisation shared with another; of every kind of content where none is named.
async fn shared(story: &Story, from: (&str, &str), to: &str, kinds: &[EntryKind]) -> BTreeSet<EntryRef> {
    let (node, who) = story.at(from.0, from.1);
    let to = &story.org(to).name;
    let (lines, older) = node.timeline(who, story.case(), None).await.unwrap();
    assert_eq!(older, None);
    lines
        .into_iter()
        .filter(|line| line.released_to.contains(to))
        .filter(|line| kinds.is_empty() || line.kind.is_some_and(|kind| kinds.contains(&kind)))
        .map(|line| line.at)
        .collect()
}

fn note(title: &str, body: impl Into<ContentBody>) -> Draft {
    Draft {
        note: NewNote::new(body).unwrap(),
        ..report(title, "", Tlp::Amber)
    }
}

fn values(values: &[&str]) -> Draft {
    let body = IndicatorPublished {
        indicators: values.iter().map(|value| Indicator::of(*value)).collect(),
        note: None,
        from: "analysis".into(),
        grading: None,
        source_protected: false,
        wish: VerdictWish::None,
        report: None,
        second: None,
    };
    note("values", body)
}

fn task(story: &Story, org: &str) -> Draft {
    let body = TaskSet {
        org: story.org(org).name.clone(),
        person: None,
        text: None,
        due_ms: None,
    };
    note("look at the samples", body)
}

async fn publish(story: &Story, org: &str, sign_in: &str, draft: &Draft) -> EntryRef {
    let (node, who) = story.at(org, sign_in);
    node.publish_note(who, story.case(), draft).await.unwrap().at
}

/// A request for information of the agency, at the provider.
async fn asked(story: &Story) -> EntryRef {
    let (node, who) = story.at("agency", "investigator");
    let to = story.org("isp").name.clone();
    let new = NewRequest::new(to, RequestWhat::Information, "R-1", "whose range is it?");
    let at = node.ask_partner(who, story.case(), &new).await.unwrap().at;
    story.sync().await.unwrap();
    at
}

/// The provider's answer to it.
async fn answered(story: &Story, at: EntryRef) -> EntryRef {
    let (node, who) = story.at("isp", "approver");
    let words = RequestAnswer::Words {
        words: "it is ours, and rented out".into(),
        grading: None,
        report: None,
        left_out: None,
    };
    let answer = node
        .answer_request(who, at, &words)
        .await
        .unwrap()
        .answer
        .unwrap();
    story.sync().await.unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tabs_of_a_case_tell_the_owner_of_exactly_what_they_show() {
    let mut story = Story::asked(75, TWO).await;
    story.more_people().await.unwrap();
    story.sync().await.unwrap();
    let case = story.case();
    let set = publish(&story, "agency", "officer", &task(&story, "isp")).await;
    let two = values(&["first.example", "second.example"]);
    let two = publish(&story, "agency", "officer", &two).await;
    story.world.advance(1_000);
    let one = publish(&story, "agency", "officer", &values(&["third.example"])).await;
    story.target().await.unwrap();
    story.sync().await.unwrap();
    story.not_own("isp").await.unwrap();
    story.sync().await.unwrap();
    story.plan().await.unwrap();
    story.business().await.unwrap();
    story.victim().await.unwrap();
    let victim = story.facts.later.victim.unwrap();
    let isp_name = story.org("isp").name.clone();
    let (agency, approver) = story.at("agency", "approver");
    agency.approve_release(approver, victim, &isp_name).await.unwrap();
    story.sync().await.unwrap();
    let (isp, reader) = story.at("isp", "approver");
    let owner = ("agency", "officer");

    let since = next_day(&story);
    assert_eq!(isp.tasks(reader, case).await.unwrap().len(), 1);
    assert_eq!(told(&story, "agency", since).await, seen([set], Way::Read));

    let since = next_day(&story);
    let (shown, all) = isp.indicators_seen_most(reader, case, 1).await.unwrap();
    assert_eq!((shown.len(), all), (1, 3));
    assert_eq!(
        told(&story, "agency", since).await,
        seen([one], Way::Read),
        "not what is counted"
    );
    isp.indicators(reader, case).await.unwrap();
    assert_eq!(told(&story, "agency", since).await, seen([one, two], Way::Read));

    let since = next_day(&story);
    assert_eq!(isp.look_up(reader, "second.example").await.unwrap().len(), 1);
    assert!(isp.look_up(reader, "nowhere.example").await.unwrap().is_empty());
    assert_eq!(told(&story, "agency", since).await, seen([two], Way::Searched));

    let since = next_day(&story);
    let board = isp.board(reader, case).await.unwrap();
    assert!(board.plan.is_some() && board.targets.len() == 1);
    let kinds = [
        EntryKind::TargetProposed,
        EntryKind::TargetChecked,
        EntryKind::PlanWritten,
    ];
    let expected = shared(&story, owner, "isp", &kinds).await;
    assert!(expected.len() >= 6, "{expected:?}");
    assert_eq!(told(&story, "agency", since).await, seen(expected, Way::Read));

    let since = next_day(&story);
    assert_eq!(isp.case_victims(reader, case).await.unwrap().victims.len(), 1);
    assert_eq!(told(&story, "agency", since).await, seen([victim], Way::Read));

    // A case's head counts its requests and shows none of them.
    let since = next_day(&story);
    let request = asked(&story).await;
    let head = isp.case_head(reader, case).await.unwrap();
    assert!(told(&story, "agency", since).await.is_empty());
    isp.case_shown(reader, &head, &[CasePart::Requests])
        .await
        .unwrap();
    assert_eq!(told(&story, "agency", since).await, seen([request], Way::Read));
    isp.case_shown(reader, &head, &[CasePart::Hunts]).await.unwrap();
    let both = [request, story.hunt_of("isp")];
    assert_eq!(told(&story, "agency", since).await, seen(both, Way::Read));
    let since = next_day(&story);
    isp.request(reader, request).await.unwrap();
    assert_eq!(told(&story, "agency", since).await, seen([request], Way::Read));

    // What came back waits to be read until the tab that shows it was opened; the provider is told.
    let answer = answered(&story, request).await;
    let (agency, investigator) = story.at("agency", "investigator");
    let unread = async || {
        let items = agency.inbox(investigator).await.unwrap();
        items
            .iter()
            .any(|item| matches!(item.todo, Todo::ReadAnswer { answer: at, .. } if at == answer))
    };
    let head = agency.case_head(investigator, case).await.unwrap();
    assert!(unread().await);
    agency
        .case_shown(investigator, &head, &[CasePart::Requests])
        .await
        .unwrap();
    assert!(!unread().await);
    assert_eq!(told(&story, "isp", since).await, seen([answer], Way::Read));

    // The schedule has every item of the provider, and its document of what is not sensitive has too.
    let (agency, discloser) = story.at("agency", "discloser");
    let all = shared(&story, ("isp", "approver"), "agency", &[]).await;
    assert!(all.len() >= 2, "{all:?}");
    let since = next_day(&story);
    agency.schedule(discloser, case).await.unwrap();
    assert_eq!(told(&story, "isp", since).await, seen(all.clone(), Way::Read));
    let since = next_day(&story);
    agency.schedule_document(discloser, case, true).await.unwrap();
    assert!(
        told(&story, "isp", since).await.is_empty(),
        "nothing was called sensitive"
    );
    agency.schedule_document(discloser, case, false).await.unwrap();
    assert_eq!(told(&story, "isp", since).await, seen(all, Way::Exported));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_two_cases_share_and_leads_tell_their_owner() {
    let mut story = Story::asked(76, TWO).await;
    story
        .org_mut("isp")
        .add_person("researcher", &[Role::Researcher])
        .await
        .unwrap();
    for org in ["agency", "isp"] {
        let (node, operator) = story.at(org, "operator");
        node.load_allow_list(operator, "top", "popular.example\n")
            .await
            .unwrap();
    }
    let one = publish(
        &story,
        "agency",
        "officer",
        &values(&["rare.example", "own.example"]),
    )
    .await;
    let (agency, officer) = story.at("agency", "officer");
    let new = NewCase {
        agreement: story.agreement(),
        operation: "Operation Lark".into(),
        reference: "K-2".into(),
        purpose: "cybercrime-investigation".into(),
        parties: vec![story.org("isp").name.clone()],
    };
    let other = agency.open_case(officer, &new).await.unwrap();
    let lone = agency
        .publish_note(officer, other, &values(&["lone.example"]))
        .await;
    let same = agency
        .publish_note(officer, other, &values(&["RARE.example"]))
        .await;
    let (lone, same) = (lone.unwrap().at, same.unwrap().at);
    story.sync().await.unwrap();
    let (isp, approver) = story.at("isp", "approver");
    let since = next_day(&story);
    assert_eq!(isp.similar_to_case(approver, other).await.unwrap().len(), 1);
    let looked = told(&story, "agency", since).await;
    assert_eq!(looked, seen([one, same], Way::Read));
    assert!(!looked.contains(&(lone, Way::Read)));

    let (isp, researcher) = story.at("isp", "researcher");
    let referred = isp.refer_lead(researcher, &lead(&story, "agency")).await.unwrap();
    story.sync().await.unwrap();
    let since = next_day(&story);
    assert_eq!(agency.leads(officer).await.unwrap().len(), 1);
    assert_eq!(told(&story, "isp", since).await, seen([referred.at], Way::Read));
    let view = agency.lead(officer, referred.at).await.unwrap();
    assert_eq!(view.values.len(), 1);
    let looked = told(&story, "isp", since).await;
    assert_eq!(looked.len(), 2, "the lead and its value: {looked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_who_is_suspected_is_told() {
    let orgs = [("agency", OrgKind::Agency), ("vendor", OrgKind::Vendor)];
    let mut story = Story::begin(77, &orgs).await;
    story
        .agree(Template::AgencyVendor, &["agency", "vendor"])
        .await
        .unwrap();
    story.open_case(&["vendor"]).await.unwrap();
    story.sync().await.unwrap();
    story.join_case("vendor").await.unwrap();
    let suspect = SubjectRecorded {
        reference: "S-1".into(),
        name: Some("Bob Example".into()),
        aliases: Vec::new(),
        identifiers: Vec::new(),
        countries: Vec::new(),
        text: "pays for the panel".into(),
    };
    let at = publish(&story, "agency", "investigator", &note("a suspect", suspect)).await;
    let (agency, approver) = story.at("agency", "approver");
    let vendor = story.org("vendor").name.clone();
    agency.approve_release(approver, at, &vendor).await.unwrap();
    story.sync().await.unwrap();
    let since = next_day(&story);
    let (vendor, reader) = story.at("vendor", "approver");
    assert_eq!(vendor.subjects(reader, story.case()).await.unwrap().len(), 1);
    assert_eq!(told(&story, "vendor", since).await, Seen::new());
    assert_eq!(told(&story, "agency", since).await, seen([at], Way::Read));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secondee_without_the_category_leaves_no_look() {
    let scope = [Category::Analysis, Category::Request];
    let (story, new) = seconded_beside(78, TWO, &scope).await;
    let case = story.case();
    publish(&story, "isp", "approver", &task(&story, "agency")).await;
    story.sync().await.unwrap();
    grant(&story, &new).await;
    let since = story.world.now_ms();
    let (agency, guest) = story.at("agency", "guest");
    denied(agency.tasks(guest, case).await);
    denied(agency.subjects(guest, case).await);
    denied(agency.indicators(guest, case).await);
    denied(agency.board(guest, case).await);
    denied(agency.case_victims(guest, case).await);
    denied(agency.schedule(guest, case).await);
    assert!(agency.similar_to_case(guest, case).await.unwrap().is_empty());
    let head = agency.case_head(guest, case).await.unwrap();
    agency.case_shown(guest, &head, CasePart::ALL).await.unwrap();
    assert_eq!(told(&story, "isp", since).await, Seen::new());
    // Whoever sees the tasks of the host does.
    let (agency, investigator) = story.at("agency", "investigator");
    assert_eq!(agency.tasks(investigator, case).await.unwrap().len(), 1);
    assert_eq!(told(&story, "isp", since).await.len(), 1);
}
