//! Plain lists: one value a line.
//!
//! A line that begins with `#`, `;` or `//` is a comment; so is the rest of a line after white space and `#`. Values
//! may be defanged: the pattern parser refangs them.

use super::lines;
use super::row::Row;

/// Reads a plain list.
pub(super) fn read(bytes: &[u8], on_row: &mut dyn FnMut(Row<'_>)) {
    for (place, line) in lines::numbered(bytes) {
        let Some(text) = lines::checked(place, line, on_row) else {
            continue;
        };
        let value = value_of(text);
        if !value.is_empty() {
            lines::indicator(place, value, &[], "", on_row);
        }
    }
}

/// The line without its comment, trimmed; empty for a comment.
pub(super) fn value_of(line: &str) -> &str {
    let line = line.trim();
    if line.starts_with(['#', ';']) || line.starts_with("//") {
        return "";
    }
    let comment = line.match_indices('#').map(|(at, _)| at).find(|&at| {
        line.get(..at)
            .is_some_and(|before| before.ends_with(char::is_whitespace))
    });
    comment.and_then(|at| line.get(..at)).unwrap_or(line).trim()
}
