//! Suricata EVE: `timestamp` is ISO 8601 with its zone (`-0600`).
//!
//! A pretty-printed file is no EVE record per line: its lines are not parsed. The lines that hold a `timestamp` alone
//! still tell their time, so that the span of such a file is known.

use super::json::{self, Keys};
use super::time::parse_rfc3339_ms;
use super::{Depth, LineFacts, Outcome};

const KEYS: Keys = Keys {
    time: &["timestamp"],
    records: None,
};

pub(super) fn line(line: &[u8], depth: Depth) -> LineFacts {
    let mut facts = json::line(line, &KEYS, depth);
    if facts.outcome == Outcome::NotParsed {
        if let Some(ms) = lone_timestamp_ms(line) {
            facts.time = super::LineTime::At(ms);
        }
        if depth == Depth::Full {
            super::address::in_text(line, &mut facts.addresses);
        }
    }
    facts
}

fn lone_timestamp_ms(line: &[u8]) -> Option<i64> {
    let value = line
        .trim_ascii()
        .strip_prefix(b"\"timestamp\"")?
        .trim_ascii_start()
        .strip_prefix(b":")?
        .trim_ascii();
    let value = value.strip_suffix(b",").unwrap_or(value).trim_ascii_end();
    parse_rfc3339_ms(value.strip_prefix(b"\"")?.strip_suffix(b"\"")?)
}
