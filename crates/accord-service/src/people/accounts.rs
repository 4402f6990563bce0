//! Accounts and roles.

use std::collections::BTreeSet;

use accord_model::control::{SECONDED_ROLE, role_is_of};
use accord_model::{OrgName, PersonId, Role};
use serde::Deserialize;

use super::password;
use super::record::{PERSONS, Person, PersonView};
use super::sessions::SignedIn;
use crate::error::{Result, ServiceError};
use crate::node::Node;
use crate::permit::Act;

/// Most accounts of a node.
pub const PERSONS_MAX: usize = 10_000;

/// A new account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPerson {
    /// What they will sign in with: 1 to 64 of a-z, 0-9, `.`, `-`, `_`.
    pub sign_in: String,
    /// Their name, 1 to 100 characters.
    pub name: String,
    /// Roles asked for; a signatory confirms them.
    pub roles: BTreeSet<Role>,
    /// A first password, to be changed at the first sign-in.
    pub password: String,
}

/// A new account for somebody seconded to this organisation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewSecondee {
    /// What they will sign in with here.
    pub sign_in: String,
    /// Their name.
    pub name: String,
    /// The id they have at home: secondments name it.
    pub person: PersonId,
    /// Whose person they are and stay.
    pub home: OrgName,
    /// A first password, to be changed at the first sign-in.
    pub password: String,
}

impl NewPerson {
    fn check(&self, node: &Node) -> Result<()> {
        let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'_');
        if self.sign_in.is_empty() || self.sign_in.len() > 64 || !self.sign_in.bytes().all(good) {
            return Err(ServiceError::invalid(
                "sign_in",
                "1 to 64 of a-z, 0-9, '.', '-' and '_'",
            ));
        }
        let chars = self.name.chars().count();
        if self.name.trim().is_empty() || chars > 100 || self.name.contains(char::is_control) {
            return Err(ServiceError::invalid("name", "1 to 100 characters"));
        }
        // Whoever is named decides, and others rely on who it was.
        if accord_formats::letters::visible(&self.name) != self.name {
            return Err(ServiceError::invalid(
                "name",
                "it has characters that nobody sees: type it again",
            ));
        }
        for role in &self.roles {
            if !role_is_of(*role, node.config.kind) || matches!(role, Role::Guest | Role::ServiceAccount) {
                let message = format!(
                    "{role} is not a role of people at {} organisations",
                    node.config.kind
                );
                return Err(ServiceError::invalid("roles", message));
            }
        }
        password::check_new(&self.password)
    }
}

impl Node {
    pub(super) async fn hash(&self, password: &str) -> Result<String> {
        let (cost, salt, password) = (
            self.config.password_cost,
            self.random::<16>(),
            password.to_owned(),
        );
        self.hashing
            .run(move || password::hash(&password, cost, salt).unwrap_or_default())
            .await?
            .pipe_non_empty()
    }

    fn person_record(&self, new: &NewPerson, hashed: String) -> Person {
        Person {
            id: PersonId(self.random()),
            sign_in: new.sign_in.clone(),
            name: new.name.trim().to_owned(),
            roles: BTreeSet::new(),
            pending: new.roles.clone(),
            pending_by: None,
            password: hashed,
            must_change: true,
            totp: None,
            totp_offered: None,
            totp_offered_until_ms: 0,
            totp_step: 0,
            wrong: 0,
            locked_until_ms: 0,
            disabled: false,
            reset: None,
            home: None,
        }
    }

    /// The first two accounts of a node, made when it is made: its operator and its signatory. Refused once there
    /// is anybody.
    pub async fn found(&self, operator: &NewPerson, signatory: &NewPerson) -> Result<()> {
        operator.check(self)?;
        signatory.check(self)?;
        let hashes = [
            self.hash(&operator.password).await?,
            self.hash(&signatory.password).await?,
        ];
        self.act(|state, batch, _| {
            if !state.persons.is_empty() {
                return Err(ServiceError::Conflict(
                    "this node has its first accounts already".into(),
                ));
            }
            for (new, hashed) in [operator, signatory].into_iter().zip(hashes) {
                let mut person = self.person_record(new, hashed);
                person.roles = std::mem::take(&mut person.pending);
                batch.document(PERSONS, &person.id.to_string(), &person);
                state.persons.insert(person.id, person);
            }
            Ok(())
        })
        .await
    }

    /// Makes an account. Its roles wait for a signatory.
    pub async fn add_person(&self, who: &SignedIn, new: &NewPerson) -> Result<PersonView> {
        Act::ManagePeople.ask(who)?;
        new.check(self)?;
        let hashed = self.hash(&new.password).await?;
        self.act_once(|state, batch, log| {
            if state.persons.values().any(|person| person.sign_in == new.sign_in) {
                return Err(ServiceError::Conflict(format!(
                    "there is an account {} already",
                    new.sign_in
                )));
            }
            if state.persons.len() >= PERSONS_MAX {
                return Err(ServiceError::Conflict(format!(
                    "a node keeps at most {PERSONS_MAX} accounts"
                )));
            }
            let mut person = self.person_record(new, hashed);
            person.pending_by = Some(who.person);
            batch.document(PERSONS, &person.id.to_string(), &person);
            log.person(batch, who, "people.added", &person.id.to_string());
            let view = person.view(self.now_ms());
            state.persons.insert(person.id, person);
            Ok(view)
        })
        .await
    }

    /// Makes an account for a person whom another organisation seconds to this one. Its one role waits for a
    /// signatory; what it opens is said by secondments alone.
    pub async fn add_secondee(&self, who: &SignedIn, new: &NewSecondee) -> Result<PersonView> {
        Act::ManagePeople.ask(who)?;
        let plain = NewPerson {
            sign_in: new.sign_in.clone(),
            name: new.name.clone(),
            roles: BTreeSet::new(),
            password: new.password.clone(),
        };
        plain.check(self)?;
        if new.home == self.config.org {
            return Err(ServiceError::invalid(
                "home",
                "a seconded person is of another organisation",
            ));
        }
        let hashed = self.hash(&new.password).await?;
        self.act_once(|state, batch, log| {
            let taken = state.persons.values().any(|person| person.sign_in == new.sign_in);
            if taken || state.persons.contains_key(&new.person) {
                return Err(ServiceError::Conflict(
                    "there is an account of this sign-in or this person already".into(),
                ));
            }
            if state.persons.len() >= PERSONS_MAX {
                return Err(ServiceError::Conflict(format!(
                    "a node keeps at most {PERSONS_MAX} accounts"
                )));
            }
            let mut person = self.person_record(&plain, hashed);
            person.id = new.person;
            person.home = Some(new.home.clone());
            person.pending = BTreeSet::from([SECONDED_ROLE]);
            person.pending_by = Some(who.person);
            batch.document(PERSONS, &person.id.to_string(), &person);
            log.person(batch, who, "people.secondee-added", &person.id.to_string());
            let view = person.view(self.now_ms());
            state.persons.insert(person.id, person);
            Ok(view)
        })
        .await
    }

    /// Confirms the roles that wait for a person. Nobody confirms their own, or what they asked for.
    pub async fn confirm_roles(&self, who: &SignedIn, id: PersonId) -> Result<PersonView> {
        Act::ConfirmRole.ask(who)?;
        self.act_once(|state, batch, log| {
            let person = state
                .persons
                .get_mut(&id)
                .ok_or(ServiceError::NotFound("person"))?;
            if person.pending.is_empty() {
                return Err(ServiceError::Conflict("no role waits for this person".into()));
            }
            if who.person == id || person.pending_by == Some(who.person) {
                return Err(ServiceError::denied(
                    "nobody confirms a role for themselves, or one they asked for",
                ));
            }
            person.roles.append(&mut person.pending);
            person.pending_by = None;
            batch.document(PERSONS, &id.to_string(), person);
            log.person(batch, who, "people.roles-confirmed", &id.to_string());
            Ok(person.view(self.now_ms()))
        })
        .await
    }

    /// Everyone with an account.
    pub async fn people(&self, who: &SignedIn) -> Result<Vec<PersonView>> {
        if Act::ManagePeople.ask(who).is_err() && Act::NameMembers.ask(who).is_err() {
            Act::ConfirmRole.ask(who)?;
        }
        Ok(self
            .read()
            .await?
            .persons
            .values()
            .map(|person| person.view(self.now_ms()))
            .collect())
    }
}

trait NonEmpty: Sized {
    fn pipe_non_empty(self) -> Result<Self>;
}

impl NonEmpty for String {
    fn pipe_non_empty(self) -> Result<Self> {
        if self.is_empty() {
            Err(ServiceError::Unexplained("a password could not be hashed".into()))
        } else {
            Ok(self)
        }
    }
}
