//! Notes: what people write to a case, of whatever kind, through one use case.
//!
//! A [`Draft`] says what, how marked and for whom; a preview says whom it would reach and under which clause; then it
//! is published, appended once and released recipient by recipient. Which role writes which kind is the model's to
//! say, what a kind may refer to and who must agree is said by `rules`.
//!
//! Deliberately absent: kinds that are part of an act of their own (requests and their answers, deliveries,
//! identities and grants, names): those are written by their use case and refused here.

use std::collections::BTreeSet;

use accord_model::content::{ContentBody, ContentEntry, DecisionLogged, ReportPublished};
use accord_model::{EntryKind, EntryRef, Marking, OrgName, Role, SpaceId, Tlp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::cases::audience;
use crate::error::{Result, ServiceError};
use crate::journal::{Space, State};
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::release::{Circumstances, Decided};

mod rules;
mod waiting;

pub use waiting::{WAITING_MAX, WaitingNote};

pub(crate) use waiting::WAITING;

/// The kinds that people write as notes.
pub const NOTE_KINDS: &[EntryKind] = &[
    EntryKind::ReportPublished,
    EntryKind::FeedbackGiven,
    EntryKind::DecisionLogged,
    EntryKind::IndicatorPublished,
    EntryKind::IndicatorWithdrawn,
    EntryKind::VerdictDetect,
    EntryKind::VerdictBlock,
    EntryKind::TaskSet,
    EntryKind::TaskDone,
    EntryKind::SubjectRecorded,
    EntryKind::SubjectStatus,
    EntryKind::TargetProposed,
    EntryKind::TargetChecked,
    EntryKind::TargetDropped,
    EntryKind::PlanWritten,
    EntryKind::ActionExecuted,
    EntryKind::ActionVerified,
    EntryKind::VictimRecorded,
    EntryKind::VictimMessage,
    EntryKind::RemediationNoted,
    EntryKind::DisclosureItem,
    EntryKind::OutcomeRecorded,
    EntryKind::CaseDescribed,
    EntryKind::LinkSeen,
    EntryKind::LinkCleared,
];

/// What a note says. In JSON the fields of its kind (`docs/spec/entries.md`) with `kind` beside them:
/// `{"kind": "task.set", "org": "isp.example", "text": "..."}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNote(ContentBody);

impl NewNote {
    /// A note of one of [`NOTE_KINDS`].
    ///
    /// # Errors
    /// A kind that is written in another way.
    pub fn new(body: impl Into<ContentBody>) -> Result<Self> {
        let body = body.into();
        if NOTE_KINDS.contains(&body.kind()) {
            Ok(Self(body))
        } else {
            Err(ServiceError::invalid(
                "kind",
                format!("{} is not written as a note", body.kind()),
            ))
        }
    }

    /// A plain report.
    pub fn report(text: impl Into<String>) -> Self {
        Self(ReportPublished::plain(text.into()).into())
    }

    /// A line of the decision log.
    pub fn decision(text: impl Into<String>, reason: impl Into<String>) -> Self {
        Self(
            DecisionLogged {
                text: text.into(),
                reason: reason.into(),
            }
            .into(),
        )
    }

    /// Its kind.
    pub fn kind(&self) -> EntryKind {
        self.0.kind()
    }

    /// What it says.
    pub fn body(&self) -> &ContentBody {
        &self.0
    }
}

impl Serialize for NewNote {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut value = self.0.to_json();
        if let Some(fields) = value.as_object_mut() {
            fields.insert("kind".to_owned(), Value::from(self.kind().as_str()));
        }
        value.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for NewNote {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        use serde::de::Error;
        let mut fields = serde_json::Map::deserialize(deserializer)?;
        let kind = fields
            .remove("kind")
            .ok_or_else(|| D::Error::missing_field("kind"))?;
        let kind = EntryKind::deserialize(kind).map_err(D::Error::custom)?;
        let body = ContentBody::from_json(kind, Value::Object(fields)).map_err(D::Error::custom)?;
        Self::new(body).map_err(D::Error::custom)
    }
}

/// A note with whom it is for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// One line.
    pub title: String,
    /// How far it may travel.
    pub marking: Tlp,
    /// Whom it is for; empty: every party of the case.
    #[serde(default)]
    pub to: Vec<OrgName>,
    /// What it says.
    pub note: NewNote,
    /// The organisations that it reaches at once, as a preview said. Where others would get it when it is
    /// published, nothing is published. Absent: whoever gets it then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<BTreeSet<OrgName>>,
}

/// What was written, and who may have it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Published {
    /// Its reference.
    pub at: EntryRef,
    /// Recipient by recipient.
    pub decisions: Vec<Decided>,
}

impl Draft {
    fn entry(&self, who: &SignedIn, role: Role) -> Result<ContentEntry> {
        let entry = ContentEntry {
            by: who.person,
            role,
            marking: Marking::tlp(self.marking),
            to: audience(&self.to)?,
            title: self.title.clone(),
            body: self.note.0.clone(),
        };
        entry
            .check()
            .map_err(|error| ServiceError::invalid("note", error))?;
        Ok(entry)
    }
}

impl Node {
    /// What would happen if a note were published: recipient by recipient, with the clause. Nothing is kept.
    pub async fn preview_note(&self, who: &SignedIn, case: SpaceId, draft: &Draft) -> Result<Vec<Decided>> {
        Act::Write.ask(who)?;
        let state = self.read().await?;
        let space = self.case_within(&state, who, case)?;
        let entry = draft.entry(who, self.writer(space, who, Act::Write, draft.note.kind())?)?;
        self.note_rule(&state, space, who, &entry)?;
        Ok(self.would_reach(&state, space, &entry))
    }

    /// The entry that a draft becomes, by its writer's right and the rules of its kind.
    pub(crate) fn entry_of(
        &self,
        state: &State,
        who: &SignedIn,
        case: SpaceId,
        draft: &Draft,
    ) -> Result<ContentEntry> {
        let space = self.case_within(state, who, case)?;
        let entry = draft.entry(who, self.writer(space, who, Act::Write, draft.note.kind())?)?;
        self.note_rule(state, space, who, &entry)?;
        Ok(entry)
    }

    /// Whom an entry would reach if it were published now.
    pub(crate) fn would_reach(&self, state: &State, space: &Space, entry: &ContentEntry) -> Vec<Decided> {
        self.other_parties(space)
            .into_iter()
            .filter(|org| entry.to.includes(org))
            .map(|org| self.ask_gate(state, space, &org, entry, &Circumstances::default()))
            .collect()
    }

    /// Refuses what would reach others than its writer was shown.
    pub(crate) fn as_expected(
        &self,
        state: &State,
        space: &Space,
        entry: &ContentEntry,
        expect: Option<&BTreeSet<OrgName>>,
    ) -> Result<()> {
        let Some(expected) = expect else { return Ok(()) };
        let reached: BTreeSet<OrgName> = self
            .would_reach(state, space, entry)
            .into_iter()
            .filter(Decided::is_yes)
            .map(|decided| decided.to)
            .collect();
        if reached == *expected {
            Ok(())
        } else {
            Err(ServiceError::Conflict(
                "the recipients have changed: look again".into(),
            ))
        }
    }

    /// Publishes a note. Refused where it would reach others than its writer was shown, and where it needs a second
    /// person ([`Node::ask_for_second`]).
    pub async fn publish_note(&self, who: &SignedIn, case: SpaceId, draft: &Draft) -> Result<Published> {
        if draft.note.second().is_some() {
            // Nobody can be named as having agreed: they agree themselves.
            return Err(ServiceError::invalid(
                "second",
                "the second person agrees by themselves: leave it out",
            ));
        }
        self.steer(who, Act::Write, case, "note.published", |state, batch, _| {
            let space = state.spaces.get(&case).ok_or(ServiceError::NotFound("case"))?;
            let entry = draft.entry(who, self.writer(space, who, Act::Write, draft.note.kind())?)?;
            self.note_rule(state, space, who, &entry)?;
            self.second_rule(state, space, &entry)?;
            self.as_expected(state, space, &entry, draft.expect.as_ref())?;
            self.publish(state, batch, case, entry, &Circumstances::default())
        })
        .await
    }
}
