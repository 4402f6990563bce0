//! Salted commitments: to one field of a payload, and to any bytes (custody). A commitment tells a reader without
//! the salt nothing, however guessable the value; with salt and value it can be opened and nothing else can.
//!
//! Every part is preceded by its length (u64, big-endian), so that no two lists of parts have the same bytes.

use sha2::{Digest, Sha256};

use crate::id::{EntryId, Hash};

/// Domain of a field's commitment.
pub const FIELD_DOMAIN: &str = "accord-field/v1";
/// Domain of a standalone commitment.
pub const COMMITMENT_DOMAIN: &str = "accord-commitment/v1";

/// Length of a salt in bytes.
pub const SALT_BYTES: usize = 32;

fn hash_parts(parts: &[&[u8]]) -> Hash {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    Hash(hasher.finalize().into())
}

/// A commitment to bytes that may have to be proved later, without saying them now: a custody event before and
/// after a hand-over, an approval's preview. `label` says what it is for, so that a commitment made for one thing
/// does not open as another. The salt is 256 fresh random bits.
pub fn commit(label: &str, salt: &[u8; SALT_BYTES], bytes: &[u8]) -> Hash {
    hash_parts(&[COMMITMENT_DOMAIN.as_bytes(), label.as_bytes(), salt, bytes])
}

/// The commitment to one field of the payload of `entry`.
pub(crate) fn commit_field(
    entry: EntryId,
    pointer: &str,
    shape: &str,
    kind: u8,
    salt: &[u8; SALT_BYTES],
    value: &[u8],
) -> Hash {
    hash_parts(&[
        FIELD_DOMAIN.as_bytes(),
        &entry.ledger.0,
        &entry.seq.to_be_bytes(),
        pointer.as_bytes(),
        shape.as_bytes(),
        &[kind],
        salt,
        value,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_counts_and_borders_do_not_move() {
        let base = commit("a", &[0; 32], b"bc");
        for other in [
            commit("ab", &[0; 32], b"c"),
            commit("a", &[1; 32], b"bc"),
            commit("a", &[0; 32], b"bd"),
        ] {
            assert_ne!(base, other);
        }
        assert_eq!(base, commit("a", &[0; 32], b"bc"));
    }
}
