//! How long a lead is kept, and what holds it: the rule of cases, note by note.
//!
//! A hold on a lead covers what is there of it now: the lead, its values, and what was said of it. It keeps copies from
//! being destroyed, here and at every party; it does not keep a lead in use that its giver called back.

use std::collections::BTreeSet;

use accord_model::content::ContentBody;
use accord_model::{EntryRef, OrgName};
use serde::{Deserialize, Serialize};

use super::recall::{Kept, LeadPart};
use crate::error::{Result, ServiceError};
use crate::journal::{Body, State};
use crate::keeping::{GivenView, HoldView, NewHold, RetentionView, given_until, kept_until};
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::recall::holds;

/// Most notes that one hold on a lead covers: of one that was talked about more, each is held by its own reference.
pub const LEAD_NOTES_HELD_MAX: usize = 100;

/// A hold on a lead.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewLeadHold {
    /// The order or matter behind it.
    pub reference: String,
    /// Why; all parties of the agreement read it.
    pub reason: String,
}

/// What is kept of a lead, and until when.
#[derive(Debug, Clone, Serialize)]
pub struct LeadKeeping {
    /// The holds on it and on what belongs to it, newest first.
    pub holds: Vec<HoldView>,
    /// Our copies of what others wrote, the first to be destroyed first.
    pub kept: Vec<RetentionView>,
    /// What we wrote, with until when each recipient keeps it.
    pub given: Vec<GivenView>,
    /// How many days backups here are kept; none: there are no backups.
    pub backup_days: Option<u32>,
}

/// What belongs to a lead: itself, its values, what its recipients said of it, and what its giver answered.
fn notes_of(state: &State, kept: &Kept<'_>) -> BTreeSet<EntryRef> {
    let mut notes: BTreeSet<EntryRef> = kept.lead.feedback.iter().map(|one| one.at).collect();
    let answers = kept.space.of_kinds(super::is_of_leads).into_iter();
    let answers: Vec<EntryRef> = answers
        .filter(|at| match state.entry(*at) {
            Some((_, _, Body::Content(entry))) => match &entry.body {
                ContentBody::FeedbackGiven(said) => notes.contains(&said.about),
                _ => false,
            },
            _ => false,
        })
        .collect();
    notes.extend(answers);
    let values = kept.lead.said.rests_on.iter().copied();
    notes.extend(values.filter(|at| {
        let ledger = state.ledgers.get(&at.ledger);
        ledger.is_some_and(|ledger| ledger.space == kept.space.id && ledger.org == *kept.lead.giver)
    }));
    notes.insert(kept.lead_at);
    notes
}

impl Node {
    /// Places a hold on a lead with what belongs to it; on values or a word of feedback, on these alone. The holds.
    pub async fn hold_lead(&self, who: &SignedIn, at: EntryRef, new: &NewLeadHold) -> Result<Vec<EntryRef>> {
        let role = Act::Hold.ask(who)?;
        self.act_once(|state, batch, log| {
            let (space, notes) = {
                let kept = self.kept_for(state, who, at)?;
                let mut notes = match kept.what {
                    LeadPart::Lead => notes_of(state, &kept),
                    LeadPart::Values | LeadPart::Feedback => BTreeSet::from([at]),
                };
                notes.retain(|note| holds(state, *note));
                (kept.space.id, notes)
            };
            if notes.len() > LEAD_NOTES_HELD_MAX {
                return Err(ServiceError::Conflict(format!(
                    "more than {LEAD_NOTES_HELD_MAX} notes belong to it: hold them one by one"
                )));
            }
            let mut placed = Vec::new();
            for note in notes {
                let hold = NewHold {
                    entry: Some(note),
                    reference: new.reference.clone(),
                    reason: new.reason.clone(),
                };
                placed.push(self.hold_in(state, batch, who, space, role, &hold)?);
            }
            log.person(batch, who, "lead.held", &at.to_string());
            Ok(placed)
        })
        .await
    }

    /// Lifts a hold of this organisation on a lead or on what belongs to it, with its others there that have the same
    /// reference: one matter is over at once.
    pub async fn lift_lead_hold(
        &self,
        who: &SignedIn,
        hold: EntryRef,
        reason: &str,
    ) -> Result<Vec<EntryRef>> {
        let role = Act::Hold.ask(who)?;
        self.act_once(|state, batch, log| {
            let missing = || ServiceError::NotFound("hold");
            let (space, lead, lifting) = {
                let space = self.space_of(state, hold).ok_or_else(missing)?;
                let all = space.control.holds();
                let this = all.get(&hold).ok_or_else(missing)?;
                let entry = this.says.entry.ok_or_else(missing)?;
                let kept = self.kept_for(state, who, entry).map_err(|_| missing())?;
                let notes = notes_of(state, &kept);
                let together = all.iter().filter(|(_, other)| {
                    other.org == this.org
                        && other.lifted.is_none()
                        && other.says.reference == this.says.reference
                        && other.says.entry.is_some_and(|entry| notes.contains(&entry))
                });
                let mut lifting: BTreeSet<EntryRef> = together.map(|(at, _)| *at).collect();
                lifting.insert(hold);
                (space.id, kept.lead_at, lifting)
            };
            let mut lifted = Vec::new();
            for at in lifting {
                lifted.push(self.lift_in(state, batch, who, space, role, (at, reason))?);
            }
            log.person(batch, who, "lead.hold-lifted", &lead.to_string());
            Ok(lifted)
        })
        .await
    }

    /// What is kept of a lead, and until when.
    pub async fn lead_keeping(&self, who: &SignedIn, at: EntryRef) -> Result<LeadKeeping> {
        Act::SeeLeads.ask(who)?;
        let state = self.read().await?;
        let kept = self.kept_for(&state, who, at)?;
        let notes = notes_of(&state, &kept);
        let control = &kept.space.control;
        let mut held: Vec<HoldView> = control
            .holds()
            .iter()
            .filter(|(_, hold)| hold.says.entry.is_some_and(|entry| notes.contains(&entry)))
            .map(|(at, hold)| HoldView::of(*at, hold))
            .collect();
        held.sort_by_key(|hold| (std::cmp::Reverse(hold.when_ms), hold.at));
        let title = |at: EntryRef| match state.entry(at) {
            Some((_, _, Body::Content(entry))) if !control.is_recalled(at) => entry.title.clone(),
            _ => String::new(),
        };
        let others: Vec<OrgName> = self.other_parties(kept.space);
        let copies = notes.iter().filter(|at| holds(&state, **at));
        let mut copies: Vec<RetentionView> = copies
            .filter_map(|at| kept_until(&state, kept.space, *at, title(*at)))
            .collect();
        copies.sort_by_key(|copy| (copy.over_ms, copy.entry));
        let given = notes.iter();
        Ok(LeadKeeping {
            holds: held,
            kept: copies,
            given: given
                .filter_map(|at| given_until(&state, kept.space, &others, *at, title(*at)))
                .collect(),
            backup_days: self.config.backup_days,
        })
    }
}
