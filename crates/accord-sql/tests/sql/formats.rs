//! The formats, and what each type of value is in them.

use accord_sql::{Format, Indicator};

use crate::support::*;

fn written(statement: &str, format: Format, indicators: &[Indicator]) -> String {
    let small = small();
    let mut asked = question(small.folder.path(), statement);
    asked.format = format;
    asked.with_indicators = true;
    let (text, told) = ask(&asked, Some(indicators));
    told.unwrap_or_else(|error| panic!("{statement}: {error}"));
    text
}

#[test]
fn every_type_of_value() {
    for (expression, json, text) in [
        ("NULL", "null", ""),
        ("true", "true", "true"),
        ("-7", "-7", "-7"),
        ("CAST(255 AS TINYINT UNSIGNED)", "255", "255"),
        (
            "CAST(18446744073709551615 AS BIGINT UNSIGNED)",
            "18446744073709551615",
            "18446744073709551615",
        ),
        ("CAST(1.50 AS DECIMAL(10, 2))", "1.50", "1.50"),
        ("1.0", "1.0", "1.0"),
        ("CAST('NaN' AS DOUBLE)", "\"NaN\"", "NaN"),
        ("CAST('-inf' AS DOUBLE)", "\"-inf\"", "-inf"),
        ("CAST(0.25 AS REAL)", "0.25", "0.25"),
        ("'say \"a\\b\"'", r#""say \"a\\b\"""#, r#"say "a\b""#),
        ("''", "\"\"", ""),
        ("DATE '2024-03-23'", "\"2024-03-23\"", "2024-03-23"),
        ("TIME '10:11:12'", "\"10:11:12\"", "10:11:12"),
        (
            "TIMESTAMP '2024-03-23 10:11:12'",
            "\"2024-03-23T10:11:12.000000000\"",
            "2024-03-23T10:11:12.000000000",
        ),
        (
            "to_timestamp_seconds(0)",
            "\"1970-01-01T00:00:00\"",
            "1970-01-01T00:00:00",
        ),
        (
            "arrow_cast('2024-03-23T10:11:12.5Z', 'Timestamp(ms, \"UTC\")')",
            "\"2024-03-23T10:11:12.500Z\"",
            "2024-03-23T10:11:12.500Z",
        ),
        (
            "arrow_cast('2024-03-23T10:11:12.5Z', 'Timestamp(µs, \"+02:00\")')",
            "\"2024-03-23T12:11:12.500000+02:00\"",
            "2024-03-23T12:11:12.500000+02:00",
        ),
        (
            "arrow_cast('1677-01-01T00:00:00Z', 'Timestamp(s, \"UTC\")')",
            "\"1677-01-01T00:00:00Z\"",
            "1677-01-01T00:00:00Z",
        ),
        ("make_array(1, NULL, 3)", "[1,null,3]", "[1,null,3]"),
        ("make_array('a', 'b\"')", r#"["a","b\""]"#, r#"["a","b\""]"#),
        ("make_array(make_array(1), make_array())", "[[1],[]]", "[[1],[]]"),
        (
            "named_struct('a', 1, 'b', 'x')",
            r#"{"a":1,"b":"x"}"#,
            r#"{"a":1,"b":"x"}"#,
        ),
        ("arrow_cast('x', 'Dictionary(Int32, Utf8)')", "\"x\"", "x"),
        ("arrow_cast('x', 'LargeUtf8')", "\"x\"", "x"),
        (
            "arrow_cast(make_array(1, 2), 'FixedSizeList(2, Int64)')",
            "[1,2]",
            "[1,2]",
        ),
        (
            "arrow_cast(make_array(1, 2), 'LargeList(Int64)')",
            "[1,2]",
            "[1,2]",
        ),
        ("decode('ff00', 'hex')", "\"ff00\"", "ff00"),
        ("CAST('a' AS VARCHAR) IS NULL", "false", "false"),
    ] {
        let statement = format!("SELECT {expression} AS v");
        assert_eq!(
            written(&statement, Format::Ndjson, &[]),
            format!("{{\"v\":{json}}}\n"),
            "{expression}"
        );
        // As CSV a field is quoted where it has to be.
        let field = if text.is_empty() {
            "\"\"".to_owned()
        } else if text.contains(['"', ',']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.to_owned()
        };
        assert_eq!(
            written(&statement, Format::Csv, &[]),
            format!("v\r\n{field}\r\n"),
            "{expression}"
        );
    }
}

#[test]
fn no_spreadsheet_runs_what_a_stranger_sent() {
    let text = written(
        "SELECT http_request_user_agent AS agent, -1 AS number, '-' AS dash, line FROM \"web-1\" ORDER BY line LIMIT 3",
        Format::Csv,
        &[],
    );
    assert_eq!(
        text,
        "agent,number,dash,line\r\nMozilla/5.0,-1,'-,1\r\ncurl/8.0,-1,'-,2\r\n'=cmd|'/C calc'!A0,-1,'-,3\r\n"
    );
    for (value, field) in [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("@x", "'@x"),
        ("\tx", "'\tx"),
        ("\rx", "\"'\rx\""),
        ("a=b", "a=b"),
        ("a,b", "\"a,b\""),
        ("a\nb", "\"a\nb\""),
    ] {
        let list = [indicator("x", value, &[])];
        let text = written("SELECT value AS v, kind FROM indicators", Format::Csv, &list);
        assert_eq!(text, format!("v,kind\r\n{field},x\r\n"), "{value:?}");
    }
    // Nor does the name of a column.
    assert_eq!(written("SELECT 1 AS \"=x\"", Format::Csv, &[]), "'=x\r\n1\r\n");
}

#[test]
fn no_terminal_is_steered() {
    let list = [
        indicator("plain", "évil.example", &["a"]),
        indicator("red", "\u{1b}[31mred\u{9b}", &["b"]),
        indicator("turned", "gpj\u{202e}.exe", &[]),
        indicator("alike", "b\u{430}nk.example", &["x"]),
        indicator("lines", "one\ntwo\tthree\r", &[]),
    ];
    let text = written(
        "SELECT kind, value, labels FROM indicators ORDER BY kind",
        Format::Text,
        &list,
    );
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines,
        [
            "kind    value                               labels",
            "------  ----------------------------------  ------",
            "alike   b\u{430}nk.example [not Latin: \u{430} U+0430]  [\"x\"]",
            "lines   one\\ntwo\\tthree\\r                   []",
            "plain   évil.example                        [\"a\"]",
            "red     \\u{1b}[31mred\\u{9b}                 [\"b\"]",
            "turned  gpj[U+202E].exe                     []",
        ]
    );
    // What is long is cut here, and here alone.
    let list = [indicator("long", &"x".repeat(1000), &[])];
    let text = written("SELECT value FROM indicators", Format::Text, &list);
    assert!(text.ends_with(&format!("{}…\n", "x".repeat(300))), "{text}");
    let text = written("SELECT value FROM indicators", Format::Csv, &list);
    assert!(text.contains(&"x".repeat(1000)));
    // Programs get what it is.
    let text = written(
        "SELECT value AS v FROM indicators",
        Format::Ndjson,
        &[indicator("x", "\u{1b}a\u{202e}", &[])],
    );
    assert_eq!(text, "{\"v\":\"\\u001ba\u{202e}\"}\n");
}

#[test]
fn a_table_without_rows_has_its_names() {
    let statement = "SELECT line, outcome FROM empty";
    assert_eq!(
        written(statement, Format::Text, &[]),
        "line  outcome\n----  -------\n"
    );
    assert_eq!(written(statement, Format::Csv, &[]), "line,outcome\r\n");
    assert_eq!(written(statement, Format::Ndjson, &[]), "");
}

#[test]
fn a_plan_keeps_its_lines_for_people() {
    let text = written("EXPLAIN SELECT count(*) FROM dns", Format::Text, &[]);
    assert!(text.lines().count() > 5, "{text}");
    assert!(
        text.lines()
            .any(|line| line.trim_start().starts_with("AggregateExec") || line.contains("Aggregate")),
        "{text}"
    );
    assert_eq!(
        written("EXPLAIN SELECT 1", Format::Ndjson, &[]).lines().count(),
        2
    );
}
