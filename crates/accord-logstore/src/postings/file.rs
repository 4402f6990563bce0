//! Reading `postings.bin`: the foot, directories and tables at once, blocks one by one; everything checked before it is
//! believed.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::bits::BitReader;
use super::catalogues::Door;
use super::gather::Overlong;
use super::keys::{KeyFile, KeyKind, Section, Trouble};
use super::write::gap_bits;
use super::{
    BLOCK_KEYS, Cell, FORMAT, Foot, MAGIC, MAX_FOOT_BYTES, NO_DAY, POSTINGS, Part, Place, TAIL_BYTES, VERSION,
};
use crate::digest::{Hex, sha256};
use crate::error::{Error, Result};
use crate::manifest::Segment;
use crate::store::LogStore;

/// Why a segment's postings cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Absent {
    /// It has none.
    Missing,
    /// They are not what was written.
    Damaged(String),
}

impl std::fmt::Display for Absent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing => f.write_str("it has no postings"),
            Self::Damaged(what) => write!(f, "its postings are damaged: {what}"),
        }
    }
}

fn damaged(what: &str) -> Absent {
    Absent::Damaged(format!("{POSTINGS}: {what}"))
}

/// What a lookup gives: one cell of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) key: u128,
    pub(crate) frame: u32,
    /// Since the epoch, as logged; nothing where the lines tell none, or more than one.
    pub(crate) day: Option<i32>,
    pub(crate) lines: u64,
}

/// The postings of one segment, open.
#[derive(Debug)]
pub(crate) struct Postings {
    keys: KeyFile,
    foot: Foot,
    cells: Vec<Cell>,
    crowded: Vec<u32>,
    headers: Vec<u32>,
    overlong: u64,
    overlong_listed: Vec<Overlong>,
}

impl LogStore {
    /// Opens a segment's postings.
    ///
    /// # Errors
    /// [`Error::Destroyed`], those of the file system. Absence and damage are no error.
    pub(crate) fn postings(&self, segment: &Segment) -> Result<std::result::Result<Postings, Absent>> {
        let path = self.layout.segment(segment.id()).join(POSTINGS);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                self.still_here(segment.id())?;
                return Ok(Err(Absent::Missing));
            }
            Err(error) => return Err(Error::file("open", path)(error)),
        };
        let (foot, end) = match read_foot(&file, &path)? {
            Ok(found) => found,
            Err(absent) => return Ok(Err(absent)),
        };
        let manifest = &segment.manifest;
        if (foot.log_sha256, foot.frames_sha256, foot.frames)
            != (
                manifest.log.sha256,
                manifest.frames.index_sha256,
                manifest.frames.count,
            )
        {
            return Ok(Err(damaged("it is of another segment")));
        }
        if foot.line_bytes != self.limits.line_bytes as u64 {
            return Ok(Err(Absent::Missing));
        }
        Postings::read(file, &path, foot, end)
    }
}

/// The foot, and where it begins.
fn read_foot(file: &File, path: &Path) -> Result<std::result::Result<(Foot, u64), Absent>> {
    let (text, foot_at) = match foot_text(file, path, MAGIC, MAX_FOOT_BYTES)? {
        Ok(found) => found,
        Err(absent) => return Ok(Err(absent)),
    };
    Ok(match serde_json::from_slice::<Foot>(&text) {
        Ok(foot) if foot.format == FORMAT && foot.version == VERSION => Ok((foot, foot_at)),
        Ok(foot) => Err(damaged(&format!(
            "{} version {} is not known",
            foot.format, foot.version
        ))),
        Err(error) => Err(damaged(&error.to_string())),
    })
}

/// The text of the foot of a file that ends with its digest, its length and these bytes; and where it begins.
pub(super) fn foot_text(
    file: &File,
    path: &Path,
    magic: &[u8; 8],
    most: u32,
) -> Result<std::result::Result<(Vec<u8>, u64), Absent>> {
    let length = file.metadata().map_err(Error::file("look at", path))?.len();
    let Some(tail_at) = length.checked_sub(TAIL_BYTES as u64) else {
        return Ok(Err(damaged("it is cut short")));
    };
    let tail = read(file, path, tail_at, TAIL_BYTES as u64)?;
    let (digest, rest) = tail.split_at_checked(32).unwrap_or_default();
    let (foot_length, found) = rest.split_at_checked(4).unwrap_or_default();
    let foot_length = foot_length
        .first_chunk()
        .map_or(0, |bytes| u32::from_le_bytes(*bytes));
    if found != magic || foot_length > most || u64::from(foot_length) > tail_at {
        return Ok(Err(damaged("it does not end as it should")));
    }
    let foot_at = tail_at - u64::from(foot_length);
    let text = read(file, path, foot_at, foot_length.into())?;
    if sha256(&text).0 != digest {
        return Ok(Err(damaged("its foot is not the one that was written")));
    }
    Ok(Ok((text, foot_at)))
}

/// SHA-256 of the first bytes of a file, or of all where there are fewer.
pub(crate) fn digest_before(file: &File, length: u64) -> std::io::Result<Hex<32>> {
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    let mut at = 0;
    while at < length {
        let most = (length - at).min(buffer.len() as u64) as usize;
        let count = file.read_at(buffer.get_mut(..most).unwrap_or_default(), at)?;
        if count == 0 {
            break;
        }
        digest.update(buffer.get(..count).unwrap_or_default());
        at += count as u64;
    }
    Ok(Hex(digest.finalize().into()))
}

/// These bytes; none where the file ends before they do.
pub(super) fn read(file: &File, path: &Path, offset: u64, length: u64) -> Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
    match file.read_exact_at(&mut bytes, offset) {
        Ok(()) => Ok(bytes),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(Vec::new()),
        Err(error) => Err(Error::file("read", path)(error)),
    }
}

impl Postings {
    /// With directories that are read and compared with their digests.
    fn read(file: File, path: &Path, foot: Foot, end: u64) -> Result<std::result::Result<Self, Absent>> {
        let mut sections = Vec::new();
        for kind in KeyKind::ALL {
            let Part {
                keys,
                blocks,
                directory,
            } = *foot.part(kind);
            let [Some(blocks_end), Some(_)] = [blocks, directory].map(|place| place.end_within(end)) else {
                return Ok(Err(damaged("a directory lies outside")));
            };
            let mut digest = Sha256::new();
            let section = Section::read(
                &file,
                kind,
                (keys, BLOCK_KEYS),
                (directory.offset, directory.length),
                (blocks.offset, blocks_end),
                &mut |bytes| digest.update(bytes),
            );
            let section = match section {
                Ok(section) => section,
                Err(Trouble::File(error)) => return Err(Error::file("read", path)(error)),
                Err(Trouble::Damaged(what)) => return Ok(Err(damaged(what))),
            };
            let is_it = Some(Hex(digest.finalize().into())) == directory.sha256;
            sections.extend(section.filter(|_| is_it));
        }
        let Ok(sections) = <[Section; 3]>::try_from(sections) else {
            return Ok(Err(damaged("a directory is not the one that was written")));
        };
        Self::with_sections(file, path, foot, end, sections)
    }

    fn with_sections(
        file: File,
        path: &Path,
        foot: Foot,
        end: u64,
        sections: [Section; 3],
    ) -> Result<std::result::Result<Self, Absent>> {
        let tables = match foot.tables.end_within(end) {
            Some(_) => read(&file, path, foot.tables.offset, foot.tables.length)?,
            None => Vec::new(),
        };
        let mut postings = Self {
            keys: KeyFile::new(file, sections),
            foot,
            cells: Vec::new(),
            crowded: Vec::new(),
            headers: Vec::new(),
            overlong: 0,
            overlong_listed: Vec::new(),
        };
        let whole =
            Some(sha256(&tables)) == postings.foot.tables.sha256 && postings.read_tables(&tables).is_some();
        Ok(if whole {
            Ok(postings)
        } else {
            Err(damaged("its tables are not the ones that were written"))
        })
    }

    fn read_tables(&mut self, bytes: &[u8]) -> Option<()> {
        let mut bits = BitReader::new(bytes);
        let frames = self.foot.frames;
        let (mut frame, mut day) = (0u64, 0i64);
        for _ in 0..self.foot.cells {
            frame = frame.checked_add(bits.gamma()? - 1)?;
            let step = bits.gamma()? - 1;
            let size = i64::try_from(step >> 1).ok()?;
            day = day.checked_add(if step & 1 == 1 { -size } else { size })?;
            self.cells.push(Cell {
                frame: u32::try_from(frame).ok().filter(|_| frame < frames)?,
                day: i32::try_from(day).ok()?,
            });
        }
        for list in [&mut self.crowded, &mut self.headers] {
            let mut next = 0u64;
            for _ in 0..bits.gamma()? - 1 {
                let frame = next.checked_add(bits.gamma()? - 1)?;
                list.push(u32::try_from(frame).ok().filter(|_| frame < frames)?);
                next = frame + 1;
            }
        }
        self.overlong = bits.gamma()? - 1;
        for _ in 0..bits.gamma()? - 1 {
            let (line, offset, length) = (bits.gamma()?, bits.gamma()? - 1, bits.gamma()?);
            self.overlong_listed.push(Overlong { line, offset, length });
        }
        Some(())
    }

    /// With what a catalogue keeps of the foot and the directories. That the file is still the one they are of is seen where
    /// it is read: pages and blocks are checked with what the catalogue keeps.
    pub(super) fn by_door(file: File, path: &Path, door: Door) -> Result<std::result::Result<Self, Absent>> {
        let Door { foot, pages } = door;
        let mut sections = Vec::new();
        for (kind, pages) in KeyKind::ALL.into_iter().zip(pages) {
            let part = foot.part(kind);
            let blocks_end = part.blocks.offset.saturating_add(part.blocks.length);
            let keys = (part.keys, BLOCK_KEYS);
            sections.extend(Section::new(keys, blocks_end, part.directory.offset, pages));
        }
        let Ok(sections) = <[Section; 3]>::try_from(sections) else {
            return Ok(Err(damaged("a directory is not the one that was written")));
        };
        let end = file.metadata().map_err(Error::file("look at", path))?.len();
        Self::with_sections(file, path, foot, end, sections)
    }

    /// What a catalogue keeps of it.
    pub(super) fn door(&self) -> Door {
        Door {
            foot: self.foot.clone(),
            pages: KeyKind::ALL.map(|kind| self.keys.section(kind).pages().to_vec()),
        }
    }

    /// Gives the first key of every block.
    ///
    /// # Errors
    /// As [`Postings::find`].
    pub(super) fn first_keys(
        &mut self,
        kind: KeyKind,
        take: &mut impl FnMut(u128),
    ) -> Result<std::result::Result<(), Absent>> {
        told(self.keys.first_keys(kind, take))
    }

    /// Gives every key from `first` to `last`, both included.
    ///
    /// # Errors
    /// As [`Postings::find`].
    pub(super) fn keys(
        &mut self,
        kind: KeyKind,
        first: u128,
        last: u128,
        take: &mut impl FnMut(u128),
    ) -> Result<std::result::Result<(), Absent>> {
        told(self.keys.keys(kind, first, last, take))
    }

    /// Whether it names lines or frames that every question is told of, whatever is asked.
    pub(super) fn always_tells(&self) -> bool {
        self.overlong > 0 || !self.crowded.is_empty()
    }

    /// Frames that have to be read in any case: their lines have more keys than are kept.
    pub(crate) fn crowded(&self) -> &[u32] {
        &self.crowded
    }

    /// Frames with lines that later ones need to be understood.
    pub(crate) fn headers(&self) -> &[u32] {
        &self.headers
    }

    /// How many lines are over the line limit, and the first of them.
    pub(crate) fn overlong(&self) -> (u64, &[Overlong]) {
        (self.overlong, &self.overlong_listed)
    }

    /// The digest of all before the foot.
    pub(crate) const fn sha256(&self) -> Hex<32> {
        self.foot.sha256
    }

    /// Compares all before the foot with its digest.
    ///
    /// # Errors
    /// Those of the file system.
    pub(crate) fn is_whole(&self) -> Result<bool> {
        let length = self.foot.tables.offset + self.foot.tables.length;
        Ok(
            digest_before(self.keys.file(), length).map_err(Error::file("read", POSTINGS))?
                == self.foot.sha256,
        )
    }

    /// The part of a fingerprint that is kept.
    pub(crate) fn kept(&self, print: u64) -> u128 {
        u128::from(print) >> u64::BITS.saturating_sub(self.foot.print_bits)
    }

    /// Gives every cell of every key from `first` to `last`, both included. Fastest where one asks in the order of keys.
    ///
    /// # Errors
    /// Those of the file system. Damage that is met is the inner error; what was given before it is true.
    pub(crate) fn find(
        &mut self,
        kind: KeyKind,
        first: u128,
        last: u128,
        take: &mut dyn FnMut(Found),
    ) -> Result<std::result::Result<(), Absent>> {
        let cells = &self.cells;
        let of = cells.len() as u64;
        let found = self.keys.find(kind, first, last, &mut |key, is_wanted, bits| {
            let length = bits.gamma()?;
            let k = gap_bits(of, length);
            let mut next = 0u64;
            for _ in 0..length {
                let cell = next.checked_add(u64::try_from(bits.rice(k)?).ok()?)?;
                let lines = bits.gamma()?;
                next = cell + 1;
                let cell = cells.get(usize::try_from(cell).ok()?)?;
                if is_wanted {
                    take(Found {
                        key,
                        frame: cell.frame,
                        day: (cell.day != NO_DAY).then_some(cell.day),
                        lines,
                    });
                }
            }
            Some(())
        });
        told(found)
    }
}

/// What a lookup met: damage is the inner error.
pub(super) fn told<T>(found: std::result::Result<T, Trouble>) -> Result<std::result::Result<T, Absent>> {
    match found {
        Ok(found) => Ok(Ok(found)),
        Err(Trouble::Damaged(what)) => Ok(Err(damaged(what))),
        Err(Trouble::File(error)) => Err(Error::file("read", POSTINGS)(error)),
    }
}

impl Foot {
    pub(super) const fn part(&self, kind: KeyKind) -> &Part {
        match kind {
            KeyKind::Print => &self.prints,
            KeyKind::Ipv4 => &self.ipv4,
            KeyKind::Ipv6 => &self.ipv6,
        }
    }
}

impl Place {
    /// Where it ends, where that is not behind `end`.
    pub(super) fn end_within(&self, end: u64) -> Option<u64> {
        self.offset.checked_add(self.length).filter(|last| *last <= end)
    }
}
