//! The watchlist file.

use accord_matcher::{Watchlist, WatchlistError};
use proptest::prelude::*;

use crate::{INDICATORS, watchlist};

#[test]
fn test_vector() {
    let bytes = watchlist(&["evil.example", "192.0.2.0/24"]).encode();
    let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(hex, include_str!("watchlist_v1.hex").trim());
    assert_eq!(Watchlist::decode(&bytes).unwrap().encode(), bytes);
}

#[test]
fn what_is_wrong_with_a_file_is_said() {
    let bytes = watchlist(&INDICATORS).encode();
    assert_eq!(Watchlist::decode(b"hello"), Err(WatchlistError::NotAWatchlist));
    assert_eq!(Watchlist::decode(b""), Err(WatchlistError::NotAWatchlist));
    let mut other = bytes.clone();
    other[8] = 2;
    assert_eq!(Watchlist::decode(&other), Err(WatchlistError::UnknownVersion(2)));
    for length in 8..bytes.len() {
        assert!(
            matches!(
                Watchlist::decode(&bytes[..length]),
                Err(WatchlistError::Length { .. })
            ),
            "{length}"
        );
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(matches!(
        Watchlist::decode(&longer),
        Err(WatchlistError::Length { .. })
    ));
    let mut flipped = bytes.clone();
    flipped[60] ^= 1;
    assert_eq!(Watchlist::decode(&flipped), Err(WatchlistError::Checksum));
    // With a right checksum, the content is still not trusted.
    let mut resealed = bytes[..bytes.len() - 8].to_vec();
    let last = resealed.len() - 1;
    resealed[last] = b'G';
    let sum = rapidhash::v3::rapidhash_v3(&resealed);
    resealed.extend_from_slice(&sum.to_le_bytes());
    assert!(matches!(
        Watchlist::decode(&resealed),
        Err(WatchlistError::Content(_))
    ));
}

#[test]
fn a_network_that_starts_at_nothing_is_kept() {
    let list = watchlist(&["::5/8"]);
    assert_eq!(Watchlist::decode(&list.encode()).unwrap(), list);
    // Not `::` itself, nor IPv4 as mapped, which by bits would be in it.
    assert_eq!(
        list.lookup("1::2 ::3 100::4 0:: ::ffff:192.0.2.1", false).len(),
        2
    );
}

#[test]
fn an_empty_watchlist_hits_nothing() {
    let empty = Watchlist::decode(&watchlist(&[]).encode()).unwrap();
    assert!(empty.is_empty());
    assert_eq!(empty.lookup("evil.example/a 192.0.2.1:5", true), []);
    assert_eq!(
        Watchlist::default().lookup("evil.example/a 192.0.2.1:5", true),
        []
    );
}

proptest! {
    #[test]
    fn round_trip(picked in prop::collection::vec(any::<bool>(), INDICATORS.len())) {
        let chosen: Vec<&str> = INDICATORS.iter().zip(picked).filter(|(_, take)| *take).map(|(t, _)| *t).collect();
        let list = watchlist(&chosen);
        prop_assert_eq!(Watchlist::decode(&list.encode()).unwrap(), list);
    }

    #[test]
    fn altered_bytes_are_refused_or_equal(place in any::<prop::sample::Index>(), byte in any::<u8>(), reseal: bool) {
        let list = watchlist(&INDICATORS);
        let mut bytes = list.encode();
        let at = place.index(bytes.len());
        bytes[at] = byte;
        if reseal {
            let end = bytes.len() - 8;
            let sum = rapidhash::v3::rapidhash_v3(&bytes[..end]).to_le_bytes();
            bytes[end..].copy_from_slice(&sum);
        }
        if let Ok(read) = Watchlist::decode(&bytes) {
            // With a new checksum another watchlist may come out, but always a whole one.
            prop_assert!(reseal || read == list);
            prop_assert_eq!(read.encode(), bytes);
        }
    }

    #[test]
    fn any_bytes_are_safe(bytes in prop::collection::vec(any::<u8>(), 0..200), real_start: bool) {
        let mut file = if real_start { b"ACCORDWL\x01\0\0\0".to_vec() } else { Vec::new() };
        file.extend(bytes);
        prop_assert!(Watchlist::decode(&file).is_err() || file.len() == 28);
    }
}
