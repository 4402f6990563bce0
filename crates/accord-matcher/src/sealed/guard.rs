//! Which blocks of a file were found whole.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use rapidhash::v3::rapidhash_v3;

use super::{BLOCK_BYTES, SealedError, SealedHolder, u64_at};

/// Sums of one block.
const SUMS_PER_BLOCK: usize = BLOCK_BYTES / 8;

/// Nothing was found damaged.
const WHOLE: u64 = 0;
/// The content contradicts itself.
const CONTRADICTS: u64 = u64::MAX;

/// The checksum of a block: the hash of its bytes, and its number, so that a block in the place of another is found.
pub(super) fn sum_of(bytes: &[u8], number: usize) -> u64 {
    rapidhash_v3(bytes) ^ (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// A file and what is known of its blocks. Blocks are numbered from the first of the file, which is the header.
#[derive(Debug)]
pub(super) struct Guard {
    file: Bytes,
    /// Who holds it, where that can do without some of it.
    holder: Option<Arc<dyn SealedHolder>>,
    /// Blocks of sections; they come after the header, then the blocks of their sums, then the roots: the sums of those.
    data_blocks: usize,
    sum_blocks: usize,
    /// A bit for each block up to the roots: it was checked and is whole.
    whole: Vec<AtomicU64>,
    /// The number of the first damaged block met, [`WHOLE`] or [`CONTRADICTS`].
    damaged: AtomicU64,
}

/// Blocks of sums, and of roots, for so many blocks.
pub(super) fn blocks_for(data_blocks: usize) -> (usize, usize) {
    let sums = data_blocks.div_ceil(SUMS_PER_BLOCK);
    (sums, sums.div_ceil(SUMS_PER_BLOCK))
}

impl Guard {
    pub(super) fn new(
        (file, holder): (Bytes, Option<Arc<dyn SealedHolder>>),
        data_blocks: usize,
        roots_sum: u64,
    ) -> Result<Guard, SealedError> {
        let (sum_blocks, root_blocks) = blocks_for(data_blocks);
        let blocks = [data_blocks, sum_blocks, root_blocks]
            .iter()
            .try_fold(1usize, |sum, more| sum.checked_add(*more));
        // So many blocks are there, so that nothing below is larger than the file.
        if blocks.and_then(|blocks| blocks.checked_mul(BLOCK_BYTES)) != Some(file.len()) {
            return Err(SealedError::Content("number of blocks"));
        }
        let roots_at = BLOCK_BYTES * (1 + data_blocks + sum_blocks);
        let roots = file.get(roots_at..).unwrap_or_default();
        if sum_of(roots, 1 + data_blocks + sum_blocks) != roots_sum {
            return Err(SealedError::Header);
        }
        let words = (1 + data_blocks + sum_blocks).div_ceil(64);
        Ok(Guard {
            file,
            holder,
            data_blocks,
            sum_blocks,
            whole: (0..words).map(|_| AtomicU64::new(0)).collect(),
            damaged: AtomicU64::new(WHOLE),
        })
    }

    pub(super) fn holder(&self) -> Option<&dyn SealedHolder> {
        self.holder.as_deref()
    }

    pub(super) fn file_bytes(&self) -> usize {
        self.file.len()
    }

    pub(super) fn slice(&self, range: Range<usize>) -> Option<Bytes> {
        (range.end <= self.file.len()).then(|| self.file.slice(range))
    }

    /// Whether a block is whole; checked the first time.
    #[inline]
    pub(super) fn is_whole(&self, block: usize) -> bool {
        // The bytes never change, so that no order between threads is needed: at worst two check the same block.
        let known = self
            .whole
            .get(block / 64)
            .map_or(0, |word| word.load(Ordering::Relaxed));
        known >> (block % 64) & 1 != 0 || self.look(block)
    }

    #[cold]
    fn look(&self, block: usize) -> bool {
        let sums_at = 1 + self.data_blocks;
        let (sum_block, sum_in) = if block < sums_at {
            let place = block.saturating_sub(1);
            (sums_at + place / SUMS_PER_BLOCK, place % SUMS_PER_BLOCK)
        } else {
            let place = block - sums_at;
            (
                sums_at + self.sum_blocks + place / SUMS_PER_BLOCK,
                place % SUMS_PER_BLOCK,
            )
        };
        // The roots were checked when the file was opened.
        if block < sums_at && !self.is_whole(sum_block) {
            return false;
        }
        let expected = u64_at(&self.file, sum_block * BLOCK_BYTES + sum_in * 8);
        let bytes = self.file.get(block * BLOCK_BYTES..(block + 1) * BLOCK_BYTES);
        let is_whole =
            block != 0 && bytes.map(|bytes| sum_of(bytes, block)) == expected && expected.is_some();
        if is_whole {
            if let Some(word) = self.whole.get(block / 64) {
                word.fetch_or(1 << (block % 64), Ordering::Relaxed);
            }
        } else {
            self.remember(block as u64);
        }
        is_whole
    }

    fn remember(&self, what: u64) {
        // The first damage stays. Release: who sees it sees nothing older than what caused it.
        let _ = self
            .damaged
            .compare_exchange(WHOLE, what, Ordering::Release, Ordering::Relaxed);
    }

    pub(super) fn contradicts(&self) {
        self.remember(CONTRADICTS);
    }

    pub(super) fn damage(&self) -> Result<(), SealedError> {
        match self.damaged.load(Ordering::Acquire) {
            WHOLE => Ok(()),
            CONTRADICTS => Err(SealedError::Content("place or length")),
            block => Err(SealedError::Block {
                offset: block * BLOCK_BYTES as u64,
            }),
        }
    }

    pub(super) fn verify(&self) -> Result<(), SealedError> {
        for block in 1..=self.data_blocks + self.sum_blocks {
            // Not by what is known: the file may have been damaged since.
            if !self.look(block) {
                return Err(SealedError::Block {
                    offset: (block * BLOCK_BYTES) as u64,
                });
            }
        }
        self.damage()
    }
}
