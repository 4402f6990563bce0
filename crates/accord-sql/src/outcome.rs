//! What is told about an answer.

use serde::{Deserialize, Serialize};

/// The most segments that are named as not covered; all are counted.
pub const MAX_NOT_COVERED_NAMED: usize = 1000;

/// A column of the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name in NDJSON and CSV: two of the same name are told apart by a number behind it.
    pub name: String,
    /// Its type, in the engine's words.
    pub r#type: String,
}

/// Which limit cut an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cut {
    /// There are more rows.
    Rows,
    /// There are more rows, and they would take more bytes.
    Bytes,
}

/// A segment that the question is about and that has no columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotCovered {
    /// Its name.
    pub segment: String,
    /// Lines of its log, where it says so.
    pub lines: Option<u64>,
    /// Why, and what to do.
    pub why: String,
}

/// What did not have to be read, by what the files say about themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skipped {
    /// Files, by their source and segment.
    pub files: u64,
    /// Row groups, by the least and greatest of their values.
    pub row_groups_by_statistics: u64,
    /// Row groups, by their bloom filters.
    pub row_groups_by_bloom_filter: u64,
    /// Pages, by the page index.
    pub pages: u64,
}

/// What is told about an answer that was given. The answer itself was written before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// Its columns.
    pub columns: Vec<Column>,
    /// Rows that were written.
    pub rows: u64,
    /// Bytes that were written.
    pub result_bytes: u64,
    /// What cut it; nothing where it is whole.
    pub truncated: Option<Cut>,
    /// Bytes of columns that were read.
    pub read_bytes: u64,
    /// Segments whose columns the question is about, after its conditions on source and segment.
    pub covered: u64,
    /// Those of them without columns: the first [`MAX_NOT_COVERED_NAMED`].
    pub not_covered: Vec<NotCovered>,
    /// How many of them there are.
    pub not_covered_total: u64,
    /// What did not have to be read.
    pub skipped: Skipped,
    /// Bytes that were written to temporary files.
    pub spilled_bytes: u64,
    /// How long it took.
    pub seconds: f64,
}

/// What is told about a statement that was not asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checked {
    /// The columns that its answer has.
    pub columns: Vec<Column>,
    /// Its parameters by name, without `$`, and what a value of each becomes.
    pub parameters: Vec<Column>,
}

/// How far an answer has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// Bytes of columns that were read.
    pub read_bytes: u64,
    /// Files that were begun.
    pub files: u64,
    /// Rows that were written.
    pub rows: u64,
}
