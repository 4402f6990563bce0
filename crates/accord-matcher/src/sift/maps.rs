//! The bitmaps that are kept of a chunk of text, so that the bits before any place can be asked for.

use crate::classes::Word;

/// Bytes of a chunk: what is kept of it and of its tokens stays in the nearest cache.
pub(super) const CHUNK: usize = 4096;

/// Bytes of a bitmap: 64 bits of the chunk before, those of the chunk, and room to load from its end.
const LENGTH: usize = 8 + CHUNK / 8 * 2 + 8;

/// A class of a chunk, a bit a byte. Positions are those of the chunk.
#[derive(Debug, Clone)]
struct Bits([u8; LENGTH]);

impl Bits {
    #[inline(always)]
    fn put(&mut self, number: usize, word: u64) {
        let at = 8 + number * 8;
        if let Some(place) = self.0.get_mut(at..at + 8) {
            place.copy_from_slice(&word.to_le_bytes());
        }
    }

    /// Keeps the last 64 bits for the next chunk.
    fn turn(&mut self) {
        self.0.copy_within(CHUNK / 8..CHUNK / 8 + 8, 0);
    }

    fn clear(&mut self) {
        if let Some(before) = self.0.get_mut(..8) {
            before.fill(0);
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

/// The classes that runs are read from.
#[derive(Debug, Clone)]
pub(super) struct Maps {
    run: Bits,
    dot: Bits,
    digit: Bits,
    edge: Bits,
}

impl Default for Maps {
    fn default() -> Maps {
        let nothing = Bits([0; LENGTH]);
        Maps {
            run: nothing.clone(),
            dot: nothing.clone(),
            digit: nothing.clone(),
            edge: nothing,
        }
    }
}

impl Maps {
    /// Keeps a word of the chunk.
    #[inline(always)]
    pub(super) fn put(&mut self, number: usize, word: &Word) {
        self.run.put(number, word.run);
        self.dot.put(number, word.dot);
        self.digit.put(number, word.digit);
        self.edge.put(number, word.edge);
    }

    /// Goes on to the next chunk, after a whole one.
    pub(super) fn turn(&mut self) {
        for bits in [&mut self.run, &mut self.dot, &mut self.digit, &mut self.edge] {
            bits.turn();
        }
    }

    /// Begins a text.
    pub(super) fn clear(&mut self) {
        for bits in [&mut self.run, &mut self.dot, &mut self.digit, &mut self.edge] {
            bits.clear();
        }
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
    fn the_bits_before_any_place() {
        let mut maps = Maps::default();
        let word = |run| Word {
            run,
            ..Word::default()
        };
        for number in 0..CHUNK / 64 {
            maps.put(number, &word(0x8000_0000_0000_0001));
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
