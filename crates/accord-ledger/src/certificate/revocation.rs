//! Revocations: from when a key is no longer trusted, told in tree sizes, which no clock can argue with.

use super::{CertificateError, check_identity, check_org, field, number};
use crate::id::LedgerId;
use crate::note::{Note, NoteSigner, VerifierKey};
use crate::tree::MAX_TREE_SIZE;

/// First line of a revocation.
pub const REVOCATION_HEADER: &str = "accord-key-revocation/v1";
/// Most ledgers in one revocation (bounded by the lines of a note). A node with more sends several.
pub const MAX_REVOCATION_LEDGERS: usize = 1_000;

/// The last size of a ledger that the revoked key is trusted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrustedSize {
    /// The ledger.
    pub ledger: LedgerId,
    /// Entries below this sequence number stay trusted.
    pub size: u64,
}

/// A key that is no longer trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// Whose key.
    pub org: String,
    /// The key.
    pub key: VerifierKey,
    /// When it was revoked, milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// Up to where it stays trusted, ascending by ledger, each once. A ledger left out: not at all.
    pub ledgers: Vec<TrustedSize>,
}

impl Revocation {
    /// The note text.
    pub fn body(&self) -> String {
        let Self {
            org,
            key,
            at_ms,
            ledgers,
        } = self;
        let mut text = format!("{REVOCATION_HEADER}\norg {org}\nkey {key}\nat {at_ms}\n");
        for TrustedSize { ledger, size } in ledgers {
            text.push_str(&format!("ledger {ledger} {size}\n"));
        }
        text
    }

    /// Whether the values are in range, the ledgers in order, and the key the organisation's.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn check(&self) -> Result<(), CertificateError> {
        check_org(&self.org)?;
        let own = self
            .key
            .name()
            .strip_prefix(self.org.as_str())
            .is_some_and(|rest| rest.starts_with("/accord"));
        if !own {
            return Err(CertificateError::KeyName(self.key.name().to_owned()));
        }
        if self.ledgers.len() > MAX_REVOCATION_LEDGERS {
            return Err(CertificateError::TooMany(self.ledgers.len()));
        }
        let ascending = self.ledgers.is_sorted_by(|a, b| a.ledger < b.ledger);
        if !ascending || self.ledgers.iter().any(|trusted| trusted.size > MAX_TREE_SIZE) {
            return Err(CertificateError::Line("ledger"));
        }
        Ok(())
    }

    /// Reads the note text.
    ///
    /// # Errors
    /// [`CertificateError`] for anything that [`Revocation::body`] would not have written.
    pub fn parse(text: &str) -> Result<Self, CertificateError> {
        let mut lines = text
            .strip_suffix('\n')
            .ok_or(CertificateError::Line("end"))?
            .split('\n');
        if lines.next() != Some(REVOCATION_HEADER) {
            return Err(CertificateError::Line(REVOCATION_HEADER));
        }
        let org = field(&mut lines, "org")?.to_owned();
        let key = field(&mut lines, "key")?.parse()?;
        let at_ms = number(field(&mut lines, "at")?, "at")?;
        let mut ledgers = Vec::new();
        for line in lines {
            if ledgers.len() == MAX_REVOCATION_LEDGERS {
                return Err(CertificateError::TooMany(MAX_REVOCATION_LEDGERS + 1));
            }
            let rest = line.strip_prefix("ledger ").and_then(|rest| rest.split_once(' '));
            let (ledger, size) = rest.ok_or(CertificateError::Line("ledger"))?;
            let ledger = ledger.parse().map_err(|_| CertificateError::Line("ledger"))?;
            ledgers.push(TrustedSize {
                ledger,
                size: number(size, "ledger")?,
            });
        }
        let revocation = Self {
            org,
            key,
            at_ms,
            ledgers,
        };
        revocation.check()?;
        Ok(revocation)
    }

    /// Signs with the organisation's identity key.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn sign(&self, identity: &NoteSigner) -> Result<Note, CertificateError> {
        self.check()?;
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

    /// How many entries of a ledger this key's signatures still vouch for.
    pub fn trusted_size(&self, ledger: &LedgerId) -> u64 {
        let found = self
            .ledgers
            .binary_search_by_key(ledger, |trusted| trusted.ledger)
            .ok();
        found
            .and_then(|index| self.ledgers.get(index))
            .map_or(0, |trusted| trusted.size)
    }
}
