//! The bitmaps that are kept of a chunk of text, so that the bits before any place can be asked for.

use std::ops::Range;

use crate::classes::{Take, Word};

/// Bytes of a chunk: what is kept of it and of its tokens stays in the nearest cache.
pub(super) const CHUNK: usize = 4096;

/// Bytes of a bitmap: 64 bits of the chunk before, those of the chunk, and room to load from its end.
const LENGTH: usize = 8 + CHUNK / 8 * 2 + 8;

/// Words of a chunk.
pub(super) const WORDS: usize = CHUNK / 64;

/// Words one after the other, each as it lies in memory.
pub(super) type Words = [[u8; 8]; WORDS + 1];

/// The `number`-th word of the chunk, and the one before it.
#[inline(always)]
pub(super) fn word(words: &Words, number: usize) -> (u64, u64) {
    let at = |place: usize| words.get(place).map_or(0, |word| u64::from_le_bytes(*word));
    (at(number + 1), at(number))
}

/// The bits `by` places on, as those before come in.
#[inline(always)]
pub(super) fn on(by: u32, (bits, before): (u64, u64)) -> u64 {
    bits << by | before >> (64 - by)
}

/// A class of a chunk, a bit a byte. Positions are those of the chunk.
#[derive(Debug, Clone)]
pub(super) struct Bits([u8; LENGTH]);

impl Bits {
    /// Keeps the `number`-th word, which is one of 64 bits or of 32.
    #[inline(always)]
    fn put<const BYTES: usize>(&mut self, number: usize, word: [u8; BYTES]) {
        let at = 8 + number * BYTES;
        if let Some(place) = self.0.get_mut(at..at + BYTES) {
            place.copy_from_slice(&word);
        }
    }

    /// The words of the chunk, after that of the 64 bytes before it.
    #[inline(always)]
    pub(super) fn words(&self) -> &Words {
        let words = self.0.as_chunks::<8>().0.first_chunk();
        words.unwrap_or(&[[0; 8]; WORDS + 1])
    }

    /// Words from the `number`-th on are those of no text.
    fn end(&mut self, number: usize) {
        if let Some(rest) = self.0.get_mut(8 + number * 8..8 + CHUNK / 8) {
            rest.fill(0);
        }
    }

    /// The stretch of the class around a place that is of it. None where it reaches an end of the chunk.
    pub(super) fn around(&self, place: usize) -> Option<Range<usize>> {
        let others = |number| !word(self.words(), number).0;
        let (first, bit) = (place / 64, place % 64);
        let (mut number, mut after) = (first, others(first) >> bit << bit);
        while after == 0 {
            number += 1;
            if number == WORDS {
                return None;
            }
            after = others(number);
        }
        let end = number * 64 + after.trailing_zeros() as usize;
        let (mut number, mut before) = (first, others(first) & ((1 << bit) - 1));
        while before == 0 {
            number = number.checked_sub(1)?;
            before = others(number);
        }
        Some(number * 64 + 64 - before.leading_zeros() as usize..end)
    }

    /// Keeps the last 64 bits for the next chunk.
    fn turn(&mut self) {
        self.0.copy_within(CHUNK / 8..CHUNK / 8 + 8, 0);
    }

    /// Begins a text before which such a word stands.
    fn begin(&mut self, past: u64) {
        if let Some(before) = self.0.first_chunk_mut::<8>() {
            *before = past.to_le_bytes();
        }
    }

    /// The bits before `end`, the last one highest.
    #[inline(always)]
    fn before(&self, end: usize) -> u64 {
        // As many bytes as there can be: without a branch for what cannot happen.
        let at = (end >> 3) % (CHUNK / 8 * 2);
        let loaded = self
            .0
            .get(at + 1..at + 9)
            .and_then(|bytes| bytes.first_chunk::<8>());
        loaded.map_or(0, |bytes| u64::from_le_bytes(*bytes)) << (8 - (end & 7))
    }
}

/// What is known of the bytes before a place: the last one has the highest bit. [`Before::KNOWN`] bits are right, at
/// least; those that follow are 0.
#[derive(Debug, Clone, Copy)]
pub(super) struct Before {
    pub(super) run: u64,
    pub(super) dot: u64,
    pub(super) digit: u64,
    pub(super) edge: u64,
}

impl Before {
    pub(super) const KNOWN: u32 = 56;

    /// Whether a run of `length` bytes needs no trimming and has no second reading: neither `.` nor `-` is its last byte
    /// or its first, nor stands one of the other edges before it.
    #[inline(always)]
    pub(super) fn is_plain(&self, length: u32) -> bool {
        let first = self.edge << (length.wrapping_sub(1) & 63);
        (self.edge | first | first << 1) >> 63 == 0
    }

    /// As seen from `count` bytes further to the left.
    pub(super) fn without(self, count: u32) -> Before {
        let moved = |bits: u64| bits.checked_shl(count).unwrap_or(0);
        Before {
            run: moved(self.run),
            dot: moved(self.dot),
            digit: moved(self.digit),
            edge: moved(self.edge),
        }
    }
}

/// All classes of a chunk; see [`Word`].
#[derive(Debug, Clone)]
pub(super) struct Maps {
    pub(super) run: Bits,
    pub(super) dot: Bits,
    pub(super) digit: Bits,
    pub(super) edge: Bits,
    pub(super) hex: Bits,
    pub(super) colon: Bits,
    pub(super) line: Bits,
    pub(super) odd: Bits,
    pub(super) after: Bits,
}

impl Default for Maps {
    fn default() -> Maps {
        let nothing = Bits([0; LENGTH]);
        Maps {
            run: nothing.clone(),
            dot: nothing.clone(),
            digit: nothing.clone(),
            edge: nothing.clone(),
            hex: nothing.clone(),
            colon: nothing.clone(),
            line: nothing.clone(),
            odd: nothing.clone(),
            after: nothing,
        }
    }
}

impl Take for Maps {
    #[inline(always)]
    fn word(&mut self, number: usize, word: &Word) {
        self.run.put(number, word.run.to_le_bytes());
        self.dot.put(number, word.dot.to_le_bytes());
        self.digit.put(number, word.digit.to_le_bytes());
        self.edge.put(number, word.edge.to_le_bytes());
        self.hex.put(number, word.hex.to_le_bytes());
        self.colon.put(number, word.colon.to_le_bytes());
        self.line.put(number, word.line.to_le_bytes());
        self.odd.put(number, word.odd.to_le_bytes());
        self.after.put(number, word.after.to_le_bytes());
    }

    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn half(&mut self, number: usize, half: &Word<u32>) {
        self.run.put(number, half.run.to_le_bytes());
        self.dot.put(number, half.dot.to_le_bytes());
        self.digit.put(number, half.digit.to_le_bytes());
        self.edge.put(number, half.edge.to_le_bytes());
        self.hex.put(number, half.hex.to_le_bytes());
        self.colon.put(number, half.colon.to_le_bytes());
        self.line.put(number, half.line.to_le_bytes());
        self.odd.put(number, half.odd.to_le_bytes());
        self.after.put(number, half.after.to_le_bytes());
    }
}

impl Maps {
    fn all(&mut self) -> [&mut Bits; 9] {
        let Maps {
            run,
            dot,
            digit,
            edge,
            hex,
            colon,
            line,
            odd,
            after,
        } = self;
        [run, dot, digit, edge, hex, colon, line, odd, after]
    }

    /// Goes on to the next chunk, after a whole one.
    pub(super) fn turn(&mut self) {
        for bits in self.all() {
            bits.turn();
        }
    }

    /// Ends a text with the `number`-th 64 bytes: what else stands in the maps is of an earlier chunk.
    #[cold]
    pub(super) fn end(&mut self, number: usize) {
        for bits in self.all() {
            bits.end(number);
        }
    }

    /// Begins a text.
    pub(super) fn clear(&mut self) {
        for bits in self.all() {
            bits.begin(0);
        }
        // A line begins.
        self.line.begin(1 << 63);
    }

    #[inline(always)]
    pub(super) fn before(&self, end: usize) -> Before {
        Before {
            run: self.run.before(end),
            dot: self.dot.before(end),
            digit: self.digit.before(end),
            edge: self.edge.before(end),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stretch_around_a_place() {
        for stretch in [
            1..2,
            60..64,
            64..70,
            63..65,
            5..200,
            64..128,
            0..9,
            4000..CHUNK,
            4000..CHUNK - 1,
        ] {
            let mut maps = Maps::default();
            for number in 0..WORDS {
                let bit = |place| u64::from(stretch.contains(&(number * 64 + place)));
                let hex = (0..64).fold(0, |bits, place| bits | bit(place) << place);
                maps.word(
                    number,
                    &Word {
                        hex,
                        ..Word::default()
                    },
                );
            }
            let expected = (stretch.start > 0 && stretch.end < CHUNK).then_some(stretch.clone());
            for place in stretch {
                assert_eq!(maps.hex.around(place), expected, "{place}");
            }
        }
    }

    #[test]
    fn the_bits_before_any_place() {
        let mut maps = Maps::default();
        let word = |run| Word {
            run,
            ..Word::default()
        };
        for number in 0..CHUNK / 64 {
            maps.word(number, &word(0x8000_0000_0000_0001));
        }
        for end in 0..=CHUNK {
            let expected = (0..64).filter(|back| {
                *back < 56 + end % 8
                    && end
                        .checked_sub(back + 1)
                        .is_some_and(|place| matches!(place % 64, 0 | 63))
            });
            let expected = expected.fold(0, |bits, back| bits | 1 << (63 - back));
            assert_eq!(maps.before(end).run, expected, "{end}");
        }
        maps.turn();
        assert_eq!(maps.before(0).run, 1 << 63);
        maps.clear();
        assert_eq!(maps.before(0).run, 0);
        assert_eq!(maps.before(3).without(2).run, 1 << 63);
    }
}
