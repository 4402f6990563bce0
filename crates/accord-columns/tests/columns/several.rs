//! Several logs in one file: the rows of each, with its name, and nothing else.

use accord_columns::{ColumnsWriter, Limits, Timing};
use accord_formats::logs::LogFormat;
use parquet::file::reader::FileReader;

use crate::support::*;

const ZEEK: &[u8] =
    b"#fields\tts\tuid\tid.orig_h\tid.orig_p\n1.5\tC1\t10.0.0.1\t80\nbroken\n\n2.5\tC2\t2001:DB8::1\t65535\n";
const TEXT: &[u8] = b"2023-11-14T00:00:00Z evil.example asked for by 10.0.0.7\nno time\n";
const SYSLOG: &[u8] = b"<34>1 2003-10-11T22:14:15.003Z h su 1 - - said\n<34>Oct 11 22:14:15 h su: said\n";
const CLOUD: &[u8] =
    br#"{"Records":[{"eventTime":"2023-07-10T11:45:00Z"},{"eventTime":"2023-07-10T11:40:00Z","eventName":"x"}]}"#;

fn logs() -> Vec<(&'static str, LogFormat, &'static [u8], Timing)> {
    vec![
        ("a/000001", LogFormat::ZeekTsv, ZEEK, timing()),
        ("a/000002", LogFormat::Text, TEXT, timing()),
        ("a/000003", LogFormat::Text, b"", timing()),
        (
            "a/000004",
            LogFormat::Syslog,
            SYSLOG,
            Timing::new("UTC", Some(1000), IMPORTED_AT_MS),
        ),
        ("a/000005", LogFormat::Syslog, SYSLOG, timing()),
        ("a/000007", LogFormat::CloudTrail, CLOUD, timing()),
    ]
}

fn packed(limits: Limits) -> Vec<u8> {
    let mut writer = ColumnsWriter::of_several(Vec::new(), limits);
    for (name, format, log, timing) in logs() {
        writer.begin_log(name, format, timing);
        feed(&mut writer, log, format);
    }
    writer.finish_several().unwrap().0
}

#[test]
fn each_row_is_that_of_its_own_file_with_the_name_of_its_log() {
    let mut expected = Vec::new();
    for (name, format, log, timing) in logs() {
        for mut row in read(&written(log, format, timing, Limits::default()).0) {
            row.insert("segment".to_owned(), vec![name.to_owned()]);
            expected.push(row);
        }
    }
    assert_eq!(expected.len(), 13);
    for row_group_rows in [1, 2, 5, 1000] {
        let limits = Limits {
            row_group_rows,
            ..Limits::default()
        };
        let file = packed(limits);
        assert_eq!(read(&file), expected, "{row_group_rows}");
        assert_eq!(file, packed(limits), "the same bytes each time");
        let groups = reader(&file).metadata().num_row_groups();
        assert_eq!(groups, 13_usize.div_ceil(row_group_rows), "{row_group_rows}");
    }
}

#[test]
fn the_file_says_that_it_is_of_several_logs() {
    let file = packed(Limits::default());
    let reader = reader(&file);
    let facts = reader.metadata().file_metadata();
    let first = facts.schema().get_fields().first().unwrap().name().to_owned();
    assert_eq!(first, "segment");
    let keys: Vec<(String, Option<String>)> = facts
        .key_value_metadata()
        .unwrap()
        .iter()
        .map(|fact| (fact.key.clone(), fact.value.clone()))
        .collect();
    let fact = |key: &str| (key.to_owned(), Some("1".to_owned()));
    assert_eq!(keys, [fact("accord.columns"), fact("accord.columns_pack")]);
    // A file of one log has no such column.
    let schema = crate::support::reader(&columns(ZEEK, LogFormat::ZeekTsv));
    let names = schema.metadata().file_metadata().schema().get_fields().iter();
    assert!(names.map(|field| field.name()).all(|name| name != "segment"));
}

#[test]
fn no_log_at_all_is_a_file_without_rows() {
    let writer = ColumnsWriter::of_several(Vec::new(), Limits::default());
    let (file, written) = writer.finish_several().unwrap();
    assert_eq!((read(&file).len(), written.rows), (0, 0));
}
