//! The sift against the exact pass: no line that hits may fall through, whatever stands before it and wherever the words
//! of the bitmaps begin.

use proptest::prelude::*;

use super::*;
use crate::{LineHits, Options, Pattern, Scanner, WatchlistBuilder};

const INDICATORS: [&str; 22] = [
    "evil.example",
    "c2.evil.example",
    "deep.in.a.zone.with.many.labels.example",
    ".dyn.example",
    "bücher.example",
    "2fevil.example",
    "nevil.example",
    "192.0.2.10",
    "192.0.0.0/8",
    "203.0.113.128/25",
    "198.51.100.7:8443",
    "2001:db8::7",
    "2001:db8:bad::/48",
    "1:2:3:4:5:6:7:8",
    "bad.example/a.php",
    "http://198.51.100.99/a/",
    "http://[2001:db8::9]/a",
    "mule@mail.example",
    "n@evil.example",
    "9e107d9d372bb6826bd81d3542a419d6",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
];

/// What hits, in many dresses, and what stands between.
const PARTS: [&str; 58] = [
    "evil.example",
    "www.c2.EVIL.example.",
    "evil.example.org",
    "a.deep.in.a.zone.with.many.labels.example",
    "x.dyn.example",
    "dyn.example",
    "bücher.example",
    "evil[.]example",
    "evil(dot)example",
    "evil{.}example",
    "192.0.2.10",
    "192.0.2.010",
    "11.192.0.2.10",
    "192.77.1.2",
    "203.0.113.200",
    "203.0.113.100",
    "198.51.100.7:8443",
    "198.51.100.7",
    "2001:DB8:0::7",
    "[2001:db8:bad:1::5]:80",
    "1:2:3:4:5:6:7:8",
    "1:2:3:4:5:6:1.2.3.4",
    "::ffff:192.0.2.10",
    "client:2001:db8::7",
    "00:00:5e:00:53:01",
    "10:20:30",
    "http://bad.example/a.php?x=1",
    "hxxps[://]bad[.]example/a.php",
    "http://198.51.100.99/a/b",
    "http:\\/\\/bad.example\\/a.php",
    "MULE[at]Mail.Example",
    "mule@mail.example",
    "joe@mail.example",
    "n@evil.example",
    "MD5=9E107D9D372BB6826BD81D3542A419D6",
    "9e107d9d372bb6826bd81d3542a419d6a",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "\\nevil.example",
    "\\u000aevil.example",
    "%2Fevil.example",
    "%2F192.0.2.10",
    "#fields\tid.orig_h",
    "#",
    ".",
    "-",
    ":",
    "@",
    "\"",
    " ",
    "\t",
    "/",
    "[",
    "(d",
    "é",
    "1425565514.419939",
    "sshd[123]:",
    "CHhAvVGS1DHFjwGM9",
];

fn watchlist() -> Watchlist {
    let mut builder = WatchlistBuilder::new();
    for (id, text) in (0..).zip(INDICATORS) {
        builder.add(Pattern::parse(text).unwrap(), id);
    }
    builder.build().unwrap().0
}

/// The lines that hit, read one by one.
fn by_line(watchlist: &Watchlist, block: &[u8]) -> Vec<usize> {
    let mut scanner = Scanner::new(watchlist, Options::default());
    let mut hits = Vec::new();
    let mut found = Vec::new();
    for (number, line) in block.split(|&byte| byte == b'\n').enumerate() {
        scanner.line(line, &mut hits);
        if !hits.is_empty() {
            found.push(number);
        }
    }
    found
}

fn check(watchlist: &Watchlist, block: &[u8]) {
    let expected = by_line(watchlist, block);
    let mut lines = Vec::new();
    for set in Instructions::all() {
        let count = Sift::with(watchlist, set).block(watchlist, block, &mut lines);
        let ends = block.iter().filter(|&&byte| byte == b'\n').count();
        let open = block.last().is_some_and(|&byte| byte != b'\n');
        assert_eq!(count, ends + usize::from(open));
        for line in &lines {
            let before = cut(block, 0, line.start);
            assert_eq!(line.number, before.iter().filter(|&&byte| byte == b'\n').count());
            assert!(line.start == 0 || before.last() == Some(&b'\n'));
        }
        let marked: Vec<usize> = lines.iter().map(|line| line.number).collect();
        assert!(marked.is_sorted_by(|a, b| a < b), "each line once: {marked:?}");
        for number in &expected {
            assert!(
                marked.contains(number),
                "{set:?}: line {number} of {:?}",
                String::from_utf8_lossy(block)
            );
        }
    }
    let mut in_block = Vec::new();
    Scanner::new(watchlist, Options::default())
        .block(block, &mut |line: &LineHits<'_>| in_block.push(line.number));
    assert_eq!(in_block, expected);
}

#[test]
fn quarters_that_are_full() {
    assert_eq!(rare::lanes(0x7fff << 16), 0);
    assert_eq!(rare::lanes(0xffff << 15), 0);
    assert_eq!(rare::lanes(0xffff << 16), 1 << 16);
    assert_eq!(rare::lanes(0xffff << 48 | 0xffff), 1 << 48 | 1);
    for first in 0..33 {
        assert_ne!(rare::lanes(0xffff_ffff << first), 0, "{first}");
    }
}

/// What `finder::may_have_dot` says "no" to has none once it is mapped.
#[test]
fn characters_that_become_a_dot_are_known() {
    let mut name = Vec::new();
    let mut dotless = 0;
    for character in (0x80..=0x10_ffff).filter_map(char::from_u32) {
        let run = format!("a{character}b");
        if finder::may_have_dot(run.as_bytes()) {
            continue;
        }
        dotless += 1;
        let mapped = crate::host::canonical_name(run.as_bytes(), &mut name);
        assert!(mapped.is_err(), "U+{:04X}", u32::from(character));
        assert!(!name.contains(&b'.'), "U+{:04X}", u32::from(character));
    }
    assert!(dotless > 50_000);
    for dot in ["\u{3002}", "\u{ff0e}", "\u{ff61}", "\u{2024}"] {
        assert!(finder::may_have_dot(dot.as_bytes()), "{dot}");
    }
}

#[test]
fn every_part_is_seen_at_every_place_of_a_word() {
    let watchlist = watchlist();
    for part in PARTS {
        for before in 0..140 {
            let text = format!("{}\n{} {part} x\n", "y".repeat(before % 7), "z".repeat(before));
            check(&watchlist, text.as_bytes());
        }
        check(&watchlist, part.as_bytes());
    }
}

#[test]
fn every_part_is_seen_across_the_end_of_a_chunk() {
    let watchlist = watchlist();
    for part in PARTS {
        for before in maps::CHUNK - 72..maps::CHUNK + 8 {
            let text = format!("line\n{} {part} x\n", "z".repeat(before - 6));
            check(&watchlist, text.as_bytes());
        }
    }
}

#[test]
fn headers_are_marked_where_a_line_begins_and_nowhere_else() {
    let watchlist = watchlist();
    let mut lines = Vec::new();
    for before in 0..140 {
        let filler = "y ".repeat(before / 2) + if before % 2 == 1 { "y" } else { "" };
        let block = format!("#fields\ta\n{filler}\n#fields\tb\n{filler} #no\n-\n");
        for set in Instructions::all() {
            Sift::with(&watchlist, set).block(&watchlist, block.as_bytes(), &mut lines);
            let marked: Vec<usize> = lines.iter().map(|line| line.number).collect();
            assert_eq!(marked, [0, 2], "{set:?} after {before}");
        }
    }
}

#[test]
fn runs_longer_than_a_word_are_seen() {
    let watchlist = watchlist();
    for labels in 1..40 {
        let long = format!("{}c2.evil.example", "abcdefgh.".repeat(labels));
        check(&watchlist, format!("q={long} 192.0.2.10\nnone\n").as_bytes());
        check(&watchlist, format!("{}{long}", "x".repeat(labels)).as_bytes());
    }
    check(&watchlist, format!("{}192.0.2.10\n", "a-".repeat(100)).as_bytes());
}

#[test]
fn parts_of_a_block_lose_nothing() {
    let watchlist = watchlist();
    let mut block = String::new();
    for number in 0..4_000 {
        block.push_str(&"filler ".repeat(number % 9));
        if number % 37 == 0 {
            block.push_str("c2.evil.example");
        }
        block.push('\n');
    }
    // A line longer than a part.
    block.push_str(&"long line ".repeat(5_000));
    block.push_str("192.0.2.10\nlast");
    check(&watchlist, block.as_bytes());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_hits_is_marked(parts in proptest::collection::vec((0..PARTS.len(), 0..3usize, 0..40usize), 1..30)) {
        let watchlist = watchlist();
        let mut block = String::new();
        for (part, between, filler) in parts {
            block.push_str(PARTS.get(part).copied().unwrap_or_default());
            block.push_str(["", " ", "\n"].get(between).copied().unwrap_or_default());
            if between == 1 {
                block.push_str(&"w".repeat(filler));
                block.push(' ');
            }
        }
        check(&watchlist, block.as_bytes());
    }

    #[test]
    fn any_bytes_are_safe(block in proptest::collection::vec(any::<u8>(), 0..600)) {
        check(&watchlist(), &block);
    }
}
