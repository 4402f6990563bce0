//! Calling a lead back, or a word of feedback, before there is a case: the same order, receipts and trace as on one.
//!
//! A lead is called back with its values, in one commit, and answered with them. On every node that has heard of it
//! both leave the lists, the search and what is *also seen in*; what this module shows says that there was a lead, and
//! none of its words. A recipient's receipt names everybody to whom this node passed the lead on, whatever is typed, and
//! whoever passed it on is asked to call its own lead back (`docs/spec/keeping.md`).

use std::collections::{BTreeMap, BTreeSet};

use accord_model::content::ContentBody;
use accord_model::content::leads::{Lead, leads};
use accord_model::control::{RecallDone, SpaceKind};
use accord_model::{EntryRef, OrgName};
use serde::Serialize;

use super::is_of_leads;
use crate::error::{Result, ServiceError};
use crate::journal::{Body, Space, State};
use crate::looks::Way;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::recall::{RecallAnswer, RecallView, holds, recalled_by};
use crate::views::{InboxItem, Todo, said_or_recalled};

/// What of a lead a note is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeadPart {
    /// The lead itself.
    Lead,
    /// Values that it rests on.
    Values,
    /// A word on it.
    Feedback,
}

/// A lead of this organisation that passes a received one on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PassedOn {
    /// Our lead.
    pub lead: EntryRef,
    /// To whom it went.
    pub to: Vec<OrgName>,
    /// Whether it was recalled too.
    pub recalled: bool,
}

/// A recall of a lead, of its values, or of a word on it.
#[derive(Debug, Clone, Serialize)]
pub struct LeadRecall {
    /// The recall.
    #[serde(flatten)]
    pub recall: RecallView,
    /// What was called back, where that is still known here.
    pub what: Option<LeadPart>,
    /// The values that were called back with a lead.
    pub with: Vec<EntryRef>,
    /// To whom a received lead was passed on, as this node knows; a receipt says it.
    pub passed_on: Vec<OrgName>,
    /// By which leads of ours.
    pub passed_as: Vec<PassedOn>,
    /// Whether a hold covers our copy: it is not deleted while that stands.
    pub held: bool,
    /// Whether our organisation's word is waited for.
    pub waits_for_us: bool,
}

/// A note of a lead, for who would call it back or hold it.
#[derive(Debug, Clone, Serialize)]
pub struct LeadNote {
    /// The note.
    pub at: EntryRef,
    /// The lead that it belongs to.
    pub lead: EntryRef,
    /// As what.
    pub what: LeadPart,
    /// Whose it is.
    pub org: OrgName,
    /// Whether this organisation wrote it.
    pub ours: bool,
    /// Its one line; nothing once it was recalled.
    pub title: String,
    /// When it was written, ms UTC.
    pub when_ms: u64,
    /// Who has it, as far as this node knows.
    pub released_to: Vec<OrgName>,
    /// How many values a lead rests on.
    pub values: usize,
    /// Whether it was recalled.
    pub recalled: bool,
}

/// A note of a lead, recalled or not, that somebody may answer for.
pub(super) struct Kept<'a> {
    pub space: &'a Space,
    pub lead_at: EntryRef,
    pub lead: Lead<'a>,
    pub what: LeadPart,
}

/// Which lead a note belongs to, and as what.
fn belongs(state: &State, all: &BTreeMap<EntryRef, Lead<'_>>, at: EntryRef) -> Option<(EntryRef, LeadPart)> {
    if all.contains_key(&at) {
        return Some((at, LeadPart::Lead));
    }
    let (ledger, _, Body::Content(entry)) = state.entry(at)? else {
        return None;
    };
    match &entry.body {
        ContentBody::FeedbackGiven(said) => {
            let mut found = all.iter();
            let (lead, _) = found.find(|(lead, known)| {
                **lead == said.about || known.feedback.iter().any(|one| one.at == said.about)
            })?;
            Some((*lead, LeadPart::Feedback))
        }
        ContentBody::IndicatorPublished(_) => {
            let mut found = all.iter();
            let (lead, _) =
                found.find(|(_, known)| *known.giver == ledger.org && known.said.rests_on.contains(&at))?;
            Some((*lead, LeadPart::Values))
        }
        _ => None,
    }
}

/// The leads of an agreement's space with what was said of them, recalled or not.
pub(super) fn all_leads<'a>(state: &'a State, space: &'a Space) -> BTreeMap<EntryRef, Lead<'a>> {
    leads(&said_or_recalled(state, space, is_of_leads))
}

/// The values of a lead: those that it names, of its giver; of one that is gone, those that were noted beside it.
fn values_at(state: &State, space: &Space, at: EntryRef) -> BTreeSet<EntryRef> {
    let named = match state.entry(at) {
        Some((ledger, _, Body::Content(entry))) => match &entry.body {
            ContentBody::LeadReferred(said) => said
                .rests_on
                .iter()
                .filter(|value| {
                    let theirs = state.ledgers.get(&value.ledger);
                    theirs.is_some_and(|theirs| theirs.org == ledger.org && theirs.space == space.id)
                })
                .copied()
                .collect(),
            _ => BTreeSet::new(),
        },
        _ => BTreeSet::new(),
    };
    let noted = state.leads.get(&at).map(|file| file.values.clone());
    named.into_iter().chain(noted.unwrap_or_default()).collect()
}

impl Node {
    /// A note of a lead that a person may see, recalled or not: for who answers for it, without its words.
    pub(super) fn kept_for<'a>(&self, state: &'a State, who: &SignedIn, at: EntryRef) -> Result<Kept<'a>> {
        let missing = || ServiceError::NotFound("lead");
        let space = self.space_of(state, at).ok_or_else(missing)?;
        let mut all = all_leads(state, space);
        let (lead_at, what) = belongs(state, &all, at).ok_or_else(missing)?;
        let lead = all.remove(&lead_at).ok_or_else(missing)?;
        if !self.sees_lead(state, who, lead_at, &lead) {
            return Err(missing());
        }
        Ok(Kept {
            space,
            lead_at,
            lead,
            what,
        })
    }

    /// A note of a lead that a person may see, recalled or not.
    pub async fn lead_note(&self, who: &SignedIn, at: EntryRef) -> Result<LeadNote> {
        Act::SeeLeads.ask(who)?;
        let note = self.note_of_lead(&*self.read().await?, who, at)?;
        self.looked(who, Way::Read, [at]).await?;
        Ok(note)
    }

    fn note_of_lead(&self, state: &State, who: &SignedIn, at: EntryRef) -> Result<LeadNote> {
        let missing = || ServiceError::NotFound("lead");
        let kept = self.kept_for(state, who, at)?;
        let (ledger, header, Body::Content(entry)) = state.entry(at).ok_or_else(missing)? else {
            return Err(missing());
        };
        let recalled = kept.space.control.is_recalled(at);
        let values = match kept.what {
            LeadPart::Lead if !recalled => super::values_of(state, kept.space, &kept.lead).0.len(),
            _ => 0,
        };
        let others = self.other_parties(kept.space).into_iter();
        Ok(LeadNote {
            at,
            lead: kept.lead_at,
            what: kept.what,
            org: ledger.org.clone(),
            ours: ledger.own,
            title: if recalled {
                String::new()
            } else {
                entry.title.clone()
            },
            when_ms: header.clock.wall_ms,
            released_to: others
                .filter(|org| state.released.contains_key(&(at, org.clone())))
                .collect(),
            values,
            recalled,
        })
    }

    /// Calls back a lead of this organisation with its values, or one word of feedback, as its approver or disclosure
    /// officer. The orders, that of `at` the last.
    pub async fn recall_lead(&self, who: &SignedIn, at: EntryRef, reason: &str) -> Result<Vec<EntryRef>> {
        let role = Act::Recall.ask(who)?;
        self.act_once(|state, batch, log| {
            let (space, own, mut parts) = {
                let kept = self.kept_for(state, who, at)?;
                let own = state.ledgers.get(&at.ledger).is_some_and(|ledger| ledger.own);
                let mut parts: Vec<EntryRef> = match kept.what {
                    LeadPart::Lead => values_at(state, kept.space, at).into_iter().collect(),
                    LeadPart::Values | LeadPart::Feedback => Vec::new(),
                };
                parts.push(at);
                parts.retain(|part| !kept.space.control.is_recalled(*part));
                (kept.space.id, own, parts)
            };
            if !own {
                return Err(ServiceError::denied(
                    "who gave it calls it back: ask them; a hold keeps our copy",
                ));
            }
            if !parts.contains(&at) {
                return Err(ServiceError::Conflict("it was recalled already".into()));
            }
            parts.retain(|part| state.entry(*part).is_some());
            let mut orders = Vec::new();
            for part in parts {
                orders.push(self.recall_in(state, batch, who, space, role, (part, reason))?);
            }
            log.person(batch, who, "lead.recalled", &at.to_string());
            Ok(orders)
        })
        .await
    }

    /// Says what this organisation did on the recall of a lead and of the values that went back with it. `deleted`
    /// deletes, in the same commit. To whom this node passed the lead on is said with it.
    pub async fn receipt_lead_recall(&self, who: &SignedIn, new: &RecallAnswer) -> Result<EntryRef> {
        let role = Act::Receipt.ask(who)?;
        self.act_once(|state, batch, log| {
            let missing = || ServiceError::NotFound("recall");
            let (space, head, parts, passed_on) = {
                let space = self.space_of(state, new.recall).ok_or_else(missing)?;
                let head = recalled_by(space, new.recall).ok_or_else(missing)?;
                if !self.sees_recall(state, who, space, &all_leads(state, space), head) {
                    return Err(missing());
                }
                let mut parts: Vec<EntryRef> = values_at(state, space, head).into_iter().collect();
                parts.retain(|part| space.control.is_recalled(*part));
                parts.push(head);
                let file = state.leads.get(&head);
                let passed_on = file.map(|file| file.passed_on.clone()).unwrap_or_default();
                (space.id, head, parts, passed_on)
            };
            let mut onward: BTreeSet<OrgName> = new.onward.iter().cloned().collect();
            onward.extend(passed_on);
            let values: BTreeSet<EntryRef> = parts.iter().filter(|part| **part != head).copied().collect();
            let mut receipt = None;
            for part in parts {
                let known = state.spaces.get(&space).ok_or_else(missing)?;
                let recall = known.control.recall(part).ok_or_else(missing)?.at;
                let answer = RecallAnswer {
                    recall,
                    onward: onward.iter().cloned().collect(),
                    ..new.clone()
                };
                receipt = Some(self.receipt_in(state, batch, who, space, role, &answer)?);
            }
            // The lead may be gone now: which values were its own stays known.
            if new.done == RecallDone::Deleted && !values.is_empty() {
                let mut file = state.lead_file(head);
                file.values.extend(values);
                state.keep_lead(batch, file);
            }
            log.person(batch, who, "lead.receipted", &head.to_string());
            receipt.ok_or_else(missing)
        })
        .await
    }

    /// Whether a recall concerns this organisation, and this person: they may see the lead, or, where nothing of it is
    /// here any more, they keep the desk or answer for recalls. What went between others is not shown.
    fn sees_recall(
        &self,
        state: &State,
        who: &SignedIn,
        space: &Space,
        all: &BTreeMap<EntryRef, Lead<'_>>,
        entry: EntryRef,
    ) -> bool {
        if who.home.is_some() {
            return false;
        }
        if let Some((at, _)) = belongs(state, all, entry) {
            return all
                .get(&at)
                .is_some_and(|lead| self.sees_lead(state, who, at, lead));
        }
        let own = state.ledgers.get(&entry.ledger).is_some_and(|ledger| ledger.own);
        let file = state.leads.get(&entry);
        let answered = space
            .control
            .recall(entry)
            .is_some_and(|recall| recall.receipts.contains_key(&self.config.org));
        let passed_on = file.is_some_and(|file| !file.passed_on.is_empty());
        let concerns = own || answered || passed_on || holds(state, entry);
        let handed = file.is_some_and(|file| file.people.contains(&who.person));
        concerns && (handed || self.keeps_desk(who) || Act::Receipt.ask(who).is_ok())
    }

    fn lead_recall_view(
        &self,
        state: &State,
        space: &Space,
        all: &BTreeMap<EntryRef, Lead<'_>>,
        entry: EntryRef,
    ) -> Option<LeadRecall> {
        let known = space.control.recall(entry)?;
        let mut recall = self.recall_view(state, entry, known);
        let with: Vec<EntryRef> = values_at(state, space, entry)
            .into_iter()
            .filter(|value| space.control.is_recalled(*value))
            .collect();
        for value in &with {
            let Some(known) = space.control.recall(*value) else {
                continue;
            };
            let view = self.recall_view(state, *value, known);
            recall.held_here |= view.held_here;
            for org in view.waits_for {
                if !recall.waits_for.contains(&org) {
                    recall.waits_for.push(org);
                }
            }
        }
        let passed_as = state.leads.values().filter(|file| file.onward_of == Some(entry));
        let passed_as = passed_as.map(|file| PassedOn {
            lead: file.at,
            to: state
                .released
                .keys()
                .filter(|(at, _)| *at == file.at)
                .map(|(_, org)| org.clone())
                .collect(),
            recalled: self
                .space_of(state, file.at)
                .is_some_and(|space| space.control.is_recalled(file.at)),
        });
        let held = std::iter::once(&entry)
            .chain(&with)
            .any(|at| space.control.held(*at));
        Some(LeadRecall {
            waits_for_us: recall.org != self.config.org && recall.waits_for.contains(&self.config.org),
            what: belongs(state, all, entry).map(|(_, what)| what),
            with,
            passed_on: state
                .leads
                .get(&entry)
                .map(|file| file.passed_on.iter().cloned().collect())
                .unwrap_or_default(),
            passed_as: passed_as.collect(),
            held,
            recall,
        })
    }

    /// The recalls on agreements' ledgers that concern a person, the newest first. Values stand with their lead.
    fn recalls_seen(&self, state: &State, who: &SignedIn) -> Vec<LeadRecall> {
        let spaces = state
            .spaces
            .values()
            .filter(|space| space.kind == SpaceKind::Agreement);
        let mut seen = Vec::new();
        for space in spaces {
            if space.control.recalls().is_empty() {
                continue;
            }
            let all = all_leads(state, space);
            let recalled = || space.control.recalls().keys();
            let inner: BTreeSet<EntryRef> = recalled().flat_map(|at| values_at(state, space, *at)).collect();
            let heads = recalled().filter(|at| !inner.contains(at));
            let shown = heads.filter(|at| self.sees_recall(state, who, space, &all, **at));
            seen.extend(shown.filter_map(|at| self.lead_recall_view(state, space, &all, *at)));
        }
        seen.sort_by_key(|one| (std::cmp::Reverse(one.recall.when_ms), one.recall.at));
        seen
    }

    /// The recalls of leads, of values and of feedback that concern a person, the newest first. No words of any.
    pub async fn lead_recalls(&self, who: &SignedIn) -> Result<Vec<LeadRecall>> {
        Act::SeeLeads.ask(who)?;
        let state = self.read().await?;
        Ok(self.recalls_seen(&state, who))
    }

    /// The recall of one note.
    pub async fn lead_recall(&self, who: &SignedIn, at: EntryRef) -> Result<LeadRecall> {
        Act::SeeLeads.ask(who)?;
        let missing = || ServiceError::NotFound("lead");
        let state = self.read().await?;
        let space = self.space_of(&state, at).ok_or_else(missing)?;
        let all = all_leads(&state, space);
        if !space.control.is_recalled(at) || !self.sees_recall(&state, who, space, &all, at) {
            return Err(missing());
        }
        self.lead_recall_view(&state, space, &all, at).ok_or_else(missing)
    }

    /// What waits because leads were called back: our word on it, and what we had passed on.
    pub(super) fn leads_recalled(&self, state: &State, who: &SignedIn, items: &mut Vec<InboxItem>) {
        let (receipts, recalls) = (Act::Receipt.ask(who).is_ok(), Act::Recall.ask(who).is_ok());
        if !receipts && !recalls {
            return;
        }
        for one in self.recalls_seen(state, who) {
            if receipts && one.waits_for_us {
                items.push(InboxItem {
                    todo: Todo::AnswerLeadRecall {
                        recall: one.recall.at,
                        lead: one.recall.entry,
                    },
                    title: format!("{} recalls a lead", one.recall.org),
                    why: format!("You answer for {}: {}", self.config.org, one.recall.reason),
                    since_ms: one.recall.when_ms,
                    due_ms: None,
                    otherwise: "It is used no more, and stays in your store unanswered for.".into(),
                });
            }
            let ours = one.passed_as.iter().filter(|passed| !passed.recalled && recalls);
            for passed in ours {
                let to: Vec<&str> = passed.to.iter().map(OrgName::as_str).collect();
                items.push(InboxItem {
                    todo: Todo::RecallOnward { lead: passed.lead },
                    title: format!("Call back what you passed on to {}", to.join(", ")),
                    why: format!("{} recalled the lead that it rests on.", one.recall.org),
                    since_ms: one.recall.when_ms,
                    due_ms: None,
                    otherwise: "They go on using what its giver called back.".into(),
                });
            }
        }
    }
}
