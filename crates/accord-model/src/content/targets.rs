//! Targets: what was checked, and whether one may be acted on. Unknown means that a person must look.

use std::collections::{BTreeMap, BTreeSet};

use super::said::{before, latest};
use super::{
    Audience, CheckResult, ContentBody, ContentEntry, Said, TargetCheck, TargetChecked, TargetProposed,
};
use crate::control::Causality;
use crate::{EntryRef, OrgName, PersonId};

/// What somebody must have looked at, beside every party's own infrastructure.
pub const NEEDED_CHECKS: &[TargetCheck] = &[
    TargetCheck::AllowList,
    TargetCheck::Holder,
    TargetCheck::Age,
    TargetCheck::Popularity,
];

/// One target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target<'a> {
    /// The organisation that proposed it.
    pub org: &'a OrgName,
    /// What it says.
    pub target: &'a TargetProposed,
    /// The entry that dropped it.
    pub dropped: Option<EntryRef>,
    /// For every check, what each organisation says last; the worst of its concurrent words.
    pub checks: BTreeMap<TargetCheck, BTreeMap<&'a OrgName, CheckResult>>,
    /// The person who proposed it.
    proposer: PersonId,
    /// Whether a person judged what is unknown, after having seen all of it.
    judged: bool,
}

/// Whether a target may be acted on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetStanding {
    /// It was dropped.
    Dropped(EntryRef),
    /// A check speaks against it: which, and whose.
    Against {
        /// Which check.
        check: TargetCheck,
        /// Who found it.
        org: OrgName,
    },
    /// Checks are missing, and these parties have not said whether it is theirs.
    Unchecked {
        /// Which checks.
        checks: BTreeSet<TargetCheck>,
        /// Who was not heard.
        parties: BTreeSet<OrgName>,
    },
    /// Something could not be told: another person than the proposer must judge it.
    AskAPerson,
    /// Nothing speaks against it.
    Clear,
}

impl Target<'_> {
    /// Whether it may be acted on, when these are the parties.
    pub fn standing(&self, parties: &BTreeSet<OrgName>) -> TargetStanding {
        if let Some(at) = self.dropped {
            return TargetStanding::Dropped(at);
        }
        let results = || {
            self.checks
                .iter()
                .flat_map(|(check, by_org)| by_org.iter().map(move |(org, result)| (*check, *org, *result)))
        };
        let against = results().find(|(_, _, result)| *result == CheckResult::Against);
        if let Some((check, org, _)) = against {
            return TargetStanding::Against {
                check,
                org: org.clone(),
            };
        }
        let checks: BTreeSet<TargetCheck> = NEEDED_CHECKS
            .iter()
            .copied()
            .filter(|check| !self.checks.contains_key(check))
            .collect();
        let own = self.checks.get(&TargetCheck::OwnInfrastructure);
        let heard = |org: &OrgName| own.is_some_and(|own| own.contains_key(org));
        let parties: BTreeSet<OrgName> = parties.iter().filter(|org| !heard(org)).cloned().collect();
        if !checks.is_empty() || !parties.is_empty() {
            return TargetStanding::Unchecked { checks, parties };
        }
        let unknown = results()
            .any(|(check, _, result)| check != TargetCheck::Judgement && result == CheckResult::Unknown);
        if unknown && !self.judged {
            TargetStanding::AskAPerson
        } else {
            TargetStanding::Clear
        }
    }
}

/// Every target, by the entry that proposed it. It is dropped by the organisation that proposed it or the one
/// that answers for it.
pub fn targets<'a>(said: &[Said<'a>], causality: &dyn Causality) -> BTreeMap<EntryRef, Target<'a>> {
    let mut all: BTreeMap<EntryRef, Target<'a>> = BTreeMap::new();
    for one in said {
        if let ContentBody::TargetProposed(target) = &one.entry.body {
            let target = Target {
                org: one.author,
                target,
                dropped: None,
                checks: BTreeMap::new(),
                proposer: one.entry.by,
                judged: false,
            };
            all.insert(one.at, target);
        }
    }
    let mut words: BTreeMap<EntryRef, Vec<(Said<'a>, &'a TargetChecked)>> = BTreeMap::new();
    for one in said {
        match &one.entry.body {
            ContentBody::TargetDropped(dropped) => {
                if let Some(target) = all.get_mut(&dropped.target)
                    && (target.org == one.author || target.target.responsible == *one.author)
                {
                    target.dropped = Some(target.dropped.map_or(one.at, |first| first.min(one.at)));
                }
            }
            ContentBody::TargetChecked(checked) => {
                words.entry(checked.target).or_default().push((*one, checked));
            }
            _ => {}
        }
    }
    for (at, target) in &mut all {
        if let Some(words) = words.get(at) {
            check(target, words, causality);
        }
    }
    all
}

fn check<'a>(target: &mut Target<'a>, words: &[(Said<'a>, &'a TargetChecked)], causality: &dyn Causality) {
    let mut by_whom: BTreeMap<(TargetCheck, &'a OrgName), BTreeMap<EntryRef, CheckResult>> = BTreeMap::new();
    for (one, checked) in words {
        let own = by_whom.entry((checked.check, one.author)).or_default();
        own.insert(one.at, checked.result);
    }
    let mut unknown: Vec<EntryRef> = Vec::new();
    for ((check, org), own) in by_whom {
        let now = latest(causality, own.keys().copied());
        let worst = now
            .iter()
            .filter_map(|at| own.get(at).map(|result| (*result, *at)))
            .min();
        let Some((result, at)) = worst else { continue };
        if result == CheckResult::Unknown && check != TargetCheck::Judgement {
            unknown.push(at);
        }
        target.checks.entry(check).or_default().insert(org, result);
    }
    let judges = |one: &Said<'_>| unknown.iter().all(|at| before(causality, *at, one.at));
    target.judged = words.iter().any(|(one, checked)| {
        checked.check == TargetCheck::Judgement
            && checked.result == CheckResult::Clear
            && one.entry.by != target.proposer
            && judges(one)
    });
}

/// The organisations whose own matter an entry of a target, a plan or an action is: who answers for the
/// targets. `find` gives an entry by its reference, when it is known here. Empty for anything else, and for
/// what cannot be found: an agreement that asks for them then denies.
pub fn concerns<'a>(
    entry: &ContentEntry,
    find: &dyn Fn(EntryRef) -> Option<&'a ContentEntry>,
) -> BTreeSet<OrgName> {
    let responsible = |at: EntryRef| match &find(at)?.body {
        ContentBody::TargetProposed(target) => Some(target.responsible.clone()),
        _ => None,
    };
    let targets: Vec<EntryRef> = match &entry.body {
        ContentBody::TargetProposed(target) => return BTreeSet::from([target.responsible.clone()]),
        ContentBody::TargetChecked(checked) => vec![checked.target],
        ContentBody::TargetDropped(dropped) => vec![dropped.target],
        // It names no target: it is the matter of the parties that it tells of the plan.
        ContentBody::PlanWritten(plan) if plan.actions.is_empty() => match &entry.to {
            Audience::Only(parties) => return parties.clone(),
            Audience::EveryParty => Vec::new(),
        },
        ContentBody::PlanWritten(plan) => plan.actions.iter().map(|action| action.target).collect(),
        ContentBody::ActionExecuted(action) => vec![action.target],
        ContentBody::ActionVerified(verified) => match find(verified.action).map(|entry| &entry.body) {
            Some(ContentBody::ActionExecuted(action)) => vec![action.target],
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    targets.into_iter().filter_map(responsible).collect()
}
