//! The spool by itself: a fault at every write, torn ends, limits, keys.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

use accord_logstore::{AfterFault, Disk, FaultMode, Faults, LogStore};

use super::*;
use crate::bench::{Hands, destroy_all, memory_dir, open_store, received};
use crate::error::Error;
use crate::status::Count;

struct Node {
    dir: tempfile::TempDir,
    hands: Hands,
    settings: SpoolSettings,
    status: Status,
    max_senders: usize,
}

struct Running {
    store: Arc<LogStore>,
    writer: Writer,
    taker: Taker,
}

impl Node {
    fn new() -> Self {
        Self {
            dir: memory_dir(),
            hands: Hands::new(),
            settings: SpoolSettings {
                segment_bytes: 1 << 20,
                segment_age_s: 60,
                sync_ms: 1000,
                spool_bytes: 1 << 20,
            },
            status: Status::new("edge", "http", "isp"),
            max_senders: 2,
        }
    }

    fn start(&self, disk: &Disk) -> Result<Running> {
        let store = Arc::new(open_store(&self.dir.path().join("store"), disk.clone())?);
        let (writer, taker) = open(SpoolPlan {
            name: "edge",
            source: "isp",
            root: &self.dir.path().join("spool"),
            settings: self.settings.clone(),
            max_senders: self.max_senders,
            key_window_s: 3600,
            disk: disk.clone(),
            clock: self.hands.clock(),
            status: self.status.clone(),
            store: store.clone(),
        })?;
        Ok(Running { store, writer, taker })
    }

    fn healthy(&self) -> Running {
        self.start(&Disk::default()).unwrap()
    }

    /// Lets everything become segments.
    fn take(&self, running: &mut Running) {
        self.hands.forward_s(61);
        running.writer.tick().unwrap_or_default();
        running.taker.take_all(&|| false);
        self.hands.forward_s(61);
        running.taker.take_all(&|| false);
    }

    fn counted(&self, what: Count) -> u64 {
        self.status.lock().counts.get(&what).copied().unwrap_or(0)
    }
}

fn log(sender: &str, text: &str) -> Log {
    Log {
        sender: Sender {
            transport: "http".to_owned(),
            sender: sender.to_owned(),
        },
        bytes: text.as_bytes().to_vec(),
        escaped: false,
        key: Some((key_digest(sender, text.as_bytes()), bytes_digest(text.as_bytes()))),
    }
}

/// Appends with a sync, as a caller that wants to know; false where it was not acknowledged.
fn append(running: &mut Running, sender: &str, text: &str) -> bool {
    running.writer.append(&log(sender, text)).is_ok() && running.writer.sync().is_ok()
}

const LINES: &[(&str, &str)] = &[
    ("a", "one\n"),
    ("b", "two\n"),
    ("a", "three\n"),
    ("a", "four\n"),
    ("b", "five\n"),
    ("a", "six\n"),
];

/// Appends all lines, taking what is there in between; those that were not acknowledged are sent again, once.
fn session(node: &Node, disk: &Disk) {
    let Ok(mut running) = node.start(disk) else { return };
    for (number, (sender, text)) in LINES.iter().enumerate() {
        if !append(&mut running, sender, text) {
            node.hands.forward_s(2);
            append(&mut running, sender, text);
        }
        if number % 2 == 1 {
            node.take(&mut running);
        }
    }
}

#[test]
fn a_fault_at_every_write_keeps_each_keyed_append_once() {
    let counting = Faults::new(u64::MAX, FaultMode::NotDone, AfterFault::Dead);
    session(&Node::new(), &Disk::with_faults(counting.clone()));
    let steps = counting.steps();
    assert!(steps > 80, "{steps}");
    for (mode, after, power_cut) in [
        (FaultMode::NotDone, AfterFault::Dead, true),
        (FaultMode::Half, AfterFault::Recovers, false),
        (FaultMode::DoneButReported, AfterFault::Dead, false),
        (FaultMode::DoneButReported, AfterFault::Recovers, true),
    ] {
        for step in 12..steps {
            let case = format!("step {step} {mode:?} {after:?} power cut {power_cut}");
            let node = Node::new();
            let faults = Faults::new(step, mode, after);
            session(&node, &Disk::with_faults(faults.clone()));
            assert!(faults.tripped(), "{case}");
            if power_cut {
                faults.lose_unsynced().unwrap();
            }
            // Everything is sent again: what was acknowledged is recognised, whatever else is kept now.
            let mut running = node.healthy();
            for (sender, text) in LINES {
                assert!(append(&mut running, sender, text), "{case}");
            }
            node.take(&mut running);
            let found = received(&running.store);
            let lines: BTreeSet<&str> = ["a", "b"].into();
            assert_eq!(found.len(), lines.len(), "{case}");
            for sender in lines {
                let mut expected: Vec<&str> = LINES
                    .iter()
                    .filter(|(by, _)| *by == sender)
                    .map(|(_, text)| *text)
                    .collect();
                let text = String::from_utf8(found[sender].clone()).unwrap();
                let mut kept: Vec<&str> = text.split_inclusive('\n').collect();
                expected.sort_unstable();
                kept.sort_unstable();
                assert_eq!(kept, expected, "{case}");
            }
            let spool = node.dir.path().join("spool/edge");
            let left = fs::read_dir(spool).unwrap().map(|entry| entry.unwrap().path());
            let left: Vec<_> = left
                .filter(|path| path.extension().is_some_and(|kind| kind != "keys"))
                .collect();
            assert_eq!(left.len(), 0, "{case}: {left:?}");
        }
    }
}

#[test]
fn what_was_acknowledged_outlives_the_process_and_a_power_cut() {
    let node = Node::new();
    let faults = Faults::new(u64::MAX, FaultMode::NotDone, AfterFault::Dead);
    let mut running = node.start(&Disk::with_faults(faults.clone())).unwrap();
    assert!(append(&mut running, "a", "kept\n"));
    running.writer.append(&log("a", "in doubt\n")).unwrap();
    drop(running);
    faults.lose_unsynced().unwrap();
    let mut running = node.healthy();
    let again = running.writer.append(&log("a", "kept\n")).unwrap();
    assert_eq!(again, Appended::Repeat);
    node.take(&mut running);
    assert_eq!(received(&running.store)["a"], b"kept\n");
}

#[test]
fn a_torn_end_is_counted() {
    let node = Node::new();
    let mut running = node.healthy();
    assert!(append(&mut running, "a", "whole\n"));
    drop(running);
    let path = node.dir.path().join("spool/edge/0000000001.spool");
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend_from_slice(&[7; 30]);
    fs::write(&path, bytes).unwrap();
    let mut running = node.healthy();
    node.take(&mut running);
    assert_eq!(received(&running.store)["a"], b"whole\n");
    assert_eq!(node.counted(Count::TornBytes), 30);
}

#[test]
fn limits() {
    let mut node = Node::new();
    node.settings.spool_bytes = 400;
    let mut running = node.healthy();
    assert!(append(&mut running, "a", &"x".repeat(100)));
    let error = running.writer.append(&log("a", &"y".repeat(300))).unwrap_err();
    assert!(matches!(error, Error::SpoolFull { limit: 400, .. }), "{error}");
    // What became a segment makes room.
    node.take(&mut running);
    assert!(append(&mut running, "a", &"y".repeat(300)));
    node.take(&mut running);
    assert!(append(&mut running, "a", "1\n"));
    assert!(append(&mut running, "b", "2\n"));
    let error = running.writer.append(&log("c", "3\n")).unwrap_err();
    assert!(matches!(error, Error::TooMany { limit: 2, .. }), "{error}");
    node.take(&mut running);
    assert!(append(&mut running, "c", "3\n"));
}

#[test]
fn a_key_with_other_bytes_is_refused_and_keys_are_forgotten_after_their_window() {
    let node = Node::new();
    let mut running = node.healthy();
    let mut first = log("a", "one\n");
    assert_eq!(running.writer.append(&first).unwrap(), Appended::Written);
    assert_eq!(running.writer.append(&first).unwrap(), Appended::Repeat);
    first.key = first.key.map(|(key, _)| (key, bytes_digest(b"two\n")));
    for _ in 0..2 {
        assert!(matches!(running.writer.append(&first), Err(Error::KeyReused)));
        node.take(&mut running);
    }
    drop(running);
    let keys = node.dir.path().join("spool/edge/0000000001.keys");
    assert!(keys.exists());
    let mut running = node.healthy();
    assert!(matches!(running.writer.append(&first), Err(Error::KeyReused)));
    node.hands.forward_s(3601);
    assert_eq!(running.writer.append(&first).unwrap(), Appended::Written);
    running.taker.take_all(&|| false);
    assert!(!keys.exists());
}

#[test]
fn a_file_closes_with_its_size_and_with_its_escaped_lines() {
    let mut node = Node::new();
    node.settings.segment_bytes = 10;
    node.settings.spool_bytes = 1 << 30;
    let mut running = node.healthy();
    for _ in 0..3 {
        let unkeyed = Log {
            key: None,
            ..log("a", "0123456789\n")
        };
        running.writer.append(&unkeyed).unwrap();
        running.writer.tick().unwrap();
    }
    running.taker.take_all(&|| false);
    assert_eq!(running.store.segments().len(), 3);
    drop(running);
    node.settings.segment_bytes = 1 << 20;
    let mut running = node.healthy();
    for _ in 0..crate::limits::MAX_ESCAPED_LINES {
        let escaped = Log {
            key: None,
            escaped: true,
            ..log("a", "x\n")
        };
        running.writer.append(&escaped).unwrap();
    }
    running.writer.tick().unwrap();
    running.taker.take_all(&|| false);
    assert_eq!(running.store.segments().len(), 4);
}

#[test]
fn the_number_of_a_spool_whose_segment_was_destroyed_is_not_used_again() {
    let node = Node::new();
    let mut running = node.healthy();
    assert!(append(&mut running, "a", "one\n"));
    let folder = node.dir.path().join("spool/edge");
    let spool = folder.join("0000000001.spool");
    let kept = fs::read(&spool).unwrap();
    node.take(&mut running);
    assert!(!spool.exists());
    destroy_all(&running.store);
    drop(running);
    // As if the node had stopped before the file was removed: it was taken, whatever became of it.
    fs::write(&spool, kept).unwrap();
    for keys in fs::read_dir(&folder).unwrap() {
        let path = keys.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "keys") {
            fs::remove_file(path).unwrap();
        }
    }
    let mut running = node.healthy();
    node.take(&mut running);
    assert!(!spool.exists());
    assert_eq!(running.store.segments().len(), 0);
    assert!(append(&mut running, "a", "two\n"));
    node.take(&mut running);
    let segments = running.store.segments();
    assert_eq!(segments.len(), 1);
    let origin = segments[0].manifest.origin.as_ref().unwrap();
    assert!(
        matches!(&origin.at, OriginPlace::Spool(place) if place.spool == 2),
        "{origin:?}"
    );
}

#[test]
fn the_unexplained_refuses() {
    let node = Node::new();
    drop(node.healthy());
    {
        let _running = node.healthy();
        let words = node.start(&Disk::default()).map(|_| ()).unwrap_err().to_string();
        assert!(words.contains("in use"), "{words}");
    }
    let path = node.dir.path().join("spool/edge/notes.txt");
    fs::write(path, "x").unwrap();
    let error = node.start(&Disk::default()).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("move it out"), "{error}");
}
