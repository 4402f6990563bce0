//! Sigma filters: conditions that an organisation adds to the rules of others.
//!
//! A filter's detections are added to each rule that it names, and its condition to the rule's. What it takes away is taken
//! from the result, so each rule tells which filters it has ([`super::RuleInfo::filters`]).

use rsigma_parser::{ConditionExpr, FilterRule, FilterRuleTarget, LogSource, SelectorPattern, SigmaRule};

/// Whether a filter is for a rule.
pub(super) fn is_for(filter: &FilterRule, rule: &SigmaRule) -> bool {
    let named = match &filter.rules {
        FilterRuleTarget::Any => true,
        FilterRuleTarget::Specific(names) => names.iter().any(|name| {
            rule.id.as_deref() == Some(name.as_str()) || rule.name.as_deref() == Some(name.as_str())
        }),
    };
    named
        && filter
            .logsource
            .as_ref()
            .is_none_or(|source| within(source, &rule.logsource))
}

fn within(wide: &LogSource, narrow: &LogSource) -> bool {
    [
        (&wide.category, &narrow.category),
        (&wide.product, &narrow.product),
        (&wide.service, &narrow.service),
    ]
    .into_iter()
    .all(|(wide, narrow)| {
        wide.as_ref().is_none_or(|wide| {
            narrow
                .as_ref()
                .is_some_and(|narrow| narrow.eq_ignore_ascii_case(wide))
        })
    })
}

/// Adds a filter, the `number`-th of the set, to a rule.
pub(super) fn add(filter: &FilterRule, number: usize, rule: &mut SigmaRule) -> Result<(), String> {
    let own = |name: &str| format!("_filter_{number}_{name}");
    let names: Vec<String> = filter.detection.named.keys().map(|name| own(name)).collect();
    for condition in &rule.detection.conditions {
        if reaches(condition, &names) {
            return Err(format!(
                "the filter `{}` cannot be added: the rule's condition would ask of what the filter defines",
                filter.title
            ));
        }
    }
    let mut added = Vec::new();
    for condition in &filter.detection.conditions {
        added.push(renamed(condition, &own)?);
    }
    for (name, detection) in &filter.detection.named {
        rule.detection.named.insert(own(name), detection.clone());
    }
    rule.detection.conditions = rule
        .detection
        .conditions
        .iter()
        .map(|condition| {
            let both = std::iter::once(condition.clone()).chain(added.iter().cloned());
            ConditionExpr::And(both.collect())
        })
        .collect();
    Ok(())
}

fn reaches(condition: &ConditionExpr, names: &[String]) -> bool {
    match condition {
        ConditionExpr::And(parts) | ConditionExpr::Or(parts) => parts.iter().any(|part| reaches(part, names)),
        ConditionExpr::Not(part) => reaches(part, names),
        ConditionExpr::Identifier(name) => names.contains(name),
        ConditionExpr::Selector { pattern, .. } => {
            names.iter().any(|name| pattern.matches_detection_name(name))
        }
    }
}

fn renamed(condition: &ConditionExpr, own: &dyn Fn(&str) -> String) -> Result<ConditionExpr, String> {
    let each = |parts: &[ConditionExpr]| -> Result<Vec<ConditionExpr>, String> {
        parts.iter().map(|part| renamed(part, own)).collect()
    };
    Ok(match condition {
        ConditionExpr::And(parts) => ConditionExpr::And(each(parts)?),
        ConditionExpr::Or(parts) => ConditionExpr::Or(each(parts)?),
        ConditionExpr::Not(part) => ConditionExpr::Not(Box::new(renamed(part, own)?)),
        ConditionExpr::Identifier(name) => ConditionExpr::Identifier(own(name)),
        ConditionExpr::Selector { quantifier, pattern } => ConditionExpr::Selector {
            quantifier: quantifier.clone(),
            pattern: match pattern {
                SelectorPattern::Them => SelectorPattern::Pattern(own("*")),
                SelectorPattern::Pattern(pattern) => SelectorPattern::Pattern(own(pattern)),
            },
        },
    })
}
