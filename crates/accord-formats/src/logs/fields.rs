//! What a line says, in columns: a small subset of OCSF, the Open Cybersecurity Schema Framework, whose attribute names
//! ([`Column::name`]) are those of <https://schema.ocsf.io> (1.5).
//!
//! Values borrow from the line wherever it says them literally; bytes that are no UTF-8 are read as U+FFFD, the line
//! itself stays as it is. What no column takes stays in the line, and is told by name where it is asked for
//! ([`Records::with_rest`]): for a page that shows a line beside its fields, not for every line of an import.

use std::borrow::Cow;
use std::net::IpAddr;

use super::clock::WallTime;
use super::key_memory::KeyMemory;
use super::{LineTime, address};

/// The most values of one record, those without a column apart; the rest are counted ([`Fields::left_out`]).
pub const MAX_VALUES: usize = 128;

/// The most values without a column told of one record; the rest are counted.
pub const MAX_REST: usize = 256;

/// The longest value, bytes; a longer one is cut before the character that would pass it, and counted.
pub const MAX_VALUE_BYTES: usize = 16 * 1024;

/// The most records of one line (CloudTrail holds a whole file in one); the rest are counted ([`Records::left_out`]).
pub const MAX_RECORDS: usize = 10_000;

macro_rules! columns {
    ($($(#[$doc:meta])* $column:ident, $name:literal, $kind:ident;)*) => {
        /// A column. The order is that of the table in `docs/spec/log-formats.md`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Column { $($(#[$doc])* $column,)* }

        impl Column {
            /// All columns, in the order of the enumeration.
            pub const ALL: &[Self] = &[$(Self::$column,)*];

            /// The attribute's path in OCSF; `unmapped.` before a name that OCSF has no attribute for.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$column => $name,)* }
            }

            /// What its values are.
            #[must_use]
            pub const fn kind(self) -> ColumnKind {
                match self { $(Self::$column => ColumnKind::$kind,)* }
            }
        }
    };
}

columns! {
    /// Who asked: the client, the originator, the subscriber.
    SourceAddress, "src_endpoint.ip", Address;
    /// Its port, 0 to 65,535.
    SourcePort, "src_endpoint.port", Number;
    /// Its name.
    SourceHost, "src_endpoint.hostname", Text;
    /// Its hardware address, as written.
    SourceMac, "src_endpoint.mac", Text;
    /// Who was asked.
    DestinationAddress, "dst_endpoint.ip", Address;
    /// Its port, 0 to 65,535.
    DestinationPort, "dst_endpoint.port", Number;
    /// Its name.
    DestinationHost, "dst_endpoint.hostname", Text;
    /// The source's address after translation (NAT).
    TranslatedAddress, "unmapped.nat_src_ip", Address;
    /// Its port after translation, or the first of its block of ports.
    TranslatedPort, "unmapped.nat_src_port", Number;
    /// The last port of the block, included.
    TranslatedPortLast, "unmapped.nat_src_port_last", Number;
    /// The transport, as written: `tcp`, `UDP`, `6`.
    Protocol, "connection_info.protocol_name", Text;
    /// The device that wrote the line, or on which it happened.
    Device, "device.hostname", Text;
    /// The name that was asked for in the DNS, as written.
    QueryName, "query.hostname", Text;
    /// The type of record asked for.
    QueryType, "query.type", Text;
    /// What the DNS answered; one value an answer.
    Answer, "answers.rdata", Text;
    /// The URL, or the part of it that is logged: often the path alone.
    Url, "http_request.url.url_string", Text;
    /// The host of the request, where it is told apart.
    UrlHost, "http_request.url.hostname", Text;
    /// `GET` and the like.
    Method, "http_request.http_method", Text;
    /// Where the request says it came from.
    Referrer, "http_request.referrer", Text;
    /// The program that asked, in its own words.
    UserAgent, "http_request.user_agent", Text;
    /// The server's name that the client gave in TLS.
    ServerName, "tls.sni", Text;
    /// The person or account.
    User, "user.name", Text;
    /// The session, lease or flow, by the log's own identifier.
    Session, "session.uid", Text;
    /// Envelope sender of a mail.
    EmailFrom, "email.from", Text;
    /// Envelope recipient of a mail; one value each.
    EmailTo, "email.to", Text;
    /// The program: its name, or the path of its image where that is logged.
    Process, "process.name", Text;
    /// Its number.
    ProcessId, "process.pid", Number;
    /// How it was called.
    CommandLine, "process.cmd_line", Text;
    /// The program that started it.
    ParentProcess, "process.parent_process.name", Text;
    /// A file.
    File, "file.path", Text;
    /// Hash of a file, hexadecimal as written; one value each.
    FileHash, "file.hashes.value", Text;
    /// What a control did: `allowed`, `blocked`, `TCP_DENIED`.
    Action, "action", Text;
    /// What happened: `DHCPACK`, `ConsoleLogin`, an event's number.
    Activity, "activity_name", Text;
    /// How it ended, in words: `NOERROR`, `Failure`, `sent`.
    Status, "status", Text;
    /// How it ended, as a code: 404.
    StatusCode, "status_code", Text;
    /// Bytes that the source received.
    BytesIn, "traffic.bytes_in", Number;
    /// Bytes that the source sent.
    BytesOut, "traffic.bytes_out", Number;
    /// How long a lease holds, seconds.
    LeaseSeconds, "lease_dur", Number;
    /// What a detection is called.
    Finding, "finding_info.title", Text;
    /// The text of the message, where a line carries one.
    Message, "message", Text;
}

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// An IP address.
    Address,
    /// A whole number.
    Number,
    /// Text.
    Text,
}

/// A value, of the kind of its column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// An address; a mapped IPv4 address is its IPv4 address.
    Address(IpAddr),
    /// A number.
    Number(u64),
    /// Text, at most [`MAX_VALUE_BYTES`].
    Text(Cow<'a, str>),
}

impl std::fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// The fields of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields<'a> {
    time: LineTime,
    wall: Option<WallTime>,
    values: Vec<(Column, Value<'a>)>,
    rest: Option<Vec<(Cow<'a, str>, Cow<'a, str>)>>,
    left_out: usize,
}

impl<'a> Fields<'a> {
    pub(super) const fn new(with_rest: bool) -> Self {
        Self {
            time: LineTime::Unknown,
            wall: None,
            values: Vec::new(),
            rest: if with_rest { Some(Vec::new()) } else { None },
            left_out: 0,
        }
    }

    fn clear(&mut self) {
        self.time = LineTime::Unknown;
        self.wall = None;
        self.values.clear();
        self.left_out = 0;
        if let Some(rest) = &mut self.rest {
            rest.clear();
        }
    }

    /// When it was written, as far as the record says so in full: as [`super::LineFacts::time`], for one record.
    #[must_use]
    pub const fn time(&self) -> LineTime {
        self.time
    }

    /// The time as written, where the record gives one without its zone or year.
    #[must_use]
    pub const fn wall(&self) -> Option<WallTime> {
        self.wall
    }

    /// All values, in the order of the record.
    pub fn values(&self) -> impl Iterator<Item = (Column, &Value<'a>)> {
        self.values.iter().map(|(column, value)| (*column, value))
    }

    /// The first value of a column.
    #[must_use]
    pub fn first(&self, column: Column) -> Option<&Value<'a>> {
        self.values
            .iter()
            .find(|(other, _)| *other == column)
            .map(|(_, value)| value)
    }

    /// What no column takes, by the format's own names; empty unless asked for.
    #[must_use]
    pub fn rest(&self) -> &[(Cow<'a, str>, Cow<'a, str>)] {
        self.rest.as_deref().unwrap_or_default()
    }

    /// How many values were cut or left out at a limit.
    #[must_use]
    pub const fn left_out(&self) -> usize {
        self.left_out
    }

    pub(super) const fn keeps_rest(&self) -> bool {
        self.rest.is_some()
    }

    pub(super) fn set_time(&mut self, time: LineTime) {
        self.time = time;
    }

    pub(super) fn set_wall(&mut self, wall: Option<WallTime>) {
        if self.time == LineTime::Unknown {
            self.wall = wall;
        }
    }

    /// Takes bytes of the line under a column.
    pub(super) fn put(&mut self, column: Column, bytes: &'a [u8]) {
        match column.kind() {
            ColumnKind::Address => match address::whole(unbracketed(bytes)) {
                Some(found) => self.push(column, Value::Address(found)),
                None => self.instead(column, lossy(bytes)),
            },
            ColumnKind::Number => {
                if let Some(number) = number(bytes) {
                    self.put_number(column, number);
                }
            }
            ColumnKind::Text => self.put_text(column, lossy(bytes)),
        }
    }

    /// Takes text under a column. Nothing, `-` and Zeek's `(empty)` are no value.
    #[inline]
    pub(super) fn put_text(&mut self, column: Column, text: Cow<'a, str>) {
        // Each by itself: a `Cow` goes through memory, in other pieces than it is read in.
        match text {
            Cow::Borrowed(text) => self.put_some(column, text),
            Cow::Owned(text) => self.put_some(column, text),
        }
    }

    fn put_some<T: AsRef<str> + Into<Cow<'a, str>>>(&mut self, column: Column, text: T) {
        let bytes = text.as_ref().as_bytes();
        if matches!(bytes, b"" | b"-" | b"(empty)") {
            return;
        }
        match column.kind() {
            ColumnKind::Text if column == Column::FileHash => self.hashes(text.into()),
            ColumnKind::Text => self.put_plain(column, text.into()),
            ColumnKind::Number => {
                if let Some(number) = number(bytes) {
                    self.put_number(column, number);
                }
            }
            ColumnKind::Address => match address::whole(unbracketed(bytes)) {
                Some(found) => self.push(column, Value::Address(found)),
                None => self.instead(column, text.into()),
            },
        }
    }

    /// Takes text that is a value, under a column of text but [`Column::FileHash`].
    #[inline]
    pub(super) fn put_plain(&mut self, column: Column, text: Cow<'a, str>) {
        let text = self.cut(text);
        self.push(column, Value::Text(text));
    }

    /// Takes a number under a column; a port over 65,535 is none.
    pub(super) fn put_number(&mut self, column: Column, number: u64) {
        let port = matches!(
            column,
            Column::SourcePort
                | Column::DestinationPort
                | Column::TranslatedPort
                | Column::TranslatedPortLast
        );
        match column.kind() {
            ColumnKind::Number if port && number > u64::from(u16::MAX) => {}
            ColumnKind::Number => self.push(column, Value::Number(number)),
            ColumnKind::Text => self.push(column, Value::Text(Cow::Owned(number.to_string()))),
            ColumnKind::Address => {}
        }
    }

    /// Takes `ADDRESS` with `:`, `#` or `.` and a port behind it, as programs write an end of a connection.
    pub(super) fn put_end(&mut self, address: Column, port: Column, bytes: &'a [u8], between: u8) {
        let at = memchr::memrchr(between, bytes);
        let split = at.and_then(|at| Some((bytes.get(..at)?, bytes.get(at + 1..)?)));
        match split {
            Some((host, digits))
                if digits.iter().all(u8::is_ascii_digit)
                    && !digits.is_empty()
                    && (between != b':' || address::whole(bytes).is_none()) =>
            {
                self.put(address, host);
                self.put(port, digits);
            }
            _ => self.put(address, bytes),
        }
    }

    /// Takes a value that no column takes, where such are asked for.
    pub(super) fn put_rest(
        &mut self,
        name: impl FnOnce() -> Cow<'a, str>,
        value: impl FnOnce() -> Cow<'a, str>,
    ) {
        let Some(rest) = &self.rest else { return };
        if rest.len() >= MAX_REST {
            self.left_out += 1;
            return;
        }
        let value = self.cut(value());
        if let Some(rest) = &mut self.rest
            && !matches!(&*value, "" | "-" | "(empty)")
        {
            rest.push((name(), value));
        }
    }

    /// What stands in the place of an address and is none: a name of that end.
    fn instead(&mut self, column: Column, text: Cow<'a, str>) {
        match column {
            Column::SourceAddress => self.put_text(Column::SourceHost, text),
            Column::DestinationAddress => self.put_text(Column::DestinationHost, text),
            _ => {}
        }
    }

    /// One hash, or several as Sysmon writes them: `SHA1=...,MD5=...`. An import hash is no hash of the file.
    fn hashes(&mut self, text: Cow<'a, str>) {
        let is_hash = |hash: &str| {
            matches!(hash.len(), 32 | 40 | 64 | 96 | 128) && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        if is_hash(&text) {
            return self.push(Column::FileHash, Value::Text(text));
        }
        for part in text.split([',', ';']) {
            let (name, hash) = part.split_once('=').unwrap_or(("", part));
            if is_hash(hash) && !name.trim().eq_ignore_ascii_case("IMPHASH") {
                self.push(Column::FileHash, Value::Text(Cow::Owned(hash.to_owned())));
            }
        }
    }

    #[inline]
    fn push(&mut self, column: Column, value: Value<'a>) {
        if self.values.len() < MAX_VALUES {
            self.values.push((column, value));
        } else {
            self.left_out += 1;
        }
    }

    #[inline]
    fn cut(&mut self, text: Cow<'a, str>) -> Cow<'a, str> {
        if text.len() <= MAX_VALUE_BYTES {
            return text;
        }
        self.cut_long(text)
    }

    #[cold]
    fn cut_long(&mut self, text: Cow<'a, str>) -> Cow<'a, str> {
        self.left_out += 1;
        let end = text.floor_char_boundary(MAX_VALUE_BYTES);
        match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.get(..end).unwrap_or_default()),
            Cow::Owned(mut text) => {
                text.truncate(end);
                Cow::Owned(text)
            }
        }
    }

    /// The same values, owned: for a line that had to be decoded first.
    fn owned<'b>(&self) -> Fields<'b> {
        let own = |text: &Cow<'_, str>| Cow::Owned(text.clone().into_owned());
        Fields {
            time: self.time,
            wall: self.wall,
            values: self
                .values
                .iter()
                .map(|(column, value)| {
                    let value = match value {
                        Value::Address(address) => Value::Address(*address),
                        Value::Number(number) => Value::Number(*number),
                        Value::Text(text) => Value::Text(own(text)),
                    };
                    (*column, value)
                })
                .collect(),
            rest: self
                .rest
                .as_ref()
                .map(|rest| rest.iter().map(|(name, value)| (own(name), own(value))).collect()),
            left_out: self.left_out,
        }
    }
}

/// Text, with what is no UTF-8 replaced. Nearly all of it is UTF-8, and the short way to see that is not the library's
/// way through the pieces that are.
pub(super) fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// A whole number in decimals, as the standard library reads it.
fn number(bytes: &[u8]) -> Option<u64> {
    // Nineteen digits always fit.
    if (1..=19).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_digit) {
        return Some(
            bytes
                .iter()
                .fold(0, |number, digit| number * 10 + u64::from(digit - b'0')),
        );
    }
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

/// `[2001:db8::1]` without its brackets.
fn unbracketed(bytes: &[u8]) -> &[u8] {
    bytes
        .strip_prefix(b"[")
        .and_then(|inside| inside.strip_suffix(b"]"))
        .unwrap_or(bytes)
}

/// The records of one line. Made once and filled for line after line of the same bytes: what it allocates is kept.
#[derive(Debug, Clone)]
pub struct Records<'a> {
    with_rest: bool,
    pool: Vec<Fields<'a>>,
    used: usize,
    left_out: usize,
    /// What the keys of the line before meant.
    pub(super) keys: KeyMemory,
}

impl Default for Records<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> Records<'a> {
    /// Room for records without what no column takes.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            with_rest: false,
            pool: Vec::new(),
            used: 0,
            left_out: 0,
            keys: KeyMemory::new(),
        }
    }

    /// Room for records with what no column takes ([`Fields::rest`]).
    #[must_use]
    pub fn with_rest() -> Self {
        Self {
            with_rest: true,
            ..Self::new()
        }
    }

    /// The records of the line that was read last: one for most formats, none where it was not parsed.
    #[must_use]
    pub fn all(&self) -> &[Fields<'a>] {
        self.pool.get(..self.used).unwrap_or_default()
    }

    /// How many records of the line were left out at [`MAX_RECORDS`].
    #[must_use]
    pub const fn left_out(&self) -> usize {
        self.left_out
    }

    pub(super) fn clear(&mut self) {
        self.used = 0;
        self.left_out = 0;
        self.keys.begin();
    }

    pub(super) const fn keeps_rest(&self) -> bool {
        self.with_rest
    }

    /// Takes the last record back.
    pub(super) fn drop_last(&mut self) {
        self.used = self.used.saturating_sub(1);
    }

    /// Counts records that are left out.
    pub(super) fn leave_out(&mut self, count: usize) {
        self.left_out += count;
    }

    /// Begins another record; nothing where there are too many.
    pub(super) fn begin(&mut self) -> Option<&mut Fields<'a>> {
        if self.used >= MAX_RECORDS {
            return None;
        }
        if self.used == self.pool.len() {
            self.pool.push(Fields::new(self.with_rest));
        }
        self.used += 1;
        let fields = self.pool.get_mut(self.used - 1)?;
        fields.clear();
        Some(fields)
    }

    /// The last record begun.
    pub(super) fn last(&mut self) -> Option<&mut Fields<'a>> {
        self.pool.get_mut(self.used.checked_sub(1)?)
    }

    /// An empty one of the same kind, for bytes that live shorter.
    pub(super) fn alike<'b>(&self) -> Records<'b> {
        Records {
            with_rest: self.with_rest,
            ..Records::new()
        }
    }

    /// Takes over the records of another, owned.
    pub(super) fn take_owned(&mut self, other: &Records<'_>) {
        self.pool = other.all().iter().map(Fields::owned).collect();
        self.used = self.pool.len();
        self.left_out = other.left_out;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(fields: &Fields<'_>) -> Vec<String> {
        fields
            .values()
            .map(|(column, value)| format!("{}={value}", column.name()))
            .collect()
    }

    #[test]
    fn what_is_no_value_of_its_kind_is_none() {
        let mut fields = Fields::new(false);
        for (column, bytes) in [
            (Column::SourceAddress, "[2001:DB8::1]"),
            (Column::SourceAddress, "host.example"),
            (Column::DestinationAddress, "-"),
            (Column::TranslatedAddress, "nobody"),
            (Column::SourcePort, "65535"),
            (Column::SourcePort, "65536"),
            (Column::BytesIn, "65536"),
            (Column::BytesIn, "-1"),
            (Column::BytesIn, "12x"),
            (Column::User, ""),
            (Column::User, "(empty)"),
            (Column::User, "jo"),
        ] {
            fields.put(column, bytes.as_bytes());
        }
        assert_eq!(
            shown(&fields),
            [
                "src_endpoint.ip=2001:db8::1",
                "src_endpoint.hostname=host.example",
                "src_endpoint.port=65535",
                "traffic.bytes_in=65536",
                "user.name=jo",
            ]
        );
        assert_eq!(fields.left_out(), 0);
    }

    #[test]
    fn ends_of_connections() {
        for (text, between, expected) in [
            (
                "192.0.2.1:80",
                b':',
                vec!["src_endpoint.ip=192.0.2.1", "src_endpoint.port=80"],
            ),
            (
                "[2001:db8::1]:443",
                b':',
                vec!["src_endpoint.ip=2001:db8::1", "src_endpoint.port=443"],
            ),
            ("2001:db8::1", b':', vec!["src_endpoint.ip=2001:db8::1"]),
            (
                "2001:db8::1#53",
                b'#',
                vec!["src_endpoint.ip=2001:db8::1", "src_endpoint.port=53"],
            ),
            ("192.0.2.1", b':', vec!["src_endpoint.ip=192.0.2.1"]),
            (
                "mx.example:25",
                b':',
                vec!["src_endpoint.hostname=mx.example", "src_endpoint.port=25"],
            ),
            ("192.0.2.1:", b':', vec!["src_endpoint.hostname=192.0.2.1:"]),
        ] {
            let mut fields = Fields::new(false);
            fields.put_end(
                Column::SourceAddress,
                Column::SourcePort,
                text.as_bytes(),
                between,
            );
            assert_eq!(shown(&fields), expected, "{text}");
        }
    }

    #[test]
    fn numbers_as_the_standard_library_reads_them() {
        for text in [
            "0",
            "007",
            "+7",
            "-7",
            "",
            "+",
            "7 ",
            "7x",
            "\u{665}",
            "9999999999999999999",
            "18446744073709551615",
            "18446744073709551616",
            "00000000000000000000000000001",
        ] {
            assert_eq!(number(text.as_bytes()), text.parse().ok(), "{text}");
        }
        assert_eq!(number(b"7\xff"), None);
        assert_eq!(lossy(b"a\xff"), String::from_utf8_lossy(b"a\xff"));
    }

    #[test]
    fn hashes_as_sysmon_writes_them() {
        let mut fields = Fields::new(false);
        let (md5, sha1) = ("a".repeat(32), "B".repeat(40));
        let text = format!("SHA1={sha1},MD5={md5},SHA256=short,IMPHASH={md5}");
        fields.put(Column::FileHash, text.as_bytes());
        fields.put(Column::FileHash, md5.as_bytes());
        assert_eq!(
            shown(&fields),
            [&sha1, &md5, &md5].map(|hash| format!("file.hashes.value={hash}"))
        );
    }

    #[test]
    fn one_past_every_limit() {
        let mut fields = Fields::new(true);
        let exact = "é".repeat(MAX_VALUE_BYTES / 2);
        let over = format!("{exact}é");
        let odd = format!("a{exact}");
        fields.put(Column::User, exact.as_bytes());
        assert_eq!(fields.left_out(), 0);
        fields.put(Column::User, over.as_bytes());
        fields.put(Column::User, odd.as_bytes());
        assert_eq!(fields.left_out(), 2);
        assert!(
            fields
                .values()
                .all(|(_, value)| value.to_string().len() <= MAX_VALUE_BYTES)
        );

        let mut fields = Fields::new(true);
        for _ in 0..=MAX_VALUES {
            fields.put(Column::User, b"jo");
        }
        assert_eq!((fields.values().count(), fields.left_out()), (MAX_VALUES, 1));
        for _ in 0..=MAX_REST {
            fields.put_rest(|| Cow::Borrowed("a"), || Cow::Borrowed("b"));
        }
        assert_eq!((fields.rest().len(), fields.left_out()), (MAX_REST, 2));

        let mut records = Records::new();
        for _ in 0..MAX_RECORDS {
            assert!(records.begin().is_some());
        }
        assert!(records.begin().is_none());
        assert_eq!(records.all().len(), MAX_RECORDS);
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<&str> = Column::ALL.iter().map(|column| column.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Column::ALL.len());
    }
}
