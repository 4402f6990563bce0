//! Who held an address, by the provider's own assignment logs: shown to its approver, and to nobody else.

use accord_logstore::{FormatSetting, SourceConfig};
use accord_model::content::SubscriberFound;
use accord_model::{Category, EntryRef};
use accord_service::{HoldersJob, JobState, ServiceError};
use accord_testkit::{Story, as_json};

use crate::asks::{answer, ask, connection, held, subscriber, warrant};
use crate::{TWO, denied};

/// A line of Kea that gives an address out for an hour.
fn lease_at(at_ms: u64, address: &str, mac: &str) -> String {
    let at = jiff::Timestamp::from_millisecond(i64::try_from(at_ms).unwrap()).unwrap();
    format!(
        "{} INFO  [kea-dhcp4.leases/617.1] DHCP4_LEASE_ALLOC [hwtype=1 {mac}], cid=[01:{mac}], tid=0x1: lease {address} \
         has been allocated for 3600 seconds\n",
        at.strftime("%Y-%m-%d %H:%M:%S.000")
    )
}

/// The same, so many seconds before the instant that is asked about.
fn lease(story: &Story, address: &str, mac: &str, before_s: u64) -> String {
    lease_at(connection(story, 1).at_ms - before_s * 1_000, address, mac)
}

async fn import(story: &Story, name: &str, log: &str) {
    let (node, who) = story.at("isp", "operator");
    let source = SourceConfig {
        name: name.into(),
        description: "address assignment".into(),
        format: FormatSetting::Auto,
        customers: Vec::new(),
        time_zone: "UTC".into(),
        clock_offset_ms: Some(0),
        ordinary_course: true,
        custodian: "duty operator".into(),
    };
    node.add_source(who, source).await.unwrap();
    node.import_log(who, name, "kea.log", log.as_bytes())
        .await
        .unwrap();
}

async fn asked(seed: u64) -> (Story, EntryRef) {
    let story = Story::asked(seed, TWO).await;
    let court = warrant(&story, &[Category::SubscriberData], 2).await;
    let at = ask(&story, &subscriber(&story, Some(court), None)).await.unwrap();
    (story, at)
}

async fn looked(story: &Story, at: EntryRef) -> HoldersJob {
    let (node, who) = (story.org("isp").node(), story.org("isp").who("approver"));
    let mut job = node.start_holders(who, at).await.unwrap();
    while job.state == JobState::Running {
        tokio::task::yield_now().await;
        job = node.holders_job(who, at).await.unwrap();
    }
    assert_eq!(job.state, JobState::Done, "{job:?}");
    job
}

#[tokio::test(flavor = "multi_thread")]
async fn the_approver_is_shown_who_held_it_with_what_speaks_against_it_and_nobody_else_is() {
    let (story, at) = asked(990).await;
    let address = connection(&story, 1).address;
    let mut log = String::new();
    for before in [7_200, 5_400, 3_600, 1_800, 600] {
        log.push_str(&lease(&story, &address, "08:00:27:d1:b8:5c", before));
        log.push_str(&lease(&story, "192.0.2.200", "08:00:27:00:00:99", before));
    }
    import(&story, "kea", &log).await;
    let found = looked(&story, at).await.found.unwrap();
    assert_eq!(found.held.len(), 2, "one for each connection");
    let first = &found.held[0];
    assert_eq!(first.found, SubscriberFound::One);
    assert!(
        first
            .account
            .as_ref()
            .is_some_and(|account| account.contains("08:00:27:d1:b8:5c"))
    );
    assert!(!first.candidates[0].sure, "the zone is a person's setting");
    assert!(
        first.candidates[0]
            .words
            .iter()
            .any(|words| words.contains("time zone")),
        "{:?}",
        first.candidates[0].words
    );
    assert!(found.acquisition.contains("kea"), "{}", found.acquisition);
    // Nothing of another customer's is in it.
    let told = as_json(&found);
    assert!(
        !told.contains("192.0.2.200") && !told.contains("08:00:27:00:00:99"),
        "{told}"
    );
    // Nobody else is told, at either side, and nothing has left.
    for sign_in in ["operator", "signatory", "auditor"] {
        let (node, who) = (story.org("isp").node(), story.org("isp").who(sign_in));
        denied(node.start_holders(who, at).await);
        denied(node.holders_job(who, at).await);
        denied(node.stop_holders(who, at).await);
    }
    let (agency, officer) = (story.org("agency").node(), story.org("agency").who("approver"));
    let theirs = agency.holders_job(officer, at).await;
    assert!(
        matches!(theirs, Err(ServiceError::NotFound("request"))),
        "{theirs:?}"
    );
    let (isp, auditor) = story.at("isp", "auditor");
    let log = isp.access_log(auditor, None).await.unwrap();
    let looks = log.iter().filter(|line| line.what == "subscriber.looked-up");
    assert_eq!(looks.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_log_covers_is_told_as_no_record_and_a_decided_request_tells_nothing_more() {
    let (story, at) = asked(991).await;
    let found = looked(&story, at).await.found.unwrap();
    assert!(
        found
            .held
            .iter()
            .all(|held| held.found == SubscriberFound::NoRecord)
    );
    assert_eq!(found.acquisition, "No assignment log is held here.");
    let court = warrant(&story, &[Category::SubscriberData], 2).await;
    answer(&story, at, &held(&subscriber(&story, Some(court), None)))
        .await
        .unwrap();
    let (node, who) = (story.org("isp").node(), story.org("isp").who("approver"));
    let after = node.holders_job(who, at).await;
    assert!(matches!(after, Err(ServiceError::Conflict(_))), "{after:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_are_two_and_no_single_one_is_named() {
    let (story, at) = asked(992).await;
    let address = connection(&story, 1).address;
    let at_ms = connection(&story, 1).at_ms - 900_000;
    // Two servers, each of which believes that the address is its own to give.
    for (name, mac) in [("kea-a", "08:00:27:d1:b8:5c"), ("kea-b", "08:00:27:00:00:77")] {
        import(&story, name, &lease_at(at_ms, &address, mac)).await;
    }
    let found = looked(&story, at).await.found.unwrap();
    let first = &found.held[0];
    assert_eq!((first.found, first.total), (SubscriberFound::Several, 2));
    assert_eq!(first.account, None);
    assert!(
        first.notes.iter().any(|note| note.contains("different holders")),
        "{:?}",
        first.notes
    );
}
