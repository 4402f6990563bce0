//! What a catalogue keeps to open the postings of a segment without reading their directories: their foot, and the pages.

use std::fs::File;

use super::super::file::{Absent, Postings};
use super::super::keys::{KeyKind, PAGE_ROWS, Page};
use super::super::{BLOCK_KEYS, FORMAT, Foot, POSTINGS, VERSION};
use super::foot::{pages_of, pages_to};
use crate::error::{Error, Result};
use crate::manifest::Segment;
use crate::store::LogStore;

/// The foot of postings, and the pages of their directories, each kind of key.
#[derive(Debug, Clone)]
pub(crate) struct Door {
    pub(in super::super) foot: Foot,
    pub(in super::super) pages: [Vec<Page>; 3],
}

impl Door {
    /// The length of the foot, the foot, the pages of each kind.
    ///
    /// # Errors
    /// Where the foot is no JSON, which it is.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>> {
        let foot =
            serde_json::to_vec(&self.foot).map_err(|error| Error::file("write", POSTINGS)(error.into()))?;
        let length = u32::try_from(foot.len()).unwrap_or(u32::MAX);
        let mut bytes = length.to_le_bytes().to_vec();
        bytes.extend_from_slice(&foot);
        for (kind, pages) in KeyKind::ALL.into_iter().zip(&self.pages) {
            pages_to(&mut bytes, pages, kind);
        }
        Ok(bytes)
    }

    pub(super) fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (foot, mut rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        let foot: Foot = serde_json::from_slice(foot).ok()?;
        if foot.format != FORMAT || foot.version != VERSION {
            return None;
        }
        let mut pages = [const { Vec::new() }; 3];
        for (kind, pages) in KeyKind::ALL.into_iter().zip(&mut pages) {
            let rows = usize::try_from(foot.part(kind).keys).ok()?.div_ceil(BLOCK_KEYS);
            let length = rows.div_ceil(PAGE_ROWS).checked_mul(kind.width() + 12)?;
            let (of_kind, after) = rest.split_at_checked(length)?;
            *pages = pages_of(of_kind, kind)?;
            rest = after;
        }
        rest.is_empty().then_some(Self { foot, pages })
    }
}

impl LogStore {
    /// Opens a segment's postings by what a catalogue keeps of them.
    ///
    /// # Errors
    /// As [`LogStore::postings`].
    pub(super) fn postings_by(
        &self,
        segment: &Segment,
        door: Door,
    ) -> Result<std::result::Result<Postings, Absent>> {
        let path = self.layout.segment(segment.id()).join(POSTINGS);
        match File::open(&path) {
            Ok(file) => Postings::by_door(file, &path, door),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                self.still_here(segment.id())?;
                Ok(Err(Absent::Missing))
            }
            Err(error) => Err(Error::file("open", path)(error)),
        }
    }
}
