//! Parquet's split block bloom filters (`BloomFilter.md` of the format): which of eight bits of each of eight words of a
//! block a value sets, follows from its hash (XXH64).
//!
//! The library takes value by value. Here the hashes of many are made before the first is put in, so that neither waits for
//! the other.

use parquet::bloom_filter::Sbbf;
use parquet::errors::Result;
use twox_hash::XxHash64;

use crate::schema::BLOOM_FALSE_SHARE;

/// Values whose hashes are made at once.
const AT_ONCE: usize = 256;

/// By which the hash is multiplied for each word, as the format says.
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

const WORD: usize = size_of::<u32>();

/// A block as its bytes.
type Block = [[u8; WORD]; SALT.len()];

/// The filter of these values, of which at most `most` are different.
pub(super) fn of<'v>(values: impl Iterator<Item = &'v [u8]>, most: usize) -> Result<Sbbf> {
    let blocks = Sbbf::new_with_ndv_fpp(most as u64, BLOOM_FALSE_SHARE)?.num_blocks();
    let mut blocks: Vec<Block> = vec![Block::default(); blocks];
    let mut hashes = [0; AT_ONCE];
    let mut values = values.peekable();
    while values.peek().is_some() {
        let mut count = 0;
        for (hash, value) in hashes.iter_mut().zip(&mut values) {
            *hash = XxHash64::oneshot(0, value);
            count += 1;
        }
        for hash in hashes.iter().take(count) {
            put(&mut blocks, *hash);
        }
    }
    let mut filter = Sbbf::new(blocks.as_flattened().as_flattened());
    filter.fold_to_target_fpp(BLOOM_FALSE_SHARE);
    Ok(filter)
}

#[inline]
fn put(blocks: &mut [Block], hash: u64) {
    let at = ((hash >> 32) * blocks.len() as u64) >> 32;
    let Some(block) = blocks.get_mut(at as usize) else {
        return;
    };
    let low = hash as u32;
    for (word, salt) in block.iter_mut().zip(SALT) {
        let bit = low.wrapping_mul(salt) >> 27;
        // Words are written lowest byte first.
        if let Some(byte) = word.get_mut((bit / 8) as usize) {
            *byte |= 1 << (bit % 8);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_s_own_filter_is_the_same() {
        for count in [0, 1, 255, 256, 257, 20_000_u32] {
            let values: Vec<String> = (0..count)
                .map(|n| format!("{}host-{n}.example", "x".repeat(n as usize % 70)))
                .collect();
            let mut expected = Sbbf::new_with_ndv_fpp(values.len() as u64 * 2, BLOOM_FALSE_SHARE).unwrap();
            for value in &values {
                expected.insert(value.as_bytes());
            }
            expected.fold_to_target_fpp(BLOOM_FALSE_SHARE);
            let made = of(values.iter().map(String::as_bytes), values.len() * 2).unwrap();
            let (mut one, mut other) = (Vec::new(), Vec::new());
            made.write_bitset(&mut one).unwrap();
            expected.write_bitset(&mut other).unwrap();
            assert_eq!(one, other, "{count}");
        }
    }
}
