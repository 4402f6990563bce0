//! A store that takes nothing: senders wait, the spool stays within its limit, and nothing is lost without a count.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use accord_collect::{CollectSettings, Collectors, Count, Error, Import, Result, Store};
use accord_logstore::{Collected, LogStore, Segment};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::*;

/// A store that refuses until it is opened.
struct Gate {
    store: Arc<LogStore>,
    open: AtomicBool,
}

impl Store for Gate {
    fn import(&self, import: Import<'_>) -> Result<Arc<Segment>> {
        if self.open.load(Ordering::SeqCst) {
            Store::import(&*self.store, import)
        } else {
            Err(Error::Refused("not now".to_owned()))
        }
    }

    fn collected(&self, source: &str) -> Result<Vec<Collected>> {
        self.store.collected(source)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_refuses_slows_the_sender_down_and_everything_arrives() {
    const MESSAGES: usize = 80_000;
    let dir = tempfile::tempdir().unwrap();
    let gate = Arc::new(Gate {
        store: open_store(&dir.path().join("store")),
        open: AtomicBool::new(false),
    });
    let mut settings = syslog();
    settings.spool.segment_bytes = 512 << 10;
    settings.spool.spool_bytes = 2 << 20;
    settings.messages_per_s = 1_000_000;
    let settings = CollectSettings {
        syslog: vec![settings],
        ..CollectSettings::default()
    };
    let collectors = Collectors::start(plan(gate.clone(), settings, &dir))
        .await
        .unwrap();
    let status = || collectors.status().remove(0);
    let to = status()
        .listening
        .iter()
        .find(|(name, _)| *name == "tcp")
        .unwrap()
        .1;
    let message = "x".repeat(500);
    let sending = tokio::spawn(async move {
        let mut stream = TcpStream::connect(to).await.unwrap();
        for number in 0..MESSAGES {
            let line = format!("<1>{number} {message}\n");
            stream.write_all(line.as_bytes()).await.unwrap();
        }
        stream.shutdown().await.unwrap();
    });
    until("the spool is full", || {
        status()
            .last_error
            .is_some_and(|(_, words)| words.contains("spool_bytes"))
    })
    .await;
    // 40 MB were to be sent. The queue and the spool are full, the sender waits.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!sending.is_finished());
    assert!(status().lag_bytes <= 2 << 20, "{:?}", status());
    let spool = dir.path().join("spool/edge");
    let on_disk = || -> u64 {
        let files = std::fs::read_dir(&spool).unwrap();
        files
            .map(|file| file.unwrap().metadata().map_or(0, |file| file.len()))
            .sum()
    };
    assert!(on_disk() <= (2 << 20) + 4096, "{}", on_disk());
    gate.open.store(true, Ordering::SeqCst);
    sending.await.unwrap();
    until("all", || status().lines == MESSAGES as u64).await;
    let lost: u64 = status().counts.values().sum();
    assert_eq!(lost, 0, "{:?}", status());
    collectors.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn datagrams_that_the_spool_does_not_take_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    let gate = Arc::new(Gate {
        store: open_store(&dir.path().join("store")),
        open: AtomicBool::new(false),
    });
    let mut settings = syslog();
    settings.spool.spool_bytes = 2000;
    let settings = CollectSettings {
        syslog: vec![settings],
        ..CollectSettings::default()
    };
    let collectors = Collectors::start(plan(gate, settings, &dir)).await.unwrap();
    let status = || collectors.status().remove(0);
    let to = status()
        .listening
        .iter()
        .find(|(name, _)| *name == "udp")
        .unwrap()
        .1;
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    for _ in 0..5 {
        socket.send_to(&[b'x'; 900], to).unwrap();
    }
    until("three are counted", || {
        status().counts.get(&Count::DroppedSpool) == Some(&3)
    })
    .await;
    collectors.stop().await;
}
