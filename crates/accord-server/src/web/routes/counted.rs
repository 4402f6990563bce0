//! What postings tell of a hunt before anybody looks: how many lines, of which indicators, in which sources, on which days.

use accord_service::Counts;

use super::times::{bytes, count, counted};
use crate::web::view::Spark;
use crate::web::view::approval::{CountRow, CountsView};

/// Rows shown.
const ROWS_SHOWN: usize = 20;
/// Reasons shown why it may be more.
const GAPS_SHOWN: usize = 5;

/// The counts as the page shows them.
pub(super) fn shown(counts: &Counts) -> CountsView {
    let at_most = counts.counted.iter().any(|row| row.at_most);
    let lines = match (counts.lines, counts.gaps.is_empty()) {
        (0, true) => "No line holds any of it.".to_owned(),
        (0, false) => "No line that is counted holds any of it.".to_owned(),
        (lines, _) => format!(
            "{}{} of {}: what it comes to is known when you look.",
            if at_most { "At most " } else { "" },
            counted(lines, "line", "lines"),
            counted(counts.segments, "stored file", "stored files"),
        ),
    };
    let on: Vec<u64> = counts
        .days
        .iter()
        .filter(|day| day.day_ms.is_some())
        .map(|day| day.lines)
        .collect();
    let mut gaps: Vec<String> = counts.gaps.iter().take(GAPS_SHOWN).cloned().collect();
    if counts.gaps.len() > GAPS_SHOWN {
        gaps.push(format!("{} more", counts.gaps.len() - GAPS_SHOWN));
    }
    if counts.uncounted_bytes > 0 {
        gaps.push(format!(
            "{} that only a look can search",
            bytes(counts.uncounted_bytes)
        ));
    }
    CountsView {
        lines,
        rows: counts
            .counted
            .iter()
            .take(ROWS_SHOWN)
            .map(|row| CountRow {
                indicator: row.indicator.clone(),
                source: row.source.clone(),
                lines: format!(
                    "{}{}",
                    if row.at_most { "at most " } else { "" },
                    count(row.lines)
                ),
            })
            .collect(),
        more: match counts.counted.len().saturating_sub(ROWS_SHOWN) {
            0 => None,
            more => Some(format!(
                "{} with fewer lines.",
                counted(more as u64, "more pair", "more pairs")
            )),
        },
        spark: Spark {
            label: format!(
                "lines a day on {}, most {}",
                counted(on.len() as u64, "day", "days"),
                count(on.iter().copied().max().unwrap_or(0))
            ),
            // One day is no series.
            counts: if on.len() > 1 { on } else { Vec::new() },
        },
        gaps,
    }
}
