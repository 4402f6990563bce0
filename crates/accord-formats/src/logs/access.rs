//! Common and combined access log: `host ident user [17/May/2015:10:05:03 +0000] "request" ...`.
//!
//! The host is the one address field; addresses in the request or the referrer were written by the client.

use super::time::{Cursor, civil_seconds, month_number};
use super::{Depth, LineFacts, LineTime, Outcome, address};

pub(super) fn line(line: &[u8], depth: Depth) -> LineFacts {
    let Some((host, ms)) = parts(line) else {
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

/// The first field, and the time.
fn parts(line: &[u8]) -> Option<(&[u8], i64)> {
    let mut fields = line.splitn(4, |byte| *byte == b' ');
    let host = fields.next().filter(|host| !host.is_empty())?;
    let _ident = fields.next()?;
    let _user = fields.next()?;
    let rest = fields.next()?;
    // A user name may hold spaces; the time is the first bracket whose inside is a time.
    let mut from = 0;
    while let Some(at) = memchr::memchr(b'[', rest.get(from..)?) {
        from += at + 1;
        // The request starts at the first quote; a bracket after it is not the time.
        if rest.get(..from)?.contains(&b'"') {
            return None;
        }
        if let Some(ms) = bracketed_ms(rest.get(from..)?) {
            return Some((host, ms));
        }
    }
    None
}

fn bracketed_ms(inside: &[u8]) -> Option<i64> {
    let mut cursor = Cursor(inside);
    let day = cursor.digits(2)?;
    cursor.one_of(b"/")?;
    let (name, rest) = cursor.0.split_at_checked(3)?;
    let month = month_number(name)?;
    cursor.0 = rest;
    cursor.one_of(b"/")?;
    let year = cursor.digits(4)?;
    cursor.one_of(b":")?;
    let hour = cursor.digits(2)?;
    cursor.one_of(b":")?;
    let minute = cursor.digits(2)?;
    cursor.one_of(b":")?;
    let second = cursor.digits(2)?;
    cursor.one_of(b" ")?;
    let zone = cursor.zone_seconds()?;
    cursor.one_of(b"]")?;
    Some((civil_seconds(year, month, day, (hour, minute, second))? - zone) * 1000)
}
