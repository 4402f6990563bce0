//! What is watched before there is a case: a threat, what it is, how it could be tackled, and who works on it.
//!
//! A threat is a document of this node. It stands in no ledger and leaves with nothing: what a partner is told is a
//! lead (`leads`), written for that partner. It is seen by who made it and by those they added; for everybody else, of
//! whatever role, there is no such threat, nor a number that counts it.
//!
//! Every threat has a version: who changes one says which they saw, and is refused where it changed in between.

mod change;
mod form;
mod view;

pub(crate) use change::begin;
pub(crate) use form::{prose, values};

pub use change::{NewThreat, ThreatChange, ThreatPerson};
pub use view::{LeadLine, RelatedCase, ThreatNoteView, ThreatSummary, ThreatView};

use std::collections::BTreeSet;

use accord_model::content::{Grading, Indicator};
use accord_model::{EntryRef, PersonId, SpaceId};
use accord_store::Batch;
use serde::{Deserialize, Serialize};

use crate::error::{Result, ServiceError};
use crate::journal::State;
use crate::people::SignedIn;

pub(crate) const THREATS: &str = "threats";

/// Most threats of a node.
pub const THREATS_MAX: usize = 10_000;
/// Longest text of what a threat is, bytes.
pub const THREAT_TEXT_MAX: usize = 64 * 1024;
/// Most values of a threat.
pub const THREAT_VALUES_MAX: usize = 1_000;
/// Most working notes of a threat.
pub const THREAT_NOTES_MAX: usize = 200;
/// Most people who work on a threat.
pub const THREAT_PEOPLE_MAX: usize = 64;
/// Most cases that a threat is related to.
pub const THREAT_CASES_MAX: usize = 64;

/// How much, or how sure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Little.
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
}

impl Level {
    /// All.
    pub const ALL: &'static [Self] = &[Self::Low, Self::Medium, Self::High];

    /// In one word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// Where a threat stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ThreatStatus {
    /// It is looked at.
    Watching,
    /// It was assessed.
    Assessed,
    /// A partner was given a lead of it.
    Referred,
    /// A case was opened from it.
    Opened,
    /// Nothing more is done with it.
    Dropped,
}

impl ThreatStatus {
    /// In one word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Watching => "watching",
            Self::Assessed => "assessed",
            Self::Referred => "referred",
            Self::Opened => "opened",
            Self::Dropped => "dropped",
        }
    }
}

/// How a threat could be tackled.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// By pursuing who is behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pursue: Option<String>,
    /// By disrupting what they use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disrupt: Option<String>,
    /// By protecting whom it hits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protect: Option<String>,
}

/// How bad a threat is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assessment {
    /// How much harm it does.
    pub impact: Level,
    /// How likely that is.
    pub likelihood: Level,
    /// How sure we are of both.
    pub confidence: Level,
}

/// A working note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ThreatNote {
    /// Who wrote it.
    pub by: PersonId,
    /// When, ms UTC.
    pub at_ms: u64,
    /// What it says.
    pub text: String,
}

/// A threat as kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Threat {
    pub id: String,
    pub version: u64,
    pub by: PersonId,
    /// Who works on it, its author among them.
    pub people: BTreeSet<PersonId>,
    pub since_ms: u64,
    pub changed_ms: u64,
    pub name: String,
    pub what: String,
    #[serde(default)]
    pub options: Options,
    #[serde(default)]
    pub assessment: Option<Assessment>,
    #[serde(default)]
    pub grading: Option<Grading>,
    #[serde(default)]
    pub source_protected: bool,
    #[serde(default)]
    pub countries: Vec<String>,
    #[serde(default)]
    pub nexus: Option<String>,
    #[serde(default)]
    pub values: Vec<Indicator>,
    #[serde(default)]
    pub notes: Vec<ThreatNote>,
    #[serde(default)]
    pub cases: BTreeSet<SpaceId>,
    pub status: ThreatStatus,
    /// Why it was dropped.
    #[serde(default)]
    pub reason: Option<String>,
    /// The leads that were given of it.
    #[serde(default)]
    pub leads: BTreeSet<EntryRef>,
    /// The case that was opened from it.
    #[serde(default)]
    pub opened_as: Option<SpaceId>,
}

impl Threat {
    /// Whether a person works on it. Nobody else sees it.
    pub fn is_seen_by(&self, who: &SignedIn) -> bool {
        who.home.is_none() && self.people.contains(&who.person)
    }

    /// Every text of it.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let options = [&self.options.pursue, &self.options.disrupt, &self.options.protect];
        let more = options.into_iter().chain([&self.nexus, &self.reason]);
        let values = self.values.iter();
        let values = values.flat_map(|one| std::iter::once(&one.value).chain(&one.labels));
        [&self.name, &self.what]
            .into_iter()
            .chain(more.flatten())
            .chain(values)
            .chain(self.notes.iter().map(|note| &note.text))
            .map(String::as_str)
    }

    /// Whether it takes changes: of one that was dropped or opened as a case only the notes grow.
    pub fn is_open(&self) -> bool {
        !matches!(self.status, ThreatStatus::Dropped | ThreatStatus::Opened)
    }
}

impl State {
    /// A threat that a person works on.
    pub fn threat_for(&self, who: &SignedIn, id: &str) -> Result<&Threat> {
        self.threats
            .get(id)
            .filter(|threat| threat.is_seen_by(who))
            .ok_or(ServiceError::NotFound("threat"))
    }

    /// Changes a threat that a person works on.
    pub fn change_threat<T>(
        &mut self,
        batch: &mut Batch,
        who: &SignedIn,
        id: &str,
        now_ms: u64,
        change: impl FnOnce(&mut Threat) -> Result<T>,
    ) -> Result<T> {
        let mut threat = self.threat_for(who, id)?.clone();
        let value = change(&mut threat)?;
        threat.version += 1;
        threat.changed_ms = now_ms;
        batch.document(THREATS, id, &threat);
        self.threats.insert(id.to_owned(), threat);
        Ok(value)
    }
}
