//! Rules over the lines of the log store.
//!
//! One pass over the chosen segments. Of each line the records are read by the format's own names, and by columns where a
//! rule asks for such; each record is shown to the rules of its views. What hits is kept within the limits; what
//! correlations ask for is gathered and looked at when all lines were read.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use accord_formats::logs::LogFormat;
use accord_logstore::{LogStore, Progress, Segment, SegmentId, Walk};

use crate::correlate::{BurstLine, Correlation, Gathered, correlate};
use crate::error::{Result, SigmaError};
use crate::limits::{DEFAULT_RULE_HITS, MAX_CORRELATION_HITS, MAX_HIT_BYTES, MAX_HIT_LINES, MAX_RULE_HITS};
use crate::result::{CorrelatedLine, CorrelationHit, RuleReport, RuleState, SigmaCount, SigmaResult};
use crate::rules::{Detecting, LogSourceName, SigmaRules};
use crate::search::Search;
use crate::sources::Views;

/// Where and how to run rules.
#[derive(Debug, Clone)]
pub struct SigmaRun {
    /// From this instant on, milliseconds since the epoch, UTC.
    pub from_ms: i64,
    /// Up to this instant, itself excluded.
    pub to_ms: i64,
    /// Only these sources; all where absent.
    pub sources: Option<Vec<String>>,
    /// Only these segments of them; all where absent.
    pub among: Option<BTreeSet<SegmentId>>,
    /// What sources are, that their format does not tell: JSON of some service, a table. Their records are of this log
    /// source and of no other, and their fields have their own names.
    pub bound: BTreeMap<String, LogSourceName>,
    /// The most hits to tell of each rule, never more than [`MAX_RULE_HITS`].
    pub max_rule_hits: usize,
    /// The most lines to return, never more than [`MAX_HIT_LINES`].
    pub max_lines: usize,
}

impl Default for SigmaRun {
    fn default() -> Self {
        Self {
            from_ms: i64::MIN,
            to_ms: i64::MAX,
            sources: None,
            among: None,
            bound: BTreeMap::new(),
            max_rule_hits: DEFAULT_RULE_HITS,
            max_lines: MAX_HIT_LINES,
        }
    }
}

/// How much of what was found is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    pub(crate) rule_hits: u64,
    pub(crate) lines: usize,
    pub(crate) bytes: usize,
}

/// Runs rules over the segments that the store holds now.
///
/// The lines of the result are in the order of the segments' names and of the log, its hits by record and rule; two runs on
/// the same store answer the same.
///
/// # Errors
/// [`SigmaError::NoRules`] where none is ready, [`SigmaError::Unbound`], and those of the store:
/// [`accord_logstore::Error::Cancelled`] when `progress` breaks, an unknown source, an empty time. Damage is no error: it
/// is in the result.
pub fn run(
    store: &LogStore,
    rules: &SigmaRules,
    run: &SigmaRun,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<SigmaResult> {
    if rules.rules().is_empty() {
        return Err(SigmaError::NoRules);
    }
    for (source, named) in &run.bound {
        store.source(source)?;
        if *named == LogSourceName::default() {
            return Err(SigmaError::Unbound(source.clone()));
        }
    }
    let correlations: Vec<(usize, &Correlation)> = rules.correlating().collect();
    let mut asked = vec![Vec::new(); rules.rules().len()];
    for (_, correlation) in &correlations {
        for (number, fields) in correlation.asks() {
            let Some(asked) = asked.get_mut(number) else {
                continue;
            };
            for field in fields {
                if !asked.contains(&field) {
                    asked.push(field);
                }
            }
        }
    }
    let walk = Walk {
        from_ms: run.from_ms,
        to_ms: run.to_ms,
        sources: run.sources.clone(),
        among: run.among.clone(),
    };
    let room = Room {
        rule_hits: run.max_rule_hits.min(MAX_RULE_HITS) as u64,
        lines: run.max_lines.min(MAX_HIT_LINES),
        bytes: MAX_HIT_BYTES,
    };
    let views = Views::new(run.bound.iter());
    let mut search = Search::new(rules, &views, &walk, room, Gathered::new(asked));
    let mut last = Progress::default();
    let walked = store.walk(&walk, &mut search, &mut |state| {
        last = state;
        progress(state)
    })?;
    let finding = search.finish();
    let (mut result, mut gathered) = (finding.result, finding.gathered);
    result.walked = walked;
    reports(&mut result, rules, &views, &finding.formats);

    let mut tick = || match progress(last) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(SigmaError::Store(accord_logstore::Error::Cancelled)),
    };
    let correlated = correlate(&correlations, &mut gathered, MAX_CORRELATION_HITS, &mut tick)?;
    result.not_correlated_without_time = gathered.without_time;
    result.not_correlated_over_max = gathered.not_kept;
    result.not_correlated_without_value = correlated.without_value;
    correlations_told(&mut result, &correlations, &correlated.looked_at);
    for (number, over) in &correlated.over {
        if let Some(report) = result.rules.get_mut(*number) {
            report.hits += over;
            report.hits_over_max += over;
        }
    }
    for burst in correlated.bursts {
        if let Some(report) = result.rules.get_mut(burst.rule) {
            report.hits += 1;
        }
        result.correlations.push(CorrelationHit {
            rule: burst.rule,
            group: burst.group,
            first_ms: burst.first_ms,
            reached_ms: burst.reached_ms,
            last_ms: burst.last_ms,
            count: burst.count,
            events: burst.events,
            lines: burst
                .lines
                .iter()
                .filter_map(|line| correlated_line(line, &finding.segments))
                .collect(),
        });
    }
    Ok(result)
}

fn correlated_line(line: &BurstLine, segments: &[Arc<Segment>]) -> Option<CorrelatedLine> {
    let segment = segments.get(usize::try_from(line.place.segment).ok()?)?;
    Some(CorrelatedLine {
        rule: line.rule,
        segment: segment.id().clone(),
        line: line.place.line,
        offset: line.place.offset,
        length: line.place.length,
        record: usize::try_from(line.place.record).unwrap_or(usize::MAX),
        time_ms: line.time_ms,
    })
}

/// Says of each rule that looks at records whether it was about anything that was searched.
fn reports(result: &mut SigmaResult, rules: &SigmaRules, views: &Views, searched: &[LogFormat]) {
    for (number, rule) in rules.detecting() {
        let Some(report) = result.rules.get_mut(number) else {
            continue;
        };
        if report.evaluated > 0 {
            report.state = RuleState::Evaluated;
        } else {
            report.fields_never_seen.clear();
            report.state = RuleState::NotApplicable(why_not(rule, views, searched));
        }
    }
}

fn why_not(rule: &Detecting, views: &Views, searched: &[LogFormat]) -> String {
    let source = &rule.log_source;
    let mut formats: Vec<LogFormat> = views
        .all()
        .iter()
        .filter(|view| view.fits(source))
        .flat_map(|view| view.formats.iter().copied())
        .collect();
    formats.sort_unstable();
    formats.dedup();
    if formats.is_empty() {
        return format!("no format of this program is of the log source {source}");
    }
    let names: Vec<&str> = formats.iter().map(|format| format.name()).collect();
    if formats.iter().any(|format| searched.contains(format)) {
        return format!("no record of the log source {source} is among those searched");
    }
    format!(
        "nothing that was searched is of the log source {source}, which {} may hold",
        names.join(", ")
    )
}

/// A correlation was evaluated where any of the rules below it was.
fn correlations_told(
    result: &mut SigmaResult,
    correlations: &[(usize, &Correlation)],
    looked_at: &std::collections::HashMap<usize, u64>,
) {
    let mut order: Vec<&(usize, &Correlation)> = correlations.iter().collect();
    order.sort_by_key(|(number, correlation)| (correlation.depth, *number));
    for (number, correlation) in order {
        let evaluated = correlation.asks().any(|(rule, _)| {
            let below = result.rules.get(rule);
            below.is_some_and(|report| report.state == RuleState::Evaluated)
        });
        if let Some(report) = result.rules.get_mut(*number) {
            report.evaluated = looked_at.get(number).copied().unwrap_or(0);
            report.state = if evaluated {
                RuleState::Evaluated
            } else {
                RuleState::NotApplicable("none of the rules that it joins was evaluated".to_owned())
            };
        }
    }
}

/// An empty report.
pub(crate) fn unevaluated() -> RuleReport {
    RuleReport {
        state: RuleState::NotApplicable(String::new()),
        evaluated: 0,
        hits: 0,
        hits_over_max: 0,
        fields_never_seen: Vec::new(),
    }
}

/// A row of the counts.
pub(crate) fn count_row(rule: usize, source: &str, day: Option<i32>, hits: u64) -> SigmaCount {
    SigmaCount {
        rule,
        source: source.to_owned(),
        day,
        hits,
    }
}
