//! Rows: one for each line and record, whatever it holds; lists, times, limits, and the same bytes each time.

use accord_columns::{ColumnsWriter, Limits, LinePlace, ROW_GROUP_BYTES, Timing, column_name};
use accord_formats::logs::{
    Column, LineReader, LineTime, LogFormat, MAX_RECORDS, MAX_VALUE_BYTES, MAX_VALUES, Outcome, Records,
};
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::reader::FileReader;

use crate::support::*;

#[test]
fn every_line_has_a_row_at_its_place() {
    let log = b"#fields\tts\tuid\tid.orig_h\tid.orig_p\n\
                1.5\tC1\t10.0.0.1\t80\n\
                broken\n\
                \n\
                2.5\tC\xff2\t2001:DB8::1\t65535\n\
                3.5\tC3\t-\t-";
    let rows = read(&columns(log, LogFormat::ZeekTsv));
    let told: Vec<_> = rows
        .iter()
        .map(|row| {
            let get = |name: &str| one(row, name).unwrap_or("null").to_owned();
            [
                "line",
                "line_offset",
                "line_length",
                "outcome",
                "record",
                "time",
                "session_uid",
                "src_endpoint_ip",
                "src_endpoint_port",
            ]
            .map(get)
            .join(" ")
        })
        .collect();
    assert_eq!(
        told,
        [
            "1 0 35 header null null null null null",
            "2 35 19 parsed 0 1500 C1 10.0.0.1 80",
            "3 54 7 not-parsed null null null null null",
            "4 61 1 blank null null null null null",
            "5 62 26 parsed 0 2500 C\u{fffd}2 2001:db8::1 65535",
            "6 88 10 parsed 0 3500 C3 null null",
        ]
    );
    // What no line says is no column.
    assert!(!rows.iter().any(|row| row.contains_key("time_written")));
    let schema = reader(&columns(log, LogFormat::ZeekTsv));
    let schema = schema.metadata().file_metadata().schema();
    let names: Vec<&str> = schema.get_fields().iter().map(|field| field.name()).collect();
    assert_eq!(
        names,
        [
            "frame",
            "line",
            "record",
            "line_offset",
            "line_length",
            "outcome",
            "time",
            "time_basis",
            "time_doubtful",
            "src_endpoint_ip",
            "src_endpoint_port",
            "session_uid"
        ]
    );
}

#[test]
fn an_empty_log_is_a_file_without_rows() {
    let (file, written) = written(b"", LogFormat::Text, timing(), Limits::default());
    assert_eq!((written.rows, read(&file).len()), (0, 0));
    assert!(file.len() < 2000, "{}", file.len());
}

#[test]
fn the_file_says_what_it_is() {
    let timing = Timing::new("", Some(-250), IMPORTED_AT_MS);
    let (file, _) = written(b"x\n", LogFormat::Text, timing, Limits::default());
    let reader = reader(&file);
    let facts = reader.metadata().file_metadata().key_value_metadata().unwrap();
    let facts: Vec<_> = facts
        .iter()
        .map(|fact| format!("{}={}", fact.key, fact.value.as_deref().unwrap()))
        .collect();
    assert_eq!(
        facts,
        [
            "accord.columns=1",
            "accord.log_format=text",
            "accord.clock_offset_ms=-250",
            "accord.log_sha256=00ff"
        ]
    );
}

#[test]
fn several_records_of_a_line_are_several_rows() {
    let log = br#"{"Records":[{"eventVersion":"1","eventTime":"2023-07-10T11:45:00Z","eventName":"A","sourceIPAddress":"192.0.2.1"},{"eventVersion":"1","eventTime":"2023-07-10T11:46:00Z","eventName":"B"}]}"#;
    let rows = read(&columns(log, LogFormat::CloudTrail));
    assert_eq!(rows.len(), 2);
    for (row, (number, name)) in rows.iter().zip([("0", "A"), ("1", "B")]) {
        assert_eq!(one(row, "line"), Some("1"));
        assert_eq!(one(row, "record"), Some(number));
        assert_eq!(one(row, "activity_name"), Some(name));
        assert!(one(row, "time").is_some() && one(row, "time_last").is_none());
    }
}

#[test]
fn lists_hold_every_value_in_order() {
    let log = "#fields\tts\tquery\tanswers\n\
               #types\ttime\tstring\tvector[string]\n\
               1\ta.example\t192.0.2.1,b.example,192.0.2.1\n\
               2\tb.example\t-\n\
               3\tc.example\t(empty)\n\
               4\td.example\tx\n";
    let rows = read(&columns(log.as_bytes(), LogFormat::ZeekTsv));
    let answers: Vec<Vec<String>> = rows[2..]
        .iter()
        .map(|row| row.get("answers_rdata").cloned().unwrap_or_default())
        .collect();
    assert_eq!(
        answers,
        [
            vec!["192.0.2.1", "b.example", "192.0.2.1"],
            vec![],
            vec![],
            vec!["x"]
        ]
    );
}

#[test]
fn times_say_how_they_were_told() {
    let timing = |zone: &str| Timing::new(zone, Some(1500), IMPORTED_AT_MS);
    let told = |log: &str, format, zone: &str| {
        let file = written(log.as_bytes(), format, timing(zone), Limits::default()).0;
        let row = read(&file).pop().unwrap();
        [
            "time",
            "time_last",
            "time_basis",
            "time_doubtful",
            "time_corrected",
            "time_written",
        ]
        .map(|name| one(&row, name).unwrap_or("-").to_owned())
        .join(" ")
    };
    let bsd = "<34>Oct 11 22:14:15 h su: x\n";
    for (log, format, zone, expected) in [
        (bsd, LogFormat::Syslog, "", "- - - - - --10-11 22:14:15.000"),
        (
            bsd,
            LogFormat::Syslog,
            "the router's own",
            "- - - - - --10-11 22:14:15.000",
        ),
        // 2024 is the latest year in which that is not after the import, at the start of 2025.
        (
            bsd,
            LogFormat::Syslog,
            "UTC",
            "1728684855000 - zone-and-year-set - 1728684853500 -",
        ),
        // The clock was turned back: two instants, an hour apart.
        (
            "<34>Oct 27 02:30:00 h su: x\n",
            LogFormat::Syslog,
            "Europe/Amsterdam",
            "1729989000000 1729992600000 zone-and-year-set - 1729988998500 -",
        ),
        (
            "time,n\n2024-03-31 02:30:00,1\n",
            LogFormat::Csv,
            "UTC",
            "1711852200000 - zone-set - 1711852198500 -",
        ),
        // It was put forward over this time: none.
        (
            "time,n\n2024-03-31 02:30:00,1\n",
            LogFormat::Csv,
            "Europe/Amsterdam",
            "- - - - - 2024-03-31 02:30:00.000",
        ),
        (
            "1990-01-01T00:00:00Z x\n",
            LogFormat::Text,
            "",
            "631152000000 - logged - 631151998500 -",
        ),
        (
            "1989-12-31T23:59:59Z x\n",
            LogFormat::Text,
            "",
            "631151999000 - logged true 631151997500 -",
        ),
        (
            "2025-01-03T00:00:00Z x\n",
            LogFormat::Text,
            "",
            "1735862400000 - logged true 1735862398500 -",
        ),
        ("x\n", LogFormat::Text, "UTC", "- - - - - -"),
    ] {
        assert_eq!(told(log, format, zone), expected, "{log}{zone}");
    }
}

#[test]
fn what_has_no_place_is_counted() {
    let long = "u".repeat(MAX_VALUE_BYTES + 1);
    let many = "\"a\",".repeat(MAX_VALUES + 2);
    let log = format!(
        "{{\"ts\":1,\"uid\":\"{long}\"}}\n{{\"ts\":1,\"uid\":\"C\",\"answers\":[{}]}}\n",
        many.trim_end_matches(',')
    );
    let rows = read(&columns(log.as_bytes(), LogFormat::ZeekJson));
    assert_eq!(one(&rows[0], "left_out"), Some("1"));
    assert_eq!(one(&rows[0], "session_uid").unwrap().len(), MAX_VALUE_BYTES);
    // The session's, and all but three of the answers.
    assert_eq!(one(&rows[1], "left_out"), Some("3"));
    assert_eq!(rows[1]["answers_rdata"].len(), MAX_VALUES - 1);

    let record = "{\"eventName\":\"A\"},".repeat(MAX_RECORDS + 3);
    let log = format!("{{\"Records\":[{}]}}", record.trim_end_matches(','));
    let rows = read(&columns(log.as_bytes(), LogFormat::CloudTrail));
    assert_eq!(rows.len(), MAX_RECORDS);
    let counted: Vec<_> = rows
        .iter()
        .filter_map(|row| one(row, "records_left_out"))
        .collect();
    assert_eq!(counted, ["3"]);
}

#[test]
fn a_line_that_nobody_read_has_its_place() {
    let mut writer = ColumnsWriter::new(Vec::new(), LogFormat::Text, timing());
    let place = LinePlace {
        frame: 3,
        line: 7,
        offset: 1 << 35,
        length: 1 << 34,
    };
    writer.line(&place, None, LineTime::Unknown, &[], 0).unwrap();
    let row = read(&writer.finish("").unwrap().0).remove(0);
    for (name, value) in [
        ("outcome", "too-long"),
        ("frame", "3"),
        ("line", "7"),
        ("line_offset", "34359738368"),
        ("line_length", "17179869184"),
    ] {
        assert_eq!(one(&row, name), Some(value));
    }
}

#[test]
fn numbers_keep_their_whole_range() {
    let log = format!(
        "{{\"ts\":1,\"uid\":\"a\",\"orig_bytes\":{},\"resp_bytes\":0,\"id.orig_p\":0,\"id.resp_p\":65535}}\n",
        u64::MAX
    );
    let row = read(&columns(log.as_bytes(), LogFormat::ZeekJson)).remove(0);
    assert_eq!(one(&row, "traffic_bytes_out"), Some("18446744073709551615"));
    assert_eq!(one(&row, "traffic_bytes_in"), Some("0"));
    assert_eq!(one(&row, "src_endpoint_port"), Some("0"));
    assert_eq!(one(&row, "dst_endpoint_port"), Some("65535"));
}

fn zeek(lines: usize) -> Vec<u8> {
    let mut log = b"#fields\tts\tuid\tid.orig_h\tquery\tanswers\n".to_vec();
    for n in 0..lines {
        let line = format!(
            "{n}.25\tC{n:x}\t10.0.{}.{}\th{}.example\ta{n},b\n",
            n / 256 % 256,
            n % 256,
            n % 10
        );
        log.extend_from_slice(line.as_bytes());
    }
    log
}

#[test]
fn row_groups_end_at_their_limits() {
    let log = zeek(99);
    for (row_group_rows, row_group_bytes, groups) in [
        (100, usize::MAX, 1),
        (99, usize::MAX, 2),
        (10, usize::MAX, 10),
        (usize::MAX, 1, 100),
        (usize::MAX, usize::MAX, 1),
    ] {
        let limits = Limits {
            row_group_rows,
            row_group_bytes,
        };
        let (file, told) = written(&log, LogFormat::ZeekTsv, timing(), limits);
        assert_eq!((told.rows, told.row_groups), (100, groups));
        let reader = reader(&file);
        assert_eq!(reader.metadata().num_row_groups() as u64, groups);
        let fits = |group: &RowGroupMetaData| group.num_rows() as usize <= row_group_rows;
        assert!(reader.metadata().row_groups().iter().all(fits));
        // The same rows, however they are grouped.
        assert_eq!(read(&file), read(&columns(&log, LogFormat::ZeekTsv)));
        // Beyond one group it cannot be known that a column stays empty: all are there.
        let all = reader.metadata().file_metadata().schema().get_fields().len();
        assert_eq!(all == 14 + Column::ALL.len(), groups > 1, "{all}");
    }
}

#[test]
fn the_same_log_makes_the_same_bytes() {
    let log = zeek(30_000);
    let limits = Limits {
        row_group_rows: 7_000,
        row_group_bytes: ROW_GROUP_BYTES,
    };
    let first = written(&log, LogFormat::ZeekTsv, timing(), limits).0;
    for _ in 0..3 {
        assert!(written(&log, LogFormat::ZeekTsv, timing(), limits).0 == first);
    }
    assert!(written(&log, LogFormat::ZeekTsv, timing(), Limits::default()).0 != first);
}

#[test]
fn a_sink_that_fails_is_told_and_nothing_follows() {
    #[derive(Debug)]
    struct Full(usize);
    impl std::io::Write for Full {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 = self
                .0
                .checked_sub(bytes.len())
                .ok_or(std::io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let limits = Limits {
        row_group_rows: 1,
        row_group_bytes: usize::MAX,
    };
    let place = LinePlace {
        frame: 0,
        line: 1,
        offset: 0,
        length: 1,
    };
    let mut writer = ColumnsWriter::with_limits(Full(10_000), LogFormat::Text, timing(), limits);
    let mut line = || writer.line(&place, None, LineTime::Unknown, &[], 0);
    let error = (0..100).find_map(|_| line().err()).unwrap();
    assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
    assert!(line().is_err());
    assert!(writer.finish("").is_err());
    // Also where only the end of the file finds no room.
    let mut writer = ColumnsWriter::new(Full(10), LogFormat::Text, timing());
    writer.line(&place, None, LineTime::Unknown, &[], 0).unwrap();
    assert_eq!(
        writer.finish("").unwrap_err().kind(),
        std::io::ErrorKind::StorageFull
    );
}

#[test]
fn names_are_plain_and_unique() {
    let mut names: Vec<String> = Column::ALL.iter().map(|column| column_name(*column)).collect();
    let plain = |name: &String| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    assert!(names.iter().all(plain));
    names.sort();
    names.dedup();
    assert_eq!(names.len(), Column::ALL.len());
}

const FORMATS: [LogFormat; 6] = [
    LogFormat::ZeekTsv,
    LogFormat::Syslog,
    LogFormat::Csv,
    LogFormat::Ndjson,
    LogFormat::WindowsJson,
    LogFormat::Text,
];

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn any_bytes_make_rows(bytes in proptest::collection::vec(proptest::sample::select(b"a,1\t:{}\"\n\r\x00\xff\xc3= #[].-".to_vec()), 0..400), format in 0..FORMATS.len(), rows in 1..9_usize) {
        let format = FORMATS[format];
        let limits = Limits { row_group_rows: rows, ..Limits::default() };
        let (file, told) = written(&bytes, format, timing(), limits);
        let read = read(&file);
        proptest::prop_assert_eq!(read.len() as u64, told.rows);
        let mut lines = LineReader::new(format);
        let mut next = read.iter();
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let mut records = Records::new();
            let outcome = lines.fields(line, &mut records);
            for _ in 0..records.all().len().max(1) {
                let row = next.next().unwrap();
                proptest::prop_assert_eq!(one(row, "outcome") == Some("parsed"), outcome == Outcome::Parsed);
                proptest::prop_assert_eq!(one(row, "line_length").unwrap(), line.len().to_string());
            }
        }
        proptest::prop_assert!(next.next().is_none());
    }
}
