//! Whose signed request this is. A request counts once, and only near its time.

use std::collections::BTreeMap;

use accord_formats::http_signature::{RequestParts, SignatureHeaders, verify_request};
use accord_formats::peer::Join;
use accord_ledger::certificate::Purpose;
use accord_model::OrgName;

use super::record::Peer;
use crate::error::{Result, ServiceError};
use crate::node::Node;

/// How far a request's time may be from ours, seconds.
pub const SIGNATURE_WINDOW_S: u64 = 300;
/// Most requests remembered within the window; when there are more, the peer must wait.
pub const NONCES_MAX: usize = 200_000;

/// Whose request it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer(pub(super) OrgName);

impl Signer {
    /// The organisation.
    pub fn org(&self) -> &OrgName {
        &self.0
    }
}

/// Nonces seen within the window. After a restart every request made before it is refused, so that forgetting
/// the nonces lets nothing be repeated.
#[derive(Debug, Default)]
pub(crate) struct Nonces {
    seen: BTreeMap<(u64, String), ()>,
}

impl Nonces {
    /// Remembers a nonce; false when it was seen before or there is no room.
    fn take(&mut self, created_s: u64, name: String, now_s: u64) -> bool {
        let oldest = now_s.saturating_sub(SIGNATURE_WINDOW_S);
        while self
            .seen
            .first_key_value()
            .is_some_and(|((created, _), ())| *created < oldest)
        {
            self.seen.pop_first();
        }
        self.seen.len() < NONCES_MAX && self.seen.insert((created_s, name), ()).is_none()
    }
}

impl Node {
    /// Verifies a peer's signed request. Every failure looks the same from outside.
    pub async fn identify(&self, parts: &RequestParts<'_>, headers: &SignatureHeaders) -> Result<Signer> {
        let state = self.read().await?;
        let now_ms = self.now_ms();
        let found = |name: &str| {
            let org: OrgName = name.parse().ok()?;
            state
                .peers
                .get(&org)
                .filter(|peer| peer.is_confirmed())
                .filter(|peer| {
                    let key = peer.certified(Purpose::Peer, now_ms);
                    key.is_some_and(|key| !state.is_revoked(&org, &key))
                })
                .and_then(|peer| peer.key(now_ms))
        };
        let params = verify_request(parts, headers, found).map_err(|_| ServiceError::NotSignedIn)?;
        drop(state);
        self.fresh(params.created, &params.keyid, &params.nonce)?;
        Ok(Signer(
            params.keyid.parse().map_err(|_| ServiceError::NotSignedIn)?,
        ))
    }

    /// Verifies the signature of a `join` under the key in its own certificate.
    pub(super) fn identify_joining(
        &self,
        parts: &RequestParts<'_>,
        headers: &SignatureHeaders,
        peer: &Peer,
        _join: &Join,
    ) -> Result<()> {
        let found = |name: &str| {
            (name == peer.org.as_str())
                .then(|| peer.key(self.now_ms()))
                .flatten()
        };
        let params = verify_request(parts, headers, found).map_err(|_| ServiceError::NotSignedIn)?;
        self.fresh(params.created, &params.keyid, &params.nonce)
    }

    fn fresh(&self, created_s: u64, keyid: &str, nonce: &str) -> Result<()> {
        let now_s = self.now_ms() / 1_000;
        let near = created_s.abs_diff(now_s) <= SIGNATURE_WINDOW_S && created_s >= self.started_ms / 1_000;
        let mut nonces = self.nonces.lock().map_err(|_| ServiceError::NotSignedIn)?;
        if near && nonces.take(created_s, format!("{keyid} {nonce}"), now_s) {
            Ok(())
        } else {
            Err(ServiceError::NotSignedIn)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_counts_once_and_is_forgotten_after_the_window() {
        let mut nonces = Nonces::default();
        assert!(nonces.take(1_000, "a".into(), 1_000));
        assert!(!nonces.take(1_000, "a".into(), 1_100));
        assert!(nonces.take(1_000, "b".into(), 1_100));
        assert!(nonces.take(2_000, "c".into(), 2_000));
        assert_eq!(nonces.seen.len(), 1);
    }

    #[test]
    fn the_memory_of_nonces_is_bounded() {
        let mut nonces = Nonces::default();
        for number in 0..NONCES_MAX {
            assert!(nonces.take(1_000, number.to_string(), 1_000));
        }
        assert!(!nonces.take(1_000, "one more".into(), 1_000));
    }
}
