//! Zeek as JSON: `ts` is ISO 8601 with zone, epoch seconds, or epoch milliseconds, as Zeek is configured.
//!
//! A record without `ts` (`loaded_scripts`) tells no time: its `_write_ts` is 1970 in real logs.

use super::fields::Records;
use super::json::{self, Keys};
use super::{Depth, LineFacts, Outcome, json_fields, zeek_columns};

const KEYS: Keys = Keys {
    time: &["ts"],
    records: None,
};

pub(super) fn line(line: &[u8], depth: Depth) -> LineFacts {
    json::line(line, &KEYS, depth)
}

pub(super) fn fields<'a>(line: &'a [u8], records: &mut Records<'a>) -> Outcome {
    json_fields::read(line, zeek_columns::RULES, records)
}
