//! Slots: the questions that entries answer, such as "is this organisation a party" or "what does this
//! approver say of that request". Each is resolved from the counted entries that touch it: those that none
//! of the others has seen compete, and the more restrictive counts.

mod agreement;
mod approvals;
mod custody;
mod instruments;
mod pen;
mod team;

use std::collections::BTreeMap;

use super::order::Order;
use super::{ControlEntry, Facts, Noted, Stage};
use crate::{AgreementDigest, EntryRef, LedgerId, OrgName, PersonId};

/// What an entry touches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Slot {
    /// The first entry of a ledger.
    Ledger(LedgerId),
    /// The opening of the case.
    Opening,
    /// Whether an organisation is a party of the case.
    Party(OrgName),
    /// The people an organisation named.
    MembersOf(OrgName),
    /// Whoever named a person.
    Person(PersonId),
    /// Stage of the case.
    Stage,
    /// Who holds the pen.
    Pen,
    /// To whom the pen was offered.
    Offer,
    /// An organisation's instruments under one reference against one addressee.
    Instrument(OrgName, String, OrgName),
    /// The end of one instrument.
    InstrumentEnd(EntryRef),
    /// What was said of a request.
    Approval(EntryRef),
    /// The steps of an exhibit.
    Custody(EntryRef),
    /// What was said of an agreement.
    Agreement(AgreementDigest),
    /// What an organisation said of its keys.
    Keys(OrgName),
}

/// The slots an entry touches.
pub(super) fn touched(noted: &Noted) -> Vec<Slot> {
    use ControlEntry as E;
    let org = || noted.author.clone();
    match &noted.entry {
        E::LedgerOpened(_) => vec![Slot::Ledger(noted.at.ledger)],
        E::KeyCertified(_) | E::KeyRevoked(_) => vec![Slot::Keys(org())],
        E::AgreementProposed(body) => vec![Slot::Agreement(body.digest)],
        E::AgreementSigned(body) => vec![Slot::Agreement(body.digest)],
        E::AgreementRefused(body) => vec![Slot::Agreement(body.digest)],
        E::AgreementTerminated(body) => vec![Slot::Agreement(body.digest)],
        // Opening makes the opener a party, their case officer a member, and gives them the pen.
        E::CaseOpened(body) => vec![
            Slot::Opening,
            Slot::Party(org()),
            Slot::MembersOf(org()),
            Slot::Person(body.by),
            Slot::Pen,
        ],
        E::CaseStage(_) => vec![Slot::Stage],
        E::PenPassed(_) => vec![Slot::Offer],
        E::PenTaken(_) => vec![Slot::Pen],
        E::PartyAdded(body) => vec![Slot::Party(body.org.clone())],
        E::PartyRemoved(body) => vec![Slot::Party(body.org.clone())],
        E::MemberAdded(body) => vec![Slot::MembersOf(org()), Slot::Person(body.person)],
        E::MemberRemoved(body) => vec![Slot::MembersOf(org()), Slot::Person(body.person)],
        E::InstrumentRecorded(body) => {
            vec![Slot::Instrument(
                org(),
                body.reference.clone(),
                body.addressee.clone(),
            )]
        }
        E::InstrumentEnded(body) => vec![Slot::InstrumentEnd(body.instrument)],
        E::ApprovalGiven(body) => vec![Slot::Approval(body.request)],
        E::ApprovalNarrowed(body) => vec![Slot::Approval(body.request)],
        E::ApprovalRefused(body) => vec![Slot::Approval(body.request)],
        E::ApprovalWithdrawn(body) => vec![Slot::Approval(body.request)],
        E::CustodyHanded(body) => vec![Slot::Custody(body.exhibit)],
        E::CustodyReceived(body) => vec![Slot::Custody(body.exhibit)],
    }
}

/// The entries that count, by what they touch, and what was found out when each was counted.
#[derive(Default)]
pub(super) struct Counted<'n> {
    pub(super) slots: BTreeMap<Slot, Vec<&'n Noted>>,
    pub(super) entries: BTreeMap<EntryRef, &'n Noted>,
    /// For every counted stage: the stage on the line that it stands on, or left when it went aside.
    pub(super) left: BTreeMap<EntryRef, Stage>,
    /// For every counted receipt: the handing it answers.
    pub(super) answered: BTreeMap<EntryRef, &'n Noted>,
}

/// What had happened before an entry, or all there is.
#[derive(Clone, Copy)]
pub(super) struct View<'v, 'n> {
    pub(super) counted: &'v Counted<'n>,
    pub(super) order: &'v Order<'v>,
    pub(super) facts: &'v Facts,
    /// Only what happened before this entry; `None` for everything.
    pub(super) before: Option<EntryRef>,
}

impl<'n> View<'_, 'n> {
    /// Whether the view reaches an entry.
    pub(super) fn sees(&self, at: EntryRef) -> bool {
        self.before.is_none_or(|limit| self.order.before(at, limit))
    }

    /// The counted entries of a slot in this view.
    pub(super) fn slot(&self, slot: &Slot) -> Vec<&'n Noted> {
        let all = self.counted.slots.get(slot).map_or(&[][..], Vec::as_slice);
        all.iter().copied().filter(|noted| self.sees(noted.at)).collect()
    }

    /// One counted entry in this view.
    pub(super) fn entry(&self, at: EntryRef) -> Option<&'n Noted> {
        self.counted.entries.get(&at).copied().filter(|_| self.sees(at))
    }

    /// Of these entries, the ones that none of the others has seen.
    pub(super) fn latest(&self, entries: &[&'n Noted]) -> Vec<&'n Noted> {
        let followed = |one: &Noted| entries.iter().any(|other| self.order.before(one.at, other.at));
        entries.iter().copied().filter(|one| !followed(one)).collect()
    }

    /// Of these entries, the ones that all of `later` have seen: where things were before a conflict.
    pub(super) fn agreed_before(&self, entries: &[&'n Noted], later: &[&'n Noted]) -> Vec<&'n Noted> {
        let seen_by_all = |one: &Noted| later.iter().all(|last| self.order.before(one.at, last.at));
        entries.iter().copied().filter(|one| seen_by_all(one)).collect()
    }

    /// The entries so that each stands behind those it has seen; the same whatever else is in the space.
    pub(super) fn earlier_first(&self, mut entries: Vec<&'n Noted>) -> Vec<&'n Noted> {
        let all = entries.clone();
        let seen = |one: &Noted| {
            all.iter()
                .filter(|other| self.order.before(other.at, one.at))
                .count()
        };
        entries.sort_by_cached_key(|one| (seen(one), one.at));
        entries
    }

    /// Whose ledger it is.
    pub(super) fn owner(&self, ledger: LedgerId) -> Option<&'n OrgName> {
        self.slot(&Slot::Ledger(ledger))
            .first()
            .map(|noted| &noted.author)
    }
}
