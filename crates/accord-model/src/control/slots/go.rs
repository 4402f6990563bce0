//! What the parties say of a plan.

use std::collections::BTreeMap;

use super::{Slot, View};
use crate::OrgName;
use crate::control::{ControlEntry, GoWord, GoWords, Noted};

impl View<'_, '_> {
    /// The word of every organisation on the plan with this commitment and instant. A no and a withdrawal are
    /// final, whatever the organisation says later: a new plan asks everybody anew.
    pub(in crate::control) fn go_words(&self, commitment: &str, instant_ms: u64) -> GoWords {
        let mut words: BTreeMap<OrgName, GoWord> = BTreeMap::new();
        for noted in self.slot(&Slot::Go(commitment.to_owned(), instant_ms)) {
            let Some(word) = word(noted).filter(|_| self.holds(noted)) else {
                continue;
            };
            words
                .entry(noted.author.clone())
                .and_modify(|known| *known = (*known).min(word))
                .or_insert(word);
        }
        GoWords { words }
    }

    /// Whether an organisation gave its go for these, taken back or not.
    pub(in crate::control) fn has_given(&self, org: &OrgName, commitment: &str, instant_ms: u64) -> bool {
        self.slot(&Slot::Go(commitment.to_owned(), instant_ms))
            .into_iter()
            .any(|noted| noted.author == *org && matches!(noted.entry, ControlEntry::GoGiven(_)))
    }
}

fn word(noted: &Noted) -> Option<GoWord> {
    match noted.entry {
        ControlEntry::GoRefused(_) => Some(GoWord::Refused(noted.at)),
        ControlEntry::GoWithdrawn(_) => Some(GoWord::Withdrawn(noted.at)),
        ControlEntry::GoGiven(_) => Some(GoWord::Given(noted.at)),
        _ => None,
    }
}
