//! Every row of the examples, by engine and oracle.

use accord_matcher::{Kind, KindSet, Pattern, extract};

use crate::{INDICATORS, scan};

/// `kind value: indicator how` of all lines of an input, with weak matches or without.
fn check(input: &str, weak: bool, expected: &[&str]) {
    let found: Vec<String> = scan(&INDICATORS, weak, input.as_bytes())
        .into_iter()
        .flat_map(|(_, records)| records)
        .map(|record| record.split_once(' ').unwrap().1.to_owned())
        .collect();
    assert_eq!(found, expected, "{input:?}, weak {weak}");
}

/// The same, with and without weak matches.
fn both(input: &str, expected: &[&str]) {
    check(input, false, expected);
    check(input, true, expected);
}

const PORT: &str = "ipv4 198.51.100.7: 198.51.100.7:8443 port";
const WEAK: [&str; 2] = [
    "ipv4 198.51.100.7: 198.51.100.7:80 address",
    "ipv4 198.51.100.7: 198.51.100.7:8443 address",
];
const C2: [&str; 2] = [
    "domain c2.evil.example: c2.evil.example exact",
    "domain c2.evil.example: evil.example parent",
];
const V4: [&str; 2] = [
    "ipv4 192.0.2.10: 192.0.2.10 exact",
    "ipv4 192.0.2.10: 192.0.2.0/24 cidr",
];

#[test]
fn names() {
    both(
        "q=WWW.C2.Evil.EXAMPLE. ok",
        &[
            "domain www.c2.evil.example: c2.evil.example parent",
            "domain www.c2.evil.example: evil.example parent",
        ],
    );
    both("notevil.example evil.example.org evil.example_", &[]);
    both(
        "a.dyn.example dyn.example",
        &["domain a.dyn.example: .dyn.example parent"],
    );
    both(
        r#"{"m":"x\nevil.example"}"#,
        &["domain evil.example: evil.example exact"],
    );
    both("u=%2Fevil.example", &["domain evil.example: evil.example exact"]);
    both(
        "\\u000aevil.example \\u00zzevil.example",
        &["domain evil.example: evil.example exact"],
    );
    both(
        "evil.example EVIL.example hxxps://evil[.]example/x",
        &["domain evil.example: evil.example exact"],
    );
    both("to: joe@c2.evil.example", &C2);
    both(
        "MULE[at]Mail.Example",
        &["email mule@mail.example: mule@mail.example exact"],
    );
    both(
        "bücher.example xn--bcher-kva.example",
        &["domain xn--bcher-kva.example: xn--bcher-kva.example exact"],
    );
    both(
        "evil.example:8443 -evil.example- evil..example",
        &["domain evil.example: evil.example exact"],
    );
}

#[test]
fn addresses() {
    both("192.0.2.10 11.192.0.2.10 x192.0.2.10", &V4);
    both("::ffff:192.0.2.10", &V4);
    both("192.0.2.010", &[]);
    both(
        "[2001:DB8:0::7]:443 2001:db8::7%eth0",
        &["ipv6 2001:db8::7: 2001:db8::7 exact"],
    );
    both("2001:db8::7:443 10:20:30 00:00:5e:00:53:01", &[]);
    both(
        "client:2001:db8::7: refused",
        &["ipv6 2001:db8::7: 2001:db8::7 exact"],
    );
    both("2001:db8::192.0.2.10 ", &[]);
}

#[test]
fn ports() {
    both("198.51.100.7:8443", &[PORT]);
    both("http://198.51.100.7:8443/x", &[PORT]);
    both("[198.51.100.7]:8443", &[PORT]);
    both("198.51.100.7:9000", &[]);
    for line in [
        "deny 198.51.100.7",
        "http://198.51.100.7/",
        "198.51.100.7:8443x",
        "198.51.100.7:8443-8450",
    ] {
        check(line, false, &[]);
        check(line, true, &WEAK);
    }
    both(r#"{"dest_ip":"198.51.100.7","dest_port":8443}"#, &[PORT]);
    both(r#"{"id.orig_h": "198.51.100.7", "id.orig_p": "8443"}"#, &[PORT]);
    let apart = "{\"dest_ip\":\"198.51.100.7\",\n\"dest_port\":8443}";
    check(apart, false, &[]);
    check(apart, true, &WEAK);
    for other_object in [
        r#"{"dest_ip":"198.51.100.7","flow":{"dest_port":8443}}"#,
        r#"[{"dest_ip":"198.51.100.7"},{"dest_port":8443}]"#,
        r#"{"dest_ip":"198.51.100.7","src_port":8443}"#,
    ] {
        check(other_object, false, &[]);
        check(other_object, true, &WEAK);
    }
    let rows = "198.51.100.7\t8443\t10.0.0.1\t53";
    both(
        &format!("#fields\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\n{rows}"),
        &[PORT],
    );
    check(rows, false, &[]);
    check(rows, true, &WEAK);
    // One occurrence that shows a port is enough for the line to show one.
    both("198.51.100.7 198.51.100.7:8443", &[PORT]);
    both("198.51.100.7 198.51.100.7:1", &[]);
}

#[test]
fn urls() {
    both(
        "GET http://bad.example/a.php?x=1",
        &["url bad.example/a.php?x=1: bad.example/a.php prefix"],
    );
    both(
        "https://bad.example:8443/a.php",
        &["url bad.example:8443/a.php: bad.example/a.php exact"],
    );
    both("bad.example/a.phpx bad.example/A.php www.bad.example/a.php", &[]);
    both(
        r#""http:\/\/bad.example\/drop\/x.bin""#,
        &["url bad.example/drop/x.bin: bad.example/drop/ prefix"],
    );
    both("http://203.0.113.5/x", &["ipv4 203.0.113.5: 203.0.113.5 exact"]);
    both("203.0.113.5", &["ipv4 203.0.113.5: 203.0.113.5 exact"]);
    both(
        "http://u:p@bad.example:80/a.php).",
        &["url bad.example/a.php: bad.example/a.php exact"],
    );
    both(
        "hxxp[://]bad[.]example/a[.]php",
        &["url bad.example/a.php: bad.example/a.php exact"],
    );
    both(
        r#"{"http":{"hostname":"bad.example","url":"/a.php?x"}}"#,
        &["url bad.example/a.php?x: bad.example/a.php prefix"],
    );
    both(
        r#"{"host":"bad.example","uri":"/a.php"}"#,
        &["url bad.example/a.php: bad.example/a.php exact"],
    );
    both(
        "#fields\tts\thost\turi\n1\tbad.example\t/drop/\t-",
        &["url bad.example/drop/: bad.example/drop/ exact"],
    );
    both("1\tbad.example\t/drop/\t-", &[]);
}

#[test]
fn hashes() {
    let digits = "9E107D9D372BB6826BD81D3542A419D6";
    let exact = "md5 9e107d9d372bb6826bd81d3542a419d6: 9e107d9d372bb6826bd81d3542a419d6 exact";
    both(&format!("MD5={digits}"), &[exact]);
    both(&format!("a-{digits}_b.bin"), &[exact]);
    both(&format!("\\n{digits}"), &[exact]);
    both(&format!("a{digits} {digits}z"), &[]);
}

#[test]
fn records_are_in_order() {
    let indicators = [
        "evil.example",
        "evil.example/a/",
        "evil.example/a/b",
        "192.0.0.0/8",
        "192.0.2.0/24",
        "192.0.2.1:5",
    ];
    let found = scan(&indicators, false, b"x http://evil.example/a/b/c 192.0.2.1:5 ");
    assert_eq!(
        found,
        [(
            0,
            [
                "9 url evil.example/a/b/c: evil.example/a/b prefix",
                "9 url evil.example/a/b/c: evil.example/a/ prefix",
                "9 domain evil.example: evil.example exact",
                "28 ipv4 192.0.2.1: 192.0.2.1:5 port",
                "28 ipv4 192.0.2.1: 192.0.2.0/24 cidr",
                "28 ipv4 192.0.2.1: 192.0.0.0/8 cidr",
            ]
            .map(str::to_owned)
            .to_vec()
        )]
    );
}

#[test]
fn cr_before_lf_is_no_part_of_the_line() {
    let found = scan(&["evil.example"], false, b"start evil.example\r\nevil.example\r");
    assert_eq!(found.len(), 2);
}

#[test]
fn lookup_is_a_line_of_one_value() {
    let watchlist = crate::watchlist(&INDICATORS);
    let look = |value: &str, weak| crate::show(&watchlist, &watchlist.lookup(value, weak));
    assert_eq!(
        look("www.evil.example", false),
        ["0 domain www.evil.example: evil.example parent"]
    );
    assert_eq!(
        look("198.51.100.7:80", false),
        ["0 ipv4 198.51.100.7: 198.51.100.7:80 port"]
    );
    assert_eq!(look("198.51.100.7", true).len(), 2);
    assert_eq!(look("nothing.example", true).len(), 0);
    assert_eq!(
        look("https://bad.example/drop/1", false),
        ["8 url bad.example/drop/1: bad.example/drop/ prefix"]
    );
}

#[test]
fn extraction_filters_last_labels() {
    let check = |line: &str, expected: &[&str]| {
        let mut found = Vec::new();
        extract(line.as_bytes(), KindSet::ALL, &mut found);
        let shown: Vec<String> = found
            .iter()
            .map(|o| format!("{} {} {}", o.start, o.kind, o.value))
            .collect();
        assert_eq!(shown, expected, "{line}");
    };
    check(
        "index.html a.b.co.uk x.test y.onion",
        &["11 domain a.b.co.uk", "21 domain x.test", "28 domain y.onion"],
    );
    check("index.html/x a@b.txt", &[]);
    check(
        "see https://evil[.]example/x.",
        &["12 url evil.example/x", "12 domain evil.example"],
    );
    check(
        "192.0.2.0/24 192.0.2.1#53",
        &["0 ipv4 192.0.2.0", "13 ipv4 192.0.2.1"],
    );
    check("пример.рф", &["0 domain xn--e1afmkfd.xn--p1ai"]);
    let mut only = Vec::new();
    extract(b"a@b.example", KindSet::NONE.with(Kind::Email), &mut only);
    assert_eq!(only.len(), 1);
}

#[test]
fn refused_by_the_table() {
    for (text, code) in [
        ("/gate.php", "path-without-host"),
        (r"ih[0-9]{7}\.x\.example", "is-a-pattern"),
        ("192.0.2.9:33:1099", "two-ports"),
        ("tc", "one-label"),
    ] {
        assert_eq!(Pattern::parse(text).unwrap_err().as_str(), code, "{text}");
    }
}
