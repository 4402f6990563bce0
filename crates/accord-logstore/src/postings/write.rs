//! Writing `postings.bin`: blocks of keys with their lines, the directories, the tables, the foot.

use rapidhash::v3::rapidhash_v3;
use sha2::{Digest, Sha256};

use super::bits::BitWriter;
use super::entries::Entry;
use super::gather::{Gathered, Gatherer};
use super::runs::merge;
use super::table::TableKey;
use super::{BLOCK_KEYS, Cell, FORMAT, Foot, MAGIC, Part, Place, SPARE_BITS, VERSION};
use crate::digest::{Hex, sha256};
use crate::disk::DiskFile;
use crate::error::{Error, Result};

/// Written at a time.
const BUFFER_BYTES: usize = 256 * 1024;

/// Where the bytes go.
pub(crate) enum Target {
    /// To a new file.
    File(DiskFile),
    /// Nowhere: only the digest is asked for.
    Digest,
}

/// Bytes on their way, and their digest.
pub(super) struct Output {
    pub(super) target: Target,
    pub(super) buffer: Vec<u8>,
    pub(super) length: u64,
    pub(super) digest: Sha256,
}

impl Output {
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.digest.update(bytes);
        self.length += bytes.len() as u64;
        if let Target::File(_) = self.target {
            self.buffer.extend_from_slice(bytes);
            if self.buffer.len() >= BUFFER_BYTES {
                return self.flush();
            }
        }
        Ok(())
    }

    pub(super) fn flush(&mut self) -> Result<()> {
        if let Target::File(file) = &mut self.target
            && !self.buffer.is_empty()
        {
            file.write_all(&self.buffer)
                .map_err(Error::file("write", file.path()))?;
        }
        self.buffer.clear();
        Ok(())
    }

    pub(super) fn place(&mut self, bytes: &[u8]) -> Result<Place> {
        let offset = self.length;
        self.write(bytes)?;
        Ok(Place {
            offset,
            length: bytes.len() as u64,
            sha256: Some(sha256(bytes)),
        })
    }
}

/// Writes what was gathered, of a log with this digest and frames of which the index has that one. Gives the digest of
/// all before the foot.
pub(crate) fn write(
    gathered: &mut Gatherer,
    log_sha256: Hex<32>,
    frames: u64,
    frames_sha256: Hex<32>,
    target: Target,
) -> Result<Hex<32>> {
    gathered.settle()?;
    let line_bytes = gathered.line_bytes;
    let mut output = Output {
        target,
        buffer: Vec::new(),
        length: 0,
        digest: Sha256::new(),
    };
    let tables = tables(gathered);
    let cells = gathered.cells.len() as u64;
    let print_bits = (u64::BITS - gathered.prints.entries.count.leading_zeros() + SPARE_BITS).min(u64::BITS);
    let prints = part(
        &mut output,
        &mut gathered.prints,
        cells,
        u64::BITS - print_bits,
        8,
    )?;
    let ipv4 = part(&mut output, &mut gathered.ipv4, cells, 0, 4)?;
    let ipv6 = part(&mut output, &mut gathered.ipv6, cells, 0, 16)?;
    let tables = output.place(&tables)?;
    let digest = Hex(output.digest.clone().finalize().into());
    let foot = Foot {
        format: FORMAT.to_owned(),
        version: VERSION,
        log_sha256,
        frames_sha256,
        line_bytes,
        frames,
        cells,
        print_bits,
        prints,
        ipv4,
        ipv6,
        tables,
        sha256: digest,
    };
    let text =
        serde_json::to_vec(&foot).map_err(|error| Error::file("write", super::POSTINGS)(error.into()))?;
    output.write(&text)?;
    output.write(&sha256(&text).0)?;
    output.write(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes())?;
    output.write(MAGIC)?;
    output.flush()?;
    if let Target::File(file) = &mut output.target {
        file.sync().map_err(Error::file("sync", file.path()))?;
    }
    Ok(digest)
}

fn part<K: TableKey + TryFrom<u128>>(
    output: &mut Output,
    gathered: &mut Gathered<K>,
    cells: u64,
    cut_bits: u32,
    width: usize,
) -> Result<Part> {
    let mut blocks = Blocks {
        output: &mut *output,
        cells,
        width,
        held: Vec::with_capacity(BLOCK_KEYS),
        lists: BitWriter::default(),
        last_cells: Vec::new(),
        bits: BitWriter::default(),
        directory: Vec::new(),
        keys: 0,
    };
    let offset = blocks.output.length;
    let Gathered { runs, entries, .. } = gathered;
    merge(runs, entries, |entry: Entry<K>| {
        let key: u128 = entry.key.into();
        blocks.add(key >> cut_bits, entry.cell, u64::from(entry.lines))
    })?;
    blocks.end_key();
    blocks.flush()?;
    let Blocks { directory, keys, .. } = blocks;
    let length = output.length - offset;
    Ok(Part {
        keys,
        blocks: Place {
            offset,
            length,
            sha256: None,
        },
        directory: output.place(&directory)?,
    })
}

struct Blocks<'o> {
    output: &'o mut Output,
    cells: u64,
    width: usize,
    /// Keys of the block at hand.
    held: Vec<u128>,
    /// The lists of all of them but the last: a key can stand in every cell, so that the cells of one are held, not of all.
    lists: BitWriter,
    /// In which cells how many lines have the last key.
    last_cells: Vec<(u32, u64)>,
    bits: BitWriter,
    directory: Vec<u8>,
    keys: u64,
}

impl Blocks<'_> {
    #[inline]
    fn add(&mut self, key: u128, cell: u32, lines: u64) -> Result<()> {
        if self.held.last() != Some(&key) {
            self.end_key();
            if self.held.len() == BLOCK_KEYS {
                self.flush()?;
            }
            self.held.push(key);
        }
        self.last_cells.push((cell, lines));
        Ok(())
    }

    fn end_key(&mut self) {
        let Self {
            lists,
            last_cells,
            cells,
            held,
            ..
        } = self;
        if held.is_empty() {
            return;
        }
        if last_cells.is_sorted_by(|a, b| a.0 < b.0) {
            list(lists, last_cells, *cells);
        } else {
            // Two fingerprints with the same leading bits are one key from here on.
            list(lists, &joined(last_cells), *cells);
        }
        last_cells.clear();
    }

    fn flush(&mut self) -> Result<()> {
        let (Some(first), Some(last)) = (self.held.first().copied(), self.held.last()) else {
            return Ok(());
        };
        let gaps = (self.held.len() as u128).saturating_sub(1).max(1);
        let k = ((last - first) / gaps).max(1).ilog2();
        self.bits.number(u128::from(k), 7);
        let mut before = first;
        for key in self.held.iter().skip(1) {
            self.bits.rice(key - before - 1, k);
            before = *key;
        }
        self.bits.append(&mut self.lists);
        let block = self.bits.finish();
        let number = (self.directory.len() / (self.width + 8)) as u64;
        let key = first.to_le_bytes();
        self.directory
            .extend_from_slice(key.get(..self.width).unwrap_or_default());
        self.directory
            .extend_from_slice(&u32::try_from(block.len()).unwrap_or(u32::MAX).to_le_bytes());
        self.directory
            .extend_from_slice(&check_of(block, number).to_le_bytes());
        self.keys += self.held.len() as u64;
        self.held.clear();
        self.output.write(block)?;
        self.bits.clear();
        Ok(())
    }
}

/// The cells of keys that became one, each once.
fn joined(cells: &mut [(u32, u64)]) -> Vec<(u32, u64)> {
    cells.sort_unstable();
    let mut joined: Vec<(u32, u64)> = Vec::with_capacity(cells.len());
    for (cell, lines) in cells.iter().copied() {
        match joined.last_mut().filter(|last| last.0 == cell) {
            Some(last) => last.1 += lines,
            None => joined.push((cell, lines)),
        }
    }
    joined
}

/// How many, then each cell as the gap to the one before it and how many lines it has.
fn list(bits: &mut BitWriter, cells: &[(u32, u64)], of: u64) {
    bits.gamma(cells.len() as u64);
    let k = gap_bits(of, cells.len() as u64);
    let mut next = 0;
    for (cell, lines) in cells {
        bits.rice_and_gamma(u64::from(*cell - next), k, *lines);
        next = cell + 1;
    }
}

/// The Rice parameter of the gaps of a list of so many of all cells.
pub(super) fn gap_bits(of: u64, length: u64) -> u32 {
    (of / (length + 1)).max(1).ilog2()
}

/// What a block is checked with: its bytes, and its number, so that one in the place of another is found.
pub(super) fn check_of(block: &[u8], number: u64) -> u32 {
    rapidhash_v3(block) as u32 ^ number as u32
}

/// Everything that is not found by key: cells, frames always to be read, frames with state, overlong lines.
fn tables(gathered: &Gatherer) -> Vec<u8> {
    let mut bits = BitWriter::default();
    let mut before = Cell { frame: 0, day: 0 };
    for cell in &gathered.cells {
        bits.gamma(u64::from(cell.frame - before.frame) + 1);
        let step = i64::from(cell.day) - i64::from(before.day);
        bits.gamma((step.unsigned_abs() << 1 | u64::from(step < 0)) + 1);
        before = *cell;
    }
    for frames in [&gathered.crowded, &gathered.headers] {
        bits.gamma(frames.len() as u64 + 1);
        let mut next = 0;
        for frame in frames {
            bits.gamma(u64::from(*frame - next) + 1);
            next = frame + 1;
        }
    }
    bits.gamma(gathered.overlong + 1);
    bits.gamma(gathered.overlong_listed.len() as u64 + 1);
    for line in &gathered.overlong_listed {
        for number in [line.line, line.offset + 1, line.length] {
            bits.gamma(number);
        }
    }
    bits.finish().to_vec()
}
