//! Sightings: how often each indicator was seen in a look-up, by audience and day. In memory until they are taken.
//!
//! Most are counted in the layer of the listing; here are those that no layer holds. Every sighting is in exactly one
//! batch: taking empties the counters under the lock that counting takes. What is taken and cannot be stored is put
//! back; what is in memory when the process dies is lost.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::limits::MAX_WAITING_SIGHTINGS;

const SHARDS: usize = 16;
const DAY_MS: u64 = 86_400_000;

/// The UTC day of a time in milliseconds since the Unix epoch.
pub(crate) fn day_of(now_ms: u64) -> u32 {
    u32::try_from(now_ms / DAY_MS).unwrap_or(u32::MAX)
}

/// One count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sighting {
    /// The audience that asked.
    pub audience: String,
    /// The canonical indicator.
    pub indicator: String,
    /// The UTC day, in days since the Unix epoch.
    pub day: u32,
    /// How many look-ups it hit.
    pub count: u64,
}

type Shard = HashMap<String, BTreeMap<(String, u32), u64>>;

#[derive(Debug, Default)]
pub(crate) struct Sightings {
    /// By indicator, so that a hit that is known already allocates nothing but its audience's name.
    shards: [Mutex<Shard>; SHARDS],
    hasher: RandomState,
    waiting: AtomicUsize,
    lost: AtomicU64,
}

impl Sightings {
    /// Adds to a count.
    pub fn add(&self, audience: &str, indicator: &str, day: u32, count: u64) {
        let shard = usize::try_from(self.hasher.hash_one(indicator) % SHARDS as u64).unwrap_or(0);
        let Some(shard) = self.shards.get(shard) else {
            return;
        };
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (audience.to_owned(), day);
        if let Some(known) = shard.get_mut(indicator).and_then(|days| days.get_mut(&key)) {
            *known = known.saturating_add(count);
        } else if self.waiting.fetch_add(1, Ordering::Relaxed) < MAX_WAITING_SIGHTINGS {
            shard.entry(indicator.to_owned()).or_default().insert(key, count);
        } else {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            self.lost.fetch_add(count, Ordering::Relaxed);
        }
    }

    /// Takes everything, in order, together with what layers counted.
    pub fn take(&self, mut taken: Vec<Sighting>) -> Vec<Sighting> {
        let before = taken.len();
        for shard in &self.shards {
            let shard = std::mem::take(&mut *shard.lock().unwrap_or_else(PoisonError::into_inner));
            for (indicator, days) in shard {
                for ((audience, day), count) in days {
                    taken.push(Sighting {
                        audience,
                        indicator: indicator.clone(),
                        day,
                        count,
                    });
                }
            }
        }
        self.waiting.fetch_sub(taken.len() - before, Ordering::Relaxed);
        taken.sort_unstable();
        taken.dedup_by(|next, kept| {
            let is_same =
                (&next.audience, &next.indicator, next.day) == (&kept.audience, &kept.indicator, kept.day);
            if is_same {
                kept.count = kept.count.saturating_add(next.count);
            }
            is_same
        });
        taken
    }

    /// Puts back what could not be stored.
    pub fn put_back(&self, taken: Vec<Sighting>) {
        for Sighting {
            audience,
            indicator,
            day,
            count,
        } in taken
        {
            self.add(&audience, &indicator, day, count);
        }
    }

    /// Sightings lost beyond [`MAX_WAITING_SIGHTINGS`].
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_taken_once_and_can_be_put_back() {
        let sightings = Sightings::default();
        sightings.add("edge", "evil.example", 3, 1);
        sightings.add("edge", "evil.example", 3, 1);
        sightings.add("edge", "evil.example", 4, 1);
        sightings.add("isp", "evil.example", 3, 1);
        let first = sightings.take(Vec::new());
        let seen: Vec<_> = first
            .iter()
            .map(|s| (s.audience.as_str(), s.day, s.count))
            .collect();
        assert_eq!(seen, [("edge", 3, 2), ("edge", 4, 1), ("isp", 3, 1)]);
        assert_eq!(sightings.take(Vec::new()), []);
        sightings.add("isp", "evil.example", 3, 1);
        sightings.put_back(first);
        let again: Vec<_> = sightings.take(Vec::new()).iter().map(|s| s.count).collect();
        assert_eq!(again, [2, 1, 2]);
    }

    #[test]
    fn beyond_the_limit_new_ones_are_lost_and_counted_and_known_ones_go_on() {
        let sightings = Sightings::default();
        sightings.add("a", "known.example", 1, 1);
        sightings.waiting.store(MAX_WAITING_SIGHTINGS, Ordering::Relaxed);
        sightings.add("a", "new.example", 1, 1);
        sightings.add("a", "known.example", 1, 1);
        assert_eq!(sightings.lost(), 1);
        assert_eq!(
            sightings
                .take(Vec::new())
                .iter()
                .map(|s| s.count)
                .collect::<Vec<_>>(),
            [2]
        );
    }
}
