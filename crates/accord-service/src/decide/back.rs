//! Taking a first yes back, while the second person's is missing.
//!
//! Only who said it takes it back: a colleague who thinks otherwise refuses. Nothing has left by then, so there is
//! nothing to recall. Every party of the case has read the yes, and reads that it was taken back, and why. Who took it
//! back may say yes again, to the same or to something else.

use std::collections::BTreeSet;

use accord_model::control::{ApprovalWithdrawn, ControlEntry};
use accord_model::{EntryRef, PersonId, Role};

use crate::asks::ANSWERS;
use crate::error::{Result, ServiceError};
use crate::hunts::PREVIEWS;
use crate::journal::State;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;

impl State {
    /// Who has said a first yes to an answer to a request that waits for a second person's.
    pub(crate) fn first_yeses(&self, at: EntryRef) -> BTreeSet<PersonId> {
        let of_hunt = self
            .previews
            .get(&at)
            .and_then(|preview| preview.first_yes.as_ref());
        let of_upload = self.uploads.get(&at).and_then(|upload| upload.first_yes());
        of_hunt
            .map(|first| first.by)
            .into_iter()
            .chain(self.answers.get(&at).map(|answer| answer.by))
            .chain(of_upload)
            .collect()
    }
}

impl Node {
    /// Takes this person's yes to a request back: a hunt's or any other's. Every party of the case reads the reason.
    pub async fn take_back_yes(&self, who: &SignedIn, at: EntryRef, reason: &str) -> Result<EntryRef> {
        Act::Approve.ask(who)?;
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(ServiceError::invalid(
                "reason",
                "say why: every party of the case reads it",
            ));
        }
        self.act_once(|state, batch, log| {
            let asked = self.asked_for(state, who, at)?;
            self.case_for(state, who, asked.space)?;
            self.not_decided(state, asked.space, at)?;
            let waiting = state.first_yeses(at);
            if waiting.is_empty() {
                return Err(ServiceError::Conflict(
                    "no yes to this request waits for a second one".into(),
                ));
            }
            if !waiting.contains(&who.person) {
                return Err(ServiceError::denied(
                    "a yes is taken back by who said it: refuse, if the answer is no",
                ));
            }
            let space = state.spaces.get(&asked.space);
            let said = space.and_then(|space| space.control.approval(at));
            let mine = said.and_then(|said| {
                let mut positions = said.positions.iter();
                positions.find(|one| one.org == self.config.org && one.actor.person == who.person)
            });
            let withdrawn = ApprovalWithdrawn {
                by: who.person,
                role: Role::Approver,
                request: at,
                clause: mine.map_or_else(|| "0".to_owned(), |one| one.clause.clone()),
                reason: reason.to_owned(),
            };
            let taken = self.append(state, batch, asked.space, ControlEntry::from(withdrawn))?;
            if let Some(preview) = state.previews.get_mut(&at)
                && preview
                    .first_yes
                    .as_ref()
                    .is_some_and(|first| first.by == who.person)
            {
                preview.first_yes = None;
                batch.document(PREVIEWS, &at.to_string(), &*preview);
            }
            if state
                .answers
                .get(&at)
                .is_some_and(|answer| answer.by == who.person)
            {
                batch.remove(ANSWERS, &at.to_string());
                state.answers.remove(&at);
            }
            crate::uploads::forget_yes(state, batch, at, who.person);
            log.person(batch, who, "request.yes-taken-back", &at.to_string());
            Ok(taken)
        })
        .await
    }
}
