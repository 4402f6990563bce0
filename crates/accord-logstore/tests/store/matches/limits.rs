//! One past each limit: what is left out is counted, and counts of lines stay exact.

use super::*;
use accord_logstore::{Error, Limits, MAX_MATCHES_FILE_BYTES, MatchQuestion, MatchSums};
use std::io::Write;

/// A store with this limit beside large frames, a log, and its matches.
fn matched(limits: Limits, patterns: &[&str], log: &str) -> (SegmentMatches, Vec<u8>) {
    let dir = tempfile::tempdir().unwrap();
    let store = watching(dir.path(), limits, patterns);
    import(&store, "x", log.as_bytes()).unwrap();
    assert!(verify(&store).is_clean());
    (of(&store, 1), std::fs::read(file(dir.path(), 1)).unwrap())
}

#[test]
fn entries() {
    let log = "a.example b.example\nc.example b.example\nc.example c.example\n";
    let patterns = ["a.example", "b.example", "c.example"];
    for (match_entries, listed, left_out) in [(3, 3, 0), (2, 2, 2), (0, 0, 5)] {
        let limits = Limits {
            match_entries,
            ..Limits::default()
        };
        let (matches, _) = matched(limits, &patterns, log);
        let sums = MatchSums {
            entries: listed,
            lines: 3,
            records: 5,
            records_of_other_entries: left_out,
            ..MatchSums::default()
        };
        assert_eq!(matches.sums, sums);
        assert_eq!(matches.entries.len() as u64, listed);
        assert_eq!(matches.is_complete(), left_out == 0);
    }
}

#[test]
fn values_and_places() {
    let log =
        "a.evil.example b.evil.example\nc.evil.example\nb.evil.example\nb.evil.example\nc.evil.example\n";
    for (match_values, match_places, places, left_out) in [
        (3, 3, vec![vec![1], vec![1, 3, 4], vec![2, 5]], 0),
        (3, 2, vec![vec![1], vec![1, 3], vec![2, 5]], 0),
        (2, 1, vec![vec![1], vec![1]], 2),
        (1, 0, vec![vec![]], 5),
        (0, 8, vec![], 6),
    ] {
        let limits = Limits {
            match_values,
            match_places,
            ..Limits::default()
        };
        let (matches, _) = matched(limits, &["evil.example"], log);
        let found = entry(&matches, "evil.example");
        assert_eq!(
            (found.lines, found.first_line, found.records_left_out),
            (5, 1, left_out)
        );
        let first_lines: Vec<_> = found
            .values
            .iter()
            .map(|value| value.first_lines.clone())
            .collect();
        assert_eq!(first_lines, places);
        let lines: Vec<u64> = found.values.iter().map(|value| value.lines).collect();
        assert_eq!(lines, [1, 3, 2][..match_values.min(3)]);
        assert_eq!(lines.iter().sum::<u64>() + left_out, matches.sums.records);
        // What is left out of an entry leaves out no entry.
        assert!(matches.is_complete());
    }
}

#[test]
fn days() {
    let log: String = (10..14)
        .map(|day| format!("2023-11-{day}T00:00:00Z evil.example\n").repeat(2))
        .collect();
    for (match_days, other) in [(4, 0), (3, 2), (0, 8)] {
        let limits = Limits {
            match_days,
            ..Limits::default()
        };
        let (matches, _) = matched(limits, &["evil.example"], &log);
        let found = entry(&matches, "evil.example");
        assert_eq!(
            (found.lines, found.days.len(), found.lines_of_other_days),
            (8, match_days, other)
        );
        let by_day: u64 = found.days.iter().map(|day| day.lines).sum();
        assert_eq!(by_day + other, found.lines);
        // The times are of all.
        let time = found.time.unwrap();
        assert_eq!((time.last_ms - time.first_ms) / 86_400_000, 3);
    }
}

#[test]
fn room() {
    let log: String = (0..200)
        .map(|number| format!("2023-11-14T00:00:00Z n{number}.evil{}.example\n", number % 20))
        .collect();
    let names: Vec<String> = (0..20).map(|number| format!("evil{number}.example")).collect();
    let patterns: Vec<&str> = names.iter().map(String::as_str).collect();
    let (all, _) = matched(Limits::default(), &patterns, &log);
    assert!(all.is_complete() && all.entries.len() == 20);
    let mut listed = Vec::new();
    for match_bytes in [0, 300, 1_000, 5_000, 20_000, 40_000, 1_000_000] {
        let limits = Limits {
            match_bytes,
            ..Limits::default()
        };
        let (matches, bytes) = matched(limits, &patterns, &log);
        assert_eq!((matches.sums.lines, matches.sums.records), (200, 200));
        let records: u64 = matches.entries.iter().map(|entry| entry.lines).sum();
        assert_eq!(records + matches.sums.records_of_other_entries, 200);
        for found in &matches.entries {
            let days: u64 = found.days.iter().map(|day| day.lines).sum();
            assert_eq!(days + found.lines_of_other_days, found.lines);
            let values: u64 = found.values.iter().map(|value| value.lines).sum();
            assert_eq!(values + found.records_left_out, found.lines);
        }
        let text = zstd::decode_all(bytes.as_slice()).unwrap();
        let head_and_end = 600;
        assert!(
            text.len() <= match_bytes + head_and_end,
            "{match_bytes}: {}",
            text.len()
        );
        listed.push(matches.entries.len());
    }
    assert!(listed.is_sorted(), "{listed:?}");
    assert_eq!((listed[0], listed[6]), (0, 20));
}

#[test]
fn lines_over_the_line_limit_are_not_looked_at() {
    let long = format!("{} evil.example\n", "x".repeat(1010));
    let longer = format!("{} evil.example\n", "x".repeat(1011));
    assert_eq!((long.len(), longer.len()), (1024, 1025));
    for (frame_target_bytes, frame_max_bytes) in [(64, 128), (4096, 8192)] {
        let limits = Limits {
            frame_target_bytes,
            frame_max_bytes,
            ..small()
        };
        let log = format!("evil.example\n{longer}{long}{longer}evil.example\n{longer}");
        let (matches, _) = matched(limits, &["evil.example"], &log);
        assert_eq!((matches.sums.lines, matches.sums.overlong_lines), (3, 3));
        assert_eq!(entry(&matches, "evil.example").values[0].first_lines, [1, 3, 5]);
        assert!(!matches.is_complete());
        // The last one has no end: it is as long as it is.
        let (matches, _) = matched(limits, &["evil.example"], longer.trim_end());
        assert_eq!((matches.sums.lines, matches.sums.overlong_lines), (1, 0));
    }
}

#[test]
fn a_line_gives_only_so_many_records() {
    let most = accord_matcher::limits::MAX_RECORDS_PER_LINE as u64;
    let names = |count: u64| -> String {
        (0..count)
            .map(|number| format!("{number}.evil.example "))
            .collect()
    };
    for (count, over) in [(most, 0), (most + 1, 1)] {
        let limits = Limits {
            match_values: 2,
            ..Limits::default()
        };
        let (matches, _) = matched(limits, &["evil.example"], &names(count));
        assert_eq!(
            (matches.sums.records, matches.sums.records_over_line),
            (most, over)
        );
        assert_eq!(entry(&matches, "evil.example").lines, 1);
        assert_eq!(matches.is_complete(), over == 0);
    }
}

#[test]
fn a_longer_file_is_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let store = watching(dir.path(), small(), &["evil.example"]);
    import(&store, "x", b"evil.example\n").unwrap();
    let mut encoder =
        zstd::stream::write::Encoder::new(std::fs::File::create(file(dir.path(), 1)).unwrap(), 1).unwrap();
    let spaces = vec![b' '; 1 << 20];
    for _ in 0..MAX_MATCHES_FILE_BYTES >> 20 {
        encoder.write_all(&spaces).unwrap();
    }
    encoder.write_all(b"\n").unwrap();
    encoder.finish().unwrap();
    let error = store.matches(&id(1)).unwrap_err();
    assert!(
        matches!(error, Error::Matches { .. }) && error.to_string().contains("longer than"),
        "{error}"
    );
}

#[test]
fn an_answer_names_only_so_many_entries() {
    let patterns = ["a.example", "b.example", "c.example"];
    let question = MatchQuestion {
        from_ms: i64::MIN,
        to_ms: i64::MAX,
        sources: None,
    };
    for (match_answer, named, left_out) in [(3, 3, 0), (2, 2, 4), (0, 0, 9)] {
        let dir = tempfile::tempdir().unwrap();
        let store = watching(
            dir.path(),
            Limits {
                match_answer,
                ..Limits::default()
            },
            &patterns,
        );
        import(&store, "x", b"a.example\nb.example\nb.example\n").unwrap();
        import(
            &store,
            "y",
            b"b.example\nb.example\nc.example\nc.example\nc.example\nc.example\n",
        )
        .unwrap();
        let answer = store
            .matches_within(&question, &mut |_| std::ops::ControlFlow::Continue(()))
            .unwrap();
        assert_eq!((answer.entries.len(), answer.lines_left_out), (named, left_out));
        let lines: u64 = answer.entries.iter().map(|entry| entry.lines).sum();
        assert_eq!(lines + left_out, 9);
        assert_eq!(answer.is_complete(), left_out == 0);
    }
}
