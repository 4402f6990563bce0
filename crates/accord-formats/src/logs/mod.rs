//! Log lines: what format a file has, and what one line of it says.
//!
//! A store keeps lines as bytes; this folder only answers, for one line, *when* it was written and *which addresses*
//! stand in it, so that a hunt can be limited in time and its preview can count the customers it touches.
//!
//! Invariants:
//! - Bytes in, facts out. A line that cannot be parsed yields "not parsed" and "time unknown", never an error: such a
//!   line is stored, searched and counted all the same.
//! - A time is told only where the line itself says it in full: with its year and its zone. Nothing is guessed.
//! - One small file per format, each with its table of samples.
//!
//! Deliberately absent: fields beyond time and addresses (the columns of a later step), and pairing across lines.

mod access;
mod address;
mod cloudtrail;
mod column;
mod detect;
mod eve;
mod json;
mod ndjson;
mod syslog;
mod text;
mod time;
mod zeek_json;
mod zeek_tsv;

pub use address::{MAX_ADDRESSES, customer};
pub use column::{COLUMN_MAX_BYTES, origin_column};
pub use detect::{DETECT_BYTES, detect};
pub use time::{LineTime, TimeSpan, parse_rfc3339_ms};

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// The format of a log, told by content ([`detect`]) or by the source's setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// Zeek's tab-separated form with `#fields` header lines.
    ZeekTsv,
    /// Zeek's JSON form, one object a line.
    ZeekJson,
    /// Suricata's Extensible Event Format, one JSON object a line (or pretty-printed, then mostly not parsed).
    SuricataEve,
    /// AWS CloudTrail: `{"Records":[...]}` or one event a line.
    CloudTrail,
    /// Common or combined access log of web servers (NCSA).
    AccessLog,
    /// Syslog, RFC 3164 or RFC 5424, with or without the `<PRI>` part.
    Syslog,
    /// One JSON object a line of no known kind.
    Ndjson,
    /// Anything else.
    Text,
}

impl LogFormat {
    /// All formats, in the order of the enumeration.
    pub const ALL: [Self; 8] = [
        Self::ZeekTsv,
        Self::ZeekJson,
        Self::SuricataEve,
        Self::CloudTrail,
        Self::AccessLog,
        Self::Syslog,
        Self::Ndjson,
        Self::Text,
    ];

    /// The name used in settings and manifests.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ZeekTsv => "zeek-tsv",
            Self::ZeekJson => "zeek-json",
            Self::SuricataEve => "suricata-eve",
            Self::CloudTrail => "cloud-trail",
            Self::AccessLog => "access-log",
            Self::Syslog => "syslog",
            Self::Ndjson => "ndjson",
            Self::Text => "text",
        }
    }

    /// The format of that name, as [`LogFormat::name`] writes it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
}

impl std::fmt::Display for LogFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

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

/// Reads the lines of one log in order; keeps the format's state (Zeek's columns) between them.
#[derive(Debug, Clone)]
pub struct LineReader {
    format: LogFormat,
    zeek: zeek_tsv::Columns,
    column: Option<String>,
}

impl LineReader {
    /// A reader at the start of a log of this format.
    #[must_use]
    pub fn new(format: LogFormat) -> Self {
        Self {
            format,
            zeek: zeek_tsv::Columns::default(),
            column: None,
        }
    }

    /// The same, that also tells the addresses under a column of this name.
    #[must_use]
    pub fn under(mut self, column: &str) -> Self {
        self.zeek.watch(column);
        self.column = Some(column.to_owned());
        self
    }

    /// The format it reads.
    #[must_use]
    pub const fn format(&self) -> LogFormat {
        self.format
    }

    /// Whether the line is state of the format that later lines need ([`Outcome::Header`]).
    #[must_use]
    pub fn is_header(format: LogFormat, line: &[u8]) -> bool {
        format == LogFormat::ZeekTsv && line.first() == Some(&b'#')
    }

    /// Reads the next line, with or without its line end.
    pub fn line(&mut self, line: &[u8], depth: Depth) -> LineFacts {
        let line = without_line_end(line);
        if line.iter().all(u8::is_ascii_whitespace) {
            return LineFacts::bare(Outcome::Blank);
        }
        let mut facts = match self.format {
            LogFormat::ZeekTsv => self.zeek.line(line, depth),
            LogFormat::ZeekJson => zeek_json::line(line, depth),
            LogFormat::SuricataEve => eve::line(line, depth),
            LogFormat::CloudTrail => cloudtrail::line(line, depth),
            LogFormat::AccessLog => access::line(line, depth),
            LogFormat::Syslog => syslog::line(line, depth),
            LogFormat::Ndjson => ndjson::line(line, depth),
            LogFormat::Text => text::line(line, depth),
        };
        if let Some(column) = self.column.as_deref().filter(|_| depth == Depth::Full) {
            match self.format {
                // The reader of the columns has told it.
                LogFormat::ZeekTsv => {}
                LogFormat::ZeekJson | LogFormat::SuricataEve | LogFormat::Ndjson => {
                    facts.named = column::in_json(line, column, None);
                }
                LogFormat::CloudTrail => facts.named = column::in_json(line, column, cloudtrail::RECORDS),
                LogFormat::AccessLog if facts.outcome == Outcome::Parsed && column == "host" => {
                    facts.named.clone_from(&facts.addresses);
                }
                LogFormat::AccessLog | LogFormat::Syslog | LogFormat::Text => {
                    facts.named = column::in_pairs(line, column);
                }
            }
        }
        facts
    }
}

/// The line without LF, or CR LF.
fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod samples;
