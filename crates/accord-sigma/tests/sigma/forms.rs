//! What values and modifiers mean, by tables: each row a detection, and the values of a field that it hits.

use accord_formats::logs::LogFormat;

use crate::support::{lines_hit, ready, refused, rule};

/// The numbers of the values of `f` that a detection on it hits. A value is JSON; nothing is a record without the field.
fn check(values: &[&str], rows: &[(&str, &[u64])]) {
    let log: String = values
        .iter()
        .map(|value| match *value {
            "" => "{\"g\":1}\n".to_owned(),
            value => format!("{{\"g\":1,\"f\":{value}}}\n"),
        })
        .collect();
    for (item, expected) in rows {
        let rule = rule("ndjson", &format!("selection:\n  {item}\ncondition: selection"));
        assert_eq!(lines_hit(LogFormat::Ndjson, &log, &rule), *expected, "{item}");
    }
}

#[test]
fn text_is_equal_contained_or_at_an_end() {
    check(
        &[
            r#""abc""#,
            r#""xABCx""#,
            r#""abcx""#,
            r#""xabc""#,
            r#""ab""#,
            r#""a\nbc""#,
            "",
        ],
        &[
            ("f: abc", &[1]),
            ("f: ABC", &[1]),
            ("f|cased: ABC", &[]),
            ("f|contains: abc", &[1, 2, 3, 4]),
            ("f|contains|cased: ABC", &[2]),
            ("f|startswith: abc", &[1, 3]),
            ("f|endswith: abc", &[1, 4]),
            ("f: [abc, ab]", &[1, 5]),
            ("f|contains|all: [a, b, x]", &[2, 3, 4]),
            ("f: ''", &[]),
            ("f|contains: ''", &[1, 2, 3, 4, 5, 6]),
            ("f|contains: \"\\n\"", &[6]),
        ],
    );
}

#[test]
fn wildcards_stand_where_they_are_written() {
    check(
        &[
            r#""abc""#,
            r#""axc""#,
            r#""zabcz""#,
            r#""a*c""#,
            r#""a\nx\nc""#,
            r#""C:\\Windows\\reg1.exe""#,
            "",
        ],
        &[
            ("f: a?c", &[1, 2, 4]),
            ("f: a*c", &[1, 2, 4, 5]),
            ("f: '*bc*'", &[1, 3]),
            ("f: '*c'", &[1, 2, 4, 5]),
            ("f: 'a*'", &[1, 2, 4, 5]),
            ("f: '*'", &[1, 2, 3, 4, 5, 6]),
            ("f: '**'", &[1, 2, 3, 4, 5, 6]),
            ("f: '?bc'", &[1]),
            (r"f: 'a\*c'", &[4]),
            // The evaluator alone would look for these at the other end.
            ("f|startswith: 'a?c'", &[1, 2, 4]),
            ("f|startswith: 'z?b'", &[3]),
            (r"f|endswith: '\reg?.exe'", &[6]),
            ("f|endswith: 'b?'", &[1]),
            ("f|contains: 'a?c'", &[1, 2, 3, 4]),
            ("f|contains: 'a*c'", &[1, 2, 3, 4, 5]),
            (r"f|startswith: 'c:\win'", &[6]),
            (r"f|contains: '\\reg'", &[6]),
            ("f|contains|all: ['a', '?c']", &[1, 2, 3, 4, 5]),
            ("f|cased: 'A?c'", &[]),
            ("f|neq: 'a?c'", &[3, 5, 6]),
            ("f|neq: [abc, '*x*']", &[3, 4]),
        ],
    );
}

#[test]
fn numbers_and_words_for_yes_and_nothing() {
    check(
        &[
            "5",
            r#""5""#,
            "5.0",
            r#""05""#,
            "true",
            r#""true""#,
            "null",
            "",
            "[4,5]",
            "-1",
        ],
        &[
            ("f: 5", &[1, 2, 3, 4, 9]),
            ("f: '5'", &[1, 2, 3, 9]),
            ("f|contains: 5", &[1, 2, 3, 4, 9]),
            ("f: true", &[5, 6]),
            ("f: null", &[7, 8]),
            ("f|exists: true", &[1, 2, 3, 4, 5, 6, 9, 10]),
            ("f|exists: false", &[7, 8]),
            ("f|gt: 4", &[1, 2, 3, 4, 9]),
            ("f|gte: 5", &[1, 2, 3, 4, 9]),
            ("f|lt: 0", &[10]),
            ("f|lte: '4'", &[9, 10]),
            ("f|neq: 5", &[5, 6, 7, 10]),
            ("f: [5, null]", &[1, 2, 3, 4, 7, 8, 9]),
        ],
    );
}

#[test]
fn addresses_and_other_fields() {
    check(
        &[r#""10.1.2.3""#, r#""2001:db8::1""#, r#""x""#, "1"],
        &[
            ("f|cidr: 10.0.0.0/8", &[1]),
            ("f|cidr: [10.0.0.0/8, '2001:db8::/32']", &[1, 2]),
            ("f|fieldref: g", &[4]),
        ],
    );
}

#[test]
fn regular_expressions() {
    check(
        &[
            r#""abc""#,
            r#""ABC""#,
            r#""a\nbc""#,
            r#""DEF abc""#,
            r#""def abc""#,
        ],
        &[
            ("f|re: 'a.c'", &[1, 4, 5]),
            ("f|re: '^a.*c$'", &[1]),
            ("f|re|i: 'a.c'", &[1, 2, 4, 5]),
            ("f|re|s: '^a.*c$'", &[1, 3]),
            ("f|re|m: '^bc'", &[3]),
            ("f|re|i|s: '^A.*C$'", &[1, 2, 3]),
            // A flag of a part is not one of the whole.
            ("f|re: ['(?i:def) abc', '(?i:x)']", &[4, 5]),
            ("f|re: ['(?i:abc)', '(?i:DEF) ABC', '(?i:q)', 'w']", &[1, 2, 4, 5]),
            ("f|re: ['(?i:def) ABC', '(?i:x)', '(?i:y)', '(?i:z)']", &[]),
            ("f|re|all: ['a', 'DEF']", &[4]),
            ("f|re: '\\\\d'", &[]),
        ],
    );
}

#[test]
fn encodings() {
    // "whoami" in base64, alone and behind one or two other bytes; and in UTF-16 behind one.
    check(
        &[
            r#""d2hvYW1p""#,
            r#""x eHdob2FtaQ==""#,
            r#""eHl3aG9hbWk=""#,
            r#""dwBoAG8AYQBtAGkA""#,
            r#""nothing""#,
        ],
        &[
            ("f|base64: whoami", &[1]),
            ("f|base64|contains: whoami", &[1]),
            ("f|base64offset|contains: whoami", &[1, 2, 3]),
            ("f|wide|base64offset|contains: whoami", &[4]),
        ],
    );
}

#[test]
fn dashes_of_parameters() {
    check(
        &[
            r#""net -x""#,
            r#""net /x""#,
            r#""net –x""#,
            r#""net—x""#,
            r#""a-b""#,
            r#""a/b""#,
            r#""-a /b -c""#,
            r#""/a ―b –c""#,
        ],
        &[
            ("f|contains|windash: ' -x'", &[1, 2, 3]),
            ("f|contains|windash: ' /x'", &[1, 2, 3]),
            ("f|windash: 'a-b'", &[5]),
            ("f|windash: '-a /b -c'", &[7, 8]),
            ("f|contains|windash: ' -?'", &[1, 7]),
            ("f|startswith|windash: 'NET -'", &[1]),
            ("f|endswith|windash: '-x'", &[1, 2, 3, 4]),
            ("f|contains|all|windash: ['-a', '/b']", &[7, 8]),
        ],
    );
}

#[test]
fn lists_hold_what_one_of_them_holds() {
    check(
        &[
            r#"["a","b"]"#,
            r#"[{"x":"a"},{"x":"b"}]"#,
            r#"{"x":{"y":"a"}}"#,
            r#"[]"#,
        ],
        &[
            ("f: b", &[1]),
            ("f.x: b", &[2]),
            ("f.x.y: a", &[3]),
            ("f.x|exists: true", &[2, 3]),
            // An object is the text of its fields.
            ("f|contains: '\"x.y\":\"a\"'", &[3]),
            ("f|exists: true", &[1, 2, 3]),
        ],
    );
}

#[test]
fn conditions() {
    let log: String = (0..8)
        .map(|bits| {
            let field = |bit: u32, name: &str| {
                if bits >> bit & 1 == 1 {
                    format!(",\"{name}\":1")
                } else {
                    String::new()
                }
            };
            format!("{{\"x\":0{}{}{}}}\n", field(0, "a"), field(1, "b"), field(2, "c"))
        })
        .collect();
    // Line n+1 has the fields of the bits of n.
    let of = |is: fn(bool, bool, bool) -> bool| -> Vec<u64> {
        (0..8_u64)
            .filter(|bits| is(bits & 1 == 1, bits & 2 == 2, bits & 4 == 4))
            .map(|bits| bits + 1)
            .collect()
    };
    for (condition, expected) in [
        ("s_a", of(|a, _, _| a)),
        ("s_a and s_b", of(|a, b, _| a && b)),
        ("s_a or s_b and s_c", of(|a, b, c| a || b && c)),
        ("(s_a or s_b) and not s_c", of(|a, b, c| (a || b) && !c)),
        ("not s_a", of(|a, _, _| !a)),
        ("1 of s_*", of(|a, b, c| a || b || c)),
        ("all of s_*", of(|a, b, c| a && b && c)),
        (
            "2 of s_*",
            of(|a, b, c| u8::from(a) + u8::from(b) + u8::from(c) >= 2),
        ),
        ("all of them", of(|a, b, c| a && b && c)),
        ("1 of them and not 1 of s_c*", of(|a, b, c| (b || a) && !c)),
    ] {
        let detection =
            format!("s_a:\n  a: 1\ns_b:\n  b: 1\ns_c:\n  c: 1\n_hidden:\n  d: 1\ncondition: {condition}");
        let rule = rule("ndjson", &detection);
        assert_eq!(lines_hit(LogFormat::Ndjson, &log, &rule), expected, "{condition}");
    }
    // A list of conditions: any of them.
    let two = rule(
        "ndjson",
        "s_a:\n  a: 1\ns_b:\n  b: 1\ncondition:\n  - s_a\n  - s_b",
    );
    assert_eq!(lines_hit(LogFormat::Ndjson, &log, &two), of(|a, b, _| a || b));
    // A list of maps: any of them; a map: all of it.
    let lists = rule("ndjson", "s:\n  - a: 1\n    b: 1\n  - c: 1\ncondition: s");
    assert_eq!(
        lines_hit(LogFormat::Ndjson, &log, &lists),
        of(|a, b, c| a && b || c)
    );
}

#[test]
fn keywords_stand_anywhere_in_the_line() {
    let log = "{\"a\":\"C:\\\\Temp\",\"n\":4688}\n{\"b\":\"powershell -enc\"}\nnot json: Temp 4688\n";
    for (keywords, expected) in [
        ("k: temp", vec![1, 3]),
        // As it is written in the line, and as the value says.
        (r"k: 'c:\temp'", vec![1]),
        (r"k: 'c:\\temp'", vec![1]),
        ("k:\n  - powershell\n  - nothing", vec![2]),
        ("k: 4688", vec![1, 3]),
        ("k: 'power*enc'", vec![2]),
        ("k: 'temp*'", vec![1, 3]),
        ("k:\n  '|all':\n    - power\n    - enc", vec![2]),
        ("k:\n  '|all':\n    - temp\n    - 4688", vec![1, 3]),
        ("k:\n  '|re': 't.mp'", vec![]),
        ("k:\n  '|re|i': 't.mp'", vec![1, 3]),
        ("k: '*'", vec![1, 2, 3]),
    ] {
        let rule = rule("ndjson", &format!("{keywords}\ncondition: k"));
        if keywords.contains("|re|i") {
            // Flags are written inside where there is no field.
            assert!(refused(&rule).contains("keywords take"), "{keywords}");
            continue;
        }
        assert_eq!(lines_hit(LogFormat::Ndjson, log, &rule), expected, "{keywords}");
    }
    // A rule that asks for a field too says nothing of a line that was not parsed.
    let mixed = rule("ndjson", "k: temp\ns:\n  b: x\ncondition: k and not s");
    assert_eq!(lines_hit(LogFormat::Ndjson, log, &mixed), [1]);
}

#[test]
fn what_is_refused_and_why() {
    for (detection, reason) in [
        ("s:\n  f|contains: x\ncondition: s and not t", "names `t`"),
        ("s:\n  f: x\ncondition: 1 of t_*", "asks of `t_*`"),
        ("_s:\n  f: x\ncondition: all of them", "asks of `them`"),
        ("s:\n  f: x\ncondition: s | count() > 5", "not evaluated"),
        ("s:\n  f: x\ntimeframe: 5m\ncondition: s", "`timeframe`"),
        ("s:\n  f|expand: '%x%'\ncondition: s", "placeholders"),
        ("s:\n  f|like: x\ncondition: s", "modifier 'like'"),
        ("s:\n  f|not: x\ncondition: s", "not"),
        ("s:\n  f|re: '(?=x)'\ncondition: s", "look-around"),
        ("s:\n  f|re: '('\ncondition: s", "no regular expression"),
        ("s:\n  f|wide: x\ncondition: s", "UTF-16"),
        ("s:\n  f|base64: 'a*'\ncondition: s", "without wildcards"),
        (
            "s:\n  f|contains|startswith: x\ncondition: s",
            "do not go together",
        ),
        ("s:\n  f|contains|cidr: x\ncondition: s", "conflicting"),
        ("s:\n  f|cidr: x\ncondition: s", "CIDR"),
        ("s:\n  f|contains|all: x\ncondition: s", "more than one value"),
        ("s:\n  f|contains: null\ncondition: s", "has no part"),
        ("s:\n  f|exists: maybe\ncondition: s", "true or false"),
        ("s:\n  f|gt: many\ncondition: s", "numeric"),
        ("s:\n  f: []\ncondition: s", "empty list"),
        ("s: {}\ncondition: s", "empty"),
        ("s: []\ncondition: s", "empty"),
        ("s: null\ncondition: s", "keyword"),
        ("s:\n  f: x\n", "condition"),
        ("s:\n  f: x\ncondition: ''", "not evaluated"),
        ("s:\n  f: x\ncondition: 's and'", "not evaluated"),
        ("s:\n  5: x\ncondition: s", "key that is text"),
    ] {
        let told = refused(&rule("ndjson", detection));
        assert!(told.contains(reason), "{detection}: {told}");
        assert!(told.starts_with("rules.yml:"), "{told}");
    }
    // Members of a list, one by one: version 3 of the specification.
    let arrays = rule("ndjson", "s:\n  f[any]:\n    a: 1\ncondition: s");
    assert!(refused(&format!("sigma-version: 3\n{arrays}")).contains("one by one"));
    assert!(refused(&format!("sigma-version: 4\n{arrays}")).contains("version"));
    // Before it, brackets are letters of a name.
    let brackets = rule("ndjson", "s:\n  'f[0]': 1\ncondition: s");
    assert_eq!(
        lines_hit(LogFormat::Ndjson, "{\"f[0]\":1}\n{\"f\":[1]}\n", &brackets),
        [1]
    );
    assert!(ready(&brackets).rules().len() == 1);
}
