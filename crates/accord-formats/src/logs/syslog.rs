//! Syslog: RFC 5424 (a full time), and RFC 3164 (`Oct 11 22:14:15`: no year, no zone, so the time is unknown).
//!
//! Daemons that write RFC 3339 times in the place of the old form (rsyslog's default file format) are read too. The
//! message is read by the program that wrote it: what is known of a program's lines stands in the file of its format, and
//! is the same whether a log holds them alone or among others.

use std::borrow::Cow;

use super::clock::WallTime;
use super::fields::{Column, Fields};
use super::time::rfc3339_prefix;
use super::{
    Depth, LineFacts, LineTime, Outcome, access, address, bind, cgnat, dhcp, json_fields, ndjson, openssh,
    pairs, postfix, squid, unbound,
};

/// A line, taken apart.
pub(super) struct Entry<'a> {
    time: LineTime,
    wall: Option<WallTime>,
    host: &'a [u8],
    /// The program, without its number; empty where there is none.
    pub(super) program: &'a [u8],
    pid: &'a [u8],
    /// RFC 5424's message id; empty where there is none.
    pub(super) id: &'a [u8],
    /// RFC 5424's structured data, with its brackets; empty where there is none.
    pub(super) data: &'a [u8],
    pub(super) message: &'a [u8],
}

impl Entry<'_> {
    pub(super) const fn time(&self) -> LineTime {
        self.time
    }
}

pub(super) fn line(line: &[u8], depth: Depth) -> LineFacts {
    let mut facts = match header(line) {
        Some((time, ..)) => LineFacts {
            time,
            ..LineFacts::bare(Outcome::Parsed)
        },
        None => LineFacts::bare(Outcome::NotParsed),
    };
    if depth == Depth::Full {
        address::in_text(line, &mut facts.addresses);
    }
    facts
}

/// The same for the lines of one kind of program.
pub(super) fn line_of(line: &[u8], depth: Depth, is: fn(&Entry<'_>) -> bool) -> LineFacts {
    let mut facts = match entry(line).filter(is) {
        Some(entry) => LineFacts {
            time: entry.time,
            ..LineFacts::bare(Outcome::Parsed)
        },
        None => LineFacts::bare(Outcome::NotParsed),
    };
    if depth == Depth::Full {
        address::in_text(line, &mut facts.addresses);
    }
    facts
}

/// The columns of a line of any program.
pub(super) fn fields<'a>(line: &'a [u8], fields: &mut Fields<'a>) -> Outcome {
    fields_of(line, fields, |_| true)
}

/// The columns of a line of one kind of program.
pub(super) fn fields_of<'a>(line: &'a [u8], fields: &mut Fields<'a>, is: fn(&Entry<'_>) -> bool) -> Outcome {
    let Some(entry) = entry(line).filter(is) else {
        return Outcome::NotParsed;
    };
    fields.put(Column::Device, entry.host);
    fields.put(Column::Process, entry.program);
    fields.put(Column::ProcessId, entry.pid);
    message(&entry, fields);
    // Whatever time the message tells as well, the line's is that of its header.
    fields.set_time(entry.time);
    fields.set_wall(entry.wall);
    fields.put(Column::Message, entry.message);
    Outcome::Parsed
}

/// What the message says, by the program.
fn message<'a>(entry: &Entry<'a>, fields: &mut Fields<'a>) {
    let text = entry.message;
    if openssh::is(entry) {
        openssh::message(text, fields);
    } else if postfix::is(entry) {
        postfix::message(text, fields);
    } else if cgnat::is(entry) {
        cgnat::message(entry, fields);
    } else if dhcp::is(entry) {
        dhcp::message(text, fields);
    } else if unbound::is(entry) {
        unbound::message(text, fields);
    } else if entry.program == b"named" {
        bind::message(text, fields);
    } else if access::fields(text, fields) == Outcome::Parsed
        || squid::fields(text, fields) == Outcome::Parsed
    {
        // Both have taken all that they say.
    } else if let Some(text) = json_in(text)
        && json_fields::merge(text, ndjson::RULES, fields) == Outcome::Parsed
    {
        // All that it says has been taken.
    } else {
        fields.put_rest(|| Cow::Borrowed("msgid"), || String::from_utf8_lossy(entry.id));
        pairs::by_name(entry.data, fields);
        pairs::by_name(text, fields);
    }
}

/// JSON that a message consists of, after the cookie of CEE (`@cee:`) or without.
fn json_in(text: &[u8]) -> Option<&[u8]> {
    let text = text.strip_prefix(b"@cee:").unwrap_or(text).trim_ascii();
    text.starts_with(b"{").then_some(text)
}

/// The time, as written where it is not whole, whether the form is that of RFC 5424, and what follows the time.
fn header(line: &[u8]) -> Option<(LineTime, Option<WallTime>, bool, &[u8])> {
    let rest = match line.first() {
        Some(b'<') => after_priority(line)?,
        _ => line,
    };
    // RFC 5424 section 6.2: the version after the priority; "-" where the time is not known.
    let body = rest.strip_prefix(b"1 ").unwrap_or(rest);
    let new = body.len() != rest.len();
    if new && let Some(after) = body.strip_prefix(b"- ") {
        return Some((LineTime::Unknown, None, true, after));
    }
    if let Some((ms, after)) = rfc3339_prefix(body) {
        return Some((LineTime::At(ms), None, new, after.strip_prefix(b" ")?));
    }
    let (wall, after) = WallTime::bsd_prefix(rest)?;
    Some((LineTime::Unknown, Some(wall), false, after.strip_prefix(b" ")?))
}

/// A line taken apart; nothing where it has no syslog header.
pub(super) fn entry(line: &[u8]) -> Option<Entry<'_>> {
    let (time, wall, new, rest) = header(line)?;
    let mut entry = Entry {
        time,
        wall,
        host: b"",
        program: b"",
        pid: b"",
        id: b"",
        data: b"",
        message: rest,
    };
    if new {
        let mut words = rest.splitn(5, |byte| *byte == b' ');
        let mut next = || match words.next() {
            Some(b"-") | None => b"".as_slice(),
            Some(word) => word,
        };
        entry.host = next();
        entry.program = next();
        entry.pid = next();
        entry.id = next();
        let after = words.next().unwrap_or_default();
        (entry.data, entry.message) = structured(after);
        return Some(entry);
    }
    // RFC 3164 section 4.1.2: the host, then the tag; some programs leave the host away.
    let (first, after) = word(rest);
    let (tag, text) = if is_tag(first) {
        (first, after)
    } else {
        entry.host = first;
        let (second, text) = word(after);
        if !is_tag(second) {
            entry.message = after;
            return Some(entry);
        }
        (second, text)
    };
    let tag = tag.strip_suffix(b":").unwrap_or(tag);
    let open = memchr::memchr(b'[', tag).unwrap_or(tag.len());
    entry.program = tag.get(..open).unwrap_or_default();
    let inside = tag.get(open + 1..).unwrap_or_default();
    entry.pid = inside.strip_suffix(b"]").unwrap_or(inside);
    entry.message = text;
    Some(entry)
}

/// `program:` or `program[7]:`.
fn is_tag(word: &[u8]) -> bool {
    word.len() > 1 && (word.ends_with(b":") || word.ends_with(b"]")) && word.first() != Some(&b'[')
}

/// Up to the next space, and what follows the spaces.
fn word(text: &[u8]) -> (&[u8], &[u8]) {
    let at = memchr::memchr(b' ', text).unwrap_or(text.len());
    let (word, rest) = text.split_at(at);
    (word, rest.trim_ascii_start())
}

/// The structured data (`-`, or elements in brackets, RFC 5424 section 6.3) and the message.
fn structured(text: &[u8]) -> (&[u8], &[u8]) {
    let mut end = 0;
    while text.get(end) == Some(&b'[') {
        let mut at = end + 1;
        loop {
            let Some(found) = text.get(at..).and_then(|rest| memchr::memchr2(b']', b'"', rest)) else {
                // Never closed: it is all message.
                return (b"", text);
            };
            at += found + 1;
            if text.get(at - 1) == Some(&b']') {
                break;
            }
            at += pairs::closing_quote(text.get(at..).unwrap_or_default()) + 1;
        }
        end = at;
    }
    let (data, message) = text.split_at(end);
    let message = match message.strip_prefix(b"-") {
        Some(message) if end == 0 => message,
        _ => message,
    };
    let message = message.trim_ascii_start();
    (data, message.strip_prefix(b"\xef\xbb\xbf").unwrap_or(message))
}

/// After `<0>` to `<191>` (RFC 5424 section 6.2.1).
fn after_priority(line: &[u8]) -> Option<&[u8]> {
    let inside = line.strip_prefix(b"<")?;
    let end = inside.iter().take(4).position(|byte| *byte == b'>')?;
    let (digits, rest) = inside.split_at_checked(end)?;
    let value: u16 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    (value <= 191).then(|| rest.strip_prefix(b">")).flatten()
}
