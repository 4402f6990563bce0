//! What people who work on a threat see of it.

use accord_model::content::leads::LeadStanding;
use accord_model::content::{Grading, Indicator};
use accord_model::{EntryRef, OrgName, PersonId, SpaceId};
use serde::{Deserialize, Serialize};

use super::{Assessment, Options, Threat, ThreatStatus};
use crate::error::Result;
use crate::journal::State;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;

/// A threat in a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ThreatSummary {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Where it stands.
    pub status: ThreatStatus,
    /// How bad it is.
    pub assessment: Option<Assessment>,
    /// How many values mean it.
    pub values: usize,
    /// Who made it.
    pub by: String,
    /// Since when it is watched, ms UTC.
    pub since_ms: u64,
    /// When it last changed, ms UTC.
    pub changed_ms: u64,
}

/// A working note as shown.
#[derive(Debug, Clone, Serialize)]
pub struct ThreatNoteView {
    /// Who wrote it.
    pub by: String,
    /// When, ms UTC.
    pub at_ms: u64,
    /// What it says.
    pub text: String,
}

/// A case that the person may see too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RelatedCase {
    /// Its id.
    pub id: SpaceId,
    /// Its operation name.
    pub operation: String,
}

/// A lead that was given of a threat.
#[derive(Debug, Clone, Serialize)]
pub struct LeadLine {
    /// Its note.
    pub at: EntryRef,
    /// To whom.
    pub to: Vec<OrgName>,
    /// Its one line.
    pub title: String,
    /// How it stands there.
    pub standing: &'static str,
    /// When it was given, ms UTC.
    pub since_ms: u64,
}

/// A threat, whole.
#[derive(Debug, Clone, Serialize)]
pub struct ThreatView {
    /// As a list shows it.
    #[serde(flatten)]
    pub summary: ThreatSummary,
    /// Its version: a change says which it saw.
    pub version: u64,
    /// What it is.
    pub what: String,
    /// How it could be tackled.
    pub options: Options,
    /// How good what is known is.
    pub grading: Option<Grading>,
    /// The source would be in danger if it were known.
    pub source_protected: bool,
    /// The countries it touches.
    pub countries: Vec<String>,
    /// Why it is ours.
    pub nexus: Option<String>,
    /// Values that mean it.
    pub indicators: Vec<Indicator>,
    /// Working notes, the newest first.
    pub notes: Vec<ThreatNoteView>,
    /// Who works on it.
    pub people: Vec<(PersonId, String)>,
    /// Cases that are related and that the person may see; of others there is nothing, nor a count.
    pub cases: Vec<RelatedCase>,
    /// The case that was opened from it, where the person may see it.
    pub opened_as: Option<RelatedCase>,
    /// Why it was dropped.
    pub reason: Option<String>,
    /// The leads that were given of it.
    pub leads: Vec<LeadLine>,
    /// Whether it takes changes.
    pub open: bool,
    /// Whether the person says who works on it.
    pub staffs: bool,
}

fn name(state: &State, person: PersonId) -> String {
    let known = state.persons.get(&person);
    known.map_or_else(|| "somebody who left".to_owned(), |known| known.name.clone())
}

impl Threat {
    fn summary(&self, state: &State) -> ThreatSummary {
        ThreatSummary {
            id: self.id.clone(),
            name: self.name.clone(),
            status: self.status,
            assessment: self.assessment,
            values: self.values.len(),
            by: name(state, self.by),
            since_ms: self.since_ms,
            changed_ms: self.changed_ms,
        }
    }
}

impl Node {
    /// A case as a line, where the person sees anything of it.
    pub(crate) fn related(&self, state: &State, who: &SignedIn, id: SpaceId) -> Option<RelatedCase> {
        let space = self.case_within(state, who, id).ok()?;
        Some(RelatedCase {
            id,
            operation: space.control.case()?.case.operation.clone(),
        })
    }

    /// The threats that a person works on: what is open first, then what changed last.
    pub async fn threats(&self, who: &SignedIn) -> Result<Vec<ThreatSummary>> {
        Act::Watch.ask(who)?;
        let state = self.read().await?;
        let mut seen: Vec<&Threat> = state
            .threats
            .values()
            .filter(|threat| threat.is_seen_by(who))
            .collect();
        seen.sort_by_key(|threat| {
            (
                !threat.is_open(),
                std::cmp::Reverse(threat.changed_ms),
                threat.id.clone(),
            )
        });
        Ok(seen.into_iter().map(|threat| threat.summary(&state)).collect())
    }

    /// One threat.
    pub async fn threat(&self, who: &SignedIn, id: &str) -> Result<ThreatView> {
        Act::Watch.ask(who)?;
        let state = self.read().await?;
        let threat = state.threat_for(who, id)?;
        let leads = threat.leads.iter().filter_map(|at| self.lead_line(&state, *at));
        let notes = threat.notes.iter().rev().map(|note| ThreatNoteView {
            by: name(&state, note.by),
            at_ms: note.at_ms,
            text: note.text.clone(),
        });
        let related = |id: &SpaceId| self.related(&state, who, *id);
        let author = state.persons.get(&threat.by).filter(|person| !person.disabled);
        Ok(ThreatView {
            summary: threat.summary(&state),
            version: threat.version,
            what: threat.what.clone(),
            options: threat.options.clone(),
            grading: threat.grading.clone(),
            source_protected: threat.source_protected,
            countries: threat.countries.clone(),
            nexus: threat.nexus.clone(),
            indicators: threat.values.clone(),
            notes: notes.collect(),
            people: threat
                .people
                .iter()
                .map(|person| (*person, name(&state, *person)))
                .collect(),
            cases: threat.cases.iter().filter_map(related).collect(),
            opened_as: threat.opened_as.as_ref().and_then(related),
            reason: threat.reason.clone(),
            leads: leads.collect(),
            open: threat.is_open(),
            staffs: threat.by == who.person || author.is_none(),
        })
    }

    fn lead_line(&self, state: &State, at: EntryRef) -> Option<LeadLine> {
        let space = self.space_of(state, at)?;
        let said = self.said_of_leads(state, space);
        let all = accord_model::content::leads::leads(&said);
        let lead = all.get(&at)?;
        let to: Vec<OrgName> = self
            .other_parties(space)
            .into_iter()
            .filter(|org| lead.entry.to.includes(org))
            .collect();
        let standing = to.iter().map(|org| lead.standing(org)).max();
        Some(LeadLine {
            at,
            to,
            title: lead.entry.title.clone(),
            standing: standing.unwrap_or(LeadStanding::Waiting).as_str(),
            since_ms: lead.wall_ms,
        })
    }

    /// People of this organisation who may work on a threat or a lead, by name.
    pub async fn colleagues(&self, who: &SignedIn) -> Result<Vec<(PersonId, String)>> {
        Act::Watch.ask(who)?;
        let state = self.read().await?;
        let roles = Act::Watch.rule().0;
        let there = state.persons.values().filter(|person| {
            let may = roles.iter().any(|role| person.roles.contains(role));
            may && !person.disabled && person.home.is_none()
        });
        let mut people: Vec<(PersonId, String)> =
            there.map(|person| (person.id, person.name.clone())).collect();
        people.sort_by(|a, b| (&a.1, a.0).cmp(&(&b.1, b.0)));
        Ok(people)
    }
}
