//! RADIUS accounting: who had which address in which session.
//!
//! The detail file of FreeRADIUS and of GNU Radius (a line with the date, then `Attribute = value` lines) is read line by
//! line: each tells what it holds, and what belongs together is not joined here. Forms with a whole record in one line
//! (`linelog`, vendors' exports: `Acct-Status-Type=Start,User-Name=jo,...`) tell all of it. Attributes: RFC 2865, 2866,
//! 2869 and 6911.

use memchr::memmem;

use super::clock::WallTime;
use super::fields::{Column, Fields};
use super::syslog;
use super::time::{epoch_text_ms, rfc3339_prefix};
use super::{Depth, LineFacts, LineTime, Outcome, address, dhcp, pairs};

pub(super) fn line(line: &[u8], depth: Depth) -> LineFacts {
    let mut facts = match form(line) {
        Some(form) => LineFacts {
            time: form.time(line),
            ..LineFacts::bare(Outcome::Parsed)
        },
        None => LineFacts::bare(Outcome::NotParsed),
    };
    if depth == Depth::Full {
        address::in_text(line, &mut facts.addresses);
    }
    facts
}

pub(super) fn fields<'a>(line: &'a [u8], fields: &mut Fields<'a>) -> Outcome {
    let Some(form) = form(line) else {
        return Outcome::NotParsed;
    };
    fields.set_time(form.time(line));
    match form {
        Form::Date(wall) => fields.set_wall(Some(wall)),
        Form::Attribute(name, value) => attribute(name, value, fields),
        Form::Record => {
            fields.set_wall(
                WallTime::iso_prefix(line)
                    .or_else(|| WallTime::bsd_prefix(line))
                    .map(|(wall, _)| wall),
            );
            pairs::each(line, &mut |name, value| attribute(name, value, fields));
        }
    }
    Outcome::Parsed
}

/// Whether a line is one of a detail file, other than its date.
pub(super) fn is_attribute(line: &[u8]) -> bool {
    matches!(form(line), Some(Form::Attribute(..)))
}

/// Whether a line holds a whole record.
pub(super) fn is_record(line: &[u8]) -> bool {
    matches!(form(line), Some(Form::Record))
}

enum Form<'a> {
    Date(WallTime),
    Attribute(&'a [u8], &'a [u8]),
    Record,
}

impl Form<'_> {
    fn time(&self, line: &[u8]) -> LineTime {
        match self {
            Self::Date(_) => LineTime::Unknown,
            Self::Attribute(b"Timestamp", value) => epoch_text_ms(value).into(),
            Self::Attribute(..) => LineTime::Unknown,
            Self::Record => match rfc3339_prefix(line) {
                Some((ms, _)) => LineTime::At(ms),
                None => syslog::entry(line).map_or_else(|| timestamp(line), |entry| entry.time()),
            },
        }
    }
}

/// The attribute `Timestamp` of a record in one line: epoch seconds, of the server's clock.
fn timestamp(line: &[u8]) -> LineTime {
    let mut time = LineTime::Unknown;
    pairs::each(line, &mut |name, value| {
        if name == b"Timestamp" && time == LineTime::Unknown {
            time = epoch_text_ms(value).into();
        }
    });
    time
}

fn form(line: &[u8]) -> Option<Form<'_>> {
    if let Some(wall) = WallTime::ctime(line) {
        return Some(Form::Date(wall));
    }
    if memchr::memchr_iter(b'=', line).take(3).count() == 3 && memmem::find(line, b"Acct-").is_some() {
        return Some(Form::Record);
    }
    let text = line.trim_ascii();
    let at = memmem::find(text, b" = ")?;
    let (name, value) = (text.get(..at)?, text.get(at + 3..)?);
    let is_name = name.first().is_some_and(u8::is_ascii_alphabetic)
        && name.len() <= 64
        && name
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':'));
    let value = value
        .strip_prefix(b"\"")
        .and_then(|inside| inside.strip_suffix(b"\""))
        .unwrap_or(value);
    is_name.then_some(Form::Attribute(name, value))
}

fn attribute<'a>(name: &'a [u8], value: &'a [u8], fields: &mut Fields<'a>) {
    let column = match name {
        b"User-Name" => Column::User,
        b"Framed-IP-Address" | b"Framed-Address" | b"Framed-IPv6-Address" => Column::SourceAddress,
        b"Calling-Station-Id" if dhcp::is_mac(value) => Column::SourceMac,
        b"NAS-IP-Address" | b"NAS-IPv6-Address" => Column::DestinationAddress,
        b"NAS-Identifier" => Column::Device,
        b"Acct-Status-Type" => Column::Activity,
        b"Acct-Session-Id" => Column::Session,
        // RFC 2866 section 5.3: received from the port, which the user sent.
        b"Acct-Input-Octets" => Column::BytesOut,
        b"Acct-Output-Octets" => Column::BytesIn,
        b"Acct-Terminate-Cause" => Column::Status,
        _ => {
            return fields.put_rest(
                || String::from_utf8_lossy(name),
                || String::from_utf8_lossy(value),
            );
        }
    };
    fields.put(column, value);
}
