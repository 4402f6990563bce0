//! What stands in lines: whatever the bytes, nothing panics, and a line has the same records by the engine, by the engine
//! over the whole block, with the instructions of this processor, and by the second, slow implementation of the rules.

use std::collections::BTreeMap;

use accord_matcher::oracle::Oracle;
use accord_matcher::{
    Hit, IndicatorId, KindSet, LineHits, Options, Pattern, Scanner, Watchlist, WatchlistBuilder, extract,
};

/// Of all kinds, many below or beside each other.
const INDICATORS: [&str; 17] = [
    "evil.example",
    "c2.evil.example",
    ".dyn.example",
    "bücher.example",
    "192.0.2.10",
    "192.0.2.0/24",
    "198.51.100.7:8443",
    "2001:db8::7",
    "2001:db8::/32",
    "[2001:db8::7]:443",
    "bad.example/a.php",
    "http://bad.example/drop/",
    "http://203.0.113.5",
    "bad.example:8443/a",
    "mule@mail.example",
    "9e107d9d372bb6826bd81d3542a419d6",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
];
/// The second implementation looks at every substring of a line.
const MAX_LINE_BYTES: usize = 160;

thread_local! {
    static LIST: (Vec<(IndicatorId, Pattern)>, Watchlist) = list();
}

fn list() -> (Vec<(IndicatorId, Pattern)>, Watchlist) {
    let patterns: Vec<_> = (0..)
        .zip(INDICATORS)
        .map(|(id, text)| (id, Pattern::parse(text).expect("an indicator")))
        .collect();
    let mut builder = WatchlistBuilder::new();
    for (id, pattern) in patterns.clone() {
        builder.add(pattern, id);
    }
    (patterns, builder.build().expect("a watchlist").0)
}

/// The first byte says whether weak matches count.
pub fn run(input: &[u8]) {
    let Some((how, lines)) = input.split_first() else {
        return;
    };
    if lines
        .split(|byte| *byte == b'\n')
        .any(|line| line.len() > MAX_LINE_BYTES)
    {
        return;
    }
    LIST.with(|(patterns, list)| compare(how & 1 == 1, lines, patterns, list));
}

fn compare(weak: bool, lines: &[u8], patterns: &[(IndicatorId, Pattern)], list: &Watchlist) {
    let mut oracle = Oracle::new(patterns.to_vec(), weak);
    let mut scanner = Scanner::new(list, Options { weak, count: false });
    let (mut by_line, mut hits) = (BTreeMap::<usize, Vec<Hit>>::new(), Vec::new());
    let mut seen = Vec::new();
    for (number, line) in lines.split(|byte| *byte == b'\n').enumerate() {
        scanner.line(line, &mut hits);
        assert_eq!(
            hits,
            oracle.line(line),
            "engine (left) and oracle on {:?}",
            String::from_utf8_lossy(line)
        );
        if !hits.is_empty() {
            by_line.insert(number, hits.clone());
        }
        seen.clear();
        extract(line, KindSet::ALL, &mut seen);
        for observable in &seen {
            assert!(observable.start < line.len(), "{observable:?} stands in its line");
        }
    }
    for count in [false, true] {
        let mut in_block = BTreeMap::new();
        Scanner::new(list, Options { weak, count }).block(lines, &mut |line: &LineHits<'_>| {
            in_block.insert(line.number, line.hits.to_vec());
        });
        assert_eq!(in_block, by_line, "block (left) and lines");
    }
}
