//! Appends: durable when acknowledged, once for each key.

use std::sync::Arc;

use accord_collect::{CollectSettings, Collectors, Error};

use crate::support::*;

fn settings() -> CollectSettings {
    CollectSettings {
        http: vec![http()],
        ..CollectSettings::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn repeats_are_recognised_before_and_after_a_restart() {
    let mut settings = settings();
    settings.http[0].spool.segment_age_s = 3600;
    let node = Node::start(settings.clone()).await;
    let append = |key: &'static str, text: &'static str| {
        node.collectors
            .append("api", "sensor", Some(key.as_bytes()), text.as_bytes().to_vec())
    };
    assert!(!append("1", "one\n").await.unwrap().repeated);
    assert!(!append("2", "two").await.unwrap().repeated);
    assert!(append("1", "one\n").await.unwrap().repeated);
    assert!(matches!(append("1", "other\n").await, Err(Error::KeyReused)));
    // Another sender's key is another key, and without a key all is new.
    let other = node
        .collectors
        .append("api", "other", Some(b"1"), b"mine\n".to_vec());
    assert!(!other.await.unwrap().repeated);
    // As a crash: nothing is told to stop in time.
    let Node {
        dir,
        store,
        collectors,
    } = node;
    drop(collectors);
    settings.http[0].spool.segment_age_s = 0;
    let again = Collectors::start(plan(store.clone(), settings, &dir))
        .await
        .unwrap();
    let append = again.append("api", "sensor", Some(b"1"), b"one\n".to_vec());
    assert!(append.await.unwrap().repeated);
    until("two segments", || store.segments().len() == 2).await;
    let append = again.append("api", "sensor", Some(b"2"), b"two\n".to_vec());
    assert!(append.await.unwrap().repeated, "after it became a segment");
    again.stop().await;
    assert_eq!(String::from_utf8(log_of(&store)).unwrap().len(), 13);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once_are_all_there() {
    let Node {
        store,
        collectors,
        dir,
    } = Node::start(settings()).await;
    let collectors = Arc::new(collectors);
    let mut appends = tokio::task::JoinSet::new();
    for number in 0..200 {
        let collectors = Arc::clone(&collectors);
        appends.spawn(async move {
            let (key, text) = (number.to_string(), format!("line {number}\n"));
            let append = collectors.append("api", "s", Some(key.as_bytes()), text.into_bytes());
            append.await.unwrap()
        });
    }
    for durable in appends.join_all().await {
        assert!(!durable.repeated);
    }
    let lines = || log_of(&store).iter().filter(|byte| **byte == b'\n').count();
    until("all", || lines() == 200).await;
    Arc::into_inner(collectors).unwrap().stop().await;
    drop(dir);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_each() {
    let mut settings = settings();
    settings.http[0].spool.spool_bytes = 1000;
    settings.http[0].spool.segment_age_s = 3600;
    let node = Node::start(settings).await;
    let append = |sender: String, key: usize, bytes: usize| {
        let (key, bytes) = (vec![b'k'; key], vec![b'x'; bytes]);
        async {
            let (sender, key) = (sender, key);
            node.collectors.append("api", &sender, Some(&key), bytes).await
        }
    };
    let s = || "s".to_owned();
    for (result, limit) in [
        (append(s(), 1, (16 << 20) + 1).await, 16 << 20),
        (append(s(), 257, 1).await, 256),
        (append("s".repeat(257), 1, 1).await, 256),
    ] {
        let error = result.unwrap_err();
        assert!(
            matches!(error, Error::TooLarge { limit: told, .. } if told == limit),
            "{error}"
        );
    }
    assert!(matches!(append(s(), 2, 1001).await, Err(Error::SpoolFull { .. })));
    append(s(), 3, 500).await.unwrap();
    assert!(matches!(append(s(), 4, 500).await, Err(Error::SpoolFull { .. })));
    let unknown = node.collectors.append("nobody", "s", None, b"x".to_vec()).await;
    assert!(matches!(unknown, Err(Error::NoSuchCollector(_))));
    node.collectors.stop().await;
}
