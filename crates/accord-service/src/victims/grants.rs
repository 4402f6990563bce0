//! Looks at who a victim is: asked for by one person, given by a custodian and a case officer, neither of them the
//! asker, until a time. Every look is a note before anything is shown. The model's fold says what stands.

use accord_model::content::grants::{Grant, GrantStanding, grants};
use accord_model::content::{
    Audience, ContentBody, ContentEntry, GrantAsked, GrantEnded, GrantGiven, GrantUsed,
};
use accord_model::{Category, EntryKind, EntryRef, Marking, Role, SpaceId, Tlp};
use accord_store::Batch;
use serde::Deserialize;

use super::Identity;
use super::giving::no_identity;
use crate::error::{Denial, Result, ServiceError};
use crate::journal::{Body, Space, State};
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::release::Circumstances;
use crate::views::said_of;

/// Longest grant, ms: 30 days.
pub const GRANT_MAX_MS: u64 = 30 * 86_400_000;

/// One hand.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Giving {
    /// Until when looks may be taken, ms UTC, excluded.
    pub until_ms: u64,
    /// Why, if it needs saying.
    #[serde(default)]
    pub reason: Option<String>,
    /// In which role, for who has both; the one that is missing otherwise.
    #[serde(default)]
    pub role: Option<Role>,
}

fn refused(words: &str, who: Role) -> ServiceError {
    ServiceError::Denied(Box::new(Denial {
        rule: words.to_owned(),
        clause: None,
        who: Some(who),
    }))
}

impl Node {
    /// The grants of a case, by their asking.
    pub(super) fn grants_of<'a>(
        &self,
        state: &'a State,
        space: &'a Space,
    ) -> std::collections::BTreeMap<EntryRef, Grant<'a>> {
        let wanted =
            |kind: EntryKind| matches!(kind.category(), Some(Category::VictimIdentity | Category::Grant));
        grants(&said_of(state, space, wanted), &|a, b| space.before(a, b))
    }

    fn grant_for<'a>(
        &self,
        state: &'a State,
        who: &SignedIn,
        asked: EntryRef,
    ) -> Result<(&'a Space, Grant<'a>)> {
        let missing = || ServiceError::NotFound("grant");
        let (ledger, _, _) = state.entry(asked).ok_or_else(missing)?;
        let space = self.case_for(state, who, ledger.space).map_err(|_| missing())?;
        let grant = self.grants_of(state, space).remove(&asked).ok_or_else(missing)?;
        if *grant.org == self.config.org {
            Ok((space, grant))
        } else {
            Err(missing())
        }
    }

    /// Writes a note of a grant: for this organisation alone.
    #[expect(clippy::too_many_arguments, reason = "what a note is made of")]
    fn grant_note(
        &self,
        state: &mut State,
        batch: &mut Batch,
        case: SpaceId,
        who: &SignedIn,
        role: Role,
        title: &str,
        body: impl Into<ContentBody>,
    ) -> Result<EntryRef> {
        let entry = ContentEntry {
            by: who.person,
            role,
            marking: Marking::tlp(Tlp::Red),
            to: Audience::one(self.config.org.clone()),
            title: title.to_owned(),
            body: body.into(),
        };
        Ok(self
            .publish(state, batch, case, entry, &Circumstances::default())?
            .at)
    }

    /// The identity of a victim that a grant is asked for: the newest, but what can be read here goes before what
    /// cannot, and what this organisation's own custodian filed before what a partner gave.
    pub(super) fn newest_identity(&self, state: &State, space: &Space, victim: EntryRef) -> Option<EntryRef> {
        let of = |body: &Body| match body {
            Body::Content(entry) => {
                matches!(&entry.body, ContentBody::VictimIdentity(said) if said.victim == victim)
            }
            _ => false,
        };
        let identities = space.of_kinds(|kind| kind == EntryKind::VictimIdentity);
        let mut newest: Vec<EntryRef> = identities
            .into_iter()
            .rev()
            .filter(|at| {
                state.entry(*at).is_some_and(|(_, _, body)| of(body))
                    && crate::views::set_aside(state, space, *at).is_none()
                    && !space.control.is_recalled(*at)
                    && no_identity(state, &self.config, *at).is_none()
            })
            .collect();
        newest.sort_by_key(|at| {
            let own = state.entry(*at).is_some_and(|(ledger, ..)| ledger.own);
            (!self.can_open(state, *at), !own)
        });
        newest.first().copied()
    }

    /// Asks to look at who a victim is. The victim reads the reason.
    pub async fn ask_grant(&self, who: &SignedIn, victim: EntryRef, reason: &str) -> Result<EntryRef> {
        Act::AskGrant.ask(who)?;
        self.act_once(|state, batch, log| {
            let (case, _) = self.victim_for(state, who, victim)?;
            let space = state.spaces.get(&case).ok_or(ServiceError::NotFound("case"))?;
            let role = self.writer(space, who, Act::AskGrant, EntryKind::GrantAsked)?;
            let identity = self.newest_identity(state, space, victim).ok_or_else(|| {
                ServiceError::Conflict(
                    "no custodian here keeps who this victim is: there is nothing to look at".into(),
                )
            })?;
            let body = GrantAsked {
                identity,
                reason: reason.trim().to_owned(),
            };
            let title = "Asks to look at who a victim is";
            let at = self.grant_note(state, batch, case, who, role, title, body)?;
            log.person(batch, who, "grant.asked", &victim.to_string());
            Ok(at)
        })
        .await
    }

    /// In which role a person gives a hand: one that they have on the case, and that is missing.
    fn hand(&self, space: &Space, who: &SignedIn, grant: &Grant<'_>, wanted: Option<Role>) -> Result<Role> {
        let on_case = space
            .control
            .roles_of(&self.config.org, who.person, self.now_ms());
        let has = |role: Role| who.roles.contains(&role) && on_case.contains(&role);
        let missing = |role: Role| !grant.hands.iter().any(|hand| hand.role == role);
        let mut roles = [Role::Custodian, Role::CaseOfficer]
            .into_iter()
            .filter(|role| has(*role) && wanted.is_none_or(|wanted| wanted == *role))
            .peekable();
        let first = roles.peek().copied();
        let right = roles.find(|role| missing(*role)).or(first);
        right.ok_or_else(|| {
            refused(
                "a look is given by a custodian and a case officer who are named on the case",
                wanted.unwrap_or(Role::Custodian),
            )
        })
    }

    /// Gives one of the two hands.
    pub async fn give_grant(&self, who: &SignedIn, asked: EntryRef, giving: &Giving) -> Result<EntryRef> {
        Act::GiveGrant.ask(who)?;
        self.act_once(|state, batch, log| {
            let now_ms = self.now_ms();
            let (space, grant) = self.grant_for(state, who, asked)?;
            if grant.asker == who.person {
                return Err(refused("nobody gives a look to themselves", Role::Custodian));
            }
            if grant.hands.iter().any(|hand| hand.person == who.person) {
                return Err(refused(
                    "you have given your hand: the other one is somebody else's",
                    Role::CaseOfficer,
                ));
            }
            if !matches!(grant.standing(now_ms), GrantStanding::Waiting { .. }) {
                return Err(ServiceError::Conflict(
                    "it waits for nobody: it stands, or is over".into(),
                ));
            }
            if giving.until_ms <= now_ms || giving.until_ms > now_ms.saturating_add(GRANT_MAX_MS) {
                return Err(ServiceError::invalid(
                    "until_ms",
                    "give a time ahead, at most 30 days",
                ));
            }
            let role = self.hand(space, who, &grant, giving.role)?;
            let case = space.id;
            let body = GrantGiven {
                asked,
                until_ms: giving.until_ms,
                reason: giving.reason.clone().filter(|reason| !reason.trim().is_empty()),
            };
            let title = "Gives a look at who a victim is";
            let at = self.grant_note(state, batch, case, who, role, title, body)?;
            log.person(batch, who, "grant.given", &asked.to_string());
            Ok(at)
        })
        .await
    }

    /// Ends a grant, for good.
    pub async fn end_grant(&self, who: &SignedIn, asked: EntryRef, reason: &str) -> Result<EntryRef> {
        Act::GiveGrant.ask(who)?;
        self.act_once(|state, batch, log| {
            let (space, grant) = self.grant_for(state, who, asked)?;
            if grant.ended.is_some() {
                return Err(ServiceError::Conflict("it was ended before".into()));
            }
            let role = self.writer(space, who, Act::GiveGrant, EntryKind::GrantEnded)?;
            let case = space.id;
            let body = GrantEnded {
                asked,
                reason: reason.trim().to_owned(),
            };
            let title = "Ends a look at who a victim is";
            let at = self.grant_note(state, batch, case, who, role, title, body)?;
            log.person(batch, who, "grant.ended", &asked.to_string());
            Ok(at)
        })
        .await
    }

    /// Uses a grant that stands, and says so in a note: the identity's note, and who the victim is.
    pub(super) fn use_grant(
        &self,
        state: &mut State,
        batch: &mut Batch,
        who: &SignedIn,
        asked: EntryRef,
        text: &str,
    ) -> Result<(EntryRef, Identity)> {
        let (space, grant) = self.grant_for(state, who, asked)?;
        if grant.asker != who.person {
            return Err(refused("only who asked for a look takes it", Role::Investigator));
        }
        match grant.standing(self.now_ms()) {
            GrantStanding::Stands { .. } => {}
            GrantStanding::Waiting { custodian, .. } => {
                let who = if custodian {
                    Role::Custodian
                } else {
                    Role::CaseOfficer
                };
                return Err(refused(
                    "a look needs the hands of a custodian and of a case officer: one is missing",
                    who,
                ));
            }
            GrantStanding::Expired => return Err(refused("its time is over: ask again", Role::Custodian)),
            GrantStanding::Ended(_) => return Err(refused("it was ended: ask again", Role::Custodian)),
        }
        let role = self.writer(space, who, Act::AskGrant, EntryKind::GrantUsed)?;
        let (case, identity) = (space.id, grant.identity);
        if let Some(why) = no_identity(state, &self.config, identity) {
            return Err(ServiceError::Conflict(why));
        }
        let opened = self.open_identity(state, identity).ok_or_else(|| {
            ServiceError::Conflict(
                "it was not sealed to the custodian key that this node has now: it cannot be read here"
                    .into(),
            )
        })?;
        self.tell_giver(state, batch, who, identity);
        let body = GrantUsed {
            asked,
            text: text.trim().to_owned(),
        };
        self.grant_note(state, batch, case, who, role, "Looked at who a victim is", body)?;
        Ok((identity, opened))
    }

    /// Looks at who a victim is. `text` says what for, and the victim reads it. The note of the look is written first;
    /// what is shown is kept nowhere, so that a request sent again is another look.
    pub async fn look(&self, who: &SignedIn, asked: EntryRef, text: &str) -> Result<Identity> {
        Act::AskGrant.ask(who)?;
        self.act(|state, batch, log| {
            let (_, identity) = self.use_grant(state, batch, who, asked, text)?;
            log.person(batch, who, "grant.used", &asked.to_string());
            Ok(identity)
        })
        .await
    }
}
