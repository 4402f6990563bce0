//! A split-block Bloom filter, as Apache Parquet specifies it: one cache line per probe, so that a batch of probes is a
//! batch of independent loads. It says "no" or "perhaps".

/// Bits for each key: about 0.4 % of the values that are not in it pass.
const BITS_PER_KEY: usize = 12;

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

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    blocks: Vec<[u32; 8]>,
}

impl Filter {
    pub(crate) fn new(fingerprints: &[u64]) -> Filter {
        let blocks = (fingerprints.len() * BITS_PER_KEY).div_ceil(256).max(1);
        let mut filter = Filter {
            blocks: vec![[0; 8]; blocks],
        };
        for &fingerprint in fingerprints {
            let index = filter.index(fingerprint);
            if let Some(block) = filter.blocks.get_mut(index) {
                for (word, bit) in block.iter_mut().zip(bits(fingerprint)) {
                    *word |= bit;
                }
            }
        }
        filter
    }

    #[inline]
    pub(crate) fn may_contain(&self, fingerprint: u64) -> bool {
        self.blocks.get(self.index(fingerprint)).is_some_and(|block| {
            block
                .iter()
                .zip(bits(fingerprint))
                .fold(true, |all, (word, bit)| all & (word & bit != 0))
        })
    }

    #[inline]
    fn index(&self, fingerprint: u64) -> usize {
        ((fingerprint >> 32) as usize * self.blocks.len()) >> 32
    }

    pub(crate) fn resident_bytes(&self) -> usize {
        self.blocks.len() * 32
    }
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
        let keys: Vec<u64> = (0..10_000).map(key).collect();
        let filter = Filter::new(&keys);
        assert!(keys.iter().all(|&k| filter.may_contain(k)));
        let others = (10_000..110_000).filter(|&i| filter.may_contain(key(i))).count();
        assert!(others < 1_000, "{others} of 100,000");
        assert!(!Filter::new(&[]).may_contain(7));
        assert!(!Filter::default().may_contain(7));
    }
}
