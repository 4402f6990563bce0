//! What is kept of peers.

use std::collections::{BTreeMap, BTreeSet};

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
    /// Confirmed once; the operator here has stopped speaking with it for now: neither answered nor pulled.
    Suspended,
}

impl PeerStatus {
    /// In one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Suspended => "suspended",
        }
    }
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
    /// The cursors of releases pulled from it, by ledger.
    #[serde(default)]
    pub released_after: BTreeMap<String, u64>,
    /// Content that it said was released and did not give yet: it is asked for again at each pull.
    #[serde(default)]
    pub owed: BTreeSet<String>,
    /// Ledgers first heard of from it.
    #[serde(default)]
    pub introduced: u64,
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
    /// Pending, confirmed or suspended.
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
    /// The only organisation that may accept it; anybody who has it when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org: Option<OrgName>,
}

impl Peer {
    pub fn is_confirmed(&self) -> bool {
        self.status == PeerStatus::Confirmed
    }

    fn certificate(&self) -> Option<Certificate> {
        let note = Note::parse(self.certificate.as_bytes()).ok()?;
        Certificate::parse(note.text()).ok()
    }

    /// A key of a purpose, while the certificate holds.
    pub fn certified(&self, purpose: Purpose, now_ms: u64) -> Option<VerifierKey> {
        let certificate = self.certificate()?;
        let key = certificate.keys_for(purpose).next().cloned();
        key.filter(|_| certificate.holds_at(now_ms))
    }

    /// The key that signs its ledgers, and with which it cosigns ours; none out of the certificate's term.
    pub fn ledger_key(&self, now_ms: u64) -> Option<VerifierKey> {
        self.certified(Purpose::Ledger, now_ms)
    }

    /// This peer as it says it is now, with what is known of it: where it is and how it signs is new, how far it is
    /// trusted and what was pulled is not. Of two certificates the higher serial holds: an earlier one, or another of
    /// the same serial, is refused.
    pub fn renewing(self, known: Option<&Self>) -> Result<Self, &'static str> {
        let Some(known) = known else { return Ok(self) };
        let serial = |peer: &Self| peer.certificate().map_or(0, |certificate| certificate.serial);
        if known.identity != self.identity {
            return Err("it is known here under another identity key");
        }
        if serial(&self) < serial(known)
            || (serial(&self) == serial(known) && self.certificate != known.certificate)
        {
            return Err("its certificate is older than the one held here");
        }
        Ok(Self {
            url: self.url,
            kind: self.kind,
            certificate: self.certificate,
            ..known.clone()
        })
    }

    /// The key that signs its requests and answers; none out of the certificate's term.
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
