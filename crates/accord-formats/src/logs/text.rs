//! Any text: no time is told, except a full RFC 3339 time at the very start of the line.

use super::time::rfc3339_prefix;
use super::{Depth, LineFacts, Outcome, address};

pub(super) fn line(line: &[u8], depth: Depth) -> LineFacts {
    let mut facts = LineFacts::bare(Outcome::Parsed);
    let ends_word = |rest: &[u8]| rest.first().is_none_or(|byte| !byte.is_ascii_alphanumeric());
    facts.time = rfc3339_prefix(line)
        .filter(|(_, rest)| ends_word(rest))
        .map(|(ms, _)| ms)
        .into();
    if depth == Depth::Full {
        address::in_text(line, &mut facts.addresses);
    }
    facts
}
