//! Common and combined access log: `host ident user [17/May/2015:10:05:03 +0000] "request" ...`.
//!
//! The host is the one address field; addresses in the request or the referrer were written by the client.

use std::borrow::Cow;

use super::fields::{Column, Fields};
use super::time::{Cursor, civil_seconds, named_date};
use super::{Depth, LineFacts, LineTime, Outcome, address, pairs};

pub(super) fn line(line: &[u8], depth: Depth) -> LineFacts {
    let Some(Parts { host, ms, .. }) = parts(line) else {
        let mut facts = LineFacts::bare(Outcome::NotParsed);
        if depth == Depth::Full {
            address::in_text(line, &mut facts.addresses);
        }
        return facts;
    };
    let mut facts = LineFacts {
        time: LineTime::At(ms),
        ..LineFacts::bare(Outcome::Parsed)
    };
    if depth == Depth::Full {
        address::in_text(host, &mut facts.addresses);
    }
    facts
}

/// The same for the columns: `host ident user [time] "request" status bytes "referrer" "user agent"`.
pub(super) fn fields<'a>(line: &'a [u8], fields: &mut Fields<'a>) -> Outcome {
    let Some(found) = parts(line) else {
        return Outcome::NotParsed;
    };
    fields.set_time(LineTime::At(found.ms));
    fields.put(Column::SourceAddress, found.host);
    fields.put(Column::User, found.user);
    let mut rest = found.after;
    let mut quoted = || {
        let (before, inside) = rest.split_at_checked(memchr::memchr(b'"', rest)?)?;
        let inside = inside.get(1..)?;
        let end = pairs::closing_quote(inside);
        let text = inside.get(..end)?;
        rest = inside.get(end + 1..).unwrap_or_default();
        Some((before, text, rest))
    };
    if let Some((_, text, after)) = quoted() {
        request(text, fields);
        let mut numbers = after.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
        fields.put(Column::StatusCode, numbers.next().unwrap_or_default());
        fields.put(Column::BytesIn, numbers.next().unwrap_or_default());
        if let Some((_, referrer, _)) = quoted() {
            fields.put(Column::Referrer, referrer);
        }
        if let Some((_, agent, after)) = quoted() {
            fields.put(Column::UserAgent, agent);
            fields.put_rest(
                || Cow::Borrowed("after"),
                || String::from_utf8_lossy(after.trim_ascii()),
            );
        }
    }
    Outcome::Parsed
}

/// `GET /path HTTP/1.1`. What is no request line (a TLS hello, a port scan) is told as it is.
pub(super) fn request<'a>(text: &'a [u8], fields: &mut Fields<'a>) {
    let mut words = text.splitn(2, |byte| *byte == b' ');
    let method = words.next().unwrap_or_default();
    let target = words.next().unwrap_or_default();
    if target.is_empty() || !method.iter().all(u8::is_ascii_alphabetic) {
        return fields.put_rest(|| Cow::Borrowed("request"), || String::from_utf8_lossy(text));
    }
    // A target may hold spaces where the client sent them; the version is the last word.
    let end = memchr::memmem::rfind(target, b" HTTP/").unwrap_or(target.len());
    fields.put(Column::Method, method);
    fields.put(Column::Url, target.get(..end).unwrap_or_default());
}

/// The whole text as the time of an access log, without brackets.
pub(super) fn time_ms(text: &[u8]) -> Option<i64> {
    // As short a look as possible at text that is no such time: it stands in every JSON string's way.
    (text.len() == 26 && text.get(2) == Some(&b'/'))
        .then(|| clock_ms(&mut Cursor(text)))
        .flatten()
}

struct Parts<'a> {
    host: &'a [u8],
    user: &'a [u8],
    ms: i64,
    after: &'a [u8],
}

/// The first field, the user, the time and what follows it.
fn parts(line: &[u8]) -> Option<Parts<'_>> {
    let (host, rest) = word(line)?;
    let (_ident, rest) = word(rest)?;
    if host.is_empty() {
        return None;
    }
    // A user name may hold spaces; the time is the first bracket whose inside is a time.
    let mut from = word(rest)?.0.len() + 1;
    // The request starts at the first quote; a bracket after it is not the time.
    let quote = memchr::memchr(b'"', rest.get(from..)?).map_or(rest.len(), |at| from + at);
    while let Some(at) = rest.get(from..quote).and_then(|part| memchr::memchr(b'[', part)) {
        let bracket = from + at;
        from = bracket + 1;
        let mut cursor = Cursor(rest.get(from..)?);
        if let Some(ms) = clock_ms(&mut cursor)
            && cursor.one_of(b"]").is_some()
        {
            return Some(Parts {
                host,
                user: rest.get(..bracket)?.trim_ascii_end(),
                ms,
                after: cursor.0,
            });
        }
    }
    None
}

/// Up to the next space, and what follows the space.
fn word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(b' ', text)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

fn clock_ms(cursor: &mut Cursor<'_>) -> Option<i64> {
    let (year, month, day) = named_date(cursor, b"/")?;
    cursor.one_of(b":")?;
    let hour = cursor.digits(2)?;
    cursor.one_of(b":")?;
    let minute = cursor.digits(2)?;
    cursor.one_of(b":")?;
    let second = cursor.digits(2)?;
    cursor.one_of(b" ")?;
    let zone = cursor.zone_seconds()?;
    Some((civil_seconds(year, month, day, (hour, minute, second))? - zone) * 1000)
}
