//! Writing a catalogue: doors, blocks of keys with their segments, directories and their pages, the foot.

use sha2::{Digest, Sha256};

use super::super::Place;
use super::super::bits::BitWriter;
use super::super::keys::{KeyKind, PAGE_ROWS, Page};
use super::super::write::{Output, Target, check_of, gap_bits};
use super::build::Opened;
use super::foot::{CatalogueFoot, Listed, MAGIC, Part, pages_to};
use super::merge::{Unusable, merge};
use super::{CATALOGUE_BLOCK_KEYS, SEGMENT_BITS};
use crate::digest::{Hex, sha256};
use crate::error::{Error, Result};
use crate::store::LogStore;

/// Writes the catalogue of these segments; gives its foot.
///
/// # Errors
/// Those of the file system and of `pause`, which is called now and then. Postings that cannot be read are the inner error.
pub(super) fn write(
    store: &LogStore,
    opened: &[Opened],
    target: Target,
    pause: &mut dyn FnMut() -> Result<()>,
) -> Result<std::result::Result<CatalogueFoot, Unusable>> {
    let mut output = Output {
        target,
        buffer: Vec::new(),
        length: 0,
        digest: Sha256::new(),
    };
    let mut segments = Vec::new();
    for of in opened {
        let door = output.place(&of.door.to_bytes()?)?;
        segments.push(Listed {
            segment: of.segment.id().clone(),
            log_sha256: of.segment.manifest.log.sha256,
            postings_sha256: of.door.foot.sha256,
            print_bits: of.print_bits(),
            always: of.always,
            door,
        });
    }
    let print_bits = print_bits(opened, store.limits.catalogue_spare_bits);
    let mut parts = Vec::new();
    for kind in KeyKind::ALL {
        match part(store, opened, kind, print_bits, &mut output, pause)? {
            Ok(part) => parts.push(part),
            Err(unusable) => return Ok(Err(unusable)),
        }
    }
    let parts = <[Part; 3]>::try_from(parts).map_err(|_| Error::MustReopen)?;
    let line_bytes = store.limits.line_bytes as u64;
    let digest = Hex(output.digest.clone().finalize().into());
    let foot = CatalogueFoot::new(line_bytes, print_bits, segments, parts, digest);
    let text =
        serde_json::to_vec(&foot).map_err(|error| Error::file("write", "a catalogue")(error.into()))?;
    output.write(&text)?;
    output.write(&sha256(&text).0)?;
    output.write(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes())?;
    output.write(MAGIC)?;
    output.flush()?;
    if let Target::File(file) = &mut output.target {
        file.sync().map_err(Error::file("sync", file.path()))?;
    }
    Ok(Ok(foot))
}

/// How many leading bits of fingerprints are kept: no more than some segment has, and than an entry has room for.
fn print_bits(opened: &[Opened], spare: u32) -> u32 {
    let keys: u64 = opened.iter().map(|of| of.door.foot.prints.keys).sum();
    let kept = opened.iter().map(Opened::print_bits).max().unwrap_or(0);
    (u64::BITS - keys.leading_zeros() + spare)
        .min(kept)
        .min(u64::BITS - SEGMENT_BITS)
}

fn part(
    store: &LogStore,
    opened: &[Opened],
    kind: KeyKind,
    print_bits: u32,
    output: &mut Output,
    pause: &mut dyn FnMut() -> Result<()>,
) -> Result<std::result::Result<Part, Unusable>> {
    let offset = output.length;
    let mut blocks = Blocks {
        output,
        kind,
        of: opened.len() as u64,
        keys: Vec::with_capacity(CATALOGUE_BLOCK_KEYS),
        ends: Vec::with_capacity(CATALOGUE_BLOCK_KEYS),
        segments: Vec::new(),
        bits: BitWriter::default(),
        directory: Vec::new(),
        rows: 0,
        count: 0,
        pages: Vec::new(),
        next: offset,
    };
    let merged = merge(store, opened, kind, print_bits, pause, &mut |key, segment| {
        blocks.add(key, segment)
    })?;
    if let Err(unusable) = merged {
        return Ok(Err(unusable));
    }
    blocks.flush()?;
    let Blocks {
        directory,
        count: keys,
        mut pages,
        ..
    } = blocks;
    let length = output.length - offset;
    let page_bytes = PAGE_ROWS * (kind.width() + 8);
    for ((number, rows), page) in (0..).zip(directory.chunks(page_bytes)).zip(&mut pages) {
        page.check = check_of(rows, number);
    }
    let at = output.length;
    output.write(&directory)?;
    let directory = Place {
        offset: at,
        length: directory.len() as u64,
        sha256: None,
    };
    let mut bytes = Vec::new();
    pages_to(&mut bytes, &pages, kind);
    Ok(Ok(Part {
        keys,
        blocks: Place {
            offset,
            length,
            sha256: None,
        },
        directory,
        pages: output.place(&bytes)?,
    }))
}

struct Blocks<'o> {
    output: &'o mut Output,
    kind: KeyKind,
    /// How many segments there are.
    of: u64,
    keys: Vec<u128>,
    /// Of each key where its segments end.
    ends: Vec<usize>,
    segments: Vec<u32>,
    bits: BitWriter,
    directory: Vec<u8>,
    rows: usize,
    count: u64,
    pages: Vec<Page>,
    /// Where the next block begins.
    next: u64,
}

impl Blocks<'_> {
    fn add(&mut self, key: u128, segment: u32) -> Result<()> {
        if self.keys.last() == Some(&key) {
            self.segments.push(segment);
            if let Some(end) = self.ends.last_mut() {
                *end += 1;
            }
            return Ok(());
        }
        if self.keys.len() == CATALOGUE_BLOCK_KEYS {
            self.flush()?;
        }
        self.keys.push(key);
        self.segments.push(segment);
        self.ends.push(self.segments.len());
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        let (Some(&first), Some(&last)) = (self.keys.first(), self.keys.last()) else {
            return Ok(());
        };
        let gaps = (self.keys.len() as u128).saturating_sub(1).max(1);
        let k = ((last - first) / gaps).max(1).ilog2();
        self.bits.number(u128::from(k), 7);
        let mut before = first;
        for key in self.keys.iter().skip(1) {
            self.bits.rice(key - before - 1, k);
            before = *key;
        }
        let mut start = 0;
        for end in &self.ends {
            let list = self.segments.get(start..*end).unwrap_or_default();
            self.bits.gamma(list.len() as u64);
            let k = gap_bits(self.of, list.len() as u64);
            let mut next = 0;
            for segment in list {
                self.bits.rice(u128::from(segment - next), k);
                next = segment + 1;
            }
            start = *end;
        }
        let block = self.bits.finish();
        if self.rows.is_multiple_of(PAGE_ROWS) {
            self.pages.push(Page {
                first,
                blocks: self.next,
                // Of the rows, once they are there.
                check: 0,
            });
        }
        let key = first.to_le_bytes();
        self.directory
            .extend_from_slice(key.get(..self.kind.width()).unwrap_or_default());
        self.directory
            .extend_from_slice(&u32::try_from(block.len()).unwrap_or(u32::MAX).to_le_bytes());
        self.directory
            .extend_from_slice(&check_of(block, self.rows as u64).to_le_bytes());
        self.rows += 1;
        self.count += self.keys.len() as u64;
        self.next += block.len() as u64;
        self.keys.clear();
        self.ends.clear();
        self.segments.clear();
        self.output.write(block)?;
        self.bits.clear();
        Ok(())
    }
}
