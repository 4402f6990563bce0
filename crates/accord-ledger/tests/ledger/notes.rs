use accord_ledger::Hash;
use accord_ledger::checkpoint::{Checkpoint, CheckpointError, MAX_ORIGIN_BYTES, SignedCheckpoint};
use accord_ledger::cosignature::{self, MAX_TIME_S};
use accord_ledger::keys::SigningKey;
use accord_ledger::note::{
    KeyKind, MAX_KEY_NAME_BYTES, MAX_NOTE_BYTES, MAX_NOTE_LINES, MAX_NOTE_SIGNATURES, MAX_SIGNATURE_BYTES,
    Note, NoteError, NoteSigner, Signature, VerifierKey,
};
use accord_ledger::proof::{MAX_EXTRA_BYTES, MAX_PROOF_BYTES, Proof, ProofError};
use accord_ledger::tree::{MAX_PROOF_HASHES, MAX_TREE_SIZE};

use crate::fixture::{self, TIME_S, signer};

fn vkey(text: &str) -> VerifierKey {
    text.parse().unwrap()
}

/// The reference note of Go's `sumdb/note`: our signature is theirs, byte for byte.
#[test]
fn the_go_reference_note() {
    let seed = hex::decode("810a1402d5146c8d84f2443330f54080ebf98ee17d9c74f6252fc5d5c7283173").unwrap();
    let key = vkey("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
    let text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    let whole = format!(
        "{text}\n\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    );
    let note = Note::parse(whole.as_bytes()).unwrap();
    assert_eq!(note.text(), text);
    assert_eq!(note.verify(std::slice::from_ref(&key)).unwrap()[0].key, key);
    let signer = NoteSigner::new("PeterNeumann", SigningKey::from_seed(&seed.try_into().unwrap())).unwrap();
    assert_eq!(signer.vkey(), &key);
    assert_eq!(Note::sign(text, &[&signer]).unwrap().encode(), whole);
    let changed = Note::parse(whole.replace("cryptography", "cryptographY").as_bytes()).unwrap();
    assert_eq!(
        changed.verify(&[key]),
        Err(NoteError::BadSignature("PeterNeumann".into()))
    );
}

/// The example of C2SP signed-note.
#[test]
fn the_c2sp_signed_note_vector() {
    let key = vkey("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k");
    let whole = "This is an example message.\n\n\u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
    let note = Note::parse(whole.as_bytes()).unwrap();
    assert_eq!(note.verify(&[key]).unwrap().len(), 1);
}

/// A checkpoint of a public certificate transparency log with the lines of four witnesses and one of a signature
/// type not known here; one witness's key and the log's own Ed25519 key are known.
#[test]
fn a_real_witnessed_checkpoint() {
    let whole = "arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

— arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
— transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4AscylP3v7sEodkRAErumC2q44vdgJY096st5BQ==
— witness1.smartit.nu/witness1 pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmNWVuE0tgh0XwzdZsDsUAQ==
— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==
— witness.stagemole.eu Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUFucgKi7lI7cUiOvKFYe/TmN9DAg==
";
    let log =
        vkey("arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f");
    let witnesses = [
        vkey("remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"),
        vkey("witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv"),
        vkey(
            "transparency.dev/DEV:witness-little-garden+d8042a87+BCtusOxINQNUTN5Oj8HObRkh2yHf/MwYaGX4CPdiVEPM",
        ),
        vkey("witness1.smartit.nu/witness1+a48c820f+BPSFWg9G6KPiO7QPryYO5Xq4oYJJ+kAvLKLSimDhoxMO"),
    ];
    let signed = SignedCheckpoint::open_bytes(whole.as_bytes(), &log).unwrap();
    assert_eq!(signed.checkpoint().size, 1_432_088_532);
    let times: Vec<_> = signed
        .cosigners(&witnesses)
        .unwrap()
        .iter()
        .map(|verified| verified.time_s)
        .collect();
    assert_eq!(times, [Some(0x6a12_2120); 4]);
    assert_eq!(signed.note().encode(), whole, "unknown signatures are kept");
    let changed = whole.replace("1432088532", "1432088533");
    assert!(SignedCheckpoint::open_bytes(changed.as_bytes(), &log).is_err());
}

#[test]
fn verifier_keys_have_one_spelling() {
    let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    assert_eq!(vkey(text).to_string(), text);
    for at in 0..text.len() {
        for byte in [b'A', b'0', b'+', b' ', b'z'] {
            let mut bytes = text.as_bytes().to_vec();
            if bytes[at] != byte {
                bytes[at] = byte;
                assert!(
                    String::from_utf8(bytes).unwrap().parse::<VerifierKey>().is_err(),
                    "{at} {byte}"
                );
            }
        }
        assert!(text[..at].parse::<VerifierKey>().is_err());
    }
    let key = SigningKey::from_seed(&[1; 32]);
    for name in ["", "a b", "a+b", "a\u{a0}b", "a\nb"] {
        assert_eq!(
            NoteSigner::new(name, key.clone()).map(|_| ()),
            Err(NoteError::KeyName),
            "{name:?}"
        );
    }
    assert!(NoteSigner::new(&"n".repeat(MAX_KEY_NAME_BYTES), key.clone()).is_ok());
    assert!(NoteSigner::new(&"n".repeat(MAX_KEY_NAME_BYTES + 1), key).is_err());
}

#[test]
fn malformed_notes_are_refused() {
    let good = Note::sign("a\n\nb\n", &[&signer("isp.example")])
        .unwrap()
        .encode();
    assert_eq!(
        Note::parse(good.as_bytes()).unwrap().text(),
        "a\n\nb\n",
        "the last empty line separates"
    );
    let line = good.lines().last().unwrap();
    let (name, blob) = line.trim_start_matches("\u{2014} ").split_once(' ').unwrap();
    for bad in [
        String::new(),
        "\n".into(),
        "\n\n".into(),
        "text\n".into(),
        "text\n\n".into(),
        "text\n\n\n".into(),
        good.trim_end().into(),
        format!("{good}\n"),
        format!("text\r\n\n{line}\n"),
        format!("te\txt\n\n{line}\n"),
        format!("text\n\n- {name} {blob}\n"),
        format!("text\n\n\u{2014}{name} {blob}\n"),
        format!("text\n\n\u{2014} {name}  {blob}\n"),
        format!("text\n\n\u{2014} {name} {blob} \n"),
        format!("text\n\n\u{2014} {name} {}\n", blob.trim_end_matches('=')),
        format!("text\n\n\u{2014} {name} AAAA\n"),
        format!("text\n\n\u{2014} {name} AAAAAA==\n"),
        format!(
            "text\n\n\u{2014} {name} {}\n",
            blob.replace('/', "_").replace('+', "-") + "!"
        ),
        format!("text\n\n\u{2014} na+me {blob}\n"),
        format!("text\n\n{line}\n{line}\n"),
    ] {
        assert!(Note::parse(bad.as_bytes()).is_err(), "{bad:?}");
    }
    assert_eq!(Note::parse(&[0xff, b'\n', b'\n']), Err(NoteError::Text));
    assert_eq!(Note::sign("text", &[&signer("a")]), Err(NoteError::Text));
    assert_eq!(Note::sign("text\n", &[]), Err(NoteError::NoSignatures));
    let confusing = "cosignature/v1\ntime 1\na\n1\nb\n";
    assert_eq!(
        Note::sign(confusing, &[&signer("a")]),
        Err(NoteError::Text),
        "no signature passes as a cosignature"
    );
}

fn unknown(number: usize, length: usize) -> Signature {
    Signature {
        name: format!("w{number}"),
        key_id: [0; 4],
        bytes: vec![1; length],
    }
}

#[test]
fn note_limits_and_one_past_them() {
    let key = signer("isp.example");
    let lines = |count: usize| "a\n".repeat(count);
    let note = Note::sign(&lines(MAX_NOTE_LINES), &[&key]).unwrap();
    assert!(Note::parse(note.encode().as_bytes()).is_ok());
    assert_eq!(
        Note::sign(&lines(MAX_NOTE_LINES + 1), &[&key]),
        Err(NoteError::TooManyLines(MAX_NOTE_LINES + 1))
    );
    let longer = format!("a\n{}", note.encode());
    assert_eq!(
        Note::parse(longer.as_bytes()),
        Err(NoteError::TooManyLines(MAX_NOTE_LINES + 1))
    );

    let mut note = Note::sign("a\n", &[&key]).unwrap();
    for number in 1..MAX_NOTE_SIGNATURES {
        note.add(unknown(number, 8)).unwrap();
    }
    assert_eq!(note.add(unknown(0, 8)), Err(NoteError::TooManySignatures));
    let bytes = note.encode();
    assert_eq!(
        Note::parse(bytes.as_bytes()).unwrap().signatures().len(),
        MAX_NOTE_SIGNATURES
    );
    let more = format!("{bytes}\u{2014} w0 AAAAAAAA\n");
    assert_eq!(Note::parse(more.as_bytes()), Err(NoteError::TooManySignatures));

    let mut note = Note::sign("a\n", &[&key]).unwrap();
    note.add(unknown(1, MAX_SIGNATURE_BYTES - 4)).unwrap();
    assert!(Note::parse(note.encode().as_bytes()).is_ok());
    assert_eq!(
        note.add(unknown(2, MAX_SIGNATURE_BYTES - 3)),
        Err(NoteError::SignatureLine)
    );

    let overhead = Note::sign("a\n", &[&key]).unwrap().encode().len() - 2;
    let at_limit = format!("{}\n", "a".repeat(MAX_NOTE_BYTES - overhead - 1));
    let note = Note::sign(&at_limit, &[&key]).unwrap();
    assert_eq!(note.encode().len(), MAX_NOTE_BYTES);
    assert!(Note::parse(note.encode().as_bytes()).is_ok());
    assert_eq!(
        Note::sign(&format!("a{at_limit}"), &[&key]),
        Err(NoteError::TooLong(MAX_NOTE_BYTES + 1))
    );
    let past = format!("a{}", note.encode());
    assert_eq!(
        Note::parse(past.as_bytes()),
        Err(NoteError::TooLong(MAX_NOTE_BYTES + 1))
    );
}

#[test]
fn known_keys_must_verify_and_unknown_ones_are_ignored() {
    let (a, b, c) = (signer("a.example"), signer("b.example"), signer("c.example"));
    let note = Note::sign("text\n", &[&a, &b]).unwrap();
    let keys = [a.vkey().clone(), b.vkey().clone(), c.vkey().clone()];
    assert_eq!(note.verify(&keys).unwrap().len(), 2);
    assert_eq!(note.verify(&keys[..1]).unwrap().len(), 1);
    assert_eq!(note.verify(&keys[2..]), Err(NoteError::Unknown));
    assert_eq!(note.verify(&[]), Err(NoteError::Unknown));
    let mut forged = note.clone();
    let line = Signature {
        bytes: note.signatures()[0].bytes.clone(),
        ..note.signatures()[1].clone()
    };
    forged.add(line).unwrap();
    assert_eq!(
        forged.verify(&keys),
        Err(NoteError::BadSignature("b.example/accord".into()))
    );
    assert!(forged.verify(&keys[..1]).is_ok());
}

#[test]
fn checkpoints_have_one_spelling() {
    let tree = fixture::tree("t", 12);
    let good = fixture::head(&tree, 12);
    let text = good.to_string();
    assert_eq!(Checkpoint::parse(&text).unwrap(), good);
    assert_eq!(good.ledger(), Some(("isp.example", fixture::LEDGER)));
    let root = text.lines().nth(2).unwrap();
    for bad in [
        format!("o\n12\n{root}"),
        format!("o\n012\n{root}\n"),
        format!("o\n+12\n{root}\n"),
        format!("o\n-1\n{root}\n"),
        format!("o\n \n{root}\n"),
        format!("\n12\n{root}\n"),
        format!("o\n12\n{root}\nextension\n"),
        format!("o\n12\n{root}\n\n"),
        format!("o\n12\n{}\n", &root[..40]),
        format!("o\n12\n{}\n", root.trim_end_matches('=')),
        format!("o\n18446744073709551616\n{root}\n"),
        "o\n12\n".into(),
    ] {
        assert_eq!(Checkpoint::parse(&bad), Err(CheckpointError::Form), "{bad:?}");
    }
    let sized = |size: u64| Checkpoint::parse(&format!("o\n{size}\n{root}\n"));
    assert!(sized(MAX_TREE_SIZE).is_ok());
    assert_eq!(sized(MAX_TREE_SIZE + 1), Err(CheckpointError::Size));
    let named = |length: usize| Checkpoint::parse(&format!("{}\n1\n{root}\n", "o".repeat(length)));
    assert!(named(MAX_ORIGIN_BYTES).is_ok());
    assert_eq!(named(MAX_ORIGIN_BYTES + 1), Err(CheckpointError::Form));
}

#[test]
fn no_organisation_speaks_for_another() {
    let head = fixture::head(&fixture::tree("t", 3), 3);
    for name in ["agency.example", "isp.exampl", "isp.example.org"] {
        let other = signer(name);
        assert!(
            matches!(
                head.sign(&other, TIME_S),
                Err(CheckpointError::OtherOrigin { .. })
            ),
            "{name}"
        );
        let note = Note::sign(&head.to_string(), &[&other]).unwrap();
        assert!(matches!(
            SignedCheckpoint::open(note, other.vkey()),
            Err(CheckpointError::OtherOrigin { .. })
        ));
    }
}

#[test]
fn cosignatures_carry_their_time() {
    let tree = fixture::tree("t", 5);
    let author = signer("isp.example");
    let (w1, w2) = (signer("agency.example"), signer("vendor.example"));
    let witnesses = [w1.cosigner_vkey(), w2.cosigner_vkey()];
    let mut note = fixture::signed(&tree, 5, TIME_S);
    note.add(cosignature::cosign(&w1, note.text(), TIME_S + 7).unwrap())
        .unwrap();
    let signed = SignedCheckpoint::open(note.clone(), author.vkey()).unwrap();
    let cosigners = signed.cosigners(&witnesses).unwrap();
    assert_eq!(cosigners.len(), 1);
    assert_eq!(
        (cosigners[0].key.clone(), cosigners[0].time_s),
        (witnesses[0].clone(), Some(TIME_S + 7))
    );
    // A signature of one kind is none of the other.
    assert_eq!(note.verify(&[w1.vkey().clone()]), Err(NoteError::Unknown));
    // The time is signed.
    let mut line = note.signatures().last().unwrap().clone();
    line.bytes[7] ^= 1;
    note.add(line).unwrap();
    assert!(note.verify(&witnesses).is_err());
    let text = signed.note().text();
    assert!(cosignature::cosign(&w1, text, MAX_TIME_S).is_ok());
    assert_eq!(
        cosignature::cosign(&w1, text, MAX_TIME_S + 1),
        Err(NoteError::Cosign)
    );
    assert_eq!(
        cosignature::cosign(&w1, "no checkpoint\n", 1),
        Err(NoteError::Cosign)
    );
}

#[test]
fn merging_keeps_the_later_cosignature_and_drops_bad_ones() {
    let tree = fixture::tree("t", 5);
    let w = signer("agency.example");
    let keys = [signer("isp.example").vkey().clone(), w.cosigner_vkey()];
    let base = fixture::signed(&tree, 5, TIME_S);
    let with = |time_s: u64| {
        let mut note = base.clone();
        note.add(cosignature::cosign(&w, base.text(), time_s).unwrap())
            .unwrap();
        note
    };
    let (early, late) = (with(TIME_S), with(TIME_S + 1));
    let mut merged = base.clone();
    assert_eq!(merged.merge(&late, &keys), Ok(1));
    assert_eq!(merged.merge(&early, &keys), Ok(0));
    assert_eq!(merged.merge(&late, &keys), Ok(0));
    assert_eq!(merged, late);
    let mut merged = early.clone();
    assert_eq!(merged.merge(&late, &keys), Ok(1));
    assert_eq!(merged, late);
    let mut bad = late.clone();
    bad.add(Signature {
        bytes: vec![0; 72],
        ..late.signatures()[2].clone()
    })
    .unwrap();
    bad.add(unknown(1, 8)).unwrap();
    assert_eq!(merged.merge(&bad, &keys), Ok(0));
    assert_eq!(
        merged.merge(&fixture::signed(&tree, 4, TIME_S), &keys),
        Ok(0),
        "another text"
    );
    assert_eq!(keys[1].kind(), KeyKind::CosignatureV1);
}

pub fn proof() -> (Proof, Hash) {
    let tree = fixture::tree("t", 11);
    let mut checkpoint = fixture::signed(&tree, 11, TIME_S);
    let line = cosignature::cosign(&signer("agency.example"), checkpoint.text(), TIME_S).unwrap();
    checkpoint.add(line).unwrap();
    let proof = Proof {
        extra: None,
        index: 6,
        hashes: tree.inclusion_proof(6, 11).unwrap(),
        checkpoint,
    };
    (proof, tree.leaf(6).unwrap())
}

#[test]
fn proofs_verify_offline() {
    let (mut proof, leaf) = proof();
    let author = signer("isp.example");
    let witness = signer("agency.example").cosigner_vkey();
    let text = proof.encode();
    assert_eq!(Proof::parse(text.as_bytes()).unwrap(), proof);
    let verified = proof
        .verify(&leaf, author.vkey(), std::slice::from_ref(&witness))
        .unwrap();
    assert_eq!((verified.index, verified.cosigners.len()), (6, 1));
    assert!(proof.verify(&Hash([0; 32]), author.vkey(), &[]).is_err());
    assert!(proof.verify(&leaf, signer("agency.example").vkey(), &[]).is_err());
    proof.extra = Some(b"anything".to_vec());
    assert_eq!(Proof::parse(proof.encode().as_bytes()).unwrap(), proof);
    assert!(
        proof
            .verify(&leaf, author.vkey(), &[])
            .unwrap()
            .cosigners
            .is_empty()
    );
    for bad in [
        text.replace("index 6", "index 06"),
        text.replace("index 6", "index"),
        text.replace("@v1", "@v2"),
        text.replace("index 6\n", "index 6\n\n"),
        text.replace("index 6\n", "index 6\nAAAA\n"),
        text.replace("index 6\n", "extra A\nindex 6\n"),
        text.replacen("\n\n", "\n", 1),
    ] {
        assert!(Proof::parse(bad.as_bytes()).is_err(), "{bad}");
    }
}

#[test]
fn proof_limits_and_one_past_them() {
    let (mut proof, _) = proof();
    proof.hashes = vec![Hash([1; 32]); MAX_PROOF_HASHES];
    proof.extra = Some(vec![1; MAX_EXTRA_BYTES]);
    assert_eq!(Proof::parse(proof.encode().as_bytes()).unwrap(), proof);
    proof.hashes.push(Hash([1; 32]));
    assert_eq!(
        Proof::parse(proof.encode().as_bytes()),
        Err(ProofError::Form("more than 64 hashes"))
    );
    proof.hashes.clear();
    proof.extra = Some(vec![1; MAX_EXTRA_BYTES + 1]);
    assert!(matches!(
        Proof::parse(proof.encode().as_bytes()),
        Err(ProofError::Form(_))
    ));
    let filler = |length: usize| Proof::parse(&vec![b'a'; length]);
    assert!(matches!(filler(MAX_PROOF_BYTES), Err(ProofError::Form(_))));
    assert_eq!(
        filler(MAX_PROOF_BYTES + 1),
        Err(ProofError::TooLong(MAX_PROOF_BYTES + 1))
    );
}
