//! Engine against oracle on lines that love the edges; and what must hold for any bytes.

use accord_matcher::oracle::observables;
use accord_matcher::{Format, KindSet, LineHits, Options, Pattern, Scanner, extract};
use proptest::prelude::*;

use crate::{scan, show, watchlist};

const INDICATORS: [&str; 27] = [
    "evil.example",
    "c2.evil.example",
    ".dyn.example",
    "bücher.example",
    "nevil.example",
    "2fevil.example",
    "192.0.2.10",
    "192.0.2.0/24",
    "192.0.0.0/8",
    "198.51.100.7:8443",
    "198.51.100.7:80",
    "192.0.2.10:8443",
    "2001:db8::7",
    "2001:db8::/32",
    "[2001:db8::7]:443",
    "::1",
    "bad.example/a.php",
    "bad.example/",
    "bad.example/a",
    "bad.example:8443/a",
    "bad.example:80/a",
    "http://198.51.100.7/a/",
    "http://[2001:db8::7]/a",
    "mule@mail.example",
    "n@evil.example",
    "9e107d9d372bb6826bd81d3542a419d6",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
];

const PARTS: [&str; 117] = [
    "evil.example",
    "c2.evil.example",
    "dyn.example",
    "bücher.example",
    "xn--bcher-kva.example",
    "EVIL.Example",
    "192.0.2.10",
    "192.0.2.010",
    "198.51.100.7",
    "11.",
    "2001:db8::7",
    "2001:DB8:0::7",
    "::ffff:192.0.2.10",
    "::1",
    "2001:db8::198.51.100.7",
    "%eth0",
    "bad.example",
    "mail.example",
    "mule",
    "@",
    "MULE",
    "example",
    "evil",
    "n",
    "9e107d9d372bb6826bd81d3542a419d6",
    "9E107D9D372BB6826BD81D3542A419D6",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "/a.php",
    "/a",
    "/a/",
    "/",
    "?",
    "#",
    "x=1",
    "/24",
    "/drop/x",
    ":8443",
    ":443",
    ":80",
    ":",
    "::",
    ":0",
    ":99999",
    "8443",
    "80",
    "0",
    "1",
    "f",
    "x",
    "_",
    "-",
    ".",
    "..",
    " ",
    "\t",
    "\"",
    "'",
    "<",
    ">",
    "|",
    "\\",
    "\\n",
    "\\t",
    "\\r",
    "\\u000a",
    "\\u00",
    "\\/",
    "%2F",
    "%",
    "%3A",
    "%0",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    "[.]",
    "(.)",
    "{.}",
    "[dot]",
    "(DOT)",
    "[:]",
    "[://]",
    "[@]",
    "[at]",
    "(At)",
    "http://",
    "https://",
    "hxxp://",
    "hXXps://",
    "ftp://",
    "://",
    "u:p@",
    "+",
    ",",
    ";",
    "!",
    "=",
    "\u{3002}",
    "é",
    "\u{ad}",
    "\"src_ip\":\"",
    "\"src_port\":",
    "\"dest_ip\": \"",
    "\"dest_port\":\"",
    "\"id.orig_h\":\"",
    "\"id.orig_p\":",
    "\"host\":\"",
    "\"uri\":\"/",
    "\"hostname\":\"",
    "\"url\":\"/a",
    "\",",
    "{\"",
    "#fields\thost\turi",
    "\r",
    "\u{1}",
];

fn line() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        30 => prop::sample::select(&PARTS[..]).prop_map(|p| p.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>().prop_filter("one line", |b| *b != b'\n'), 1..3),
    ];
    prop::collection::vec(part, 0..14).prop_map(|parts| parts.concat())
}

fn json() -> impl Strategy<Value = Vec<u8>> {
    let host = prop::sample::select(
        &[
            "198.51.100.7",
            "192.0.2.10",
            "2001:db8::7",
            "[2001:db8::7]",
            "[2001:db8::7%1]:80",
            "bad.example",
            "-bad.example",
            "bad.example.",
            "bad.example:8443",
            "bad.example:80:80",
            "bücher.example",
            "",
        ][..],
    );
    let key = prop::sample::select(
        &[
            "src_ip",
            "src_port",
            "dest_ip",
            "dest_port",
            "id.orig_h",
            "id.orig_p",
            "id.resp_h",
            "id.resp_p",
            "host",
            "uri",
            "hostname",
            "url",
            "x",
        ][..],
    );
    let value = prop_oneof![
        host.prop_map(|h| format!("\"{h}\"")),
        prop::sample::select(
            &[
                "8443", "\"8443\"", "443", "80.5", "99999", "null", "\"-\"", "\"\\\"\""
            ][..]
        )
        .prop_map(str::to_owned),
        prop::sample::select(&["/a", "/a.php?x", "a", "/a b", "\\/a\\/x", "/a).", "/"][..])
            .prop_map(|u| format!("\"{u}\"")),
    ];
    let glue = prop::sample::select(&[",", ", ", "}", "{", ",\"o\":{", "},", "\"", "]", " : "][..]);
    let pair = (key, value, glue).prop_map(|(key, value, glue)| format!("\"{key}\":{value}{glue}"));
    prop::collection::vec(pair, 0..8).prop_map(|pairs| format!("{{{}}}", pairs.concat()).into_bytes())
}

fn tsv() -> impl Strategy<Value = Vec<u8>> {
    let name = prop::sample::select(
        &[
            "id.orig_h",
            "id.orig_p",
            "id.resp_h",
            "id.resp_p",
            "host",
            "uri",
            "x",
        ][..],
    );
    let cell = prop::sample::select(
        &[
            "198.51.100.7",
            "2001:db8::7",
            "8443",
            "443",
            "bad.example",
            "bad.example:8443",
            "/a",
            "/a/x?y",
            "-",
            "",
            "80",
            "#",
            "bad[.]example",
            "[2001:db8::7]",
        ][..],
    );
    let row = prop::collection::vec(cell, 0..7).prop_map(|cells| cells.join("\t"));
    (
        prop::collection::vec(name, 1..7),
        prop::collection::vec(row, 1..4),
    )
        .prop_map(|(names, rows)| format!("#fields\t{}\n{}", names.join("\t"), rows.join("\n")).into_bytes())
}

fn lines() -> impl Strategy<Value = Vec<u8>> {
    let one = prop_oneof![4 => line(), 2 => json(), 1 => tsv()];
    prop::collection::vec(one, 1..4).prop_map(|lines| lines.join(&b'\n'))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(500)))]

    #[test]
    fn engine_and_oracle_agree(lines in lines(), weak: bool) {
        scan(&INDICATORS, weak, &lines);
    }

    #[test]
    fn extraction_and_oracle_agree(line in line()) {
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        let mut found = Vec::new();
        extract(line, KindSet::ALL, &mut found);
        let all = observables(line);
        for one in &found {
            prop_assert!(all.contains(one), "{one:?} of {:?}", String::from_utf8_lossy(line));
        }
        // What the last-label filter of `extract` lets through must all be there.
        for one in all.iter().filter(|o| {
            let host = o.value.split(['/', '?', '#', ':']).next().unwrap_or("");
            !matches!(o.kind.as_str(), "domain" | "url" | "email") || host.ends_with(".example")
        }) {
            prop_assert!(found.contains(one), "{one:?} of {:?}", String::from_utf8_lossy(line));
        }
    }

    #[test]
    fn blocks_can_be_cut_anywhere(lines in lines(), cut in any::<prop::sample::Index>()) {
        let watchlist = watchlist(&INDICATORS);
        let collect = |blocks: &[&[u8]]| {
            let mut found = Vec::new();
            let mut format = Format::default();
            let mut number = 0;
            for block in blocks {
                let mut scanner = Scanner::new(&watchlist, Options { weak: true, count: false });
                scanner.set_format(format.clone());
                let in_block = scanner.block(block, &mut |line: &LineHits<'_>| {
                    found.push((number + line.number, show(&watchlist, line.hits)));
                });
                number += in_block;
                format.read(block);
                assert_eq!(&format, scanner.format());
            }
            found
        };
        let ends: Vec<usize> = memchr::memchr_iter(b'\n', &lines).map(|i| i + 1).chain([lines.len()]).collect();
        let (left, right) = lines.split_at(ends[cut.index(ends.len())]);
        prop_assert_eq!(collect(&[&lines]), collect(&[left, right]));
    }

    #[test]
    fn any_bytes_are_safe(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        scan(&INDICATORS[..8], true, &bytes);
        let mut found = Vec::new();
        extract(&bytes, KindSet::ALL, &mut found);
        if let Ok(text) = std::str::from_utf8(&bytes) {
            let _ = Pattern::parse(text);
        }
    }

    #[test]
    fn canonical_text_reads_as_itself(line in line()) {
        if let Ok(pattern) = Pattern::parse(&String::from_utf8_lossy(&line)) {
            let again = Pattern::parse(pattern.canonical());
            let is_like_a_network = pattern.canonical().contains('/');
            prop_assert!(is_like_a_network || again == Ok(pattern));
        }
    }
}
