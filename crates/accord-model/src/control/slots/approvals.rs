//! What approvers say of requests.

use std::collections::BTreeMap;

use super::{Slot, View};
use crate::control::{Actor, ControlEntry, Noted, Position, Word};
use crate::{EntryRef, OrgName, PersonId};

impl<'n> View<'_, 'n> {
    /// The last word of every approver on a request, by organisation, then person.
    ///
    /// Of one person's words that have not seen each other, the most restrictive counts. A withdrawal takes
    /// back every yes of its organisation except one that was given after seeing it; it does not lift a no.
    pub(in crate::control) fn positions(&self, request: EntryRef) -> Vec<Position> {
        let entries = self.slot(&Slot::Approval(request));
        let withdrawals: Vec<&'n Noted> = entries
            .iter()
            .copied()
            .filter(|noted| matches!(noted.entry, ControlEntry::ApprovalWithdrawn(_)))
            .collect();
        let mut words: BTreeMap<(&OrgName, PersonId), Vec<&'n Noted>> = BTreeMap::new();
        for noted in &entries {
            if let (Some(actor), Some(_)) = (noted.entry.actor(), spoken(noted)) {
                words
                    .entry((&noted.author, actor.person))
                    .or_default()
                    .push(noted);
            }
        }
        let resolve = |entries: Vec<&'n Noted>| {
            let latest = self.latest(&entries);
            let positions = latest.iter().filter_map(|noted| spoken(noted));
            let position = positions.min_by(|a, b| (a.word, a.at).cmp(&(b.word, b.at)))?;
            if position.word == Word::Refused {
                return Some(position);
            }
            let taken_back = withdrawals
                .iter()
                .filter(|taking| taking.author == position.org)
                .filter(|taking| latest.iter().any(|yes| !self.order.before(taking.at, yes.at)))
                .min_by_key(|taking| taking.at);
            Some(match taken_back {
                Some(taking) => withdrawn(position, taking),
                None => position,
            })
        };
        words.into_values().filter_map(resolve).collect()
    }

    /// The yeses of an organisation that stand.
    pub(in crate::control) fn standing_yes(&self, request: EntryRef, org: &OrgName) -> Vec<Position> {
        let mut positions = self.positions(request);
        positions
            .retain(|position| position.org == *org && matches!(position.word, Word::Given | Word::Narrowed));
        positions
    }
}

/// A yes or no as a position; `None` for a withdrawal.
fn spoken(noted: &Noted) -> Option<Position> {
    let at = noted.at;
    let org = noted.author.clone();
    Some(match &noted.entry {
        ControlEntry::ApprovalGiven(body) => Position {
            at,
            org,
            actor: Actor {
                person: body.by,
                role: body.role,
            },
            word: Word::Given,
            preview: Some(body.preview.clone()),
            clause: body.clause.clone(),
            reason: body.reason.clone(),
            narrowing: None,
        },
        ControlEntry::ApprovalNarrowed(body) => Position {
            at,
            org,
            actor: Actor {
                person: body.by,
                role: body.role,
            },
            word: Word::Narrowed,
            preview: Some(body.preview.clone()),
            clause: body.clause.clone(),
            reason: Some(body.reason.clone()),
            narrowing: Some(body.narrowing.clone()),
        },
        ControlEntry::ApprovalRefused(body) => Position {
            at,
            org,
            actor: Actor {
                person: body.by,
                role: body.role,
            },
            word: Word::Refused,
            preview: body.preview.clone(),
            clause: body.clause.clone(),
            reason: Some(body.reason.clone()),
            narrowing: None,
        },
        _ => return None,
    })
}

/// A position that was taken back by this entry.
fn withdrawn(position: Position, taking: &Noted) -> Position {
    let ControlEntry::ApprovalWithdrawn(body) = &taking.entry else {
        return position;
    };
    Position {
        at: taking.at,
        word: Word::Withdrawn,
        clause: body.clause.clone(),
        reason: Some(body.reason.clone()),
        ..position
    }
}
