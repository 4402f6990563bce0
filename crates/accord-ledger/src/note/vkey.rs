//! Verifier keys in text: `NAME+KEYID+BASE64(type || key)`.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest, Sha256};

use super::{MAX_KEY_NAME_BYTES, NoteError};
use crate::keys::VerifyingKey;

/// The signature types of C2SP signed-note that are known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyKind {
    /// 0x01: Ed25519 over the text.
    Ed25519,
    /// 0x04: Ed25519 over text and time, see [`crate::cosignature`].
    CosignatureV1,
}

impl KeyKind {
    fn number(self) -> u8 {
        match self {
            Self::Ed25519 => 1,
            Self::CosignatureV1 => 4,
        }
    }
}

/// A public key with its name and signature type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VerifierKey {
    name: String,
    kind: KeyKind,
    key: VerifyingKey,
}

/// Whether this is a key's name.
pub(super) fn check_name(name: &str) -> Result<(), NoteError> {
    let bad = |character: char| character.is_whitespace() || character.is_control() || character == '+';
    if name.is_empty() || name.len() > MAX_KEY_NAME_BYTES || name.contains(bad) {
        return Err(NoteError::KeyName);
    }
    Ok(())
}

impl VerifierKey {
    /// A key under a name.
    ///
    /// # Errors
    /// [`NoteError::KeyName`].
    pub fn new(name: &str, kind: KeyKind, key: VerifyingKey) -> Result<Self, NoteError> {
        check_name(name)?;
        Ok(Self {
            name: name.to_owned(),
            kind,
            key,
        })
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The signature type.
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The public key.
    pub fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// The same name and key under another signature type.
    #[must_use]
    pub fn with_kind(&self, kind: KeyKind) -> Self {
        Self { kind, ..self.clone() }
    }

    /// First four bytes of `SHA-256(name || 0x0A || type || key)`.
    pub fn key_id(&self) -> [u8; 4] {
        let digest: [u8; 32] = Sha256::new()
            .chain_update(&self.name)
            .chain_update([b'\n', self.kind.number()])
            .chain_update(self.key.to_bytes())
            .finalize()
            .into();
        let [a, b, c, d, ..] = digest;
        [a, b, c, d]
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let material = [[self.kind.number()].as_slice(), &self.key.to_bytes()].concat();
        write!(
            f,
            "{}+{}+{}",
            self.name,
            hex::encode(self.key_id()),
            BASE64.encode(material)
        )
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;
    fn from_str(text: &str) -> Result<Self, NoteError> {
        let bad = NoteError::VerifierKey;
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(_), Some(material)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(bad);
        };
        let material = BASE64.decode(material).map_err(|_| bad.clone())?;
        let (kind, key) = match material.split_first() {
            Some((1, key)) => (KeyKind::Ed25519, key),
            Some((4, key)) => (KeyKind::CosignatureV1, key),
            _ => return Err(bad),
        };
        let key: &[u8; 32] = key.try_into().map_err(|_| bad.clone())?;
        let key = VerifyingKey::from_bytes(key).map_err(|_| bad.clone())?;
        let vkey = Self::new(name, kind, key)?;
        // One spelling, and the key id is that of name and key.
        if vkey.to_string() == text {
            Ok(vkey)
        } else {
            Err(bad)
        }
    }
}

impl serde::Serialize for VerifierKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for VerifierKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}
