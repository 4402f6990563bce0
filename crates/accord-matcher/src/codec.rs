//! A watchlist as sections of a sealed file: see `docs/spec/watchlist-file.md`.
//!
//! What is read is used where it lies. Opening looks at the lengths and at one small section; everything else is looked at
//! when it is touched. Content that fits its checksums and contradicts itself (a faulty or hostile writer) gives other
//! answers than its texts would, never a hit that its texts do not have, and [`Watchlist::verify`] refuses it.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::compile::entries;
use crate::filter::Filter;
use crate::index::Index;
use crate::limits::{MAX_INDICATORS, MAX_STRINGS_BYTES};
use crate::pattern::Pattern;
use crate::records::{RECORD, Records};
use crate::sealed::{SealedError, SealedFile, Section, SectionName, seal};
use crate::sieve::{LAST_BYTES, LazySieve, Stored};
use crate::watchlist::{Shape, Watchlist};

pub(crate) const SHAPE: SectionName = *b"shape\0\0\0";
pub(crate) const RECORDS: SectionName = *b"records\0";
pub(crate) const TEXTS: SectionName = *b"texts\0\0\0";
pub(crate) const DIRECTORY: SectionName = *b"buckets\0";
pub(crate) const TAGS: SectionName = *b"tags\0\0\0\0";
pub(crate) const ROWS: SectionName = *b"rows\0\0\0\0";
pub(crate) const FILTER: SectionName = *b"filter\0\0";
/// In the order of the parts of a sieve.
pub(crate) const SIEVE: [SectionName; 4] = [*b"s.names\0", *b"s.whole\0", *b"s.ipv4\0\0", *b"s.addrs\0"];

/// The last labels of names. Files of before there was this section have none.
pub(crate) const LAST: SectionName = *b"s.last\0\0";

/// Bytes of the table of IPv4 networks, where there is one.
const IPV4_TABLE_BYTES: usize = (1 << 24) / 4;

impl Watchlist {
    /// The sections of the watchlist, to be sealed beside those of the caller; made now where they are not there. A live
    /// layer is not in them.
    pub fn sections(&self) -> Vec<(SectionName, Bytes)> {
        let list = self.without_layer();
        let whole = |section: &Section| section.all().cloned().unwrap_or_default();
        let sieve = list.sieve();
        let mut sections = vec![
            (
                SHAPE,
                Bytes::from(list.shape.encode(list.index.bits, sieve.has_mail())),
            ),
            (RECORDS, whole(&list.records.records)),
            (TEXTS, whole(&list.records.texts)),
            (DIRECTORY, whole(&list.index.directory)),
            (TAGS, whole(&list.index.tags)),
            (ROWS, whole(&list.index.rows)),
            (FILTER, whole(list.index.filter.section())),
        ];
        sections.extend(SIEVE.into_iter().zip(sieve.parts().into_iter().cloned()));
        if list.sieve.has_last() {
            sections.push((LAST, Bytes::copy_from_slice(sieve.last().bytes())));
        }
        sections
    }

    /// The bytes of a sealed file with this watchlist alone. Equal watchlists give equal bytes.
    pub fn encode(&self) -> Vec<u8> {
        let sections = self.sections();
        let sections: Vec<_> = sections
            .iter()
            .map(|(name, bytes)| (*name, bytes.as_ref()))
            .collect();
        let mut file = Vec::new();
        let _ = seal::<std::convert::Infallible>(&sections, &mut |bytes| {
            file.extend_from_slice(bytes);
            Ok(())
        });
        file
    }

    /// Opens the watchlist in a sealed file. Bytes from anywhere are safe to give.
    ///
    /// # Errors
    /// Where a section is missing or has a length that does not fit, or the block that is looked at is damaged.
    pub fn open(file: &SealedFile) -> Result<Watchlist, SealedError> {
        let section = |name: &SectionName| file.section(name).ok_or(SealedError::Content("list of sections"));
        let shape = section(&SHAPE)?;
        let Some(bytes) = shape.all() else {
            file.check()?;
            return Err(SealedError::Content("shape"));
        };
        let (shape, bits, has_mail) = Shape::decode(bytes).ok_or(SealedError::Content("shape"))?;
        let records = Records {
            records: section(&RECORDS)?,
            texts: section(&TEXTS)?,
        };
        let index = Index {
            filter: Filter::read(section(&FILTER)?),
            directory: section(&DIRECTORY)?,
            tags: section(&TAGS)?,
            rows: section(&ROWS)?,
            bits,
        };
        let [names, wholes, ipv4, addresses] = SIEVE;
        let parts = [
            section(&names)?,
            section(&wholes)?,
            section(&ipv4)?,
            section(&addresses)?,
        ];
        let last = file.section(&LAST);
        let [names, wholes, ipv4, addresses] = &parts;
        let whole_words = [names, wholes, addresses]
            .iter()
            .all(|part| part.len().is_multiple_of(8) && !part.is_empty());
        let has_sound_last = last.as_ref().is_none_or(|last| last.len() == LAST_BYTES);
        let is_sound = whole_words && has_sound_last && (ipv4.is_empty() || ipv4.len() == IPV4_TABLE_BYTES);
        let list = Watchlist {
            records,
            index,
            shape,
            sieve: LazySieve::stored(Stored {
                parts,
                last,
                has_mail,
            }),
            over: None,
        };
        if is_sound && list.has_sound_lengths() {
            Ok(list)
        } else {
            Err(SealedError::Content("length of a section"))
        }
    }

    /// The watchlist of the sections that [`crate::write_section`] gave, in memory. Sections that are of somebody else are
    /// passed over; the sieve is made when it is needed.
    ///
    /// # Errors
    /// Where a section is missing or has a length that does not fit.
    pub fn of_sections(sections: Vec<(SectionName, Vec<u8>)>) -> Result<Watchlist, SealedError> {
        let mut sections: BTreeMap<SectionName, Vec<u8>> = sections.into_iter().collect();
        let mut section = |name: &SectionName| {
            let bytes = sections.remove(name);
            bytes
                .map(Section::of)
                .ok_or(SealedError::Content("list of sections"))
        };
        let shape = section(&SHAPE)?;
        let (shape, bits, _) = shape
            .all()
            .and_then(|bytes| Shape::decode(bytes))
            .ok_or(SealedError::Content("shape"))?;
        let list = Watchlist {
            records: Records {
                records: section(&RECORDS)?,
                texts: section(&TEXTS)?,
            },
            index: Index {
                filter: Filter::read(section(&FILTER)?),
                directory: section(&DIRECTORY)?,
                tags: section(&TAGS)?,
                rows: section(&ROWS)?,
                bits,
            },
            shape,
            ..Watchlist::default()
        };
        if list.has_sound_lengths() {
            Ok(list)
        } else {
            Err(SealedError::Content("length of a section"))
        }
    }

    fn has_sound_lengths(&self) -> bool {
        self.records.records.len().is_multiple_of(RECORD)
            && self.records.len() <= MAX_INDICATORS
            && self.records.texts.len() <= MAX_STRINGS_BYTES
            && self.index.is_sound()
    }

    /// Checks the content: that ids ascend, that every text is canonical and stands once, and that everything else is
    /// what compiling these indicators gives, bit by bit. Costs what building the watchlist did. The blocks are checked as
    /// they are touched; padding is [`SealedFile::verify`]'s.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn verify(&self) -> Result<(), SealedError> {
        let list = self.without_layer();
        let wrong = |what| list.check().and(Err(SealedError::Content(what)));
        let mut text_bytes = 0;
        let mut last = None;
        for row in 0..list.records.len() {
            let Some((id, kind, text)) = list.records.get(row) else {
                return wrong("indicator");
            };
            if last.is_some_and(|last| last >= id) {
                return wrong("order of ids");
            }
            last = Some(id);
            if Pattern::from_canonical(kind, text).is_none() {
                return wrong("indicator, which is not in canonical form");
            }
            text_bytes += text.len();
        }
        if list.records.texts.len() != text_bytes {
            return wrong("length of the texts");
        }
        let (entries, shape) = entries(&list.records);
        let index = Index::new(&entries);
        drop(entries);
        let fresh = Watchlist {
            records: list.records.clone(),
            shape,
            index,
            ..Watchlist::default()
        };
        if list.records.texts_have_gaps() {
            return wrong("place of a text");
        }
        if fresh.has_twins() {
            return wrong("indicator, which stands twice");
        }
        for ((_, stored), (_, made)) in list.sections().iter().zip(fresh.sections()) {
            if *stored != made {
                return wrong("index");
            }
        }
        list.check()
    }

    /// Whether an indicator stands twice.
    fn has_twins(&self) -> bool {
        (0..self.records.len()).any(|row| {
            let Some((_, kind, text)) = self.records.get(row) else {
                return true;
            };
            let fingerprint = crate::pattern::fingerprint(kind, text);
            let same = |(_, other_kind, other): &(u32, _, &str)| *other_kind == kind && *other == text;
            fingerprint.is_none_or(|fingerprint| self.rows(fingerprint).filter(same).nth(1).is_some())
        })
    }
}

/// Bytes of the section.
pub(crate) const SHAPE_BYTES: usize = 256;

impl Shape {
    /// Leading bits of the index (4), longest tail of a URL (4), whether there are e-mail addresses (4), number of IPv4
    /// prefixes (2) and of IPv6 ones (2), the prefixes, zeros.
    pub(crate) fn encode(&self, bits: u32, has_mail: bool) -> Vec<u8> {
        let mut out = Vec::with_capacity(SHAPE_BYTES);
        out.extend_from_slice(&bits.to_le_bytes());
        out.extend_from_slice(&(self.longest_url_tail as u32).to_le_bytes());
        out.extend_from_slice(&u32::from(has_mail).to_le_bytes());
        out.extend_from_slice(&(self.ipv4_prefixes.len() as u16).to_le_bytes());
        out.extend_from_slice(&(self.ipv6_prefixes.len() as u16).to_le_bytes());
        out.extend_from_slice(&self.ipv4_prefixes);
        out.extend_from_slice(&self.ipv6_prefixes);
        out.resize(SHAPE_BYTES, 0);
        out
    }

    fn decode(bytes: &[u8]) -> Option<(Shape, u32, bool)> {
        if bytes.len() != SHAPE_BYTES {
            return None;
        }
        let u32_at = |at: usize| {
            bytes
                .get(at..)?
                .first_chunk()
                .map(|found| u32::from_le_bytes(*found))
        };
        let u16_at = |at: usize| {
            bytes
                .get(at..)?
                .first_chunk()
                .map(|found| u16::from_le_bytes(*found))
        };
        let (ipv4, ipv6) = (usize::from(u16_at(12)?), usize::from(u16_at(14)?));
        let is_prefix = |prefix: &u8| (1..=128).contains(prefix);
        let ipv4_prefixes = bytes.get(16..16 + ipv4)?.to_vec();
        let ipv6_prefixes = bytes.get(16 + ipv4..16 + ipv4 + ipv6)?.to_vec();
        let descends =
            |prefixes: &[u8]| prefixes.is_sorted_by(|a, b| a > b) && prefixes.iter().all(is_prefix);
        let has_mail = match u32_at(8)? {
            0 => false,
            1 => true,
            _ => return None,
        };
        let bits = u32_at(0)?;
        let shape = Shape {
            ipv4_prefixes,
            ipv6_prefixes,
            longest_url_tail: u32_at(4)? as usize,
        };
        let is_sound = descends(&shape.ipv4_prefixes)
            && descends(&shape.ipv6_prefixes)
            && shape.encode(bits, has_mail) == bytes;
        is_sound.then_some((shape, bits, has_mail))
    }
}
