//! Signing in, and sessions. A session's token is kept only as its SHA-256.

use std::collections::BTreeSet;

use accord_model::{PersonId, Role};
use accord_store::Batch;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::password;
use super::record::{PERSONS, SESSIONS};
use crate::config::TotpPolicy;
use crate::error::{Result, ServiceError};
use crate::node::Node;

/// A session ends after this long, ms: a working day.
pub const SESSION_MAX_MS: u64 = 12 * 3_600_000;
/// Wrong tries before an account is locked for a while.
pub const WRONG_TRIES_MAX: u32 = 5;
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

impl Node {
    /// Signs in: the token of a new session.
    pub async fn sign_in(&self, given: &SignIn) -> Result<String> {
        let now = self.now_ms();
        let found = {
            let state = self.read().await?;
            state
                .persons
                .values()
                .find(|person| person.sign_in == given.sign_in && !person.disabled)
                .cloned()
        };
        let Some(person) = found else {
            // The same work as for a known name, so that time does not tell which names exist.
            let decoy = self.decoy_hash().to_owned();
            let tried = given.password.clone();
            blocking(move || password::verify(&tried, &decoy)).await;
            return Err(ServiceError::SignInFailed);
        };
        if person.locked_until_ms > now {
            return Err(ServiceError::LockedOut {
                until_ms: person.locked_until_ms,
            });
        }
        let (hash, tried) = (person.password.clone(), given.password.clone());
        let password_right = blocking(move || password::verify(&tried, &hash)).await;
        let step = match &person.totp {
            None => Some(person.totp_step),
            Some(secret) => {
                let code = given.code.as_deref().unwrap_or_default();
                password::totp_step(secret, code, now, person.totp_step)
            }
        };
        let right = password_right && step.is_some();
        let token = hex::encode(self.random::<32>());
        let csrf = hex::encode(self.random::<16>());
        self.act(|state, batch, _| {
            let Some(person) = state.persons.get_mut(&person.id) else {
                return Err(ServiceError::SignInFailed);
            };
            if right {
                person.wrong = 0;
                person.totp_step = step.unwrap_or(person.totp_step);
                let session = Session {
                    person: person.id,
                    from_ms: now,
                    until_ms: now.saturating_add(SESSION_MAX_MS),
                    csrf,
                };
                batch.document(SESSIONS, &token_id(&token), &session);
                state.sessions.insert(token_id(&token), session);
            } else {
                person.wrong += 1;
                if person.wrong >= WRONG_TRIES_MAX {
                    person.wrong = 0;
                    person.locked_until_ms = now.saturating_add(LOCK_MS);
                }
            }
            batch.document(PERSONS, &person.id.to_string(), person);
            Ok(())
        })
        .await?;
        if right {
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
        let must_enrol =
            person.must_change || (self.config.totp == TotpPolicy::Required && person.totp.is_none());
        Ok(SignedIn {
            person: person.id,
            name: person.name.clone(),
            // Until the account is made safe it may do nothing but that.
            roles: if must_enrol {
                BTreeSet::new()
            } else {
                person.roles.clone()
            },
            csrf: session.csrf.clone(),
            must_enrol,
        })
    }

    /// Ends a session.
    pub async fn sign_out(&self, token: &str) -> Result<()> {
        let id = token_id(token);
        self.act(|state, batch: &mut Batch, _| {
            state.sessions.remove(&id);
            batch.remove(SESSIONS, &id);
            Ok(())
        })
        .await
    }
}

/// Runs what takes long on a thread of its own. A panic there is a wrong answer, never a crash.
pub(super) async fn blocking<T: Send + Default + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap_or_default()
}
