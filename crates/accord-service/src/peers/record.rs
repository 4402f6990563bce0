//! What is kept of peers.

use accord_ledger::certificate::{Certificate, Purpose};
use accord_ledger::note::{Note, VerifierKey};
use accord_model::{OrgKind, OrgName};
use serde::{Deserialize, Serialize};

pub(crate) const PEERS: &str = "peers";
pub(crate) const INVITATIONS: &str = "invitations";

/// How far a pairing has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PeerStatus {
    /// The operator here has not compared the fingerprint yet.
    Pending,
    /// The operator here has compared the fingerprint.
    Confirmed,
}

/// A peer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Peer {
    pub org: OrgName,
    pub kind: OrgKind,
    pub url: String,
    /// The identity key, as a verifier key.
    pub identity: String,
    /// The certificate, a note.
    pub certificate: String,
    pub status: PeerStatus,
    /// The cursor of releases pulled from it.
    pub released_after: u64,
    pub last_pull_ms: Option<u64>,
    pub last_error: Option<String>,
}

/// A peer as people see it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PeerView {
    /// Its organisation.
    pub org: OrgName,
    /// Its kind.
    pub kind: OrgKind,
    /// Where it is.
    pub url: String,
    /// Its identity key, as a verifier key: what an agreement names it by.
    pub identity: String,
    /// The fingerprint of its identity key, to be compared by telephone.
    pub fingerprint: String,
    /// Pending or confirmed.
    pub status: PeerStatus,
    /// The last pull that went through, ms UTC.
    pub last_pull_ms: Option<u64>,
    /// What went wrong with the last one.
    pub last_error: Option<String>,
}

/// An invitation that was written; its token is kept as a digest.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Invitation {
    pub until_ms: u64,
}

impl Peer {
    pub fn is_confirmed(&self) -> bool {
        self.status == PeerStatus::Confirmed
    }

    /// The key of a purpose, while the certificate holds.
    pub fn certified(&self, purpose: Purpose, now_ms: u64) -> Option<VerifierKey> {
        let note = Note::parse(self.certificate.as_bytes()).ok()?;
        let certificate = Certificate::parse(note.text()).ok()?;
        certificate
            .keys_for(purpose)
            .next()
            .filter(|_| certificate.holds_at(now_ms))
            .cloned()
    }

    /// The key that signs its ledgers, and with which it cosigns ours.
    pub fn ledger_key(&self, now_ms: u64) -> Option<VerifierKey> {
        self.certified(Purpose::Ledger, now_ms)
    }

    /// The key that signs its requests and answers.
    pub fn key(&self, now_ms: u64) -> Option<ed25519_dalek::VerifyingKey> {
        let key = self.certified(Purpose::Peer, now_ms)?.key().to_bytes();
        ed25519_dalek::VerifyingKey::from_bytes(&key).ok()
    }

    pub fn fingerprint(&self) -> String {
        self.identity
            .parse::<VerifierKey>()
            .map(|key| key.key().fingerprint())
            .unwrap_or_default()
    }

    pub fn view(&self) -> PeerView {
        PeerView {
            org: self.org.clone(),
            kind: self.kind,
            url: self.url.clone(),
            identity: self.identity.clone(),
            fingerprint: self.fingerprint(),
            status: self.status,
            last_pull_ms: self.last_pull_ms,
            last_error: self.last_error.clone(),
        }
    }
}
