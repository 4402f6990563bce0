//! The key that others seal the identity of a victim to: an organisation's certificate names it, its identity key
//! vouches for that, and its revocation ends it. Whatever is missing or contradicts itself gives no key.

use accord_ledger::certificate::{Certificate, Purpose, SealingKey};
use accord_ledger::note::Note;
use accord_model::OrgName;
use accord_model::control::{ControlEntry, KeyCertified};
use accord_store::Batch;

use super::ledger::{Body, Ledger};
use super::state::State;
use crate::error::{Result, ServiceError};
use crate::node::Node;

/// The certificates that stand in a ledger. Who signed them is not looked at.
fn certificates(ledger: &Ledger) -> impl Iterator<Item = (Note, Certificate)> + '_ {
    ledger.entries().filter_map(|(_, _, body)| match body {
        Body::Control(ControlEntry::KeyCertified(said)) => {
            let note = Note::parse(said.certificate.as_bytes()).ok()?;
            let certificate = Certificate::parse(note.text()).ok()?;
            Some((note, certificate))
        }
        _ => None,
    })
}

impl State {
    /// Whether an organisation has revoked a key that others seal to.
    pub fn is_seal_revoked(&self, org: &OrgName, key: &SealingKey) -> bool {
        let mut revoked = self.spaces.values().flat_map(|space| &space.revoked_seals);
        revoked.any(|said| said.org == org.as_str() && said.key == *key)
    }

    /// Every certificate of an organisation that is held here, that its identity key has signed and whose term holds.
    fn certificates_of(&self, org: &OrgName, now_ms: u64) -> Vec<Certificate> {
        let of = |ledger: &&Ledger| ledger.org == *org;
        let in_ledgers = self.ledgers.values().filter(of).flat_map(|ledger| {
            let identity = self.identity_of(org, ledger);
            let opened = certificates(ledger)
                .filter_map(move |(note, _)| Certificate::open(&note, identity.as_ref()?).ok());
            opened.collect::<Vec<_>>()
        });
        let peer = self.peers.get(org).filter(|peer| peer.is_confirmed());
        let shown = peer.and_then(|peer| {
            let identity = peer.identity.parse().ok()?;
            let note = Note::parse(peer.certificate.as_bytes()).ok()?;
            Certificate::open(&note, &identity).ok()
        });
        let all = in_ledgers.chain(shown);
        all.filter(|certificate| certificate.org == org.as_str() && certificate.holds_at(now_ms))
            .collect()
    }

    /// The key of an organisation's custodian. Of its certificates the one with the highest serial counts.
    ///
    /// # Errors
    /// Why nothing may be sealed to it, in words.
    pub fn sealing_key_of(
        &self,
        org: &OrgName,
        now_ms: u64,
    ) -> std::result::Result<SealingKey, &'static str> {
        let certificates = self.certificates_of(org, now_ms);
        let last = certificates.iter().map(|certificate| certificate.serial).max();
        let mut keys = certificates
            .iter()
            .filter(|certificate| Some(certificate.serial) == last)
            .map(|certificate| certificate.seal);
        let Some(Some(key)) = keys.next() else {
            return Err("its certificate names no key of a custodian that holds now");
        };
        if keys.any(|other| other != Some(key)) {
            return Err("two certificates of it name different keys of a custodian");
        }
        if self.is_seal_revoked(org, &key) {
            return Err("the key of its custodian is revoked");
        }
        Ok(key)
    }
}

impl Node {
    /// Own ledgers in which a certificate older than this node's is the newest.
    fn behind(&self, state: &State, serial: u64) -> Vec<(accord_model::LedgerId, accord_model::SpaceId)> {
        let own = state.ledgers.values().filter(|ledger| {
            ledger.own && !ledger.is_forked() && ledger.author_key.as_ref() == Some(self.keys.ledger.vkey())
        });
        own.filter(|ledger| certificates(ledger).all(|(_, known)| known.serial < serial))
            .map(|ledger| (ledger.id, ledger.space))
            .collect()
    }

    /// Writes a certificate that is newer than those in this node's ledgers into them: partners learn of it there.
    pub(crate) async fn carry_certificate(&self) -> Result<()> {
        let certificate = Certificate::parse(self.keys.certificate.text())
            .map_err(|error| ServiceError::Unexplained(error.to_string()))?;
        let same_keys = certificate
            .keys_for(Purpose::Ledger)
            .any(|key| key == self.keys.ledger.vkey());
        if !same_keys || self.behind(&*self.read().await?, certificate.serial).is_empty() {
            return Ok(());
        }
        self.act(|state, batch: &mut Batch, _| {
            for (ledger, space) in self.behind(state, certificate.serial) {
                let said = KeyCertified {
                    by: None,
                    role: None,
                    certificate: self.keys.certificate.encode(),
                };
                self.push(state, batch, ledger, &ControlEntry::from(said).into())?;
                state.refold(space, self.now_ms());
            }
            Ok(())
        })
        .await
    }
}
