//! A stream that is read until it ends.

use std::io::{Cursor, Read};
use std::time::Duration;

use accord_collect::{Cancel, Error, StreamPlan, collect_stream, system_clock};

use crate::support::*;

fn stream_plan(dir: &tempfile::TempDir, store: std::sync::Arc<accord_logstore::LogStore>) -> StreamPlan {
    StreamPlan {
        store,
        name: "stdin".to_owned(),
        source: "isp".to_owned(),
        sender: "standard input".to_owned(),
        partial_line_s: 3600,
        spool: quick(),
        folder: dir.path().join("spool"),
        clock: system_clock(),
        disk: Default::default(),
    }
}

#[test]
fn a_stream_is_stored_to_its_last_byte() {
    let text: Vec<u8> = (0..200_000_u32)
        .flat_map(|number| format!("line {number}\n").into_bytes())
        .chain(vec![b'x'; 3 << 20])
        .collect();
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(&dir.path().join("store"));
    let mut plan = stream_plan(&dir, store.clone());
    plan.spool.segment_age_s = 3600;
    let status = collect_stream(plan, Cursor::new(text.clone()), &Cancel::default()).unwrap();
    assert_eq!((status.bytes, status.lag_bytes), (text.len() as u64, 0));
    assert!(status.segments > 2, "{status:?}");
    let mut stored = Vec::new();
    for segment in store.segments() {
        // Lines are whole but where one is longer than a stream may hold.
        stored.push(segment.manifest.log.length);
    }
    assert_eq!(stored.iter().sum::<u64>(), text.len() as u64);
    assert!(
        store
            .verify(None, &mut |_| std::ops::ControlFlow::Continue(()))
            .unwrap()
            .is_clean()
    );
}

/// A stream that says something and then never ends.
struct Stuck(Cursor<&'static [u8]>);

impl Read for Stuck {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.0.read(buffer)?;
        if count == 0 {
            std::thread::park();
        }
        Ok(count)
    }
}

#[test]
fn a_stream_that_waits_is_cancelled_and_what_it_said_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(&dir.path().join("store"));
    let cancel = Cancel::default();
    let (plan, other) = (stream_plan(&dir, store.clone()), cancel.clone());
    let watched = store.clone();
    let canceller = std::thread::spawn(move || {
        while watched.segments().is_empty() {
            std::thread::sleep(Duration::from_millis(10));
        }
        other.cancel();
    });
    let status = collect_stream(plan, Stuck(Cursor::new(b"said\nhalf")), &cancel).unwrap();
    canceller.join().unwrap();
    assert_eq!(status.lag_bytes, 0);
    assert_eq!(log_of(&store), b"said\nhalf");
}

#[test]
fn a_source_that_does_not_exist_is_told_at_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(&dir.path().join("store"));
    let mut plan = stream_plan(&dir, store);
    plan.source = "nobody".to_owned();
    let error = collect_stream(plan, Cursor::new(b"x\n"), &Cancel::default()).unwrap_err();
    assert!(
        matches!(error, Error::Store(accord_logstore::Error::NoSuchSource(_))),
        "{error}"
    );
}
