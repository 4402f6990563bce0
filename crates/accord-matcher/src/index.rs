//! From a fingerprint to the rows that have it.
//!
//! Entries stand in the order of their fingerprints. Of a fingerprint the leading bits choose a bucket of about eight
//! entries, whose place the directory knows; the next 32 bits are its tag. Of two fingerprints in one bucket with one tag
//! either is taken for the other, once in some hundred million times, which costs a comparison of texts.

use std::ops::Range;

use crate::filter::Filter;
use crate::sealed::Section;

/// Instead of a row: a host that URL indicators have.
pub(crate) const URL_HOST: u32 = u32::MAX;

/// About so many entries share a bucket: half a cache line of tags.
const ENTRIES_PER_BUCKET: usize = 8;

/// See the module.
#[derive(Debug, Clone, Default)]
pub(crate) struct Index {
    pub(crate) filter: Filter,
    /// Where in the entries each bucket begins (4 bytes each), and where the last one ends.
    pub(crate) directory: Section,
    /// 4 bytes for each entry.
    pub(crate) tags: Section,
    /// The row of each entry, or [`URL_HOST`]; 4 bytes each.
    pub(crate) rows: Section,
    /// How many leading bits of a fingerprint choose its bucket.
    pub(crate) bits: u32,
}

/// An entry before it is indexed: its fingerprint above its row.
pub(crate) type Entry = u128;

pub(crate) fn entry(fingerprint: u64, row: u32) -> Entry {
    u128::from(fingerprint) << 32 | u128::from(row)
}

pub(crate) fn fingerprint_of(entry: Entry) -> u64 {
    (entry >> 32) as u64
}

impl Index {
    /// Indexes entries, which are in ascending order.
    pub(crate) fn new(entries: &[Entry]) -> Index {
        let bits = bits_for(entries.len());
        let ends = bucket_ends(bits, entries.iter().copied());
        let directory: Vec<[u8; 4]> = ends.map(u32::to_le_bytes).collect();
        let tags: Vec<[u8; 4]> = entries
            .iter()
            .map(|&entry| tag_of(entry, bits).to_le_bytes())
            .collect();
        let rows: Vec<[u8; 4]> = entries.iter().map(|&entry| row_of(entry).to_le_bytes()).collect();
        Index {
            filter: Filter::new(entries.len(), entries.iter().map(|entry| fingerprint_of(*entry))),
            directory: Section::of(directory.into_flattened()),
            tags: Section::of(tags.into_flattened()),
            rows: Section::of(rows.into_flattened()),
            bits,
        }
    }

    /// Whether the lengths of the sections fit one another.
    pub(crate) fn is_sound(&self) -> bool {
        (1..=28).contains(&self.bits)
            && self.directory.len() == 4 * ((1 << self.bits) + 1)
            && self.tags.len() == self.rows.len()
            && self.tags.len().is_multiple_of(4)
            && !self.filter.section().is_empty()
            && self.filter.section().len().is_multiple_of(crate::filter::BLOCK)
    }

    /// Whether a fingerprint may be there. The first of two looks.
    #[inline]
    pub(crate) fn may_contain(&self, fingerprint: u64) -> bool {
        self.filter.may_contain(fingerprint)
    }

    /// The entries of a fingerprint. The second look.
    #[inline]
    pub(crate) fn places(&self, fingerprint: u64) -> Range<usize> {
        self.find(fingerprint).unwrap_or(0..0)
    }

    #[inline]
    fn find(&self, fingerprint: u64) -> Option<Range<usize>> {
        // An empty index has no directory.
        if self.directory.is_empty() {
            return None;
        }
        let bucket = (fingerprint >> (64 - self.bits.clamp(1, 28))) as usize;
        let ends = self.directory.get(bucket * 4..bucket * 4 + 8)?;
        let (ends, _) = ends.as_chunks::<4>();
        let end = |i: usize| ends.get(i).map(|bytes| u32::from_le_bytes(*bytes) as usize);
        let (from, to) = (end(0)?, end(1)?);
        let (tags, _) = self
            .tags
            .get(from.checked_mul(4)?..to.checked_mul(4)?)?
            .as_chunks::<4>();
        let tag = ((fingerprint << self.bits) >> 32) as u32;
        let first = tags.partition_point(|found| u32::from_le_bytes(*found) < tag);
        let same = tags
            .get(first..)?
            .iter()
            .take_while(|found| u32::from_le_bytes(**found) == tag);
        let first = from + first;
        Some(first..first + same.count())
    }

    /// The row of an entry, or [`URL_HOST`].
    #[inline]
    pub(crate) fn row(&self, place: usize) -> Option<u32> {
        self.rows.u32(place * 4)
    }

    /// Bytes that a look at any fingerprint may touch.
    pub(crate) fn bytes(&self) -> usize {
        self.filter.section().len() + self.directory.len() + self.tags.len() + self.rows.len()
    }
}

/// Of entries in ascending order, where each bucket begins, and where the last one ends.
pub(crate) fn bucket_ends(bits: u32, entries: impl Iterator<Item = Entry>) -> impl Iterator<Item = u32> {
    let mut place = 0u32;
    let mut rest = entries.peekable();
    (0..=(1u64 << bits)).map(move |leading| {
        while rest
            .next_if(|entry| fingerprint_of(*entry) >> (64 - bits) < leading)
            .is_some()
        {
            place += 1;
        }
        place
    })
}

/// The tag of an entry.
pub(crate) fn tag_of(entry: Entry, bits: u32) -> u32 {
    ((fingerprint_of(entry) << bits) >> 32) as u32
}

/// The row of an entry, or [`URL_HOST`].
pub(crate) fn row_of(entry: Entry) -> u32 {
    entry as u32
}

/// Leading bits for so many entries.
pub(crate) fn bits_for(entries: usize) -> u32 {
    (entries / ENTRIES_PER_BUCKET).max(1).ilog2().clamp(1, 28)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::of_text;

    #[test]
    fn every_entry_is_found_and_hardly_another() {
        for count in [0u32, 1, 2, 7, 100, 5000] {
            let fingerprint = |i: u32| of_text(&i.to_le_bytes());
            let mut entries: Vec<Entry> = (0..count).map(|i| entry(fingerprint(i), i)).collect();
            entries.extend((0..count).step_by(3).map(|i| entry(fingerprint(i), URL_HOST)));
            entries.sort_unstable();
            let index = Index::new(&entries);
            assert!(index.is_sound());
            for i in 0..count {
                let rows: Vec<u32> = index
                    .places(fingerprint(i))
                    .filter_map(|place| index.row(place))
                    .collect();
                let expected = if i % 3 == 0 { vec![i, URL_HOST] } else { vec![i] };
                assert_eq!(rows, expected);
            }
            let others = (count..count + 1000).filter(|&i| !index.places(fingerprint(i)).is_empty());
            assert_eq!(others.count(), 0);
        }
        assert!(Index::default().places(7).is_empty());
    }
}
