//! `accord hunt`: looking in the node's own logs, on its machine, while it is not running.

use std::ops::ControlFlow;

use accord_formats::logs::LineTime;
use accord_logstore::{Hunt, HuntLine, HuntResult};
use accord_matcher::Pattern;
use serde::Serialize;

use super::node::{NodeArguments, with_node};
use super::progress::Meter;
use super::{CommandError, Exit, sources};
use crate::output::{Output, visible};

/// Arguments of `hunt`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Find indicators in this node's own logs
    Run(RunArguments),
}

/// Arguments of `hunt run`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  accord hunt run --indicators feed.csv
  accord hunt run --indicators w.awl --from 2026-03-01T00:00:00Z --to 2026-03-08T00:00:00Z --source resolver --json
  accord hunt run --indicators feed.csv --count

Nothing leaves this machine. That it was run stands in the access log. Lines whose time is not told belong to the
result and are counted. Exit codes: 0 found, 1 nothing found, 2 error.")]
struct RunArguments {
    #[command(flatten)]
    node: NodeArguments,
    /// A watchlist file, or any indicator source; may be repeated
    #[arg(long, value_name = "FILE", required = true)]
    indicators: Vec<String>,
    /// From this instant on, RFC 3339
    #[arg(long, value_name = "TIME")]
    from: Option<jiff::Timestamp>,
    /// Up to this instant, itself excluded
    #[arg(long, value_name = "TIME")]
    to: Option<jiff::Timestamp>,
    /// Only this source; may be repeated
    #[arg(long = "source", value_name = "NAME")]
    sources: Vec<String>,
    /// Print at most so many lines
    #[arg(long, value_name = "N", default_value_t = accord_logstore::MAX_HUNT_LINES)]
    lines: usize,
    /// Only count: which sources and days, how many lines at most; no line is read
    #[arg(long, conflicts_with = "lines")]
    count: bool,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// Runs.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    match &arguments.what {
        What::Run(arguments) => hunt(arguments, output),
    }
}

/// What hit in a line.
#[derive(Serialize)]
struct Hit<'a> {
    kind: &'a str,
    value: &'a str,
    indicator: &'a str,
    r#match: &'a str,
    labels: Vec<&'a str>,
}

/// A line found: members named as in the record of `scan`.
#[derive(Serialize)]
struct Line<'a> {
    source: &'a str,
    segment: String,
    line: u64,
    offset: u64,
    length: u64,
    sha256: String,
    first_ms: Option<i64>,
    last_ms: Option<i64>,
    customer: Option<&'a str>,
    hits: Vec<Hit<'a>>,
    text: String,
}

fn hunt(arguments: &RunArguments, output: &mut Output) -> Result<Exit, CommandError> {
    let watchfile = sources::load(&arguments.indicators, output)?;
    let mut patterns = Vec::new();
    for (id, indicator) in watchfile.indicators() {
        let pattern = Pattern::parse(indicator)
            .map_err(|error| CommandError::Failed(format!("{}: {error}", visible(indicator))))?;
        patterns.push((pattern, id));
    }
    watchfile.check().map_err(CommandError::failed)?;
    let ms = |at: Option<jiff::Timestamp>, otherwise: i64| at.map_or(otherwise, |at| at.as_millisecond());
    let hunt = Hunt {
        patterns,
        from_ms: ms(arguments.from, i64::MIN),
        to_ms: ms(arguments.to, i64::MAX),
        sources: (!arguments.sources.is_empty()).then(|| arguments.sources.clone()),
        max_lines: arguments.lines,
    };
    if arguments.count {
        return count(arguments, &hunt, output);
    }
    let result = with_node(&arguments.node, async |node| {
        let mut meter = Meter::start();
        node.on_this_machine()
            .hunt(&hunt, &mut |progress| {
                meter.at("searched", progress.scanned_bytes, Some(progress.total_bytes));
                ControlFlow::Continue(())
            })
            .await
            .map_err(CommandError::failed)
    })?;
    for line in &result.lines {
        let hits = line.hits.iter().map(|hit| Hit {
            kind: hit.kind.as_str(),
            value: &hit.value,
            indicator: &hit.indicator,
            r#match: hit.how.as_str(),
            labels: watchfile.labels(hit.label),
        });
        print(line, hits.collect(), arguments.json, output)?;
    }
    output.flush()?;
    sums(&result, output);
    Ok(if result.lines.is_empty() && !result.truncated_at_max {
        Exit::Nothing
    } else {
        Exit::Done
    })
}

fn print(line: &HuntLine, hits: Vec<Hit<'_>>, json: bool, output: &mut Output) -> Result<(), CommandError> {
    let text = String::from_utf8_lossy(&line.bytes);
    let text = text.trim_end_matches(['\r', '\n']);
    let span = match line.time {
        LineTime::Unknown => None,
        LineTime::At(at) => Some((at, at)),
        LineTime::Within(span) => Some((span.first_ms, span.last_ms)),
    };
    if json {
        return output.json(&Line {
            source: &line.source,
            segment: line.segment.to_string(),
            line: line.line,
            offset: line.offset,
            length: line.length,
            sha256: hex::encode(line.sha256.0),
            first_ms: span.map(|(first, _)| first),
            last_ms: span.map(|(_, last)| last),
            customer: line.customer.as_deref(),
            hits,
            text: text.to_owned(),
        });
    }
    let found: Vec<String> = hits
        .iter()
        .map(|hit| format!("{} {} ({} {})", hit.kind, hit.value, hit.r#match, hit.indicator))
        .collect();
    output.line(visible(&format!(
        "{}:{}: {}: {text}",
        line.segment,
        line.line,
        found.join(", ")
    )))
}

/// The lines of one indicator, in one source, on one day.
#[derive(Serialize)]
struct Counted<'a> {
    indicator: &'a str,
    source: &'a str,
    day: Option<String>,
    lines: u64,
    at_most: bool,
}

fn count(arguments: &RunArguments, hunt: &Hunt, output: &mut Output) -> Result<Exit, CommandError> {
    let counts = with_node(&arguments.node, async |node| {
        node.on_this_machine()
            .count(hunt, &mut |_| ControlFlow::Continue(()))
            .await
            .map_err(CommandError::failed)
    })?;
    for row in &counts.days {
        let day = row.day.map(day_text);
        if arguments.json {
            output.json(&Counted {
                indicator: &row.indicator,
                source: &row.source,
                day,
                lines: row.lines,
                at_most: row.at_most,
            })?;
            continue;
        }
        let at_most = if row.at_most { "at most " } else { "" };
        output.line(visible(&format!(
            "{} {}: {at_most}{} lines with {}",
            day.as_deref().unwrap_or("no day   "),
            row.source,
            row.lines,
            row.indicator
        )))?;
    }
    output.flush()?;
    let lines: u64 = counts.days.iter().map(|row| row.lines).sum();
    output.note(format_args!(
        "lines counted: {lines}; stored files: {}, passed over as outside the time: {}",
        counts.segments, counts.segments_outside_time
    ));
    for part in &counts.not_counted {
        output.warning(format_args!("{}: not counted: {}", part.segment, part.why));
    }
    for (_, indicator) in &counts.unanswered {
        output.warning(visible(&format!(
            "{indicator}: not counted: only a hunt can tell"
        )));
    }
    for gap in counts.event_logs.gaps() {
        output.warning(gap);
    }
    if counts.overlong_lines > 0 {
        output.warning(format_args!(
            "{} lines are too long to be searched",
            counts.overlong_lines
        ));
    }
    if counts.rows_left_out > 0 {
        output.warning(format_args!("{} rows more: ask for less", counts.rows_left_out));
    }
    Ok(if counts.days.is_empty() && counts.is_complete() {
        Exit::Nothing
    } else {
        Exit::Done
    })
}

/// A day since the epoch, as ISO 8601.
fn day_text(day: i32) -> String {
    let at = jiff::Timestamp::from_second(i64::from(day) * 86_400);
    at.map_or_else(|_| day.to_string(), |at| at.strftime("%Y-%m-%d").to_string())
}

/// What was searched, and what stands in the way of completeness.
fn sums(result: &HuntResult, output: &mut Output) {
    let lines = result.lines.len() as u64 + result.lines_over_max;
    output.note(format_args!(
        "lines found: {lines}; stored files searched: {}, passed over as outside the time: {}; bytes searched: {}, of \
         them read: {}",
        result.segments, result.segments_outside_time, result.scanned_bytes, result.read_bytes
    ));
    if !result.read_whole.is_empty() {
        output.note(format_args!(
            "stored files read whole: {} (`accord log index` makes what is missing)",
            result.read_whole.len()
        ));
    }
    for (count, words) in [
        (result.lines_outside_time, "matching lines outside the time"),
        (result.lines_time_unknown, "lines found whose time is not told"),
    ] {
        if count > 0 {
            output.note(format_args!("{words}: {count}"));
        }
    }
    if result.truncated_at_max {
        output.warning(format_args!(
            "{} lines more match and are not printed: give a larger --lines, or ask for less",
            result.lines_over_max
        ));
    }
    if result.overlong_lines > 0 {
        output.warning(format_args!(
            "{} lines are too long to be searched",
            result.overlong_lines
        ));
    }
    for gap in result.event_logs.gaps() {
        output.warning(gap);
    }
    for damage in &result.damage {
        output.warning(format_args!(
            "{}: damaged and not searched: {}",
            damage.segment, damage.what
        ));
    }
}
