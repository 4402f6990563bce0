//! Windows event logs: real ones, written ones, damaged ones.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod damage;
mod hostile;
mod made;
mod real;
mod writer;

use std::io::Read;
use std::path::Path;

use accord_evtx::{EventCounts, EventPlace, EventReader, Limits, place_of};
use serde_json::Value;

/// The bytes of a sample.
fn sample(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/samples")
        .join(name);
    let mut bytes = Vec::new();
    let packed = std::fs::read(path).unwrap();
    flate2::read::GzDecoder::new(&packed[..])
        .read_to_end(&mut bytes)
        .unwrap();
    bytes
}

fn sysmon() -> Vec<u8> {
    sample("sysmon-chunk-7.evtx.gz")
}

fn new_user() -> Vec<u8> {
    sample("new-user-security.evtx.gz")
}

/// Reads a file that comes in pieces of so many bytes.
fn read_in(bytes: &[u8], piece: usize, limits: Limits) -> (Vec<u8>, EventCounts) {
    let mut reader = EventReader::new(limits);
    let mut out = Vec::new();
    for piece in bytes.chunks(piece) {
        let mut rest = piece;
        while !rest.is_empty() {
            let before = out.len();
            let taken = reader.take(rest, &mut out);
            assert!(taken > 0);
            assert!(out.len() - before <= limits.chunk_bytes);
            rest = &rest[taken..];
        }
    }
    let counts = reader.finish(&mut out);
    (out, counts)
}

fn read(bytes: &[u8]) -> (Vec<u8>, EventCounts) {
    read_in(bytes, bytes.len().max(1), Limits::default())
}

fn lines(out: &[u8]) -> Vec<&[u8]> {
    out.split_inclusive(|byte| *byte == b'\n').collect()
}

fn values(out: &[u8]) -> Vec<Value> {
    let parse = |line: &&[u8]| serde_json::from_slice(line).unwrap();
    lines(out).iter().map(parse).collect()
}

fn places(out: &[u8]) -> Vec<EventPlace> {
    lines(out).iter().map(|line| place_of(line).unwrap()).collect()
}

/// What holds of whatever is read.
fn holds(bytes: &[u8], out: &[u8], counts: &EventCounts) {
    assert_eq!(lines(out).len() as u64, counts.events);
    assert!(out.is_empty() || out.ends_with(b"\n"));
    let mut remnants = 0;
    for line in lines(out) {
        assert!(std::str::from_utf8(line).is_ok());
        let place = place_of(line).expect("a place");
        let start = usize::try_from(place.offset).unwrap();
        let record = &bytes[start..start + usize::try_from(place.length).unwrap()];
        assert!(record.starts_with(b"**\0\0"));
        assert_eq!(record[4..8], u32::try_from(place.length).unwrap().to_le_bytes());
        assert_eq!(record[8..16], place.record.to_le_bytes());
        remnants += u64::from(place.remnant);
    }
    assert_eq!(counts.remnants, remnants);
    assert!(counts.unread_listed.len() as u64 <= counts.unread);
    for unread in &counts.unread_listed {
        assert!(unread.offset + unread.length <= bytes.len() as u64, "{unread:?}");
    }
    assert!(counts.unread_bytes <= bytes.len() as u64, "{counts:?}");
}
