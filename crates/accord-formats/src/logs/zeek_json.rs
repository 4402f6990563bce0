//! Zeek as JSON: `ts` is ISO 8601 with zone, epoch seconds, or epoch milliseconds, as Zeek is configured.
//!
//! A record without `ts` (`loaded_scripts`, `packet_filter`) was written at `_write_ts`.

use super::json::{self, Keys};
use super::{Depth, LineFacts};

const KEYS: Keys = Keys {
    time: &["ts", "_write_ts"],
    records: None,
};

pub(super) fn line(line: &[u8], depth: Depth) -> LineFacts {
    json::line(line, &KEYS, depth)
}
