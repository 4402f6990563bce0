//! Reading `postings.bin`: the foot, directories and tables at once, blocks one by one; everything checked before it is
//! believed.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::bits::BitReader;
use super::gather::Overlong;
use super::write::{check_of, gap_bits};
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

/// The kind of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyKind {
    Print,
    Ipv4,
    Ipv6,
}

/// Keys of one kind, and where their blocks are.
#[derive(Debug)]
struct Section {
    keys: u64,
    /// Of each block: its first key, where it begins, and what it is checked with.
    blocks: Vec<(u128, u64, u32)>,
    end: u64,
}

/// The block that was read last.
#[derive(Debug)]
struct Block {
    of: Option<(KeyKind, usize)>,
    bytes: Vec<u8>,
    keys: Vec<u128>,
    /// Bits before the lists.
    lists: usize,
}

/// The postings of one segment, open.
#[derive(Debug)]
pub(crate) struct Postings {
    file: File,
    foot: Foot,
    cells: Vec<Cell>,
    crowded: Vec<u32>,
    headers: Vec<u32>,
    overlong: u64,
    overlong_listed: Vec<Overlong>,
    prints: Section,
    ipv4: Section,
    ipv6: Section,
    block: Block,
}

impl LogStore {
    /// Opens a segment's postings.
    ///
    /// # Errors
    /// [`Error::Destroyed`], those of the file system. Absence and damage are no error.
    pub(crate) fn postings(&self, segment: &Segment) -> Result<std::result::Result<Postings, Absent>> {
        let path = self.layout.segment(segment.id()).join(POSTINGS);
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                self.still_here(segment.id())?;
                return Ok(Err(Absent::Missing));
            }
            Err(error) => return Err(Error::file("open", path)(error)),
        };
        let (foot, end) = match read_foot(&mut file, &path)? {
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
fn read_foot(file: &mut File, path: &Path) -> Result<std::result::Result<(Foot, u64), Absent>> {
    let length = file.metadata().map_err(Error::file("look at", path))?.len();
    let Some(tail_at) = length.checked_sub(TAIL_BYTES as u64) else {
        return Ok(Err(damaged("it is cut short")));
    };
    let tail = read(file, path, tail_at, TAIL_BYTES)?;
    let (digest, rest) = tail.split_at_checked(32).unwrap_or_default();
    let (foot_length, magic) = rest.split_at_checked(4).unwrap_or_default();
    let foot_length = foot_length
        .first_chunk()
        .map_or(0, |bytes| u32::from_le_bytes(*bytes));
    if magic != MAGIC || foot_length > MAX_FOOT_BYTES || u64::from(foot_length) > tail_at {
        return Ok(Err(damaged("it does not end as it should")));
    }
    let foot_at = tail_at - u64::from(foot_length);
    let text = read(file, path, foot_at, foot_length as usize)?;
    if sha256(&text).0 != digest {
        return Ok(Err(damaged("its foot is not the one that was written")));
    }
    Ok(match serde_json::from_slice::<Foot>(&text) {
        Ok(foot) if foot.format == FORMAT && foot.version == VERSION => Ok((foot, foot_at)),
        Ok(foot) => Err(damaged(&format!(
            "{} version {} is not known",
            foot.format, foot.version
        ))),
        Err(error) => Err(damaged(&error.to_string())),
    })
}

fn read(file: &mut File, path: &Path, offset: u64, length: usize) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(offset))
        .map_err(Error::file("read", path))?;
    file.take(length as u64)
        .read_to_end(&mut bytes)
        .map_err(Error::file("read", path))?;
    Ok(bytes)
}

impl Postings {
    fn read(mut file: File, path: &Path, foot: Foot, end: u64) -> Result<std::result::Result<Self, Absent>> {
        let mut place = |place: &Place| -> Result<Option<Vec<u8>>> {
            let inside = place
                .offset
                .checked_add(place.length)
                .is_some_and(|last| last <= end);
            let Some(length) = usize::try_from(place.length).ok().filter(|_| inside) else {
                return Ok(None);
            };
            let bytes = read(&mut file, path, place.offset, length)?;
            Ok((Some(sha256(&bytes)) == place.sha256).then_some(bytes))
        };
        let mut section = |part: &Part, width: usize| -> Result<Option<Section>> {
            let directory = place(&part.directory)?;
            Ok(directory.and_then(|bytes| Section::of(part, &bytes, width, end)))
        };
        let sections = [
            section(&foot.prints, 8)?,
            section(&foot.ipv4, 4)?,
            section(&foot.ipv6, 16)?,
        ];
        let tables = place(&foot.tables)?;
        let [Some(prints), Some(ipv4), Some(ipv6)] = sections else {
            return Ok(Err(damaged("a directory is not the one that was written")));
        };
        let mut postings = Self {
            file,
            foot,
            cells: Vec::new(),
            crowded: Vec::new(),
            headers: Vec::new(),
            overlong: 0,
            overlong_listed: Vec::new(),
            prints,
            ipv4,
            ipv6,
            block: Block {
                of: None,
                bytes: Vec::new(),
                keys: Vec::new(),
                lists: 0,
            },
        };
        let whole = tables.is_some_and(|bytes| postings.read_tables(&bytes).is_some());
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
    pub(crate) fn is_whole(&mut self) -> Result<bool> {
        let length = self.foot.tables.offset + self.foot.tables.length;
        self.file
            .seek(SeekFrom::Start(0))
            .map_err(Error::file("read", POSTINGS))?;
        let mut digest = Sha256::new();
        let mut buffer = vec![0; 256 * 1024];
        let mut rest = (&mut self.file).take(length);
        loop {
            let count = rest.read(&mut buffer).map_err(Error::file("read", POSTINGS))?;
            if count == 0 {
                return Ok(Hex(digest.finalize().into()) == self.foot.sha256);
            }
            digest.update(buffer.get(..count).unwrap_or_default());
        }
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
        let before = self
            .section(kind)
            .blocks
            .partition_point(|(key, _, _)| *key <= first);
        for number in before.saturating_sub(1)..self.section(kind).blocks.len() {
            if self
                .section(kind)
                .blocks
                .get(number)
                .is_none_or(|(key, _, _)| *key > last)
            {
                break;
            }
            if self.block.of != Some((kind, number)) {
                self.block.of = None;
                if !self.load(kind, number)? {
                    return Ok(Err(damaged("a block is not the one that was written")));
                }
            }
            let from = self.block.keys.partition_point(|key| *key < first);
            let to = self.block.keys.partition_point(|key| *key <= last);
            if from < to && self.lists(from, to, take).is_none() {
                return Ok(Err(damaged("a block contradicts itself")));
            }
        }
        Ok(Ok(()))
    }

    fn section(&self, kind: KeyKind) -> &Section {
        match kind {
            KeyKind::Print => &self.prints,
            KeyKind::Ipv4 => &self.ipv4,
            KeyKind::Ipv6 => &self.ipv6,
        }
    }

    /// Reads a block and its keys; says whether it is whole.
    fn load(&mut self, kind: KeyKind, number: usize) -> Result<bool> {
        let section = self.section(kind);
        let Some(&(first, offset, check)) = section.blocks.get(number) else {
            return Ok(false);
        };
        let end = section.blocks.get(number + 1).map_or(section.end, |next| next.1);
        let keys = section.keys.saturating_sub((number * BLOCK_KEYS) as u64);
        let keys = usize::try_from(keys).unwrap_or(BLOCK_KEYS).min(BLOCK_KEYS);
        let mut bytes = std::mem::take(&mut self.block.bytes);
        bytes.clear();
        self.file
            .seek(SeekFrom::Start(offset))
            .map_err(Error::file("read", POSTINGS))?;
        (&mut self.file)
            .take(end.saturating_sub(offset))
            .read_to_end(&mut bytes)
            .map_err(Error::file("read", POSTINGS))?;
        self.block.bytes = bytes;
        let is_it = check_of(&self.block.bytes, number as u64) == check;
        if is_it && self.block.read_keys(first, keys).is_some() {
            self.block.of = Some((kind, number));
        }
        Ok(self.block.of.is_some())
    }

    /// Gives the cells of some keys of the block at hand.
    fn lists(&self, from: usize, to: usize, take: &mut dyn FnMut(Found)) -> Option<()> {
        let mut bits = BitReader::new(&self.block.bytes);
        bits.skip_to(self.block.lists);
        let cells = self.cells.len() as u64;
        for (at, key) in self.block.keys.iter().enumerate().take(to) {
            let length = bits.gamma()?;
            let k = gap_bits(cells, length);
            let mut next = 0u64;
            for _ in 0..length {
                let cell = next.checked_add(u64::try_from(bits.rice(k)?).ok()?)?;
                let lines = bits.gamma()?;
                next = cell + 1;
                let cell = self.cells.get(usize::try_from(cell).ok()?)?;
                if at >= from {
                    take(Found {
                        key: *key,
                        frame: cell.frame,
                        day: (cell.day != NO_DAY).then_some(cell.day),
                        lines,
                    });
                }
            }
        }
        Some(())
    }
}

impl Section {
    fn of(part: &Part, directory: &[u8], width: usize, end: u64) -> Option<Self> {
        let blocks = usize::try_from(part.keys.div_ceil(BLOCK_KEYS as u64)).ok()?;
        if directory.len() != blocks.checked_mul(width + 8)? {
            return None;
        }
        let mut offset = part.blocks.offset;
        let mut found = Vec::with_capacity(blocks);
        for row in directory.chunks_exact(width + 8) {
            let (key, rest) = row.split_at_checked(width)?;
            let mut bytes = [0; 16];
            bytes.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
            let (length, check) = rest.split_first_chunk::<4>()?;
            found.push((
                u128::from_le_bytes(bytes),
                offset,
                u32::from_le_bytes(*check.first_chunk::<4>()?),
            ));
            offset = offset.checked_add(u64::from(u32::from_le_bytes(*length)))?;
        }
        let is_it = offset <= end && Some(offset) == part.blocks.offset.checked_add(part.blocks.length);
        is_it.then_some(Self {
            keys: part.keys,
            blocks: found,
            end: offset,
        })
    }
}

impl Block {
    fn read_keys(&mut self, first: u128, count: usize) -> Option<()> {
        let mut bits = BitReader::new(&self.bytes);
        let k = u32::try_from(bits.number(7)?).ok()?;
        self.keys.clear();
        self.keys.push(first);
        let mut key = first;
        for _ in 1..count {
            key = key.checked_add(bits.rice(k)?)?.checked_add(1)?;
            self.keys.push(key);
        }
        self.lists = bits.position();
        Some(())
    }
}
