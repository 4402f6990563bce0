//! Whose word does not hold because they had been taken off the case.
//!
//! An organisation that never cites its removal goes on writing entries that count, for each is judged by
//! what its author had seen. Where the entries speak together, such an entry and the removal have not seen
//! each other, and the more restrictive counts: what it would give does not hold. What it takes holds, with one
//! exception: a removal written beside the removal of its author by the organisation that opened the case.
//! The opener cannot be taken off, so its word ends the matter and two removals never cancel each other.

use std::collections::BTreeSet;

use super::{Line, Slot, View, ledgers};
use crate::control::{ControlEntry, Noted, Opening};
use crate::{EntryRef, OrgName};

impl<'v, 'n> View<'v, 'n> {
    /// Whether these words on one organisation, all in this view, make it a party.
    pub(super) fn joined(&self, words: Vec<&'n Noted>) -> bool {
        self.joined_without(words, self.void())
    }

    fn joined_without(&self, mut words: Vec<&'n Noted>, void: &BTreeSet<EntryRef>) -> bool {
        words.retain(|noted| !void.contains(&noted.at));
        let latest = self.latest(&ledgers(&words));
        !latest.is_empty() && !latest.iter().any(|noted| is_removal(noted))
    }

    /// The words on parties that do not hold in this view. They are gone through in the order of the walk, so
    /// that whoever brought somebody in is decided before those whom they brought in, however long the chain.
    fn void(&self) -> &BTreeSet<EntryRef> {
        self.void.get_or_init(|| {
            let words = || self.counted.party_words.iter().copied();
            let mut void = BTreeSet::new();
            if !words().any(|noted| is_removal(noted) && self.sees(noted.at)) {
                return void;
            }
            if let Opening::Opened(opened) = self.opening() {
                let overruled = words()
                    .filter(|noted| is_removal(noted) && noted.author != opened.org && self.sees(noted.at))
                    .filter(|noted| {
                        self.removals(&noted.author)
                            .any(|removal| removal.author == opened.org && self.beside(removal, noted))
                    });
                void.extend(overruled.map(|noted| noted.at));
            }
            for noted in words().filter(|noted| self.sees(noted.at)) {
                if matches!(noted.entry, ControlEntry::PartyAdded(_)) && self.lost(noted, &void) {
                    void.insert(noted.at);
                }
            }
            void
        })
    }

    /// Whether an entry gives something that its author, by what this view knows, could not give: they had
    /// been taken off without having seen it, or were brought in by somebody who had.
    fn lost(&self, noted: &Noted, void: &BTreeSet<EntryRef>) -> bool {
        if !gives(&noted.entry) {
            return false;
        }
        let removed = self
            .removals(&noted.author)
            .any(|removal| !void.contains(&removal.at) && self.beside(removal, noted));
        if removed || void.is_empty() {
            return removed;
        }
        let seen = self
            .lines(&Slot::Party(noted.author.clone()))
            .into_iter()
            .map(|line| self.prefix(line, |word| self.order.before(word.at, noted.at)));
        !self.joined_without(seen.collect::<Vec<_>>().concat(), void)
    }

    /// The lines without the entries at their ends that do not hold.
    pub(super) fn standing<'l>(&self, lines: &[Line<'l, 'n>]) -> Vec<Line<'l, 'n>> {
        let holds = |noted: &Noted| !self.lost(noted, self.void());
        lines
            .iter()
            .map(|line| {
                let end = line.iter().rposition(|noted| holds(noted));
                end.and_then(|last| line.get(..=last)).unwrap_or_default()
            })
            .filter(|line| !line.is_empty())
            .collect()
    }

    /// Whether an entry holds in this view.
    pub(super) fn holds(&self, noted: &Noted) -> bool {
        !self.lost(noted, self.void())
    }

    /// Every counted removal of an organisation in this view.
    fn removals(&self, org: &OrgName) -> impl Iterator<Item = &'n Noted> + use<'n> {
        let words = self.slot(&Slot::Party(org.clone()));
        words.into_iter().filter(|noted| is_removal(noted))
    }

    /// Whether neither had seen the other.
    fn beside(&self, one: &Noted, other: &Noted) -> bool {
        !self.order.before(one.at, other.at) && !self.order.before(other.at, one.at)
    }
}

fn is_removal(noted: &Noted) -> bool {
    matches!(noted.entry, ControlEntry::PartyRemoved(_))
}

/// Whether an entry gives a right, moves something on, or says that something stands. Words of an
/// organisation on its own people and keys are not among them: they are heard while it is a party, and not
/// otherwise.
fn gives(entry: &ControlEntry) -> bool {
    use ControlEntry as E;
    match entry {
        E::PartyAdded(_)
        | E::CaseStage(_)
        | E::PenPassed(_)
        | E::PenTaken(_)
        | E::InstrumentRecorded(_)
        | E::ApprovalGiven(_)
        | E::ApprovalNarrowed(_)
        | E::CustodyHanded(_)
        | E::CustodyReceived(_)
        | E::SecondmentGranted(_)
        | E::OralRecorded(_)
        | E::OralConfirmed(_)
        | E::HoldLifted(_)
        | E::GoGiven(_) => true,
        E::LedgerOpened(_)
        | E::KeyCertified(_)
        | E::KeyRevoked(_)
        | E::AgreementProposed(_)
        | E::AgreementSigned(_)
        | E::AgreementRefused(_)
        | E::AgreementTerminated(_)
        | E::CaseOpened(_)
        | E::PartyRemoved(_)
        | E::MemberAdded(_)
        | E::MemberRemoved(_)
        | E::InstrumentEnded(_)
        | E::ApprovalRefused(_)
        | E::ApprovalWithdrawn(_)
        | E::SecondmentEnded(_)
        | E::RecallOrdered(_)
        | E::RecallReceipted(_)
        | E::HoldPlaced(_)
        | E::RetentionDestroyed(_)
        | E::GoRefused(_)
        | E::GoWithdrawn(_) => false,
    }
}
