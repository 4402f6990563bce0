//! The names that a segment holds, with their last days.

use accord_logstore::{Limits, LogStore, Segment, name_fingerprint};

use crate::support::{import, small, store};

/// The day of `support::import`: 2023-11-14.
const IMPORTED: u32 = 19_675;

fn day(store: &LogStore, segment: &Segment, name: &str) -> Option<u32> {
    let names = store.names(segment.id()).unwrap().names;
    let print = name_fingerprint(name);
    let at = names.binary_search_by_key(&print, |(known, _)| *known).ok()?;
    Some(names[at].1)
}

#[test]
fn every_name_and_what_is_above_it_with_its_last_day() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir.path().join("s"), small());
    let log = "2023-11-10T08:00:00Z GET http://www.bank.example/login by jo@mail.example\n\
               2023-11-12T08:00:00Z query www.bank.example from 192.0.2.7\n\
               2023-11-11T08:00:00Z query www.bank.example\n\
               2099-01-01T00:00:00Z query ahead.example\n\
               no time evil.example d41d8cd98f00b204e9800998ecf8427e";
    let segment = import(&store, "a.log", log.as_bytes()).unwrap();
    for (name, expected) in [
        ("www.bank.example", Some(IMPORTED - 2)),
        ("bank.example", Some(IMPORTED - 2)),
        ("example", Some(IMPORTED)),
        ("mail.example", Some(IMPORTED - 4)),
        ("192.0.2.7", Some(IMPORTED - 2)),
        // A clock that runs ahead keeps nothing young.
        ("ahead.example", Some(IMPORTED)),
        ("evil.example", Some(IMPORTED)),
        ("login.example", None),
        ("2.7", None),
        ("d41d8cd98f00b204e9800998ecf8427e", None),
    ] {
        assert_eq!(day(&store, &segment, name), expected, "{name}");
    }
    let names = store.names(segment.id()).unwrap();
    assert_eq!(names.left_out, 0);
    assert!(names.names.windows(2).all(|pair| pair[0].0 < pair[1].0));
}

#[test]
fn names_at_the_limit_and_one_past_it() {
    let dir = tempfile::tempdir().unwrap();
    let limits = Limits { names: 4, ..small() };
    let store = store(&dir.path().join("s"), limits);
    // Three names under `example`: four in all.
    let at = import(&store, "a.log", b"a.example b.example c.example\n").unwrap();
    let names = store.names(at.id()).unwrap();
    assert_eq!((names.names.len(), names.left_out), (4, 0));
    let over = import(&store, "b.log", b"a.example b.example c.example d.example\n").unwrap();
    let names = store.names(over.id()).unwrap();
    assert_eq!((names.names.len(), names.left_out), (4, 1));
}
