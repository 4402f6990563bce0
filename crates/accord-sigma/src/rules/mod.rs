//! A set of rules: read, checked, compiled; and what was refused, by name, with its line and the reason.
//!
//! - `documents`: a file's documents, and their limits before anything is built.
//! - `check`: what a condition names exists; what old versions mean otherwise is refused.
//! - `normal`: detections in the few forms that are evaluated.
//! - `filters`: conditions added to the rules of others.
//! - `set`: all of them together, correlations resolved.
//!
//! Invariant: a rule is evaluated as the specification means it, or refused. One refused rule ends nothing but itself.

mod check;
mod documents;
mod filters;
mod normal;
mod set;

use rsigma_eval::CompiledRule;
use serde::Serialize;

use crate::correlate::Correlation;

/// A file of rules.
#[derive(Debug, Clone, Copy)]
pub struct RuleFile<'a> {
    /// Its name in messages.
    pub name: &'a str,
    /// What is in it.
    pub bytes: &'a [u8],
}

/// What was said about a rule or a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// The file.
    pub file: String,
    /// The line in it, from 1.
    pub line: usize,
    /// The rule's title, where it has one.
    pub rule: Option<String>,
    /// Whether the rule is left out; otherwise it is evaluated, and this is to be known.
    pub refused: bool,
    /// Why.
    pub why: String,
}

impl std::fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: ", self.file, self.line)?;
        if let Some(rule) = &self.rule {
            write!(f, "{rule}: ")?;
        }
        if self.refused {
            f.write_str("not evaluated: ")?;
        }
        f.write_str(&self.why)
    }
}

/// What kind of rule it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleKind {
    /// It looks at one record.
    Detection,
    /// It looks at one record for correlations; its hits are told with theirs alone.
    DetectionForCorrelation,
    /// It joins the hits of other rules.
    Correlation,
}

/// What a rule says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleInfo {
    /// Its file.
    pub file: String,
    /// The line that it begins on, from 1.
    pub line: usize,
    /// Its kind.
    pub kind: RuleKind,
    /// `id`.
    pub id: Option<String>,
    /// `name`.
    pub name: Option<String>,
    /// `title`.
    pub title: String,
    /// `level`.
    pub level: Option<&'static str>,
    /// `status`.
    pub status: Option<&'static str>,
    /// `tags`: ATT&CK's among them.
    pub tags: Vec<String>,
    /// `author`.
    pub author: Option<String>,
    /// `license`.
    pub license: Option<String>,
    /// `logsource`; nothing for correlations.
    pub log_source: Option<LogSourceName>,
    /// The titles of the filters that were added to it.
    pub filters: Vec<String>,
}

/// A log source in Sigma's words.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct LogSourceName {
    /// `category`.
    pub category: Option<String>,
    /// `product`.
    pub product: Option<String>,
    /// `service`.
    pub service: Option<String>,
}

impl std::fmt::Display for LogSourceName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = [
            ("category", &self.category),
            ("product", &self.product),
            ("service", &self.service),
        ];
        let mut first = true;
        for (name, value) in parts {
            if let Some(value) = value {
                write!(f, "{}{name}: {value}", if first { "" } else { ", " })?;
                first = false;
            }
        }
        Ok(())
    }
}

/// A rule that looks at one record.
#[derive(Debug)]
pub(crate) struct Detecting {
    /// Its id is its number in the set.
    pub(crate) compiled: CompiledRule,
    /// The fields that it asks for, and those that correlations ask of its hits.
    pub(crate) fields: Vec<String>,
    /// Of them, those that it asks for itself.
    pub(crate) own_fields: usize,
    /// Whether all it looks for are keywords.
    pub(crate) keywords_only: bool,
    /// Whether it looks for any.
    pub(crate) has_keywords: bool,
    /// In lower case.
    pub(crate) log_source: LogSourceName,
}

#[derive(Debug)]
pub(crate) enum Body {
    Detecting(Box<Detecting>),
    Correlating(Box<Correlation>),
}

/// Rules that are ready to run.
#[derive(Debug)]
pub struct SigmaRules {
    infos: Vec<RuleInfo>,
    bodies: Vec<Body>,
    /// Whether a correlation joins the rule, by number.
    joined: Vec<bool>,
    diagnostics: Vec<Diagnostic>,
    refused: usize,
}

impl SigmaRules {
    /// Reads files of rules. Never fails: what cannot be evaluated is in the diagnostics, and the rest is ready.
    #[must_use]
    pub fn parse(files: &[RuleFile<'_>]) -> Self {
        set::parse(files)
    }

    /// The rules that are ready, in the order of the files. A rule's place here is its number in results.
    #[must_use]
    pub fn rules(&self) -> &[RuleInfo] {
        &self.infos
    }

    /// What was refused or is to be known, in the order of the files.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// How many rules, or files that are none, were refused.
    #[must_use]
    pub const fn refused(&self) -> usize {
        self.refused
    }

    /// Whether a correlation joins this rule.
    pub(crate) fn is_joined(&self, rule: usize) -> bool {
        self.joined.get(rule) == Some(&true)
    }

    /// The rules that look at records, with their numbers.
    pub(crate) fn detecting(&self) -> impl Iterator<Item = (usize, &Detecting)> {
        self.bodies
            .iter()
            .enumerate()
            .filter_map(|(number, body)| match body {
                Body::Detecting(rule) => Some((number, &**rule)),
                Body::Correlating(_) => None,
            })
    }

    /// The correlations, with their numbers.
    pub(crate) fn correlating(&self) -> impl Iterator<Item = (usize, &Correlation)> {
        self.bodies
            .iter()
            .enumerate()
            .filter_map(|(number, body)| match body {
                Body::Correlating(rule) => Some((number, &**rule)),
                Body::Detecting(_) => None,
            })
    }
}
