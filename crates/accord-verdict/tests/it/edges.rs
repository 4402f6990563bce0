//! What an edge is told, and what it makes of it: the same verdicts as at the node, and nothing to anybody else.

use std::collections::BTreeMap;

use accord_verdict::limits::{MAX_EDGES, MAX_HISTORY_STEPS};
use accord_verdict::{Action, Decoded, Decoder, Listing, PublishError, Reader, SetDigest, Snapshots, router};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use proptest::prelude::*;
use tower::ServiceExt;

use crate::house::{EDGE_TOKEN, House, TOKEN, config, listing, pattern};

const ID: &str = "00112233445566778899aabbccddeeff";

async fn ask(house: &House, token: Option<&str>, query: &str) -> (StatusCode, Vec<u8>) {
    let mut request = Request::builder().uri(format!("/verdict/v1/edge{query}"));
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let request = request.body(Body::empty()).unwrap();
    let response = router(house.snapshots.clone()).oneshot(request).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, body.to_vec())
}

fn edge_token() -> String {
    format!("{EDGE_TOKEN}-isp")
}

/// What an edge that has a set of listings is told; none: nothing new.
async fn told(house: &House, since: Option<SetDigest>) -> Option<Decoded> {
    let since = since.map(|digest| format!("&since={digest}")).unwrap_or_default();
    let query = format!("?edge={ID}&name=fra{since}");
    let (status, body) = ask(house, Some(&edge_token()), &query).await;
    if status == StatusCode::NO_CONTENT {
        return None;
    }
    assert_eq!(status, StatusCode::OK);
    let mut decoder = Decoder::default();
    assert_eq!(decoder.push(&body).unwrap(), body.len());
    Some(decoder.finish().unwrap())
}

fn open() -> House {
    let house = House::new();
    house.snapshots.open_to_edges();
    house
}

/// An edge's side: an audience that follows.
fn edge() -> House {
    House::new()
}

fn digest(house: &House) -> SetDigest {
    house.audience().snapshot().digest()
}

/// Everything that is listed, as an edge knows it.
fn listed(snapshots: &Snapshots) -> BTreeMap<String, (Action, Vec<String>)> {
    let snapshot = snapshots.audience("isp").unwrap().snapshot();
    let text: Vec<u8> = accord_verdict::Whole::of(snapshot, Vec::new())
        .flatten()
        .collect();
    let mut decoder = Decoder::default();
    decoder.push(&text).unwrap();
    let changes = decoder.finish().unwrap().changes;
    let one = |(pattern, note): (accord_matcher::Pattern, Option<accord_verdict::Note>)| {
        let note = note.unwrap();
        let text = format!("{:?} {}", pattern.kind(), pattern.canonical());
        (text, (note.action, note.labels.to_vec()))
    };
    changes.into_iter().map(one).collect()
}

#[tokio::test]
async fn an_edge_takes_everything_and_then_the_changes() {
    let (house, edge) = (open(), edge());
    let serial = house.block(&["evil.example", "192.0.2.0/24"]);
    house.detect(&["watched.example"]);
    let whole = told(&house, None).await.unwrap();
    assert_eq!((whole.head.from, whole.head.count), (None, 3));
    assert_eq!(whole.head.serial, serial);
    assert_eq!(whole.head.tokens, [accord_verdict::TokenDigest::of(TOKEN)]);
    edge.snapshots.follow("isp", whole).unwrap();
    assert_eq!(listed(&edge.snapshots), listed(&house.snapshots));
    // Silent at the edge, and counted.
    assert_eq!(edge.outside("www.watched.example"), [""; 0]);
    assert_eq!(edge.outside("192.0.2.7"), ["192.0.2.0/24 cidr"]);
    let seen: Vec<String> = edge
        .snapshots
        .take_sightings()
        .into_iter()
        .map(|one| one.indicator)
        .collect();
    assert_eq!(seen, ["192.0.2.0/24", "watched.example"]);

    house.pass_ms(5_000);
    house.withdraw(&["evil.example"]);
    house.block(&["watched.example", "new.example"]);
    let serial = house.detect(&["new.example"]);
    let changes = told(&house, Some(digest(&edge))).await.unwrap();
    assert_eq!(changes.head.count, 3, "the last word on each");
    assert_eq!(changes.head.from, Some(digest(&edge)));
    edge.snapshots.follow("isp", changes).unwrap();
    assert_eq!(listed(&edge.snapshots), listed(&house.snapshots));
    assert_eq!(digest(&edge), digest(&house));
    let snapshot = edge.audience().snapshot();
    assert_eq!(snapshot.serial(), serial);
    assert_eq!(snapshot.changed_ms(), house.audience().snapshot().changed_ms());
}

#[tokio::test]
async fn a_question_waits_for_a_change_and_is_answered_at_once() {
    let house = open();
    house.block(&["evil.example"]);
    let has = digest(&house);
    let waits = tokio::spawn({
        let snapshots = house.snapshots.clone();
        async move {
            let house = House::of(snapshots);
            told(&house, Some(has)).await
        }
    });
    // The edge stands in the list as soon as its question is there.
    while house.audience().edges().is_empty() {
        tokio::task::yield_now().await;
    }
    house.detect(&["watched.example"]);
    let changes = waits.await.unwrap().unwrap();
    assert_eq!(changes.head.count, 1);
    let seen = house.audience().edges();
    assert_eq!(
        (seen.len(), seen[0].name.as_str(), seen[0].has),
        (1, "fra", Some(has))
    );
}

#[tokio::test(start_paused = true)]
async fn nothing_new_is_said_when_the_time_is_over_or_the_node_ends() {
    let house = open();
    house.block(&["evil.example"]);
    let before = tokio::time::Instant::now();
    assert_eq!(told(&house, Some(digest(&house))).await, None);
    assert_eq!(
        before.elapsed().as_secs(),
        accord_verdict::limits::EDGE_WAIT_SECONDS
    );
    house.snapshots.end_waits();
    assert_eq!(told(&house, Some(digest(&house))).await, None);
    assert_eq!(
        before.elapsed().as_secs(),
        accord_verdict::limits::EDGE_WAIT_SECONDS
    );
}

#[tokio::test(start_paused = true)]
async fn a_node_that_just_started_does_not_tell_an_edge_to_drop_what_it_has() {
    let starting = House::new();
    let query = format!("?edge={ID}&name=fra&since={}", "1".repeat(64));
    let (status, _) = ask(&starting, Some(&edge_token()), &query).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    starting.block(&["evil.example"]);
    starting.snapshots.open_to_edges();
    assert_eq!(
        ask(&starting, Some(&edge_token()), &query).await.0,
        StatusCode::OK
    );
}

#[tokio::test]
async fn whoever_has_no_token_of_this_audiences_edges_hears_nothing_of_it() {
    let house = open();
    house.detect(&["watched.example"]);
    let mut other = config("other");
    other.tokens = vec![accord_verdict::TokenDigest::of(
        "token-of-another-0123456789abcdef",
    )];
    other.dns = None;
    house.snapshots.configure(other).unwrap();
    let query = format!("?edge={ID}&name=fra");
    for token in [None, Some(""), Some("wrong"), Some(TOKEN)] {
        let (status, body) = ask(&house, token, &query).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{token:?}");
        assert!(!String::from_utf8(body).unwrap().contains("watched"));
    }
    // Another audience's edge is told of that audience.
    let others = format!("{EDGE_TOKEN}-other");
    let (status, body) = ask(&house, Some(&others), &query).await;
    assert_eq!(status, StatusCode::OK);
    let body = String::from_utf8(body).unwrap();
    assert!(
        body.contains("\"count\":0") && !body.contains("watched"),
        "{body}"
    );
    // And an edge's token opens no look-ups.
    let request = Request::builder()
        .uri("/verdict/v1/status")
        .header(header::AUTHORIZATION, format!("Bearer {}", edge_token()));
    let request = request.body(Body::empty()).unwrap();
    let response = router(house.snapshots.clone()).oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    // One token is never for both.
    let mut both = config("both");
    both.dns = None;
    both.tokens.clone_from(&both.edges);
    assert!(house.snapshots.configure(both).is_err());
    let mut taken = config("taken");
    taken.dns = None;
    taken.tokens = vec![accord_verdict::TokenDigest::of(&edge_token())];
    assert!(house.snapshots.configure(taken).is_err());
}

#[tokio::test]
async fn what_is_no_question_is_refused_and_so_is_one_edge_too_many() {
    let house = open();
    for query in [
        "",
        "?edge=1&name=fra",
        &format!("?edge={ID}"),
        &format!("?edge={ID}&name=FRA"),
        &format!("?edge={ID}&name=fra&since=12"),
        &format!("?edge={ID}&name=fra&x=1"),
    ] {
        let (status, _) = ask(&house, Some(&edge_token()), query).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
    }
    for number in 0..MAX_EDGES {
        let (status, _) = ask(
            &house,
            Some(&edge_token()),
            &format!("?edge={number:032x}&name=fra"),
        )
        .await;
        assert_eq!(status, StatusCode::OK);
    }
    let (status, _) = ask(&house, Some(&edge_token()), &format!("?edge={ID}&name=fra")).await;
    assert_eq!(status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn what_is_too_old_or_of_another_history_is_answered_with_everything() {
    let (house, edge) = (open(), edge());
    house.block(&["evil.example"]);
    edge.snapshots
        .follow("isp", told(&house, None).await.unwrap())
        .unwrap();
    let old = digest(&edge);
    for number in 0..MAX_HISTORY_STEPS {
        house.detect(&[&format!("h{number}.example")]);
        house.withdraw(&[&format!("h{number}.example")]);
        if number > MAX_HISTORY_STEPS / 2 {
            break;
        }
    }
    house.block(&["new.example"]);
    let since_old = told(&house, Some(old)).await.unwrap();
    // The set came back again and again: only what is behind its last time counts.
    assert_eq!((since_old.head.from, since_old.head.count), (Some(old), 1));
    edge.snapshots.follow("isp", since_old).unwrap();
    // A node restored from a backup: it does not know what the edge has, and its serial is behind.
    let restored = open();
    restored.block(&["older.example"]);
    let (before, serial) = (digest(&edge), edge.audience().snapshot().serial());
    let whole = told(&restored, Some(before)).await.unwrap();
    assert_eq!(whole.head.from, None);
    edge.snapshots.follow("isp", whole).unwrap();
    assert_eq!(listed(&edge.snapshots), listed(&restored.snapshots));
    assert!(
        edge.audience().snapshot().serial() > serial,
        "a serial never goes back"
    );
}

#[tokio::test]
async fn what_does_not_fit_changes_nothing() {
    let (house, edge) = (open(), edge());
    house.block(&["evil.example"]);
    edge.snapshots
        .follow("isp", told(&house, None).await.unwrap())
        .unwrap();
    house.block(&["new.example"]);
    let good = told(&house, Some(digest(&edge))).await.unwrap();
    let before = listed(&edge.snapshots);
    let refused = |bad: Decoded| {
        assert_eq!(edge.snapshots.follow("isp", bad), Err(PublishError::Diverged));
        assert_eq!(listed(&edge.snapshots), before);
    };
    let mut bad = good.clone();
    bad.head.from = Some(SetDigest::default());
    refused(bad);
    let mut bad = good.clone();
    bad.head.to = digest(&edge);
    refused(bad);
    let mut bad = good.clone();
    bad.changes.clear();
    refused(bad);
    let mut bad = good.clone();
    bad.head.from = None;
    refused(bad);
    edge.snapshots.follow("isp", good).unwrap();
    assert_eq!(listed(&edge.snapshots), listed(&house.snapshots));
}

#[tokio::test]
async fn an_edge_says_how_old_it_is_and_nothing_of_detections() {
    let edge = edge();
    edge.block(&["evil.example"]);
    let now_ms = crate::house::NOW_MS;
    let status = || async {
        let request = Request::builder()
            .uri("/verdict/v1/status")
            .header(header::AUTHORIZATION, format!("Bearer {TOKEN}"));
        let request = request.body(Body::empty()).unwrap();
        let response = router(edge.snapshots.clone()).oneshot(request).await.unwrap();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        serde_json::from_slice::<serde_json::Value>(&body).unwrap()
    };
    assert_eq!(status().await.get("edge"), None, "no edge yet");
    edge.snapshots.heard("isp", now_ms).unwrap();
    for (passed_ms, word, minutes) in [
        (0, "ok", 0),
        (59_999, "ok", 0),
        (60_000, "old", 1),
        (3_600_000, "old", 60),
    ] {
        edge.snapshots.heard("isp", now_ms - passed_ms).unwrap();
        let status = status().await;
        assert_eq!(status["status"], word);
        assert_eq!(
            status["edge"],
            serde_json::json!({ "minutes_since_heard": minutes })
        );
    }
}

/// One step of a node's life.
#[derive(Debug, Clone)]
enum Step {
    Publish(Vec<(usize, bool, usize)>),
    Withdraw(Vec<usize>),
    Replace(Vec<(usize, bool, usize)>),
    Compile,
    Follow,
    FollowAnew,
}

const TEXTS: [&str; 8] = [
    "a.example",
    ".a.example",
    "b.a.example",
    "192.0.2.1",
    "192.0.2.0/24",
    "198.51.100.7:8443",
    "bad.example/a.php",
    "mule@mail.example",
];

fn listings(given: &[(usize, bool, usize)]) -> Vec<Listing> {
    let one = |(place, is_block, labels): &(usize, bool, usize)| {
        let action = if *is_block { Action::Block } else { Action::Detect };
        let mut listing = listing(action, TEXTS[*place]);
        listing.note.labels = (0..*labels).map(|number| format!("label {number}")).collect();
        listing
    };
    given.iter().map(one).collect()
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let one = (0..TEXTS.len(), any::<bool>(), 0..3_usize);
    let some = prop::collection::vec(one, 0..4);
    let places = prop::collection::vec(0..TEXTS.len(), 0..4);
    let step = prop_oneof![
        4 => some.clone().prop_map(Step::Publish),
        3 => places.prop_map(Step::Withdraw),
        1 => some.prop_map(Step::Replace),
        1 => Just(Step::Compile),
        3 => Just(Step::Follow),
        1 => Just(Step::FollowAnew),
    ];
    prop::collection::vec(step, 1..40)
}

proptest! {
    #[test]
    fn changes_lead_to_what_the_whole_has(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (house, edge) = (open(), edge());
        for step in steps.into_iter().chain([Step::Follow]) {
            match step {
                Step::Publish(given) => {
                    house.snapshots.publish("isp", listings(&given)).unwrap();
                }
                Step::Withdraw(places) => {
                    let patterns = places.into_iter().map(|place| pattern(TEXTS[place])).collect();
                    house.snapshots.withdraw("isp", patterns).unwrap();
                }
                Step::Replace(given) => {
                    house.snapshots.replace("isp", listings(&given)).unwrap();
                }
                Step::Compile => house.snapshots.compile("isp").unwrap(),
                Step::Follow | Step::FollowAnew => {
                    let has = matches!(step, Step::Follow).then(|| digest(&edge));
                    if has == Some(digest(&house)) {
                        continue;
                    }
                    let told = runtime.block_on(told(&house, has)).unwrap();
                    edge.snapshots.follow("isp", told).unwrap();
                    prop_assert_eq!(listed(&edge.snapshots), listed(&house.snapshots));
                    prop_assert_eq!(digest(&edge), digest(&house));
                    let (here, there) = (house.audience().snapshot(), edge.audience().snapshot());
                    prop_assert_eq!((here.serial(), here.blocked()), (there.serial(), there.blocked()));
                    for value in ["x.a.example", "192.0.2.1", "198.51.100.7:8443", "http://bad.example/a.php?x"] {
                        let (mut one, mut other) = (Reader::default(), Reader::default());
                        let here = house.audience().answer(&mut one, value);
                        let there = edge.audience().answer(&mut other, value);
                        let words = |answer: &accord_verdict::Answer| -> Vec<String> {
                            let blocks = answer.blocks().iter();
                            blocks.map(|hit| format!("{} {} {:?}", hit.indicator, hit.how, hit.note.labels)).collect()
                        };
                        prop_assert_eq!(words(&here), words(&there));
                    }
                }
            }
        }
        // What was kept up change by change is what counting anew gives.
        let anew = House::new();
        let all: Vec<Listing> = listed_as_listings(&house);
        anew.snapshots.replace("isp", all).unwrap();
        prop_assert_eq!(digest(&anew), digest(&house));
    }
}

fn listed_as_listings(house: &House) -> Vec<Listing> {
    let snapshot = house.audience().snapshot();
    let text: Vec<u8> = accord_verdict::Whole::of(snapshot, Vec::new())
        .flatten()
        .collect();
    let mut decoder = Decoder::default();
    decoder.push(&text).unwrap();
    let changes = decoder.finish().unwrap().changes;
    let listing = |(pattern, note): (_, Option<_>)| Listing {
        pattern,
        note: note.unwrap(),
    };
    changes.into_iter().map(listing).collect()
}
