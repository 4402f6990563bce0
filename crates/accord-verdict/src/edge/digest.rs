//! The digest of a set of listings, kept up change by change: the sum, modulo 2^256, of the SHA-256 of each.
//!
//! It does not depend on the order, so that a node and its edge have the same one whatever way their listings came. It
//! finds damage and divergence, not forgery: whoever chooses the listings can find two sets with one sum.

use std::fmt;

use accord_matcher::Pattern;
use sha2::{Digest, Sha256};

use super::words::{byte_of, text_bytes};
use crate::listing::Note;

const LIMBS: usize = 4;

/// The digest of a set of listings. None: zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct SetDigest {
    /// The least first.
    limbs: [u64; LIMBS],
}

impl SetDigest {
    pub(crate) fn add(&mut self, pattern: &Pattern, note: &Note) {
        let mut carry = false;
        for (limb, more) in self.limbs.iter_mut().zip(of_listing(pattern, note)) {
            let (sum, over) = limb.overflowing_add(more);
            let (sum, over_too) = sum.overflowing_add(u64::from(carry));
            (*limb, carry) = (sum, over || over_too);
        }
    }

    pub(crate) fn remove(&mut self, pattern: &Pattern, note: &Note) {
        let mut borrow = false;
        for (limb, less) in self.limbs.iter_mut().zip(of_listing(pattern, note)) {
            let (rest, under) = limb.overflowing_sub(less);
            let (rest, under_too) = rest.overflowing_sub(u64::from(borrow));
            (*limb, borrow) = (rest, under || under_too);
        }
    }

    /// Reads 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<SetDigest> {
        let bytes: [u8; 8 * LIMBS] = hex::decode(text).ok()?.try_into().ok()?;
        let (chunks, _) = bytes.as_chunks::<8>();
        let mut limbs = [0; LIMBS];
        for (limb, chunk) in limbs.iter_mut().zip(chunks.iter().rev()) {
            *limb = u64::from_be_bytes(*chunk);
        }
        Some(SetDigest { limbs })
    }
}

impl fmt::Display for SetDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.limbs
            .iter()
            .rev()
            .try_for_each(|limb| write!(f, "{limb:016x}"))
    }
}

/// What an edge has of a listing, and nothing else: neither who published it nor when.
fn of_listing(pattern: &Pattern, note: &Note) -> [u64; LIMBS] {
    let mut hash = Sha256::new();
    hash.update([byte_of(pattern.kind()), note.action as u8]);
    hash.update(text_bytes(pattern.canonical()));
    hash.update(pattern.canonical());
    for label in note.labels.iter() {
        hash.update(text_bytes(label));
        hash.update(label);
    }
    let bytes: [u8; 8 * LIMBS] = hash.finalize().into();
    let (chunks, _) = bytes.as_chunks::<8>();
    let mut limbs = [0; LIMBS];
    for (limb, chunk) in limbs.iter_mut().zip(chunks) {
        *limb = u64::from_le_bytes(*chunk);
    }
    limbs
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::listing::Action;

    fn note(action: Action, labels: &[&str]) -> Note {
        Note {
            action,
            labels: labels.iter().map(|label| (*label).to_owned()).collect(),
            publisher: Arc::from("agency"),
            since_ms: 7,
        }
    }

    fn digest(listings: &[(&str, Action, &[&str])]) -> SetDigest {
        let mut digest = SetDigest::default();
        for (text, action, labels) in listings {
            digest.add(&Pattern::parse(text).unwrap(), &note(*action, labels));
        }
        digest
    }

    #[test]
    fn order_does_not_count_and_everything_that_is_told_does() {
        let (block, detect) = (Action::Block, Action::Detect);
        let one = digest(&[("a.example", block, &["x"]), ("192.0.2.1", detect, &[])]);
        assert_eq!(
            one,
            digest(&[("192.0.2.1", detect, &[]), ("a.example", block, &["x"])])
        );
        for other in [
            digest(&[]),
            digest(&[("a.example", block, &["x"])]),
            digest(&[("a.example", detect, &["x"]), ("192.0.2.1", detect, &[])]),
            digest(&[("a.example", block, &["y"]), ("192.0.2.1", detect, &[])]),
            digest(&[(".a.example", block, &["x"]), ("192.0.2.1", detect, &[])]),
        ] {
            assert_ne!(one, other);
        }
        assert_ne!(
            digest(&[("a.example", block, &["xy"])]),
            digest(&[("a.example", block, &["x", "y"])])
        );
    }

    #[test]
    fn what_was_added_can_be_taken_away_and_it_reads_back() {
        let mut digest = SetDigest::default();
        let names: Vec<Pattern> = (0..100)
            .map(|number| Pattern::parse(&format!("h{number}.example")).unwrap())
            .collect();
        for name in &names {
            digest.add(name, &note(Action::Block, &["x"]));
        }
        assert_eq!(SetDigest::parse(&digest.to_string()), Some(digest));
        for name in &names {
            digest.remove(name, &note(Action::Block, &["x"]));
        }
        assert_eq!(digest, SetDigest::default());
        for bad in ["", "00", &"0".repeat(63), &"0".repeat(66), &"g".repeat(64)] {
            assert_eq!(SetDigest::parse(bad), None, "{bad}");
        }
    }
}
