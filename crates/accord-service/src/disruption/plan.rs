//! The plan: one part per party, written together, under one commitment (ADR 0014).
//!
//! A party has the targets that are its own and no others. So each gets the part with its own actions; the parts follow
//! each other in one ledger, every party has all their headers, and the commitment is over those. Nobody learns what
//! another's part says, and nobody's part can be changed or left out afterwards.

use std::collections::{BTreeMap, BTreeSet};

use accord_model::content::plans::{Plan, PlanNow, plan};
use accord_model::content::targets::TargetStanding;
use accord_model::content::{ActionKind, Audience, ContentEntry, PlanPart, PlanWritten, PlannedAction, Said};
use accord_model::{EntryKind, EntryRef, Marking, OrgName, SpaceId, Tlp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::targets::{at_once, check_words};
use crate::error::{Result, ServiceError};
use crate::journal::{Space, State};
use crate::node::Node;
use crate::notes::Published;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::release::Circumstances;

/// What the commitment begins with.
const LABEL: &[u8] = b"accord plan v1\n";
/// Most refusals that one answer lists.
const LISTED_MAX: usize = 20;

/// One action of a new plan.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewAction {
    /// The target.
    pub target: EntryRef,
    /// Who acts; absent: the party that answers for the target.
    #[serde(default)]
    pub org: Option<OrgName>,
    /// What is done; absent: what was proposed.
    #[serde(default)]
    pub action: Option<ActionKind>,
    /// How long after the instant, ms.
    #[serde(default)]
    pub after_ms: u64,
}

/// A new plan.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPlan {
    /// One line, which every party reads.
    pub title: String,
    /// How far it may travel.
    pub marking: Tlp,
    /// The instant, ms UTC.
    pub instant_ms: u64,
    /// What every party should know; names no target.
    pub text: String,
    /// The actions.
    pub actions: Vec<NewAction>,
}

/// What was written.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PlanWrittenIn {
    /// The parts, with the party each is for.
    pub parts: Vec<(OrgName, Published)>,
    /// What every go is bound to.
    pub commitment: String,
    /// The instant, ms UTC.
    pub instant_ms: u64,
}

/// The commitment to a plan, from the headers of its parts; none before all of them are here.
pub(super) fn commitment(state: &State, run: &[EntryRef]) -> Option<String> {
    let mut hash = Sha256::new();
    hash.update(LABEL);
    for at in run {
        let header = state.ledgers.get(&at.ledger)?.header(at.seq)?;
        hash.update(header.leaf_hash().0);
    }
    (!run.is_empty()).then(|| hex::encode(hash.finalize()))
}

/// The plan of a case, as this node knows it.
pub(super) fn plan_now<'a>(space: &Space, said: &[Said<'a>]) -> PlanNow<'a> {
    plan(said, &|a, b| space.before(a, b))
}

/// The plan in force here, with its commitment.
pub(super) fn in_force<'a>(state: &State, space: &Space, said: &[Said<'a>]) -> Result<(Plan<'a>, String)> {
    match plan_now(space, said) {
        PlanNow::None => Err(ServiceError::NotFound("plan")),
        PlanNow::Disputed(_) => Err(ServiceError::Conflict(
            "there are several plans that have not seen each other: whoever holds the pen writes one".into(),
        )),
        PlanNow::Current(plan) => {
            let commitment = commitment(state, &plan.run).ok_or_else(|| {
                ServiceError::Conflict("not all of the plan's parts have arrived: pull first".into())
            })?;
            Ok((plan, commitment))
        }
    }
}

/// A standing in words.
pub(super) fn standing_words(standing: &TargetStanding) -> String {
    match standing {
        TargetStanding::Dropped(_) => "dropped".to_owned(),
        TargetStanding::Against { check, org } => {
            format!("{}: {org} says no", check_words(*check).to_lowercase())
        }
        TargetStanding::Unchecked { checks, parties } => {
            let mut missing: Vec<String> = checks
                .iter()
                .map(|check| check_words(*check).to_lowercase())
                .collect();
            missing.extend(parties.iter().map(|org| format!("whether it is {org}'s own")));
            format!("not yet known: {}", missing.join(", "))
        }
        TargetStanding::AskAPerson => {
            "something could not be told: another person than the proposer must judge it".to_owned()
        }
        TargetStanding::Clear => "nothing speaks against it".to_owned(),
    }
}

impl Node {
    /// Refuses a plan that names what may not be acted on, or that would tell a party of targets it does not have.
    pub(crate) fn plan_rule(
        &self,
        state: &State,
        space: &Space,
        to: &Audience,
        said: &PlanWritten,
    ) -> Result<()> {
        if said.instant_ms <= self.now_ms() {
            return Err(ServiceError::invalid(
                "instant_ms",
                "the instant is over: name one to come",
            ));
        }
        let all = super::said(state, space);
        let targets = self.targets_of(space, &all);
        let mut refused = Vec::new();
        for action in &said.actions {
            let target = targets.get(&action.target);
            let target = target.ok_or_else(|| ServiceError::invalid("actions", "there is no such target"))?;
            let standing = self.stands(state, space, action.target, target);
            if standing != TargetStanding::Clear {
                refused.push(format!("{} ({})", target.target.value, standing_words(&standing)));
            }
            let own = state
                .ledgers
                .get(&action.target.ledger)
                .is_some_and(|ledger| ledger.own);
            let others = self.other_parties(space);
            let mut strangers = others.iter().filter(|org| {
                to.includes(org)
                    && target.org != *org
                    && target.target.responsible != **org
                    && !(own && state.released.contains_key(&(action.target, (*org).clone())))
            });
            if let Some(org) = strangers.next() {
                return Err(ServiceError::invalid(
                    "to",
                    format!(
                        "{org} does not have the target {}: a plan is written in parts",
                        target.target.value
                    ),
                ));
            }
        }
        if refused.is_empty() {
            return Ok(());
        }
        let more = refused.len().saturating_sub(LISTED_MAX);
        refused.truncate(LISTED_MAX);
        let more = if more > 0 {
            format!(", and {more} more")
        } else {
            String::new()
        };
        Err(ServiceError::invalid(
            "actions",
            format!("these may not be acted on: {}{more}", refused.join("; ")),
        ))
    }

    /// Writes the plan: a part for every party, this organisation's own last. Nothing is written unless every party
    /// gets its part at once: nobody may be left with an older plan.
    pub async fn write_plan(&self, who: &SignedIn, case: SpaceId, new: &NewPlan) -> Result<PlanWrittenIn> {
        at_once("actions", new.actions.len())?;
        self.steer(who, Act::Write, case, "plan.written", |state, batch, _| {
            let space = state.spaces.get(&case).ok_or(ServiceError::NotFound("case"))?;
            let role = self.writer(space, who, Act::Write, EntryKind::PlanWritten)?;
            self.holds_pen(space, who)?;
            let all = super::said(state, space);
            let targets = self.targets_of(space, &all);
            let mut by_org: BTreeMap<OrgName, Vec<PlannedAction>> = BTreeMap::new();
            let mut seen = BTreeSet::new();
            for action in &new.actions {
                let target = targets
                    .get(&action.target)
                    .ok_or(ServiceError::NotFound("target"))?;
                if !seen.insert(action.target) {
                    return Err(ServiceError::invalid("actions", "a target stands in a plan once"));
                }
                let org = action
                    .org
                    .clone()
                    .unwrap_or_else(|| target.target.responsible.clone());
                if space.control.party_kind(&org).is_none() {
                    return Err(ServiceError::invalid(
                        "org",
                        format!("{org} is no party of the case"),
                    ));
                }
                by_org.entry(org.clone()).or_default().push(PlannedAction {
                    target: action.target,
                    org,
                    action: action.action.unwrap_or(target.target.action),
                    after_ms: action.after_ms,
                });
            }
            let mut parties = self.other_parties(space);
            parties.push(self.config.org.clone());
            let of = parties.len() as u64;
            let mut parts = Vec::new();
            for (org, number) in parties.into_iter().zip(1_u64..) {
                let said = PlanWritten {
                    instant_ms: new.instant_ms,
                    actions: by_org.remove(&org).unwrap_or_default(),
                    text: new.text.clone(),
                    part: Some(PlanPart { number, of }),
                };
                let to = Audience::one(org.clone());
                self.plan_rule(state, space, &to, &said)?;
                let entry = ContentEntry {
                    by: who.person,
                    role,
                    marking: Marking::tlp(new.marking),
                    to,
                    title: new.title.clone(),
                    body: said.into(),
                };
                entry
                    .check()
                    .map_err(|error| ServiceError::invalid("plan", error))?;
                if org != self.config.org {
                    let decided = self.ask_gate(state, space, &org, &entry, &Circumstances::default());
                    if !decided.is_yes() {
                        return Err(decided.refusal());
                    }
                }
                parts.push((org, entry));
            }
            let mut written = Vec::new();
            for (org, entry) in parts {
                let published = self.publish(state, batch, case, entry, &Circumstances::default())?;
                written.push((org, published));
            }
            let run: Vec<EntryRef> = written.iter().map(|(_, published)| published.at).collect();
            let commitment = commitment(state, &run)
                .ok_or_else(|| ServiceError::Unexplained("a plan without headers".into()))?;
            Ok(PlanWrittenIn {
                parts: written,
                commitment,
                instant_ms: new.instant_ms,
            })
        })
        .await
    }

    /// Refuses who does not hold the pen.
    pub(crate) fn holds_pen(&self, space: &Space, who: &SignedIn) -> Result<()> {
        let pen = space.control.pen();
        if pen.is_some_and(|pen| pen.org == self.config.org && pen.person == who.person) {
            Ok(())
        } else {
            Err(ServiceError::denied(
                "the plan is written by whoever holds the pen",
            ))
        }
    }
}
