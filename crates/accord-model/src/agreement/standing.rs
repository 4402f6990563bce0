//! Whether an agreement counts: signed by all, begun, not over, not ended by anybody.

use std::collections::BTreeSet;
use std::fmt;

use crate::OrgName;

use super::Agreement;

/// What the parties' signatures and the clock say of an agreement. Order of strength: a termination beats
/// everything, a refusal beats any number of signatures, then missing signatures, then the term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Not all have signed.
    Proposed {
        /// The parties whose signature is missing; never empty.
        missing: BTreeSet<OrgName>,
    },
    /// All have signed; the term has not begun.
    NotYet {
        /// When it begins, ms since the Unix epoch.
        from_ms: u64,
    },
    /// All have signed and the term runs. The only standing under which anything flows.
    InForce,
    /// The term is over. Duties remain.
    Expired {
        /// When it ended, ms since the Unix epoch.
        at_ms: u64,
    },
    /// A party ended it, at once. Duties remain.
    Terminated {
        /// The parties that ended it; never empty.
        by: BTreeSet<OrgName>,
    },
    /// A party refused these bytes.
    Refused {
        /// The parties that refused; never empty.
        by: BTreeSet<OrgName>,
    },
}

impl Standing {
    /// Whether anything may flow.
    pub fn in_force(&self) -> bool {
        matches!(self, Self::InForce)
    }
}

fn names(set: &BTreeSet<OrgName>) -> String {
    set.iter().map(OrgName::as_str).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Proposed { missing } => write!(f, "not yet signed by {}", names(missing)),
            Self::NotYet { from_ms } => {
                write!(f, "signed, begins on {}", super::instant::format(*from_ms))
            }
            Self::InForce => f.write_str("in force"),
            Self::Expired { at_ms } => write!(f, "expired on {}", super::instant::format(*at_ms)),
            Self::Terminated { by } => write!(f, "terminated by {}", names(by)),
            Self::Refused { by } => write!(f, "refused by {}", names(by)),
        }
    }
}

impl Agreement {
    /// What the named parties' acts and the time make of this agreement. Organisations that are no party are
    /// ignored in all three sets. The term includes its first millisecond and excludes its last.
    pub fn standing(
        &self,
        signed_by: &BTreeSet<OrgName>,
        refused_by: &BTreeSet<OrgName>,
        terminated_by: &BTreeSet<OrgName>,
        now_ms: u64,
    ) -> Standing {
        let parties = || self.terms().parties.iter().map(|party| &party.name);
        let among = |set: &BTreeSet<OrgName>| {
            parties()
                .filter(|name| set.contains(*name))
                .cloned()
                .collect::<BTreeSet<_>>()
        };
        let by = among(terminated_by);
        if !by.is_empty() {
            return Standing::Terminated { by };
        }
        let by = among(refused_by);
        if !by.is_empty() {
            return Standing::Refused { by };
        }
        let missing: BTreeSet<_> = parties()
            .filter(|name| !signed_by.contains(*name))
            .cloned()
            .collect();
        if !missing.is_empty() {
            return Standing::Proposed { missing };
        }
        let term = self.terms().term;
        if now_ms < term.from_ms {
            Standing::NotYet {
                from_ms: term.from_ms,
            }
        } else if now_ms >= term.until_ms {
            Standing::Expired { at_ms: term.until_ms }
        } else {
            Standing::InForce
        }
    }
}
