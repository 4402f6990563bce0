//! Logs that were made to break a reader, and the limits.

use accord_evtx::{MAX_CHUNK_BYTES, MAX_EVENT_BYTES, MAX_UNREAD_LISTED, MAX_WHAT_BYTES};
use proptest::prelude::*;

use super::writer::{Chunk, Node, element, event, file, of, text};
use super::*;

#[test]
fn the_limits_are_those_of_the_specification() {
    assert_eq!(
        Limits::default(),
        Limits {
            event_bytes: MAX_EVENT_BYTES,
            chunk_bytes: MAX_CHUNK_BYTES,
            unread_listed: MAX_UNREAD_LISTED,
        }
    );
}

#[test]
fn an_event_over_the_limit_is_unread() {
    let bytes = of(&[
        event(&[("A", "a")]),
        event(&[("B", &"b".repeat(1000))]),
        event(&[("C", "c")]),
    ]);
    let (whole, _) = read(&bytes);
    let longest = lines(&whole)[1].len();
    for (event_bytes, events) in [(longest, 3), (longest - 1, 2)] {
        let limits = Limits {
            event_bytes,
            ..Limits::default()
        };
        let (out, counts) = read_in(&bytes, 1000, limits);
        holds(&bytes, &out, &counts);
        assert_eq!((counts.events, counts.unread), (events, 3 - events));
    }
}

#[test]
fn events_beyond_the_limit_of_their_chunk_are_unread() {
    let events = || -> Vec<u8> {
        let mut chunk = Chunk::new(1);
        for _ in 0..3 {
            chunk.add(&event(&[("A", "a")])).unwrap();
        }
        chunk.finish()
    };
    let bytes = file(&[events(), events()]);
    let (whole, _) = read(&bytes);
    // The places in the second chunk are longer numbers.
    let three = |lines: &[&[u8]]| -> usize { lines.iter().map(|line| line.len()).sum() };
    let (first, second) = (three(&lines(&whole)[..3]), three(&lines(&whole)[3..]));
    assert!(first < second);
    for (chunk_bytes, expected) in [(second, 6), (second - 1, 5), (first - 1, 4)] {
        let limits = Limits {
            chunk_bytes,
            ..Limits::default()
        };
        let (out, counts) = read_in(&bytes, 100_000, limits);
        holds(&bytes, &out, &counts);
        assert_eq!((counts.events, counts.unread), (expected, 6 - expected));
    }
}

#[test]
fn of_many_unread_records_the_first_are_listed() {
    let mut chunk = Chunk::new(1);
    let places: Vec<_> = (0..20)
        .map(|_| chunk.add(&event(&[("A", "a")])).unwrap())
        .collect();
    let mut chunk = chunk.finish();
    for (start, _) in &places {
        chunk[start + 24] = 0xee;
    }
    let bytes = file(&[chunk]);
    for unread_listed in [19, 20, 21] {
        let limits = Limits {
            unread_listed,
            ..Limits::default()
        };
        let (_, counts) = read_in(&bytes, 4096, limits);
        assert_eq!((counts.events, counts.unread), (0, 20));
        assert_eq!(counts.unread_listed.len(), unread_listed.min(20));
        for part in &counts.unread_listed {
            assert!((1..=MAX_WHAT_BYTES).contains(&part.what.len()));
        }
    }
}

fn nested(depth: usize) -> Node {
    (0..depth).fold(text("x"), |inside, _| element("a", vec![inside]))
}

#[test]
fn elements_in_elements_have_an_end() {
    for (depth, events) in [(100, 1), (512, 1), (600, 0), (4000, 0)] {
        let bytes = of(&[nested(depth)]);
        let (out, counts) = read(&bytes);
        holds(&bytes, &out, &counts);
        assert_eq!((counts.events, counts.unread), (events, 1 - events), "{depth}");
    }
}

#[test]
fn what_looks_like_a_record_in_free_room() {
    // With binary XML that is none, and without any: of a record that is overwritten so, number and place are left.
    for (first, remnants) in [(0xee, 0), (0, 992)] {
        let mut chunk = Chunk::new(1);
        chunk.add(&event(&[("A", "a")])).unwrap();
        let mut chunk = chunk.finish();
        // Free room that is full of beginnings of records, each with the copy of its size.
        let mut at = 2000;
        while at + 64 < chunk.len() {
            chunk[at..at + 8].copy_from_slice(b"**\0\0\x40\0\0\0");
            chunk[at + 24] = first;
            chunk[at + 60..at + 64].copy_from_slice(&64_u32.to_le_bytes());
            at += 64;
        }
        let bytes = file(&[chunk]);
        let (out, counts) = read(&bytes);
        holds(&bytes, &out, &counts);
        assert_eq!(
            (counts.events, counts.remnants, counts.unread),
            (1 + remnants, remnants, 0)
        );
        for value in values(&out).iter().skip(1) {
            assert!(value["Event"].is_null());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn anything_after_the_magic(rest in proptest::collection::vec(any::<u8>(), 0..80_000)) {
        let bytes = [b"ElfFile\0", &rest[..]].concat();
        let (out, counts) = read(&bytes);
        holds(&bytes, &out, &counts);
    }

    #[test]
    fn anything_in_a_chunk(rest in proptest::collection::vec(any::<u8>(), 0..70_000), header in any::<[u8; 32]>()) {
        let mut bytes = file(&[]);
        bytes.extend_from_slice(b"ElfChnk\0");
        bytes.extend_from_slice(&header);
        bytes.extend_from_slice(&rest);
        let (out, counts) = read(&bytes);
        holds(&bytes, &out, &counts);
    }

    #[test]
    fn a_real_log_with_changed_bytes(
        which in any::<bool>(),
        changes in proptest::collection::vec((any::<u32>(), any::<u8>()), 1..40),
        end in any::<u32>(),
        is_cut in any::<bool>(),
    ) {
        let mut bytes = if which { sysmon() } else { new_user() };
        // Most of the second is empty: where the records are is where it hurts.
        let span = if which { bytes.len() } else { 12_000 };
        for (at, byte) in changes {
            bytes[at as usize % span] = byte;
        }
        if is_cut {
            bytes.truncate(end as usize % bytes.len());
        }
        let (out, counts) = read(&bytes);
        holds(&bytes, &out, &counts);
        prop_assert!(read(&bytes) == (out, counts));
    }
}
