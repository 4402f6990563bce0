//! A watchlist's sections from indicators, entries and keys that somebody else keeps and sorts: for lists that do not fit
//! into memory. What [`crate::WatchlistBuilder`] makes in memory is the same, bit by bit.
//!
//! Who builds gives every indicator to an [`Outline`] once, in the order of the ids; keeps and sorts the keys that it gives;
//! and then has the sections written by [`write_sections`].
//!
//! Deliberately absent: files, sorting, and finding equal indicators (`accord-scan`).

use crate::codec::{DIRECTORY, FILTER, LAST, RECORDS, ROWS, SHAPE, SIEVE, TAGS, TEXTS};
use crate::compile::take_shape;
use crate::filter::SortedFilter;
use crate::index::{URL_HOST, bits_for, bucket_ends, entry, fingerprint_of, row_of, tag_of};
use crate::pattern::PatternKind;
use crate::records::record;
use crate::sealed::SectionName;
use crate::sieve::{Keys, SortedWords};
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

    /// What [`index_entry`] and [`url_host_entry`] give of all indicators, in ascending order, each once, and how many.
    fn entries(&self) -> (usize, impl Iterator<Item = u128>);

    /// The keys that were taken from the [`Outline`], in ascending order, each once, and how many.
    fn keys(&self, of: SieveKeys) -> (usize, impl Iterator<Item = u64>);
}

/// Where sections go.
pub trait SectionSink {
    /// Why they cannot be kept.
    type Error;

    /// Begins a section; the one before it is whole.
    ///
    /// # Errors
    /// As [`SectionSink::put`].
    fn begin(&mut self, name: SectionName) -> Result<(), Self::Error>;

    /// Appends to the section.
    ///
    /// # Errors
    /// Where the bytes cannot be kept.
    fn put(&mut self, bytes: &[u8]) -> Result<(), Self::Error>;
}

/// Sections in memory.
impl SectionSink for Vec<(SectionName, Vec<u8>)> {
    type Error = std::convert::Infallible;

    fn begin(&mut self, name: SectionName) -> Result<(), Self::Error> {
        self.push((name, Vec::new()));
        Ok(())
    }

    #[inline]
    fn put(&mut self, bytes: &[u8]) -> Result<(), Self::Error> {
        if let Some((_, section)) = self.last_mut() {
            section.extend_from_slice(bytes);
        }
        Ok(())
    }
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

/// Writes the sections of a watchlist in their order in the file; without those of the sieve where it is not wanted.
///
/// # Errors
/// Those of the sink.
pub fn write_sections<S: SectionSink>(
    outline: &Outline,
    parts: &impl Parts,
    with_sieve: bool,
    sink: &mut S,
) -> Result<(), S::Error> {
    let (count, _) = parts.entries();
    let bits = bits_for(count);
    sink.begin(SHAPE)?;
    sink.put(&outline.finished_shape().encode(bits, outline.keys.has_mail))?;
    sink.begin(RECORDS)?;
    let mut start = 0u32;
    for (id, kind, text) in parts.indicators() {
        sink.put(&record(id, start, text.len() as u16, kind))?;
        start = start.wrapping_add(text.len() as u32);
    }
    sink.begin(TEXTS)?;
    for (_, _, text) in parts.indicators() {
        sink.put(text)?;
    }
    sink.begin(DIRECTORY)?;
    for end in bucket_ends(bits, parts.entries().1) {
        sink.put(&end.to_le_bytes())?;
    }
    sink.begin(TAGS)?;
    for entry in parts.entries().1 {
        sink.put(&tag_of(entry, bits).to_le_bytes())?;
    }
    sink.begin(ROWS)?;
    for entry in parts.entries().1 {
        sink.put(&row_of(entry).to_le_bytes())?;
    }
    sink.begin(FILTER)?;
    for block in SortedFilter::new(count, parts.entries().1.map(fingerprint_of)) {
        sink.put(&block)?;
    }
    if !with_sieve {
        return Ok(());
    }
    let [names, wholes, ipv4, addresses] = SIEVE;
    sink.begin(names)?;
    words(parts, SieveKeys::Names, sink)?;
    sink.begin(wholes)?;
    words(parts, SieveKeys::Wholes, sink)?;
    sink.begin(ipv4)?;
    sink.put(outline.keys.ipv4.as_flattened())?;
    sink.begin(addresses)?;
    words(parts, SieveKeys::Addresses, sink)?;
    sink.begin(LAST)?;
    sink.put(outline.keys.last.bytes())
}

fn words<S: SectionSink>(parts: &impl Parts, of: SieveKeys, sink: &mut S) -> Result<(), S::Error> {
    let (count, keys) = parts.keys(of);
    for word in SortedWords::new(count, keys) {
        sink.put(&word)?;
    }
    Ok(())
}
