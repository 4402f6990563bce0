//! Squid's native access log: `time elapsed client code/status bytes method URL user hierarchy/peer type`, the time in
//! epoch seconds with milliseconds (Squid wiki, "Log Formats"; `logformat squid`).

use super::fields::{Column, Fields};
use super::time::epoch_text_ms;
use super::{Depth, LineFacts, LineTime, Outcome, address};

pub(super) fn line(line: &[u8], depth: Depth) -> LineFacts {
    let mut facts = match time(line) {
        Some((ms, _)) => LineFacts {
            time: LineTime::At(ms),
            ..LineFacts::bare(Outcome::Parsed)
        },
        None => LineFacts::bare(Outcome::NotParsed),
    };
    if depth == Depth::Full {
        address::in_text(line, &mut facts.addresses);
    }
    facts
}

/// The time of a line that has the form, and the fields behind the elapsed time.
fn time(line: &[u8]) -> Option<(i64, &[u8])> {
    let at = line.iter().take(20).position(|byte| *byte == b' ')?;
    let stamp = line.get(..at)?;
    // A whole number of seconds begins many things; Squid writes the milliseconds.
    memchr::memchr(b'.', stamp)?;
    let ms = epoch_text_ms(stamp)?;
    let rest = line.get(at..)?.trim_ascii_start();
    let (elapsed, rest) = rest.split_at_checked(memchr::memchr(b' ', rest)?)?;
    let digits = elapsed.strip_prefix(b"-").unwrap_or(elapsed);
    let rest = rest.trim_ascii_start();
    let code = rest.split(|byte| *byte == b' ').nth(1)?;
    let is_code = code
        .iter()
        .take_while(|byte| byte.is_ascii_uppercase() || **byte == b'_')
        .count()
        >= 3
        && memchr::memchr(b'/', code).is_some();
    (digits.iter().all(u8::is_ascii_digit) && is_code).then_some((ms, rest))
}

pub(super) fn fields<'a>(line: &'a [u8], fields: &mut Fields<'a>) -> Outcome {
    let Some((ms, rest)) = time(line) else {
        return Outcome::NotParsed;
    };
    fields.set_time(LineTime::At(ms));
    let mut words = rest.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    let mut next = || words.next().unwrap_or_default();
    fields.put(Column::SourceAddress, next());
    let (action, status) = halves(next());
    fields.put(Column::Action, action);
    fields.put(Column::StatusCode, status);
    fields.put(Column::BytesIn, next());
    fields.put(Column::Method, next());
    fields.put(Column::Url, next());
    fields.put(Column::User, next());
    let (hierarchy, peer) = halves(next());
    fields.put_rest(|| "hierarchy".into(), || String::from_utf8_lossy(hierarchy));
    fields.put(Column::DestinationAddress, peer);
    let kind = next();
    fields.put_rest(|| "content_type".into(), || String::from_utf8_lossy(kind));
    Outcome::Parsed
}

/// Before and after the slash.
fn halves(word: &[u8]) -> (&[u8], &[u8]) {
    let at = memchr::memchr(b'/', word).unwrap_or(word.len());
    (
        word.get(..at).unwrap_or_default(),
        word.get(at + 1..).unwrap_or_default(),
    )
}
