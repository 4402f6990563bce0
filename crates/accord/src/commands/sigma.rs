//! `accord sigma`: Sigma rules over the node's own logs, on its machine, while it is not running.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use accord_formats::logs::LineTime;
use accord_scan::{Input, ReadLimits};
use accord_sigma::{
    CorrelationHit, DEFAULT_RULE_HITS, LogSourceName, MAX_HIT_LINES, MAX_RULE_FILE_BYTES, MAX_RULE_FILES,
    MatchedField, RuleFile, RuleInfo, RuleState, SigmaHit, SigmaLine, SigmaResult, SigmaRules, SigmaRun,
    log_sources,
};
use serde::Serialize;

use super::node::{NodeArguments, with_node};
use super::progress::Meter;
use super::{Batch, CommandError, Exit};
use crate::output::{Output, visible};

/// Rules that are about nothing searched are named one by one up to this many, else by their reason.
const NAMED_ONE_BY_ONE: usize = 20;

/// Arguments of `sigma`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Run rules over this node's own logs
    Run(Box<RunArguments>),
    /// Say which rules can be evaluated, and why the others cannot
    Check(CheckArguments),
    /// List the log sources that rules may be about, and what their fields are
    Sources(SourcesArguments),
}

/// Arguments of `sigma run`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  accord sigma run rules/windows
  accord sigma run rules/ --source firewall --from 2026-03-01T00:00:00Z --to 2026-03-08T00:00:00Z --json
  accord sigma run okta.yml --bind okta=product:okta,service:okta
  accord sigma run rules/ --count

A folder is every .yml and .yaml file in it. Rules that cannot be evaluated are named and the others run. Nothing leaves
this machine. That it was run stands in the access log. Exit codes: 0 found, 1 nothing found, 2 error.")]
struct RunArguments {
    #[command(flatten)]
    node: NodeArguments,
    /// Files of rules, or folders of them; `-` is standard input
    #[arg(value_name = "RULES", required = true)]
    rules: Vec<String>,
    /// From this instant on, RFC 3339
    #[arg(long, value_name = "TIME")]
    from: Option<jiff::Timestamp>,
    /// Up to this instant, itself excluded
    #[arg(long, value_name = "TIME")]
    to: Option<jiff::Timestamp>,
    /// Only this source; may be repeated
    #[arg(long = "source", value_name = "NAME")]
    sources: Vec<String>,
    /// What a source is, as SOURCE=category:C,product:P,service:S; may be repeated
    #[arg(long = "bind", value_name = "SOURCE=NAMES", value_parser = bound)]
    bound: Vec<(String, LogSourceName)>,
    /// Print at most so many hits of each rule
    #[arg(long, value_name = "N", default_value_t = DEFAULT_RULE_HITS)]
    hits: usize,
    /// Print at most so many lines
    #[arg(long, value_name = "N", default_value_t = MAX_HIT_LINES)]
    lines: usize,
    /// Only count: hits by rule, source and day
    #[arg(long, conflicts_with = "report")]
    count: bool,
    /// Only say of each rule whether it was evaluated, and on how many records
    #[arg(long)]
    report: bool,
    /// End with 2 if any rule cannot be evaluated
    #[arg(long)]
    strict: bool,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// Arguments of `sigma check`.
#[derive(Debug, clap::Args)]
struct CheckArguments {
    /// Files of rules, or folders of them; `-` is standard input
    #[arg(value_name = "RULES", required = true)]
    rules: Vec<String>,
    /// End with 2 if any rule cannot be evaluated
    #[arg(long)]
    strict: bool,
    /// Print one JSON object a rule
    #[arg(long)]
    json: bool,
}

/// Arguments of `sigma sources`.
#[derive(Debug, clap::Args)]
struct SourcesArguments {
    /// Print one JSON object a log source
    #[arg(long)]
    json: bool,
}

fn bound(text: &str) -> Result<(String, LogSourceName), String> {
    let help = || "give SOURCE=category:C,product:P,service:S, one of the three at least".to_owned();
    let (source, names) = text.split_once('=').ok_or_else(help)?;
    let mut named = LogSourceName::default();
    for part in names.split(',') {
        let (key, value) = part.split_once(':').ok_or_else(help)?;
        let place = match key {
            "category" => &mut named.category,
            "product" => &mut named.product,
            "service" => &mut named.service,
            _ => return Err(help()),
        };
        *place = Some(value.to_owned());
    }
    Ok((source.to_owned(), named))
}

/// Runs.
pub fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, CommandError> {
    match &arguments.what {
        What::Run(arguments) => sigma(arguments, output),
        What::Check(arguments) => check(arguments, output),
        What::Sources(arguments) => sources(arguments, output),
    }
}

/// The names of the files of rules, folders looked into, in order.
fn files(names: &[String]) -> Result<Vec<String>, CommandError> {
    let mut found = Vec::new();
    for name in names {
        let path = Path::new(name);
        if name == "-" || !path.is_dir() {
            found.push(name.clone());
            continue;
        }
        let mut inside = Vec::new();
        let mut folders = vec![path.to_path_buf()];
        while let Some(folder) = folders.pop() {
            let failed =
                |error: std::io::Error| CommandError::Failed(format!("{}: {error}", folder.display()));
            for entry in std::fs::read_dir(&folder).map_err(failed)? {
                let entry = entry.map_err(failed)?;
                // A link to a folder is not followed: it may lead in a circle.
                let kind = entry.file_type().map_err(failed)?;
                let path = entry.path();
                if kind.is_dir() {
                    folders.push(path);
                } else if path
                    .extension()
                    .is_some_and(|extension| extension == "yml" || extension == "yaml")
                {
                    inside.push(path.to_string_lossy().into_owned());
                }
                if inside.len() > MAX_RULE_FILES {
                    return Err(CommandError::Failed(format!(
                        "{name}: more than {MAX_RULE_FILES} files of rules stand in it: name parts of it"
                    )));
                }
            }
        }
        if inside.is_empty() {
            return Err(CommandError::Failed(format!(
                "{name}: no .yml or .yaml file stands in it"
            )));
        }
        inside.sort_unstable();
        found.extend(inside);
    }
    Ok(found)
}

/// Reads rules; what cannot be read or evaluated is said, and counted.
fn load(names: &[String], output: &mut Output) -> Result<(SigmaRules, Batch), CommandError> {
    let limits = ReadLimits {
        max_bytes: MAX_RULE_FILE_BYTES as u64,
        ..ReadLimits::default()
    };
    let mut unread = 0;
    let mut texts = Vec::new();
    for name in files(names)? {
        match Input::open(&name, limits).and_then(Input::read_all) {
            Ok(bytes) => texts.push((name, bytes)),
            Err(error) => {
                unread += 1;
                output.warning(error);
            }
        }
    }
    let files: Vec<RuleFile<'_>> = texts
        .iter()
        .map(|(name, bytes)| RuleFile { name, bytes })
        .collect();
    let rules = SigmaRules::parse(&files);
    for diagnostic in rules.diagnostics() {
        output.warning(visible(&diagnostic.to_string()));
    }
    let batch = Batch {
        good: rules.rules().len(),
        bad: rules.refused() + unread,
    };
    if batch.bad > 0 {
        output.note(format_args!(
            "rules ready: {}; not evaluated: {}",
            batch.good, batch.bad
        ));
    }
    Ok((rules, batch))
}

fn check(arguments: &CheckArguments, output: &mut Output) -> Result<Exit, CommandError> {
    let (rules, batch) = load(&arguments.rules, output)?;
    for rule in rules.rules() {
        if arguments.json {
            output.json(rule)?;
            continue;
        }
        let about = rule
            .log_source
            .as_ref()
            .map_or_else(|| "correlation".to_owned(), ToString::to_string);
        output.line(visible(&format!(
            "{}:{}: {} ({about})",
            rule.file, rule.line, rule.title
        )))?;
    }
    output.flush()?;
    Ok(batch.exit(arguments.strict, batch.good > 0))
}

fn sources(arguments: &SourcesArguments, output: &mut Output) -> Result<Exit, CommandError> {
    for row in log_sources() {
        if arguments.json {
            output.json(&row)?;
            continue;
        }
        let words = |name: &str, words: &[String]| match words {
            [] => String::new(),
            words => format!("; {name}: {}", words.join(" ")),
        };
        let formats: Vec<String> = row.formats.iter().map(ToString::to_string).collect();
        let category: Vec<String> = row.category.iter().cloned().collect();
        output.line(format_args!(
            "{} ({}){}{}{}",
            formats.join(" "),
            row.told_by,
            words("category", &category),
            words("product", &row.products),
            words("service", &row.services)
        ))?;
        for (names, from) in &row.fields {
            output.line(format_args!("    {}: {}", names.join(" "), from.join("; else ")))?;
        }
    }
    output.flush()?;
    Ok(Exit::Done)
}

fn sigma(arguments: &RunArguments, output: &mut Output) -> Result<Exit, CommandError> {
    let (rules, batch) = load(&arguments.rules, output)?;
    if batch.good == 0 {
        return Err(CommandError::Failed(
            "none of the rules can be evaluated".to_owned(),
        ));
    }
    let ms = |at: Option<jiff::Timestamp>, otherwise: i64| at.map_or(otherwise, |at| at.as_millisecond());
    let asked = SigmaRun {
        from_ms: ms(arguments.from, i64::MIN),
        to_ms: ms(arguments.to, i64::MAX),
        sources: (!arguments.sources.is_empty()).then(|| arguments.sources.clone()),
        among: None,
        bound: arguments.bound.iter().cloned().collect(),
        max_rule_hits: arguments.hits,
        max_lines: arguments.lines,
    };
    let result = with_node(&arguments.node, async |node| {
        let mut meter = Meter::start();
        node.on_this_machine()
            .sigma(&rules, &asked, &mut |progress| {
                meter.at("searched", progress.scanned_bytes, Some(progress.total_bytes));
                ControlFlow::Continue(())
            })
            .await
            .map_err(CommandError::failed)
    })?;
    if arguments.count {
        print_counts(&rules, &result, arguments.json, output)?;
    } else if arguments.report {
        print_reports(&rules, &result, arguments.json, output)?;
    } else {
        print_hits(&rules, &result, arguments.json, output)?;
    }
    output.flush()?;
    sums(&rules, &result, output);
    let found = !result.lines.is_empty()
        || !result.correlations.is_empty()
        || result.rules.iter().any(|rule| rule.hits_over_max > 0);
    Ok(batch.exit(arguments.strict, found))
}

/// A rule beside what it hits.
#[derive(Serialize)]
struct Rule<'a> {
    id: Option<&'a str>,
    title: &'a str,
    level: Option<&'a str>,
    tags: &'a [String],
}

fn rule(rules: &SigmaRules, number: usize) -> Rule<'_> {
    let info = rules.rules().get(number);
    let text = |of: fn(&RuleInfo) -> Option<&str>| info.and_then(of);
    Rule {
        id: text(|info| info.id.as_deref()),
        title: text(|info| Some(&info.title)).unwrap_or_default(),
        level: text(|info| info.level),
        tags: info.map(|info| info.tags.as_slice()).unwrap_or_default(),
    }
}

/// A rule that hits a line: members named as in the record of `scan`.
#[derive(Serialize)]
struct Hit<'a> {
    source: &'a str,
    segment: String,
    line: u64,
    offset: u64,
    length: u64,
    sha256: String,
    record: usize,
    first_ms: Option<i64>,
    last_ms: Option<i64>,
    rule: Rule<'a>,
    fields: &'a [MatchedField],
    text: String,
}

/// A correlation that hits.
#[derive(Serialize)]
struct Correlated<'a> {
    rule: Rule<'a>,
    group: BTreeMap<&'a str, &'a str>,
    first_ms: i64,
    reached_ms: i64,
    last_ms: i64,
    count: u64,
    events: u64,
    lines: Vec<Place<'a>>,
}

#[derive(Serialize)]
struct Place<'a> {
    rule: &'a str,
    segment: String,
    line: u64,
    offset: u64,
    length: u64,
    record: usize,
    time_ms: i64,
}

fn print_hits(
    rules: &SigmaRules,
    result: &SigmaResult,
    json: bool,
    output: &mut Output,
) -> Result<(), CommandError> {
    for line in &result.lines {
        for hit in &line.hits {
            print_hit(rules, line, hit, json, output)?;
        }
    }
    for hit in &result.correlations {
        print_correlation(rules, hit, json, output)?;
    }
    Ok(())
}

fn print_hit(
    rules: &SigmaRules,
    line: &SigmaLine,
    hit: &SigmaHit,
    json: bool,
    output: &mut Output,
) -> Result<(), CommandError> {
    let text = String::from_utf8_lossy(&line.bytes);
    let text = text.trim_end_matches(['\r', '\n']);
    let rule = rule(rules, hit.rule);
    let span = match hit.time {
        LineTime::Unknown => None,
        LineTime::At(at) => Some((at, at)),
        LineTime::Within(span) => Some((span.first_ms, span.last_ms)),
    };
    if json {
        return output.json(&Hit {
            source: &line.source,
            segment: line.segment.to_string(),
            line: line.line,
            offset: line.offset,
            length: line.length,
            sha256: hex::encode(line.sha256.0),
            record: hit.record,
            first_ms: span.map(|(first, _)| first),
            last_ms: span.map(|(_, last)| last),
            rule,
            fields: &hit.fields,
            text: text.to_owned(),
        });
    }
    output.line(visible(&format!(
        "{}:{}: {}{}: {text}",
        line.segment,
        line.line,
        level(&rule),
        rule.title
    )))
}

fn level(rule: &Rule<'_>) -> String {
    rule.level.map(|level| format!("{level}: ")).unwrap_or_default()
}

/// An instant as RFC 3339; the number where it is none.
fn instant(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(|_| ms.to_string(), |at| at.to_string())
}

fn print_correlation(
    rules: &SigmaRules,
    hit: &CorrelationHit,
    json: bool,
    output: &mut Output,
) -> Result<(), CommandError> {
    let of_rule = rule(rules, hit.rule);
    if json {
        let places = hit.lines.iter().map(|line| Place {
            rule: rule(rules, line.rule).title,
            segment: line.segment.to_string(),
            line: line.line,
            offset: line.offset,
            length: line.length,
            record: line.record,
            time_ms: line.time_ms,
        });
        let group = hit
            .group
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        return output.json(&Correlated {
            rule: of_rule,
            group: group.collect(),
            first_ms: hit.first_ms,
            reached_ms: hit.reached_ms,
            last_ms: hit.last_ms,
            count: hit.count,
            events: hit.events,
            lines: places.collect(),
        });
    }
    let group: Vec<String> = hit
        .group
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let places: Vec<String> = hit
        .lines
        .iter()
        .map(|line| format!("{}:{}", line.segment, line.line))
        .collect();
    let more = hit.events.saturating_sub(hit.lines.len() as u64);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    output.line(visible(&format!(
        "{} to {}: {}{}: {} [{}] in {}{more}",
        instant(hit.first_ms),
        instant(hit.last_ms),
        level(&of_rule),
        of_rule.title,
        hit.count,
        group.join(", "),
        places.join(", ")
    )))
}

/// Hits of a rule in a source on a day.
#[derive(Serialize)]
struct Count<'a> {
    rule: Rule<'a>,
    source: &'a str,
    day: Option<String>,
    hits: u64,
}

fn print_counts(
    rules: &SigmaRules,
    result: &SigmaResult,
    json: bool,
    output: &mut Output,
) -> Result<(), CommandError> {
    for row in &result.counts {
        let day = row.day.map(day_text);
        let rule = rule(rules, row.rule);
        if json {
            output.json(&Count {
                rule,
                source: &row.source,
                day,
                hits: row.hits,
            })?;
            continue;
        }
        output.line(visible(&format!(
            "{} {}: {} hits of {}{}",
            day.as_deref().unwrap_or("no day   "),
            row.source,
            row.hits,
            level(&rule),
            rule.title
        )))?;
    }
    Ok(())
}

/// A day since the epoch, as ISO 8601.
fn day_text(day: i32) -> String {
    let at = jiff::Timestamp::from_second(i64::from(day) * 86_400);
    at.map_or_else(|_| day.to_string(), |at| at.strftime("%Y-%m-%d").to_string())
}

/// What became of a rule.
#[derive(Serialize)]
struct Reported<'a> {
    rule: Rule<'a>,
    #[serde(flatten)]
    report: &'a accord_sigma::RuleReport,
}

fn print_reports(
    rules: &SigmaRules,
    result: &SigmaResult,
    json: bool,
    output: &mut Output,
) -> Result<(), CommandError> {
    for (number, report) in result.rules.iter().enumerate() {
        let rule = rule(rules, number);
        if json {
            output.json(&Reported { rule, report })?;
            continue;
        }
        let line = match &report.state {
            RuleState::NotApplicable(why) => format!("{}: not applicable: {why}", rule.title),
            RuleState::Evaluated => format!(
                "{}: {} hits in {} records{}",
                rule.title,
                report.hits,
                report.evaluated,
                never_seen(&report.fields_never_seen)
            ),
        };
        output.line(visible(&line))?;
    }
    Ok(())
}

fn never_seen(fields: &[String]) -> String {
    if fields.is_empty() {
        return String::new();
    }
    format!("; never there: {}", fields.join(", "))
}

/// What was searched, and what the result says nothing about.
fn sums(rules: &SigmaRules, result: &SigmaResult, output: &mut Output) {
    let lines = result.sums;
    output.note(format_args!(
        "lines evaluated: {}; not parsed, of which only rules of keywords say anything: {}; of no rule's log source: {}; \
         lines found: {}; hits of correlations: {}",
        lines.evaluated,
        lines.not_evaluated,
        lines.of_no_rule,
        result.lines.len(),
        result.correlations.len()
    ));
    output.note(format_args!(
        "stored files searched: {}, passed over as outside the time: {}, as of no rule's log source: {}; bytes read: {}",
        result.walked.segments,
        result.walked.segments_outside_time,
        result.walked.segments_not_wanted,
        result.walked.read_bytes
    ));
    not_applicable(rules, result, output);
    for (count, words) in [
        (result.hits_outside_time, "hits outside the time"),
        (result.hits_time_unknown, "hits whose time is not told"),
        (result.times_set, "hits whose time was set from the source's zone"),
        (
            result.not_correlated_without_time,
            "hits that no correlation looked at, because their time is not known",
        ),
        (
            result.not_correlated_without_value,
            "hits that a correlation passed over, because they lack a value it groups by or counts",
        ),
    ] {
        if count > 0 {
            output.note(format_args!("{words}: {count}"));
        }
    }
    let over: u64 = result.rules.iter().map(|rule| rule.hits_over_max).sum();
    for (count, words) in [
        (
            over,
            "hits more are not printed: give larger --hits and --lines, or ask for less",
        ),
        (
            result.not_correlated_over_max,
            "hits were too many for the correlations, which are not complete: ask for less",
        ),
        (
            result.counts_left_out,
            "hits are in no row of the counts: ask for less",
        ),
        (
            lines.left_out,
            "fields or records beyond the limits of their line were not evaluated",
        ),
        (result.walked.overlong_lines, "lines are too long to be searched"),
    ] {
        if count > 0 {
            output.warning(format_args!("{count} {words}"));
        }
    }
    for gap in result.walked.event_logs.gaps() {
        output.warning(gap);
    }
    for damage in &result.walked.damage {
        output.warning(format_args!(
            "{}: damaged and not searched: {}",
            damage.segment, damage.what
        ));
    }
}

/// Rules that are about nothing that was searched, and those that ask for what no record had.
fn not_applicable(rules: &SigmaRules, result: &SigmaResult, output: &mut Output) {
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut unseen = Vec::new();
    for (info, report) in rules.rules().iter().zip(&result.rules) {
        match &report.state {
            RuleState::NotApplicable(why) => reasons.entry(why).or_default().push(&info.title),
            RuleState::Evaluated if report.hits == 0 && !report.fields_never_seen.is_empty() => {
                unseen.push(format!("{}{}", info.title, never_seen(&report.fields_never_seen)));
            }
            RuleState::Evaluated => {}
        }
    }
    let all: usize = reasons.values().map(Vec::len).sum();
    for (why, titles) in reasons {
        if all <= NAMED_ONE_BY_ONE {
            for title in titles {
                output.note(format_args!("{title}: not applicable: {why}"));
            }
        } else {
            output.note(format_args!("not applicable: {} rules: {why}", titles.len()));
        }
    }
    if unseen.len() <= NAMED_ONE_BY_ONE {
        unseen.iter().for_each(|line| output.note(line));
    } else {
        output.note(format_args!(
            "{} rules ask for fields that no record had: `--report` names them",
            unseen.len()
        ));
    }
}
