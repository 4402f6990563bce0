//! Postfix, as syslog keeps it (`mail.log`, `maillog`): `QUEUEID: name=value, ...`, and connections.

use memchr::memmem;

use super::fields::{Column, Fields};
use super::syslog::{self, Entry};
use super::{Depth, LineFacts, Outcome};

pub(super) fn line(line: &[u8], depth: Depth) -> LineFacts {
    syslog::line_of(line, depth, is)
}

pub(super) fn fields<'a>(line: &'a [u8], fields: &mut Fields<'a>) -> Outcome {
    syslog::fields_of(line, fields, is)
}

/// `postfix/smtpd`, `postfix-out/smtp`, `postfix/submission/smtpd`.
pub(super) fn is(entry: &Entry<'_>) -> bool {
    entry.program.starts_with(b"postfix") && memchr::memchr(b'/', entry.program).is_some()
}

pub(super) fn message<'a>(text: &'a [u8], fields: &mut Fields<'a>) {
    let is_id = |id: &[u8]| id.len() >= 5 && id.iter().all(u8::is_ascii_alphanumeric);
    let mut rest = text;
    if let Some(at) = memmem::find(text, b": ")
        && let (id, after) = (
            text.get(..at).unwrap_or_default(),
            text.get(at + 2..).unwrap_or_default(),
        )
        && (is_id(id) || id == b"NOQUEUE")
    {
        if id != b"NOQUEUE" {
            fields.put(Column::Session, id);
        }
        rest = after;
    }
    if let Some(after) = rest.strip_prefix(b"reject: ") {
        fields.put(Column::Action, b"reject");
        let start = memmem::find(after, b" from ").map_or(0, |at| at + 6);
        client(after.get(start..).unwrap_or_default(), fields);
        // The reply's words come before the pairs, and may hold such.
        let pairs = memmem::rfind(after, b"; from=").map_or(after.len(), |at| at + 2);
        return pairs_of(after.get(pairs..).unwrap_or_default(), b' ', fields);
    }
    for words in [
        &b"connect from "[..],
        b"disconnect from ",
        b"lost connection after ",
        b"warning: ",
    ] {
        if let Some(after) = rest.strip_prefix(words) {
            fields.put(
                Column::Activity,
                words.split(|byte| *byte == b' ').next().unwrap_or_default(),
            );
            let start = memmem::rfind(after, b" from ").map_or(0, |at| at + 6);
            return client(after.get(start..).unwrap_or_default(), fields);
        }
    }
    pairs_of(rest, b',', fields);
}

/// `host[192.0.2.1]` or `host[192.0.2.1]:25`, up to a space.
fn client<'a>(text: &'a [u8], fields: &mut Fields<'a>) {
    end_of(
        text,
        [Column::SourceHost, Column::SourceAddress, Column::SourcePort],
        fields,
    );
}

fn end_of<'a>(text: &'a [u8], columns: [Column; 3], fields: &mut Fields<'a>) {
    let [host_column, address_column, port_column] = columns;
    let text = text
        .split(|byte| matches!(byte, b' ' | b','))
        .next()
        .unwrap_or_default();
    let Some(open) = memchr::memchr(b'[', text) else {
        return;
    };
    let (host, inside) = text.split_at(open);
    let inside = inside.get(1..).unwrap_or_default();
    let Some(close) = memchr::memchr(b']', inside) else {
        return;
    };
    if host != b"unknown" {
        fields.put(host_column, host);
    }
    let (address, after) = inside.split_at(close);
    fields.put(address_column, address);
    let port = after.strip_prefix(b"]:").unwrap_or_default();
    fields.put(port_column, port.strip_suffix(b":").unwrap_or(port));
}

fn pairs_of<'a>(text: &'a [u8], between: u8, fields: &mut Fields<'a>) {
    for pair in text.split(|byte| *byte == between) {
        let pair = pair.trim_ascii();
        let Some(at) = memchr::memchr(b'=', pair) else {
            continue;
        };
        let (name, value) = (
            pair.get(..at).unwrap_or_default(),
            pair.get(at + 1..).unwrap_or_default(),
        );
        let bare = value
            .strip_prefix(b"<")
            .and_then(|value| value.strip_suffix(b">"))
            .unwrap_or(value);
        match name {
            b"from" => fields.put(Column::EmailFrom, bare),
            b"to" => fields.put(Column::EmailTo, bare),
            b"client" => client(value, fields),
            b"relay" => end_of(
                value,
                [
                    Column::DestinationHost,
                    Column::DestinationAddress,
                    Column::DestinationPort,
                ],
                fields,
            ),
            b"status" => {
                fields.put(
                    Column::Status,
                    value.split(|byte| *byte == b' ').next().unwrap_or_default(),
                );
                // What follows is the other server's reply, in its words.
                return;
            }
            b"dsn" => fields.put(Column::StatusCode, value),
            b"size" => fields.put(Column::BytesOut, value),
            b"sasl_username" => fields.put(Column::User, bare),
            b"proto" => fields.put(Column::Protocol, value),
            _ => fields.put_rest(|| String::from_utf8_lossy(name), || String::from_utf8_lossy(bare)),
        }
    }
}
