//! Which events come together: a window slides over the events of each group, in the order of time, in one pass.
//!
//! Work is linear in the events of a correlation, however wide its time: an event enters a window once and leaves it
//! once, and what is counted is kept up by both. For rules in their order only the latest start of a chain is kept
//! for each length: no later event could make a better chain of an earlier start.

use std::collections::{BTreeMap, HashMap};

use super::events::{Cause, Event, Gathered, Place};
use super::{Bound, Correlation, Holds, Kind};
use crate::limits::MAX_CORRELATION_LINES;

/// A line of a burst.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BurstLine {
    /// The rule whose hit it is.
    pub(crate) rule: usize,
    pub(crate) time_ms: i64,
    pub(crate) place: Place,
}

/// Windows that followed each other while the condition held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Burst {
    /// The correlation's number.
    pub(crate) rule: usize,
    /// The values that its events have in common, by the correlation's names.
    pub(crate) group: Vec<(String, String)>,
    /// The time of the first event of its first window.
    pub(crate) first_ms: i64,
    /// When the condition first held.
    pub(crate) reached_ms: i64,
    /// The time of its last event.
    pub(crate) last_ms: i64,
    /// The largest count of any of its windows: of events, values, or rules.
    pub(crate) count: u64,
    /// How many events it has.
    pub(crate) events: u64,
    /// The first of its lines.
    pub(crate) lines: Vec<BurstLine>,
    /// The numbers of its group's values.
    group_values: Vec<u32>,
}

/// What all correlations found.
#[derive(Debug, Default)]
pub(crate) struct Correlated {
    /// By correlation, then group, then time.
    pub(crate) bursts: Vec<Burst>,
    /// Bursts that were not kept at the limit, by correlation; correlations on top of them may have missed them.
    pub(crate) over: BTreeMap<usize, u64>,
    /// Events that each correlation looked at.
    pub(crate) looked_at: HashMap<usize, u64>,
    /// Events without a value by which their correlation groups, or that it counts.
    pub(crate) without_value: u64,
}

/// Looks at all correlations, those that stand on others last.
///
/// # Errors
/// What `tick` answers; it is asked before each correlation and now and then within.
pub(crate) fn correlate<E>(
    correlations: &[(usize, &Correlation)],
    gathered: &mut Gathered,
    most: usize,
    tick: &mut dyn FnMut() -> Result<(), E>,
) -> Result<Correlated, E> {
    let mut result = Correlated::default();
    gathered
        .events
        .sort_unstable_by_key(|event| (event.time_ms, event.cause, event.rule));
    let mut by_rule: HashMap<usize, Vec<usize>> = HashMap::new();
    for (at, event) in gathered.events.iter().enumerate() {
        by_rule.entry(event.rule).or_default().push(at);
    }
    let mut below = Below::default();
    let mut order: Vec<&(usize, &Correlation)> = correlations.iter().collect();
    order.sort_by_key(|(number, correlation)| (correlation.depth, *number));
    for (number, correlation) in order {
        tick()?;
        let groups = groups(correlation, gathered, &by_rule, &below, &mut result);
        let mut bursts = Vec::new();
        let looked_at = groups.values().map(|events| events.len() as u64).sum();
        result.looked_at.insert(*number, looked_at);
        for (values, events) in groups {
            tick()?;
            for found in slide(correlation, &events) {
                if result.bursts.len() >= most {
                    *result.over.entry(*number).or_default() += 1;
                    continue;
                }
                let burst = told(
                    *number,
                    correlation,
                    gathered,
                    &values,
                    &events,
                    &found,
                    &result.bursts,
                );
                bursts.push(result.bursts.len());
                result.bursts.push(burst);
            }
        }
        let names = correlation.group_by.iter().map(|group| group.shown.clone());
        below.insert(*number, (names.collect(), bursts));
    }
    result
        .bursts
        .sort_by(|a, b| (a.rule, &a.group, a.first_ms).cmp(&(b.rule, &b.group, b.first_ms)));
    Ok(result)
}

/// Of each correlation that was looked at: the names of its groups, and its bursts.
type Below = HashMap<usize, (Vec<String>, Vec<usize>)>;

/// An event as one correlation sees it.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) time_ms: i64,
    pub(super) cause: Cause,
    /// The rule's place in the correlation's list.
    pub(super) place: usize,
    /// Its number.
    pub(super) rule: usize,
    /// What is counted of it.
    pub(super) counted: Vec<u32>,
}

/// The events of a correlation, by the values that they have in common, in the order of time.
fn groups(
    correlation: &Correlation,
    gathered: &Gathered,
    by_rule: &HashMap<usize, Vec<usize>>,
    below: &Below,
    result: &mut Correlated,
) -> BTreeMap<Vec<u32>, Vec<Seen>> {
    let mut groups: BTreeMap<Vec<u32>, Vec<Seen>> = BTreeMap::new();
    for (place, rule) in correlation.rules.iter().enumerate() {
        let below = below.get(rule);
        let at = |field: &String| match below {
            None => gathered.field(*rule, field),
            Some((names, _)) => names.iter().position(|name| name == field),
        };
        let grouped = correlation.group_by.iter();
        let grouped: Vec<Option<usize>> = grouped
            .map(|group| group.fields.get(place).and_then(at))
            .collect();
        let counted: Vec<Option<usize>> = correlation.counted.iter().map(at).collect();
        let bursts = below.map(|(_, bursts)| bursts.as_slice()).unwrap_or_default();
        let bursts: Vec<Event> = bursts
            .iter()
            .filter_map(|at| result.bursts.get(*at).map(|burst| (*at, burst)))
            .map(|(at, burst)| Event {
                time_ms: burst.reached_ms,
                rule: burst.rule,
                cause: Cause::Burst(at),
                values: burst.group_values.iter().copied().map(Some).collect(),
            })
            .collect();
        let hits = by_rule.get(rule).map(Vec::as_slice).unwrap_or_default();
        let hits = hits.iter().filter_map(|at| gathered.events.get(*at));
        for event in hits.chain(&bursts) {
            let values = |places: &[Option<usize>]| -> Option<Vec<u32>> {
                places
                    .iter()
                    .map(|at| at.and_then(|at| event.values.get(at).copied().flatten()))
                    .collect()
            };
            let (Some(group), Some(counted)) = (values(&grouped), values(&counted)) else {
                result.without_value += 1;
                continue;
            };
            groups.entry(group).or_default().push(Seen {
                time_ms: event.time_ms,
                cause: event.cause,
                place,
                rule: *rule,
                counted,
            });
        }
    }
    for events in groups.values_mut() {
        events.sort_by_key(|event| (event.time_ms, event.cause, event.place));
    }
    groups
}

/// A burst by the places of its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) first: usize,
    pub(super) reached: usize,
    pub(super) last: usize,
    pub(super) count: u64,
}

/// What is in the window.
struct Window<'c> {
    correlation: &'c Correlation,
    events: u64,
    /// Events of each rule.
    rules: Vec<u64>,
    /// Events of each counted value.
    values: HashMap<Vec<u32>, u64>,
    /// For chains of rules in their order, by length: where the one that began latest begins.
    chains: Vec<Option<usize>>,
}

impl Window<'_> {
    fn enter(&mut self, at: usize, event: &Seen) {
        self.events += 1;
        if let Some(count) = self.rules.get_mut(event.place) {
            *count += 1;
        }
        match self.correlation.kind {
            Kind::ValueCount => *self.values.entry(event.counted.clone()).or_default() += 1,
            Kind::Ordered => {
                let start = match event.place.checked_sub(1) {
                    None => Some(at),
                    Some(before) => self.chains.get(before).copied().flatten(),
                };
                if let Some(chain) = self.chains.get_mut(event.place) {
                    *chain = (*chain).max(start);
                }
            }
            Kind::EventCount | Kind::Temporal => {}
        }
    }

    fn leave(&mut self, event: &Seen) {
        self.events -= 1;
        if let Some(count) = self.rules.get_mut(event.place) {
            *count -= 1;
        }
        if self.correlation.kind == Kind::ValueCount
            && let Some(count) = self.values.get_mut(&event.counted)
        {
            *count -= 1;
            if *count == 0 {
                self.values.remove(&event.counted);
            }
        }
    }

    fn count(&self) -> u64 {
        match self.correlation.kind {
            Kind::EventCount => self.events,
            Kind::ValueCount => self.values.len() as u64,
            Kind::Temporal | Kind::Ordered => self.rules.iter().filter(|count| **count > 0).count() as u64,
        }
    }

    /// Whether the condition holds once an event has entered, and where the window that it holds for begins.
    fn holds(&self, start: usize, event: &Seen) -> Option<usize> {
        let all = self.rules.iter().all(|count| *count > 0);
        match &self.correlation.holds {
            Holds::All if self.correlation.kind == Kind::Ordered => {
                let last = event.place + 1 == self.correlation.rules.len();
                let chain = self.chains.last().copied().flatten().filter(|_| last)?;
                (chain >= start).then_some(chain)
            }
            Holds::All => all.then_some(start),
            Holds::Rules(expression) => {
                let present = |place: usize| self.rules.get(place).is_some_and(|count| *count > 0);
                expression.holds(&present).then_some(start)
            }
            Holds::Count(bounds) => {
                let count = self.count();
                let holds = bounds.iter().all(|bound| match bound {
                    Bound::AtLeast(least) => count >= *least,
                    Bound::Exactly(exactly) => count == *exactly,
                });
                holds.then_some(start)
            }
        }
    }
}

/// The bursts of one group.
pub(super) fn slide(correlation: &Correlation, events: &[Seen]) -> Vec<Found> {
    let mut window = Window {
        correlation,
        events: 0,
        rules: vec![0; correlation.rules.len()],
        values: HashMap::new(),
        chains: vec![None; correlation.rules.len()],
    };
    let mut bursts = Vec::new();
    let mut open: Option<Found> = None;
    let mut start = 0;
    for (at, event) in events.iter().enumerate() {
        let oldest = event.time_ms.saturating_sub(correlation.timespan_ms);
        while let Some(left) = events.get(start).filter(|left| left.time_ms < oldest) {
            window.leave(left);
            start += 1;
        }
        window.enter(at, event);
        let Some(first) = window.holds(start, event) else {
            bursts.extend(open.take());
            continue;
        };
        let count = window.count();
        open = Some(match open {
            Some(burst) => Found {
                last: at,
                count: burst.count.max(count),
                ..burst
            },
            None => Found {
                first,
                reached: at,
                last: at,
                count,
            },
        });
    }
    bursts.extend(open);
    bursts
}

/// A burst in words and lines.
fn told(
    number: usize,
    correlation: &Correlation,
    gathered: &Gathered,
    values: &[u32],
    events: &[Seen],
    found: &Found,
    below: &[Burst],
) -> Burst {
    let time = |at: usize| events.get(at).map_or(0, |event| event.time_ms);
    let mut lines = Vec::new();
    for event in events.get(found.first..=found.last).unwrap_or_default() {
        let left = MAX_CORRELATION_LINES - lines.len();
        match event.cause {
            _ if left == 0 => break,
            Cause::Hit(place) => lines.push(BurstLine {
                rule: event.rule,
                time_ms: event.time_ms,
                place,
            }),
            Cause::Burst(at) => {
                let of_burst = below.get(at).map(|burst| burst.lines.as_slice());
                lines.extend(of_burst.unwrap_or_default().iter().take(left));
            }
        }
    }
    let names = correlation.group_by.iter().map(|group| group.shown.clone());
    let texts = values.iter().map(|value| gathered.text(*value).to_owned());
    Burst {
        rule: number,
        group: names.zip(texts).collect(),
        first_ms: time(found.first),
        reached_ms: time(found.reached),
        last_ms: time(found.last),
        count: found.count,
        events: (found.last + 1 - found.first) as u64,
        lines,
        group_values: values.to_vec(),
    }
}
