//! The foot of a catalogue: its segments, and where everything lies.

use std::fs::File;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::super::file::{foot_text, read};
use super::super::keys::{KeyKind, Page, Section};
use super::super::{Place, file::Absent};
use super::CATALOGUE_BLOCK_KEYS;
use crate::digest::{Hex, sha256};
use crate::error::Result;
use crate::manifest::SegmentId;

/// The name of the format.
const FORMAT: &str = "accord-log-catalogue";
const VERSION: u32 = 1;
// A catalogue says what postings of one version say: one that is made of others has to be another too, or it would say that
// a segment has nothing of what only they tell.
const _: () = assert!(super::super::VERSION == 1 && VERSION == 1, "raise both");
/// The last bytes of the file.
pub(super) const MAGIC: &[u8; 8] = b"accpcat1";
/// The longest foot that is read: room for as many segments as a catalogue has.
const MAX_FOOT_BYTES: u32 = 4 * 1024 * 1024;

/// The foot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CatalogueFoot {
    format: String,
    version: u32,
    /// The line limit of its segments' postings.
    pub(super) line_bytes: u64,
    /// Leading bits of a fingerprint that are kept.
    pub(super) print_bits: u32,
    /// In the order of their imports.
    pub(super) segments: Vec<Listed>,
    pub(super) prints: Part,
    pub(super) ipv4: Part,
    pub(super) ipv6: Part,
    /// SHA-256 of all before the foot.
    pub(super) sha256: Hex<32>,
}

/// A segment of a catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listed {
    pub(super) segment: SegmentId,
    pub(super) log_sha256: Hex<32>,
    /// SHA-256 of its postings, all before their foot.
    pub(super) postings_sha256: Hex<32>,
    /// Leading bits of a fingerprint that its postings keep.
    pub(super) print_bits: u32,
    /// Whether its postings tell something whatever is asked: overlong lines, frames with too many keys.
    pub(super) always: bool,
    /// What is kept to open its postings.
    pub(super) door: Place,
}

/// Keys of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    pub(super) keys: u64,
    pub(super) blocks: Place,
    pub(super) directory: Place,
    pub(super) pages: Place,
}

impl CatalogueFoot {
    pub(super) fn new(
        line_bytes: u64,
        print_bits: u32,
        segments: Vec<Listed>,
        [prints, ipv4, ipv6]: [Part; 3],
        sha256: Hex<32>,
    ) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            line_bytes,
            print_bits,
            segments,
            prints,
            ipv4,
            ipv6,
            sha256,
        }
    }

    /// That of a file; nothing where it is none of this version, or not what was written.
    ///
    /// # Errors
    /// Those of the file system.
    pub(super) fn read(file: &File, path: &Path) -> Result<Option<Self>> {
        let Ok((text, end)) = foot_text(file, path, MAGIC, MAX_FOOT_BYTES)? else {
            return Ok(None);
        };
        let foot = serde_json::from_slice::<Self>(&text).ok();
        Ok(foot.filter(|foot| foot.is_possible(end)))
    }

    fn is_possible(&self, end: u64) -> bool {
        let parts = [&self.prints, &self.ipv4, &self.ipv6];
        let places = parts
            .into_iter()
            .flat_map(|part| [part.blocks, part.directory, part.pages])
            .chain(self.segments.iter().map(|listed| listed.door));
        self.format == FORMAT
            && self.version == VERSION
            && self.print_bits <= u64::BITS
            && self.segments.iter().all(|listed| listed.print_bits <= u64::BITS)
            && places.into_iter().all(|place| place.end_within(end).is_some())
    }

    pub(super) const fn part(&self, kind: KeyKind) -> &Part {
        match kind {
            KeyKind::Print => &self.prints,
            KeyKind::Ipv4 => &self.ipv4,
            KeyKind::Ipv6 => &self.ipv6,
        }
    }

    /// The keys of one kind.
    ///
    /// # Errors
    /// Those of the file system. Damage is the inner error.
    pub(super) fn section(
        &self,
        file: &File,
        path: &Path,
        kind: KeyKind,
    ) -> Result<std::result::Result<Section, Absent>> {
        let part = self.part(kind);
        let section = place(file, path, &part.pages)?
            .and_then(|bytes| pages_of(&bytes, kind))
            .and_then(|pages| {
                let keys = (part.keys, CATALOGUE_BLOCK_KEYS);
                let end = part.blocks.offset.checked_add(part.blocks.length)?;
                Section::new(keys, end, part.directory.offset, pages)
            });
        Ok(section.ok_or_else(|| Absent::Damaged("a directory is not the one that was written".to_owned())))
    }
}

/// The bytes at a place; nothing where they are not those that were written.
///
/// # Errors
/// Those of the file system.
pub(super) fn place(file: &File, path: &Path, place: &Place) -> Result<Option<Vec<u8>>> {
    let bytes = read(file, path, place.offset, place.length)?;
    Ok((Some(sha256(&bytes)) == place.sha256).then_some(bytes))
}

/// The pages of a directory as bytes: of each the first key, where its blocks begin, its check.
pub(super) fn pages_to(bytes: &mut Vec<u8>, pages: &[Page], kind: KeyKind) {
    for page in pages {
        let key = page.first.to_le_bytes();
        bytes.extend_from_slice(key.get(..kind.width()).unwrap_or_default());
        bytes.extend_from_slice(&page.blocks.to_le_bytes());
        bytes.extend_from_slice(&page.check.to_le_bytes());
    }
}

/// The pages that such bytes are.
pub(super) fn pages_of(bytes: &[u8], kind: KeyKind) -> Option<Vec<Page>> {
    let rows = bytes.chunks_exact(kind.width() + 12);
    if !rows.remainder().is_empty() {
        return None;
    }
    let pages = rows.map(|row| {
        let (key, rest) = row.split_at_checked(kind.width())?;
        let (blocks, check) = rest.split_first_chunk::<8>()?;
        let mut first = [0; 16];
        first.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
        Some(Page {
            first: u128::from_le_bytes(first),
            blocks: u64::from_le_bytes(*blocks),
            check: u32::from_le_bytes(*check.first_chunk::<4>()?),
        })
    });
    pages.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::CATALOGUE_SEGMENTS;
    use crate::postings::catalogues::SEGMENT_BITS;

    #[test]
    fn the_longest_foot_can_be_read() {
        let place = Place {
            offset: u64::MAX,
            length: u64::MAX,
            sha256: Some(Hex([255; 32])),
        };
        let part = Part {
            keys: u64::MAX,
            blocks: place,
            directory: place,
            pages: place,
        };
        let listed = Listed {
            segment: SegmentId::new(&"x".repeat(64), u64::MAX).unwrap(),
            log_sha256: Hex([255; 32]),
            postings_sha256: Hex([255; 32]),
            print_bits: 64,
            always: false,
            door: place,
        };
        let segments = vec![listed; CATALOGUE_SEGMENTS];
        let foot = CatalogueFoot::new(u64::MAX, 64, segments, [part; 3], Hex([255; 32]));
        let text = serde_json::to_vec(&foot).unwrap();
        assert!(text.len() <= MAX_FOOT_BYTES as usize, "{}", text.len());
        assert_eq!(CATALOGUE_SEGMENTS, 1 << SEGMENT_BITS);
    }
}
