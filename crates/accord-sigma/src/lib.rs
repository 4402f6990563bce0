//! Sigma rules over the log store: what the lines of a partner's logs say, by rules that many write and share.
//!
//! [`SigmaRules::parse`] reads files of rules, and says of each that it cannot evaluate why and on which line; [`run`] walks
//! the segments of a [`accord_logstore::LogStore`] once and answers with the lines that hit, exact and with their place, with
//! counts by rule, source and day, and with everything that it says nothing about: lines that were not parsed, rules whose
//! log source was not among what was searched, fields that no record had, damage. `docs/spec/log-sigma.md` is the
//! specification, with the tables of log sources and fields.
//!
//! Invariants:
//! - A rule is evaluated as the Sigma specification (2.1, <https://github.com/SigmaHQ/sigma-specification>) means it, or
//!   refused by name. The evaluator is that of `rsigma`, behind forms that it reads as they are meant (`rules::normal`).
//! - A rule is a stranger's: what it may cost is limited by name (`limits`), and none of its own attributes steers anything.
//! - The answer depends on the store and the rules alone, never on a hash map, a thread or the clock.
//!
//! Deliberately absent: rules of our own, a schedule, alerts; who may run rules is decided in the service.

mod correlate;
mod error;
mod limits;
mod record;
mod result;
mod rules;
mod run;
mod search;
mod sources;
mod uri;
mod watch;

pub use error::{Result, SigmaError};
pub use limits::*;
pub use result::{
    CorrelatedLine, CorrelationHit, LineSums, MatchedField, RuleReport, RuleState, SigmaCount, SigmaHit,
    SigmaLine, SigmaResult,
};
pub use rules::{Diagnostic, LogSourceName, RuleFile, RuleInfo, RuleKind, SigmaRules};
pub use run::{SigmaRun, run};
pub use sources::{LogSourceRow, log_sources};
