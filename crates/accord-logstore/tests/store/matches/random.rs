//! Against a naive evaluator (the matcher's oracle, line by line), a hunt for the same indicators, and a scan of the same
//! bytes: however the log is cut into frames.

use std::collections::BTreeMap;

use super::*;
use accord_formats::logs::LogFormat;
use accord_logstore::{
    FormatSetting, Limits, MAX_MATCH_PLACES, MAX_MATCH_VALUES, MatchDay, MatchedValue, SourceConfig,
};
use accord_matcher::oracle::Oracle;
use accord_matcher::{Options, PatternKind, Scanner};
use proptest::prelude::*;

const PATTERNS: [&str; 18] = [
    "evil.example",
    "c2.evil.example",
    ".dyn.example",
    "bücher.example",
    "evil.1abc",
    "192.0.2.10",
    "192.0.2.0/24",
    "192.0.2.0/28",
    "198.51.100.7:8443",
    "198.51.100.7:80",
    "2001:db8::7",
    "2001:db8::/33",
    "bad.example/a.php",
    "bad.example:8443/a.php",
    "http://bad.example/drop/",
    "http://192.0.2.10/x",
    "mule@mail.example",
    "9e107d9d372bb6826bd81d3542a419d6",
];

const PIECES: [&str; 46] = [
    "evil.example",
    "www.c2.",
    "a.dyn.example",
    "dyn.example",
    "bücher.example",
    "xn--bcher-kva.example",
    "evil.1abc",
    "192.0.2.10",
    "192.0.2.200",
    "10.",
    "::ffff:192.0.2.10",
    "198.51.100.7",
    ":8443",
    ":80",
    "2001:db8::7",
    "[2001:DB8:0::7]",
    "bad.example",
    "/a.php",
    "/drop/",
    "/x",
    "?q=1",
    "http://",
    "hxxp[://]",
    "u:p@",
    "mule",
    "@",
    "[at]",
    "Mail.Example",
    "9E107D9D372BB6826BD81D3542A419D6",
    " ",
    " ",
    "\t",
    "\"",
    r"\n",
    "%2F",
    "[.]",
    "\r",
    "\n",
    "\n",
    "\n",
    "\n#fields\thost\turi\tid.orig_h\tid.orig_p\n",
    "{\"host\":\"",
    "\",\"uri\":\"",
    "\"}",
    "\n2023-11-14T01:02:03Z ",
    "\n2023-11-15T01:02:03.5+02:00 ",
];

#[derive(Debug, Default, PartialEq)]
struct Expected {
    lines: u64,
    first_line: u64,
    days: BTreeMap<i32, u64>,
    lines_without_day: u64,
    values: Vec<MatchedValue>,
    records_left_out: u64,
}

/// The day of a line, for the two times that pieces begin with.
fn day(line: &[u8]) -> Option<i32> {
    let starts = |text: &str| line.starts_with(text.as_bytes());
    if starts("2023-11-14T01:02:03Z") {
        Some(19_675)
    } else if starts("2023-11-15T01:02:03.5+02:00") {
        // Still the day before, UTC.
        Some(19_675)
    } else {
        None
    }
}

/// What the spec says of a log, read line by line: entries, lines that hit, records, overlong lines.
fn naive(log: &[u8], limit: usize) -> (BTreeMap<(PatternKind, String), Expected>, [u64; 3]) {
    let patterns: Vec<_> = PATTERNS
        .iter()
        .map(|text| Pattern::parse(text).unwrap())
        .collect();
    let mut oracle = Oracle::new((0..).zip(patterns.iter().cloned()).collect(), false);
    let mut entries: BTreeMap<(PatternKind, String), Expected> = BTreeMap::new();
    let [mut lines, mut records, mut overlong] = [0, 0, 0];
    for (line, number) in lines_of(log).into_iter().zip(1..) {
        if line.len() > limit {
            overlong += 1;
            continue;
        }
        let hits = oracle.line(line.strip_suffix(b"\n").unwrap_or(line));
        lines += u64::from(!hits.is_empty());
        records += hits.len() as u64;
        let mut seen = Vec::new();
        for hit in hits {
            let pattern = &patterns[hit.indicator as usize];
            let key = (pattern.kind(), pattern.canonical().to_owned());
            let entry = entries.entry(key).or_default();
            if !seen.contains(&hit.indicator) {
                seen.push(hit.indicator);
                entry.lines += 1;
                entry.first_line = if entry.lines == 1 {
                    number
                } else {
                    entry.first_line
                };
                match day(line) {
                    Some(day) => *entry.days.entry(day).or_default() += 1,
                    None => entry.lines_without_day += 1,
                }
            }
            let known = entry
                .values
                .iter_mut()
                .find(|value| (value.kind, &value.value) == (hit.kind, &hit.value));
            if let Some(value) = known {
                value.lines += 1;
                if value.first_lines.len() < MAX_MATCH_PLACES {
                    value.first_lines.push(number);
                }
            } else if entry.values.len() < MAX_MATCH_VALUES {
                entry.values.push(MatchedValue {
                    kind: hit.kind,
                    value: hit.value,
                    how: hit.how,
                    lines: 1,
                    first_lines: vec![number],
                });
            } else {
                entry.records_left_out += 1;
            }
        }
    }
    (entries, [lines, records, overlong])
}

fn told(matches: &SegmentMatches) -> BTreeMap<(PatternKind, String), Expected> {
    let told = matches.entries.iter().map(|entry| {
        let days = entry.days.iter().map(|MatchDay { day, lines }| (*day, *lines));
        let expected = Expected {
            lines: entry.lines,
            first_line: entry.first_line,
            days: days.collect(),
            lines_without_day: entry.lines_without_day,
            values: entry.values.clone(),
            records_left_out: entry.records_left_out,
        };
        ((entry.kind, entry.entry.clone()), expected)
    });
    told.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn matches_are_what_the_rules_say_a_hunt_finds_and_a_scan_gives(
        pieces in proptest::collection::vec(proptest::sample::select(PIECES.to_vec()), 0..120),
        target in 1_usize..300,
        max in 1_usize..400,
        line_bytes in proptest::sample::select(vec![40_usize, 200, 100_000]),
    ) {
        let log = pieces.concat().into_bytes();
        let dir = tempfile::tempdir().unwrap();
        let limits = Limits { frame_target_bytes: target, frame_max_bytes: max, line_bytes, ..Limits::default() };
        let store = store(dir.path(), limits);
        store.add_source(SourceConfig { format: FormatSetting::As(LogFormat::Text), ..source("text") }).unwrap();
        let list = watched(&PATTERNS, 7);
        store.watch(Some(list.clone()));
        let segment = store.import("text", "x", &mut log.as_slice(), 1_700_000_000_000, "jo").unwrap();
        let matches = store.matches(segment.id()).unwrap().unwrap();

        let (entries, [lines, records, overlong]) = naive(&log, line_bytes);
        prop_assert_eq!(told(&matches), entries);
        let sums = matches.sums;
        prop_assert_eq!((sums.lines, sums.records, sums.overlong_lines), (lines, records, overlong));

        let hunted = hunt(&store, &PATTERNS);
        prop_assert_eq!(hunted.lines.len() as u64, sums.lines);
        let mut by_entry: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        for line in &hunted.lines {
            for hit in &line.hits {
                let lines = by_entry.entry(&hit.indicator).or_default();
                if lines.last() != Some(&line.line) {
                    lines.push(line.line);
                }
            }
        }
        prop_assert_eq!(by_entry.len(), matches.entries.len());
        for entry in &matches.entries {
            let lines = &by_entry[entry.entry.as_str()];
            prop_assert_eq!((lines.len() as u64, lines[0]), (entry.lines, entry.first_line));
        }

        if overlong == 0 {
            let mut scanner = Scanner::new(list.watchlist(), Options::default());
            scanner.block(&log, &mut |_: &accord_matcher::LineHits<'_>| {});
            prop_assert_eq!(scanner.counts().records, sums.records);
        }
        prop_assert!(verify(&store).is_clean());
    }
}
