//! Signing in, and sessions. A session's token is kept only as its SHA-256.

use std::collections::BTreeSet;

use accord_model::{PersonId, Role};
use accord_store::Batch;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::hashing::Counted;
use super::password;
use super::record::{PERSONS, Person, SESSIONS};
use crate::config::TotpPolicy;
use crate::error::{Result, ServiceError};
use crate::journal::State;
use crate::node::Node;

/// A session ends after this long, ms: a working day.
pub const SESSION_MAX_MS: u64 = 12 * 3_600_000;
/// Wrong tries before an account is locked for a while.
pub const WRONG_TRIES_MAX: u32 = 5;
/// Characters of a name typed at a sign-in that failed, as the access log keeps them.
pub const NAME_LOGGED_CHARS: usize = 32;
/// How long, ms.
pub const LOCK_MS: u64 = 15 * 60_000;

/// A stored session.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// Whose.
    pub person: PersonId,
    /// Since when, ms UTC.
    pub from_ms: u64,
    /// Ends at, ms UTC.
    pub until_ms: u64,
    /// Ties forms to this session.
    pub csrf: String,
}

/// What somebody signs in with.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// Account name.
    pub sign_in: String,
    /// Password.
    pub password: String,
    /// One-time code, when the account has one.
    #[serde(default)]
    pub code: Option<String>,
}

/// Who acts: made only from a valid session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The person.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// Roles that hold now.
    pub roles: BTreeSet<Role>,
    /// Whose person they are, when they are seconded to this organisation from another.
    pub home: Option<accord_model::OrgName>,
    /// Ties forms to the session.
    pub csrf: String,
    /// Whether they must enrol a second factor or change the password before anything else.
    pub must_enrol: bool,
}

impl SignedIn {
    /// Refused until the account is made safe: every role rests until then.
    pub fn must_be_ready(&self) -> Result<()> {
        if self.must_enrol {
            return Err(ServiceError::denied(
                "change the first password and enrol a second factor before anything else",
            ));
        }
        Ok(())
    }
}

fn token_id(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// A password and a code that were tried, and what they were compared with.
pub(super) struct Tried {
    pub person: Option<PersonId>,
    right: bool,
    hash: String,
    secret: Option<String>,
    step: Option<u64>,
    _counted: Option<Counted>,
}

impl Tried {
    /// Whether it looked right, before it was settled.
    pub fn looks_right(&self) -> bool {
        self.right
    }

    /// Takes a try that is right, or counts one that is not. What may have changed while it was hashed is looked at
    /// again: the lock, the password, and that the code was not used meanwhile. Whether it holds.
    pub fn settle(&self, person: &mut Person, now_ms: u64) -> bool {
        let open = person.locked_until_ms <= now_ms;
        let same = person.password == self.hash && person.totp == self.secret && !person.disabled;
        let unused = self.step.is_none_or(|step| step > person.totp_step);
        let holds = self.right && open && same && unused;
        if holds {
            person.wrong = 0;
            person.totp_step = self.step.unwrap_or(person.totp_step);
        } else if open {
            person.wrong += 1;
            if person.wrong >= WRONG_TRIES_MAX {
                person.wrong = 0;
                person.locked_until_ms = now_ms.saturating_add(LOCK_MS);
            }
        }
        holds
    }
}

/// A name that somebody typed, for the access log: cut, and nothing in it but visible ASCII.
fn name_typed(name: &str) -> String {
    let mut shown: String = name
        .chars()
        .take(NAME_LOGGED_CHARS)
        .flat_map(char::escape_default)
        .collect();
    if name.chars().nth(NAME_LOGGED_CHARS).is_some() {
        shown.push_str("...");
    }
    shown
}

/// Ends the sessions of a person, but for the one with this token of forms.
pub(super) fn end_sessions_of(
    state: &mut State,
    batch: &mut Batch,
    person: PersonId,
    but: Option<&str>,
) -> usize {
    let over: Vec<String> = state
        .sessions
        .iter()
        .filter(|(_, session)| session.person == person && but != Some(session.csrf.as_str()))
        .map(|(id, _)| id.clone())
        .collect();
    for id in &over {
        state.sessions.remove(id);
        batch.remove(SESSIONS, id);
    }
    over.len()
}

fn drop_ended(state: &mut State, batch: &mut Batch, now_ms: u64) {
    let ended: Vec<String> = state
        .sessions
        .iter()
        .filter(|(_, session)| session.until_ms <= now_ms)
        .map(|(id, _)| id.clone())
        .collect();
    for id in ended {
        state.sessions.remove(&id);
        batch.remove(SESSIONS, &id);
    }
}

impl Node {
    /// Compares a password and a code with those of an account, under the limits of [`Hashing`]. A name that is not
    /// known, an account that is locked and one with too many tries under way cost the same work and are wrong.
    ///
    /// [`Hashing`]: super::hashing::Hashing
    pub(super) async fn try_secrets(
        &self,
        is: impl Fn(&Person) -> bool + Send,
        password: &str,
        code: Option<&str>,
    ) -> Result<Tried> {
        let now = self.now_ms();
        let (person, counted, hash, secret, after) = {
            let state = self.read().await?;
            let found = state
                .persons
                .values()
                .find(|person| !person.disabled && is(person));
            match found {
                None => (None, None, String::new(), None, 0),
                Some(person) => (
                    Some(person.id),
                    // Counted while the state is held, so that no try is settled in between.
                    (person.locked_until_ms <= now)
                        .then(|| self.hashing.count(person.id, person.wrong))
                        .flatten(),
                    person.password.clone(),
                    person.totp.clone(),
                    person.totp_step,
                ),
            }
        };
        let looked_at = counted.is_some();
        let compared = if looked_at {
            hash.clone()
        } else {
            self.decoy_hash().to_owned()
        };
        let tried = password.to_owned();
        let password_right = self
            .hashing
            .run(move || password::verify(&tried, &compared))
            .await?;
        let decoy = "00".repeat(20);
        let known = secret.as_deref().unwrap_or(&decoy);
        let step = password::totp_step(known, code.unwrap_or_default(), now, after);
        let step = if secret.is_some() { step } else { None };
        Ok(Tried {
            person,
            right: looked_at && password_right && (secret.is_none() || step.is_some()),
            hash,
            secret,
            step,
            _counted: counted,
        })
    }

    /// Signs in: the token of a new session.
    pub async fn sign_in(&self, given: &SignIn) -> Result<String> {
        let tried = self
            .try_secrets(
                |person| person.sign_in == given.sign_in,
                &given.password,
                given.code.as_deref(),
            )
            .await?;
        let now = self.now_ms();
        let token = hex::encode(self.random::<32>());
        let csrf = hex::encode(self.random::<16>());
        let name = name_typed(&given.sign_in);
        let entered = self
            .act(|state, batch, log| {
                drop_ended(state, batch, now);
                let person = tried.person.and_then(|id| state.persons.get_mut(&id));
                let Some(person) = person else {
                    log.nobody(batch, "sign-in.failed", &name);
                    return Ok(false);
                };
                let was = person.locked_until_ms;
                let holds = tried.settle(person, now);
                batch.document(PERSONS, &person.id.to_string(), person);
                if !holds {
                    log.nobody(batch, "sign-in.failed", &name);
                    if person.locked_until_ms != was {
                        log.nobody(batch, "account.locked", &name);
                    }
                    return Ok(false);
                }
                log.entering(batch, person.id, "signed-in", &name);
                let session = Session {
                    person: person.id,
                    from_ms: now,
                    until_ms: now.saturating_add(SESSION_MAX_MS),
                    csrf,
                };
                batch.document(SESSIONS, &token_id(&token), &session);
                state.sessions.insert(token_id(&token), session);
                Ok(true)
            })
            .await?;
        if entered {
            Ok(token)
        } else {
            Err(ServiceError::SignInFailed)
        }
    }

    /// Who a session's token belongs to.
    pub async fn session(&self, token: &str) -> Result<SignedIn> {
        let state = self.read().await?;
        let session = state
            .sessions
            .get(&token_id(token))
            .ok_or(ServiceError::NotSignedIn)?;
        let person = state
            .persons
            .get(&session.person)
            .filter(|person| !person.disabled);
        let person = person.ok_or(ServiceError::NotSignedIn)?;
        if session.until_ms <= self.now_ms() {
            return Err(ServiceError::NotSignedIn);
        }
        Ok(SignedIn {
            csrf: session.csrf.clone(),
            ..self.with_rights_of(person)
        })
    }

    /// A person with the rights they have now, for what is done for them without a session.
    pub(crate) fn with_rights_of(&self, person: &Person) -> SignedIn {
        let must_enrol =
            person.must_change || (self.config.totp == TotpPolicy::Required && person.totp.is_none());
        SignedIn {
            person: person.id,
            name: person.name.clone(),
            // Until the account is made safe it may do nothing but that.
            roles: if must_enrol {
                BTreeSet::new()
            } else {
                person.roles.clone()
            },
            home: person.home.clone(),
            csrf: String::new(),
            must_enrol,
        }
    }

    /// Ends a session.
    pub async fn sign_out(&self, token: &str) -> Result<()> {
        let id = token_id(token);
        self.act(|state, batch: &mut Batch, log| {
            if let Some(session) = state.sessions.remove(&id) {
                batch.remove(SESSIONS, &id);
                log.entering(batch, session.person, "signed-out", "");
            }
            Ok(())
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_the_log_is_cut_and_escaped() {
        let check = |name: &str, shown: &str| assert_eq!(name_typed(name), shown);
        check("priya", "priya");
        check("", "");
        check("a\nb\u{202e}\"", "a\\nb\\u{202e}\\\"");
        check(&"x".repeat(NAME_LOGGED_CHARS), &"x".repeat(NAME_LOGGED_CHARS));
        let cut = format!("{}...", "x".repeat(NAME_LOGGED_CHARS));
        check(&"x".repeat(NAME_LOGGED_CHARS + 1), &cut);
    }
}
