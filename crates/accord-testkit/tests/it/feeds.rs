//! Feeds against a real server on the loopback: good, empty, tenfold, hostile, slow, elsewhere, too long.

use std::sync::{Arc, Mutex};

use accord_model::{OrgKind, Role, Tlp};
use accord_service::{
    FeedAct, FeedChange, FeedDo, FeedForm, FeedState, FeedView, NewAudience, NewFeed, NewOwn, Node, OwnKind,
    PullLine, PullOutcome, Reach, ServiceError,
};
use accord_store::Fault;
use accord_testkit::{DAY_MS, Story};
use accord_verdict::{Action, Reader};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

const ORGS: &[(&str, OrgKind)] = &[("agency", OrgKind::Agency), ("isp", OrgKind::Isp)];
pub const MINUTE_MS: u64 = 60_000;
pub const FEED: &str = "bad";

/// What the publisher's server says.
#[derive(Clone)]
pub struct Publisher {
    content: Arc<Mutex<String>>,
    /// Requests that asked for something newer than what they had.
    conditional: Arc<Mutex<usize>>,
    port: u16,
}

impl Publisher {
    pub fn says(&self, content: impl Into<String>) {
        *self.content.lock().unwrap() = content.into();
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{path}", self.port)
    }
}

async fn answer(State(publisher): State<Publisher>, request: Request) -> Response {
    match request.uri().path() {
        "/list" => {
            let content = publisher.content.lock().unwrap().clone();
            let etag = format!(
                "\"{}-{}\"",
                content.len(),
                content.lines().next().unwrap_or_default()
            );
            if let Some(known) = request.headers().get(header::IF_NONE_MATCH) {
                *publisher.conditional.lock().unwrap() += 1;
                if known == etag.as_str() {
                    return StatusCode::NOT_MODIFIED.into_response();
                }
            }
            ([(header::ETAG, etag)], content).into_response()
        }
        "/elsewhere" => (StatusCode::FOUND, [(header::LOCATION, "/list")]).into_response(),
        "/long" => {
            let bytes = vec![b'a'; 33 << 20];
            Body::from(bytes).into_response()
        }
        "/slow" => {
            std::future::pending::<()>().await;
            StatusCode::OK.into_response()
        }
        "/page" => {
            "<!DOCTYPE html>\n<html><body>\n<p>Sign in</p>\n<p>to go on</p></body></html>\n".into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

pub async fn publisher() -> Publisher {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let publisher = Publisher {
        content: Arc::default(),
        conditional: Arc::default(),
        port: listener.local_addr().unwrap().port(),
    };
    let router = Router::new().fallback(answer).with_state(publisher.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    publisher
}

/// A provider with people, a list of what many use, and an audience of its own machines.
pub async fn story(seed: u64) -> Story {
    let mut story = Story::begin(seed, ORGS).await;
    for (name, role) in [
        ("keeper", Role::Researcher),
        ("second", Role::Researcher),
        ("decider", Role::Approver),
    ] {
        story.org_mut("isp").add_person(name, &[role]).await.unwrap();
    }
    let (isp, operator) = story.at("isp", "operator");
    isp.load_allow_list(operator, "top", "www.bank.example\n192.0.2.1\n")
        .await
        .unwrap();
    let new = NewAudience {
        edge: false,
        name: "own".into(),
        reach: Reach::Own,
        dnsbl: None,
        rpz: None,
        clients: Vec::new(),
        notify: Vec::new(),
    };
    isp.open_audience(operator, &new).await.unwrap();
    story
}

fn is_denied<T>(outcome: accord_service::Result<T>) -> bool {
    matches!(outcome, Err(ServiceError::Denied(_)))
}

fn feed(url: String) -> NewFeed {
    NewFeed {
        name: FEED.into(),
        url,
        form: FeedForm::File,
        days: None,
        column: None,
        kinds: Vec::new(),
        marking: Tlp::Amber,
        confidence: 80,
        label: "phishing".into(),
        every_minutes: 60,
        audiences: Vec::new(),
        gone_percent: None,
        terms: "Feeds Example".into(),
    }
}

pub async fn served(node: &Node, value: &str) -> Option<Action> {
    node.refresh_verdicts().await.unwrap();
    let audience = node.verdicts.audience("own").unwrap();
    audience.inspect(&mut Reader::default(), value).action()
}

/// Somebody asks, and is told or not: a sighting.
async fn ask(node: &Node, value: &str) -> bool {
    node.refresh_verdicts().await.unwrap();
    let audience = node.verdicts.audience("own").unwrap();
    audience.answer(&mut Reader::default(), value).is_listed()
}

pub async fn act(story: &Story, who: &str, act: FeedAct) -> accord_service::Result<Option<PullLine>> {
    let (isp, who) = story.at("isp", who);
    isp.do_feed(who, FEED, &FeedDo::of(act)).await
}

pub async fn pull(story: &Story) -> PullLine {
    act(story, "keeper", FeedAct::Pull).await.unwrap().unwrap()
}

pub async fn view(story: &Story) -> FeedView {
    let (isp, keeper) = story.at("isp", "keeper");
    isp.feed(keeper, FEED).await.unwrap()
}

pub async fn add(story: &Story, url: String) {
    let (isp, keeper) = story.at("isp", "keeper");
    isp.add_feed(keeper, &feed(url)).await.unwrap();
}

fn names(count: usize) -> String {
    (0..count).map(|n| format!("n{n}.evil.example\n")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_detects_first_and_a_second_person_lets_it_block() {
    let publisher = publisher().await;
    publisher.says("evil.example\n192.0.2.77\n");
    let mut story = story(501).await;
    for who in ["operator", "signatory", "decider"] {
        let (isp, who) = story.at("isp", who);
        assert!(
            is_denied(isp.add_feed(who, &feed(publisher.url("list"))).await),
            "{}",
            who.name
        );
    }
    add(&story, publisher.url("list")).await;
    let (isp, keeper) = story.at("isp", "keeper");
    let again = isp.add_feed(keeper, &feed(publisher.url("list"))).await;
    assert!(matches!(again, Err(ServiceError::Conflict(_))), "{again:?}");
    let early = act(&story, "second", FeedAct::Block).await;
    assert!(
        matches!(early, Err(ServiceError::Conflict(_))),
        "nobody can tell what it would block: {early:?}"
    );

    // It is time as soon as it is there.
    assert_eq!(isp.feeds_round().await.unwrap(), 1);
    assert_eq!(isp.feeds_round().await.unwrap(), 0, "not again before its hour");
    assert_eq!(served(isp, "www.evil.example").await, Some(Action::Detect));
    assert!(!ask(isp, "evil.example").await, "nobody outside is told");
    assert!(!ask(isp, "evil.example").await);
    let told = view(&story).await;
    let trial = told.trial.unwrap();
    assert_eq!(
        (told.mode, told.state, told.in_force, told.blocked),
        ("trial", FeedState::Good, 2, 0)
    );
    assert_eq!(
        (trial.seen, trial.sightings, trial.would_block_sightings),
        (1, 2, 2)
    );
    assert!(trial.rows[0].would_block && trial.rows[0].value == "evil.example");

    // The first person is not the second, and an operator is neither.
    for who in ["keeper", "operator", "signatory"] {
        assert!(is_denied(act(&story, who, FeedAct::Block).await), "{who}");
    }
    act(&story, "decider", FeedAct::Block).await.unwrap();
    assert!(ask(isp, "evil.example").await);
    assert_eq!(served(isp, "192.0.2.77").await, Some(Action::Block));
    let found = isp.look_up(keeper, "www.evil.example").await.unwrap();
    let source = &found[0].sources[0];
    assert_eq!(
        (source.from, source.source.as_str(), source.verdict),
        ("feed", FEED, "block")
    );
    assert_eq!(
        (source.confidence, source.score, source.labels.as_slice()),
        (Some(80), Some(80), &["phishing".to_owned()][..])
    );
    assert!(source.published_by.contains("Feeds Example") && source.by.len() == 2);
    assert!(source.expires_ms.unwrap() > source.last_ms && source.marking == Tlp::Amber);

    // An operator sees how it goes, and nothing of what it lists.
    let (isp, operator) = story.at("isp", "operator");
    let health = isp.feed(operator, FEED).await.unwrap();
    assert!(health.about.is_none() && health.trial.is_none() && health.refused.is_none());
    assert_eq!((health.in_force, health.pulls.len()), (2, 1));
    assert!(is_denied(isp.ranked_sources(operator).await));
    assert!(isp.ranked_sources(story.at("isp", "decider").1).await.is_ok());

    // After a start everything is as it was.
    story.org_mut("isp").restart().await;
    let isp = story.org("isp").node();
    assert_eq!(served(isp, "evil.example").await, Some(Action::Block));

    // Another address puts it back on trial; so does whoever says so.
    let change = FeedDo {
        change: Some(FeedChange {
            url: Some(publisher.url("list?x")),
            ..FeedChange::default()
        }),
        ..FeedDo::of(FeedAct::Change)
    };
    let (isp, second) = story.at("isp", "second");
    isp.do_feed(second, FEED, &change).await.unwrap();
    assert_eq!(served(isp, "evil.example").await, Some(Action::Detect));
    assert!(
        is_denied(act(&story, "second", FeedAct::Block).await),
        "now the first person"
    );
    act(&story, "keeper", FeedAct::Block).await.unwrap();
    act(&story, "second", FeedAct::Trial).await.unwrap();
    assert_eq!(served(isp, "evil.example").await, Some(Action::Detect));

    isp.remove_feed(second, FEED).await.unwrap();
    assert_eq!(served(isp, "evil.example").await, None);
    assert!(matches!(
        isp.feed(second, FEED).await,
        Err(ServiceError::NotFound(_))
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_feed_may_list_is_refused_one_by_one_and_counted() {
    let publisher = publisher().await;
    let bad = [
        "com",
        "co.uk",
        "0.0.0.0/0",
        "8.0.0.0/8",
        "127.0.0.1",
        "10.0.0.1",
        "www.bank.example",
        "bank.example",
        "192.0.2.1",
        "mail.isp-own.example.net",
        "198.51.100.9",
        "printer.local",
    ];
    let good: Vec<String> = (0..bad.len()).map(|n| format!("evil{n}.example")).collect();
    publisher.says(format!("{}\n{}\n", bad.join("\n"), good.join("\n")));
    let story = story(502).await;
    let (isp, operator) = story.at("isp", "operator");
    for (kind, value) in [
        (OwnKind::Domain, "isp-own.example.net"),
        (OwnKind::Network, "198.51.100.0/24"),
    ] {
        let new = NewOwn {
            kind,
            value: value.into(),
            description: "ours".into(),
        };
        isp.add_own(operator, &new).await.unwrap();
    }
    add(&story, publisher.url("list")).await;
    let line = pull(&story).await;
    assert_eq!(line.outcome, PullOutcome::Changed, "{line:?}");
    assert_eq!((line.values, line.refused), (good.len(), bad.len() as u64));
    act(&story, "second", FeedAct::Block).await.unwrap();
    assert_eq!(served(isp, "evil0.example").await, Some(Action::Block));
    for value in [
        "google.com",
        "x.co.uk",
        "8.8.8.8",
        "127.0.0.1",
        "10.0.0.1",
        "www.bank.example",
        "192.0.2.1",
        "198.51.100.9",
    ] {
        assert_eq!(served(isp, value).await, None, "{value}");
    }
    let refused = view(&story).await.refused.unwrap();
    let reasons: Vec<&str> = refused.reasons.iter().map(|one| one.reason.as_str()).collect();
    for part in [
        "one label",
        "public suffix",
        "wider than",
        "loopback",
        "private",
        "allow list top",
        "your own infrastructure: ours",
        "local network",
    ] {
        assert!(
            reasons.iter().any(|reason| reason.contains(part)),
            "{part}: {reasons:?}"
        );
    }

    // What comes on an allow list, becomes one's own, or is found false goes out of force at once.
    let top = "www.bank.example\nevil0.example\n";
    isp.load_allow_list(operator, "top", top).await.unwrap();
    let new = NewOwn {
        kind: OwnKind::Domain,
        value: "evil1.example".into(),
        description: String::new(),
    };
    isp.add_own(operator, &new).await.unwrap();
    let keeper = story.at("isp", "keeper").1;
    let is_false = |value: &str| FeedDo {
        value: Some(value.into()),
        reason: Some("a shop, looked at".into()),
        ..FeedDo::of(FeedAct::False)
    };
    assert!(is_denied(
        isp.do_feed(operator, FEED, &is_false("evil2.example")).await
    ));
    isp.do_feed(keeper, FEED, &is_false("EVIL2.example"))
        .await
        .unwrap();
    let elsewhere = isp.do_feed(keeper, FEED, &is_false("other.example")).await;
    assert!(
        matches!(elsewhere, Err(ServiceError::Invalid { .. })),
        "{elsewhere:?}"
    );
    for value in ["evil0.example", "evil1.example", "evil2.example"] {
        assert_eq!(served(isp, value).await, None, "{value}");
    }
    assert_eq!(served(isp, "evil3.example").await, Some(Action::Block));
    ask(isp, "evil3.example").await;
    let ranked = isp.ranked_sources(keeper).await.unwrap();
    assert_eq!(
        (ranked[0].source.as_str(), ranked[0].values, ranked[0].seen),
        (FEED, good.len() - 3, 1)
    );
    assert_eq!((ranked[0].proved_wrong, ranked[0].only_here), (3, good.len() - 3));
    assert!(ranked[0].score.unwrap() < 25, "{ranked:?}");
    isp.do_feed(
        keeper,
        FEED,
        &FeedDo {
            act: FeedAct::NotFalse,
            ..is_false("evil2.example")
        },
    )
    .await
    .unwrap();
    assert_eq!(served(isp, "evil2.example").await, Some(Action::Block));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_that_looks_wrong_is_held_and_what_is_in_force_stays() {
    let publisher = publisher().await;
    publisher.says(names(50));
    let story = story(503).await;
    let isp = story.org("isp").node();
    add(&story, publisher.url("list")).await;
    pull(&story).await;
    act(&story, "second", FeedAct::Block).await.unwrap();
    let in_force = async || {
        assert_eq!(served(isp, "n0.evil.example").await, Some(Action::Block));
        assert_eq!(served(isp, "n49.evil.example").await, Some(Action::Block));
    };
    let many: String = (0..501).map(|n| format!("m{n}.bad.example\n")).collect();
    for (content, why) in [
        (String::new(), "suddenly empty"),
        ("# moved away\n".to_owned(), "suddenly empty"),
        (format!("{}{many}", names(50)), "10 times"),
        (names(20), "gone at once"),
        ("com\nnet\norg\n".to_owned(), "nothing can be used"),
        (
            "<html>\n<p>Sign in to go on</p>\n</html>\n".to_owned(),
            "nothing can be used",
        ),
        (
            format!("indicator,family\n{}", names(50).replace('\n', ",x\n")),
            "another form",
        ),
    ] {
        publisher.says(content);
        let line = pull(&story).await;
        assert_eq!(line.outcome, PullOutcome::Held, "{why}: {line:?}");
        let told = view(&story).await;
        assert_eq!(told.state, FeedState::Held);
        assert!(told.held_because.unwrap().contains(why), "{why}: {line:?}");
        assert!(told.held.unwrap().reason.contains(why));
        in_force().await;
    }
    // Somebody who is no analyst is told that it is held and why, not what is in it.
    let (isp, operator) = story.at("isp", "operator");
    let health = isp.feed(operator, FEED).await.unwrap();
    assert!(health.held.is_none() && health.held_because.is_some());
    for who in ["operator", "decider"] {
        assert!(is_denied(act(&story, who, FeedAct::Accept).await), "{who}");
        assert!(is_denied(act(&story, who, FeedAct::Discard).await), "{who}");
    }

    // Left: the same is not shown again. Something good ends it.
    act(&story, "second", FeedAct::Discard).await.unwrap();
    assert!(matches!(
        act(&story, "second", FeedAct::Discard).await,
        Err(ServiceError::Conflict(_))
    ));
    let line = pull(&story).await;
    assert_eq!(line.outcome, PullOutcome::Failed);
    assert!(line.words.unwrap().contains("discarded"));
    in_force().await;
    publisher.says(names(51));
    assert_eq!(pull(&story).await.outcome, PullOutcome::Changed);

    // Taken: by somebody who looked at this one.
    publisher.says(format!("{}{many}", names(51)));
    assert_eq!(pull(&story).await.outcome, PullOutcome::Held);
    let keeper = story.at("isp", "keeper").1;
    let other = FeedDo {
        sha256: Some("0".repeat(64)),
        ..FeedDo::of(FeedAct::Accept)
    };
    let refused = isp.do_feed(keeper, FEED, &other).await;
    assert!(matches!(refused, Err(ServiceError::Conflict(_))), "{refused:?}");
    assert_eq!(served(isp, "m0.bad.example").await, None);
    let held = view(&story).await.held.unwrap();
    let this = FeedDo {
        sha256: Some(held.sha256),
        ..FeedDo::of(FeedAct::Accept)
    };
    isp.do_feed(keeper, FEED, &this).await.unwrap();
    assert_eq!(served(isp, "m0.bad.example").await, Some(Action::Block));
    let told = view(&story).await;
    assert_eq!((told.state, told.in_force), (FeedState::Good, 552));
    assert_eq!(pull(&story).await.outcome, PullOutcome::Same);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_answer_well_changes_nothing() {
    let publisher = publisher().await;
    publisher.says("evil.example\n");
    let story = story(504).await;
    let (isp, keeper) = story.at("isp", "keeper");
    for bad in [
        "http://feeds.example/x",
        "https://10.0.0.1/x",
        "https://localhost/x",
        "file:///etc/passwd",
    ] {
        let refused = isp.add_feed(keeper, &feed(bad.into())).await;
        assert!(
            matches!(refused, Err(ServiceError::Invalid { .. })),
            "{bad}: {refused:?}"
        );
    }
    add(&story, publisher.url("list")).await;
    assert_eq!(pull(&story).await.outcome, PullOutcome::Changed);
    assert_eq!(*publisher.conditional.lock().unwrap(), 0);
    let same = pull(&story).await;
    assert_eq!((same.outcome, same.values, same.bytes), (PullOutcome::Same, 1, 0));
    assert_eq!(
        *publisher.conditional.lock().unwrap(),
        1,
        "it asks only for what is new"
    );
    for (path, words) in [
        ("elsewhere", "another address"),
        ("nothing", "status 404"),
        ("long", "longer than"),
    ] {
        let change = FeedDo {
            change: Some(FeedChange {
                url: Some(publisher.url(path)),
                ..FeedChange::default()
            }),
            ..FeedDo::of(FeedAct::Change)
        };
        isp.do_feed(keeper, FEED, &change).await.unwrap();
        let line = pull(&story).await;
        assert_eq!(line.outcome, PullOutcome::Failed, "{path}");
        assert!(line.words.as_deref().unwrap().contains(words), "{line:?}");
        assert_eq!(served(isp, "evil.example").await, Some(Action::Detect));
        assert_eq!(view(&story).await.state, FeedState::Failing);
    }

    // A slow one is seen while it runs, runs once, and is stopped.
    let change = FeedDo {
        change: Some(FeedChange {
            url: Some(publisher.url("slow")),
            ..FeedChange::default()
        }),
        ..FeedDo::of(FeedAct::Change)
    };
    isp.do_feed(keeper, FEED, &change).await.unwrap();
    let stopped = async {
        while view(&story).await.under_way.is_none() {
            tokio::task::yield_now().await;
        }
        let twice = act(&story, "second", FeedAct::Pull).await;
        assert!(matches!(twice, Err(ServiceError::Conflict(_))), "{twice:?}");
        assert!(is_denied(act(&story, "operator", FeedAct::Stop).await));
        act(&story, "second", FeedAct::Stop).await.unwrap();
    };
    let (line, ()) = tokio::join!(pull(&story), stopped);
    assert_eq!(line.outcome, PullOutcome::Stopped);
    assert_eq!(served(isp, "evil.example").await, Some(Action::Detect));

    // Paused: it is not pulled on schedule.
    act(&story, "keeper", FeedAct::Pause).await.unwrap();
    story.world.advance(5 * MINUTE_MS);
    assert_eq!(isp.feeds_round().await.unwrap(), 0);
    act(&story, "keeper", FeedAct::Resume).await.unwrap();
    assert!(matches!(
        act(&story, "keeper", FeedAct::Resume).await,
        Err(ServiceError::Conflict(_))
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn jumps_of_the_clock_change_nothing_and_time_that_passes_does() {
    let publisher = publisher().await;
    publisher.says("evil.example\n198.51.100.77\n");
    let story = story(505).await;
    let (isp, keeper) = story.at("isp", "keeper");
    let new = NewFeed {
        every_minutes: 7 * 24 * 60,
        gone_percent: Some(100),
        ..feed(publisher.url("list"))
    };
    isp.add_feed(keeper, &new).await.unwrap();
    pull(&story).await;
    act(&story, "second", FeedAct::Block).await.unwrap();
    isp.feeds_round().await.unwrap();
    let start = story.world.now_ms();
    for jump in [start - 300 * DAY_MS, start + 3_650 * DAY_MS, 1, start] {
        story.world.set_clock(jump);
        assert_eq!(isp.feeds_round().await.unwrap(), 0, "no storm of pulls");
        assert_eq!(served(isp, "evil.example").await, Some(Action::Block), "{jump}");
        assert_eq!(served(isp, "198.51.100.77").await, Some(Action::Block), "{jump}");
        let told = isp.feeds(keeper).await.unwrap();
        assert_eq!(told.clock_jump.unwrap().at_ms, jump);
    }

    // The address leaves the feed. A round every ten minutes: of 80 it is worth 50 after two days, 20 after six.
    publisher.says("evil.example\n");
    pull(&story).await;
    let days = async |days: u64| {
        for _ in 0..days * 24 * 6 {
            story.world.advance(10 * MINUTE_MS);
            isp.feeds_round().await.unwrap();
        }
    };
    days(1).await;
    assert_eq!(served(isp, "198.51.100.77").await, Some(Action::Block));
    days(2).await;
    assert_eq!(served(isp, "198.51.100.77").await, Some(Action::Detect));
    let found = isp.look_up(keeper, "198.51.100.77").await.unwrap();
    let source = &found[0].sources[0];
    assert!(
        source.score.unwrap() < 50 && source.verdict == "detect" && source.last_ms < story.world.now_ms()
    );
    days(4).await;
    assert_eq!(served(isp, "198.51.100.77").await, None);
    assert_eq!(
        served(isp, "evil.example").await,
        Some(Action::Block),
        "it is still listed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_at_a_pull_loses_the_pull_and_nothing_else() {
    for fault in [Fault::Lost, Fault::PersistedButFailed] {
        let publisher = publisher().await;
        publisher.says("evil.example\n");
        let mut story = story(506).await;
        add(&story, publisher.url("list")).await;
        pull(&story).await;
        publisher.says("evil.example\nbad.example\n");
        story.world.arm(1, fault);
        assert!(act(&story, "keeper", FeedAct::Pull).await.is_err());
        story.world.disarm();
        assert!(story.org_mut("isp").restart_if_broken().await);
        let isp = story.org("isp").node();
        assert_eq!(
            served(isp, "evil.example").await,
            Some(Action::Detect),
            "{fault:?}"
        );
        let there = served(isp, "bad.example").await;
        assert_eq!(there.is_some(), fault == Fault::PersistedButFailed);
        pull(&story).await;
        assert_eq!(served(isp, "bad.example").await, Some(Action::Detect));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_and_a_feed_the_stronger_word_counts_and_popular_values_are_only_detected() {
    let publisher = publisher().await;
    publisher.says("http://www.bank.example/login\nevil.example\n");
    let story = story(507).await;
    let isp = story.org("isp").node();
    add(&story, publisher.url("list")).await;
    pull(&story).await;
    act(&story, "second", FeedAct::Block).await.unwrap();
    assert_eq!(
        served(isp, "http://www.bank.example/login").await,
        Some(Action::Detect),
        "many use its host"
    );
    assert_eq!(served(isp, "http://www.bank.example/other").await, None);
    ask(isp, "http://www.bank.example/login").await;
    let trial = view(&story).await.trial.unwrap();
    let row = trial.rows.iter().find(|row| row.kind == "url").unwrap();
    assert!(
        !row.would_block && row.because.as_deref().unwrap().contains("allow list top"),
        "{row:?}"
    );
    assert_eq!(trial.popular, 1);
    // What is marked for this organisation only is not served to customers.
    let (isp, operator) = story.at("isp", "operator");
    let new = NewAudience {
        edge: false,
        name: "public".into(),
        reach: Reach::Public,
        dnsbl: None,
        rpz: None,
        clients: Vec::new(),
        notify: Vec::new(),
    };
    isp.open_audience(operator, &new).await.unwrap();
    let public = isp.verdicts.audience("public").unwrap();
    assert_eq!(
        public.inspect(&mut Reader::default(), "evil.example").action(),
        None
    );
}
