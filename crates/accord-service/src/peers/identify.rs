//! Whose signed request this is. A request counts once, and only near its time.

use std::collections::{BTreeMap, BTreeSet};

use accord_formats::http_signature::{RequestParts, SignatureHeaders, verify_request};
use accord_ledger::certificate::Purpose;
use accord_model::OrgName;

use super::record::Peer;
use crate::error::{Result, ServiceError};
use crate::node::Node;

/// How far a request's time may be from ours, seconds.
pub const SIGNATURE_WINDOW_S: u64 = 300;
/// Most requests of one peer remembered within the window; beyond them it must wait, and nobody else.
pub const NONCES_PER_PEER: usize = 10_000;

/// Whose request it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer(pub(super) OrgName);

impl Signer {
    /// The organisation.
    pub fn org(&self) -> &OrgName {
        &self.0
    }
}

/// Nonces seen within the window, of each peer apart. After a restart every request made before it is refused, so
/// that forgetting the nonces lets nothing be repeated.
#[derive(Debug, Default)]
pub(crate) struct Nonces {
    seen: BTreeMap<OrgName, BTreeSet<(u64, u128)>>,
}

impl Nonces {
    /// Remembers a nonce; false when it was seen before or there is no room for this peer.
    fn take(&mut self, org: &OrgName, created_s: u64, nonce: u128, now_s: u64) -> bool {
        let oldest = now_s.saturating_sub(SIGNATURE_WINDOW_S);
        self.seen.retain(|_, of| {
            while of.first().is_some_and(|(created, _)| *created < oldest) {
                of.pop_first();
            }
            !of.is_empty()
        });
        let of = self.seen.entry(org.clone()).or_default();
        of.len() < NONCES_PER_PEER && of.insert((created_s, nonce))
    }
}

impl Node {
    /// Verifies a peer's signed request. Every failure looks the same from outside.
    pub async fn identify(&self, parts: &RequestParts<'_>, headers: &SignatureHeaders) -> Result<Signer> {
        let refused = || ServiceError::NotSignedIn;
        let state = self.read().await?;
        let now_ms = self.now_ms();
        let found = |name: &str| {
            let org: OrgName = name.parse().ok()?;
            let peer = state.peers.get(&org).filter(|peer| peer.is_confirmed())?;
            let key = peer.certified(Purpose::Peer, now_ms)?;
            if state.is_revoked(&org, &key) {
                return None;
            }
            peer.key(now_ms)
        };
        let params = verify_request(parts, headers, found).map_err(|_| refused())?;
        drop(state);
        let org: OrgName = params.keyid.parse().map_err(|_| refused())?;
        let nonce = u128::from_str_radix(&params.nonce, 16).map_err(|_| refused())?;
        let mut nonces = self.nonces.lock().map_err(|_| refused())?;
        if self.is_timely(params.created) && nonces.take(&org, params.created, nonce, now_ms / 1_000) {
            Ok(Signer(org))
        } else {
            Err(refused())
        }
    }

    /// Verifies the signature of a `join` under the key in its own certificate. Its token works once: no nonce is
    /// remembered for it, so that whoever knocks takes no room from peers.
    pub(super) fn identify_joining(
        &self,
        parts: &RequestParts<'_>,
        headers: &SignatureHeaders,
        peer: &Peer,
    ) -> Result<()> {
        let key = peer.key(self.now_ms());
        let found = |name: &str| key.filter(|_| name == peer.org.as_str());
        match verify_request(parts, headers, found) {
            Ok(params) if self.is_timely(params.created) => Ok(()),
            _ => Err(ServiceError::NotSignedIn),
        }
    }

    /// Near our time, and made after the second in which this node started: of that second and those before it, it
    /// may have forgotten nonces.
    fn is_timely(&self, created_s: u64) -> bool {
        created_s.abs_diff(self.now_ms() / 1_000) <= SIGNATURE_WINDOW_S && created_s > self.started_ms / 1_000
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_nonce_counts_once_and_is_forgotten_after_the_window() {
        let (mut nonces, isp) = (Nonces::default(), "isp".parse::<OrgName>().unwrap());
        assert!(nonces.take(&isp, 1_000, 1, 1_000));
        assert!(!nonces.take(&isp, 1_000, 1, 1_100));
        assert!(nonces.take(&isp, 1_000, 2, 1_100));
        assert!(nonces.take(&"hosting".parse().unwrap(), 1_000, 1, 1_100));
        assert!(nonces.take(&isp, 2_000, 3, 2_000));
        assert_eq!(nonces.seen.len(), 1);
        assert_eq!(nonces.seen.get(&isp).unwrap().len(), 1);
    }

    #[test]
    fn a_peer_fills_the_memory_of_nonces_for_itself_only() {
        let (mut nonces, isp) = (Nonces::default(), "isp".parse::<OrgName>().unwrap());
        for nonce in 0..NONCES_PER_PEER as u128 {
            assert!(nonces.take(&isp, 1_000, nonce, 1_000));
        }
        assert!(!nonces.take(&isp, 1_000, u128::MAX, 1_000), "one more");
        assert!(nonces.take(&"hosting".parse().unwrap(), 1_000, 1, 1_000));
        assert!(nonces.take(&isp, 1_301, 1, 1_301), "after the window");
    }
}
