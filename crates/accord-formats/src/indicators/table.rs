//! Tables with a header line: CSV (RFC 4180), also with semicolons or tabs.
//!
//! The first column found of [`VALUE_COLUMNS`] holds the value, the first of [`LABEL_COLUMNS`] the label, the first of
//! [`PROVENANCE_COLUMNS`] the provenance; names are compared without case. Other columns are not read.
//!
//! A field in quotes may hold line ends, but only [`MAX_QUOTED_LINES`] of them: otherwise one stray quote would swallow the rest
//! of a file.

use super::lines;
use super::row::{NotUsed, Row};

/// The names of the column that holds the value, most telling first.
const VALUE_COLUMNS: [&str; 18] = [
    "indicator",
    "ioc",
    "ioc_value",
    "value",
    "observable",
    "domain",
    "hostname",
    "fqdn",
    "url",
    "ip",
    "ip_address",
    "address",
    "sha256",
    "sha1",
    "md5",
    "sha512",
    "hash",
    "email",
];
/// The names of the column that holds the label; the plural ones hold several, separated by `,`, `;` or `|`.
const LABEL_COLUMNS: [&str; 8] = [
    "family",
    "malware",
    "label",
    "labels",
    "threat",
    "tag",
    "tags",
    "signature",
];
/// The names of the column that holds the provenance.
const PROVENANCE_COLUMNS: [&str; 5] = ["class", "source", "provider", "reference", "reporter"];

/// The most lines that one quoted field may hold.
pub const MAX_QUOTED_LINES: usize = 64;

/// The shape of a table, from its header line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    delimiter: u8,
    columns: usize,
    value: usize,
    label: Option<usize>,
    labels_are_several: bool,
    provenance: Option<usize>,
}

/// The header, if the line is one.
pub(super) fn header(line: &str) -> Option<Header> {
    [b',', b';', b'\t'].into_iter().find_map(|delimiter| {
        let names: Vec<String> = line
            .split(char::from(delimiter))
            .map(|name| name.trim().trim_matches('"').trim().to_ascii_lowercase())
            .collect();
        let find = |wanted: &[&str]| {
            wanted
                .iter()
                .find_map(|w| names.iter().position(|name| name == w))
        };
        let value = find(&VALUE_COLUMNS)?;
        let label = find(&LABEL_COLUMNS);
        let several = label
            .and_then(|at| names.get(at))
            .is_some_and(|name| name == "labels" || name == "tags");
        Some(Header {
            delimiter,
            columns: names.len(),
            value,
            label,
            labels_are_several: several,
            provenance: find(&PROVENANCE_COLUMNS),
        })
    })
}

/// Reads a table whose header [`header`] recognises.
pub(super) fn read(bytes: &[u8], on_row: &mut dyn FnMut(Row<'_>)) {
    let mut lines_left = lines::numbered(bytes);
    let Some(header) = lines_left.by_ref().find_map(|(_, line)| {
        std::str::from_utf8(line)
            .ok()
            .filter(|line| !line.starts_with('#'))
            .and_then(header)
    }) else {
        return;
    };
    while let Some((place, line)) = lines_left.next() {
        let Some(text) = lines::checked(place, line, on_row) else {
            continue;
        };
        if text.trim_start().is_empty() || text.starts_with('#') {
            continue;
        }
        if memchr::memchr(b'"', line).is_none() {
            let fields = Fields {
                rest: Some(text),
                delimiter: header.delimiter,
            };
            row(place, text, fields, &header, on_row);
            continue;
        }
        let ahead = lines_left.clone().take(MAX_QUOTED_LINES).map(|(_, line)| line);
        match closed_record(line, ahead) {
            None => lines::not_used(place, text, NotUsed::OpenQuote, on_row),
            Some((record, extra)) => {
                for _ in 0..extra {
                    lines_left.next();
                }
                quoted_row(place, &record, &header, on_row);
            }
        }
    }
}

/// The fields of a line without quotes.
struct Fields<'a> {
    rest: Option<&'a str>,
    delimiter: u8,
}

impl<'a> Iterator for Fields<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest?;
        let Some(end) = memchr::memchr(self.delimiter, rest.as_bytes()) else {
            return self.rest.take();
        };
        // A delimiter is ASCII, so that the parts are text.
        self.rest = rest.get(end + 1..);
        rest.get(..end)
    }
}

/// The record that begins with `line`, with as many of the lines `ahead` as its quotes need, and how many those were.
fn closed_record<'a>(line: &[u8], ahead: impl Iterator<Item = &'a [u8]>) -> Option<(Vec<u8>, usize)> {
    let mut record = line.to_vec();
    let mut quotes = memchr::memchr_iter(b'"', line).count();
    if quotes.is_multiple_of(2) {
        return Some((record, 0));
    }
    for (at, next) in ahead.enumerate() {
        record.push(b'\n');
        record.extend_from_slice(next);
        quotes += memchr::memchr_iter(b'"', next).count();
        if quotes.is_multiple_of(2) {
            return Some((record, at + 1));
        }
    }
    None
}

fn quoted_row(place: u64, record: &[u8], header: &Header, on_row: &mut dyn FnMut(Row<'_>)) {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(header.delimiter)
        .from_reader(record);
    let shown = String::from_utf8_lossy(record);
    match reader.records().next() {
        Some(Ok(fields)) => row(place, &shown, fields.iter(), header, on_row),
        _ => lines::not_used(place, &shown, NotUsed::NotUtf8, on_row),
    }
}

fn row<'a>(
    place: u64,
    written: &str,
    fields: impl Iterator<Item = &'a str>,
    header: &Header,
    on_row: &mut dyn FnMut(Row<'_>),
) {
    let (mut value, mut label, mut provenance) = ("", "", "");
    let mut count = 0;
    for (at, field) in fields.enumerate() {
        count += 1;
        if at == header.value {
            value = field;
        }
        if header.label == Some(at) {
            label = field.trim();
        }
        if header.provenance == Some(at) {
            provenance = field.trim();
        }
    }
    if count != header.columns {
        return lines::not_used(place, written, NotUsed::FieldCount, on_row);
    }
    if header.labels_are_several {
        let labels: Vec<&str> = label
            .split([',', ';', '|'])
            .map(str::trim)
            .filter(|label| !label.is_empty())
            .collect();
        lines::indicator(place, value, &labels, provenance, on_row);
    } else if label.is_empty() {
        lines::indicator(place, value, &[], provenance, on_row);
    } else {
        lines::indicator(place, value, &[label], provenance, on_row);
    }
}
