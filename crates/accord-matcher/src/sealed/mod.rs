//! The outer form of the watchlist file: sections in blocks, each block with its checksum (`docs/spec/watchlist-file.md`).
//!
//! A sealed file is bytes that somebody else holds, most often a mapped file. What is read of it is checked when it is first
//! touched: opening checks the first block, which says what there must be, and costs the same whatever the length; a
//! block is checked when a byte of it is first asked for; [`SealedFile::verify`] checks all.
//!
//! Invariants:
//! - No byte is handed out before the checksum of its block was found to fit.
//! - Damage is remembered: who was refused a byte gets "nothing", and [`SealedFile::check`] says so from then on, so that an
//!   answer given meanwhile can be thrown away. Nothing panics.
//! - Equal sections give equal files.
//!
//! Deliberately absent: files and maps (`accord-scan`), signatures. Checksums find damage, not forgery.

mod guard;
mod layout;
mod write;

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use crate::classes::prefetch;
use guard::Guard;
pub use layout::{Closing, Layout, SectionSums, SectionWriter};
pub use write::seal;

/// The first bytes of a sealed file.
pub const SEALED_MAGIC: [u8; 8] = *b"ACCORDWF";
/// The version that is written, and the only one that is read.
pub const SEALED_VERSION: u32 = 2;
/// Bytes of a block. Sections begin at its multiples.
pub const BLOCK_BYTES: usize = 4096;
/// Most sections of one file.
pub const MAX_SECTIONS: usize = 64;

/// Where the names of sections begin in the first block, and how many bytes each entry has.
const ENTRIES_AT: usize = 32;
const ENTRY_BYTES: usize = 24;
/// Where in the first block the checksum of the roots stands, and that of the block itself.
const ROOTS_SUM_AT: usize = BLOCK_BYTES - 16;
const HEADER_SUM_AT: usize = BLOCK_BYTES - 8;

/// The name of a section, padded with zeros.
pub type SectionName = [u8; 8];

/// Why bytes are no sealed file, or not a whole one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealedError {
    /// It does not begin as one.
    #[error("not a watchlist file: build one with `accord watchlist build`")]
    NotSealed,
    /// It has a version that this program does not read.
    #[error(
        "watchlist file of version {found}, this program reads version {read}: build it again",
        read = SEALED_VERSION
    )]
    Version {
        /// The version of the file.
        found: u32,
    },
    /// It is shorter or longer than it says.
    #[error("damaged watchlist file: {expected} bytes expected, {found} found; copy or build it again")]
    Length {
        /// Bytes it says it has.
        expected: u64,
        /// Bytes it has.
        found: u64,
    },
    /// The first block, or what it vouches for, does not fit its checksum.
    #[error("damaged watchlist file: its header does not fit its checksum; copy or build it again")]
    Header,
    /// A block does not fit its checksum.
    #[error(
        "damaged watchlist file: the block at byte {offset} does not fit its checksum; copy or build it again"
    )]
    Block {
        /// First byte of the block.
        offset: u64,
    },
    /// Checksums fit, but the content contradicts itself: a foreign or faulty writer.
    #[error("watchlist file with an invalid {0}; build it again")]
    Content(&'static str),
}

/// An open sealed file. Cheap to clone.
#[derive(Debug, Clone)]
pub struct SealedFile {
    guard: Arc<Guard>,
    sections: Vec<(SectionName, Range<usize>)>,
}

/// Who holds the bytes of a sealed file, and can give back memory: a map.
pub trait SealedHolder: std::fmt::Debug + Send + Sync {
    /// Told of whole blocks of the file that they are kept elsewhere from now on, and hardly looked at. Whoever does look
    /// finds the same bytes.
    fn release(&self, bytes: Range<usize>);
}

/// A stretch of bytes, of a sealed file or of memory of our own, which needs no check. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Section {
    bytes: Bytes,
    /// The file, and the first block of the section in it.
    guard: Option<(Arc<Guard>, usize)>,
}

impl SealedFile {
    /// Opens a file: its first block and the checksums of the checksums are checked, in time that does not depend on
    /// the content.
    ///
    /// # Errors
    /// What [`SealedError`] lists, [`SealedError::Block`] apart. Bytes from anywhere are safe to give.
    pub fn open(file: Bytes) -> Result<SealedFile, SealedError> {
        SealedFile::open_by(file, None)
    }

    /// As [`SealedFile::open`], of bytes whose holder can give memory back: what is looked at everywhere is then copied into
    /// memory of our own, of large pages where the system has them.
    ///
    /// # Errors
    /// As [`SealedFile::open`].
    pub fn open_held(file: Bytes, holder: Arc<dyn SealedHolder>) -> Result<SealedFile, SealedError> {
        SealedFile::open_by(file, Some(holder))
    }

    fn open_by(file: Bytes, holder: Option<Arc<dyn SealedHolder>>) -> Result<SealedFile, SealedError> {
        if !file.starts_with(&SEALED_MAGIC) {
            return Err(SealedError::NotSealed);
        }
        let found = file.len() as u64;
        let version = u32_at(&file, 8);
        let header = file.get(..BLOCK_BYTES);
        // Files of earlier versions may be shorter than a block.
        if let Some(version) = version
            && version != SEALED_VERSION
            && (version < SEALED_VERSION || header.is_some())
        {
            return Err(SealedError::Version { found: version });
        }
        let header = header.ok_or(SealedError::Length {
            expected: BLOCK_BYTES as u64,
            found,
        })?;
        let covered = header.get(..HEADER_SUM_AT).unwrap_or_default();
        if u64_at(header, HEADER_SUM_AT) != Some(guard::sum_of(covered, 0)) {
            return Err(SealedError::Header);
        }
        let expected = u64_at(header, 16).unwrap_or(0);
        if expected != found {
            return Err(SealedError::Length { expected, found });
        }
        let data_blocks = u64_at(header, 24)
            .and_then(|blocks| usize::try_from(blocks).ok())
            .ok_or(SealedError::Content("number of blocks"))?;
        let roots_sum = u64_at(header, ROOTS_SUM_AT).unwrap_or(0);
        let entries = header.get(ENTRIES_AT..ROOTS_SUM_AT).unwrap_or_default().to_vec();
        let count = u32_at(header, 12).unwrap_or(0) as usize;
        if count > MAX_SECTIONS {
            return Err(SealedError::Content("number of sections"));
        }
        let guard = Guard::new((file, holder), data_blocks, roots_sum)?;
        let data = BLOCK_BYTES..BLOCK_BYTES * (data_blocks + 1);
        let mut sections: Vec<(SectionName, Range<usize>)> = Vec::with_capacity(count);
        for entry in entries.chunks_exact(ENTRY_BYTES).take(count) {
            let invalid = SealedError::Content("section");
            let name = *entry.first_chunk::<8>().ok_or(invalid.clone())?;
            let number = |at| u64_at(entry, at).and_then(|value| usize::try_from(value).ok());
            let (start, length) = number(8).zip(number(16)).ok_or(invalid.clone())?;
            let end = start.checked_add(length).ok_or(invalid.clone())?;
            let is_new = sections.iter().all(|(known, _)| *known != name);
            if start % BLOCK_BYTES != 0 || start < data.start || end > data.end || !is_new {
                return Err(invalid);
            }
            sections.push((name, start..end));
        }
        Ok(SealedFile {
            guard: Arc::new(guard),
            sections,
        })
    }

    /// Whether bytes begin as a sealed file, of any version.
    pub fn is_sealed(first_bytes: &[u8]) -> bool {
        first_bytes.starts_with(&SEALED_MAGIC)
    }

    /// The section of a name, if there is one.
    pub fn section(&self, name: &SectionName) -> Option<Section> {
        let (_, range) = self.sections.iter().find(|(known, _)| known == name)?;
        Some(Section {
            bytes: self.guard.slice(range.clone())?,
            guard: Some((self.guard.clone(), range.start / BLOCK_BYTES)),
        })
    }

    /// Whether what was touched so far was whole.
    ///
    /// # Errors
    /// The first damage that was met.
    pub fn check(&self) -> Result<(), SealedError> {
        self.guard.damage()
    }

    /// Checks every block.
    ///
    /// # Errors
    /// The first damage in the order of the file.
    pub fn verify(&self) -> Result<(), SealedError> {
        self.guard.verify()
    }

    /// Bytes of the file.
    pub fn file_bytes(&self) -> u64 {
        self.guard.file_bytes() as u64
    }
}

impl Section {
    /// A section over memory of our own.
    pub fn of(bytes: impl Into<Bytes>) -> Section {
        Section {
            bytes: bytes.into(),
            guard: None,
        }
    }

    /// How many bytes it has.
    #[inline]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Bytes of it. None where a block of them is damaged, or where they go beyond its end, which a whole file of ours
    /// never asks for: both are remembered as damage.
    #[inline]
    pub fn get(&self, range: Range<usize>) -> Option<&[u8]> {
        match &self.guard {
            None => self.bytes.get(range),
            Some((guard, first)) => self.guarded(guard, *first, range),
        }
    }

    fn guarded(&self, guard: &Guard, first: usize, range: Range<usize>) -> Option<&[u8]> {
        let blocks = first + range.start / BLOCK_BYTES..first + range.end.div_ceil(BLOCK_BYTES);
        let Some(bytes) = self.bytes.get(range) else {
            guard.contradicts();
            return None;
        };
        blocks
            .into_iter()
            .all(|block| guard.is_whole(block))
            .then_some(bytes)
    }

    /// Asks for the memory of a byte, unchecked.
    #[inline]
    pub(crate) fn prefetch(&self, at: usize) {
        self.bytes.get(at).into_iter().for_each(prefetch);
    }

    /// All of it, every block checked.
    pub fn all(&self) -> Option<&Bytes> {
        self.get(0..self.bytes.len()).map(|_| &self.bytes)
    }

    /// Whether its memory can be given back ([`Section::release`]).
    pub(crate) fn is_held(&self) -> bool {
        self.guard
            .as_ref()
            .is_some_and(|(guard, _)| guard.holder().is_some())
    }

    /// Gives its memory back, where that can be: whoever called has a copy.
    pub(crate) fn release(&self) {
        if let Some((guard, first)) = &self.guard
            && let Some(holder) = guard.holder()
        {
            let start = first * BLOCK_BYTES;
            holder.release(start..start + self.len().next_multiple_of(BLOCK_BYTES));
        }
    }

    /// The number of 32 bits that stands `at`, in bytes.
    #[inline]
    pub fn u32(&self, at: usize) -> Option<u32> {
        self.get(at..at.checked_add(4)?)?
            .first_chunk()
            .map(|bytes| u32::from_le_bytes(*bytes))
    }

    /// Whether what was touched of its file so far was whole.
    ///
    /// # Errors
    /// The first damage that was met.
    pub fn check(&self) -> Result<(), SealedError> {
        self.guard.as_ref().map_or(Ok(()), |(guard, _)| guard.damage())
    }

    /// Remembers that its content contradicts itself.
    pub fn contradicts(&self) {
        if let Some((guard, _)) = &self.guard {
            guard.contradicts();
        }
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..)?
        .first_chunk()
        .map(|found| u32::from_le_bytes(*found))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes
        .get(at..)?
        .first_chunk()
        .map(|found| u64::from_le_bytes(*found))
}
