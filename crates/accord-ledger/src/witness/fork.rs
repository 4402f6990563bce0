//! Proof that a ledger's author has contradicted itself, from bytes the author signed and nothing else. It verifies
//! offline, by anyone who knows the author's key.
//!
//! * **Same size**: two signed checkpoints of one size with different roots.
//! * **Truncated**: two checkpoints that carry the author's own cosignature, the smaller one made later. A
//!   cosignature says "the largest head as of this time", so the author has gone back. (An old checkpoint shown
//!   again has its old time, and proves nothing.)
//! * **Rewritten**: two signed checkpoints and, for one index below both sizes, an inclusion proof under each, of
//!   two different leaves. Needed when the two heads have different sizes.

use crate::bytes::{Reader, Short};
use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::id::Hash;
use crate::note::{KeyKind, MAX_NOTE_BYTES, Note, VerifierKey};
use crate::tree::{MAX_PROOF_HASHES, verify_inclusion};

/// Version of the format.
const VERSION: u8 = 1;
/// Most bytes of an encoded fork proof: two notes and two inclusion proofs.
pub const MAX_FORK_PROOF_BYTES: usize = 64 + 2 * (4 + MAX_NOTE_BYTES) + 2 * (33 + 32 * MAX_PROOF_HASHES);

/// A fork proof that is malformed or proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ForkError {
    /// Bytes that [`ForkProof::encode`] would not have written.
    #[error("not a fork proof: the bytes are malformed or too long")]
    Form,
    /// A checkpoint in it is not the author's, or they are of different ledgers.
    #[error("the fork proof's checkpoints are not both signed by this author for one ledger")]
    NotTheAuthor,
    /// The checkpoints do not contradict each other.
    #[error("the fork proof's checkpoints do not contradict each other")]
    NoContradiction,
}

impl From<Short> for ForkError {
    fn from(_: Short) -> Self {
        Self::Form
    }
}

/// A leaf and its inclusion proof under one of the two checkpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The leaf hash.
    pub leaf: Hash,
    /// The inclusion proof.
    pub proof: Vec<Hash>,
}

/// Two signed statements of one author that cannot both be honest. Build it by [`ForkProof::between`] or
/// [`ForkProof::rewritten`]; believe it after [`ForkProof::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ForkProof {
    /// One size, two roots.
    SameSize {
        /// One checkpoint.
        first: Note,
        /// The other.
        second: Note,
    },
    /// A smaller head cosigned by the author after a larger one.
    Truncated {
        /// The larger checkpoint, with the author's cosignature.
        larger: Note,
        /// The smaller one, with the author's later cosignature.
        smaller: Note,
    },
    /// Two heads with different leaves at one index.
    Rewritten {
        /// One checkpoint.
        first: Note,
        /// The other.
        second: Note,
        /// The index.
        index: u64,
        /// What stands there under the first.
        in_first: Placed,
        /// What stands there under the second.
        in_second: Placed,
    },
}

impl ForkProof {
    /// The contradiction between two checkpoints of `author` that needs nothing but them, if there is one.
    pub fn between(first: &Note, second: &Note, author: &VerifierKey) -> Option<Self> {
        let same = Self::SameSize {
            first: first.clone(),
            second: second.clone(),
        };
        let there = Self::Truncated {
            larger: first.clone(),
            smaller: second.clone(),
        };
        let back = Self::Truncated {
            larger: second.clone(),
            smaller: first.clone(),
        };
        [same, there, back]
            .into_iter()
            .find(|proof| proof.verify(author).is_ok())
    }

    /// The proof that entry `index` was replaced between two checkpoints, from both trees' inclusion proofs.
    ///
    /// # Errors
    /// [`ForkError`] when it does not prove that.
    pub fn rewritten(
        first: &Note,
        second: &Note,
        index: u64,
        in_first: Placed,
        in_second: Placed,
        author: &VerifierKey,
    ) -> Result<Self, ForkError> {
        let (first, second) = (first.clone(), second.clone());
        let proof = Self::Rewritten {
            first,
            second,
            index,
            in_first,
            in_second,
        };
        proof.verify(author)?;
        Ok(proof)
    }

    /// The two signed notes.
    pub fn notes(&self) -> (&Note, &Note) {
        match self {
            Self::SameSize { first, second } | Self::Rewritten { first, second, .. } => (first, second),
            Self::Truncated { larger, smaller } => (larger, smaller),
        }
    }

    /// How many entries from the first on the two histories may share, by this proof: all before the entry that was
    /// replaced; the whole smaller head of a truncation; of two roots of one size nothing, for where they part is
    /// not shown. The smallest of all proofs holds.
    pub fn common(&self) -> u64 {
        match self {
            Self::SameSize { .. } => 0,
            Self::Truncated { smaller, .. } => {
                Checkpoint::parse(smaller.text()).map_or(0, |checkpoint| checkpoint.size)
            }
            Self::Rewritten { index, .. } => *index,
        }
    }

    /// Verifies it, offline, with the author's key (type ed25519; its cosignatures are checked under the same name
    /// and key). Returns the ledger's origin.
    ///
    /// # Errors
    /// [`ForkError::NotTheAuthor`] or [`ForkError::NoContradiction`].
    pub fn verify(&self, author: &VerifierKey) -> Result<String, ForkError> {
        let open =
            |note: &Note| SignedCheckpoint::open(note.clone(), author).map_err(|_| ForkError::NotTheAuthor);
        let (a, b) = self.notes();
        let (a, b) = (open(a)?, open(b)?);
        let (first, second) = (a.checkpoint(), b.checkpoint());
        if first.origin != second.origin {
            return Err(ForkError::NotTheAuthor);
        }
        let contradicts = match self {
            Self::SameSize { .. } => first.size == second.size && first.root != second.root,
            Self::Truncated { .. } => {
                let cosigner = author.with_kind(KeyKind::CosignatureV1);
                let time = |note: &SignedCheckpoint| -> Option<u64> {
                    note.cosigners(std::slice::from_ref(&cosigner))
                        .ok()?
                        .first()?
                        .time_s
                };
                first.size > second.size && matches!((time(&a), time(&b)), (Some(a), Some(b)) if b > a)
            }
            Self::Rewritten {
                index,
                in_first,
                in_second,
                ..
            } => {
                let holds = |head: &Checkpoint, placed: &Placed| {
                    verify_inclusion(&placed.leaf, *index, head.size, &placed.proof, &head.root).is_ok()
                };
                in_first.leaf != in_second.leaf && holds(first, in_first) && holds(second, in_second)
            }
        };
        if contradicts {
            Ok(first.origin.clone())
        } else {
            Err(ForkError::NoContradiction)
        }
    }

    /// The canonical bytes: version u8, kind u8 (1 same size, 2 truncated, 3 rewritten), both notes with u32 lengths;
    /// for kind 3 index u64, then twice: leaf 32, count u8, hashes.
    pub fn encode(&self) -> Vec<u8> {
        let kind = match self {
            Self::SameSize { .. } => 1,
            Self::Truncated { .. } => 2,
            Self::Rewritten { .. } => 3,
        };
        let mut out = vec![VERSION, kind];
        let (first, second) = self.notes();
        for note in [first.encode(), second.encode()] {
            // A note is at most MAX_NOTE_BYTES long.
            out.extend_from_slice(&u32::try_from(note.len()).unwrap_or(u32::MAX).to_be_bytes());
            out.extend_from_slice(note.as_bytes());
        }
        if let Self::Rewritten {
            index,
            in_first,
            in_second,
            ..
        } = self
        {
            out.extend_from_slice(&index.to_be_bytes());
            for placed in [in_first, in_second] {
                out.extend_from_slice(&placed.leaf.0);
                out.push(u8::try_from(placed.proof.len()).unwrap_or(u8::MAX));
                for hash in &placed.proof {
                    out.extend_from_slice(&hash.0);
                }
            }
        }
        out
    }

    /// Reads the bytes of exactly one fork proof; nothing is verified.
    ///
    /// # Errors
    /// [`ForkError::Form`].
    pub fn decode(bytes: &[u8]) -> Result<Self, ForkError> {
        if bytes.len() > MAX_FORK_PROOF_BYTES {
            return Err(ForkError::Form);
        }
        let mut reader = Reader::new(bytes);
        if reader.u8()? != VERSION {
            return Err(ForkError::Form);
        }
        let kind = reader.u8()?;
        let (first, second) = (note(&mut reader)?, note(&mut reader)?);
        let proof = match kind {
            1 => Self::SameSize { first, second },
            2 => Self::Truncated {
                larger: first,
                smaller: second,
            },
            3 => {
                let index = reader.u64()?;
                let (in_first, in_second) = (placed(&mut reader)?, placed(&mut reader)?);
                Self::Rewritten {
                    first,
                    second,
                    index,
                    in_first,
                    in_second,
                }
            }
            _ => return Err(ForkError::Form),
        };
        if reader.is_empty() {
            Ok(proof)
        } else {
            Err(ForkError::Form)
        }
    }
}

fn note(reader: &mut Reader<'_>) -> Result<Note, ForkError> {
    let length = usize::try_from(reader.u32()?).unwrap_or(usize::MAX);
    Note::parse(reader.take(length)?).map_err(|_| ForkError::Form)
}

fn placed(reader: &mut Reader<'_>) -> Result<Placed, ForkError> {
    let leaf = Hash(reader.array()?);
    let count = usize::from(reader.u8()?);
    if count > MAX_PROOF_HASHES {
        return Err(ForkError::Form);
    }
    let mut proof = Vec::with_capacity(count);
    for _ in 0..count {
        proof.push(Hash(reader.array()?));
    }
    Ok(Placed { leaf, proof })
}
