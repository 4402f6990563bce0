//! Control entries and the fold that turns them into the control state of a space.
//!
//! A space is one agreement or one case; every party has its own ledger in it. All parties read all control
//! entries of a space, and [`fold`] gives the same [`State`] on every honest node, whatever the order the
//! entries arrived in: it depends on the set of entries, on which of them happened before which, and on
//! [`Facts`] that are themselves functions of signed bytes.
//!
//! Invariants (`docs/spec/fold.md`):
//! * whether an entry counts depends on its causal past only, so what was right when written stays right;
//! * of concurrent entries of one slot the more restrictive counts;
//! * what does not count is listed with its reason, never dropped in silence.
//!
//! Deliberately absent: signatures and proofs (checked before an entry gets here), the clock (callers leave
//! out entries stamped more than five minutes ahead), content entries (they may be withheld, so nothing here
//! may depend on them), and decisions on releases (the agreement's).

mod bodies;
mod entry;
mod fold;
mod order;
mod reason;
mod rights;
mod slots;
mod stage;
mod state;

pub mod limits;

pub use bodies::*;
pub use entry::{ControlEntry, EntryError};
pub use fold::fold;
pub use order::Causality;
pub use reason::Reason;
pub use rights::{role_is_givable, role_is_of};
pub use stage::{Stage, Step};
pub use state::*;

pub(crate) use entry::kind_of;

use std::collections::{BTreeMap, BTreeSet};

use crate::agreement::Term;
use crate::{AgreementDigest, EntryRef, LedgerId, OrgKind, OrgName, SpaceId};

/// What `custody.received` names as the organisation that gave the exhibit, where a guest gave it through a link.
/// Control entries are read by every party of the case, and who was asked is not theirs to know: the exhibit's own
/// note says it. No organisation has a name under `.invalid` (RFC 2606).
pub const FROM_A_GUEST: &str = "guest.invalid";

/// A control entry with where it stands and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    /// Ledger and position.
    pub at: EntryRef,
    /// The organisation whose ledger it is, as the ledger's checkpoint key proves.
    pub author: OrgName,
    /// The wall part of the entry's clock, ms since the Unix epoch, UTC.
    pub wall_ms: u64,
    /// What it says.
    pub entry: ControlEntry,
}

/// What the fold must be told: functions of signed bytes that other rooms read and verify.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The random bytes that the ledgers of the space that is folded name, which its id is made from.
    pub space: SpaceId,
    /// What it is for.
    pub space_kind: SpaceKind,
    /// For a case: the agreement it runs under. For an agreement's space: every proposed agreement whose
    /// files hash to the digest and can be read. A digest that is missing here denies.
    pub agreements: BTreeMap<AgreementDigest, AgreementFacts>,
    /// The `agreement.signed` entries whose signature verifies under the author's identity key. What is
    /// missing here does not count.
    pub verified_signatures: BTreeSet<EntryRef>,
    /// Ledgers whose key was revoked: entries from this sequence number on are not trusted.
    pub trusted_sizes: BTreeMap<LedgerId, u64>,
}

/// What an agreement's own files say, as far as the fold needs it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AgreementFacts {
    /// Its parties and their kinds.
    pub parties: BTreeMap<OrgName, OrgKind>,
    /// For a case's space: who has ever validly signed it, as the agreement's own spaces say. It only grows, so
    /// that a later refusal changes no decision of the past; whether the agreement stands now is asked of it when
    /// something is to leave. In its own space the fold finds out, and this is not read.
    pub signed: BTreeSet<OrgName>,
    /// Whether cases run under it; false for intelligence only.
    pub opens_cases: bool,
    /// Its term. Where it is missing, nothing that must lie within it counts.
    pub term: Option<Term>,
}

#[cfg(test)]
mod tests;
