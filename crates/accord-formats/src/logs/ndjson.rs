//! Any JSON object a line: the time under the names that log shippers use.

use super::fields::Records;
use super::json::{self, Keys};
use super::json_fields::{self, Rule, Rules};
use super::{Depth, LineFacts, Outcome};

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

/// The same times, and everything else by the names that many programs use.
pub(super) const RULES: Rules = Rules::Names(&[
    ("@timestamp", Rule::Time(0)),
    ("timestamp", Rule::Time(1)),
    ("ts", Rule::Time(2)),
    ("time", Rule::Time(3)),
    ("eventTime", Rule::Time(4)),
    ("event_time", Rule::Time(5)),
    ("datetime", Rule::Time(6)),
    ("date", Rule::Time(7)),
    ("_time", Rule::Time(8)),
]);

pub(super) fn line(line: &[u8], depth: Depth) -> LineFacts {
    json::line(line, &KEYS, depth)
}

pub(super) fn fields<'a>(line: &'a [u8], records: &mut Records<'a>) -> Outcome {
    json_fields::read(line, RULES, records)
}
