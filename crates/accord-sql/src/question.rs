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
