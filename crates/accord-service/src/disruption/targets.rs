//! Targets: many proposed at once, many checked at once, and each party's answer to "is this yours?".

use std::collections::{BTreeMap, BTreeSet};

use accord_model::content::targets::{Target, TargetStanding, targets};
use accord_model::content::{
    ActionKind, Audience, CheckResult, ContentBody, ContentEntry, Said, TargetCheck, TargetChecked,
    TargetKind, TargetProposed,
};
use accord_model::{EntryKind, EntryRef, Marking, OrgName, SpaceId, Tlp};
use serde::{Deserialize, Serialize};

use super::own::{host, own_item};
use crate::cases::audience;
use crate::error::{Result, ServiceError};
use crate::journal::{Body, Space, State};
use crate::node::Node;
use crate::notes::Published;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::release::Circumstances;

/// Most targets proposed, checked or answered for at once.
pub(super) const AT_ONCE_MAX: usize = 1_000;

/// One target to be proposed: its own value, or an indicator of the case.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewTarget {
    /// What, in the form that the one who acts needs.
    pub value: String,
    /// What it is; absent: a domain, an address or a URL, as the value looks.
    #[serde(default)]
    pub target: Option<TargetKind>,
    /// What should be done.
    pub action: ActionKind,
    /// The party that answers for it and would act.
    pub responsible: OrgName,
    /// What it does in the crime, and how that is known.
    pub reason: String,
    /// The notes it rests on: where indicators are among them, the value must stand in one.
    #[serde(default)]
    pub rests_on: Vec<EntryRef>,
}

/// Targets to be proposed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewTargets {
    /// How far they may travel.
    pub marking: Tlp,
    /// Whom they are for; empty: every party that the agreement lets have them.
    #[serde(default)]
    pub to: Vec<OrgName>,
    /// The targets.
    pub targets: Vec<NewTarget>,
}

/// What was found about a target.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewCheck {
    /// The target.
    pub target: EntryRef,
    /// What was looked at.
    pub check: TargetCheck,
    /// What was found.
    pub result: CheckResult,
    /// In words.
    pub text: String,
}

/// Whether a target is this organisation's own infrastructure or sinkhole.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnAnswer {
    /// The target.
    pub target: EntryRef,
    /// Whether it is.
    pub own: bool,
    /// In words, where there is more to say.
    #[serde(default)]
    pub text: Option<String>,
}

/// How a check reads in a title.
pub(super) fn check_words(check: TargetCheck) -> &'static str {
    match check {
        TargetCheck::AllowList => "Allow list",
        TargetCheck::OwnInfrastructure => "Own infrastructure",
        TargetCheck::Holder => "Holder",
        TargetCheck::Age => "Age",
        TargetCheck::Popularity => "Popularity",
        TargetCheck::Judgement => "Judgement",
    }
}

fn kind_of(value: &str) -> TargetKind {
    if value.contains("://") {
        TargetKind::Url
    } else if host(value).parse::<std::net::IpAddr>().is_ok() {
        TargetKind::Address
    } else {
        TargetKind::Domain
    }
}

/// A value shortened to what a title takes.
pub(super) fn short(value: &str) -> String {
    value.chars().filter(|c| !c.is_control()).take(120).collect()
}

pub(super) fn at_once(field: &'static str, count: usize) -> Result<()> {
    if (1..=AT_ONCE_MAX).contains(&count) {
        Ok(())
    } else {
        Err(ServiceError::invalid(
            field,
            format!("1 to {AT_ONCE_MAX} at once, not {count}"),
        ))
    }
}

impl Node {
    /// Every target of a case that this node has, by the note that proposed it.
    pub(crate) fn targets_of<'a>(
        &self,
        space: &'a Space,
        said: &[Said<'a>],
    ) -> BTreeMap<EntryRef, Target<'a>> {
        targets(said, &|a, b| space.before(a, b))
    }

    /// Who is asked whether a target is theirs: whoever has it, as far as this node can tell.
    pub(super) fn asked_of(
        &self,
        state: &State,
        space: &Space,
        at: EntryRef,
        target: &Target<'_>,
    ) -> BTreeSet<OrgName> {
        let mut asked = BTreeSet::from([self.config.org.clone(), target.org.clone()]);
        asked.extend(
            self.other_parties(space)
                .into_iter()
                .filter(|org| state.released.contains_key(&(at, org.clone()))),
        );
        asked.retain(|org| space.control.party_kind(org).is_some());
        asked
    }

    /// How a target stands.
    pub(super) fn stands(
        &self,
        state: &State,
        space: &Space,
        at: EntryRef,
        target: &Target<'_>,
    ) -> TargetStanding {
        target.standing(&self.asked_of(state, space, at, target))
    }

    /// For whom a note about a target is: whoever has the target.
    pub(super) fn about_target(&self, state: &State, space: &Space, at: EntryRef) -> Result<Audience> {
        let (ledger, _, _) = state.entry(at).ok_or(ServiceError::NotFound("target"))?;
        let mut to: Vec<OrgName> = if ledger.own {
            self.other_parties(space)
                .into_iter()
                .filter(|org| state.released.contains_key(&(at, org.clone())))
                .collect()
        } else {
            vec![ledger.org.clone()]
        };
        if to.is_empty() {
            to.push(self.config.org.clone());
        }
        audience(&to)
    }

    /// Proposes targets, each with the party that answers for it.
    pub async fn propose_targets(
        &self,
        who: &SignedIn,
        case: SpaceId,
        new: &NewTargets,
    ) -> Result<Vec<Published>> {
        at_once("targets", new.targets.len())?;
        self.steer(who, Act::Write, case, "targets.proposed", |state, batch, _| {
            let space = state.spaces.get(&case).ok_or(ServiceError::NotFound("case"))?;
            let role = self.writer(space, who, Act::Write, EntryKind::TargetProposed)?;
            let mut entries = Vec::new();
            for one in &new.targets {
                if space.control.party_kind(&one.responsible).is_none() {
                    let message = format!("{} is no party of the case", one.responsible);
                    return Err(ServiceError::invalid("responsible", message));
                }
                rests(state, space, one)?;
                entries.push(ContentEntry {
                    by: who.person,
                    role,
                    marking: Marking::tlp(new.marking),
                    to: audience(&new.to)?,
                    title: format!("Target: {}", short(&one.value)),
                    body: TargetProposed {
                        value: one.value.trim().to_owned(),
                        target: one.target.unwrap_or_else(|| kind_of(&one.value)),
                        action: one.action,
                        responsible: one.responsible.clone(),
                        reason: one.reason.clone(),
                        rests_on: one.rests_on.clone(),
                    }
                    .into(),
                });
            }
            let publish = |entry| self.publish(state, batch, case, entry, &Circumstances::default());
            entries.into_iter().map(publish).collect()
        })
        .await
    }

    /// Says what was found about targets.
    pub async fn check_targets(
        &self,
        who: &SignedIn,
        case: SpaceId,
        checks: &[NewCheck],
    ) -> Result<Vec<Published>> {
        at_once("checks", checks.len())?;
        self.steer(who, Act::Write, case, "targets.checked", |state, batch, _| {
            let mut all = Vec::new();
            for check in checks {
                all.push(self.check_target(state, batch, who, case, check)?);
            }
            Ok(all)
        })
        .await
    }

    /// Answers for targets whether they are this organisation's own.
    pub async fn answer_own(
        &self,
        who: &SignedIn,
        case: SpaceId,
        answers: &[OwnAnswer],
    ) -> Result<Vec<Published>> {
        let words = |answer: &OwnAnswer| {
            answer.text.clone().unwrap_or_else(|| {
                let org = &self.config.org;
                if answer.own {
                    format!("This is infrastructure or a sinkhole of {org}.")
                } else {
                    format!("This is neither infrastructure nor a sinkhole of {org}.")
                }
            })
        };
        let checks: Vec<NewCheck> = answers
            .iter()
            .map(|answer| NewCheck {
                target: answer.target,
                check: TargetCheck::OwnInfrastructure,
                result: if answer.own {
                    CheckResult::Against
                } else {
                    CheckResult::Clear
                },
                text: words(answer),
            })
            .collect();
        self.check_targets(who, case, &checks).await
    }

    fn check_target(
        &self,
        state: &mut State,
        batch: &mut accord_store::Batch,
        who: &SignedIn,
        case: SpaceId,
        check: &NewCheck,
    ) -> Result<Published> {
        let space = state.spaces.get(&case).ok_or(ServiceError::NotFound("case"))?;
        let role = self.writer(space, who, Act::Write, EntryKind::TargetChecked)?;
        let (ledger, _, body) = state
            .entry(check.target)
            .ok_or(ServiceError::NotFound("target"))?;
        let proposed = match body {
            Body::Content(entry) if ledger.space == case => match &entry.body {
                ContentBody::TargetProposed(proposed) => Some((entry, proposed)),
                _ => None,
            },
            _ => None,
        };
        let (entry, proposed) = proposed.ok_or(ServiceError::NotFound("target"))?;
        if check.check == TargetCheck::Judgement && who.home.is_some() {
            return Err(ServiceError::denied(
                "what is unknown is judged by a person of this organisation: somebody seconded to it decides nothing",
            ));
        }
        if check.check == TargetCheck::Judgement && entry.by == who.person {
            return Err(ServiceError::denied(
                "what is unknown is judged by another person than the one who proposed the target",
            ));
        }
        if check.check == TargetCheck::OwnInfrastructure
            && check.result == CheckResult::Clear
            && let Some(item) = own_item(state, &proposed.value)
        {
            return Err(ServiceError::invalid(
                "own",
                format!(
                    "{} is part of {}, which this organisation lists as its own ({}): say yes, or mend the list first",
                    proposed.value, item.value, item.description
                ),
            ));
        }
        if matches!(check.check, TargetCheck::AllowList | TargetCheck::Popularity)
            && check.result == CheckResult::Clear
            && state.lists.listed(&proposed.value) == Some(true)
        {
            return Err(ServiceError::invalid(
                "result",
                format!(
                    "{} stands on a list of values that many use: it is not clear",
                    proposed.value
                ),
            ));
        }
        let said = ContentEntry {
            by: who.person,
            role,
            marking: entry.marking,
            to: self.about_target(state, space, check.target)?,
            title: format!("{}: {}", check_words(check.check), short(&proposed.value)),
            body: TargetChecked {
                target: check.target,
                check: check.check,
                result: check.result,
                text: check.text.clone(),
            }
            .into(),
        };
        self.publish(state, batch, case, said, &Circumstances::default())
    }
}

/// Refuses what rests on nothing that is here, or on indicators that do not name it.
fn rests(state: &State, space: &Space, one: &NewTarget) -> Result<()> {
    let mut named = None;
    for at in &one.rests_on {
        let found = state.entry(*at).filter(|(ledger, _, _)| ledger.space == space.id);
        let Some((_, _, Body::Content(entry))) = found else {
            return Err(ServiceError::invalid(
                "rests_on",
                format!("there is no such note on this case ({at})"),
            ));
        };
        if let ContentBody::IndicatorPublished(published) = &entry.body {
            let names = published
                .indicators
                .iter()
                .any(|indicator| indicator.value == one.value.trim());
            named = Some(named.unwrap_or(false) || names);
        }
    }
    if named == Some(false) {
        let message = format!("{} stands in none of the indicators it rests on", one.value);
        return Err(ServiceError::invalid("value", message));
    }
    Ok(())
}
