//! BIND's query log: `client @0x7f0a 192.0.2.1#53124 (www.example): query: www.example IN A +E(0)K (192.0.2.53)`.
//!
//! The address in the last brackets is the server's own that was asked. Times are local unless the channel has
//! `print-time iso8601-utc` (BIND 9 Administrator Reference Manual, "The channel Phrase" and "The category Phrase").

use memchr::memmem;

use super::clock::WallTime;
use super::fields::{Column, Fields};
use super::syslog::{self, Entry};
use super::time::rfc3339_prefix;
use super::{Depth, LineFacts, LineTime, Outcome, address};

pub(super) fn line(line: &[u8], depth: Depth) -> LineFacts {
    let mut facts = match parts(line) {
        Some((time, _, _)) => LineFacts {
            time,
            ..LineFacts::bare(Outcome::Parsed)
        },
        None => syslog::line_of(line, Depth::Time, is),
    };
    if depth == Depth::Full {
        address::in_text(line, &mut facts.addresses);
    }
    facts
}

pub(super) fn fields<'a>(line: &'a [u8], fields: &mut Fields<'a>) -> Outcome {
    let Some((time, wall, text)) = parts(line) else {
        return syslog::fields_of(line, fields, is);
    };
    fields.set_time(time);
    fields.set_wall(wall);
    message(text, fields);
    Outcome::Parsed
}

pub(super) fn is(entry: &Entry<'_>) -> bool {
    entry.program == b"named"
}

/// A line of BIND's own file: its time and the message.
fn parts(line: &[u8]) -> Option<(LineTime, Option<WallTime>, &[u8])> {
    let (time, wall, rest) = if let Some((ms, rest)) = rfc3339_prefix(line) {
        (LineTime::At(ms), None, rest)
    } else if let Some((wall, rest)) = WallTime::bind_prefix(line)
        .or_else(|| WallTime::iso_prefix(line))
        .or_else(|| WallTime::bsd_prefix(line))
    {
        (LineTime::Unknown, Some(wall), rest)
    } else {
        (LineTime::Unknown, None, line)
    };
    let rest = rest.strip_prefix(b" ").unwrap_or(rest);
    // `queries: info: `, as far as the channel prints them.
    let mut text = rest;
    for _ in 0..2 {
        let colon = memmem::find(text, b": ").filter(|at| *at <= 20);
        if let Some(after) = colon.and_then(|at| text.get(at + 2..))
            && !text.starts_with(b"client ")
        {
            text = after;
        }
    }
    (text.starts_with(b"client ") && is_query(text)).then_some((time, wall, text))
}

fn is_query(text: &[u8]) -> bool {
    [&b"query: "[..], b"query '"]
        .iter()
        .any(|word| memmem::find(text, word).is_some())
}

pub(super) fn message<'a>(text: &'a [u8], fields: &mut Fields<'a>) {
    let text = memmem::find(text, b"client ").and_then(|at| text.get(at + 7..));
    let Some(text) = text else { return };
    let mut words = text.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    let mut end = words.next().unwrap_or_default();
    if end.starts_with(b"@0x") {
        end = words.next().unwrap_or_default();
    }
    fields.put_end(
        Column::SourceAddress,
        Column::SourcePort,
        end.strip_suffix(b":").unwrap_or(end),
        b'#',
    );
    if let Some(at) = memmem::find(text, b"query: ") {
        let mut words = text.get(at + 7..).unwrap_or_default().split(|byte| *byte == b' ');
        fields.put(Column::Activity, b"Query");
        fields.put(Column::QueryName, words.next().unwrap_or_default());
        let _class = words.next();
        fields.put(Column::QueryType, words.next().unwrap_or_default());
        let flags = words.next().unwrap_or_default();
        fields.put_rest(|| "flags".into(), || String::from_utf8_lossy(flags));
        let server = words.next().unwrap_or_default();
        let server = server
            .strip_prefix(b"(")
            .and_then(|inside| inside.strip_suffix(b")"));
        fields.put(Column::DestinationAddress, server.unwrap_or_default());
    } else if let Some(at) = memmem::find(text, b"query '") {
        // Category `security`: `query 'www.example/A/IN' denied`.
        let mut parts = text
            .get(at + 7..)
            .unwrap_or_default()
            .splitn(2, |byte| *byte == b'\'');
        let mut name = parts.next().unwrap_or_default().split(|byte| *byte == b'/');
        fields.put(Column::Activity, b"Query");
        fields.put(Column::QueryName, name.next().unwrap_or_default());
        fields.put(Column::QueryType, name.next().unwrap_or_default());
        fields.put(Column::Action, parts.next().unwrap_or_default().trim_ascii());
    }
}
