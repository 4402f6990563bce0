//! Each limit, at it and one past it; and long and hostile lines in linear time.

use accord_matcher::limits::{
    MAX_COLUMNS, MAX_HOST_BYTES, MAX_JSON_DEPTH, MAX_LABEL_BYTES, MAX_LOCAL_PART_BYTES, MAX_PATTERN_BYTES,
    MAX_RECORDS_PER_LINE, MAX_URL_BYTES, MAX_USER_PART_BYTES, MAX_ZONE_BYTES,
};
use accord_matcher::{Hit, KindSet, Options, Pattern, Scanner, extract};

use crate::{scan, watchlist};

fn records(indicators: &[&str], line: &str) -> usize {
    scan(indicators, false, line.as_bytes())
        .into_iter()
        .map(|(_, records)| records.len())
        .sum()
}

#[test]
fn hosts_and_labels() {
    let name = |bytes: usize| format!("{}a.evil.example", "a.".repeat((bytes - 14) / 2));
    let longest = name(MAX_HOST_BYTES - 1);
    assert_eq!(records(&["evil.example"], &longest), 1);
    assert_eq!(records(&["evil.example"], &format!("a{longest}")), 1);
    assert_eq!(records(&["evil.example"], &format!("aa{longest}")), 0);
    assert_eq!(
        records(
            &["evil.example"],
            &format!("{}.evil.example", "a".repeat(MAX_LABEL_BYTES))
        ),
        1
    );
    assert_eq!(
        records(
            &["evil.example"],
            &format!("{}.evil.example", "a".repeat(MAX_LABEL_BYTES + 1))
        ),
        0
    );
}

#[test]
fn runs_before_idna() {
    // U+00AD is mapped to nothing: 2 bytes each. 10 bytes of `é.example` and an even rest.
    let run = |extra: usize| format!("é{}.evil.example", "\u{ad}".repeat(extra));
    let fits = (accord_matcher::limits::MAX_HOST_RUN_BYTES - "é.evil.example".len()) / 2;
    assert_eq!(records(&["evil.example"], &run(fits)), 1);
    assert_eq!(records(&["evil.example"], &run(fits + 1)), 0);
}

#[test]
fn mail_zone_and_user_part() {
    let local = "a".repeat(MAX_LOCAL_PART_BYTES);
    assert_eq!(
        records(&[&format!("{local}@x.example")], &format!("{local}@x.example")),
        1
    );
    let mut found = Vec::new();
    extract(format!("{local}a@x.example").as_bytes(), KindSet::ALL, &mut found);
    assert_eq!(found.len(), 1, "only the domain");
    for (zone, port) in [(MAX_ZONE_BYTES, 1), (MAX_ZONE_BYTES + 1, 0)] {
        assert_eq!(
            records(&["[fe80::1]:5"], &format!("[fe80::1%{}]:5", "z".repeat(zone))),
            port
        );
    }
    for (user, value) in [
        (MAX_USER_PART_BYTES, "x.example/a"),
        (MAX_USER_PART_BYTES + 1, "x.example:80/a"),
    ] {
        let line = format!("http://{}@x.example:80/a", "u".repeat(user));
        let found = scan(&["x.example/a"], false, line.as_bytes());
        assert!(found[0].1[0].contains(&format!("url {value}:")), "{found:?}");
    }
}

#[test]
fn urls_are_cut() {
    for (tail, length) in [
        (MAX_URL_BYTES - 9, MAX_URL_BYTES),
        (MAX_URL_BYTES - 8, MAX_URL_BYTES),
    ] {
        let list = watchlist(&["x.example/"]);
        let line = format!("x.example{}", "/".to_owned() + &"a".repeat(tail - 1));
        let hits = list.lookup(&line, false);
        assert_eq!((hits.len(), hits[0].value.len()), (1, length));
    }
}

#[test]
fn json_depth() {
    let nested = |depth: usize| {
        format!(
            "{}{}{}",
            "{\"a\":".repeat(depth - 1),
            r#"{"src_ip":"192.0.2.1","src_port":5}"#,
            "}".repeat(depth - 1)
        )
    };
    assert_eq!(records(&["192.0.2.1:5"], &nested(MAX_JSON_DEPTH)), 1);
    assert_eq!(records(&["192.0.2.1:5"], &nested(MAX_JSON_DEPTH + 1)), 0);
}

#[test]
fn patterns_and_columns() {
    let pattern = |bytes: usize| format!("x.example/{}", "a".repeat(bytes - 10));
    let longest = pattern(MAX_PATTERN_BYTES);
    // Without the oracle, which takes a minute for this line.
    let line = format!("{longest}?{}", "b".repeat(MAX_URL_BYTES));
    assert_eq!(watchlist(&[&longest]).lookup(&line, false).len(), 1);
    assert_eq!(
        Pattern::parse(&pattern(MAX_PATTERN_BYTES + 1))
            .unwrap_err()
            .as_str(),
        "too-long"
    );
    for (before, found) in [(MAX_COLUMNS - 2, 1), (MAX_COLUMNS - 1, 0)] {
        let header = format!("#fields\t{}id.orig_h\tid.orig_p", "x\t".repeat(before));
        let row = format!("{}192.0.2.1\t5", "-\t".repeat(before));
        assert_eq!(records(&["192.0.2.1:5"], &format!("{header}\n{row}")), found);
    }
}

fn long_line(indicators: &[&str], line: &[u8]) -> (Vec<Hit>, u64) {
    let list = watchlist(indicators);
    let mut scanner = Scanner::new(
        &list,
        Options {
            weak: true,
            count: false,
        },
    );
    let mut hits = Vec::new();
    let lines = scanner.block(line, &mut |line: &accord_matcher::LineHits<'_>| {
        hits.extend_from_slice(line.hits)
    });
    assert_eq!(lines, 1);
    (hits, scanner.counts().records_over_limit)
}

#[test]
fn records_of_one_line() {
    let line = |values: usize| {
        (0..values)
            .map(|i| format!("h{i}.evil.example "))
            .collect::<String>()
    };
    let (hits, over) = long_line(&["evil.example"], line(MAX_RECORDS_PER_LINE).as_bytes());
    assert_eq!((hits.len(), over), (MAX_RECORDS_PER_LINE, 0));
    let (hits, over) = long_line(&["evil.example"], line(MAX_RECORDS_PER_LINE + 1).as_bytes());
    assert_eq!((hits.len(), over), (MAX_RECORDS_PER_LINE, 1));
}

/// Each of these would take hours if any step looked back over the line.
#[test]
fn hostile_lines_take_linear_time() {
    let size = 1 << 20;
    let indicators = [
        "evil.example",
        "bad.example/a/",
        "192.0.2.1:5",
        "[2001:db8::7]:443",
        "a@b.example",
    ];
    for part in [
        "a.",
        "a:",
        "::",
        "1:",
        "%41",
        "\\n",
        "\\u0041",
        "a@",
        "@a.b",
        "a.b/",
        "a.b@",
        ".",
        "-",
        ":",
        "[",
        "[[.]",
        "{.",
        "{",
        "{\"",
        "\"src_ip\":",
        "{\"src_ip\":\"192.0.2.1\",",
        "192.0.2.1:",
        "[192.0.2.1%",
        "bad.example/",
        "http://",
        "bad.example/a/",
        "bad.example?",
        "é",
        "\u{3002}a",
        "f",
        "\t",
        "+",
        "x@bad.example/",
        "\u{ad}",
    ] {
        let line = part.repeat(size / part.len());
        let (hits, _) = long_line(&indicators, line.as_bytes());
        assert!(hits.len() <= MAX_RECORDS_PER_LINE, "{part}");
    }
    // The whole line is scanned: what stands at its end is found.
    let mut line = "a.".repeat(size);
    line.push_str(" evil.example");
    assert_eq!(long_line(&indicators, line.as_bytes()).0.len(), 1);
}
