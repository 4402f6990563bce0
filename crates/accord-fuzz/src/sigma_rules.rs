//! Sigma rules: whatever comes in, nothing panics, and every document is a rule or is told why it is none.

use accord_sigma::{RuleFile, SigmaRules};

/// One input.
pub fn run(data: &[u8]) {
    let rules = SigmaRules::parse(&[RuleFile {
        name: "fuzz.yml",
        bytes: data,
    }]);
    assert!(rules.refused() == 0 || !rules.diagnostics().is_empty());
}
