//! MISP warninglists, as allow lists.
//!
//! `hostname`: the name and everything below it; `cidr`: networks; `string`: equal values. `substring` and `regex` cannot be
//! applied to a compiled watchlist without surprises and are reported as not usable.

use serde_json::Value;

use super::lines;
use super::row::{Content, NotUsed, Row};

/// Reads a warninglist.
pub(super) fn read(document: &Value, on_row: &mut dyn FnMut(Row<'_>)) {
    let kind = document.get("type").and_then(Value::as_str).unwrap_or("string");
    let entries = document
        .get("list")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    for (place, entry) in (1_u64..).zip(entries) {
        let Some(value) = entry.as_str().map(str::trim).filter(|value| !value.is_empty()) else {
            lines::not_used(place, "", NotUsed::Malformed, on_row);
            continue;
        };
        match kind {
            "substring" => lines::not_used(place, value, NotUsed::AllowSubstring, on_row),
            "regex" => lines::not_used(place, value, NotUsed::AllowRegex, on_row),
            _ => {
                let below = kind == "hostname";
                let value = if below {
                    value.trim_start_matches('.')
                } else {
                    value
                };
                on_row(Row {
                    place,
                    content: Content::Allow { value, below },
                });
            }
        }
    }
}
