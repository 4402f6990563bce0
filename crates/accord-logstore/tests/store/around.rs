//! A line beside its neighbours, and what it says.

use std::collections::BTreeSet;

use accord_formats::logs::Outcome;
use accord_logstore::{Error, Limits, LogStore, MAX_LINES_AROUND, SegmentId};

use crate::support::*;

fn numbers(store: &LogStore, id: &SegmentId, line: u64, before: u64, after: u64) -> Vec<u64> {
    let told = store.lines_around(id, line, before, after).unwrap();
    for one in &told {
        let read = store
            .read_line(id, accord_logstore::LineAt::Number(one.line))
            .unwrap();
        assert_eq!(*one, read, "as it is read alone");
    }
    told.iter().map(|one| one.line).collect()
}

#[test]
fn a_line_is_told_with_those_beside_it_whatever_the_frames() {
    for limits in [small(), Limits::default()] {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path(), limits);
        let log: String = (1..=200)
            .map(|n| format!("line {n} {}\n", "x".repeat(n % 90)))
            .collect();
        let id = import(&store, "a", log.trim_end().as_bytes())
            .unwrap()
            .id()
            .clone();
        assert_eq!(numbers(&store, &id, 100, 3, 2), [97, 98, 99, 100, 101, 102]);
        assert_eq!(numbers(&store, &id, 1, 3, 1), [1, 2]);
        assert_eq!(numbers(&store, &id, 200, 1, 9), [199, 200]);
        assert_eq!(numbers(&store, &id, 7, 0, 0), [7]);
        let most = numbers(&store, &id, 100, u64::MAX, u64::MAX);
        assert_eq!(most.len() as u64, 2 * MAX_LINES_AROUND + 1, "and no more");
        assert!(matches!(
            store.lines_around(&id, 201, 1, 1),
            Err(Error::NoSuchLine { .. })
        ));
    }
}

#[test]
fn a_neighbour_that_is_too_long_is_left_out() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), small());
    let log = format!("one\n{}\nthree\nfour", "y".repeat(2000));
    let id = import(&store, "a", log.as_bytes()).unwrap().id().clone();
    assert_eq!(numbers(&store, &id, 3, 2, 2), [1, 3, 4]);
    assert!(matches!(
        store.lines_around(&id, 2, 2, 2),
        Err(Error::TooLarge { .. })
    ));
}

#[test]
fn the_names_of_columns_are_found_wherever_they_stand() {
    let rows = |from: u32| -> String {
        (from..from + 40)
            .map(|n| format!("1700000000.{n:06}\t192.0.2.{n}\tq{n}.example\n"))
            .collect()
    };
    let first = "#separator \\x09\n#fields\tts\tid.orig_h\tquery\n#types\ttime\taddr\tstring\n";
    let other = "#separator \\x09\n#fields\tts\tid.orig_h\tuser\n#types\ttime\taddr\tstring\n";
    let log = format!("{first}{}#close\n{other}{}", rows(1), rows(100));
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), small());
    let id = import(&store, "dns.log", log.as_bytes()).unwrap().id().clone();
    let said = store.what_line_says(&id, 30).unwrap();
    assert_eq!(said.outcome, Outcome::Parsed);
    let fields = |line| {
        let said = store.what_line_says(&id, line).unwrap();
        let record = said.records.first().unwrap().clone();
        [record.fields, record.rest].concat()
    };
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert!(
        fields(30).contains(&pair("query.hostname", "q27.example")),
        "{:?}",
        fields(30)
    );
    assert!(
        fields(60).contains(&pair("user.name", "q112.example")),
        "{:?}",
        fields(60)
    );
    assert_eq!(store.what_line_says(&id, 2).unwrap().outcome, Outcome::Header);
}

#[test]
fn what_is_not_parsed_says_nothing_and_what_no_column_takes_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), small());
    let good = "{\"ts\":\"2024-01-02T03:04:05Z\",\"odd\":\"thing\",\"user\":\"ann\"}\n";
    let log = format!("{}{{broken\n", good.repeat(20));
    let id = import(&store, "a.json", log.as_bytes()).unwrap().id().clone();
    let said = store.what_line_says(&id, 1).unwrap();
    let record = &said.records[0];
    assert!(
        [record.fields.clone(), record.rest.clone()]
            .concat()
            .iter()
            .any(|(name, value)| name == "odd" && value == "thing"),
        "{record:?}"
    );
    let said = store.what_line_says(&id, 21).unwrap();
    assert_eq!((said.outcome, said.records.len()), (Outcome::NotParsed, 0));
}

#[test]
fn a_hunt_among_some_segments_looks_at_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), Limits::default());
    let ids: Vec<SegmentId> = (0..4)
        .map(|n| {
            import(&store, "a", format!("{n} evil.example\n").as_bytes())
                .unwrap()
                .id()
                .clone()
        })
        .collect();
    let among = |numbers: &[usize]| -> BTreeSet<SegmentId> {
        numbers.iter().map(|number| ids[*number].clone()).collect()
    };
    let hunt = hunt_for(&["evil.example"]);
    for chosen in [&[][..], &[2], &[0, 3]] {
        let result = store.hunt_among(&hunt, &among(chosen), &mut go).unwrap();
        let found: BTreeSet<SegmentId> = result.lines.iter().map(|line| line.segment.clone()).collect();
        assert_eq!(found, among(chosen));
        assert_eq!(result.segments, chosen.len() as u64);
    }
    let strange = BTreeSet::from([SegmentId::parse("isp/000099").unwrap()]);
    assert_eq!(store.hunt_among(&hunt, &strange, &mut go).unwrap().segments, 0);
}
