//! Sorted keys in blocks behind a directory, as `postings.bin` and catalogues have them: what a key carries is found by
//! three reads and without holding the directory.
//!
//! Of a directory only its **pages** are held, each some rows: the first key, where the first block begins, and what the rows are
//! checked with. A lookup reads one page, then one block; both are checked before they are believed.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use super::bits::BitReader;
use super::write::check_of;

/// Rows of a directory that are read and checked together.
pub(crate) const PAGE_ROWS: usize = 256;

/// Bytes of a row beside its key: the block's length, and what it is checked with.
const ROW_REST: usize = 8;

/// The kind of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyKind {
    Print,
    Ipv4,
    Ipv6,
}

impl KeyKind {
    pub(crate) const ALL: [Self; 3] = [Self::Print, Self::Ipv4, Self::Ipv6];

    /// Bytes of a key in a directory.
    pub(crate) const fn width(self) -> usize {
        match self {
            Self::Print => 8,
            Self::Ipv4 => 4,
            Self::Ipv6 => 16,
        }
    }
}

/// Some rows of a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    /// The first key of its first block.
    pub(crate) first: u128,
    /// Where that block begins.
    pub(crate) blocks: u64,
    /// What the rows are checked with.
    pub(crate) check: u32,
}

/// Why a lookup fails.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The file is not what was written.
    Damaged(&'static str),
    /// The file system's own.
    File(io::Error),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Damaged("it is cut short"),
            _ => Self::File(error),
        }
    }
}

/// Keys of one kind, and where they are.
#[derive(Debug)]
pub(crate) struct Section {
    keys: u64,
    block_keys: usize,
    /// How many blocks.
    rows: usize,
    /// Where the directory begins.
    directory: u64,
    /// Where the blocks end.
    end: u64,
    pages: Vec<Page>,
}

/// The first key of a row of a directory, the length of its block, and what that is checked with.
pub(crate) fn row_of(row: &[u8], width: usize) -> Option<(u128, u32, u32)> {
    let (key, rest) = row.split_at_checked(width)?;
    let (length, check) = rest.split_first_chunk::<4>()?;
    Some((
        key_of(key),
        u32::from_le_bytes(*length),
        u32::from_le_bytes(*check.first_chunk::<4>()?),
    ))
}

/// A key of so many bytes, little-endian.
fn key_of(bytes: &[u8]) -> u128 {
    let mut key = [0; 16];
    key.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    u128::from_le_bytes(key)
}

impl Section {
    /// Of so many keys, `block_keys` to a block, whose blocks end here, with its directory at this place; nothing where these
    /// are not as many pages as it has.
    pub(crate) fn new(
        (keys, block_keys): (u64, usize),
        end: u64,
        directory: u64,
        pages: Vec<Page>,
    ) -> Option<Self> {
        let rows = usize::try_from(keys.div_ceil(block_keys as u64)).ok()?;
        (pages.len() == rows.div_ceil(PAGE_ROWS)).then_some(Self {
            keys,
            block_keys,
            rows,
            directory,
            end,
            pages,
        })
    }

    /// The same, of a directory that is read from front to back: `take` gets its bytes. Nothing where its rows are not of
    /// blocks that lie one after the other from `from` to `to`.
    pub(crate) fn read(
        file: &File,
        kind: KeyKind,
        (keys, block_keys): (u64, usize),
        (directory, length): (u64, u64),
        (from, to): (u64, u64),
        take: &mut dyn FnMut(&[u8]),
    ) -> Result<Option<Self>, Trouble> {
        let row_bytes = kind.width() + ROW_REST;
        let rows = keys.div_ceil(block_keys as u64);
        if rows.checked_mul(row_bytes as u64) != Some(length) {
            return Ok(None);
        }
        let mut page = vec![0; PAGE_ROWS * row_bytes];
        let mut pages = Vec::new();
        let (mut at, mut left, mut blocks) = (directory, length, from);
        while left > 0 {
            let count = left.min(page.len() as u64);
            let bytes = page.get_mut(..count as usize).unwrap_or_default();
            file.read_exact_at(bytes, at)?;
            take(bytes);
            let begins = blocks;
            for row in bytes.chunks_exact(row_bytes) {
                let Some((_, length, _)) = row_of(row, kind.width()) else {
                    return Ok(None);
                };
                blocks = blocks.saturating_add(length.into());
            }
            pages.push(Page {
                first: key_of(bytes.get(..kind.width()).unwrap_or_default()),
                blocks: begins,
                check: check_of(bytes, pages.len() as u64),
            });
            (at, left) = (at + count, left - count);
        }
        Ok((blocks == to)
            .then(|| Self::new((keys, block_keys), to, directory, pages))
            .flatten())
    }

    pub(crate) fn pages(&self) -> &[Page] {
        &self.pages
    }
}

/// The page that was read last.
#[derive(Debug, Default)]
struct HeldPage {
    of: Option<(KeyKind, usize)>,
    bytes: Vec<u8>,
}

/// The block that was read last.
#[derive(Debug, Default)]
struct Block {
    of: Option<(KeyKind, usize)>,
    bytes: Vec<u8>,
    /// Its keys, as far as they were read.
    keys: Vec<u128>,
    /// How many it has.
    count: usize,
    /// Bits of a gap, and those read so far.
    gap_bits: u32,
    bits: usize,
}

/// A file of sorted keys.
#[derive(Debug)]
pub(crate) struct KeyFile {
    file: File,
    prints: Section,
    ipv4: Section,
    ipv6: Section,
    page: HeldPage,
    block: Block,
}

impl KeyFile {
    pub(crate) fn new(file: File, [prints, ipv4, ipv6]: [Section; 3]) -> Self {
        Self {
            file,
            prints,
            ipv4,
            ipv6,
            page: HeldPage::default(),
            block: Block::default(),
        }
    }

    pub(crate) const fn file(&self) -> &File {
        &self.file
    }

    pub(crate) const fn section(&self, kind: KeyKind) -> &Section {
        match kind {
            KeyKind::Print => &self.prints,
            KeyKind::Ipv4 => &self.ipv4,
            KeyKind::Ipv6 => &self.ipv6,
        }
    }

    /// Finds every key from `first` to `last`, both included. `list` reads what a key carries, of those before the first in their block
    /// too (then it is told that they are not wanted); nothing where that contradicts itself. Fastest where one asks in the
    /// order of keys.
    pub(crate) fn find(
        &mut self,
        kind: KeyKind,
        first: u128,
        last: u128,
        list: &mut impl FnMut(u128, bool, &mut BitReader<'_>) -> Option<()>,
    ) -> Result<(), Trouble> {
        self.each_block(kind, first, last, &mut |block| {
            block
                .lists(first, last, list)
                .ok_or(Trouble::Damaged("a block contradicts itself"))
        })
    }

    /// Gives every key from `first` to `last`, both included, without what it carries.
    pub(crate) fn keys(
        &mut self,
        kind: KeyKind,
        first: u128,
        last: u128,
        take: &mut impl FnMut(u128),
    ) -> Result<(), Trouble> {
        self.each_block(kind, first, last, &mut |block| {
            let wanted = block.keys.iter().filter(|key| (first..=last).contains(*key));
            wanted.for_each(|key| take(*key));
            Ok(())
        })
    }

    /// Gives the first key of every block.
    pub(crate) fn first_keys(&mut self, kind: KeyKind, take: &mut impl FnMut(u128)) -> Result<(), Trouble> {
        let width = kind.width();
        for number in 0..self.section(kind).pages.len() {
            self.load_page(kind, number)?;
            for row in self.page.bytes.chunks_exact(width + ROW_REST) {
                take(key_of(row.get(..width).unwrap_or_default()));
            }
        }
        Ok(())
    }

    /// Reads each block that may hold a key from `first` to `last`, its keys up to the first that is larger.
    fn each_block(
        &mut self,
        kind: KeyKind,
        first: u128,
        last: u128,
        act: &mut dyn FnMut(&mut Block) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        let row_bytes = kind.width() + ROW_REST;
        let section = self.section(kind);
        let pages = section.pages.partition_point(|page| page.first <= first);
        for page in pages.saturating_sub(1)..section.pages.len() {
            let Some(held) = self.section(kind).pages.get(page).copied() else {
                break;
            };
            if held.first > last {
                break;
            }
            self.load_page(kind, page)?;
            let rows = self.page.bytes.len() / row_bytes;
            let before = partition(rows, |row| {
                self.page.row(row, kind).is_some_and(|(key, _, _)| key <= first)
            });
            let from = before.saturating_sub(1);
            let mut offset = held.blocks;
            for row in 0..from {
                offset =
                    offset.saturating_add(self.page.row(row, kind).map_or(0, |(_, length, _)| length).into());
            }
            for row in from..rows {
                let Some(found) = self.page.row(row, kind) else {
                    break;
                };
                if found.0 > last {
                    return Ok(());
                }
                self.load_block(kind, page * PAGE_ROWS + row, offset, found)?;
                let read = self.block.read_keys(last);
                let read = read.ok_or(Trouble::Damaged("a block contradicts itself"));
                if let Err(trouble) = read.and_then(|()| act(&mut self.block)) {
                    self.block.of = None;
                    return Err(trouble);
                }
                offset = offset.saturating_add(found.1.into());
            }
        }
        Ok(())
    }

    fn load_page(&mut self, kind: KeyKind, number: usize) -> Result<(), Trouble> {
        if self.page.of == Some((kind, number)) {
            return Ok(());
        }
        self.page.of = None;
        let row_bytes = kind.width() + ROW_REST;
        let section = self.section(kind);
        let rows = section.rows.saturating_sub(number * PAGE_ROWS).min(PAGE_ROWS);
        let offset = section
            .directory
            .saturating_add((number * PAGE_ROWS * row_bytes) as u64);
        let check = section.pages.get(number).map(|page| page.check);
        self.page.bytes.resize(rows * row_bytes, 0);
        self.file.read_exact_at(&mut self.page.bytes, offset)?;
        if check != Some(check_of(&self.page.bytes, number as u64)) {
            return Err(Trouble::Damaged("a directory is not the one that was written"));
        }
        self.page.of = Some((kind, number));
        Ok(())
    }

    fn load_block(
        &mut self,
        kind: KeyKind,
        number: usize,
        offset: u64,
        (first, length, check): (u128, u32, u32),
    ) -> Result<(), Trouble> {
        if self.block.of == Some((kind, number)) {
            return Ok(());
        }
        self.block.of = None;
        let section = self.section(kind);
        let keys = section.keys.saturating_sub((number * section.block_keys) as u64);
        let most = section.block_keys;
        if offset.saturating_add(length.into()) > section.end {
            return Err(Trouble::Damaged("a block lies outside"));
        }
        let block = &mut self.block;
        block.count = usize::try_from(keys).unwrap_or(most).min(most);
        block.bytes.resize(length as usize, 0);
        self.file.read_exact_at(&mut block.bytes, offset)?;
        if check_of(&block.bytes, number as u64) != check || block.begin(first).is_none() {
            return Err(Trouble::Damaged("a block is not the one that was written"));
        }
        block.of = Some((kind, number));
        Ok(())
    }
}

impl HeldPage {
    fn row(&self, number: usize, kind: KeyKind) -> Option<(u128, u32, u32)> {
        let row_bytes = kind.width() + ROW_REST;
        let at = number * row_bytes;
        row_of(self.bytes.get(at..at + row_bytes)?, kind.width())
    }
}

impl Block {
    /// Of its head, and the first key, which stands in the directory.
    fn begin(&mut self, first: u128) -> Option<()> {
        let mut bits = BitReader::new(&self.bytes);
        self.gap_bits = u32::try_from(bits.number(7)?).ok()?;
        self.bits = bits.position();
        self.keys.clear();
        self.keys.push(first);
        Some(())
    }

    /// Reads keys, up to the first that is larger than `last`.
    fn read_keys(&mut self, last: u128) -> Option<()> {
        let mut key = *self.keys.last()?;
        let mut bits = BitReader::new(&self.bytes);
        bits.skip_to(self.bits);
        while key <= last && self.keys.len() < self.count {
            key = key.checked_add(bits.rice(self.gap_bits)?)?.checked_add(1)?;
            self.keys.push(key);
        }
        self.bits = bits.position();
        Some(())
    }

    /// Reads what its keys carry, up to the last that is asked for.
    fn lists(
        &mut self,
        first: u128,
        last: u128,
        list: &mut impl FnMut(u128, bool, &mut BitReader<'_>) -> Option<()>,
    ) -> Option<()> {
        let from = self.keys.partition_point(|key| *key < first);
        let to = self.keys.partition_point(|key| *key <= last);
        if from == to {
            return Some(());
        }
        // The lists come after the keys.
        self.read_keys(u128::MAX)?;
        let mut bits = BitReader::new(&self.bytes);
        bits.skip_to(self.bits);
        for (at, key) in self.keys.iter().enumerate().take(to) {
            list(*key, at >= from, &mut bits)?;
        }
        Some(())
    }
}

/// The first number below `count` of which `holds` is false, where it is true of all before.
fn partition(count: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}
