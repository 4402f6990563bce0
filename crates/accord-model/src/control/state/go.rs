//! Go or no-go.

use std::collections::{BTreeMap, BTreeSet};

use super::State;
use crate::{EntryRef, OrgName};

/// An organisation's word on a plan, most restrictive first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GoWord {
    /// No.
    Refused(EntryRef),
    /// A go that was taken back.
    Withdrawn(EntryRef),
    /// Go.
    Given(EntryRef),
}

/// All that was said of one plan at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GoWords {
    /// The most restrictive word of every organisation.
    pub words: BTreeMap<OrgName, GoWord>,
}

/// Whether a plan is carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Go {
    /// Not yet: these have not spoken.
    Waiting {
        /// Who.
        missing: BTreeSet<OrgName>,
    },
    /// Every party gave its go for exactly this plan and instant, in time.
    Go,
    /// It is not.
    NoGo(NoGo),
}

/// Why a plan is not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoGo {
    /// There is no case, so nobody who could say go.
    NoCase,
    /// A party said no.
    Refused {
        /// Who.
        org: OrgName,
        /// Where.
        at: EntryRef,
    },
    /// A party took its go back.
    Withdrawn {
        /// Who.
        org: OrgName,
        /// Where.
        at: EntryRef,
    },
    /// The instant has come, and these had not said go.
    Missing(BTreeSet<OrgName>),
}

impl State {
    /// Whether the plan with this commitment (64 hex digits) and instant is carried out, asked at a time, in
    /// ms. Every party of the case must have said go. A changed plan has another commitment, or another
    /// instant, and nobody has spoken of it yet.
    pub fn go(&self, commitment: &str, instant_ms: u64, now_ms: u64) -> Go {
        if self.parties.is_empty() || self.case().is_none() {
            return Go::NoGo(NoGo::NoCase);
        }
        let said = self.goes.get(&(commitment.to_owned(), instant_ms));
        let word = |org: &OrgName| said.and_then(|said| said.words.get(org)).copied();
        let mut missing = BTreeSet::new();
        for org in self.parties.keys() {
            match word(org) {
                Some(GoWord::Refused(at)) => return Go::NoGo(NoGo::Refused { org: org.clone(), at }),
                Some(GoWord::Withdrawn(at)) => return Go::NoGo(NoGo::Withdrawn { org: org.clone(), at }),
                Some(GoWord::Given(_)) => {}
                None => {
                    missing.insert(org.clone());
                }
            }
        }
        if missing.is_empty() {
            Go::Go
        } else if now_ms >= instant_ms {
            Go::NoGo(NoGo::Missing(missing))
        } else {
            Go::Waiting { missing }
        }
    }

    /// What was said of a plan at an instant; `None` when nothing was.
    pub fn go_words(&self, commitment: &str, instant_ms: u64) -> Option<&GoWords> {
        self.goes.get(&(commitment.to_owned(), instant_ms))
    }
}
