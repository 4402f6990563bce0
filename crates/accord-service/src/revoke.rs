//! A key that is no longer trusted: what the offline identity key signs, and how all partners learn of it.

use std::collections::BTreeSet;

use accord_ledger::certificate::{Certificate, Purpose, Revocation, SealingRevocation, TrustedSize};
use accord_ledger::note::{Note, VerifierKey};
use accord_model::Role;
use accord_model::control::{ControlEntry, KeyRevoked};
use serde::Serialize;

use crate::error::{Result, ServiceError};
use crate::journal::hash_id;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;

/// A key of this node.
#[derive(Debug, Clone, Serialize)]
pub struct NodeKeyView {
    /// What it is for: `ledger`, `peer`, `evidence` or `custodian`.
    pub purpose: &'static str,
    /// Its public half: `NAME+HASH+KEY`, or `SCHEME+KEY` of a key that others seal to.
    pub key: String,
    /// Whether this organisation has revoked it.
    pub is_revoked: bool,
}

/// The keys of this node, with the term of the certificate that they stand in.
#[derive(Debug, Clone, Serialize)]
pub struct NodeKeysView {
    /// First instant of the term, ms UTC.
    pub from_ms: u64,
    /// First instant after it.
    pub until_ms: u64,
    /// Whether it holds now; where it does not, nothing can be written.
    pub holds: bool,
    /// The keys.
    pub keys: Vec<NodeKeyView>,
}

/// What a signed revocation says, for whoever looks at it before it is published.
#[derive(Debug, Clone, Serialize)]
pub struct RevocationView {
    /// The purpose of the key, where this node uses it now.
    pub purpose: Option<&'static str>,
    /// The key: `NAME+HASH+KEY`, or `SCHEME+KEY`.
    pub key: String,
    /// When it was made, ms UTC.
    pub at_ms: u64,
    /// Notes of own ledgers that stay trusted.
    pub trusted: u64,
    /// Notes in own ledgers now.
    pub notes: u64,
    /// In how many agreements and cases it would be published.
    pub spaces: usize,
    /// Whether the key is revoked already.
    pub is_revoked: bool,
}

/// The purpose of the key that others seal to, as the keys that sign have theirs.
const CUSTODIAN: &str = "custodian";

/// A revocation, of either kind of key.
enum Revoked {
    Signing(Box<Revocation>),
    Sealing(SealingRevocation),
}

impl Revoked {
    fn org(&self) -> &str {
        match self {
            Self::Signing(said) => &said.org,
            Self::Sealing(said) => &said.org,
        }
    }

    fn key(&self) -> String {
        match self {
            Self::Signing(said) => said.key.to_string(),
            Self::Sealing(said) => said.key.to_string(),
        }
    }
}

impl Node {
    fn own_certificate(&self) -> Result<Certificate> {
        Certificate::parse(self.keys.certificate.text())
            .map_err(|error| ServiceError::Unexplained(error.to_string()))
    }

    fn own_key(&self, purpose: &str) -> Result<VerifierKey> {
        let certificate = self.own_certificate()?;
        Purpose::ALL
            .into_iter()
            .find(|known| known.word() == purpose)
            .and_then(|purpose| certificate.keys_for(purpose).next().cloned())
            .ok_or_else(|| ServiceError::invalid("purpose", "one of ledger, peer, evidence, custodian"))
    }

    /// A note that revokes a key of this organisation, signed by its identity key.
    fn opened_revocation(&self, note: &str) -> Result<(Note, Revoked)> {
        let invalid = |error: &dyn std::fmt::Display| ServiceError::invalid("revocation", error);
        let signed = Note::parse(note.as_bytes()).map_err(|error| invalid(&error))?;
        let revocation = match SealingRevocation::open(&signed, &self.keys.identity) {
            Ok(revocation) => Revoked::Sealing(revocation),
            Err(_) => Revoked::Signing(Box::new(
                Revocation::open(&signed, &self.keys.identity).map_err(|error| invalid(&error))?,
            )),
        };
        if revocation.org() != self.config.org.as_str() {
            return Err(invalid(&"it is of another organisation"));
        }
        Ok((signed, revocation))
    }

    /// The keys of this node.
    pub async fn node_keys(&self, who: &SignedIn) -> Result<NodeKeysView> {
        Act::ManagePeers.ask(who)?;
        let certificate = self.own_certificate()?;
        let state = self.read().await?;
        let keys = certificate.keys.iter().map(|(purpose, key)| NodeKeyView {
            purpose: purpose.word(),
            key: key.to_string(),
            is_revoked: state.is_revoked(&self.config.org, key),
        });
        let seal = certificate.seal.map(|key| NodeKeyView {
            purpose: CUSTODIAN,
            key: key.to_string(),
            is_revoked: state.is_seal_revoked(&self.config.org, &key),
        });
        Ok(NodeKeysView {
            from_ms: certificate.from_ms,
            until_ms: certificate.until_ms,
            holds: certificate.holds_at(self.now_ms()),
            keys: keys.chain(seal).collect(),
        })
    }

    /// Reads a signed revocation as [`Self::publish_revocation`] would, and publishes nothing.
    pub async fn read_revocation(&self, who: &SignedIn, note: &str) -> Result<RevocationView> {
        Act::ManagePeers.ask(who)?;
        let (_, revocation) = self.opened_revocation(note)?;
        let certificate = self.own_certificate()?;
        let state = self.read().await?;
        let own = || state.ledgers.values().filter(|ledger| ledger.own);
        let notes: u64 = own().map(|ledger| ledger.size()).sum();
        let spaces = own().map(|ledger| ledger.space).collect::<BTreeSet<_>>().len();
        let org = &self.config.org;
        Ok(match revocation {
            Revoked::Signing(revocation) => {
                let uses =
                    |purpose: &Purpose| certificate.keys_for(*purpose).any(|key| *key == revocation.key);
                let trusted = own().map(|ledger| {
                    let id = hash_id(ledger.id);
                    let said = revocation.ledgers.iter().find(|trusted| trusted.ledger == id);
                    said.map_or(0, |trusted| trusted.size.min(ledger.size()))
                });
                RevocationView {
                    purpose: Purpose::ALL.into_iter().find(uses).map(Purpose::word),
                    key: revocation.key.to_string(),
                    at_ms: revocation.at_ms,
                    trusted: trusted.sum(),
                    notes,
                    spaces,
                    is_revoked: state.is_revoked(org, &revocation.key),
                }
            }
            // Nothing is signed with it: every note stays trusted.
            Revoked::Sealing(revocation) => RevocationView {
                purpose: (certificate.seal == Some(revocation.key)).then_some(CUSTODIAN),
                key: revocation.key.to_string(),
                at_ms: revocation.at_ms,
                trusted: notes,
                notes,
                spaces,
                is_revoked: state.is_seal_revoked(org, &revocation.key),
            },
        })
    }

    /// What the offline key signs to revoke one of this node's keys, of purpose `ledger`, `peer` or `evidence`: it
    /// stays trusted for what own ledgers hold now. Who knows that it was stolen earlier writes smaller sizes. To the
    /// key of purpose `custodian` nothing more is sealed; what was stays readable here.
    pub async fn revocation_text(&self, who: &SignedIn, purpose: &str) -> Result<String> {
        Act::ManagePeers.ask(who)?;
        if purpose == CUSTODIAN {
            let seal = self.own_certificate()?.seal.ok_or_else(|| {
                ServiceError::Conflict("this node's certificate names no key of a custodian".into())
            })?;
            return Ok(SealingRevocation {
                org: self.config.org.to_string(),
                key: seal,
                at_ms: self.now_ms(),
            }
            .body());
        }
        let key = self.own_key(purpose)?;
        let state = self.read().await?;
        // By ledger, ascending, as the format asks.
        let own = state.ledgers.values().filter(|ledger| ledger.own);
        let revocation = Revocation {
            org: self.config.org.to_string(),
            key,
            at_ms: self.now_ms(),
            ledgers: own
                .map(|ledger| TrustedSize {
                    ledger: hash_id(ledger.id),
                    size: ledger.size(),
                })
                .collect(),
        };
        revocation
            .check()
            .map_err(|error| ServiceError::Conflict(error.to_string()))?;
        Ok(revocation.body())
    }

    /// Publishes a revocation, a note signed by the identity key, in every space in which this organisation writes;
    /// in how many. It counts by that signature, even where the key that signs the ledger is the one revoked.
    pub async fn publish_revocation(&self, who: &SignedIn, note: &str) -> Result<usize> {
        Act::ManagePeers.ask(who)?;
        let (signed, revocation) = self.opened_revocation(note)?;
        let what = revocation.key();
        self.act_once(|state, batch, log| {
            let own = state.ledgers.values().filter(|ledger| ledger.own);
            let homes: std::collections::BTreeMap<_, _> =
                own.map(|ledger| (ledger.space, ledger.id)).collect();
            for (space, ledger) in &homes {
                let said = KeyRevoked {
                    by: Some(who.person),
                    role: Some(Role::Operator),
                    revocation: signed.encode(),
                };
                self.push(state, batch, *ledger, &ControlEntry::from(said).into())?;
                state.refold(*space, self.now_ms());
            }
            log.person(batch, who, "key.revoked", &what);
            Ok(homes.len())
        })
        .await
    }
}
