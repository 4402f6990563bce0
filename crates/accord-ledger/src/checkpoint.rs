//! C2SP checkpoints (<https://c2sp.org/tlog-checkpoint>): a note of three lines, origin, tree size and root, signed
//! by the ledger's author. Extension lines are refused: nobody could audit them.
//!
//! A ledger's origin is `ORG/accord/LEDGERHEX`; its key's name is `ORG/accord`. A key signs only for origins below
//! its own name, so that no organisation can speak for another's ledger.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::cosignature;
use crate::id::{Hash, LedgerId};
use crate::note::{MAX_KEY_NAME_BYTES, Note, NoteError, NoteSigner, Verified, VerifierKey};
use crate::tree::MAX_TREE_SIZE;

/// Most bytes of an origin line.
pub const MAX_ORIGIN_BYTES: usize = MAX_KEY_NAME_BYTES;

/// A text that is no checkpoint, or a checkpoint that cannot be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Not the three lines.
    #[error("not a checkpoint: three lines, origin, tree size, root in base64, and nothing else")]
    Form,
    /// A size above [`MAX_TREE_SIZE`].
    #[error("the checkpoint's size is above {MAX_TREE_SIZE}")]
    Size,
    /// The origin is not below the key's name.
    #[error("the checkpoint of \"{origin}\" is signed by {key}, which may not speak for it")]
    OtherOrigin {
        /// The origin line.
        origin: String,
        /// The key's name.
        key: String,
    },
    /// The note itself.
    #[error(transparent)]
    Note(#[from] NoteError),
}

/// The name of the key with which an organisation's node signs its ledgers.
pub fn ledger_key_name(org: &str) -> String {
    format!("{org}/accord")
}

/// The origin of an organisation's ledger.
pub fn origin(org: &str, ledger: &LedgerId) -> String {
    format!("{org}/accord/{ledger}")
}

/// A tree head: which ledger, how many entries, which root.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Checkpoint {
    /// Which ledger, see [`origin`].
    pub origin: String,
    /// How many entries.
    pub size: u64,
    /// The RFC 6962 root at that size.
    pub root: Hash,
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}\n{}\n{}\n",
            self.origin,
            self.size,
            BASE64.encode(self.root.0)
        )
    }
}

impl Checkpoint {
    /// Reads the note text.
    ///
    /// # Errors
    /// [`CheckpointError::Form`] or [`CheckpointError::Size`] for anything that `to_string` would not have written.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let body = text.strip_suffix('\n').ok_or(CheckpointError::Form)?;
        let mut lines = body.split('\n');
        let (Some(origin), Some(size), Some(root), None) =
            (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(CheckpointError::Form);
        };
        let size: u64 = size.parse().map_err(|_| CheckpointError::Form)?;
        let root = BASE64.decode(root).ok().and_then(|root| root.try_into().ok());
        let root = Hash(root.ok_or(CheckpointError::Form)?);
        let checkpoint = Self {
            origin: origin.to_owned(),
            size,
            root,
        };
        let fits =
            !origin.is_empty() && origin.len() <= MAX_ORIGIN_BYTES && !origin.contains(char::is_control);
        // Writing it again shows leading zeroes, plus signs and other second spellings.
        if !fits || checkpoint.to_string() != text {
            return Err(CheckpointError::Form);
        }
        if size > MAX_TREE_SIZE {
            Err(CheckpointError::Size)
        } else {
            Ok(checkpoint)
        }
    }

    /// Organisation and ledger, when the origin has our form.
    pub fn ledger(&self) -> Option<(&str, LedgerId)> {
        let (key_name, ledger) = self.origin.rsplit_once('/')?;
        let org = key_name
            .strip_suffix("/accord")
            .filter(|org| !org.is_empty() && !org.contains('/'))?;
        Some((org, ledger.parse().ok()?))
    }

    /// Signs as the ledger's author: a signature, and the author's own cosignature, whose time makes a later
    /// truncation provable. `time_s` (seconds since the Unix epoch) must never run backwards for one ledger: give
    /// the later of now and the time of the last checkpoint.
    ///
    /// # Errors
    /// [`CheckpointError::OtherOrigin`] for a key of another name; [`CheckpointError::Form`] for a bad origin.
    pub fn sign(&self, signer: &NoteSigner, time_s: u64) -> Result<Note, CheckpointError> {
        let text = self.to_string();
        Self::parse(&text)?;
        self.check_origin(signer.vkey())?;
        let mut note = Note::sign(&text, &[signer])?;
        note.add(cosignature::cosign(signer, &text, time_s)?)?;
        Ok(note)
    }

    fn check_origin(&self, key: &VerifierKey) -> Result<(), CheckpointError> {
        let below = self
            .origin
            .strip_prefix(key.name())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if below {
            return Ok(());
        }
        Err(CheckpointError::OtherOrigin {
            origin: self.origin.clone(),
            key: key.name().to_owned(),
        })
    }
}

/// A checkpoint whose author's signature has been verified, with its note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: Note,
}

impl SignedCheckpoint {
    /// Verifies the author's signature and that the key may speak for the origin.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn open(note: Note, author: &VerifierKey) -> Result<Self, CheckpointError> {
        note.verify(std::slice::from_ref(author))?;
        let checkpoint = Checkpoint::parse(note.text())?;
        checkpoint.check_origin(author)?;
        Ok(Self { checkpoint, note })
    }

    /// [`SignedCheckpoint::open`] on the note's bytes.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn open_bytes(bytes: &[u8], author: &VerifierKey) -> Result<Self, CheckpointError> {
        Self::open(Note::parse(bytes)?, author)
    }

    /// The head.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The note, to store, to forward, and to add cosignatures to.
    pub fn note(&self) -> &Note {
        &self.note
    }

    /// The note, taken out.
    pub fn into_note(self) -> Note {
        self.note
    }

    /// Which of these witnesses cosigned, and when; none is no error.
    ///
    /// # Errors
    /// [`NoteError::BadSignature`] when a known witness's line does not verify.
    pub fn cosigners(&self, witnesses: &[VerifierKey]) -> Result<Vec<Verified>, NoteError> {
        match self.note.verify(witnesses) {
            Err(NoteError::Unknown) => Ok(Vec::new()),
            other => other,
        }
    }
}
