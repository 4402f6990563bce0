//! How many different customers, and through which sources: the customers with the smallest keyed hashes (bottom-k; Beyer,
//! Haas, Reinwald, Sismanis, Gemulla 2007). Exact up to its capacity `k`; beyond, the standard error is 1 / sqrt(k - 2),
//! 13 % for 64. It is a uniform sample, so that the shares of sources among customers are told by it too, which registers
//! of a HyperLogLog cannot. Samples of hours merge into those of a day.

use crate::kept::{Kept, Reader};
use crate::state::Damaged;

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sample {
    cap: u16,
    /// (hash, source), by ascending hash; of a customer of several sources the one with the smallest number.
    held: Vec<(u32, u16)>,
}

impl Sample {
    pub(crate) fn new(cap: u16) -> Self {
        Self {
            cap,
            held: Vec::new(),
        }
    }

    /// Whether what is known of the customers changed.
    pub(crate) fn add(&mut self, hash: u32, source: u16) -> bool {
        if self.is_full() && self.held.last().is_some_and(|last| last.0 < hash) {
            return false;
        }
        match self.held.binary_search_by_key(&hash, |held| held.0) {
            Ok(at) => {
                if let Some(held) = self.held.get_mut(at) {
                    held.1 = held.1.min(source);
                }
                false
            }
            Err(at) => {
                if self.is_full() {
                    self.held.pop();
                }
                self.held.insert(at, (hash, source));
                true
            }
        }
    }

    fn is_full(&self) -> bool {
        self.held.len() >= usize::from(self.cap)
    }

    pub(crate) fn merge(&mut self, other: &Sample) {
        for &(hash, source) in &other.held {
            self.add(hash, source);
        }
    }

    /// How many customers.
    pub(crate) fn count(&self) -> f64 {
        match self.held.last() {
            Some(last) if self.is_full() && self.cap > 1 => {
                f64::from(self.cap - 1) * 2f64.powi(32) / (f64::from(last.0) + 1.0)
            }
            _ => self.held.len() as f64,
        }
    }

    /// For how many customers one stands that was just added.
    pub(crate) fn weight(&self) -> u16 {
        if self.is_full() {
            (self.count() / f64::from(self.cap.max(1)))
                .round()
                .clamp(1.0, f64::from(u16::MAX)) as u16
        } else {
            1
        }
    }

    /// The same as a whole number.
    pub(crate) fn whole(&self) -> u32 {
        self.count().round() as u32
    }

    /// The share of each source among the customers, the loudest first, then by number.
    pub(crate) fn shares(&self) -> Vec<(u16, f64)> {
        let mut sources: Vec<u16> = self.held.iter().map(|held| held.1).collect();
        sources.sort_unstable();
        let all = sources.len() as f64;
        let mut shares: Vec<(u16, f64)> = sources
            .chunk_by(|a, b| a == b)
            .filter_map(|same| Some((*same.first()?, same.len() as f64 / all)))
            .collect();
        shares.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        shares
    }

    /// The share of all sources but the loudest. Of an estimate, two standard errors less: what is not certain is no share.
    pub(crate) fn others(&self) -> f64 {
        let others = 1.0 - self.shares().first().map_or(1.0, |share| share.1);
        if !self.is_full() {
            return others;
        }
        let error = (others * (1.0 - others) / self.held.len().max(1) as f64).sqrt();
        (others - 2.0 * error).max(0.0)
    }

    /// Empties it and keeps its memory.
    pub(crate) fn clear(&mut self) {
        self.held.clear();
    }

    pub(crate) fn held_bytes(&self) -> usize {
        self.held.capacity() * size_of::<(u32, u16)>()
    }
}

impl Kept for Sample {
    fn put(&self, out: &mut Vec<u8>) {
        self.cap.put(out);
        self.held.put(out);
    }

    fn take(from: &mut Reader<'_>) -> Result<Self, Damaged> {
        let sample = Self {
            cap: Kept::take(from)?,
            held: Kept::take(from)?,
        };
        let fits = sample.held.len() <= usize::from(sample.cap) && sample.held.is_sorted_by(|a, b| a.0 < b.0);
        if fits {
            Ok(sample)
        } else {
            Err(Damaged::Inconsistent)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{Key, Purpose};

    fn hash(key: u8, number: u32) -> u32 {
        Key([key; 16]).hash(Purpose::Customer, 0, &number.to_le_bytes()) as u32
    }

    fn filled(key: u8, numbers: impl Iterator<Item = u32>) -> Sample {
        let mut sample = Sample::new(64);
        numbers.for_each(|number| {
            sample.add(hash(key, number), (number % 4) as u16);
        });
        sample
    }

    #[test]
    fn few_are_counted_exactly_and_many_nearly() {
        for count in [0, 1, 5, 63] {
            let sample = filled(1, (0..count).chain(0..count));
            assert_eq!(sample.whole(), count);
        }
        for count in [1_000, 100_000] {
            let error = filled(1, 0..count).count() / f64::from(count);
            assert!((0.7..1.3).contains(&error), "{count}: {error}");
        }
        let shares = filled(1, 0..100_000).shares();
        assert_eq!(shares.len(), 4);
        let others = filled(1, 0..100_000).others();
        assert!(others > 0.4 && others < 0.75, "{others}");
        assert!(
            (filled(1, 0..5).others() - 0.6).abs() < 1e-9,
            "exact: two of five are of the loudest"
        );
        assert_eq!(filled(1, (0..100).map(|number| number * 4)).others(), 0.0);
        assert!(
            shares.iter().all(|share| share.1 > 0.1 && share.1 < 0.45),
            "{shares:?}"
        );
    }

    #[test]
    fn merged_is_as_if_seen_together_in_any_order() {
        let (mut one, two) = (filled(1, 0..500), filled(1, 300..900));
        one.merge(&two);
        assert_eq!(one, filled(1, (0..900).rev()));
        assert!(one.held.len() <= 64, "never more than its capacity");
    }

    #[test]
    fn customers_chosen_for_one_key_do_nothing_under_another() {
        // Whoever knew the key would choose customers with small hashes: few of them look like very many.
        let chosen: Vec<u32> = (0..400_000).filter(|&n| hash(1, n) < u32::MAX / 4_000).collect();
        let few = chosen.len() as f64;
        assert!((65.0..200.0).contains(&few));
        let known = filled(1, chosen.iter().copied()).count();
        assert!(known > 100.0 * few, "{known}");
        let secret = filled(2, chosen.iter().copied()).count();
        assert!((0.6 * few..1.5 * few).contains(&secret), "{secret} of {few}");
    }
}
