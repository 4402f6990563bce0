//! A split-block Bloom filter, as Apache Parquet specifies it: one cache line per probe, so that a batch of probes is a
//! batch of independent loads. It says "no" or "perhaps".

use crate::sealed::Section;

/// Bits for each key: about 0.4 % of the values that are not in it pass.
const BITS_PER_KEY: usize = 12;
/// Bytes of a block: eight words of 32 bits.
pub(crate) const BLOCK: usize = 32;

const SALT: [u32; 8] = [
    0x47b6_137b,
    0x4497_4d91,
    0x8824_ad5b,
    0xa2b7_289d,
    0x7054_95c7,
    0x2df1_424b,
    0x9efc_4947,
    0x5c6b_fb31,
];

/// Blocks of 32 bytes, of little-endian words.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    blocks: Section,
}

impl Filter {
    /// The filter of so many fingerprints.
    pub(crate) fn new(count: usize, fingerprints: impl Iterator<Item = u64>) -> Filter {
        let mut blocks = vec![[0u8; BLOCK]; blocks_for(count)];
        let length = blocks.len();
        for fingerprint in fingerprints {
            if let Some(block) = blocks.get_mut(index(fingerprint, length)) {
                set(block, fingerprint);
            }
        }
        Filter {
            blocks: Section::of(blocks.into_flattened()),
        }
    }

    /// A filter as it lies in a file.
    pub(crate) fn read(blocks: Section) -> Filter {
        Filter { blocks }
    }

    /// Asks for what [`Filter::may_contain`] will look at.
    #[inline]
    pub(crate) fn prefetch(&self, fingerprint: u64) {
        self.blocks
            .prefetch(index(fingerprint, self.blocks.len() / BLOCK) * BLOCK);
    }

    #[inline]
    pub(crate) fn may_contain(&self, fingerprint: u64) -> bool {
        let at = index(fingerprint, self.blocks.len() / BLOCK) * BLOCK;
        let Some(block) = self.blocks.get(at..at + BLOCK) else {
            return false;
        };
        let (words, _) = block.as_chunks::<4>();
        words
            .iter()
            .zip(bits(fingerprint))
            .fold(true, |all, (word, bit)| {
                all & (u32::from_le_bytes(*word) & bit != 0)
            })
    }

    pub(crate) fn section(&self) -> &Section {
        &self.blocks
    }
}

/// The blocks of a filter, one after the other, from fingerprints in ascending order: a fingerprint's block never comes
/// before that of a smaller one.
pub(crate) struct SortedFilter<I: Iterator<Item = u64>> {
    rest: std::iter::Peekable<I>,
    next: usize,
    length: usize,
}

impl<I: Iterator<Item = u64>> SortedFilter<I> {
    /// Of so many fingerprints.
    pub(crate) fn new(count: usize, fingerprints: I) -> SortedFilter<I> {
        SortedFilter {
            rest: fingerprints.peekable(),
            next: 0,
            length: blocks_for(count),
        }
    }
}

impl<I: Iterator<Item = u64>> Iterator for SortedFilter<I> {
    type Item = [u8; BLOCK];

    fn next(&mut self) -> Option<[u8; BLOCK]> {
        let SortedFilter { rest, next, length } = self;
        if next >= length {
            return None;
        }
        let mut block = [0u8; BLOCK];
        while let Some(fingerprint) = rest.next_if(|&fingerprint| index(fingerprint, *length) == *next) {
            set(&mut block, fingerprint);
        }
        *next += 1;
        Some(block)
    }
}

/// Bytes of the filter of so many fingerprints.
pub(crate) fn bytes_for(count: usize) -> usize {
    blocks_for(count) * BLOCK
}

fn blocks_for(count: usize) -> usize {
    (count * BITS_PER_KEY).div_ceil(8 * BLOCK).max(1)
}

fn set(block: &mut [u8; BLOCK], fingerprint: u64) {
    let (words, _) = block.as_chunks_mut::<4>();
    for (word, bit) in words.iter_mut().zip(bits(fingerprint)) {
        *word = (u32::from_le_bytes(*word) | bit).to_le_bytes();
    }
}

#[inline]
fn index(fingerprint: u64, blocks: usize) -> usize {
    ((fingerprint >> 32) as usize * blocks) >> 32
}

#[inline]
fn bits(fingerprint: u64) -> [u32; 8] {
    SALT.map(|salt| 1 << ((fingerprint as u32).wrapping_mul(salt) >> 27))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::of_text;

    #[test]
    fn holds_every_key_and_few_others() {
        let key = |i: u32| of_text(&i.to_le_bytes());
        let filter = Filter::new(10_000, (0..10_000).map(key));
        assert!((0..10_000).all(|i| filter.may_contain(key(i))));
        let others = (10_000..110_000).filter(|&i| filter.may_contain(key(i))).count();
        assert!(others < 1_000, "{others} of 100,000");
        assert!(!Filter::new(0, std::iter::empty()).may_contain(7));
        assert!(!Filter::default().may_contain(7));
    }
}
