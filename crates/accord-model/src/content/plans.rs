//! The plan that is in force, and how far each of its actions is.

use std::collections::BTreeMap;

use super::said::latest;
use super::{ContentBody, Execution, Held, PlanWritten, PlannedAction, Said};
use crate::control::Causality;
use crate::{EntryRef, OrgName, Role};

/// The plan of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanNow<'a> {
    /// Nobody wrote one.
    None,
    /// The latest. Its author's node commits to it, and the parties' goes are bound to that commitment.
    Current(Plan<'a>),
    /// Several plans have not seen each other: there is none until one more is written.
    Disputed(Vec<EntryRef>),
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan<'a> {
    /// The entry; of a plan in parts, the last part that is known here.
    pub at: EntryRef,
    /// Every entry that it is made of, known here or not.
    pub run: Vec<EntryRef>,
    /// Those of them that are known here.
    pub known: Vec<EntryRef>,
    /// Whose it is.
    pub org: &'a OrgName,
    /// What that entry says.
    pub plan: &'a PlanWritten,
    /// The actions that are known here, in the order of the parts.
    pub actions: Vec<Action<'a>>,
}

/// One action of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action<'a> {
    /// As planned.
    pub planned: &'a PlannedAction,
    /// How it went, by whom it was to be done: the worst of concurrent words.
    pub executed: Option<(EntryRef, Execution)>,
    /// What was seen afterwards: of everybody's last words the worst.
    pub verified: Option<(EntryRef, Held)>,
}

/// The plan of a case. Only a case officer's counts; that they held the pen is the control state's to say.
pub fn plan<'a>(said: &[Said<'a>], causality: &dyn Causality) -> PlanNow<'a> {
    let plans: BTreeMap<EntryRef, (&'a OrgName, &'a PlanWritten)> = said
        .iter()
        .filter(|one| one.entry.role == Role::CaseOfficer)
        .filter_map(|one| match &one.entry.body {
            ContentBody::PlanWritten(plan) => Some((one.at, (one.author, plan))),
            _ => None,
        })
        .collect();
    let now = latest(causality, plans.keys().copied());
    match now.as_slice() {
        [] => PlanNow::None,
        [at] => match plans.get(at) {
            Some((org, plan)) => {
                let run = plan.run(*at);
                let same = |other: &PlanWritten| {
                    other.instant_ms == plan.instant_ms
                        && other.part.as_ref().map(|part| part.of) == plan.part.as_ref().map(|part| part.of)
                };
                let known: Vec<(EntryRef, &'a PlanWritten)> = run
                    .iter()
                    .filter_map(|at| Some((*at, plans.get(at)?.1)))
                    .filter(|(other_at, other)| same(other) && other.run(*other_at) == run)
                    .collect();
                PlanNow::Current(Plan {
                    at: *at,
                    actions: actions(said, causality, &run, &known),
                    known: known.iter().map(|(at, _)| *at).collect(),
                    run,
                    org,
                    plan,
                })
            }
            None => PlanNow::None,
        },
        several => {
            let mut refs = several.to_vec();
            refs.sort();
            PlanNow::Disputed(refs)
        }
    }
}

fn actions<'a>(
    said: &[Said<'a>],
    causality: &dyn Causality,
    run: &[EntryRef],
    parts: &[(EntryRef, &'a PlanWritten)],
) -> Vec<Action<'a>> {
    let planned = || parts.iter().flat_map(|(_, part)| &part.actions);
    let by_target: BTreeMap<EntryRef, &OrgName> =
        planned().map(|action| (action.target, &action.org)).collect();
    let mut receipts: BTreeMap<EntryRef, BTreeMap<EntryRef, Execution>> = BTreeMap::new();
    let mut looks: BTreeMap<EntryRef, BTreeMap<&OrgName, BTreeMap<EntryRef, Held>>> = BTreeMap::new();
    for one in said {
        match &one.entry.body {
            ContentBody::ActionExecuted(done)
                if run.contains(&done.plan) && by_target.get(&done.target) == Some(&one.author) =>
            {
                let own = receipts.entry(done.target).or_default();
                own.insert(one.at, done.outcome);
            }
            ContentBody::ActionVerified(seen) => {
                let own = looks.entry(seen.action).or_default().entry(one.author);
                own.or_default().insert(one.at, seen.held);
            }
            _ => {}
        }
    }
    let progress = |planned: &'a PlannedAction| {
        let own = receipts.get(&planned.target);
        let executed = own.and_then(|own| {
            let now = latest(causality, own.keys().copied());
            let words = now
                .into_iter()
                .filter_map(move |at| own.get(&at).map(|word| (*word, at)));
            words.min().map(|(word, at)| (at, word))
        });
        let verified = executed.and_then(|(receipt, _)| {
            let words = looks.get(&receipt)?.values().flat_map(|own| {
                let now = latest(causality, own.keys().copied());
                now.into_iter()
                    .filter_map(move |at| own.get(&at).map(|word| (*word, at)))
            });
            words.min().map(|(word, at)| (at, word))
        });
        Action {
            planned,
            executed,
            verified,
        }
    };
    planned().map(progress).collect()
}
