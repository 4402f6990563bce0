//! Recalls, holds and destructions.

use std::collections::BTreeMap;

use super::{Slot, View};
use crate::control::{ControlEntry, Destroyed, Hold, Noted, Recall, Receipt};
use crate::{EntryRef, OrgName};

impl<'n> View<'_, 'n> {
    /// The recall of an entry with what each recipient did. Any counted order recalls it, for good.
    pub(in crate::control) fn recall(&self, entry: EntryRef) -> Option<Recall> {
        let orders = self.slot(&Slot::Recall(entry));
        let first = orders.iter().min_by_key(|noted| (noted.wall_ms, noted.at))?;
        let ControlEntry::RecallOrdered(says) = &first.entry else {
            return None;
        };
        let organisations = self
            .facts
            .agreements
            .values()
            .flat_map(|facts| facts.parties.keys());
        let receipts = organisations
            .filter_map(|org| {
                let receipt = self.receipt(&Slot::Receipt(entry, org.clone()))?;
                Some((org.clone(), receipt))
            })
            .collect();
        Some(Recall {
            org: first.author.clone(),
            at: first.at,
            wall_ms: first.wall_ms,
            reason: says.reason.clone(),
            receipts,
        })
    }

    /// What one recipient did. Of words that have not seen each other: the least done, the longest backup,
    /// everybody it was passed on to.
    fn receipt(&self, slot: &Slot) -> Option<Receipt> {
        let mut latest: Vec<Receipt> = self
            .latest(&self.lines(slot))
            .into_iter()
            .filter_map(receipt_of)
            .collect();
        latest.sort_by_key(|receipt| (receipt.done, receipt.at));
        latest.into_iter().reduce(|mut least, other| {
            least.backup_until_ms = least.backup_until_ms.max(other.backup_until_ms);
            least.onward.extend(other.onward);
            least
        })
    }

    /// The lifting of a hold, when its organisation had not been removed.
    pub(in crate::control) fn lifted(&self, hold: EntryRef) -> Option<EntryRef> {
        let liftings = self.slot(&Slot::HoldLift(hold));
        liftings
            .into_iter()
            .filter(|noted| self.holds(noted))
            .map(|noted| noted.at)
            .min()
    }

    /// A hold on an entry, or on everything, that was not lifted.
    pub(in crate::control) fn hold_on(&self, entry: EntryRef) -> Option<EntryRef> {
        self.all_holds(entry)
            .into_iter()
            .map(|noted| noted.at)
            .filter(|at| self.lifted(*at).is_none())
            .min()
    }

    /// Every hold that covers an entry, lifted or not.
    fn all_holds(&self, entry: EntryRef) -> Vec<&'n Noted> {
        let mut holds = self.slot(&Slot::Hold(Some(entry)));
        holds.extend(self.slot(&Slot::Hold(None)));
        holds
    }

    /// The holds of a slot.
    pub(in crate::control) fn holds_of(&self, slot: &Slot) -> Vec<(EntryRef, Hold)> {
        self.slot(slot)
            .into_iter()
            .filter_map(|noted| {
                let ControlEntry::HoldPlaced(says) = &noted.entry else {
                    return None;
                };
                let hold = Hold {
                    org: noted.author.clone(),
                    wall_ms: noted.wall_ms,
                    says: says.clone(),
                    lifted: self.lifted(noted.at),
                };
                Some((noted.at, hold))
            })
            .collect()
    }

    /// Who destroyed their copy of an entry. A hold that had not seen the destruction, and that it had not
    /// seen, stands against it.
    pub(in crate::control) fn destructions(&self, entry: EntryRef) -> BTreeMap<OrgName, Destroyed> {
        let holds = self.all_holds(entry);
        let mut by_org: BTreeMap<OrgName, Destroyed> = BTreeMap::new();
        for noted in self.slot(&Slot::Destruction(entry)) {
            let ControlEntry::RetentionDestroyed(says) = &noted.entry else {
                continue;
            };
            let against = holds
                .iter()
                .map(|hold| hold.at)
                .filter(|hold| !self.order.before(*hold, noted.at) && !self.order.before(noted.at, *hold))
                .min();
            let one = Destroyed {
                at: noted.at,
                wall_ms: noted.wall_ms,
                backup_until_ms: says.backup_until_ms,
                against,
            };
            // A second word of the same organisation adds nothing but a longer backup, or a hold against it.
            by_org
                .entry(noted.author.clone())
                .and_modify(|known| {
                    known.backup_until_ms = known.backup_until_ms.max(one.backup_until_ms);
                    known.against = known.against.or(one.against);
                })
                .or_insert(one);
        }
        by_org
    }
}

fn receipt_of(noted: &Noted) -> Option<Receipt> {
    match &noted.entry {
        ControlEntry::RecallReceipted(says) => Some(Receipt {
            at: noted.at,
            wall_ms: noted.wall_ms,
            done: says.done,
            backup_until_ms: says.backup_until_ms,
            onward: says.onward.iter().cloned().collect(),
            note: says.note.clone(),
        }),
        _ => None,
    }
}
