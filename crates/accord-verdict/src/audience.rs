//! One audience: its snapshot in force, and the one writer that makes the next.
//!
//! Readers load the snapshot and never wait. Changes go one after the other; a compilation of the base runs beside
//! them and is swapped in with what changed meanwhile on top. At an edge the changes are those of its node, and the
//! serial is the node's.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use accord_matcher::{BuildError, IndicatorId, Pattern};
use arc_swap::ArcSwap;

use crate::config::AudienceConfig;
use crate::edge::{Change, EdgeSeen, Followers, History, SetDigest};
use crate::group::TOGETHER;
use crate::layer::{Layer, Sink};
use crate::limits::LIVE_LAYER_LISTINGS;
use crate::listing::{Action, Note};
use crate::reader::{Blocks, Found, Reader};
use crate::sightings::{Sighting, day_of};
use crate::snapshot::Snapshot;
use crate::snapshots::{Clock, PublishError};
use crate::tally::Tally;
use crate::verdict::{Answer, Verdict};

/// The listings of an audience, which outlive a change of its configuration.
#[derive(Debug, Default)]
pub(crate) struct Content {
    current: ArcSwap<Snapshot>,
    writer: Mutex<Writer>,
    compiling: AtomicBool,
    sink: Sink,
    /// Locked while a snapshot is swapped in, so that both are of one instant; never while one is made.
    history: Mutex<History>,
    pub(crate) followers: Followers,
    /// At an edge: when its node was last heard, milliseconds since the Unix epoch. 0: this is no edge.
    heard_ms: AtomicU64,
}

/// Whose serial a change gets.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stamp {
    /// This node's, at a time in milliseconds since the Unix epoch.
    Here(u64),
    /// Another node's.
    Source { serial: u32, changed_ms: u64 },
}

/// What an edge that has a set of listings is told.
#[derive(Debug)]
pub(crate) enum Since {
    Nothing,
    Changes(Arc<Snapshot>, BTreeMap<Pattern, Option<Note>>),
    Whole(Arc<Snapshot>),
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
            let mut next = Snapshot::of(old.base.clone(), old.gone.clone(), old.live.clone(), old.digest);
            next.serial = later(old.serial, now_ms).max(serial_floor);
            next.changed_ms = if old.serial == 0 { now_ms } else { old.changed_ms };
            self.current.store(Arc::new(next));
        }
    }

    /// Lists (a note) or delists (none), and gives the serial after it. All or nothing. Where it is said from which set
    /// of listings to which one this leads, it leads there or nothing happens.
    pub fn change(
        &self,
        changes: Vec<Change>,
        stamp: Stamp,
        between: Option<(SetDigest, SetDigest)>,
    ) -> Result<u32, PublishError> {
        let mut writer = self.writer();
        let old = self.current.load_full();
        if between.is_some_and(|(from, _)| from != old.digest) {
            return Err(PublishError::Diverged);
        }
        let mut digest = old.digest;
        let mut told = Vec::with_capacity(changes.len());
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
            before.iter().for_each(|before| digest.remove(&pattern, before));
            note.iter().for_each(|note| digest.add(&pattern, note));
            told.push((pattern.clone(), note.clone()));
            gone.extend(in_base);
            touched.push(pattern.clone());
            match note {
                Some(note) => live.insert(pattern, note),
                None => live.remove(&pattern),
            };
        }
        if between.is_some_and(|(_, to)| to != digest) {
            return Err(PublishError::Diverged);
        }
        let layer = Arc::new(Layer::compile(live.clone(), self.sink.clone())?);
        let next = Snapshot::of(old.base.clone(), Arc::new(gone.clone()), layer, digest);
        writer.live = live;
        writer.gone = gone;
        if let Some(since) = &mut writer.since {
            since.extend(touched);
        }
        Ok(self.put(next, &old, is_seen, stamp, Some(told)))
    }

    /// Puts other listings in the place of all; where it is said which set they are, they are that one or nothing
    /// happens. The compilation runs before anything is locked.
    pub fn replace(
        &self,
        listings: BTreeMap<Pattern, Note>,
        stamp: Stamp,
        expected: Option<SetDigest>,
    ) -> Result<u32, PublishError> {
        let mut digest = SetDigest::default();
        listings
            .iter()
            .for_each(|(pattern, note)| digest.add(pattern, note));
        if expected.is_some_and(|expected| expected != digest) {
            return Err(PublishError::Diverged);
        }
        let base = Arc::new(Layer::compile(listings, self.sink.clone())?);
        let next = Snapshot::of(base, Arc::default(), Arc::default(), digest);
        let mut writer = self.writer();
        let old = self.current.load_full();
        // A compilation that runs is of listings that are no more.
        *writer = Writer::default();
        let is_seen = !same_blocks(&old, &next);
        Ok(self.put(next, &old, is_seen, stamp, None))
    }

    /// Swaps a snapshot in. `told`: what changed; none: everything may have.
    fn put(
        &self,
        mut next: Snapshot,
        old: &Snapshot,
        is_seen: bool,
        stamp: Stamp,
        told: Option<Vec<Change>>,
    ) -> u32 {
        (next.serial, next.changed_ms) = match stamp {
            Stamp::Here(now_ms) if is_seen => (later(old.serial, now_ms), now_ms),
            Stamp::Here(_) => (old.serial, old.changed_ms),
            // A node that was restored from a backup may be behind what resolvers have seen here.
            Stamp::Source { serial, changed_ms } => (
                serial.max(old.serial.saturating_add(u32::from(is_seen))),
                changed_ms,
            ),
        };
        let serial = next.serial;
        let mut history = self.history();
        if next.digest != old.digest {
            match told {
                Some(told) => history.push(old.digest, told),
                None => history.clear(),
            }
        }
        self.current.store(Arc::new(next));
        serial
    }

    fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What an edge that has this set is told; none: it has none.
    pub fn since(&self, has: Option<SetDigest>) -> Since {
        let history = self.history();
        let snapshot = self.current.load_full();
        match has {
            Some(has) if has == snapshot.digest => Since::Nothing,
            Some(has) => match history.since(has) {
                Some(changes) => Since::Changes(snapshot, changes),
                None => Since::Whole(snapshot),
            },
            None => Since::Whole(snapshot),
        }
    }

    /// At an edge: its node was heard.
    pub fn heard(&self, at_ms: u64) {
        self.heard_ms.store(at_ms.max(1), Ordering::Relaxed);
    }

    /// At an edge: when its node was last heard.
    pub fn heard_ms(&self) -> Option<u64> {
        Some(self.heard_ms.load(Ordering::Relaxed)).filter(|at_ms| *at_ms > 0)
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
        let mut next = Snapshot::of(base, Arc::new(gone.clone()), layer, current.digest);
        (next.serial, next.changed_ms) = (current.serial, current.changed_ms);
        writer.live = live;
        writer.gone = gone;
        // The same listings otherwise arranged: nothing changed that anybody can see.
        self.current.store(Arc::new(next));
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
        self.ask_together(snapshot, reader, std::iter::once(value));
        Blocks { snapshot, reader }
    }

    /// Looks many values up, as [`Audience::ask`] does one, and gives what is told of each, in order.
    pub fn ask_all(
        &self,
        snapshot: &Snapshot,
        reader: &mut Reader,
        values: &[impl AsRef<str>],
        mut told: impl FnMut(usize, Blocks<'_>),
    ) {
        let mut first = 0;
        for together in values.chunks(TOGETHER) {
            self.ask_together(snapshot, reader, together.iter().map(AsRef::as_ref));
            for place in 0..together.len() {
                reader.turn(place);
                told(first + place, Blocks { snapshot, reader });
            }
            first += together.len();
        }
    }

    /// Looks up values, [`TOGETHER`] of them at most, and counts them. What hit each is in the reader when it turns to it.
    pub(crate) fn ask_together<'v>(
        &self,
        snapshot: &Snapshot,
        reader: &mut Reader,
        values: impl Iterator<Item = &'v str> + Clone,
    ) {
        snapshot.find_all(reader, values);
        let Reader { group, shard, .. } = reader;
        let hits = || (0..group.count()).map(|place| group.found_of(place));
        let strongest = |hit: &[Found]| hit.iter().map(|found| found.action).max();
        self.tally.count(shard, hits().map(strongest));
        if !group.found.is_empty() {
            let day = day_of(self.clock.now_ms());
            hits().for_each(|hit| snapshot.count(hit, day));
        }
    }

    /// The edges that ask for what this audience is served, by their ids.
    pub fn edges(&self) -> Vec<EdgeSeen> {
        self.content.followers.all()
    }

    /// Whether an indicator is served to this audience, detections included, or was lately.
    pub fn serves_lately(&self, pattern: &Pattern) -> bool {
        self.current().note(pattern).is_some() || self.content.history().mentions(pattern)
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
        content.change(first.to_vec(), Stamp::Here(5_000), None).unwrap();
        content
            .compile_alone(|| {
                let changes = vec![
                    (pattern("a.example"), None),
                    (pattern("b.example"), Some(note(Action::Detect))),
                    (pattern("d.example"), Some(note(Action::Block))),
                    (pattern("e.example"), Some(note(Action::Block))),
                    (pattern("e.example"), None),
                ];
                content.change(changes, Stamp::Here(6_000), None).unwrap();
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
            .change(
                vec![(pattern("a.example"), Some(note(Action::Block)))],
                Stamp::Here(5_000),
                None,
            )
            .unwrap();
        content
            .compile_alone(|| {
                let other = BTreeMap::from([(pattern("b.example"), note(Action::Block))]);
                content.replace(other, Stamp::Here(6_000), None).unwrap();
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
        content
            .change(many(LIVE_LAYER_LISTINGS), Stamp::Here(5_000), None)
            .unwrap();
        assert!(!content.is_due());
        content
            .change(many(LIVE_LAYER_LISTINGS + 1), Stamp::Here(5_000), None)
            .unwrap();
        assert!(content.is_due());
        content.compile().unwrap();
        assert!(!content.is_due());
        assert_eq!(listed(&content, "www.h4096.example"), Some(Action::Block));
    }
}
