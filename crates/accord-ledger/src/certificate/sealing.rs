//! Keys that others seal to: nothing is signed with them, so that they are of another kind than those that sign.

use std::fmt;
use std::str::FromStr;

use super::{CertificateError, check_identity, check_org, field, number};
use crate::note::{Note, NoteSigner, VerifierKey};

/// The one scheme: HPKE (RFC 9180) with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and ChaCha20-Poly1305.
pub const SEALING_SCHEME: &str = "hpke-x25519-hkdf-sha256-chacha20poly1305";
/// First line of a revocation of such a key.
pub const SEALING_REVOCATION_HEADER: &str = "accord-sealing-key-revocation/v1";

/// A public X25519 key (RFC 7748) that partners seal to. As text `SCHEME+HEX`, in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SealingKey([u8; 32]);

impl SealingKey {
    /// The key of these 32 bytes. Whether anything can be sealed to it shows when something is.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SEALING_SCHEME}+{}", hex::encode(self.0))
    }
}

impl FromStr for SealingKey {
    type Err = CertificateError;
    fn from_str(text: &str) -> Result<Self, CertificateError> {
        let mut bytes = [0; 32];
        text.strip_prefix(SEALING_SCHEME)
            .and_then(|rest| rest.strip_prefix('+'))
            .and_then(|digits| hex::decode_to_slice(digits, &mut bytes).ok())
            .ok_or(CertificateError::Line("seal"))?;
        let key = Self(bytes);
        // One spelling.
        if key.to_string() == text {
            Ok(key)
        } else {
            Err(CertificateError::Line("seal"))
        }
    }
}

/// A key that nothing more is to be sealed to. What was sealed to it before stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealingRevocation {
    /// Whose key.
    pub org: String,
    /// The key.
    pub key: SealingKey,
    /// When it was revoked, milliseconds since the Unix epoch.
    pub at_ms: u64,
}

impl SealingRevocation {
    /// The note text.
    pub fn body(&self) -> String {
        let Self { org, key, at_ms } = self;
        format!("{SEALING_REVOCATION_HEADER}\norg {org}\nseal {key}\nat {at_ms}\n")
    }

    /// Reads the note text.
    ///
    /// # Errors
    /// [`CertificateError`] for anything that [`SealingRevocation::body`] would not have written.
    pub fn parse(text: &str) -> Result<Self, CertificateError> {
        let mut lines = text
            .strip_suffix('\n')
            .ok_or(CertificateError::Line("end"))?
            .split('\n');
        if lines.next() != Some(SEALING_REVOCATION_HEADER) {
            return Err(CertificateError::Line(SEALING_REVOCATION_HEADER));
        }
        let org = field(&mut lines, "org")?.to_owned();
        check_org(&org)?;
        let key = field(&mut lines, "seal")?.parse()?;
        let at_ms = number(field(&mut lines, "at")?, "at")?;
        match lines.next() {
            None => Ok(Self { org, key, at_ms }),
            Some(_) => Err(CertificateError::Line("end")),
        }
    }

    /// Signs with the organisation's identity key.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn sign(&self, identity: &NoteSigner) -> Result<Note, CertificateError> {
        check_org(&self.org)?;
        check_identity(&self.org, identity.vkey())?;
        Ok(Note::sign(&self.body(), &[identity])?)
    }

    /// Verifies a note against the organisation's identity key.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn open(note: &Note, identity: &VerifierKey) -> Result<Self, CertificateError> {
        note.verify(std::slice::from_ref(identity))?;
        let revocation = Self::parse(note.text())?;
        check_identity(&revocation.org, identity)?;
        Ok(revocation)
    }
}
