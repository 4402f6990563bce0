//! Hosts files as block lists: an address, then the names that it swallows.
//!
//! The address says only where blocked names are sent; the names are the indicators. The names every system has
//! (`localhost`, `broadcasthost`, `ip6-*`) are skipped in silence, as they are no entries of the list.

use super::lines;
use super::row::Row;
use super::text;

/// Reads a hosts file: one row per name.
pub(super) fn read(bytes: &[u8], on_row: &mut dyn FnMut(Row<'_>)) {
    for (place, line) in lines::numbered(bytes) {
        let Some(text) = lines::checked(place, line, on_row) else {
            continue;
        };
        let mut words = text::value_of(text).split_whitespace();
        if words.next().is_none() {
            continue;
        }
        for name in words.filter(|name| !is_of_every_system(name)) {
            lines::indicator(place, name, &[], "", on_row);
        }
    }
}

/// Whether a name stands in the hosts file of every system.
pub(super) fn is_of_every_system(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower == "local"
        || lower == "0.0.0.0"
        || lower == "broadcasthost"
        || lower.starts_with("localhost")
        || lower.starts_with("ip6-")
}
