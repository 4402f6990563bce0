//! SQL over the columns of logs, for the people of the organisation that holds them.
//!
//! `docs/spec/log-sql.md` says what can be asked, what comes out and which limits hold. The columns are derived from the
//! logs and never are evidence: every row names the line that counts.
//!
//! - [`Question`], [`Limits`], [`Indicator`]: what is asked. [`Outcome`], [`Progress`], [`Error`]: what is told about the answer;
//!   [`Checked`]: about a question that is kept and not asked now.
//! - [`Worker`]: asks in a process of its own, so that no question can crash or starve who asks. What a node uses.
//! - `answer`, `check`, `work` (feature `engine`): the engine, and the side of that process.
//!
//! Invariants:
//! - Nothing is written but the answer and, below a limit, one temporary folder that is removed.
//! - Nothing is read but the listed files of columns of one store, those of the sources that a question may see, and the indicators that were handed over. There is no
//!   network, and no way to name a file in a question.
//! - Whatever is asked ends within its limits, with an answer, a part of it that says so, or an error that says why.
//!
//! Deliberately absent: who may ask, and the record of who did: that is the service's.

#[cfg(feature = "engine")]
mod engine;
mod error;
mod limits;
mod outcome;
mod question;
#[cfg(feature = "engine")]
mod render;
mod report;
mod worker;

#[cfg(feature = "engine")]
pub use engine::{answer, check, work};
pub use error::{Error, Kind};
pub use limits::{
    DEFAULT_MEMORY_BYTES, DEFAULT_RESULT_BYTES, DEFAULT_ROWS, DEFAULT_SPILL_BYTES, DEFAULT_THREADS,
    DEFAULT_TIME_MS, Limits, MAX_DEPTH, MAX_INDICATOR_BYTES, MAX_INDICATORS, MAX_MEMORY_BYTES, MAX_NESTING,
    MAX_PARAMETER_BYTES, MAX_PARAMETERS, MAX_RESULT_BYTES, MAX_ROWS, MAX_SPILL_BYTES, MAX_STATEMENT_BYTES,
    MAX_TABLES, MAX_THREADS, MAX_TIME_MS, MIN_MEMORY_BYTES,
};
pub use outcome::{Checked, Column, Cut, MAX_NOT_COVERED_NAMED, NotCovered, Outcome, Progress, Skipped};
pub use question::{Format, Indicator, Question, parameters};
pub use worker::{Indicators, Watch, Worker};
