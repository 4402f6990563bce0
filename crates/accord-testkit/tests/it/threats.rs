//! What is watched before there is a case: whose it is, what it takes, and that it stays.

use accord_model::agreement::templates::Template;
use accord_model::content::Indicator;
use accord_model::{OrgKind, Role};
use accord_service::{
    Assessment, Level, NewCase, NewThreat, ServiceError, THREAT_NOTES_MAX, THREAT_TEXT_MAX,
    THREAT_VALUES_MAX, ThreatChange, ThreatPerson, ThreatStatus,
};
use accord_testkit::Story;

use crate::leaks::{everything, holds};
use crate::{TWO, denied};

pub fn threat(name: &str, values: &[&str]) -> NewThreat {
    NewThreat {
        name: name.into(),
        what: "a panel that rents out loaders".into(),
        values: values.iter().map(|value| Indicator::of(*value)).collect(),
        ..NewThreat::default()
    }
}

fn missing<T: std::fmt::Debug>(outcome: Result<T, ServiceError>) {
    assert!(
        matches!(outcome, Err(ServiceError::NotFound("threat"))),
        "{outcome:?}"
    );
}

fn wrong<T: std::fmt::Debug>(outcome: Result<T, ServiceError>, expected: &str) {
    match outcome {
        Err(ServiceError::Invalid { field, .. }) => assert_eq!(field, expected),
        other => panic!("{expected}: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_threat_is_seen_by_who_works_on_it_and_by_nobody_else() {
    let story = Story::asked(410, TWO).await;
    let (node, investigator) = story.at("agency", "investigator");
    let officer = story.org("agency").who("officer");
    let id = node
        .new_threat(investigator, &threat("Heron", &["evil.example"]))
        .await
        .unwrap();
    assert_eq!(node.threats(investigator).await.unwrap().len(), 1);
    assert!(node.threats(officer).await.unwrap().is_empty());
    missing(node.threat(officer, &id).await);
    missing(node.note_threat(officer, &id, "I see you").await);
    missing(node.drop_threat(officer, &id, "no").await);
    missing(node.similar_to_threat(officer, &id).await);
    denied(node.threats(story.org("agency").who("approver")).await);
    denied(
        node.new_threat(story.org("agency").who("auditor"), &threat("x", &[]))
            .await,
    );

    let join = |person, remove| ThreatPerson { person, remove };
    node.staff_threat(investigator, &id, &join(officer.person, false))
        .await
        .unwrap();
    assert_eq!(node.threat(officer, &id).await.unwrap().summary.name, "Heron");
    // Whom its author added adds nobody, and may leave.
    denied(
        node.staff_threat(officer, &id, &join(investigator.person, true))
            .await,
    );
    let auditor = story.org("agency").who("auditor").person;
    wrong(
        node.staff_threat(investigator, &id, &join(auditor, false)).await,
        "person",
    );
    node.staff_threat(officer, &id, &join(officer.person, true))
        .await
        .unwrap();
    missing(node.threat(officer, &id).await);
    let alone = node
        .staff_threat(investigator, &id, &join(investigator.person, true))
        .await;
    assert!(matches!(alone, Err(ServiceError::Conflict(_))), "{alone:?}");

    // Nothing of it leaves, whatever is pulled.
    story.sync().await.unwrap();
    let got = everything(&story, "isp", "agency").await;
    assert!(!holds(&got, "rents out loaders") && !holds(&got, &id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_threat_is_noted_assessed_changed_and_dropped_and_is_there_after_a_restart() {
    let mut story = Story::begin(411, TWO).await;
    let (node, who) = story.at("agency", "investigator");
    let mut new = threat("Heron", &["evil.example"]);
    let id = node.new_threat(who, &new).await.unwrap();
    wrong(node.assess_threat(who, &id).await, "assessment");
    new.assessment = Some(Assessment {
        impact: Level::High,
        likelihood: Level::Medium,
        confidence: Level::Low,
    });
    let change = |version| ThreatChange {
        version,
        threat: new.clone(),
    };
    node.change_threat(who, &id, &change(1)).await.unwrap();
    let stale = node.change_threat(who, &id, &change(1)).await;
    assert!(matches!(stale, Err(ServiceError::Conflict(_))), "{stale:?}");
    node.assess_threat(who, &id).await.unwrap();
    node.note_threat(who, &id, "the panel moved").await.unwrap();

    story.org_mut("agency").restart().await;
    let (node, who) = story.at("agency", "investigator");
    let view = node.threat(who, &id).await.unwrap();
    assert_eq!(view.summary.status, ThreatStatus::Assessed);
    assert_eq!(view.notes[0].text, "the panel moved");
    node.drop_threat(who, &id, "it is gone").await.unwrap();
    let view = node.threat(who, &id).await.unwrap();
    assert_eq!(
        (view.summary.status, view.reason.as_deref()),
        (ThreatStatus::Dropped, Some("it is gone"))
    );
    let closed = node.change_threat(who, &id, &change(view.version)).await;
    assert!(matches!(closed, Err(ServiceError::Conflict(_))), "{closed:?}");
    node.resume_threat(who, &id).await.unwrap();
    assert_eq!(
        node.threat(who, &id).await.unwrap().summary.status,
        ThreatStatus::Watching
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_threat_takes_has_limits_and_each_field_is_named() {
    let story = Story::begin(412, TWO).await;
    let (node, who) = story.at("agency", "investigator");
    let with = |change: &dyn Fn(&mut NewThreat)| {
        let mut new = threat("Heron", &[]);
        change(&mut new);
        new
    };
    let name = |length: usize| with(&|new| new.name = "n".repeat(length));
    node.new_threat(who, &name(200)).await.unwrap();
    wrong(node.new_threat(who, &name(201)).await, "name");
    let what = |length: usize| with(&|new| new.what = "w".repeat(length));
    node.new_threat(who, &what(THREAT_TEXT_MAX)).await.unwrap();
    wrong(node.new_threat(who, &what(THREAT_TEXT_MAX + 1)).await, "what");
    let values = |count: usize| {
        with(&|new| {
            new.values = (0..count)
                .map(|i| Indicator::of(format!("h{i}.example")))
                .collect()
        })
    };
    node.new_threat(who, &values(THREAT_VALUES_MAX)).await.unwrap();
    wrong(
        node.new_threat(who, &values(THREAT_VALUES_MAX + 1)).await,
        "values",
    );
    type Spoil = dyn Fn(&mut NewThreat);
    let rows: &[(&Spoil, &str)] = &[
        (&|new| new.name = "two\nlines".into(), "name"),
        (&|new| new.what = " ".into(), "what"),
        (&|new| new.what = "turned \u{202e}".into(), "what"),
        (&|new| new.values = vec![Indicator::of("no value")], "values"),
        (
            &|new| new.values = vec![Indicator::of("a.example"), Indicator::of("A.example")],
            "values",
        ),
        (&|new| new.countries = vec!["nl".into()], "countries"),
        (&|new| new.nexus = Some("n".repeat(4_001)), "nexus"),
        (
            &|new| new.options.pursue = Some("n".repeat(4_001)),
            "options.pursue",
        ),
    ];
    for (change, field) in rows {
        wrong(node.new_threat(who, &with(*change)).await, field);
    }
    let id = node.new_threat(who, &threat("Lark", &[])).await.unwrap();
    wrong(node.note_threat(who, &id, &"n".repeat(4_001)).await, "text");
    for _ in 0..THREAT_NOTES_MAX {
        node.note_threat(who, &id, "note").await.unwrap();
    }
    let over = node.note_threat(who, &id, "note").await;
    assert!(matches!(over, Err(ServiceError::Conflict(_))), "{over:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_opened_from_a_threat_says_so_to_us_alone() {
    let mut story = Story::begin(413, TWO).await;
    story
        .agree(Template::AgencyIsp, &["agency", "isp"])
        .await
        .unwrap();
    let (node, officer) = story.at("agency", "officer");
    let id = node
        .new_threat(officer, &threat("Secret Heron", &[]))
        .await
        .unwrap();
    let new = NewCase {
        agreement: story.agreement(),
        operation: "Operation Lark".into(),
        reference: "K-1".into(),
        purpose: "cybercrime-investigation".into(),
        parties: vec![story.org("isp").name.clone()],
    };
    denied(
        node.open_case_from_threat(story.org("agency").who("investigator"), &id, &new)
            .await,
    );
    let case = node.open_case_from_threat(officer, &id, &new).await.unwrap();
    let view = node.threat(officer, &id).await.unwrap();
    assert_eq!(view.summary.status, ThreatStatus::Opened);
    assert_eq!(view.opened_as.unwrap().id, case);
    let again = node.open_case_from_threat(officer, &id, &new).await;
    assert!(matches!(again, Err(ServiceError::Conflict(_))), "{again:?}");
    let first = node.case(officer, case).await.unwrap();
    assert!(
        first
            .timeline
            .iter()
            .any(|item| item.text.as_deref().unwrap_or_default().contains("Secret Heron"))
    );
    story.sync().await.unwrap();
    let got = everything(&story, "isp", "agency").await;
    assert!(holds(&got, "Operation Lark") && !holds(&got, "Secret Heron"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_see_no_case_sees_no_relation_to_it() {
    let mut story = Story::asked(414, &[("agency", OrgKind::Agency), ("isp", OrgKind::Isp)]).await;
    story
        .org_mut("agency")
        .add_person("second", &[Role::Investigator])
        .await
        .unwrap();
    let (node, who) = story.at("agency", "investigator");
    let second = story.org("agency").who("second");
    let id = node.new_threat(who, &threat("Heron", &[])).await.unwrap();
    let join = ThreatPerson {
        person: second.person,
        remove: false,
    };
    node.staff_threat(who, &id, &join).await.unwrap();
    node.relate_threat(who, &id, story.case(), true).await.unwrap();
    assert_eq!(node.threat(who, &id).await.unwrap().cases.len(), 1);
    assert!(node.threat(second, &id).await.unwrap().cases.is_empty());
    let relate = node.relate_threat(second, &id, story.case(), true).await;
    assert!(
        matches!(relate, Err(ServiceError::NotFound("case"))),
        "{relate:?}"
    );
}
