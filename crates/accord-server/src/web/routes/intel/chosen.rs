//! A draft's form, read: what was chosen, and the words of the gradings.

use accord_model::content::{
    Admiralty, Credibility, FileNature, Grading, HandlingCode, IntelligenceAssessment, Reliability,
    SourceEvaluation, ThreeFiveTwo, VerdictWish,
};
use accord_service::{Choices, ServiceError};

use super::*;
use crate::web::routes::gradings::{ASSESSMENT, CREDIBILITY, HANDLING, RELIABILITY, SOURCE, Scale};

/// The choices of one part of a grading.
fn words(scale: Scale, chosen: Option<String>) -> Vec<Choice> {
    scale
        .iter()
        .map(|(word, label)| choice(word, label, "", chosen.as_deref() == Some(*word)))
        .collect()
}

/// The gradings, part by part: name, label and choices.
pub(super) fn gradings(grading: Option<&Grading>) -> Vec<(String, String, Vec<Choice>)> {
    let admiralty = grading.and_then(|grading| grading.admiralty.as_ref());
    let three = grading.and_then(|grading| grading.three_five_two.as_ref());
    let row =
        |name: &str, label: &str, scale, chosen| (name.to_owned(), label.to_owned(), words(scale, chosen));
    vec![
        row(
            "reliability",
            "Admiralty: the source",
            RELIABILITY,
            admiralty.map(|one| one.reliability.to_string()),
        ),
        row(
            "credibility",
            "Admiralty: the information",
            CREDIBILITY,
            admiralty.map(|one| one.credibility.to_string()),
        ),
        row(
            "source",
            "3x5x2: the source",
            SOURCE,
            three.map(|one| one.source.to_string()),
        ),
        row(
            "assessment",
            "3x5x2: how the source knows",
            ASSESSMENT,
            three.map(|one| one.assessment.to_string()),
        ),
        row(
            "handling",
            "3x5x2: who may have it",
            HANDLING,
            three.map(|one| one.handling.to_string()),
        ),
    ]
}

fn one<T: std::str::FromStr>(typed: &Typed, name: &'static str) -> accord_service::Result<Option<T>>
where
    T::Err: std::fmt::Display,
{
    match typed.get(name) {
        "" => Ok(None),
        word => word
            .parse()
            .map(Some)
            .map_err(|error| ServiceError::invalid(name, error)),
    }
}

fn grading(typed: &Typed) -> accord_service::Result<Option<Grading>> {
    let admiralty = match (
        one::<Reliability>(typed, "reliability")?,
        one::<Credibility>(typed, "credibility")?,
    ) {
        (Some(reliability), Some(credibility)) => Some(Admiralty {
            reliability,
            credibility,
        }),
        (None, None) => None,
        _ => {
            return Err(ServiceError::invalid(
                "reliability",
                "grade both the source and the information",
            ));
        }
    };
    let parts = (
        one::<SourceEvaluation>(typed, "source")?,
        one::<IntelligenceAssessment>(typed, "assessment")?,
        one::<HandlingCode>(typed, "handling")?,
    );
    let three = match parts {
        (Some(source), Some(assessment), Some(handling)) => Some(ThreeFiveTwo {
            source,
            assessment,
            handling,
            conditions: Some(typed.get("conditions").to_owned()).filter(|text| !text.is_empty()),
        }),
        (None, None, None) => None,
        _ => {
            return Err(ServiceError::invalid(
                "source",
                "3x5x2 is graded in all three parts",
            ));
        }
    };
    Ok((admiralty.is_some() || three.is_some()).then_some(Grading {
        three_five_two: three,
        admiralty,
    }))
}

/// What was chosen, on top of what was chosen before on other pages of values.
pub(super) fn choices(typed: &Typed, before: &Choices) -> accord_service::Result<Choices> {
    let mut ticks = before.ticks.clone();
    let numbers = |name: &'static str| typed.all(name).filter_map(|text| text.parse::<usize>().ok());
    let ticked: std::collections::BTreeSet<usize> = numbers("tick").collect();
    for number in numbers("shown") {
        ticks.insert(number, ticked.contains(&number));
    }
    let to: Result<Vec<_>, _> = typed.all("to").map(str::parse).collect();
    let some = |name: &str| Some(typed.get(name).to_owned()).filter(|text| !text.is_empty());
    let whole = typed.has("attach", "whole");
    let nature = one::<FileNature>(typed, "nature")?;
    let until = match typed.get("until") {
        "" => None,
        text => Some(
            parse_minute(text)
                .ok_or_else(|| ServiceError::invalid("until", "give a time, such as 2026-11-01T00:00"))?,
        ),
    };
    let list = |name: &str, apart: &[char]| -> Vec<String> {
        let words = typed
            .get(name)
            .split(apart)
            .map(str::trim)
            .filter(|word| !word.is_empty());
        words.map(str::to_owned).collect()
    };
    let confidence = match typed.get("confidence") {
        "" => None,
        text => Some(
            text.parse::<u8>()
                .ok()
                .filter(|number| *number <= 100)
                .ok_or_else(|| ServiceError::invalid("confidence", "a number from 0 to 100"))?,
        ),
    };
    Ok(Choices {
        ticks,
        title: some("title"),
        marking: one(typed, "marking")?,
        looser_because: some("looser"),
        to: to.map_err(|error| ServiceError::invalid("to", error))?,
        labels: list("labels", &[',', '\n']),
        techniques: Some(list("techniques", &[',', ' ', '\n'])),
        confidence,
        grading: grading(typed)?,
        from: some("from"),
        source_protected: typed.has("protected", "yes"),
        valid_until_ms: until,
        wish: one::<VerdictWish>(typed, "wish")?,
        report: typed
            .has("with_report", "yes")
            .then(|| typed.raw("report").to_owned()),
        attach: whole.then(|| nature.unwrap_or(FileNature::Document)),
        parts: typed.all("attach").filter_map(|text| text.parse().ok()).collect(),
        link: match typed.has("link_asked", "yes") {
            true => Some(typed.has("link", "yes")),
            false => before.link,
        },
    })
}

/// The service's names of what may be wrong, and the form's.
pub(super) const NAMES: &[(&str, &str)] = &[
    ("title", "title"),
    ("marking", "marking"),
    ("looser_because", "looser"),
    ("report", "report"),
    ("from", "from"),
    ("attach", "attach"),
    ("parts", "attach"),
    ("link", "link"),
    ("case", "case"),
    ("to", "to"),
    ("until", "until"),
    ("confidence", "confidence"),
    ("reliability", "reliability"),
    ("source", "source"),
];
