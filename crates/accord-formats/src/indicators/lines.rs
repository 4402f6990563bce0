//! Lines of a text source: numbered, trimmed, checked for UTF-8 and length.

use super::row::{Content, NotUsed, Row};

/// The longest value of one row, in bytes. The longest URL that browsers and proxies agree on is 8,000 octets
/// (RFC 9110, section 4.1), so a longer one is not an indicator but an accident.
pub const MAX_VALUE_BYTES: usize = 8192;

/// The longest line that is read, and the longest record of a table over several lines, in bytes. What a reader keeps of a
/// line (its fields, its words) can be some 60 times its length, where all of it is separators.
pub const MAX_LINE_BYTES: usize = 1 << 20;

/// How much of an unusable entry is repeated in a report, in bytes.
const SHOWN_BYTES: usize = 120;

/// The bytes without a UTF-8 byte order mark.
pub(super) fn without_byte_order_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)
}

/// All lines with their number from 1, without LF and the CR before it. A last line needs no LF.
pub(super) fn numbered(bytes: &[u8]) -> Numbered<'_> {
    Numbered {
        rest: bytes,
        number: 0,
    }
}

/// The iterator of [`numbered`]. Cheap to clone, so that a reader can look ahead.
#[derive(Debug, Clone)]
pub(super) struct Numbered<'a> {
    rest: &'a [u8],
    number: u64,
}

impl<'a> Numbered<'a> {
    /// What is not read yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// How many lines were read.
    pub(super) fn passed(&self) -> u64 {
        self.number
    }

    /// Takes the lines up to the first that ends at `bytes` of what is left, or beyond. Without numbers.
    pub(super) fn split_off(&mut self, bytes: usize) -> &'a [u8] {
        let far = self.rest.get(bytes.saturating_sub(1)..).unwrap_or_default();
        let end =
            memchr::memchr(b'\n', far).map_or(self.rest.len(), |more| bytes.saturating_sub(1) + more + 1);
        let (lines, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, &[]));
        self.rest = rest;
        lines
    }
}

impl<'a> Iterator for Numbered<'a> {
    type Item = (u64, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        self.number += 1;
        let (line, tail) = match memchr::memchr(b'\n', self.rest) {
            Some(end) => (self.rest.get(..end)?, self.rest.get(end + 1..)?),
            None => (self.rest, &b""[..]),
        };
        self.rest = tail;
        Some((self.number, line.strip_suffix(b"\r").unwrap_or(line)))
    }
}

/// The line as text, or reports why not.
pub(super) fn checked<'a>(place: u64, line: &'a [u8], on_row: &mut dyn FnMut(Row<'_>)) -> Option<&'a str> {
    let reason = match text(line) {
        Some(text) => return Some(text),
        None if line.len() > MAX_LINE_BYTES => NotUsed::LongLine,
        None => NotUsed::NotUtf8,
    };
    let shown = String::from_utf8_lossy(line.get(..SHOWN_BYTES).unwrap_or(line));
    not_used(place, &shown, reason, on_row);
    None
}

/// The line as text, unless it is none or longer than is read.
pub(super) fn text(line: &[u8]) -> Option<&str> {
    match line.len() <= MAX_LINE_BYTES {
        true => std::str::from_utf8(line).ok(),
        false => None,
    }
}

/// Hands out a value, unless it is empty or too long.
pub(super) fn indicator(
    place: u64,
    value: &str,
    labels: &[&str],
    provenance: &str,
    on_row: &mut dyn FnMut(Row<'_>),
) {
    indicator_until(place, value, labels, provenance, "", on_row);
}

/// Hands out a value that holds until an instant, unless it is empty or too long.
pub(super) fn indicator_until(
    place: u64,
    value: &str,
    labels: &[&str],
    provenance: &str,
    until: &str,
    on_row: &mut dyn FnMut(Row<'_>),
) {
    let value = value.trim();
    if value.is_empty() {
        not_used(place, value, NotUsed::Empty, on_row);
    } else if value.len() > MAX_VALUE_BYTES {
        not_used(place, value, NotUsed::TooLong, on_row);
    } else {
        on_row(Row {
            place,
            content: Content::Indicator {
                value,
                labels,
                provenance,
                until,
            },
        });
    }
}

/// Reports an entry that is not used.
pub(super) fn not_used(place: u64, written: &str, reason: NotUsed, on_row: &mut dyn FnMut(Row<'_>)) {
    on_row(Row {
        place,
        content: Content::NotUsed {
            written: shown(written),
            reason,
        },
    });
}

/// As much of an entry as a report repeats.
fn shown(written: &str) -> &str {
    let mut end = SHOWN_BYTES.min(written.len());
    while !written.is_char_boundary(end) {
        end -= 1;
    }
    written.get(..end).unwrap_or_default()
}
