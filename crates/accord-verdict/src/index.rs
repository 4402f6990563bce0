//! The index of plain values: from the bytes of a name, address, network or hash to its listing, with one word of a
//! small filter for nearly every "no", and a bucket and a record more for a "yes".
//!
//! The filter is a Bloom filter whose bits for a key lie in one word; 2 bytes a key, so that it stays near when the rest
//! does not. Buckets of one cache line, chosen by a hash of the key: eight 16-bit tags, and the place of each tag's record; a full
//! bucket goes on in the next. A tag is never trusted alone: the record holds the key, and it is compared.
//!
//! What a look-up costs is waiting for memory: filter, buckets and records can each be asked for before they are needed,
//! so that those of many keys are waited for together.
//! The matcher's watchlist stays the one that knows the rules; a property test compares the two.

use std::net::Ipv4Addr;

use accord_matcher::{IndicatorId, PatternKind, prefer_large_pages, prefetch};
use ipnet::Ipv4Net;
use rapidhash::v3::rapidhash_v3;

use crate::listing::Action;

const SLOTS: usize = 8;
/// Of eight slots so many are taken on average: few buckets overflow.
const FILL: usize = 5;
/// 16 bits of the filter for each key: of a hundred keys that are not there, one or two pass.
const KEYS_PER_WORD: usize = 4;
/// Kind and action, length of the key, id.
const HEAD_BYTES: usize = 6;
/// Bytes of most records.
const USUAL_BYTES: usize = 32;
const BLOCK: u8 = 0x80;
const EMPTY: u16 = 0;

/// Tags, and where the record of each begins.
#[derive(Debug, Clone, Copy, Default)]
#[repr(align(64))]
struct Bucket {
    tags: [u16; SLOTS],
    places: [u32; SLOTS],
}

impl Bucket {
    /// A bit for each slot that holds this tag.
    #[inline]
    fn with(&self, tag: u16) -> u32 {
        let [a, b, c, d, e, f, g, h] = self.tags.map(|held| u32::from(held == tag));
        a | b << 1 | c << 2 | d << 3 | e << 4 | f << 5 | g << 6 | h << 7
    }
}

/// A listing that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub id: IndicatorId,
    pub class: Class,
    pub action: Action,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    Domain = 0,
    Subdomains = 1,
    Address = 2,
    Network = 3,
    Hash = 4,
}

/// Immutable.
#[derive(Debug, Default)]
pub(crate) struct PlainIndex {
    filter: Vec<u64>,
    buckets: Vec<Bucket>,
    records: Vec<u8>,
    /// Bits of the IPv4 networks, the longest first.
    ipv4_bits: Vec<u8>,
}

/// The hash of a key.
#[inline]
pub(crate) fn hash_of(key: &[u8]) -> u64 {
    rapidhash_v3(key)
}

/// The key of an IPv4 network; an address is its own network of 32 bits.
#[inline]
pub(crate) fn ipv4_key(octets: [u8; 4], bits: u8) -> [u8; 5] {
    let mask = u32::MAX.checked_shl(32 - u32::from(bits.min(32))).unwrap_or(0);
    let [a, b, c, d] = (u32::from_be_bytes(octets) & mask).to_be_bytes();
    [a, b, c, d, bits]
}

impl PlainIndex {
    /// Indexes listings in the order of their ids. None where they are more than can be addressed.
    pub fn new<'t>(listings: impl Iterator<Item = (PatternKind, &'t str, Action)>) -> Option<PlainIndex> {
        let mut index = PlainIndex::default();
        let mut keyed: Vec<(u64, u32)> = Vec::new();
        for (id, (kind, text, action)) in (0u32..).zip(listings) {
            let octets;
            let (class, key) = match kind {
                PatternKind::Domain => (Class::Domain, text.as_bytes()),
                PatternKind::Subdomains => (Class::Subdomains, text.trim_start_matches('.').as_bytes()),
                PatternKind::Hash => (Class::Hash, text.as_bytes()),
                PatternKind::Address => match text.parse::<Ipv4Addr>() {
                    Ok(address) => {
                        octets = ipv4_key(address.octets(), 32);
                        (Class::Address, octets.as_slice())
                    }
                    Err(_) => continue,
                },
                PatternKind::Network => match text.parse::<Ipv4Net>() {
                    Ok(network) => {
                        octets = ipv4_key(network.network().octets(), network.prefix_len());
                        if !index.ipv4_bits.contains(&network.prefix_len()) {
                            index.ipv4_bits.push(network.prefix_len());
                        }
                        (Class::Network, octets.as_slice())
                    }
                    Err(_) => continue,
                },
                PatternKind::AddressPort | PatternKind::Url | PatternKind::Email => continue,
            };
            keyed.push((hash_of(key), u32::try_from(index.records.len()).ok()?));
            let is_block = if action == Action::Block { BLOCK } else { 0 };
            index.records.push(class as u8 | is_block);
            index.records.push(u8::try_from(key.len()).ok()?);
            index.records.extend_from_slice(&id.to_le_bytes());
            index.records.extend_from_slice(key);
        }
        index.ipv4_bits.sort_unstable_by(|a, b| b.cmp(a));
        index.filter = vec![0; keyed.len().div_ceil(KEYS_PER_WORD)];
        index.buckets = vec![Bucket::default(); keyed.len().div_ceil(FILL)];
        for (hash, place) in keyed {
            index.insert(hash, place);
        }
        prefer_large_pages(&index.filter);
        prefer_large_pages(&index.buckets);
        prefer_large_pages(&index.records);
        Some(index)
    }

    fn insert(&mut self, hash: u64, place: u32) {
        let (word, bits) = self.word(hash);
        if let Some(word) = self.filter.get_mut(word) {
            *word |= bits;
        }
        let mut bucket = self.bucket(hash);
        // Ends: eight slots were made for every five keys.
        while let Some(Bucket { tags, places }) = self.buckets.get_mut(bucket) {
            let free = tags.iter_mut().zip(places).find(|(tag, _)| **tag == EMPTY);
            if let Some((tag, held)) = free {
                (*tag, *held) = (tag_of(hash), place);
                return;
            }
            bucket = self.after(bucket);
        }
    }

    /// The word of the filter, and the four bits in it, that stand for a hash.
    #[inline]
    fn word(&self, hash: u64) -> (usize, u64) {
        // Other bits than those that choose bucket and tag.
        let mixed = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let place = ((mixed >> 32) as usize * self.filter.len()) >> 32;
        let bit = |shift: u32| 1 << (mixed >> shift & 63);
        (place, bit(0) | bit(6) | bit(12) | bit(18))
    }

    /// Whether a hash may be there.
    #[inline]
    pub fn may_hold(&self, hash: u64) -> bool {
        let (word, bits) = self.word(hash);
        self.filter.get(word).is_some_and(|word| word & bits == bits)
    }

    #[inline]
    fn bucket(&self, hash: u64) -> usize {
        ((hash >> 32) as usize * self.buckets.len()) >> 32
    }

    #[inline]
    fn after(&self, bucket: usize) -> usize {
        if bucket + 1 < self.buckets.len() {
            bucket + 1
        } else {
            0
        }
    }

    /// Bits of the IPv4 networks that are listed, the longest first.
    pub fn ipv4_bits(&self) -> &[u8] {
        &self.ipv4_bits
    }

    /// Asks for the word of the filter that [`PlainIndex::may_hold`] reads.
    #[inline]
    pub fn prefetch_filter(&self, hash: u64) {
        let (word, _) = self.word(hash);
        self.filter.get(word).into_iter().for_each(prefetch);
    }

    /// Asks for the bucket that [`PlainIndex::places`] reads.
    #[inline]
    pub fn prefetch_bucket(&self, hash: u64) {
        let bucket = self.buckets.get(self.bucket(hash));
        bucket.into_iter().for_each(prefetch);
    }

    /// Asks for what [`PlainIndex::entry`] reads: a record is seldom longer than a line, and often over the end of one.
    #[inline]
    pub fn prefetch_record(&self, place: u32) {
        let place = place as usize;
        for byte in [place, place + USUAL_BYTES] {
            self.records.get(byte).into_iter().for_each(prefetch);
        }
    }

    /// Visits the places of the records that may be of the key with this hash.
    #[inline]
    pub fn places(&self, hash: u64, mut visit: impl FnMut(u32)) {
        if !self.may_hold(hash) {
            return;
        }
        let mut bucket = self.bucket(hash);
        let tag = tag_of(hash);
        while let Some(held) = self.buckets.get(bucket) {
            let mut alike = held.with(tag);
            while alike != 0 {
                let slot = alike.trailing_zeros() as usize;
                alike &= alike - 1;
                held.places.get(slot).copied().into_iter().for_each(&mut visit);
            }
            if held.with(EMPTY) != 0 {
                return;
            }
            bucket = self.after(bucket);
        }
    }

    /// Reads the first line that a look-up of this hash needs, and says where the record begins that it may need next.
    #[inline]
    pub fn touch(&self, hash: u64) -> Option<u32> {
        if !self.may_hold(hash) {
            return None;
        }
        let bucket = self.buckets.get(self.bucket(hash))?;
        let alike = bucket.with(tag_of(hash));
        bucket.places.get(alike.trailing_zeros() as usize).copied()
    }

    /// Reads the head of the record at a place: the id in it.
    #[inline]
    pub fn touch_record(&self, place: u32) -> Option<IndicatorId> {
        let record = self.records.get(place as usize..)?;
        let (&[_, _, a, b, c, d], _) = record.split_first_chunk::<HEAD_BYTES>()?;
        Some(u32::from_le_bytes([a, b, c, d]))
    }

    /// The record at a place, where it is of this key.
    #[inline]
    pub fn entry(&self, place: u32, key: &[u8]) -> Option<Entry> {
        let record = self.records.get(place as usize..)?;
        let (&[head, length, a, b, c, d], rest) = record.split_first_chunk::<HEAD_BYTES>()?;
        if rest.get(..usize::from(length))? != key {
            return None;
        }
        let class = match head & !BLOCK {
            0 => Class::Domain,
            1 => Class::Subdomains,
            2 => Class::Address,
            3 => Class::Network,
            _ => Class::Hash,
        };
        let action = if head & BLOCK == 0 {
            Action::Detect
        } else {
            Action::Block
        };
        Some(Entry {
            id: u32::from_le_bytes([a, b, c, d]),
            class,
            action,
        })
    }
}

#[inline]
fn tag_of(hash: u64) -> u16 {
    ((hash & 0xffff) as u16).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(index: &PlainIndex, key: &[u8]) -> Vec<Entry> {
        let mut entries = Vec::new();
        index.places(hash_of(key), |place| entries.extend(index.entry(place, key)));
        entries
    }

    #[test]
    fn every_key_is_found_and_no_other() {
        for count in [0, 1, 11, 16, 500, 20_000] {
            let names: Vec<String> = (0..count).map(|i| format!("h{i}.example")).collect();
            let listings = names
                .iter()
                .map(|name| (PatternKind::Domain, name.as_str(), Action::Block));
            let index = PlainIndex::new(listings).unwrap();
            for (id, name) in (0..).zip(&names) {
                let found: Vec<u32> = entries(&index, name.as_bytes()).iter().map(|e| e.id).collect();
                assert_eq!(found, [id], "{name} of {count}");
            }
            for other in (count..count + 20_000).map(|i| format!("h{i}.example")) {
                assert_eq!(entries(&index, other.as_bytes()), [], "{other}");
            }
        }
    }

    #[test]
    fn few_pass_the_filter_that_are_not_there() {
        let names: Vec<String> = (0..20_000).map(|i| format!("h{i}.example")).collect();
        let listings = names
            .iter()
            .map(|name| (PatternKind::Domain, name.as_str(), Action::Block));
        let index = PlainIndex::new(listings).unwrap();
        let others = (0..20_000).map(|i| format!("other{i}.example"));
        let passed = others
            .filter(|other| index.may_hold(hash_of(other.as_bytes())))
            .count();
        assert!(passed < 600, "{passed} of 20,000");
        assert!(names.iter().all(|name| index.may_hold(hash_of(name.as_bytes()))));
    }

    #[test]
    fn a_name_and_its_sub_domains_have_one_key() {
        let listings = [
            (PatternKind::Domain, "a.example", Action::Block),
            (PatternKind::Subdomains, ".a.example", Action::Detect),
            (PatternKind::Url, "a.example/x", Action::Block),
        ];
        let index = PlainIndex::new(listings.into_iter()).unwrap();
        let mut found = entries(&index, b"a.example");
        found.sort_by_key(|entry| entry.id);
        let seen: Vec<_> = found.iter().map(|e| (e.id, e.class, e.action)).collect();
        assert_eq!(
            seen,
            [
                (0, Class::Domain, Action::Block),
                (1, Class::Subdomains, Action::Detect)
            ]
        );
    }

    #[test]
    fn keys_of_networks_keep_their_leading_bits() {
        for (octets, bits, key) in [
            ([192, 0, 2, 77], 32, [192, 0, 2, 77, 32]),
            ([192, 0, 2, 77], 24, [192, 0, 2, 0, 24]),
            ([192, 0, 2, 77], 1, [128, 0, 0, 0, 1]),
            ([192, 0, 2, 77], 0, [0, 0, 0, 0, 0]),
        ] {
            assert_eq!(ipv4_key(octets, bits), key);
        }
    }
}
