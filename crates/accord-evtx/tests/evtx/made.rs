//! Logs that were written here: what went in comes out.

use proptest::prelude::*;
use serde_json::json;

use super::writer::{Chunk, Node, element, event, file, of, text};
use super::*;

#[test]
fn chunks_one_after_the_other() {
    let mut first = Chunk::new(1);
    let (one, one_length) = first.add(&event(&[("User", "jo")])).unwrap();
    let (two, two_length) = first
        .add(&event(&[("User", "é\u{1f600}"), ("Path", "C:\\a\"b")]))
        .unwrap();
    let mut second = Chunk::new(3);
    let (three, three_length) = second.add(&event(&[("User", "a\nb")])).unwrap();
    let blank = vec![0; 65_536];
    let bytes = file(&[first.finish(), blank, second.finish()]);
    let (out, counts) = read(&bytes);
    holds(&bytes, &out, &counts);
    assert_eq!(
        counts,
        EventCounts {
            events: 3,
            chunks: 2,
            blank_chunks: 1,
            is_header_sound: true,
            ..EventCounts::default()
        }
    );
    assert_eq!(
        values(&out),
        [
            json!({"Event": {"EventData": {"User": "jo"}}, "evtx": {"offset": 4096 + one, "length": one_length, "record": 1}}),
            json!({"Event": {"EventData": {"User": "é\u{1f600}", "Path": "C:\\a\"b"}}, "evtx": {"offset": 4096 + two, "length": two_length, "record": 2}}),
            json!({"Event": {"EventData": {"User": "a\nb"}}, "evtx": {"offset": 4096 + 2 * 65_536 + three, "length": three_length, "record": 3}}),
        ]
    );
}

#[test]
fn without_events() {
    let empty = file(&[]);
    let (out, counts) = read(&empty);
    assert!(out.is_empty() && counts.is_complete());
    assert_eq!((counts.chunks, counts.is_header_sound), (0, true));
    let mut unsound = empty;
    unsound[24] ^= 1;
    assert!(!read(&unsound).1.is_header_sound);
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{1,20}",
        // Letters that JSON escapes, and letters beyond the first plane.
        proptest::collection::vec(
            prop_oneof![
                Just('"'),
                Just('\\'),
                Just('\n'),
                Just('\t'),
                Just('é'),
                Just('\u{10ffff}'),
                Just('}'),
                Just('x')
            ],
            1..20
        )
        .prop_map(|letters| letters.into_iter().collect::<String>()),
    ]
}

fn events() -> impl Strategy<Value = Vec<Vec<(String, String)>>> {
    let data = proptest::collection::btree_map("[A-Za-z][A-Za-z0-9]{0,8}", texts(), 1..6);
    let data = data.prop_map(|data| data.into_iter().collect());
    proptest::collection::vec(data, 0..20)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn what_went_in_comes_out(events in events(), piece in 1_usize..70_000) {
        let nodes: Vec<Node> = events
            .iter()
            .map(|data| {
                let data = data.iter().map(|(name, value)| element(name, vec![text(value)]));
                element("Event", vec![element("EventData", data.collect())])
            })
            .collect();
        let bytes = of(&nodes);
        let (out, counts) = read(&bytes);
        holds(&bytes, &out, &counts);
        prop_assert!(counts.is_complete());
        prop_assert!(read_in(&bytes, piece, Limits::default()) == (out.clone(), counts));
        let found = values(&out);
        prop_assert_eq!(found.len(), events.len());
        for (value, data) in found.iter().zip(&events) {
            for (name, text) in data {
                // Blanks at the ends of a text, and texts of nothing else, are the renderer's matter.
                let told = value["Event"]["EventData"][name].as_str().unwrap_or_default();
                prop_assert_eq!(told.trim(), text.trim());
            }
        }
    }
}
