//! Pairing two nodes: an invitation by one operator, its acceptance by the other, and a confirmation by each of
//! them once they have compared fingerprints over a line they trust.

use std::collections::{BTreeMap, BTreeSet};

use accord_formats::http_signature::{RequestParts, SignatureHeaders};
use accord_formats::peer::{Join, Joined};
use accord_ledger::certificate::Certificate;
use accord_ledger::note::{Note, VerifierKey};
use accord_model::OrgName;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::record::{INVITATIONS, Invitation, PEERS, Peer, PeerStatus, PeerView};
use crate::error::{Result, ServiceError};
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;

/// How long an invitation can be accepted, ms: seven days.
pub const INVITATION_TERM_MS: u64 = 7 * 24 * 3_600_000;
/// Most invitations open at a time.
pub const INVITATIONS_MAX: usize = 1_000;
/// Most peers of a node.
pub const PEERS_MAX: usize = 1_000;

/// What one operator sends the other, by whatever means: it holds no secret but a token that works once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvitationText {
    /// The inviting node's address.
    pub url: String,
    /// The inviting organisation's identity key, as a verifier key.
    pub identity: String,
    /// The inviting node's certificate, a note.
    pub certificate: String,
    /// Works once, until the invitation ends.
    pub token: String,
}

fn token_id(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// Checks a certificate under an identity key, and makes a pending peer of them.
fn peer_of(url: &str, identity: &str, certificate: &str, now_ms: u64) -> Result<Peer> {
    let bad = |error: &dyn std::fmt::Display| ServiceError::invalid("certificate", error);
    let key: VerifierKey = identity
        .parse()
        .map_err(|error| ServiceError::invalid("identity", error))?;
    let note = Note::parse(certificate.as_bytes()).map_err(|error| bad(&error))?;
    let opened = Certificate::open(&note, &key).map_err(|error| bad(&error))?;
    if !opened.holds_at(now_ms) {
        return Err(bad(&"it has expired, or does not hold yet"));
    }
    let peer = Peer {
        org: opened.org.parse().map_err(|error| bad(&error))?,
        kind: opened.kind.parse().map_err(|error| bad(&error))?,
        url: url.to_owned(),
        identity: key.to_string(),
        certificate: note.encode(),
        status: PeerStatus::Pending,
        released_after: BTreeMap::new(),
        owed: BTreeSet::new(),
        introduced: 0,
        last_pull_ms: None,
        last_error: None,
    };
    let signing = peer.key(now_ms).ok_or_else(|| bad(&"it names no peer key"))?;
    accord_client::Target {
        url: peer.url.clone(),
        key: signing,
    }
    .authority()
    .map_err(|error| ServiceError::invalid("url", error))?;
    Ok(peer)
}

/// The invitation of a token's digest, while it can be accepted. Every one is compared, each in constant time.
fn open_invitation<'a>(
    invitations: &'a BTreeMap<String, Invitation>,
    id: &str,
    now_ms: u64,
) -> Option<&'a Invitation> {
    let mut found = None;
    for (known, invitation) in invitations {
        if bool::from(known.as_bytes().ct_eq(id.as_bytes())) {
            found = Some(invitation);
        }
    }
    found.filter(|invitation| invitation.until_ms > now_ms)
}

impl Node {
    /// Writes an invitation. With `org`, nobody else can accept it.
    pub async fn invite(&self, who: &SignedIn, org: Option<&OrgName>) -> Result<InvitationText> {
        Act::ManagePeers.ask(who)?;
        let token = hex::encode(self.random::<32>());
        let until_ms = self.now_ms().saturating_add(INVITATION_TERM_MS);
        self.act(|state, batch, log| {
            let now_ms = self.now_ms();
            let over = state
                .invitations
                .iter()
                .filter(|(_, known)| known.until_ms <= now_ms);
            for id in over.map(|(id, _)| id.clone()).collect::<Vec<_>>() {
                batch.remove(INVITATIONS, &id);
                state.invitations.remove(&id);
            }
            if state.invitations.len() >= INVITATIONS_MAX {
                return Err(ServiceError::Conflict(format!(
                    "{INVITATIONS_MAX} invitations are open; wait until one is accepted or runs out"
                )));
            }
            let invitation = Invitation {
                until_ms,
                org: org.cloned(),
            };
            batch.document(INVITATIONS, &token_id(&token), &invitation);
            log.person(batch, who, "peer.invited", org.map_or("", OrgName::as_str));
            state.invitations.insert(token_id(&token), invitation);
            Ok(())
        })
        .await?;
        Ok(InvitationText {
            url: self.config.url.clone(),
            identity: self.keys.identity.to_string(),
            certificate: self.keys.certificate.encode(),
            token,
        })
    }

    /// Accepts an invitation: the inviting node is told, and waits here for its fingerprint to be confirmed.
    pub async fn accept_invitation(&self, who: &SignedIn, text: &InvitationText) -> Result<PeerView> {
        Act::ManagePeers.ask(who)?;
        let peer = peer_of(&text.url, &text.identity, &text.certificate, self.now_ms())?;
        self.check_new_peer(&peer).await?;
        // The identity travels in front of the certificate, so that the other side can check one by the other.
        let join = Join {
            token: text.token.clone(),
            certificate: format!("{}\n{}", self.keys.identity, self.keys.certificate.encode()),
            url: self.config.url.clone(),
        };
        let joined: Joined = self.ask(&peer, "/peer/v1/join", &join).await?;
        if joined.org != peer.org.as_str() {
            return Err(ServiceError::Conflict(
                "the node at that address is another organisation's".into(),
            ));
        }
        self.act(|state, batch, log| {
            let known = state.peers.get(&peer.org);
            let peer = peer
                .renewing(known)
                .map_err(|why| ServiceError::Conflict(why.into()))?;
            batch.document(PEERS, peer.org.as_str(), &peer);
            log.person(batch, who, "peer.accepted", peer.org.as_str());
            let view = peer.view();
            state.peers.insert(peer.org.clone(), peer);
            Ok(view)
        })
        .await
    }

    async fn check_new_peer(&self, peer: &Peer) -> Result<()> {
        if peer.org == self.config.org {
            return Err(ServiceError::invalid(
                "invitation",
                "it is this organisation's own",
            ));
        }
        let state = self.read().await?;
        let known = state.peers.get(&peer.org);
        if let Err(why) = peer.clone().renewing(known) {
            return Err(ServiceError::Conflict(format!(
                "{}: {why}; ask it on a line you trust what happened",
                peer.org
            )));
        }
        if known.is_none() && state.peers.len() >= PEERS_MAX {
            return Err(ServiceError::Conflict(format!(
                "a node keeps at most {PEERS_MAX} peers"
            )));
        }
        Ok(())
    }

    /// A node answers an invitation of ours. A wrong token is answered like an unknown organisation, before anything
    /// else of the request is looked at.
    pub async fn joined(
        &self,
        parts: &RequestParts<'_>,
        headers: &SignatureHeaders,
        join: &Join,
    ) -> Result<Joined> {
        let refused = || ServiceError::NotSignedIn;
        let (id, now) = (token_id(&join.token), self.now_ms());
        if open_invitation(&self.read().await?.invitations, &id, now).is_none() {
            return Err(refused());
        }
        let (identity, certificate) = join.certificate.split_once('\n').ok_or_else(refused)?;
        let peer = peer_of(&join.url, identity, certificate, now).map_err(|_| refused())?;
        self.identify_joining(parts, headers, &peer)?;
        self.check_new_peer(&peer).await.map_err(|_| refused())?;
        self.act(|state, batch, log| {
            let invitation = open_invitation(&state.invitations, &id, now).ok_or_else(refused)?;
            if invitation.org.as_ref().is_some_and(|org| *org != peer.org) {
                return Err(refused());
            }
            let known = state.peers.get(&peer.org);
            let peer = peer.renewing(known).map_err(|_| refused())?;
            state.invitations.remove(&id);
            batch.remove(INVITATIONS, &id);
            batch.document(PEERS, peer.org.as_str(), &peer);
            log.peer(batch, peer.org.as_str(), "peer.joined", peer.org.as_str());
            state.peers.insert(peer.org.clone(), peer);
            Ok(Joined {
                org: self.config.org.to_string(),
            })
        })
        .await
    }

    /// Confirms a peer: the operator gives the fingerprint that was read out to them.
    pub async fn confirm_peer(&self, who: &SignedIn, org: &OrgName, fingerprint: &str) -> Result<PeerView> {
        Act::ManagePeers.ask(who)?;
        self.act(|state, batch, log| {
            let peer = state.peers.get_mut(org).ok_or(ServiceError::NotFound("peer"))?;
            let squeezed = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            if squeezed(&peer.fingerprint()) != squeezed(fingerprint) {
                return Err(ServiceError::invalid(
                    "fingerprint",
                    format!("it is not that of {org}; do not go on before you know why"),
                ));
            }
            if peer.status == PeerStatus::Suspended {
                return Err(ServiceError::Conflict(format!(
                    "{org} is suspended; take that back instead"
                )));
            }
            peer.status = PeerStatus::Confirmed;
            batch.document(PEERS, org.as_str(), peer);
            log.person(batch, who, "peer.confirmed", org.as_str());
            Ok(peer.view())
        })
        .await
    }

    /// Removes a peer whose fingerprint was never confirmed: its name is free again, and it knows nothing of that.
    pub async fn reject_peer(&self, who: &SignedIn, org: &OrgName) -> Result<()> {
        Act::ManagePeers.ask(who)?;
        self.act_once(|state, batch, log| {
            let peer = state.peers.get(org).ok_or(ServiceError::NotFound("peer"))?;
            if peer.status != PeerStatus::Pending {
                return Err(ServiceError::Conflict(format!(
                    "{org} was confirmed: what it wrote stays; suspend it instead"
                )));
            }
            state.peers.remove(org);
            batch.remove(PEERS, org.as_str());
            log.person(batch, who, "peer.rejected", org.as_str());
            Ok(())
        })
        .await
    }

    /// Stops speaking with a confirmed peer: it is neither answered nor pulled, until that is taken back.
    pub async fn suspend_peer(&self, who: &SignedIn, org: &OrgName) -> Result<PeerView> {
        let (from, to) = (PeerStatus::Confirmed, PeerStatus::Suspended);
        self.turn_peer(who, org, from, to, "peer.suspended").await
    }

    /// Speaks with a suspended peer again; its fingerprint was compared before.
    pub async fn resume_peer(&self, who: &SignedIn, org: &OrgName) -> Result<PeerView> {
        let (from, to) = (PeerStatus::Suspended, PeerStatus::Confirmed);
        self.turn_peer(who, org, from, to, "peer.resumed").await
    }

    async fn turn_peer(
        &self,
        who: &SignedIn,
        org: &OrgName,
        from: PeerStatus,
        to: PeerStatus,
        what: &str,
    ) -> Result<PeerView> {
        Act::ManagePeers.ask(who)?;
        self.act_once(|state, batch, log| {
            let peer = state.peers.get_mut(org).ok_or(ServiceError::NotFound("peer"))?;
            if peer.status != from {
                return Err(ServiceError::Conflict(format!("{org} is {}", peer.status.word())));
            }
            peer.status = to;
            batch.document(PEERS, org.as_str(), peer);
            log.person(batch, who, what, org.as_str());
            Ok(peer.view())
        })
        .await
    }

    /// The peers of this node.
    pub async fn peers(&self, who: &SignedIn) -> Result<Vec<PeerView>> {
        Act::ReadAgreements.ask(who)?;
        Ok(self.read().await?.peers.values().map(Peer::view).collect())
    }

    /// The fingerprint of this organisation's identity key, to be read out.
    pub fn fingerprint(&self) -> String {
        self.keys.identity.key().fingerprint()
    }
}
