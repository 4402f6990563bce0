//! The W3C extended log file format (IIS, CloudFront) and the Windows firewall's log, which has its form.
//!
//! `#Fields:` names the columns in force. Times are UTC by the format ("Extended Log File Format", W3C working draft
//! WD-logfile-960323; IIS keeps to it), unless the file says `#Time Format: Local`, as the firewall's does.

use std::borrow::Cow;

use super::clock::{WallTime, time_of_day};
use super::fields::{Column, Fields};
use super::originals::{OriginalValue, Originals};
use super::time::{Cursor, civil_seconds};
use super::{Depth, LineFacts, LineTime, Outcome, address};

/// The most columns remembered; a row with more is not parsed.
const MAX_COLUMNS: usize = 1024;

/// The columns in force.
#[derive(Debug, Clone, Default)]
pub(super) struct Columns {
    names: Vec<String>,
    columns: Vec<Option<Column>>,
    date: Option<usize>,
    time: Option<usize>,
    stem: Option<usize>,
    query: Option<usize>,
    local: bool,
    /// Of `#Date:`, for files whose rows have the time of day alone.
    day: Option<(i64, i64, i64)>,
    watched: Option<Vec<u8>>,
    named: Option<usize>,
}

impl Columns {
    /// Tells the addresses under a column of this name apart.
    pub(super) fn watch(&mut self, column: &str) {
        self.watched = Some(column.as_bytes().to_vec());
    }

    pub(super) fn line(&mut self, line: &[u8], depth: Depth) -> LineFacts {
        if line.first() == Some(&b'#') {
            self.header(line);
            return LineFacts::bare(Outcome::Header);
        }
        let mut facts = LineFacts::bare(Outcome::NotParsed);
        let (mut count, mut date, mut time): (_, &[u8], &[u8]) = (0, b"", b"");
        for (at, cell) in cells(line).enumerate() {
            count += 1;
            if self.date == Some(at) {
                date = cell;
            } else if self.time == Some(at) {
                time = cell;
            }
            if depth == Depth::Full
                && let Some(found) = address::whole(cell)
            {
                address::push(&mut facts.addresses, found);
                if self.named == Some(at) {
                    address::push(&mut facts.named, found);
                }
            }
        }
        if count == self.names.len() && count > 0 {
            facts.outcome = Outcome::Parsed;
            facts.time = self.moment(date, time).0;
        } else {
            facts.named.clear();
        }
        facts
    }

    pub(super) fn fields<'a>(&mut self, line: &'a [u8], fields: &mut Fields<'a>) -> Outcome {
        if line.first() == Some(&b'#') {
            self.header(line);
            return Outcome::Header;
        }
        let count = cells(line).count();
        if count != self.names.len() || count == 0 {
            return Outcome::NotParsed;
        }
        let (mut date, mut time): (&[u8], &[u8]) = (b"", b"");
        let (mut stem, mut query): (&[u8], &[u8]) = (b"", b"-");
        for (at, cell) in cells(line).enumerate() {
            if self.date == Some(at) {
                date = cell;
            } else if self.time == Some(at) {
                time = cell;
            } else if self.stem == Some(at) {
                stem = cell;
            } else if self.query == Some(at) {
                query = cell;
            } else if let Some(column) = self.columns.get(at).copied().flatten() {
                if column == Column::UserAgent && memchr::memchr(b'+', cell).is_some() {
                    // IIS writes a space as `+`.
                    fields.put_text(
                        column,
                        Cow::Owned(String::from_utf8_lossy(cell).replace('+', " ")),
                    );
                } else {
                    fields.put(column, cell);
                }
            } else {
                fields.put_rest(
                    || Cow::Owned(self.names.get(at).cloned().unwrap_or_default()),
                    || String::from_utf8_lossy(cell),
                );
            }
        }
        if query == b"-" || query.is_empty() {
            fields.put(Column::Url, stem);
        } else {
            let url = [stem, b"?", query].concat();
            fields.put_text(
                Column::Url,
                Cow::Owned(String::from_utf8_lossy(&url).into_owned()),
            );
        }
        let (at, wall) = self.moment(date, time);
        fields.set_time(at);
        fields.set_wall(wall);
        Outcome::Parsed
    }

    /// The cells by the header's names; `-` is no value.
    pub(super) fn originals<'a>(&mut self, line: &'a [u8], originals: &mut Originals<'a>) -> Outcome {
        if line.first() == Some(&b'#') {
            self.header(line);
            return Outcome::Header;
        }
        originals.begin();
        let mut count = 0;
        for (name, cell) in self.names.iter().zip(cells(line)) {
            count += 1;
            if !matches!(cell, b"-" | b"") {
                originals.put(name, OriginalValue::Text(String::from_utf8_lossy(cell)));
            }
        }
        if count == self.names.len() && count > 0 && cells(line).nth(count).is_none() {
            Outcome::Parsed
        } else {
            Outcome::NotParsed
        }
    }

    fn moment(&self, date: &[u8], time: &[u8]) -> (LineTime, Option<WallTime>) {
        let read = || {
            let (year, month, day) = if self.date.is_some() {
                day(date)?
            } else {
                self.day?
            };
            let mut cursor = Cursor(time);
            let (hms, ms) = time_of_day(&mut cursor)?;
            if !cursor.0.is_empty() {
                return None;
            }
            let seconds = civil_seconds(year, month, day, hms)?;
            Some((
                seconds * 1000 + ms,
                WallTime::of(Some(year), month, day, hms, ms)?,
            ))
        };
        match read() {
            Some((_, wall)) if self.local => (LineTime::Unknown, Some(wall)),
            Some((ms, _)) => (LineTime::At(ms), None),
            None => (LineTime::Unknown, None),
        }
    }

    fn header(&mut self, line: &[u8]) {
        if let Some(value) = line.strip_prefix(b"#Time Format:") {
            self.local = value.trim_ascii().eq_ignore_ascii_case(b"local");
        } else if let Some(value) = line.strip_prefix(b"#Date:") {
            self.day = day(value.trim_ascii().get(..10).unwrap_or_default());
        } else if let Some(names) = line.strip_prefix(b"#Fields:") {
            self.names.clear();
            self.columns.clear();
            (self.date, self.time, self.stem, self.query, self.named) = (None, None, None, None, None);
            let names = names
                .split(u8::is_ascii_whitespace)
                .filter(|name| !name.is_empty());
            for (at, name) in names.take(MAX_COLUMNS).enumerate() {
                match name {
                    b"date" => self.date = Some(at),
                    b"time" => self.time = Some(at),
                    b"cs-uri-stem" => self.stem = Some(at),
                    b"cs-uri-query" => self.query = Some(at),
                    _ => {}
                }
                if self.watched.as_deref() == Some(name) {
                    self.named = Some(at);
                }
                self.columns.push(column(name));
                self.names.push(String::from_utf8_lossy(name).into_owned());
            }
        }
    }
}

/// Whether a line begins a file of this form.
pub(super) fn is_header(line: &[u8]) -> bool {
    [&b"#Fields: "[..], b"#Version: ", b"#Software: "]
        .iter()
        .any(|begin| line.starts_with(begin))
}

/// The cells of a row: tabs between them where there is one, else spaces.
fn cells(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let tabs = memchr::memchr(b'\t', line).is_some();
    line.split(move |byte| if tabs { *byte == b'\t' } else { *byte == b' ' })
        .filter(move |cell| tabs || !cell.is_empty())
}

/// `2013-06-24`.
fn day(text: &[u8]) -> Option<(i64, i64, i64)> {
    let mut cursor = Cursor(text);
    let year = cursor.digits(4)?;
    cursor.one_of(b"-")?;
    let month = cursor.digits(2)?;
    cursor.one_of(b"-")?;
    let day = cursor.digits(2)?;
    cursor.0.is_empty().then_some((year, month, day))
}

fn column(name: &[u8]) -> Option<Column> {
    Some(match name {
        b"c-ip" | b"src-ip" => Column::SourceAddress,
        b"c-port" | b"src-port" => Column::SourcePort,
        b"s-ip" | b"dst-ip" => Column::DestinationAddress,
        b"s-port" | b"dst-port" => Column::DestinationPort,
        b"c-dns" => Column::SourceHost,
        b"s-dns" => Column::DestinationHost,
        b"s-computername" => Column::Device,
        b"cs-method" => Column::Method,
        b"cs-uri" => Column::Url,
        b"cs-host" | b"cs(Host)" => Column::UrlHost,
        b"cs-username" => Column::User,
        b"cs(User-Agent)" => Column::UserAgent,
        b"cs(Referer)" => Column::Referrer,
        b"sc-status" => Column::StatusCode,
        b"sc-bytes" => Column::BytesIn,
        b"cs-bytes" => Column::BytesOut,
        b"action" => Column::Action,
        b"protocol" => Column::Protocol,
        b"pid" => Column::ProcessId,
        _ => return None,
    })
}
