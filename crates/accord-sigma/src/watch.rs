//! The rules of one view, compiled together: an index says which of them a record can hit, and only those are evaluated.

use rsigma_eval::{Engine, EvaluationResult, MatchDetailLevel, MatcherKind};

use crate::limits::MAX_SHOWN_VALUE_BYTES;
use crate::record::{KeywordTexts, Record, Said, Wanted};
use crate::result::MatchedField;
use crate::rules::Detecting;
use crate::sources::View;

/// Rules that look at the same records.
pub(crate) struct Watch {
    engine: Engine,
    pub(crate) wanted: Wanted,
    /// The numbers of its rules.
    pub(crate) rules: Vec<usize>,
    /// Whether any looks for keywords.
    pub(crate) has_keywords: bool,
    /// Records evaluated.
    pub(crate) evaluated: u64,
    /// Of them, those that had the field, by the field's number.
    pub(crate) seen: Vec<u64>,
}

/// A rule that hits a record.
pub(crate) struct Hit {
    pub(crate) rule: usize,
    pub(crate) fields: Vec<MatchedField>,
    /// The values of what correlations ask for, in the order that they were asked in.
    pub(crate) asked: Vec<Option<String>>,
}

impl Watch {
    pub(crate) fn new(view: &View, rules: &[(usize, &Detecting)]) -> Self {
        let wanted = Wanted::new(view, rules.iter().flat_map(|(_, rule)| &rule.fields));
        let mut engine = Engine::new();
        engine.set_match_detail(MatchDetailLevel::Summary);
        engine.extend_compiled_rules(rules.iter().map(|(number, rule)| {
            let mut compiled = rule.compiled.clone();
            compiled.id = Some(number.to_string());
            compiled
        }));
        Self {
            engine,
            seen: vec![0; wanted.len()],
            wanted,
            rules: rules.iter().map(|(number, _)| *number).collect(),
            has_keywords: rules.iter().any(|(_, rule)| rule.has_keywords),
            evaluated: 0,
        }
    }

    /// Evaluates its rules on a record: those that hit, by number.
    pub(crate) fn evaluate<'q>(
        &mut self,
        said: &Said<'_>,
        texts: &KeywordTexts<'_>,
        asked: &dyn Fn(usize) -> &'q [String],
    ) -> Vec<Hit> {
        let held = self.wanted.fill(said);
        self.evaluated += 1;
        for (seen, held) in self.seen.iter_mut().zip(&held) {
            *seen += u64::from(held.is_there());
        }
        let record = Record {
            wanted: &self.wanted,
            held: &held,
            texts,
        };
        let mut hits: Vec<Hit> = self
            .engine
            .evaluate(&record)
            .into_iter()
            .filter_map(|found| {
                let rule = found.header.rule_id.as_deref()?.parse().ok()?;
                let value = |field: &String| held.get(self.wanted.number(field)?)?.first_text();
                Some(Hit {
                    rule,
                    fields: matched(found),
                    asked: asked(rule).iter().map(value).collect(),
                })
            })
            .collect();
        hits.sort_by_key(|hit| hit.rule);
        hits
    }
}

/// The fields of a match, in alphabetical order: the evaluator's is that of a hash table.
fn matched(found: EvaluationResult) -> Vec<MatchedField> {
    let Some(detection) = found.as_detection() else {
        return Vec::new();
    };
    let mut fields: Vec<MatchedField> = detection
        .matched_fields
        .iter()
        .map(|field| {
            let is_keyword = field.matcher == Some(MatcherKind::Keyword);
            MatchedField {
                selection: field.selection.clone().unwrap_or_default(),
                field: (!is_keyword).then(|| field.field.clone()),
                value: match &field.value {
                    _ if is_keyword => None,
                    serde_json::Value::Null => None,
                    serde_json::Value::String(text) => Some(shown(text)),
                    other => Some(shown(&other.to_string())),
                },
            }
        })
        .collect();
    fields.sort_unstable();
    fields.dedup();
    fields
}

fn shown(text: &str) -> String {
    let end = text.floor_char_boundary(MAX_SHOWN_VALUE_BYTES);
    text.get(..end).unwrap_or_default().to_owned()
}
