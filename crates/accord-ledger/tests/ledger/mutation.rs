//! Every change of one byte of an encoded value is refused, or what is verified is no longer the same.

use accord_ledger::note::Note;
use accord_ledger::proof::Proof;
use accord_ledger::witness::ForkProof;
use accord_ledger::{Head, Header, Payload};

use crate::fixture::{self, TIME_S, signed, signer};

/// Calls `check` with every change of one byte to one of a few other values.
fn mutate(bytes: &[u8], mut check: impl FnMut(&[u8], usize)) {
    for at in 0..bytes.len() {
        for change in [0x01, 0x20, 0x80, 0xff] {
            let mut changed = bytes.to_vec();
            changed[at] ^= change;
            check(&changed, at);
        }
    }
}

#[test]
fn headers() {
    let mut header = fixture::header(5);
    let root = accord_ledger::Hash([5; 32]);
    header.heads = vec![Head {
        ledger: fixture::OTHER,
        size: 3,
        root,
    }];
    mutate(&header.encode(), |changed, at| {
        if let Ok(read) = Header::decode(changed) {
            assert_ne!(read.leaf_hash(), header.leaf_hash(), "byte {at}");
            assert_eq!(read.encode(), changed);
        }
    });
}

#[test]
fn payloads() {
    let payload = fixture::payload(5);
    for payload in [
        payload.clone(),
        payload.disclose(|pointer| pointer == "/kind" || pointer == "/lines/1"),
    ] {
        mutate(&payload.encode(), |changed, at| {
            if let Ok(read) = Payload::decode(changed) {
                assert_ne!(read.root(), payload.root(), "byte {at}");
                assert!(read.verify(&fixture::header(5)).is_err());
                assert_eq!(read.encode(), changed);
            }
        });
    }
}

#[test]
fn notes() {
    let (a, b) = (signer("a.example"), signer("b.example"));
    let keys = [a.vkey().clone(), b.vkey().clone()];
    let note = Note::sign("one\n\ntwo\n", &[&a, &b]).unwrap();
    let verified = note.verify(&keys).unwrap();
    mutate(note.encode().as_bytes(), |changed, at| {
        if let Ok(read) = Note::parse(changed) {
            let result = read.verify(&keys);
            assert_ne!(result.as_ref(), Ok(&verified), "byte {at}");
            assert!(result.is_err() || read.text() == note.text());
            assert_eq!(read.encode().as_bytes(), changed);
        }
    });
}

#[test]
fn proofs() {
    let (proof, leaf) = crate::notes::proof();
    let author = signer("isp.example");
    let witnesses = [signer("agency.example").cosigner_vkey(), author.cosigner_vkey()];
    let verified = proof.verify(&leaf, author.vkey(), &witnesses).unwrap();
    mutate(proof.encode().as_bytes(), |changed, at| {
        if let Ok(read) = Proof::parse(changed) {
            let result = read.verify(&leaf, author.vkey(), &witnesses);
            let same = result.is_ok_and(|result| {
                (result.index, result.cosigners, result.checkpoint.checkpoint())
                    == (
                        verified.index,
                        verified.cosigners.clone(),
                        verified.checkpoint.checkpoint(),
                    )
            });
            assert!(!same, "byte {at}");
        }
    });
}

#[test]
fn fork_proofs() {
    let (honest, forged) = (fixture::tree("a", 9), fixture::tree("b", 9));
    let author = signer("isp.example");
    let cases = [
        (signed(&honest, 9, TIME_S), signed(&forged, 9, TIME_S)),
        (signed(&honest, 9, TIME_S), signed(&honest, 7, TIME_S + 1)),
    ];
    for (first, second) in cases {
        let proof = ForkProof::between(&first, &second, author.vkey()).unwrap();
        mutate(&proof.encode(), |changed, at| {
            if let Ok(read) = ForkProof::decode(changed) {
                // Bytes outside what is signed (a spare cosignature) may change; what is proved may not.
                let texts = |proof: &ForkProof| {
                    [
                        proof.notes().0.text().to_owned(),
                        proof.notes().1.text().to_owned(),
                    ]
                };
                assert!(
                    read.verify(author.vkey()).is_err() || texts(&read) == texts(&proof),
                    "byte {at}"
                );
            }
        });
    }
}
