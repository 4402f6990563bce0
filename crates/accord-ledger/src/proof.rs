//! C2SP transparency log proofs (<https://c2sp.org/tlog-proof>): one text that shows, offline, that an entry is in a
//! ledger and which witnesses saw that ledger: index, inclusion proof, and the checkpoint with its cosignatures.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint};
use crate::id::Hash;
use crate::note::{MAX_NOTE_BYTES, Note, NoteError, Verified, VerifierKey};
use crate::tree::{MAX_PROOF_HASHES, TreeError, verify_inclusion};

/// First line.
pub const PROOF_HEADER: &str = "c2sp.org/tlog-proof@v1";
/// Most bytes of the opaque extra data.
pub const MAX_EXTRA_BYTES: usize = 4 * 1024;
/// Most bytes of a proof: a note, the hashes, and the extra data in base64.
pub const MAX_PROOF_BYTES: usize = MAX_NOTE_BYTES + 2 * MAX_EXTRA_BYTES + MAX_PROOF_HASHES * 64;

/// Bytes that are no proof, or a proof that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Not the form of a tlog-proof.
    #[error("not a tlog-proof: {0}")]
    Form(&'static str),
    /// More than [`MAX_PROOF_BYTES`].
    #[error("the proof has {0} bytes, {MAX_PROOF_BYTES} is the most")]
    TooLong(usize),
    /// The checkpoint's signature.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The note.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The inclusion proof.
    #[error(transparent)]
    Tree(#[from] TreeError),
}

/// A proof. Nothing in it is believed before [`Proof::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Opaque data beside the proof; never authenticated.
    pub extra: Option<Vec<u8>>,
    /// The entry's sequence number.
    pub index: u64,
    /// The inclusion proof, the leaf's sibling first.
    pub hashes: Vec<Hash>,
    /// The checkpoint with cosignatures.
    pub checkpoint: Note,
}

/// What a proof has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofVerified {
    /// The entry's sequence number.
    pub index: u64,
    /// The head the entry is under, signed by the author.
    pub checkpoint: SignedCheckpoint,
    /// The witnesses, of those asked about, that cosigned it, with their times.
    pub cosigners: Vec<Verified>,
}

impl Proof {
    /// The text; file extension `.tlog-proof`.
    pub fn encode(&self) -> String {
        let mut out = format!("{PROOF_HEADER}\n");
        if let Some(extra) = &self.extra {
            out.push_str(&format!("extra {}\n", BASE64.encode(extra)));
        }
        out.push_str(&format!("index {}\n", self.index));
        for hash in &self.hashes {
            out.push_str(&BASE64.encode(hash.0));
            out.push('\n');
        }
        out.push('\n');
        out.push_str(&self.checkpoint.encode());
        out
    }

    /// Reads the bytes of exactly one proof.
    ///
    /// # Errors
    /// [`ProofError`] for anything that [`Proof::encode`] would not have written.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofError> {
        if bytes.len() > MAX_PROOF_BYTES {
            return Err(ProofError::TooLong(bytes.len()));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| ProofError::Form("not UTF-8"))?;
        let (head, note) = text
            .split_once("\n\n")
            .ok_or(ProofError::Form("no empty line before the checkpoint"))?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(PROOF_HEADER) {
            return Err(ProofError::Form("the first line is c2sp.org/tlog-proof@v1"));
        }
        let bad_extra = ProofError::Form("extra is base64 of at most 4096 bytes");
        let extra = match lines.next_if(|line| line.starts_with("extra ")) {
            None => None,
            Some(line) => {
                let blob = line
                    .strip_prefix("extra ")
                    .and_then(|blob| BASE64.decode(blob).ok());
                Some(
                    blob.filter(|blob| blob.len() <= MAX_EXTRA_BYTES)
                        .ok_or(bad_extra)?,
                )
            }
        };
        let index = lines.next().and_then(|line| line.strip_prefix("index "));
        let index = index.and_then(|digits| {
            digits
                .parse::<u64>()
                .ok()
                .filter(|value| value.to_string() == digits)
        });
        let index = index.ok_or(ProofError::Form(
            "the index is decimal digits without leading zeroes",
        ))?;
        let mut hashes = Vec::new();
        for line in lines {
            if hashes.len() == MAX_PROOF_HASHES {
                return Err(ProofError::Form("more than 64 hashes"));
            }
            let hash = BASE64.decode(line).ok().and_then(|hash| hash.try_into().ok());
            hashes.push(Hash(
                hash.ok_or(ProofError::Form("a hash is base64 of 32 bytes"))?,
            ));
        }
        let checkpoint = Note::parse(note.as_bytes())?;
        Checkpoint::parse(checkpoint.text())?;
        Ok(Self {
            extra,
            index,
            hashes,
            checkpoint,
        })
    }

    /// Verifies that the entry with this leaf hash stands at the index under a checkpoint of this author, and tells
    /// which of the witnesses cosigned. How many must is the caller's policy.
    ///
    /// # Errors
    /// [`ProofError`]; a known witness's bad cosignature is one.
    pub fn verify(
        &self,
        leaf: &Hash,
        author: &VerifierKey,
        witnesses: &[VerifierKey],
    ) -> Result<ProofVerified, ProofError> {
        let checkpoint = SignedCheckpoint::open(self.checkpoint.clone(), author)?;
        let head = checkpoint.checkpoint();
        verify_inclusion(leaf, self.index, head.size, &self.hashes, &head.root)?;
        let cosigners = checkpoint.cosigners(witnesses)?;
        Ok(ProofVerified {
            index: self.index,
            checkpoint,
            cosigners,
        })
    }
}
