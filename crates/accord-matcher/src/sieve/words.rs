//! A Bloom filter whose keys set all their bits in one 64-bit word: one load a probe, and no branch.

use bytes::Bytes;

use crate::classes::prefetch;

/// Bits for each key: of the keys that are not in it about one in 100 passes.
const BITS_PER_KEY: usize = 12;

#[derive(Debug, Clone, Default)]
pub(super) struct WordFilter {
    /// Little-endian words, one after the other: as they lie in a file.
    words: Bytes,
}

/// A word as bytes.
pub(crate) type Word = [u8; 8];

impl WordFilter {
    pub(super) fn new(keys: &[u64]) -> WordFilter {
        let mut words = vec![Word::default(); words_for(keys.len())];
        set(&mut words, keys);
        WordFilter::read(Bytes::from(words.into_flattened()))
    }

    /// A filter as it lies in a file.
    pub(super) fn read(words: Bytes) -> WordFilter {
        WordFilter { words }
    }

    /// A copy of it with more keys. For keys that are few beside its own: it does not grow.
    pub(super) fn with(&self, keys: &[u64]) -> WordFilter {
        let mut words = self.words().to_vec();
        if words.is_empty() {
            return WordFilter::new(keys);
        }
        set(&mut words, keys);
        WordFilter::read(Bytes::from(words.into_flattened()))
    }

    pub(super) fn bytes(&self) -> &Bytes {
        &self.words
    }

    #[inline(always)]
    fn words(&self) -> &[Word] {
        self.words.as_chunks().0
    }

    /// Asks for the word of a key.
    #[inline(always)]
    pub(super) fn prefetch(&self, key: u64) {
        let words = self.words();
        if let Some(word) = words.get(place(key, words.len())) {
            prefetch(word);
        }
    }

    #[inline(always)]
    pub(super) fn may_contain(&self, key: u64) -> bool {
        let bits = bits(key);
        let words = self.words();
        words
            .get(place(key, words.len()))
            .is_some_and(|word| u64::from_le_bytes(*word) & bits == bits)
    }

    pub(super) fn resident_bytes(&self) -> usize {
        self.words.len()
    }
}

/// The words of a filter, one after the other, from keys in ascending order, each once: a key's word never comes before
/// that of a smaller one.
pub(crate) struct SortedWords<I: Iterator<Item = u64>> {
    rest: std::iter::Peekable<I>,
    next: usize,
    length: usize,
}

impl<I: Iterator<Item = u64>> SortedWords<I> {
    /// Of so many keys.
    pub(crate) fn new(count: usize, keys: I) -> SortedWords<I> {
        SortedWords {
            rest: keys.peekable(),
            next: 0,
            length: words_for(count),
        }
    }
}

impl<I: Iterator<Item = u64>> Iterator for SortedWords<I> {
    type Item = Word;

    fn next(&mut self) -> Option<Word> {
        let SortedWords { rest, next, length } = self;
        if next >= length {
            return None;
        }
        let mut word = 0;
        while let Some(key) = rest.next_if(|&key| place(key, *length) == *next) {
            word |= bits(key);
        }
        *next += 1;
        Some(word.to_le_bytes())
    }
}

fn words_for(keys: usize) -> usize {
    (keys * BITS_PER_KEY).div_ceil(64).max(1)
}

#[inline(always)]
fn place(key: u64, words: usize) -> usize {
    ((key >> 32) as usize * words) >> 32
}

fn set(words: &mut [Word], keys: &[u64]) {
    let length = words.len();
    for &key in keys {
        if let Some(word) = words.get_mut(place(key, length)) {
            *word = (u64::from_le_bytes(*word) | bits(key)).to_le_bytes();
        }
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
        let more = WordFilter::new(&keys).with(&[key::of_ipv4(u32::MAX)]);
        assert!(more.may_contain(key::of_ipv4(u32::MAX)) && keys.iter().all(|&key| more.may_contain(key)));
        assert!(!WordFilter::new(&[]).may_contain(7));
        assert!(!WordFilter::default().may_contain(7));
    }
}
