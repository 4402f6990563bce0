//! What approvers say of requests.

use super::{Line, Slot, View};
use crate::control::{Actor, ControlEntry, Noted, Position, Word};
use crate::{EntryRef, OrgName, PersonId};

impl<'n> View<'_, 'n> {
    /// The last word of every approver on a request, by organisation, then person.
    ///
    /// Of one person's words that have not seen each other, the most restrictive counts. A withdrawal takes
    /// back every yes of its organisation except one that was given after seeing it; it does not lift a no.
    /// A yes of an organisation that had been removed does not hold.
    pub(in crate::control) fn positions(&self, request: EntryRef) -> Vec<Position> {
        let speakers = self.counted.speakers.get(&request).into_iter().flatten();
        speakers
            .filter_map(|(org, person)| self.position(request, org, *person))
            .collect()
    }

    fn position(&self, request: EntryRef, org: &OrgName, person: PersonId) -> Option<Position> {
        let words = self.standing(&self.lines(&Slot::Word(request, org.clone(), person)));
        let latest = self.latest(&words);
        let positions = latest.iter().filter_map(|noted| spoken(noted));
        let position = positions.min_by(|a, b| (a.word, a.at).cmp(&(b.word, b.at)))?;
        if position.word == Word::Refused {
            return Some(position);
        }
        // What a yes has seen of the withdrawals of a ledger is a beginning; the first it has not seen takes
        // it back.
        let unseen = |line: Line<'_, 'n>, yes: &Noted| {
            let seen = self
                .prefix(line, |taking| self.order.before(taking.at, yes.at))
                .len();
            line.get(seen).copied()
        };
        let taken_back = self
            .lines(&Slot::Withdrawal(request, org.clone()))
            .into_iter()
            .flat_map(|line| latest.iter().filter_map(move |yes| unseen(line, yes)))
            .min_by_key(|taking| taking.at);
        Some(match taken_back {
            Some(taking) => withdrawn(position, taking),
            None => position,
        })
    }

    /// The yeses of an organisation that stand.
    pub(in crate::control) fn standing_yes(&self, request: EntryRef, org: &OrgName) -> Vec<Position> {
        let speakers = self.counted.speakers.get(&request).into_iter().flatten();
        speakers
            .filter(|(speaker, _)| *speaker == org)
            .filter_map(|(_, person)| self.position(request, org, *person))
            .filter(|position| matches!(position.word, Word::Given | Word::Narrowed))
            .collect()
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
