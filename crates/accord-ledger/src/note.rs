//! C2SP signed notes (<https://c2sp.org/signed-note>): text, an empty line, and signature lines. Here every note has
//! one byte form; signatures of unknown keys are kept and ignored; a known key's bad signature rejects the note.
//!
//! Narrower than C2SP in one rule: a note with two signatures of one name and key id is refused.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::cosignature;
use crate::keys::{SIGNATURE_BYTES, SigningKey};

mod vkey;
pub use vkey::{KeyKind, VerifierKey};

/// Most bytes of a note.
pub const MAX_NOTE_BYTES: usize = 128 * 1024;
/// Most lines of a note's text.
pub const MAX_NOTE_LINES: usize = 1_024;
/// Most signature lines (C2SP asks for at least 16).
pub const MAX_NOTE_SIGNATURES: usize = 32;
/// Most bytes of one signature, key id included (post-quantum ones have up to 5 kB).
pub const MAX_SIGNATURE_BYTES: usize = 8 * 1024;
/// Most bytes of a key's name.
pub const MAX_KEY_NAME_BYTES: usize = 255;

/// What a signature line starts with: em dash and space.
const SIGNATURE_PREFIX: &str = "\u{2014} ";

/// Bytes that are no note, or a note that cannot be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// More than [`MAX_NOTE_BYTES`].
    #[error("the note has {0} bytes, {MAX_NOTE_BYTES} is the most")]
    TooLong(usize),
    /// More than [`MAX_NOTE_LINES`].
    #[error("the note's text has {0} lines, {MAX_NOTE_LINES} is the most")]
    TooManyLines(usize),
    /// More than [`MAX_NOTE_SIGNATURES`].
    #[error("the note has more than {MAX_NOTE_SIGNATURES} signatures")]
    TooManySignatures,
    /// Not UTF-8, control characters, or no newline at the end.
    #[error("the note's text is UTF-8 without control characters and ends with a newline")]
    Text,
    /// No empty line with signatures after it.
    #[error("the note has no signatures after an empty line")]
    NoSignatures,
    /// A signature line that has not the form, or a name and key id twice.
    #[error("a signature line is malformed: em dash, key name, canonical base64, each key once")]
    SignatureLine,
    /// A key's name that is empty, too long, or holds spaces, control characters or `+`.
    #[error("not a key's name: 1 to {MAX_KEY_NAME_BYTES} bytes without spaces and '+'")]
    KeyName,
    /// Not a vkey, or its key id is not the one of name and key.
    #[error("not a verifier key of the form NAME+KEYID+BASE64 of type ed25519 or cosignature/v1")]
    VerifierKey,
    /// A signature of a known key does not verify.
    #[error("the signature of {0} does not match the note: it was changed")]
    BadSignature(String),
    /// No signature of a known key.
    #[error("the note is not signed by any key known here")]
    Unknown,
    /// A cosignature over something that is no checkpoint, or a time above 2^63 - 1.
    #[error("cannot cosign: the text is no checkpoint or the time is out of range")]
    Cosign,
}

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The key's name.
    pub name: String,
    /// The key's id.
    pub key_id: [u8; 4],
    /// What follows the key id, by the key's type.
    pub bytes: Vec<u8>,
}

/// A signature that verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Whose.
    pub key: VerifierKey,
    /// When, for a cosignature: seconds since the Unix epoch.
    pub time_s: Option<u64>,
}

/// Text and its signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

/// Signs notes under a name (type 0x01).
#[derive(Debug, Clone)]
pub struct NoteSigner {
    vkey: VerifierKey,
    key: SigningKey,
}

impl NoteSigner {
    /// A signer.
    ///
    /// # Errors
    /// [`NoteError::KeyName`].
    pub fn new(name: &str, key: SigningKey) -> Result<Self, NoteError> {
        let vkey = VerifierKey::new(name, KeyKind::Ed25519, key.verifying_key())?;
        Ok(Self { vkey, key })
    }

    /// What verifies its signatures.
    pub fn vkey(&self) -> &VerifierKey {
        &self.vkey
    }

    /// What verifies its cosignatures: the same name and key under type 0x04.
    pub fn cosigner_vkey(&self) -> VerifierKey {
        self.vkey.with_kind(KeyKind::CosignatureV1)
    }

    /// The secret key.
    pub(crate) fn key(&self) -> &SigningKey {
        &self.key
    }

    fn sign(&self, text: &str) -> Result<Signature, NoteError> {
        // A text in the form of a cosignature's message would let this signature pass as one.
        if text.starts_with(cosignature::HEADER_LINE) {
            return Err(NoteError::Text);
        }
        Ok(Signature {
            name: self.vkey.name().to_owned(),
            key_id: self.vkey.key_id(),
            bytes: self.key.sign(text.as_bytes()).to_vec(),
        })
    }
}

impl Note {
    /// Signs a text.
    ///
    /// # Errors
    /// [`NoteError::Text`], [`NoteError::TooManyLines`], [`NoteError::TooLong`], or [`NoteError::NoSignatures`]
    /// without signers.
    pub fn sign(text: &str, signers: &[&NoteSigner]) -> Result<Self, NoteError> {
        check_text(text)?;
        let mut note = Self {
            text: text.to_owned(),
            signatures: Vec::new(),
        };
        for signer in signers {
            note.add(signer.sign(text)?)?;
        }
        if signers.is_empty() {
            Err(NoteError::NoSignatures)
        } else {
            Ok(note)
        }
    }

    /// The signed text, its last newline included.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines in their order.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Adds a signature, or replaces that of the same name and key id.
    ///
    /// # Errors
    /// [`NoteError::TooManySignatures`], [`NoteError::TooLong`], [`NoteError::KeyName`] or
    /// [`NoteError::SignatureLine`].
    pub fn add(&mut self, signature: Signature) -> Result<(), NoteError> {
        vkey::check_name(&signature.name)?;
        if signature.bytes.is_empty() || signature.bytes.len() + 4 > MAX_SIGNATURE_BYTES {
            return Err(NoteError::SignatureLine);
        }
        let mut signatures = self.signatures.clone();
        match signatures
            .iter_mut()
            .find(|old| (&old.name, old.key_id) == (&signature.name, signature.key_id))
        {
            Some(old) => *old = signature,
            None => signatures.push(signature),
        }
        if signatures.len() > MAX_NOTE_SIGNATURES {
            return Err(NoteError::TooManySignatures);
        }
        let grown = Self {
            text: self.text.clone(),
            signatures,
        };
        let length = grown.encode().len();
        if length > MAX_NOTE_BYTES {
            return Err(NoteError::TooLong(length));
        }
        *self = grown;
        Ok(())
    }

    /// Takes over from a note with the same text the signatures of known keys that verify; of two cosignatures by
    /// one key the later stays. Returns how many changed.
    ///
    /// # Errors
    /// [`NoteError::TooManySignatures`] or [`NoteError::TooLong`].
    pub fn merge(&mut self, other: &Self, keys: &[VerifierKey]) -> Result<usize, NoteError> {
        let mut changed = 0;
        if self.text != other.text {
            return Ok(changed);
        }
        for signature in &other.signatures {
            let Some(new) = signature.verify(&self.text, keys) else {
                continue;
            };
            let Ok(new) = new else { continue };
            let same = |old: &&Signature| (&old.name, old.key_id) == (&signature.name, signature.key_id);
            let old = self
                .signatures
                .iter()
                .find(same)
                .and_then(|old| old.verify(&self.text, keys));
            if !matches!(old, Some(Ok(old)) if old.time_s >= new.time_s) {
                self.add(signature.clone())?;
                changed += 1;
            }
        }
        Ok(changed)
    }

    /// Verifies every signature of a known key. Returns them in the order of their lines, at least one.
    ///
    /// # Errors
    /// [`NoteError::BadSignature`] when any known key's signature is bad, [`NoteError::Unknown`] when none is known.
    pub fn verify(&self, keys: &[VerifierKey]) -> Result<Vec<Verified>, NoteError> {
        let verified: Vec<Verified> = self
            .signatures
            .iter()
            .filter_map(|line| line.verify(&self.text, keys))
            .collect::<Result<_, _>>()?;
        if verified.is_empty() {
            Err(NoteError::Unknown)
        } else {
            Ok(verified)
        }
    }

    /// The note's bytes.
    pub fn encode(&self) -> String {
        let mut out = format!("{}\n", self.text);
        for Signature { name, key_id, bytes } in &self.signatures {
            let blob = BASE64.encode([key_id.as_slice(), bytes].concat());
            out.push_str(&format!("{SIGNATURE_PREFIX}{name} {blob}\n"));
        }
        out
    }

    /// Reads the bytes of exactly one note. Nothing is verified.
    ///
    /// # Errors
    /// [`NoteError`] for anything that [`Note::encode`] would not have written.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(NoteError::TooLong(bytes.len()));
        }
        let whole = std::str::from_utf8(bytes).map_err(|_| NoteError::Text)?;
        let border = whole.rfind("\n\n").ok_or(NoteError::NoSignatures)?;
        let (text, rest) = whole.split_at_checked(border + 1).ok_or(NoteError::Text)?;
        check_text(text)?;
        let lines = rest.strip_prefix('\n').and_then(|lines| lines.strip_suffix('\n'));
        let lines = lines.ok_or(NoteError::NoSignatures)?;
        let mut note = Self {
            text: text.to_owned(),
            signatures: Vec::new(),
        };
        for line in lines.split('\n') {
            if note.signatures.len() == MAX_NOTE_SIGNATURES {
                return Err(NoteError::TooManySignatures);
            }
            let signature = Signature::parse(line)?;
            let twice = |old: &Signature| (&old.name, old.key_id) == (&signature.name, signature.key_id);
            if note.signatures.iter().any(twice) {
                return Err(NoteError::SignatureLine);
            }
            note.signatures.push(signature);
        }
        Ok(note)
    }
}

fn check_text(text: &str) -> Result<(), NoteError> {
    if !text.ends_with('\n') || text.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
        return Err(NoteError::Text);
    }
    let lines = text.bytes().filter(|byte| *byte == b'\n').count();
    if lines > MAX_NOTE_LINES {
        return Err(NoteError::TooManyLines(lines));
    }
    if text.len() > MAX_NOTE_BYTES {
        Err(NoteError::TooLong(text.len()))
    } else {
        Ok(())
    }
}

impl Signature {
    fn parse(line: &str) -> Result<Self, NoteError> {
        let rest = line
            .strip_prefix(SIGNATURE_PREFIX)
            .ok_or(NoteError::SignatureLine)?;
        let (name, blob) = rest.split_once(' ').ok_or(NoteError::SignatureLine)?;
        vkey::check_name(name)?;
        let blob = BASE64.decode(blob).map_err(|_| NoteError::SignatureLine)?;
        let (key_id, bytes) = blob.split_first_chunk::<4>().ok_or(NoteError::SignatureLine)?;
        if bytes.is_empty() || blob.len() > MAX_SIGNATURE_BYTES {
            return Err(NoteError::SignatureLine);
        }
        Ok(Self {
            name: name.to_owned(),
            key_id: *key_id,
            bytes: bytes.to_vec(),
        })
    }

    /// None when no key has this name and key id.
    fn verify(&self, text: &str, keys: &[VerifierKey]) -> Option<Result<Verified, NoteError>> {
        let key = keys
            .iter()
            .find(|key| key.name() == self.name && key.key_id() == self.key_id)?;
        let time_s = match key.kind() {
            KeyKind::Ed25519 => <&[u8; SIGNATURE_BYTES]>::try_from(self.bytes.as_slice())
                .ok()
                .and_then(|bytes| key.key().verify(text.as_bytes(), bytes).ok())
                .map(|()| None),
            KeyKind::CosignatureV1 => cosignature::verify(text, &self.bytes, key.key()).map(Some),
        };
        let bad = NoteError::BadSignature(key.name().to_owned());
        Some(
            time_s
                .map(|time_s| Verified {
                    key: key.clone(),
                    time_s,
                })
                .ok_or(bad),
        )
    }
}
