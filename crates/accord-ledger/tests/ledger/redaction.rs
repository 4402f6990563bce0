//! Invariant 4: a withheld field leaves a salted commitment and nothing else.

use accord_ledger::{Payload, commit};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::fixture::{LEDGER, seed};

fn with_address(address: &Value, salt: &str) -> Payload {
    let value = json!({"address": address, "kind": "subscriber.answered", "note": "checked"});
    // Salts are asked for by key in byte order: address, kind, note.
    let mut salts = [seed(salt), seed("kind"), seed("note")].into_iter();
    Payload::build(LEDGER, 9, &value, &mut || salts.next().unwrap()).unwrap()
}

/// The slots of an encoded payload with one field withheld: the withheld commitment, and all other bytes.
fn take_apart(payload: &Payload) -> (Vec<u8>, Vec<Vec<u8>>) {
    let bytes = payload.encode();
    let mut rest = &bytes[29..];
    let (mut withheld, mut others) = (Vec::new(), vec![bytes[..29].to_vec()]);
    while let Some(first) = rest.first() {
        let length = if *first == 0 {
            33
        } else {
            let pointer = usize::from(u16::from_be_bytes([rest[33], rest[34]]));
            let shape = usize::from(rest[35 + pointer]);
            let at = 35 + pointer + 1 + shape + 1;
            at + 4 + u32::from_be_bytes(rest[at..at + 4].try_into().unwrap()) as usize
        };
        let (slot, tail) = rest.split_at(length);
        if *first == 0 {
            withheld = slot[1..].to_vec()
        } else {
            others.push(slot.to_vec())
        }
        rest = tail;
    }
    others.sort();
    (withheld, others)
}

#[test]
fn only_the_commitment_depends_on_a_withheld_field() {
    let values = [
        json!("192.0.2.1"),
        json!("10 Long Street, Anytown"),
        json!(5),
        json!(null),
        json!([]),
        json!(""),
    ];
    let first = with_address(&values[0], "salt a").disclose(|pointer| pointer != "/address");
    let (commitment, others) = take_apart(&first);
    assert_eq!(commitment.len(), 32);
    for (number, value) in values.iter().enumerate() {
        let other = with_address(value, &format!("salt {number}")).disclose(|pointer| pointer != "/address");
        let (other_commitment, other_others) = take_apart(&other);
        assert_eq!(other_others, others, "{value}: all other bytes are equal");
        assert_ne!(other_commitment, commitment);
        assert_eq!(other.encode().len(), first.encode().len());
    }
    // The same value under another salt cannot be told from another value.
    let again = with_address(&values[0], "salt z").disclose(|pointer| pointer != "/address");
    assert_ne!(take_apart(&again).0, commitment);
}

#[test]
fn no_unsalted_digest_of_a_withheld_value_appears() {
    let address = "192.0.2.1";
    let payload = with_address(&json!(address), "salt a");
    let bytes = payload.disclose(|pointer| pointer != "/address").encode();
    let contains = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    assert!(!contains(address.as_bytes()));
    assert!(!contains(b"/address"));
    assert!(!contains(&seed("salt a")), "the salt goes with its field");
    assert!(contains(&seed("kind")));
    let guesses: [Vec<u8>; 6] = [
        address.as_bytes().to_vec(),
        format!("\"{address}\"").into_bytes(),
        format!("{{\"address\":\"{address}\"}}").into_bytes(),
        [&[0u8][..], address.as_bytes()].concat(),
        [b"/address", address.as_bytes()].concat(),
        [
            &[3u8][..],
            &(address.len() as u32).to_be_bytes(),
            address.as_bytes(),
        ]
        .concat(),
    ];
    for guess in guesses {
        assert!(!contains(&Sha256::digest(&guess)), "{guess:?}");
    }
    let zero_salt = with_address(&json!(address), "none");
    assert_ne!(
        take_apart(&zero_salt.disclose(|p| p != "/address")).0,
        take_apart(&payload.disclose(|p| p != "/address")).0
    );
}

#[test]
fn a_commitment_is_bound_to_ledger_sequence_path_type_and_salt() {
    let commitment = |ledger, seq, value: Value| {
        let payload = Payload::build(ledger, seq, &value, &mut || [1; 32])
            .unwrap()
            .disclose(|_| false);
        payload.encode()[30..62].to_vec()
    };
    let base = commitment(LEDGER, 0, json!({"a": "1"}));
    let others = [
        commitment(crate::fixture::OTHER, 0, json!({"a": "1"})),
        commitment(LEDGER, 1, json!({"a": "1"})),
        commitment(LEDGER, 0, json!({"b": "1"})),
        commitment(LEDGER, 0, json!({"a": 1})),
        commitment(LEDGER, 0, json!({"a": "2"})),
    ];
    for other in &others {
        assert_ne!(*other, base);
    }
    // `{"0": 1}` and `[1]` have one pointer but not one commitment.
    assert_ne!(
        commitment(LEDGER, 0, json!({"a": {"0": 1}})),
        commitment(LEDGER, 0, json!({"a": [1]}))
    );
}

#[test]
fn the_place_of_a_withheld_field_is_random() {
    // With other salts the same three fields stand in other orders: the place says nothing about the name.
    let mut places = std::collections::BTreeSet::new();
    for round in 0..32u8 {
        let mut count = 0u8;
        let mut salts = || {
            count += 1;
            seed(&format!("round {round} {count}"))
        };
        let value = json!({"a": 1, "b": 2, "c": 3});
        let bytes = Payload::build(LEDGER, 0, &value, &mut salts)
            .unwrap()
            .disclose(|pointer| pointer != "/a")
            .encode();
        let present = 1 + 32 + 2 + 2 + 1 + 1 + 1 + 4 + 1;
        places.insert(
            [29, 29 + present, 29 + 2 * present]
                .iter()
                .position(|at| bytes[*at] == 0),
        );
    }
    assert_eq!(places.len(), 3, "{places:?}");
}

#[test]
fn custody_commitments_need_label_salt_and_bytes() {
    let before = commit("custody", &[1; 32], b"exhibit");
    assert_eq!(before, commit("custody", &[1; 32], b"exhibit"));
    for other in [
        commit("preview", &[1; 32], b"exhibit"),
        commit("custody", &[2; 32], b"exhibit"),
        commit("custody", &[1; 32], b""),
    ] {
        assert_ne!(before, other);
    }
}
