//! Go or no-go: the word of this organisation's approver, bound to the plan's commitment and its instant.

use accord_model::content::targets::TargetStanding;
use accord_model::control::{ControlEntry, GoGiven, GoRefused, GoWithdrawn};
use accord_model::{EntryRef, SpaceId};
use serde::{Deserialize, Serialize};

use super::plan::{in_force, standing_words};
use crate::error::{Result, ServiceError};
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;

/// What is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// Yes.
    Go,
    /// No.
    No,
    /// The go is taken back.
    Withdraw,
}

/// A word on a plan.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SayGo {
    /// Which word.
    pub word: Word,
    /// The commitment of the plan that was looked at.
    pub commitment: String,
    /// Its instant, ms UTC.
    pub instant_ms: u64,
    /// Why; needed for anything but go.
    #[serde(default)]
    pub reason: Option<String>,
}

impl Node {
    /// Says go, no, or takes a go back, as approver. What was looked at must be the plan in force.
    pub async fn say_go(&self, who: &SignedIn, case: SpaceId, said: &SayGo) -> Result<EntryRef> {
        self.steer(who, Act::Approve, case, "go.said", |state, batch, role| {
            let space = state.spaces.get(&case).ok_or(ServiceError::NotFound("case"))?;
            let all = super::said(state, space);
            let (plan, commitment) = in_force(state, space, &all)?;
            if commitment != said.commitment || plan.plan.instant_ms != said.instant_ms {
                return Err(ServiceError::Conflict(
                    "the plan has changed: look at it again".into(),
                ));
            }
            let reason = || {
                let given = said.reason.clone().filter(|reason| !reason.trim().is_empty());
                given.ok_or_else(|| ServiceError::invalid("reason", "say why"))
            };
            let (by, at, instant_ms) = (who.person, plan.at, said.instant_ms);
            let entry = match said.word {
                Word::Go => {
                    let targets = self.targets_of(space, &all);
                    for action in &plan.actions {
                        let at = action.planned.target;
                        let Some(target) = targets.get(&at) else { continue };
                        let standing = self.stands(state, space, at, target);
                        if matches!(
                            standing,
                            TargetStanding::Against { .. } | TargetStanding::Dropped(_)
                        ) {
                            return Err(ServiceError::Conflict(format!(
                                "{} may not be acted on any more ({}): the plan must be written again",
                                target.target.value,
                                standing_words(&standing)
                            )));
                        }
                    }
                    ControlEntry::from(GoGiven {
                        by,
                        role,
                        plan: at,
                        commitment,
                        instant_ms,
                    })
                }
                Word::No => ControlEntry::from(GoRefused {
                    by,
                    role,
                    plan: at,
                    commitment,
                    instant_ms,
                    reason: reason()?,
                }),
                Word::Withdraw => ControlEntry::from(GoWithdrawn {
                    by,
                    role,
                    plan: at,
                    commitment,
                    instant_ms,
                    reason: reason()?,
                }),
            };
            self.append(state, batch, case, entry)
        })
        .await
    }
}
