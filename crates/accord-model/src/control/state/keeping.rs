//! What is called back, held, and destroyed.

use std::collections::{BTreeMap, BTreeSet};

use super::State;
use crate::control::{HoldPlaced, RecallDone};
use crate::{EntryRef, OrgName};

/// A recall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recall {
    /// The originator.
    pub org: OrgName,
    /// The first order.
    pub at: EntryRef,
    /// Its stamp, ms.
    pub wall_ms: u64,
    /// Why.
    pub reason: String,
    /// What each recipient did.
    pub receipts: BTreeMap<OrgName, Receipt>,
}

/// What a recipient did on a recall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The entry.
    pub at: EntryRef,
    /// Its stamp, ms.
    pub wall_ms: u64,
    /// What was done.
    pub done: RecallDone,
    /// Until when backups hold it; `None`: no backup does.
    pub backup_until_ms: Option<u64>,
    /// To whom it had been passed on.
    pub onward: BTreeSet<OrgName>,
    /// More words.
    pub note: Option<String>,
}

/// A hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Who placed it.
    pub org: OrgName,
    /// When, ms.
    pub wall_ms: u64,
    /// What it says; without an entry it holds the whole space.
    pub says: HoldPlaced,
    /// The entry that lifted it.
    pub lifted: Option<EntryRef>,
}

/// A destruction of one organisation's copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destroyed {
    /// The entry.
    pub at: EntryRef,
    /// Its stamp, ms.
    pub wall_ms: u64,
    /// Until when backups hold it; `None`: no backup does.
    pub backup_until_ms: Option<u64>,
    /// A hold placed at the same time, which stands against it: nobody else destroys on this word, and what
    /// can be restored is.
    pub against: Option<EntryRef>,
}

impl State {
    /// Whether an entry was called back. Nothing of it is used any more.
    pub fn is_recalled(&self, entry: EntryRef) -> bool {
        self.recalls.contains_key(&entry)
    }

    /// The recall of an entry.
    pub fn recall(&self, entry: EntryRef) -> Option<&Recall> {
        self.recalls.get(&entry)
    }

    /// Every recall, by the entry called back.
    pub fn recalls(&self) -> &BTreeMap<EntryRef, Recall> {
        &self.recalls
    }

    /// Whether a hold covers an entry: on it, or on everything.
    pub fn held(&self, entry: EntryRef) -> bool {
        self.holds
            .values()
            .any(|hold| hold.lifted.is_none() && hold.says.entry.is_none_or(|held| held == entry))
    }

    /// Whether a hold covers everything in the space.
    pub fn all_held(&self) -> bool {
        let mut holds = self.holds.values();
        holds.any(|hold| hold.lifted.is_none() && hold.says.entry.is_none())
    }

    /// Every hold that counts, lifted or not.
    pub fn holds(&self) -> &BTreeMap<EntryRef, Hold> {
        &self.holds
    }

    /// Who destroyed their copy of an entry, holds against it included.
    pub fn destructions(&self, entry: EntryRef) -> impl Iterator<Item = (&OrgName, &Destroyed)> {
        self.destroyed.get(&entry).into_iter().flatten()
    }

    /// The entries of which an organisation destroyed its copy while a hold was placed beside it: what can be
    /// restored is.
    pub fn held_after_destruction<'a>(
        &'a self,
        org: &'a OrgName,
    ) -> impl Iterator<Item = EntryRef> + use<'a> {
        let against = move |by_org: &BTreeMap<OrgName, Destroyed>| {
            by_org.get(org).is_some_and(|word| word.against.is_some())
        };
        let all = self.destroyed.iter();
        all.filter(move |(_, by_org)| against(by_org)).map(|(at, _)| *at)
    }

    /// Whether an organisation destroyed its copy of an entry, and no hold stands against that.
    pub fn destroyed(&self, entry: EntryRef, org: &OrgName) -> bool {
        let word = self.destroyed.get(&entry).and_then(|by_org| by_org.get(org));
        word.is_some_and(|destroyed| destroyed.against.is_none())
    }
}
