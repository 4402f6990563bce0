//! Files for other programs, and what a partner without a node sees by TAXII: what the agreement lets go, nothing else.

use std::collections::BTreeSet;

use accord_formats::export::Format;
use accord_formats::indicators::{self, Content};
use accord_model::agreement::templates::Template;
use accord_model::content::{Indicator, IndicatorPublished, IndicatorWithdrawn, VerdictWish};
use accord_model::{EntryRef, OrgKind, Role, Tlp};
use accord_service::{
    Draft, ExportAsked, NewNote, NewTaxiiAccount, ServiceError, TAXII_ADD_OBJECTS_MAX, TAXII_PAGE_MAX,
    TAXII_RECEIVED_MAX, TaxiiAsked, TaxiiCaller, Versions, Way,
};
use accord_testkit::{DAY_MS, Story, report};
use serde_json::{Value, json};

use crate::{THREE, TWO, denied};

async fn story(seed: u64, orgs: &[(&str, OrgKind)]) -> Story {
    let mut story = Story::begin(seed, orgs).await;
    let parties: Vec<&str> = orgs.iter().map(|(name, _)| *name).collect();
    let partners: Vec<&str> = parties.iter().copied().filter(|name| *name != "agency").collect();
    story.agree(Template::AgencyIsp, &parties).await.unwrap();
    story.open_case(&partners).await.unwrap();
    story.sync().await.unwrap();
    for partner in &partners {
        story.join_case(partner).await.unwrap();
    }
    story.sync().await.unwrap();
    // Without a list of what many use, every indicator would need a second person.
    for org in ["agency", "isp"] {
        let (node, operator) = story.at(org, "operator");
        node.load_allow_list(operator, "top", "bank.example\n")
            .await
            .unwrap();
    }
    story
}

fn note(title: &str, marking: Tlp, to: &[&str], values: &[&str]) -> Draft {
    Draft {
        title: title.into(),
        marking,
        to: to.iter().map(|org| org.parse().unwrap()).collect(),
        note: NewNote::new(IndicatorPublished {
            indicators: values
                .iter()
                .map(|value| Indicator {
                    labels: vec!["simda".into(), "T1566.001".into()],
                    ..Indicator::of(*value)
                })
                .collect(),
            note: None,
            from: "analysis".into(),
            grading: None,
            source_protected: false,
            wish: VerdictWish::None,
            report: None,
            second: None,
        })
        .unwrap(),
        expect: None,
    }
}

async fn write(story: &Story, draft: &Draft) -> EntryRef {
    let (node, who) = story.at("agency", "officer");
    node.publish_note(who, story.case(), draft).await.unwrap().at
}

fn values(bytes: &[u8]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    indicators::read(bytes, &mut |row| {
        if let Content::Indicator { value, .. } = row.content {
            found.insert(value.to_owned());
        }
    })
    .unwrap();
    found
}

fn set(of: &[&str]) -> BTreeSet<String> {
    of.iter().map(|one| (*one).to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_for_use_inside_is_a_read_by_the_person() {
    let story = story(411, TWO).await;
    let case = story.case();
    let shared = write(
        &story,
        &note("shared", Tlp::Amber, &[], &["evil.example", "192.0.2.7"]),
    )
    .await;
    let kept = write(&story, &note("kept", Tlp::Red, &[], &["kept.example"])).await;
    story.sync().await.unwrap();
    let (isp, approver) = story.at("isp", "approver");
    let asked = ExportAsked {
        case: Some(case),
        ..ExportAsked::all(Format::Csv)
    };
    // Looking at it first is no export.
    let before = isp.preview_export(approver, &asked).await.unwrap();
    assert_eq!(
        (before.indicators, before.marking.as_deref()),
        (2, Some("TLP:AMBER"))
    );
    let file = isp.export(approver, &asked).await.unwrap();
    assert_eq!(file.preview, before);
    assert_eq!(values(&file.bytes), set(&["evil.example", "192.0.2.7"]));
    let all = isp
        .export(approver, &ExportAsked::all(Format::Csv))
        .await
        .unwrap();
    assert_eq!(values(&all.bytes), values(&file.bytes));
    story.sync().await.unwrap();
    let (agency, officer) = story.at("agency", "officer");
    let looks = agency.looks_at(officer, case, shared).await.unwrap();
    assert_eq!(
        looks.iter().map(|look| look.way).collect::<Vec<_>>(),
        [Way::Exported]
    );
    assert!(agency.looks_at(officer, case, kept).await.unwrap().is_empty());
    let (isp, auditor) = story.at("isp", "auditor");
    let log = isp.access_log(auditor, None).await.unwrap();
    let lines: Vec<&str> = log
        .iter()
        .filter(|line| line.what == "exported")
        .map(|line| line.subject.as_str())
        .collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(
        lines.iter().all(|line| line.contains("2 indicators")),
        "{lines:?}"
    );

    // Filters.
    let (agency, officer) = story.at("agency", "officer");
    let export = async |asked: ExportAsked| values(&agency.export(officer, &asked).await.unwrap().bytes);
    let list = || ExportAsked::all(Format::List);
    assert_eq!(
        export(list()).await,
        set(&["evil.example", "192.0.2.7", "kept.example"])
    );
    assert_eq!(
        export(ExportAsked {
            ceiling: Some(Tlp::Amber),
            ..list()
        })
        .await,
        set(&["evil.example", "192.0.2.7"])
    );
    assert_eq!(
        export(ExportAsked {
            kinds: vec!["ipv4".into()],
            ..list()
        })
        .await,
        set(&["192.0.2.7"])
    );
    assert_eq!(
        export(ExportAsked {
            labels: vec!["SIMDA".into()],
            ..list()
        })
        .await
        .len(),
        3
    );
    assert!(
        export(ExportAsked {
            labels: vec!["other".into()],
            ..list()
        })
        .await
        .is_empty()
    );
    let later = story.world.now_ms() + 1;
    assert!(
        export(ExportAsked {
            since_ms: Some(later),
            ..list()
        })
        .await
        .is_empty()
    );
    let refused = agency
        .export(
            officer,
            &ExportAsked {
                kinds: vec!["mutex".into()],
                ..list()
            },
        )
        .await;
    assert!(matches!(refused, Err(ServiceError::Invalid { .. })));
    let (node, auditor) = story.at("agency", "auditor");
    denied(node.export(auditor, &list()).await);
    let unnamed = ExportAsked {
        case: Some(accord_model::SpaceId([9; 16])),
        ..list()
    };
    assert!(matches!(
        agency.export(officer, &unnamed).await,
        Err(ServiceError::NotFound(_))
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_for_a_partner_has_what_was_released_to_it() {
    let mut story = story(412, THREE).await;
    write(&story, &note("for all", Tlp::Amber, &[], &["all.example"])).await;
    write(&story, &note("for one", Tlp::Amber, &["isp"], &["one.example"])).await;
    write(&story, &note("above", Tlp::Red, &[], &["above.example"])).await;
    story
        .org_mut("isp")
        .add_person("researcher", &[Role::Researcher])
        .await
        .unwrap();
    let (isp, approver) = story.at("isp", "approver");
    let person = story.org("isp").who("researcher").person;
    let roles = [Role::Researcher].into();
    isp.add_member(approver, story.case(), person, &roles, None)
        .await
        .unwrap();
    let (isp, researcher) = story.at("isp", "researcher");
    let theirs = note("theirs", Tlp::Amber, &["agency"], &["theirs.example"]);
    isp.publish_note(researcher, story.case(), &theirs).await.unwrap();
    story.sync().await.unwrap();
    let (agency, officer) = story.at("agency", "officer");
    let made_for = async |org: &str| {
        let asked = ExportAsked {
            to: Some(org.parse().unwrap()),
            ..ExportAsked::all(Format::Stix)
        };
        agency
            .export(officer, &asked)
            .await
            .map(|file| values(&file.bytes))
    };
    assert_eq!(
        made_for("isp").await.unwrap(),
        set(&["all.example", "one.example"])
    );
    assert_eq!(made_for("hosting").await.unwrap(), set(&["all.example"]));
    assert!(made_for("nobody").await.unwrap().is_empty());
    assert!(matches!(
        made_for("agency").await,
        Err(ServiceError::Invalid { .. })
    ));
    // For use inside there is everything, the partner's too.
    let inside = agency
        .export(officer, &ExportAsked::all(Format::Stix))
        .await
        .unwrap();
    let expected = set(&["all.example", "one.example", "above.example", "theirs.example"]);
    assert_eq!(values(&inside.bytes), expected);
}

/// An account that a signatory has confirmed.
async fn account(story: &Story, org: &str, writes: bool) -> TaxiiCaller {
    let (node, operator) = story.at("agency", "operator");
    let new = NewTaxiiAccount {
        name: format!("{org}-feed"),
        org: org.parse().unwrap(),
        writes,
        until_ms: story.world.now_ms() + 30 * DAY_MS,
    };
    let opened = node.add_taxii_account(operator, &new).await.unwrap();
    let (node, signatory) = story.at("agency", "signatory");
    node.confirm_taxii_account(signatory, &opened.name).await.unwrap();
    node.taxii_caller(Some(&opened.name), &opened.token)
        .await
        .unwrap()
}

/// The patterns that a caller sees in the case's collection.
async fn patterns(story: &Story, caller: &TaxiiCaller, asked: &TaxiiAsked) -> Vec<String> {
    let node = story.org("agency").node();
    let root = story.agreement();
    let collections = node.taxii_collections(caller, root).await.unwrap();
    let case = collections
        .iter()
        .find(|one| one.title.contains("Heron"))
        .unwrap();
    let page = node
        .taxii_page(caller, (root, &case.id), asked, "test")
        .await
        .unwrap();
    page.objects
        .iter()
        .filter_map(|one| one.object["pattern"].as_str().map(str::to_owned))
        .collect()
}

fn named(value: &str) -> String {
    format!("[domain-name:value = '{value}']")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_account_sees_is_what_the_agreement_lets_go() {
    let story = story(413, THREE).await;
    write(&story, &note("for all", Tlp::Amber, &[], &["all.example"])).await;
    write(&story, &note("for one", Tlp::Amber, &["isp"], &["one.example"])).await;
    write(&story, &note("above", Tlp::Red, &[], &["above.example"])).await;
    let (isp, hosting) = (
        account(&story, "isp", false).await,
        account(&story, "hosting", false).await,
    );
    let asked = TaxiiAsked::default();
    let mut seen = patterns(&story, &isp, &asked).await;
    seen.sort_unstable();
    assert_eq!(seen, [named("all.example"), named("one.example")]);
    assert_eq!(patterns(&story, &hosting, &asked).await, [named("all.example")]);

    // A party that is taken off, another root, another collection: not there.
    let node = story.org("agency").node();
    let root = story.agreement();
    let other = accord_model::AgreementDigest([7; 32]);
    assert!(matches!(
        node.taxii_collections(&isp, other).await,
        Err(ServiceError::NotFound(_))
    ));
    let nothing = node
        .taxii_page(
            &isp,
            (root, "00000000-0000-0000-0000-000000000000"),
            &asked,
            "test",
        )
        .await;
    assert!(matches!(nothing, Err(ServiceError::NotFound(_))));
    let (agency, officer) = story.at("agency", "officer");
    let name = story.org("hosting").name.clone();
    agency
        .remove_party(officer, story.case(), &name, "done")
        .await
        .unwrap();
    let left = node.taxii_collections(&hosting, root).await.unwrap();
    assert!(left.iter().all(|one| !one.title.contains("Heron")), "{left:?}");

    // What is recalled is shown no more.
    let recalled = write(&story, &note("wrong", Tlp::Amber, &[], &["wrong.example"])).await;
    assert!(
        patterns(&story, &isp, &asked)
            .await
            .contains(&named("wrong.example"))
    );
    let (agency, approver) = story.at("agency", "approver");
    agency
        .order_recall(approver, story.case(), recalled, "wrong")
        .await
        .unwrap();
    assert!(
        !patterns(&story, &isp, &asked)
            .await
            .contains(&named("wrong.example"))
    );

    // Each page is recorded, with whose account it was.
    let (node, auditor) = story.at("agency", "auditor");
    let log = node.access_log(auditor, None).await.unwrap();
    assert!(
        log.iter()
            .any(|line| line.actor == "service:isp-feed of isp" && line.what == "test")
    );

    // An agreement that has ended: nothing at all.
    let (node, signatory) = story.at("agency", "signatory");
    node.terminate_agreement(signatory, root, "over").await.unwrap();
    let node = story.org("agency").node();
    assert_eq!(node.taxii_roots(&isp).await.unwrap(), []);
    assert!(matches!(
        node.taxii_collections(&isp, root).await,
        Err(ServiceError::NotFound(_))
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_versions_and_what_was_added_since() {
    let story = story(414, TWO).await;
    let caller = account(&story, "isp", false).await;
    let first = write(&story, &note("first", Tlp::Green, &[], &["first.example"])).await;
    story.world.advance(60_000);
    let middle = story.world.now_ms();
    story.world.advance(60_000);
    write(&story, &note("second", Tlp::Green, &[], &["second.example"])).await;
    let all = TaxiiAsked::default();
    assert_eq!(
        patterns(&story, &caller, &all).await,
        [named("first.example"), named("second.example")]
    );
    let since = TaxiiAsked {
        added_after_ms: Some(middle),
        ..all.clone()
    };
    assert_eq!(patterns(&story, &caller, &since).await, [named("second.example")]);

    // A withdrawal is a later version of the same object, and comes when it is made.
    story.world.advance(60_000);
    let before = story.world.now_ms() - 1;
    let withdrawn = NewNote::new(IndicatorWithdrawn {
        published: first,
        values: Vec::new(),
        reason: "wrong".into(),
        second: None,
    });
    let (node, operator) = story.at("agency", "operator");
    node.load_allow_list(operator, "top", "bank.example\n")
        .await
        .unwrap();
    let draft = Draft {
        note: withdrawn.unwrap(),
        ..note("back", Tlp::Green, &[], &["x.example"])
    };
    write(&story, &draft).await;
    let node = story.org("agency").node();
    let root = story.agreement();
    let collections = node.taxii_collections(&caller, root).await.unwrap();
    let id = collections
        .iter()
        .find(|one| one.title.contains("Heron"))
        .unwrap()
        .id
        .clone();
    let place = (root, id.as_str());
    let indicators = |versions: Vec<Versions>| TaxiiAsked {
        types: vec!["indicator".into()],
        versions,
        ..TaxiiAsked::default()
    };
    let page = node
        .taxii_page(&caller, place, &indicators(vec![]), "test")
        .await
        .unwrap();
    let revoked: Vec<bool> = page
        .objects
        .iter()
        .map(|one| one.object["revoked"] == true)
        .collect();
    assert_eq!(revoked, [false, true], "the one that changed came last");
    let all_versions = node
        .taxii_page(&caller, place, &indicators(vec![Versions::All]), "test")
        .await
        .unwrap();
    assert_eq!(all_versions.objects.len(), 3);
    let newer = TaxiiAsked {
        added_after_ms: Some(before),
        ..indicators(vec![])
    };
    let newer = node.taxii_page(&caller, place, &newer, "test").await.unwrap();
    assert_eq!(newer.objects.len(), 1);

    // Page by page it is the same as at once.
    let whole = node
        .taxii_page(&caller, place, &TaxiiAsked::default(), "test")
        .await
        .unwrap();
    assert!(whole.next.is_none() && whole.objects.len() > 4);
    let (mut pages, mut next) = (Vec::new(), None);
    loop {
        let asked = TaxiiAsked {
            limit: 2,
            next: next.take(),
            ..TaxiiAsked::default()
        };
        let page = node.taxii_page(&caller, place, &asked, "test").await.unwrap();
        assert!(page.objects.len() <= 2);
        pages.extend(page.objects);
        match page.next {
            Some(on) => next = Some(on),
            None => break,
        }
    }
    assert_eq!(pages, whole.objects);
    let bad = TaxiiAsked {
        next: Some("zz".into()),
        ..TaxiiAsked::default()
    };
    assert!(matches!(
        node.taxii_page(&caller, place, &bad, "t").await,
        Err(ServiceError::Invalid { .. })
    ));
    assert_eq!(TaxiiAsked::default().limit, TAXII_PAGE_MAX);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_takes_two_hands_and_ends() {
    let story = story(415, TWO).await;
    let (node, operator) = story.at("agency", "operator");
    let until_ms = story.world.now_ms() + DAY_MS;
    let new = |name: &str, org: &str| NewTaxiiAccount {
        name: name.into(),
        org: org.parse().unwrap(),
        writes: false,
        until_ms,
    };
    let opened = node
        .add_taxii_account(operator, &new("feed", "isp"))
        .await
        .unwrap();
    let enter = async || node.taxii_caller(Some("feed"), &opened.token).await;
    assert!(
        matches!(enter().await, Err(ServiceError::NotSignedIn)),
        "nobody has confirmed it"
    );
    denied(node.confirm_taxii_account(operator, "feed").await);
    let (_, signatory) = story.at("agency", "signatory");
    let (_, officer) = story.at("agency", "officer");
    denied(node.add_taxii_account(signatory, &new("other", "isp")).await);
    denied(node.taxii_accounts(officer).await);
    node.confirm_taxii_account(signatory, "feed").await.unwrap();
    assert_eq!(enter().await.unwrap().org().as_str(), "isp");
    for (name, token) in [
        (Some("other"), opened.token.as_str()),
        (Some("feed"), "0000"),
        (None, ""),
    ] {
        assert!(
            matches!(
                node.taxii_caller(name, token).await,
                Err(ServiceError::NotSignedIn)
            ),
            "{name:?}"
        );
    }
    assert!(node.taxii_caller(None, &opened.token).await.is_ok());
    for bad in [
        new("feed", "isp"),
        new("", "isp"),
        new("x", "nobody"),
        new("x", "agency"),
    ] {
        assert!(node.add_taxii_account(operator, &bad).await.is_err(), "{bad:?}");
    }
    story.world.advance(2 * DAY_MS);
    assert!(
        matches!(enter().await, Err(ServiceError::NotSignedIn)),
        "it has ended"
    );
    let views = node.taxii_accounts(operator).await.unwrap();
    assert_eq!(views[0].state, "ended");
    node.close_taxii_account(operator, "feed").await.unwrap();
    let views = node.taxii_accounts(operator).await.unwrap();
    assert_eq!(views[0].state, "closed");
}

fn indicator(number: usize, value: &str) -> Value {
    json!({
        "type": "indicator", "spec_version": "2.1", "id": format!("indicator--{number}"),
        "created": "2026-11-02T09:00:00.000Z", "modified": "2026-11-02T09:00:00.000Z",
        "pattern": named(value), "pattern_type": "stix", "valid_from": "2026-11-02T09:00:00.000Z",
        "labels": ["simda"], "confidence": 70,
        "object_marking_refs": ["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"]
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_added_waits_for_a_person_and_is_said_on_behalf() {
    let story = story(416, THREE).await;
    let caller = account(&story, "isp", true).await;
    let reads_only = account(&story, "hosting", false).await;
    let (node, officer) = story.at("agency", "officer");
    let (case, root) = (story.case(), story.agreement());
    let id = {
        let all = node.taxii_collections(&caller, root).await.unwrap();
        let case = all.iter().find(|one| one.title.contains("Heron")).unwrap();
        assert!(case.can_write);
        assert!(
            all.iter().any(|one| !one.can_write),
            "the agreement's own takes nothing"
        );
        case.id.clone()
    };
    let place = (root, id.as_str());
    let objects = [
        indicator(1, "found.example"),
        json!({ "type": "malware", "spec_version": "2.1", "id": "malware--1" }),
        json!({ "type": "report", "spec_version": "2.1", "id": "report--1", "name": "How", "description": "It beacons.",
                "modified": "2026-11-02T09:00:00.000Z" }),
    ];
    denied(node.taxii_add(&reads_only, place, &objects).await);
    let status = node.taxii_add(&caller, place, &objects).await.unwrap();
    assert_eq!(
        (status.complete, status.pendings.len(), status.failures.len()),
        (false, 2, 1)
    );
    // Nothing is said yet.
    assert!(!node.search(officer, "found.example").await.unwrap().known);
    let waiting = node.received(officer, case).await.unwrap();
    assert_eq!(
        (waiting.len(), waiting[0].org.as_str(), waiting[0].objects.len()),
        (1, "isp", 2)
    );
    let read_status = async |who: &TaxiiCaller| node.taxii_status(who, root, &status.id).await;
    assert!(!read_status(&caller).await.unwrap().complete);
    assert!(
        matches!(read_status(&reads_only).await, Err(ServiceError::NotFound(_))),
        "another's status"
    );

    let (_, operator) = story.at("agency", "operator");
    denied(node.publish_received(operator, case, &status.id).await);
    node.load_allow_list(operator, "top", "bank.example\n")
        .await
        .unwrap();
    let settled = node.publish_received(officer, case, &status.id).await.unwrap();
    assert_eq!((settled.published.len(), settled.waiting.len()), (2, 0));
    let done = read_status(&caller).await.unwrap();
    assert_eq!((done.complete, done.successes.len()), (true, 2));
    let found = node.search(officer, "found.example").await.unwrap();
    assert_eq!(found.indicators.items[0].marking, Tlp::Green);
    assert!(found.indicators.items[0].title.contains("On behalf of isp"));
    // A report without a marking is marked strictly.
    let beacons = node.search(officer, "beacons").await.unwrap();
    assert_eq!(beacons.reports.items[0].marking, Tlp::AmberStrict);
    let again = node.publish_received(officer, case, &status.id).await;
    assert!(matches!(again, Err(ServiceError::NotFound(_))));

    // Left, and taken back.
    let left = node
        .taxii_add(&caller, place, &[indicator(2, "left.example")])
        .await
        .unwrap();
    node.drop_received(officer, case, &left.id).await.unwrap();
    let told = node.taxii_status(&caller, root, &left.id).await.unwrap();
    assert_eq!((told.complete, told.failures[0].2.as_str()), (true, "not taken"));
    node.taxii_add(&caller, place, &[indicator(3, "back.example")])
        .await
        .unwrap();
    node.taxii_delete(&caller, place, "indicator--3").await.unwrap();
    denied(node.taxii_delete(&caller, place, "indicator--3").await);
    assert!(node.received(officer, case).await.unwrap().is_empty());

    // Limits and one past them.
    let many = |count: usize| vec![indicator(4, "many.example"); count];
    assert!(node.taxii_add(&caller, place, &[]).await.is_err());
    assert!(
        node.taxii_add(&caller, place, &many(TAXII_ADD_OBJECTS_MAX + 1))
            .await
            .is_err()
    );
    assert!(
        node.taxii_add(&caller, place, &many(TAXII_ADD_OBJECTS_MAX))
            .await
            .is_ok()
    );
    for _ in 1..TAXII_RECEIVED_MAX {
        node.taxii_add(&caller, place, &many(1)).await.unwrap();
    }
    assert!(matches!(
        node.taxii_add(&caller, place, &many(1)).await,
        Err(ServiceError::Conflict(_))
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn added_values_that_many_use_wait_for_a_second_person() {
    let mut story = story(418, THREE).await;
    story
        .org_mut("agency")
        .add_person("second", &[Role::CaseOfficer])
        .await
        .unwrap();
    let caller = account(&story, "isp", true).await;
    let (case, root) = (story.case(), story.agreement());
    let (node, approver) = story.at("agency", "approver");
    let second = story.org("agency").who("second");
    let roles = [Role::CaseOfficer].into();
    node.add_member(approver, case, second.person, &roles, None)
        .await
        .unwrap();
    let (node, officer) = story.at("agency", "officer");
    let (_, operator) = story.at("agency", "operator");
    node.load_allow_list(operator, "top", "bank.example\n")
        .await
        .unwrap();
    let collections = node.taxii_collections(&caller, root).await.unwrap();
    let id = &collections.iter().find(|one| one.can_write).unwrap().id;
    let place = (root, id.as_str());
    let both = json!({ "type": "indicator", "spec_version": "2.1", "id": "indicator--3", "modified": "2026-11-02T09:00:00.000Z",
        "pattern": "[domain-name:value = 'odd.example' OR domain-name:value = 'bank.example']", "pattern_type": "stix" });
    let objects = [indicator(1, "found.example"), indicator(2, "bank.example"), both];
    let counts = async |id: &str| {
        let told = node.taxii_status(&caller, root, id).await.unwrap();
        (
            told.complete,
            told.successes.len(),
            told.failures.len(),
            told.pendings.len(),
        )
    };

    let status = node.taxii_add(&caller, place, &objects).await.unwrap();
    let waiting = node.received(officer, case).await.unwrap();
    assert_eq!(waiting[0].second, ["bank.example", "bank.example"]);
    let settled = node.publish_received(officer, case, &status.id).await.unwrap();
    // What is plain is published; the rest waits as a note of its own, and the addition is told as pending.
    assert!(!settled.waiting.is_empty() && !settled.published.is_empty());
    assert!(node.search(officer, "found.example").await.unwrap().known);
    assert!(node.search(officer, "odd.example").await.unwrap().known);
    assert!(!node.search(officer, "bank.example").await.unwrap().known);
    assert_eq!(
        counts(&status.id).await,
        (false, 0, 0, 3),
        "which ones is not told"
    );
    assert!(
        node.received(officer, case).await.unwrap().is_empty(),
        "it was decided about"
    );
    let again = node.publish_received(officer, case, &status.id).await;
    assert!(matches!(again, Err(ServiceError::NotFound(_))));
    denied(node.taxii_delete(&caller, place, "indicator--2").await);
    // Not by who published it; by somebody else.
    for note in &settled.waiting {
        denied(node.second_note(officer, case, note).await);
        node.second_note(second, case, note).await.unwrap();
    }
    assert_eq!(counts(&status.id).await, (true, 3, 0, 0));
    let found = node.search(officer, "bank.example").await.unwrap();
    assert!(found.indicators.items[0].title.contains("On behalf of isp"));

    // The second one says no; it outlives a restart.
    let status = node
        .taxii_add(
            &caller,
            place,
            &[indicator(4, "www.bank.example"), indicator(5, "bank.example")],
        )
        .await
        .unwrap();
    let settled = node.publish_received(officer, case, &status.id).await.unwrap();
    assert_eq!(settled.waiting.len(), 1);
    story.org_mut("agency").restart().await;
    let (node, second) = story.at("agency", "second");
    node.drop_waiting_note(second, case, &settled.waiting[0])
        .await
        .unwrap();
    let told = node.taxii_status(&caller, root, &status.id).await.unwrap();
    assert!(told.complete && told.pendings.is_empty());
    assert_eq!((told.successes.len(), told.failures.len()), (1, 1));
    assert_eq!(told.failures[0].2, "not taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_names_a_partners_report_is_in_the_graph() {
    let story = story(417, TWO).await;
    let at = write(&story, &report("How it works", "t", Tlp::Amber)).await;
    let mut draft = note("names", Tlp::Amber, &[], &["evil.example"]);
    let mut body = serde_json::to_value(&draft.note).unwrap();
    body["report"] = json!(at.to_string());
    draft.note = serde_json::from_value(body).unwrap();
    write(&story, &draft).await;
    story.sync().await.unwrap();
    let (isp, approver) = story.at("isp", "approver");
    let graph = isp.graph(approver, story.case()).await.unwrap();
    let names: Vec<&str> = graph.nodes.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(names, ["How it works", "evil.example", "simda", "T1566.001"]);
    assert_eq!(graph.links, [(0, 1), (1, 2), (1, 3)]);
    let (node, operator) = story.at("agency", "operator");
    denied(node.graph(operator, story.case()).await);
}
