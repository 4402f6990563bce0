//! Look-ups since the start, counted in several places so that threads do not wait for each other's cache lines.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::listing::Action;

const SHARDS: usize = 16;

/// Which of the counters a reader uses: each new reader the next.
#[derive(Debug)]
pub(crate) struct Shard(usize);

impl Default for Shard {
    fn default() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        Shard(NEXT.fetch_add(1, Ordering::Relaxed) % SHARDS)
    }
}

/// Two cache lines: processors fetch them in pairs.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Counts {
    lookups: AtomicU64,
    detected: AtomicU64,
    blocked: AtomicU64,
}

/// Counts look-ups and what they found.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    shards: [Counts; SHARDS],
}

impl Tally {
    pub fn count(&self, shard: &Shard, action: Option<Action>) {
        let Some(counts) = self.shards.get(shard.0) else {
            return;
        };
        counts.lookups.fetch_add(1, Ordering::Relaxed);
        match action {
            Some(Action::Block) => counts.blocked.fetch_add(1, Ordering::Relaxed),
            Some(Action::Detect) => counts.detected.fetch_add(1, Ordering::Relaxed),
            None => return,
        };
    }

    /// Look-ups, of these detected in silence, of these blocked.
    pub fn sums(&self) -> (u64, u64, u64) {
        self.shards
            .iter()
            .fold((0, 0, 0), |(lookups, detected, blocked), counts| {
                (
                    lookups + counts.lookups.load(Ordering::Relaxed),
                    detected + counts.detected.load(Ordering::Relaxed),
                    blocked + counts.blocked.load(Ordering::Relaxed),
                )
            })
    }
}
