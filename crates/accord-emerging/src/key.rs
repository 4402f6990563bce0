//! Keyed hashes: SipHash-1-3 (Aumasson and Bernstein, INDOCRYPT 2012), one domain for each purpose.

use std::fmt;
use std::hash::Hasher as _;

use siphasher::sip::SipHasher13;

use crate::event::Circle;
use crate::limits::MAX_VALUE_BYTES;

/// The secret of an engine: 16 random bytes that the caller drew and keeps with the state. Never printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key(pub [u8; 16]);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// What is hashed. A value and a customer of the same text have hashes that say nothing of each other.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    Value = 1,
    Customer,
    Source,
    Label,
    /// A registrable name, remembered beside the names under it.
    Registrable,
    Alike,
    Pair,
    /// The sum of a saved state.
    State,
    /// What is hashed within a circle.
    Circle,
    /// What a story is called outside.
    Reference,
}

impl Key {
    pub(crate) fn hash(&self, purpose: Purpose, tag: u8, text: &[u8]) -> u64 {
        let mut hasher = SipHasher13::new_with_key(&self.0);
        hasher.write_u8(purpose as u8);
        hasher.write_u8(tag);
        hasher.write_u64(text.len() as u64);
        hasher.write(text.get(..MAX_VALUE_BYTES).unwrap_or(text));
        hasher.finish()
    }

    /// A hash within a circle: those of two circles say nothing of each other.
    pub(crate) fn within(&self, circle: Circle, hash: u64) -> u64 {
        if circle.is_open() {
            return hash;
        }
        let mut both = [0; 24];
        let (left, right) = both.split_at_mut(16);
        left.copy_from_slice(&circle.0);
        right.copy_from_slice(&hash.to_le_bytes());
        self.hash(Purpose::Circle, 0, &both)
    }

    /// Of all bytes, however many.
    pub(crate) fn sum(&self, bytes: &[u8]) -> u64 {
        let mut hasher = SipHasher13::new_with_key(&self.0);
        hasher.write_u8(Purpose::State as u8);
        hasher.write(bytes);
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_depend_on_key_purpose_tag_and_text() {
        let (one, two) = (Key([1; 16]), Key([2; 16]));
        let first = one.hash(Purpose::Value, 0, b"a");
        assert_eq!(first, one.hash(Purpose::Value, 0, b"a"));
        assert_ne!(first, two.hash(Purpose::Value, 0, b"a"));
        assert_ne!(first, one.hash(Purpose::Customer, 0, b"a"));
        assert_ne!(first, one.hash(Purpose::Value, 1, b"a"));
        assert_eq!(format!("{one:?}"), "Key(..)");
    }

    #[test]
    fn a_long_value_is_its_beginning_and_length() {
        let key = Key([1; 16]);
        let long = vec![b'a'; MAX_VALUE_BYTES + 2];
        let hash = |text: &[u8]| key.hash(Purpose::Value, 0, text);
        assert_ne!(hash(&long[..MAX_VALUE_BYTES]), hash(&long[..=MAX_VALUE_BYTES]));
        let mut other = long.clone();
        other[MAX_VALUE_BYTES + 1] = b'b';
        assert_eq!(hash(&long), hash(&other));
        other[MAX_VALUE_BYTES - 1] = b'b';
        assert_ne!(hash(&long), hash(&other));
        assert_ne!(key.sum(&long), key.sum(&other));
    }
}
