//! The vectors in `docs/spec/ledger.md` are what this code computes, line for line.

use accord_ledger::cosignature;
use accord_ledger::keys::SigningKey;
use accord_ledger::note::NoteSigner;
use accord_ledger::proof::Proof;
use accord_ledger::tree::{Tree, leaf_hash};
use accord_ledger::witness::ForkProof;
use accord_ledger::{Class, Clock, Hash, Head, Header, Payload, commit};
use serde_json::json;

use crate::fixture::{self, LEDGER, OTHER, TIME_S, identity, salts, seed, signer};

const SPECIFICATION: &str = include_str!("../../../../docs/spec/ledger.md");

/// One `name: value` line each; texts of several lines are given with `|` for newline.
fn vectors() -> String {
    let mut out = String::new();
    let mut put =
        |name: &str, value: String| out.push_str(&format!("{name}: {}\n", value.replace('\n', "|")));
    put("seed(isp.example)", hex::encode(seed("isp.example")));
    put("vkey(isp.example)", signer("isp.example").vkey().to_string());
    put(
        "cosigner-vkey(isp.example)",
        signer("isp.example").cosigner_vkey().to_string(),
    );
    put(
        "fingerprint(isp.example)",
        signer("isp.example").vkey().key().fingerprint(),
    );
    put(
        "cosigner-vkey(agency.example)",
        signer("agency.example").cosigner_vkey().to_string(),
    );
    put(
        "commit(custody, salt 0, abc)",
        commit("custody", &seed("salt 0"), b"abc").to_string(),
    );

    let value = json!({"kind": "request.made", "lines": ["a", {}], "number": -5, "to": {"age": null, "name": "Ann ~/"}, "urgent": true});
    let payload = Payload::build(LEDGER, 1, &value, &mut salts()).unwrap();
    put("payload.json", value.to_string());
    put("payload.bytes", hex::encode(payload.encode()));
    put("payload.root", payload.root().to_string());
    put("payload.size-class", payload.size_class().to_string());
    let disclosed = payload.disclose(|pointer| !pointer.starts_with("/to"));
    put("disclosed.json", disclosed.to_json().to_string());
    put("disclosed.bytes", hex::encode(disclosed.encode()));

    let empty = Payload::build(LEDGER, 0, &json!({}), &mut salts()).unwrap();
    put("empty.bytes", hex::encode(empty.encode()));
    put("empty.root", empty.root().to_string());

    let clock = |wall_ms, counter| Clock { wall_ms, counter };
    let first = Header::new(Class::Control, clock(TIME_S * 1000, 0), vec![], [1; 16], &empty).unwrap();
    let cited = Head {
        ledger: OTHER,
        size: 3,
        root: fixture::tree("other", 3).root(),
    };
    let second = Header::new(
        Class::Content,
        clock(TIME_S * 1000, 1),
        vec![cited],
        [2; 16],
        &payload,
    )
    .unwrap();
    for (name, header) in [("header0", &first), ("header1", &second)] {
        put(&format!("{name}.bytes"), hex::encode(header.encode()));
        put(&format!("{name}.leaf"), header.leaf_hash().to_string());
        assert_eq!(header.leaf_hash(), leaf_hash(&header.encode()));
    }

    let tree: Tree = [first.leaf_hash(), second.leaf_hash()].into_iter().collect();
    put("tree.root", tree.root().to_string());
    let mut checkpoint = fixture::signed(&tree, 2, TIME_S);
    put("checkpoint", checkpoint.encode());
    let line = cosignature::cosign(&signer("agency.example"), checkpoint.text(), TIME_S + 60).unwrap();
    checkpoint.add(line).unwrap();
    let proof = Proof {
        extra: None,
        index: 1,
        hashes: tree.inclusion_proof(1, 2).unwrap(),
        checkpoint,
    };
    put("proof", proof.encode());

    let (a, b) = (
        fixture::signed(&tree, 2, TIME_S),
        fixture::signed(&tree, 1, TIME_S + 1),
    );
    let fork = ForkProof::between(&a, &b, signer("isp.example").vkey()).unwrap();
    put("truncation.bytes", hex::encode(fork.encode()));

    put(
        "identity-vkey(isp.example)",
        identity("isp.example").vkey().to_string(),
    );
    put(
        "certificate",
        crate::certificates::certificate()
            .sign(&identity("isp.example"))
            .unwrap()
            .encode(),
    );
    put(
        "revocation",
        crate::certificates::revocation()
            .sign(&identity("isp.example"))
            .unwrap()
            .encode(),
    );
    out
}

#[test]
fn the_specification_states_what_the_code_computes() {
    let block = SPECIFICATION
        .split("```vectors\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .unwrap_or_default();
    let computed = vectors();
    assert!(
        block == computed,
        "docs/spec/ledger.md differs from the code, which computes:\n{computed}"
    );
}

/// An implementation of the commitment and the root from the words of the specification alone.
#[test]
fn the_first_payload_by_hand() {
    use sha2::{Digest, Sha256};
    let parts: [&[u8]; 8] = [
        b"accord-field/v1",
        &[0xa1; 16],
        &[0; 8],
        b"",
        b"",
        &[4],
        &seed("salt 0"),
        b"",
    ];
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    let commitment: [u8; 32] = hasher.finalize().into();
    let empty = Payload::build(LEDGER, 0, &json!({}), &mut salts()).unwrap();
    let root: [u8; 32] = Sha256::digest([&[0u8][..], &commitment].concat()).into();
    assert_eq!(empty.root(), Hash(root));
    assert_eq!(&empty.disclose(|_| false).encode()[30..], commitment);
}

#[test]
fn the_documented_key_names_are_those_of_the_signers() {
    let key = SigningKey::from_seed(&seed("isp.example"));
    assert_eq!(
        NoteSigner::new("isp.example/accord", key).unwrap().vkey(),
        signer("isp.example").vkey()
    );
    assert!(SPECIFICATION.contains("`ORG/accord/LEDGERHEX`"));
}

#[test]
fn the_specification_states_the_limits() {
    use accord_ledger::{certificate, checkpoint, note, order, payload, proof, tree};
    let limits: [(&str, usize); 19] = [
        ("MAX_PROOF_HASHES", tree::MAX_PROOF_HASHES),
        ("MAX_HEADS", accord_ledger::MAX_HEADS),
        ("MAX_LEDGERS", order::MAX_LEDGERS),
        ("MAX_PAYLOAD_BYTES", payload::MAX_PAYLOAD_BYTES),
        ("MAX_FIELDS", payload::MAX_FIELDS),
        ("MAX_FIELD_BYTES", payload::MAX_FIELD_BYTES),
        ("MAX_POINTER_BYTES", payload::MAX_POINTER_BYTES),
        ("MAX_DEPTH", payload::MAX_DEPTH),
        ("MAX_NOTE_BYTES", note::MAX_NOTE_BYTES),
        ("MAX_NOTE_LINES", note::MAX_NOTE_LINES),
        ("MAX_NOTE_SIGNATURES", note::MAX_NOTE_SIGNATURES),
        ("MAX_SIGNATURE_BYTES", note::MAX_SIGNATURE_BYTES),
        (
            "MAX_KEY_NAME_BYTES, MAX_ORIGIN_BYTES",
            checkpoint::MAX_ORIGIN_BYTES,
        ),
        ("MAX_EXTRA_BYTES", proof::MAX_EXTRA_BYTES),
        ("MAX_PROOF_BYTES", proof::MAX_PROOF_BYTES),
        ("MAX_CERTIFICATE_KEYS", certificate::MAX_CERTIFICATE_KEYS),
        ("MAX_REVOCATION_LEDGERS", certificate::MAX_REVOCATION_LEDGERS),
        ("MAX_ORG_BYTES, MAX_KIND_BYTES", certificate::MAX_ORG_BYTES),
        ("MAX_AHEAD_MS", accord_ledger::MAX_AHEAD_MS as usize),
    ];
    for (name, value) in limits {
        let row = SPECIFICATION
            .lines()
            .find(|line| line.starts_with(&format!("| {name} |")))
            .unwrap_or(name);
        let stated = row
            .rsplit('|')
            .nth(1)
            .unwrap_or_default()
            .trim_start()
            .replace(',', "");
        let digits: String = stated.chars().take_while(char::is_ascii_digit).collect();
        assert_eq!(digits, value.to_string(), "{row}");
    }
}
