//! Lists whose every row is offered as an indicator: tables, Zeek intelligence files, hosts files, policy zones; and
//! allow lists, of which nothing is taken.

use super::Spot;
use super::taking::{Taking, place};
use crate::indicators::{self, Content};

/// Reads a list.
pub(super) fn read(bytes: &[u8], part: &str, taking: &mut Taking) {
    let mut allowed = 0_u64;
    let outcome = indicators::read(bytes, &mut |row| {
        let at = place(part, Spot::Line(row.place));
        match row.content {
            Content::Indicator {
                value,
                labels,
                provenance,
                ..
            } => {
                if !taking.offer(value, labels, &at, None) {
                    taking.problem(
                        Some(at),
                        format!("no value that can be looked for: {}", shown(value)),
                    );
                } else if !provenance.is_empty() {
                    taking.markings_in(provenance, &at);
                }
            }
            Content::Allow { .. } => allowed += 1,
            Content::NotUsed { written, reason } => {
                taking.problem(Some(at), format!("{reason}: {}", shown(written)));
            }
        }
    });
    if let Err(error) = outcome {
        taking.problem(Some(place(part, Spot::Itself)), error.to_string());
    }
    if allowed > 0 {
        let what =
            format!("{allowed} values that must not be published (an allow list): load it under Protection");
        taking.problem(Some(place(part, Spot::Itself)), what);
    }
    // Comments say how a list is marked.
    for (number, line) in (1_u64..).zip(String::from_utf8_lossy(bytes).lines().take(64)) {
        if line.trim_start().starts_with(['#', ';']) {
            taking.markings_in(line, &place(part, Spot::Line(number)));
        }
    }
}

/// As much of a value as a report repeats.
pub(super) fn shown(value: &str) -> String {
    value.chars().filter(|c| !c.is_control()).take(80).collect()
}
