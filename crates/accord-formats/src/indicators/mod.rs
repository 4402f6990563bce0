//! Readers of indicator sources: bytes in, rows out.
//!
//! A source is a text list, a CSV table, a STIX 2.1 bundle, a MISP event, a Zeek intel file, a hosts file, an RPZ
//! zone or a MISP warninglist; which one is told by its content, never by its name. Every entry of a source, good
//! or bad, is handed to the caller as one [`Row`], in the order of the source, so that the rows of a source always
//! add up: what was read, what was left out, and why.
//!
//! Invariants: one bad row never costs the rows beside it; nothing here decides whether a value is a usable
//! indicator (the matcher's pattern parser does, once, for all formats); nothing allocates per row in the formats
//! that come in millions of rows.
//!
//! Deliberately absent: files, decompression (`accord-scan`), and any fetching of feeds.

mod column;
mod hosts;
mod json;
mod lines;
mod misp;
mod packed;
mod parts;
mod row;
mod rpz;
mod sniff;
mod stix;
mod stix_pattern;
mod table;
mod text;
mod tree;
mod warninglist;
mod zeek_intel;

pub use column::read_column;
pub(crate) use json::parse as parse_json;
pub use json::{MAX_JSON_BYTES, MAX_JSON_VALUES};
pub use lines::{MAX_LINE_BYTES, MAX_VALUE_BYTES};
pub use packed::unpacked;
pub use parts::{Part, Parts, parts};
pub use row::{Content, Format, MAX_LABELS, NotUsed, ReadError, Row};
pub use sniff::sniff;
pub use stix_pattern::{MAX_COMPARISONS, MAX_PATTERN_BYTES, pattern_values};
pub use table::MAX_QUOTED_LINES;
pub(crate) use tree::{Keep, Node};

/// Reads a whole source and hands each of its entries to `on_row`, in order.
///
/// # Errors
/// Only what leaves nothing to read: broken JSON that cannot be repaired, JSON of an unknown shape, or a JSON
/// document larger than [`MAX_JSON_BYTES`] or of more than [`MAX_JSON_VALUES`] values. Everything else is a row with [`Content::NotUsed`].
pub fn read(bytes: &[u8], on_row: &mut dyn FnMut(Row<'_>)) -> Result<Format, ReadError> {
    let bytes = lines::without_byte_order_mark(bytes);
    let format = sniff::line_format(bytes);
    match format {
        None => return json::read(bytes, on_row),
        Some(Format::Text) => text::read(bytes, on_row),
        Some(Format::ZeekIntel) => zeek_intel::read(bytes, on_row),
        Some(Format::Hosts) => hosts::read(bytes, on_row),
        Some(Format::Rpz) => rpz::read(bytes, on_row),
        Some(_) => table::read(bytes, on_row),
    }
    Ok(format.unwrap_or(Format::Text))
}

#[cfg(test)]
mod tests;
