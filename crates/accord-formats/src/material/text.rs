//! Text and Markdown, line by line. A line that is nothing but a value is offered as one: a pasted list.

use accord_matcher::{Pattern, PatternKind};

use super::Spot;
use super::taking::{Taking, place};

/// Reads text.
pub(super) fn read(text: &str, part: &str, taking: &mut Taking) {
    for (number, line) in (1_u64..).zip(text.lines()) {
        let at = place(part, Spot::Line(number));
        if part.is_empty()
            && let Some(title) = line.strip_prefix("# ")
        {
            taking.title(title);
        }
        taking.line(line, &at, None);
        let alone = alone(line);
        if let Ok(pattern) = Pattern::parse(alone) {
            // Forms that only a list has; what stands in a sentence too was taken above.
            let listed = matches!(
                pattern.kind(),
                PatternKind::Network | PatternKind::AddressPort | PatternKind::Subdomains
            );
            if listed || taking.holds(&pattern) {
                taking.offer_taken(&pattern, &at);
            }
        }
        taking.text(line);
    }
}

/// A line without the marks of a list and its comment.
fn alone(line: &str) -> &str {
    let line = line.trim();
    let line = line
        .strip_prefix(['-', '*', '\u{2022}'])
        .map_or(line, str::trim_start);
    let line = line.split(" #").next().unwrap_or(line);
    line.trim().trim_matches(['`', ',', '"', '\'', '|']).trim()
}
