//! Every sample of every format, as `accord-formats` has them: what is read back from the file is what the line says.
//!
//! The tables are those of `accord-formats`, with this file's checks in the place of its own.

use accord_formats::logs::{
    Column, Depth, Fields, LineReader, LineTime, LogFormat, Outcome, Records, Value, detect,
};

use crate::support::{check_record, columns, of_record, one, read};
use LineTime::{At, Unknown};
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
        assert_eq!(
            lines.fields(line.as_bytes(), &mut records),
            *outcome,
            "{format}: {line}"
        );
        let said: Vec<String> = records.all().iter().flat_map(shown).collect();
        assert_eq!(said, *values, "{format}: {line}");
        log.push_str(line);
        if !line.ends_with('\n') {
            log.push('\n');
        }
        expected.push((*outcome, *time, records));
    }
    // The same lines as one log, each in the row of its place.
    let rows = read(&columns(log.as_bytes(), format));
    assert_eq!(rows.len(), expected.len(), "{format}");
    for ((row, (outcome, time, records)), number) in rows.iter().zip(expected).zip(1..) {
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
        if let (Some(fields), true) = (records.all().first(), format != LogFormat::Text) {
            check_record(fields, row);
        }
    }
}

/// What a record says; its row, read back from a file of its own, says the same.
fn shown(fields: &Fields<'_>) -> Vec<String> {
    let rows = read(&of_record(fields));
    assert_eq!(rows.len(), 1);
    check_record(fields, &rows[0]);
    let wall = one(&rows[0], "time_written").map(|written| format!("wall={written}"));
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
    assert_eq!(detect(start.as_bytes()), expected, "{start}");
}
