//! Switching people off, and helping those who lost what they sign in with.
//!
//! Taking away needs one hand, the operator's, and works at once. Giving needs two: a role that is asked for, a new
//! first password and a second factor taken off each wait for a signatory, who is neither the asker nor the person.
//! Otherwise an operator alone could become anybody, an approver too.

use std::collections::BTreeSet;

use accord_model::control::role_is_of;
use accord_model::{PersonId, Role};
use accord_store::Batch;

use super::password;
use super::record::{PERSONS, Person, PersonView, Reset, ResetKind};
use super::sessions::{SignedIn, end_sessions_of};
use crate::error::{Result, ServiceError};
use crate::journal::State;
use crate::node::{Log, Node};
use crate::permit::Act;

/// How long a reset waits for a signatory, ms: three days.
pub const RESET_MAX_MS: u64 = 3 * 24 * 3_600_000;

fn open(state: &mut State, id: PersonId) -> Result<&mut Person> {
    let person = state
        .persons
        .get_mut(&id)
        .ok_or(ServiceError::NotFound("person"))?;
    if person.disabled {
        return Err(ServiceError::Conflict("this account is closed".into()));
    }
    Ok(person)
}

/// A node that lost its last operator or signatory could not be helped any more.
fn not_the_last(state: &State, id: PersonId, leaves: impl Fn(Role) -> bool) -> Result<()> {
    for role in [Role::Operator, Role::Signatory] {
        let holds = |person: &&Person| !person.disabled && person.roles.contains(&role);
        let others = state
            .persons
            .values()
            .filter(holds)
            .filter(|person| person.id != id);
        let had = state.persons.get(&id).is_some_and(|person| holds(&person));
        if had && leaves(role) && others.count() == 0 {
            return Err(ServiceError::Conflict(format!(
                "this is the last {role} of the node: make another one first"
            )));
        }
    }
    Ok(())
}

impl Node {
    /// One act of the operator on one account.
    async fn keep_account(
        &self,
        who: &SignedIn,
        id: PersonId,
        what: &str,
        change: impl FnOnce(&mut State, &mut Batch) -> Result<()>,
    ) -> Result<PersonView> {
        Act::ManagePeople.ask(who)?;
        self.act_once(|state, batch, log: Log| {
            open(state, id)?;
            change(state, batch)?;
            let person = open_or_closed(state, id)?;
            batch.document(PERSONS, &id.to_string(), person);
            log.person(batch, who, what, &id.to_string());
            Ok(person.view(self.now_ms()))
        })
        .await
    }

    /// Closes an account for good: its sessions end, its roles are gone. The person stays named in old notes.
    pub async fn close_account(&self, who: &SignedIn, id: PersonId) -> Result<PersonView> {
        self.keep_account(who, id, "people.closed", |state, batch| {
            not_the_last(state, id, |_| true)?;
            end_sessions_of(state, batch, id, None);
            crate::intel::drop_drafts_of(state, batch, id);
            crate::own_hunts::end_hunts_of(state, batch, id);
            crate::sql_kept::end_kept_sql_of(state, batch, id);
            let person = open(state, id)?;
            person.disabled = true;
            person.roles.clear();
            person.pending.clear();
            person.pending_by = None;
            person.reset = None;
            person.totp_offered = None;
            Ok(())
        })
        .await
    }

    /// Takes a role away, at once, or one that waits.
    pub async fn withdraw_role(&self, who: &SignedIn, id: PersonId, role: Role) -> Result<PersonView> {
        self.keep_account(who, id, "people.role-withdrawn", |state, _| {
            not_the_last(state, id, |left| left == role)?;
            let person = open(state, id)?;
            let had = person.roles.remove(&role);
            if !(person.pending.remove(&role) || had) {
                return Err(ServiceError::invalid(
                    "role",
                    format!("{} is no {role}", person.name),
                ));
            }
            if person.pending.is_empty() {
                person.pending_by = None;
            }
            Ok(())
        })
        .await
    }

    /// Asks for more roles; they wait for a signatory.
    pub async fn ask_roles(
        &self,
        who: &SignedIn,
        id: PersonId,
        roles: &BTreeSet<Role>,
    ) -> Result<PersonView> {
        Act::ManagePeople.ask(who)?;
        let kind = self.config.kind;
        let bad = roles
            .iter()
            .find(|role| !role_is_of(**role, kind) || matches!(role, Role::Guest | Role::ServiceAccount));
        if let Some(role) = bad {
            let message = format!("{role} is not a role of people at {kind} organisations");
            return Err(ServiceError::invalid("roles", message));
        }
        self.keep_account(who, id, "people.roles-asked", |state, _| {
            let person = open(state, id)?;
            if person.home.is_some() {
                return Err(ServiceError::denied(
                    "a seconded person has one role here, and decides nothing",
                ));
            }
            let new: BTreeSet<Role> = roles.difference(&person.roles).copied().collect();
            if new.is_empty() {
                return Err(ServiceError::invalid("roles", "choose one they do not have"));
            }
            // Who asked last has asked for all of them: they cannot confirm any.
            person.pending.extend(new);
            person.pending_by = Some(who.person);
            Ok(())
        })
        .await
    }

    /// Ends every session of a person.
    pub async fn end_sessions(&self, who: &SignedIn, id: PersonId) -> Result<PersonView> {
        self.keep_account(who, id, "people.sessions-ended", |state, batch| {
            end_sessions_of(state, batch, id, None);
            Ok(())
        })
        .await
    }

    /// Asks that a person gets a new first password. Nothing changes before a signatory confirms it.
    pub async fn reset_password(&self, who: &SignedIn, id: PersonId, first: &str) -> Result<PersonView> {
        Act::ManagePeople.ask(who)?;
        password::check_new(first)?;
        let hash = self.hash(first).await?;
        self.ask_reset(
            who,
            id,
            "people.password-reset-asked",
            ResetKind::Password { hash },
        )
        .await
    }

    /// Asks that a person's second factor is taken off, so that they set up a new one. Nothing changes before a
    /// signatory confirms it.
    pub async fn reset_second_factor(&self, who: &SignedIn, id: PersonId) -> Result<PersonView> {
        self.ask_reset(
            who,
            id,
            "people.second-factor-reset-asked",
            ResetKind::SecondFactor,
        )
        .await
    }

    async fn ask_reset(
        &self,
        who: &SignedIn,
        id: PersonId,
        what: &str,
        kind: ResetKind,
    ) -> Result<PersonView> {
        let until_ms = self.now_ms().saturating_add(RESET_MAX_MS);
        self.keep_account(who, id, what, |state, _| {
            open(state, id)?.reset = Some(Reset {
                kind,
                by: who.person,
                until_ms,
            });
            Ok(())
        })
        .await
    }

    /// Confirms a reset that an operator asked for: it takes effect, and the person's sessions end. Nobody confirms
    /// their own, or one they asked for.
    pub async fn confirm_reset(&self, who: &SignedIn, id: PersonId) -> Result<PersonView> {
        Act::ConfirmReset.ask(who)?;
        let now = self.now_ms();
        self.act_once(|state, batch, log| {
            let person = open(state, id)?;
            let reset = person.reset.take().filter(|reset| reset.until_ms > now);
            let reset =
                reset.ok_or_else(|| ServiceError::Conflict("no reset waits for this person".into()))?;
            if who.person == id || reset.by == who.person {
                return Err(ServiceError::denied(
                    "nobody confirms a reset of their own account, or one they asked for",
                ));
            }
            let what = match reset.kind {
                ResetKind::Password { hash } => {
                    person.password = hash;
                    person.must_change = true;
                    "people.password-reset"
                }
                ResetKind::SecondFactor => {
                    person.totp = None;
                    person.totp_offered = None;
                    "people.second-factor-reset"
                }
            };
            person.wrong = 0;
            person.locked_until_ms = 0;
            let view = person.view(now);
            batch.document(PERSONS, &id.to_string(), person);
            end_sessions_of(state, batch, id, None);
            log.person(batch, who, what, &id.to_string());
            Ok(view)
        })
        .await
    }
}

fn open_or_closed(state: &State, id: PersonId) -> Result<&Person> {
    state.persons.get(&id).ok_or(ServiceError::NotFound("person"))
}
