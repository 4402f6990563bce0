//! A partner with a node answers with an export of its own systems.

use std::collections::BTreeSet;

use accord_evidence::acquisition::AcquisitionRecord;
use accord_evidence::{Outcome as Found, paths, read_zip};
use accord_model::agreement::templates::Template;
use accord_model::content::{RequestWhat, VictimKind, VictimRecorded};
use accord_model::{EntryRef, OrgKind, Role, Tlp};
use accord_service::{
    Draft, ExportOf, NewNote, NewRequest, Outcome, SendUpload, ServiceError, Todo, UPLOAD_FILE_MAX_BYTES,
    UPLOAD_FILES_MAX, UPLOAD_MAX_BYTES, UPLOAD_WORDS_MAX, UploadView, Verdict,
};
use accord_testkit::{DAY_MS, Story, report};

use crate::deciding::asked_of_two;
use crate::victims::{bakery, begin};
use crate::{TWO, clean, denied, same_fold};

const CSV: &[u8] = b"10.1.0.7,evil.example\r\n10.1.0.9,evil.example\n";

fn export(name: &str) -> ExportOf {
    ExportOf {
        name: name.into(),
        system: "proxy-3, rack 7".into(),
        query: "host = evil.example, last week".into(),
        sha256: None,
    }
}

fn yes(view: &UploadView) -> SendUpload {
    SendUpload {
        shown: view.commitment.clone().expect("a file"),
        without: BTreeSet::new(),
        left_out: None,
        words: None,
    }
}

async fn add(story: &Story, at: EntryRef, name: &str, bytes: &[u8]) -> accord_service::Result<UploadView> {
    let (node, who) = story.at("isp", "approver");
    node.upload_export(who, at, &export(name), bytes).await
}

async fn send(story: &mut Story, at: EntryRef, send: &SendUpload) -> Outcome {
    let (node, who) = story.at("isp", "approver");
    let outcome = node.send_upload(who, at, send).await.unwrap();
    story.facts.outcomes.insert("isp".into(), outcome.clone());
    outcome
}

fn invalid<T: std::fmt::Debug>(outcome: accord_service::Result<T>) -> String {
    match outcome {
        Err(ServiceError::Invalid { field, .. }) => field.to_string(),
        other => panic!("taken: {other:?}"),
    }
}

fn conflict<T: std::fmt::Debug>(outcome: accord_service::Result<T>) -> String {
    match outcome {
        Err(ServiceError::Conflict(words)) => words,
        other => panic!("no conflict: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_leaves_as_an_exhibit_that_says_what_it_is() {
    let mut story = Story::asked(700, TWO).await;
    let at = story.hunt_of("isp");
    add(&story, at, "../../proxy.csv", CSV).await.unwrap();
    let again = add(&story, at, "again.csv", CSV).await.unwrap();
    assert_eq!(again.files.len(), 1, "the same file twice is one");
    let view = add(&story, at, "proxy.csv", b"PK\0\x01").await.unwrap();
    let shown: Vec<_> = view
        .files
        .iter()
        .map(|file| (file.name.as_str(), file.bytes, file.lines, file.head.len()))
        .collect();
    assert_eq!(
        shown,
        [
            ("proxy.csv", CSV.len() as u64, Some(2), 2),
            ("2-proxy.csv", 4, None, 0)
        ]
    );
    let (node, approver) = story.at("isp", "approver");
    assert_eq!(node.request(approver, at).await.unwrap().uploaded, 2);
    let auditor = story.org("isp").who("auditor");
    denied(node.upload(auditor, at).await);
    // A restart loses nothing, and what waits is in order.
    story.org_mut("isp").restart().await;
    story.org_mut("isp").enter("approver").await.unwrap();
    clean(&mut story).await;
    let (node, approver) = story.at("isp", "approver");
    assert_eq!(node.upload(approver, at).await.unwrap(), view);
    let outcome = send(&mut story, at, &yes(&view)).await;
    assert_eq!(outcome.lines, 3);
    let exhibit = outcome.exhibit.unwrap();
    let (node, approver) = story.at("isp", "approver");
    assert!(
        node.upload(approver, at).await.unwrap().files.is_empty(),
        "nothing waits"
    );
    story.sync().await.unwrap();
    story.receive("isp").await.unwrap();
    story.sync().await.unwrap();
    same_fold(&story).await;

    let (agency, investigator) = story.at("agency", "investigator");
    let checked = agency.verify_exhibit(investigator, exhibit).await.unwrap();
    assert!(checked.is_verified(), "{checked:?}");
    let said: Vec<&str> = checked
        .with(Found::Passed)
        .filter(|check| check.name == "export")
        .map(|check| check.words.as_str())
        .collect();
    assert_eq!(said.len(), 2);
    for word in [
        "not found by search",
        "approver of isp",
        "proxy-3, rack 7",
        "host = evil.example",
    ] {
        assert!(said[0].contains(word), "{word} in {said:?}");
    }
    let (_, zip) = agency.download_exhibit(investigator, exhibit).await.unwrap();
    let files = read_zip(&zip).unwrap();
    assert_eq!(files["data/original/SOURCE-1.log"], CSV, "byte by byte");
    let record: AcquisitionRecord = serde_json::from_slice(&files[paths::ACQUISITION]).unwrap();
    assert_eq!(record.stated.exported.len(), 2);
    assert_eq!(record.stated.exported[0].sha256, view.files[0].sha256);
    assert_eq!(record.stated.exported[0].uploaded_by.person, view.files[0].by);
    assert_eq!(record.stated.place.system, "proxy-3, rack 7");
    let readme = String::from_utf8(files[paths::README].clone()).unwrap();
    assert!(readme.contains("Not found by search"), "{readme}");
    let case = agency.case(investigator, story.case()).await.unwrap();
    assert_eq!(case.requests[0].state, "given");
    assert!(
        case.requests[0]
            .answer
            .as_ref()
            .unwrap()
            .contains("not found by search")
    );
    clean(&mut story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_is_said_to_be_a_part() {
    let mut story = Story::asked(701, TWO).await;
    let at = story.hunt_of("isp");
    add(&story, at, "a.csv", CSV).await.unwrap();
    let view = add(&story, at, "b.csv", b"zinc-gull").await.unwrap();
    let part = SendUpload {
        without: [2].into(),
        ..yes(&view)
    };
    let (node, who) = story.at("isp", "approver");
    assert_eq!(invalid(node.send_upload(who, at, &part).await), "left_out");
    let none = SendUpload {
        without: [1, 2].into(),
        left_out: Some("all of it".into()),
        ..yes(&view)
    };
    assert_eq!(invalid(node.send_upload(who, at, &none).await), "without");
    let unknown = SendUpload {
        without: [9].into(),
        left_out: Some("x".into()),
        ..yes(&view)
    };
    assert_eq!(invalid(node.send_upload(who, at, &unknown).await), "without");
    let part = SendUpload {
        left_out: Some("the mail logs: content data".into()),
        ..part
    };
    let exhibit = send(&mut story, at, &part).await.exhibit.unwrap();
    story.sync().await.unwrap();
    let (agency, investigator) = story.at("agency", "investigator");
    let (_, zip) = agency.download_exhibit(investigator, exhibit).await.unwrap();
    assert!(!zip.windows(9).any(|bytes| bytes == b"zinc-gull"));
    let view = agency.case(investigator, story.case()).await.unwrap();
    assert_eq!(view.requests[0].state, "narrowed");
    assert!(view.requests[0].answer.as_ref().unwrap().contains("content data"));
    clean(&mut story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_for_information_is_answered_with_a_file_under_an_instrument_only() {
    let mut story = Story::asked(702, TWO).await;
    let to = story.org("isp").name.clone();
    let (node, who) = story.at("agency", "investigator");
    let mut asked = Vec::new();
    for (what, instrument) in [
        (RequestWhat::Information, None),
        (RequestWhat::Information, Some(story.facts.instruments["isp"])),
        (RequestWhat::Takedown, None),
    ] {
        let mut new = NewRequest::new(
            to.clone(),
            what,
            format!("R-{}", asked.len()),
            "who spoke with it",
        );
        new.instrument = instrument;
        if what == RequestWhat::Takedown {
            new.takedown = Some(accord_model::content::TakedownQuestion {
                values: vec!["evil.example".into()],
                ground: "a loader".into(),
                targets: Vec::new(),
            });
        }
        asked.push(node.ask_partner(who, story.case(), &new).await.unwrap().at);
    }
    story.sync().await.unwrap();
    let refused = denied(add(&story, asked[0], "a.csv", CSV).await);
    assert_eq!(refused.clause.as_deref(), Some("8.1"), "{refused:?}");
    assert_eq!(invalid(add(&story, asked[2], "a.csv", CSV).await), "request");
    let view = add(&story, asked[1], "a.csv", CSV).await.unwrap();
    assert!(send(&mut story, asked[1], &yes(&view)).await.exhibit.is_some());
    story.sync().await.unwrap();
    story.receive("isp").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asked_who_works_there_and_who_waits_no_longer_upload_nothing() {
    let mut story = Story::asked(703, TWO).await;
    let at = story.hunt_of("isp");
    let (agency, theirs) = story.at("agency", "approver");
    let asking = agency.upload_export(theirs, at, &export("a.csv"), CSV).await;
    assert!(
        matches!(asking, Err(ServiceError::NotFound("request"))),
        "{asking:?}"
    );
    denied(
        agency
            .upload_export(story.org("agency").who("investigator"), at, &export("a.csv"), CSV)
            .await,
    );
    let (node, _) = story.at("isp", "approver");
    for name in ["operator", "signatory", "auditor"] {
        let who = story.org("isp").who(name);
        denied(node.upload_export(who, at, &export("a.csv"), CSV).await);
        denied(node.upload(who, at).await);
        denied(node.remove_upload(who, at, 1).await);
    }
    // Answered.
    let view = add(&story, at, "a.csv", CSV).await.unwrap();
    let (node, who) = story.at("isp", "approver");
    let refuse = Verdict::Refuse {
        clause: "8.1".into(),
        reason: "the warrant names somebody else".into(),
    };
    node.decide(who, at, &refuse).await.unwrap();
    assert!(
        node.upload(who, at).await.unwrap().files.is_empty(),
        "dropped with the refusal"
    );
    conflict(add(&story, at, "a.csv", CSV).await);
    conflict(node.send_upload(who, at, &yes(&view)).await);
    clean(&mut story).await;

    // Taken back.
    let mut story = Story::asked(704, TWO).await;
    let at = story.hunt_of("isp");
    let view = add(&story, at, "a.csv", CSV).await.unwrap();
    let (agency, asker) = story.at("agency", "investigator");
    agency
        .withdraw_request(asker, at, "found elsewhere")
        .await
        .unwrap();
    story.sync().await.unwrap();
    conflict(add(&story, at, "b.csv", b"x").await);
    let (node, who) = story.at("isp", "approver");
    conflict(node.send_upload(who, at, &yes(&view)).await);
    node.sweep_uploads().await.unwrap();
    assert!(node.upload(who, at).await.unwrap().files.is_empty(), "dropped");
    clean(&mut story).await;

    // Expired.
    let story = Story::asked(705, TWO).await;
    let at = story.hunt_of("isp");
    let view = add(&story, at, "a.csv", CSV).await.unwrap();
    story.world.advance(31 * DAY_MS);
    let refused = denied(add(&story, at, "b.csv", b"x").await);
    assert_eq!(refused.clause.as_deref(), Some("8.1"));
    let (node, who) = story.at("isp", "approver");
    denied(node.send_upload(who, at, &yes(&view)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_researcher_uploads_nothing() {
    const VENDOR: &[(&str, OrgKind)] = &[("agency", OrgKind::Agency), ("vendor", OrgKind::Vendor)];
    let mut story = Story::begin(706, VENDOR).await;
    let researcher = [Role::Researcher];
    story
        .org_mut("vendor")
        .add_person("researcher", &researcher)
        .await
        .unwrap();
    story
        .agree(Template::AgencyVendor, &["agency", "vendor"])
        .await
        .unwrap();
    story.open_case(&["vendor"]).await.unwrap();
    story.sync().await.unwrap();
    story.join_case("vendor").await.unwrap();
    let (node, approver) = story.at("vendor", "approver");
    let who = story.org("vendor").who("researcher");
    node.add_member(approver, story.case(), who.person, &researcher.into(), None)
        .await
        .unwrap();
    let to = story.org("vendor").name.clone();
    let new = NewRequest::new(to, RequestWhat::Information, "I-1", "who spoke with it");
    let (agency, asker) = story.at("agency", "investigator");
    let at = agency.ask_partner(asker, story.case(), &new).await.unwrap().at;
    story.sync().await.unwrap();
    let (node, approver) = story.at("vendor", "approver");
    let who = story.org("vendor").who("researcher");
    denied(node.upload_export(who, at, &export("a.csv"), CSV).await);
    // A vendor's clause asks for no instrument: its approver may.
    let view = node
        .upload_export(approver, at, &export("a.csv"), CSV)
        .await
        .unwrap();
    denied(node.send_upload(who, at, &yes(&view)).await);
    let sent = node.send_upload(approver, at, &yes(&view)).await.unwrap();
    assert!(sent.exhibit.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_has_limits_and_is_whole_or_not_there() {
    let story = Story::asked(707, TWO).await;
    let at = story.hunt_of("isp");
    assert_eq!(invalid(add(&story, at, "a", b"").await), "file");
    let large = vec![b'x'; UPLOAD_FILE_MAX_BYTES + 1];
    assert_eq!(invalid(add(&story, at, "a", &large).await), "file");
    let (node, who) = story.at("isp", "approver");
    let mut of = export("a.csv");
    of.sha256 = Some("0".repeat(64));
    assert_eq!(invalid(node.upload_export(who, at, &of, CSV).await), "sha256");
    for (system, query, field) in [
        ("", "q", "system"),
        ("s", " ", "query"),
        ("s\nt", "q", "system"),
        ("s", &"q".repeat(UPLOAD_WORDS_MAX + 1), "query"),
    ] {
        let of = ExportOf {
            system: system.into(),
            query: query.into(),
            ..export("a.csv")
        };
        assert_eq!(invalid(node.upload_export(who, at, &of, CSV).await), field);
    }
    assert!(
        node.upload(who, at).await.unwrap().files.is_empty(),
        "nothing half"
    );
    // The digest that it has, in capitals too.
    let view = add(&story, at, "a.csv", CSV).await.unwrap();
    let (node, who) = story.at("isp", "approver");
    node.remove_upload(who, at, 1).await.unwrap();
    of.sha256 = Some(view.files[0].sha256.to_uppercase());
    node.upload_export(who, at, &of, CSV).await.unwrap();
    let gone = node.remove_upload(who, at, 1).await;
    assert!(matches!(gone, Err(ServiceError::NotFound("file"))), "{gone:?}");
    // Two whole ones and one byte more.
    node.remove_upload(who, at, 2).await.unwrap();
    for fill in *b"xy" {
        add(&story, at, "big", &vec![fill; UPLOAD_FILE_MAX_BYTES])
            .await
            .unwrap();
    }
    const { assert!(2 * UPLOAD_FILE_MAX_BYTES == UPLOAD_MAX_BYTES) };
    assert_eq!(invalid(add(&story, at, "one more", b"x").await), "file");
    let (node, who) = story.at("isp", "approver");
    for number in [3, 4] {
        node.remove_upload(who, at, number).await.unwrap();
    }
    for number in 0..UPLOAD_FILES_MAX {
        add(&story, at, "small", number.to_string().as_bytes())
            .await
            .unwrap();
    }
    assert_eq!(invalid(add(&story, at, "one more", b"x").await), "file");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_shown_is_not_sent() {
    let story = Story::asked(708, TWO).await;
    let at = story.hunt_of("isp");
    let (node, who) = story.at("isp", "approver");
    let nothing = SendUpload {
        shown: "0".repeat(64),
        without: BTreeSet::new(),
        left_out: None,
        words: None,
    };
    conflict(node.send_upload(who, at, &nothing).await);
    let before = add(&story, at, "a.csv", CSV).await.unwrap();
    let after = add(&story, at, "b.csv", b"another").await.unwrap();
    let (node, who) = story.at("isp", "approver");
    assert!(conflict(node.send_upload(who, at, &yes(&before)).await).contains("changed"));
    let less = node.remove_upload(who, at, 2).await.unwrap();
    assert_ne!(
        less.commitment, before.commitment,
        "salted anew: it tells nobody what was in it"
    );
    conflict(node.send_upload(who, at, &yes(&after)).await);
    node.send_upload(who, at, &yes(&less)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_send_and_one_alone_does_not() {
    let (mut story, _) = asked_of_two(709).await;
    let at = story.hunt_of("isp");
    let view = add(&story, at, "a.csv", CSV).await.unwrap();
    let (node, first) = story.at("isp", "approver");
    let second = story.org("isp").who("second");
    let outcome = node.send_upload(first, at, &yes(&view)).await.unwrap();
    assert_eq!((outcome.exhibit, outcome.lines), (None, 0));
    conflict(node.send_upload(first, at, &yes(&view)).await);
    let seen = node.request(first, at).await.unwrap();
    assert!(seen.own_yes && seen.state == "waiting" && seen.first_yes.is_some());
    let inbox = node.inbox(first).await.unwrap();
    assert!(
        inbox
            .iter()
            .any(|item| matches!(item.todo, Todo::AwaitSecond { request } if request == at))
    );
    let inbox = node.inbox(second).await.unwrap();
    assert!(
        inbox
            .iter()
            .any(|item| matches!(item.todo, Todo::DecideRequest { request } if request == at))
    );
    // Another answer than the colleague's is none.
    let part = SendUpload {
        left_out: Some("the mail logs".into()),
        ..yes(&view)
    };
    conflict(node.send_upload(second, at, &part).await);
    // Another file voids the yes for all to see; so does taking it back.
    let more = add(&story, at, "b.csv", b"another").await.unwrap();
    let (node, first) = story.at("isp", "approver");
    let second = story.org("isp").who("second");
    assert_eq!(more.first_yes, None);
    let alone = node.send_upload(second, at, &yes(&more)).await.unwrap();
    assert_eq!(alone.exhibit, None);
    denied(node.take_back_yes(first, at, "not mine").await);
    node.take_back_yes(second, at, "the wrong week").await.unwrap();
    assert!(!node.request(second, at).await.unwrap().own_yes);
    let alone = node.send_upload(first, at, &yes(&more)).await.unwrap();
    assert_eq!(alone.exhibit, None);
    let both = node.send_upload(second, at, &yes(&more)).await.unwrap();
    assert!(both.exhibit.is_some());
    let by: BTreeSet<_> = both.release.clone().unwrap().approved_by.into_iter().collect();
    assert_eq!(by, BTreeSet::from([first.person, second.person]));
    story.facts.outcomes.insert("isp".into(), both);
    story.sync().await.unwrap();
    story.receive("isp").await.unwrap();
    story.sync().await.unwrap();
    same_fold(&story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_names_a_victim_does_not_leave() {
    let mut story = begin(710).await;
    let isp = story.org_mut("isp");
    isp.add_person("custodian", &[Role::Custodian]).await.unwrap();
    let case = story.case();
    let (node, approver) = story.at("isp", "approver");
    let custodian = story.org("isp").who("custodian");
    node.add_member(approver, case, custodian.person, &[Role::Custodian].into(), None)
        .await
        .unwrap();
    let recorded = Draft {
        to: vec![story.org("isp").name.clone()],
        note: NewNote::new(VictimRecorded {
            pseudonym: "V-customer".into(),
            victim: VictimKind::Organisation,
            text: "a customer".into(),
            sector: None,
            wishes: None,
        })
        .unwrap(),
        ..report("Victim", "", Tlp::Amber)
    };
    let victim = node.publish_note(custodian, case, &recorded).await.unwrap();
    // Uploaded before the name was known.
    let at = story.hunt_of("isp");
    let named = b"10.1.0.7,x\n10.1.0.8,harbour-loaves.example\n";
    let view = add(&story, at, "a.csv", named).await.unwrap();
    let (node, approver) = story.at("isp", "approver");
    let custodian = story.org("isp").who("custodian");
    node.keep_identity(custodian, victim.at, &bakery()).await.unwrap();
    let refused = denied(node.send_upload(approver, at, &yes(&view)).await);
    assert!(refused.rule.contains("line 2 of a.csv"), "{refused:?}");
    // And since: neither the file, nor what is said of it.
    let refused = denied(add(&story, at, "b.csv", b"Harbour Loaves\n").await);
    assert!(
        refused.rule.contains("V-customer") && !refused.rule.contains("Harbour"),
        "{refused:?}"
    );
    for of in [
        ExportOf {
            query: "host = harbour-loaves.example".into(),
            ..export("c.csv")
        },
        export("Harbour Loaves.csv"),
    ] {
        let (node, approver) = story.at("isp", "approver");
        denied(node.upload_export(approver, at, &of, CSV).await);
    }
    let (node, approver) = story.at("isp", "approver");
    assert_eq!(node.upload(approver, at).await.unwrap().files.len(), 1);
    node.remove_upload(approver, at, 1).await.unwrap();
    let view = add(&story, at, "a.csv", CSV).await.unwrap();
    let (node, approver) = story.at("isp", "approver");
    node.send_upload(approver, at, &yes(&view)).await.unwrap();
    clean(&mut story).await;
}
