//! What a threat's fields may hold.

use std::collections::BTreeSet;

use accord_formats::letters;
use accord_matcher::Pattern;
use accord_model::content::{Audience, ContentEntry, Grading, Indicator, LeadReferred};
use accord_model::control::limits::{COUNTRIES_MAX, REASON_MAX, TITLE_MAX};
use accord_model::{Marking, PersonId, Role, Tlp};

use super::{Options, THREAT_TEXT_MAX, THREAT_VALUES_MAX};
use crate::error::{Result, ServiceError};

/// One line of words.
pub(crate) fn line(field: &str, text: &str, max: usize) -> Result<()> {
    prose(field, text, max)?;
    if text.contains(['\n', '\t']) {
        return Err(ServiceError::invalid(field, "one line"));
    }
    Ok(())
}

/// Words over several lines.
pub(crate) fn prose(field: &str, text: &str, max: usize) -> Result<()> {
    if text.trim().is_empty() {
        return Err(ServiceError::invalid(field, "must not be empty"));
    }
    if text.len() > max {
        let message = format!("at most {max} bytes; this has {}", text.len());
        return Err(ServiceError::invalid(field, message));
    }
    let forbidden = |c: char| (c.is_control() && c != '\n' && c != '\t') || letters::turns(c);
    if text.chars().any(forbidden) {
        return Err(ServiceError::invalid(field, "has characters that are not text"));
    }
    Ok(())
}

fn maybe(field: &str, text: Option<&str>) -> Result<()> {
    text.map_or(Ok(()), |text| prose(field, text, REASON_MAX))
}

/// Values that a program can look for, each once.
pub(crate) fn values(values: &[Indicator], max: usize) -> Result<()> {
    if values.len() > max {
        let message = format!("at most {max}; these are {}", values.len());
        return Err(ServiceError::invalid("values", message));
    }
    let mut known = BTreeSet::new();
    for one in values {
        let pattern =
            Pattern::parse(&one.value).map_err(|refusal| ServiceError::invalid("values", refusal))?;
        if !known.insert(pattern.canonical().to_owned()) {
            return Err(ServiceError::invalid(
                "values",
                format!("{:?} stands there twice", one.value),
            ));
        }
    }
    Ok(())
}

/// Everything that a threat says.
pub(super) struct Said<'a> {
    pub name: &'a str,
    pub what: &'a str,
    pub options: &'a Options,
    pub grading: Option<&'a Grading>,
    pub countries: &'a [String],
    pub nexus: Option<&'a str>,
    pub values: &'a [Indicator],
}

impl Said<'_> {
    pub fn check(&self) -> Result<()> {
        line("name", self.name, TITLE_MAX)?;
        prose("what", self.what, THREAT_TEXT_MAX)?;
        maybe("options.pursue", self.options.pursue.as_deref())?;
        maybe("options.disrupt", self.options.disrupt.as_deref())?;
        maybe("options.protect", self.options.protect.as_deref())?;
        maybe("nexus", self.nexus)?;
        if self.countries.len() > COUNTRIES_MAX {
            return Err(ServiceError::invalid(
                "countries",
                format!("at most {COUNTRIES_MAX}"),
            ));
        }
        values(self.values, THREAT_VALUES_MAX)?;
        // Grading and countries are what a lead takes: the model says what they may be.
        let lead = |grading: Option<&Grading>, countries: &[String]| {
            let entry = ContentEntry {
                by: PersonId([0; 16]),
                role: Role::Investigator,
                marking: Marking::tlp(Tlp::Amber),
                to: Audience::EveryParty,
                title: "threat".into(),
                body: LeadReferred {
                    text: "threat".into(),
                    grading: grading.cloned(),
                    source_protected: false,
                    countries: countries.to_vec(),
                    nexus: None,
                    asks: None,
                    rests_on: Vec::new(),
                }
                .into(),
            };
            entry.check()
        };
        lead(self.grading, &[]).map_err(|why| ServiceError::invalid("grading", why))?;
        lead(None, self.countries).map_err(|why| ServiceError::invalid("countries", why))?;
        let labels = self.values.iter().try_for_each(labels_of);
        labels.map_err(|why| ServiceError::invalid("values", why))
    }
}

fn labels_of(one: &Indicator) -> std::result::Result<(), String> {
    use accord_model::control::limits::{INDICATOR_VALUE_MAX, LABEL_MAX, LABELS_MAX};
    if one.value.len() > INDICATOR_VALUE_MAX {
        return Err(format!("a value has at most {INDICATOR_VALUE_MAX} bytes"));
    }
    if one.labels.len() > LABELS_MAX {
        return Err(format!("a value has at most {LABELS_MAX} labels"));
    }
    for label in &one.labels {
        line("values", label, LABEL_MAX).map_err(|why| format!("label: {why}"))?;
    }
    Ok(())
}
