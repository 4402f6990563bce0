//! Keys that sign zone transfers (TSIG, RFC 8945), HMAC-SHA256.

use std::sync::Arc;

use domain::tsig::{Algorithm, Key, KeyName};

use crate::dns::ZoneName;

/// Fewest bytes of a secret (RFC 8945, section 8, in spirit: no shorter than half of what the hash gives).
const MIN_SECRET_BYTES: usize = 16;

/// One key. Its secret is never shown, not even for debugging.
#[derive(Clone)]
pub struct TransferKey {
    name: String,
    key: Arc<Key>,
}

/// Why a key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// The name.
    #[error("`{0}` is no name for a key: labels of letters, digits, `-` and `_`")]
    Name(String),
    /// The secret.
    #[error("the secret of key `{0}` is shorter than {MIN_SECRET_BYTES} bytes")]
    Secret(String),
}

impl TransferKey {
    /// A key by the name that both sides know it by.
    ///
    /// # Errors
    /// [`BadKey`].
    pub fn new(name: &str, secret: &[u8]) -> Result<TransferKey, BadKey> {
        let bad = || BadKey::Name(name.chars().take(100).collect());
        let name = ZoneName::parse(name).map_err(|_| bad())?;
        if secret.len() < MIN_SECRET_BYTES {
            return Err(BadKey::Secret(name.to_string()));
        }
        let wire = KeyName::from_octets(name.wire().try_into().map_err(|_| bad())?).map_err(|_| bad())?;
        let key = Key::new(Algorithm::Sha256, secret, wire, None, None).map_err(|_| bad())?;
        Ok(TransferKey {
            name: name.to_string(),
            key: Arc::new(key),
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn key(&self) -> &Arc<Key> {
        &self.key
    }
}

impl std::fmt::Debug for TransferKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TransferKey({})", self.name)
    }
}
