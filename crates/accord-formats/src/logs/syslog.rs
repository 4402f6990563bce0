//! Syslog: RFC 5424 (a full time), and RFC 3164 (`Oct 11 22:14:15`: no year, no zone, so the time is unknown).
//!
//! Daemons that write RFC 3339 times in the place of the old form (rsyslog's default file format) are read too.

use super::time::{Cursor, month_number, rfc3339_prefix};
use super::{Depth, LineFacts, LineTime, Outcome, address};

pub(super) fn line(line: &[u8], depth: Depth) -> LineFacts {
    let mut facts = match header(line) {
        Some(time) => LineFacts {
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

/// The time of a line that has a syslog header; `None` where it has none.
pub(super) fn header(line: &[u8]) -> Option<LineTime> {
    let rest = match line.first() {
        Some(b'<') => after_priority(line)?,
        _ => line,
    };
    // RFC 5424 section 6.2: the version after the priority; "-" where the time is not known.
    let body = rest.strip_prefix(b"1 ").unwrap_or(rest);
    if body.len() != rest.len() && body.starts_with(b"- ") {
        return Some(LineTime::Unknown);
    }
    if let Some((ms, after)) = rfc3339_prefix(body) {
        return after.starts_with(b" ").then_some(LineTime::At(ms));
    }
    old_form(rest).then_some(LineTime::Unknown)
}

/// After `<0>` to `<191>` (RFC 5424 section 6.2.1).
fn after_priority(line: &[u8]) -> Option<&[u8]> {
    let inside = line.strip_prefix(b"<")?;
    let end = inside.iter().take(4).position(|byte| *byte == b'>')?;
    let (digits, rest) = inside.split_at_checked(end)?;
    let value: u16 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    (value <= 191).then(|| rest.strip_prefix(b">")).flatten()
}

/// `Mmm dd hh:mm:ss ` with a day of one or two digits (RFC 3164 section 4.1.2).
fn old_form(rest: &[u8]) -> bool {
    let read = || -> Option<()> {
        let (name, after) = rest.split_at_checked(3)?;
        month_number(name)?;
        let mut cursor = Cursor(after);
        cursor.one_of(b" ")?;
        // " 1", "11", or "1" as some daemons write it.
        let padded = cursor.one_of(b" ").is_some();
        if padded || cursor.digits(2).is_none() {
            cursor.digits(1)?;
        }
        cursor.one_of(b" ")?;
        cursor.digits(2)?;
        cursor.one_of(b":")?;
        cursor.digits(2)?;
        cursor.one_of(b":")?;
        cursor.digits(2)?;
        cursor.one_of(b" ").map(|_| ())
    };
    read().is_some()
}
