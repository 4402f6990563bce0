//! What a note of a kind may refer to, and who must have agreed, beyond what its form and its writer's role say.

use accord_matcher::Pattern;
use accord_model::content::indicators::indicators;
use accord_model::content::second::needs_second;
use accord_model::content::{ContentBody, ContentEntry, Indicator, IndicatorAt};
use accord_model::{EntryKind, EntryRef};

use crate::error::{Result, ServiceError};
use crate::journal::{Body, Space, State};
use crate::node::Node;
use crate::people::SignedIn;
use crate::reputation::{clear_rule, link_rule};
use crate::views::{said_of, set_aside};

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
            ContentBody::IndicatorPublished(said) => readable(&said.indicators),
            ContentBody::IndicatorWithdrawn(said) => {
                is("published", said.published, &[K::IndicatorPublished])?;
                let own = state.entry(said.published).is_some_and(|(ledger, ..)| ledger.own);
                if own {
                    Ok(())
                } else {
                    Err(ServiceError::denied(
                        "indicators are withdrawn by the organisation that published them",
                    ))
                }
            }
            ContentBody::LinkSeen(said) => link_rule(said, self.now_ms()),
            ContentBody::LinkCleared(said) => clear_rule(said),
            ContentBody::VerdictDetect(said) => self.they_stand(state, space, &said.indicators),
            ContentBody::VerdictBlock(said) => {
                if let Some(plan) = said.plan {
                    is("plan", plan, &[K::PlanWritten])?;
                    self.plan_goes(state, space, plan)?;
                }
                self.they_stand(state, space, &said.indicators)
            }
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
            ContentBody::VictimRecorded(said) if !self.is_free(state, &said.pseudonym) => Err(
                ServiceError::invalid("pseudonym", "another victim is called so: choose another"),
            ),
            ContentBody::FeedbackGiven(said) => is("about", said.about, &[]),
            ContentBody::DisclosureItem(said) => {
                self.number_is_free(state, space, said)?;
                said.item.map_or(Ok(()), |item| known(state, space, "item", item))
            }
            ContentBody::OutcomeRecorded(said) => said
                .subject
                .map_or(Ok(()), |subject| is("subject", subject, &[K::SubjectRecorded])),
            _ => Ok(()),
        }
    }
}

/// Refuses values that no program could look for.
fn readable(indicators: &[Indicator]) -> Result<()> {
    for indicator in indicators {
        Pattern::parse(&indicator.value).map_err(|refusal| ServiceError::invalid("indicators", refusal))?;
    }
    Ok(())
}

impl Node {
    /// Refuses a verdict on what is not there, was withdrawn or is past its validity.
    fn they_stand(&self, state: &State, space: &Space, named: &[IndicatorAt]) -> Result<()> {
        let kinds = |kind| {
            matches!(
                kind,
                EntryKind::IndicatorPublished | EntryKind::IndicatorWithdrawn
            )
        };
        let said = said_of(state, space, kinds);
        let standing = indicators(&said, &|a, b| space.before(a, b), self.now_ms());
        let missing = named
            .iter()
            .find(|one| !standing.contains_key(&(one.published, one.value.as_str())));
        missing.map_or(Ok(()), |one| {
            let message = format!("{:?} is no indicator of {} that stands", one.value, one.published);
            Err(ServiceError::invalid("indicators", message))
        })
    }

    /// Refuses what needs a second person and has none.
    pub(crate) fn second_rule(&self, state: &State, space: &Space, entry: &ContentEntry) -> Result<()> {
        let published: Vec<String> = match &entry.body {
            ContentBody::IndicatorWithdrawn(said) => match state.entry(said.published) {
                Some((ledger, _, Body::Content(found))) if ledger.space == space.id => match &found.body {
                    ContentBody::IndicatorPublished(said) => {
                        said.indicators.iter().map(|one| one.value.clone()).collect()
                    }
                    _ => Vec::new(),
                },
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        needs_second(entry, &published, &|value| state.is_popular(value, self.now_ms()))
            .map_err(|why| ServiceError::Conflict(format!("{why}: ask for a second person's yes")))
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
