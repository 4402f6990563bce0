//! Feeds in parts against a real server on the loopback: a MISP feed and a TAXII collection, the key that their publisher
//! asks for, and parts that do not fit.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use accord_model::{OrgKind, Role, Tlp};
use accord_service::{
    DAYS_MAX, FeedAct, FeedChange, FeedDo, FeedForm, FeedKey, FeedView, NewFeed, PullLine, PullOutcome,
    ServiceError,
};
use accord_testkit::{DAY_MS, Story};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

const FEED: &str = "parts";
const KEY_HEADER: &str = "x-auth-key";
const KEY: &str = "geheim";
const ACCEPT_TAXII: &str = "application/taxii+json;version=2.1";

/// What a publisher's server says, by path and query, and what it was asked.
#[derive(Clone)]
struct Publisher {
    says: Arc<Mutex<BTreeMap<String, String>>>,
    asked: Arc<Mutex<Vec<String>>>,
    port: u16,
}

impl Publisher {
    fn says(&self, place: &str, text: impl ToString) {
        self.says
            .lock()
            .unwrap()
            .insert(place.to_owned(), text.to_string());
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

async fn answer(State(publisher): State<Publisher>, request: Request) -> Response {
    let place = request
        .uri()
        .path_and_query()
        .map(|place| place.as_str().to_owned())
        .unwrap();
    publisher.asked.lock().unwrap().push(place.clone());
    let has = |name: &str, value: &str| request.headers().get(name).is_some_and(|one| one == value);
    if !has(KEY_HEADER, KEY) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    if place.starts_with("/api/") && !has("accept", ACCEPT_TAXII) {
        return StatusCode::NOT_ACCEPTABLE.into_response();
    }
    let Some(text) = publisher.says.lock().unwrap().get(&place).cloned() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let etag = format!("\"{}\"", text.len());
    if has("if-none-match", &etag) {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    ([(header::ETAG, etag)], text).into_response()
}

async fn publisher() -> Publisher {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let publisher = Publisher {
        says: Arc::default(),
        asked: Arc::default(),
        port: listener.local_addr().unwrap().port(),
    };
    let router = Router::new().fallback(answer).with_state(publisher.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    publisher
}

/// A provider whose operator gave this publisher's key, with a feed of this form.
async fn story(seed: u64, publisher: &Publisher, form: FeedForm, path: &str) -> Story {
    let mut story = Story::begin(seed, &[("agency", OrgKind::Agency), ("isp", OrgKind::Isp)]).await;
    let isp = story.org_mut("isp");
    isp.add_person("keeper", &[Role::Researcher]).await.unwrap();
    isp.config.feed_keys = vec![FeedKey {
        host: format!("127.0.0.1:{}", publisher.port),
        header: KEY_HEADER.into(),
        value: KEY.into(),
    }];
    isp.restart().await;
    let new = NewFeed {
        name: FEED.into(),
        url: format!("http://127.0.0.1:{}{path}", publisher.port),
        form,
        days: Some(30),
        column: None,
        kinds: Vec::new(),
        marking: Tlp::Amber,
        confidence: 80,
        label: String::new(),
        every_minutes: 60,
        audiences: Vec::new(),
        gone_percent: Some(100),
        terms: String::new(),
    };
    let (isp, keeper) = story.at("isp", "keeper");
    isp.add_feed(keeper, &new).await.unwrap();
    story
}

async fn pull(story: &Story) -> PullLine {
    let (isp, keeper) = story.at("isp", "keeper");
    let line = isp.do_feed(keeper, FEED, &FeedDo::of(FeedAct::Pull)).await;
    line.unwrap().unwrap()
}

async fn view(story: &Story) -> FeedView {
    let (isp, keeper) = story.at("isp", "keeper");
    isp.feed(keeper, FEED).await.unwrap()
}

async fn change(story: &Story, change: FeedChange) -> accord_service::Result<()> {
    let (isp, keeper) = story.at("isp", "keeper");
    let wanted = FeedDo {
        change: Some(change),
        ..FeedDo::of(FeedAct::Change)
    };
    isp.do_feed(keeper, FEED, &wanted).await.map(drop)
}

async fn is_listed(story: &Story, value: &str) -> bool {
    let (isp, keeper) = story.at("isp", "keeper");
    let found = isp.look_up(keeper, value).await.unwrap();
    found
        .iter()
        .any(|row| row.sources.iter().any(|source| source.source == FEED))
}

fn uuid(number: u8) -> String {
    format!("5eb98b0c-5e1c-4a4f-8a2b-4f0e0a0a0a{number:02x}")
}

fn event(name: &str, tag: &str) -> Value {
    json!({"Event": {"info": "x", "Tag": [{"name": tag}], "Attribute": [
        {"type": "domain", "value": name, "to_ids": true},
        {"type": "domain", "value": format!("seen-{name}"), "to_ids": false},
    ]}})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_misp_feed_is_its_newest_events() {
    let publisher = publisher().await;
    let story = story(521, &publisher, FeedForm::Misp, "/misp/").await;
    let day_s = |days: u64| (story.world.now_ms() - days * DAY_MS) / 1000;
    let manifest = |events: &[(u8, u64)]| {
        let listed: BTreeMap<String, Value> = events
            .iter()
            .map(|(number, days)| {
                (
                    uuid(*number),
                    json!({"timestamp": day_s(*days).to_string(), "info": "x"}),
                )
            })
            .collect();
        publisher.says("/misp/manifest.json", json!(listed));
    };
    let says = |number: u8, event: &Value| publisher.says(&format!("/misp/{}.json", uuid(number)), event);
    manifest(&[(1, 1), (2, 29), (3, 31)]);
    says(1, &event("new.evil.example", "emotet"));
    says(2, &event("older.evil.example", "trickbot"));
    let line = pull(&story).await;
    assert_eq!((line.outcome, line.values), (PullOutcome::Changed, 2), "{line:?}");
    assert_eq!(
        publisher.asked().len(),
        3,
        "nothing older than 30 days is asked for"
    );
    let told = view(&story).await;
    assert_eq!(
        (told.days, told.key_header.as_deref()),
        (Some(30), Some(KEY_HEADER))
    );
    assert!(is_listed(&story, "new.evil.example").await && is_listed(&story, "older.evil.example").await);
    assert!(!is_listed(&story, "seen-new.evil.example").await);

    // The same day the manifest alone is asked for; the next day what is too old is gone, though it says the same.
    assert_eq!(pull(&story).await.outcome, PullOutcome::Same);
    assert_eq!(publisher.asked(), ["/misp/manifest.json"]);
    story.world.advance(2 * DAY_MS);
    let line = pull(&story).await;
    assert_eq!((line.values, line.gone), (1, 1), "{line:?}");
    assert_eq!(publisher.asked().len(), 2);

    // Whatever does not fit changes nothing.
    for (manifest, words) in [
        ("[1,2]".to_owned(), "not the manifest"),
        ("<html>".to_owned(), "not JSON"),
        (
            json!({"../../secret": {"timestamp": "9999999999"}}).to_string(),
            "without a UUID",
        ),
        (
            json!({(uuid(1)): {"timestamp": "soon"}}).to_string(),
            "without a UUID or a timestamp",
        ),
        (
            json!({(uuid(9)): {"timestamp": 9_999_999_999_u64}}).to_string(),
            "status 404",
        ),
        (
            json!({(uuid(8)): {"timestamp": 9_999_999_999_u64}, (uuid(1)): {"timestamp": 9_999_999_999_u64}})
                .to_string(),
            "one of its events is not JSON",
        ),
    ] {
        publisher.says("/misp/manifest.json", manifest);
        publisher.says(&format!("/misp/{}.json", uuid(8)), r#"{"Event":{}}],"x":["#);
        let line = pull(&story).await;
        assert_eq!(line.outcome, PullOutcome::Failed, "{line:?}");
        assert!(
            line.words.as_deref().unwrap().contains(words),
            "{words}: {line:?}"
        );
        assert!(is_listed(&story, "new.evil.example").await);
    }
    let many: BTreeMap<String, Value> = (0..=1000_u32)
        .map(|number| {
            (
                format!("5eb98b0c-5e1c-4a4f-8a2b-{number:012x}"),
                json!({"timestamp": day_s(0)}),
            )
        })
        .collect();
    publisher.says("/misp/manifest.json", json!(many));
    publisher.asked();
    let line = pull(&story).await;
    assert!(
        line.words.as_deref().unwrap().contains("more than 1000 events"),
        "{line:?}"
    );
    assert_eq!(publisher.asked().len(), 1, "nothing of them is asked for");
}

fn indicator(number: u8, name: &str) -> Value {
    json!({"type": "indicator", "id": format!("indicator--{}", uuid(number)), "pattern_type": "stix",
        "pattern": format!("[domain-name:value = '{name}']")})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taxii_collection_is_read_to_its_end() {
    let publisher = publisher().await;
    let story = story(522, &publisher, FeedForm::Taxii, "/api/collections/91a7/").await;
    let since = jiff::Timestamp::from_millisecond((story.world.now_ms() - 30 * DAY_MS) as i64).unwrap();
    let since = format!("{since:.3}").replace(':', "%3A");
    let first = format!("/api/collections/91a7/objects/?added_after={since}");
    let page = |next: &str| match next {
        "" => first.clone(),
        next => format!("{first}&next={next}"),
    };
    let ended = json!({"type": "indicator", "pattern_type": "stix", "valid_until": "2001-01-01T00:00:00Z",
        "pattern": "[domain-name:value = 'ended.evil.example']"});
    publisher.says(
        &page(""),
        json!({"more": true, "next": "p2", "objects": [indicator(1, "one.evil.example"), ended]}),
    );
    publisher.says(&page("p2"), json!({"more": true, "next": "p3"}));
    publisher.says(
        &page("p3"),
        json!({"objects": [indicator(2, "two.evil.example")]}),
    );
    let line = pull(&story).await;
    assert_eq!(
        (line.outcome, line.values, line.refused),
        (PullOutcome::Changed, 2, 1),
        "{line:?}"
    );
    assert_eq!(publisher.asked().len(), 3);
    assert!(is_listed(&story, "one.evil.example").await && is_listed(&story, "two.evil.example").await);
    assert!(!is_listed(&story, "ended.evil.example").await);

    for (third, words) in [
        (json!({"more": true, "next": "p2", "objects": []}), "in a circle"),
        (json!({"more": true, "objects": []}), "and not where"),
        (json!([]), "none of TAXII"),
        (json!({"objects": {}}), "none of TAXII"),
    ] {
        publisher.says(&page("p3"), third);
        let line = pull(&story).await;
        assert_eq!(line.outcome, PullOutcome::Failed, "{line:?}");
        assert!(
            line.words.as_deref().unwrap().contains(words),
            "{words}: {line:?}"
        );
        assert!(
            is_listed(&story, "two.evil.example").await,
            "nothing of a collection that breaks off"
        );
    }

    // As many pages as one pull reads, and one more.
    let pages = |count: usize| {
        for number in 1..=count {
            let at = if number == 1 {
                String::new()
            } else {
                format!("n{number}")
            };
            let said = match number == count {
                true => json!({"objects": [indicator(1, "one.evil.example")]}),
                false => json!({"more": true, "next": format!("n{}", number + 1)}),
            };
            publisher.says(&page(&at), said);
        }
    };
    pages(1000);
    assert_eq!(pull(&story).await.outcome, PullOutcome::Changed);
    pages(1001);
    let line = pull(&story).await;
    assert!(
        line.words.as_deref().unwrap().contains("more than 1000 pages"),
        "{line:?}"
    );

    // A key is for its host and port: elsewhere it is not sent.
    let other = self::publisher().await;
    let elsewhere = FeedChange {
        url: Some(format!("http://127.0.0.1:{}/api/collections/91a7/", other.port)),
        ..FeedChange::default()
    };
    change(&story, elsewhere).await.unwrap();
    assert!(pull(&story).await.words.unwrap().contains("status 401"));
    assert_eq!(view(&story).await.key_header, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_stand_there_is_said_where_it_is_entered() {
    let publisher = publisher().await;
    let story = story(523, &publisher, FeedForm::Taxii, "/api/collections/91a7/").await;
    for (wrong, field) in [
        (
            FeedChange {
                days: Some(DAYS_MAX + 1),
                ..FeedChange::default()
            },
            "days",
        ),
        (
            FeedChange {
                form: Some(FeedForm::File),
                ..FeedChange::default()
            },
            "days",
        ),
        (
            FeedChange {
                column: Some(2),
                ..FeedChange::default()
            },
            "column",
        ),
        (
            FeedChange {
                url: Some(format!("http://127.0.0.1:{}/taxii2/", publisher.port)),
                ..FeedChange::default()
            },
            "url",
        ),
        (
            FeedChange {
                form: Some(FeedForm::Misp),
                url: Some(format!("http://127.0.0.1:{}/misp/?key=1", publisher.port)),
                ..FeedChange::default()
            },
            "url",
        ),
    ] {
        let said = change(&story, wrong).await;
        assert!(
            matches!(&said, Err(ServiceError::Invalid { field: of, .. }) if of == field),
            "{field}: {said:?}"
        );
    }
    let longest = FeedChange {
        days: Some(DAYS_MAX),
        ..FeedChange::default()
    };
    change(&story, longest).await.unwrap();
    let whole = FeedChange {
        form: Some(FeedForm::File),
        days: Some(0),
        ..FeedChange::default()
    };
    change(&story, whole).await.unwrap();
    assert_eq!(view(&story).await.days, None);
}
