//! A node's own logs, collected as they are written: they become segments once, partners' hunts find their lines, and
//! only who may appends.

use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use accord_model::Role;
use accord_service::{
    APPEND_MAX_BYTES, Appender, CollectError, CollectSettings, CollectorState, CollectorView, Node,
    ServiceError, SignedIn,
};
use accord_testkit::{INDICATOR, Story};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;

use crate::{TWO, denied};

/// The longest that anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);
const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const OTHER_TOKEN: &str = "fedcba9876543210fedcba9876543210";

fn settings(value: Value) -> CollectSettings {
    serde_json::from_value(value).unwrap()
}

fn line(second: u32, host: &str) -> String {
    format!(
        "10.1.0.7 - - [02/Nov/2026:08:30:{second:02} +0000] \"GET http://{host}/ HTTP/1.1\" 200 12 \"-\" \"-\"\n"
    )
}

fn person(who: &SignedIn) -> Appender {
    Appender::Person(Box::new(who.clone()))
}

async fn collectors(story: &Story) -> Vec<CollectorView> {
    let (isp, operator) = story.at("isp", "operator");
    isp.collectors(operator).await.unwrap()
}

/// Waits until the collectors are so.
async fn until(story: &Story, what: &str, is_so: impl Fn(&[CollectorView]) -> bool) -> Vec<CollectorView> {
    let begun = Instant::now();
    loop {
        let all = collectors(story).await;
        if is_so(&all) {
            return all;
        }
        assert!(begun.elapsed() < PATIENCE, "never: {what}: {all:#?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn segments(story: &Story) -> Vec<(String, u64, String)> {
    let (isp, operator) = story.at("isp", "operator");
    let sources = isp.sources(operator).await.unwrap();
    let all = sources.into_iter().flat_map(|source| source.segments);
    all.map(|segment| (segment.original_name, segment.lines, segment.imported_by))
        .collect()
}

async fn begin(story: &Story, collected: CollectSettings) {
    story.org("isp").node().start_collecting(collected).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_growing_file_becomes_segments_that_a_partners_hunt_finds_and_a_restart_brings_nothing_twice() {
    let mut story = Story::asked(230, TWO).await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("access.log");
    let collected = settings(
        json!({ "files": [{ "name": "web", "source": "access", "folder": dir.path(),
        "include": ["access.log*"], "poll_ms": 10, "segment_age_s": 0 }] }),
    );
    let mut file = std::fs::File::create(&path).unwrap();
    file.write_all(line(1, INDICATOR).as_bytes()).unwrap();
    begin(&story, collected.clone()).await;
    until(&story, "a segment", |all| all[0].numbers.segments == 1).await;
    file.write_all(line(2, "good.example").as_bytes()).unwrap();
    let all = until(&story, "two lines", |all| all[0].numbers.lines == 2).await;
    assert_eq!(all[0].state, CollectorState::Collecting);
    assert_eq!(all[0].numbers.lag_bytes, 0);
    assert_eq!(all[0].last_segment.as_deref(), Some("access/000003"));
    assert!(all[0].follows.contains("access.log*"), "{}", all[0].follows);

    // The partner's hunt finds the line beside the four that were imported, and gets it as evidence that verifies.
    story.preview("isp").await.unwrap();
    story.approve("isp").await.unwrap();
    story.sync().await.unwrap();
    let (agency, investigator) = story.at("agency", "investigator");
    let exhibit = story.exhibit_of("isp");
    let (_, package) = agency.download_exhibit(investigator, exhibit).await.unwrap();
    let files = accord_evidence::read_zip(&package).unwrap();
    let found = line(1, INDICATOR);
    let holds = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).contains(found.trim_end());
    assert!(files.values().any(holds), "the collected line is in the package");
    story.receive("isp").await.unwrap();

    // Who brought it stands in the access log and the manifest.
    let (isp, auditor) = story.at("isp", "auditor");
    let log = isp.access_log(auditor, None).await.unwrap();
    let collected_lines: Vec<&str> = log
        .iter()
        .filter(|line| line.actor == "collector:web" && line.what == "log.collected")
        .map(|line| line.subject.as_str())
        .collect();
    assert_eq!(collected_lines, ["access/000003", "access/000002"]);
    let before = segments(&story).await;
    assert_eq!(before.len(), 3);
    assert_eq!(before[1].2, "collector web");

    // Twice: as a service manager stops it, and with lines written while it was away.
    story.org_mut("isp").restart().await;
    begin(&story, collected.clone()).await;
    file.write_all(line(3, "new.example").as_bytes()).unwrap();
    until(&story, "the new line", |all| all[0].numbers.lines == 1).await;
    story.org_mut("isp").restart().await;
    begin(&story, collected).await;
    file.write_all(line(4, "last.example").as_bytes()).unwrap();
    until(&story, "the last line", |all| all[0].numbers.lines == 1).await;
    let after = segments(&story).await;
    assert_eq!(after[..3], before[..]);
    assert_eq!(after.iter().skip(1).map(|(_, lines, _)| lines).sum::<u64>(), 4);
    story.org_mut("isp").stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn syslog_over_udp_and_tcp_and_nobody_from_elsewhere_is_heard() {
    let mut story = Story::begin(231, TWO).await;
    story.import("isp").await.unwrap();
    let syslog = json!({ "name": "routers", "source": "access", "udp": "127.0.0.1:0", "tcp": "127.0.0.1:0",
        "senders": ["127.0.0.1/32"], "spool": { "segment_age_s": 0, "sync_ms": 10 } });
    let deaf =
        json!({ "name": "deaf", "source": "access", "udp": "127.0.0.1:0", "senders": ["192.0.2.0/24"] });
    begin(&story, settings(json!({ "syslog": [syslog, deaf] }))).await;
    let all = collectors(&story).await;
    assert_eq!(all[0].state, CollectorState::Quiet);
    let at = |collector: usize, transport: &str| {
        let found = all[collector]
            .listening
            .iter()
            .find(|at| at.transport == transport);
        found.unwrap().address.clone()
    };
    let (udp, tcp, deaf) = (at(0, "udp"), at(0, "tcp"), at(1, "udp"));
    let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.send_to(b"<13>by udp", &udp).await.unwrap();
    socket.send_to(b"<13>unheard", &deaf).await.unwrap();
    let mut stream = tokio::net::TcpStream::connect(&tcp).await.unwrap();
    stream
        .write_all(b"<13>by tcp, a line\n<13>and another\n")
        .await
        .unwrap();
    stream.shutdown().await.unwrap();
    let all = until(&story, "three messages", |all| {
        all[0].numbers.lines == 3 && all[1].numbers.counts["refused_sender"] == 1
    })
    .await;
    assert_eq!(all[1].numbers.lines, 0);
    let names: Vec<String> = segments(&story)
        .await
        .into_iter()
        .map(|(name, ..)| name)
        .collect();
    for expected in ["syslog-udp from 127.0.0.1", "syslog-tcp from 127.0.0.1"] {
        assert!(names.iter().any(|name| name.starts_with(expected)), "{names:?}");
    }
    story.org_mut("isp").stop().await;
}

/// A provider with a collector that two machines and its operator append to, and one that only people do.
async fn appended(seed: u64) -> (Story, CollectSettings) {
    let story = Story::begin(seed, TWO).await;
    story.import("isp").await.unwrap();
    let machines = story.org("isp").dir().join("machines");
    std::fs::write(&machines, format!("web1:{TOKEN}\nweb2:{OTHER_TOKEN}\n")).unwrap();
    std::fs::set_permissions(&machines, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let spool = json!({ "segment_age_s": 0 });
    let collected = settings(json!({ "http": [
        { "name": "sensors", "source": "access", "machines_file": "machines", "spool": spool },
        { "name": "desk", "source": "access", "spool": spool },
    ] }));
    begin(&story, collected.clone()).await;
    (story, collected)
}

async fn machine(node: &Arc<Node>, token: &str) -> Appender {
    Appender::Machine(node.machine(token).await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_is_kept_once_also_over_a_restart() {
    let (mut story, collected) = appended(232).await;
    let isp = story.org("isp").node().clone();
    let web1 = machine(&isp, TOKEN).await;
    let bytes = || b"10.1.0.7 one\n10.1.0.7 two".to_vec();
    let first = isp
        .append_log(&web1, "sensors", Some("k-1"), bytes())
        .await
        .unwrap();
    assert_eq!((first.bytes, first.repeated), (25, false));
    let again = isp
        .append_log(&web1, "sensors", Some("k-1"), bytes())
        .await
        .unwrap();
    assert!(again.repeated);
    let other = isp
        .append_log(&web1, "sensors", Some("k-1"), b"other\n".to_vec())
        .await;
    assert!(
        matches!(other, Err(ServiceError::Collect(CollectError::KeyReused))),
        "{other:?}"
    );
    // The key is its sender's: another's is another.
    let web2 = machine(&isp, OTHER_TOKEN).await;
    let theirs = isp
        .append_log(&web2, "sensors", Some("k-1"), b"mine\n".to_vec())
        .await;
    assert!(!theirs.unwrap().repeated);
    until(&story, "three lines", |all| all[0].numbers.lines == 3).await;

    drop(isp);
    story.org_mut("isp").restart().await;
    begin(&story, collected).await;
    let isp = story.org("isp").node().clone();
    let web1 = machine(&isp, TOKEN).await;
    let again = isp
        .append_log(&web1, "sensors", Some("k-1"), bytes())
        .await
        .unwrap();
    assert!(again.repeated, "keys outlive a restart");
    isp.append_log(&web1, "sensors", None, b"last\n".to_vec())
        .await
        .unwrap();
    until(&story, "the last line", |all| all[0].numbers.lines == 1).await;
    let collected: Vec<(String, u64, String)> = segments(&story).await.split_off(1);
    assert_eq!(collected.iter().map(|(_, lines, _)| lines).sum::<u64>(), 4);
    for (name, _, by) in &collected {
        assert!(name.starts_with("http from machine web"), "{name}");
        assert_eq!(by, "collector sensors");
    }
    // Stopped: nothing is taken, and nothing was lost.
    isp.stop_collecting().await;
    let late = isp.append_log(&web1, "sensors", None, b"late\n".to_vec()).await;
    assert!(matches!(late, Err(ServiceError::NotFound(_))), "{late:?}");
    assert!(isp.machine(TOKEN).await.is_none());
    story.org_mut("isp").stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_append_and_see_the_collectors_and_who_may_not() {
    let (mut story, _) = appended(233).await;
    let org = story.org_mut("isp");
    org.add_person("researcher", &[Role::Researcher]).await.unwrap();
    let isp = story.org("isp").node().clone();
    let operator = story.org("isp").who("operator");
    for collector in ["sensors", "desk"] {
        let by = person(operator);
        let append = isp.append_log(&by, collector, None, b"by hand\n".to_vec());
        assert!(!append.await.unwrap().repeated);
    }
    assert_eq!(isp.collectors(operator).await.unwrap().len(), 2);
    for name in ["signatory", "approver", "auditor", "researcher"] {
        let who = story.org("isp").who(name);
        let append = isp
            .append_log(&person(who), "sensors", None, b"no\n".to_vec())
            .await;
        assert_eq!(denied(append).who, Some(Role::Operator), "{name}");
        assert_eq!(
            denied(isp.collectors(who).await).who,
            Some(Role::Operator),
            "{name}"
        );
    }
    // A machine appends where its line stands, and learns of no other.
    let web1 = machine(&isp, TOKEN).await;
    isp.append_log(&web1, "sensors", None, b"yes\n".to_vec())
        .await
        .unwrap();
    let elsewhere = denied(isp.append_log(&web1, "desk", None, b"no\n".to_vec()).await);
    let nowhere = denied(isp.append_log(&web1, "none", None, b"no\n".to_vec()).await);
    assert_eq!(elsewhere, nowhere);
    assert!(isp.machine("0123456789abcdef0123456789abcdeX").await.is_none());
    let none = isp
        .append_log(&person(operator), "none", None, b"no\n".to_vec())
        .await;
    assert!(
        matches!(none, Err(ServiceError::NotFound("collector"))),
        "{none:?}"
    );
    story.org_mut("isp").stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_is_refused_and_leaves_nothing() {
    let (mut story, _) = appended(234).await;
    let isp = story.org("isp").node().clone();
    let web1 = machine(&isp, TOKEN).await;
    let most = usize::try_from(APPEND_MAX_BYTES).unwrap();
    let long_key = "k".repeat(257);
    for (key, bytes) in [
        (None, vec![b'x'; most + 1]),
        (Some(long_key.as_str()), b"x\n".to_vec()),
    ] {
        let refused = isp.append_log(&web1, "sensors", key, bytes).await;
        assert!(
            matches!(refused, Err(ServiceError::Collect(CollectError::TooLarge { .. }))),
            "{refused:?}"
        );
    }
    let key = "k".repeat(256);
    let fits = isp
        .append_log(&web1, "sensors", Some(&key), b"fits\n".to_vec())
        .await;
    assert!(!fits.unwrap().repeated);
    until(&story, "one line", |all| all[0].numbers.lines == 1).await;
    assert_eq!(segments(&story).await.len(), 2);
    story.org_mut("isp").stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_collected_is_refused_at_the_start_with_words() {
    let story = Story::begin(235, TWO).await;
    story.import("isp").await.unwrap();
    let isp = story.org("isp").node();
    let operator = story.org("isp").who("operator");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (value, words) in [
        (
            json!({ "http": [{ "name": "a", "source": "nowhere" }] }),
            "accord log add-source nowhere",
        ),
        (
            json!({ "http": [{ "name": "A", "source": "access" }] }),
            "a name is",
        ),
        (
            json!({ "http": [{ "name": "a", "source": "access", "machines_file": "none" }] }),
            "logs.http.machines_file",
        ),
        (
            json!({ "syslog": [{ "name": "a", "source": "access", "tcp": address, "senders": ["::/0"] }] }),
            "cannot listen on",
        ),
    ] {
        let said = isp
            .start_collecting(settings(value))
            .await
            .unwrap_err()
            .to_string();
        assert!(said.contains(words), "{said}");
        assert!(isp.collectors(operator).await.unwrap().is_empty());
    }
    let good = settings(json!({ "http": [{ "name": "a", "source": "access" }] }));
    isp.start_collecting(good.clone()).await.unwrap();
    let twice = isp.start_collecting(good).await;
    assert!(matches!(twice, Err(ServiceError::Conflict(_))), "{twice:?}");
    isp.stop_collecting().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_node_is_let_go_and_what_was_acknowledged_is_there_after_the_next_start() {
    let mut story = Story::begin(236, TWO).await;
    story.import("isp").await.unwrap();
    let collected = settings(json!({ "http": [{ "name": "a", "source": "access",
        "spool": { "segment_age_s": 0 } }] }));
    begin(&story, collected.clone()).await;
    let node = Arc::downgrade(story.org("isp").node());
    let operator = person(story.org("isp").who("operator"));
    let isp = story.org("isp").node().clone();
    isp.append_log(&operator, "a", None, b"one\n".to_vec())
        .await
        .unwrap();
    drop(isp);
    story.org_mut("isp").stop().await;
    let begun = Instant::now();
    while node.strong_count() > 0 {
        assert!(begun.elapsed() < PATIENCE, "somebody keeps the stopped node");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // What was acknowledged is there after the next start, once.
    story.org_mut("isp").start_again().await;
    begin(&story, collected).await;
    let begun = Instant::now();
    while segments(&story).await.len() < 2 {
        assert!(begun.elapsed() < PATIENCE, "the append is not there");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(segments(&story).await[1].1, 1);
    story.org_mut("isp").stop().await;
}
