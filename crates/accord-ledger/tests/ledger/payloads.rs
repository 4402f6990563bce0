use accord_ledger::payload::{
    Leaf, MAX_DEPTH, MAX_FIELD_BYTES, MAX_FIELDS, MAX_PAYLOAD_BYTES, MAX_POINTER_BYTES, PayloadError,
};
use accord_ledger::{Payload, header::size_class_of};
use serde_json::{Value, json};

use crate::fixture::{self, LEDGER, salts};

fn build(value: &Value) -> Result<Payload, PayloadError> {
    Payload::build(LEDGER, 4, value, &mut salts())
}

#[test]
fn json_comes_back_as_it_went_in() {
    let values = [
        json!({}),
        json!({"": {"": {"": 1}}}),
        json!({"a/b": {"~": [[], {}, [[null]]]}, "~1": true, "c": false}),
        json!({"0": {"0": 1, "1": 2}, "1": [1, 2]}),
        json!({"n": [i64::MIN, -1, 0, 1, i64::MAX, u64::MAX]}),
        json!({"text": "Zoë \u{1F50D}\n\u{0}", "list": [{"a": 1}, {"a": 2}]}),
    ];
    for value in values {
        let payload = build(&value).unwrap();
        assert_eq!(payload.to_json(), value);
        assert!(payload.is_complete());
        let bytes = payload.encode();
        assert_eq!(bytes.len(), payload.encoded_length());
        assert_eq!(payload.size_class(), size_class_of(bytes.len()));
        assert_eq!(Payload::decode(&bytes), Ok(payload));
    }
}

#[test]
fn fields_are_found_by_pointer() {
    let payload = fixture::payload(0);
    assert_eq!(payload.text("/kind"), Some("request.made"));
    assert_eq!(payload.text("/to/name"), Some("Ann ~/"));
    assert_eq!(payload.get("/number"), Some(&Leaf::Integer(0)));
    assert_eq!(payload.get("/to/age"), Some(&Leaf::Null));
    assert_eq!(payload.get("/to"), None);
    let pointers: Vec<_> = payload.fields().into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(
        pointers,
        ["/kind", "/lines/0", "/lines/1", "/number", "/to/age", "/to/name"]
    );
}

#[test]
fn withheld_fields_are_absent_and_list_elements_null() {
    let value = json!({"list": ["a", "b", "c"], "name": {"first": "Ann", "last": "Lee"}});
    let payload = build(&value).unwrap();
    let cases: [(&str, Value); 4] = [
        (
            "/list/0",
            json!({"list": [null, "b", "c"], "name": {"first": "Ann", "last": "Lee"}}),
        ),
        (
            "/list/2",
            json!({"list": ["a", "b"], "name": {"first": "Ann", "last": "Lee"}}),
        ),
        ("/list", json!({"name": {"first": "Ann", "last": "Lee"}})),
        ("", json!({})),
    ];
    for (pointer, expected) in cases {
        let within = |field: &str| {
            field
                .strip_prefix(pointer)
                .is_some_and(|r| r.is_empty() || r.starts_with('/'))
        };
        let withheld = payload.disclose(|field| !within(field));
        let mut destroyed = payload.clone();
        assert_eq!(destroyed.destroy(pointer), withheld.withheld());
        assert_eq!(destroyed, withheld);
        assert_eq!(withheld.to_json(), expected);
        assert_eq!(withheld.root(), payload.root());
        assert!(!withheld.is_complete());
        assert_eq!(Payload::decode(&withheld.encode()), Ok(withheld));
    }
    assert_eq!(payload.clone().destroy("/li"), 0, "a pointer is no text prefix");
    assert_eq!(payload.clone().destroy("/list/1"), 1);
}

#[test]
fn disclosed_payloads_verify_against_the_header() {
    let (header, payload) = (fixture::header(3), fixture::payload(3));
    payload.verify(&header).unwrap();
    payload.disclose(|_| false).verify(&header).unwrap();
    assert_eq!(fixture::payload(4).verify(&header), Err(PayloadError::OtherEntry));
    let other = Payload::build(LEDGER, 3, &json!({"kind": "x"}), &mut salts()).unwrap();
    assert_eq!(other.verify(&header), Err(PayloadError::OtherRoot));
    for wrong in [header.size_class - 1, header.size_class + 1] {
        let mut header = header.clone();
        header.size_class = wrong;
        assert_eq!(payload.verify(&header), Err(PayloadError::OtherSize));
    }
}

#[test]
fn what_is_no_payload_is_refused() {
    for value in [json!(null), json!([1]), json!("x"), json!(1)] {
        assert_eq!(build(&value), Err(PayloadError::NotAnObject));
    }
    let fraction = build(&json!({"a": {"b": 1.5}}));
    assert_eq!(fraction, Err(PayloadError::NotAnInteger("/a/b".into())));
    assert_eq!(
        build(&json!({"a": 1.0})),
        Err(PayloadError::NotAnInteger("/a".into()))
    );
}

fn nested(levels: usize) -> Value {
    (0..levels).fold(json!(1), |value, _| json!({ "a": value }))
}

#[test]
fn limits_and_one_past_them() {
    let list = |count: usize| json!({"l": vec![Value::Null; count]});
    assert_eq!(build(&list(MAX_FIELDS)).unwrap().fields().len(), MAX_FIELDS);
    assert_eq!(
        build(&list(MAX_FIELDS + 1)),
        Err(PayloadError::TooManyFields(MAX_FIELDS + 1))
    );
    let two = json!({"a": 1, "l": vec![Value::Null; MAX_FIELDS]});
    assert_eq!(build(&two), Err(PayloadError::TooManyFields(MAX_FIELDS + 1)));

    let text = |length: usize| json!({"a": "x".repeat(length)});
    let at_limit = build(&text(MAX_FIELD_BYTES)).unwrap();
    assert_eq!(Payload::decode(&at_limit.encode()), Ok(at_limit));
    assert_eq!(
        build(&text(MAX_FIELD_BYTES + 1)),
        Err(PayloadError::FieldTooLong(MAX_FIELD_BYTES + 1))
    );

    let key = |length: usize| json!({"k".repeat(length - 1): 1});
    let at_limit = build(&key(MAX_POINTER_BYTES)).unwrap();
    assert_eq!(Payload::decode(&at_limit.encode()), Ok(at_limit));
    assert_eq!(
        build(&key(MAX_POINTER_BYTES + 1)),
        Err(PayloadError::PointerTooLong(MAX_POINTER_BYTES + 1))
    );

    let at_limit = build(&nested(MAX_DEPTH)).unwrap();
    assert_eq!(Payload::decode(&at_limit.encode()), Ok(at_limit));
    assert_eq!(build(&nested(MAX_DEPTH + 1)), Err(PayloadError::TooDeep));
}

#[test]
fn four_mebibytes_and_one_past_it() {
    let mut value = json!({});
    for name in ["a", "b", "c"] {
        value[name] = json!("x".repeat(MAX_FIELD_BYTES));
    }
    let rest = {
        value["d"] = json!("");
        MAX_PAYLOAD_BYTES - build(&value).unwrap().encoded_length()
    };
    value["d"] = json!("x".repeat(rest));
    let payload = build(&value).unwrap();
    assert_eq!(payload.size_class(), 22);
    let bytes = payload.encode();
    assert_eq!(bytes.len(), MAX_PAYLOAD_BYTES);
    assert_eq!(Payload::decode(&bytes), Ok(payload));
    value["d"] = json!("x".repeat(rest + 1));
    assert_eq!(build(&value), Err(PayloadError::TooLong(MAX_PAYLOAD_BYTES + 1)));
    let long = vec![1u8; MAX_PAYLOAD_BYTES + 1];
    assert_eq!(
        Payload::decode(&long),
        Err(PayloadError::TooLong(MAX_PAYLOAD_BYTES + 1))
    );
}

/// Bytes of a payload with these fields `(salt byte, pointer, shape, type, value)`, in the order that makes them
/// canonical; `withheld` commitments of 0xff.. and above come last.
fn raw(fields: &[(u8, &str, &str, u8, &str)], withheld: u32) -> Vec<u8> {
    let encode = |field: &(u8, &str, &str, u8, &str)| {
        let (salt, pointer, shape, kind, value) = *field;
        let mut out = vec![1];
        out.extend([salt; 32]);
        out.extend((pointer.len() as u16).to_be_bytes());
        out.extend(pointer.as_bytes());
        out.push(shape.len() as u8);
        out.extend(shape.as_bytes());
        out.push(kind);
        out.extend((value.len() as u32).to_be_bytes());
        out.extend(value.as_bytes());
        out
    };
    let head = |count: u32| [&[1u8][..], &LEDGER.0, &4u64.to_be_bytes(), &count.to_be_bytes()].concat();
    // The decoder tells of two fields whether they ascend: try all orders (there are few fields).
    let mut order: Vec<usize> = (0..fields.len()).collect();
    let mut last = Vec::new();
    for _ in 0..24 {
        let mut bytes = head(fields.len() as u32 + withheld);
        for index in &order {
            bytes.extend(encode(&fields[*index]));
        }
        for number in 0..withheld {
            bytes.push(0);
            bytes.extend([0xff; 28]);
            bytes.extend((u32::MAX - withheld + number).to_be_bytes());
        }
        let canonical =
            Payload::decode(&bytes) != Err(PayloadError::NotCanonical("fields ascend by commitment"));
        last = bytes;
        if canonical {
            break;
        }
        // Next permutation.
        let pivot = (0..order.len() - 1).rev().find(|i| order[*i] < order[i + 1]);
        match pivot {
            None => order.reverse(),
            Some(pivot) => {
                let swap = (0..order.len()).rev().find(|i| order[*i] > order[pivot]).unwrap();
                order.swap(pivot, swap);
                order[pivot + 1..].reverse();
            }
        }
    }
    last
}

#[test]
fn second_spellings_and_contradictions_are_refused() {
    type Fields<'a> = &'a [(u8, &'a str, &'a str, u8, &'a str)];
    let refused: &[(Fields<'_>, u32)] = &[
        (&[(1, "/a", "k", 2, "01")], 0),
        (&[(1, "/a", "k", 2, "-0")], 0),
        (&[(1, "/a", "k", 2, "+1")], 0),
        (&[(1, "/a", "k", 2, "18446744073709551616")], 0),
        (&[(1, "/a", "k", 2, "-9223372036854775809")], 0),
        (&[(1, "/a", "k", 1, "\u{2}")], 0),
        (&[(1, "/a", "k", 0, "x")], 0),
        (&[(1, "/a", "k", 6, "")], 0),
        (&[(1, "a", "k", 0, "")], 0),
        (&[(1, "/a", "kk", 0, "")], 0),
        (&[(1, "/a/b", "k", 0, "")], 0),
        (&[(1, "/a", "x", 0, "")], 0),
        (&[(1, "/a~2", "k", 0, "")], 0),
        (&[(1, "/a~", "k", 0, "")], 0),
        (&[(1, "/a/00", "ki", 0, "")], 0),
        (&[(1, "/a/-1", "ki", 0, "")], 0),
        (&[(1, "/a/32768", "ki", 0, "")], 32_700),
        (&[(1, "/0", "i", 0, "")], 0),
        (&[(1, "", "", 0, "")], 0),
        (&[(1, "", "", 5, "")], 0),
        // Fields that contradict each other.
        (&[(1, "/a", "k", 0, ""), (2, "/a", "k", 0, "")], 0),
        (&[(1, "/a", "k", 0, ""), (2, "/a/b", "kk", 0, "")], 0),
        (&[(1, "/a", "k", 5, ""), (2, "/a/0", "ki", 0, "")], 0),
        (&[(1, "/a/0", "ki", 0, ""), (2, "/a/0", "kk", 0, "")], 0),
        (&[(1, "", "", 4, ""), (2, "/a", "k", 0, "")], 0),
        // A list with more holes than fields are withheld.
        (&[(1, "/a/1", "ki", 0, "")], 0),
        (&[(1, "/a/2", "ki", 0, "")], 1),
        (&[(1, "/a/1", "ki", 0, ""), (2, "/b/1", "ki", 0, "")], 1),
    ];
    for (fields, withheld) in refused {
        let result = Payload::decode(&raw(fields, *withheld));
        assert!(result.is_err(), "{fields:?} {withheld}: {result:?}");
        assert_ne!(
            result,
            Err(PayloadError::NotCanonical("fields ascend by commitment")),
            "{fields:?}"
        );
    }
    let accepted: &[(Fields<'_>, u32)] = &[
        (&[(1, "/a", "k", 2, "-9223372036854775808")], 0),
        (&[(1, "/a~0~1", "k", 1, "\u{1}")], 0),
        (&[(1, "/a/2", "ki", 0, "")], 2),
        (&[(1, "/a/1", "ki", 0, ""), (2, "/b/1", "ki", 0, "")], 2),
        (&[(1, "", "", 4, "")], 0),
    ];
    for (fields, withheld) in accepted {
        Payload::decode(&raw(fields, *withheld)).unwrap_or_else(|error| panic!("{fields:?}: {error}"));
    }
}

#[test]
fn decoding_limits_and_one_past_them() {
    let head = |count: u32| [&[1u8][..], &LEDGER.0, &4u64.to_be_bytes(), &count.to_be_bytes()].concat();
    let withheld = |count: u32| {
        let mut bytes = head(count);
        for number in 0..count {
            bytes.push(0);
            bytes.extend([0; 28]);
            bytes.extend(number.to_be_bytes());
        }
        bytes
    };
    assert_eq!(
        Payload::decode(&withheld(MAX_FIELDS as u32)).unwrap().withheld(),
        MAX_FIELDS
    );
    let past = Payload::decode(&withheld(MAX_FIELDS as u32 + 1));
    assert_eq!(past, Err(PayloadError::TooManyFields(MAX_FIELDS + 1)));
    assert_eq!(
        Payload::decode(&head(u32::MAX)),
        Err(PayloadError::TooManyFields(u32::MAX as usize))
    );
    assert!(Payload::decode(&head(0)).is_err());
    let long = "x".repeat(MAX_FIELD_BYTES + 1);
    let result = Payload::decode(&raw(&[(1, "/a", "k", 3, &long)], 0));
    assert_eq!(result, Err(PayloadError::FieldTooLong(MAX_FIELD_BYTES + 1)));
    let long = format!("/{}", "x".repeat(MAX_POINTER_BYTES));
    let result = Payload::decode(&raw(&[(1, &long, "k", 0, "")], 0));
    assert_eq!(result, Err(PayloadError::PointerTooLong(MAX_POINTER_BYTES + 1)));
    let deep = "/a".repeat(MAX_DEPTH + 1);
    let result = Payload::decode(&raw(&[(1, &deep, &"k".repeat(MAX_DEPTH + 1), 0, "")], 0));
    assert_eq!(result, Err(PayloadError::TooDeep));
    let repeated = [withheld(1), withheld(1)[29..].to_vec()].concat();
    assert!(Payload::decode(&repeated).is_err());
}
