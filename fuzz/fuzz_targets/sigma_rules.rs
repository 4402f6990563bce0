//! Sigma rules: whatever comes in, nothing panics, and every document is a rule or is told why it is none.

#![no_main]

use accord_sigma::{RuleFile, SigmaRules};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let rules = SigmaRules::parse(&[RuleFile {
        name: "fuzz.yml",
        bytes: data,
    }]);
    assert!(rules.refused() == 0 || !rules.diagnostics().is_empty());
});
