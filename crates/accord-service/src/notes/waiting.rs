//! Notes that wait for a second person: what would publish, withdraw or block a value that many use.
//!
//! The first person's draft is kept on this node until somebody else who may write such notes on the case agrees; then
//! it is published as the first one's, with the second one named. It is judged again at that moment.

use accord_model::content::ContentBody;
use accord_model::{PersonId, Role, SpaceId};
use accord_store::Batch;
use serde::{Deserialize, Serialize};

use super::{Draft, NewNote, Published};
use crate::error::{Result, ServiceError};
use crate::journal::{Space, State};
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::release::{Circumstances, Decided};

pub(crate) const WAITING: &str = "waiting-notes";
/// Most notes that wait on one node.
pub const WAITING_MAX: usize = 1_000;

/// A note that waits.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WaitingNote {
    /// Its id.
    pub id: String,
    /// Its case.
    pub case: SpaceId,
    /// What it says.
    pub draft: Draft,
    /// Who wrote it.
    pub by: PersonId,
    /// In which role.
    pub role: Role,
    /// Since when, ms UTC.
    pub since_ms: u64,
}

impl NewNote {
    /// The same with a second person named; `None` where the kind knows none.
    fn seconded(&self, second: PersonId) -> Option<Self> {
        let mut note = self.clone();
        match &mut note.0 {
            ContentBody::IndicatorPublished(said) => said.second = Some(second),
            ContentBody::IndicatorWithdrawn(said) => said.second = Some(second),
            ContentBody::VerdictBlock(said) => said.second = Some(second),
            _ => return None,
        }
        Some(note)
    }

    /// Who is named as the second person.
    pub(super) fn second(&self) -> Option<PersonId> {
        match &self.0 {
            ContentBody::IndicatorPublished(said) => said.second,
            ContentBody::IndicatorWithdrawn(said) => said.second,
            ContentBody::VerdictBlock(said) => said.second,
            _ => None,
        }
    }
}

impl Node {
    fn may_second(&self, space: &Space, who: &SignedIn, waiting: &WaitingNote) -> Result<()> {
        self.writer(space, who, Act::Write, waiting.draft.note.kind())?;
        if who.home.is_some() {
            return Err(ServiceError::denied(
                "a second person is of this organisation: somebody seconded to it writes, and decides nothing",
            ));
        }
        if waiting.by == who.person {
            return Err(ServiceError::denied(
                "a second person must agree: nobody stands beside themselves",
            ));
        }
        Ok(())
    }

    /// Why a note needs a second person; `None` where it needs none.
    pub async fn needs_second(&self, who: &SignedIn, case: SpaceId, draft: &Draft) -> Result<Option<String>> {
        let state = self.read().await?;
        let space = self.case_within(&state, who, case)?;
        let role = self.writer(space, who, Act::Write, draft.note.kind())?;
        match self.second_rule(&state, space, &draft.entry(who, role)?) {
            Ok(()) => Ok(None),
            Err(ServiceError::Conflict(why)) => Ok(Some(why)),
            Err(other) => Err(other),
        }
    }

    /// Asks for a second person's yes to a note. Its id.
    pub async fn ask_for_second(&self, who: &SignedIn, case: SpaceId, draft: &Draft) -> Result<String> {
        self.steer(who, Act::Write, case, "note.second-asked", |state, batch, _| {
            self.wait_for_second(state, batch, who, case, draft)
        })
        .await
    }

    /// Keeps a note until a second person agrees. Its id.
    pub(crate) fn wait_for_second(
        &self,
        state: &mut State,
        batch: &mut Batch,
        who: &SignedIn,
        case: SpaceId,
        draft: &Draft,
    ) -> Result<String> {
        let id = hex::encode(self.random::<16>());
        let space = state.spaces.get(&case).ok_or(ServiceError::NotFound("case"))?;
        let role = self.writer(space, who, Act::Write, draft.note.kind())?;
        // With anybody as the second, everything else about it must be right.
        let anybody = PersonId(self.random());
        let note = draft.note.seconded(anybody).ok_or_else(|| {
            ServiceError::invalid("note", "notes of this kind need no second person: publish it")
        })?;
        let whole = Draft {
            note,
            ..draft.clone()
        };
        self.note_rule(state, space, who, &whole.entry(who, role)?)?;
        if state.waiting_notes.len() >= WAITING_MAX {
            return Err(ServiceError::Conflict(format!(
                "{WAITING_MAX} notes wait for a second person already"
            )));
        }
        let waiting = WaitingNote {
            id: id.clone(),
            case,
            draft: draft.clone(),
            by: who.person,
            role,
            since_ms: self.now_ms(),
        };
        batch.document(WAITING, &id, &waiting);
        state.waiting_notes.insert(id.clone(), waiting);
        Ok(id)
    }

    /// The notes of a case that wait, for those who may write such notes.
    pub async fn waiting_notes(&self, who: &SignedIn, case: SpaceId) -> Result<Vec<WaitingNote>> {
        let state = self.read().await?;
        let space = self.case_within(&state, who, case)?;
        Ok(self.waiting_in(&state, space, who).cloned().collect())
    }

    pub(crate) fn waiting_in<'a>(
        &'a self,
        state: &'a State,
        space: &'a Space,
        who: &'a SignedIn,
    ) -> impl Iterator<Item = &'a WaitingNote> {
        let here = state
            .waiting_notes
            .values()
            .filter(|waiting| waiting.case == space.id);
        here.filter(|waiting| {
            self.writer(space, who, Act::Write, waiting.draft.note.kind())
                .is_ok()
        })
    }

    /// Whom a note that waits would reach, if this person agreed to it. Nothing is kept.
    pub async fn preview_second(&self, who: &SignedIn, case: SpaceId, id: &str) -> Result<Vec<Decided>> {
        let state = self.read().await?;
        let space = self.case_within(&state, who, case)?;
        let waiting = self
            .waiting_in(&state, space, who)
            .find(|waiting| waiting.id == id);
        let waiting = waiting.ok_or(ServiceError::NotFound("note"))?;
        let draft = Draft {
            note: waiting
                .draft
                .note
                .seconded(who.person)
                .ok_or(ServiceError::NotFound("note"))?,
            ..waiting.draft.clone()
        };
        let first = SignedIn {
            person: waiting.by,
            ..who.clone()
        };
        Ok(self.would_reach(&state, space, &draft.entry(&first, waiting.role)?))
    }

    /// Agrees to a note as the second person: it is published.
    pub async fn second_note(&self, who: &SignedIn, case: SpaceId, id: &str) -> Result<Published> {
        self.steer(who, Act::Write, case, "note.seconded", |state, batch, _| {
            let found = state.waiting_notes.get(id).filter(|waiting| waiting.case == case);
            let waiting = found.cloned().ok_or(ServiceError::NotFound("note"))?;
            let space = state.spaces.get(&case).ok_or(ServiceError::NotFound("case"))?;
            self.may_second(space, who, &waiting)?;
            let note = waiting.draft.note.seconded(who.person);
            let draft = Draft {
                note: note.ok_or(ServiceError::NotFound("note"))?,
                ..waiting.draft
            };
            let first = SignedIn {
                person: waiting.by,
                ..who.clone()
            };
            let entry = draft.entry(&first, waiting.role)?;
            self.note_rule(state, space, &first, &entry)?;
            batch.remove(WAITING, id);
            state.waiting_notes.remove(id);
            state.second_said(batch, id, true);
            self.publish(state, batch, case, entry, &Circumstances::default())
        })
        .await
    }

    /// Takes a note that waits away: its writer's change of mind, or the second person's no.
    pub async fn drop_waiting_note(&self, who: &SignedIn, case: SpaceId, id: &str) -> Result<()> {
        self.steer(who, Act::Write, case, "note.second-dropped", |state, batch, _| {
            let found = state.waiting_notes.get(id).filter(|waiting| waiting.case == case);
            let waiting = found.ok_or(ServiceError::NotFound("note"))?;
            let space = state.spaces.get(&case).ok_or(ServiceError::NotFound("case"))?;
            self.writer(space, who, Act::Write, waiting.draft.note.kind())?;
            batch.remove(WAITING, id);
            state.waiting_notes.remove(id);
            state.second_said(batch, id, false);
            Ok(())
        })
        .await
    }
}
