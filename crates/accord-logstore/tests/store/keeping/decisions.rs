//! What can be decided, and what is due.

use accord_logstore::{
    EARLIEST_IMPORT_MS, Error, HoldCover, Limits, LogStore, MAX_KEEPING_ANSWER, MAX_RETENTION_DAYS,
    MAX_TEXT_BYTES, SegmentKeeping,
};

use super::*;

fn over(store: &LogStore, now_ms: i64) -> Vec<String> {
    let due = store.due(now_ms);
    due.over.iter().map(|over| over.segment.to_string()).collect()
}

#[test]
fn nothing_is_due_until_somebody_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_segments(dir.path(), 2);
    assert_eq!(store.retention("isp").unwrap(), None);
    assert_eq!(store.due(i64::MAX), accord_logstore::Due::default());
    store.set_retention("isp", Some(30), &decided("the law")).unwrap();
    let end = IMPORTED_MS + 30 * DAY_MS;
    assert!(over(&store, end - 1).is_empty());
    assert_eq!(over(&store, end), ["isp/000001", "isp/000002"]);
    let due = store.due(end);
    assert_eq!(
        (due.over[0].days, due.over[0].over_since_ms, due.over[0].record),
        (30, end, 1)
    );
    let shown = store.due_with("isp", 10, end - 1).unwrap();
    assert_eq!((shown.over.len(), shown.over[0].days), (2, 10));
    let kept = store.keeping_of(&id(1), end).unwrap();
    assert_eq!((kept.over_ms, kept.holds.len()), (Some(end), 0));
    // Changed, and taken back: the last word counts.
    store
        .set_retention("isp", Some(31), &decided("another law"))
        .unwrap();
    assert!(over(&store, end).is_empty());
    store
        .set_retention("isp", None, &decided("until the trial is over"))
        .unwrap();
    assert_eq!(store.due(i64::MAX), accord_logstore::Due::default());
    assert_eq!(store.keeping_of(&id(1), end).unwrap(), SegmentKeeping::default());
    let retention = store.retention("isp").unwrap().unwrap();
    assert_eq!(
        (
            retention.days,
            retention.record,
            retention.who.as_str(),
            retention.why.as_str()
        ),
        (None, 3, "Kim (kim)", "until the trial is over")
    );
    drop(store);
    let store = LogStore::open(dir.path()).unwrap();
    assert_eq!(store.retention("isp").unwrap(), Some(retention));
}

/// Clocks that are wrong: of the source, by decades either way; of the node, at the import.
#[test]
fn a_broken_clock_neither_keeps_for_ever_nor_destroys_at_once() {
    let line = |year: u32| format!("{year}-06-01T00:00:00Z evil.example\n");
    let now_ms = IMPORTED_MS + 10 * DAY_MS;
    for (what, log, imported_at_ms, expected) in [
        ("a right one", line(2023), IMPORTED_MS, (1, 0)),
        ("a source decades ahead", line(2056), IMPORTED_MS, (1, 0)),
        (
            "a source decades behind, just imported",
            line(1970),
            now_ms,
            (0, 0),
        ),
        ("a source decades behind", line(1970), IMPORTED_MS, (1, 0)),
        ("no time", "x\n".to_owned(), IMPORTED_MS, (1, 0)),
        ("a node that was never set", line(2023), 1000, (0, 1)),
        (
            "one before the first that can be",
            line(2023),
            EARLIEST_IMPORT_MS - 1,
            (0, 1),
        ),
        ("the first that can be", line(2023), EARLIEST_IMPORT_MS, (1, 0)),
        ("a node a day ahead", line(2023), now_ms + DAY_MS, (0, 0)),
        ("a node further ahead", line(2023), now_ms + DAY_MS + 1, (0, 1)),
        ("a node at the end of time", line(2023), i64::MAX, (0, 1)),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path(), Limits::default());
        store
            .import("isp", "x", &mut log.as_bytes(), imported_at_ms, "jo")
            .unwrap();
        store.set_retention("isp", Some(10), &decided("the law")).unwrap();
        let due = store.due(now_ms);
        assert_eq!((due.over.len(), due.undated.len()), expected, "{what}");
        let by_retention = store.destroy(
            &id(1),
            accord_logstore::Ground::Retention,
            None,
            &decided_at("over", now_ms),
        );
        assert_eq!(by_retention.is_ok(), expected.0 == 1, "{what}: {by_retention:?}");
    }
}

#[test]
fn what_is_held_is_told_with_its_holds() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_segments(dir.path(), 3);
    store.set_retention("isp", Some(1), &decided("the law")).unwrap();
    store
        .place_hold(
            "case-7",
            HoldCover::Segments(vec![id(1), id(2)]),
            &decided("order 7"),
        )
        .unwrap();
    store
        .place_hold("case-8", HoldCover::Segments(vec![id(2)]), &decided("order 8"))
        .unwrap();
    let due = store.due(IMPORTED_MS + DAY_MS);
    assert_eq!(due.over.len(), 1);
    assert_eq!(due.over[0].segment, id(3));
    let held: Vec<(String, &[String])> = due
        .held
        .iter()
        .map(|held| (held.over.segment.to_string(), held.holds.as_slice()))
        .collect();
    assert_eq!(
        held,
        [
            ("isp/000001".to_owned(), &["case-7".to_owned()][..]),
            (
                "isp/000002".to_owned(),
                &["case-7".to_owned(), "case-8".to_owned()][..]
            ),
        ]
    );
    // Lifting one leaves the other.
    store.lift_hold("case-7", &decided("closed")).unwrap();
    assert_eq!(store.keeping_of(&id(1), 0).unwrap().holds.len(), 0);
    assert_eq!(store.keeping_of(&id(2), 0).unwrap().holds, ["case-8"]);
    drop(store);
    let store = LogStore::open(dir.path()).unwrap();
    let holds = store.holds();
    assert_eq!(holds.len(), 1);
    assert_eq!(
        (holds[0].hold.as_str(), holds[0].record, holds[0].why.as_str()),
        ("case-8", 3, "order 8")
    );
}

#[test]
fn a_source_is_held_with_what_it_gets_later_and_by_time() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_segments(dir.path(), 1);
    let day = |month: u32, day: u32| format!("2023-{month:02}-{day:02}T12:00:00Z evil.example\n");
    store
        .place_hold("all", of_source("isp", None), &decided("order"))
        .unwrap();
    for log in [day(3, 1), day(3, 9), "no time\n".to_owned()] {
        import(&store, "x", log.as_bytes()).unwrap();
    }
    let march_1 = 1_677_628_800_000;
    store
        .place_hold(
            "march",
            of_source("isp", Some((march_1, march_1 + DAY_MS))),
            &decided("order"),
        )
        .unwrap();
    let holds = |number: u64| store.keeping_of(&id(number), 0).unwrap().holds;
    assert_eq!(holds(1), ["all"]);
    assert_eq!(holds(2), ["all", "march"]);
    assert_eq!(holds(3), ["all"]);
    assert_eq!(holds(4), ["all", "march"]);
    store.lift_hold("all", &decided("closed")).unwrap();
    assert!(holds(3).is_empty());
    assert_eq!(holds(2), ["march"]);
}

#[test]
fn what_cannot_be_decided() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_segments(dir.path(), 1);
    let none = Decided {
        who: " ",
        ..decided("x")
    };
    let long = "x".repeat(MAX_TEXT_BYTES + 1);
    type Try<'a> = Box<dyn Fn() -> Result<accord_logstore::KeepingRecord, Error> + 'a>;
    let tries: Vec<(&str, Try<'_>, &str)> = vec![
        (
            "no source",
            Box::new(|| store.set_retention("none", Some(1), &decided("x"))),
            "no log source",
        ),
        (
            "no days",
            Box::new(|| store.set_retention("isp", Some(0), &decided("x"))),
            "1 to 36500",
        ),
        (
            "too many days",
            Box::new(|| store.set_retention("isp", Some(MAX_RETENTION_DAYS + 1), &decided("x"))),
            "1 to 36500",
        ),
        (
            "nobody",
            Box::new(|| store.set_retention("isp", Some(1), &none)),
            "who is not said",
        ),
        (
            "for no reason",
            Box::new(|| store.set_retention("isp", Some(1), &decided(""))),
            "why is not said",
        ),
        (
            "at length",
            Box::new(|| store.set_retention("isp", Some(1), &decided(&long))),
            "over the limit",
        ),
        (
            "no such segment",
            Box::new(|| store.place_hold("h", HoldCover::Segments(vec![id(9)]), &decided("x"))),
            "no segment",
        ),
        (
            "no segments",
            Box::new(|| store.place_hold("h", HoldCover::Segments(vec![]), &decided("x"))),
            "covers nothing",
        ),
        (
            "no such source",
            Box::new(|| store.place_hold("h", of_source("none", None), &decided("x"))),
            "no log source",
        ),
        (
            "an empty time",
            Box::new(|| store.place_hold("h", of_source("isp", Some((1, 1))), &decided("x"))),
            "its time is empty",
        ),
        (
            "no identifier",
            Box::new(|| store.place_hold("a b", of_source("isp", None), &decided("x"))),
            "visible",
        ),
        (
            "no such hold",
            Box::new(|| store.lift_hold("h", &decided("x"))),
            "no hold",
        ),
    ];
    for (what, attempt, words) in tries {
        let error = attempt().expect_err(what).to_string();
        assert!(error.contains(words), "{what}: {error}");
    }
    assert_eq!(store.keeping_head().0, 0, "nothing of it was recorded");
    assert!(!dir.path().join("keeping").exists());
    store
        .set_retention("isp", Some(MAX_RETENTION_DAYS), &decided("x"))
        .unwrap();
    store
        .set_retention("isp", Some(1), &decided(&"x".repeat(MAX_TEXT_BYTES)))
        .unwrap();
}

#[test]
fn a_hold_is_placed_once_and_its_identifier_never_used_again() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_segments(dir.path(), 1);
    let place = |cover: HoldCover, why: &str| store.place_hold("case-7", cover, &decided(why));
    let first = place(of_source("isp", None), "order").unwrap();
    assert_eq!(
        place(of_source("isp", None), "order").unwrap(),
        first,
        "sent again"
    );
    for (cover, why) in [
        (of_source("isp", None), "another order"),
        (HoldCover::Segments(vec![id(1)]), "order"),
    ] {
        let error = place(cover, why).unwrap_err();
        assert!(matches!(error, Error::Keeping(_)), "{error}");
    }
    store.lift_hold("case-7", &decided("closed")).unwrap();
    assert!(place(of_source("isp", None), "order").is_err());
    assert!(store.lift_hold("case-7", &decided("closed")).is_err());
    assert_eq!(store.keeping_head().0, 2);
}

#[test]
fn records_are_told_from_any_on() {
    let dir = tempfile::tempdir().unwrap();
    let limits = Limits {
        keeping_records: 100,
        ..small()
    };
    let store = store(dir.path(), limits);
    let count = MAX_KEEPING_ANSWER as u64 + 1;
    for day in 1..=count {
        let days = u32::try_from(day).unwrap();
        store
            .set_retention("isp", Some(days), &decided("the law"))
            .unwrap();
    }
    assert_eq!(std::fs::read_dir(dir.path().join("keeping")).unwrap().count(), 11);
    for (after, most, expected) in [
        (0, 0, 0..0),
        (0, 1, 1..2),
        (0, usize::MAX, 1..count),
        (1, usize::MAX, 2..count + 1),
        (99, 2, 100..102),
        (100, 1, 101..102),
        (count - 1, 9, count..count + 1),
        (count, 9, 0..0),
        (u64::MAX, 9, 0..0),
    ] {
        let told = store.keeping_records(after, most).unwrap();
        let numbers: Vec<u64> = told.iter().map(|record| record.number).collect();
        assert_eq!(numbers, expected.collect::<Vec<u64>>(), "{after} {most}");
    }
}
