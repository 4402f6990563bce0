//! A key that is no longer trusted: what the offline identity key signs, and how all partners learn of it.

use accord_ledger::certificate::{Purpose, Revocation, TrustedSize};
use accord_ledger::note::{Note, VerifierKey};
use accord_model::Role;
use accord_model::control::{ControlEntry, KeyRevoked};

use crate::error::{Result, ServiceError};
use crate::journal::hash_id;
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;

impl Node {
    fn own_key(&self, purpose: &str) -> Result<VerifierKey> {
        let certificate = accord_ledger::certificate::Certificate::parse(self.keys.certificate.text())
            .map_err(|error| ServiceError::Unexplained(error.to_string()))?;
        Purpose::ALL
            .into_iter()
            .find(|known| known.word() == purpose)
            .and_then(|purpose| certificate.keys_for(purpose).next().cloned())
            .ok_or_else(|| ServiceError::invalid("purpose", "one of ledger, peer, evidence"))
    }

    /// What the offline key signs to revoke one of this node's keys, of purpose `ledger`, `peer` or `evidence`: it
    /// stays trusted for what own ledgers hold now. Who knows that it was stolen earlier writes smaller sizes.
    pub async fn revocation_text(&self, who: &SignedIn, purpose: &str) -> Result<String> {
        Act::ManagePeers.ask(who)?;
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
        let invalid = |error: &dyn std::fmt::Display| ServiceError::invalid("revocation", error);
        let signed = Note::parse(note.as_bytes()).map_err(|error| invalid(&error))?;
        let revocation = Revocation::open(&signed, &self.keys.identity).map_err(|error| invalid(&error))?;
        if revocation.org != self.config.org.as_str() {
            return Err(invalid(&"it is of another organisation"));
        }
        let what = revocation.key.to_string();
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
