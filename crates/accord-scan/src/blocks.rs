//! Blocks of whole lines, with their position.
//!
//! A line longer than [`MAX_PIECE_BYTES`] comes in pieces, cut where no value can be cut in two: after white space, a quote or
//! another byte at which every value ends; if there is none within [`CUT_SEARCH_BYTES`], after a byte that stands in no host run. If the
//! end of a piece is one host run of that length, the rest of the run is dropped: a run that long is no host, and its rest must not look like one.
//! What spans two pieces is lost: a port in another key, a host and its path in two fields.

use std::collections::VecDeque;

use crate::input::{Input, InputError};
use crate::limits::{BLOCK_BYTES, CUT_SEARCH_BYTES, MAX_PIECE_BYTES};

/// What the bytes of a block are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Whole lines, each with its LF; the last line of an input may have none.
    WholeLines,
    /// Part of one long line.
    Piece {
        /// Whether the line begins with this piece.
        first: bool,
        /// The line's length without LF and the CR before it, in its last piece.
        line_length: Option<u64>,
    },
}

/// A block of an input.
#[derive(Debug)]
pub struct Block<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// What they are.
    pub extent: Extent,
    /// The number of its (first) line, from 1.
    pub line: u64,
    /// The offset of its (first) line in the input; of a piece, that of its line.
    pub offset: u64,
}

/// Cuts an input into blocks.
#[derive(Debug)]
pub struct Blocks {
    input: Input,
    buffer: Vec<u8>,
    /// Bytes of the buffer that hold data.
    filled: usize,
    /// Bytes of the buffer that were handed out by the last call.
    used: usize,
    line: u64,
    /// Offset of the next line, or of the long line in progress.
    offset: u64,
    /// Bytes of the long line in progress that were handed out or dropped.
    long_line: Option<LongLine>,
    ended: bool,
    failure: VecDeque<InputError>,
    piece_bytes: usize,
}

#[derive(Debug, Clone, Copy)]
struct LongLine {
    passed_bytes: u64,
    dropping_run: bool,
}

impl Blocks {
    /// At the start of an input.
    #[must_use]
    pub fn new(input: Input) -> Self {
        Self::with_sizes(input, BLOCK_BYTES, MAX_PIECE_BYTES)
    }

    /// With other sizes than those of [`crate::limits`], for tests.
    #[must_use]
    pub fn with_sizes(input: Input, block_bytes: usize, piece_bytes: usize) -> Self {
        Self {
            input,
            buffer: vec![0; block_bytes.max(1)],
            filled: 0,
            used: 0,
            line: 1,
            offset: 0,
            long_line: None,
            ended: false,
            failure: VecDeque::new(),
            piece_bytes: piece_bytes.max(1),
        }
    }

    /// The input.
    #[must_use]
    pub fn input(&self) -> &Input {
        &self.input
    }

    /// Counts the lines of the block that was handed out last.
    pub fn lines_passed(&mut self, lines: u64) {
        self.line += lines;
    }

    /// The next block, or `None` at the end. The caller tells the lines of a block of whole lines with
    /// [`Blocks::lines_passed`], as the scanner counts them anyway.
    ///
    /// # Errors
    /// What [`Input::read`] says, after everything before it was handed out; then the input is at its end.
    pub fn next_block(&mut self) -> Result<Option<Block<'_>>, InputError> {
        loop {
            self.buffer.copy_within(self.used..self.filled, 0);
            self.filled -= self.used;
            self.used = 0;
            self.fill();
            self.drop_run();
            if let Some((length, extent)) = self.cut() {
                let (line, offset, start) = (self.line, self.offset, self.used);
                self.advance(length, extent);
                let bytes = self.buffer.get(start..self.used).unwrap_or_default();
                return Ok(Some(Block {
                    bytes,
                    extent,
                    line,
                    offset,
                }));
            }
            if self.ended && self.filled == self.used {
                return self.failure.pop_front().map_or(Ok(None), Err);
            }
            if self.used == 0 && self.filled == self.buffer.len() {
                let larger = (self.buffer.len() * 2).min(self.piece_bytes.max(self.buffer.len() + 1));
                self.buffer.resize(larger, 0);
            }
        }
    }

    /// As [`Blocks::next_block`], the bytes in a buffer that the caller keeps: all but those after the block change
    /// hands without being copied. Tells the block's extent and offset.
    pub(crate) fn next_owned(&mut self, bytes: &mut Vec<u8>) -> Result<Option<(Extent, u64)>, InputError> {
        let Some(block) = self.next_block()? else {
            return Ok(None);
        };
        let (extent, offset, length) = (block.extent, block.offset, block.bytes.len());
        let rest = self.buffer.get(self.used..self.filled).unwrap_or_default();
        bytes.resize(self.buffer.len(), 0);
        if let Some(place) = bytes.get_mut(..rest.len()) {
            place.copy_from_slice(rest);
        }
        self.filled = rest.len();
        std::mem::swap(&mut self.buffer, bytes);
        bytes.truncate(self.used);
        bytes.drain(..self.used - length);
        self.used = 0;
        Ok(Some((extent, offset)))
    }

    fn fill(&mut self) {
        while !self.ended {
            let Some(free) = self.buffer.get_mut(self.filled..).filter(|free| !free.is_empty()) else {
                return;
            };
            match self.input.read(free) {
                Ok(0) => self.ended = true,
                Ok(count) => self.filled += count,
                Err(error) => {
                    self.ended = true;
                    self.failure.push_back(error);
                }
            }
        }
    }

    /// Passes over the rest of a host run that is too long to be a host.
    fn drop_run(&mut self) {
        let Some(long) = self.long_line.filter(|long| long.dropping_run) else {
            return;
        };
        let held = self.buffer.get(self.used..self.filled).unwrap_or_default();
        let run = held.iter().position(|&byte| !in_run(byte)).unwrap_or(held.len());
        let dropping_run = run == held.len() && !self.ended;
        self.used += run;
        self.long_line = Some(LongLine {
            passed_bytes: long.passed_bytes + run as u64,
            dropping_run,
        });
    }

    /// How many bytes to hand out now, and as what; `None` if more must be read, or nothing is left.
    fn cut(&self) -> Option<(usize, Extent)> {
        let held = self.buffer.get(self.used..self.filled).unwrap_or_default();
        let Some(long) = self.long_line else {
            if held.is_empty() {
                return None;
            }
            if let Some(end) = memchr::memrchr(b'\n', held) {
                return Some((end + 1, Extent::WholeLines));
            }
            if self.ended {
                return Some((held.len(), Extent::WholeLines));
            }
            return self.piece(held, true);
        };
        let (handed, end) = match memchr::memchr(b'\n', held) {
            Some(end) => (end + 1, end),
            None if self.ended => (held.len(), held.len()),
            None if long.dropping_run => return None,
            None => return self.piece(held, false),
        };
        let carriage_return = held.get(..end).is_some_and(|line| line.ends_with(b"\r"));
        let length = long.passed_bytes + end as u64 - u64::from(carriage_return);
        Some((
            handed,
            Extent::Piece {
                first: false,
                line_length: Some(length),
            },
        ))
    }

    /// A piece, once enough is held.
    fn piece(&self, held: &[u8], first: bool) -> Option<(usize, Extent)> {
        (held.len() >= self.piece_bytes).then(|| {
            (
                cut_place(held),
                Extent::Piece {
                    first,
                    line_length: None,
                },
            )
        })
    }

    fn advance(&mut self, length: usize, extent: Extent) {
        let handed = self.buffer.get(self.used..self.used + length).unwrap_or_default();
        let end = handed
            .get(handed.len().saturating_sub(CUT_SEARCH_BYTES)..)
            .unwrap_or_default();
        let dropping_run = end.iter().all(|&byte| in_run(byte));
        self.used += length;
        match extent {
            Extent::WholeLines => self.offset += length as u64,
            Extent::Piece {
                line_length: None, ..
            } => {
                let passed = self.long_line.map_or(0, |long| long.passed_bytes) + length as u64;
                self.long_line = Some(LongLine {
                    passed_bytes: passed,
                    dropping_run,
                });
            }
            Extent::Piece {
                line_length: Some(_), ..
            } => {
                let passed = self.long_line.take().map_or(0, |long| long.passed_bytes);
                self.offset += passed + length as u64;
                self.line += 1;
            }
        }
    }
}

/// Bytes of which host runs are made (`docs/spec/matching.md`).
fn in_run(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | 0x80..)
}

/// How many bytes of a piece to hand out: up to the last place where every value ends.
fn cut_place(piece: &[u8]) -> usize {
    let from = piece.len().saturating_sub(CUT_SEARCH_BYTES).max(1);
    let search = |ends: &dyn Fn(u8) -> bool| {
        piece
            .get(from..)?
            .iter()
            .rposition(|&byte| ends(byte))
            .map(|at| from + at + 1)
    };
    let every_value_ends = |byte: u8| matches!(byte, b' ' | b'\t' | b'"' | b'<' | b'>' | b'|');
    search(&every_value_ends)
        .or_else(|| search(&|byte| byte != b'\r' && !in_run(byte)))
        .unwrap_or(piece.len())
}
