//! Hunts on generated logs, with known answers.

use std::ops::ControlFlow;

use crate::support::*;
use accord_formats::logs::LineTime;
use accord_logstore::{Error, Hunt, HuntResult, Limits, LineAt, LogStore, SourceConfig};
use accord_matcher::{Kind, MatchKind, Pattern};

/// What each line is, and that reading it back gives the same bytes.
fn found(store: &LogStore, result: &HuntResult) -> Vec<(String, u64, Vec<u8>)> {
    result
        .lines
        .iter()
        .map(|line| {
            let stored = store
                .read_line(&line.segment, LineAt::Offset(line.offset))
                .unwrap();
            assert_eq!(
                (stored.line, &stored.bytes, stored.sha256),
                (line.line, &line.bytes, line.sha256)
            );
            assert_eq!(line.length, line.bytes.len() as u64);
            (line.segment.to_string(), line.line, line.bytes.clone())
        })
        .collect()
}

#[test]
fn exact_lines_with_their_place_and_hits() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), small());
    let log = b"nothing\r\n10.1.2.3 asked c2.evil.example\r\n\xff\xfe evil.example \0\n\nlast: 192.0.2.9 evil.example";
    let segment = import(&store, "x.log", log).unwrap();
    let result = hunt(&store, &["evil.example", "192.0.2.0/24"]);
    assert_eq!(
        found(&store, &result),
        [
            (
                "isp/000001".to_owned(),
                2,
                b"10.1.2.3 asked c2.evil.example\r\n".to_vec()
            ),
            ("isp/000001".to_owned(), 3, b"\xff\xfe evil.example \0\n".to_vec()),
            (
                "isp/000001".to_owned(),
                5,
                b"last: 192.0.2.9 evil.example".to_vec()
            ),
        ]
    );
    assert_eq!(result.scanned_bytes, log.len() as u64);
    assert_eq!((result.segments, result.lines_time_unknown), (1, 3));
    assert!(result.is_complete());
    let first = &result.lines[0];
    assert_eq!(
        (first.offset, first.customer.as_deref(), first.source.as_str()),
        (9, Some("10.1.2.3"), "isp")
    );
    assert_eq!(first.segment_sha256, segment.manifest.log.sha256);
    let hit = &first.hits[0];
    assert_eq!(
        (hit.label, hit.indicator.as_str(), hit.value.as_str()),
        (100, "evil.example", "c2.evil.example")
    );
    assert_eq!((hit.kind, hit.how), (Kind::Domain, MatchKind::Parent));
    let last: Vec<_> = result.lines[2]
        .hits
        .iter()
        .map(|hit| (hit.label, hit.value.as_str(), hit.how))
        .collect();
    assert_eq!(
        last,
        [
            (101, "192.0.2.9", MatchKind::Cidr),
            (100, "evil.example", MatchKind::Exact)
        ]
    );
    assert_eq!(result.lines[2].customer, None);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(40))]
    /// However the log is cut into frames, the lines with the name are found, and no others.
    #[test]
    fn cutting_changes_nothing(
        lines in proptest::collection::vec(("[ a-z0-9]{0,90}", proptest::bool::ANY, proptest::sample::select(vec!["\n", "\r\n"])), 0..30),
        newline in proptest::bool::ANY,
        target in 1_usize..100,
        max in 1_usize..150,
    ) {
        let mut log: Vec<u8> = Vec::new();
        for (text, hit, end) in &lines {
            let name = if *hit { " evil.example " } else { "" };
            log.extend_from_slice(format!("{text}{name}{text}{end}").as_bytes());
        }
        if !newline { log.pop(); }
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path(), Limits { frame_target_bytes: target, frame_max_bytes: max, ..Limits::default() });
        import(&store, "x", &log).unwrap();
        let result = hunt(&store, &["evil.example"]);
        let got: Vec<_> = found(&store, &result).into_iter().map(|(_, number, bytes)| (number, bytes)).collect();
        let expected: Vec<_> = lines_of(&log).iter().zip(1..)
            .filter(|(line, _)| line.windows(12).any(|part| part == b"evil.example"))
            .map(|(line, number)| (number, line.to_vec())).collect();
        proptest::prop_assert_eq!(got, expected);
        proptest::prop_assert_eq!(result.scanned_bytes, log.len() as u64);
    }
}

#[test]
fn zeek_headers_are_state_and_never_hits() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), small());
    let log = "#separator \\x09\n#path\tevil.example\n#fields\tts\tuid\tid.orig_h\tquery\n#types\ttime\tstring\taddr\tstring\n\
        1.5\tC1\t10.9.9.9\tevil.example\n2.5\tC2\t192.0.2.1\tok.example\n\
        #fields\tquery\tid.orig_h\tts\n#types\tstring\taddr\ttime\nevil.example\t2001:db8::1\t3.5\n#close\tevil.example\n";
    import(&store, "dns.log", log.as_bytes()).unwrap();
    let result = hunt(&store, &["evil.example"]);
    let got: Vec<_> = result
        .lines
        .iter()
        .map(|line| (line.line, line.time, line.customer.as_deref()))
        .collect();
    assert_eq!(
        got,
        [
            (5, LineTime::At(1500), Some("10.9.9.9")),
            (9, LineTime::At(3500), Some("2001:db8::1"))
        ]
    );
}

fn in_time(store: &LogStore, from_ms: i64, to_ms: i64) -> HuntResult {
    store
        .hunt(
            &Hunt {
                from_ms,
                to_ms,
                ..hunt_for(&["evil.example"])
            },
            &mut go,
        )
        .unwrap()
}

#[test]
fn time_limits_a_hunt() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), Limits::default());
    let log = "{\"ts\":10,\"uid\":\"a\",\"q\":\"evil.example\"}\n{\"ts\":20,\"uid\":\"a\",\"q\":\"evil.example\"}\n\
        {\"uid\":\"a\",\"q\":\"evil.example\"}\n";
    import(&store, "known", log.as_bytes()).unwrap();
    import(&store, "unknown", b"evil.example\n").unwrap();
    let sums = |from_ms, to_ms| {
        let result = in_time(&store, from_ms, to_ms);
        let lines: Vec<String> = result
            .lines
            .iter()
            .map(|line| format!("{}:{}", line.segment.number(), line.line))
            .collect();
        (
            lines.join(" "),
            result.lines_time_unknown,
            result.lines_outside_time,
            result.segments_outside_time,
        )
    };
    assert_eq!(sums(0, 100_000), ("1:1 1:2 1:3 2:1".to_owned(), 2, 0, 0));
    // From is inside, to is not.
    assert_eq!(sums(10_000, 20_000), ("1:1 1:3 2:1".to_owned(), 2, 1, 0));
    assert_eq!(sums(20_000, 20_001), ("1:2 1:3 2:1".to_owned(), 2, 1, 0));
    assert_eq!(sums(11_000, 12_000), ("1:3 2:1".to_owned(), 2, 2, 0));
    // Nothing that the first segment tells overlaps, but its last line may have been written at any time.
    assert_eq!(sums(20_001, 30_000), ("1:3 2:1".to_owned(), 2, 2, 0));
    let empty = store.hunt(
        &Hunt {
            from_ms: 5,
            to_ms: 5,
            ..hunt_for(&["evil.example"])
        },
        &mut go,
    );
    assert!(matches!(empty, Err(Error::Hunt(_))));
}

#[test]
fn a_segment_is_passed_over_only_when_each_of_its_lines_tells_a_time_outside() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), Limits::default());
    let timed = "{\"ts\":10,\"uid\":\"a\",\"q\":\"evil.example\"}\n";
    // Empty lines and the format's own lines say nothing that could be missed.
    import(&store, "timed", format!("{timed}\n \n").as_bytes()).unwrap();
    let zeek = "#separator \\x09\n#fields\tts\tuid\tquery\n10.0\ta\tevil.example\n#close\tx\n";
    import(&store, "zeek", zeek.as_bytes()).unwrap();
    // One line with a time, and many without: they are what a hunt must not claim to have searched.
    let untimed = "evil.example in a line without time\n".repeat(100);
    import(&store, "mostly untimed", format!("{timed}{untimed}").as_bytes()).unwrap();
    let result = in_time(&store, 20_000, 30_000);
    assert_eq!(result.segments_outside_time, 2);
    assert_eq!((result.segments, result.lines_outside_time), (1, 1));
    assert_eq!((result.lines.len(), result.lines_time_unknown), (100, 100));
    assert!(result.is_complete());
}

#[test]
fn a_measured_clock_is_taken_into_account() {
    let dir = tempfile::tempdir().unwrap();
    let store = LogStore::open(dir.path()).unwrap();
    // The source's clock runs five seconds ahead.
    store
        .add_source(SourceConfig {
            clock_offset_ms: Some(5000),
            ..source("isp")
        })
        .unwrap();
    import(&store, "x", b"{\"ts\":20,\"uid\":\"a\",\"q\":\"evil.example\"}\n").unwrap();
    let result = in_time(&store, 15_000, 15_001);
    assert_eq!(result.lines.len(), 1);
    assert_eq!(
        result.lines[0].time,
        LineTime::At(20_000),
        "the reported time stays as logged"
    );
    assert_eq!(in_time(&store, 20_000, 20_001).lines.len(), 0);
}

#[test]
fn sources_limit_a_hunt() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), Limits::default());
    store.add_source(source("web")).unwrap();
    import(&store, "x", b"evil.example\n").unwrap();
    store
        .import("web", "x", &mut &b"evil.example\n"[..], 0, "jo")
        .unwrap();
    let only = |names: &[&str]| {
        let sources = Some(names.iter().map(|name| (*name).to_owned()).collect());
        store.hunt(
            &Hunt {
                sources,
                ..hunt_for(&["evil.example"])
            },
            &mut go,
        )
    };
    assert_eq!(only(&["web"]).unwrap().lines[0].source, "web");
    assert_eq!(only(&["web", "isp"]).unwrap().lines.len(), 2);
    assert_eq!(only(&[]).unwrap().lines.len(), 0);
    assert!(matches!(only(&["isp", "none"]), Err(Error::NoSuchSource(name)) if name == "none"));
}

#[test]
fn the_maximum_is_counted_past() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(
        dir.path(),
        Limits {
            hunt_lines: 5,
            ..Limits::default()
        },
    );
    import(&store, "x", &b"evil.example\n".repeat(7)).unwrap();
    for (max_lines, lines, over) in [(usize::MAX, 5, 2), (5, 5, 2), (3, 3, 4), (0, 0, 7)] {
        let result = store
            .hunt(
                &Hunt {
                    max_lines,
                    ..hunt_for(&["evil.example"])
                },
                &mut go,
            )
            .unwrap();
        assert_eq!(
            (result.lines.len(), result.lines_over_max, result.truncated_at_max),
            (lines, over, true)
        );
        assert_eq!(result.lines_time_unknown, 7);
    }
    drop(store);
    let reopen = |limits| LogStore::open_with(dir.path(), Default::default(), limits).unwrap();
    let at = hunt(
        &reopen(Limits {
            hunt_lines: 7,
            hunt_bytes: 91,
            ..Limits::default()
        }),
        &["evil.example"],
    );
    assert_eq!((at.lines.len(), at.truncated_at_max), (7, false));
    let past = hunt(
        &reopen(Limits {
            hunt_bytes: 90,
            ..Limits::default()
        }),
        &["evil.example"],
    );
    assert_eq!((past.lines.len(), past.lines_over_max), (6, 1));
}

#[test]
fn a_hunt_needs_patterns_and_not_too_many() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(
        dir.path(),
        Limits {
            hunt_patterns: 2,
            ..Limits::default()
        },
    );
    import(&store, "x", b"a.example b.example\n").unwrap();
    assert!(matches!(store.hunt(&hunt_for(&[]), &mut go), Err(Error::Hunt(_))));
    assert!(
        store
            .hunt(&hunt_for(&["a.example", "b.example"]), &mut go)
            .is_ok()
    );
    assert!(matches!(
        store.hunt(&hunt_for(&["a.example", "b.example", "c.example"]), &mut go),
        Err(Error::Hunt(_))
    ));
    // One label for two patterns; one pattern twice.
    let patterns = ["a.example", "b.example", "A.example"].map(|text| (Pattern::parse(text).unwrap(), 7));
    let one_label = Hunt {
        patterns: patterns[..2].to_vec(),
        ..hunt_for(&[])
    };
    let labels = |hunt: &Hunt| -> Vec<_> {
        let result = store.hunt(hunt, &mut go).unwrap();
        result.lines[0]
            .hits
            .iter()
            .map(|hit| (hit.label, hit.indicator.clone()))
            .collect()
    };
    assert_eq!(
        labels(&one_label),
        [(7, "a.example".to_owned()), (7, "b.example".to_owned())]
    );
    let twice = Hunt {
        patterns: vec![patterns[0].clone(), patterns[2].clone()],
        ..hunt_for(&[])
    };
    assert_eq!(labels(&twice), [(7, "a.example".to_owned())]);
}

#[test]
fn progress_tells_and_cancels() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), small());
    let segment = import(&store, "x", &b"evil.example\n".repeat(50)).unwrap();
    let mut seen = Vec::new();
    store
        .hunt(&hunt_for(&["evil.example"]), &mut |progress| {
            seen.push(progress);
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(seen.len() as u64, segment.manifest.frames.count + 1);
    assert!(seen.is_sorted_by_key(|progress| progress.scanned_bytes));
    let last = seen.last().unwrap();
    assert_eq!(
        (last.scanned_bytes, last.total_bytes, last.lines_found),
        (650, 650, 50)
    );
    assert_eq!((last.segments_done, last.segments_total), (1, 1));
    let mut calls = 0;
    let cancelled = store.hunt(&hunt_for(&["evil.example"]), &mut |_| {
        calls += 1;
        ControlFlow::Break(())
    });
    assert!(matches!(cancelled, Err(Error::Cancelled)));
    assert_eq!(calls, 1);
}

#[test]
fn overlong_lines_are_named_and_the_rest_searched() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path(), small());
    let long = [b"evil.example ".as_slice(), &[b'x'; 2000], b"\n"].concat();
    let log = [
        b"evil.example 1\n".as_slice(),
        &long,
        b"evil.example 3\n",
        &long[..long.len() - 1],
    ]
    .concat();
    import(&store, "x", &log).unwrap();
    let result = hunt(&store, &["evil.example"]);
    assert_eq!(
        result.lines.iter().map(|line| line.line).collect::<Vec<_>>(),
        [1, 3]
    );
    let overlong: Vec<_> = result
        .overlong
        .iter()
        .map(|line| (line.line, line.offset, line.length))
        .collect();
    assert_eq!(overlong, [(2, 15, 2014), (4, 15 + 2014 + 15, 2013)]);
    assert_eq!(result.overlong_lines, 2);
    assert!(!result.is_complete());
    // The same with a line limit below the size of a frame.
    drop(store);
    let limits = Limits {
        line_bytes: 14,
        ..small()
    };
    let store = LogStore::open_with(dir.path(), Default::default(), limits).unwrap();
    assert_eq!(hunt(&store, &["evil.example"]).overlong_lines, 4);
}

#[test]
fn damage_is_named_and_the_rest_searched() {
    let lines: Vec<String> = (1..=40).map(|n| format!("{n:02} evil.example\n")).collect();
    let log = lines.concat();
    let dir = tempfile::tempdir().unwrap();
    let opened = store(dir.path(), small());
    let segment = import(&opened, "x", log.as_bytes()).unwrap();
    import(&opened, "y", b"evil.example after it\n").unwrap();
    let folder = dir.path().join("segments/isp/000001");
    let index = std::fs::read_to_string(folder.join("frames.ndjson")).unwrap();
    let frames: Vec<accord_logstore::Frame> = index
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(frames.len() >= 8, "{}", frames.len());
    let whole = std::fs::read(folder.join("frames.zst")).unwrap();
    for frame in &frames {
        for byte in [0, frame.length / 2, frame.length - 1] {
            let mut broken = whole.clone();
            broken[usize::try_from(frame.offset + byte).unwrap()] ^= 0x20;
            std::fs::write(folder.join("frames.zst"), &broken).unwrap();
            let report = verify(&opened);
            assert_eq!(report.problems.len(), 1, "{report:?}");
            assert_eq!(
                (&report.problems[0].segment, report.problems[0].frame),
                (segment.id(), Some(frame.frame))
            );
            let result = hunt(&opened, &["evil.example"]);
            assert_eq!(result.damage.len(), 1);
            let damage = &result.damage[0];
            assert_eq!(
                (damage.frame, damage.raw_offset, damage.raw_length),
                (Some(frame.frame), frame.raw_offset, frame.raw_length)
            );
            assert!(!result.is_complete());
            // All lines outside the damage, each at its place.
            let expected: Vec<(u64, u64)> = (0..40)
                .map(|n| (n + 1, n * 16))
                .filter(|(_, offset)| !(frame.raw_offset..frame.raw_end()).contains(offset))
                .collect();
            let got: Vec<_> = result
                .lines
                .iter()
                .filter(|line| line.segment == *segment.id())
                .map(|line| (line.line, line.offset))
                .collect();
            assert_eq!(got, expected);
            assert_eq!(result.lines.len(), expected.len() + 1);
            let error = opened
                .read_line(segment.id(), LineAt::Offset(frame.raw_offset + 16))
                .unwrap_err();
            assert!(matches!(error, Error::Damaged { .. }), "{error}");
        }
    }
    // The file cut, grown, the index changed.
    std::fs::write(folder.join("frames.zst"), &whole[..whole.len() - 1]).unwrap();
    assert_eq!(verify(&opened).problems[0].frame, Some(frames.len() as u64 - 1));
    std::fs::write(folder.join("frames.zst"), [&whole[..], b"x"].concat()).unwrap();
    assert_eq!(verify(&opened).problems.len(), 1);
    std::fs::write(folder.join("frames.zst"), &whole).unwrap();
    assert!(verify(&opened).is_clean());
    std::fs::write(
        folder.join("frames.ndjson"),
        index.replacen("\"line\":1", "\"line\":2", 1),
    )
    .unwrap();
    assert_eq!(verify(&opened).problems[0].frame, None);
    let result = hunt(&opened, &["evil.example"]);
    assert_eq!(
        (result.damage[0].frame, result.damage[0].raw_length),
        (None, log.len() as u64)
    );
    assert_eq!(result.lines.len(), 1);
}

#[test]
fn a_line_across_a_damaged_frame_is_part_of_the_damage() {
    let dir = tempfile::tempdir().unwrap();
    let opened = store(dir.path(), small());
    // Line 2 spans frames 0 to 3 or so; the frames in its middle hold nothing else.
    let log = [
        b"evil.example\n".as_slice(),
        &b"evil.example ".repeat(30),
        b"\nevil.example\n",
    ]
    .concat();
    let segment = import(&opened, "x", &log).unwrap();
    assert_eq!(hunt(&opened, &["evil.example"]).lines.len(), 3);
    let folder = dir.path().join("segments/isp/000001");
    let index = std::fs::read_to_string(folder.join("frames.ndjson")).unwrap();
    let frames: Vec<accord_logstore::Frame> = index
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let inside = frames.iter().find(|frame| !frame.starts_line()).unwrap();
    let mut broken = std::fs::read(folder.join("frames.zst")).unwrap();
    broken[usize::try_from(inside.offset + inside.length / 2).unwrap()] ^= 1;
    std::fs::write(folder.join("frames.zst"), broken).unwrap();
    let result = hunt(&opened, &["evil.example"]);
    assert_eq!(
        result.lines.iter().map(|line| line.line).collect::<Vec<_>>(),
        [1, 3]
    );
    assert_eq!(result.lines[1].offset, 13 + 30 * 13 + 1);
    let damage = &result.damage[0];
    assert_eq!(
        (damage.raw_offset, damage.raw_offset + damage.raw_length),
        (13, 13 + 30 * 13 + 1)
    );
    assert_eq!(damage.segment, *segment.id());
}
