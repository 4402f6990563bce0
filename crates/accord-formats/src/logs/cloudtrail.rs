//! AWS CloudTrail: a whole file is often one line `{"Records":[...]}`; its time is then the span of its events.

use super::json::{self, Keys};
use super::{Depth, LineFacts};

const KEYS: Keys = Keys {
    time: &["eventTime"],
    records: Some("Records"),
};

pub(super) fn line(line: &[u8], depth: Depth) -> LineFacts {
    json::line(line, &KEYS, depth)
}
