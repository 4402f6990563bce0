//! AWS CloudTrail: a whole file is often one line `{"Records":[...]}`; its time is then the span of its events.

use super::json::{self, Keys};
use super::{Depth, LineFacts};

/// The key of the list of events.
pub(super) const RECORDS: Option<&str> = Some("Records");

const KEYS: Keys = Keys {
    time: &["eventTime"],
    records: RECORDS,
};

pub(super) fn line(line: &[u8], depth: Depth) -> LineFacts {
    json::line(line, &KEYS, depth)
}
