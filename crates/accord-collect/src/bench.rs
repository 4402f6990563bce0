//! What the tests of this crate share: a store, a clock that only tests move, what is in segments.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use accord_logstore::{
    Decided, Disk, FormatSetting, Ground, Limits, LineAt, LogStore, OriginPlace, Segment, SourceConfig,
    StoredLine,
};

use crate::stop::Clock;

/// A clock that stands still until it is moved.
#[derive(Clone)]
pub(crate) struct Hands(Arc<AtomicI64>);

impl Hands {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(1_700_000_000_000)))
    }

    pub(crate) fn clock(&self) -> Clock {
        let hands = Arc::clone(&self.0);
        Arc::new(move || hands.load(Ordering::SeqCst))
    }

    pub(crate) fn forward_s(&self, seconds: i64) {
        self.0.fetch_add(1000 * seconds, Ordering::SeqCst);
    }
}

/// A folder in memory where the system has one: for tests with faults at every write, which sync thousands of times.
/// What a power cut takes away is simulated above it.
pub(crate) fn memory_dir() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

pub(crate) fn open_store(dir: &Path, disk: Disk) -> accord_logstore::Result<LogStore> {
    let store = LogStore::open_with(dir, disk, Limits::default())?;
    store.add_source(SourceConfig {
        name: "isp".to_owned(),
        description: "for tests".to_owned(),
        format: FormatSetting::Auto,
        customers: Vec::new(),
        time_zone: String::new(),
        clock_offset_ms: None,
        ordinary_course: true,
        custodian: "network operations".to_owned(),
    })?;
    Ok(store)
}

/// Destroys every segment, as its retention does.
pub(crate) fn destroy_all(store: &LogStore) {
    let decided = Decided {
        who: "the test",
        why: "its time is over",
        at_ms: 1_900_000_000_000,
        program: "test 1",
    };
    for segment in store.segments() {
        store
            .destroy(segment.id(), Ground::ByHand, None, &decided)
            .unwrap();
    }
}

/// The log of a segment, byte for byte.
pub(crate) fn log_of(store: &LogStore, segment: &Segment) -> Vec<u8> {
    let lines = 1..=segment.manifest.lines.total();
    let read = |number| store.read_line(segment.id(), LineAt::Number(number)).unwrap();
    lines
        .flat_map(|number| {
            let StoredLine { bytes, .. } = read(number);
            bytes
        })
        .collect()
}

/// What is in segments of each followed log, by its number; each must go on where the one before ended.
pub(crate) fn logs(store: &LogStore) -> BTreeMap<u64, Vec<u8>> {
    let mut logs: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
    for segment in store.segments() {
        if let Some(origin) = &segment.manifest.origin
            && let OriginPlace::File(place) = &origin.at
        {
            let log = logs.entry(place.stream).or_default();
            assert_eq!(log.len() as u64, place.from, "{}", segment.id());
            log.extend(log_of(store, &segment));
        }
    }
    logs
}

/// What is in segments of each sender, in order.
pub(crate) fn received(store: &LogStore) -> BTreeMap<String, Vec<u8>> {
    let mut found: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for segment in store.segments() {
        if let Some(origin) = &segment.manifest.origin
            && let OriginPlace::Spool(place) = &origin.at
        {
            let log = log_of(store, &segment);
            found.entry(place.sender.clone()).or_default().extend(log);
        }
    }
    found
}
