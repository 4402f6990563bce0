//! The report of a build as a table.

use accord_scan::BuildSummary;
use accord_scan::watchfile::{ReasonCount, place_word};
use comfy_table::{CellAlignment, Table, presets};

use crate::commands::CommandError;
use crate::output::{Output, visible};

/// How many entries of each reason the table names; `--json` has all that the file holds.
const EXAMPLES_SHOWN: usize = 3;

/// Prints the report.
pub fn print_summary(summary: &BuildSummary, output: &mut Output) -> Result<(), CommandError> {
    let mut rows: Vec<(String, u64)> = Vec::new();
    rows.push(("rows read".to_owned(), summary.rows()));
    rows.push(("indicators".to_owned(), summary.kept_total()));
    for (kind, count) in summary.kept.iter().filter(|(_, count)| **count > 0) {
        rows.push((format!("  {kind}"), *count));
    }
    rows.push(("duplicates".to_owned(), summary.duplicates));
    rows.push((
        "left out by allow lists".to_owned(),
        summary.left_out.values().sum(),
    ));
    for (why, count) in &summary.left_out {
        rows.push((format!("  {why}"), *count));
    }
    let refused = summary.refused();
    rows.push(("not usable".to_owned(), refused.values().sum()));
    for (reason, count) in &refused {
        rows.push((format!("  {reason}"), *count));
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    for (name, count) in rows {
        table.add_row([name, count.to_string()]);
    }
    if let Some(column) = table.column_mut(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    for line in table.to_string().lines() {
        output.line(line.trim_end())?;
    }
    for source in &summary.sources {
        output.line(format_args!(
            "\nsource {} ({}): {} rows, {} indicators",
            visible(&source.name),
            source.format,
            source.rows,
            source.indicators
        ))?;
        let place = place_word(&source.format);
        for (reason, found) in source.refused.iter().chain(&source.not_used) {
            print_reason(reason, found, place, output)?;
        }
    }
    for list in &summary.allow_lists {
        output.line(format_args!(
            "\nallow list {} ({}): {} rows, {} entries",
            visible(&list.name),
            list.format,
            list.rows,
            list.entries
        ))?;
        for (reason, found) in &list.not_used {
            print_reason(reason, found, place_word(&list.format), output)?;
        }
    }
    if !summary.left_out_entries.is_empty() {
        output.line("\nleft out by allow lists")?;
        for left in &summary.left_out_entries {
            output.line(visible(&format!(
                "  {} ({}: {})",
                left.indicator, left.why, left.entry
            )))?;
        }
    }
    Ok(())
}

fn print_reason(
    reason: &str,
    found: &ReasonCount,
    place: &str,
    output: &mut Output,
) -> Result<(), CommandError> {
    output.line(format_args!("  {} not usable: {reason}", found.count))?;
    for example in found.examples.iter().take(EXAMPLES_SHOWN) {
        output.line(format_args!(
            "    {place} {}: {}",
            example.place,
            visible(&example.written)
        ))?;
    }
    Ok(())
}
