//! Requests that are no hunts: experts, who held an address, keeping data, taking down. Asked, taken, answered, read.

use accord_model::content::{Admiralty, Credibility, Grading, Reliability, ReportPublished};
use accord_model::{Category, Tlp};
use accord_service::{Draft, NewInstrument, NewNote};
use accord_testkit::{DAY_MS, Story, report};

use super::Walk;
use crate::chromium::{Tab, chromium};
use crate::{ready, serve};

async fn instrument(story: &Story) {
    let now = story.world.now_ms();
    let new = NewInstrument {
        reference: "S-7".into(),
        authority: "District Court".into(),
        power: "Act 7, section 9".into(),
        categories: vec![Category::SubscriberData],
        scope: "who held 192.0.2.7".into(),
        addressee: story.org("isp").name.clone(),
        from_ms: now,
        to_ms: now + 30 * DAY_MS,
    };
    let (node, officer) = story.at("agency", "officer");
    node.record_instrument(officer, story.case(), &new)
        .await
        .expect("an instrument");
}

/// The provider's address server gave the address out ten minutes before the instant that is asked about.
async fn leases(story: &Story) {
    let (node, operator) = story.at("isp", "operator");
    let source = serde_json::json!({
        "name": "kea", "description": "address assignment, access network", "format": "auto", "customers": [],
        "time_zone": "UTC", "clock_offset_ms": 40, "ordinary_course": true, "custodian": "duty operator",
    });
    let source = serde_json::from_value(source).expect("settings");
    node.add_source(operator, source).await.expect("a source");
    let line = "2026-11-01 07:50:00.000 INFO  [kea-dhcp4.leases/617.1] DHCP4_LEASE_ALLOC [hwtype=1 08:00:27:d1:b8:5c], \
                cid=[01:08:00:27:d1:b8:5c], tid=0x1: lease 192.0.2.7 has been allocated for 3600 seconds\n";
    node.import_log(operator, "kea", "kea.log", line.as_bytes())
        .await
        .expect("a log");
}

/// Looks at what was filled in as the partner will read it, and asks.
fn ask(walk: &mut Walk, tab: &Tab, picture: &str) {
    walk.press(
        tab,
        "Look at it first",
        &["Before it happens", "isp", "It can be taken back while it waits"],
        picture,
    );
    walk.press(tab, "Ask isp", &["The request is on its way."], "");
}

#[tokio::test(flavor = "multi_thread")]
async fn experts_subscribers_data_kept_and_a_takedown() {
    let Some(program) = chromium() else { return };
    let mut story = ready(96).await;
    story.more_people().await.expect("people");
    instrument(&story).await;
    leases(&story).await;
    story.sync().await.expect("pulls");
    let case = story.case();
    let agency = format!("http://{}", serve(story.org("agency").node()).await);
    let isp = format!("http://{}", serve(story.org("isp").node()).await);
    // The pool's report, which answers.
    let (node, pool) = story.at("isp", "researcher");
    let graded = ReportPublished {
        grading: Some(Grading {
            admiralty: Some(Admiralty {
                reliability: Reliability::Usually,
                credibility: Credibility::Probable,
            }),
            three_five_two: None,
        }),
        ..ReportPublished::plain("It writes into the clock's driver.")
    };
    let found = Draft {
        note: NewNote::new(graded).expect("a report"),
        ..report("How the loader hides", "", Tlp::Amber)
    };
    let answer = node.publish_note(pool, case, &found).await.expect("a note");
    let answer = answer.at.to_string();
    story.sync().await.expect("pulls");
    let requests = format!("{agency}/cases/{case}/requests");
    let runtime = tokio::runtime::Handle::current();
    tokio::task::block_in_place(|| {
        let mut walk = Walk::begin(&program);
        let asker = walk.person(&agency, "investigator");
        walk.stop(&asker, &requests, &["Nothing has been asked."], "requests-empty");

        walk.press(
            &asker,
            "Ask experts",
            &["answers with a graded report"],
            "ask-experts",
        );
        walk.browser.choose(&asker, "Partner", "isp");
        walk.write(
            &asker,
            &[
                ("Number", "E-1"),
                ("Why", "How does the loader hide on a till?"),
                ("Pool", "malware"),
            ],
        );
        ask(&mut walk, &asker, "ask-experts-before");

        walk.press(
            &asker,
            "Ask who held an address",
            &["Only under an instrument"],
            "ask-subscriber",
        );
        walk.browser.choose(&asker, "Partner", "isp");
        walk.write(
            &asker,
            &[
                ("Number", "S-1"),
                ("Why", "The panel was opened from there."),
                ("Connections", "192.0.2.7 4000 tcp yesterday"),
            ],
        );
        walk.browser.choose(&asker, "Authority", "S-7");
        walk.press(
            &asker,
            "Look at it first",
            &["write address, port"],
            "ask-subscriber-wrong",
        );
        walk.write(&asker, &[("Connections", "192.0.2.7 4000 tcp 2026-11-01T08:00")]);
        ask(&mut walk, &asker, "ask-subscriber-before");

        walk.press(
            &asker,
            "Ask to keep data",
            &["the partner confirms until when"],
            "ask-keep",
        );
        walk.browser.choose(&asker, "Partner", "isp");
        walk.write(
            &asker,
            &[
                ("Number", "P-1"),
                ("Why", "The order of the court takes a week."),
                ("What is to be kept", "the mailbox of customer C-17"),
            ],
        );
        walk.browser.fill(
            &asker,
            &[
                ("from_ms", "2026-10-01T00:00"),
                ("to_ms", "2026-11-01T00:00"),
                ("keep_until_ms", "2026-12-01T00:00"),
            ],
        );
        ask(&mut walk, &asker, "ask-keep-before");

        walk.press(
            &asker,
            "Ask to take down",
            &["whether it was done"],
            "ask-takedown",
        );
        walk.browser.choose(&asker, "Partner", "isp");
        walk.write(
            &asker,
            &[
                ("Number", "T-1"),
                ("Why", "It takes card numbers at this hour."),
                ("What is to be taken down", "shop.bad.example"),
                (
                    "What is wrong with it",
                    "Its form sends what is typed to the panel.",
                ),
            ],
        );
        ask(&mut walk, &asker, "ask-takedown-before");
        let read = walk.browser.words(&asker);
        walk.read(
            &asker,
            &read,
            &["E-1", "S-1", "P-1", "T-1", "waiting for isp"],
            "requests-four",
        );
        runtime.block_on(story.sync()).expect("pulls");

        // The pool takes its question.
        let pool = walk.person(&isp, "researcher");
        walk.stop(
            &pool,
            &format!("{isp}/cases/{case}/requests"),
            &["Accept or decline"],
            "requests-pool",
        );
        walk.press(&pool, "Accept or decline", &["A question to your pool"], "pool");
        walk.browser.choose(&pool, "Word", "The pool takes it");
        walk.write(&pool, &[("By when, or why not", "By Friday.")]);
        walk.press(&pool, "Tell the asker", &["By Friday."], "pool-said");

        // The approver answers each.
        let approver = walk.person(&isp, "approver");
        let read = walk.browser.words(&approver);
        walk.read(&approver, &read, &["4 things wait for you."], "inbox-four");
        walk.press_at(
            &approver,
            "E-1",
            "Decide",
            &["How does the loader hide on a till?"],
            "answer-experts",
        );
        walk.write(
            &approver,
            &[("Answer", "See our report."), ("Report", answer.as_str())],
        );
        walk.press(&approver, "Answer", &["See our report."], "");
        walk.press(&approver, "Inbox", &["3 things wait for you."], "");
        walk.press_at(
            &approver,
            "S-1",
            "Decide",
            &["192.0.2.7 4000 tcp"],
            "answer-subscriber",
        );
        // What the provider's own address server logged is filled in.
        walk.press(
            &approver,
            "Look in our assignment logs",
            &["Only you see what is found"],
            "holders-before",
        );
        walk.press(
            &approver,
            "Look in our logs",
            &["one subscriber", "08:00:27:d1:b8:5c", "Answer with this"],
            "holders-found",
        );
        walk.press(
            &approver,
            "Answer with this",
            &["192.0.2.7 4000 tcp", "Where it comes from"],
            "answer-subscriber-found",
        );
        walk.browser.choose(&approver, "192.0.2.7", "one");
        walk.write(
            &approver,
            &[
                ("Account", "C-17"),
                ("Where it comes from", "Address table; clock within a second."),
            ],
        );
        walk.press(&approver, "Answer", &["answered"], "");
        walk.press(&approver, "Inbox", &["2 things wait for you."], "");
        walk.press_at(
            &approver,
            "P-1",
            "Decide",
            &["the mailbox of customer C-17"],
            "answer-keep",
        );
        walk.browser.fill(&approver, &[("until_ms", "2026-12-01T00:00")]);
        walk.write(&approver, &[("What exactly", "The mailbox as it is today.")]);
        walk.press(&approver, "Answer", &["answered"], "");
        walk.press(&approver, "Inbox", &["1 thing waits for you."], "");
        walk.press_at(
            &approver,
            "T-1",
            "Decide",
            &["shop.bad.example"],
            "answer-takedown",
        );
        walk.browser.choose(&approver, "Was it taken down?", "Yes");
        walk.write(
            &approver,
            &[("What exactly, and when", "The account is closed since ten.")],
        );
        walk.press(&approver, "Answer", &["answered"], "requests-answered");
        walk.press(&approver, "Inbox", &["Nothing waits for you."], "");
        runtime.block_on(story.sync()).expect("pulls");

        // The asker reads the four answers.
        walk.stop(
            &asker,
            &requests,
            &[
                "See our report.",
                "192.0.2.7 4000: C-17",
                "The mailbox as it is today.",
                "Done. The account is closed since ten.",
            ],
            "requests-read",
        );

        // Who runs the node asks nothing and reads nothing of it.
        let operator = walk.person(&agency, "operator");
        walk.stop(&operator, &requests, &[], "");
        walk.lacks(&operator, &["192.0.2.7", "Heron"]);
    });
}
