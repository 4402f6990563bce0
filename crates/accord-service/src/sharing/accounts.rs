//! Tokens of organisations that come by TAXII: service accounts with one scope, for one organisation.
//!
//! An operator asks for one, and its token is shown that once; it counts when a signatory has confirmed it. Of the token
//! only the SHA-256 is kept. An account ends with its date, or when an operator closes it.

use std::collections::BTreeMap;

use accord_model::{OrgName, PersonId};
use accord_store::{Batch, Store};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::received::{RECEIVED, Received};
use crate::error::{Result, ServiceError};
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;

const ACCOUNTS: &str = "taxii-accounts";
/// Most accounts of a node, closed ones included.
pub const TAXII_ACCOUNTS_MAX: usize = 200;

/// A new account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewTaxiiAccount {
    /// What it signs in with, unique within the node: 1 to 40 of a-z, 0-9 and `-`.
    pub name: String,
    /// Whose it is: what it sees is what was released to them.
    pub org: OrgName,
    /// Whether it may also add objects.
    #[serde(default)]
    pub writes: bool,
    /// When it ends, ms UTC.
    pub until_ms: u64,
}

/// An account as kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Account {
    new: NewTaxiiAccount,
    token_sha256: String,
    asked_by: PersonId,
    asked_ms: u64,
    #[serde(default)]
    confirmed_by: Option<PersonId>,
    #[serde(default)]
    closed: bool,
}

/// An account as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TaxiiAccountView {
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub org: OrgName,
    /// Whether it may also add objects.
    pub writes: bool,
    /// When it ends, ms UTC.
    pub until_ms: u64,
    /// `waiting`, `open`, `ended` or `closed`.
    pub state: &'static str,
    /// Who asked for it.
    pub asked_by: PersonId,
    /// When, ms UTC.
    pub asked_ms: u64,
    /// The signatory who confirmed it.
    pub confirmed_by: Option<PersonId>,
}

/// What is told once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OpenedTaxiiAccount {
    /// Its name.
    pub name: String,
    /// Its token: the password of its basic authentication, or a bearer token.
    pub token: String,
}

/// Who comes by TAXII, made only from a valid token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxiiCaller {
    pub(super) account: String,
    pub(super) org: OrgName,
    pub(super) writes: bool,
}

impl TaxiiCaller {
    /// Whose account it is.
    pub fn org(&self) -> &OrgName {
        &self.org
    }

    /// Whether it may add objects.
    pub fn writes(&self) -> bool {
        self.writes
    }
}

/// What a node keeps of TAXII.
#[derive(Debug, Default)]
pub(crate) struct TaxiiState {
    accounts: BTreeMap<String, Account>,
    pub(super) received: BTreeMap<String, Received>,
}

impl TaxiiState {
    /// Reads it from the store.
    pub async fn load(store: &Store) -> Result<Self> {
        Ok(Self {
            accounts: store.documents(ACCOUNTS).await?.into_iter().collect(),
            received: store.documents(RECEIVED).await?.into_iter().collect(),
        })
    }

    fn keep(&mut self, batch: &mut Batch, account: Account) {
        batch.document(ACCOUNTS, &account.new.name, &account);
        self.accounts.insert(account.new.name.clone(), account);
    }
}

impl Account {
    fn view(&self, now_ms: u64) -> TaxiiAccountView {
        let state = match (self.closed, self.confirmed_by) {
            (true, _) => "closed",
            (false, _) if self.new.until_ms <= now_ms => "ended",
            (false, None) => "waiting",
            (false, Some(_)) => "open",
        };
        TaxiiAccountView {
            name: self.new.name.clone(),
            org: self.new.org.clone(),
            writes: self.new.writes,
            until_ms: self.new.until_ms,
            state,
            asked_by: self.asked_by,
            asked_ms: self.asked_ms,
            confirmed_by: self.confirmed_by,
        }
    }
}

impl Node {
    /// Asks for an account. Its token is told this once, and counts when a signatory has confirmed the account.
    pub async fn add_taxii_account(
        &self,
        who: &SignedIn,
        new: &NewTaxiiAccount,
    ) -> Result<OpenedTaxiiAccount> {
        Act::ManageTaxii.ask(who)?;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if new.name.is_empty() || new.name.len() > 40 || !new.name.chars().all(plain) {
            return Err(ServiceError::invalid("name", "1 to 40 of a-z, 0-9 and -"));
        }
        if new.until_ms <= self.now_ms() {
            return Err(ServiceError::invalid(
                "until_ms",
                "choose a day that is still to come",
            ));
        }
        if new.org == self.config.org {
            return Err(ServiceError::invalid(
                "org",
                "an account is of another organisation",
            ));
        }
        let token = hex::encode(self.random::<32>());
        self.act(|state, batch, log| {
            let known = state
                .agreements()
                .any(|(_, agreement)| agreement.party(&new.org).is_some());
            if !known {
                return Err(ServiceError::invalid(
                    "org",
                    "no agreement of this organisation names it: it could see nothing",
                ));
            }
            if state.taxii.accounts.contains_key(&new.name) {
                return Err(ServiceError::Conflict(format!(
                    "there is an account {} already",
                    new.name
                )));
            }
            if state.taxii.accounts.len() >= TAXII_ACCOUNTS_MAX {
                return Err(ServiceError::Conflict(format!(
                    "a node has at most {TAXII_ACCOUNTS_MAX} accounts for TAXII"
                )));
            }
            let account = Account {
                new: new.clone(),
                token_sha256: hex::encode(Sha256::digest(token.as_bytes())),
                asked_by: who.person,
                asked_ms: self.now_ms(),
                confirmed_by: None,
                closed: false,
            };
            state.taxii.keep(batch, account);
            log.person(
                batch,
                who,
                "taxii.account-asked",
                &format!("{} of {}", new.name, new.org),
            );
            Ok(())
        })
        .await?;
        Ok(OpenedTaxiiAccount {
            name: new.name.clone(),
            token,
        })
    }

    /// Confirms an account that somebody else asked for.
    pub async fn confirm_taxii_account(&self, who: &SignedIn, name: &str) -> Result<TaxiiAccountView> {
        Act::ConfirmTaxii.ask(who)?;
        let now_ms = self.now_ms();
        self.act(|state, batch, log| {
            let known = state
                .taxii
                .accounts
                .get(name)
                .ok_or(ServiceError::NotFound("account"))?;
            if known.view(now_ms).state != "waiting" {
                return Err(ServiceError::Conflict(
                    "this account does not wait to be confirmed".into(),
                ));
            }
            if known.asked_by == who.person {
                return Err(ServiceError::denied(
                    "nobody confirms an account that they asked for",
                ));
            }
            let mut account = known.clone();
            account.confirmed_by = Some(who.person);
            let view = account.view(now_ms);
            state.taxii.keep(batch, account);
            log.person(batch, who, "taxii.account-confirmed", name);
            Ok(view)
        })
        .await
    }

    /// Closes an account, for good.
    pub async fn close_taxii_account(&self, who: &SignedIn, name: &str) -> Result<TaxiiAccountView> {
        Act::CloseTaxii.ask(who)?;
        let now_ms = self.now_ms();
        self.act(|state, batch, log| {
            let known = state
                .taxii
                .accounts
                .get(name)
                .ok_or(ServiceError::NotFound("account"))?;
            let mut account = known.clone();
            account.closed = true;
            let view = account.view(now_ms);
            state.taxii.keep(batch, account);
            log.person(batch, who, "taxii.account-closed", name);
            Ok(view)
        })
        .await
    }

    /// Every account.
    pub async fn taxii_accounts(&self, who: &SignedIn) -> Result<Vec<TaxiiAccountView>> {
        Act::CloseTaxii.ask(who)?;
        let state = self.read().await?;
        let now_ms = self.now_ms();
        Ok(state
            .taxii
            .accounts
            .values()
            .map(|account| account.view(now_ms))
            .collect())
    }

    /// Who comes with this token; with basic authentication also under this name.
    pub async fn taxii_caller(&self, name: Option<&str>, token: &str) -> Result<TaxiiCaller> {
        let digest = hex::encode(Sha256::digest(token.as_bytes()));
        let state = self.read().await?;
        let same = |account: &Account| bool::from(account.token_sha256.as_bytes().ct_eq(digest.as_bytes()));
        let found = state.taxii.accounts.values().find(|account| same(account));
        let found = found.ok_or(ServiceError::NotSignedIn)?;
        let right = name.is_none_or(|name| name == found.new.name);
        if !right || found.view(self.now_ms()).state != "open" {
            return Err(ServiceError::NotSignedIn);
        }
        Ok(TaxiiCaller {
            account: found.new.name.clone(),
            org: found.new.org.clone(),
            writes: found.new.writes,
        })
    }
}
