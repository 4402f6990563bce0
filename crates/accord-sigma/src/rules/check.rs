//! Whether a rule says what it means: names that its condition uses exist, parts of old versions that are not evaluated
//! are not passed over.
//!
//! A name that is not there would be "no" to the evaluator, and "yes" behind a `not`: a rule with a slip of the pen would
//! hit every line, or none, and nobody would know.

use rsigma_parser::{ConditionExpr, Detection, Detections, LogSource, SelectorPattern, SigmaRule};

/// Refuses detections whose condition is not evaluated as it means.
pub(super) fn check(detections: &Detections, version: Option<u32>) -> Result<(), String> {
    if rsigma_parser::is_unsupported(version) {
        return Err("it is of a later version of the specification than this program knows".to_owned());
    }
    if detections.timeframe.is_some() {
        return Err(
            "`timeframe` belongs to the counts of old rules, which are not evaluated: write a correlation"
                .to_owned(),
        );
    }
    if detections.conditions.is_empty() {
        return Err("it has no condition".to_owned());
    }
    let names: Vec<&str> = detections.named.keys().map(String::as_str).collect();
    detections
        .conditions
        .iter()
        .try_for_each(|condition| names_exist(condition, &names))
}

fn names_exist(condition: &ConditionExpr, names: &[&str]) -> Result<(), String> {
    match condition {
        ConditionExpr::And(parts) | ConditionExpr::Or(parts) => {
            parts.iter().try_for_each(|part| names_exist(part, names))
        }
        ConditionExpr::Not(part) => names_exist(part, names),
        ConditionExpr::Identifier(name) if names.contains(&name.as_str()) => Ok(()),
        ConditionExpr::Identifier(name) => Err(format!(
            "the condition names `{name}`, which the rule does not define"
        )),
        ConditionExpr::Selector { pattern, .. } => {
            if names.iter().any(|name| pattern.matches_detection_name(name)) {
                return Ok(());
            }
            Err(match pattern {
                SelectorPattern::Them => "the condition asks of `them`, and the rule defines none".to_owned(),
                SelectorPattern::Pattern(pattern) => {
                    format!("the condition asks of `{pattern}`, and the rule defines none of that name")
                }
            })
        }
    }
}

/// Whether all that a rule looks for are keywords, so that a line says as much to it unparsed.
pub(super) fn is_keywords_only(rule: &SigmaRule) -> bool {
    rule.detection.named.values().all(is_keywords)
}

/// Whether a rule looks for keywords at all.
pub(super) fn has_keywords(rule: &SigmaRule) -> bool {
    rule.detection.named.values().any(holds_keywords)
}

fn holds_keywords(detection: &Detection) -> bool {
    match detection {
        Detection::Keywords(_) => true,
        Detection::AllOf(items) => items.iter().any(|item| item.field.name.is_none()),
        Detection::AnyOf(parts) | Detection::And(parts) => parts.iter().any(holds_keywords),
        Detection::ArrayMatch { .. } | Detection::Conditional { .. } => false,
    }
}

fn is_keywords(detection: &Detection) -> bool {
    match detection {
        Detection::Keywords(_) => true,
        Detection::AllOf(items) => items.iter().all(|item| item.field.name.is_none()),
        Detection::AnyOf(parts) | Detection::And(parts) => parts.iter().all(is_keywords),
        Detection::ArrayMatch { .. } | Detection::Conditional { .. } => false,
    }
}

/// The fields that a rule asks for, each once, in alphabetical order.
pub(super) fn fields_of(rule: &SigmaRule) -> Vec<String> {
    let mut fields = Vec::new();
    rule.detection
        .named
        .values()
        .for_each(|detection| collect(detection, &mut fields));
    fields.sort_unstable();
    fields.dedup();
    fields
}

fn collect(detection: &Detection, fields: &mut Vec<String>) {
    match detection {
        Detection::AllOf(items) => {
            for item in items {
                fields.extend(item.field.name.clone());
                if item.field.has_modifier(rsigma_parser::Modifier::FieldRef) {
                    fields.extend(item.values.iter().map(ToString::to_string));
                }
            }
        }
        Detection::AnyOf(parts) | Detection::And(parts) => {
            parts.iter().for_each(|part| collect(part, fields));
        }
        Detection::Keywords(_) | Detection::ArrayMatch { .. } | Detection::Conditional { .. } => {}
    }
}

/// Whether a log source names what this program routes by.
pub(super) fn check_log_source(source: &LogSource) -> Result<(), String> {
    if source.category.is_none() && source.product.is_none() && source.service.is_none() {
        return Err("its `logsource` names no category, product or service".to_owned());
    }
    if !source.custom.is_empty() {
        let mut names: Vec<&str> = source.custom.keys().map(String::as_str).collect();
        names.sort_unstable();
        return Err(format!(
            "its `logsource` names {}, which nothing here is told by",
            names.join(", ")
        ));
    }
    Ok(())
}
