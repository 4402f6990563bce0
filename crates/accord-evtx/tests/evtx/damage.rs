//! Damaged logs: what can be read is read, the rest is counted and named.

use super::writer::{Chunk, event, file, seal};
use super::*;

/// A chunk of ten events, numbered from there, and where they stand in it.
fn ten(first: u64) -> (Vec<u8>, Vec<(usize, usize)>) {
    let mut chunk = Chunk::new(first);
    let places = (0..10)
        .map(|number| {
            let user = format!("user-{}", first + number);
            chunk.add(&event(&[("User", &user)])).unwrap()
        })
        .collect();
    (chunk.finish(), places)
}

fn users(out: &[u8]) -> Vec<String> {
    let user = |value: &Value| {
        let user = &value["Event"]["EventData"]["User"];
        user.as_str().unwrap().trim_start_matches("user-").to_owned()
    };
    values(out).iter().map(user).collect()
}

fn numbers(range: std::ops::RangeInclusive<u64>) -> Vec<String> {
    range.map(|number| number.to_string()).collect()
}

/// The unread parts, by place and length.
fn unread(counts: &EventCounts) -> Vec<(u64, u64)> {
    let parts = counts.unread_listed.iter();
    parts.map(|part| (part.offset, part.length)).collect()
}

#[test]
fn wrong_checksums_are_told_of_each_line() {
    let (mut chunk, places) = ten(1);
    // The last letter of the first user's name, before three ends of elements, the end of the event and the copy of the
    // record's size.
    let (start, length) = places[0];
    chunk[start + length - 10] ^= 1;
    let bytes = file(&[chunk, ten(11).0]);
    let (out, counts) = read(&bytes);
    holds(&bytes, &out, &counts);
    assert_eq!((counts.events, counts.bad_checksum_chunks), (20, 1));
    let marked = |place: &EventPlace| place.bad_checksum;
    assert_eq!(places_marked(&out, marked), (1..=10).collect::<Vec<_>>());
}

fn places_marked(out: &[u8], marked: impl Fn(&EventPlace) -> bool) -> Vec<u64> {
    let places = places(out);
    places
        .iter()
        .filter(|place| marked(place))
        .map(|place| place.record)
        .collect()
}

#[test]
fn a_record_without_its_beginning_is_passed_over() {
    let (mut chunk, places) = ten(1);
    let (start, length) = places[3];
    chunk[start..start + 8].fill(0);
    let bytes = file(&[chunk]);
    let (out, counts) = read(&bytes);
    holds(&bytes, &out, &counts);
    assert_eq!(users(&out), [numbers(1..=3), numbers(5..=10)].concat());
    assert_eq!(unread(&counts), [(4096 + start as u64, length as u64)]);
    assert_eq!((counts.unread, counts.unread_bytes), (1, length as u64));
    assert!(!counts.is_complete());
}

#[test]
fn a_record_that_says_nonsense_is_passed_over() {
    let (mut chunk, places) = ten(1);
    let (start, length) = places[3];
    // Its binary XML begins with a token that there is not.
    chunk[start + 24] = 0xee;
    let bytes = file(&[chunk]);
    let (out, counts) = read(&bytes);
    holds(&bytes, &out, &counts);
    assert_eq!(users(&out), [numbers(1..=3), numbers(5..=10)].concat());
    assert_eq!(unread(&counts), [(4096 + start as u64, length as u64)]);
    assert!(counts.unread_listed[0].what.contains("token"), "{counts:?}");
}

#[test]
fn a_chunk_without_header_gives_what_is_whole() {
    let (mut chunk, places) = ten(1);
    chunk[..512].fill(0xff);
    let (start, _) = places[9];
    chunk[start + 4] ^= 1;
    let bytes = file(&[chunk, ten(11).0]);
    let (out, counts) = read(&bytes);
    holds(&bytes, &out, &counts);
    assert_eq!(users(&out), [numbers(1..=9), numbers(11..=20)].concat());
    assert_eq!(
        places_marked(&out, |place| place.remnant && place.bad_checksum),
        (1..=9).collect::<Vec<_>>()
    );
    let read_bytes: usize = places[..9].iter().map(|(_, length)| length).sum();
    assert_eq!(unread(&counts), [(4096, (65_536 - read_bytes) as u64)]);
    assert_eq!((counts.chunks, counts.bad_checksum_chunks), (2, 1));
}

#[test]
fn a_broken_table_of_names_is_done_without() {
    let (mut chunk, _) = ten(1);
    chunk[128..132].copy_from_slice(&u32::MAX.to_le_bytes());
    seal(&mut chunk);
    let bytes = file(&[chunk]);
    let (out, counts) = read(&bytes);
    holds(&bytes, &out, &counts);
    assert_eq!(users(&out), numbers(1..=10));
    assert!(counts.is_complete());
}

#[test]
fn cut_off_files() {
    let (first, _) = ten(1);
    let (second, places) = ten(11);
    let bytes = file(&[first, second]);
    let (start, length) = places[4];
    let second_at = 4096 + 65_536;
    for (end, users_told, missing, unread_told) in [
        (0, 0, 0, vec![]),
        (4, 0, 0, vec![(0, 4)]),
        (4095, 0, 0, vec![(0, 4095)]),
        (4096, 0, 2, vec![]),
        (4097, 0, 1, vec![(4096, 1)]),
        (second_at, 10, 1, vec![]),
        // Within the header of the second chunk, after its fifth record, within its sixth.
        (second_at + 511, 10, 0, vec![(second_at, 511)]),
        (
            second_at + start + length,
            15,
            0,
            vec![(second_at + start + length, 0)],
        ),
        (
            second_at + start + length + 20,
            15,
            0,
            vec![(second_at + start + length, 20)],
        ),
        (
            second_at + start + length + 40,
            15,
            0,
            vec![(second_at + start + length, 40)],
        ),
        (second_at + 65_536, 20, 0, vec![]),
    ] {
        let cut = &bytes[..end];
        let (out, counts) = read(cut);
        holds(cut, &out, &counts);
        assert_eq!(users(&out), numbers(1..=users_told), "{end}");
        assert_eq!(counts.missing_chunks, missing, "{end}");
        let total: usize = unread_told.iter().map(|(_, length)| length).sum();
        assert_eq!(counts.unread_bytes, total as u64, "{end}: {counts:?}");
        if let Some((offset, _)) = unread_told.first() {
            assert_eq!(
                counts.unread_listed[0].offset, *offset as u64,
                "{end}: {counts:?}"
            );
        }
        assert_eq!(
            counts.is_complete(),
            missing == 0 && unread_told.is_empty(),
            "{end}"
        );
    }
}

#[test]
fn other_files_are_said_to_be_other_files() {
    let text = b"Oct 11 22:14:15 host sshd[1]: Accepted password for jo\n".repeat(2000);
    let (out, counts) = read(&text);
    assert!(out.is_empty());
    assert_eq!(unread(&counts), [(0, text.len() as u64)]);
    assert_eq!(
        counts.unread_listed[0].what,
        "it does not begin as a Windows event log"
    );
}
