//! Sigma rules as what a hunt looks for.
//!
//! A look goes step by step, over the stored files that came in since the last: a rule that looks at one record says the same of
//! it in any step. A correlation joins records of many steps, and is refused here: `accord sigma run` goes through all at once.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use accord_formats::logs::LineTime;
use accord_logstore::{LogStore, Progress, SegmentId};
use accord_sigma::{RuleFile, RuleKind, SigmaError, SigmaHit, SigmaLine, SigmaResult, SigmaRules, SigmaRun};

use super::kept::OwnHunt;
use super::{OWN_FOUND_MAX, OWN_RULES_BYTES_MAX, OWN_RULES_MAX};
use crate::error::{Result, ServiceError};
use crate::hunts::FoundLine;

/// What hits of rules are called where a hit says what kind it is of.
const KIND: &str = "sigma";
/// Most fields of a hit that are told in words.
const FIELDS_TOLD: usize = 5;

fn invalid(words: impl std::fmt::Display) -> ServiceError {
    ServiceError::invalid("rules", words)
}

/// The rules of a hunt, all of which can be evaluated.
pub(super) fn ready(text: &str) -> Result<SigmaRules> {
    if text.len() > OWN_RULES_BYTES_MAX {
        return Err(invalid(format!(
            "at most {OWN_RULES_BYTES_MAX} bytes of rules in one hunt"
        )));
    }
    let rules = SigmaRules::parse(&[RuleFile {
        name: "rules",
        bytes: text.as_bytes(),
    }]);
    if let Some(refused) = rules.diagnostics().iter().find(|said| said.refused) {
        let rule = refused.rule.as_ref().map(|title| format!(", {title}"));
        return Err(invalid(format!(
            "line {}{}: {}",
            refused.line,
            rule.unwrap_or_default(),
            refused.why
        )));
    }
    if rules.rules().len() > OWN_RULES_MAX {
        return Err(invalid(format!("at most {OWN_RULES_MAX} rules in one hunt")));
    }
    if rules.rules().is_empty() {
        return Err(invalid("there is no rule in it"));
    }
    let mut titles = BTreeSet::new();
    for rule in rules.rules() {
        if rule.kind != RuleKind::Detection {
            return Err(invalid(format!(
                "line {}, {}: a hunt looks step by step, and a correlation at all lines at once: use `accord sigma run`",
                rule.line, rule.title
            )));
        }
        if !titles.insert(rule.title.as_str()) {
            return Err(invalid(format!(
                "line {}: two rules are called {}",
                rule.line, rule.title
            )));
        }
    }
    Ok(rules)
}

/// The titles of a hunt's rules.
pub(super) fn titles(rules: &SigmaRules) -> BTreeSet<String> {
    rules.rules().iter().map(|rule| rule.title.clone()).collect()
}

/// Looks in these stored files.
pub(super) fn look(
    logs: &LogStore,
    hunt: &OwnHunt,
    rules: &SigmaRules,
    among: &BTreeSet<SegmentId>,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<SigmaResult> {
    let room = OWN_FOUND_MAX.saturating_sub(hunt.found);
    let run = SigmaRun {
        from_ms: hunt.from_ms.unwrap_or(i64::MIN),
        to_ms: hunt.to_ms.unwrap_or(i64::MAX),
        among: Some(among.clone()),
        max_rule_hits: room,
        max_lines: room,
        ..SigmaRun::default()
    };
    accord_sigma::run(logs, rules, &run, progress).map_err(|error| match error {
        SigmaError::Store(error) => ServiceError::from(error),
        error => invalid(error),
    })
}

/// A line that rules hit, as other hunts keep theirs.
pub(super) fn found(line: &SigmaLine, rules: &SigmaRules) -> FoundLine {
    let hits = line.hits.iter().filter_map(|hit| {
        let rule = rules.rules().get(hit.rule)?;
        let level = rule.level.unwrap_or("no level");
        Some((rule.title.clone(), KIND.to_owned(), fields(hit), level.to_owned()))
    });
    FoundLine {
        segment: line.segment.to_string(),
        source: line.source.clone(),
        line: line.line,
        offset: line.offset,
        length: line.length,
        sha256: hex::encode(line.sha256.0),
        time_ms: line.hits.first().and_then(|hit| LineTime::at_ms(hit.time)),
        customer: None,
        hits: hits.collect(),
    }
}

/// What made a rule hit, in words.
fn fields(hit: &SigmaHit) -> String {
    let told: Vec<String> = hit
        .fields
        .iter()
        .take(FIELDS_TOLD)
        .map(|matched| match (&matched.field, &matched.value) {
            (Some(field), Some(value)) => format!("{field}: {value}"),
            (Some(field), None) => format!("no {field}"),
            (None, value) => value.clone().unwrap_or_default(),
        })
        .collect();
    let more = hit.fields.len().saturating_sub(FIELDS_TOLD);
    match (told.is_empty(), more) {
        (true, _) => "by what is not there".to_owned(),
        (false, 0) => told.join(", "),
        (false, more) => format!("{} and {more} more", told.join(", ")),
    }
}

/// On how many records each rule was evaluated, by its title.
pub(super) fn evaluated(known: &mut BTreeMap<String, u64>, result: &SigmaResult, rules: &SigmaRules) {
    for (rule, report) in rules.rules().iter().zip(&result.rules) {
        *known.entry(rule.title.clone()).or_default() += report.evaluated;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = "title: Panel\nlogsource: { category: proxy }\ndetection: { s: { c-uri|contains: /gate.php }, condition: s }\n";

    #[test]
    fn what_can_be_hunted_for() {
        assert_eq!(titles(&ready(RULE).unwrap()), ["Panel".to_owned()].into());
        let many = |count: usize| {
            let rule = |number: usize| RULE.replace("Panel", &format!("Panel {number}"));
            (0..count).map(rule).collect::<Vec<_>>().join("---\n")
        };
        assert_eq!(titles(&ready(&many(OWN_RULES_MAX)).unwrap()).len(), OWN_RULES_MAX);
        let correlation = format!(
            "{}---\ntitle: Often\ncorrelation: {{ type: event_count, rules: [panel], group-by: [c-ip], timespan: 1h, condition: {{ gte: 5 }} }}\n",
            RULE.replace("title: Panel\n", "title: Panel\nname: panel\n")
        );
        let long = format!("{RULE}# {}\n", "x".repeat(OWN_RULES_BYTES_MAX));
        for (what, text, said) in [
            ("nothing", String::new(), "no rule"),
            ("one more", many(OWN_RULES_MAX + 1), "at most 100 rules"),
            ("too long", long, "bytes of rules"),
            (
                "twice",
                format!("{RULE}---\n{RULE}"),
                "two rules are called Panel",
            ),
            ("a correlation", correlation, "accord sigma run"),
            ("no YAML", "title: [".to_owned(), "line 2"),
            (
                "a condition that names nothing",
                RULE.replace("condition: s", "condition: t"),
                "Panel",
            ),
        ] {
            let error = ready(&text).unwrap_err().to_string();
            assert!(
                error.starts_with("rules: ") && error.contains(said),
                "{what}: {error}"
            );
        }
    }
}
