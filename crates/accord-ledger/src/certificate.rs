//! Key certificates and revocations: notes signed by an organisation's offline identity key.
//!
//! A certificate says which keys a node uses for what, and from when until when. A revocation says up to which size
//! of each ledger a key's signatures are still trusted; what that key signed beyond it, or for a ledger not named,
//! counts for nothing.

use crate::note::{KeyKind, Note, NoteError, NoteSigner, VerifierKey};

mod revocation;
mod sealing;
pub use revocation::{MAX_REVOCATION_LEDGERS, Revocation, TrustedSize};
pub use sealing::{SEALING_REVOCATION_HEADER, SEALING_SCHEME, SealingKey, SealingRevocation};

/// First line of a certificate.
pub const CERTIFICATE_HEADER: &str = "accord-node-certificate/v1";
/// Most keys in a certificate.
pub const MAX_CERTIFICATE_KEYS: usize = 16;
/// Most bytes of an organisation's name.
pub const MAX_ORG_BYTES: usize = 64;
/// Most bytes of an organisation's kind.
pub const MAX_KIND_BYTES: usize = 32;

/// A text that is no certificate or revocation, or one that cannot be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// A line that has not its form.
    #[error("the certificate or revocation is malformed at \"{0}\"")]
    Line(&'static str),
    /// More than [`MAX_CERTIFICATE_KEYS`] keys, or more than [`MAX_REVOCATION_LEDGERS`] ledgers.
    #[error("the certificate or revocation lists {0} items, which is above the limit")]
    TooMany(usize),
    /// The term is empty.
    #[error("the certificate ends before it begins")]
    Term,
    /// A key whose name or type is not that of its purpose.
    #[error("the key \"{0}\" does not have the name and type of its purpose and organisation")]
    KeyName(String),
    /// The identity key belongs to another organisation.
    #[error("the certificate is of {org}, but the key that signed it is {key}")]
    OtherOrganisation {
        /// Named in the text.
        org: String,
        /// The signing key's name.
        key: String,
    },
    /// The note.
    #[error(transparent)]
    Note(#[from] NoteError),
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Purpose {
    /// Signs checkpoints of the node's ledgers and cosigns those of others.
    Ledger,
    /// Signs requests and responses between nodes.
    Peer,
    /// Signs evidence packages.
    Evidence,
}

impl Purpose {
    /// All, in the order of a certificate's lines.
    pub const ALL: [Self; 3] = [Self::Ledger, Self::Peer, Self::Evidence];

    /// The word in the certificate.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ledger => "ledger",
            Self::Peer => "peer",
            Self::Evidence => "evidence",
        }
    }

    /// The name of an organisation's key of this purpose: `ORG/accord` for ledgers, else `ORG/accord/PURPOSE`.
    pub fn key_name(self, org: &str) -> String {
        match self {
            Self::Ledger => crate::checkpoint::ledger_key_name(org),
            other => format!("{org}/accord/{}", other.word()),
        }
    }
}

/// The name of an organisation's identity key.
pub fn identity_key_name(org: &str) -> String {
    format!("{org}/accord/identity")
}

/// Which keys a node uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The organisation's name: lower-case letters, digits, `.` and `-`.
    pub org: String,
    /// Its kind, a word such as `isp`.
    pub kind: String,
    /// Counts the organisation's certificates from 1; of two, the higher holds.
    pub serial: u64,
    /// First instant of the term, milliseconds since the Unix epoch.
    pub from_ms: u64,
    /// First instant after the term.
    pub until_ms: u64,
    /// The keys, ascending by purpose; of one purpose in the order given, each key once. At least one.
    pub keys: Vec<(Purpose, VerifierKey)>,
    /// The key that partners seal the identity of a victim to; none in certificates of before there was one.
    pub seal: Option<SealingKey>,
}

/// Whether this can be an organisation's name here; the model says exactly which are.
fn check_org(org: &str) -> Result<(), CertificateError> {
    let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'.' || byte == b'-';
    let fits = !org.is_empty() && org.len() <= MAX_ORG_BYTES && org.bytes().all(good);
    if fits {
        Ok(())
    } else {
        Err(CertificateError::Line("org"))
    }
}

/// The rest of the next line after `word` and a space.
fn field<'a>(lines: &mut std::str::Split<'a, char>, word: &'static str) -> Result<&'a str, CertificateError> {
    let rest = lines
        .next()
        .and_then(|line| line.strip_prefix(word))
        .and_then(|rest| rest.strip_prefix(' '));
    rest.ok_or(CertificateError::Line(word))
}

/// Decimal digits without leading zeroes.
fn number(digits: &str, what: &'static str) -> Result<u64, CertificateError> {
    let value = digits
        .parse::<u64>()
        .ok()
        .filter(|value| value.to_string() == digits);
    value.ok_or(CertificateError::Line(what))
}

fn check_identity(org: &str, identity: &VerifierKey) -> Result<(), CertificateError> {
    if identity.name() == identity_key_name(org) && identity.kind() == KeyKind::Ed25519 {
        return Ok(());
    }
    Err(CertificateError::OtherOrganisation {
        org: org.to_owned(),
        key: identity.name().to_owned(),
    })
}

impl Certificate {
    /// The note text.
    pub fn body(&self) -> String {
        let Self {
            org,
            kind,
            serial,
            from_ms,
            until_ms,
            keys,
            seal,
        } = self;
        let mut text = format!(
            "{CERTIFICATE_HEADER}\norg {org}\nkind {kind}\nserial {serial}\nfrom {from_ms}\nuntil {until_ms}\n"
        );
        for (purpose, key) in keys {
            text.push_str(&format!("key {} {key}\n", purpose.word()));
        }
        if let Some(key) = seal {
            text.push_str(&format!("seal {key}\n"));
        }
        text
    }

    /// Whether the values are in range and every key has the name and type of its purpose.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn check(&self) -> Result<(), CertificateError> {
        check_org(&self.org)?;
        let good = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
        if self.kind.is_empty() || self.kind.len() > MAX_KIND_BYTES || !self.kind.bytes().all(good) {
            return Err(CertificateError::Line("kind"));
        }
        if self.serial == 0 {
            return Err(CertificateError::Line("serial"));
        }
        if self.until_ms <= self.from_ms {
            return Err(CertificateError::Term);
        }
        if self.keys.is_empty() {
            return Err(CertificateError::Line("key"));
        }
        if self.keys.len() > MAX_CERTIFICATE_KEYS {
            return Err(CertificateError::TooMany(self.keys.len()));
        }
        let mut last = None;
        let mut seen = std::collections::HashSet::new();
        for (purpose, key) in &self.keys {
            if key.name() != purpose.key_name(&self.org) || key.kind() != KeyKind::Ed25519 {
                return Err(CertificateError::KeyName(key.name().to_owned()));
            }
            // One key for two purposes could be made to sign for the other; a key twice says nothing.
            if last.is_some_and(|last| last > *purpose) || !seen.insert(key.key().to_bytes()) {
                return Err(CertificateError::Line("key"));
            }
            last = Some(*purpose);
        }
        Ok(())
    }

    /// Reads the note text.
    ///
    /// # Errors
    /// [`CertificateError`] for anything that [`Certificate::body`] would not have written.
    pub fn parse(text: &str) -> Result<Self, CertificateError> {
        let mut lines = text
            .strip_suffix('\n')
            .ok_or(CertificateError::Line("end"))?
            .split('\n');
        if lines.next() != Some(CERTIFICATE_HEADER) {
            return Err(CertificateError::Line(CERTIFICATE_HEADER));
        }
        let org = field(&mut lines, "org")?.to_owned();
        let kind = field(&mut lines, "kind")?.to_owned();
        let serial = number(field(&mut lines, "serial")?, "serial")?;
        let from_ms = number(field(&mut lines, "from")?, "from")?;
        let until_ms = number(field(&mut lines, "until")?, "until")?;
        let (mut keys, mut seal) = (Vec::new(), None);
        for line in lines {
            // The last line, once.
            if seal.is_some() {
                return Err(CertificateError::Line("end"));
            }
            if let Some(key) = line.strip_prefix("seal ") {
                seal = Some(key.parse()?);
                continue;
            }
            if keys.len() == MAX_CERTIFICATE_KEYS {
                return Err(CertificateError::TooMany(MAX_CERTIFICATE_KEYS + 1));
            }
            let rest = line.strip_prefix("key ").and_then(|rest| rest.split_once(' '));
            let (word, key) = rest.ok_or(CertificateError::Line("key"))?;
            let purpose = Purpose::ALL.into_iter().find(|purpose| purpose.word() == word);
            keys.push((purpose.ok_or(CertificateError::Line("key"))?, key.parse()?));
        }
        let certificate = Self {
            org,
            kind,
            serial,
            from_ms,
            until_ms,
            keys,
            seal,
        };
        certificate.check()?;
        Ok(certificate)
    }

    /// Signs with the organisation's identity key.
    ///
    /// # Errors
    /// [`CertificateError`]: out of range, or the key of another organisation.
    pub fn sign(&self, identity: &NoteSigner) -> Result<Note, CertificateError> {
        self.check()?;
        check_identity(&self.org, identity.vkey())?;
        Ok(Note::sign(&self.body(), &[identity])?)
    }

    /// Verifies a note against the organisation's identity key. The caller checks the term and the revocations.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn open(note: &Note, identity: &VerifierKey) -> Result<Self, CertificateError> {
        note.verify(std::slice::from_ref(identity))?;
        let certificate = Self::parse(note.text())?;
        check_identity(&certificate.org, identity)?;
        Ok(certificate)
    }

    /// Whether the term holds at this instant.
    pub fn holds_at(&self, now_ms: u64) -> bool {
        (self.from_ms..self.until_ms).contains(&now_ms)
    }

    /// The keys of a purpose.
    pub fn keys_for(&self, purpose: Purpose) -> impl Iterator<Item = &VerifierKey> {
        self.keys
            .iter()
            .filter(move |(of, _)| *of == purpose)
            .map(|(_, key)| key)
    }
}
