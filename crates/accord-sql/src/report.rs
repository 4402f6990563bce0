//! What a worker says on its standard error: one JSON object a line. Other lines are the words of the runtime before it
//! ended the process.

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::outcome::{Outcome, Progress};

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Report {
    /// How far it has come; any number of times.
    Progress(Progress),
    /// The answer is written; the last line.
    Outcome(Box<Outcome>),
    /// There is no answer, or not all of it; the last line.
    Error(Error),
}
