//! Leads between nodes: who gets one, who answers, what goes back, what goes on, and what nobody else hears.

use accord_model::agreement::templates::Template;
use accord_model::content::{Indicator, LeadWord};
use accord_model::control::Stage;
use accord_model::{EntryRef, OrgKind, Role, Tlp};
use accord_service::{
    LEAD_FEEDBACK_DAYS, LEAD_VALUES_MAX, LeadAnswer, NewCase, NewLead, OnwardAnswer, OpenFromLead,
    ServiceError, ThreatStatus, Todo,
};
use accord_testkit::{DAY_MS, Story, once, pair};

use crate::denied;
use crate::leaks::{everything, holds};
use crate::threats::threat;

const PARTIES: &[(&str, OrgKind)] = &[
    ("agency", OrgKind::Agency),
    ("isp", OrgKind::Isp),
    ("vendor", OrgKind::Vendor),
];

pub async fn begin(seed: u64, template: Template) -> Story {
    let mut story = Story::begin(seed, PARTIES).await;
    for org in ["isp", "vendor"] {
        story
            .org_mut(org)
            .add_person("researcher", &[Role::Researcher])
            .await
            .unwrap();
    }
    pair(story.org("isp"), story.org("vendor")).await.unwrap();
    let parties: &[&str] = match template {
        Template::AgencyVendor => &["agency", "vendor"],
        _ => &["agency", "isp", "vendor"],
    };
    story.agree(template, parties).await.unwrap();
    story
}

pub fn lead(story: &Story, to: &str) -> NewLead {
    NewLead {
        agreement: story.agreement(),
        to: story.org(to).name.clone(),
        title: "A loader panel".into(),
        marking: Tlp::Amber,
        text: "lead-canary: the panel rents out loaders <b>=1+1</b>".into(),
        nexus: Some("its customers are here".into()),
        countries: vec!["NL".into()],
        asks: Some("find who pays for it".into()),
        grading: None,
        source_protected: false,
        values: vec![Indicator::of("value-canary.example")],
        threat: None,
        onward_of: None,
        expect_now: None,
    }
}

pub fn words(word: Option<LeadWord>, text: &str) -> LeadAnswer {
    LeadAnswer {
        word,
        text: text.into(),
        onward: None,
    }
}

pub fn missing<T: std::fmt::Debug>(outcome: Result<T, ServiceError>) {
    assert!(matches!(outcome, Err(ServiceError::NotFound(_))), "{outcome:?}");
}

pub async fn refer(story: &Story, new: &NewLead) -> EntryRef {
    let (node, who) = story.at("vendor", "researcher");
    let at = node.refer_lead(who, new).await.unwrap().at;
    story.sync().await.unwrap();
    at
}

pub async fn waits(story: &Story, org: &str, sign_in: &str, of: impl Fn(&Todo) -> bool) -> usize {
    let (node, who) = story.at(org, sign_in);
    let inbox = node.inbox(who).await.unwrap();
    inbox.iter().filter(|item| of(&item.todo)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_reaches_the_partner_that_is_named_and_nobody_else() {
    let story = begin(420, Template::IntelligenceOnly).await;
    let at = refer(&story, &lead(&story, "agency")).await;
    let (node, officer) = story.at("agency", "officer");
    let view = node.lead(officer, at).await.unwrap();
    assert_eq!(view.text, "lead-canary: the panel rents out loaders <b>=1+1</b>");
    assert_eq!(view.values[0].value, "value-canary.example");
    assert!(!view.values_missing && view.answers && view.in_force);
    assert_eq!(view.summary.giver, story.org("vendor").name);
    assert_eq!(
        waits(&story, "agency", "officer", |todo| *todo
            == Todo::AnswerLead { lead: at })
        .await,
        1
    );
    // Within the agency: its desk, and not who was not handed it.
    let investigator = story.org("agency").who("investigator");
    missing(node.lead(investigator, at).await);
    assert_eq!(
        waits(&story, "agency", "investigator", |todo| matches!(
            todo,
            Todo::AnswerLead { .. }
        ))
        .await,
        0
    );
    denied(node.lead(story.org("agency").who("auditor"), at).await);
    node.hand_lead(officer, at, investigator.person).await.unwrap();
    assert!(node.lead(investigator, at).await.is_ok());
    // The other party of the very same agreement has nothing of it.
    let (other, researcher) = story.at("isp", "researcher");
    missing(other.lead(researcher, at).await);
    missing(
        other
            .answer_lead(researcher, at, &words(Some(LeadWord::Declined), "no"))
            .await,
    );
    assert!(other.leads(researcher).await.unwrap().is_empty());
    let got = everything(&story, "isp", "vendor").await;
    assert!(!holds(&got, "lead-canary") && !holds(&got, "value-canary"));
    let got = everything(&story, "agency", "vendor").await;
    assert!(holds(&got, "lead-canary") && holds(&got, "value-canary"));
    // Its giver does not answer it.
    let (giver, researcher) = story.at("vendor", "researcher");
    let own = giver.answer_lead(researcher, at, &words(None, "x")).await;
    assert!(matches!(own, Err(ServiceError::Conflict(_))), "{own:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_is_opened_from_a_lead_and_its_giver_hears_that_it_was_taken_up() {
    let mut story = begin(421, Template::AgencyVendor).await;
    let at = refer(&story, &lead(&story, "agency")).await;
    let (node, officer) = story.at("agency", "officer");
    let new = OpenFromLead {
        case: NewCase {
            agreement: story.agreement(),
            operation: "Operation Heron".into(),
            reference: "K-1".into(),
            purpose: "cybercrime-investigation".into(),
            parties: Vec::new(),
        },
        text: "we work on it".into(),
    };
    let (third, researcher) = story.at("isp", "researcher");
    denied(third.open_case_from_lead(researcher, at, &new).await);
    let case = node.open_case_from_lead(officer, at, &new).await.unwrap();
    story.sync().await.unwrap();
    // The case cites it, for the agency alone; the vendor hears that it was taken up, and not by which case.
    let view = node.case(officer, case).await.unwrap();
    let cites = |text: &Option<String>| text.as_deref().unwrap_or_default().contains(&at.to_string());
    assert!(view.timeline.iter().any(|item| cites(&item.text)));
    let (giver, who) = story.at("vendor", "researcher");
    let told = giver.lead(who, at).await.unwrap();
    assert_eq!(told.summary.standing, "taken-up");
    assert_eq!(told.feedback[0].text, "we work on it");
    assert!(told.case.is_none());
    let got = everything(&story, "vendor", "agency").await;
    assert!(holds(&got, "we work on it") && !holds(&got, "Operation Heron"));
    assert_eq!(node.lead(officer, at).await.unwrap().case.unwrap().id, case);

    // Once the case came to something, its giver is owed that until it is told.
    let owed = |todo: &Todo| *todo == Todo::TellOutcome { lead: at };
    assert_eq!(waits(&story, "agency", "officer", owed).await, 0);
    node.stage_case(officer, case, Stage::Declined, Some("nothing in it".into()))
        .await
        .unwrap();
    assert_eq!(waits(&story, "agency", "officer", owed).await, 1);
    story.org_mut("agency").restart().await;
    assert_eq!(waits(&story, "agency", "officer", owed).await, 1);
    let (node, officer) = story.at("agency", "officer");
    node.answer_lead(officer, at, &words(Some(LeadWord::Outcome), "it led nowhere"))
        .await
        .unwrap();
    assert_eq!(waits(&story, "agency", "officer", owed).await, 0);
    story.sync().await.unwrap();
    let (giver, who) = story.at("vendor", "researcher");
    assert_eq!(giver.lead(who, at).await.unwrap().feedback.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_waits_for_feedback_and_is_overdue_after_its_days() {
    let story = begin(422, Template::IntelligenceOnly).await;
    let at = refer(&story, &lead(&story, "agency")).await;
    let (node, officer) = story.at("agency", "officer");
    let item = |inbox: Vec<accord_service::InboxItem>| {
        inbox
            .into_iter()
            .find(|item| item.todo == Todo::AnswerLead { lead: at })
    };
    let first = item(node.inbox(officer).await.unwrap()).unwrap();
    assert_eq!(first.urgency(node.now_ms()), None);
    story.world.advance(LEAD_FEEDBACK_DAYS * DAY_MS + 1);
    let late = item(node.inbox(officer).await.unwrap()).unwrap();
    assert_eq!(late.urgency(node.now_ms()), Some("overdue"));
    node.answer_lead(officer, at, &words(Some(LeadWord::Declined), "not ours"))
        .await
        .unwrap();
    assert!(item(node.inbox(officer).await.unwrap()).is_none());
    story.sync().await.unwrap();
    let (giver, who) = story.at("vendor", "researcher");
    assert_eq!(giver.lead(who, at).await.unwrap().summary.standing, "declined");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_lead_goes_under_an_agreement_that_has_ended() {
    let story = begin(423, Template::IntelligenceOnly).await;
    let before = refer(&story, &lead(&story, "agency")).await;
    let (node, signatory) = story.at("agency", "signatory");
    node.terminate_agreement(signatory, story.agreement(), "over")
        .await
        .unwrap();
    story.sync().await.unwrap();
    let (giver, who) = story.at("vendor", "researcher");
    let refused = denied(giver.refer_lead(who, &lead(&story, "agency")).await);
    assert_eq!(refused.clause.as_deref(), Some("0.1"));
    assert!(giver.lead_recipients(who).await.unwrap().is_empty());
    // What was refused was not written.
    assert_eq!(giver.leads(who).await.unwrap().len(), 1);
    // An answer to the earlier one is kept here, and does not leave.
    let (node, officer) = story.at("agency", "officer");
    let said = words(Some(LeadWord::Declined), "late-canary");
    let published = node.answer_lead(officer, before, &said).await.unwrap();
    assert!(published.decisions.iter().all(|decided| !decided.is_yes()));
    assert!(!node.lead(officer, before).await.unwrap().feedback[0].delivered);
    story.sync().await.unwrap();
    assert!(!holds(
        &everything(&story, "vendor", "agency").await,
        "late-canary"
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_above_the_ceiling_waits_for_the_approver_with_its_values() {
    let story = begin(424, Template::IntelligenceOnly).await;
    let new = NewLead {
        marking: Tlp::Red,
        ..lead(&story, "agency")
    };
    let (giver, who) = story.at("vendor", "researcher");
    let preview = giver.preview_lead(who, &new).await.unwrap();
    assert!(!preview.goes_now());
    let changed = NewLead {
        expect_now: Some(true),
        ..new.clone()
    };
    let changed = giver.refer_lead(who, &changed).await;
    assert!(matches!(changed, Err(ServiceError::Conflict(_))), "{changed:?}");
    let at = refer(&story, &new).await;
    assert!(!holds(
        &everything(&story, "agency", "vendor").await,
        "lead-canary"
    ));
    let (node, officer) = story.at("agency", "officer");
    missing(node.lead(officer, at).await);
    let agency = story.org("agency").name.clone();
    denied(giver.approve_lead(who, at, &agency).await);
    let approver = story.org("vendor").who("approver");
    let waiting = |todo: &Todo| matches!(todo, Todo::ApproveLead { note, .. } if *note == at);
    assert_eq!(waits(&story, "vendor", "approver", waiting).await, 1);
    giver.approve_lead(approver, at, &agency).await.unwrap();
    assert_eq!(waits(&story, "vendor", "approver", waiting).await, 0);
    story.sync().await.unwrap();
    let view = node.lead(officer, at).await.unwrap();
    assert_eq!(view.values.len(), 1);
    missing(
        giver
            .approve_lead(approver, at, &story.org("isp").name.clone())
            .await,
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_goes_on_only_as_its_giver_says() {
    let story = begin(425, Template::IntelligenceOnly).await;
    let at = refer(&story, &lead(&story, "agency")).await;
    let (node, officer) = story.at("agency", "officer");
    let isp = story.org("isp").name.clone();
    let onward = NewLead {
        onward_of: Some(at),
        text: "onward-canary".into(),
        values: Vec::new(),
        ..lead(&story, "isp")
    };
    let refused = denied(node.refer_lead(officer, &onward).await);
    assert!(refused.rule.contains("no onward sharing"), "{refused:?}");
    let ask = LeadAnswer {
        onward: Some(isp.clone()),
        ..words(Some(LeadWord::OnwardAsked), "they host it")
    };
    let asked = node.answer_lead(officer, at, &ask).await.unwrap().at;
    denied(node.refer_lead(officer, &onward).await);
    story.sync().await.unwrap();
    let (giver, who) = story.at("vendor", "researcher");
    let item = Todo::AnswerOnward { asked, lead: at };
    assert_eq!(
        waits(&story, "vendor", "researcher", |todo| *todo == item).await,
        1
    );
    let yes = OnwardAnswer {
        allowed: true,
        text: "you may".into(),
    };
    missing(node.answer_onward(officer, asked, &yes).await);
    giver.answer_onward(who, asked, &yes).await.unwrap();
    assert_eq!(
        waits(&story, "vendor", "researcher", |todo| *todo == item).await,
        0
    );
    story.sync().await.unwrap();
    // The marking is kept, and it is for that one organisation.
    let lesser = NewLead {
        marking: Tlp::Green,
        ..onward.clone()
    };
    let lesser = node.refer_lead(officer, &lesser).await;
    assert!(matches!(lesser, Err(ServiceError::Invalid { .. })), "{lesser:?}");
    node.refer_lead(officer, &onward).await.unwrap();
    story.sync().await.unwrap();
    assert!(holds(&everything(&story, "isp", "agency").await, "onward-canary"));
    assert_eq!(node.lead(officer, at).await.unwrap().passed_on, [isp]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_made_from_a_threat_takes_nothing_of_it_along() {
    let story = begin(426, Template::IntelligenceOnly).await;
    let (node, who) = story.at("vendor", "researcher");
    let id = node.new_threat(who, &threat("Threat canary", &[])).await.unwrap();
    let at = refer(
        &story,
        &NewLead {
            threat: Some(id.clone()),
            ..lead(&story, "agency")
        },
    )
    .await;
    let view = node.threat(who, &id).await.unwrap();
    assert_eq!(view.summary.status, ThreatStatus::Referred);
    assert_eq!((view.leads[0].at, view.leads[0].standing), (at, "waiting"));
    assert!(!holds(
        &everything(&story, "agency", "vendor").await,
        "Threat canary"
    ));
    let strange = NewLead {
        threat: Some("0".repeat(32)),
        ..lead(&story, "agency")
    };
    missing(node.refer_lead(who, &strange).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_lead_takes_has_limits_and_each_field_is_named() {
    let story = begin(427, Template::IntelligenceOnly).await;
    let (node, who) = story.at("vendor", "researcher");
    let many = |count: usize| {
        (0..count)
            .map(|i| Indicator::of(format!("h{i}.example")))
            .collect::<Vec<_>>()
    };
    let at_limit = NewLead {
        values: many(LEAD_VALUES_MAX),
        nexus: Some("n".repeat(4_000)),
        ..lead(&story, "agency")
    };
    node.refer_lead(who, &at_limit).await.unwrap();
    let base = lead(&story, "agency");
    let rows: Vec<(NewLead, &str)> = vec![
        (
            NewLead {
                values: many(LEAD_VALUES_MAX + 1),
                ..base.clone()
            },
            "values",
        ),
        (
            NewLead {
                values: vec![Indicator::of("no value")],
                ..base.clone()
            },
            "values",
        ),
        (
            NewLead {
                title: "t".repeat(201),
                ..base.clone()
            },
            "title",
        ),
        (
            NewLead {
                text: String::new(),
                ..base.clone()
            },
            "text",
        ),
        (
            NewLead {
                nexus: Some("n".repeat(4_001)),
                ..base.clone()
            },
            "nexus",
        ),
        (
            NewLead {
                asks: Some("n".repeat(4_001)),
                ..base.clone()
            },
            "asks",
        ),
        (
            NewLead {
                to: story.org("vendor").name.clone(),
                ..base.clone()
            },
            "to",
        ),
        (
            NewLead {
                to: "nobody".parse().unwrap(),
                ..base.clone()
            },
            "to",
        ),
    ];
    for (new, expected) in rows {
        match node.refer_lead(who, &new).await {
            Err(ServiceError::Invalid { field, .. }) => assert_eq!(field, expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
    denied(node.refer_lead(story.org("vendor").who("approver"), &base).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_is_referred_once_however_often_it_is_sent() {
    let mut story = begin(428, Template::IntelligenceOnly).await;
    for _ in 0..2 {
        let (node, who) = story.at("vendor", "researcher");
        let new = lead(&story, "agency");
        let at: accord_service::ReferredLead = once(node, who, "refer", node.refer_lead(who, &new))
            .await
            .unwrap();
        assert_eq!(node.leads(who).await.unwrap()[0].at, at.at);
        assert_eq!(node.leads(who).await.unwrap().len(), 1);
        story.org_mut("vendor").restart().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_whose_time_is_over_is_destroyed_where_it_was_received() {
    let story = begin(429, Template::IntelligenceOnly).await;
    let at = refer(&story, &lead(&story, "agency")).await;
    let (node, officer) = story.at("agency", "officer");
    assert_eq!(
        node.destroy_what_is_over().await.unwrap(),
        0,
        "nothing is over yet"
    );
    story.world.advance(365 * DAY_MS);
    // The lead and its values.
    assert_eq!(node.destroy_what_is_over().await.unwrap(), 2);
    missing(node.lead(officer, at).await);
    let (giver, who) = story.at("vendor", "researcher");
    assert!(giver.lead(who, at).await.is_ok(), "who wrote it keeps it");
}
