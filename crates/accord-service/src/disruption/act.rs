//! Receipts of what was done, and looks afterwards at whether it held.

use std::collections::BTreeMap;

use accord_model::content::plans::{Action, Plan};
use accord_model::content::{
    ActionExecuted, ActionVerified, Audience, ContentBody, ContentEntry, Execution, Held, Said,
};
use accord_model::control::{Go, GoWord};
use accord_model::{EntryKind, EntryRef, OrgName, SpaceId};
use serde::{Deserialize, Serialize};

use super::plan::in_force;
use super::targets::{at_once, short};
use crate::cases::audience;
use crate::error::{Result, ServiceError};
use crate::journal::{Body, Space, State};
use crate::node::Node;
use crate::notes::Published;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::release::Circumstances;

/// After how long somebody should look whether it held, ms: an hour, a day, a week.
pub(super) const LOOK_AFTER_MS: [u64; 3] = [3_600_000, 86_400_000, 7 * 86_400_000];

/// What was done to a target.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewReceipt {
    /// The target, as the plan names it.
    pub target: EntryRef,
    /// How it went.
    pub outcome: Execution,
    /// When, ms UTC; absent: now.
    #[serde(default)]
    pub at_ms: Option<u64>,
    /// What exactly was done, what was seen.
    pub text: String,
}

/// What was seen afterwards.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewLook {
    /// The target.
    pub target: EntryRef,
    /// What was seen.
    pub held: Held,
    /// When, ms UTC; absent: now.
    #[serde(default)]
    pub at_ms: Option<u64>,
    /// From where, how.
    pub text: String,
}

/// When a receipt's action should be looked at next, ms UTC: the first time to look that nobody has looked at since.
pub(super) fn look_due(said: &[Said<'_>], receipt: EntryRef, executed_ms: u64) -> Option<u64> {
    let last = said.iter().filter_map(|one| match &one.entry.body {
        ContentBody::ActionVerified(seen) if seen.action == receipt => Some(seen.at_ms),
        _ => None,
    });
    let last = last.max().unwrap_or(0);
    LOOK_AFTER_MS
        .iter()
        .map(|after| executed_ms.saturating_add(*after))
        .find(|due| *due > last)
}

/// When a receipt says that it was done.
pub(super) fn executed_ms(state: &State, receipt: EntryRef) -> u64 {
    match state.entry(receipt) {
        Some((_, _, Body::Content(entry))) => match &entry.body {
            ContentBody::ActionExecuted(done) => done.at_ms,
            _ => 0,
        },
        _ => 0,
    }
}

impl Node {
    /// Refuses to rest anything on a plan that is not in force, whose instant has not come, or that lacks a go.
    pub(crate) fn plan_goes(&self, state: &State, space: &Space, at: EntryRef) -> Result<()> {
        let all = super::said(state, space);
        let (plan, commitment) = in_force(state, space, &all)?;
        if !plan.run.contains(&at) {
            return Err(ServiceError::invalid("plan", "this is not the plan in force"));
        }
        let (instant_ms, now_ms) = (plan.plan.instant_ms, self.now_ms());
        if now_ms >= instant_ms && space.control.go(&commitment, instant_ms, now_ms) == Go::Go {
            Ok(())
        } else {
            Err(ServiceError::denied(
                "a block rests on a plan once every party said go and the instant has come",
            ))
        }
    }

    /// Refuses a receipt for what this organisation was not to do, or for a plan without every party's go.
    pub(crate) fn receipt_rule(&self, state: &State, space: &Space, said: &ActionExecuted) -> Result<()> {
        let all = super::said(state, space);
        let (plan, commitment) = in_force(state, space, &all)?;
        let now_ms = self.now_ms();
        if !plan.run.contains(&said.plan) {
            return Err(ServiceError::invalid("plan", "this is not the plan in force"));
        }
        // What was done before a go was taken back is said all the same.
        let words = space.control.go_words(&commitment, plan.plan.instant_ms);
        let gave = |org: &OrgName| {
            let word = words.and_then(|words| words.words.get(org));
            matches!(word, Some(GoWord::Given(_) | GoWord::Withdrawn(_)))
        };
        if !space.control.parties().keys().all(gave) {
            return Err(ServiceError::denied(
                "nothing is carried out without the go of every party",
            ));
        }
        if now_ms < plan.plan.instant_ms {
            return Err(ServiceError::denied(
                "nothing is carried out before the plan's instant",
            ));
        }
        let own = |action: &Action<'_>| {
            action.planned.target == said.target && action.planned.org == self.config.org
        };
        if plan.actions.iter().any(own) {
            Ok(())
        } else {
            Err(ServiceError::invalid(
                "target",
                "the plan names another party for this target, or nobody",
            ))
        }
    }

    /// For whom word of an action is: whoever wrote the plan, and whoever has the target.
    fn about_action(
        &self,
        state: &State,
        space: &Space,
        plan: &Plan<'_>,
        target: EntryRef,
    ) -> Result<Audience> {
        let mut to: Vec<OrgName> = match self.about_target(state, space, target)? {
            Audience::Only(names) => names.into_iter().collect(),
            Audience::EveryParty => Vec::new(),
        };
        if !to.contains(plan.org) {
            to.push(plan.org.clone());
        }
        audience(&to)
    }

    /// Gives receipts for this organisation's actions, as its approver.
    pub async fn give_receipts(
        &self,
        who: &SignedIn,
        case: SpaceId,
        receipts: &[NewReceipt],
    ) -> Result<Vec<Published>> {
        at_once("receipts", receipts.len())?;
        self.steer(who, Act::Approve, case, "actions.executed", |state, batch, _| {
            let mut entries = Vec::new();
            {
                let space = state.spaces.get(&case).ok_or(ServiceError::NotFound("case"))?;
                let role = self.writer(space, who, Act::Approve, EntryKind::ActionExecuted)?;
                let all = super::said(state, space);
                let (plan, _) = in_force(state, space, &all)?;
                let values = values(&all);
                for one in receipts {
                    let body = ActionExecuted {
                        plan: plan.at,
                        target: one.target,
                        outcome: one.outcome,
                        at_ms: one.at_ms.unwrap_or_else(|| self.now_ms()),
                        text: one.text.clone(),
                    };
                    self.receipt_rule(state, space, &body)?;
                    let (entry, value) = values.get(&one.target).ok_or(ServiceError::NotFound("target"))?;
                    entries.push(ContentEntry {
                        by: who.person,
                        role,
                        marking: entry.marking,
                        to: self.about_action(state, space, &plan, one.target)?,
                        title: format!("{}: {}", one.outcome, short(value)),
                        body: body.into(),
                    });
                }
            }
            let publish = |entry| self.publish(state, batch, case, entry, &Circumstances::default());
            entries.into_iter().map(publish).collect()
        })
        .await
    }

    /// Says whether actions held.
    pub async fn say_held(&self, who: &SignedIn, case: SpaceId, looks: &[NewLook]) -> Result<Vec<Published>> {
        at_once("looks", looks.len())?;
        self.steer(who, Act::Write, case, "actions.verified", |state, batch, _| {
            let mut entries = Vec::new();
            {
                let space = state.spaces.get(&case).ok_or(ServiceError::NotFound("case"))?;
                let role = self.writer(space, who, Act::Write, EntryKind::ActionVerified)?;
                let all = super::said(state, space);
                let (plan, _) = in_force(state, space, &all)?;
                let values = values(&all);
                for one in looks {
                    let done = plan
                        .actions
                        .iter()
                        .find(|action| action.planned.target == one.target);
                    let done = done.ok_or(ServiceError::NotFound("action"))?;
                    let (receipt, _) = done.executed.ok_or_else(|| {
                        ServiceError::Conflict("there is no receipt for this target yet".into())
                    })?;
                    let (entry, value) = values.get(&one.target).ok_or(ServiceError::NotFound("target"))?;
                    // Whoever acted is told, as well as whoever has the target.
                    let mut to: Vec<OrgName> = match self.about_action(state, space, &plan, one.target)? {
                        Audience::Only(names) => names.into_iter().collect(),
                        Audience::EveryParty => Vec::new(),
                    };
                    if !to.contains(&done.planned.org) {
                        to.push(done.planned.org.clone());
                    }
                    entries.push(ContentEntry {
                        by: who.person,
                        role,
                        marking: entry.marking,
                        to: audience(&to)?,
                        title: format!("{}: {}", one.held, short(value)),
                        body: ActionVerified {
                            action: receipt,
                            held: one.held,
                            at_ms: one.at_ms.unwrap_or_else(|| self.now_ms()),
                            text: one.text.clone(),
                        }
                        .into(),
                    });
                }
            }
            let publish = |entry| self.publish(state, batch, case, entry, &Circumstances::default());
            entries.into_iter().map(publish).collect()
        })
        .await
    }
}

/// The notes that proposed the targets, with their values.
fn values<'a>(said: &[Said<'a>]) -> BTreeMap<EntryRef, (&'a ContentEntry, &'a str)> {
    said.iter()
        .filter_map(|one| match &one.entry.body {
            ContentBody::TargetProposed(target) => Some((one.at, (one.entry, target.value.as_str()))),
            _ => None,
        })
        .collect()
}
