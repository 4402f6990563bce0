//! What a reader hands out: one row per entry of the source.

use std::fmt;

/// The most labels that a reader of JSON gives a value, the first ones: a document may have a million, for each of its
/// values.
pub const MAX_LABELS: usize = 100;

/// The format of an indicator source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// One value a line, `#` comments.
    Text,
    /// A table with a header line, separated by commas, semicolons or tabs.
    Csv,
    /// A STIX 2.1 bundle (OASIS STIX 2.1).
    Stix,
    /// A MISP event, or an export of several (MISP core format).
    Misp,
    /// A MISP warninglist: an allow list.
    Warninglist,
    /// A Zeek intelligence file (`#fields indicator indicator_type meta.source`).
    ZeekIntel,
    /// A hosts file (`0.0.0.0 name`).
    Hosts,
    /// A DNS response policy zone in master-file form (draft-vixie-dnsop-dns-rpz).
    Rpz,
}

impl Format {
    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Csv => "csv",
            Self::Stix => "stix",
            Self::Misp => "misp",
            Self::Warninglist => "misp warninglist",
            Self::ZeekIntel => "zeek intel",
            Self::Hosts => "hosts",
            Self::Rpz => "rpz",
        }
    }

    /// The inverse of [`Format::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [
            Self::Text,
            Self::Csv,
            Self::Stix,
            Self::Misp,
            Self::Warninglist,
            Self::ZeekIntel,
            Self::Hosts,
            Self::Rpz,
        ]
        .into_iter()
        .find(|format| format.name() == name)
    }

    /// What [`Row::place`] counts in this format: `line`, or `entry` where lines mean nothing (JSON).
    #[must_use]
    pub fn place_word(self) -> &'static str {
        match self {
            Self::Stix | Self::Misp | Self::Warninglist => "entry",
            _ => "line",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One entry of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row<'a> {
    /// Where it stands, from 1: the line, or in JSON the entry's number (see [`Format::place_word`]).
    pub place: u64,
    /// What it says.
    pub content: Content<'a>,
}

/// What one entry of a source says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content<'a> {
    /// A value that the source offers as an indicator, as written (it may be defanged).
    Indicator {
        /// The value as written, trimmed.
        value: &'a str,
        /// What the source calls it (malware family, feed name), in the order of the source.
        labels: &'a [&'a str],
        /// Where the source says it comes from, or an empty string.
        provenance: &'a str,
        /// Until when the source says that it holds, as written (RFC 3339 in STIX), or an empty string. Whether that is
        /// past is the caller's to say: readers have no clock.
        until: &'a str,
    },
    /// A value that must never be an indicator (MISP warninglist, RPZ `rpz-passthru.`).
    Allow {
        /// The value as written, trimmed.
        value: &'a str,
        /// Whether names below it are meant too.
        below: bool,
    },
    /// An entry that is not used.
    NotUsed {
        /// The entry, or as much of it as helps to find it.
        written: &'a str,
        /// Why it is not used.
        reason: NotUsed,
    },
}

/// Why a reader does not use an entry. The words of `Display` are the key under which reports count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum NotUsed {
    /// The line is not UTF-8.
    #[error("not valid UTF-8")]
    NotUtf8,
    /// The value is longer than [`super::MAX_VALUE_BYTES`].
    #[error("value too long")]
    TooLong,
    /// The line, or all lines of a record, are longer than [`super::MAX_LINE_BYTES`].
    #[error("line too long")]
    LongLine,
    /// The row has no value in its indicator column.
    #[error("no value in the indicator column")]
    Empty,
    /// The row has another number of fields than the header.
    #[error("another number of fields than the header")]
    FieldCount,
    /// A quoted field is not closed within [`super::MAX_QUOTED_LINES`] lines.
    #[error("a quoted field that is not closed")]
    OpenQuote,
    /// The attribute or object type is none that logs are searched for.
    #[error("a type that logs are not searched for")]
    UnsupportedType,
    /// MISP: the attribute is not for detection.
    #[error("not for detection (to_ids is false)")]
    NotForDetection,
    /// The source withdrew it (MISP `deleted`, STIX `revoked`).
    #[error("withdrawn by the source")]
    Withdrawn,
    /// STIX: `pattern_type` is not `stix`.
    #[error("pattern in another language than STIX")]
    PatternLanguage,
    /// STIX: the pattern is not well formed.
    #[error("pattern that cannot be parsed")]
    PatternSyntax,
    /// STIX: the pattern asks for several things at once, and one of them alone means nothing.
    #[error("pattern that combines conditions (AND, FOLLOWEDBY)")]
    PatternCombination,
    /// STIX: the comparison is none of `=`, `IN`, `ISSUBSET`.
    #[error("pattern with a comparison other than =, IN, ISSUBSET")]
    PatternOperator,
    /// RPZ: a trigger that has no meaning in logs (name servers, clients).
    #[error("policy trigger that has no meaning in logs")]
    PolicyTrigger,
    /// The warninglist matches by substring.
    #[error("allow list of substrings is not usable")]
    AllowSubstring,
    /// The warninglist matches by regular expression.
    #[error("allow list of regular expressions is not usable")]
    AllowRegex,
    /// The entry lacks its type or value, or they are no strings.
    #[error("entry without type or value")]
    Malformed,
}

/// Why a source could not be read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The bytes begin as JSON but are none.
    #[error("begins as JSON but is not valid: {0}")]
    Json(String),
    /// The JSON is none of the known kinds.
    #[error("JSON, but no STIX bundle, MISP event or MISP warninglist")]
    UnknownJson,
    /// The JSON document is larger than [`super::MAX_JSON_BYTES`].
    #[error("JSON document of {bytes} bytes; the limit is {limit}: split it", limit = super::MAX_JSON_BYTES)]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// The JSON document has more than [`super::MAX_JSON_VALUES`] values.
    #[error("JSON document of more than {limit} values; that is the limit: split it", limit = super::MAX_JSON_VALUES)]
    TooManyValues,
}
