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
    /// Counts look-ups, each by the strongest action of all that hit its value.
    pub fn count(&self, shard: &Shard, lookups: impl Iterator<Item = Option<Action>>) {
        let Some(counts) = self.shards.get(shard.0) else {
            return;
        };
        let mut sums = [0, 0, 0];
        for action in lookups {
            let [lookups, detected, blocked] = &mut sums;
            *lookups += 1;
            match action {
                Some(Action::Block) => *blocked += 1,
                Some(Action::Detect) => *detected += 1,
                None => {}
            }
        }
        // An addition waits for the one before it to reach memory: none for nothing.
        for (count, sum) in [&counts.lookups, &counts.detected, &counts.blocked]
            .into_iter()
            .zip(sums)
            .filter(|(_, sum)| *sum > 0)
        {
            count.fetch_add(sum, Ordering::Relaxed);
        }
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
