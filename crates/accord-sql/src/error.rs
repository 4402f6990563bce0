//! Why there is no answer, or not all of it.

use serde::{Deserialize, Serialize};

/// What kind of reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The statement does not say what can be asked: a word is wrong, or a name that there is none of.
    Statement,
    /// The statement asks for something that is no question: it would write, set, or read something else.
    Refused,
    /// The statement is larger or deeper than a limit.
    TooLarge,
    /// A limit that was asked for is not one that can be.
    Limits,
    /// A value does not fit what was asked of it, which only reading it told.
    Value,
    /// It takes more memory than its limit.
    Memory,
    /// It takes more temporary files than its limit.
    Spill,
    /// It takes longer than its limit.
    Time,
    /// Who asked wanted no more.
    Stopped,
    /// The answer could not be written: who reads it is gone.
    Closed,
    /// The answer could not be written.
    Output,
    /// The store or its columns could not be read.
    Store,
    /// The indicators could not be read.
    Indicators,
    /// The worker could not be started, or what it says is not understood.
    Worker,
    /// A fault of this program.
    Internal,
}

/// Why there is no answer. The message is for people: it names what is wrong and says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{message}")]
#[serde(deny_unknown_fields)]
pub struct Error {
    /// For programs.
    pub kind: Kind,
    /// For people.
    pub message: String,
}

impl Error {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    /// From writing the answer.
    #[cfg(feature = "engine")]
    pub(crate) fn from_output(error: &std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            Self::new(Kind::Closed, "who reads the answer is gone")
        } else {
            Self::new(Kind::Output, format!("the answer cannot be written: {error}"))
        }
    }

    pub(crate) fn stopped() -> Self {
        Self::new(Kind::Stopped, "stopped as asked; the answer is not whole")
    }

    pub(crate) fn time(limit_ms: u64) -> Self {
        let seconds = limit_ms as f64 / 1000.0;
        let words = format!(
            "the question took longer than its {seconds} s and was stopped: ask for less (a source, a span of time, \
             fewer columns), or allow more time"
        );
        Self::new(Kind::Time, words)
    }

    pub(crate) fn memory(limit_bytes: u64, detail: &str) -> Self {
        let limit = crate::limits::megabytes(limit_bytes);
        let words = format!(
            "the question takes more memory than its {limit}: ask for less at once (fewer columns, a span of time, a LIMIT), \
             or allow more{detail}"
        );
        Self::new(Kind::Memory, words)
    }
}
