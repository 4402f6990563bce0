//! Any text: no time is told, except a full RFC 3339 time at the very start of the line. Of the columns only what stands
//! as `name=value`.

use super::clock::WallTime;
use super::fields::{Column, Fields};
use super::time::rfc3339_prefix;
use super::{Depth, LineFacts, LineTime, Outcome, address, pairs};

pub(super) fn line(line: &[u8], depth: Depth) -> LineFacts {
    let mut facts = LineFacts::bare(Outcome::Parsed);
    facts.time = time(line);
    if depth == Depth::Full {
        address::in_text(line, &mut facts.addresses);
    }
    facts
}

pub(super) fn fields<'a>(line: &'a [u8], fields: &mut Fields<'a>) -> Outcome {
    fields.set_time(time(line));
    let wall = WallTime::iso_prefix(line).filter(|(_, rest)| ends_word(rest));
    fields.set_wall(wall.map(|(wall, _)| wall));
    pairs::by_name(line, fields);
    fields.put(Column::Message, line);
    Outcome::Parsed
}

fn time(line: &[u8]) -> LineTime {
    rfc3339_prefix(line)
        .filter(|(_, rest)| ends_word(rest))
        .map(|(ms, _)| ms)
        .into()
}

fn ends_word(rest: &[u8]) -> bool {
    rest.first().is_none_or(|byte| !byte.is_ascii_alphanumeric())
}
