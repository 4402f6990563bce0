//! Stories of what is new and grows: one engine (`accord-emerging`) for this node, what it is fed, and who is told.
//!
//! - `fed`: what was seen and has not been taken in yet, kept in the same commit as its count;
//! - `gather`: of each sighting, in which circle it may be told, and what is known of it;
//! - `places`: sector and country of who saw it, network of the value, from the operator's tables;
//! - `kept`: the engine's state between two runs of the node;
//! - `sight`: which circles a person sees; `view`: what they are shown; `judge`: what they say of a story.
//!
//! Invariants:
//! - A circle is what the node's feeds list, one case, or what own logs hit of one case. A person is told of a case's circle only while they see the
//!   indicators and the sightings of that case (ADR 0027); the engine finds nothing across circles.
//! - What is taken in and that it was are one commit: a crash loses no sighting that was counted, and repeats none.
//! - What a case lists no longer, is forgotten before anybody is shown anything.
//!
//! Deliberately absent: what is unusual (`accord-emerging`), pages.

mod fed;
mod gather;
mod judge;
mod kept;
mod places;
mod sight;
mod view;

pub(crate) use fed::{Fed, Seen as SeenEvent, time_of};
pub(crate) use gather::{circle_of, oldest_day};
pub(crate) use judge::{JUDGED, Judged};
pub use judge::{JudgedWord, NewPromotion};
pub use kept::Afresh;
pub(crate) use kept::restore;
pub use places::{PLACES_FILE, PLACES_MAX};
pub use view::{
    Among, EmergingHealth, JudgedView, STORIES_SHOWN, SeriesRow, SeriesView, StoriesState, StoriesView,
    StoryLine, StoryView,
};

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use accord_emerging::{Circle, Config, Engine, Event, Key, Labels, Taken};
use accord_model::{EntryRef, SpaceId};
use places::Places;
use tokio::sync::Mutex;

use crate::error::{Result, ServiceError};
use crate::made::Version;
use crate::node::Node;
use gather::{Gathered, List, Told};

/// Sizes of a node's engine. Only what an indicator hits is fed, so that the tables are smaller than the engine's own.
const CONFIG: fn() -> Config = || Config {
    memory_slots: 1 << 18,
    counters: 1 << 13,
    ..Config::default()
};
/// What was taken in is saved after so long.
const SAVED_EVERY_MS: u64 = 30 * 60_000;
/// After so many parts that wait to be dropped it is saved sooner.
const SAVED_EVERY_PARTS: usize = 2_000;
/// A state in which nothing changed but the time is saved after so long.
const SAVED_IDLE_MS: u64 = 24 * 3_600_000;

/// How much of a circle was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Looked {
    /// Sightings.
    count: u64,
    /// Since when, ms UTC.
    since_ms: u64,
}

/// The engine, and what is kept with it.
#[derive(Debug, Default)]
struct Inner {
    /// None until the first sighting.
    engine: Option<Engine>,
    /// The secret of its hashes, drawn with it.
    key: Option<Key>,
    /// The last part of [`Fed`] that was taken in.
    fed: u64,
    /// Notes that were taken in, by the day that they are of.
    notes: BTreeSet<(u32, EntryRef)>,
    looked: BTreeMap<Circle, Looked>,
    /// Sightings that were not taken in: older than the history, or of what nothing lists any more.
    left_out: u64,
    /// When it was begun anew, and why.
    afresh: Option<Afresh>,
    /// Why it stands still.
    stands: Option<String>,
    places: Places,
    is_changed: bool,
    saved_ms: u64,
}

/// The engine of a node, and what tells without it that there is nothing to do.
#[derive(Debug, Default)]
pub(crate) struct Emerging {
    inner: Arc<Mutex<Inner>>,
    /// The last part that was taken in.
    fed: AtomicU64,
    has_key: AtomicBool,
    known: std::sync::Mutex<Known>,
    /// Held while the state is saved.
    saving: Mutex<()>,
}

/// What of each case was taken in and compared, so that what did not change is not looked at again.
#[derive(Debug, Clone, Default)]
struct Known {
    /// Of which version the notes with sightings were taken in.
    read: BTreeMap<SpaceId, Version>,
    /// Of which list what is shown was compared.
    compared: BTreeMap<SpaceId, u64>,
}

impl Inner {
    /// The engine, made with the first sighting.
    fn engine(&mut self, drawn: [u8; 16], now_ms: u64) -> Result<&mut Engine> {
        if self.engine.is_none() {
            let key = *self.key.get_or_insert(Key(drawn));
            let made = Engine::new(CONFIG(), key, now_ms)
                .map_err(|error| ServiceError::Unexplained(error.to_string()))?;
            self.engine = Some(made);
        }
        self.engine
            .as_mut()
            .ok_or_else(|| ServiceError::Unexplained("no engine of stories".into()))
    }

    /// Takes in what was gathered, and brings the clock up to now.
    /// Whether all was taken in.
    fn pass(&mut self, gathered: &mut Gathered, dir: &Path, drawn: [u8; 16], now_ms: u64) -> Result<bool> {
        let (parts, notes) = (
            std::mem::take(&mut gathered.parts),
            std::mem::take(&mut gathered.notes),
        );
        let has_news = !parts.is_empty() || !notes.is_empty();
        if self.engine.is_none() && !has_news {
            return Ok(true);
        }
        self.narrow(&gathered.lists);
        if has_news {
            self.places.read_again(dir);
        }
        // The clock goes first: what is ahead of it is not taken.
        let advanced = self.engine(drawn, now_ms)?.advance(now_ms);
        self.stands = advanced.err().map(|jump| jump.to_string());
        if self.stands.is_some() {
            // What comes meanwhile waits where it is kept.
            return Ok(false);
        }
        for (number, told) in parts {
            if number > self.fed {
                self.take(told, drawn, now_ms)?;
                self.fed = number;
            }
        }
        for (day, at, told) in notes {
            if self.notes.insert((day, at)) {
                self.take(told, drawn, now_ms)?;
            }
        }
        let oldest = gather::oldest_day(now_ms);
        self.notes = self.notes.split_off(&(oldest, gather::FIRST_NOTE));
        Ok(true)
    }

    /// Forgets what cases list no longer.
    fn narrow(&mut self, lists: &[List]) {
        let Some(engine) = &mut self.engine else { return };
        for list in lists {
            if !self.looked.contains_key(&list.circle) {
                continue;
            }
            if list.shown.is_empty() {
                engine.forget(list.circle);
                self.looked.remove(&list.circle);
            } else {
                engine.keep_only(list.circle, |_, value| list.has(value));
            }
            self.is_changed = true;
        }
    }

    fn take(&mut self, told: Vec<Told>, drawn: [u8; 16], now_ms: u64) -> Result<()> {
        self.is_changed = true;
        for one in told {
            let (sector, country) = self.places.of(&one.source);
            let network = self.places.network(&one.value);
            if one.circles.is_empty() {
                self.left_out = self.left_out.saturating_add(1);
            }
            for of in &one.circles {
                let taken = self.engine(drawn, now_ms)?.observe(&Event {
                    at_ms: one.at_ms,
                    circle: of.circle,
                    source: &one.source,
                    customer: &one.customer,
                    kind: one.kind,
                    value: &one.value,
                    labels: Labels {
                        family: of.family.as_deref(),
                        campaign: None,
                        sector: sector.as_deref(),
                        country: country.as_deref(),
                        network: network.as_deref(),
                    },
                    failed: false,
                    lines: one.lines,
                });
                if matches!(taken, Taken::TooOld | Taken::Ahead) {
                    self.left_out = self.left_out.saturating_add(1);
                    continue;
                }
                let looked = self.looked.entry(of.circle).or_insert(Looked {
                    count: 0,
                    since_ms: one.at_ms,
                });
                looked.count = looked.count.saturating_add(u64::from(one.lines));
                looked.since_ms = looked.since_ms.min(one.at_ms);
            }
        }
        Ok(())
    }
}

impl Emerging {
    /// As it was kept.
    pub fn restored(kept: kept::Restored) -> Self {
        let (fed, has_key) = (AtomicU64::new(kept.0.fed), AtomicBool::new(kept.0.key.is_some()));
        Self {
            inner: Arc::new(Mutex::new(kept.0)),
            fed,
            has_key,
            ..Self::default()
        }
    }

    fn known(&self) -> Known {
        let known = self.known.lock();
        known.unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    fn knows(&self, gathered: Gathered) {
        let known = self.known.lock();
        let mut known = known.unwrap_or_else(std::sync::PoisonError::into_inner);
        known.read.extend(gathered.read);
        known.compared.extend(gathered.compared);
    }
}

impl Node {
    /// Takes into the stories what was seen since the last time, and brings them up to now.
    pub async fn emerge(&self) -> Result<()> {
        self.keep_seen().await?;
        self.refresh_verdicts().await?;
        let mut gathered = self.gather().await?;
        let (now_ms, waits) = (self.now_ms(), self.read().await?.fed.parts());
        // Drawn once; where there is a key already this one is not used.
        let drawn = match self.emerging.has_key.load(Ordering::SeqCst) || gathered.is_empty() {
            true => [0; 16],
            false => self.random(),
        };
        let (inner, dir) = (Arc::clone(&self.emerging.inner), self.config.dir.clone());
        // It may take a second, and ends whether or not somebody waits for it.
        let (taken, has_key, fed, is_due) = tokio::task::spawn_blocking(move || {
            let mut inner = inner.blocking_lock();
            let is_whole = inner.pass(&mut gathered, &dir, drawn, now_ms)?;
            let taken = is_whole.then_some(gathered);
            let (quiet_ms, is_changed) = (now_ms.saturating_sub(inner.saved_ms), inner.is_changed);
            let is_due = inner.engine.is_some()
                && (quiet_ms >= SAVED_IDLE_MS
                    || is_changed && (quiet_ms >= SAVED_EVERY_MS || waits >= SAVED_EVERY_PARTS));
            Ok::<_, ServiceError>((taken, inner.key.is_some(), inner.fed, is_due))
        })
        .await
        .map_err(|_| ServiceError::Unexplained("the stories could not be brought up to now".into()))??;
        self.emerging.fed.fetch_max(fed, Ordering::SeqCst);
        self.emerging.has_key.fetch_or(has_key, Ordering::SeqCst);
        if let Some(taken) = taken {
            self.emerging.knows(taken);
        }
        if is_due {
            self.save_stories().await?;
        }
        Ok(())
    }
}
