//! Taking a first yes back, while the second person's is missing.
//!
//! Only who said it takes it back: a colleague who thinks otherwise refuses. Nothing has left by then, so there is
//! nothing to recall. Every party of the case has read the yes, and reads that it was taken back; not why. Who took it
//! back may say yes again, to the same or to something else.

use accord_model::control::{ApprovalWithdrawn, ControlEntry};
use accord_model::{EntryRef, Role};

use crate::asks::ANSWERS;
use crate::error::{Result, ServiceError};
use crate::hunts::PREVIEWS;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;

/// What every party reads.
const REASON: &str = "taken back before the second yes";

impl Node {
    /// Takes this person's yes to a request back: a hunt's or any other's.
    pub async fn take_back_yes(&self, who: &SignedIn, at: EntryRef) -> Result<EntryRef> {
        Act::Approve.ask(who)?;
        self.act_once(|state, batch, log| {
            let asked = self.asked_for(state, who, at)?;
            self.case_for(state, who, asked.space)?;
            self.not_decided(state, asked.space, at)?;
            let of_hunt = state
                .previews
                .get(&at)
                .and_then(|preview| preview.first_yes.as_ref());
            let of_answer = state.answers.get(&at).map(|answer| answer.by);
            match of_hunt.map(|first| first.by).or(of_answer) {
                None => {
                    return Err(ServiceError::Conflict(
                        "no yes to this request waits for a second one".into(),
                    ));
                }
                Some(by) if by != who.person => {
                    return Err(ServiceError::denied(
                        "a yes is taken back by who said it: refuse, if the answer is no",
                    ));
                }
                Some(_) => {}
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
                reason: REASON.to_owned(),
            };
            let taken = self.append(state, batch, asked.space, ControlEntry::from(withdrawn))?;
            if let Some(preview) = state.previews.get_mut(&at) {
                preview.first_yes = None;
                batch.document(PREVIEWS, &at.to_string(), &*preview);
            }
            batch.remove(ANSWERS, &at.to_string());
            state.answers.remove(&at);
            log.person(batch, who, "request.yes-taken-back", &at.to_string());
            Ok(taken)
        })
        .await
    }
}
