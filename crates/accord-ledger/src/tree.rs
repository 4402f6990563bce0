//! RFC 6962 Merkle trees (section 2.1), with the verification algorithms of RFC 9162 (sections 2.1.3.2 and
//! 2.1.4.2). Leaves are `SHA-256(0x00 || bytes)`, nodes `SHA-256(0x01 || left || right)`.
//!
//! [`Tree`] keeps the hash of every complete subtree (64 bytes for each leaf), so that an append costs one hash on
//! average, and roots and proofs at any earlier size a few dozen.

use sha2::{Digest, Sha256};

use crate::id::Hash;

mod verify;
pub use verify::{verify_consistency, verify_inclusion};

/// Most hashes in a proof that is read from outside. A tree of [`MAX_TREE_SIZE`] needs fewer.
pub const MAX_PROOF_HASHES: usize = 64;
/// Most leaves of a tree.
pub const MAX_TREE_SIZE: u64 = 1 << 62;

/// A proof that cannot be made or does not verify.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// An index or size beyond the tree, an old size above the new one, or a size above [`MAX_TREE_SIZE`].
    #[error("the index or size lies outside the tree: ask for one within it")]
    OutOfRange,
    /// More hashes than [`MAX_PROOF_HASHES`], or not as many as this tree needs.
    #[error("the proof has {0} hashes, which is not what this position needs")]
    ProofLength(usize),
    /// The hashes do not lead to the root.
    #[error(
        "the proof does not lead to the root: the entry or the history was changed, or the proof is of another tree"
    )]
    Mismatch,
}

/// The hash of a leaf.
pub fn leaf_hash(bytes: &[u8]) -> Hash {
    Hash(
        Sha256::new()
            .chain_update([0u8])
            .chain_update(bytes)
            .finalize()
            .into(),
    )
}

/// The hash of an inner node.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Hash(
        Sha256::new()
            .chain_update([1u8])
            .chain_update(left.0)
            .chain_update(right.0)
            .finalize()
            .into(),
    )
}

/// The root of the empty tree: SHA-256 of nothing.
pub fn empty_root() -> Hash {
    Hash(Sha256::digest(b"").into())
}

/// The root of a list of leaf hashes.
pub fn root_of(leaves: impl IntoIterator<Item = Hash>) -> Hash {
    // Peaks of complete subtrees, largest first, as the leaves come: memory stays logarithmic.
    let mut peaks: Vec<(u32, Hash)> = Vec::new();
    for leaf in leaves {
        let (mut height, mut hash) = (0, leaf);
        while let Some((_, left)) = peaks.pop_if(|(peak, _)| *peak == height) {
            hash = node_hash(&left, &hash);
            height += 1;
        }
        peaks.push((height, hash));
    }
    let mut root = None;
    for (_, peak) in peaks.iter().rev() {
        root = Some(match root {
            None => *peak,
            Some(right) => node_hash(peak, &right),
        });
    }
    root.unwrap_or_else(empty_root)
}

/// Largest power of two below `count` (RFC 6962's k), for `count` of at least 2.
fn split(count: u64) -> u64 {
    1 << (63 - (count - 1).leading_zeros())
}

/// An append-only Merkle tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    /// `levels[k][i]`: hash of the complete subtree of leaves `i * 2^k .. (i + 1) * 2^k`.
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    /// The empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many leaves it has.
    pub fn size(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    /// Adds a leaf by its hash (see [`leaf_hash`]) and returns its index.
    pub fn append(&mut self, leaf: Hash) -> u64 {
        let index = self.size();
        let (mut hash, mut position, mut height) = (leaf, index, 0usize);
        loop {
            match self.levels.get_mut(height) {
                Some(level) => level.push(hash),
                None => self.levels.push(vec![hash]),
            }
            if position % 2 == 0 {
                return index;
            }
            let level = self.levels.get(height).map(Vec::as_slice).unwrap_or_default();
            let [.., left, right] = level else { return index };
            hash = node_hash(left, right);
            position /= 2;
            height += 1;
        }
    }

    /// Takes off every leaf past the first `size`: what was added on trial and did not hold.
    pub fn truncate(&mut self, size: u64) {
        for (height, level) in self.levels.iter_mut().enumerate() {
            level.truncate(usize::try_from(size >> height).unwrap_or(usize::MAX));
        }
        self.levels.retain(|level| !level.is_empty());
    }

    /// The leaf hash at an index.
    pub fn leaf(&self, index: u64) -> Option<Hash> {
        self.levels.first()?.get(usize::try_from(index).ok()?).copied()
    }

    /// The root of the whole tree.
    pub fn root(&self) -> Hash {
        self.range(0, self.size()).unwrap_or_else(empty_root)
    }

    /// The root of the first `size` leaves; none when the tree has fewer.
    pub fn root_at(&self, size: u64) -> Option<Hash> {
        match size {
            0 => Some(empty_root()),
            _ if size > self.size() => None,
            _ => self.range(0, size),
        }
    }

    /// Hash of leaves `start .. end`, where `start` is a multiple of the subtree's span, as RFC 6962 splits it.
    fn range(&self, start: u64, end: u64) -> Option<Hash> {
        let count = end.checked_sub(start).filter(|count| *count > 0)?;
        if count.is_power_of_two() {
            let height = count.trailing_zeros();
            let level = self.levels.get(usize::try_from(height).ok()?)?;
            return level.get(usize::try_from(start >> height).ok()?).copied();
        }
        let middle = start + split(count);
        Some(node_hash(&self.range(start, middle)?, &self.range(middle, end)?))
    }

    /// The inclusion proof of leaf `index` in the first `size` leaves, the leaf's sibling first.
    ///
    /// # Errors
    /// [`TreeError::OutOfRange`].
    pub fn inclusion_proof(&self, index: u64, size: u64) -> Result<Vec<Hash>, TreeError> {
        if size > self.size() || index >= size {
            return Err(TreeError::OutOfRange);
        }
        let (mut start, mut end) = (0, size);
        let mut proof = Vec::new();
        while end - start > 1 {
            let middle = start + split(end - start);
            let sibling = if index < middle {
                (middle, end)
            } else {
                (start, middle)
            };
            proof.push(self.range(sibling.0, sibling.1).ok_or(TreeError::OutOfRange)?);
            if index < middle {
                end = middle;
            } else {
                start = middle;
            }
        }
        proof.reverse();
        Ok(proof)
    }

    /// The consistency proof from the first `old` leaves to the first `new`; empty when `old` is 0 or equals `new`.
    ///
    /// # Errors
    /// [`TreeError::OutOfRange`].
    pub fn consistency_proof(&self, old: u64, new: u64) -> Result<Vec<Hash>, TreeError> {
        if new > self.size() || old > new {
            return Err(TreeError::OutOfRange);
        }
        if old == 0 || old == new {
            return Ok(Vec::new());
        }
        // RFC 6962 section 2.1.2, SUBPROOF, walked down instead of recursed.
        let (mut start, mut end) = (0, new);
        let mut proof = Vec::new();
        let mut whole = true;
        while old != end {
            let middle = start + split(end - start);
            let sibling = if old <= middle {
                (middle, end)
            } else {
                (start, middle)
            };
            proof.push(self.range(sibling.0, sibling.1).ok_or(TreeError::OutOfRange)?);
            if old <= middle {
                end = middle;
            } else {
                start = middle;
                whole = false;
            }
        }
        if !whole {
            proof.push(self.range(start, end).ok_or(TreeError::OutOfRange)?);
        }
        proof.reverse();
        Ok(proof)
    }
}

impl FromIterator<Hash> for Tree {
    fn from_iter<I: IntoIterator<Item = Hash>>(leaves: I) -> Self {
        let mut tree = Self::new();
        for leaf in leaves {
            tree.append(leaf);
        }
        tree
    }
}
