//! Idempotency keys: which appends came before.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::record::Digest32;
use crate::limits::MAX_KEYS;

/// The digest of a sender's key. Keys of one sender mean nothing for another.
pub(crate) fn key_digest(sender: &str, key: &[u8]) -> Digest32 {
    let mut digest = Sha256::new();
    digest.update((sender.len() as u64).to_le_bytes());
    digest.update(sender);
    digest.update(key);
    digest.finalize().into()
}

/// The digest of an append's bytes.
pub(crate) fn bytes_digest(bytes: &[u8]) -> Digest32 {
    Sha256::digest(bytes).into()
}

/// Keys with what came under them and when.
#[derive(Debug)]
pub(crate) struct Keys {
    window_ms: i64,
    known: HashMap<Digest32, (Digest32, i64)>,
    pruned_ms: i64,
}

/// What is known of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// Nothing.
    New,
    /// The same bytes came under it.
    Repeat,
    /// Other bytes did.
    Other,
    /// Nothing, and there is no room to remember it.
    Full,
}

impl Keys {
    pub(crate) fn new(window_s: u64) -> Self {
        Self {
            window_ms: i64::try_from(window_s.saturating_mul(1000)).unwrap_or(i64::MAX),
            known: HashMap::new(),
            pruned_ms: i64::MIN,
        }
    }

    pub(crate) fn is_old(&self, at_ms: i64, now_ms: i64) -> bool {
        now_ms.saturating_sub(at_ms) > self.window_ms
    }

    pub(crate) fn look(&mut self, key: &Digest32, bytes: &Digest32, now_ms: i64) -> Known {
        match self.known.get(key) {
            Some((_, at_ms)) if self.is_old(*at_ms, now_ms) => Known::New,
            Some((before, _)) if before == bytes => Known::Repeat,
            Some(_) => Known::Other,
            None if self.known.len() < MAX_KEYS => Known::New,
            None => {
                // At most once a second: looking through a million keys takes a while.
                if now_ms.saturating_sub(self.pruned_ms) >= 1000 {
                    self.pruned_ms = now_ms;
                    let window_ms = self.window_ms;
                    self.known
                        .retain(|_, (_, at_ms)| now_ms.saturating_sub(*at_ms) <= window_ms);
                }
                if self.known.len() < MAX_KEYS {
                    Known::New
                } else {
                    Known::Full
                }
            }
        }
    }

    pub(crate) fn learn(&mut self, key: Digest32, bytes: Digest32, at_ms: i64) {
        self.known.insert(key, (bytes, at_ms));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_known_within_its_window_and_for_its_sender() {
        let mut keys = Keys::new(10);
        let key = key_digest("a", b"k");
        assert_ne!(key, key_digest("b", b"k"));
        assert_ne!(key, key_digest("ak", b""));
        let (one, two) = (bytes_digest(b"1"), bytes_digest(b"2"));
        assert_eq!(keys.look(&key, &one, 0), Known::New);
        keys.learn(key, one, 0);
        assert_eq!(keys.look(&key, &one, 10_000), Known::Repeat);
        assert_eq!(keys.look(&key, &two, 10_000), Known::Other);
        assert_eq!(keys.look(&key, &two, 10_001), Known::New);
    }

    #[test]
    fn beyond_the_most_keys_new_ones_are_refused_until_old_ones_go() {
        let mut keys = Keys::new(10);
        let bytes = bytes_digest(b"");
        for number in 0..MAX_KEYS as u64 {
            let mut key = [0; 32];
            key[..8].copy_from_slice(&number.to_le_bytes());
            keys.learn(key, bytes, 0);
        }
        let new = key_digest("a", b"k");
        assert_eq!(keys.look(&new, &bytes, 5000), Known::Full);
        assert_eq!(keys.look(&[0; 32], &bytes, 5000), Known::Repeat);
        assert_eq!(keys.look(&new, &bytes, 10_001), Known::New);
    }
}
