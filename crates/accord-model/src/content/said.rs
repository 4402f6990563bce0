//! Content entries with where they stand, and which of them are the latest.

use std::collections::BTreeMap;

use super::ContentEntry;
use crate::control::Causality;
use crate::{EntryRef, LedgerId, OrgName};

/// A content entry with where it stands and whose it is.
///
/// Whoever gives entries to a fold leaves out what is not to be used: what was recalled, what its author's role
/// may not write, what the person who looks may not read.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    /// Ledger and position.
    pub at: EntryRef,
    /// The organisation whose ledger it is.
    pub author: &'a OrgName,
    /// The wall part of the entry's clock, ms.
    pub wall_ms: u64,
    /// What it says.
    pub entry: &'a ContentEntry,
}

/// Whether `a` happened before `b`: by sequence within a ledger, by cited heads between two.
pub(super) fn before(causality: &dyn Causality, a: EntryRef, b: EntryRef) -> bool {
    if a.ledger == b.ledger {
        a.seq < b.seq
    } else {
        causality.before(a, b)
    }
}

/// Of these entries, the ones that none of the others has seen. Only the last of a ledger can be one, so this
/// costs comparisons by the number of ledgers.
pub(super) fn latest(
    causality: &dyn Causality,
    entries: impl IntoIterator<Item = EntryRef>,
) -> Vec<EntryRef> {
    let mut last: BTreeMap<LedgerId, EntryRef> = BTreeMap::new();
    for at in entries {
        let known = last.entry(at.ledger).or_insert(at);
        *known = (*known).max(at);
    }
    let all: Vec<EntryRef> = last.into_values().collect();
    let followed = |one: EntryRef| all.iter().any(|other| before(causality, one, *other));
    all.iter().copied().filter(|one| !followed(*one)).collect()
}
