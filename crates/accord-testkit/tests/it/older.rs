//! Older notes for a party that came later: what it has not got, who may give it, and that each goes through the gate.

use std::collections::BTreeMap;

use accord_model::agreement::templates::Template;
use accord_model::content::{DisclosureItem, MaterialUse, Sensitivity};
use accord_model::{EntryRef, OrgName, Role, Tlp};
use accord_service::{Draft, GiveOlder, NewNote, OLDER_MAX, OlderNotes, ServiceError};
use accord_testkit::{Story, decision, report};

use crate::leaks::{everything, holds};
use crate::{THREE, denied, same_fold};

/// What the agency wrote before the hosting provider came.
struct Before {
    amber: EntryRef,
    red: EntryRef,
    own_red: EntryRef,
    schedule: EntryRef,
    recalled: EntryRef,
    for_isp: EntryRef,
    theirs: EntryRef,
}

/// A case of the agency and the provider with notes of both, to which the hosting provider came afterwards.
async fn story(seed: u64) -> (Story, Before) {
    let mut story = Story::begin(seed, THREE).await;
    story
        .agree(Template::AgencyIsp, &["agency", "hosting", "isp"])
        .await
        .unwrap();
    story.open_case(&["isp"]).await.unwrap();
    story.sync().await.unwrap();
    story.join_case("isp").await.unwrap();
    story
        .org_mut("agency")
        .add_person("discloser", &[Role::DisclosureOfficer])
        .await
        .unwrap();
    let case = story.case();
    let (node, approver) = story.at("agency", "approver");
    let who = story.org("agency");
    let discloser = who.who("discloser").person;
    let roles = [Role::DisclosureOfficer].into();
    node.add_member(approver, case, discloser, &roles, None)
        .await
        .unwrap();
    let write = async |sign_in: &str, draft: &Draft| {
        let published = node.publish_note(who.who(sign_in), case, draft).await.unwrap();
        published.at
    };
    let amber = report("amber note", "amber-canary", Tlp::Amber);
    let red = report("red note", "red-canary", Tlp::Red);
    let to_isp = Draft {
        to: vec![story.org("isp").name.clone()],
        ..report("for the provider", "isp-canary", Tlp::Amber)
    };
    let item = DisclosureItem {
        number: "1".into(),
        item: None,
        description: "schedule-canary".into(),
        material: MaterialUse::Used,
        sensitivity: Sensitivity::NotSensitive,
        harm: None,
        clause: "s3".into(),
    };
    let schedule = Draft {
        note: NewNote::new(item).unwrap(),
        ..report("item one", "", Tlp::Amber)
    };
    let before = Before {
        amber: write("investigator", &amber).await,
        red: write("investigator", &red).await,
        own_red: write("approver", &decision("own red", "own-canary", Tlp::Red)).await,
        schedule: write("discloser", &schedule).await,
        recalled: write("investigator", &report("wrong", "recalled-canary", Tlp::Amber)).await,
        for_isp: write("investigator", &to_isp).await,
        theirs: {
            let (isp, approver) = story.at("isp", "approver");
            let note = decision("theirs", "theirs-canary", Tlp::Amber);
            isp.publish_note(approver, case, &note).await.unwrap().at
        },
    };
    node.order_recall(approver, case, before.recalled, "the wrong case")
        .await
        .unwrap();
    story.sync().await.unwrap();
    let officer = story.org("agency").who("officer");
    node.add_party(officer, case, &name(&story), None).await.unwrap();
    story.sync().await.unwrap();
    (story, before)
}

fn name(story: &Story) -> OrgName {
    story.org("hosting").name.clone()
}

/// The agreement's word on each note, without the names of people.
fn words(older: &OlderNotes) -> BTreeMap<EntryRef, &str> {
    let said = older
        .notes
        .iter()
        .filter(|note| note.kind != accord_model::EntryKind::PersonNamed);
    said.map(|note| (note.at, note.decided.answer.as_str())).collect()
}

fn give(notes: &[EntryRef]) -> GiveOlder {
    GiveOlder {
        notes: notes.to_vec(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_came_later_is_given_what_the_agreement_lets_go_and_nothing_else() {
    let (story, before) = story(470).await;
    let (case, hosting) = (story.case(), name(&story));
    let (node, officer) = story.at("agency", "officer");
    let approver = story.org("agency").who("approver");

    // Nothing of before goes by itself.
    let canaries = [
        "amber-canary",
        "red-canary",
        "own-canary",
        "schedule-canary",
        "recalled-canary",
        "isp-canary",
        "theirs-canary",
    ];
    let got = everything(&story, "hosting", "agency").await;
    for canary in canaries {
        assert!(!holds(&got, canary), "{canary}");
    }

    // What the partner wrote, what was recalled and what was for another is not ours to give here.
    let older = node.older_notes(officer, case, &hosting).await.unwrap();
    let expected = BTreeMap::from([
        (before.amber, "yes"),
        (before.red, "ask"),
        (before.own_red, "ask"),
        (before.schedule, "no"),
    ]);
    assert_eq!(words(&older), expected);
    for not in [before.recalled, before.for_isp, before.theirs] {
        assert!(!older.notes.iter().any(|note| note.at == not), "{not}");
    }
    assert_eq!(older.more, 0);
    let ranks: Vec<&str> = older
        .notes
        .iter()
        .map(|note| note.decided.answer.as_str())
        .collect();
    assert!(
        ranks.windows(2).all(|two| two[0] != "no" || two[1] == "no"),
        "what is denied stands last: {ranks:?}"
    );
    let names = older
        .notes
        .iter()
        .filter(|note| note.kind == accord_model::EntryKind::PersonNamed);
    let names: Vec<(&str, &str)> = names
        .map(|note| (note.title.as_str(), note.decided.answer.as_str()))
        .collect();
    assert!(names.contains(&("investigator of agency", "yes")), "{names:?}");

    // The case officer's word lets go what goes by itself; the rest stays, each with its clause.
    let all = [before.amber, before.red, before.schedule];
    let given = node
        .give_older(officer, case, &hosting, &give(&all))
        .await
        .unwrap();
    let told: BTreeMap<EntryRef, (&str, bool)> = given
        .iter()
        .map(|one| {
            let clause = !one.decided.clause.is_empty() && !one.decided.words.is_empty();
            (one.at, (one.decided.answer.as_str(), clause))
        })
        .collect();
    let expected = BTreeMap::from([
        (before.amber, ("yes", true)),
        (before.red, ("ask", true)),
        (before.schedule, ("no", true)),
    ]);
    assert_eq!(told, expected);
    story.sync().await.unwrap();
    let got = everything(&story, "hosting", "agency").await;
    assert!(holds(&got, "amber-canary") && !holds(&got, "red-canary"));

    // The approver's word lets go what waited for one, but not a note of their own.
    let older = node.older_notes(approver, case, &hosting).await.unwrap();
    let expected = BTreeMap::from([
        (before.red, "yes"),
        (before.own_red, "ask"),
        (before.schedule, "no"),
    ]);
    assert_eq!(words(&older), expected);
    let all = [before.red, before.own_red];
    let given = node
        .give_older(approver, case, &hosting, &give(&all))
        .await
        .unwrap();
    let gone: Vec<EntryRef> = given
        .iter()
        .filter(|one| one.decided.is_yes())
        .map(|one| one.at)
        .collect();
    assert_eq!(gone, [before.red]);
    story.sync().await.unwrap();
    let got = everything(&story, "hosting", "agency").await;
    assert!(holds(&got, "red-canary"));
    for canary in [
        "own-canary",
        "schedule-canary",
        "recalled-canary",
        "isp-canary",
        "theirs-canary",
    ] {
        assert!(!holds(&got, canary), "{canary}");
    }
    let (there, reader) = story.at("hosting", "approver");
    let seen = there.case(reader, case).await.unwrap();
    let titles: Vec<&str> = seen.timeline.iter().map(|item| item.title.as_str()).collect();
    assert!(
        titles.contains(&"amber note") && titles.contains(&"red note"),
        "{titles:?}"
    );

    // Its provider gives its own.
    let (isp, theirs) = story.at("isp", "approver");
    let older = isp.older_notes(theirs, case, &hosting).await.unwrap();
    assert!(older.notes.iter().any(|note| note.at == before.theirs));
    same_fold(&story).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_gives_nothing_and_learns_nothing() {
    let (mut story, before) = story(471).await;
    let (case, hosting) = (story.case(), name(&story));
    story
        .org_mut("isp")
        .add_person("researcher", &[Role::Researcher])
        .await
        .unwrap();
    story
        .org_mut("agency")
        .add_person("stranger", &[Role::CaseOfficer])
        .await
        .unwrap();
    let chosen = give(&[before.amber]);
    for (org, sign_in) in [
        ("agency", "investigator"),
        ("agency", "discloser"),
        ("agency", "auditor"),
        ("agency", "operator"),
        ("agency", "signatory"),
        ("isp", "researcher"),
    ] {
        let (node, who) = story.at(org, sign_in);
        denied(node.older_notes(who, case, &hosting).await);
        denied(node.give_older(who, case, &hosting, &chosen).await);
    }
    let missing = |outcome: Result<OlderNotes, ServiceError>, what: &str| match outcome {
        Err(ServiceError::NotFound(told)) => assert_eq!(told, what),
        other => panic!("{other:?}"),
    };
    // A case officer who is not on the case finds none.
    let (node, stranger) = story.at("agency", "stranger");
    missing(node.older_notes(stranger, case, &hosting).await, "case");
    let given = node.give_older(stranger, case, &hosting, &chosen).await;
    assert!(matches!(given, Err(ServiceError::NotFound("case"))), "{given:?}");
    // Nobody is given anything who is no party, nor is one's own organisation.
    let (node, officer) = story.at("agency", "officer");
    for org in ["agency", "nobody"] {
        let org: OrgName = org.parse().unwrap();
        missing(node.older_notes(officer, case, &org).await, "party");
        let given = node.give_older(officer, case, &org, &chosen).await;
        assert!(matches!(given, Err(ServiceError::NotFound("party"))), "{given:?}");
    }
    // What it has, what was for another, what is a partner's and what was recalled is refused with all that was chosen.
    for also in [before.for_isp, before.theirs, before.recalled] {
        let given = node
            .give_older(officer, case, &hosting, &give(&[before.amber, also]))
            .await;
        assert!(matches!(given, Err(ServiceError::Conflict(_))), "{given:?}");
    }
    let wrong = |given: Result<Vec<accord_service::GivenNote>, ServiceError>| match given {
        Err(ServiceError::Invalid { field, .. }) => assert_eq!(field, "notes"),
        other => panic!("{other:?}"),
    };
    wrong(node.give_older(officer, case, &hosting, &give(&[])).await);
    let many = |count: usize| {
        let notes = (0..count as u64).map(|seq| EntryRef { seq, ..before.amber });
        GiveOlder {
            notes: notes.collect(),
        }
    };
    wrong(
        node.give_older(officer, case, &hosting, &many(OLDER_MAX + 1))
            .await,
    );
    let at_limit = node.give_older(officer, case, &hosting, &many(OLDER_MAX)).await;
    assert!(
        matches!(at_limit, Err(ServiceError::Conflict(_))),
        "not too many, but not all open: {at_limit:?}"
    );
    story.sync().await.unwrap();
    assert!(!holds(
        &everything(&story, "hosting", "agency").await,
        "amber-canary"
    ));
    // Given once; sent again it is no longer open.
    let (node, officer) = story.at("agency", "officer");
    node.give_older(officer, case, &hosting, &chosen).await.unwrap();
    let again = node.give_older(officer, case, &hosting, &chosen).await;
    assert!(matches!(again, Err(ServiceError::Conflict(_))), "{again:?}");
    // After the agreement has ended nothing goes.
    let (node, signatory) = story.at("agency", "signatory");
    node.terminate_agreement(signatory, story.agreement(), "the law changed")
        .await
        .unwrap();
    let (node, approver) = story.at("agency", "approver");
    let given = node
        .give_older(approver, case, &hosting, &give(&[before.red]))
        .await
        .unwrap();
    assert_eq!(given[0].decided.answer, "no");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_ends_at_its_limit_and_says_so() {
    let (story, before) = story(472).await;
    let (case, hosting) = (story.case(), name(&story));
    let (node, officer) = story.at("agency", "officer");
    let first = node.older_notes(officer, case, &hosting).await.unwrap();
    let isp = [story.org("isp").name.clone()];
    let more = OLDER_MAX + 1 - first.notes.len();
    // Meant for both, above what goes by itself: they stay open.
    for _ in 0..more {
        let draft = Draft {
            to: [isp.as_slice(), std::slice::from_ref(&hosting)].concat(),
            ..report("many", "many", Tlp::Red)
        };
        let (node, writer) = story.at("agency", "investigator");
        node.publish_note(writer, case, &draft).await.unwrap();
    }
    let older = node.older_notes(officer, case, &hosting).await.unwrap();
    assert_eq!((older.notes.len(), older.more), (OLDER_MAX, 1));
    assert_eq!(older.notes[0].decided.answer, "yes", "what goes is listed first");
    assert!(older.notes.iter().any(|note| note.at == before.amber));
}
