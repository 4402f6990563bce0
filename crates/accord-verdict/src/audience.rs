//! One audience: its snapshot in force, and the one writer that makes the next.
//!
//! Readers load the snapshot and never wait. Changes go one after the other; a compilation of the base runs beside
//! them and is swapped in with what changed meanwhile on top.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use accord_matcher::{BuildError, IndicatorId, Pattern};
use arc_swap::ArcSwap;

use crate::config::AudienceConfig;
use crate::layer::{Layer, Sink};
use crate::limits::LIVE_LAYER_LISTINGS;
use crate::listing::{Action, Note};
use crate::reader::{Blocks, Reader};
use crate::sightings::{Sighting, day_of};
use crate::snapshot::Snapshot;
use crate::snapshots::Clock;
use crate::tally::Tally;
use crate::verdict::{Answer, Verdict};

/// The listings of an audience, which outlive a change of its configuration.
#[derive(Debug, Default)]
pub(crate) struct Content {
    current: ArcSwap<Snapshot>,
    writer: Mutex<Writer>,
    compiling: AtomicBool,
    sink: Sink,
}

#[derive(Debug, Default)]
struct Writer {
    live: BTreeMap<Pattern, Note>,
    gone: HashSet<IndicatorId>,
    /// What changed since a running compilation began.
    since: Option<BTreeSet<Pattern>>,
}

impl Content {
    /// No listings yet.
    pub fn new(sink: Sink) -> Content {
        Content {
            sink,
            ..Content::default()
        }
    }

    /// Takes what the layers in force counted.
    pub fn take_sightings(&self, today: u32, taken: &mut Vec<Sighting>) {
        let snapshot = self.current.load();
        snapshot.base.take(today, taken);
        snapshot.live.take(today, taken);
    }

    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts at a serial.
    pub fn begin(&self, serial_floor: u32, now_ms: u64) {
        let _writer = self.writer();
        let old = self.current.load_full();
        if old.serial == 0 || old.serial < serial_floor {
            let mut next = Snapshot::of(old.base.clone(), old.gone.clone(), old.live.clone());
            next.serial = later(old.serial, now_ms).max(serial_floor);
            next.changed_ms = if old.serial == 0 { now_ms } else { old.changed_ms };
            self.current.store(Arc::new(next));
        }
    }

    /// Lists (a note) or delists (none), and gives the serial after it. All or nothing.
    pub fn change(&self, changes: Vec<(Pattern, Option<Note>)>, now_ms: u64) -> Result<u32, BuildError> {
        let mut writer = self.writer();
        let old = self.current.load_full();
        let mut live = writer.live.clone();
        let mut gone = writer.gone.clone();
        let mut is_seen = false;
        let mut touched = Vec::with_capacity(changes.len());
        for (pattern, note) in changes {
            // In one batch the last word on an indicator counts.
            let before = live.get(&pattern).cloned();
            let in_base = old.base.watchlist.find(&pattern).filter(|id| !gone.contains(id));
            let before = before.or_else(|| in_base.and_then(|id| old.base.note(id).cloned()));
            is_seen |= match (&before, &note) {
                (None, None) => false,
                (Some(one), None) | (None, Some(one)) => one.action == Action::Block,
                (Some(before), Some(after)) => !before.looks_like(after),
            };
            gone.extend(in_base);
            touched.push(pattern.clone());
            match note {
                Some(note) => live.insert(pattern, note),
                None => live.remove(&pattern),
            };
        }
        let layer = Arc::new(Layer::compile(live.clone(), self.sink.clone())?);
        let next = Snapshot::of(old.base.clone(), Arc::new(gone.clone()), layer);
        writer.live = live;
        writer.gone = gone;
        if let Some(since) = &mut writer.since {
            since.extend(touched);
        }
        Ok(self.put(next, &old, is_seen, now_ms))
    }

    /// Puts other listings in the place of all. The compilation runs before anything is locked.
    pub fn replace(&self, listings: BTreeMap<Pattern, Note>, now_ms: u64) -> Result<u32, BuildError> {
        let base = Arc::new(Layer::compile(listings, self.sink.clone())?);
        let next = Snapshot::of(base, Arc::default(), Arc::default());
        let mut writer = self.writer();
        let old = self.current.load_full();
        // A compilation that runs is of listings that are no more.
        *writer = Writer::default();
        let is_seen = !same_blocks(&old, &next);
        Ok(self.put(next, &old, is_seen, now_ms))
    }

    fn put(&self, mut next: Snapshot, old: &Snapshot, is_seen: bool, now_ms: u64) -> u32 {
        (next.serial, next.changed_ms) = if is_seen {
            (later(old.serial, now_ms), now_ms)
        } else {
            (old.serial, old.changed_ms)
        };
        let serial = next.serial;
        self.current.store(Arc::new(next));
        serial
    }

    /// Whether the live layer has grown so far that it should be compiled into the base.
    pub fn is_due(&self) -> bool {
        let writer = self.writer();
        writer.since.is_none() && writer.live.len() + writer.gone.len() > LIVE_LAYER_LISTINGS
    }

    /// Compiles the live layer into the base. Seconds for millions of listings; nobody waits for it.
    pub fn compile(&self) -> Result<(), BuildError> {
        if self.compiling.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        let done = self.compile_alone(|| ());
        self.compiling.store(false, Ordering::Release);
        done
    }

    fn compile_alone(&self, meanwhile: impl FnOnce()) -> Result<(), BuildError> {
        let old = {
            let mut writer = self.writer();
            writer.since = Some(BTreeSet::new());
            self.current.load_full()
        };
        let listings = old.listings().map(|listing| (listing.pattern, listing.note));
        let compiled = Layer::compile(listings.collect(), self.sink.clone());
        meanwhile();
        let mut writer = self.writer();
        // None: the listings were replaced meanwhile.
        let Some(since) = writer.since.take() else {
            return Ok(());
        };
        let base = Arc::new(compiled?);
        let current = self.current.load_full();
        let mut live = BTreeMap::new();
        let mut gone = HashSet::new();
        for pattern in since {
            gone.extend(base.watchlist.find(&pattern));
            if let Some(note) = current.note(&pattern) {
                live.insert(pattern, note.clone());
            }
        }
        let layer = Arc::new(Layer::compile(live.clone(), self.sink.clone())?);
        let next = Snapshot::of(base, Arc::new(gone.clone()), layer);
        writer.live = live;
        writer.gone = gone;
        self.put(next, &current, false, 0);
        Ok(())
    }
}

/// The next serial: the time in seconds, or one more than the last (RFC 1912, section 2.2, in spirit).
fn later(serial: u32, now_ms: u64) -> u32 {
    let seconds = u32::try_from(now_ms / 1000).unwrap_or(u32::MAX);
    serial.saturating_add(1).max(seconds)
}

/// Whether an audience could not tell two snapshots apart.
fn same_blocks(one: &Snapshot, other: &Snapshot) -> bool {
    one.blocked == other.blocked
        && one.blocks().all(|listing| {
            let there = other.note(&listing.pattern);
            there.is_some_and(|note| note.looks_like(&listing.note))
        })
}

/// An audience as it is configured now.
#[derive(Debug)]
pub struct Audience {
    pub(crate) config: AudienceConfig,
    pub(crate) content: Arc<Content>,
    pub(crate) tally: Arc<Tally>,
    pub(crate) clock: Clock,
}

impl Audience {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.config.name
    }

    /// The snapshot in force.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.content.snapshot()
    }

    /// Everything on a value, for this node's own people. Counts nothing.
    pub fn inspect(&self, reader: &mut Reader, value: &str) -> Verdict {
        self.content.current.load().look_up(reader, value)
    }

    /// What the audience may hear on a value it asks about. Counts the look-up and its sightings.
    pub fn answer(&self, reader: &mut Reader, value: &str) -> Answer {
        let snapshot = self.content.current.load();
        self.ask(&snapshot, reader, value);
        Verdict {
            matches: reader.matches(&snapshot),
        }
        .into_answer()
    }

    /// Whether the value is listed, as far as the audience may know. Counts as [`Audience::answer`] does, and allocates
    /// nothing for a plain name, address or hash.
    pub fn is_listed(&self, reader: &mut Reader, value: &str) -> bool {
        let snapshot = self.content.current.load();
        self.ask(&snapshot, reader, value).is_listed()
    }

    /// The same from a snapshot that the caller holds, so that all values of a batch are answered from one instant,
    /// and with every block.
    pub fn ask<'r>(&self, snapshot: &'r Snapshot, reader: &'r mut Reader, value: &str) -> Blocks<'r> {
        snapshot.find(reader, value);
        self.tally.count(&reader.shard, reader.action());
        if !reader.found.is_empty() {
            snapshot.count(reader, day_of(self.clock.now_ms()));
        }
        Blocks { snapshot, reader }
    }

    /// The snapshot in force, for a moment: never held across a wait.
    pub(crate) fn current(&self) -> arc_swap::Guard<Arc<Snapshot>> {
        self.content.current.load()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text).unwrap()
    }

    fn note(action: Action) -> Note {
        Note {
            action,
            labels: Arc::from([]),
            publisher: Arc::from("agency"),
            since_ms: 1,
        }
    }

    fn listed(content: &Content, value: &str) -> Option<Action> {
        content.snapshot().look_up(&mut Reader::default(), value).action()
    }

    #[test]
    fn what_changes_during_a_compilation_is_there_after_it() {
        let content = Content::default();
        let all = ["a.example", "b.example", "c.example"];
        let first = all.map(|text| (pattern(text), Some(note(Action::Block))));
        content.change(first.to_vec(), 5_000).unwrap();
        content
            .compile_alone(|| {
                let changes = vec![
                    (pattern("a.example"), None),
                    (pattern("b.example"), Some(note(Action::Detect))),
                    (pattern("d.example"), Some(note(Action::Block))),
                    (pattern("e.example"), Some(note(Action::Block))),
                    (pattern("e.example"), None),
                ];
                content.change(changes, 6_000).unwrap();
            })
            .unwrap();
        let after =
            ["a.example", "b.example", "c.example", "d.example", "e.example"].map(|v| listed(&content, v));
        let (block, detect) = (Some(Action::Block), Some(Action::Detect));
        assert_eq!(after, [None, detect, block, block, None]);
        assert_eq!(
            (content.snapshot().blocked(), content.snapshot().detected()),
            (2, 1)
        );
        content.compile().unwrap();
        {
            let writer = content.writer();
            assert_eq!((writer.live.len(), writer.gone.len()), (0, 0));
        }
        let again =
            ["a.example", "b.example", "c.example", "d.example", "e.example"].map(|v| listed(&content, v));
        assert_eq!(again, after);
    }

    #[test]
    fn a_replacement_during_a_compilation_wins() {
        let content = Content::default();
        content
            .change(vec![(pattern("a.example"), Some(note(Action::Block)))], 5_000)
            .unwrap();
        content
            .compile_alone(|| {
                let other = BTreeMap::from([(pattern("b.example"), note(Action::Block))]);
                content.replace(other, 6_000).unwrap();
            })
            .unwrap();
        assert_eq!(listed(&content, "a.example"), None);
        assert_eq!(listed(&content, "b.example"), Some(Action::Block));
    }

    #[test]
    fn the_live_layer_is_due_one_past_its_limit() {
        let content = Content::default();
        let many = |count: usize| -> Vec<_> {
            (0..count)
                .map(|i| (pattern(&format!("h{i}.example")), Some(note(Action::Block))))
                .collect()
        };
        content.change(many(LIVE_LAYER_LISTINGS), 5_000).unwrap();
        assert!(!content.is_due());
        content.change(many(LIVE_LAYER_LISTINGS + 1), 5_000).unwrap();
        assert!(content.is_due());
        content.compile().unwrap();
        assert!(!content.is_due());
        assert_eq!(listed(&content, "www.h4096.example"), Some(Action::Block));
    }
}
