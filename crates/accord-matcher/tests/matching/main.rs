//! The matcher against the rules: by example, against the oracle, and at its limits.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that meets something unexpected is to fail, in its helpers too"
)]

mod allow;
mod examples;
mod limits;
mod patterns;
mod plain;
mod properties;
mod watchlist_file;

use accord_matcher::oracle::Oracle;
use accord_matcher::{Hit, IndicatorId, LineHits, Options, Pattern, Scanner, Watchlist, WatchlistBuilder};

/// The watchlist of `docs/spec/matching.md`.
pub(crate) const INDICATORS: [&str; 14] = [
    "evil.example",
    "c2.evil.example",
    ".dyn.example",
    "bücher.example",
    "192.0.2.10",
    "192.0.2.0/24",
    "198.51.100.7:8443",
    "198.51.100.7:80",
    "2001:db8::7",
    "bad.example/a.php",
    "http://bad.example/drop/",
    "http://203.0.113.5",
    "mule@mail.example",
    "9e107d9d372bb6826bd81d3542a419d6",
];

pub(crate) fn patterns(texts: &[&str]) -> Vec<(IndicatorId, Pattern)> {
    (0..)
        .zip(texts)
        .map(|(id, text)| (id, Pattern::parse(text).unwrap()))
        .collect()
}

pub(crate) fn watchlist(texts: &[&str]) -> Watchlist {
    let mut builder = WatchlistBuilder::new();
    for (id, pattern) in patterns(texts) {
        builder.add(pattern, id);
    }
    builder.build().unwrap().0
}

/// One record as text: where, kind, value, indicator, how.
pub(crate) fn show(watchlist: &Watchlist, hits: &[Hit]) -> Vec<String> {
    hits.iter()
        .map(|h| {
            let indicator = watchlist.pattern(h.indicator).unwrap();
            format!("{} {} {}: {} {}", h.start, h.kind, h.value, indicator, h.how)
        })
        .collect()
}

/// The records of lines, by the line, as a block, and by the oracle, which must all agree.
pub(crate) fn scan(texts: &[&str], weak: bool, lines: &[u8]) -> Vec<(usize, Vec<String>)> {
    let watchlist = watchlist(texts);
    let options = Options { weak, count: false };
    let mut oracle = Oracle::new(patterns(texts), weak);
    let mut scanner = Scanner::new(&watchlist, options);
    let mut by_line = Vec::new();
    let mut hits = Vec::new();
    for (number, line) in lines.split(|&b| b == b'\n').enumerate() {
        scanner.line(line, &mut hits);
        let shown = show(&watchlist, &hits);
        let expected = show(&watchlist, &oracle.line(line));
        assert_eq!(
            shown,
            expected,
            "engine (left) and oracle on {:?}",
            String::from_utf8_lossy(line)
        );
        if !shown.is_empty() {
            by_line.push((number, shown));
        }
    }
    for count in [false, true] {
        let mut scanner = Scanner::new(&watchlist, Options { weak, count });
        let mut in_block = Vec::new();
        scanner.block(lines, &mut |line: &LineHits<'_>| {
            assert_eq!(&lines[line.offset..line.offset + line.text.len()], line.text);
            in_block.push((line.number, show(&watchlist, line.hits)));
        });
        assert_eq!(in_block, by_line, "block (left) and lines");
    }
    by_line
}
