//! Digests, written as lower-case hexadecimal.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256, Sha512};

/// Bytes of a digest; text is lower-case hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hex<const N: usize>(pub [u8; N]);

impl<const N: usize> std::fmt::Display for Hex<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl<const N: usize> std::fmt::Debug for Hex<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl<const N: usize> Serialize for Hex<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, const N: usize> Deserialize<'de> for Hex<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut bytes = [0; N];
        // One text for one digest: upper case is not what this store writes.
        if text.bytes().any(|byte| byte.is_ascii_uppercase())
            || hex::decode_to_slice(&text, &mut bytes).is_err()
        {
            return Err(serde::de::Error::custom(format!(
                "a digest of {N} bytes in lower-case hexadecimal expected"
            )));
        }
        Ok(Self(bytes))
    }
}

/// SHA-256 (FIPS 180-4) of some bytes, and how many there were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Digests {
    /// How many bytes.
    pub length: u64,
    /// SHA-256.
    pub sha256: Hex<32>,
    /// SHA-512: of what came in before 0034 (`docs/adr`), whose manifests name it. Checked where it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha512: Option<Hex<64>>,
}

impl Digests {
    /// Whether both are of the same bytes. One that has no SHA-512 says nothing of it.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let both = self.sha512.zip(other.sha512);
        (self.length, self.sha256) == (other.length, other.sha256)
            && both.is_none_or(|(one, another)| one == another)
    }
}

/// Takes the digests of a stream: SHA-256 alone, unless it is to be compared with one that has both.
#[derive(Clone, Default)]
pub(crate) struct Digester {
    length: u64,
    sha256: Sha256,
    sha512: Option<Sha512>,
}

impl Digester {
    /// One that can be compared with these.
    pub(crate) fn like(digests: &Digests) -> Self {
        Self {
            sha512: digests.sha512.map(|_| Sha512::default()),
            ..Self::default()
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        self.sha256.update(bytes);
        if let Some(sha512) = &mut self.sha512 {
            sha512.update(bytes);
        }
    }

    pub(crate) const fn length(&self) -> u64 {
        self.length
    }

    pub(crate) fn finish(self) -> Digests {
        Digests {
            length: self.length,
            sha256: Hex(self.sha256.finalize().into()),
            sha512: self.sha512.map(|sha512| Hex(sha512.finalize().into())),
        }
    }
}

/// SHA-256 of some bytes.
pub(crate) fn sha256(bytes: &[u8]) -> Hex<32> {
    Hex(Sha256::digest(bytes).into())
}
