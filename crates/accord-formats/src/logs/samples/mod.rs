//! The tables of samples, one per format: line, outcome, time, addresses; and, in the files beside, the columns.

mod assignments;
mod daemons;
mod hostile;
mod real;
mod sensors;
mod sheets;
mod web;
mod windows_events;

use super::*;

type Row = (&'static str, Outcome, LineTime, &'static [&'static str]);

fn check(format: LogFormat, rows: &[Row]) {
    let mut reader = LineReader::new(format);
    let mut quick = LineReader::new(format);
    for (line, outcome, time, addresses) in rows {
        let facts = reader.line(line.as_bytes(), Depth::Full);
        assert_eq!(facts.outcome, *outcome, "{format}: {line}");
        assert_eq!(facts.time, *time, "{format}: {line}");
        let found: Vec<String> = facts.addresses.iter().map(ToString::to_string).collect();
        assert_eq!(found, *addresses, "{format}: {line}");
        // At import only the time is read: it must be the same time.
        let facts = quick.line(line.as_bytes(), Depth::Time);
        assert_eq!((facts.outcome, facts.time), (*outcome, *time), "{format}: {line}");
        assert!(facts.addresses.is_empty(), "{format}: {line}");
    }
}

/// A line, what becomes of it, its time, and its columns as `name=value`; a time as written is `wall=`.
type FieldsRow = (&'static str, Outcome, LineTime, &'static [&'static str]);

fn check_fields(format: LogFormat, rows: &[FieldsRow]) {
    let mut readers = [(); 3].map(|()| LineReader::new(format));
    for (line, outcome, time, expected) in rows {
        let [full, quick, columns] = &mut readers;
        let facts = full.line(line.as_bytes(), Depth::Full);
        assert_eq!((facts.outcome, facts.time), (*outcome, *time), "{format}: {line}");
        let facts = quick.line(line.as_bytes(), Depth::Time);
        assert_eq!((facts.outcome, facts.time), (*outcome, *time), "{format}: {line}");
        let mut records = Records::new();
        assert_eq!(
            columns.fields(line.as_bytes(), &mut records),
            *outcome,
            "{format}: {line}"
        );
        let shown: Vec<String> = records.all().iter().flat_map(shown).collect();
        assert_eq!(shown, *expected, "{format}: {line}");
        assert!(records.all().len() <= 1, "{line}");
        if let Some(fields) = records.all().first() {
            assert_eq!(fields.time(), *time, "{format}: {line}");
        }
    }
}

fn shown(fields: &Fields<'_>) -> Vec<String> {
    let wall = fields.wall().map(|wall| {
        let year = wall.year.map_or_else(|| "-".to_owned(), |year| year.to_string());
        format!(
            "wall={year}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}",
            wall.month, wall.day, wall.hour, wall.minute, wall.second, wall.ms
        )
    });
    let values = fields
        .values()
        .map(|(column, value)| format!("{}={value}", column.name()));
    wall.into_iter().chain(values).collect()
}

fn rest(format: LogFormat, line: &str) -> Vec<String> {
    let mut records = Records::with_rest();
    LineReader::new(format).fields(line.as_bytes(), &mut records);
    let rest = records.all().iter().flat_map(Fields::rest);
    rest.map(|(name, value)| format!("{name}={value}")).collect()
}

fn told(start: &str, expected: LogFormat) {
    assert_eq!(
        detect(start.as_bytes()),
        expected,
        "{}",
        start.get(..60).unwrap_or(start)
    );
}

use LineTime::{At, Unknown, Within};
use Outcome::{Blank, Header, NotParsed, Parsed};

#[test]
fn zeek_tsv() {
    check(
        LogFormat::ZeekTsv,
        &[
            ("1521911720.865716\t10.0.0.1", NotParsed, Unknown, &["10.0.0.1"]),
            ("#separator \\x09\n", Header, Unknown, &[]),
            (
                "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tquery\r\n",
                Header,
                Unknown,
                &[],
            ),
            (
                "1.5\tC\t10.1.1.1\t5\t10.0.0.9\t10.9.9.9",
                Parsed,
                At(1500),
                &["10.1.1.1", "10.0.0.9"],
            ),
            (
                "#types\ttime\tstring\taddr\tport\taddr\tset[addr]",
                Header,
                Unknown,
                &[],
            ),
            (
                "1.5\tC\t10.1.1.1\t5\t-\t10.9.9.9,::1\n",
                Parsed,
                At(1500),
                &["10.1.1.1", "10.9.9.9", "::1"],
            ),
            ("1.5\tC\t10.1.1.1", NotParsed, Unknown, &["10.1.1.1"]),
            ("-\tC\t10.1.1.1\t5\t-\t-", Parsed, Unknown, &["10.1.1.1"]),
            ("#fields\thost\tts", Header, Unknown, &[]),
            (
                "10.1.1.1\t1521911720.865716",
                Parsed,
                At(1_521_911_720_865),
                &["10.1.1.1"],
            ),
            ("#close\t2024-04-12-19-34-07", Header, Unknown, &[]),
            ("  \r\n", Blank, Unknown, &[]),
        ],
    );
}

#[test]
fn zeek_json() {
    check(
        LogFormat::ZeekJson,
        &[
            (
                r#"{"_path":"dns","_write_ts":"2018-03-24T17:15:21Z","ts":"2018-03-24T17:15:20.865716Z","id.orig_h":"10.47.1.100","id.resp_h":"10.0.0.100","answers":["a.example","134.71.3.16"]}"#,
                Parsed,
                At(1_521_911_720_865),
                &["10.47.1.100", "10.0.0.100", "134.71.3.16"],
            ),
            (
                r#"{"ts":1521911720.865716,"id.orig_h":"fe80::1%eth0"}"#,
                Parsed,
                At(1_521_911_720_865),
                &["fe80::1"],
            ),
            (r#"{"ts":1521911720865}"#, Parsed, At(1_521_911_720_865), &[]),
            (
                r#"{"_path":"loaded_scripts","_write_ts":"1970-01-01T00:00:00Z"}"#,
                Parsed,
                Unknown,
                &[],
            ),
            (r#"{"uid":"C"}"#, Parsed, Unknown, &[]),
            (r#"{"ts":1"#, NotParsed, Unknown, &[]),
        ],
    );
}

#[test]
fn suricata_eve() {
    check(
        LogFormat::SuricataEve,
        &[
            (
                r#"{"timestamp":"2015-03-29T11:01:38.221126-0600","event_type":"alert","src_ip":"222.186.56.46","src_port":4904,"dest_ip":"192.168.0.2","flow":{"start":"2015-03-29T11:01:38.221126-0600"}}"#,
                Parsed,
                At(1_427_648_498_221),
                &["222.186.56.46", "192.168.0.2"],
            ),
            (
                r#"    "timestamp": "2015-03-29T11:01:38.221126-0600","#,
                NotParsed,
                At(1_427_648_498_221),
                &[],
            ),
            (
                r#"    "src_ip": "222.186.56.46","#,
                NotParsed,
                Unknown,
                &["222.186.56.46"],
            ),
            (
                r#"{"timestamp":"2015-03-29T11:01:38","src_ip":"::1"}"#,
                Parsed,
                Unknown,
                &["::1"],
            ),
            ("[", NotParsed, Unknown, &[]),
        ],
    );
}

#[test]
fn cloudtrail() {
    check(
        LogFormat::CloudTrail,
        &[
            (
                r#"{"Records":[{"eventVersion":"1.08","eventTime":"2023-07-10T11:42:36Z","sourceIPAddress":"AWS Internal"},{"eventTime":"2023-07-10T11:41:36Z","sourceIPAddress":"192.0.2.4"}]}"#,
                Parsed,
                Within(TimeSpan {
                    first_ms: 1_688_989_296_000,
                    last_ms: 1_688_989_356_000,
                }),
                &["192.0.2.4"],
            ),
            (
                r#"{"Records":[{"eventTime":"2023-07-10T11:42:36Z"}]}"#,
                Parsed,
                At(1_688_989_356_000),
                &[],
            ),
            (
                r#"{"eventTime":"2023-07-10T11:42:36Z","sourceIPAddress":"192.0.2.4"}"#,
                Parsed,
                At(1_688_989_356_000),
                &["192.0.2.4"],
            ),
            (r#"{"Records":[]}"#, Parsed, Unknown, &[]),
            (r#"{"Records":7}"#, NotParsed, Unknown, &[]),
        ],
    );
}

#[test]
fn access_log() {
    check(
        LogFormat::AccessLog,
        &[
            (
                r#"83.149.9.216 - - [17/May/2015:10:05:03 +0000] "GET /?ip=10.0.0.1 HTTP/1.1" 200 203023 "http://10.0.0.2/" "Mozilla/5.0""#,
                Parsed,
                At(1_431_857_103_000),
                &["83.149.9.216"],
            ),
            (
                r#"2001:db8::7 - jo doe [17/May/2015:12:05:03 +0200] "-" 408 -"#,
                Parsed,
                At(1_431_857_103_000),
                &["2001:db8::7"],
            ),
            (
                r#"host.example - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.0" 200 1"#,
                Parsed,
                At(1_431_857_103_000),
                &[],
            ),
            (
                r#"1.2.3.4 - - "[17/May/2015:10:05:03 +0000]""#,
                NotParsed,
                Unknown,
                &["1.2.3.4"],
            ),
            (
                r#"1.2.3.4 - - [17/May/2015:10:05:03] "GET /""#,
                NotParsed,
                Unknown,
                &["1.2.3.4"],
            ),
            (
                r#"1.2.3.4 - - [31/Feb/2015:10:05:03 +0000] "GET /""#,
                NotParsed,
                Unknown,
                &["1.2.3.4"],
            ),
        ],
    );
}

#[test]
fn syslog_lines() {
    check(
        LogFormat::Syslog,
        &[
            (
                "<34>1 2003-10-11T22:14:15.003Z mymachine su - ID47 - 'su root' failed for 192.0.2.1",
                Parsed,
                At(1_065_910_455_003),
                &["192.0.2.1"],
            ),
            ("<165>1 - - - - - - nothing known", Parsed, Unknown, &[]),
            (
                "<34>Oct 11 22:14:15 mymachine su: failed on 192.0.2.1:22",
                Parsed,
                Unknown,
                &["192.0.2.1"],
            ),
            (
                "Oct  1 22:14:15 mymachine sshd[7]: from 2001:db8::1 port 22",
                Parsed,
                Unknown,
                &["2001:db8::1"],
            ),
            (
                "2003-10-11T22:14:15.003+02:00 host app: x",
                Parsed,
                At(1_065_903_255_003),
                &[],
            ),
            ("<192>Oct 11 22:14:15 over the top", NotParsed, Unknown, &[]),
            ("Okt 11 22:14:15 not English", NotParsed, Unknown, &[]),
            ("<", NotParsed, Unknown, &[]),
        ],
    );
}

#[test]
fn ndjson_lines() {
    check(
        LogFormat::Ndjson,
        &[
            (
                r#"{"@timestamp":"2018-03-24T17:15:20Z","time":1,"src":{"ip":["192.0.2.1","x"]}}"#,
                Parsed,
                At(1_521_911_720_000),
                &["192.0.2.1"],
            ),
            (r#"{"time":"1521911720.5"}"#, Parsed, At(1_521_911_720_500), &[]),
            (r#"{"time":"yesterday"}"#, Parsed, Unknown, &[]),
            ("plain", NotParsed, Unknown, &[]),
        ],
    );
}

#[test]
fn text_lines() {
    check(
        LogFormat::Text,
        &[
            (
                "gw deny 192.0.2.10 -> c2.evil.example",
                Parsed,
                Unknown,
                &["192.0.2.10"],
            ),
            ("2018-03-24T17:15:20Z deny", Parsed, At(1_521_911_720_000), &[]),
            ("2018-03-24 17:15:20 deny", Parsed, Unknown, &[]),
            ("2018-03-24T17:15:20Zulu", Parsed, Unknown, &[]),
            ("", Blank, Unknown, &[]),
        ],
    );
}

#[test]
fn told_by_content() {
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(DETECT_BYTES));
    for (start, expected) in [
        ("#separator \\x09\n#fields\tts", LogFormat::ZeekTsv),
        ("#fields\tts\tuid\n1\t2", LogFormat::ZeekTsv),
        ("\u{feff}{\"ts\":1,\"uid\":\"C\"}\n", LogFormat::ZeekJson),
        (
            "{\"timestamp\":\"x\",\"event_type\":\"dns\"}\n",
            LogFormat::SuricataEve,
        ),
        (
            "[\n  {\n    \"timestamp\": \"x\",\n    \"event_type\": \"alert\",\n",
            LogFormat::SuricataEve,
        ),
        (
            "{\"Records\":[{\"eventVersion\":\"1\",\"eventTime\":\"\",\"eventSource\":\"\"",
            LogFormat::CloudTrail,
        ),
        ("{\"a\":1}\n{\"a\":2}\n", LogFormat::Ndjson),
        (long.as_str(), LogFormat::Ndjson),
        ("{\n \"a\": 1\n}\n", LogFormat::Text),
        (
            "1.2.3.4 - - [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 1\n",
            LogFormat::AccessLog,
        ),
        ("<34>Oct 11 22:14:15 m su: x\n", LogFormat::Syslog),
        (
            "Oct 11 22:14:15 m su: x\nOct 11 22:14:15 m su: y\ncontinued\n",
            LogFormat::Syslog,
        ),
        ("# a comment\nevil.example\n", LogFormat::Text),
        ("\0\0\0\0", LogFormat::Text),
        ("", LogFormat::Text),
    ] {
        assert_eq!(
            detect(start.as_bytes()),
            expected,
            "{}",
            start.get(..40.min(start.len())).unwrap_or("?")
        );
    }
}

#[test]
fn names_round_trip() {
    for format in LogFormat::ALL {
        assert_eq!(LogFormat::from_name(format.name()), Some(format));
        assert_eq!(
            serde_json::to_string(&format).unwrap(),
            format!("\"{}\"", format.name())
        );
    }
    assert_eq!(LogFormat::from_name("auto"), None);
}
