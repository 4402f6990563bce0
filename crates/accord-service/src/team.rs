//! A team across organisations: the pen goes from one case officer to another, and people are seconded.
//!
//! What counts is said by the fold: the pen is passed by who holds it and taken by who it was offered to; a
//! secondment stands once home and host both granted it, with what both gave, and sees nothing after its end.

use accord_model::control::{ControlEntry, PenPassed, PenTaken, Scope, SecondmentEnded, SecondmentGranted};
use accord_model::{Category, EntryKind, EntryRef, OrgName, PersonId, Role, SpaceId};
use serde::{Deserialize, Serialize};

use crate::error::{Result, ServiceError};
use crate::journal::{Body, Space, State};
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::views::names;

/// A secondment as one side grants it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewSecondment {
    /// Who.
    pub person: PersonId,
    /// Whose they are, and stay.
    pub home: OrgName,
    /// Whose sight they get.
    pub host: OrgName,
    /// The categories they see.
    pub categories: Vec<Category>,
    /// The same in words.
    pub scope: String,
    /// From, ms UTC.
    pub from_ms: u64,
    /// To, ms UTC, excluded.
    pub until_ms: u64,
}

/// A secondment that is over, or over before its time.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndedSecondment {
    /// Who.
    pub person: PersonId,
    /// Whose they are.
    pub home: OrgName,
    /// Whose sight they had.
    pub host: OrgName,
    /// Why.
    pub reason: String,
}

/// A secondment as people see it.
#[derive(Debug, Clone, Serialize)]
pub struct SecondmentView {
    /// Who.
    pub person: PersonId,
    /// Their name, where it is known.
    pub name: Option<String>,
    /// Whose they are.
    pub home: OrgName,
    /// Whose sight they have.
    pub host: OrgName,
    /// The categories: what both sides named, or what the one side named that has granted it.
    pub categories: Vec<Category>,
    /// From, ms UTC.
    pub from_ms: u64,
    /// To, ms UTC, excluded.
    pub until_ms: u64,
    /// `granted`: both sides have, and it runs; `ahead`; `over`; `half`: one side has granted it.
    pub state: &'static str,
    /// Who has granted it.
    pub granted_by: Vec<OrgName>,
}

/// The pen offered, and not taken yet.
#[derive(Debug, Clone, Serialize)]
pub struct OfferedPen {
    /// The offer.
    pub at: EntryRef,
    /// By which organisation.
    pub from: OrgName,
    /// To which organisation.
    pub to_org: OrgName,
    /// To whom.
    pub to: PersonId,
    /// Their name, where it is known.
    pub name: Option<String>,
}

/// The pen and the secondments of a case.
#[derive(Debug, Clone, Serialize)]
pub struct TeamView {
    /// Who holds the pen.
    pub pen: Option<(OrgName, PersonId)>,
    /// The pen as it was offered, newest last.
    pub offered: Vec<OfferedPen>,
    /// The secondments.
    pub secondments: Vec<SecondmentView>,
}

/// Offers by who holds the pen now: an offer of an earlier holder leads nowhere.
pub(crate) fn offers(state: &State, space: &Space) -> Vec<(EntryRef, OrgName, PenPassed)> {
    let Some(pen) = space.control.pen() else {
        return Vec::new();
    };
    let taken = |passed: EntryRef| {
        let all = space.of_kinds(|kind| kind == EntryKind::PenTaken);
        all.into_iter().any(|at| {
            space.control.counts(at)
                && matches!(state.entry(at), Some((_, _, Body::Control(ControlEntry::PenTaken(said)))) if said.passed == passed)
        })
    };
    space
        .of_kinds(|kind| kind == EntryKind::PenPassed)
        .into_iter()
        .filter(|at| space.control.counts(*at) && !taken(*at))
        .filter_map(|at| match state.entry(at)? {
            (ledger, _, Body::Control(ControlEntry::PenPassed(said)))
                if ledger.org == pen.org && said.by == pen.person =>
            {
                Some((at, ledger.org.clone(), said.clone()))
            }
            _ => None,
        })
        .collect()
}

impl Node {
    /// The role in which a person acts on a case: of those that the act takes and that they have here, one that they
    /// have on the case too; without one the first, and the fold refuses with its reason.
    pub(crate) fn acting(&self, space: &Space, who: &SignedIn, act: Act) -> Result<Role> {
        let first = act.ask(who)?;
        let on_case = space
            .control
            .roles_of(&self.config.org, who.person, self.now_ms());
        let mut roles = act.rule().0.iter().copied();
        Ok(roles
            .find(|role| who.roles.contains(role) && on_case.contains(role))
            .unwrap_or(first))
    }

    /// Offers the pen to another case officer. It stays where it is until they take it.
    pub async fn pass_pen(
        &self,
        who: &SignedIn,
        case: SpaceId,
        to_org: &OrgName,
        to: PersonId,
    ) -> Result<EntryRef> {
        self.steer(who, Act::RunCase, case, "pen.passed", |state, batch, role| {
            let said = PenPassed {
                by: who.person,
                role,
                to_org: to_org.clone(),
                to,
            };
            self.append(state, batch, case, ControlEntry::from(said))
        })
        .await
    }

    /// Takes the pen that was offered to this person.
    pub async fn take_pen(&self, who: &SignedIn, case: SpaceId, passed: EntryRef) -> Result<EntryRef> {
        self.steer(who, Act::RunCase, case, "pen.taken", |state, batch, role| {
            let said = PenTaken {
                by: who.person,
                role,
                passed,
            };
            self.append(state, batch, case, ControlEntry::from(said))
        })
        .await
    }

    /// Grants one side of a secondment: as approver of the home, or as case officer of the host.
    pub async fn grant_secondment(
        &self,
        who: &SignedIn,
        case: SpaceId,
        new: &NewSecondment,
    ) -> Result<EntryRef> {
        let never = [Category::VictimIdentity, Category::Grant, Category::PersonName];
        if let Some(category) = new.categories.iter().find(|category| never.contains(category)) {
            return Err(ServiceError::invalid(
                "categories",
                format!("{category} is opened by no secondment: leave it out"),
            ));
        }
        self.steer(who, Act::Second, case, "secondment.granted", |state, batch, _| {
            let role = self.side(who, &new.home, &new.host)?;
            let own = state
                .persons
                .get(&new.person)
                .filter(|known| known.home.is_none());
            if new.home == self.config.org && own.is_none_or(|known| known.disabled) {
                return Err(ServiceError::invalid(
                    "person",
                    "choose somebody with an account here: an organisation seconds its own people",
                ));
            }
            let said = SecondmentGranted {
                by: who.person,
                role,
                person: new.person,
                home: new.home.clone(),
                host: new.host.clone(),
                scope: Scope {
                    categories: new.categories.clone(),
                    text: new.scope.clone(),
                },
                from_ms: new.from_ms,
                until_ms: new.until_ms,
            };
            let at = self.append(state, batch, case, ControlEntry::from(said))?;
            if new.home == self.config.org {
                self.name_person(state, batch, case, who, role, new.person)?;
            }
            Ok(at)
        })
        .await
    }

    /// Ends a secondment, for either side, at once.
    pub async fn end_secondment(
        &self,
        who: &SignedIn,
        case: SpaceId,
        ended: &EndedSecondment,
    ) -> Result<EntryRef> {
        self.steer(who, Act::Second, case, "secondment.ended", |state, batch, _| {
            let role = self.side(who, &ended.home, &ended.host)?;
            let said = SecondmentEnded {
                by: who.person,
                role,
                person: ended.person,
                home: ended.home.clone(),
                host: ended.host.clone(),
                reason: ended.reason.clone(),
            };
            self.append(state, batch, case, ControlEntry::from(said))
        })
        .await
    }

    /// In which role this organisation speaks of a secondment.
    fn side(&self, who: &SignedIn, home: &OrgName, host: &OrgName) -> Result<Role> {
        let role = if *home == self.config.org {
            Role::Approver
        } else if *host == self.config.org {
            Role::CaseOfficer
        } else {
            return Err(ServiceError::denied("a secondment is granted by home and host"));
        };
        if who.roles.contains(&role) {
            Ok(role)
        } else {
            Err(ServiceError::denied(match role {
                Role::Approver => "the home's approver seconds its people",
                _ => "a case officer of the host takes somebody seconded in",
            }))
        }
    }

    /// The offered pen and the secondments of a case.
    pub async fn team(&self, who: &SignedIn, case: SpaceId) -> Result<TeamView> {
        let state = self.read().await?;
        let space = self.case_within(&state, who, case)?;
        let names = names(&state, space);
        let offered = offers(&state, space)
            .into_iter()
            .map(|(at, from, said)| OfferedPen {
                at,
                from,
                to_org: said.to_org,
                to: said.to,
                name: names.get(&said.to).cloned(),
            })
            .collect();
        let now = self.now_ms();
        let mut secondments: Vec<SecondmentView> = space
            .control
            .secondments()
            .map(|known| SecondmentView {
                person: known.person,
                name: names.get(&known.person).cloned(),
                home: known.home.clone(),
                host: known.host.clone(),
                categories: known.categories.iter().copied().collect(),
                from_ms: known.from_ms,
                until_ms: known.until_ms,
                state: match now {
                    now if now < known.from_ms => "ahead",
                    now if now < known.until_ms => "granted",
                    _ => "over",
                },
                granted_by: vec![known.home.clone(), known.host.clone()],
            })
            .collect();
        secondments.extend(self.half_granted(&state, space, &names));
        Ok(TeamView {
            pen: space.control.pen().map(|pen| (pen.org.clone(), pen.person)),
            offered,
            secondments,
        })
    }

    /// Secondments that one side granted, and the other not, or not since it was ended.
    pub(crate) fn half_granted(
        &self,
        state: &State,
        space: &Space,
        names: &std::collections::BTreeMap<PersonId, String>,
    ) -> Vec<SecondmentView> {
        let mut open: Vec<SecondmentView> = Vec::new();
        let words =
            space.of_kinds(|kind| matches!(kind, EntryKind::SecondmentGranted | EntryKind::SecondmentEnded));
        for at in words.into_iter().filter(|at| space.control.counts(*at)) {
            match state.entry(at) {
                Some((ledger, _, Body::Control(ControlEntry::SecondmentGranted(said)))) => {
                    let stands = space
                        .control
                        .secondments()
                        .any(|known| known.granted.contains(&at));
                    let rest = open.iter().position(|known| {
                        known.person == said.person && known.home == said.home && known.host == said.host
                    });
                    if stands {
                        continue;
                    }
                    if let Some(rest) = rest {
                        open.remove(rest);
                    }
                    open.push(SecondmentView {
                        person: said.person,
                        name: names.get(&said.person).cloned(),
                        home: said.home.clone(),
                        host: said.host.clone(),
                        categories: said.scope.categories.clone(),
                        from_ms: said.from_ms,
                        until_ms: said.until_ms,
                        state: "half",
                        granted_by: vec![ledger.org.clone()],
                    });
                }
                Some((_, _, Body::Control(ControlEntry::SecondmentEnded(said)))) => {
                    open.retain(|known| {
                        known.person != said.person || known.home != said.home || known.host != said.host
                    });
                }
                _ => {}
            }
        }
        open
    }
}
