//! A sealed file whose sections are written while they are made, each by itself: by several threads, in any order.
//!
//! The lengths of the sections are known before, and so is where each lies.

use super::guard::{blocks_for, sum_of};
use super::write::{HeaderOf, header};
use super::{BLOCK_BYTES, ENTRY_BYTES, MAX_SECTIONS, SectionName};

/// What is gathered before it is given away: whole blocks.
const PIECE_BYTES: usize = 64 * BLOCK_BYTES;

/// Where the sections of a file lie, of which [`super::seal`] would make the same.
#[derive(Debug, Clone)]
pub struct Layout {
    sections: Vec<Placed>,
    data_blocks: usize,
}

#[derive(Debug, Clone, Copy)]
struct Placed {
    name: SectionName,
    first_block: usize,
    length: usize,
}

/// Writes one section.
#[derive(Debug)]
pub struct SectionWriter<W> {
    write: W,
    piece: Vec<u8>,
    /// The number of the block with which the piece begins.
    block: usize,
    sums: SectionSums,
}

/// What is remembered of a section that was written: 8 bytes for each block.
#[derive(Debug, Clone)]
pub struct SectionSums {
    of_blocks: Vec<u8>,
    length: usize,
}

/// What is left to be written when all sections are.
#[derive(Debug, Clone)]
pub struct Closing {
    /// Where the last blocks lie in the file.
    pub place: u64,
    /// The last blocks: sums and roots.
    pub last_blocks: Vec<u8>,
    /// The first block, without which there is no file.
    pub first_block: Vec<u8>,
}

impl Layout {
    /// Of sections in their order, with their lengths in bytes. No list of ours has more than [`MAX_SECTIONS`]; what is beyond
    /// is left out.
    #[must_use]
    pub fn new(lengths: &[(SectionName, usize)]) -> Layout {
        let mut next_block = 1;
        let sections = lengths.iter().take(MAX_SECTIONS).map(|&(name, length)| {
            let first_block = next_block;
            next_block += length.div_ceil(BLOCK_BYTES);
            Placed {
                name,
                first_block,
                length,
            }
        });
        let sections = sections.collect();
        Layout {
            sections,
            data_blocks: next_block - 1,
        }
    }

    /// Begins the section with this number. Its bytes are given to `write`, with their place in the file. None where there
    /// is no such section.
    pub fn section<E, W>(&self, number: usize, write: W) -> Option<SectionWriter<W>>
    where
        W: FnMut(u64, Vec<u8>) -> Result<(), E>,
    {
        let placed = self.sections.get(number)?;
        Some(SectionWriter {
            write,
            piece: Vec::new(),
            block: placed.first_block,
            sums: SectionSums {
                of_blocks: Vec::new(),
                length: 0,
            },
        })
    }

    /// What is left to be written, for the sums of all sections in their order. None where a section has another length than
    /// was said.
    #[must_use]
    pub fn finish(&self, sums: &[SectionSums]) -> Option<Closing> {
        let lengths = self.sections.iter().map(|placed| placed.length);
        if !sums.iter().map(|sums| sums.length).eq(lengths) {
            return None;
        }
        let mut last_blocks = Vec::new();
        for sums in sums {
            last_blocks.extend_from_slice(&sums.of_blocks);
        }
        last_blocks.resize(last_blocks.len().next_multiple_of(BLOCK_BYTES), 0);
        let mut block = 1 + self.data_blocks;
        let mut roots = Vec::new();
        for sums in last_blocks.as_chunks::<BLOCK_BYTES>().0 {
            roots.extend_from_slice(&sum_of(sums, block).to_le_bytes());
            block += 1;
        }
        roots.resize(roots.len().next_multiple_of(BLOCK_BYTES), 0);
        last_blocks.extend_from_slice(&roots);
        let (sum_blocks, root_blocks) = blocks_for(self.data_blocks);
        Some(Closing {
            place: ((1 + self.data_blocks) * BLOCK_BYTES) as u64,
            last_blocks,
            first_block: header(&HeaderOf {
                sections: self.sections.len(),
                entries: &self.entries(),
                data_blocks: self.data_blocks,
                length: (1 + self.data_blocks + sum_blocks + root_blocks) * BLOCK_BYTES,
                roots_sum: sum_of(&roots, block),
            }),
        })
    }

    fn entries(&self) -> Vec<u8> {
        let mut entries = Vec::with_capacity(self.sections.len() * ENTRY_BYTES);
        for placed in &self.sections {
            entries.extend_from_slice(&placed.name);
            entries.extend_from_slice(&((placed.first_block * BLOCK_BYTES) as u64).to_le_bytes());
            entries.extend_from_slice(&(placed.length as u64).to_le_bytes());
        }
        entries
    }
}

impl<E, W: FnMut(u64, Vec<u8>) -> Result<(), E>> SectionWriter<W> {
    /// Appends to the section.
    ///
    /// # Errors
    /// Those of `write`.
    #[inline]
    pub fn put(&mut self, bytes: &[u8]) -> Result<(), E> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE_BYTES {
            self.give()?;
        }
        Ok(())
    }

    /// Appends much, which lies somewhere, without another copy of all of it.
    ///
    /// # Errors
    /// Those of `write`.
    pub fn put_all(&mut self, bytes: &[u8]) -> Result<(), E> {
        bytes.chunks(PIECE_BYTES).try_for_each(|piece| self.put(piece))
    }

    /// Gives away the whole blocks that were gathered.
    fn give(&mut self) -> Result<(), E> {
        let whole = self.piece.len() - self.piece.len() % BLOCK_BYTES;
        let mut rest = Vec::with_capacity(PIECE_BYTES + BLOCK_BYTES);
        rest.extend_from_slice(self.piece.get(whole..).unwrap_or_default());
        let mut blocks = std::mem::replace(&mut self.piece, rest);
        blocks.truncate(whole);
        let place = (self.block * BLOCK_BYTES) as u64;
        for block in blocks.as_chunks::<BLOCK_BYTES>().0 {
            let sum = sum_of(block, self.block).to_le_bytes();
            self.sums.of_blocks.extend_from_slice(&sum);
            self.block += 1;
        }
        self.sums.length += whole;
        (self.write)(place, blocks)
    }

    /// Ends the section: its last block is padded with zeros.
    ///
    /// # Errors
    /// Those of `write`.
    pub fn finish(mut self) -> Result<SectionSums, E> {
        let length = self.sums.length + self.piece.len();
        if !self.piece.is_empty() {
            let padded = self.piece.len().next_multiple_of(BLOCK_BYTES);
            self.piece.resize(padded, 0);
            self.give()?;
        }
        self.sums.length = length;
        Ok(self.sums)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sealed::seal;

    type Sections<'s> = &'s [(SectionName, &'s [u8])];

    fn lengths(sections: Sections<'_>) -> Vec<(SectionName, usize)> {
        let lengths = sections.iter().map(|(name, bytes)| (*name, bytes.len()));
        lengths.collect()
    }

    /// Written from the last section to the first, as nothing says in which order they come.
    fn written(sections: Sections<'_>, step: usize) -> Vec<u8> {
        let mut file = Vec::new();
        let mut write = |place: u64, bytes: &[u8]| {
            let (from, to) = (place as usize, place as usize + bytes.len());
            file.resize(to.max(file.len()), 0xaa);
            file[from..to].copy_from_slice(bytes);
        };
        let layout = Layout::new(&lengths(sections));
        let mut sums = Vec::new();
        for (number, (_, bytes)) in sections.iter().enumerate().rev() {
            let section = layout.section(number, |place, bytes: Vec<u8>| {
                write(place, &bytes);
                Ok::<(), ()>(())
            });
            let mut section = section.unwrap();
            if step == 0 {
                section.put_all(bytes).unwrap();
            } else {
                bytes.chunks(step).for_each(|piece| section.put(piece).unwrap());
            }
            sums.insert(0, section.finish().unwrap());
        }
        let closing = layout.finish(&sums).unwrap();
        write(closing.place, &closing.last_blocks);
        write(0, &closing.first_block);
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
            for step in [0, 1, 7, BLOCK_BYTES, 1 << 20] {
                assert!(
                    written(sections, step) == expected,
                    "{} sections, {step}",
                    sections.len()
                );
            }
        }
    }

    #[test]
    fn a_section_of_another_length_gives_no_file() {
        let layout = Layout::new(&[(*b"section ", 5)]);
        let of = |bytes: &[u8]| {
            let mut section = layout.section(0, |_, _: Vec<u8>| Ok::<(), ()>(())).unwrap();
            section.put(bytes).unwrap();
            section.finish().unwrap()
        };
        assert!(layout.finish(&[of(b"12345")]).is_some());
        for wrong in [&b"1234"[..], b"123456", b""] {
            assert!(layout.finish(&[of(wrong)]).is_none());
        }
        assert!(layout.finish(&[]).is_none());
        assert!(layout.section(1, |_, _: Vec<u8>| Ok::<(), ()>(())).is_none());
    }

    #[test]
    fn an_error_of_the_writer_is_given_back() {
        let layout = Layout::new(&[(*b"section ", 2 * PIECE_BYTES)]);
        let mut section = layout.section(0, |_, _: Vec<u8>| Err("full")).unwrap();
        assert_eq!(section.put(&vec![1; PIECE_BYTES]), Err("full"));
    }

    #[test]
    fn so_many_sections_and_no_more() {
        for (count, kept) in [(MAX_SECTIONS, MAX_SECTIONS), (MAX_SECTIONS + 1, MAX_SECTIONS)] {
            let layout = Layout::new(&vec![(*b"section ", 0); count]);
            assert_eq!(layout.sections.len(), kept);
        }
    }
}
