//! The index of private look-ups: the leading 64 bits of the SHA-256 of each blocked indicator's canonical text.
//!
//! The bits are kept apart from the ids, 12 bytes a listing; whole digests are computed again for an answer.

use accord_matcher::IndicatorId;
use sha2::{Digest, Sha256};

use crate::limits::{MAX_PREFIX_DIGITS, MIN_PREFIX_DIGITS};

/// The SHA-256 of a canonical text.
pub(crate) fn digest(canonical: &str) -> [u8; 32] {
    Sha256::digest(canonical.as_bytes()).into()
}

/// The leading 64 bits of it.
pub(crate) fn key(canonical: &str) -> u64 {
    digest(canonical)
        .first_chunk()
        .map_or(0, |first| u64::from_be_bytes(*first))
}

/// The leading hexadecimal digits of a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashPrefix {
    low: u64,
    high: u64,
}

/// Why some text is no prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a prefix is {MIN_PREFIX_DIGITS} to {MAX_PREFIX_DIGITS} hexadecimal digits")]
pub struct NoPrefix;

impl HashPrefix {
    /// Reads [`MIN_PREFIX_DIGITS`] to [`MAX_PREFIX_DIGITS`] hexadecimal digits of any case.
    ///
    /// # Errors
    /// [`NoPrefix`].
    pub fn parse(text: &str) -> Result<HashPrefix, NoPrefix> {
        let is_prefix = (MIN_PREFIX_DIGITS..=MAX_PREFIX_DIGITS).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_prefix {
            return Err(NoPrefix);
        }
        let value = u64::from_str_radix(text, 16).map_err(|_| NoPrefix)?;
        let missing = u32::try_from(4 * (MAX_PREFIX_DIGITS - text.len())).map_err(|_| NoPrefix)?;
        let low = value << missing;
        Ok(HashPrefix {
            low,
            high: low | ((1 << missing) - 1),
        })
    }
}

#[derive(Debug, Default)]
pub(crate) struct PrefixIndex {
    keys: Vec<u64>,
    ids: Vec<IndicatorId>,
}

impl PrefixIndex {
    pub fn new(mut hashed: Vec<(u64, IndicatorId)>) -> PrefixIndex {
        hashed.sort_unstable();
        let (keys, ids) = hashed.into_iter().unzip();
        PrefixIndex { keys, ids }
    }

    /// The listings whose digests begin so.
    pub fn bucket(&self, prefix: HashPrefix) -> &[IndicatorId] {
        let first = self.keys.partition_point(|&key| key < prefix.low);
        let last = self.keys.partition_point(|&key| key <= prefix.high);
        self.ids.get(first..last).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_of_four_to_sixteen_digits_and_no_others() {
        for (text, range) in [
            ("0000", Some((0, 0x0000_ffff_ffff_ffff))),
            ("ABcd", Some((0xabcd_0000_0000_0000, 0xabcd_ffff_ffff_ffff))),
            ("abcde", Some((0xabcd_e000_0000_0000, 0xabcd_efff_ffff_ffff))),
            (
                "0123456789abcdef",
                Some((0x0123_4567_89ab_cdef, 0x0123_4567_89ab_cdef)),
            ),
            ("abc", None),
            ("0123456789abcdef0", None),
            ("+123", None),
            ("12g4", None),
            ("", None),
        ] {
            let parsed = HashPrefix::parse(text).ok().map(|p| (p.low, p.high));
            assert_eq!(parsed, range, "{text}");
        }
    }

    #[test]
    fn a_bucket_holds_exactly_what_begins_so() {
        let texts: Vec<String> = (0..2000).map(|i| format!("host{i}.example")).collect();
        let index = PrefixIndex::new((0..).zip(&texts).map(|(id, text)| (key(text), id)).collect());
        for digits in [4, 5, 8, 16] {
            for (id, text) in (0..).zip(&texts) {
                let whole = hex::encode(digest(text));
                let prefix = &whole[..digits];
                let expected: Vec<u32> = (0..)
                    .zip(&texts)
                    .filter(|(_, other)| hex::encode(digest(other)).starts_with(prefix))
                    .map(|(id, _)| id)
                    .collect();
                let mut bucket = index.bucket(HashPrefix::parse(prefix).unwrap()).to_vec();
                bucket.sort_unstable();
                assert!(bucket.contains(&id));
                assert_eq!(bucket, expected);
                if digits > 4 && id > 20 {
                    break;
                }
                if id > 60 {
                    break;
                }
            }
        }
    }
}
