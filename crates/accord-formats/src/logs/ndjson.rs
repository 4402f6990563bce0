//! Any JSON object a line: the time under the names that log shippers use.

use super::json::{self, Keys};
use super::{Depth, LineFacts};

const KEYS: Keys = Keys {
    time: &[
        "@timestamp",
        "timestamp",
        "ts",
        "time",
        "eventTime",
        "event_time",
        "datetime",
        "date",
        "_time",
    ],
    records: None,
};

pub(super) fn line(line: &[u8], depth: Depth) -> LineFacts {
    json::line(line, &KEYS, depth)
}
