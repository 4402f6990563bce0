//! The spool: what was received, on disk, until it is a segment.
//!
//! Each sender has a file of its own, and so a segment of its own: who sent a line stands beside the evidence (in the
//! manifest) and not in it, and nobody can write lines that look like another's.
//!
//! Invariants:
//! - A file that failed once is never written to again: what is whole in it becomes a segment, the rest goes elsewhere.
//! - A file is removed after its segment is durable; after a crash in between, the segment's place in the manifest
//!   tells that it was taken.
//! - Keyed records are looked up a second time when a file is taken: a repeat of one that was in doubt when its sync
//!   failed is dropped there, where it is known what the disk kept.

mod folder;
mod keys;
mod record;
mod take;
mod writer;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use accord_logstore::{Disk, OriginPlace};
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::settings::SpoolSettings;
use crate::status::Status;
use crate::stop::Clock;
use crate::store::Store;
pub(crate) use keys::{bytes_digest, key_digest};
pub(crate) use take::Taker;
pub(crate) use writer::{Appended, Log, Writer};

/// The first record of a spool file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Sender {
    pub(crate) transport: String,
    pub(crate) sender: String,
}

/// A spool file that nothing is written to any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Closed {
    pub(crate) number: u64,
    pub(crate) length: u64,
}

/// What writer and taker share.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shared {
    closed: Arc<Mutex<VecDeque<Closed>>>,
    bytes: Arc<AtomicU64>,
}

impl Shared {
    fn close(&self, closed: Closed) {
        self.queue().push_back(closed);
    }

    fn queue(&self) -> std::sync::MutexGuard<'_, VecDeque<Closed>> {
        self.closed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes in the spool.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Acquire)
    }

    fn grown(&self, by: u64) {
        self.bytes.fetch_add(by, Ordering::AcqRel);
    }

    fn shrunk(&self, by: u64) {
        let less = |bytes: u64| Some(bytes.saturating_sub(by));
        // The closure always gives a value.
        let _ = self.bytes.fetch_update(Ordering::AcqRel, Ordering::Acquire, less);
    }
}

/// What a spool is opened with.
pub(crate) struct SpoolPlan<'a> {
    pub(crate) name: &'a str,
    pub(crate) source: &'a str,
    pub(crate) root: &'a std::path::Path,
    pub(crate) settings: SpoolSettings,
    pub(crate) max_senders: usize,
    pub(crate) key_window_s: u64,
    pub(crate) disk: Disk,
    pub(crate) clock: Clock,
    pub(crate) status: Status,
    pub(crate) store: Arc<dyn Store>,
}

/// Opens the spool of a collector; what lies in it waits to be taken.
pub(crate) fn open(plan: SpoolPlan<'_>) -> Result<(Writer, Taker)> {
    let (folder, contents) = folder::Folder::open(plan.root, plan.name, &plan.disk)?;
    let collected = plan.store.collected(plan.source)?;
    let taken = collected.iter().filter_map(|one| match &one.origin.at {
        OriginPlace::Spool(place) if one.origin.collector == plan.name => Some(place.spool),
        _ => None,
    });
    let files = contents.spools.iter().map(|(number, _)| *number);
    let last = taken.chain(files).chain(contents.keys.iter().copied()).max();
    let shared = Shared::default();
    for (number, length) in &contents.spools {
        shared.grown(*length);
        shared.close(Closed {
            number: *number,
            length: *length,
        });
    }
    let mut taker = Taker::new(&plan, folder.clone(), shared.clone());
    let mut answered = keys::Keys::new(plan.key_window_s);
    taker.load_keys(&contents, &mut answered)?;
    let writer = Writer::new(&plan, folder, shared, answered, last.unwrap_or(0) + 1);
    Ok((writer, taker))
}

#[cfg(test)]
mod tests;
