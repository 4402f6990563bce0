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
    /// A filter as it lies in a file.
    pub(super) fn read(words: Bytes) -> WordFilter {
        WordFilter { words }
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

/// Bytes of the filter of so many keys.
pub(crate) fn bytes_for(keys: usize) -> usize {
    words_for(keys) * size_of::<Word>()
}

fn words_for(keys: usize) -> usize {
    (keys * BITS_PER_KEY).div_ceil(64).max(1)
}

#[inline(always)]
fn place(key: u64, words: usize) -> usize {
    ((key >> 32) as usize * words) >> 32
}

/// Adds keys to the words of a filter. Where it was made for fewer, it says "perhaps" more often.
pub(super) fn set(words: &mut [u8], keys: &[u64]) {
    let (words, _) = words.as_chunks_mut::<8>();
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
        let of = |keys: &[u64]| {
            let mut words = vec![0; bytes_for(keys.len())];
            set(&mut words, keys);
            words
        };
        let filter = WordFilter::read(Bytes::from(of(&keys)));
        assert!(keys.iter().all(|&key| filter.may_contain(key)));
        let others = (10_000..110_000)
            .filter(|&i| filter.may_contain(key::of_ipv4(i)))
            .count();
        assert!(others < 2_000, "{others} of 100,000");
        let mut more = of(&keys);
        set(&mut more, &[key::of_ipv4(u32::MAX)]);
        let more = WordFilter::read(Bytes::from(more));
        assert!(more.may_contain(key::of_ipv4(u32::MAX)) && keys.iter().all(|&key| more.may_contain(key)));
        assert!(!WordFilter::read(Bytes::from(of(&[]))).may_contain(7));
        assert!(!WordFilter::default().may_contain(7));
    }
}
