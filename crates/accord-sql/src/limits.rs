//! Every limit, by name. `docs/spec/log-sql.md` has them as a table.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind};

/// The longest statement, bytes. Long lists of values belong into the table of indicators.
pub const MAX_STATEMENT_BYTES: usize = 256 * 1024;
/// How deep parentheses, subqueries and the like may stand in each other.
pub const MAX_NESTING: usize = 48;
/// How deep an expression may be once it is read: `a OR b OR c` is two deep.
pub const MAX_DEPTH: usize = 500;
/// The most tables that a statement names, each time it names one; and the most SELECTs it has.
pub const MAX_TABLES: usize = 64;
/// The most parameters of a question.
pub const MAX_PARAMETERS: usize = 32;
/// The longest of them, name and value together, bytes.
pub const MAX_PARAMETER_BYTES: usize = 4096;
/// The most indicators of the table of that name.
pub const MAX_INDICATORS: usize = 2_000_000;
/// The longest of its rows, as JSON, bytes.
pub const MAX_INDICATOR_BYTES: usize = 64 * 1024;

/// Memory that sorts, groups and joins share, bytes, unless told otherwise.
pub const DEFAULT_MEMORY_BYTES: u64 = 512 << 20;
/// The least that can be asked for: below, the smallest sort does not begin.
pub const MIN_MEMORY_BYTES: u64 = 64 << 20;
/// The most that can be asked for.
pub const MAX_MEMORY_BYTES: u64 = 64 << 30;
/// What may lie in the temporary folder at once, bytes, unless told otherwise.
pub const DEFAULT_SPILL_BYTES: u64 = 2 << 30;
/// The most that can be asked for.
pub const MAX_SPILL_BYTES: u64 = 256 << 30;
/// How long an answer may take, milliseconds, unless told otherwise.
pub const DEFAULT_TIME_MS: u64 = 60_000;
/// The most that can be asked for.
pub const MAX_TIME_MS: u64 = 3_600_000;
/// The most rows of an answer, unless told otherwise.
pub const DEFAULT_ROWS: u64 = 100_000;
/// The most that can be asked for.
pub const MAX_ROWS: u64 = 10_000_000;
/// The most bytes of an answer, unless told otherwise.
pub const DEFAULT_RESULT_BYTES: u64 = 64 << 20;
/// The most that can be asked for.
pub const MAX_RESULT_BYTES: u64 = 4 << 30;
/// Threads that compute, unless told otherwise.
pub const DEFAULT_THREADS: u64 = 2;
/// The most that can be asked for.
pub const MAX_THREADS: u64 = 64;

/// The limits of one question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// See [`DEFAULT_MEMORY_BYTES`].
    pub memory_bytes: u64,
    /// See [`DEFAULT_SPILL_BYTES`]. None: nothing is written, and what does not fit is an error.
    pub spill_bytes: u64,
    /// See [`DEFAULT_TIME_MS`].
    pub time_ms: u64,
    /// See [`DEFAULT_ROWS`].
    pub rows: u64,
    /// See [`DEFAULT_RESULT_BYTES`].
    pub result_bytes: u64,
    /// See [`DEFAULT_THREADS`].
    pub threads: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: DEFAULT_MEMORY_BYTES,
            spill_bytes: DEFAULT_SPILL_BYTES,
            time_ms: DEFAULT_TIME_MS,
            rows: DEFAULT_ROWS,
            result_bytes: DEFAULT_RESULT_BYTES,
            threads: DEFAULT_THREADS,
        }
    }
}

impl Limits {
    /// Whether each lies within what can be asked for.
    ///
    /// # Errors
    /// [`Kind::Limits`], which names it.
    pub fn check(&self) -> Result<(), Error> {
        for (what, value, least, most) in [
            (
                "memory, bytes,",
                self.memory_bytes,
                MIN_MEMORY_BYTES,
                MAX_MEMORY_BYTES,
            ),
            ("temporary files, bytes,", self.spill_bytes, 0, MAX_SPILL_BYTES),
            ("time, milliseconds,", self.time_ms, 1, MAX_TIME_MS),
            ("rows", self.rows, 1, MAX_ROWS),
            ("the answer, bytes,", self.result_bytes, 1, MAX_RESULT_BYTES),
            ("threads", self.threads, 1, MAX_THREADS),
        ] {
            if !(least..=most).contains(&value) {
                let words = format!("the limit of {what} is {value}: choose one from {least} to {most}");
                return Err(Error::new(Kind::Limits, words));
            }
        }
        Ok(())
    }
}

/// A number of bytes in words.
pub(crate) fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes >> 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_past_each_is_refused_and_named() {
        type Set = fn(&mut Limits, u64);
        let sets: [(&str, Set, u64, u64); 6] = [
            (
                "memory",
                |limits, value| limits.memory_bytes = value,
                MIN_MEMORY_BYTES,
                MAX_MEMORY_BYTES,
            ),
            (
                "temporary files",
                |limits, value| limits.spill_bytes = value,
                0,
                MAX_SPILL_BYTES,
            ),
            ("time", |limits, value| limits.time_ms = value, 1, MAX_TIME_MS),
            ("rows", |limits, value| limits.rows = value, 1, MAX_ROWS),
            (
                "the answer",
                |limits, value| limits.result_bytes = value,
                1,
                MAX_RESULT_BYTES,
            ),
            ("threads", |limits, value| limits.threads = value, 1, MAX_THREADS),
        ];
        for (name, set, least, most) in sets {
            let with = |value| {
                let mut limits = Limits::default();
                set(&mut limits, value);
                limits.check()
            };
            assert_eq!(with(least), Ok(()), "{name}");
            assert_eq!(with(most), Ok(()), "{name}");
            let past = [least.checked_sub(1), most.checked_add(1)];
            for value in past.into_iter().flatten() {
                let error = with(value).unwrap_err();
                assert_eq!(error.kind, Kind::Limits);
                assert!(
                    error.message.contains(name) && error.message.contains(&value.to_string()),
                    "{error}"
                );
            }
        }
    }
}
