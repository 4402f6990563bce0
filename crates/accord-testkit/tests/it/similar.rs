//! Also seen in: what shares a value, among what a person sees, and what is not seen changes nothing.

use accord_model::content::{
    Indicator, IndicatorPublished, SubjectRecorded, SubjectStanding, SubjectStatus, VerdictWish,
};
use accord_model::{EntryRef, Role, SpaceId, Tlp};
use accord_service::{Draft, NewCase, NewLink, NewNote, ServiceError, Similar, SimilarWhat};
use accord_testkit::{Story, as_json};

use crate::THREE;
use crate::leaks::{everything, holds};
use crate::threats::threat;

fn indicators(values: &[&str]) -> Draft {
    let note = IndicatorPublished {
        indicators: values.iter().map(|value| Indicator::of(*value)).collect(),
        note: None,
        from: "analysis".into(),
        grading: None,
        source_protected: false,
        wish: VerdictWish::None,
        report: None,
        second: None,
    };
    Draft {
        title: "values".into(),
        marking: Tlp::Amber,
        to: Vec::new(),
        note: NewNote::new(note).unwrap(),
        expect: None,
    }
}

async fn second_case(story: &Story, operation: &str, parties: &[&str]) -> SpaceId {
    let (node, officer) = story.at("agency", "officer");
    let new = NewCase {
        agreement: story.agreement(),
        operation: operation.into(),
        reference: "K-2".into(),
        purpose: "cybercrime-investigation".into(),
        parties: parties.iter().map(|name| story.org(name).name.clone()).collect(),
    };
    node.open_case(officer, &new).await.unwrap()
}

async fn publish(story: &Story, case: SpaceId, values: &[&str]) -> EntryRef {
    let (node, officer) = story.at("agency", "officer");
    let operator = story.org("agency").who("operator");
    node.load_allow_list(operator, "top", "popular.example\n")
        .await
        .unwrap();
    node.publish_note(officer, case, &indicators(values))
        .await
        .unwrap()
        .at
}

fn cases(similar: &[Similar]) -> Vec<SimilarWhat> {
    similar.iter().map(|one| one.what.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_two_cases_share_is_told_in_words_and_popular_values_count_nothing() {
    let story = Story::asked(430, THREE).await;
    let (node, officer) = story.at("agency", "officer");
    let other = second_case(&story, "Operation Lark", &[]).await;
    let third = second_case(&story, "Operation Crow", &[]).await;
    publish(&story, story.case(), &["rare.example", "common.example"]).await;
    publish(&story, other, &["RARE.example", "common.example"]).await;
    publish(&story, third, &["common.example"]).await;
    let similar = node.similar_to_case(officer, story.case()).await.unwrap();
    assert_eq!(
        cases(&similar)[..2],
        [SimilarWhat::Case { id: other }, SimilarWhat::Case { id: third }]
    );
    assert!(
        similar[0].why[0].starts_with("rare.example"),
        "{:?}",
        similar[0].why
    );
    assert!(similar[0].shared > similar[1].shared);
    let id = node
        .new_threat(officer, &threat("Heron", &["rare.example", "popular.example"]))
        .await
        .unwrap();
    let of_threat = node.similar_to_threat(officer, &id).await.unwrap();
    assert!(
        of_threat
            .iter()
            .all(|one| one.why.iter().all(|why| !why.contains("popular")))
    );
    assert_eq!(of_threat.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_that_a_person_does_not_see_changes_nothing() {
    let mut story = Story::asked(431, THREE).await;
    story
        .org_mut("agency")
        .add_person("second", &[Role::Investigator])
        .await
        .unwrap();
    publish(&story, story.case(), &["rare.example"]).await;
    let visible = second_case(&story, "Operation Lark", &[]).await;
    publish(&story, visible, &["rare.example"]).await;
    let (node, approver) = story.at("agency", "approver");
    let person = story.org("agency").who("second").person;
    for case in [story.case(), visible] {
        let me = approver.person;
        if case == visible {
            node.add_member(approver, case, me, &[Role::Approver].into(), None)
                .await
                .unwrap();
        }
        node.add_member(approver, case, person, &[Role::Investigator].into(), None)
            .await
            .unwrap();
    }
    let second = story.org("agency").who("second");
    let before = as_json(&node.similar_to_case(second, story.case()).await.unwrap());
    // A case that only the officer sees, with the same value, and a threat of somebody else.
    let hidden = second_case(&story, "Hidden canary", &[]).await;
    publish(&story, hidden, &["rare.example"]).await;
    let officer = story.org("agency").who("officer");
    node.new_threat(officer, &threat("Hidden threat", &["rare.example"]))
        .await
        .unwrap();
    let after = as_json(&node.similar_to_case(second, story.case()).await.unwrap());
    assert_eq!(before, after, "not a line, not a weight, not a count");
    assert!(before.contains("Lark"));
    let seen = as_json(&node.similar_to_case(officer, story.case()).await.unwrap());
    assert!(seen.contains("Hidden canary") && seen.contains("Hidden threat"));
    let missing = node.similar_to_case(second, hidden).await;
    assert!(matches!(missing, Err(ServiceError::NotFound(_))), "{missing:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_told_to_the_parties_of_both_cases_and_to_nobody_else() {
    let story = Story::asked(432, THREE).await;
    let other = second_case(&story, "Linked canary", &["isp"]).await;
    let (node, officer) = story.at("agency", "officer");
    let link = |other| NewLink {
        other,
        reason: "the same panel".into(),
        marking: Tlp::Amber,
    };
    let published = node
        .link_cases(officer, story.case(), &link(other))
        .await
        .unwrap();
    let reached: Vec<_> = published
        .decisions
        .iter()
        .map(|decided| decided.to.as_str())
        .collect();
    assert_eq!(reached, ["isp"]);
    story.sync().await.unwrap();
    let text = "belongs together with Linked canary";
    assert!(holds(&everything(&story, "isp", "agency").await, text));
    assert!(!holds(
        &everything(&story, "hosting", "agency").await,
        "Linked canary"
    ));
    let itself = node.link_cases(officer, story.case(), &link(story.case())).await;
    assert!(matches!(itself, Err(ServiceError::Invalid { .. })), "{itself:?}");
    // Who sees one of the two only links nothing.
    let investigator = story.org("agency").who("investigator");
    let unseen = node.link_cases(investigator, story.case(), &link(other)).await;
    assert!(matches!(unseen, Err(ServiceError::NotFound(_))), "{unseen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn clearing_a_subject_takes_them_off_every_view() {
    let story = Story::asked(433, THREE).await;
    let case = story.case();
    let (node, officer) = story.at("agency", "officer");
    let draft = |title: &str, note: NewNote| Draft {
        title: title.into(),
        marking: Tlp::Amber,
        to: vec![story.org("agency").name.clone()],
        note,
        expect: None,
    };
    let recorded = SubjectRecorded {
        reference: "S-1".into(),
        name: Some("Bob Canary".into()),
        aliases: vec!["b0b-canary".into()],
        identifiers: vec!["bob-canary@mail.example".into()],
        countries: Vec::new(),
        text: "Bob Canary pays for the panel".into(),
    };
    let subject = node
        .publish_note(
            officer,
            case,
            &draft("Bob Canary", NewNote::new(recorded.clone()).unwrap()),
        )
        .await
        .unwrap()
        .at;
    let other = second_case(&story, "Operation Lark", &[]).await;
    let same = SubjectRecorded {
        reference: "S-9".into(),
        ..recorded
    };
    node.publish_note(officer, other, &draft("the same", NewNote::new(same).unwrap()))
        .await
        .unwrap();
    let status = |status, prosecutor: Option<&str>| {
        NewNote::new(SubjectStatus {
            subject,
            status,
            reason: "Bob Canary was somebody else".into(),
            prosecutor: prosecutor.map(str::to_owned),
            proceedings: None,
        })
        .unwrap()
    };
    let charged = status(SubjectStanding::Charged, Some("P. Canary"));
    node.publish_note(officer, case, &draft("charged Bob Canary", charged))
        .await
        .unwrap();
    let outcome = accord_model::content::OutcomeRecorded {
        outcome: accord_model::content::OutcomeKind::Acquitted,
        subject: Some(subject),
        authority: None,
        text: "Bob Canary walked".into(),
    };
    node.publish_note(
        officer,
        case,
        &draft("Bob Canary: acquitted", NewNote::new(outcome).unwrap()),
    )
    .await
    .unwrap();
    let everything_shown = || async {
        let mut all = as_json(&node.case(officer, case).await.unwrap());
        all += &as_json(&node.subjects(officer, case).await.unwrap());
        all += &as_json(&node.similar_to_case(officer, case).await.unwrap());
        all += &as_json(&node.schedule(officer, case).await.unwrap());
        all
    };
    let before = everything_shown().await.to_lowercase();
    for word in ["bob canary", "b0b-canary", "bob-canary@mail.example", "p. canary"] {
        assert!(before.contains(word), "{word}");
    }
    assert_eq!(
        node.case(officer, case).await.unwrap().head.prosecutors,
        ["P. Canary"]
    );
    let cleared = status(SubjectStanding::Cleared, None);
    node.publish_note(officer, case, &draft("cleared Bob Canary", cleared))
        .await
        .unwrap();
    let after = everything_shown().await.to_lowercase();
    assert!(!after.contains("canary"), "{after}");
    assert!(after.contains("s-1"), "the reference stays");
}
