//! The reader against our writer, against the `zip` crate, and against archives that try to be two things.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};

use proptest::prelude::*;
use zip::write::SimpleFileOptions;

use super::*;

fn files(pairs: &[(&str, &[u8])]) -> BTreeMap<String, Vec<u8>> {
    pairs
        .iter()
        .map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec()))
        .collect()
}

fn sample() -> Vec<u8> {
    write_zip(
        "bag",
        &files(&[("a.txt", b"alpha"), ("data/b", b""), ("data/c", b"line\n")]),
    )
    .unwrap()
}

/// An archive written by the `zip` crate: deflated.
fn foreign(pairs: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for (name, bytes) in pairs {
        if let Some(folder) = name.strip_suffix('/') {
            writer.add_directory(folder, options).unwrap();
        } else {
            writer.start_file(*name, options).unwrap();
            writer.write_all(bytes).unwrap();
        }
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn round_trip_and_the_same_bytes_each_time() {
    let read = read_zip(&sample(), &Limits::default()).unwrap();
    assert_eq!(
        read,
        files(&[
            ("bag/a.txt", b"alpha"),
            ("bag/data/b", b""),
            ("bag/data/c", b"line\n")
        ])
    );
    assert_eq!(sample(), sample());
    let empty = write_zip("", &BTreeMap::new()).unwrap();
    assert_eq!(read_zip(&empty, &Limits::default()), Ok(BTreeMap::new()));
}

#[test]
fn the_zip_crate_reads_ours_and_we_read_its() {
    let mut archive = zip::ZipArchive::new(Cursor::new(sample())).unwrap();
    let mut text = String::new();
    archive
        .by_name("bag/data/c")
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text, "line\n");
    let log = "GET / 200\n".repeat(1000);
    let theirs = foreign(&[("bag/", b""), ("bag/x.log", log.as_bytes())]);
    assert_eq!(
        read_zip(&theirs, &Limits::default()),
        Ok(files(&[("bag/x.log", log.as_bytes())]))
    );
}

#[test]
fn every_flipped_bit_is_an_error_or_changes_no_content() {
    let good = sample();
    let content = read_zip(&good, &Limits::default()).unwrap();
    for at in 0..good.len() {
        for bit in 0..8 {
            let mut bad = good.clone();
            bad[at] ^= 1 << bit;
            // Time stamps and permissions are not content.
            if let Ok(read) = read_zip(&bad, &Limits::default()) {
                assert_eq!(read, content, "byte {at} bit {bit}");
            }
        }
    }
}

#[test]
fn every_truncation_is_an_error() {
    let good = sample();
    for length in 0..good.len() {
        assert!(read_zip(&good[..length], &Limits::default()).is_err(), "{length}");
    }
    for (before, after) in [(b"x".as_slice(), b"".as_slice()), (b"", b"x")] {
        let more = [before, &good, after].concat();
        assert!(read_zip(&more, &Limits::default()).is_err());
    }
}

/// Replaces a name in both headers by one of the same length.
fn renamed(bytes: &[u8], from: &str, to: &str, both: bool) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = bytes.to_vec();
    let found: Vec<usize> = (0..bytes.len())
        .filter(|at| bytes[*at..].starts_with(from.as_bytes()))
        .collect();
    assert_eq!(found.len(), 2);
    for at in &found[if both { 0 } else { 1 }..] {
        bytes[*at..*at + to.len()].copy_from_slice(to.as_bytes());
    }
    bytes
}

#[test]
fn hostile_names_are_refused() {
    let good = write_zip("", &files(&[("aaaa", b"1"), ("bbbb", b"2")])).unwrap();
    for to in ["/bbb", "../b", "b\\bb", "aaaa", "AAAA", "bb/.", "b\0bb", "b:bb"] {
        let bad = renamed(&good, "bbbb", to, true);
        assert!(read_zip(&bad, &Limits::default()).is_err(), "{to:?}");
    }
    let two_names = renamed(&good, "bbbb", "cccc", false);
    assert!(matches!(
        read_zip(&two_names, &Limits::default()),
        Err(ArchiveError::Ambiguous { .. })
    ));
}

#[test]
fn symbolic_links_are_refused() {
    let mut bytes = write_zip("", &files(&[("aaaa", b"/etc/passwd")])).unwrap();
    // External attributes: 38 bytes into the directory entry, which begins 46 + 4 bytes before the end record.
    let at = bytes.len() - 22 - 50 + 38;
    assert_eq!(bytes[at..at + 4], (0o100_644u32 << 16).to_le_bytes());
    bytes[at..at + 4].copy_from_slice(&(0o120_777u32 << 16).to_le_bytes());
    assert!(matches!(
        read_zip(&bytes, &Limits::default()),
        Err(ArchiveError::Name { .. })
    ));
}

#[test]
fn limits_and_one_past_each() {
    let bytes = write_zip("", &files(&[("a", b"12345"), ("b", b"12345")])).unwrap();
    let exact = Limits {
        bytes: bytes.len(),
        entries: 2,
        unpacked_bytes: 10,
        ratio: 1,
    };
    assert!(read_zip(&bytes, &exact).is_ok());
    for less in [
        Limits {
            bytes: bytes.len() - 1,
            ..exact
        },
        Limits { entries: 1, ..exact },
        Limits {
            unpacked_bytes: 9,
            ..exact
        },
    ] {
        assert!(
            matches!(read_zip(&bytes, &less), Err(ArchiveError::Limit { .. })),
            "{less:?}"
        );
    }
    let many = |count: usize| (0..count).map(|n| (format!("f{n}"), Vec::new())).collect();
    assert!(write_zip("", &many(ARCHIVE_MAX_ENTRIES)).is_ok());
    assert!(matches!(
        write_zip("", &many(ARCHIVE_MAX_ENTRIES + 1)),
        Err(ArchiveError::Limit { .. })
    ));
}

#[test]
fn bombs_are_refused_before_they_are_unpacked() {
    let bomb = foreign(&[("a", &vec![0u8; 10 << 20])]);
    assert!(bomb.len() < 20 << 10);
    assert!(matches!(
        read_zip(&bomb, &Limits::default()),
        Err(ArchiveError::Limit {
            what: "an entry's unpacked length in bytes",
            ..
        })
    ));
    let allowed = Limits {
        ratio: 2000,
        ..Limits::default()
    };
    assert_eq!(read_zip(&bomb, &allowed).unwrap()["a"].len(), 10 << 20);
}

#[test]
fn a_stated_length_that_lies_is_damage() {
    let theirs = foreign(&[("a", &vec![7u8; 1000])]);
    for stated in [999u32, 1001] {
        let mut bytes = theirs.clone();
        let found: Vec<usize> = (0..bytes.len() - 4)
            .filter(|at| bytes[*at..*at + 4] == 1000u32.to_le_bytes())
            .collect();
        for at in found {
            bytes[at..at + 4].copy_from_slice(&stated.to_le_bytes());
        }
        assert!(matches!(
            read_zip(&bytes, &Limits::default()),
            Err(ArchiveError::Damaged { .. })
        ));
    }
}

proptest! {
    #[test]
    fn any_files_round_trip(content in proptest::collection::btree_map("([a-z]{1,8}|[0-9]{1,8}/[a-z]{9,12})", any::<Vec<u8>>(), 0..8)) {
        let bytes = write_zip("", &content).unwrap();
        prop_assert_eq!(read_zip(&bytes, &Limits::default()), Ok(content));
    }

    #[test]
    fn hostile_bytes_never_panic(mut bytes in any::<Vec<u8>>(), ours in any::<bool>(), at in any::<prop::sample::Index>()) {
        let _ = read_zip(&bytes, &Limits::default());
        if ours {
            // Junk in the middle of a good archive.
            let good = sample();
            let at = at.index(good.len());
            let mut mixed = good[..at].to_vec();
            mixed.append(&mut bytes);
            mixed.extend_from_slice(&good[at..]);
            let _ = read_zip(&mixed, &Limits::default());
        }
    }
}
