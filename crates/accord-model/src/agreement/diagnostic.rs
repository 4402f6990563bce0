//! What is wrong with an agreement's files, and where.

use std::fmt;

use super::ClauseId;

/// Most diagnostics reported for one agreement; the rest are left out.
pub const MAX_DIAGNOSTICS: usize = 50;

/// One of the two files of an agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum File {
    /// `agreement.toml`.
    Terms,
    /// `clauses.cedar`.
    Clauses,
}

impl File {
    /// The file's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Terms => "agreement.toml",
            Self::Clauses => "clauses.cedar",
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// In which file.
    pub file: File,
    /// The line, from 1; for a clause the line it begins on. `None`: the file as a whole.
    pub line: Option<usize>,
    /// The clause, if it has a number.
    pub clause: Option<ClauseId>,
    /// What is wrong and what to do, lower-case. May quote the file: escape before showing.
    pub message: String,
}

impl Diagnostic {
    pub(super) fn new(file: File, line: Option<usize>, message: impl Into<String>) -> Self {
        let message: String = message.into();
        Self {
            file,
            line,
            clause: None,
            // A quoted hostile value must not fill a page.
            message: message.chars().take(600).collect(),
        }
    }

    pub(super) fn in_clause(mut self, clause: Option<&ClauseId>) -> Self {
        self.clause = clause.cloned();
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.file.name())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(clause) = &self.clause {
            write!(f, ": clause {clause}")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// The line, from 1, that a byte offset lies on.
pub(super) fn line_at(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|b| *b == b'\n').count()
}
