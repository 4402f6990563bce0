//! One's own password and second factor. Replacing either asks for what the person has now, so that a stolen session
//! is not enough; it ends their other sessions, and it stands in the access log.

use super::password;
use super::record::{PERSONS, PersonView};
use super::sessions::{SignedIn, Tried, end_sessions_of};
use crate::error::{Result, ServiceError};
use crate::node::Node;

/// How long a second factor that was offered may be confirmed, ms.
pub const OFFER_MAX_MS: u64 = 10 * 60_000;

impl Node {
    /// One's own account, and whether its password must be changed first.
    pub async fn own_account(&self, who: &SignedIn) -> Result<(PersonView, bool)> {
        let state = self.read().await?;
        let person = state.persons.get(&who.person).ok_or(ServiceError::NotSignedIn)?;
        Ok((person.view(self.now_ms()), person.must_change))
    }

    /// Tries what the person gave as their own. Wrong tries count as those of signing in do.
    async fn try_own(&self, who: &SignedIn, password: &str, code: Option<&str>) -> Result<Tried> {
        self.try_secrets(|person| person.id == who.person, password, code)
            .await
    }

    /// Changes one's own password: with the one so far, and the code of the second factor where there is one. Ends
    /// one's other sessions.
    pub async fn change_password(
        &self,
        who: &SignedIn,
        old: &str,
        code: Option<&str>,
        new: &str,
    ) -> Result<()> {
        password::check_new(new)?;
        let tried = self.try_own(who, old, code).await?;
        let hashed = if tried.looks_right() {
            self.hash(new).await?
        } else {
            String::new()
        };
        let now = self.now_ms();
        let changed = self
            .act(|state, batch, log| {
                let person = state
                    .persons
                    .get_mut(&who.person)
                    .ok_or(ServiceError::NotSignedIn)?;
                let holds = tried.settle(person, now);
                if holds {
                    person.password = hashed;
                    person.must_change = false;
                }
                batch.document(PERSONS, &who.person.to_string(), person);
                if holds {
                    end_sessions_of(state, batch, who.person, Some(&who.csrf));
                    log.person(batch, who, "password.changed", "");
                } else {
                    log.person(batch, who, "password.change-failed", "");
                }
                Ok(holds)
            })
            .await?;
        if changed {
            Ok(())
        } else {
            Err(ServiceError::SignInFailed)
        }
    }

    /// Offers a new second factor, for ten minutes: its `otpauth` address. With the password, and the code of the
    /// second factor so far where there is one.
    pub async fn offer_totp(&self, who: &SignedIn, password: &str, code: Option<&str>) -> Result<String> {
        let tried = self.try_own(who, password, code).await?;
        let secret = hex::encode(self.random::<20>());
        let now = self.now_ms();
        let offered = self
            .act(|state, batch, log| {
                let person = state
                    .persons
                    .get_mut(&who.person)
                    .ok_or(ServiceError::NotSignedIn)?;
                let holds = tried.settle(person, now);
                if holds {
                    person.totp_offered = Some(secret.clone());
                    person.totp_offered_until_ms = now.saturating_add(OFFER_MAX_MS);
                    log.person(batch, who, "second-factor.offered", "");
                } else {
                    log.person(batch, who, "second-factor.offer-failed", "");
                }
                batch.document(PERSONS, &who.person.to_string(), person);
                let uri = password::totp_uri(&secret, self.config.org.as_str(), &person.sign_in);
                Ok(holds.then_some(uri))
            })
            .await?;
        offered.ok_or(ServiceError::SignInFailed)
    }

    /// Takes the offered second factor into use, once a code shows that the person has it. Ends one's other
    /// sessions.
    pub async fn confirm_totp(&self, who: &SignedIn, code: &str) -> Result<()> {
        let now = self.now_ms();
        self.act(|state, batch, log| {
            let person = state
                .persons
                .get_mut(&who.person)
                .ok_or(ServiceError::NotSignedIn)?;
            let offered = person
                .totp_offered
                .clone()
                .filter(|_| person.totp_offered_until_ms > now);
            let offered =
                offered.ok_or_else(|| ServiceError::Conflict("ask for a second factor first".into()))?;
            let step = password::totp_step(&offered, code, now, 0)
                .ok_or_else(|| ServiceError::invalid("code", "not the code of the second factor offered"))?;
            person.totp = Some(offered);
            person.totp_offered = None;
            person.totp_step = step;
            batch.document(PERSONS, &who.person.to_string(), person);
            end_sessions_of(state, batch, who.person, Some(&who.csrf));
            log.person(batch, who, "second-factor.changed", "");
            Ok(())
        })
        .await
    }
}
