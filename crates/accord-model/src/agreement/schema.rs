//! The Cedar schema that every clause is validated against, strictly. Vocabularies are enumerated entity
//! types, so that a misspelt category is a refusal and not a clause that silently never applies.

use std::fmt::Write as _;

use crate::{Category, Class, EntryKind, OrgKind};

use super::question::{InstrumentStanding, RequestKind};
use super::terms::Purpose;

/// The types and the action, without the vocabularies.
const SHAPE: &str = r"
entity Organisation { kind: Kind };
entity Payload { category: Category, tlp: Long };
action release appliesTo {
  principal: Organisation,
  resource: Payload,
  context: {
    to: Organisation,
    concerns: Set<Organisation>,
    instrument: Instrument,
    approvals: { approver: Long, custodian: Long, case_officer: Long },
    entry?: Entry,
    request?: Request,
    purpose?: Purpose,
    now_ms: Long
  }
};
";

/// The schema for an agreement with these purposes.
pub(super) fn render(purposes: &[Purpose]) -> String {
    let mut out = String::new();
    let mut vocabulary = |name: &str, words: Vec<&str>| {
        // All words are of `[a-z0-9.-]`: nothing to escape.
        let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        let _ = writeln!(out, "entity {name} enum [{}];", quoted.join(", "));
    };
    vocabulary("Kind", OrgKind::ALL.iter().map(|word| word.as_str()).collect());
    vocabulary(
        "Category",
        Category::ALL.iter().map(|word| word.as_str()).collect(),
    );
    vocabulary(
        "Entry",
        EntryKind::ALL
            .iter()
            .filter(|kind| kind.class() == Class::Content)
            .map(|word| word.as_str())
            .collect(),
    );
    vocabulary(
        "Request",
        RequestKind::ALL.iter().map(|word| word.as_str()).collect(),
    );
    vocabulary(
        "Instrument",
        InstrumentStanding::ALL.iter().map(|word| word.as_str()).collect(),
    );
    vocabulary(
        "Purpose",
        purposes.iter().map(|purpose| purpose.word.as_str()).collect(),
    );
    out.push_str(SHAPE);
    out
}
