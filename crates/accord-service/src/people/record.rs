//! The stored records.

use std::collections::BTreeSet;

use accord_model::{OrgName, PersonId, Role};
use serde::{Deserialize, Serialize};

pub(crate) const PERSONS: &str = "persons";
pub(crate) const SESSIONS: &str = "sessions";

/// A person with an account on this node.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The random id that stands in control entries.
    pub id: PersonId,
    /// What they sign in with.
    pub sign_in: String,
    /// Their name, as people read it.
    pub name: String,
    /// Roles that hold.
    pub roles: BTreeSet<Role>,
    /// Roles that wait for a signatory, with the operator who asked.
    pub pending: BTreeSet<Role>,
    /// Who asked for the pending roles.
    pub pending_by: Option<PersonId>,
    /// PHC string of the password.
    pub(crate) password: String,
    /// Whether the password was set by somebody else and must be changed.
    pub must_change: bool,
    /// The TOTP secret in hex, once enrolled.
    pub(crate) totp: Option<String>,
    /// A TOTP secret shown and not yet confirmed by a code.
    pub(crate) totp_offered: Option<String>,
    /// Until when it may be confirmed, ms UTC.
    #[serde(default)]
    pub(crate) totp_offered_until_ms: u64,
    /// The last TOTP step used: a code counts once.
    pub(crate) totp_step: u64,
    /// Wrong tries in a row.
    pub(crate) wrong: u32,
    /// No try is looked at before this, ms UTC.
    pub(crate) locked_until_ms: u64,
    /// Whether the account is closed.
    pub disabled: bool,
    /// A reset that waits for a signatory.
    #[serde(default)]
    pub(crate) reset: Option<Reset>,
    /// Whose person they are, when they are seconded to this organisation: the id is the one they have there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<OrgName>,
}

/// A reset that an operator asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reset {
    /// Of what.
    pub kind: ResetKind,
    /// Who asked.
    pub by: PersonId,
    /// Until when it may be confirmed, ms UTC.
    pub until_ms: u64,
}

/// What is reset.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum ResetKind {
    /// The password: a new first one, as its PHC string.
    Password { hash: String },
    /// The second factor: taken off.
    SecondFactor,
}

/// A reset that waits, as others see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResetAsked {
    /// `password` or `second-factor`.
    pub of: String,
    /// The operator who asked.
    pub by: PersonId,
    /// Until when it may be confirmed, ms UTC.
    pub until_ms: u64,
}

/// A person as others see them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PersonView {
    /// The id.
    pub id: PersonId,
    /// What they sign in with.
    pub sign_in: String,
    /// Their name.
    pub name: String,
    /// Roles that hold.
    pub roles: BTreeSet<Role>,
    /// Roles that wait for a signatory.
    pub pending: BTreeSet<Role>,
    /// Whether a second factor is enrolled.
    pub totp: bool,
    /// Whether the account is closed.
    pub disabled: bool,
    /// After too many wrong tries: no try is looked at before this, ms UTC. Told here and not to who tries.
    #[serde(default)]
    pub locked_until_ms: Option<u64>,
    /// A reset that waits for a signatory.
    #[serde(default)]
    pub reset: Option<ResetAsked>,
    /// Whose person they are, when they are seconded to this organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<OrgName>,
}

impl Person {
    /// What others see.
    pub fn view(&self, now_ms: u64) -> PersonView {
        PersonView {
            id: self.id,
            sign_in: self.sign_in.clone(),
            name: self.name.clone(),
            roles: self.roles.clone(),
            pending: self.pending.clone(),
            totp: self.totp.is_some(),
            disabled: self.disabled,
            locked_until_ms: (self.locked_until_ms > now_ms).then_some(self.locked_until_ms),
            reset: self
                .reset
                .as_ref()
                .filter(|reset| reset.until_ms > now_ms)
                .map(|reset| ResetAsked {
                    of: match reset.kind {
                        ResetKind::Password { .. } => "password".to_owned(),
                        ResetKind::SecondFactor => "second-factor".to_owned(),
                    },
                    by: reset.by,
                    until_ms: reset.until_ms,
                }),
            home: self.home.clone(),
        }
    }
}
