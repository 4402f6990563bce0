//! What came in and matched, over many segments: by source and day, within a time, with what cannot be told.

use std::ops::ControlFlow;

use super::*;
use accord_formats::logs::TimeSpan;
use accord_logstore::{
    Decided, Error, FoundDay, Ground, Limits, MatchAnswer, MatchQuestion, NotMatched, SourceConfig,
};
use accord_matcher::PatternKind;

const DAY_MS: i64 = 86_400_000;
/// 2023-11-14.
const DAY: i32 = 19_675;

fn always() -> MatchQuestion {
    MatchQuestion {
        from_ms: i64::MIN,
        to_ms: i64::MAX,
        sources: None,
    }
}

fn days(from: i32, to: i32) -> MatchQuestion {
    MatchQuestion {
        from_ms: i64::from(from) * DAY_MS,
        to_ms: i64::from(to) * DAY_MS,
        sources: None,
    }
}

fn ask(store: &LogStore, question: &MatchQuestion) -> MatchAnswer {
    store
        .matches_within(question, &mut |_| ControlFlow::Continue(()))
        .unwrap()
}

fn day(source: &str, day: Option<i32>, lines: u64, at_most: bool) -> FoundDay {
    FoundDay {
        source: source.to_owned(),
        day,
        lines,
        at_most,
    }
}

fn put(store: &LogStore, source: &str, log: &str) {
    store
        .import(source, "x", &mut log.as_bytes(), 1_700_000_000_000, "jo")
        .unwrap();
}

/// Two sources; one whose clock runs two hours ahead.
fn with_logs(dir: &Path) -> LogStore {
    let store = watching(dir, Limits::default(), &["evil.example", "192.0.2.0/24"]);
    store
        .add_source(SourceConfig {
            clock_offset_ms: Some(2 * 3_600_000),
            ..source("ahead")
        })
        .unwrap();
    put(
        &store,
        "isp",
        "2023-11-14T10:00:00Z evil.example\n2023-11-14T11:00:00Z a.evil.example\n2023-11-15T10:00:00Z deny 192.0.2.9\n",
    );
    put(
        &store,
        "isp",
        "2023-11-15T12:00:00Z evil.example\nno time: evil.example 192.0.2.1 192.0.2.2\n",
    );
    put(&store, "isp", "2023-11-16T12:00:00Z nothing of note\n");
    put(&store, "ahead", "2023-11-15T01:00:00Z evil.example\n");
    store
}

#[test]
fn entries_by_source_and_day() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_logs(dir.path());
    let answer = ask(&store, &always());
    assert!(answer.is_complete());
    assert_eq!((answer.read.segments, answer.watchlists.len()), (4, 1));
    let [name, net] = answer.entries.as_slice() else {
        panic!("{answer:?}")
    };
    assert_eq!(
        (name.kind, name.entry.as_str(), name.lines, name.segments),
        (PatternKind::Domain, "evil.example", 5, 3)
    );
    // The segments in the order of their names.
    assert_eq!(name.first, (SegmentId::parse("ahead/000001").unwrap(), 1));
    assert_eq!(
        name.time,
        Some(TimeSpan {
            first_ms: i64::from(DAY) * DAY_MS + 10 * 3_600_000,
            last_ms: i64::from(DAY + 1) * DAY_MS + 12 * 3_600_000,
        })
    );
    assert_eq!(
        name.days,
        [
            day("ahead", Some(DAY + 1), 1, false),
            day("isp", None, 1, true),
            day("isp", Some(DAY), 2, false),
            day("isp", Some(DAY + 1), 1, false),
        ]
    );
    assert_eq!((net.kind, net.lines), (PatternKind::Network, 2));
    assert_eq!(
        net.days,
        [day("isp", None, 1, true), day("isp", Some(DAY + 1), 1, false)]
    );
}

#[test]
fn a_time_is_by_the_true_clock_and_days_in_part_say_so() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_logs(dir.path());
    type Row = (MatchQuestion, &'static [(&'static str, Option<i32>, u64, bool)]);
    let from_noon = MatchQuestion {
        from_ms: i64::from(DAY) * DAY_MS + DAY_MS / 2,
        ..days(DAY, DAY + 2)
    };
    let of_isp = MatchQuestion {
        sources: Some(vec!["isp".to_owned()]),
        ..days(DAY + 1, DAY + 2)
    };
    let rows: [Row; 4] = [
        // The line at 01:00 of the clock that is ahead was written the day before.
        (
            days(DAY, DAY + 1),
            &[
                ("ahead", Some(DAY + 1), 1, true),
                ("isp", None, 1, true),
                ("isp", Some(DAY), 2, false),
            ],
        ),
        (
            from_noon,
            &[
                ("ahead", Some(DAY + 1), 1, false),
                ("isp", None, 1, true),
                ("isp", Some(DAY), 2, true),
                ("isp", Some(DAY + 1), 1, false),
            ],
        ),
        (
            of_isp,
            &[("isp", None, 1, true), ("isp", Some(DAY + 1), 1, false)],
        ),
        (days(DAY + 9, DAY + 10), &[("isp", None, 1, true)]),
    ];
    for (question, expected) in rows {
        let answer = ask(&store, &question);
        let expected: Vec<_> = expected
            .iter()
            .map(|(source, of, lines, at_most)| day(source, *of, *lines, *at_most))
            .collect();
        assert_eq!(answer.entries[0].days, expected, "{question:?}");
        let lines: u64 = expected.iter().map(|day| day.lines).sum();
        assert_eq!(answer.entries[0].lines, lines);
    }
    let answer = ask(&store, &days(DAY + 2, DAY + 3));
    assert_eq!((answer.read.segments, answer.read.segments_outside_time), (2, 2));
}

#[test]
fn what_cannot_be_told_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_logs(dir.path());
    store.watch(None);
    put(&store, "isp", "2023-11-14T10:00:00Z evil.example, unmatched\n");
    store.watch(Some(watched(&["evil.example"], 8)));
    put(
        &store,
        "isp",
        "2023-11-14T10:00:00Z evil.example, matched with another\n",
    );
    std::fs::write(file(dir.path(), 2), "x").unwrap();
    let decided = Decided {
        who: "Kim (kim)",
        why: "order 7",
        at_ms: 1_700_000_000_000,
        program: "test 1",
    };
    store.destroy(&id(1), Ground::ByHand, None, &decided).unwrap();
    let answer = ask(&store, &always());
    assert!(!answer.is_complete());
    let [damaged, without] = answer.read.not_matched.as_slice() else {
        panic!("{answer:?}")
    };
    assert_eq!(damaged.segment, id(2));
    assert!(damaged.why.contains("make them again"), "{}", damaged.why);
    let why = "it was not matched against a watchlist".to_owned();
    assert_eq!(*without, NotMatched { segment: id(4), why });
    assert_eq!((answer.read.segments, answer.read.destroyed), (3, 1));
    let digests: Vec<_> = answer.watchlists.iter().map(|list| list.sha256).collect();
    assert_eq!(digests, [Hex([7; 32]), Hex([8; 32])]);
    assert_eq!(
        answer.entries[0].days,
        [
            day("ahead", Some(DAY + 1), 1, false),
            day("isp", Some(DAY), 1, false)
        ]
    );
}

#[test]
fn each_segment_in_its_order_until_somebody_breaks_off() {
    let dir = tempfile::tempdir().unwrap();
    let store = with_logs(dir.path());
    let mut seen = Vec::new();
    let read = store.each_matches(&always(), &mut |segment, matches| {
        seen.push((segment.id().to_string(), matches.sums.lines));
        ControlFlow::Continue(())
    });
    assert_eq!(read.unwrap().segments, 4);
    let expected = [
        ("ahead/000001", 1),
        ("isp/000001", 3),
        ("isp/000002", 2),
        ("isp/000003", 0),
    ];
    assert_eq!(seen, expected.map(|(segment, lines)| (segment.to_owned(), lines)));
    let broken = store.matches_within(&always(), &mut |segments| match segments {
        1 => ControlFlow::Continue(()),
        _ => ControlFlow::Break(()),
    });
    assert!(matches!(broken, Err(Error::Cancelled)));
    let empty = MatchQuestion {
        to_ms: i64::MIN,
        ..always()
    };
    assert!(matches!(
        store.each_matches(&empty, &mut |_, _| ControlFlow::Continue(())),
        Err(Error::Hunt(_))
    ));
    let unknown = MatchQuestion {
        sources: Some(vec!["none".to_owned()]),
        ..always()
    };
    assert!(matches!(
        store.matches_within(&unknown, &mut |_| ControlFlow::Continue(())),
        Err(Error::NoSuchSource(_))
    ));
}
