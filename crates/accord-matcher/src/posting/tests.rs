//! Keys of lines against what indicators probe, and the pass over bitmaps against the definition.

use super::*;
use crate::classes::Instructions;
use crate::{Options, Scanner, WatchlistBuilder};

fn keys(lines: &str) -> Vec<Key> {
    let mut reader = KeyReader::default();
    let mut keys = Vec::new();
    for line in lines.split_inclusive('\n') {
        reader.line(line.as_bytes(), &mut |key: Key| keys.push(key));
    }
    keys
}

fn covers(probe: Probe, keys: &[Key]) -> bool {
    keys.iter().any(|key| match (probe, *key) {
        (Probe::Print(print), Key::Print(key)) => print == key,
        (Probe::Ipv4(first, last), Key::Ipv4(key)) => (first..=last).contains(&key),
        (Probe::Ipv6(first, last), Key::Ipv6(key)) => (first..=last).contains(&key),
        _ => false,
    }) || probe == Probe::Every
}

#[test]
fn a_line_has_the_keys_of_what_it_holds_and_no_others() {
    for (pattern, line, expected) in [
        ("evil.example", "q=WWW.C2.Evil.EXAMPLE. ok", true),
        ("evil.example", "notevil.example", false),
        (".dyn.example", "a.dyn.example", true),
        ("192.0.2.0/24", "deny ::ffff:192.0.2.10", true),
        ("192.0.2.0/24", "deny 192.0.3.0", false),
        ("2001:db8::/32", "[2001:db8:ffff::7]:443", true),
        ("2001:db8::/32", "2001:db9::7", false),
        ("198.51.100.7:8443", "deny 198.51.100.7", true),
        ("bad.example/a.php", "GET http://bad.example/a.php?x=1", true),
        ("bad.example/a.php", "bad.example/A.php", false),
        ("bad.example/a.php", "bad.example:8080/a.php/more", true),
        ("bad.example:8080/a.php", "https://bad.example:8080/a.php", true),
        (
            "http://bad.example/drop/",
            r#""http:\/\/bad.example\/drop\/x.bin""#,
            true,
        ),
        ("http://bad.example/", "http://bad.example/anything", true),
        ("http://bad.example/a/b/c/d/e/f", "bad.example/a/b/c/d/e/f", true),
        ("http://bad.example/?id=1", "http://bad.example/?id=1", true),
        ("http://bad.example/?id=1", "http://bad.example?id=1", true),
        ("203.0.113.5/x", "http://203.0.113.5/x", true),
        ("[2001:db8::7]/x", "http://[2001:db8::7]:81/x/y", true),
        ("bad.example/x", r#"{"host":"bad.example","uri":"/x/y"}"#, true),
        ("bad.example/x", "#fields\thost\turi\nbad.example\t/x/y", true),
        ("mule@mail.example", "MULE[at]Mail.Example", true),
        (
            "9e107d9d372bb6826bd81d3542a419d6",
            "MD5=9E107D9D372BB6826BD81D3542A419D6",
            true,
        ),
        ("bücher.example", "xn--bcher-kva.example", true),
        ("evil.1abc", "evil.1abc", true),
    ] {
        let probe = Pattern::parse(pattern).unwrap().probe();
        assert_eq!(covers(probe, &keys(line)), expected, "{pattern} in {line}");
    }
    assert_eq!(keys("2018-03-24T17:15:20.600725Z"), []);
    assert_eq!(Pattern::parse("evil.1abc").unwrap().probe(), Probe::Every);
}

/// Every set of instructions gives a line the keys that the definition gives it.
fn check_same(lines: &[u8]) {
    let mut plain = KeyReader::default();
    let mut readers: Vec<KeyReader> = Instructions::all().into_iter().map(KeyReader::with).collect();
    for line in lines.split_inclusive(|byte| *byte == b'\n') {
        let sorted = |mut keys: Vec<Key>| {
            keys.sort();
            keys.dedup();
            keys
        };
        let mut expected = Vec::new();
        plain.line_plain(line, &mut |key: Key| expected.push(key));
        let expected = sorted(expected);
        for reader in &mut readers {
            let mut keys = Vec::new();
            reader.line(line, &mut |key: Key| keys.push(key));
            assert_eq!(sorted(keys), expected, "{:?}", String::from_utf8_lossy(line));
        }
    }
}

#[test]
fn every_part_has_its_keys_at_every_place_of_a_word() {
    for part in PIECES.iter().chain(&RARE) {
        for before in 0..140 {
            check_same(format!("{}{part} x\n{} {part}", "z".repeat(before), "z ".repeat(before)).as_bytes());
        }
    }
}

#[test]
fn addresses_of_every_length_are_read() {
    let numbers = [
        "0", "7", "10", "00", "01", "99", "100", "255", "256", "300", "356", "001", "999", "1000",
    ];
    let count = numbers.len();
    for i in 0..count.pow(4) {
        let parts = [i, i / count, i / count.pow(2), i / count.pow(3)].map(|i| numbers[i % count]);
        let text = format!("{}{}\n", "w ".repeat(i % 40), parts.join("."));
        let address: Option<std::net::Ipv4Addr> = parts.join(".").parse().ok();
        let expected: Vec<Key> = address
            .into_iter()
            .map(|address| Key::Ipv4(address.to_bits()))
            .collect();
        assert_eq!(keys(&text), expected, "{text}");
    }
}

#[test]
fn long_runs_and_long_lines_have_their_keys() {
    for labels in 1..40 {
        let long = format!("{}c2.evil.example", "abcdefgh.".repeat(labels));
        check_same(format!("q={long} 192.0.2.10\n{}{long}/a/b?c", "x".repeat(labels)).as_bytes());
    }
    for length in maps::MAX_MAPPED_BYTES - 70..maps::MAX_MAPPED_BYTES + 3 {
        check_same(format!("{}c2.evil.example 192.0.2.10", "w ".repeat(length / 2 - 13)).as_bytes());
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(600))]

    #[test]
    fn the_pass_gives_what_the_definition_gives(
        pieces in proptest::collection::vec((0..PIECES.len() + RARE.len(), 0..4usize, 0..70usize), 1..24),
    ) {
        let mut text = String::new();
        for (piece, between, filler) in pieces {
            text.push_str(PIECES.iter().chain(&RARE).nth(piece).copied().unwrap_or_default());
            text.push_str(["", "", " ", "\n"][between]);
            if between == 2 {
                text.push_str(&"w".repeat(filler));
                text.push(' ');
            }
        }
        check_same(text.as_bytes());
    }

    #[test]
    fn any_bytes_have_the_keys_of_the_definition(block in proptest::collection::vec(proptest::num::u8::ANY, 0..600)) {
        check_same(&block);
    }

    #[test]
    fn any_text_of_few_bytes_has_the_keys_of_the_definition(text in "[a.:0-1f@%\\\\/\\[\\]é\u{3002} -]{0,200}") {
        check_same(text.as_bytes());
    }

}

proptest::proptest! {
    /// The property that hunts rest on: what the scanner finds, weak hits too, has its keys.
    #[test]
    fn whatever_hits_has_the_key(
        line in proptest::collection::vec(proptest::sample::select(PIECES.to_vec()), 1..12),
        header in proptest::bool::ANY,
    ) {
        let mut builder = WatchlistBuilder::new();
        let patterns: Vec<Pattern> = PATTERNS.iter().map(|text| Pattern::parse(text).unwrap()).collect();
        for (id, pattern) in (0..).zip(&patterns) {
            builder.add(pattern.clone(), id);
        }
        let watchlist = builder.build().unwrap().0;
        let mut text = if header { "#fields\thost\turi\tid.orig_h\tid.orig_p\n".to_owned() } else { String::new() };
        text.push_str(&line.concat());
        let mut scanner = Scanner::new(&watchlist, Options { weak: true, count: false });
        let mut found = Vec::new();
        scanner.block(text.as_bytes(), &mut |line: &crate::LineHits<'_>| {
            found.extend(line.hits.iter().map(|hit| hit.indicator));
        });
        let keys = keys(&text);
        for id in found {
            let pattern = &patterns[id as usize];
            proptest::prop_assert!(covers(pattern.probe(), &keys), "{:?} in {}", pattern, text);
        }
    }
}

const PATTERNS: [&str; 20] = [
    "evil.example",
    "c2.evil.example",
    ".dyn.example",
    "bücher.example",
    "evil.1abc",
    "192.0.2.10",
    "192.0.2.0/24",
    "0.0.0.0/1",
    "198.51.100.7:8443",
    "2001:db8::7",
    "2001:db8::/33",
    "bad.example/a.php",
    "bad.example:8443/a.php",
    "http://bad.example/drop/",
    "http://bad.example/a/b/c/d/e/f/g",
    "http://bad.example/a//b",
    "http://192.0.2.10/x",
    "http://[2001:db8::7]/x/",
    "mule@mail.example",
    "9e107d9d372bb6826bd81d3542a419d6",
];

const PIECES: [&str; 44] = [
    "evil.example",
    "c2.",
    "a.dyn.example",
    "bücher.example",
    "evil.1abc",
    "192.0.2.10",
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
    "/a/b/c/d/e/f/g/h",
    "/a//b",
    "//",
    "/x",
    "/x/y",
    "?q=1",
    "#f",
    "http://",
    "hxxp[://]",
    "u:p@",
    "mule",
    "@",
    "[at]",
    "Mail.Example",
    "9E107D9D372BB6826BD81D3542A419D6",
    " ",
    "\t",
    "\"",
    r"\n",
    "%2F",
    r"\/",
    "[.]",
    "{\"host\":\"",
    "\",\"uri\":\"",
    "\",\"url\":\"",
    "{\"hostname\":\"",
    "\"}",
    "\n",
];

/// What the pass leaves to others, or must not take for something.
const RARE: [&str; 32] = [
    "c2.evil.example.",
    ".evil.example",
    "-evil.example",
    "evil..example",
    "a.b",
    "a.1",
    "a.1b",
    "1.2.3.4.5",
    "1.2.3",
    "256.1.1.1",
    "01.2.3.4",
    "1425565514.419939",
    "2018-03-24T17:15:20.600725Z",
    "10:20:30",
    "00:00:5e:00:53:01",
    "1:2:3:4:5:6:7:8",
    "1:2:3:4:5:6:1.2.3.4",
    "::",
    "client:2001:db8::7",
    "fe80::1%eth0",
    "[fe80::1%eth0]:80/x",
    "%2Fevil.example",
    "\\nevil.example",
    "\\u000aevil.example",
    "bücher。example",
    "例え.テスト",
    "9e107d9d372bb6826bd81d3542a419d6a",
    "9e107d9d372bb6826bd81d3542a419d6.evil.example",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "[192.0.2.10]:80/x/y",
    "under_score.Evil_Example",
];
