//! Log lines: what format a file has, and what one line of it says.
//!
//! A store keeps lines as bytes; this folder only answers. For one line: *when* it was written and *which addresses* stand
//! in it ([`LineReader::line`]), so that a hunt can be limited in time and its preview can count the customers it touches;
//! what it says in columns ([`LineReader::fields`]), in the words of OCSF; and what it says by the format's own names
//! ([`LineReader::originals`]).
//!
//! Invariants:
//! - Bytes in, facts out. A line that cannot be parsed yields "not parsed" and "time unknown", never an error: such a
//!   line is stored, searched and counted all the same.
//! - A time is told only where the line itself says it in full: with its year and its zone. Nothing is guessed.
//!   What a line gives without them is kept as written, and a [`Clock`] resolves it by what a person has set.
//! - One small file per format, each with its table of samples (`samples/`). A new format is a variant, such a file, and a
//!   line in [`detect`].
//! - Work and memory are bounded by the length of the line; what is kept of it, by the limits named in `fields`.
//!
//! Deliberately absent: pairing across lines (a RADIUS detail record, a mail's way through Postfix), and binary formats.

mod access;
mod address;
mod bind;
mod cgnat;
mod clock;
mod cloudtrail;
mod column;
mod cuts;
mod delimited;
mod detect;
mod dhcp;
mod encoding;
mod eve;
mod fields;
mod format;
mod json;
mod json_fields;
mod key_memory;
mod names;
mod ndjson;
mod nginx;
mod openssh;
mod originals;
mod pairs;
mod postfix;
mod radius;
mod squid;
mod syslog;
mod text;
mod time;
mod unbound;
mod w3c;
mod windows;
mod zeek_columns;
mod zeek_json;
mod zeek_tsv;

pub use address::{MAX_ADDRESSES, customer};
pub use clock::{AHEAD_MAX_MS, Basis, Clock, OLDEST_MS, Resolved, WallTime};
pub use column::{COLUMN_MAX_BYTES, origin_column};
pub use detect::{DETECT_BYTES, detect};
pub use fields::{
    Column, ColumnKind, Fields, MAX_RECORDS, MAX_REST, MAX_VALUE_BYTES, MAX_VALUES, Records, Value,
};
pub use format::LogFormat;
pub use originals::{MAX_ORIGINAL_NAME_BYTES, MAX_ORIGINALS, OriginalValue, Originals};
pub use time::{LineTime, TimeSpan, parse_rfc3339_ms};

use std::borrow::Cow;
use std::net::IpAddr;

/// How much of a line to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Only the time: for every line at import.
    Time,
    /// The time and the addresses: for lines that hit.
    Full,
}

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The line has the form of its format.
    Parsed,
    /// The line has not the form of its format.
    NotParsed,
    /// The line is state of the format (a Zeek `#` line), not a record; it never is a hit.
    Header,
    /// The line is empty or white space.
    Blank,
}

/// What one line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineFacts {
    /// What became of the line.
    pub outcome: Outcome,
    /// When it was written, as far as it says so.
    pub time: LineTime,
    /// Addresses in the order of the line's fields, at most [`MAX_ADDRESSES`]; empty at [`Depth::Time`].
    pub addresses: Vec<IpAddr>,
    /// Addresses under the column that was asked for ([`LineReader::under`]); empty where none was.
    pub named: Vec<IpAddr>,
}

impl LineFacts {
    const fn bare(outcome: Outcome) -> Self {
        Self {
            outcome,
            time: LineTime::Unknown,
            addresses: Vec::new(),
            named: Vec::new(),
        }
    }
}

/// Reads the lines of one log in order; keeps the format's state (the columns of Zeek, W3C and CSV) between them.
#[derive(Debug, Clone)]
pub struct LineReader {
    format: LogFormat,
    zeek: zeek_tsv::Columns,
    w3c: w3c::Columns,
    sheet: delimited::Sheet,
    column: Option<String>,
}

impl LineReader {
    /// A reader at the start of a log of this format.
    #[must_use]
    pub fn new(format: LogFormat) -> Self {
        Self {
            format,
            zeek: zeek_tsv::Columns::default(),
            w3c: w3c::Columns::default(),
            sheet: delimited::Sheet::default(),
            column: None,
        }
    }

    /// The same, that also tells the addresses under a column of this name.
    #[must_use]
    pub fn under(mut self, column: &str) -> Self {
        self.zeek.watch(column);
        self.w3c.watch(column);
        self.sheet.watch(column);
        self.column = Some(column.to_owned());
        self
    }

    /// The format it reads.
    #[must_use]
    pub const fn format(&self) -> LogFormat {
        self.format
    }

    /// Whether a line is state of the format that later lines need ([`Outcome::Header`]), wherever it stands. The first
    /// line of a CSV file is too, and is not told from its rows by what it says.
    #[must_use]
    pub fn is_header(format: LogFormat, line: &[u8]) -> bool {
        matches!(format, LogFormat::ZeekTsv | LogFormat::W3c) && line.first() == Some(&b'#')
    }

    /// Reads the next line, with or without its line end.
    pub fn line(&mut self, line: &[u8], depth: Depth) -> LineFacts {
        let line = encoding::without_mark(without_line_end(line));
        if encoding::is_blank(line) {
            return LineFacts::bare(Outcome::Blank);
        }
        if encoding::is_wide(line) {
            return self.line_utf8(&encoding::narrow(line), depth);
        }
        let facts = self.line_utf8(line, depth);
        // JSON is UTF-8; a program that writes its values in another encoding still says the rest.
        if facts.outcome == Outcome::NotParsed
            && self.format.is_json()
            && let Some(replaced) = encoding::replaced(line)
        {
            return self.line_utf8(&replaced, depth);
        }
        facts
    }

    fn line_utf8(&mut self, line: &[u8], depth: Depth) -> LineFacts {
        let mut facts = match self.format {
            LogFormat::ZeekTsv => self.zeek.line(line, depth),
            LogFormat::ZeekJson => zeek_json::line(line, depth),
            LogFormat::SuricataEve => eve::line(line, depth),
            LogFormat::CloudTrail => cloudtrail::line(line, depth),
            LogFormat::AccessLog => access::line(line, depth),
            LogFormat::NginxJson => nginx::line(line, depth),
            LogFormat::W3c => self.w3c.line(line, depth),
            LogFormat::Squid => squid::line(line, depth),
            LogFormat::Bind => bind::line(line, depth),
            LogFormat::Unbound => unbound::line(line, depth),
            LogFormat::Postfix => postfix::line(line, depth),
            LogFormat::Openssh => openssh::line(line, depth),
            LogFormat::Dhcp => dhcp::line(line, depth),
            LogFormat::Radius => radius::line(line, depth),
            LogFormat::Cgnat => cgnat::line(line, depth),
            LogFormat::WindowsJson => windows::line(line, depth),
            LogFormat::Evtx => LineFacts::bare(Outcome::NotParsed),
            LogFormat::Syslog => syslog::line(line, depth),
            LogFormat::Ndjson => ndjson::line(line, depth),
            LogFormat::Csv => self.sheet.line(line, depth),
            LogFormat::Text => text::line(line, depth),
        };
        if let Some(column) = self.column.as_deref().filter(|_| depth == Depth::Full) {
            match self.format {
                // The reader of the columns has told it.
                LogFormat::ZeekTsv | LogFormat::W3c | LogFormat::Csv => {}
                LogFormat::CloudTrail => facts.named = column::in_json(line, column, cloudtrail::RECORDS),
                LogFormat::AccessLog if facts.outcome == Outcome::Parsed && column == "host" => {
                    facts.named.clone_from(&facts.addresses);
                }
                format if format.is_json() => facts.named = column::in_json(line, column, None),
                _ => facts.named = column::in_pairs(line, column),
            }
        }
        facts
    }

    /// Reads the next line, with or without its line end, into columns. The outcome is that of [`LineReader::line`]; a line
    /// that is not parsed has no records.
    pub fn fields<'a>(&mut self, line: &'a [u8], records: &mut Records<'a>) -> Outcome {
        records.clear();
        let line = encoding::without_mark(without_line_end(line));
        if encoding::is_blank(line) {
            return Outcome::Blank;
        }
        if encoding::is_wide(line) {
            return self.fields_decoded(&encoding::narrow(line), records);
        }
        let outcome = self.fields_utf8(line, records);
        if outcome == Outcome::NotParsed
            && self.format.is_json()
            && let Some(replaced) = encoding::replaced(line)
        {
            return self.fields_decoded(&replaced, records);
        }
        outcome
    }

    fn fields_decoded(&mut self, line: &[u8], records: &mut Records<'_>) -> Outcome {
        let mut decoded = records.alike();
        let outcome = self.fields_utf8(line, &mut decoded);
        records.take_owned(&decoded);
        outcome
    }

    fn fields_utf8<'a>(&mut self, line: &'a [u8], records: &mut Records<'a>) -> Outcome {
        match self.format {
            LogFormat::ZeekJson => return zeek_json::fields(line, records),
            LogFormat::SuricataEve => return eve::fields(line, records),
            LogFormat::CloudTrail => return cloudtrail::fields(line, records),
            LogFormat::NginxJson => return nginx::fields(line, records),
            LogFormat::WindowsJson => return windows::fields(line, records),
            LogFormat::Ndjson => return ndjson::fields(line, records),
            _ => {}
        }
        let Some(fields) = records.begin() else {
            return Outcome::NotParsed;
        };
        let outcome = match self.format {
            LogFormat::ZeekTsv => self.zeek.fields(line, fields),
            LogFormat::AccessLog => access::fields(line, fields),
            LogFormat::W3c => self.w3c.fields(line, fields),
            LogFormat::Squid => squid::fields(line, fields),
            LogFormat::Bind => bind::fields(line, fields),
            LogFormat::Unbound => unbound::fields(line, fields),
            LogFormat::Postfix => postfix::fields(line, fields),
            LogFormat::Openssh => openssh::fields(line, fields),
            LogFormat::Dhcp => dhcp::fields(line, fields),
            LogFormat::Radius => radius::fields(line, fields),
            LogFormat::Cgnat => cgnat::fields(line, fields),
            LogFormat::Syslog => syslog::fields(line, fields),
            LogFormat::Csv => self.sheet.fields(line, fields),
            LogFormat::Text => text::fields(line, fields),
            LogFormat::ZeekJson
            | LogFormat::SuricataEve
            | LogFormat::CloudTrail
            | LogFormat::NginxJson
            | LogFormat::WindowsJson
            | LogFormat::Ndjson
            | LogFormat::Evtx => Outcome::NotParsed,
        };
        if outcome != Outcome::Parsed {
            records.clear();
        }
        outcome
    }
}

impl LineReader {
    /// Reads the next line, with or without its line end, by the format's own names. The outcome is that of
    /// [`LineReader::line`]; a line that is not parsed has no records. A format whose lines name nothing
    /// ([`LogFormat::names_its_fields`]) yields records without fields. Read each line by this or by
    /// [`LineReader::fields`] first; a header (that of a CSV file is not told by its looks) must not be read by both.
    pub fn originals<'a>(&mut self, line: &'a [u8], originals: &mut Originals<'a>) -> Outcome {
        originals.clear();
        let line = encoding::without_mark(without_line_end(line));
        if encoding::is_blank(line) {
            return Outcome::Blank;
        }
        if encoding::is_wide(line) {
            return self.originals_decoded(&encoding::narrow(line), originals);
        }
        let outcome = self.originals_utf8(line, originals);
        if outcome == Outcome::NotParsed
            && self.format.is_json()
            && let Some(replaced) = encoding::replaced(line)
        {
            return self.originals_decoded(&replaced, originals);
        }
        outcome
    }

    fn originals_decoded(&mut self, line: &[u8], originals: &mut Originals<'_>) -> Outcome {
        let mut decoded = Originals::default();
        let outcome = self.originals_utf8(line, &mut decoded);
        originals.take_owned(decoded);
        outcome
    }

    fn originals_utf8<'a>(&mut self, line: &'a [u8], originals: &mut Originals<'a>) -> Outcome {
        let outcome = match self.format {
            LogFormat::ZeekTsv => self.zeek.originals(line, originals),
            LogFormat::W3c => self.w3c.originals(line, originals),
            LogFormat::Csv => self.sheet.originals(line, originals),
            LogFormat::CloudTrail => originals::read_json(line, cloudtrail::RECORDS, originals),
            format if format.is_json() => originals::read_json(line, None, originals),
            _ => {
                originals.begin();
                self.line_utf8(line, Depth::Time).outcome
            }
        };
        if outcome != Outcome::Parsed {
            originals.clear();
        }
        outcome
    }
}

/// A line as text, without its line end: UTF-16 decoded, what is no UTF-8 replaced by U+FFFD.
#[must_use]
pub fn text_of(line: &[u8]) -> Cow<'_, str> {
    let line = encoding::without_mark(without_line_end(line));
    if encoding::is_wide(line) {
        return Cow::Owned(String::from_utf8_lossy(&encoding::narrow(line)).into_owned());
    }
    String::from_utf8_lossy(line)
}

/// The line without LF, or CR LF.
fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod samples;
