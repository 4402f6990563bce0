//! What a worker is asked, the first line of its standard input, and what it says on its standard error: one JSON object a
//! line. Other lines are the words of the runtime before it ended the process.

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::outcome::{Checked, Outcome, Progress};
use crate::question::Question;

/// What a worker is to do with a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Task {
    /// Answer it.
    Answer(Question),
    /// Say what its answer would be like.
    Check(Question),
}

impl Task {
    pub(crate) const fn question(&self) -> &Question {
        match self {
            Self::Answer(question) | Self::Check(question) => question,
        }
    }
}

/// One line that it says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Report {
    /// How far it has come; any number of times.
    Progress(Progress),
    /// The answer is written; the last line.
    Outcome(Box<Outcome>),
    /// The statement can be asked; the last line.
    Checked(Checked),
    /// There is no answer, or not all of it; the last line.
    Error(Error),
}
