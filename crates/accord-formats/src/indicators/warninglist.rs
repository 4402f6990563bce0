//! MISP warninglists, as allow lists.
//!
//! `hostname`: the name and everything below it; `cidr`: networks; `string`: equal values. `substring` and `regex` cannot be
//! applied to a compiled watchlist without surprises and are reported as not usable.

use super::lines;
use super::row::{Content, NotUsed, Row};
use super::tree::Node;

/// Reads a warninglist.
pub(super) fn read(document: &Node<'_>, on_row: &mut dyn FnMut(Row<'_>)) {
    let kind = document.text("type").unwrap_or("string");
    for (place, entry) in (1_u64..).zip(document.items("list")) {
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
