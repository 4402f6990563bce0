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
    if let Some(header) = take_header(&mut lines_left) {
        read_rows(&header, lines_left, on_row);
    }
}

/// Takes the lines up to the header, and that one.
pub(super) fn take_header(lines: &mut lines::Numbered<'_>) -> Option<Header> {
    lines.find_map(|(_, line)| {
        lines::text(line)
            .filter(|line| !line.starts_with('#'))
            .and_then(header)
    })
}

/// Reads what follows a header.
pub(super) fn read_rows(
    header: &Header,
    mut lines_left: lines::Numbered<'_>,
    on_row: &mut dyn FnMut(Row<'_>),
) {
    // Where all is text, no line has to be asked.
    let whole = std::str::from_utf8(lines_left.rest());
    let length = lines_left.rest().len();
    loop {
        let start = length - lines_left.rest().len();
        let Some((place, line)) = lines_left.next() else {
            break;
        };
        let known = whole
            .ok()
            .filter(|_| line.len() <= lines::MAX_LINE_BYTES)
            .and_then(|whole| whole.get(start..start + line.len()));
        let Some(text) = known.or_else(|| lines::checked(place, line, on_row)) else {
            continue;
        };
        if is_passed_over(text) {
            continue;
        }
        if memchr::memchr(b'"', line).is_none() {
            let fields = Fields {
                rest: Some(text),
                delimiter: header.delimiter,
            };
            row(place, text, fields, header, on_row);
            continue;
        }
        let Some(extra) = lines_more(line, &lines_left) else {
            lines::not_used(place, text, NotUsed::OpenQuote, on_row);
            continue;
        };
        let mut record = line.to_vec();
        let mut length_whole = line.len();
        for (_, next) in lines_left.by_ref().take(extra) {
            length_whole += 1 + next.len();
            if length_whole <= lines::MAX_LINE_BYTES {
                record.push(b'\n');
                record.extend_from_slice(next);
            }
        }
        if length_whole > lines::MAX_LINE_BYTES {
            lines::not_used(place, text, NotUsed::LongLine, on_row);
            continue;
        }
        quoted_row(place, &record, header, on_row);
    }
}

fn is_passed_over(line: &str) -> bool {
    line.trim_start().is_empty() || line.starts_with('#')
}

/// Takes whole records of at least so many bytes, or all that are left: what [`read_rows`] reads of them does not depend on
/// what follows.
pub(super) fn take_part<'a>(lines_left: &mut lines::Numbered<'a>, bytes: usize) -> &'a [u8] {
    let all = lines_left.rest();
    let mut ahead = lines_left.clone();
    let lines = ahead.split_off(bytes);
    if memchr::memchr(b'"', lines).is_none() {
        *lines_left = ahead;
        return lines;
    }
    // Record by record, as a quoted field may go on beyond a line.
    while all.len() - lines_left.rest().len() < bytes
        && let Some((_, line)) = lines_left.next()
    {
        let may_go_on = memchr::memchr(b'"', line).is_some()
            && lines::text(line).is_some_and(|line| !is_passed_over(line));
        if may_go_on && let Some(extra) = lines_more(line, lines_left) {
            lines_left.by_ref().take(extra).for_each(drop);
        }
    }
    all.get(..all.len() - lines_left.rest().len()).unwrap_or_default()
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

/// How many of the lines that follow the record needs that begins with `line`: up to where its quotes are closed. None where
/// that is too far.
fn lines_more(line: &[u8], following: &lines::Numbered<'_>) -> Option<usize> {
    let is_even = |line: &[u8]| memchr::memchr_iter(b'"', line).count().is_multiple_of(2);
    if is_even(line) {
        return Some(0);
    }
    let mut following = following.clone().take(MAX_QUOTED_LINES);
    following.position(|(_, line)| !is_even(line)).map(|at| at + 1)
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
