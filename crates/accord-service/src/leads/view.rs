//! What people see of leads.

use accord_model::content::leads::{Lead, LeadStanding};
use accord_model::content::{ContentBody, Grading, Indicator, LeadWord};
use accord_model::{AgreementDigest, EntryRef, OrgName, PersonId, Tlp};
use serde::{Deserialize, Serialize};

use super::{Found, LEAD_FEEDBACK_MS};
use crate::error::Result;
use crate::journal::{Body, Space, State};
use crate::looks::Way;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::release::Decided;
use crate::threats::RelatedCase;

/// A lead in a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LeadSummary {
    /// Its note.
    pub at: EntryRef,
    /// Who gave it.
    pub giver: OrgName,
    /// To whom.
    pub to: Vec<OrgName>,
    /// Whether this organisation gave it.
    pub ours: bool,
    /// Its one line.
    pub title: String,
    /// How far it may travel.
    pub marking: Tlp,
    /// When it was given, ms UTC.
    pub since_ms: u64,
    /// `waiting`, `taken-up`, `declined`; of one that still waits for our approver `not-released`.
    pub standing: String,
    /// Until when feedback is due, ms UTC, where none was given.
    pub due_ms: Option<u64>,
}

/// One word of feedback.
#[derive(Debug, Clone, Serialize)]
pub struct FeedbackView {
    /// Its note.
    pub at: EntryRef,
    /// Whose.
    pub by: OrgName,
    /// When, ms UTC.
    pub when_ms: u64,
    /// What it says.
    pub word: Option<LeadWord>,
    /// In words.
    pub text: String,
    /// To whom it is to go, where that is asked.
    pub onward: Option<OrgName>,
    /// Whether the giver has it; of our own words.
    pub delivered: bool,
}

/// A question whether a lead may go on.
#[derive(Debug, Clone, Serialize)]
pub struct OnwardView {
    /// The note that asks.
    pub at: EntryRef,
    /// Who asks.
    pub by: OrgName,
    /// To whom it is to go.
    pub to: OrgName,
    /// The giver's word.
    pub allowed: Option<bool>,
    /// The giver's words.
    pub words: Option<String>,
}

/// A lead, whole.
#[derive(Debug, Clone, Serialize)]
pub struct LeadView {
    /// As a list shows it.
    #[serde(flatten)]
    pub summary: LeadSummary,
    /// The agreement it went under.
    pub agreement: Option<(AgreementDigest, String)>,
    /// Whether that is in force.
    pub in_force: bool,
    /// What it is.
    pub text: String,
    /// Why it is the recipient's.
    pub nexus: Option<String>,
    /// The countries it touches.
    pub countries: Vec<String>,
    /// What the recipient is asked to do.
    pub asks: Option<String>,
    /// How good it is.
    pub grading: Option<Grading>,
    /// The source would be in danger if it were known.
    pub source_protected: bool,
    /// The values it rests on, as far as they are here.
    pub values: Vec<Indicator>,
    /// Whether values belong to it that are not here.
    pub values_missing: bool,
    /// What was said of it.
    pub feedback: Vec<FeedbackView>,
    /// Whether it may go on, as was asked.
    pub onward: Vec<OnwardView>,
    /// The case that works on it, where the person may see it.
    pub case: Option<RelatedCase>,
    /// Whom it was handed to.
    pub people: Vec<(PersonId, String)>,
    /// To whom it was passed on.
    pub passed_on: Vec<OrgName>,
    /// Under which clause it went (own leads).
    pub decisions: Vec<Decided>,
    /// To whom it was meant and did not go yet (own leads).
    pub waits_for: Vec<OrgName>,
    /// Whether the person answers it.
    pub answers: bool,
    /// Whether the person may release it.
    pub approves: bool,
}

impl Node {
    fn recipients(&self, space: &Space, lead: &Lead<'_>) -> Vec<OrgName> {
        if *lead.giver != self.config.org {
            return vec![self.config.org.clone()];
        }
        let others = self.other_parties(space).into_iter();
        others.filter(|org| lead.entry.to.includes(org)).collect()
    }

    pub(crate) fn lead_summary(
        &self,
        state: &State,
        space: &Space,
        at: EntryRef,
        lead: &Lead<'_>,
    ) -> LeadSummary {
        let ours = *lead.giver == self.config.org;
        let to = self.recipients(space, lead);
        let waits = ours
            && to
                .iter()
                .any(|org| !state.released.contains_key(&(at, org.clone())));
        let standing = to
            .iter()
            .map(|org| lead.standing(org))
            .max()
            .unwrap_or(LeadStanding::Waiting);
        let answered = to.iter().all(|org| lead.is_answered(org));
        LeadSummary {
            at,
            giver: lead.giver.clone(),
            to,
            ours,
            title: lead.entry.title.clone(),
            marking: lead.entry.marking.tlp,
            since_ms: lead.wall_ms,
            standing: if waits { "not-released" } else { standing.as_str() }.to_owned(),
            due_ms: (!answered && !waits).then(|| lead.wall_ms.saturating_add(LEAD_FEEDBACK_MS)),
        }
    }

    /// The giver's words on whether a lead may go on.
    fn onward_words(&self, state: &State, space: &Space, lead: &Lead<'_>) -> Vec<EntryRef> {
        let asked = |about: EntryRef| lead.onward.iter().any(|one| one.at == about);
        let said = self.said_of_leads(state, space).into_iter();
        said.filter(|one| one.author == lead.giver)
            .filter(|one| match &one.entry.body {
                ContentBody::FeedbackGiven(said) => asked(said.about),
                _ => false,
            })
            .map(|one| one.at)
            .collect()
    }

    /// The leads that a person may see, the newest first.
    pub async fn leads(&self, who: &SignedIn) -> Result<Vec<LeadSummary>> {
        Act::SeeLeads.ask(who)?;
        let mut all: Vec<LeadSummary> = {
            let state = self.read().await?;
            let seen = self.leads_seen(&state, who).into_iter();
            seen.map(|(at, (space, lead))| self.lead_summary(&state, space, at, &lead))
                .collect()
        };
        self.looked(who, Way::Read, all.iter().map(|lead| lead.at))
            .await?;
        all.sort_by_key(|lead| (std::cmp::Reverse(lead.since_ms), lead.at));
        Ok(all)
    }

    /// One lead.
    pub async fn lead(&self, who: &SignedIn, at: EntryRef) -> Result<LeadView> {
        Act::SeeLeads.ask(who)?;
        let (view, seen) = self.lead_whole(&*self.read().await?, who, at)?;
        self.looked(who, Way::Read, seen).await?;
        Ok(view)
    }

    /// The same, with the notes that say so.
    fn lead_whole(&self, state: &State, who: &SignedIn, at: EntryRef) -> Result<(LeadView, Vec<EntryRef>)> {
        let Found { space, lead, ours } = self.lead_for(state, who, at)?;
        let (values, values_missing) = values_of(state, space, &lead);
        let mut seen: Vec<EntryRef> = values.iter().map(|(note, _)| *note).collect();
        seen.push(at);
        seen.extend(lead.feedback.iter().map(|one| one.at));
        if !lead.onward.is_empty() {
            seen.extend(self.onward_words(state, space, &lead));
        }
        let file = state.leads.get(&at);
        let name = |person: &PersonId| {
            let known = state.persons.get(person);
            let name = known.map_or_else(|| "somebody who left".to_owned(), |known| known.name.clone());
            (*person, name)
        };
        let governing = state.governing(space, self.now_ms());
        let feedback = lead.feedback.iter().map(|one| FeedbackView {
            at: one.at,
            by: one.by.clone(),
            when_ms: one.wall_ms,
            word: one.said.word,
            text: one.said.text.clone(),
            onward: one.said.onward.clone(),
            delivered: *one.by != self.config.org
                || state.released.contains_key(&(one.at, lead.giver.clone())),
        });
        let onward = lead.onward.iter().map(|one| OnwardView {
            at: one.at,
            by: one.by.clone(),
            to: one.to.clone(),
            allowed: one.allowed,
            words: one.words.map(str::to_owned),
        });
        let recipients = self.recipients(space, &lead);
        let released = |org: &OrgName| state.released.get(&(at, org.clone()));
        let decisions = recipients
            .iter()
            .filter_map(|org| state.releases.get(*released(org)?));
        let waits_for: Vec<OrgName> = recipients
            .iter()
            .filter(|org| ours && released(org).is_none())
            .cloned()
            .collect();
        let case = file.and_then(|file| file.case);
        let view = LeadView {
            summary: self.lead_summary(state, space, at, &lead),
            agreement: governing
                .as_ref()
                .map(|(agreement, _)| (agreement.digest(), agreement.terms().title.clone())),
            in_force: governing.is_some_and(|(_, standing)| standing.in_force()),
            text: lead.said.text.clone(),
            nexus: lead.said.nexus.clone(),
            countries: lead.said.countries.clone(),
            asks: lead.said.asks.clone(),
            grading: lead.said.grading.clone(),
            source_protected: lead.said.source_protected,
            values: values.into_iter().map(|(_, value)| value).collect(),
            values_missing,
            feedback: feedback.collect(),
            onward: onward.collect(),
            case: case.and_then(|case| self.related(state, who, case)),
            people: file
                .map(|file| file.people.iter().map(name).collect())
                .unwrap_or_default(),
            passed_on: file
                .map(|file| file.passed_on.iter().cloned().collect())
                .unwrap_or_default(),
            decisions: decisions.map(|release| release.decided.clone()).collect(),
            answers: !ours && Act::Lead.ask(who).is_ok(),
            approves: !waits_for.is_empty() && Act::Approve.ask(who).is_ok() && lead.entry.by != who.person,
            waits_for,
        };
        Ok((view, seen))
    }
}

/// The values that a lead rests on, of its giver, each with its note, and whether some are not here.
pub(crate) fn values_of(state: &State, space: &Space, lead: &Lead<'_>) -> (Vec<(EntryRef, Indicator)>, bool) {
    let (mut values, mut missing) = (Vec::new(), false);
    for at in &lead.said.rests_on {
        match state.entry(*at) {
            Some((ledger, _, Body::Content(entry)))
                if ledger.space == space.id
                    && ledger.org == *lead.giver
                    && !space.control.is_recalled(*at)
                    && crate::views::set_aside(state, space, *at).is_none() =>
            {
                if let ContentBody::IndicatorPublished(said) = &entry.body {
                    values.extend(said.indicators.iter().map(|one| (*at, one.clone())));
                }
            }
            _ => missing = true,
        }
    }
    (values, missing)
}
