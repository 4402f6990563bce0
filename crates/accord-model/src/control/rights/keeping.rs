//! Who may call back, hold, and destroy.
//!
//! On a case somebody named there; on an agreement's ledger, where leads stand and nobody is named, that the person has
//! the role is their organisation's own word, as it is for who writes the lead (ADR 18, ADR 24).

use super::{Judged, role_is_of};
use crate::control::slots::View;
use crate::control::{
    Actor, ControlEntry, HoldLifted, HoldPlaced, Noted, Reason, RecallOrdered, RecallReceipted,
    RetentionDestroyed, SpaceKind,
};
use crate::{EntryRef, OrgName, Role};

impl<'n> View<'_, 'n> {
    /// A person of a party acts in one of these roles: named on the case with it, or, before there is one, by their
    /// organisation's own word.
    fn keeper_acts(&self, noted: &Noted, roles: &[Role]) -> Result<Actor, Reason> {
        if self.facts.space_kind == SpaceKind::Case {
            return self.member_acts(noted, roles);
        }
        let kind = self.author_party(noted)?;
        let actor = noted.entry.actor().ok_or(Reason::NoPerson)?;
        if !roles.contains(&actor.role) {
            return Err(Reason::WrongRole(actor.role));
        }
        if role_is_of(actor.role, kind) {
            Ok(actor)
        } else {
            Err(Reason::WrongOrgKind(kind))
        }
    }

    /// The originator's approver, or its disclosure officer.
    pub(super) fn recall_ordered(&self, noted: &Noted, body: &RecallOrdered) -> Judged {
        self.keeper_acts(noted, &[Role::Approver, Role::DisclosureOfficer])?;
        let owner = self.removable(body.entry)?;
        if *owner == noted.author {
            Ok(())
        } else {
            Err(Reason::OnlyOwner(owner.clone()))
        }
    }

    /// Any other party than the originator.
    pub(super) fn recall_receipted(&self, noted: &Noted, body: &RecallReceipted) -> Judged {
        self.keeper_acts(noted, &[Role::Approver, Role::Custodian, Role::DisclosureOfficer])?;
        let order = self.entry(body.recall).ok_or(Reason::UnknownEntry(body.recall))?;
        if !matches!(order.entry, ControlEntry::RecallOrdered(_)) {
            return Err(Reason::UnknownEntry(body.recall));
        }
        if order.author == noted.author {
            return Err(Reason::OwnRecall);
        }
        Ok(())
    }

    /// A disclosure officer, so an agency. Everything is held on a case only: on an agreement's ledger stand the leads of
    /// all its parties to each other, and one of them holds what it names.
    pub(super) fn hold_placed(&self, noted: &Noted, body: &HoldPlaced) -> Judged {
        self.keeper_acts(noted, &[Role::DisclosureOfficer])?;
        match body.entry {
            Some(entry) => self.removable(entry).map(|_| ()),
            None if self.facts.space_kind == SpaceKind::Case => Ok(()),
            None => Err(Reason::NotHere),
        }
    }

    /// A disclosure officer of the organisation that placed it.
    pub(super) fn hold_lifted(&self, noted: &Noted, body: &HoldLifted) -> Judged {
        self.keeper_acts(noted, &[Role::DisclosureOfficer])?;
        let hold = self.entry(body.hold).ok_or(Reason::UnknownEntry(body.hold))?;
        if !matches!(hold.entry, ControlEntry::HoldPlaced(_)) {
            return Err(Reason::UnknownEntry(body.hold));
        }
        if hold.author != noted.author {
            return Err(Reason::OnlyOwner(hold.author.clone()));
        }
        if self.lifted(body.hold).is_some() {
            return Err(Reason::LiftedBefore);
        }
        Ok(())
    }

    /// A party's node by itself, or its disclosure officer; after the period, and under no hold.
    pub(super) fn retention_destroyed(&self, noted: &Noted, body: &RetentionDestroyed) -> Judged {
        match noted.entry.actor() {
            Some(_) => {
                self.keeper_acts(noted, &[Role::DisclosureOfficer])?;
            }
            None => {
                self.author_party(noted)?;
            }
        }
        self.removable(body.entry)?;
        if body.period_over_ms > noted.wall_ms {
            return Err(Reason::PeriodNotOver);
        }
        match self.hold_on(body.entry) {
            Some(hold) => Err(Reason::Held(hold)),
            None => Ok(()),
        }
    }

    /// The owner of an entry that its author had seen, and that is not known to be a control entry.
    fn removable(&self, at: EntryRef) -> Result<&'n OrgName, Reason> {
        if self.entry(at).is_some() {
            return Err(Reason::NeverRemoved(at));
        }
        self.owner_of_seen(at)
    }
}
