//! A Bloom filter whose keys set all their bits in one 64-bit word: one load a probe, and no branch.

use crate::classes::prefetch;

/// Bits for each key: of the keys that are not in it about one in 100 passes.
const BITS_PER_KEY: usize = 12;

#[derive(Debug, Clone, Default)]
pub(super) struct WordFilter {
    words: Vec<u64>,
}

impl WordFilter {
    pub(super) fn new(keys: &[u64]) -> WordFilter {
        let words = (keys.len() * BITS_PER_KEY).div_ceil(64).max(1);
        let mut filter = WordFilter {
            words: vec![0; words],
        };
        for &key in keys {
            let place = filter.place(key);
            if let Some(word) = filter.words.get_mut(place) {
                *word |= bits(key);
            }
        }
        filter
    }

    #[inline(always)]
    fn place(&self, key: u64) -> usize {
        ((key >> 32) as usize * self.words.len()) >> 32
    }

    /// Asks for the word of a key.
    #[inline(always)]
    pub(super) fn prefetch(&self, key: u64) {
        if let Some(word) = self.words.get(self.place(key)) {
            prefetch(word);
        }
    }

    #[inline(always)]
    pub(super) fn may_contain(&self, key: u64) -> bool {
        let bits = bits(key);
        self.words
            .get(self.place(key))
            .is_some_and(|word| word & bits == bits)
    }

    pub(super) fn resident_bytes(&self) -> usize {
        self.words.len() * 8
    }
}

/// Four bits of a word.
#[inline(always)]
fn bits(key: u64) -> u64 {
    1 << (key & 63) | 1 << (key >> 6 & 63) | 1 << (key >> 12 & 63) | 1 << (key >> 18 & 63)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sieve::key;

    #[test]
    fn holds_every_key_and_few_others() {
        let keys: Vec<u64> = (0..10_000).map(key::of_ipv4).collect();
        let filter = WordFilter::new(&keys);
        assert!(keys.iter().all(|&key| filter.may_contain(key)));
        let others = (10_000..110_000)
            .filter(|&i| filter.may_contain(key::of_ipv4(i)))
            .count();
        assert!(others < 2_000, "{others} of 100,000");
        assert!(!WordFilter::new(&[]).may_contain(7));
        assert!(!WordFilter::default().may_contain(7));
    }
}
