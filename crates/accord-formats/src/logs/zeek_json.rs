//! Zeek as JSON: `ts` is ISO 8601 with zone, epoch seconds, or epoch milliseconds, as Zeek is configured.

use super::json::{self, Keys};
use super::{Depth, LineFacts};

const KEYS: Keys = Keys {
    time: &["ts"],
    records: None,
};

pub(super) fn line(line: &[u8], depth: Depth) -> LineFacts {
    json::line(line, &KEYS, depth)
}
