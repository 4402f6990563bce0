use accord_ledger::Hash;
use accord_ledger::tree::{
    MAX_PROOF_HASHES, MAX_TREE_SIZE, Tree, TreeError, empty_root, leaf_hash, node_hash, root_of,
    verify_consistency, verify_inclusion,
};
use proptest::prelude::*;

use crate::fixture;

fn hash(text: &str) -> Hash {
    text.parse().unwrap()
}

/// The eight leaves of the Certificate Transparency reference tests.
const LEAVES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];

/// The roots of the first 1 to 8 of them.
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn standard() -> Tree {
    LEAVES
        .iter()
        .map(|leaf| leaf_hash(&hex::decode(leaf).unwrap()))
        .collect()
}

#[test]
fn rfc_6962_roots() {
    assert_eq!(
        empty_root(),
        hash("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    );
    assert_eq!(Tree::new().root(), empty_root());
    let tree = standard();
    for (index, root) in ROOTS.iter().enumerate() {
        let size = index as u64 + 1;
        assert_eq!(tree.root_at(size), Some(hash(root)), "size {size}");
        assert_eq!(
            root_of((0..size).map(|index| tree.leaf(index).unwrap())),
            hash(root)
        );
    }
    assert_eq!(tree.root(), hash(ROOTS[7]));
    assert_eq!(tree.root_at(9), None);
}

#[test]
fn rfc_6962_proofs() {
    let tree = standard();
    let inclusion = [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ];
    assert_eq!(tree.inclusion_proof(5, 8).unwrap(), inclusion.map(hash));
    let consistency = [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ];
    assert_eq!(tree.consistency_proof(6, 8).unwrap(), consistency.map(hash));
    let consistency = [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ];
    assert_eq!(tree.consistency_proof(2, 5).unwrap(), consistency.map(hash));
}

/// The definition of RFC 6962 section 2.1, word for word.
fn naive_root(leaves: &[Hash]) -> Hash {
    match leaves.len() {
        0 => empty_root(),
        1 => leaves[0],
        count => {
            let middle = count.next_power_of_two() / 2;
            node_hash(&naive_root(&leaves[..middle]), &naive_root(&leaves[middle..]))
        }
    }
}

#[test]
fn every_proof_of_every_small_tree_verifies() {
    let tree = fixture::tree("leaf", 40);
    let leaves: Vec<Hash> = (0..40).map(|index| tree.leaf(index).unwrap()).collect();
    for size in 0..=40u64 {
        let root = tree.root_at(size).unwrap();
        assert_eq!(root, naive_root(&leaves[..size as usize]));
        for index in 0..size {
            let proof = tree.inclusion_proof(index, size).unwrap();
            verify_inclusion(&leaves[index as usize], index, size, &proof, &root).unwrap();
            let other = (index + 1) % size;
            if other != index {
                assert!(verify_inclusion(&leaves[other as usize], index, size, &proof, &root).is_err());
                assert!(verify_inclusion(&leaves[index as usize], other, size, &proof, &root).is_err());
            }
        }
        for old in 0..=size {
            let proof = tree.consistency_proof(old, size).unwrap();
            let old_root = tree.root_at(old).unwrap();
            verify_consistency(old, &old_root, size, &root, &proof).unwrap();
            let wrong = Hash([9; 32]);
            assert!(
                verify_consistency(old, &wrong, size, &root, &proof).is_err(),
                "{old} {size}"
            );
            if old > 0 {
                assert!(
                    verify_consistency(old, &old_root, size, &wrong, &proof).is_err(),
                    "{old} {size}"
                );
            }
        }
    }
}

#[test]
fn positions_outside_the_tree_are_refused() {
    let tree = standard();
    let root = tree.root();
    assert_eq!(tree.inclusion_proof(8, 8), Err(TreeError::OutOfRange));
    assert_eq!(tree.inclusion_proof(0, 9), Err(TreeError::OutOfRange));
    assert_eq!(tree.inclusion_proof(0, 0), Err(TreeError::OutOfRange));
    assert_eq!(tree.consistency_proof(5, 4), Err(TreeError::OutOfRange));
    assert_eq!(tree.consistency_proof(5, 9), Err(TreeError::OutOfRange));
    assert_eq!(
        verify_inclusion(&root, 8, 8, &[], &root),
        Err(TreeError::OutOfRange)
    );
    assert_eq!(
        verify_consistency(9, &root, 8, &root, &[]),
        Err(TreeError::OutOfRange)
    );
    let none = verify_consistency(0, &root, 8, &root, &[]);
    assert_eq!(none, Err(TreeError::Mismatch), "the empty tree has one root");
    assert_eq!(
        verify_consistency(0, &empty_root(), 0, &empty_root(), &[]),
        Ok(())
    );
    assert_eq!(
        verify_consistency(0, &root, 0, &root, &[]),
        Err(TreeError::Mismatch)
    );
}

#[test]
fn the_size_limit_and_one_past_it() {
    let leaf = Hash([1; 32]);
    // The last leaf of a tree of 2^62 leaves has 62 left siblings.
    let proof = vec![Hash([2; 32]); 62];
    let root = proof.iter().fold(leaf, |hash, sibling| node_hash(sibling, &hash));
    verify_inclusion(&leaf, MAX_TREE_SIZE - 1, MAX_TREE_SIZE, &proof, &root).unwrap();
    let past = verify_inclusion(&leaf, 0, MAX_TREE_SIZE + 1, &proof, &root);
    assert_eq!(past, Err(TreeError::OutOfRange));
    assert_eq!(
        verify_inclusion(&leaf, 0, u64::MAX, &proof, &root),
        Err(TreeError::OutOfRange)
    );
    assert_eq!(
        verify_consistency(1, &leaf, u64::MAX, &root, &proof),
        Err(TreeError::OutOfRange)
    );
    let equal = verify_consistency(MAX_TREE_SIZE, &root, MAX_TREE_SIZE, &root, &[]);
    assert_eq!(equal, Ok(()));
}

#[test]
fn a_proof_one_hash_too_long_is_refused() {
    let leaf = Hash([1; 32]);
    for count in [MAX_PROOF_HASHES, MAX_PROOF_HASHES + 1] {
        let proof = vec![leaf; count];
        let error = Err(TreeError::ProofLength(count));
        assert_eq!(verify_inclusion(&leaf, 0, MAX_TREE_SIZE, &proof, &leaf), error);
        assert_eq!(verify_consistency(1, &leaf, MAX_TREE_SIZE, &leaf, &proof), error);
    }
}

proptest! {
    #[test]
    fn proofs_of_larger_trees(size in 1u64..3000, a in 0u64..3000, flip in 0usize..64, bit in 0u8..8) {
        let tree = fixture::tree("large", size);
        let index = a % size;
        let root = tree.root();
        let leaf = tree.leaf(index).unwrap();
        let mut proof = tree.inclusion_proof(index, size).unwrap();
        prop_assert!(verify_inclusion(&leaf, index, size, &proof, &root).is_ok());
        let consistency = tree.consistency_proof(index, size).unwrap();
        let old_root = tree.root_at(index).unwrap();
        prop_assert!(verify_consistency(index, &old_root, size, &root, &consistency).is_ok());
        if !proof.is_empty() {
            let position = flip % proof.len();
            proof[position].0[flip % 32] ^= 1 << bit;
            prop_assert!(verify_inclusion(&leaf, index, size, &proof, &root).is_err());
            proof.pop();
            prop_assert!(verify_inclusion(&leaf, index, size, &proof, &root).is_err());
        }
    }

    #[test]
    fn hostile_proofs_never_panic(index: u64, size: u64, count in 0usize..70) {
        let proof = vec![Hash([3; 32]); count];
        prop_assert!(verify_inclusion(&Hash([1; 32]), index, size, &proof, &Hash([2; 32])).is_err());
        let same = verify_consistency(index, &Hash([1; 32]), size, &Hash([2; 32]), &proof);
        prop_assert!(same.is_err());
    }
}

#[test]
fn what_is_taken_off_leaves_the_tree_as_it_was() {
    let leaf = |number: u64| leaf_hash(&number.to_be_bytes());
    let of = |size: u64| {
        let mut tree = Tree::new();
        for number in 0..size {
            tree.append(leaf(number));
        }
        tree
    };
    for size in 0..40u64 {
        for kept in 0..=size {
            let mut tree = of(size);
            tree.truncate(kept);
            assert_eq!(tree, of(kept), "{size} to {kept}");
            tree.append(leaf(99));
            assert_eq!(tree.size(), kept + 1);
        }
        let mut whole = of(size);
        whole.truncate(size + 1);
        assert_eq!(whole, of(size));
    }
}
