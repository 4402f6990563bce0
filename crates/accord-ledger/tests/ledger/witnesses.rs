use accord_ledger::checkpoint::SignedCheckpoint;
use accord_ledger::cosignature;
use accord_ledger::note::Note;
use accord_ledger::tree::{Tree, TreeError};
use accord_ledger::witness::{
    ForkError, ForkProof, MAX_FORK_PROOF_BYTES, Observation, Placed, WitnessError, observe,
};

use crate::fixture::{self, TIME_S, signed, signer};

fn known(note: &Note) -> SignedCheckpoint {
    SignedCheckpoint::open(note.clone(), signer("isp.example").vkey()).unwrap()
}

fn see(old: &Note, new: &Note, proof: &[accord_ledger::Hash]) -> Observation {
    observe(Some(&known(old)), new, proof, signer("isp.example").vkey())
        .unwrap()
        .1
}

fn honest() -> Tree {
    fixture::tree("honest", 20)
}

/// Like the honest tree up to `from`, then different.
fn rewritten(from: u64) -> Tree {
    let (honest, other) = (honest(), fixture::tree("other", 20));
    (0..20)
        .map(|index| {
            if index < from {
                honest.leaf(index)
            } else {
                other.leaf(index)
            }
            .unwrap()
        })
        .collect()
}

fn fork(observation: Observation) -> ForkProof {
    match observation {
        Observation::Fork(proof) => *proof,
        other => panic!("no fork: {other:?}"),
    }
}

fn assert_convicts(proof: &ForkProof) {
    let author = signer("isp.example");
    let bytes = proof.encode();
    assert!(bytes.len() <= MAX_FORK_PROOF_BYTES);
    let read = ForkProof::decode(&bytes).unwrap();
    assert_eq!(&read, proof);
    assert_eq!(
        read.verify(author.vkey()).unwrap(),
        fixture::head(&honest(), 1).origin
    );
    assert_eq!(
        read.verify(signer("agency.example").vkey()),
        Err(ForkError::NotTheAuthor)
    );
}

#[test]
fn first_same_advanced() {
    let tree = honest();
    let note = signed(&tree, 8, TIME_S);
    let author = signer("isp.example");
    let (seen, observation) = observe(None, &note, &[], author.vkey()).unwrap();
    assert_eq!((seen.checkpoint().size, observation), (8, Observation::First));
    assert_eq!(see(&note, &signed(&tree, 8, TIME_S + 9), &[]), Observation::Same);
    let proof = tree.consistency_proof(8, 13).unwrap();
    assert_eq!(
        see(&note, &signed(&tree, 13, TIME_S), &proof),
        Observation::Advanced
    );
}

#[test]
fn an_old_checkpoint_is_behind_and_no_proof_of_anything() {
    let tree = honest();
    let (old, new) = (signed(&tree, 8, TIME_S), signed(&tree, 13, TIME_S + 1));
    let proof = tree.consistency_proof(8, 13).unwrap();
    assert_eq!(see(&new, &old, &proof), Observation::Behind { proved: true });
    assert_eq!(see(&new, &old, &[]), Observation::Behind { proved: false });
    // Signed within one second: a fast author, not a truncation.
    let same_second = signed(&tree, 8, TIME_S + 1);
    assert_eq!(
        see(&new, &same_second, &proof),
        Observation::Behind { proved: true }
    );
    assert_eq!(ForkProof::between(&new, &old, signer("isp.example").vkey()), None);
}

#[test]
fn a_withheld_consistency_proof_is_suspicion_only() {
    let tree = honest();
    let (old, new) = (signed(&tree, 8, TIME_S), signed(&tree, 13, TIME_S + 1));
    assert!(matches!(
        see(&old, &new, &[]),
        Observation::Unproven(TreeError::ProofLength(0))
    ));
    let wrong = tree.consistency_proof(7, 13).unwrap();
    assert!(matches!(see(&old, &new, &wrong), Observation::Unproven(_)));
}

#[test]
fn a_fork_at_one_size_is_proved_by_two_signatures() {
    let (a, b) = (signed(&honest(), 8, TIME_S), signed(&rewritten(3), 8, TIME_S));
    let proof = fork(see(&a, &b, &[]));
    assert!(matches!(proof, ForkProof::SameSize { .. }));
    assert_convicts(&proof);
    let innocent = ForkProof::SameSize {
        first: a.clone(),
        second: a,
    };
    assert_eq!(
        innocent.verify(signer("isp.example").vkey()),
        Err(ForkError::NoContradiction)
    );
}

#[test]
fn a_truncation_is_proved_by_the_authors_own_times() {
    let tree = honest();
    let (long, short) = (signed(&tree, 13, TIME_S), signed(&tree, 8, TIME_S + 1));
    let proof = fork(see(&long, &short, &tree.consistency_proof(8, 13).unwrap()));
    assert!(matches!(proof, ForkProof::Truncated { .. }));
    assert_convicts(&proof);
    // Seen in the other order it is the same proof.
    assert_eq!(fork(see(&short, &long, &[])), proof);
    // A witness's cosignatures do not convict the author.
    let author = signer("isp.example");
    let with_witness = |size: u64, time_s: u64| {
        let text = fixture::head(&tree, size).to_string();
        let mut note = Note::sign(&text, &[&author]).unwrap();
        note.add(cosignature::cosign(&signer("agency.example"), &text, time_s).unwrap())
            .unwrap();
        note
    };
    let (long, short) = (with_witness(13, TIME_S), with_witness(8, TIME_S + 1));
    assert_eq!(see(&long, &short, &[]), Observation::Behind { proved: false });
    let claimed = ForkProof::Truncated {
        larger: long,
        smaller: short,
    };
    assert_eq!(claimed.verify(author.vkey()), Err(ForkError::NoContradiction));
}

#[test]
fn a_rewriting_between_sizes_is_proved_by_two_inclusion_proofs() {
    let (honest, forged) = (honest(), rewritten(3));
    let (a, b) = (signed(&honest, 8, TIME_S), signed(&forged, 13, TIME_S + 1));
    let claimed = honest.consistency_proof(8, 13).unwrap();
    assert!(matches!(see(&a, &b, &claimed), Observation::Unproven(_)));
    let placed = |tree: &Tree, index, size| Placed {
        leaf: tree.leaf(index).unwrap(),
        proof: tree.inclusion_proof(index, size).unwrap(),
    };
    let author = signer("isp.example");
    let make = |index, first, second| ForkProof::rewritten(&a, &b, index, first, second, author.vkey());
    let proof = make(3, placed(&honest, 3, 8), placed(&forged, 3, 13)).unwrap();
    assert_convicts(&proof);
    // An entry that both have proves nothing, nor do proofs of different places.
    let same = make(2, placed(&honest, 2, 8), placed(&forged, 2, 13));
    assert_eq!(same, Err(ForkError::NoContradiction));
    let elsewhere = make(3, placed(&honest, 3, 8), placed(&forged, 4, 13));
    assert_eq!(elsewhere, Err(ForkError::NoContradiction));
}

#[test]
fn what_the_author_did_not_sign_says_nothing_about_the_author() {
    let author = signer("isp.example");
    let note = signed(&honest(), 8, TIME_S);
    let previous = known(&note);
    let mut head = fixture::head(&honest(), 8);
    let forged = Note::sign(&head.to_string(), &[&signer("agency.example")]).unwrap();
    let result = observe(Some(&previous), &forged, &[], author.vkey());
    assert!(matches!(result, Err(WitnessError::Checkpoint(_))));
    head.origin = accord_ledger::checkpoint::origin("isp.example", &fixture::OTHER);
    let other = head.sign(&author, TIME_S).unwrap();
    let result = observe(Some(&previous), &other, &[], author.vkey());
    assert!(matches!(result, Err(WitnessError::OtherLedger { .. })));
    let mixed = ForkProof::SameSize {
        first: note,
        second: other,
    };
    assert_eq!(mixed.verify(author.vkey()), Err(ForkError::NotTheAuthor));
}

#[test]
fn fork_proof_limits() {
    let proof = fork(see(
        &signed(&honest(), 8, TIME_S),
        &signed(&rewritten(3), 8, TIME_S),
        &[],
    ));
    let bytes = proof.encode();
    for length in 0..bytes.len() {
        assert_eq!(ForkProof::decode(&bytes[..length]), Err(ForkError::Form));
    }
    assert_eq!(
        ForkProof::decode(&[bytes.as_slice(), &[0]].concat()),
        Err(ForkError::Form)
    );
    assert_eq!(
        ForkProof::decode(&vec![1; MAX_FORK_PROOF_BYTES + 1]),
        Err(ForkError::Form)
    );
    let placed = |count| Placed {
        leaf: accord_ledger::Hash([1; 32]),
        proof: vec![accord_ledger::Hash([2; 32]); count],
    };
    let (first, second) = proof.notes();
    let sized = |count| ForkProof::Rewritten {
        first: first.clone(),
        second: second.clone(),
        index: 1,
        in_first: placed(count),
        in_second: placed(0),
    };
    assert_eq!(ForkProof::decode(&sized(64).encode()), Ok(sized(64)));
    assert_eq!(ForkProof::decode(&sized(65).encode()), Err(ForkError::Form));
}
