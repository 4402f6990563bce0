//! A watchlist that changes while scans go on.
//!
//! Changes lie in a small layer over the compiled watchlist and are seen by every scan at its next block. When the layer
//! has grown, [`Live::rebuild`] compiles both into a new watchlist beside the scans and swaps it in, with what changed
//! meanwhile as the new layer. Readers load the watchlist in force and never wait; writers wait for one another.
//!
//! Deliberately absent: threads and timers. Who owns a [`Live`] says when it is rebuilt, and where.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use accord_matcher::Pattern;
use arc_swap::ArcSwap;

use crate::blocks::{Block, Blocks};
use crate::input::Input;
use crate::limits::LIVE_LAYER_CHANGES;
use crate::scan::{Finder, Record, ScanError, ScanOptions, SinkStopped, Summary, tell_blocks};
use crate::watchfile::{CompileError, Compiler, Watchfile, WatchfileError};

/// One change of a live watchlist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// An indicator that is there from now on, in the place of an equal one.
    Add {
        /// The indicator.
        pattern: Pattern,
        /// What it is called.
        labels: Vec<String>,
        /// Where it is from.
        provenance: String,
    },
    /// An indicator that is no more; nothing where it is not there.
    Remove(Pattern),
}

/// Why a live watchlist could not be changed; it is as it was.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// Too many indicators.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// The file below is damaged, or the new one cannot be written.
    #[error(transparent)]
    Watchfile(#[from] WatchfileError),
}

/// See the module.
#[derive(Debug)]
pub struct Live {
    current: ArcSwap<Watchfile>,
    writer: Mutex<Writer>,
}

/// What lies over the base, by pattern: labels and provenance, or none where it was removed.
type Changed = BTreeMap<Pattern, Option<(Vec<String>, String)>>;

#[derive(Debug)]
struct Writer {
    base: Watchfile,
    changed: Changed,
    /// What changed since a running rebuild began.
    since: Option<Changed>,
}

impl Live {
    /// One with nothing changed yet.
    #[must_use]
    pub fn new(base: Watchfile) -> Live {
        Live {
            current: ArcSwap::from_pointee(base.clone()),
            writer: Mutex::new(Writer {
                base,
                changed: Changed::new(),
                since: None,
            }),
        }
    }

    /// The watchlist in force. Whoever holds it is not touched by later changes.
    #[must_use]
    pub fn current(&self) -> Arc<Watchfile> {
        self.current.load_full()
    }

    /// Makes changes, all or none; of several of one indicator the last counts. Scans that begin a block after this has
    /// returned see them.
    ///
    /// # Errors
    /// What [`LiveError`] lists.
    pub fn change(&self, changes: impl IntoIterator<Item = Change>) -> Result<(), LiveError> {
        let mut writer = self.writer();
        let mut changed = writer.changed.clone();
        let mut touched = Changed::new();
        for change in changes {
            let (pattern, to) = match change {
                Change::Add {
                    pattern,
                    labels,
                    provenance,
                } => (pattern, Some((labels, provenance))),
                Change::Remove(pattern) => (pattern, None),
            };
            touched.insert(pattern, to);
        }
        changed.extend(touched.clone());
        let next = layered(&writer.base, &changed)?;
        writer.changed = changed;
        if let Some(since) = &mut writer.since {
            since.extend(touched);
        }
        self.current.store(Arc::new(next));
        Ok(())
    }

    /// Whether the layer has grown so far that [`Live::rebuild`] is due, and none runs.
    #[must_use]
    pub fn is_due(&self) -> bool {
        let writer = self.writer();
        writer.since.is_none() && writer.changed.len() > LIVE_LAYER_CHANGES
    }

    /// Compiles the layer into the watchlist below, written to a file and mapped where one is named. To be called beside
    /// the scans; returns at once where a rebuild runs already.
    ///
    /// # Errors
    /// What [`LiveError`] lists. The layer stays in force.
    pub fn rebuild(&self, to: Option<&Path>) -> Result<(), LiveError> {
        let now = {
            let mut writer = self.writer();
            if writer.since.is_some() {
                return Ok(());
            }
            writer.since = Some(Changed::new());
            self.current()
        };
        let built = compiled(&now, to);
        let mut writer = self.writer();
        let since = writer.since.take().unwrap_or_default();
        let base = built?;
        let next = layered(&base, &since)?;
        *writer = Writer {
            base,
            changed: since,
            since: None,
        };
        self.current.store(Arc::new(next));
        Ok(())
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        // A panic leaves the fields whole: each is replaced at once.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The base with its layer. The sieve is made here, so that no scan makes it.
fn layered(base: &Watchfile, changed: &Changed) -> Result<Watchfile, LiveError> {
    let mut compiler = Compiler::numbered_from(base.next_id());
    let mut gone = Vec::new();
    for (pattern, to) in changed {
        gone.extend(base.watchlist().find(pattern));
        if let Some((labels, provenance)) = to {
            compiler.add(pattern, labels.iter().map(String::as_str), provenance);
        }
    }
    let next = base.with_layer(&compiler.finish()?, gone);
    next.watchlist().prepare();
    next.check()?;
    Ok(next)
}

fn compiled(now: &Watchfile, to: Option<&Path>) -> Result<Watchfile, LiveError> {
    let mut compiler = to.map_or_else(Compiler::new, Compiler::beside);
    compiler.take_over(now);
    now.check()?;
    let built = match to {
        None => compiler.finish()?,
        Some(path) => compiler.finish_to(path)?,
    };
    built.watchlist().prepare();
    built.check()?;
    Ok(built)
}

/// As [`crate::scan()`], with the watchlist that is in force at each block.
pub fn scan_live(
    input: Input,
    live: &Live,
    options: ScanOptions,
    on_record: &mut dyn FnMut(&Record<'_>) -> Result<(), SinkStopped>,
) -> (Summary, Result<(), ScanError>) {
    let find = |block: &Block<'_>, before| {
        let watchfile = live.current();
        // Room for a block is little beside the block, so that a finder for each costs nothing to speak of.
        let found = Finder::new(&watchfile, options).block(block, before);
        (watchfile, found)
    };
    tell_blocks(Blocks::new(input), options, find, on_record)
}
