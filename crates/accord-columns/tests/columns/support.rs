//! What the tests share: lines in, the file read back with the library's own reader.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use accord_columns::{ColumnsWriter, Limits, LinePlace, Timing, Written, column_name};
use accord_formats::logs::{Column, Depth, Fields, LineReader, LineTime, LogFormat, Outcome, Records};
use parquet::file::reader::SerializedFileReader;
use parquet::record::Field;
use parquet::record::reader::RowIter;

/// When the tests import.
pub const IMPORTED_AT_MS: i64 = 1_735_689_600_000;

/// A row: the values of each column that has any, as text.
pub type Row = BTreeMap<String, Vec<String>>;

pub fn timing() -> Timing {
    Timing::new("UTC by the router's own clock", None, IMPORTED_AT_MS)
}

/// The file of a log, line by line as a store does it.
pub fn written(log: &[u8], format: LogFormat, timing: Timing, limits: Limits) -> (Vec<u8>, Written) {
    let mut writer = ColumnsWriter::with_limits(Vec::new(), format, timing, limits);
    feed(&mut writer, log, format);
    writer.finish("00ff").unwrap()
}

/// Gives a writer the lines of a log.
pub fn feed(writer: &mut ColumnsWriter<Vec<u8>>, log: &[u8], format: LogFormat) {
    let mut reader = LineReader::new(format);
    let mut times = LineReader::new(format);
    let mut records = Records::new();
    let mut offset = 0;
    for (line, number) in log.split_inclusive(|byte| *byte == b'\n').zip(1..) {
        let place = LinePlace {
            frame: offset / 1000,
            line: number,
            offset,
            length: line.len() as u64,
        };
        offset += place.length;
        let outcome = reader.fields(line, &mut records);
        let time = times.line(line, Depth::Time).time;
        writer
            .line(&place, Some(outcome), time, records.all(), records.left_out())
            .unwrap();
    }
}

pub fn columns(log: &[u8], format: LogFormat) -> Vec<u8> {
    written(log, format, timing(), Limits::default()).0
}

/// The file of one record.
pub fn of_record(fields: &Fields<'_>) -> Vec<u8> {
    let mut writer = ColumnsWriter::new(Vec::new(), LogFormat::Syslog, timing());
    let place = LinePlace {
        frame: 0,
        line: 1,
        offset: 0,
        length: 1,
    };
    let records = std::slice::from_ref(fields);
    writer
        .line(&place, Some(Outcome::Parsed), LineTime::Unknown, records, 0)
        .unwrap();
    writer.finish("").unwrap().0
}

pub fn reader(file: &[u8]) -> SerializedFileReader<bytes::Bytes> {
    SerializedFileReader::new(bytes::Bytes::copy_from_slice(file)).unwrap()
}

/// All rows of a file.
pub fn read(file: &[u8]) -> Vec<Row> {
    let rows = RowIter::from_file_into(Box::new(reader(file)));
    let rows = rows.map(|row| {
        let row = row.unwrap();
        let mut values = Row::new();
        for (name, field) in row.get_column_iter() {
            let found = match field {
                Field::Null => continue,
                Field::ListInternal(list) => list.elements().iter().map(text).collect(),
                other => vec![text(other)],
            };
            values.insert(name.clone(), found);
        }
        values
    });
    rows.collect()
}

fn text(field: &Field) -> String {
    match field {
        Field::Str(text) => text.clone(),
        Field::Int(number) => number.to_string(),
        Field::Long(number) => number.to_string(),
        Field::ULong(number) => number.to_string(),
        Field::TimestampMillis(ms) => ms.to_string(),
        Field::Bool(flag) => flag.to_string(),
        other => panic!("{other:?}"),
    }
}

/// The one value of a column, or nothing.
pub fn one<'r>(row: &'r Row, column: &str) -> Option<&'r str> {
    match row.get(column).map(Vec::as_slice) {
        None => None,
        Some([value]) => Some(value),
        Some(several) => panic!("{column}: {several:?}"),
    }
}

/// Whether a row says what a record says: all values of a list, of another column the first. The others are counted.
pub fn check_record(fields: &Fields<'_>, row: &Row) {
    let mut row = row.clone();
    let mut left_out = fields.left_out();
    for (column, value) in fields.values() {
        let (name, value) = (column_name(column), value.to_string());
        let list = matches!(
            column,
            Column::Answer | Column::User | Column::EmailTo | Column::FileHash
        );
        let first = fields.first(column).map(ToString::to_string);
        let kept = row.entry(name.clone()).or_default();
        if kept.is_empty() {
            assert!(!list, "{name} = {value}: {fields:?}");
            left_out += usize::from(first != Some(value));
        } else {
            assert_eq!(kept.remove(0), value, "{name}: {fields:?}");
        }
    }
    let counted = one(&row, "left_out").map_or(0, |count| count.parse().unwrap());
    assert_eq!(counted, left_out, "{fields:?}");
    let more = |column: &&Column| {
        row.get(&column_name(**column))
            .is_some_and(|kept| !kept.is_empty())
    };
    assert_eq!(Column::ALL.iter().find(more), None, "{fields:?}");
}

/// The folder with the real logs; nothing where it is absent, which fails where `CI` is set.
pub fn real_logs() -> Option<Vec<PathBuf>> {
    let folder = std::env::var_os("ACCORD_TEST_DATA")
        .map(|data| PathBuf::from(data).join("logs"))
        .filter(|folder| folder.is_dir());
    let Some(folder) = folder else {
        assert!(
            std::env::var_os("CI").is_none(),
            "ACCORD_TEST_DATA must be set where CI is"
        );
        println!("SKIPPED: ACCORD_TEST_DATA names no folder with logs");
        return None;
    };
    let (mut found, mut folders) = (Vec::new(), vec![folder]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(found.len() > 50);
    Some(found)
}

pub fn gunzip(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    flate2::read::MultiGzDecoder::new(std::fs::File::open(path).unwrap())
        .read_to_end(&mut bytes)
        .unwrap();
    bytes
}
