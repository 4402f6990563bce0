//! Where the record of a line lies in the file: the last member of the line's object.

use std::io::Write;

use memchr::memmem;
use serde::{Deserialize, Serialize};

/// Stands before the place in every line.
const MEMBER: &[u8] = b"\"evtx\":";

/// Where the record of an event lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventPlace {
    /// Its first byte in the file: of its header, `**` NUL NUL.
    pub offset: u64,
    /// How many bytes, header and the copy of its size included; never more than a chunk has.
    pub length: u64,
    /// The record's number.
    pub record: u64,
    /// Whether it was found by its form alone: left from an earlier use of the chunk, or in a chunk without a header.
    #[serde(default, skip_serializing_if = "is_false")]
    pub remnant: bool,
    /// Whether the checksums of its chunk do not hold.
    #[serde(default, skip_serializing_if = "is_false")]
    pub bad_checksum: bool,
}

const fn is_false(value: &bool) -> bool {
    !*value
}

/// Writes the line of an event: the rendered object with the place as its last member, and LF. Nothing where it is no
/// object of one line.
pub(crate) fn line(rendered: &[u8], place: EventPlace) -> Option<Vec<u8>> {
    let body = rendered
        .strip_suffix(b"}")
        .filter(|body| body.starts_with(b"{"))?;
    if memchr::memchr(b'\n', rendered).is_some() {
        return None;
    }
    let mut line = Vec::with_capacity(rendered.len() + 96);
    line.extend_from_slice(body);
    if body.len() > 1 {
        line.push(b',');
    }
    line.extend_from_slice(MEMBER);
    serde_json::to_writer(&mut line, &place).ok()?;
    line.write_all(b"}\n").ok()?;
    Some(line)
}

/// The place that a line names, with or without its line end; nothing where it is none that this crate made.
#[must_use]
pub fn place_of(line: &[u8]) -> Option<EventPlace> {
    let line = line.strip_suffix(b"\n").unwrap_or(line).strip_suffix(b"}")?;
    // The last one is the crate's own, whatever an event calls its parts: only its end is looked at, and what stands in
    // a text has its quotation marks escaped.
    let at = memmem::rfind(line, MEMBER)?;
    serde_json::from_slice(line.get(at + MEMBER.len()..)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: EventPlace = EventPlace {
        offset: 4608,
        length: 1000,
        record: 7,
        remnant: false,
        bad_checksum: false,
    };

    #[test]
    fn lines_end_in_the_place() {
        let remnant = EventPlace {
            remnant: true,
            bad_checksum: true,
            ..PLACE
        };
        for (rendered, place, expected) in [
            (
                r#"{"Event":{"System":{}}}"#,
                PLACE,
                r#"{"Event":{"System":{}},"evtx":{"offset":4608,"length":1000,"record":7}}"#,
            ),
            (
                "{}",
                remnant,
                r#"{"evtx":{"offset":4608,"length":1000,"record":7,"remnant":true,"bad_checksum":true}}"#,
            ),
            // An event may say what it likes.
            (
                r#"{"evtx":{"offset":1,"length":1,"record":1},"a":"\"evtx\":{}"}"#,
                PLACE,
                r#"{"evtx":{"offset":1,"length":1,"record":1},"a":"\"evtx\":{}","evtx":{"offset":4608,"length":1000,"record":7}}"#,
            ),
        ] {
            let made = line(rendered.as_bytes(), place).unwrap();
            assert_eq!(made, format!("{expected}\n").as_bytes());
            assert_eq!(place_of(&made), Some(place));
            assert_eq!(place_of(expected.as_bytes()), Some(place));
        }
    }

    #[test]
    fn what_is_no_line_of_ours_has_no_place() {
        for rendered in ["", "{", "}", "[]", "null", "{\n}", "{\"a\":\n1}"] {
            assert_eq!(line(rendered.as_bytes(), PLACE), None, "{rendered}");
        }
        for line in [
            "",
            "{}",
            "{\"evtx\":{}}",
            "{\"evtx\":{\"offset\":1,\"length\":1}}",
            "{\"evtx\":{\"offset\":-1,\"length\":1,\"record\":1}}",
            "{\"evtx\":{\"offset\":1,\"length\":1,\"record\":1},\"a\":1}",
            "{\"evtx\":{\"offset\":1,\"length\":1,\"record\":1}} ",
        ] {
            assert_eq!(place_of(line.as_bytes()), None, "{line}");
        }
    }
}
