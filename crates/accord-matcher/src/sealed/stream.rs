//! A sealed file whose sections are written while they are made.

use super::guard::{blocks_for, sum_of};
use super::write::{HeaderOf, header};
use super::{BLOCK_BYTES, ENTRY_BYTES, MAX_SECTIONS, SectionName};
use crate::assembly::SectionSink;

/// What is gathered before it is given away: whole blocks.
const PIECE_BYTES: usize = 64 * BLOCK_BYTES;

/// Writes what [`super::seal`] does, section by section, and the first block last: it says what the others are. Holds 8
/// bytes for each block.
#[derive(Debug)]
pub struct Sealer<W> {
    write: W,
    piece: Vec<u8>,
    sums: Vec<u8>,
    entries: Vec<u8>,
    /// Blocks given away, the first one among them.
    blocks: usize,
    /// Bytes of the open section that were given away.
    given: usize,
}

impl<E, W: FnMut(&[u8]) -> Result<(), E>> Sealer<W> {
    /// Begins a file with room for its first block.
    ///
    /// # Errors
    /// Those of `write`.
    pub fn new(mut write: W) -> Result<Sealer<W>, E> {
        write(&[0; BLOCK_BYTES])?;
        Ok(Sealer {
            write,
            piece: Vec::with_capacity(PIECE_BYTES + BLOCK_BYTES),
            sums: Vec::new(),
            entries: Vec::new(),
            blocks: 1,
            given: 0,
        })
    }

    /// Gives away the whole blocks that were gathered.
    fn give(&mut self) -> Result<(), E> {
        let whole = self.piece.len() - self.piece.len() % BLOCK_BYTES;
        let blocks = self.piece.get(..whole).unwrap_or_default();
        for block in blocks.as_chunks::<BLOCK_BYTES>().0 {
            self.sums
                .extend_from_slice(&sum_of(block, self.blocks).to_le_bytes());
            self.blocks += 1;
        }
        (self.write)(blocks)?;
        self.given += whole;
        self.piece.drain(..whole);
        Ok(())
    }

    /// Ends the section that is open: its length is known now, and its last block is padded with zeros.
    fn end(&mut self) -> Result<(), E> {
        let length = self.given + self.piece.len();
        if let Some(place) = self.entries.last_chunk_mut::<8>() {
            *place = (length as u64).to_le_bytes();
        }
        self.piece
            .resize(self.piece.len().next_multiple_of(BLOCK_BYTES), 0);
        self.give()?;
        self.given = 0;
        Ok(())
    }

    /// Writes what comes after the sections, and gives the block that belongs in the place of the first one.
    ///
    /// # Errors
    /// Those of `write`.
    pub fn finish(mut self) -> Result<Vec<u8>, E> {
        self.end()?;
        let data_blocks = self.blocks - 1;
        let mut sums = std::mem::take(&mut self.sums);
        sums.resize(sums.len().next_multiple_of(BLOCK_BYTES), 0);
        let mut roots = Vec::new();
        for block in sums.as_chunks::<BLOCK_BYTES>().0 {
            roots.extend_from_slice(&sum_of(block, self.blocks).to_le_bytes());
            self.blocks += 1;
        }
        roots.resize(roots.len().next_multiple_of(BLOCK_BYTES), 0);
        (self.write)(&sums)?;
        (self.write)(&roots)?;
        let (sum_blocks, root_blocks) = blocks_for(data_blocks);
        Ok(header(&HeaderOf {
            sections: self.entries.len() / ENTRY_BYTES,
            entries: &self.entries,
            data_blocks,
            length: (1 + data_blocks + sum_blocks + root_blocks) * BLOCK_BYTES,
            roots_sum: sum_of(&roots, self.blocks),
        }))
    }
}

impl<E, W: FnMut(&[u8]) -> Result<(), E>> SectionSink for Sealer<W> {
    type Error = E;

    /// Sections beyond [`MAX_SECTIONS`] become part of the last one: no list of ours has so many.
    fn begin(&mut self, name: SectionName) -> Result<(), E> {
        if self.entries.len() / ENTRY_BYTES >= MAX_SECTIONS {
            return Ok(());
        }
        if !self.entries.is_empty() {
            self.end()?;
        }
        self.entries.extend_from_slice(&name);
        self.entries
            .extend_from_slice(&((self.blocks * BLOCK_BYTES) as u64).to_le_bytes());
        self.entries.extend_from_slice(&[0; 8]);
        Ok(())
    }

    #[inline]
    fn put(&mut self, bytes: &[u8]) -> Result<(), E> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE_BYTES {
            self.give()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sealed::seal;

    type Sections<'s> = &'s [(SectionName, &'s [u8])];

    fn streamed(sections: Sections<'_>, step: usize) -> Vec<u8> {
        let mut file = Vec::new();
        let mut sealer = Sealer::new(|bytes: &[u8]| {
            file.extend_from_slice(bytes);
            Ok::<(), ()>(())
        })
        .unwrap();
        for (name, bytes) in sections {
            sealer.begin(*name).unwrap();
            bytes.chunks(step).for_each(|piece| sealer.put(piece).unwrap());
        }
        let header = sealer.finish().unwrap();
        file[..BLOCK_BYTES].copy_from_slice(&header);
        file
    }

    #[test]
    fn as_the_file_that_is_sealed_at_once() {
        let long: Vec<u8> = (0..600 * BLOCK_BYTES + 5).map(|i| (i % 251) as u8).collect();
        let sections: [Sections<'_>; 5] = [
            &[],
            &[(*b"empty   ", b"")],
            &[(*b"first   ", b"abc"), (*b"empty   ", b""), (*b"second  ", b"d")],
            &[(*b"blocks  ", &long[..2 * BLOCK_BYTES]), (*b"empty   ", b"")],
            &[(*b"long    ", &long), (*b"rest    ", &long[7..9000])],
        ];
        for sections in sections {
            let mut expected = Vec::new();
            seal::<()>(sections, &mut |bytes| {
                expected.extend_from_slice(bytes);
                Ok(())
            })
            .unwrap();
            for step in [1, 7, BLOCK_BYTES, 1 << 20] {
                assert!(
                    streamed(sections, step) == expected,
                    "{} sections, {step}",
                    sections.len()
                );
            }
        }
    }

    #[test]
    fn an_error_of_the_writer_is_given_back() {
        let mut left = 2;
        let mut sealer = Sealer::new(|_: &[u8]| {
            left -= 1;
            if left == 0 { Err("full") } else { Ok(()) }
        })
        .unwrap();
        sealer.begin(*b"section ").unwrap();
        assert_eq!(sealer.put(&vec![1; PIECE_BYTES]), Err("full"));
    }
}
