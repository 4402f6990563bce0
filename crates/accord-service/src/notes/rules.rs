//! What a note of a kind may refer to, and who must have agreed, beyond what its form and its writer's role say.

use accord_model::content::{ContentBody, ContentEntry};
use accord_model::{EntryKind, EntryRef};

use crate::error::{Result, ServiceError};
use crate::journal::{Body, Space, State};
use crate::node::Node;
use crate::people::SignedIn;
use crate::views::set_aside;

impl Node {
    /// Refuses a note that refers to what is not there, or that its writer alone may not write.
    pub(super) fn note_rule(
        &self,
        state: &State,
        space: &Space,
        who: &SignedIn,
        entry: &ContentEntry,
    ) -> Result<()> {
        use EntryKind as K;
        let is = |field, at, kinds: &[EntryKind]| refers(state, space, field, at, kinds);
        match &entry.body {
            ContentBody::TaskDone(said) => is("task", said.task, &[K::TaskSet]),
            ContentBody::SubjectStatus(said) => is("subject", said.subject, &[K::SubjectRecorded]),
            ContentBody::TargetChecked(said) => is("target", said.target, &[K::TargetProposed]),
            ContentBody::TargetDropped(said) => is("target", said.target, &[K::TargetProposed]),
            ContentBody::PlanWritten(said) => {
                self.holds_pen(space, who)?;
                if said.part.is_some() {
                    return Err(ServiceError::invalid(
                        "part",
                        "parts are written together, as one plan",
                    ));
                }
                said.actions
                    .iter()
                    .try_for_each(|action| is("actions", action.target, &[K::TargetProposed]))?;
                self.plan_rule(state, space, &entry.to, said)
            }
            ContentBody::ActionExecuted(said) => {
                is("plan", said.plan, &[K::PlanWritten])?;
                is("target", said.target, &[K::TargetProposed])?;
                self.receipt_rule(state, space, said)
            }
            ContentBody::ActionVerified(said) => is("action", said.action, &[K::ActionExecuted]),
            ContentBody::VictimMessage(said) => is("victim", said.victim, &[K::VictimRecorded]),
            ContentBody::RemediationNoted(said) => is("victim", said.victim, &[K::VictimRecorded]),
            ContentBody::FeedbackGiven(said) => is("about", said.about, &[]),
            ContentBody::DisclosureItem(said) => {
                said.item.map_or(Ok(()), |item| known(state, space, "item", item))
            }
            ContentBody::OutcomeRecorded(said) => said
                .subject
                .map_or(Ok(()), |subject| is("subject", subject, &[K::SubjectRecorded])),
            _ => Ok(()),
        }
    }
}

/// Whether a note of this case, which this node holds and which counts, stands there; of any content kind when no
/// kind is named.
fn refers(
    state: &State,
    space: &Space,
    field: &'static str,
    at: EntryRef,
    kinds: &[EntryKind],
) -> Result<()> {
    let nothing = || ServiceError::invalid(field, format!("there is no such note on this case ({at})"));
    let (ledger, _, body) = state.entry(at).ok_or_else(nothing)?;
    let Body::Content(entry) = body else {
        return Err(nothing());
    };
    if ledger.space != space.id || set_aside(state, space, at).is_some() {
        return Err(nothing());
    }
    if kinds.is_empty() || kinds.contains(&entry.kind()) {
        Ok(())
    } else {
        Err(ServiceError::invalid(
            field,
            format!("the note {at} is of another kind ({})", entry.kind()),
        ))
    }
}

/// Whether any note of this case, control or content, stands there.
fn known(state: &State, space: &Space, field: &'static str, at: EntryRef) -> Result<()> {
    state
        .entry(at)
        .filter(|(ledger, _, _)| ledger.space == space.id)
        .map(|_| ())
        .ok_or_else(|| ServiceError::invalid(field, format!("there is no such note on this case ({at})")))
}
