//! Where an exhibit is.

use super::{Slot, View};
use crate::control::{ControlEntry, Custody, CustodyHanded, CustodyState, CustodyStep, FROM_A_GUEST, Noted};
use crate::{EntryRef, OrgName};

/// Where an exhibit is in a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::control) struct Whereabouts {
    /// Who holds it.
    pub(in crate::control) holder: OrgName,
    /// `None` while it never left its owner.
    pub(in crate::control) state: Option<CustodyState>,
}

impl<'n> View<'_, 'n> {
    /// Where an exhibit is; `None` when nobody known owns its ledger. Steps that have not seen each other
    /// exclude each other: disputed, and it stays where it was before all of them. So does a step of an
    /// organisation that had been removed.
    pub(in crate::control) fn whereabouts(&self, exhibit: EntryRef) -> Option<Whereabouts> {
        let owner = self.owner(exhibit.ledger)?;
        let all = self.lines(&Slot::Custody(exhibit));
        let mut lines = self.standing(&all);
        let mut disputed = self.latest(&all) != self.latest(&lines);
        loop {
            let latest = self.latest(&lines);
            let here = match latest.as_slice() {
                [] => Whereabouts {
                    holder: owner.clone(),
                    state: None,
                },
                [step] => self.after(step)?,
                several => {
                    disputed = true;
                    lines = self.standing(&self.agreed_before(&lines, several));
                    continue;
                }
            };
            if !disputed {
                return Some(here);
            }
            let state = Some(CustodyState::Disputed {
                holder: here.holder.clone(),
            });
            return Some(Whereabouts { state, ..here });
        }
    }

    /// Where an exhibit is right after a step.
    fn after(&self, step: &Noted) -> Option<Whereabouts> {
        let author = step.author.clone();
        Some(match &step.entry {
            ControlEntry::CustodyHanded(body) => Whereabouts {
                holder: author.clone(),
                state: Some(CustodyState::HandedNotReceived {
                    from: author,
                    to: body.to.clone(),
                }),
            },
            ControlEntry::CustodyReceived(body)
                if body.from.as_str() == FROM_A_GUEST || self.same_commitment(step, &body.commitment) =>
            {
                Whereabouts {
                    holder: author.clone(),
                    state: Some(CustodyState::Received { holder: author }),
                }
            }
            ControlEntry::CustodyReceived(body) => Whereabouts {
                holder: body.from.clone(),
                state: Some(CustodyState::Disputed {
                    holder: body.from.clone(),
                }),
            },
            _ => return None,
        })
    }

    fn same_commitment(&self, receipt: &Noted, commitment: &str) -> bool {
        let handing = self.counted.answered.get(&receipt.at);
        handing
            .and_then(|noted| handed(noted))
            .is_some_and(|body| body.commitment == commitment)
    }

    /// The handing to `to` that nothing has followed in this view.
    pub(in crate::control) fn open_handing(
        &self,
        exhibit: EntryRef,
        from: &OrgName,
        to: &OrgName,
    ) -> Option<&'n Noted> {
        let latest = self.latest(&self.standing(&self.lines(&Slot::Custody(exhibit))));
        let answers =
            |noted: &&Noted| noted.author == *from && handed(noted).is_some_and(|body| body.to == *to);
        latest.into_iter().filter(answers).min_by_key(|noted| noted.at)
    }

    /// The custody of an exhibit, every counted step behind those it has seen.
    pub(in crate::control) fn custody(&self, exhibit: EntryRef) -> Option<Custody> {
        let state = self.whereabouts(exhibit)?.state?;
        let steps = self.earlier_first(&self.lines(&Slot::Custody(exhibit)));
        let steps = steps.into_iter().filter_map(step).collect();
        Some(Custody { steps, state })
    }
}

fn handed(noted: &Noted) -> Option<&CustodyHanded> {
    match &noted.entry {
        ControlEntry::CustodyHanded(body) => Some(body),
        _ => None,
    }
}

fn step(noted: &Noted) -> Option<CustodyStep> {
    let actor = noted.entry.actor()?;
    let (from, to, received, commitment) = match &noted.entry {
        ControlEntry::CustodyHanded(body) => (&noted.author, &body.to, false, &body.commitment),
        ControlEntry::CustodyReceived(body) => (&body.from, &noted.author, true, &body.commitment),
        _ => return None,
    };
    Some(CustodyStep {
        at: noted.at,
        wall_ms: noted.wall_ms,
        actor,
        from: from.clone(),
        to: to.clone(),
        received,
        commitment: commitment.clone(),
    })
}
