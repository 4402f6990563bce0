//! What a verification says.

use std::fmt;

use serde::Serialize;

/// Most characters of a check's words; hostile text is cut and escaped.
const WORDS_MAX: usize = 600;

/// How one check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It holds.
    Passed,
    /// It does not hold.
    Failed,
    /// It was not or cannot be checked.
    NotChecked,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Its stable name, listed in `docs/spec/evidence-package.md`.
    pub name: &'static str,
    /// How it ended.
    pub outcome: Outcome,
    /// What was found, in a sentence.
    pub words: String,
}

/// The whole in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every check passed, and the signer is an organisation whose identity key the reader gave.
    Verified,
    /// Nothing is wrong, but the reader gave no identity key: who signed it is only the package's own word.
    SignerUnknown,
    /// At least one check failed; identity keys that were given, none of which is the signer's, are a failure.
    Failed,
}

/// All checks, in the order they were made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The whole.
    pub verdict: Verdict,
    /// The checks.
    pub checks: Vec<Check>,
}

impl Report {
    /// The check of this name.
    pub fn check(&self, name: &str) -> Option<&Check> {
        self.checks.iter().find(|check| check.name == name)
    }

    /// Whether nothing is wrong and the signer is known.
    pub fn is_verified(&self) -> bool {
        self.verdict == Verdict::Verified
    }

    /// The words of every check that failed.
    pub fn failures(&self) -> Vec<String> {
        self.with(Outcome::Failed)
            .map(|check| format!("{}: {}", check.name, check.words))
            .collect()
    }

    /// The checks that ended so.
    pub fn with(&self, outcome: Outcome) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(move |check| check.outcome == outcome)
    }
}

/// The verdict first, so that nobody who reads one line misses that a signer was not checked.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.verdict {
            Verdict::Verified => "VERIFIED: every check passed; see what was not checked\n",
            Verdict::SignerUnknown => {
                "SIGNER NOT CHECKED: nothing is wrong, but you gave no identity key, so anybody may have signed this\n"
            }
            Verdict::Failed => "FAILED: do not rely on this package\n",
        })?;
        for check in &self.checks {
            let mark = match check.outcome {
                Outcome::Passed => "passed     ",
                Outcome::Failed => "FAILED     ",
                Outcome::NotChecked => "not checked",
            };
            writeln!(f, "{mark}  {:<22} {}", check.name, check.words)?;
        }
        Ok(())
    }
}

/// Collects checks.
#[derive(Debug, Default)]
pub(super) struct Checks(pub(super) Vec<Check>);

impl Checks {
    pub(super) fn passed(&mut self, name: &'static str, words: impl Into<String>) {
        self.add(name, Outcome::Passed, words.into());
    }

    pub(super) fn failed(&mut self, name: &'static str, words: impl Into<String>) {
        self.add(name, Outcome::Failed, words.into());
    }

    pub(super) fn not_checked(&mut self, name: &'static str, words: impl Into<String>) {
        self.add(name, Outcome::NotChecked, words.into());
    }

    /// Passed with `good` when `problems` is empty, else failed with the first few of them.
    pub(super) fn none_of(&mut self, name: &'static str, problems: &[String], good: impl Into<String>) {
        match problems {
            [] => self.passed(name, good),
            [one] => self.failed(name, one.clone()),
            many => {
                let shown = many.iter().take(5).cloned().collect::<Vec<_>>().join("; ");
                self.failed(name, format!("{} problems: {shown}", many.len()));
            }
        }
    }

    fn add(&mut self, name: &'static str, outcome: Outcome, words: String) {
        // A hostile package must not write to the reader's terminal or flood it.
        let words = words
            .chars()
            .take(WORDS_MAX)
            .flat_map(|c| {
                if misleads(c) {
                    c.escape_default().collect::<Vec<_>>()
                } else {
                    vec![c]
                }
            })
            .collect();
        self.0.push(Check { name, outcome, words });
    }

    /// `signer_known`: the certificate was verified with a key that the reader gave.
    pub(super) fn report(self, signer_known: bool) -> Report {
        let failed = self.0.iter().any(|check| check.outcome == Outcome::Failed);
        let verdict = match (failed, signer_known) {
            (true, _) => Verdict::Failed,
            (false, true) => Verdict::Verified,
            (false, false) => Verdict::SignerUnknown,
        };
        Report {
            verdict,
            checks: self.0,
        }
    }
}

/// Characters that move the cursor, hide, or turn the direction of the text around them.
fn misleads(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}
