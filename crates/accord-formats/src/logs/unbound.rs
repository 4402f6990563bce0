//! Unbound with `log-queries`, `log-replies`, `log-tag-queryreply` or `log-local-actions` (unbound.conf(5)):
//! `[1587387141] unbound[1:0] info: 192.0.2.1 www.example. A IN`, with `NOERROR 0.000 0 44` behind a reply; and the same
//! message through syslog.

use super::fields::{Column, Fields};
use super::syslog::{self, Entry};
use super::time::epoch_text_ms;
use super::{Depth, LineFacts, LineTime, Outcome, address};

pub(super) fn line(line: &[u8], depth: Depth) -> LineFacts {
    let mut facts = match parts(line) {
        Some((ms, _)) => LineFacts {
            time: LineTime::At(ms),
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
    let Some((ms, text)) = parts(line) else {
        return syslog::fields_of(line, fields, is);
    };
    fields.set_time(LineTime::At(ms));
    message(text, fields);
    fields.put(Column::Message, text);
    Outcome::Parsed
}

pub(super) fn is(entry: &Entry<'_>) -> bool {
    entry.program == b"unbound"
}

/// A line of Unbound's own file: its time and the message.
fn parts(line: &[u8]) -> Option<(i64, &[u8])> {
    let inside = line.strip_prefix(b"[")?;
    let close = inside.iter().take(20).position(|byte| *byte == b']')?;
    let ms = epoch_text_ms(inside.get(..close)?)?;
    let rest = inside.get(close + 1..)?.strip_prefix(b" unbound[")?;
    let end = memchr::memchr(b' ', rest)?;
    Some((ms, rest.get(end + 1..)?))
}

pub(super) fn message<'a>(text: &'a [u8], fields: &mut Fields<'a>) {
    let mut words = text.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    let mut word = words.next().unwrap_or_default();
    if word.starts_with(b"[") {
        // Through syslog: the process and the thread again.
        word = words.next().unwrap_or_default();
    }
    if !matches!(word, b"info:" | b"query:" | b"reply:") {
        return;
    }
    let Some(client) = words.next().filter(|client| address::whole(client).is_some()) else {
        return;
    };
    let (Some(name), Some(kind), Some(_class)) = (words.next(), words.next(), words.next()) else {
        return;
    };
    let status = words.next();
    fields.put(Column::SourceAddress, client);
    fields.put(Column::QueryName, name);
    fields.put(Column::QueryType, kind);
    fields.put(
        Column::Activity,
        if status.is_some() { b"Response" } else { b"Query" },
    );
    fields.put(Column::Status, status.unwrap_or_default());
    let (_seconds, cached, size) = (words.next(), words.next(), words.next());
    fields.put_rest(
        || "cached".into(),
        || String::from_utf8_lossy(cached.unwrap_or_default()),
    );
    fields.put(Column::BytesIn, size.unwrap_or_default());
}
