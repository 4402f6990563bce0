//! Development tasks. Now one: [`tidy`], the rules of the house that no compiler checks. It is also a test
//! (`xtask/tests/tidy.rs`), so that breaking a rule fails `cargo test`.
//!
//! - `edges`: which crate may know which; one table.
//! - `manifests`: every manifest takes the workspace's lints, every dependency is used.
//! - `source`: what a Rust file may hold.
//! - `documents`: links and named files exist, the documents every reader looks for are there.
//! - `tree`: the files looked at.
//!
//! Rules are functions from text to findings, so that each has a test with a small text that breaks it.

mod documents;
mod edges;
mod manifests;
mod source;
mod tree;

use std::path::Path;

/// Something that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The file, relative to the workspace.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong and what to do.
    pub words: String,
}

impl Finding {
    fn new(path: &str, line: usize, words: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line,
            words: words.into(),
        }
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.words)
    }
}

/// Everything that breaks a rule in the workspace at `root`, sorted by file and line.
///
/// # Errors
/// The tree cannot be read, or `cargo metadata` cannot be run.
pub fn tidy(root: &Path) -> Result<Vec<Finding>, String> {
    let files = tree::read(root)?;
    let packages = edges::packages(root)?;
    let mut findings = edges::check(&packages);
    findings.extend(edges::unused(&packages));
    findings.extend(manifests::check(&files, &packages));
    for file in files.iter().filter(|file| file.path.ends_with(".rs")) {
        findings.extend(source::check(&file.path, &file.text));
    }
    findings.extend(source::check_pure(&files));
    findings.extend(documents::check(root, &files));
    findings.sort();
    Ok(findings)
}
