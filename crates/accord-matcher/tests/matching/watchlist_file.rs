//! The watchlist as sections of a sealed file.

use std::ops::Range;
use std::sync::{Arc, Mutex};

use accord_matcher::{
    BLOCK_BYTES, Hit, LineHits, Options, Scanner, SealedError, SealedFile, SealedHolder, Watchlist,
};
use bytes::Bytes;
use proptest::prelude::*;

use crate::{INDICATORS, watchlist};

fn open(bytes: Vec<u8>) -> Result<(SealedFile, Watchlist), SealedError> {
    let file = SealedFile::open(Bytes::from(bytes))?;
    let list = Watchlist::open(&file)?;
    Ok((file, list))
}

fn read(bytes: Vec<u8>) -> Watchlist {
    open(bytes).unwrap().1
}

/// Values that hit, and some that do not.
fn values() -> Vec<String> {
    let mut values: Vec<String> = INDICATORS.iter().map(|text| (*text).to_owned()).collect();
    values.extend(INDICATORS.iter().map(|text| format!("x.{text}/a/b")));
    values.push("192.0.2.77 198.51.100.7:8443 none.example".to_owned());
    values
}

/// Seals a file again after a change: the checksums fit, the content may be anything.
fn reseal(bytes: &[u8]) -> Vec<u8> {
    reseal_with(bytes, |_| true)
}

/// As [`reseal`], with those of the sections that are wanted.
fn reseal_with(bytes: &[u8], wanted: impl Fn(&[u8; 8]) -> bool) -> Vec<u8> {
    let header = &bytes[..BLOCK_BYTES];
    let number = |at: usize| u64::from_le_bytes(header[at..at + 8].try_into().unwrap()) as usize;
    let count = u32::from_le_bytes(header[12..16].try_into().unwrap()) as usize;
    let sections: Vec<([u8; 8], &[u8])> = (0..count)
        .map(|i| 32 + i * 24)
        .map(|at| {
            let (start, length) = (number(at + 8), number(at + 16));
            (
                header[at..at + 8].try_into().unwrap(),
                &bytes[start..start + length],
            )
        })
        .filter(|(name, _)| wanted(name))
        .collect();
    let mut out = Vec::new();
    accord_matcher::seal::<()>(&sections, &mut |piece| {
        out.extend_from_slice(piece);
        Ok(())
    })
    .unwrap();
    out
}

#[test]
fn test_vector() {
    let bytes = watchlist(&["evil.example", "192.0.2.0/24"]).encode();
    // Where in the file and what stands there, of all that is not zero; without the sums of the thousand blocks of the table
    // of IPv4 networks.
    let mut shown = String::new();
    for (number, piece) in bytes.chunks(32).enumerate() {
        let at = number * 32;
        let is_sum = at > bytes.len() - 4 * BLOCK_BYTES && at < bytes.len() - BLOCK_BYTES;
        if piece.iter().any(|&byte| byte != 0) && !is_sum {
            let hex: String = piece.iter().map(|b| format!("{b:02x}")).collect();
            shown.push_str(&format!("{at} {hex}\n"));
        }
    }
    if std::env::var_os("ACCORD_UPDATE_VECTORS").is_some() {
        std::fs::write("tests/matching/watchlist_v2.hex", &shown).unwrap();
    }
    assert_eq!(shown, include_str!("watchlist_v2.hex"));
    let (file, list) = open(bytes.clone()).unwrap();
    assert_eq!((file.verify(), list.verify()), (Ok(()), Ok(())));
    assert_eq!(list.encode(), bytes);
}

#[test]
fn what_is_wrong_with_a_file_is_said() {
    let bytes = watchlist(&INDICATORS).encode();
    assert_eq!(open(b"hello".to_vec()).unwrap_err(), SealedError::NotSealed);
    assert_eq!(open(Vec::new()).unwrap_err(), SealedError::NotSealed);
    let mut other = bytes.clone();
    other[8] = 1;
    assert_eq!(open(other).unwrap_err(), SealedError::Version { found: 1 });
    for length in (8..bytes.len()).step_by(4099) {
        assert!(open(bytes[..length].to_vec()).is_err(), "{length}");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(matches!(open(longer).unwrap_err(), SealedError::Length { .. }));
    let mut flipped = bytes.clone();
    flipped[60] ^= 1;
    assert_eq!(open(flipped).unwrap_err(), SealedError::Header);
    // With right checksums, the content is still not trusted.
    let mut changed = bytes;
    let text = changed
        .windows(12)
        .position(|window| window == b"evil.example")
        .unwrap();
    changed[text] = b'E';
    let (file, list) = open(reseal(&changed)).unwrap();
    assert_eq!(file.verify(), Ok(()));
    assert!(matches!(list.verify().unwrap_err(), SealedError::Content(_)));
}

#[test]
fn a_file_of_before_the_last_labels_is_read() {
    let list = watchlist(&INDICATORS);
    let bytes = list.encode();
    let older = reseal_with(&bytes, |name| name != b"s.last\0\0");
    assert_eq!(older.len() + BLOCK_BYTES, bytes.len());
    let (file, older_list) = open(older.clone()).unwrap();
    assert_eq!((file.verify(), older_list.verify()), (Ok(()), Ok(())));
    assert_eq!(older_list.encode(), older);
    assert_eq!(hits(&older_list), hits(&list));
    // Of another length it is none. The header need not fit, as it is made anew.
    let entry = bytes
        .windows(8)
        .position(|window| window == b"s.last\0\0")
        .unwrap();
    let mut shorter = bytes;
    shorter[entry + 16..entry + 18].copy_from_slice(&8u16.to_le_bytes());
    let refused = open(reseal(&shorter)).unwrap_err();
    assert_eq!(refused, SealedError::Content("length of a section"));
}

/// What a scan gives of all values, a line each.
fn hits(list: &Watchlist) -> Vec<(usize, Vec<Hit>)> {
    let text = values().join("\n");
    let mut found = Vec::new();
    Scanner::new(list, Options::default()).block(text.as_bytes(), &mut |line: &LineHits<'_>| {
        found.push((line.number, line.hits.to_vec()));
    });
    assert!(found.len() > INDICATORS.len() / 2);
    found
}

#[test]
fn a_network_that_starts_at_nothing_is_kept() {
    let list = watchlist(&["::5/8"]);
    assert_eq!(read(list.encode()), list);
    // Not `::` itself, nor IPv4 as mapped, which by bits would be in it.
    assert_eq!(
        list.lookup("1::2 ::3 100::4 0:: ::ffff:192.0.2.1", false).len(),
        2
    );
}

/// A holder that writes down what it was told.
#[derive(Debug, Default)]
struct Told(Mutex<Vec<Range<usize>>>);

impl SealedHolder for Told {
    fn release(&self, bytes: Range<usize>) {
        self.0.lock().unwrap().push(bytes);
    }
}

#[test]
fn the_sieve_of_a_held_file_is_copied_and_its_bytes_are_given_back() {
    let bytes = watchlist(&INDICATORS).encode();
    let told = Arc::new(Told::default());
    let file = SealedFile::open_held(Bytes::from(bytes.clone()), told.clone()).unwrap();
    let list = Watchlist::open(&file).unwrap();
    assert!(told.0.lock().unwrap().is_empty(), "opening touches none of it");
    list.prepare();
    let given = told.0.lock().unwrap().clone();
    let entry = |name: &[u8; 8]| {
        let at = bytes.windows(8).position(|window| window == name).unwrap();
        let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()) as usize;
        number(at + 8)..number(at + 8) + number(at + 16).next_multiple_of(BLOCK_BYTES)
    };
    let names = [b"s.names\0", b"s.whole\0", b"s.ipv4\0\0", b"s.addrs\0"];
    assert_eq!(given, names.map(entry));
    assert_eq!(hits(&list), hits(&watchlist(&INDICATORS)));
    assert_eq!((file.verify(), list.verify()), (Ok(()), Ok(())));
    assert_eq!(list.encode(), bytes);
    // One that is small stays where it is.
    let small = small().encode();
    let told = Arc::new(Told::default());
    let file = SealedFile::open_held(Bytes::from(small), told.clone()).unwrap();
    Watchlist::open(&file).unwrap().prepare();
    assert!(told.0.lock().unwrap().is_empty());
}

#[test]
fn an_empty_watchlist_hits_nothing() {
    let empty = read(watchlist(&[]).encode());
    assert!(empty.is_empty());
    assert_eq!(empty.verify(), Ok(()));
    assert_eq!(empty.lookup("evil.example/a 192.0.2.1:5", true), []);
    assert_eq!(
        Watchlist::default().lookup("evil.example/a 192.0.2.1:5", true),
        []
    );
}

#[test]
fn every_block_of_a_whole_file_is_used_or_checked() {
    let bytes = watchlist(&INDICATORS).encode();
    for at in (BLOCK_BYTES..bytes.len()).step_by(BLOCK_BYTES) {
        // The table of IPv4 networks has a thousand alike.
        if at > 40 * BLOCK_BYTES && at + 8 * BLOCK_BYTES < bytes.len() {
            continue;
        }
        let mut changed = bytes.clone();
        changed[at + 1] ^= 4;
        if let Ok((file, _)) = open(changed) {
            assert!(file.verify().is_err(), "{at}");
        }
    }
}

/// A smaller file, so that changes hit something: without IPv4 addresses there is no table of their networks.
fn small() -> Watchlist {
    let few: Vec<&str> = INDICATORS
        .iter()
        .copied()
        .filter(|text| !text.starts_with(|c: char| c.is_ascii_digit()) && !text.contains("//"))
        .collect();
    watchlist(&few)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn round_trip(picked in prop::collection::vec(any::<bool>(), INDICATORS.len())) {
        let chosen: Vec<&str> = INDICATORS.iter().zip(picked).filter(|(_, take)| *take).map(|(t, _)| *t).collect();
        let list = watchlist(&chosen);
        let back = read(list.encode());
        prop_assert_eq!(&back, &list);
        prop_assert_eq!(back.verify(), Ok(()));
        for value in values() {
            prop_assert_eq!(back.lookup(&value, true), list.lookup(&value, true));
        }
    }
}

proptest! {
    #[test]
    fn a_damaged_file_gives_an_error_and_never_another_answer(
        changes in prop::collection::vec((any::<prop::sample::Index>(), 1..=255u8), 1..4),
        cut in prop::option::weighted(0.1, any::<prop::sample::Index>()),
    ) {
        let list = small();
        let mut bytes = list.encode();
        for (place, by) in changes {
            let at = place.index(bytes.len());
            bytes[at] ^= by;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let whole = list.encode() == bytes;
        if let Ok((file, read)) = open(bytes) {
            for value in values() {
                let hits = read.lookup(&value, true);
                if read.check().is_ok() {
                    prop_assert_eq!(hits, list.lookup(&value, true));
                }
            }
            for (id, _, text) in list.iter() {
                let found = read.pattern(id);
                prop_assert!(found == Some(text) || (found.is_none() && read.check().is_err()));
            }
            let mut scanned = Vec::new();
            let text = values().join("\n");
            accord_matcher::Scanner::new(&read, Default::default())
                .block(text.as_bytes(), &mut |line: &accord_matcher::LineHits<'_>| scanned.extend_from_slice(line.hits));
            if read.check().is_ok() {
                let mut expected = Vec::new();
                accord_matcher::Scanner::new(&list, Default::default())
                    .block(text.as_bytes(), &mut |line: &accord_matcher::LineHits<'_>| expected.extend_from_slice(line.hits));
                prop_assert_eq!(scanned, expected);
            }
            prop_assert!(whole || file.verify().is_err());
        }
    }

    #[test]
    fn a_resealed_file_is_safe_and_verified(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let list = small();
        let sealed = list.encode();
        let mut bytes = sealed.clone();
        for (place, byte) in changes {
            // Of the sections, not of the header.
            let at = BLOCK_BYTES + place.index(bytes.len() - 3 * BLOCK_BYTES);
            bytes[at] = byte;
        }
        let bytes = reseal(&bytes);
        if let Ok((_, read)) = open(bytes.clone()) {
            for value in values() {
                // Ids may be out of order now, so that one is not found again.
                for hit in read.lookup(&value, true) {
                    let _ = read.pattern(hit.indicator);
                }
            }
            let text = values().join("\n");
            accord_matcher::Scanner::new(&read, Default::default())
                .block(text.as_bytes(), &mut |_: &accord_matcher::LineHits<'_>| ());
            // Another watchlist may come out, but always a whole one.
            if read.verify().is_ok() {
                prop_assert_eq!(read.encode(), bytes);
            } else {
                prop_assert!(bytes != sealed);
            }
        }
    }

    #[test]
    fn any_bytes_are_safe(bytes in prop::collection::vec(any::<u8>(), 0..200), real_start: bool) {
        let mut file = if real_start { b"ACCORDWF\x02\0\0\0".to_vec() } else { Vec::new() };
        file.extend(bytes);
        prop_assert!(open(file).is_err());
    }
}
