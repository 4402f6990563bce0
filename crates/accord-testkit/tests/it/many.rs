//! Limits of threats and leads that take many people, cases or things to reach: each at its limit, and one past it.

use accord_model::agreement::templates::Template;
use accord_model::content::Indicator;
use accord_model::control::limits::{
    COUNTRIES_MAX, INDICATOR_VALUE_MAX, LABEL_MAX, LABELS_MAX, REASON_MAX, REPORT_TEXT_MAX, TITLE_MAX,
};
use accord_model::{EntryRef, PersonId, Role, SpaceId, Tlp};
use accord_service::{
    LEAD_PEOPLE_MAX, LeadAnswer, NewCase, NewLead, NewPerson, NewThreat, SIMILAR_MAX, STRONGEST_MAX,
    ServiceError, THREAT_CASES_MAX, THREAT_PEOPLE_MAX, ThreatPerson,
};
use accord_testkit::Story;

use crate::TWO;
use crate::threats::threat;

/// Investigators of the agency who never sign in.
async fn colleagues(story: &Story, count: usize) -> Vec<PersonId> {
    let (node, operator) = story.at("agency", "operator");
    let signatory = story.org("agency").who("signatory");
    let mut people = Vec::new();
    for number in 0..count {
        let new = NewPerson {
            sign_in: format!("colleague-{number}"),
            name: format!("Colleague {number}"),
            roles: [Role::Investigator].into(),
            password: "a first one, long enough".into(),
        };
        let added = node.add_person(operator, &new).await.unwrap();
        node.confirm_roles(signatory, added.id).await.unwrap();
        people.push(added.id);
    }
    people
}

async fn open_case(story: &Story, number: usize) -> SpaceId {
    let (node, officer) = story.at("agency", "officer");
    let new = NewCase {
        agreement: story.agreement(),
        operation: format!("Operation {number}"),
        reference: format!("K-{number}"),
        purpose: "cybercrime-investigation".into(),
        parties: Vec::new(),
    };
    node.open_case(officer, &new).await.unwrap()
}

async fn agreed(seed: u64) -> Story {
    let mut story = Story::begin(seed, TWO).await;
    story
        .agree(Template::AgencyIsp, &["agency", "isp"])
        .await
        .unwrap();
    story
}

fn over<T: std::fmt::Debug>(outcome: Result<T, ServiceError>, most: usize, what: &str) {
    match outcome {
        Err(ServiceError::Conflict(words)) => assert!(words.contains(&format!("{most} {what}")), "{words}"),
        other => panic!("{what}: {other:?}"),
    }
}

fn wrong<T: std::fmt::Debug>(outcome: Result<T, ServiceError>, expected: &str) {
    match outcome {
        Err(ServiceError::Invalid { field, .. }) => assert_eq!(field, expected),
        other => panic!("{expected}: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_threat_takes_so_many_people_and_no_more() {
    let story = agreed(480).await;
    let (node, who) = story.at("agency", "investigator");
    let people = colleagues(&story, THREAT_PEOPLE_MAX).await;
    let id = node.new_threat(who, &threat("Heron", &[])).await.unwrap();
    let say = async |person: PersonId, remove: bool| {
        let said = ThreatPerson { person, remove };
        node.staff_threat(who, &id, &said).await
    };
    // Who made it is one of them.
    let (last, others) = people.split_last().unwrap();
    for person in others {
        say(*person, false).await.unwrap();
    }
    let view = node.threat(who, &id).await.unwrap();
    assert_eq!(view.people.len(), THREAT_PEOPLE_MAX);
    over(say(*last, false).await, THREAT_PEOPLE_MAX, "people");
    say(others[0], false).await.unwrap();
    say(others[0], true).await.unwrap();
    say(*last, false).await.unwrap();
    assert_eq!(
        node.threat(who, &id).await.unwrap().people.len(),
        THREAT_PEOPLE_MAX
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_threat_is_related_to_so_many_cases_and_no_more() {
    let story = agreed(481).await;
    let (node, officer) = story.at("agency", "officer");
    let id = node.new_threat(officer, &threat("Heron", &[])).await.unwrap();
    let mut cases = Vec::new();
    for number in 0..=THREAT_CASES_MAX {
        cases.push(open_case(&story, number).await);
    }
    let (last, others) = cases.split_last().unwrap();
    for case in others {
        node.relate_threat(officer, &id, *case, true).await.unwrap();
    }
    over(
        node.relate_threat(officer, &id, *last, true).await,
        THREAT_CASES_MAX,
        "cases",
    );
    // One that is related already is not one more; one that is not any more makes room.
    node.relate_threat(officer, &id, others[0], true).await.unwrap();
    node.relate_threat(officer, &id, others[0], false).await.unwrap();
    node.relate_threat(officer, &id, *last, true).await.unwrap();
    let view = node.threat(officer, &id).await.unwrap();
    assert_eq!(view.cases.len(), THREAT_CASES_MAX);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_is_handed_to_so_many_people_and_no_more() {
    let mut story = agreed(482).await;
    story
        .org_mut("isp")
        .add_person("researcher", &[Role::Researcher])
        .await
        .unwrap();
    let at = refer(&story, &lead(&story)).await.unwrap();
    story.sync().await.unwrap();
    let people = colleagues(&story, LEAD_PEOPLE_MAX + 1).await;
    let (node, officer) = story.at("agency", "officer");
    let (last, others) = people.split_last().unwrap();
    for person in others {
        node.hand_lead(officer, at, *person).await.unwrap();
    }
    over(
        node.hand_lead(officer, at, *last).await,
        LEAD_PEOPLE_MAX,
        "people",
    );
    node.hand_lead(officer, at, others[0]).await.unwrap();
    let view = node.lead(officer, at).await.unwrap();
    assert_eq!(view.people.len(), LEAD_PEOPLE_MAX);
}

fn lead(story: &Story) -> NewLead {
    NewLead {
        agreement: story.agreement(),
        to: story.org("agency").name.clone(),
        title: "A loader panel".into(),
        marking: Tlp::Amber,
        text: "it rents out loaders".into(),
        nexus: None,
        countries: Vec::new(),
        asks: None,
        grading: None,
        source_protected: false,
        values: Vec::new(),
        threat: None,
        onward_of: None,
        expect_now: None,
    }
}

async fn refer(story: &Story, new: &NewLead) -> Result<EntryRef, ServiceError> {
    let (node, who) = story.at("isp", "researcher");
    node.refer_lead(who, new).await.map(|referred| referred.at)
}

/// So many countries, each another: AA, AB and so on.
fn countries(count: usize) -> Vec<String> {
    let letter = |number: usize| char::from(b'A' + u8::try_from(number).unwrap());
    let all = (0..count).map(|number| [letter(number / 26), letter(number % 26)].iter().collect());
    all.collect()
}

/// A value that is too much in one way, and the same that is not.
fn values(change: impl Fn(&mut Indicator, usize)) -> [Vec<Indicator>; 2] {
    [0, 1].map(|more| {
        let mut one = Indicator::of("evil.example");
        change(&mut one, more);
        vec![one]
    })
}

fn labels(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("label{number}")).collect()
}

/// A URL of so many bytes.
fn url(bytes: usize) -> String {
    let start = "https://evil.example/";
    format!("{start}{}", "a".repeat(bytes - start.len()))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_of_a_threat_and_of_a_lead_is_taken_at_its_limit_and_not_one_past_it() {
    let mut story = agreed(483).await;
    story
        .org_mut("isp")
        .add_person("researcher", &[Role::Researcher])
        .await
        .unwrap();
    let (node, who) = story.at("agency", "investigator");
    let text = |most: usize, more: usize| "n".repeat(most + more);
    let long = values(|one, more| one.value = url(INDICATOR_VALUE_MAX + more));
    let labelled = values(|one, more| one.labels = labels(LABELS_MAX + more));
    let wordy = values(|one, more| one.labels = vec![text(LABEL_MAX, more)]);

    type Threat<'a> = (&'a str, Box<dyn Fn(&mut NewThreat, usize) + 'a>);
    let rows: Vec<Threat> = vec![
        ("name", Box::new(|new, more| new.name = text(TITLE_MAX, more))),
        (
            "nexus",
            Box::new(|new, more| new.nexus = Some(text(REASON_MAX, more))),
        ),
        (
            "options.pursue",
            Box::new(|new, more| new.options.pursue = Some(text(REASON_MAX, more))),
        ),
        (
            "options.disrupt",
            Box::new(|new, more| new.options.disrupt = Some(text(REASON_MAX, more))),
        ),
        (
            "options.protect",
            Box::new(|new, more| new.options.protect = Some(text(REASON_MAX, more))),
        ),
        (
            "countries",
            Box::new(|new, more| new.countries = countries(COUNTRIES_MAX + more)),
        ),
        ("values", Box::new(|new, more| new.values = long[more].clone())),
        (
            "values",
            Box::new(|new, more| new.values = labelled[more].clone()),
        ),
        ("values", Box::new(|new, more| new.values = wordy[more].clone())),
    ];
    for (field, change) in &rows {
        let mut new = threat("Heron", &[]);
        change(&mut new, 0);
        node.new_threat(who, &new)
            .await
            .unwrap_or_else(|why| panic!("{field}: {why}"));
        let mut new = threat("Heron", &[]);
        change(&mut new, 1);
        wrong(node.new_threat(who, &new).await, field);
    }
    let id = node.new_threat(who, &threat("Lark", &[])).await.unwrap();
    node.note_threat(who, &id, &text(REASON_MAX, 0)).await.unwrap();
    wrong(node.note_threat(who, &id, &text(REASON_MAX, 1)).await, "text");
    wrong(node.drop_threat(who, &id, &text(REASON_MAX, 1)).await, "reason");
    node.drop_threat(who, &id, &text(REASON_MAX, 0)).await.unwrap();

    type Lead<'a> = (&'a str, Box<dyn Fn(&mut NewLead, usize) + 'a>);
    let rows: Vec<Lead> = vec![
        ("title", Box::new(|new, more| new.title = text(TITLE_MAX, more))),
        (
            "text",
            Box::new(|new, more| new.text = text(REPORT_TEXT_MAX, more)),
        ),
        (
            "nexus",
            Box::new(|new, more| new.nexus = Some(text(REASON_MAX, more))),
        ),
        (
            "asks",
            Box::new(|new, more| new.asks = Some(text(REASON_MAX, more))),
        ),
        (
            "countries",
            Box::new(|new, more| new.countries = countries(COUNTRIES_MAX + more)),
        ),
        ("values", Box::new(|new, more| new.values = long[more].clone())),
        (
            "indicators.labels",
            Box::new(|new, more| new.values = labelled[more].clone()),
        ),
        (
            "indicators.labels",
            Box::new(|new, more| new.values = wordy[more].clone()),
        ),
    ];
    let mut last = None;
    for (field, change) in &rows {
        let mut new = lead(&story);
        change(&mut new, 0);
        last = Some(
            refer(&story, &new)
                .await
                .unwrap_or_else(|why| panic!("{field}: {why}")),
        );
        let mut new = lead(&story);
        change(&mut new, 1);
        wrong(refer(&story, &new).await, field);
    }
    story.sync().await.unwrap();
    let at = last.unwrap();
    let say = async |more: usize| {
        let said = LeadAnswer {
            word: None,
            text: text(REASON_MAX, more),
            onward: None,
        };
        node.answer_lead(story.org("agency").who("officer"), at, &said)
            .await
    };
    wrong(say(1).await, "text");
    say(0).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_alike_ends_at_its_limits() {
    let story = agreed(484).await;
    let (node, who) = story.at("agency", "investigator");
    let shared: Vec<String> = (0..=STRONGEST_MAX).map(|n| format!("h{n}.example")).collect();
    let shared: Vec<&str> = shared.iter().map(String::as_str).collect();
    let id = node.new_threat(who, &threat("Heron", &shared)).await.unwrap();
    for _ in 0..SIMILAR_MAX {
        node.new_threat(who, &threat("Lark", &shared)).await.unwrap();
    }
    let alike = node.similar_to_threat(who, &id).await.unwrap();
    assert_eq!(alike.len(), SIMILAR_MAX);
    assert_eq!(
        (alike[0].shared, alike[0].why.len()),
        (STRONGEST_MAX + 1, STRONGEST_MAX)
    );
    node.new_threat(who, &threat("Lark", &shared)).await.unwrap();
    assert_eq!(node.similar_to_threat(who, &id).await.unwrap().len(), SIMILAR_MAX);
}
