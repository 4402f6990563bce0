use accord_ledger::certificate::{Certificate, Revocation};
use accord_ledger::checkpoint::Checkpoint;
use accord_ledger::note::{Note, VerifierKey};
use accord_ledger::proof::Proof;
use accord_ledger::tree::MAX_TREE_SIZE;
use accord_ledger::witness::ForkProof;
use accord_ledger::{Class, Clock, Hash, Head, Header, LedgerId, Payload};
use proptest::prelude::*;
use serde_json::Value;

use crate::fixture::{LEDGER, seed};

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ]
}

fn json() -> impl Strategy<Value = Value> {
    let inner = leaf().prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[a-z0-9~/]{0,3}", inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    prop::collection::btree_map("[a-z0-9~/ ]{0,4}", inner, 0..6)
        .prop_map(|map| Value::Object(map.into_iter().collect()))
}

fn header() -> impl Strategy<Value = Header> {
    let head = (1..=MAX_TREE_SIZE, any::<[u8; 32]>());
    let heads = prop::collection::btree_map(any::<[u8; 16]>(), head, 0..6);
    let clock = (any::<u64>(), any::<u32>());
    let rest = (
        any::<bool>(),
        any::<[u8; 16]>(),
        0..MAX_TREE_SIZE,
        0u8..=22,
        any::<[u8; 16]>(),
        any::<[u8; 32]>(),
    );
    (heads, clock, rest).prop_map(
        |(heads, (wall_ms, counter), (control, ledger, seq, size_class, nonce, root))| Header {
            class: if control { Class::Control } else { Class::Content },
            ledger: LedgerId(ledger),
            seq,
            clock: Clock { wall_ms, counter },
            heads: heads
                .into_iter()
                .filter(|(other, _)| *other != ledger)
                .map(|(ledger, (size, root))| Head {
                    ledger: LedgerId(ledger),
                    size,
                    root: Hash(root),
                })
                .collect(),
            size_class,
            nonce,
            payload_root: Hash(root),
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn headers_round_trip(header in header()) {
        let bytes = header.encode();
        prop_assert_eq!(Header::decode(&bytes), Ok(header));
    }

    #[test]
    fn payloads_round_trip_and_redact(value in json(), salt in any::<u64>(), keep in any::<u64>()) {
        let mut count = 0u64;
        let mut salts = || { count += 1; seed(&format!("{salt} {count}")) };
        let payload = Payload::build(LEDGER, salt >> 2, &value, &mut salts).unwrap();
        prop_assert_eq!(payload.to_json(), value);
        prop_assert_eq!(&Payload::decode(&payload.encode()).unwrap(), &payload);
        let mut turn = 0;
        let disclosed = payload.disclose(|_| { turn += 1; keep >> (turn % 64) & 1 == 1 });
        prop_assert_eq!(disclosed.root(), payload.root());
        prop_assert!(disclosed.encoded_length() <= payload.encoded_length());
        let read = Payload::decode(&disclosed.encode()).unwrap();
        prop_assert_eq!(&read, &disclosed);
        for (pointer, leaf) in read.fields() {
            prop_assert_eq!(payload.get(pointer), Some(leaf));
        }
        // Withholding in steps gives the same as withholding at once.
        prop_assert_eq!(payload.disclose(|_| true).disclose(|_| false), disclosed.disclose(|_| false));
    }

    #[test]
    fn hostile_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Header::decode(&bytes);
        let _ = Payload::decode(&bytes);
        let _ = Note::parse(&bytes);
        let _ = Proof::parse(&bytes);
        let _ = ForkProof::decode(&bytes);
        if let Ok(text) = std::str::from_utf8(&bytes) {
            prop_assert!(Checkpoint::parse(text).is_err());
            prop_assert!(Certificate::parse(text).is_err());
        }
    }

    #[test]
    fn hostile_text_never_panics(text in "([a-z/+= \n0-9\u{2014}]|c2sp.org/tlog-proof@v1\n|index |extra |\n\n\u{2014} ){0,60}") {
        let _ = text.parse::<VerifierKey>();
        let _ = Checkpoint::parse(&text);
        let _ = Certificate::parse(&text);
        let _ = Revocation::parse(&text);
        let _ = Proof::parse(text.as_bytes());
        if let Ok(note) = Note::parse(text.as_bytes()) {
            prop_assert_eq!(note.encode(), text);
        }
    }

    #[test]
    fn damaged_values_never_panic(
        cut in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        for good in [crate::fixture::header(1).encode(), crate::fixture::payload(1).encode()] {
            let mut bytes = good.clone();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            bytes.truncate(cut.index(bytes.len()) + 1);
            if let Ok(header) = Header::decode(&bytes) {
                prop_assert_eq!(header.encode(), bytes.clone());
            }
            if let Ok(payload) = Payload::decode(&bytes) {
                prop_assert_eq!(payload.encode(), bytes);
            }
        }
    }
}
