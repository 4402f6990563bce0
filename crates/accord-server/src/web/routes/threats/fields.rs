//! The fields that threats and leads have in common, and reading them out of a form.

use accord_model::content::{Admiralty, Grading, Indicator};
use accord_service::ServiceError;

use super::{Choice, Field, Shape, Typed, chosen};
use crate::web::routes::gradings::{CREDIBILITY, RELIABILITY};

/// Of a choice: what is typed, else what stands there.
pub(super) fn choices(words: &[(&str, &str)], typed: &Typed, name: &str, first: &str) -> Vec<Choice> {
    let now = typed.or(name, first);
    words
        .iter()
        .map(|(word, label)| chosen(*word, *label, *word == now))
        .collect()
}

/// The fields of a grading, and whether the source is protected.
pub(super) fn grading_fields(typed: &Typed, grading: Option<&Grading>, protected: bool) -> Vec<Field> {
    let admiralty = grading.and_then(|grading| grading.admiralty.as_ref());
    let reliability = admiralty.map_or("", |said| said.reliability.as_str());
    let credibility = admiralty.map_or("", |said| said.credibility.as_str());
    let pick = |name: &str, label: &str, words, first| {
        super::optional(super::choice(name, label, "", choices(words, typed, name, first)))
    };
    vec![
        pick("reliability", "Source (Admiralty)", RELIABILITY, reliability),
        pick("credibility", "Information (Admiralty)", CREDIBILITY, credibility),
        super::choice(
            "protected",
            "Would the source be in danger if it were known?",
            "Then write nothing that leads to it.",
            choices(
                &[("no", "no"), ("yes", "yes: it is protected")],
                typed,
                "protected",
                if protected { "yes" } else { "no" },
            ),
        ),
    ]
}

/// The values field, one a line, labels behind it.
pub(super) fn values_field(typed: &Typed, values: &[Indicator]) -> Field {
    let lines: Vec<String> = values
        .iter()
        .map(|one| [vec![one.value.clone()], one.labels.clone()].concat().join(" "))
        .collect();
    super::optional(super::field(
        "values",
        "Values",
        "One a line: domain, URL, address, network, hash, e-mail. Labels behind it, separated by spaces.",
        Shape::Values,
        typed.or("values", &lines.join("\n")),
    ))
}

/// A text that may be left out.
pub(super) fn maybe(typed: &Typed, name: &str) -> Option<String> {
    Some(typed.get(name).replace("\r\n", "\n")).filter(|text| !text.is_empty())
}

/// A text over several lines.
pub(super) fn prose(typed: &Typed, name: &str) -> String {
    typed.get(name).replace("\r\n", "\n")
}

/// Two-letter countries.
pub(super) fn countries(typed: &Typed) -> Vec<String> {
    let upper = typed.get("countries").to_ascii_uppercase();
    let parts = upper
        .split([' ', ',', '\n', '\r'])
        .filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}

/// The values typed; what stood there keeps what the form does not show.
pub(super) fn values(typed: &Typed, before: &[Indicator]) -> Vec<Indicator> {
    let lines = typed
        .raw("values")
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let mut words = line.split_whitespace();
            let value = words.next().unwrap_or_default();
            let known = before.iter().find(|one| one.value == value);
            Indicator {
                labels: words.map(str::to_owned).collect(),
                ..known.cloned().unwrap_or_else(|| Indicator::of(value))
            }
        })
        .collect()
}

/// The grading typed: both halves or none.
pub(super) fn grading(typed: &Typed, before: Option<&Grading>) -> Result<Option<Grading>, ServiceError> {
    let (reliability, credibility) = (typed.get("reliability"), typed.get("credibility"));
    let three_five_two = before.and_then(|grading| grading.three_five_two.clone());
    if reliability.is_empty() && credibility.is_empty() {
        return Ok(three_five_two.map(|known| Grading {
            three_five_two: Some(known),
            admiralty: None,
        }));
    }
    let wrong =
        |field: &'static str| move |_| ServiceError::invalid(field, "choose both halves of the grading");
    Ok(Some(Grading {
        three_five_two,
        admiralty: Some(Admiralty {
            reliability: reliability.parse().map_err(wrong("reliability"))?,
            credibility: credibility.parse().map_err(wrong("credibility"))?,
        }),
    }))
}

/// A grading in words.
pub(super) fn grading_words(grading: &Grading) -> String {
    let mut parts = Vec::new();
    if let Some(said) = &grading.admiralty {
        parts.push(format!("{}{} (Admiralty)", said.reliability, said.credibility));
    }
    if let Some(said) = &grading.three_five_two {
        parts.push(format!(
            "{}{}{} (3x5x2)",
            said.source, said.assessment, said.handling
        ));
    }
    parts.join(", ")
}
