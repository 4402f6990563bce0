//! What a researcher brings in at the vendor, seen at the agency; and everything that must not happen with it.

use std::collections::BTreeSet;
use std::sync::Arc;

use accord_formats::peer::{ObjectAnswer, ObjectQuestion};
use accord_model::agreement::templates::Template;
use accord_model::content::{
    Admiralty, ContentBody, Credibility, FileNature, Grading, Reliability, TargetCheck, VerdictWish,
};
use accord_model::control::RecallDone;
use accord_model::{EntryRef, OrgKind, Role, SpaceId, Tlp};
use accord_service::{
    CASE_FILES_MAX_BYTES, Choices, DRAFT_BYTES_MAX, DRAFTS_MAX, FILE_MAX_BYTES, ImportPublished, IntelFilter,
    IntelKind, NewFile, Node, RecallAnswer, ServiceError, SignedIn, Way,
};
use accord_testkit::{Story, pair};

use crate::leaks::{Asker, everything, holds};
use crate::{clean, denied};

const ORGS: &[(&str, OrgKind)] = &[
    ("agency", OrgKind::Agency),
    ("other", OrgKind::Vendor),
    ("vendor", OrgKind::Vendor),
];
const REPORT: &str = "# Loader of autumn\nTLP:AMBER\n\nIt talks to c2.evil.example and 203.0.113.66,\nand shows \
                      www.bank.example to its victims (T1566.002).\n- drop.evil.example\n";

/// A case of three, with a researcher at the vendor and lists of what many use.
async fn story(seed: u64) -> Story {
    let mut story = Story::begin(seed, ORGS).await;
    let parties = ["agency", "other", "vendor"];
    story.agree(Template::AgencyVendor, &parties).await.unwrap();
    story.open_case(&["other", "vendor"]).await.unwrap();
    story.sync().await.unwrap();
    for org in ["other", "vendor"] {
        story.join_case(org).await.unwrap();
    }
    for sign_in in ["researcher", "second"] {
        story
            .org_mut("vendor")
            .add_person(sign_in, &[Role::Researcher])
            .await
            .unwrap();
        let (vendor, approver) = story.at("vendor", "approver");
        let person = story.at("vendor", sign_in).1.person;
        vendor
            .add_member(approver, story.case(), person, &[Role::Researcher].into(), None)
            .await
            .unwrap();
    }
    story.sync().await.unwrap();
    for org in parties {
        let (node, operator) = story.at(org, "operator");
        node.load_allow_list(operator, "top", "www.bank.example\n")
            .await
            .unwrap();
    }
    story
}

fn researcher(story: &Story) -> (&Node, &SignedIn, SpaceId) {
    let (node, who) = story.at("vendor", "researcher");
    (node, who, story.case())
}

async fn draft(story: &Story, text: &[u8]) -> String {
    let (node, who, case) = researcher(story);
    let draft = node
        .draft_import(who, "autumn.md", Some(case), text.to_vec())
        .await;
    draft.unwrap().id
}

async fn publish(story: &Story, id: &str, choices: &Choices) -> ImportPublished {
    let (node, who, case) = researcher(story);
    node.choose_import(who, id, Some(case), choices).await.unwrap();
    let plan = node.plan_import(who, id).await.unwrap();
    node.publish_import(who, id, Some(&plan.reaches)).await.unwrap()
}

fn sample(marking: Tlp, to: &[&str]) -> NewFile {
    NewFile {
        title: "The loader".into(),
        marking,
        to: to.iter().map(|org| org.parse().unwrap()).collect(),
        name: "loader.exe".into(),
        media_type: "application/octet-stream".into(),
        nature: FileNature::Sample,
        about: None,
        note: None,
        expect: None,
    }
}

fn body(story: &Story, org: &str, at: EntryRef) -> impl Future<Output = ContentBody> {
    let (node, who) = story.at(org, "approver");
    let (node, who) = (story.org(org).node().clone(), (node, who).1.clone());
    async move {
        let item = node.intel_item(&who, at).await.unwrap();
        let kind = match item.kind {
            IntelKind::Report => accord_model::EntryKind::ReportPublished,
            IntelKind::Indicators => accord_model::EntryKind::IndicatorPublished,
            IntelKind::File => accord_model::EntryKind::FileAttached,
        };
        ContentBody::from_json(kind, item.body).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_brought_in_at_the_vendor_is_seen_at_the_agency_with_its_bytes() {
    let mut story = story(501).await;
    let id = draft(&story, REPORT.as_bytes()).await;
    let (node, who, case) = researcher(&story);
    let view = node.import(who, &id).await.unwrap();
    assert_eq!(view.marking, Tlp::Amber);
    let values: Vec<(&str, bool, bool)> = view
        .values
        .iter()
        .map(|value| (value.found.value.as_str(), value.ticked, value.second))
        .collect();
    assert_eq!(
        values,
        [
            ("c2.evil.example", true, false),
            ("203.0.113.66", true, false),
            ("www.bank.example", false, true),
            ("drop.evil.example", true, false),
        ]
    );
    assert_eq!(view.values[2].unticked_because, ["on the allow list top"]);
    let choices = Choices {
        labels: vec!["autumn".into()],
        confidence: Some(80),
        grading: Some(Grading {
            three_five_two: None,
            admiralty: Some(Admiralty {
                reliability: Reliability::Usually,
                credibility: Credibility::Probable,
            }),
        }),
        wish: Some(VerdictWish::Detect),
        report: Some("A loader, described.".into()),
        attach: Some(FileNature::Document),
        ..Choices::default()
    };
    node.choose_import(who, &id, Some(case), &choices).await.unwrap();
    let plan = node.plan_import(who, &id).await.unwrap();
    assert_eq!(plan.notes.len(), 3, "a report, a note with three values, a file");
    assert_eq!(plan.notes[1].values, 3);
    assert!(plan.reaches.contains(&"agency".parse().unwrap()), "{plan:?}");
    let done = node.publish_import(who, &id, Some(&plan.reaches)).await.unwrap();
    assert!(node.imports(who).await.unwrap().is_empty(), "the draft is done");
    let report = done.reference().unwrap();
    story.sync().await.unwrap();

    let ContentBody::ReportPublished(said) = body(&story, "agency", report).await else {
        panic!("a report");
    };
    assert_eq!(said.techniques, ["T1566.002"]);
    let ContentBody::IndicatorPublished(said) = body(&story, "agency", done.indicators[0].at).await else {
        panic!("indicators");
    };
    assert_eq!(said.report, Some(report));
    assert_eq!(said.from, "text: autumn.md");
    assert_eq!(said.grading, choices.grading);
    assert_eq!(said.indicators[0].labels, ["autumn"]);
    assert_eq!(said.indicators[0].confidence, Some(80));
    let note = said.note.unwrap();
    assert!(note.contains("c2.evil.example: line 4"), "{note}");
    let (agency, investigator) = story.at("agency", "investigator");
    let file = done.files[0].at;
    let item = agency.intel_item(investigator, file).await.unwrap();
    assert_eq!((item.marking, item.here), (Tlp::Amber, Some(true)));
    let (view, bytes) = agency.download_file(investigator, file).await.unwrap();
    assert_eq!(bytes, REPORT.as_bytes());
    assert_eq!(
        (view.file.name.as_str(), view.file.about),
        ("autumn.md", Some(report))
    );
    // The owner is told of the look, and both access logs have their line.
    story.sync().await.unwrap();
    let (vendor, who, _) = researcher(&story);
    let looks = vendor.looks_at(who, case, file).await.unwrap();
    assert!(
        looks
            .iter()
            .any(|look| look.way == Way::Downloaded && look.org.as_str() == "agency")
    );
    for (org, what) in [
        ("agency", "file.downloaded"),
        ("vendor", "object.fetched"),
        ("vendor", "import.published"),
    ] {
        let (node, auditor) = story.at(org, "auditor");
        let log = node.access_log(auditor, None).await.unwrap();
        assert!(log.iter().any(|line| line.what == what), "{org}: {what}");
    }
    clean(&mut story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_its_authors_alone_and_survives_a_restart() {
    let mut story = story(502).await;
    let id = draft(&story, REPORT.as_bytes()).await;
    let (node, who, case) = researcher(&story);
    let choices = Choices {
        ticks: [(0, false)].into(),
        title: Some("Mine".into()),
        ..Choices::default()
    };
    node.choose_import(who, &id, Some(case), &choices).await.unwrap();
    let over = Choices {
        ticks: [(4, true)].into(),
        ..Choices::default()
    };
    let outcome = node.choose_import(who, &id, Some(case), &over).await;
    assert!(
        matches!(outcome, Err(ServiceError::Invalid { .. })),
        "{outcome:?}"
    );
    clean(&mut story).await;
    for sign_in in ["researcher", "second"] {
        story.org_mut("vendor").enter(sign_in).await.unwrap();
    }
    let (node, who, _) = researcher(&story);
    let view = node.import(who, &id).await.unwrap();
    assert_eq!(view.draft.choices, choices);
    assert!(!view.values[0].ticked && view.values[1].ticked);
    let other = story.at("vendor", "second").1;
    assert!(node.imports(other).await.unwrap().is_empty());
    for outcome in [
        node.import(other, &id).await.map(|_| ()),
        node.plan_import(other, &id).await.map(|_| ()),
        node.publish_import(other, &id, None).await.map(|_| ()),
        node.choose_import(other, &id, None, &Choices::default())
            .await
            .map(|_| ()),
        node.drop_import(other, &id).await,
    ] {
        assert!(
            matches!(outcome, Err(ServiceError::NotFound("draft"))),
            "{outcome:?}"
        );
    }
    // Who writes no notes brings nothing in.
    denied(
        node.draft_import(
            story.at("vendor", "operator").1,
            "x",
            None,
            b"evil.example".to_vec(),
        )
        .await,
    );
    let nowhere = node
        .draft_import(who, "x", Some(SpaceId([9; 16])), b"evil.example".to_vec())
        .await;
    assert!(
        matches!(nowhere, Err(ServiceError::NotFound("case"))),
        "{nowhere:?}"
    );
    // Nothing of it leaves.
    assert!(!holds(
        &everything(&story, "agency", "vendor").await,
        "drop.evil.example"
    ));
    node.drop_import(who, &id).await.unwrap();
    assert!(matches!(
        node.import(who, &id).await,
        Err(ServiceError::NotFound("draft"))
    ));
    clean(&mut story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn drafts_of_a_person_are_bounded_and_go_with_them() {
    let mut story = story(503).await;
    let (node, who, _) = researcher(&story);
    for number in 0..DRAFTS_MAX {
        let text = format!("h{number}.evil.example");
        node.draft_import(who, "", None, text.into_bytes()).await.unwrap();
    }
    let over = node.draft_import(who, "", None, b"evil.example".to_vec()).await;
    assert!(matches!(over, Err(ServiceError::Conflict(_))), "{over:?}");
    let mine = node.imports(who).await.unwrap();
    assert_eq!((mine.len(), mine[0].name.as_str()), (DRAFTS_MAX, "pasted text"));
    // Another person has room of their own, in bytes too.
    let second = story.at("vendor", "second").1;
    let whole = usize::try_from(DRAFT_BYTES_MAX / 4).unwrap();
    for _ in 0..4 {
        node.draft_import(second, "big", None, vec![b'a'; whole])
            .await
            .unwrap();
    }
    let over = node.draft_import(second, "big", None, b"a".to_vec()).await;
    assert!(matches!(over, Err(ServiceError::Conflict(_))), "{over:?}");
    let oversize = node
        .draft_import(second, "big", None, vec![b'a'; whole + 1])
        .await;
    assert!(
        matches!(oversize, Err(ServiceError::Invalid { .. })),
        "{oversize:?}"
    );
    let operator = story.at("vendor", "operator").1;
    node.close_account(operator, second.person).await.unwrap();
    clean(&mut story).await;
    let report = story.org_mut("vendor").fsck().await;
    assert_eq!(report.drafts, DRAFTS_MAX, "those of who left are gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_looser_marking_needs_its_reason() {
    let story = story(504).await;
    let id = draft(&story, REPORT.as_bytes()).await;
    let (node, who, case) = researcher(&story);
    let mut choices = Choices {
        marking: Some(Tlp::Green),
        ..Choices::default()
    };
    node.choose_import(who, &id, Some(case), &choices).await.unwrap();
    for outcome in [
        node.plan_import(who, &id).await.map(|_| ()),
        node.publish_import(who, &id, None).await.map(|_| ()),
    ] {
        match outcome {
            Err(ServiceError::Invalid { field, message }) => {
                assert_eq!(field, "marking");
                assert!(message.contains("TLP:AMBER (line 2)"), "{message}");
            }
            other => panic!("{other:?}"),
        }
    }
    choices.looser_because = Some("its author allows it, by telephone".into());
    let done = publish(&story, &id, &choices).await;
    story.sync().await.unwrap();
    let ContentBody::IndicatorPublished(said) = body(&story, "agency", done.indicators[0].at).await else {
        panic!("indicators");
    };
    let note = said.note.unwrap();
    assert!(
        note.starts_with("Marked TLP:AMBER where it comes from, TLP:GREEN here: its author"),
        "{note}"
    );
    // Stricter needs none.
    let id = draft(&story, b"TLP:GREEN\nother.evil.example").await;
    let stricter = Choices {
        marking: Some(Tlp::Amber),
        ..Choices::default()
    };
    publish(&story, &id, &stricter).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listed_value_waits_for_a_second_person() {
    let story = story(505).await;
    let id = draft(&story, REPORT.as_bytes()).await;
    let (node, who, case) = researcher(&story);
    let choices = Choices {
        ticks: [(2, true)].into(),
        ..Choices::default()
    };
    node.choose_import(who, &id, Some(case), &choices).await.unwrap();
    let plan = node.plan_import(who, &id).await.unwrap();
    assert_eq!(plan.second, ["www.bank.example"]);
    let done = node.publish_import(who, &id, None).await.unwrap();
    assert_eq!((done.indicators.len(), done.waiting.len()), (1, 1));
    story.sync().await.unwrap();
    assert!(!holds(
        &everything(&story, "agency", "vendor").await,
        "www.bank.example"
    ));
    denied(node.second_note(who, case, &done.waiting[0]).await);
    let second = story.at("vendor", "second").1;
    let published = node.second_note(second, case, &done.waiting[0]).await.unwrap();
    story.sync().await.unwrap();
    let ContentBody::IndicatorPublished(said) = body(&story, "agency", published.at).await else {
        panic!("indicators");
    };
    assert_eq!(said.second, Some(second.person));
    assert_eq!(said.indicators[0].value, "www.bank.example");
    // It is known now, and not ticked again.
    let id = draft(&story, b"www.bank.example\nc2.evil.example\nnew.evil.example\n").await;
    let view = node.import(who, &id).await.unwrap();
    let ticked: Vec<bool> = view.values.iter().map(|value| value.ticked).collect();
    assert_eq!(ticked, [false, false, true]);
    assert_eq!(view.values[1].known_in, [case]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protected_source_is_named_nowhere() {
    let story = story(506).await;
    let text = b"# Notes of informant Kestrel\nc2.evil.example\n";
    let (node, who, case) = researcher(&story);
    let id = node
        .draft_import(who, "kestrel.md", Some(case), text.to_vec())
        .await
        .unwrap()
        .id;
    let mut choices = Choices {
        source_protected: true,
        attach: Some(FileNature::Document),
        ..Choices::default()
    };
    node.choose_import(who, &id, Some(case), &choices).await.unwrap();
    let outcome = node.plan_import(who, &id).await;
    assert!(
        matches!(&outcome, Err(ServiceError::Invalid { field, .. }) if field == "attach"),
        "{outcome:?}"
    );
    choices.attach = None;
    choices.from = Some("Kestrel".into());
    node.choose_import(who, &id, Some(case), &choices).await.unwrap();
    let outcome = node.plan_import(who, &id).await;
    assert!(
        matches!(&outcome, Err(ServiceError::Invalid { field, .. }) if field == "from"),
        "{outcome:?}"
    );
    choices.from = None;
    choices.title = Some("Notes of informant Kestrel".into());
    node.choose_import(who, &id, Some(case), &choices).await.unwrap();
    let outcome = node.plan_import(who, &id).await;
    assert!(
        matches!(&outcome, Err(ServiceError::Invalid { field, .. }) if field == "title"),
        "{outcome:?}"
    );
    choices.title = None;
    publish(&story, &id, &choices).await;
    story.sync().await.unwrap();
    let bytes = everything(&story, "agency", "vendor").await;
    assert!(holds(&bytes, "c2.evil.example"));
    assert!(!holds(&bytes, "Kestrel") && !holds(&bytes, "kestrel"));
}

#[tokio::test(flavor = "multi_thread")]
async fn own_infrastructure_and_what_partners_claim_is_not_ticked() {
    let story = story(507).await;
    let case = story.case();
    let (vendor, operator) = story.at("vendor", "operator");
    let own = accord_service::NewOwn {
        kind: accord_service::OwnKind::Sinkhole,
        value: "203.0.113.0/24".into(),
        description: "our sinkhole".into(),
    };
    vendor.add_own(operator, &own).await.unwrap();
    let (agency, investigator) = story.at("agency", "investigator");
    let target = accord_model::content::TargetProposed {
        value: "c2.evil.example".into(),
        target: accord_model::content::TargetKind::Domain,
        action: accord_model::content::ActionKind::Takedown,
        responsible: "other".parse().unwrap(),
        reason: "it is the C2".into(),
        rests_on: Vec::new(),
    };
    let note = |title: &str, note: accord_service::NewNote| accord_service::Draft {
        title: title.into(),
        marking: Tlp::Amber,
        to: Vec::new(),
        note,
        expect: None,
    };
    let proposed = note("target", accord_service::NewNote::new(target).unwrap());
    let target = agency
        .publish_note(investigator, case, &proposed)
        .await
        .unwrap()
        .at;
    story.sync().await.unwrap();
    let (other, approver) = story.at("other", "approver");
    let checked = accord_model::content::TargetChecked {
        target,
        check: TargetCheck::OwnInfrastructure,
        result: accord_model::content::CheckResult::Against,
        text: "ours".into(),
    };
    let checked = note("check", accord_service::NewNote::new(checked).unwrap());
    let said = other.publish_note(approver, case, &checked).await.unwrap();
    let to: Vec<_> = said
        .decisions
        .iter()
        .filter(|one| !one.is_yes())
        .map(|one| one.to.clone())
        .collect();
    for org in to {
        // Partner to partner waits for an approver who did not write it; the agency passes nothing on.
        assert_ne!(org.as_str(), "agency");
    }
    story.sync().await.unwrap();
    let id = draft(&story, REPORT.as_bytes()).await;
    let (node, who, _) = researcher(&story);
    let view = node.import(who, &id).await.unwrap();
    assert_eq!(
        view.values[1].unticked_because,
        ["your own infrastructure: 203.0.113.0/24 (our sinkhole)"]
    );
    // At the agency, which was told by the provider whose it is.
    let (agency, investigator) = story.at("agency", "investigator");
    let id = agency
        .draft_import(investigator, "a", Some(case), REPORT.as_bytes().to_vec())
        .await
        .unwrap()
        .id;
    let view = agency.import(investigator, &id).await.unwrap();
    assert_eq!(
        view.values[0].unticked_because,
        ["infrastructure of other, as it says"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_big_list_becomes_several_notes() {
    let story = story(508).await;
    let list: String = (0..12_000)
        .map(|n| format!("h{n}.evil.example,heather\n"))
        .collect();
    let id = draft(&story, format!("indicator,family\n{list}").as_bytes()).await;
    let done = publish(&story, &id, &Choices::default()).await;
    assert_eq!(done.indicators.len(), 3);
    story.sync().await.unwrap();
    let (agency, investigator) = story.at("agency", "investigator");
    assert_eq!(
        agency.indicators(investigator, story.case()).await.unwrap().len(),
        12_000
    );
    let filter = IntelFilter {
        kind: Some(IntelKind::Indicators),
        text: Some("H11999.evil".into()),
        ..IntelFilter::default()
    };
    let page = agency.intelligence(investigator, &filter).await.unwrap();
    assert_eq!(page.total, 1);
    assert!(
        page.items[0].title.ends_with("(3 of 3)"),
        "{}",
        page.items[0].title
    );
    // Who is on no case sees nothing.
    let auditor = story.at("agency", "auditor").1;
    assert_eq!(
        agency
            .intelligence(auditor, &IntelFilter::default())
            .await
            .unwrap()
            .total,
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_goes_only_where_its_note_went() {
    let mut story = story(509).await;
    pair(story.org("other"), story.org("vendor")).await.unwrap();
    let (node, who, case) = researcher(&story);
    let bytes = b"MZ\0\0 the-canary-of-the-loader".to_vec();
    let new = sample(Tlp::Amber, &["agency"]);
    let plan = node.preview_file(who, case, &new, &bytes).await.unwrap();
    assert_eq!(plan.len(), 1, "{plan:?}");
    let at = node.attach_file(who, case, &new, bytes.clone()).await.unwrap().at;
    // Above the ceiling nothing goes before an approver says so.
    let kept = node
        .attach_file(
            who,
            case,
            &sample(Tlp::Red, &["agency"]),
            b"MZ kept-canary".to_vec(),
        )
        .await;
    let kept = kept.unwrap();
    assert!(kept.decisions.iter().all(|one| !one.is_yes()), "{kept:?}");
    story.sync().await.unwrap();
    let (agency, investigator) = story.at("agency", "investigator");
    assert_eq!(agency.download_file(investigator, at).await.unwrap().1, bytes);
    for (org, may) in [("agency", true), ("other", false)] {
        let got = everything(&story, org, "vendor").await;
        assert_eq!(holds(&got, "the-canary-of-the-loader"), may, "{org}");
        assert!(!holds(&got, "kept-canary"), "{org}");
        let digest = node.attached_file(who, kept.at).await.unwrap().file.sha256;
        assert!(!holds(&got, &digest), "{org}");
        let mut asker = Asker::new(&story, org, "vendor");
        let question = ObjectQuestion {
            entry: at.to_string(),
            offset: 0,
        };
        let answer: Result<ObjectAnswer, _> = asker.ask("/peer/v1/object", &question).await;
        assert_eq!(answer.is_ok(), may, "{org}");
    }
    // Another party's node has no way to pass it on, and an auditor reads no content.
    let auditor = story.at("agency", "auditor").1;
    assert!(matches!(
        agency.download_file(auditor, at).await,
        Err(ServiceError::NotFound(_))
    ));
    let (vendor, approver) = story.at("vendor", "approver");
    vendor
        .approve_release(approver, kept.at, &"agency".parse().unwrap())
        .await
        .unwrap();
    story.sync().await.unwrap();
    let (agency, investigator) = story.at("agency", "investigator");
    assert_eq!(
        agency.download_file(investigator, kept.at).await.unwrap().1,
        b"MZ kept-canary"
    );
    clean(&mut story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_taken_when_it_is_the_one_announced() {
    let mut story = story(510).await;
    let (node, who, case) = researcher(&story);
    let at = node
        .attach_file(who, case, &sample(Tlp::Amber, &[]), b"MZ the loader".to_vec())
        .await
        .unwrap()
        .at;
    for (what, answer) in [
        (
            "another",
            serde_json::json!({ "total": 13, "bytes": "AAAAAAAAAAAAAAAAAA==" }),
        ),
        (
            "longer",
            serde_json::json!({ "total": 14, "bytes": "AAAAAAAAAAAAAAAAAAA=" }),
        ),
        ("none", serde_json::json!({ "total": 0, "bytes": "" })),
    ] {
        story
            .org("vendor")
            .alter(Arc::new(move |path, _, honest| match path {
                "/peer/v1/object" => answer.clone(),
                _ => honest,
            }));
        let pulled = story
            .org("agency")
            .node()
            .pull(&"vendor".parse().unwrap())
            .await
            .unwrap();
        assert_eq!(
            (pulled.objects, pulled.problems.len()),
            (0, 1),
            "{what}: {pulled:?}"
        );
        assert!(pulled.problems[0].contains("file"), "{what}: {pulled:?}");
        let (agency, investigator) = story.at("agency", "investigator");
        let early = agency.download_file(investigator, at).await;
        assert!(
            matches!(early, Err(ServiceError::Conflict(_))),
            "{what}: {early:?}"
        );
    }
    story.org_mut("vendor").restart().await;
    let pulled = story
        .org("agency")
        .node()
        .pull(&"vendor".parse().unwrap())
        .await
        .unwrap();
    assert_eq!((pulled.objects, pulled.problems.len()), (1, 0), "{pulled:?}");
    clean(&mut story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_bounded_by_size_and_by_case() {
    let story = story(511).await;
    let (node, who, case) = researcher(&story);
    let new = NewFile {
        to: vec!["agency".parse().unwrap()],
        ..sample(Tlp::Red, &[])
    };
    let whole = usize::try_from(FILE_MAX_BYTES).unwrap();
    let over = node.attach_file(who, case, &new, vec![1; whole + 1]).await;
    assert!(matches!(over, Err(ServiceError::Invalid { .. })), "{over:?}");
    let empty = node.attach_file(who, case, &new, Vec::new()).await;
    assert!(matches!(empty, Err(ServiceError::Invalid { .. })), "{empty:?}");
    for bad in ["../x", "a/b", ".", ""] {
        let new = NewFile {
            name: bad.into(),
            ..new.clone()
        };
        let outcome = node.attach_file(who, case, &new, vec![1]).await;
        assert!(
            matches!(outcome, Err(ServiceError::Invalid { .. })),
            "{bad}: {outcome:?}"
        );
    }
    for _ in 0..CASE_FILES_MAX_BYTES / FILE_MAX_BYTES {
        node.attach_file(who, case, &new, vec![1; whole]).await.unwrap();
    }
    let full = node.attach_file(who, case, &new, vec![1]).await;
    assert!(matches!(full, Err(ServiceError::Conflict(_))), "{full:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn recall_and_retention_destroy_the_bytes() {
    let mut story = story(512).await;
    let (node, who, case) = researcher(&story);
    let recalled = node
        .attach_file(who, case, &sample(Tlp::Amber, &["agency"]), b"MZ one".to_vec())
        .await
        .unwrap()
        .at;
    let kept = node
        .attach_file(who, case, &sample(Tlp::Amber, &["agency"]), b"MZ two".to_vec())
        .await
        .unwrap()
        .at;
    story.sync().await.unwrap();
    let (vendor, approver) = story.at("vendor", "approver");
    vendor
        .order_recall(approver, case, recalled, "the wrong file")
        .await
        .unwrap();
    story.sync().await.unwrap();
    let (agency, investigator) = story.at("agency", "investigator");
    denied(agency.download_file(investigator, recalled).await);
    let (agency, approver) = story.at("agency", "approver");
    let order = agency.recalls(approver, case).await.unwrap()[0].at;
    let never = RecallAnswer {
        recall: order,
        done: RecallDone::NeverHeld,
        backup_until_ms: None,
        onward: Vec::new(),
        note: None,
    };
    let lie = agency.receipt_recall(approver, case, &never).await;
    assert!(matches!(lie, Err(ServiceError::Invalid { .. })), "{lie:?}");
    let deleted = RecallAnswer {
        done: RecallDone::Deleted,
        ..never
    };
    agency.receipt_recall(approver, case, &deleted).await.unwrap();
    story.sync().await.unwrap();
    // The time of the other is over when the agreement says.
    let keeping = agency.keeping(approver, case).await.unwrap();
    let over = keeping
        .retention
        .iter()
        .find(|line| line.entry == kept)
        .unwrap()
        .over_ms;
    story.world.set_clock(over);
    let agency = story.org("agency").node();
    assert!(agency.destroy_what_is_over().await.unwrap() > 0);
    let report = story.org_mut("agency").fsck().await;
    assert!(report.is_clean(), "{:?}", report.problems);
    assert_eq!(report.files, 0, "no bytes are left here");
    let report = story.org_mut("vendor").fsck().await;
    assert_eq!(report.files, 2, "the owner keeps its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_damaged_on_the_disk_is_found() {
    let mut story = story(513).await;
    let (node, who, case) = researcher(&story);
    node.attach_file(who, case, &sample(Tlp::Amber, &["agency"]), b"MZ whole".to_vec())
        .await
        .unwrap();
    clean(&mut story).await;
    story.org_mut("vendor").stop().await;
    let path = story.org("vendor").dir().join("node.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.windows(8).position(|window| window == b"MZ whole").unwrap();
    bytes[at + 3] = b'W';
    std::fs::write(&path, bytes).unwrap();
    let report = story.org_mut("vendor").fsck().await;
    assert!(
        report
            .problems
            .iter()
            .any(|what| what.contains("not the file that its note states")),
        "{report:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_reaches_others_than_was_shown_is_not_published() {
    let story = story(514).await;
    let id = draft(&story, REPORT.as_bytes()).await;
    let (node, who, case) = researcher(&story);
    node.choose_import(who, &id, Some(case), &Choices::default())
        .await
        .unwrap();
    let outcome = node.publish_import(who, &id, Some(&BTreeSet::new())).await;
    assert!(matches!(outcome, Err(ServiceError::Conflict(_))), "{outcome:?}");
    assert_eq!(node.imports(who).await.unwrap().len(), 1, "the draft stays");
    assert!(!holds(
        &everything(&story, "agency", "vendor").await,
        "c2.evil.example"
    ));
}
