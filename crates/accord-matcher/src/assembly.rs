//! A watchlist's sections from indicators, entries and keys that somebody else keeps and sorts: for lists that do not fit
//! into memory. What [`crate::WatchlistBuilder`] makes in memory is the same, bit by bit.
//!
//! Who builds gives every indicator to an [`Outline`] once; keeps and sorts the keys that it gives; and then has the sections
//! written by [`write_section`], each by itself: their lengths are known before.
//!
//! Deliberately absent: files, threads, sorting, and finding equal indicators (`accord-scan`).

use crate::codec::{DIRECTORY, FILTER, LAST, RECORDS, ROWS, SHAPE, SHAPE_BYTES, SIEVE, TAGS, TEXTS};
use crate::compile::take_shape;
use crate::filter::{self, SortedFilter};
use crate::index::{URL_HOST, bits_for, bucket_ends, entry, fingerprint_of, row_of, tag_of};
use crate::pattern::PatternKind;
use crate::records::{RECORD, record};
use crate::sealed::SectionName;
use crate::sieve::{self, Keys, LAST_BYTES, SortedWords};
use crate::watchlist::{IndicatorId, Shape};

/// What all indicators together say, and the keys that are still to be taken away: a few MiB whatever their number.
#[derive(Debug, Default)]
pub struct Outline {
    shape: Shape,
    keys: Keys,
}

/// Which keys of the sieve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SieveKeys {
    /// Of the ends of names.
    Names,
    /// Of names.
    Wholes,
    /// Of IPv4 addresses.
    Addresses,
}

/// Keeps what a watchlist is made of.
pub trait Parts {
    /// All indicators, in ascending order of their ids.
    fn indicators(&self) -> impl Iterator<Item = (IndicatorId, PatternKind, &[u8])>;

    /// How many indicators there are, and how many bytes their texts have.
    fn lengths(&self) -> (usize, usize);

    /// What [`index_entry`] and [`url_host_entry`] give of all indicators, in ascending order, each once, and how many.
    fn entries(&self) -> (usize, impl Iterator<Item = u128>);

    /// The keys that were taken from the [`Outline`], in ascending order, each once, and how many.
    fn keys(&self, of: SieveKeys) -> (usize, impl Iterator<Item = u64>);
}

/// The entry of an indicator in a row.
#[must_use]
pub fn index_entry(fingerprint: u64, row: u32) -> u128 {
    entry(fingerprint, row)
}

/// The entry of the host of a URL.
#[must_use]
pub fn url_host_entry(fingerprint: u64) -> u128 {
    entry(fingerprint, URL_HOST)
}

impl Outline {
    /// Takes in an indicator with its canonical text. Gives the fingerprint of its host, where it is a URL.
    pub fn add(&mut self, kind: PatternKind, canonical: &str) -> Option<u64> {
        self.keys.add(kind, canonical);
        take_shape(kind, canonical, &mut self.shape)
    }

    /// Keys that wait to be taken away, in no order.
    pub fn waiting(&mut self, of: SieveKeys) -> &mut Vec<u64> {
        match of {
            SieveKeys::Names => &mut self.keys.names,
            SieveKeys::Wholes => &mut self.keys.wholes,
            SieveKeys::Addresses => &mut self.keys.addresses,
        }
    }

    /// Takes in what another one gathered of other indicators. Keys that wait there are not taken.
    pub fn join(&mut self, other: &Outline) {
        self.shape.add(&other.shape);
        self.keys.join(&other.keys);
    }

    /// After the last indicator.
    fn finished_shape(&self) -> Shape {
        let mut shape = self.shape.clone();
        shape.sort();
        shape
    }
}

/// The sections of a watchlist in their order in the file, with their lengths in bytes; without those of the sieve where it
/// is not wanted.
pub fn section_lengths(outline: &Outline, parts: &impl Parts, with_sieve: bool) -> Vec<(SectionName, usize)> {
    let (indicators, text_bytes) = parts.lengths();
    let (entries, _) = parts.entries();
    let mut lengths = vec![
        (SHAPE, SHAPE_BYTES),
        (RECORDS, indicators * RECORD),
        (TEXTS, text_bytes),
        (DIRECTORY, ((1 << bits_for(entries)) + 1) * 4),
        (TAGS, entries * 4),
        (ROWS, entries * 4),
        (FILTER, filter::bytes_for(entries)),
    ];
    if with_sieve {
        let words = |of| sieve::bytes_for(parts.keys(of).0);
        let [names, wholes, ipv4, addresses] = SIEVE;
        lengths.extend([
            (names, words(SieveKeys::Names)),
            (wholes, words(SieveKeys::Wholes)),
            (ipv4, outline.keys.ipv4.as_flattened().len()),
            (addresses, words(SieveKeys::Addresses)),
            (LAST, LAST_BYTES),
        ]);
    }
    lengths
}

/// Writes one of the sections that [`section_lengths`] names, piece by piece. One that it does not name has nothing.
///
/// # Errors
/// Those of `put`.
pub fn write_section<E>(
    name: SectionName,
    outline: &Outline,
    parts: &impl Parts,
    put: &mut impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let (count, entries) = parts.entries();
    let bits = bits_for(count);
    let [names, wholes, ipv4, addresses] = SIEVE;
    match name {
        SHAPE => put(&outline.finished_shape().encode(bits, outline.keys.has_mail)),
        RECORDS => {
            let mut start = 0u32;
            parts.indicators().try_for_each(|(id, kind, text)| {
                let record = record(id, start, text.len() as u16, kind);
                start = start.wrapping_add(text.len() as u32);
                put(&record)
            })
        }
        TEXTS => parts.indicators().try_for_each(|(_, _, text)| put(text)),
        DIRECTORY => bucket_ends(bits, entries).try_for_each(|end| put(&end.to_le_bytes())),
        TAGS => entries
            .map(|entry| tag_of(entry, bits))
            .try_for_each(|tag| put(&tag.to_le_bytes())),
        ROWS => entries.map(row_of).try_for_each(|row| put(&row.to_le_bytes())),
        FILTER => SortedFilter::new(count, entries.map(fingerprint_of)).try_for_each(|block| put(&block)),
        name if name == names => words(parts, SieveKeys::Names, put),
        name if name == wholes => words(parts, SieveKeys::Wholes, put),
        name if name == ipv4 => put(outline.keys.ipv4.as_flattened()),
        name if name == addresses => words(parts, SieveKeys::Addresses, put),
        LAST => put(outline.keys.last.bytes()),
        _ => Ok(()),
    }
}

fn words<E>(
    parts: &impl Parts,
    of: SieveKeys,
    put: &mut impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let (count, keys) = parts.keys(of);
    SortedWords::new(count, keys).try_for_each(|word| put(&word))
}
