//! Giving a lead to a partner.

use std::collections::BTreeSet;

use accord_model::content::{
    ContentEntry, Grading, Indicator, IndicatorPublished, LeadReferred, VerdictWish,
};
use accord_model::{AgreementDigest, EntryRef, OrgName, SpaceId, Tlp};
use serde::{Deserialize, Serialize};

use super::{LEAD_VALUES_MAX, LeadFile};
use crate::error::{Result, ServiceError};
use crate::journal::State;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::release::{Circumstances, Decided};
use crate::threats::ThreatStatus;
use crate::threats::values as checked_values;

/// A lead for one partner.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewLead {
    /// The agreement it goes under.
    pub agreement: AgreementDigest,
    /// To whom.
    pub to: OrgName,
    /// One line.
    pub title: String,
    /// How far it may travel.
    pub marking: Tlp,
    /// What it is, how it is known, what could be done.
    pub text: String,
    /// Why it is the partner's.
    #[serde(default)]
    pub nexus: Option<String>,
    /// The countries it touches.
    #[serde(default)]
    pub countries: Vec<String>,
    /// What the partner is asked to do.
    #[serde(default)]
    pub asks: Option<String>,
    /// How good it is.
    #[serde(default)]
    pub grading: Option<Grading>,
    /// The source would be in danger if it were known: the texts say nothing that leads to it.
    #[serde(default)]
    pub source_protected: bool,
    /// Values that it rests on.
    #[serde(default)]
    pub values: Vec<Indicator>,
    /// The threat it is made from.
    #[serde(default)]
    pub threat: Option<String>,
    /// The lead that is passed on with it, of another giver.
    #[serde(default)]
    pub onward_of: Option<EntryRef>,
    /// What a preview said: whether it goes at once. Where that changed, nothing is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect_now: Option<bool>,
}

/// What would happen.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LeadPreview {
    /// Of the lead.
    pub lead: Decided,
    /// Of its values, when it has any.
    pub values: Option<Decided>,
}

impl LeadPreview {
    /// Whether all of it goes at once.
    pub fn goes_now(&self) -> bool {
        self.lead.is_yes() && self.values.as_ref().is_none_or(Decided::is_yes)
    }

    fn refusal(&self) -> Option<&Decided> {
        [Some(&self.lead), self.values.as_ref()]
            .into_iter()
            .flatten()
            .find(|decided| decided.answer == "no")
    }
}

/// A lead that was given.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReferredLead {
    /// Its note.
    pub at: EntryRef,
    /// Under which clause each part went, or waits.
    #[serde(flatten)]
    pub decided: LeadPreview,
}

/// A lead ready to be written.
struct Ready {
    space: SpaceId,
    values: Option<ContentEntry>,
    lead: ContentEntry,
}

impl Node {
    fn values_entry(&self, who: &SignedIn, new: &NewLead) -> Result<Option<ContentEntry>> {
        if new.values.is_empty() {
            return Ok(None);
        }
        let from = if new.source_protected {
            "a protected source".to_owned()
        } else {
            format!("analysis of {}", self.config.org)
        };
        let said = IndicatorPublished {
            indicators: new.values.clone(),
            note: None,
            from,
            grading: new.grading.clone(),
            source_protected: new.source_protected,
            wish: VerdictWish::None,
            report: None,
            second: None,
        };
        self.lead_entry(who, new.marking, &new.to, &new.title, said)
            .map(Some)
    }

    fn ready(&self, state: &State, who: &SignedIn, new: &NewLead) -> Result<Ready> {
        checked_values(&new.values, LEAD_VALUES_MAX)?;
        let listed = new
            .values
            .iter()
            .find(|one| state.lists.listed(&one.value) == Some(true));
        if let Some(one) = listed {
            let message = format!(
                "{:?} is a value that many use: leave it out, or explain it in the text",
                one.value
            );
            return Err(ServiceError::invalid("values", message));
        }
        let missing = || ServiceError::NotFound("agreement");
        let agreement = state.agreement(new.agreement).ok_or_else(missing)?;
        if new.to == self.config.org || agreement.party(&new.to).is_none() {
            let message = format!("{} is no other party of this agreement", new.to);
            return Err(ServiceError::invalid("to", message));
        }
        let space = state
            .agreement_home(new.agreement, &self.config.org)
            .ok_or_else(missing)?
            .id;
        if let Some(id) = &new.threat {
            state.threat_for(who, id)?;
        }
        if let Some(at) = new.onward_of {
            self.goes_on(state, who, at, new)?;
        }
        let lead = LeadReferred {
            text: new.text.clone(),
            grading: new.grading.clone(),
            source_protected: new.source_protected,
            countries: new.countries.clone(),
            nexus: new.nexus.clone(),
            asks: new.asks.clone(),
            rests_on: Vec::new(),
        };
        Ok(Ready {
            space,
            values: self.values_entry(who, new)?,
            lead: self.lead_entry(who, new.marking, &new.to, &new.title, lead)?,
        })
    }

    /// A lead of another giver is passed on only as that giver allowed, and never under a lesser marking.
    fn goes_on(&self, state: &State, who: &SignedIn, at: EntryRef, new: &NewLead) -> Result<()> {
        let found = self.received_lead(state, who, at)?;
        if new.to == *found.lead.giver {
            return Err(ServiceError::invalid("to", "that is who gave it"));
        }
        if !found.lead.may_go_on(&self.config.org, &new.to) {
            return Err(ServiceError::denied(format!(
                "no onward sharing: {} gave this lead and must first say that it may go to {}",
                found.lead.giver, new.to
            )));
        }
        if new.marking < found.lead.entry.marking.tlp {
            let message = format!("the marking is kept: at least {}", found.lead.entry.marking.tlp);
            return Err(ServiceError::invalid("marking", message));
        }
        Ok(())
    }

    fn lead_asked(&self, state: &State, new: &NewLead, ready: &Ready) -> Result<LeadPreview> {
        let space = state
            .spaces
            .get(&ready.space)
            .ok_or(ServiceError::NotFound("agreement"))?;
        let ask =
            |entry: &ContentEntry| self.ask_gate(state, space, &new.to, entry, &Circumstances::default());
        Ok(LeadPreview {
            lead: ask(&ready.lead),
            values: ready.values.as_ref().map(ask),
        })
    }

    /// Whether a lead would go, under which clause. Nothing is kept.
    pub async fn preview_lead(&self, who: &SignedIn, new: &NewLead) -> Result<LeadPreview> {
        Act::Lead.ask(who)?;
        let state = self.read().await?;
        let ready = self.ready(&state, who, new)?;
        self.lead_asked(&state, new, &ready)
    }

    /// Gives a lead to a partner, or lays it before the approver where the clause asks. What may not go is refused and
    /// not written.
    pub async fn refer_lead(&self, who: &SignedIn, new: &NewLead) -> Result<ReferredLead> {
        Act::Lead.ask(who)?;
        let now = self.now_ms();
        self.act_once(|state, batch, log| {
            let ready = self.ready(state, who, new)?;
            let asked = self.lead_asked(state, new, &ready)?;
            if let Some(no) = asked.refusal() {
                return Err(no.refusal());
            }
            if new
                .expect_now
                .is_some_and(|expected| expected != asked.goes_now())
            {
                return Err(ServiceError::Conflict(
                    "what the agreement says has changed: look again".into(),
                ));
            }
            let none = Circumstances::default();
            let Ready {
                space,
                values,
                mut lead,
            } = ready;
            let mut decided_values = None;
            if let Some(values) = values {
                let published = self.publish(state, batch, space, values, &none)?;
                decided_values = published.decisions.into_iter().next();
                if let accord_model::content::ContentBody::LeadReferred(said) = &mut lead.body {
                    said.rests_on = vec![published.at];
                }
            }
            let published = self.publish(state, batch, space, lead, &none)?;
            let mut file = LeadFile::new(published.at);
            file.threat.clone_from(&new.threat);
            file.onward_of = new.onward_of;
            state.keep_lead(batch, file);
            if let Some(id) = &new.threat {
                state.change_threat(batch, who, id, now, |threat| {
                    threat.leads.insert(published.at);
                    if threat.is_open() {
                        threat.status = ThreatStatus::Referred;
                    }
                    Ok(())
                })?;
            }
            if let Some(at) = new.onward_of {
                let mut file = state.lead_file(at);
                file.passed_on.insert(new.to.clone());
                state.keep_lead(batch, file);
            }
            log.person(
                batch,
                who,
                "lead.referred",
                &format!("{} to {}", published.at, new.to),
            );
            let decided = published.decisions.into_iter().next();
            Ok(ReferredLead {
                at: published.at,
                decided: LeadPreview {
                    lead: decided.unwrap_or(asked.lead),
                    values: decided_values.or(asked.values),
                },
            })
        })
        .await
    }

    /// What an agreement lets this organisation refer to: its other parties, where it is in force.
    pub async fn lead_recipients(&self, who: &SignedIn) -> Result<Vec<(AgreementDigest, String, OrgName)>> {
        Act::Lead.ask(who)?;
        let state = self.read().await?;
        let now = self.now_ms();
        let mut all = Vec::new();
        for (digest, agreement) in state.agreements() {
            let stands = state
                .standing(digest, now)
                .is_some_and(|standing| standing.in_force());
            if !stands || agreement.party(&self.config.org).is_none() {
                continue;
            }
            let others: BTreeSet<&OrgName> = agreement
                .parties()
                .iter()
                .map(|party| &party.name)
                .filter(|name| **name != self.config.org)
                .collect();
            let title = &agreement.terms().title;
            all.extend(others.into_iter().map(|org| (digest, title.clone(), org.clone())));
        }
        Ok(all)
    }
}
