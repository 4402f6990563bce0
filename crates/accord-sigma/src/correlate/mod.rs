//! Correlations: hits of several rules, or many of one, that belong together by their values and their time.
//!
//! - this file: what a correlation rule asks for, and what of it is refused.
//! - `events`: the hits that correlations look at, kept small and within limits.
//! - `windows`: which of them come together within the time.
//!
//! A log store is read once, out of the order of time: segment by segment, source by source. So the hits are gathered
//! first, put in the order of their times (corrected by each source's clock), and then looked at. A window slides: it ends
//! with a hit and reaches back by the rule's time. What is told is a **burst**: the hits of windows that followed each
//! other without a break while the condition held, once, with its first and last time and its largest count.
//!
//! Deliberately absent: conditions on what is *not* there (`lt`, `lte`, `neq`, `not`): a window that ends with a hit cannot
//! tell them; sums, averages and percentiles; windows that do not slide.

mod events;
#[cfg(test)]
mod tests;
mod windows;

use std::collections::HashMap;

use rsigma_parser::{
    ConditionExpr, ConditionOperator, CorrelationCondition, CorrelationRule, CorrelationType, WindowMode,
};

use crate::limits::{MAX_CORRELATION_DEPTH, MAX_TIMESPAN_DAYS};

pub(crate) use events::{Gathered, Place};
pub(crate) use windows::{BurstLine, correlate};

/// A rule that a correlation joins.
#[derive(Debug)]
pub(crate) struct Joined<'a> {
    /// As the correlation calls it.
    pub(crate) reference: String,
    /// Its number.
    pub(crate) number: usize,
    /// The correlation that it is, where it is one.
    pub(crate) below: Option<&'a Correlation>,
}

/// What a correlation counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    EventCount,
    ValueCount,
    Temporal,
    Ordered,
}

/// When it holds.
#[derive(Debug, Clone, PartialEq)]
enum Holds {
    /// The count is in all of these.
    Count(Vec<Bound>),
    /// Every rule is there.
    All,
    /// These rules are there, by their places in the list.
    Rules(Expr),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    AtLeast(u64),
    Exactly(u64),
}

#[derive(Debug, Clone, PartialEq)]
enum Expr {
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Rule(usize),
}

impl Expr {
    fn holds(&self, present: &dyn Fn(usize) -> bool) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.holds(present)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(present)),
            Self::Rule(rule) => present(*rule),
        }
    }
}

/// A field by which hits belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    /// As the correlation calls it.
    shown: String,
    /// What each rule calls it, in the order of the rules.
    fields: Vec<String>,
}

/// A correlation that is ready.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Correlation {
    /// How many correlations stand under it.
    pub(crate) depth: usize,
    /// Whether the rules that it joins are told on their own too.
    pub(crate) generates: bool,
    kind: Kind,
    rules: Vec<usize>,
    group_by: Vec<Group>,
    /// The fields whose values are counted.
    counted: Vec<String>,
    timespan_ms: i64,
    holds: Holds,
}

impl Correlation {
    /// Of a rule and what it joins.
    pub(crate) fn new(rule: &CorrelationRule, joined: &[Joined<'_>]) -> Result<Self, String> {
        if rsigma_parser::is_unsupported(rule.sigma_version) {
            return Err("it is of a later version of the specification than this program knows".to_owned());
        }
        let kind = match rule.correlation_type {
            CorrelationType::EventCount => Kind::EventCount,
            CorrelationType::ValueCount => Kind::ValueCount,
            CorrelationType::Temporal => Kind::Temporal,
            CorrelationType::TemporalOrdered => Kind::Ordered,
            other => {
                return Err(format!(
                    "correlations of type `{}` are not evaluated here",
                    other.as_str()
                ));
            }
        };
        if rule.window != WindowMode::Sliding {
            return Err(format!(
                "windows are sliding here, `{}` is not evaluated",
                rule.window.as_str()
            ));
        }
        if joined.is_empty() {
            return Err("it joins no rules".to_owned());
        }
        for (at, rule) in joined.iter().enumerate() {
            if joined.iter().take(at).any(|other| other.number == rule.number) {
                return Err(format!("it joins `{}` twice", rule.reference));
            }
        }
        let depth = joined
            .iter()
            .filter_map(|rule| rule.below)
            .map(|below| below.depth + 1)
            .max()
            .unwrap_or(0);
        if depth > MAX_CORRELATION_DEPTH {
            return Err(format!(
                "more than {MAX_CORRELATION_DEPTH} correlations stand under it"
            ));
        }
        let seconds = rule.timespan.seconds;
        if seconds == 0 || seconds > MAX_TIMESPAN_DAYS * 86_400 {
            return Err(format!(
                "its time is `{}`: it must be longer than nothing and at most {MAX_TIMESPAN_DAYS} days",
                rule.timespan.original
            ));
        }
        let counted = counted(rule, kind)?;
        let correlation = Self {
            depth,
            generates: rule.generate,
            kind,
            rules: joined.iter().map(|rule| rule.number).collect(),
            group_by: group_by(rule, joined)?,
            counted,
            timespan_ms: i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1000),
            holds: holds(rule, kind, joined)?,
        };
        correlation.known_below(joined)?;
        Ok(correlation)
    }

    /// A correlation below has only the values that it groups by.
    fn known_below(&self, joined: &[Joined<'_>]) -> Result<(), String> {
        for (at, rule) in joined.iter().enumerate() {
            let Some(below) = rule.below else { continue };
            let grouped = self.group_by.iter().filter_map(|group| group.fields.get(at));
            for field in grouped.chain(&self.counted) {
                if !below.group_by.iter().any(|group| group.shown == *field) {
                    return Err(format!(
                        "it asks `{}` for `{field}`, by which that one does not group",
                        rule.reference
                    ));
                }
            }
        }
        Ok(())
    }

    /// Gives the rules their numbers in the set.
    pub(crate) fn renumber(&mut self, numbers: &[Option<usize>]) {
        for rule in &mut self.rules {
            if let Some(Some(number)) = numbers.get(*rule) {
                *rule = *number;
            }
        }
    }

    /// What it asks of the hits of each rule: the fields, with the rule's number.
    pub(crate) fn asks(&self) -> impl Iterator<Item = (usize, Vec<String>)> {
        self.rules.iter().enumerate().map(|(at, number)| {
            let grouped = self.group_by.iter().filter_map(|group| group.fields.get(at));
            (*number, grouped.chain(&self.counted).cloned().collect())
        })
    }
}

fn counted(rule: &CorrelationRule, kind: Kind) -> Result<Vec<String>, String> {
    let field = match &rule.condition {
        CorrelationCondition::Threshold { field, .. } => field.clone().unwrap_or_default(),
        CorrelationCondition::Extended(_) => Vec::new(),
    };
    match kind {
        Kind::ValueCount if field.is_empty() => {
            Err("`value_count` needs the `field` whose values it counts".to_owned())
        }
        Kind::ValueCount => Ok(field),
        _ if field.is_empty() => Ok(field),
        _ => Err("a `field` is counted by `value_count` only".to_owned()),
    }
}

fn group_by(rule: &CorrelationRule, joined: &[Joined<'_>]) -> Result<Vec<Group>, String> {
    let aliases: HashMap<&str, &HashMap<String, String>> = rule
        .aliases
        .iter()
        .map(|alias| (alias.alias.as_str(), &alias.mapping))
        .collect();
    let mut groups = Vec::new();
    for shown in &rule.group_by {
        let mut fields = Vec::new();
        for joined in joined {
            let field = match aliases.get(shown.as_str()) {
                None => shown,
                Some(mapping) => mapping
                    .get(&joined.reference)
                    .ok_or_else(|| format!("its alias `{shown}` says nothing of `{}`", joined.reference))?,
            };
            fields.push(field.clone());
        }
        groups.push(Group {
            shown: shown.clone(),
            fields,
        });
    }
    Ok(groups)
}

fn holds(rule: &CorrelationRule, kind: Kind, joined: &[Joined<'_>]) -> Result<Holds, String> {
    let is_temporal = matches!(kind, Kind::Temporal | Kind::Ordered);
    let predicates = match &rule.condition {
        CorrelationCondition::Extended(expression) if kind == Kind::Temporal => {
            return Ok(Holds::Rules(of_rules(expression, joined)?));
        }
        CorrelationCondition::Extended(_) => {
            return Err("only `temporal` has a condition on rules".to_owned());
        }
        // What the parser makes of a condition that is not there: all of the rules.
        CorrelationCondition::Threshold { predicates, .. }
            if is_temporal && predicates.as_slice() == [(ConditionOperator::Gte, 1)] =>
        {
            return Ok(Holds::All);
        }
        CorrelationCondition::Threshold { predicates, .. } => predicates,
    };
    if kind == Kind::Ordered {
        return Err("`temporal_ordered` asks for all rules in their order, and takes no count".to_owned());
    }
    let mut bounds = Vec::new();
    for (operator, number) in predicates {
        let bound = match operator {
            ConditionOperator::Gte => Bound::AtLeast(*number),
            ConditionOperator::Gt => Bound::AtLeast(number.saturating_add(1)),
            ConditionOperator::Eq => Bound::Exactly(*number),
            ConditionOperator::Lt | ConditionOperator::Lte | ConditionOperator::Neq => {
                return Err(
                    "`lt`, `lte` and `neq` cannot be told of a window that ends with a hit: only counts that are reached"
                        .to_owned(),
                );
            }
        };
        if matches!(bound, Bound::AtLeast(0) | Bound::Exactly(0)) {
            return Err("a count of 0 is reached by nothing".to_owned());
        }
        bounds.push(bound);
    }
    Ok(Holds::Count(bounds))
}

fn of_rules(expression: &ConditionExpr, joined: &[Joined<'_>]) -> Result<Expr, String> {
    let each = |parts: &[ConditionExpr]| -> Result<Vec<Expr>, String> {
        parts.iter().map(|part| of_rules(part, joined)).collect()
    };
    Ok(match expression {
        ConditionExpr::And(parts) => Expr::And(each(parts)?),
        ConditionExpr::Or(parts) => Expr::Or(each(parts)?),
        ConditionExpr::Identifier(name) => {
            let place = joined.iter().position(|rule| rule.reference == *name);
            Expr::Rule(place.ok_or_else(|| format!("the condition names `{name}`, which is not joined"))?)
        }
        ConditionExpr::Not(_) => {
            return Err("`not` cannot be told of a window that ends with a hit".to_owned());
        }
        ConditionExpr::Selector { .. } => {
            return Err("the condition of a correlation names its rules one by one".to_owned());
        }
    })
}
