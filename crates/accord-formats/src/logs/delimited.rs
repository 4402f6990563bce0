//! Any CSV with a header: `,`, `;`, tab or `|` between cells, quotes as in RFC 4180.
//!
//! A line is a row: a cell with a line break inside is not joined, and both its lines are not parsed. Cells are split
//! here rather than by the `csv` crate because they are borrowed from a line that is in memory, without a reader and its
//! buffers for each. Columns are read by the names that many programs use ([`super::names`]).

use std::borrow::Cow;

use super::clock::WallTime;
use super::fields::{Column, Fields};
use super::originals::{OriginalValue, Originals};
use super::{Depth, LineFacts, LineTime, Outcome, address, json, names};

/// The most columns of a header; a line with more is no header, and a row with more is not parsed.
const MAX_COLUMNS: usize = 1024;

/// The longest name of a column, bytes.
const NAME_MAX_BYTES: usize = 64;

const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];

/// The cells of a row.
struct Cells<'a> {
    rest: Option<&'a [u8]>,
    delimiter: u8,
}

impl<'a> Iterator for Cells<'a> {
    type Item = Cow<'a, [u8]>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest?;
        let Some(inside) = rest.strip_prefix(b"\"") else {
            let end = memchr::memchr(self.delimiter, rest);
            self.rest = end.and_then(|end| rest.get(end + 1..));
            return Some(Cow::Borrowed(rest.get(..end.unwrap_or(rest.len()))?));
        };
        // To the quote that is not doubled.
        let (mut end, mut doubled) = (0, false);
        while let Some(at) = inside.get(end..).and_then(|part| memchr::memchr(b'"', part)) {
            end += at;
            if inside.get(end + 1) != Some(&b'"') {
                break;
            }
            doubled = true;
            end += 2;
        }
        let closed = inside.get(end) == Some(&b'"');
        let end = if closed { end } else { inside.len() };
        let cell = inside.get(..end)?;
        let after = inside.get(end + 1..).unwrap_or_default();
        self.rest = memchr::memchr(self.delimiter, after).and_then(|at| after.get(at + 1..));
        if !doubled {
            return Some(Cow::Borrowed(cell));
        }
        let mut text = Vec::with_capacity(cell.len());
        let mut quote = false;
        for byte in cell {
            quote = *byte == b'"' && !quote;
            if !quote {
                text.push(*byte);
            }
        }
        Some(Cow::Owned(text))
    }
}

const fn cells(line: &[u8], delimiter: u8) -> Cells<'_> {
    Cells {
        rest: Some(line),
        delimiter,
    }
}

/// What stands between the cells of a header, and how many there are; nothing where a line is no header: two distinct
/// names or more, each of letters, without an address or a number among them.
fn header(line: &[u8]) -> Option<(u8, usize)> {
    let delimiter = DELIMITERS.into_iter().max_by_key(|delimiter| {
        line.iter()
            .take(64 * 1024)
            .filter(|byte| *byte == delimiter)
            .count()
    })?;
    let mut seen: Vec<Cow<'_, [u8]>> = Vec::new();
    for cell in cells(line, delimiter).take(MAX_COLUMNS + 1) {
        let name = cell.trim_ascii();
        let is_name = (1..=NAME_MAX_BYTES).contains(&name.len())
            && name.iter().any(u8::is_ascii_alphabetic)
            && !name.first().is_some_and(u8::is_ascii_digit)
            && name
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || b" _-.@#()/%:".contains(byte) || *byte > 0x7f)
            && address::whole(name).is_none();
        if !is_name {
            return None;
        }
        seen.push(cell);
    }
    let count = seen.len();
    seen.sort_unstable();
    seen.dedup();
    ((2..=MAX_COLUMNS).contains(&count) && seen.len() == count).then_some((delimiter, count))
}

/// Whether lines are a sheet: a header, at least one row, and nine of ten rows with as many cells.
pub(super) fn is_sheet(lines: &[&[u8]]) -> bool {
    let Some((first, rows)) = lines.split_first() else {
        return false;
    };
    let Some((delimiter, count)) = header(first) else {
        return false;
    };
    let fits = rows
        .iter()
        .filter(|row| cells(row, delimiter).take(MAX_COLUMNS + 1).count() == count)
        .count();
    !rows.is_empty() && fits * 10 >= rows.len() * 9
}

/// The columns of the sheet; none before its first line was read.
#[derive(Debug, Clone, Default)]
pub(super) struct Sheet {
    delimiter: u8,
    names: Vec<String>,
    /// The names as the header has them.
    written: Vec<String>,
    columns: Vec<Option<Column>>,
    time: Option<usize>,
    /// The day, where the time of day stands in a column of its own.
    date: Option<usize>,
    watched: Option<Vec<u8>>,
    named: Option<usize>,
}

impl Sheet {
    /// Tells the addresses under a column of this name apart.
    pub(super) fn watch(&mut self, column: &str) {
        self.watched = Some(column.as_bytes().to_vec());
    }

    fn begin(&mut self, line: &[u8]) {
        self.delimiter = header(line).map_or(b',', |(delimiter, _)| delimiter);
        let mut best = None;
        for (at, cell) in cells(line, self.delimiter).take(MAX_COLUMNS).enumerate() {
            let name = names::normal(&cell);
            if let Some(rank) = names::time_rank(&name)
                && best.is_none_or(|(other, _)| rank < other)
            {
                best = Some((rank, at));
            }
            if self.named.is_none() && self.watched.as_deref() == Some(cell.trim_ascii()) {
                self.named = Some(at);
            }
            self.columns.push(names::column(&name));
            self.written
                .push(String::from_utf8_lossy(&cell).trim().to_owned());
            self.names.push(name);
        }
        self.time = best.map(|(_, at)| at);
        if self
            .time
            .and_then(|at| self.names.get(at))
            .is_some_and(|name| name == "time")
        {
            self.date = self.names.iter().position(|name| name == "date");
        }
    }

    pub(super) fn line(&mut self, line: &[u8], depth: Depth) -> LineFacts {
        if self.names.is_empty() {
            self.begin(line);
            return LineFacts::bare(Outcome::Header);
        }
        let mut facts = LineFacts::bare(Outcome::NotParsed);
        let (mut count, mut stamp) = (0, Stamp::default());
        for (at, cell) in cells(line, self.delimiter).enumerate() {
            count += 1;
            stamp.take(self, at, &cell);
            if depth == Depth::Full
                && let Some(found) = address::whole(cell.trim_ascii())
            {
                address::push(&mut facts.addresses, found);
                if self.named == Some(at) {
                    address::push(&mut facts.named, found);
                }
            }
        }
        if count == self.names.len() {
            facts.outcome = Outcome::Parsed;
            facts.time = stamp.time();
        } else {
            facts.named.clear();
        }
        facts
    }

    pub(super) fn fields<'a>(&mut self, line: &'a [u8], fields: &mut Fields<'a>) -> Outcome {
        if self.names.is_empty() {
            self.begin(line);
            return Outcome::Header;
        }
        if cells(line, self.delimiter).count() != self.names.len() {
            return Outcome::NotParsed;
        }
        let mut stamp = Stamp::default();
        for (at, cell) in cells(line, self.delimiter).enumerate() {
            stamp.take(self, at, &cell);
            if self.time == Some(at) || self.date == Some(at) {
                continue;
            }
            match (self.columns.get(at).copied().flatten(), cell) {
                (Some(column), Cow::Borrowed(cell)) => fields.put(column, cell.trim_ascii()),
                (Some(column), Cow::Owned(cell)) => {
                    fields.put_text(
                        column,
                        Cow::Owned(String::from_utf8_lossy(&cell).trim().to_owned()),
                    );
                }
                (None, cell) => fields.put_rest(
                    || Cow::Owned(self.names.get(at).cloned().unwrap_or_default()),
                    || match cell {
                        Cow::Borrowed(cell) => String::from_utf8_lossy(cell),
                        Cow::Owned(cell) => Cow::Owned(String::from_utf8_lossy(&cell).into_owned()),
                    },
                ),
            }
        }
        fields.set_time(stamp.time());
        fields.set_wall(stamp.wall());
        Outcome::Parsed
    }
}

impl Sheet {
    /// The cells by the header's names, as it has them; an empty cell is no value.
    pub(super) fn originals<'a>(&mut self, line: &'a [u8], originals: &mut Originals<'a>) -> Outcome {
        if self.names.is_empty() {
            self.begin(line);
            return Outcome::Header;
        }
        if cells(line, self.delimiter).count() != self.names.len() {
            return Outcome::NotParsed;
        }
        originals.begin();
        for (name, cell) in self.written.iter().zip(cells(line, self.delimiter)) {
            let text = match cell {
                Cow::Borrowed(cell) => String::from_utf8_lossy(cell.trim_ascii()),
                Cow::Owned(cell) => Cow::Owned(String::from_utf8_lossy(&cell).trim().to_owned()),
            };
            if !text.is_empty() {
                originals.put(name, OriginalValue::Text(text));
            }
        }
        Outcome::Parsed
    }
}

/// The cells that tell the time.
#[derive(Default)]
struct Stamp {
    date: Option<Vec<u8>>,
    time: Option<Vec<u8>>,
}

impl Stamp {
    fn take(&mut self, sheet: &Sheet, at: usize, cell: &[u8]) {
        // No time is longer than this.
        let cell = || cell.trim_ascii().get(..64).unwrap_or(cell.trim_ascii()).to_vec();
        if sheet.time == Some(at) {
            self.time = Some(cell());
        } else if sheet.date == Some(at) {
            self.date = Some(cell());
        }
    }

    fn text(&self) -> Vec<u8> {
        let time = self.time.as_deref().unwrap_or_default();
        match &self.date {
            Some(date) => [date.as_slice(), b" ", time].concat(),
            None => time.to_vec(),
        }
    }

    fn time(&self) -> LineTime {
        json::time_text_ms(&self.text()).into()
    }

    fn wall(&self) -> Option<WallTime> {
        let text = self.text();
        WallTime::iso_prefix(&text)
            .filter(|(_, rest)| rest.is_empty())
            .map(|(wall, _)| wall)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_table() {
        let check = |line: &str, expected: &[&str]| {
            let found: Vec<String> = cells(line.as_bytes(), b',')
                .map(|cell| String::from_utf8_lossy(&cell).into_owned())
                .collect();
            assert_eq!(found, expected, "{line}");
        };
        check("a,b,,d", &["a", "b", "", "d"]);
        check("\"a,b\",\"c\"\"d\",\"\"", &["a,b", "c\"d", ""]);
        check("\"\"\"\"", &["\""]);
        check("\"never closed,b", &["never closed,b"]);
        check("a,", &["a", ""]);
        check("", &[""]);
    }

    #[test]
    fn what_is_a_sheet() {
        let check = |lines: &[&str], expected: bool| {
            let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
            assert_eq!(is_sheet(&lines), expected, "{lines:?}");
        };
        check(&["time,src_ip,user", "1,192.0.2.1,jo"], true);
        check(&["time;src ip", "1;192.0.2.1"], true);
        check(&["time,src_ip,user"], false);
        check(&["time,src_ip,user", "1,192.0.2.1"], false);
        check(&["a,a", "1,2"], false);
        check(&["a,192.0.2.1", "1,2"], false);
        check(&["a,7b", "1,2"], false);
        check(&["Dear all, please see", "one, two"], true);
        check(&["a single word", "another"], false);
        check(&[], false);
    }

    #[test]
    fn a_header_past_its_limit_is_none() {
        let names = |count: usize| {
            (0..count)
                .map(|at| format!("n{at}"))
                .collect::<Vec<_>>()
                .join(",")
        };
        assert!(header(names(MAX_COLUMNS).as_bytes()).is_some());
        assert!(header(names(MAX_COLUMNS + 1).as_bytes()).is_none());
        let long = |length: usize| format!("a,{}", "b".repeat(length));
        assert!(header(long(NAME_MAX_BYTES).as_bytes()).is_some());
        assert!(header(long(NAME_MAX_BYTES + 1).as_bytes()).is_none());
    }
}
