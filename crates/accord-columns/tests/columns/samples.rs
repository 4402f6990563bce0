//! Every sample of every format, as `accord-formats` has them: what is read back from the file is what the line says.
//!
//! The tables are those of `accord-formats`, with this file's checks in the place of its own.

use accord_columns::column_name;
use accord_formats::logs::{Column, Fields, LineReader, LineTime, LogFormat, Outcome, Records, detect};

use crate::support::{columns, of_record, one, read};
use LineTime::{At, Unknown, Within};
use Outcome::{Blank, Header, NotParsed, Parsed};

#[path = "../../../accord-formats/src/logs/samples/assignments.rs"]
mod assignments;
#[path = "../../../accord-formats/src/logs/samples/daemons.rs"]
mod daemons;
#[path = "../../../accord-formats/src/logs/samples/sensors.rs"]
mod sensors;
#[path = "../../../accord-formats/src/logs/samples/sheets.rs"]
mod sheets;
#[path = "../../../accord-formats/src/logs/samples/web.rs"]
mod web;
#[path = "../../../accord-formats/src/logs/samples/windows_events.rs"]
mod windows_events;

/// A line, what becomes of it, its time, and its columns as `name=value`; a time as written is `wall=`.
type FieldsRow = (&'static str, Outcome, LineTime, &'static [&'static str]);

fn check_fields(format: LogFormat, rows: &[FieldsRow]) {
    let mut lines = LineReader::new(format);
    let mut log = String::new();
    let mut expected = Vec::new();
    for (line, outcome, time, values) in rows {
        let mut records = Records::new();
        assert_eq!(lines.fields(line.as_bytes(), &mut records), *outcome, "{format}: {line}");
        let said: Vec<String> = records.all().iter().flat_map(shown).collect();
        assert_eq!(said, *values, "{format}: {line}");
        log.push_str(line);
        if !line.ends_with('\n') {
            log.push('\n');
        }
        expected.push((*outcome, *time, said));
    }
    // The same lines as one log, each in the row of its place.
    let rows = read(&columns(log.as_bytes(), format));
    assert_eq!(rows.len(), expected.len(), "{format}");
    for ((row, (outcome, time, said)), number) in rows.iter().zip(expected).zip(1..) {
        assert_eq!(one(row, "line").unwrap(), number.to_string());
        let words = match outcome {
            Parsed => "parsed",
            NotParsed => "not-parsed",
            Header => "header",
            Blank => "blank",
        };
        assert_eq!(one(row, "outcome"), Some(words), "{format}: {row:?}");
        let first = time.span().map(|span| span.first_ms.to_string());
        assert_eq!(one(row, "time"), first.as_deref(), "{format}: {row:?}");
        let values = said.iter().filter(|value| !value.starts_with("wall=")).count();
        let in_row: usize = Column::ALL
            .iter()
            .filter_map(|column| row.get(&column_name(*column)))
            .map(Vec::len)
            .sum();
        assert_eq!(in_row, values, "{format}: {row:?}");
    }
}

/// What a record says, read back from the columns, in the order of the record.
fn shown(fields: &Fields<'_>) -> Vec<String> {
    let rows = read(&of_record(fields));
    assert_eq!(rows.len(), 1);
    let mut row = rows[0].clone();
    let wall = row.remove("time_written").map(|written| format!("wall={}", written[0]));
    let mut values = Vec::from_iter(wall);
    for (column, value) in fields.values() {
        let kept = row.get_mut(&column_name(column)).filter(|kept| !kept.is_empty());
        let kept = kept.unwrap_or_else(|| panic!("{} = {value}: {fields:?}", column.name()));
        values.push(format!("{}={}", column.name(), kept.remove(0)));
    }
    values
}


fn rest(format: LogFormat, line: &str) -> Vec<String> {
    let mut records = Records::with_rest();
    LineReader::new(format).fields(line.as_bytes(), &mut records);
    let rest = records.all().iter().flat_map(Fields::rest);
    rest.map(|(name, value)| format!("{name}={value}")).collect()
}

fn told(start: &str, expected: LogFormat) {
    assert_eq!(detect(start.as_bytes()), expected, "{start}");
}
