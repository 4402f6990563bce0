//! One table per format, and the limits.

use super::*;

/// Rows in short: `place value [labels] provenance`, `place allow value`, `place - reason`.
fn rows(source: &[u8]) -> (Format, Vec<String>) {
    let mut out = Vec::new();
    let format = read(source, &mut |row| {
        out.push(match row.content {
            Content::Indicator {
                value,
                labels,
                provenance,
                until,
            } => format!(
                "{} {value} [{}] {provenance} {until}",
                row.place,
                labels.join(",")
            )
            .trim_end()
            .to_owned(),
            Content::Allow { value, below } => {
                format!("{} allow {}{value}", row.place, if below { "*." } else { "" })
            }
            Content::NotUsed { reason, .. } => format!("{} - {reason}", row.place),
        });
    })
    .unwrap();
    assert_eq!(sniff(source).unwrap(), format);
    (format, out)
}

fn check(source: &str, format: Format, expected: &[&str]) {
    assert_eq!(
        rows(source.as_bytes()),
        (format, expected.iter().map(|&row| row.to_owned()).collect())
    );
}

#[test]
fn text_list() {
    check(
        "\u{feff}# list\nevil[.]example\n\n  192.0.2.1  # why\r\n// no\n; no\nbad.example/a#b\nlast.example",
        Format::Text,
        &[
            "2 evil[.]example []",
            "4 192.0.2.1 []",
            "7 bad.example/a#b []",
            "8 last.example []",
        ],
    );
    check("", Format::Text, &[]);
    check("[2001:db8::1]:443\n", Format::Text, &["1 [2001:db8::1]:443 []"]);
}

#[test]
fn text_list_survives_bad_lines() {
    let mut source = b"a.example\n\xff\xfe\nb.example\n".to_vec();
    source.extend(std::iter::repeat_n(b'x', MAX_VALUE_BYTES));
    source.push(b'\n');
    source.extend(std::iter::repeat_n(b'y', MAX_VALUE_BYTES + 1));
    let (_, rows) = rows(&source);
    assert_eq!(rows.len(), 5);
    assert_eq!(rows[1], "2 - not valid UTF-8");
    assert!(rows[3].starts_with("4 xxx"), "at the limit");
    assert_eq!(rows[4], "5 - value too long", "one past it");
}

#[test]
fn csv_tables() {
    check(
        "indicator,family,class\nevil.example,simda,malware\n\"a,b\",\"q\"\"x\",c\none,two\n,x,y\n",
        Format::Csv,
        &[
            "2 evil.example [simda] malware",
            "3 a,b [q\"x] c",
            "4 - another number of fields than the header",
            "5 - no value in the indicator column",
        ],
    );
    check(
        "# feed\r\nfirst_seen;IOC;tags\r\n2026;192.0.2.1;a|b, c\r\n",
        Format::Csv,
        &["3 192.0.2.1 [a,b,c]"],
    );
    check("domain\nevil.example\n", Format::Csv, &["2 evil.example []"]);
    check(
        "note,url\n\"two\nlines\",http://x.example/\nb,y.example\n",
        Format::Csv,
        &["2 http://x.example/ []", "4 y.example []"],
    );
}

#[test]
fn a_stray_quote_costs_one_row() {
    let source = format!("value\n\"open\n{}", "a.example\n".repeat(MAX_QUOTED_LINES + 1));
    let (_, rows) = rows(source.as_bytes());
    assert_eq!(rows.len(), MAX_QUOTED_LINES + 2);
    assert_eq!(rows[0], "2 - a quoted field that is not closed");
    let at_limit = format!(
        "value,note\na.example,\"{}\"\nb.example,\n",
        "x\n".repeat(MAX_QUOTED_LINES)
    );
    assert_eq!(self::rows(at_limit.as_bytes()).1.len(), 2);
}

#[test]
fn zeek_intel() {
    check(
        "#fields\tindicator\tindicator_type\tmeta.source\tmeta.desc\n\
         evil.example\tIntel::DOMAIN\tfeed-1\tc2\n\
         192.0.2.0/24\tIntel::SUBNET\t-\t-\n\
         setup.exe\tIntel::FILE_NAME\tfeed-1\t-\n\
         short\tIntel::DOMAIN\n",
        Format::ZeekIntel,
        &[
            "2 evil.example [feed-1] c2",
            "3 192.0.2.0/24 []",
            "4 - a type that logs are not searched for",
            "5 - another number of fields than the header",
        ],
    );
}

#[test]
fn hosts_file() {
    check(
        "# hosts\n127.0.0.1 localhost\n::1 localhost ip6-loopback\n0.0.0.0 evil.example www.evil.example # x\n0.0.0.0 b.example\n",
        Format::Hosts,
        &["4 evil.example []", "4 www.evil.example []", "5 b.example []"],
    );
}

#[test]
fn rpz_zone() {
    check(
        "$TTL 60\n@ IN SOA ns.rpz.example. admin.rpz.example. (\n 1 2 3\n 4 5 )\n  IN NS ns.rpz.example.\n\
         evil.example CNAME .\n*.evil.example 60 IN CNAME *.\n32.10.2.0.192.rpz-ip CNAME .\n\
         48.zz.1.db8.2001.rpz-ip CNAME .\nns.evil.example.rpz-nsdname CNAME .\nok.example CNAME rpz-passthru.\n\
         sink.example A 198.51.100.1 ; comment\nwhat is this\n",
        Format::Rpz,
        &[
            "6 evil.example []",
            "7 *.evil.example []",
            "8 192.0.2.10/32 []",
            "9 2001:db8:1::/48 []",
            "10 - policy trigger that has no meaning in logs",
            "11 allow ok.example",
            "12 sink.example []",
            "13 - entry without type or value",
        ],
    );
    check(
        "$ORIGIN rpz.example.\nevil.example.rpz.example. CNAME .\nother.example. CNAME .\n",
        Format::Rpz,
        &["2 evil.example []", "3 - entry without type or value"],
    );
}

#[test]
fn stix_bundle() {
    let bundle = serde_json::json!({"type": "bundle", "objects": [
        {"type": "malware", "id": "malware--1", "name": "Simda"},
        {"type": "indicator", "id": "indicator--1", "name": "c2", "labels": ["x"], "pattern_type": "stix",
         "pattern": "[domain-name:value = 'evil.example' OR ipv4-addr:value IN ('192.0.2.1', '192.0.2.2')]"},
        {"type": "relationship", "relationship_type": "indicates", "source_ref": "indicator--1", "target_ref": "malware--1"},
        {"type": "indicator", "pattern": "alert tcp any", "pattern_type": "snort"},
        {"type": "indicator", "revoked": true, "pattern": "[url:value = 'http://x.example/']"},
        {"type": "indicator"},
        {"type": "indicator", "pattern": "[file:hashes.'SHA-256' = 'aa' AND file:hashes.MD5 = 'bb'] START t'2026-01-01T00:00:00Z' STOP t'2027-01-01T00:00:00Z'"},
        {"type": "indicator", "valid_until": "2027-01-01T00:00:00Z",
         "pattern": "[file:name = 'a' OR email-addr:value = 'mule@mail.example']"},
    ]});
    check(
        &bundle.to_string(),
        Format::Stix,
        &[
            "2 evil.example [x,Simda] c2",
            "2 192.0.2.1 [x,Simda] c2",
            "2 192.0.2.2 [x,Simda] c2",
            "4 - pattern in another language than STIX",
            "5 - withdrawn by the source",
            "6 - entry without type or value",
            "7 aa []",
            "7 bb []",
            "8 mule@mail.example []  2027-01-01T00:00:00Z",
            "8 - a type that logs are not searched for",
        ],
    );
}

#[test]
fn stix_patterns() {
    use super::stix_pattern::values;
    let reason = |pattern: &str| values(pattern).unwrap_err();
    assert_eq!(values(r"[url:value = 'a\'b\\c']").unwrap().values, [r"a'b\c"]);
    assert_eq!(
        values("[ipv4-addr:value ISSUBSET '192.0.2.0/24']")
            .unwrap()
            .values,
        ["192.0.2.0/24"]
    );
    assert_eq!(
        values("([url:value='a'] OR [url:value='b']) WITHIN 5 SECONDS")
            .unwrap()
            .values,
        ["a", "b"]
    );
    assert_eq!(
        reason("[url:value = 'a'] AND [url:value = 'b']"),
        NotUsed::PatternCombination
    );
    assert_eq!(
        reason("[file:hashes.MD5='a'] AND [file:hashes.MD5='b']"),
        NotUsed::PatternCombination
    );
    assert_eq!(
        reason("[url:value = 'a'] FOLLOWEDBY [url:value = 'b']"),
        NotUsed::PatternCombination
    );
    for broken in [
        "",
        "[",
        "[]",
        "[url:value = ]",
        "[url:value 'x",
        "]",
        "[url:value = 'a'",
        "[url:value IN ('a'",
    ] {
        assert_eq!(reason(broken), NotUsed::PatternSyntax, "{broken}");
    }
    for negative in [
        "[url:value NOT = 'a']",
        "[url:value != 'a']",
        "[url:value LIKE 'a%']",
        "[url:value MATCHES 'a']",
    ] {
        assert_eq!(
            values(negative).unwrap().not_used,
            [NotUsed::PatternOperator],
            "{negative}"
        );
    }
    let many = |count: usize| format!("[{}]", vec!["url:value = 'a'"; count].join(" OR "));
    assert_eq!(
        values(&many(MAX_COMPARISONS)).unwrap().values.len(),
        MAX_COMPARISONS
    );
    assert_eq!(reason(&many(MAX_COMPARISONS + 1)), NotUsed::TooLong);
}

#[test]
fn misp_events() {
    let attribute =
        |kind: &str, value: &str| serde_json::json!({"type": kind, "value": value, "to_ids": true});
    let event = serde_json::json!({"response": [{"Event": {
        "info": "Operation", "Tag": [{"name": "tlp:clear"}, {"name": "misp-galaxy:threat-actor=\"Turla\""}, {"name": "free"}],
        "Attribute": [
            attribute("domain|ip", "evil.example|192.0.2.1"),
            attribute("ip-dst|port", "192.0.2.1|443"),
            attribute("ip-dst|port", "2001:db8::1|443"),
            attribute("hostname|port", "a.example|80"),
            attribute("filename|sha1", "a|b.exe|0123"),
            {"type": "domain", "value": "b.example", "to_ids": "1", "Tag": [{"name": "own"}]},
            {"type": "domain", "value": "c.example", "to_ids": false},
            {"type": "domain", "value": "d.example", "to_ids": true, "deleted": true},
            {"type": "domain"},
            attribute("mutex", "x"),
        ],
        "Object": [{"Attribute": [attribute("md5", "ff")]}],
    }}]});
    let expected = [
        "1 evil.example [Turla,free] Operation",
        "1 192.0.2.1 [Turla,free] Operation",
        "2 192.0.2.1:443 [Turla,free] Operation",
        "3 [2001:db8::1]:443 [Turla,free] Operation",
        "4 a.example [Turla,free] Operation",
        "5 0123 [Turla,free] Operation",
        "6 b.example [own,Turla,free] Operation",
        "7 - not for detection (to_ids is false)",
        "8 - withdrawn by the source",
        "9 - entry without type or value",
        "10 - a type that logs are not searched for",
        "11 ff [Turla,free] Operation",
    ];
    check(&event.to_string(), Format::Misp, &expected);
    // A hand-edited export: commas before closing brackets, one inside a string left alone.
    let edited = event
        .to_string()
        .replace("}]", "} , ]")
        .replace("Operation", "Operation ,]");
    assert_eq!(rows(edited.as_bytes()).1.len(), expected.len());
    assert!(rows(edited.as_bytes()).1[0].ends_with("Operation ,]"));
}

#[test]
fn warninglists() {
    let list =
        |kind: &str| format!(r#"{{"name":"n","type":"{kind}","list":[".ok.example", 7, "b.example"]}}"#);
    let malformed = "2 - entry without type or value";
    check(
        &list("hostname"),
        Format::Warninglist,
        &["1 allow *.ok.example", malformed, "3 allow *.b.example"],
    );
    check(
        &list("string"),
        Format::Warninglist,
        &["1 allow .ok.example", malformed, "3 allow b.example"],
    );
    let regex = "allow list of regular expressions is not usable";
    check(
        &list("regex"),
        Format::Warninglist,
        &[&format!("1 - {regex}"), malformed, &format!("3 - {regex}")],
    );
}

#[test]
fn json_that_is_nothing() {
    let error = |source: &str| read(source.as_bytes(), &mut |_| {}).unwrap_err();
    assert_eq!(error("{}"), ReadError::UnknownJson);
    assert_eq!(error("[{\"a\":1}]"), ReadError::UnknownJson);
    assert!(matches!(
        error("{\"type\":\"bundle\",\"objects\":["),
        ReadError::Json(_)
    ));
    assert!(
        matches!(error(&"[{\"a\":".repeat(10_000)), ReadError::Json(_)),
        "depth is bounded"
    );
    assert!(json::check_size(MAX_JSON_BYTES).is_ok());
    assert_eq!(
        json::check_size(MAX_JSON_BYTES + 1),
        Err(ReadError::TooLarge {
            bytes: MAX_JSON_BYTES + 1
        })
    );
}

#[test]
fn json_one_past_its_values() {
    // The list, and the object that it is in.
    let list = |values: usize| format!("{{\"list\":[{}0]}}", "0,".repeat(values - 3));
    let sniffed = |source: &str| sniff(source.as_bytes());
    assert_eq!(sniffed(&list(MAX_JSON_VALUES)), Ok(Format::Warninglist));
    let past = list(MAX_JSON_VALUES + 1);
    assert_eq!(sniffed(&past), Err(ReadError::TooManyValues));
    let error = read(past.as_bytes(), &mut |_| {}).unwrap_err();
    assert!(error.to_string().contains("more than 4000000 values"), "{error}");
    // Repaired, too.
    assert_eq!(
        sniffed(&past.replace("0]}", "0,],}")),
        Err(ReadError::TooManyValues)
    );
    // What costs most for each byte, and what nobody asks for.
    let objects = r#"{"":0},"#.repeat(MAX_JSON_VALUES);
    let junk = format!(r#"{{"list":["a.example"],"x":[{objects}0]}}"#);
    check(&junk, Format::Warninglist, &["1 allow a.example"]);
}

#[test]
fn labels_one_past_their_number() {
    let labels = |source: &str| {
        let mut counts = Vec::new();
        read(source.as_bytes(), &mut |row| {
            if let Content::Indicator { labels, .. } = row.content {
                counts.push(labels.len());
                assert_eq!(labels.first(), Some(&"n0"));
            }
        })
        .unwrap();
        counts
    };
    let names = |count: usize| (0..count).map(|n| format!("n{n}"));
    for (given, taken) in [
        (MAX_LABELS, MAX_LABELS),
        (MAX_LABELS + 1, MAX_LABELS),
        (50_000, MAX_LABELS),
    ] {
        let tags: Vec<_> = names(given)
            .map(|name| serde_json::json!({"name": name}))
            .collect();
        let bad = |tags: &[serde_json::Value]| serde_json::json!({"type": "domain", "value": "a.example", "to_ids": true, "Tag": tags});
        let own = serde_json::json!({"Event": {"Attribute": [bad(&tags)]}});
        assert_eq!(labels(&own.to_string()), [taken]);
        let of_event = serde_json::json!({"Event": {"Tag": tags, "Attribute": [bad(&[]), bad(&tags[..1])]}});
        assert_eq!(labels(&of_event.to_string()), [taken, taken]);
        let indicator = serde_json::json!({"type": "indicator", "id": "i", "pattern_type": "stix",
            "pattern": "[domain-name:value = 'a.example']", "labels": names(given).collect::<Vec<_>>()});
        let bundle = serde_json::json!({"type": "bundle", "objects": [indicator]});
        assert_eq!(labels(&bundle.to_string()), [taken]);
        let mut objects = vec![
            serde_json::json!({"type": "indicator", "id": "i", "labels": ["n0"],
            "pattern_type": "stix", "pattern": "[domain-name:value = 'a.example']"}),
        ];
        objects.push(serde_json::json!({"type": "malware", "id": "m", "name": "m"}));
        objects.extend((1..given).map(|_| {
            serde_json::json!({"type": "relationship", "relationship_type": "indicates",
                "source_ref": "i", "target_ref": "m"})
        }));
        let bundle = serde_json::json!({"type": "bundle", "objects": objects});
        assert_eq!(labels(&bundle.to_string()), [taken]);
    }
}

#[test]
fn a_pattern_one_past_its_length() {
    let pattern = |bytes: usize| {
        let begin = "[domain-name:value = 'a.example']";
        format!("{begin}{}", " ".repeat(bytes - begin.len()))
    };
    assert_eq!(
        pattern_values(&pattern(MAX_PATTERN_BYTES)),
        Ok(vec!["a.example".to_owned()])
    );
    for long in [pattern(MAX_PATTERN_BYTES + 1), "[".repeat(MAX_PATTERN_BYTES + 1)] {
        assert_eq!(pattern_values(&long), Err(NotUsed::TooLong));
    }
    // As many hashes as there may be are no longer.
    let hash = format!("file:hashes.'SHA-256' = '{}'", "a".repeat(64));
    let hashes = format!("[{}]", vec![hash; MAX_COMPARISONS].join(" OR "));
    assert_eq!(
        pattern_values(&hashes).map(|found| found.len()),
        Ok(MAX_COMPARISONS)
    );
}

#[test]
fn lines_one_past_their_length() {
    // Up to so many bytes, with the line's end.
    let padded = |begin: &str, end: &str, bytes: usize| {
        let pad = "x".repeat(bytes - begin.len() - end.len());
        format!("{begin}{pad}{end}")
    };
    let long = "line too long";
    for (format, head, begin, end, after) in [
        (Format::Text, "", "a.example # ", "", "b.example"),
        (
            Format::Hosts,
            "0.0.0.0 c.example\n",
            "0.0.0.0 a.example # ",
            "",
            "0.0.0.0 b.example",
        ),
        (Format::Csv, "ioc,why\n", "a.example,", "", "b.example,"),
        (Format::Csv, "ioc,why\n", "a.example,\"", "\"", "b.example,"),
        (Format::Csv, "ioc,why\n", "a.example,\"\n", "\n\"", "b.example,"),
        (
            Format::ZeekIntel,
            "#fields\tindicator\tmeta.do\n",
            "a.example\t",
            "",
            "b.example\t-",
        ),
        (
            Format::Rpz,
            "$TTL 60\n",
            "a.example CNAME . ; ",
            "",
            "b.example CNAME .",
        ),
    ] {
        for (past, words) in [(0, "a.example []"), (1, long)] {
            let line = padded(begin, end, MAX_LINE_BYTES + past);
            let (told, rows) = rows(format!("{head}{line}\n{after}\n").as_bytes());
            let what = format!("{begin:?} {past}");
            assert_eq!(told, format, "{what}");
            let [.., row, next] = rows.as_slice() else {
                panic!("{what}: {rows:?}")
            };
            assert!(row.contains(words), "{what}: {row}");
            assert!(next.contains("b.example []"), "{what}: {next}");
        }
    }
    // A header that is too long is none.
    let table = |past| format!("{}\nb.example,\n", padded("ioc,", "", MAX_LINE_BYTES + past));
    check(&table(0), Format::Csv, &["2 b.example []"]);
    check(&table(1), Format::Text, &["1 - line too long", "2 b.example, []"]);
    let mut column = Vec::new();
    let line = padded("a.example,", "", MAX_LINE_BYTES + 1);
    read_column(format!("x,y\n{line}\nb.example,\n").as_bytes(), 1, &mut |row| {
        column.push(match row.content {
            Content::Indicator { value, .. } => value.to_owned(),
            Content::NotUsed { reason, .. } => reason.to_string(),
            Content::Allow { .. } => String::new(),
        });
    });
    assert_eq!(column, ["x", long, "b.example"]);
    // Separators alone, of which each would be a field.
    let commas = ",".repeat(4 * MAX_LINE_BYTES);
    check(
        &format!("{commas}\nb.example\n"),
        Format::Text,
        &["1 - line too long", "2 b.example []"],
    );
}

proptest::proptest! {
    #[test]
    fn no_bytes_panic(source in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
        let _ = read(&source, &mut |_| {});
    }

    #[test]
    fn no_near_source_panics(
        head in "(#fields\tindicator\tindicator_type\n|indicator,family\n|\\$ORIGIN a\\.\n|0\\.0\\.0\\.0 |\\{\"type\":\"bundle\",\"objects\":)?",
        body in "[\\[\\]{}()a-z0-9.,;:=' \"\\\\\t\n*@$-]{0,200}",
    ) {
        let _ = read(format!("{head}{body}").as_bytes(), &mut |_| {});
        let _ = stix_pattern::values(&body);
    }
}
