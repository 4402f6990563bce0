//! The search box: what it finds, in which order, and that what a person may not see changes nothing in it.

use accord_model::agreement::templates::Template;
use accord_model::content::{
    Indicator, IndicatorAt, IndicatorPublished, IndicatorWithdrawn, VerdictBlock, VerdictWish,
};
use accord_model::control::RecallDone;
use accord_model::{EntryRef, Role, Tlp};
use accord_service::{
    Draft, FOUND_MAX, GROUP_MAX, How, NewCase, NewNote, RecallAnswer, SearchAnswer, ServiceError, Way,
};
use accord_testkit::{Story, report};
use serde_json::Value;

use crate::leads::{begin, lead, refer, words};
use crate::threats::threat;
use crate::{TWO, denied};

const VALUE: &str = "www.evil.example";

async fn story(seed: u64) -> Story {
    let mut story = Story::begin(seed, TWO).await;
    story
        .agree(Template::AgencyIsp, &["agency", "isp"])
        .await
        .unwrap();
    story.open_case(&["isp"]).await.unwrap();
    story.sync().await.unwrap();
    story.join_case("isp").await.unwrap();
    story.sync().await.unwrap();
    // Without a list of what many use, every indicator would need a second person.
    let (node, operator) = story.at("agency", "operator");
    node.load_allow_list(operator, "top", "bank.example\n")
        .await
        .unwrap();
    story
}

fn note(title: &str, marking: Tlp, note: NewNote) -> Draft {
    Draft {
        title: title.into(),
        marking,
        to: Vec::new(),
        note,
        expect: None,
    }
}

fn indicators(values: &[&str]) -> NewNote {
    NewNote::new(IndicatorPublished {
        indicators: values
            .iter()
            .map(|value| Indicator {
                labels: vec!["Simda".into()],
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
    .unwrap()
}

async fn write(story: &Story, draft: Draft) -> EntryRef {
    let (node, who) = story.at("agency", "officer");
    node.publish_note(who, story.case(), &draft).await.unwrap().at
}

async fn search(story: &Story, org: &str, sign_in: &str, query: &str) -> SearchAnswer {
    let (node, who) = story.at(org, sign_in);
    node.search(who, query).await.unwrap()
}

/// An answer without what was typed.
fn without_query(answer: &SearchAnswer) -> Value {
    let mut value = serde_json::to_value(answer).unwrap();
    for name in ["query", "value"] {
        value[name] = Value::Null;
    }
    value
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_is_known_by_what_is_above_and_under_it() {
    let story = story(401).await;
    let published = write(
        &story,
        note(
            "names",
            Tlp::Amber,
            indicators(&["evil.example", "198.51.100.0/24"]),
        ),
    )
    .await;
    write(
        &story,
        report(
            "How it works",
            "The loader calls hxxp://www[.]evil[.]example/gate.php",
            Tlp::Amber,
        ),
    )
    .await;
    let found = search(&story, "agency", "investigator", "hxxps://WWW.evil[.]example").await;
    assert_eq!((found.read_as, found.value.as_deref()), ("value", Some(VALUE)));
    let verdict = found.verdict.unwrap();
    assert_eq!((verdict.word, verdict.how), ("known", Some(How::Parent)));
    assert_eq!(verdict.indicator.as_deref(), Some("evil.example"));
    let one = &found.indicators.items[0];
    assert_eq!(
        (one.at, one.value.as_deref(), one.standing),
        (published, Some("evil.example"), Some("known"))
    );
    assert_eq!(
        (found.indicators.total, found.reports.total, found.cases.total),
        (1, 1, 1)
    );
    assert_eq!(found.reports.items[0].how, How::Exact);

    let address = search(&story, "agency", "investigator", "198.51.100.7").await;
    assert_eq!(address.verdict.unwrap().how, Some(How::Network));
    // What is under a name is found by the name, and is no verdict on it.
    let below = search(&story, "agency", "investigator", "www.evil.example/gate.php").await;
    assert_eq!(below.reports.items[0].how, How::Exact);
    let unknown = search(&story, "agency", "investigator", "other.example").await;
    assert!(!unknown.known);
    assert_eq!(unknown.verdict.unwrap().word, "unknown");

    // Blocked, then withdrawn.
    let at = vec![IndicatorAt {
        published,
        value: "evil.example".into(),
    }];
    let block = NewNote::new(VerdictBlock {
        indicators: at,
        audience: Vec::new(),
        reason: "go".into(),
        plan: None,
        second: None,
    });
    write(&story, note("block", Tlp::Amber, block.unwrap())).await;
    assert_eq!(
        search(&story, "agency", "officer", VALUE)
            .await
            .verdict
            .unwrap()
            .word,
        "block"
    );
    let withdrawn = NewNote::new(IndicatorWithdrawn {
        published,
        values: Vec::new(),
        reason: "wrong".into(),
        second: None,
    });
    write(&story, note("back", Tlp::Amber, withdrawn.unwrap())).await;
    let after = search(&story, "agency", "officer", VALUE).await;
    assert_eq!(after.verdict.unwrap().word, "withdrawn");
}

#[tokio::test(flavor = "multi_thread")]
async fn words_names_and_references_are_found() {
    let story = story(402).await;
    let at = write(
        &story,
        report("Décodage du module", "Der Lader spricht nachts", Tlp::Amber),
    )
    .await;
    write(&story, note("names", Tlp::Amber, indicators(&["evil.example"]))).await;
    for query in ["decodage", "LADER", "lad", "spricht nachts", "module lader"] {
        let found = search(&story, "agency", "officer", query).await;
        assert_eq!(found.reports.items.len(), 1, "{query}");
        assert_eq!(found.reports.items[0].at, at, "{query}");
    }
    assert_eq!(
        search(&story, "agency", "officer", "simda")
            .await
            .indicators
            .total,
        1
    );
    // Both words must be there, and a beginning is the last word only.
    assert!(!search(&story, "agency", "officer", "lader mittags").await.known);
    assert!(!search(&story, "agency", "officer", "lad spricht").await.known);
    let by_reference = search(&story, "agency", "officer", &at.to_string()).await;
    assert_eq!(
        (by_reference.read_as, by_reference.reports.items[0].how),
        ("reference", How::Reference)
    );
    for query in ["operation heron", "Heron", "K-2026-17"] {
        let found = search(&story, "agency", "officer", query).await;
        assert!(found.cases.items[0].named, "{query}");
        assert_eq!(found.cases.items[0].id, story.case(), "{query}");
    }
    let (node, who) = story.at("agency", "officer");
    for (query, field) in [("", "q"), (" ", "q")] {
        let refused = node.search(who, query).await;
        assert!(matches!(refused, Err(ServiceError::Invalid { field: ref known, .. }) if known == field));
    }
    let (node, operator) = story.at("agency", "operator");
    denied(node.search(operator, "evil.example").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_may_not_see_changes_nothing() {
    let mut story = story(403).await;
    story
        .org_mut("agency")
        .add_person("other", &[Role::CaseOfficer])
        .await
        .unwrap();
    let new = NewCase {
        agreement: story.agreement(),
        operation: "Operation Thistle".into(),
        reference: "K-2026-99".into(),
        purpose: "cybercrime-investigation".into(),
        parties: Vec::new(),
    };
    let (node, other) = story.at("agency", "other");
    let hidden = node.open_case(other, &new).await.unwrap();
    write(&story, note("names", Tlp::Amber, indicators(&["seen.example"]))).await;
    let ask = async |query: &str| without_query(&search(&story, "agency", "officer", query).await);
    let queries = [
        "hidden.example",
        "thistle",
        "K-2026-99",
        "loader",
        "seen.example",
        "simda",
    ];
    let mut before = Vec::new();
    for query in queries {
        before.push(ask(query).await);
    }
    let drafts = [
        note(
            "names",
            Tlp::Amber,
            indicators(&["hidden.example", "seen.example"]),
        ),
        report("loader", "thistle simda hidden.example", Tlp::Amber),
    ];
    let mut hidden_at = Vec::new();
    for draft in &drafts {
        hidden_at.push(node.publish_note(other, hidden, draft).await.unwrap().at);
    }
    for (query, before) in queries.iter().zip(&before) {
        assert_eq!(ask(query).await, *before, "{query}");
    }
    // A real reference of a hidden note is answered like an invented one.
    let invented = format!("{}/7", "0f".repeat(16));
    assert_eq!(ask(&hidden_at[0].to_string()).await, ask(&invented).await);
    // Who is named there finds it.
    let theirs = search(&story, "agency", "other", "hidden.example").await;
    assert_eq!(theirs.cases.items[0].id, hidden);
    let both = search(&story, "agency", "other", "seen.example").await;
    assert_eq!(both.cases.total, 1, "named on one of the two");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_is_recorded_and_partners_hear_of_it() {
    let story = story(404).await;
    let at = write(&story, note("names", Tlp::Amber, indicators(&["evil.example"]))).await;
    let kept = write(&story, note("kept", Tlp::Red, indicators(&["kept.example"]))).await;
    story.sync().await.unwrap();
    let found = search(&story, "isp", "approver", VALUE).await;
    assert_eq!(found.indicators.items[0].at, at);
    assert!(!search(&story, "isp", "approver", "kept.example").await.known);
    story.sync().await.unwrap();
    let (agency, officer) = story.at("agency", "officer");
    let looks = agency.looks_at(officer, story.case(), at).await.unwrap();
    assert_eq!(
        looks.iter().map(|look| look.way).collect::<Vec<_>>(),
        [Way::Searched]
    );
    assert!(
        agency
            .looks_at(officer, story.case(), kept)
            .await
            .unwrap()
            .is_empty()
    );
    let (isp, auditor) = story.at("isp", "auditor");
    let log = isp.access_log(auditor, None).await.unwrap();
    assert!(
        log.iter()
            .any(|line| line.what == "searched" && line.subject == VALUE)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_recalled_is_found_no_more_and_a_start_finds_the_rest() {
    let mut story = story(405).await;
    let recalled = write(&story, note("names", Tlp::Amber, indicators(&["gone.example"]))).await;
    write(&story, note("names", Tlp::Amber, indicators(&["stays.example"]))).await;
    story.sync().await.unwrap();
    assert!(search(&story, "isp", "approver", "gone.example").await.known);
    let (agency, approver) = story.at("agency", "approver");
    let order = agency
        .order_recall(approver, story.case(), recalled, "a mistake")
        .await
        .unwrap();
    story.sync().await.unwrap();
    assert!(!search(&story, "isp", "approver", "gone.example").await.known);
    assert!(!search(&story, "agency", "officer", "gone.example").await.known);
    let (isp, approver) = story.at("isp", "approver");
    let answer = RecallAnswer {
        recall: order,
        done: RecallDone::Deleted,
        backup_until_ms: None,
        onward: Vec::new(),
        note: None,
    };
    isp.receipt_recall(approver, story.case(), &answer).await.unwrap();
    story.org_mut("isp").restart().await;
    assert!(!search(&story, "isp", "approver", "gone.example").await.known);
    assert!(search(&story, "isp", "approver", "stays.example").await.known);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_notes_are_counted_up_to_a_limit_and_shown_in_part() {
    let story = story(406).await;
    let (node, who) = story.at("agency", "officer");
    let mut write = 0..;
    let mut more = async |count: usize| {
        for _ in 0..count {
            let title = format!("note {}", write.next().unwrap_or_default());
            let draft = report(&title, "heather everywhere", Tlp::Red);
            node.publish_note(who, story.case(), &draft).await.unwrap();
        }
    };
    more(GROUP_MAX + 1).await;
    let found = search(&story, "agency", "officer", "heather").await;
    assert_eq!(
        (found.reports.total, found.reports.items.len(), found.more),
        (GROUP_MAX + 1, GROUP_MAX, false)
    );
    // The newest first.
    assert_eq!(found.reports.items[0].title, format!("note {GROUP_MAX}"));
    more(FOUND_MAX - GROUP_MAX - 1).await;
    let full = search(&story, "agency", "officer", "heather").await;
    assert_eq!((full.reports.total, full.more), (FOUND_MAX, false));
    more(1).await;
    let over = search(&story, "agency", "officer", "heather").await;
    assert_eq!((over.reports.total, over.more), (FOUND_MAX, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn leads_and_threats_are_found_by_who_sees_them_and_by_nobody_else() {
    let story = begin(407, Template::IntelligenceOnly).await;
    let (node, officer) = story.at("agency", "officer");
    // The officer's threat, and one of a colleague that nobody else sees.
    let own = node
        .new_threat(officer, &threat("Heron panel", &["value-canary.example"]))
        .await
        .unwrap();
    let queries = [
        "value-canary.example",
        "lead-canary",
        "heron",
        "wader",
        "hidden.example",
    ];
    let ask = async |query: &str| without_query(&search(&story, "agency", "officer", query).await);
    let mut before = Vec::new();
    for query in queries {
        before.push(ask(query).await);
    }
    let (_, investigator) = story.at("agency", "investigator");
    let hidden = threat("Wader", &["hidden.example", "value-canary.example"]);
    node.new_threat(investigator, &hidden).await.unwrap();
    // A lead between two others, under the same agreement.
    let between = refer(&story, &lead(&story, "isp")).await;
    for (query, before) in queries.iter().zip(&before) {
        assert_eq!(ask(query).await, *before, "{query}");
    }
    assert_eq!(
        ask(&between.to_string()).await,
        ask(&format!("{}/7", "0f".repeat(16))).await
    );
    let found = search(&story, "agency", "officer", "value-canary.example").await;
    assert_eq!((found.threats.total, found.leads.total), (1, 0));
    assert_eq!(
        (&found.threats.items[0].id, found.threats.items[0].how),
        (&own, How::Exact)
    );
    assert_eq!(found.verdict.unwrap().word, "unknown", "a threat is no verdict");
    let theirs = search(&story, "agency", "investigator", "hidden.example").await;
    assert_eq!(theirs.threats.items[0].name, "Wader");
    assert!(!search(&story, "agency", "approver", "hidden.example").await.known);

    // A lead: by its words, its values and what was said of it; by its desk, and not by who was not handed it.
    let at = refer(&story, &lead(&story, "agency")).await;
    node.answer_lead(officer, at, &words(None, "feedback-canary"))
        .await
        .unwrap();
    story.sync().await.unwrap();
    // Its giver finds the other one, too.
    for (query, how, given) in [
        ("lead-canary", How::Words, 2),
        ("value-canary.example", How::Exact, 2),
        ("www.value-canary.example", How::Parent, 2),
        ("feedback-canary", How::Words, 1),
        (at.to_string().as_str(), How::Reference, 1),
    ] {
        let found = search(&story, "agency", "officer", query).await;
        assert_eq!((found.leads.total, found.known), (1, true), "{query}");
        assert_eq!(
            (found.leads.items[0].lead.at, found.leads.items[0].how),
            (at, how),
            "{query}"
        );
        let giver = search(&story, "vendor", "researcher", query).await;
        assert_eq!(giver.leads.total, given, "{query}");
        assert_eq!(
            search(&story, "agency", "investigator", query).await.leads.total,
            0,
            "{query}"
        );
    }
    let found = search(&story, "isp", "approver", "feedback-canary").await;
    assert!(!found.known, "a third party has nothing of it");
    node.hand_lead(officer, at, investigator.person).await.unwrap();
    assert_eq!(
        search(&story, "agency", "investigator", "lead-canary")
            .await
            .leads
            .total,
        1
    );

    // Called back, it is found by nobody.
    let (vendor, approver) = story.at("vendor", "approver");
    vendor.recall_lead(approver, at, "wrong").await.unwrap();
    story.sync().await.unwrap();
    for query in ["lead-canary", "feedback-canary", "value-canary.example"] {
        assert_eq!(
            search(&story, "agency", "officer", query).await.leads.total,
            0,
            "{query}"
        );
    }
    assert_eq!(
        search(&story, "agency", "officer", "value-canary.example")
            .await
            .threats
            .total,
        1
    );
}
