//! What is asked.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind};
use crate::limits::{Limits, MAX_PARAMETER_BYTES, MAX_PARAMETERS, MAX_STATEMENT_BYTES};

/// What a message shows of a name, characters.
const MESSAGE_NAME_CHARS: usize = 64;

/// How the rows of an answer are written. `docs/spec/log-sql.md` says how each type of value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// One JSON object a row, for programs: values stay what they are.
    Ndjson,
    /// A table for spreadsheets (RFC 4180): a text that one would run as a formula stands behind an apostrophe.
    Csv,
    /// A table for people at a terminal: what steers one or hides is shown as what it is.
    Text,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "ndjson" => Ok(Self::Ndjson),
            "csv" => Ok(Self::Csv),
            "text" => Ok(Self::Text),
            _ => Err("a format is ndjson, csv or text".to_owned()),
        }
    }
}

/// A question to a store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The folder of the log store.
    pub store: PathBuf,
    /// One statement of SQL.
    pub statement: String,
    /// How the answer is written.
    pub format: Format,
    /// Its limits.
    pub limits: Limits,
    /// The sources that who asks may see; nothing for all. To the question there are no others: not their lines, their names,
    /// or that a segment of them has no columns.
    #[serde(default)]
    pub sources: Option<BTreeSet<String>>,
    /// Whether there is a table of indicators.
    pub with_indicators: bool,
    /// The values of its parameters, as text: `$day` in the statement is that of `day`. Each becomes what the statement
    /// compares it with, and is never a part of the statement.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
    /// An existing folder for temporary files, which nobody else uses; nothing for one that is made and removed.
    pub spill: Option<PathBuf>,
}

impl Question {
    /// One that asks all sources of a store for NDJSON, within the limits that hold unless told otherwise.
    pub fn new(store: impl Into<PathBuf>, statement: impl Into<String>) -> Self {
        Self {
            store: store.into(),
            statement: statement.into(),
            format: Format::Ndjson,
            limits: Limits::default(),
            sources: None,
            with_indicators: false,
            parameters: BTreeMap::new(),
            spill: None,
        }
    }

    /// Whether its limits can be asked for, and its statement and parameters are ones that are read.
    ///
    /// # Errors
    /// [`Kind::Limits`], [`Kind::TooLarge`].
    pub fn check(&self) -> Result<(), Error> {
        self.limits.check()?;
        if self.statement.len() > MAX_STATEMENT_BYTES {
            let words = format!(
                "the statement has {} bytes, at most {MAX_STATEMENT_BYTES} are read: put long lists of values into the \
                 table `indicators`",
                self.statement.len()
            );
            return Err(Error::new(Kind::TooLarge, words));
        }
        if self.parameters.len() > MAX_PARAMETERS {
            let words = format!(
                "{} parameters are given, at most {MAX_PARAMETERS} are taken: put lists of values into the table \
                 `indicators`",
                self.parameters.len()
            );
            return Err(Error::new(Kind::TooLarge, words));
        }
        for (name, value) in &self.parameters {
            if name.len() + value.len() > MAX_PARAMETER_BYTES {
                let name: String = name.chars().take(MESSAGE_NAME_CHARS).collect();
                let words = format!(
                    "the parameter `${name}` has more than {MAX_PARAMETER_BYTES} bytes, name and value together: shorten it"
                );
                return Err(Error::new(Kind::TooLarge, words));
            }
        }
        Ok(())
    }
}

/// The values of parameters as people write them: `day=2026-03-02`, or with the statement's own `$day`. A value is taken as
/// it stands behind the first `=`.
///
/// # Errors
/// [`Kind::Statement`]: which of them is none, or names a parameter again.
pub fn parameters<'t>(texts: impl IntoIterator<Item = &'t str>) -> Result<BTreeMap<String, String>, Error> {
    let mut parameters = BTreeMap::new();
    for text in texts {
        let named = text.split_once('=').map(|(name, value)| {
            let name = name.trim();
            (name.strip_prefix('$').unwrap_or(name), value)
        });
        let shown = || text.chars().take(MESSAGE_NAME_CHARS).collect::<String>();
        let Some((name, value)) = named.filter(|(name, _)| !name.is_empty()) else {
            let words = format!(
                "`{}` is no value of a parameter: write NAME=VALUE, as day=2026-03-02",
                shown()
            );
            return Err(Error::new(Kind::Statement, words));
        };
        if parameters.insert(name.to_owned(), value.to_owned()).is_some() {
            let words = format!(
                "`{}` gives a parameter a value that has one: give one value each",
                shown()
            );
            return Err(Error::new(Kind::Statement, words));
        }
    }
    Ok(parameters)
}

/// A row of the table `indicators`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// `domain`, `ip`, `url`, ...: as the matcher names it.
    pub kind: String,
    /// Its value, in its canonical form.
    pub value: String,
    /// What it is listed for.
    pub labels: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_as_people_write_them() {
        for (texts, expected) in [
            (&[][..], &[][..]),
            (&["day=2026-03-02"], &[("day", "2026-03-02")]),
            (
                &["$day=2026-03-02", " n = 5"],
                &[("day", "2026-03-02"), ("n", " 5")],
            ),
            (&["q=a=b", "none="], &[("none", ""), ("q", "a=b")]),
        ] {
            let told = parameters(texts.iter().copied()).unwrap();
            let told: Vec<(&str, &str)> = told
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            assert_eq!(told, expected, "{texts:?}");
        }
        for (texts, words) in [
            (&["day"][..], "`day` is no value of a parameter"),
            (&["=5"], "NAME=VALUE"),
            (&["$=5"], "NAME=VALUE"),
            (&["day=1", "$day=2"], "one value each"),
        ] {
            let error = parameters(texts.iter().copied()).unwrap_err();
            assert_eq!(error.kind, Kind::Statement);
            assert!(error.message.contains(words), "{error}");
        }
    }
}
