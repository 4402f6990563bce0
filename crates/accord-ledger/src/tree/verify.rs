//! Verifying proofs, by the algorithms of RFC 9162, which share no code with the making of proofs.

use super::{MAX_PROOF_HASHES, MAX_TREE_SIZE, TreeError, empty_root, node_hash};
use crate::id::Hash;

/// Verifies that `leaf` is leaf `index` of the tree of `size` leaves with this root (RFC 9162 section 2.1.3.2).
///
/// # Errors
/// [`TreeError`].
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), TreeError> {
    if index >= size || size > MAX_TREE_SIZE {
        return Err(TreeError::OutOfRange);
    }
    let wrong_length = TreeError::ProofLength(proof.len());
    if proof.len() > MAX_PROOF_HASHES {
        return Err(wrong_length);
    }
    let (mut position, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in proof {
        if last == 0 {
            return Err(wrong_length);
        }
        if position % 2 == 1 || position == last {
            hash = node_hash(sibling, &hash);
            while position % 2 == 0 && position != 0 {
                position >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        position >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(wrong_length);
    }
    if hash == *root {
        Ok(())
    } else {
        Err(TreeError::Mismatch)
    }
}

/// Verifies that the tree of `new_size` leaves extends the tree of `old_size` (RFC 9162 section 2.1.4.2). From the
/// empty tree every tree is reached, with an empty proof and the empty tree's root; equal sizes need equal roots
/// and an empty proof.
///
/// # Errors
/// [`TreeError`].
pub fn verify_consistency(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), TreeError> {
    if old_size > new_size || new_size > MAX_TREE_SIZE {
        return Err(TreeError::OutOfRange);
    }
    let wrong_length = TreeError::ProofLength(proof.len());
    if proof.len() > MAX_PROOF_HASHES {
        return Err(wrong_length);
    }
    if old_size == 0 || old_size == new_size {
        let same = if old_size == 0 {
            *old_root == empty_root()
        } else {
            old_root == new_root
        };
        let empty_is_empty = new_size != 0 || *new_root == empty_root();
        return match (proof.is_empty(), same && empty_is_empty) {
            (false, _) => Err(wrong_length),
            (true, false) => Err(TreeError::Mismatch),
            (true, true) => Ok(()),
        };
    }
    // When the old tree is complete, its root is the first node of the walk and is not sent.
    let (first, rest) = if old_size.is_power_of_two() {
        (*old_root, proof)
    } else {
        let (first, rest) = proof.split_first().ok_or(wrong_length)?;
        (*first, rest)
    };
    let (mut position, mut last) = (old_size - 1, new_size - 1);
    while position % 2 == 1 {
        position >>= 1;
        last >>= 1;
    }
    let (mut old_hash, mut new_hash) = (first, first);
    for node in rest {
        if last == 0 {
            return Err(wrong_length);
        }
        if position % 2 == 1 || position == last {
            old_hash = node_hash(node, &old_hash);
            new_hash = node_hash(node, &new_hash);
            while position % 2 == 0 && position != 0 {
                position >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node_hash(&new_hash, node);
        }
        position >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(wrong_length);
    }
    if old_hash == *old_root && new_hash == *new_root {
        Ok(())
    } else {
        Err(TreeError::Mismatch)
    }
}
