//! What a witness makes of a checkpoint it is shown, given what it knows: extends, repeats, lies behind, is not
//! proved, or contradicts. Pure: the caller persists the outcome before it cosigns.
//!
//! Suspicion and proof are kept apart. A peer that withholds a consistency proof, or shows an old checkpoint, is
//! suspect and nothing is cosigned; only bytes that the author signed convict the author. See [`ForkProof`].

use crate::checkpoint::{CheckpointError, SignedCheckpoint};
use crate::id::Hash;
use crate::note::{Note, VerifierKey};
use crate::tree::{TreeError, verify_consistency};

mod fork;
pub use fork::{ForkError, ForkProof, MAX_FORK_PROOF_BYTES, Placed};

/// What a new checkpoint is to a witness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observation {
    /// The first of this ledger: remember it. (Entries are pulled and hashed before it is cosigned.)
    First,
    /// The same head again: merge the cosignatures.
    Same,
    /// A proved extension of what is known: persist it, then cosign it.
    Advanced,
    /// Smaller than what is known and, with a consistency proof, shown to be an earlier state of it. Not a
    /// contradiction: a late message, or a peer that has lost entries. Never cosigned.
    Behind {
        /// Whether a consistency proof from it to the known head verified.
        proved: bool,
    },
    /// Larger than what is known, but the consistency proof is missing or does not verify. Suspicion: nothing is
    /// persisted or cosigned; ask again, and for the entries, from which [`ForkProof::rewritten`] can be made.
    Unproven(TreeError),
    /// The author has contradicted itself: persist the proof, tell every party, trust nothing beyond.
    Fork(Box<ForkProof>),
}

/// A checkpoint that cannot be looked at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WitnessError {
    /// Its signature or form.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// It is of another ledger than the one known.
    #[error("the checkpoint is of \"{given}\", this witness was asked about \"{known}\"")]
    OtherLedger {
        /// The known origin.
        known: String,
        /// The new one's.
        given: String,
    },
}

/// Looks at a new checkpoint of a ledger whose author's key is `author`. `consistency` leads from the smaller to the
/// larger of the two sizes; it may be empty.
///
/// # Errors
/// [`WitnessError`] when the new checkpoint is not the author's, so that it says nothing about the author.
pub fn observe(
    previous: Option<&SignedCheckpoint>,
    new: &Note,
    consistency: &[Hash],
    author: &VerifierKey,
) -> Result<(SignedCheckpoint, Observation), WitnessError> {
    let new = SignedCheckpoint::open(new.clone(), author)?;
    let observation = match previous {
        None => Observation::First,
        Some(previous) => compare(previous, &new, consistency, author)?,
    };
    Ok((new, observation))
}

fn compare(
    previous: &SignedCheckpoint,
    new: &SignedCheckpoint,
    consistency: &[Hash],
    author: &VerifierKey,
) -> Result<Observation, WitnessError> {
    let (known, given) = (previous.checkpoint(), new.checkpoint());
    if known.origin != given.origin {
        return Err(WitnessError::OtherLedger {
            known: known.origin.clone(),
            given: given.origin.clone(),
        });
    }
    if let Some(fork) = ForkProof::between(previous.note(), new.note(), author) {
        return Ok(Observation::Fork(Box::new(fork)));
    }
    let (smaller, larger) = if given.size < known.size {
        (given, known)
    } else {
        (known, given)
    };
    let proof = verify_consistency(
        smaller.size,
        &smaller.root,
        larger.size,
        &larger.root,
        consistency,
    );
    Ok(match (given.size.cmp(&known.size), proof) {
        // `between` has seen to it that the roots are equal.
        (std::cmp::Ordering::Equal, _) => Observation::Same,
        (std::cmp::Ordering::Less, proof) => Observation::Behind {
            proved: proof.is_ok(),
        },
        (std::cmp::Ordering::Greater, Ok(())) => Observation::Advanced,
        (std::cmp::Ordering::Greater, Err(error)) => Observation::Unproven(error),
    })
}
