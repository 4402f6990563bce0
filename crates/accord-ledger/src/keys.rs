//! Signing and verifying keys. One algorithm today, Ed25519 (RFC 8032), named in every key and signature line so
//! that another can come beside it. Verification is strict: small-order keys and non-canonical encodings are
//! refused, so that one signature has one meaning for every verifier.

use std::fmt;

use ed25519_dalek::Signer;
use sha2::{Digest, Sha256};

/// Length of an Ed25519 signature in bytes.
pub const SIGNATURE_BYTES: usize = 64;

/// A signature algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// Ed25519 with strict verification.
    Ed25519,
}

impl Algorithm {
    /// The name that stands in files and fingerprints.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
        }
    }
}

/// A key or signature that cannot be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not a point of the curve, not in canonical form, or of small order.
    #[error("not an acceptable ed25519 public key: ask its owner for the key again")]
    BadKey,
    /// The signature is not by this key over these bytes.
    #[error("the signature does not match: the bytes were changed or another key signed them")]
    BadSignature,
}

/// A secret signing key. Its memory is overwritten when it is dropped; `Debug` shows the public half only.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// The key whose RFC 8032 secret is these 32 random bytes. The caller overwrites its own copy.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// The 32 secret bytes, for the caller to store under its own protection.
    pub fn seed(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// The public half.
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey(self.0.verifying_key())
    }

    /// Signs the message (deterministic).
    pub fn sign(&self, message: &[u8]) -> [u8; SIGNATURE_BYTES] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "SigningKey(public {})",
            hex::encode(self.verifying_key().to_bytes())
        )
    }
}

/// A public key. Ordered and compared by its bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct VerifyingKey(ed25519_dalek::VerifyingKey);

impl VerifyingKey {
    /// Reads 32 bytes.
    ///
    /// # Errors
    /// [`KeyError::BadKey`] when they are no point, not the canonical encoding of one, or of small order.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::BadKey)?;
        // Decompressing accepts y >= p; compressing the point again shows it.
        if key.is_weak() || key.to_edwards().compress().to_bytes() != *bytes {
            return Err(KeyError::BadKey);
        }
        Ok(Self(key))
    }

    /// The 32 bytes of RFC 8032.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// The algorithm.
    pub fn algorithm(&self) -> Algorithm {
        Algorithm::Ed25519
    }

    /// Verifies strictly (canonical scalar and points, cofactorless).
    ///
    /// # Errors
    /// [`KeyError::BadSignature`].
    pub fn verify(&self, message: &[u8], signature: &[u8; SIGNATURE_BYTES]) -> Result<(), KeyError> {
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        self.0
            .verify_strict(message, &signature)
            .map_err(|_| KeyError::BadSignature)
    }

    /// What two people read to each other: eight groups of four hex digits, the first 128 bits of the SHA-256 of
    /// `accord-fingerprint/v1`, a newline, the algorithm's name, a newline and the key.
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::new()
            .chain_update(b"accord-fingerprint/v1\n")
            .chain_update(self.algorithm().name())
            .chain_update(b"\n")
            .chain_update(self.to_bytes())
            .finalize();
        let mut text = String::with_capacity(39);
        for (position, byte) in digest.iter().take(16).enumerate() {
            if position > 0 && position % 2 == 0 {
                text.push(' ');
            }
            text.push_str(&hex::encode([*byte]));
        }
        text
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({})", hex::encode(self.to_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032 section 7.1, test 2.
    #[test]
    fn rfc_8032_test_2() {
        let seed: [u8; 32] = hex::decode("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
            .unwrap()
            .try_into()
            .unwrap();
        let key = SigningKey::from_seed(&seed);
        let public = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
        assert_eq!(hex::encode(key.verifying_key().to_bytes()), public);
        let signature = key.sign(&[0x72]);
        assert_eq!(
            hex::encode(signature),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        );
        key.verifying_key().verify(&[0x72], &signature).unwrap();
        assert_eq!(
            key.verifying_key().verify(&[0x73], &signature),
            Err(KeyError::BadSignature)
        );
        assert!(!format!("{key:?}").contains(&hex::encode(seed)));
    }

    #[test]
    fn weak_and_non_canonical_keys_are_refused() {
        let mut identity = [0u8; 32];
        identity[0] = 1;
        let mut non_canonical = [0xff; 32];
        non_canonical[31] = 0x7f; // 2^255 - 1, above the field's prime
        let mut above_prime = [0xff; 32];
        above_prime[0] = 0xed + 3; // p + 3, which has a canonical spelling as 3
        above_prime[31] = 0x7f;
        for bytes in [[0u8; 32], identity, non_canonical, above_prime] {
            assert_eq!(
                VerifyingKey::from_bytes(&bytes),
                Err(KeyError::BadKey),
                "{}",
                hex::encode(bytes)
            );
        }
    }

    #[test]
    fn fingerprints_are_grouped_and_differ() {
        let a = SigningKey::from_seed(&[1; 32]).verifying_key().fingerprint();
        let b = SigningKey::from_seed(&[2; 32]).verifying_key().fingerprint();
        assert_eq!(a.len(), 39);
        assert_eq!(a.split(' ').count(), 8);
        assert_ne!(a, b);
    }
}
