//! Leads in the inbox: what came, what is owed to its giver, what a partner asks, what an approver releases.

use accord_model::content::leads::LeadStanding;
use accord_model::content::{ContentBody, leads::leads};
use accord_model::control::{SpaceKind, Stage};
use accord_model::{EntryKind, EntryRef, Role, SpaceId};

use super::LEAD_FEEDBACK_MS;
use crate::journal::{Body, Space, State};
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::release::Circumstances;
use crate::views::{InboxItem, Todo, said_of};

/// When a case came to something: its outcome was recorded, or it ended. `Some(0)` where it ended at an unknown time.
fn came_to(state: &State, space: &Space) -> Option<u64> {
    let outcomes = said_of(state, space, |kind| kind == EntryKind::OutcomeRecorded);
    let told = outcomes.iter().map(|one| one.wall_ms).max();
    let ended = matches!(
        space.control.stage(),
        Some(Stage::Closed | Stage::Declined | Stage::ReferredOn)
    );
    told.or(ended.then_some(0))
}

impl Node {
    /// What waits for a person because of leads.
    pub(crate) fn leads_inbox(&self, state: &State, who: &SignedIn) -> Vec<InboxItem> {
        let mut items = Vec::new();
        if Act::Lead.ask(who).is_ok() {
            self.leads_to_answer(state, who, &mut items);
        }
        if Act::Approve.ask(who).is_ok() {
            self.leads_to_approve(state, who, &mut items);
        }
        self.leads_recalled(state, who, &mut items);
        items
    }

    fn leads_to_answer(&self, state: &State, who: &SignedIn, items: &mut Vec<InboxItem>) {
        let own = &self.config.org;
        for (at, (_, lead)) in self.leads_seen(state, who) {
            if lead.giver == own {
                for onward in lead.onward.iter().filter(|onward| onward.allowed.is_none()) {
                    let since = lead.feedback.iter().find(|one| one.at == onward.at);
                    items.push(InboxItem {
                        todo: Todo::AnswerOnward {
                            asked: onward.at,
                            lead: at,
                        },
                        title: format!("May your lead go to {}? {}", onward.to, lead.entry.title),
                        why: format!("{} asks; you gave it.", onward.by),
                        since_ms: since.map_or(lead.wall_ms, |one| one.wall_ms),
                        due_ms: None,
                        otherwise: "It does not go on.".into(),
                    });
                }
                continue;
            }
            if !lead.is_answered(own) {
                items.push(InboxItem {
                    todo: Todo::AnswerLead { lead: at },
                    title: format!("A lead from {}: {}", lead.giver, lead.entry.title),
                    why: "You take leads in for your organisation, or it was handed to you.".into(),
                    since_ms: lead.wall_ms,
                    due_ms: Some(lead.wall_ms.saturating_add(LEAD_FEEDBACK_MS)),
                    otherwise: format!("{} does not hear what became of it.", lead.giver),
                });
                continue;
            }
            let case = state.leads.get(&at).and_then(|file| file.case);
            if let Some(since_ms) = case.and_then(|case| self.owes_outcome(state, &lead, case)) {
                items.push(InboxItem {
                    todo: Todo::TellOutcome { lead: at },
                    title: format!(
                        "Tell {} what became of its lead: {}",
                        lead.giver, lead.entry.title
                    ),
                    why: "The case that rests on it came to something.".into(),
                    since_ms,
                    due_ms: None,
                    otherwise: format!("{} does not hear whether it helped.", lead.giver),
                });
            }
        }
    }

    /// Since when the giver of a lead is owed what became of the case that rests on it.
    fn owes_outcome(
        &self,
        state: &State,
        lead: &accord_model::content::leads::Lead<'_>,
        case: SpaceId,
    ) -> Option<u64> {
        let own = &self.config.org;
        if lead.standing(own) != LeadStanding::TakenUp {
            return None;
        }
        let space = state.space(case, SpaceKind::Case)?;
        let since = came_to(state, space)?;
        match lead.outcome_ms(own) {
            Some(told) if told >= since => None,
            _ => Some(since.max(lead.wall_ms)),
        }
    }

    fn leads_to_approve(&self, state: &State, who: &SignedIn, items: &mut Vec<InboxItem>) {
        let spaces = state
            .spaces
            .values()
            .filter(|space| space.kind == SpaceKind::Agreement);
        for space in spaces {
            let said = self.said_of_leads(state, space);
            let known = leads(&said);
            for one in said.iter().filter(|one| *one.author == self.config.org) {
                if one.entry.by == who.person {
                    continue;
                }
                let meant = self.other_parties(space).into_iter();
                for to in meant.filter(|org| one.entry.to.includes(org)) {
                    if state.released.contains_key(&(one.at, to.clone())) {
                        continue;
                    }
                    let asked = self.ask_gate(state, space, &to, one.entry, &Circumstances::default());
                    if asked.answer != "ask" || asked.who != Some(Role::Approver) {
                        continue;
                    }
                    let what = match &one.entry.body {
                        ContentBody::LeadReferred(_) => "lead",
                        _ => "feedback",
                    };
                    let lead = if known.contains_key(&one.at) {
                        one.at
                    } else {
                        about(state, one.at)
                    };
                    items.push(InboxItem {
                        todo: Todo::ApproveLead {
                            note: one.at,
                            to: to.clone(),
                            lead,
                        },
                        title: format!("Release a {what} to {to}: {}", one.entry.title),
                        why: format!("Clause {}: {}", asked.clause, asked.words),
                        since_ms: one.wall_ms,
                        due_ms: None,
                        otherwise: format!("{to} does not get it."),
                    });
                }
            }
        }
    }
}

/// The note that feedback is about.
fn about(state: &State, at: EntryRef) -> EntryRef {
    match state.entry(at) {
        Some((_, _, Body::Content(entry))) => match &entry.body {
            ContentBody::FeedbackGiven(said) => said.about,
            _ => at,
        },
        _ => at,
    }
}
