//! Cases: opened under one agreement, staffed, staged, and written to.

use std::collections::BTreeSet;

use accord_model::agreement::Approval;
use accord_model::content::{self, Audience, ContentEntry, PersonNamed};
use accord_model::control::{
    self, CaseOpened, CaseStage, ControlEntry, InstrumentEnded, InstrumentRecorded, MemberAdded,
    MemberRemoved, PartyAdded, PartyRemoved, Scope, SpaceKind, Stage,
};
use accord_model::{
    AgreementDigest, Category, EntryKind, EntryRef, Marking, OrgName, PersonId, Role, SpaceId, Tlp,
};
use accord_store::Batch;
use serde::{Deserialize, Serialize};

use crate::error::{Result, ServiceError};
use crate::journal::{Space, State};
use crate::node::{Log, Node};
use crate::notes::Published;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::release::{Circumstances, Decided};

/// A new case.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewCase {
    /// The agreement it runs under.
    pub agreement: AgreementDigest,
    /// Its operation name.
    pub operation: String,
    /// This organisation's own reference.
    pub reference: String,
    /// Its purpose: one of the agreement's words.
    pub purpose: String,
    /// The parties that join at once.
    #[serde(default)]
    pub parties: Vec<OrgName>,
}

/// A legal authority to be recorded.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewInstrument {
    /// Its own number.
    pub reference: String,
    /// Who issued it.
    pub authority: String,
    /// Under which law.
    pub power: String,
    /// The categories it covers.
    pub categories: Vec<Category>,
    /// What it covers, in words.
    pub scope: String,
    /// Whom it binds.
    pub addressee: OrgName,
    /// From, ms UTC.
    pub from_ms: u64,
    /// To, ms UTC, excluded.
    pub to_ms: u64,
}

/// One of an organisation's own people, to be named on a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewMember {
    /// Who.
    pub person: PersonId,
    /// Their roles on the case.
    pub roles: BTreeSet<Role>,
    /// When they end, ms UTC, excluded.
    #[serde(default)]
    pub until_ms: Option<u64>,
    /// What they need to know: these categories and no other. Absent: everything.
    #[serde(default)]
    pub scope: Option<Scope>,
}

impl NewMember {
    /// The roles that fit a scope: whoever decides, runs the case or keeps its schedule must see what that is about.
    pub const WITH_SCOPE: &'static [Role] = &[Role::Investigator, Role::Researcher, Role::Auditor];

    fn check(&self) -> Result<()> {
        let Some(scope) = &self.scope else { return Ok(()) };
        if let Some(role) = self.roles.iter().find(|role| !Self::WITH_SCOPE.contains(role)) {
            let role = role.as_str().replace('-', " ");
            return Err(ServiceError::invalid(
                "scope",
                format!("a {role} sees the whole case: name no scope, or give another role"),
            ));
        }
        let never = [Category::VictimIdentity, Category::PersonName];
        match scope.categories.iter().find(|category| never.contains(category)) {
            Some(category) => Err(ServiceError::invalid(
                "scope",
                format!("{category} is opened by no scope: leave it out"),
            )),
            None => Ok(()),
        }
    }
}

pub(crate) fn audience(to: &[OrgName]) -> Result<Audience> {
    Audience::from_list(to.to_vec()).map_err(|error| ServiceError::invalid("to", error))
}

impl Node {
    /// A case that a person sees whole: their organisation named them on it, or they decide for their organisation.
    /// Somebody seconded, who sees some categories only, is told that there is none: what shows them content asks
    /// [`Node::case_within`] and filters.
    pub(crate) fn case_for<'a>(&self, state: &'a State, who: &SignedIn, id: SpaceId) -> Result<&'a Space> {
        let space = self.case_within(state, who, id)?;
        if self.sees_whole(space, who) {
            Ok(space)
        } else {
            Err(ServiceError::NotFound("case"))
        }
    }

    /// A case of which a person sees anything; whoever shows content of it filters by [`Node::reader`].
    pub(crate) fn case_within<'a>(&self, state: &'a State, who: &SignedIn, id: SpaceId) -> Result<&'a Space> {
        let space = state
            .space(id, SpaceKind::Case)
            .ok_or(ServiceError::NotFound("case"))?;
        if self.sees_case(space, who) {
            Ok(space)
        } else {
            Err(ServiceError::NotFound("case"))
        }
    }

    /// Whether a person sees anything of a case.
    pub(crate) fn sees_case(&self, space: &Space, who: &SignedIn) -> bool {
        self.sight(space, who).is_some()
    }

    /// Whether a person sees all of a case.
    pub(crate) fn sees_whole(&self, space: &Space, who: &SignedIn) -> bool {
        let sight = self.sight(space, who);
        sight.is_some_and(|sight| sight.reach == control::Reach::Everything)
    }

    /// The other parties of a space.
    pub(crate) fn other_parties(&self, space: &Space) -> Vec<OrgName> {
        space
            .control
            .parties()
            .keys()
            .filter(|org| **org != self.config.org)
            .cloned()
            .collect()
    }

    /// The role in which a person does something on a case by writing this kind of note: of those that the act takes
    /// and that they have here, the first that their organisation gave them on the case and that writes it.
    pub(crate) fn writer(&self, space: &Space, who: &SignedIn, act: Act, kind: EntryKind) -> Result<Role> {
        act.ask(who)?;
        let authority = self.named_sight(space, who);
        let named = |role: Role| {
            authority
                .as_ref()
                .is_some_and(|sight| sight.roles.contains(&role))
        };
        let mut roles = act.rule().0.iter().copied();
        let role = roles
            .find(|role| named(*role) && content::may_write(kind, *role, self.config.kind).is_ok())
            .ok_or_else(|| {
                ServiceError::denied(format!(
                    "this may be written by somebody who is named on the case with a role that writes it ({kind})"
                ))
            })?;
        match kind.category() {
            Some(category) if authority.is_some_and(|sight| !sight.writes(role, kind)) => {
                Err(crate::sight::outside(category))
            }
            _ => Ok(role),
        }
    }

    /// Whether this organisation's own person writes this, now.
    pub(crate) fn may_write(&self, state: &State, space: SpaceId, entry: &ContentEntry) -> Result<()> {
        let known = state.spaces.get(&space).ok_or(ServiceError::NotFound("case"))?;
        if known.kind == SpaceKind::Agreement {
            // Before there is a case nobody is named on one: whoever writes has the role on this node.
            let right = content::may_write_on_agreement(entry.kind(), entry.role, self.config.kind);
            right.map_err(|why| ServiceError::denied(why.to_string()))?;
            let writer = state.persons.get(&entry.by).filter(|person| !person.disabled);
            return if writer.is_some_and(|person| person.roles.contains(&entry.role)) {
                Ok(())
            } else {
                let role = entry.role;
                Err(ServiceError::denied(format!(
                    "this person does not have the role {role} here"
                )))
            };
        }
        let right = content::may_write(entry.kind(), entry.role, self.config.kind);
        right.map_err(|why| ServiceError::denied(why.to_string()))?;
        // A signatory's role is of the node, not of the case.
        if entry.role == Role::Signatory {
            return Ok(());
        }
        let role = entry.role;
        let sight = known.control.sight(&self.config.org, entry.by, self.now_ms());
        if let Some(sight) = sight.filter(|sight| sight.roles.contains(&role)) {
            // Whoever names people on a case says who they are, whatever they see of it.
            if sight.writes(role, entry.kind()) || entry.kind() == EntryKind::PersonNamed {
                return Ok(());
            }
            if let Some(category) = entry.kind().category() {
                return Err(crate::sight::outside(category));
            }
        }
        Err(ServiceError::denied(format!(
            "this person is not named on the case as {role}"
        )))
    }

    /// Publishes content: appended once, then released recipient by recipient as the agreement says.
    pub(crate) fn publish(
        &self,
        state: &mut State,
        batch: &mut Batch,
        space: SpaceId,
        entry: ContentEntry,
        circumstances: &Circumstances,
    ) -> Result<Published> {
        let audience = entry.to.clone();
        self.may_write(state, space, &entry)?;
        self.names_no_victim(state, space, &entry)?;
        let at = self.append(state, batch, space, entry)?;
        let known = state.spaces.get(&space).ok_or(ServiceError::NotFound("case"))?;
        let recipients: Vec<OrgName> = self
            .other_parties(known)
            .into_iter()
            .filter(|org| audience.includes(org))
            .collect();
        let mut decisions = Vec::new();
        for org in recipients {
            decisions.push(self.release(state, batch, at, &org, circumstances)?);
        }
        Ok(Published { at, decisions })
    }

    /// Opens a case.
    pub async fn open_case(&self, who: &SignedIn, new: &NewCase) -> Result<SpaceId> {
        let role = Act::RunCase.ask(who)?;
        self.act_once(|state, batch, log| self.open_case_in(state, batch, log, who, role, new))
            .await
    }

    /// Opens a case within a larger act.
    pub(crate) fn open_case_in(
        &self,
        state: &mut State,
        batch: &mut Batch,
        log: Log,
        who: &SignedIn,
        role: Role,
        new: &NewCase,
    ) -> Result<SpaceId> {
        let agreement = state
            .agreement(new.agreement)
            .ok_or(ServiceError::NotFound("agreement"))?;
        let terms = agreement.terms();
        if !terms.purposes.iter().any(|purpose| purpose.word == new.purpose) {
            let words: Vec<&str> = terms
                .purposes
                .iter()
                .map(|purpose| purpose.word.as_str())
                .collect();
            let message = format!("not a purpose of the agreement: it has {}", words.join(", "));
            return Err(ServiceError::invalid("purpose", message));
        }
        let standing = state.standing(new.agreement, self.now_ms());
        if !standing.as_ref().is_some_and(|standing| standing.in_force()) {
            let words = standing.map_or_else(|| "unknown".to_owned(), |standing| standing.to_string());
            return Err(ServiceError::denied(format!(
                "a case runs under an agreement in force; this one is {words}"
            )));
        }
        let id = self.new_space(state, batch, SpaceKind::Case, Some(new.agreement))?;
        let opened = CaseOpened {
            by: who.person,
            role,
            agreement: new.agreement,
            operation: new.operation.clone(),
            reference: new.reference.clone(),
            purpose: new.purpose.clone(),
        };
        // The opening itself makes the opener the case officer and gives them the pen.
        self.append(state, batch, id, ControlEntry::from(opened))?;
        for org in &new.parties {
            let said = PartyAdded {
                by: who.person,
                role,
                org: org.clone(),
                reason: None,
            };
            self.append(state, batch, id, ControlEntry::from(said))?;
        }
        self.name_person(state, batch, id, who, role, who.person)?;
        log.person(batch, who, "case.opened", &id.to_string());
        Ok(id)
    }

    /// Says the name behind a person's id, to those to whom the agreement lets it go.
    pub(crate) fn name_person(
        &self,
        state: &mut State,
        batch: &mut Batch,
        space: SpaceId,
        who: &SignedIn,
        role: Role,
        person: PersonId,
    ) -> Result<()> {
        let name = state
            .persons
            .get(&person)
            .ok_or(ServiceError::NotFound("person"))?
            .name
            .clone();
        let said = ContentEntry {
            by: who.person,
            role,
            marking: Marking::tlp(Tlp::Amber),
            to: audience(&[])?,
            title: "Name".into(),
            body: PersonNamed {
                person,
                name,
                organisation: self.config.org.clone(),
            }
            .into(),
        };
        self.publish(state, batch, space, said, &Circumstances::default())?;
        Ok(())
    }

    /// One note on a case that the person may see: whole, or, where what they write is within what they were named or
    /// seconded for, in part.
    pub(crate) async fn steer<T: Serialize>(
        &self,
        who: &SignedIn,
        act: Act,
        case: SpaceId,
        what: &str,
        change: impl FnOnce(&mut State, &mut Batch, Role) -> Result<T>,
    ) -> Result<T> {
        let role = act.ask(who)?;
        self.act_once(|state, batch, log: Log| {
            match act {
                // What is written is asked about kind by kind.
                Act::Write | Act::Ask | Act::TakeExpertise | Act::ShareSightings => {
                    self.case_within(state, who, case)?
                }
                _ => self.case_for(state, who, case)?,
            };
            let value = change(state, batch, role)?;
            log.person(batch, who, what, &case.to_string());
            Ok(value)
        })
        .await
    }

    /// Brings a party of the agreement into the case.
    pub async fn add_party(
        &self,
        who: &SignedIn,
        case: SpaceId,
        org: &OrgName,
        reason: &str,
    ) -> Result<EntryRef> {
        self.steer(
            who,
            Act::RunCase,
            case,
            "case.party-added",
            |state, batch, role| {
                let said = PartyAdded {
                    by: who.person,
                    role,
                    org: org.clone(),
                    reason: Some(reason.to_owned()).filter(|reason| !reason.is_empty()),
                };
                self.append(state, batch, case, ControlEntry::from(said))
            },
        )
        .await
    }

    /// Takes a party off the case: it is told of that, and of nothing after. What it has, it has.
    pub async fn remove_party(
        &self,
        who: &SignedIn,
        case: SpaceId,
        org: &OrgName,
        reason: &str,
    ) -> Result<EntryRef> {
        self.steer(
            who,
            Act::RunCase,
            case,
            "case.party-removed",
            |state, batch, role| {
                let said = PartyRemoved {
                    by: who.person,
                    role,
                    org: org.clone(),
                    reason: reason.to_owned(),
                };
                let at = self.append(state, batch, case, ControlEntry::from(said))?;
                self.bid_farewell(state, batch, case, org)?;
                Ok(at)
            },
        )
        .await
    }

    /// Names one of this organisation's own people on a case, who sees all of it.
    pub async fn add_member(
        &self,
        who: &SignedIn,
        case: SpaceId,
        person: PersonId,
        roles: &BTreeSet<Role>,
        until_ms: Option<u64>,
    ) -> Result<EntryRef> {
        let new = NewMember {
            person,
            roles: roles.clone(),
            until_ms,
            scope: None,
        };
        self.name_member(who, case, &new).await
    }

    /// Names one of this organisation's own people on a case, for all of it or for what they need to know. Named
    /// again, the later word counts.
    pub async fn name_member(&self, who: &SignedIn, case: SpaceId, new: &NewMember) -> Result<EntryRef> {
        new.check()?;
        let NewMember {
            person,
            roles,
            until_ms,
            scope,
        } = new;
        let person = *person;
        self.steer(
            who,
            Act::NameMembers,
            case,
            "case.member-added",
            |state, batch, role| {
                let known = state.persons.get(&person).filter(|person| !person.disabled);
                let known = known.ok_or(ServiceError::NotFound("person"))?;
                if let Some(home) = &known.home {
                    return Err(ServiceError::invalid(
                        "person",
                        format!("{} is of {home}: they work here by a secondment", known.name),
                    ));
                }
                if let Some(lacking) = roles.iter().find(|role| !known.roles.contains(role)) {
                    return Err(ServiceError::invalid(
                        "roles",
                        format!("{} does not have the role {lacking} here", known.name),
                    ));
                }
                let said = MemberAdded {
                    by: who.person,
                    role,
                    person,
                    roles: roles.iter().copied().collect(),
                    until_ms: *until_ms,
                    scope: scope.clone(),
                };
                let at = self.append(state, batch, case, ControlEntry::from(said))?;
                self.name_person(state, batch, case, who, role, person)?;
                Ok(at)
            },
        )
        .await
    }

    /// Takes one of this organisation's own people off a case.
    pub async fn remove_member(&self, who: &SignedIn, case: SpaceId, person: PersonId) -> Result<EntryRef> {
        self.steer(
            who,
            Act::NameMembers,
            case,
            "case.member-removed",
            |state, batch, role| {
                let said = MemberRemoved {
                    by: who.person,
                    role,
                    person,
                };
                self.append(state, batch, case, ControlEntry::from(said))
            },
        )
        .await
    }

    /// Takes the case a step further, or back with a reason.
    pub async fn stage_case(
        &self,
        who: &SignedIn,
        case: SpaceId,
        to: Stage,
        reason: Option<String>,
    ) -> Result<EntryRef> {
        self.steer(who, Act::RunCase, case, "case.stage", |state, batch, role| {
            let said = CaseStage {
                by: who.person,
                role,
                to,
                reason,
            };
            self.append(state, batch, case, ControlEntry::from(said))
        })
        .await
    }

    /// Records a legal authority.
    pub async fn record_instrument(
        &self,
        who: &SignedIn,
        case: SpaceId,
        new: &NewInstrument,
    ) -> Result<EntryRef> {
        self.steer(
            who,
            Act::RunCase,
            case,
            "instrument.recorded",
            |state, batch, role| {
                let said = InstrumentRecorded {
                    by: who.person,
                    role,
                    reference: new.reference.clone(),
                    authority: new.authority.clone(),
                    power: new.power.clone(),
                    scope: Scope {
                        categories: new.categories.clone(),
                        text: new.scope.clone(),
                    },
                    addressee: new.addressee.clone(),
                    from_ms: new.from_ms,
                    to_ms: new.to_ms,
                };
                self.append(state, batch, case, ControlEntry::from(said))
            },
        )
        .await
    }

    /// Ends a legal authority.
    pub async fn end_instrument(
        &self,
        who: &SignedIn,
        case: SpaceId,
        instrument: EntryRef,
        reason: &str,
    ) -> Result<EntryRef> {
        self.steer(
            who,
            Act::RunCase,
            case,
            "instrument.ended",
            |state, batch, role| {
                let said = InstrumentEnded {
                    by: who.person,
                    role,
                    instrument,
                    reason: reason.to_owned(),
                };
                self.append(state, batch, case, ControlEntry::from(said))
            },
        )
        .await
    }

    /// Releases a note of this organisation above the ceiling, as its approver. The writer cannot.
    pub async fn approve_release(&self, who: &SignedIn, at: EntryRef, to: &OrgName) -> Result<Decided> {
        Act::Approve.ask(who)?;
        self.act_once(|state, batch, log| {
            let (ledger, _, body) = state.entry(at).ok_or(ServiceError::NotFound("note"))?;
            let crate::journal::Body::Content(entry) = body else {
                return Err(ServiceError::NotFound("note"));
            };
            let (space, writer) = (ledger.space, entry.by);
            self.case_for(state, who, space)?;
            if writer == who.person {
                return Err(ServiceError::denied(
                    "nobody approves the release of their own note",
                ));
            }
            let approval = Approval {
                role: Role::Approver,
                by: who.person,
                of: self.config.org.clone(),
            };
            let circumstances = Circumstances {
                approvals: [approval].into(),
                asked_by: Some(writer),
                ..Circumstances::default()
            };
            let decided = self.release(state, batch, at, to, &circumstances)?;
            if !decided.is_yes() {
                return Err(decided.refusal());
            }
            log.person(batch, who, "release.approved", &format!("{at} to {to}"));
            Ok(decided)
        })
        .await
    }
}
