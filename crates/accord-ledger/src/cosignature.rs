//! C2SP cosignatures, `cosignature/v1` with Ed25519 (<https://c2sp.org/tlog-cosignature>): "as of this time, the
//! largest consistent head that I have seen of this ledger is this one". It asserts consistency, not truth.
//!
//! A ledger's own author also cosigns each of its checkpoints (see [`crate::checkpoint::Checkpoint::sign`]): the
//! time in it is what turns a truncation into a proof.

use crate::checkpoint::Checkpoint;
use crate::keys::{SIGNATURE_BYTES, VerifyingKey};
use crate::note::{NoteError, NoteSigner, Signature};

/// First line of the signed message.
pub const HEADER_LINE: &str = "cosignature/v1\n";
/// Largest time, in seconds.
pub const MAX_TIME_S: u64 = i64::MAX as u64;

fn message(text: &str, time_s: u64) -> String {
    format!("{HEADER_LINE}time {time_s}\n{text}")
}

/// Cosigns the text of a checkpoint. `time_s`: seconds since the Unix epoch; must never run backwards for one
/// ledger and cosigner (give the later of now and the last one).
///
/// # Errors
/// [`NoteError::Cosign`].
pub fn cosign(signer: &NoteSigner, text: &str, time_s: u64) -> Result<Signature, NoteError> {
    if time_s > MAX_TIME_S || Checkpoint::parse(text).is_err() {
        return Err(NoteError::Cosign);
    }
    let vkey = signer.cosigner_vkey();
    let signature = signer.key().sign(message(text, time_s).as_bytes());
    Ok(Signature {
        name: vkey.name().to_owned(),
        key_id: vkey.key_id(),
        bytes: [time_s.to_be_bytes().as_slice(), &signature].concat(),
    })
}

/// The time of a cosignature that verifies.
pub(crate) fn verify(text: &str, bytes: &[u8], key: &VerifyingKey) -> Option<u64> {
    let (time, signature) = bytes.split_first_chunk::<8>()?;
    let time_s = u64::from_be_bytes(*time);
    let signature: &[u8; SIGNATURE_BYTES] = signature.try_into().ok()?;
    let in_range = time_s <= MAX_TIME_S;
    (in_range && key.verify(message(text, time_s).as_bytes(), signature).is_ok()).then_some(time_s)
}
