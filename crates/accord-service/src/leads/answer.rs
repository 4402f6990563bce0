//! Answering a lead: every answer goes back to whoever gave it.

use accord_model::Role;
use accord_model::agreement::Approval;
use accord_model::content::{FeedbackGiven, LeadWord, leads::leads};
use accord_model::control::SpaceKind;
use accord_model::{EntryRef, OrgName, PersonId, SpaceId};
use accord_store::Batch;
use serde::{Deserialize, Serialize};

use super::{Found, LEAD_PEOPLE_MAX};
use crate::cases::NewCase;
use crate::error::{Result, ServiceError};
use crate::journal::{Body, State};
use crate::node::Node;
use crate::notes::Published;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::release::{Circumstances, Decided};

/// An answer to a lead.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeadAnswer {
    /// `declined`, `outcome` or `onward-asked`; absent: words alone. `taken-up` is said by opening a case from it or
    /// linking it to one.
    #[serde(default)]
    pub word: Option<LeadWord>,
    /// What the giver reads.
    pub text: String,
    /// With `onward-asked`: to whom it is to go.
    #[serde(default)]
    pub onward: Option<OrgName>,
}

/// A case opened from a lead.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenFromLead {
    /// The case.
    pub case: NewCase,
    /// What the giver reads.
    pub text: String,
}

/// The giver's word on whether a lead may go on.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnwardAnswer {
    /// Whether it may.
    pub allowed: bool,
    /// What who asked reads.
    pub text: String,
}

impl Node {
    /// Feedback on a lead of another giver.
    fn give_feedback(
        &self,
        state: &mut State,
        batch: &mut Batch,
        who: &SignedIn,
        at: EntryRef,
        answer: &LeadAnswer,
    ) -> Result<Published> {
        let Found { space, lead, .. } = self.received_lead(state, who, at)?;
        let said = FeedbackGiven {
            about: at,
            text: answer.text.clone(),
            word: answer.word,
            onward: answer.onward.clone(),
        };
        let title = match answer.word {
            None => "Feedback on a lead",
            Some(LeadWord::TakenUp) => "A lead was taken up",
            Some(LeadWord::Declined) => "A lead was declined",
            Some(LeadWord::OnwardAsked) => "May a lead go on?",
            Some(LeadWord::Outcome) => "What became of a lead",
            Some(LeadWord::OnwardAllowed | LeadWord::OnwardRefused) => "An answer on a lead",
        };
        let entry = self.lead_entry(who, lead.entry.marking.tlp, lead.giver, title, said)?;
        let space = space.id;
        self.publish(state, batch, space, entry, &Circumstances::default())
    }

    /// Answers a lead in words.
    pub async fn answer_lead(&self, who: &SignedIn, at: EntryRef, answer: &LeadAnswer) -> Result<Published> {
        Act::Lead.ask(who)?;
        if let Some(LeadWord::TakenUp | LeadWord::OnwardAllowed | LeadWord::OnwardRefused) = answer.word {
            return Err(ServiceError::invalid(
                "word",
                "one of declined, outcome, onward-asked: a lead is taken up by opening a case from it or linking it to one",
            ));
        }
        self.act_once(|state, batch, log| {
            let found = self.received_lead(state, who, at)?;
            if let Some(to) = &answer.onward
                && (to == found.lead.giver || *to == self.config.org)
            {
                return Err(ServiceError::invalid(
                    "onward",
                    "another organisation than its giver and yours",
                ));
            }
            let published = self.give_feedback(state, batch, who, at, answer)?;
            let what = answer.word.map_or("feedback", LeadWord::as_str);
            log.person(batch, who, &format!("lead.{what}"), &at.to_string());
            Ok(published)
        })
        .await
    }

    fn take_up(
        &self,
        state: &mut State,
        batch: &mut Batch,
        who: &SignedIn,
        at: EntryRef,
        (case, role, text): (SpaceId, Role, &str),
    ) -> Result<()> {
        let found = self.received_lead(state, who, at)?;
        let origin = format!(
            "It rests on the lead {:?} that {} referred to us (note {at} of the agreement).",
            found.lead.entry.title, found.lead.giver
        );
        self.log_origin(state, batch, case, who, role, &origin)?;
        let mut file = state.lead_file(at);
        file.case = Some(case);
        state.keep_lead(batch, file);
        let answer = LeadAnswer {
            word: Some(LeadWord::TakenUp),
            text: text.to_owned(),
            onward: None,
        };
        self.give_feedback(state, batch, who, at, &answer)?;
        Ok(())
    }

    /// Opens a case from a lead. Its first note cites the lead, for this organisation alone; the giver is told that it
    /// was taken up, and not by which case.
    pub async fn open_case_from_lead(
        &self,
        who: &SignedIn,
        at: EntryRef,
        new: &OpenFromLead,
    ) -> Result<SpaceId> {
        let role = Act::RunCase.ask(who)?;
        Act::Lead.ask(who)?;
        self.act_once(|state, batch, log| {
            self.received_lead(state, who, at)?;
            let case = self.open_case_in(state, batch, log, who, role, &new.case)?;
            self.take_up(state, batch, who, at, (case, role, &new.text))?;
            log.person(batch, who, "lead.taken-up", &at.to_string());
            Ok(case)
        })
        .await
    }

    /// Links a lead to a case that is there. The person works on that case.
    pub async fn link_lead(&self, who: &SignedIn, at: EntryRef, case: SpaceId, text: &str) -> Result<()> {
        Act::Lead.ask(who)?;
        self.act_once(|state, batch, log| {
            self.received_lead(state, who, at)?;
            let space = self.case_for(state, who, case)?;
            let kind = accord_model::EntryKind::DecisionLogged;
            let role = self.writer(space, who, Act::Write, kind)?;
            self.take_up(state, batch, who, at, (case, role, text))?;
            log.person(batch, who, "lead.taken-up", &at.to_string());
            Ok(())
        })
        .await
    }

    /// Hands a lead to a colleague, who sees it from then on.
    pub async fn hand_lead(&self, who: &SignedIn, at: EntryRef, person: PersonId) -> Result<()> {
        Act::Lead.ask(who)?;
        self.act_once(|state, batch, log| {
            self.lead_for(state, who, at)?;
            let known = state.persons.get(&person);
            let known = known.filter(|person| !person.disabled && person.home.is_none());
            let known = known.ok_or(ServiceError::NotFound("person"))?;
            if !Act::Lead.rule().0.iter().any(|role| known.roles.contains(role)) {
                return Err(ServiceError::invalid(
                    "person",
                    "they are no researcher, investigator or case officer",
                ));
            }
            let mut file = state.lead_file(at);
            file.people.insert(person);
            if file.people.len() > LEAD_PEOPLE_MAX {
                return Err(ServiceError::Conflict(format!(
                    "at most {LEAD_PEOPLE_MAX} people"
                )));
            }
            state.keep_lead(batch, file);
            log.person(batch, who, "lead.handed", &format!("{at} to {person}"));
            Ok(())
        })
        .await
    }

    /// The lead of this organisation that a partner asks to pass on, by the note that asks.
    pub(crate) fn asked_onward(&self, state: &State, asked: EntryRef) -> Option<EntryRef> {
        let ledger = state.ledgers.get(&asked.ledger)?;
        let space = state.space(ledger.space, SpaceKind::Agreement)?;
        let said = self.said_of_leads(state, space);
        let mut all = leads(&said).into_iter();
        let (at, _) = all.find(|(_, lead)| {
            *lead.giver == self.config.org && lead.onward.iter().any(|onward| onward.at == asked)
        })?;
        Some(at)
    }

    /// Says whether a lead of this organisation may go on, as a partner asked.
    pub async fn answer_onward(
        &self,
        who: &SignedIn,
        asked: EntryRef,
        said: &OnwardAnswer,
    ) -> Result<Published> {
        Act::Lead.ask(who)?;
        self.act_once(|state, batch, log| {
            let missing = || ServiceError::NotFound("lead");
            let at = self.asked_onward(state, asked).ok_or_else(missing)?;
            let found = self.lead_for(state, who, at)?;
            let onward = found.lead.onward.iter().find(|onward| onward.at == asked);
            let by = onward.ok_or_else(missing)?.by.clone();
            let word = if said.allowed {
                LeadWord::OnwardAllowed
            } else {
                LeadWord::OnwardRefused
            };
            let body = FeedbackGiven {
                about: asked,
                text: said.text.clone(),
                word: Some(word),
                onward: None,
            };
            let marking = found.lead.entry.marking.tlp;
            let space = found.space.id;
            let entry = self.lead_entry(who, marking, &by, "An answer on a lead", body)?;
            let published = self.publish(state, batch, space, entry, &Circumstances::default())?;
            log.person(batch, who, &format!("lead.{word}"), &asked.to_string());
            Ok(published)
        })
        .await
    }

    /// Releases a lead, with the values it rests on, or feedback, above the ceiling, as this organisation's approver.
    /// Its writer cannot.
    pub async fn approve_lead(&self, who: &SignedIn, at: EntryRef, to: &OrgName) -> Result<Decided> {
        Act::Approve.ask(who)?;
        self.act_once(|state, batch, log| {
            let missing = || ServiceError::NotFound("lead");
            let space = self.space_of(state, at).ok_or_else(missing)?;
            if space.control.is_recalled(at) {
                return Err(missing());
            }
            let (ledger, _, Body::Content(entry)) = state.entry(at).ok_or_else(missing)? else {
                return Err(missing());
            };
            if !ledger.own || !entry.to.includes(to) {
                return Err(missing());
            }
            if entry.by == who.person {
                return Err(ServiceError::denied(
                    "nobody approves the release of their own note",
                ));
            }
            let mut parts = match &entry.body {
                accord_model::content::ContentBody::LeadReferred(said) => said.rests_on.clone(),
                _ => Vec::new(),
            };
            parts.push(at);
            let circumstances = Circumstances {
                approvals: [Approval {
                    role: Role::Approver,
                    by: who.person,
                    of: self.config.org.clone(),
                }]
                .into(),
                asked_by: Some(entry.by),
                ..Circumstances::default()
            };
            let mut last = None;
            for part in parts {
                let decided = self.release(state, batch, part, to, &circumstances)?;
                if !decided.is_yes() {
                    return Err(decided.refusal());
                }
                last = Some(decided);
            }
            log.person(batch, who, "lead.approved", &format!("{at} to {to}"));
            last.ok_or_else(missing)
        })
        .await
    }
}
