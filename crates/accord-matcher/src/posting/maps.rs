//! The bitmaps of one line, between a word of nothing on either side.

use crate::classes::{Classify, Take, Word, words};

/// The longest line that is read by its bitmaps. Longer ones are rare; they are read byte by byte.
pub(super) const MAX_MAPPED_BYTES: usize = 16 << 10;

/// A word of nothing, those of the line, another of nothing.
const ROOM: usize = MAX_MAPPED_BYTES / 64 + 2;

/// See the module. Keeps its room from line to line.
#[derive(Debug, Clone)]
pub(super) struct LineMaps {
    words: Vec<Word>,
    /// Words of the line.
    count: usize,
}

impl Default for LineMaps {
    fn default() -> LineMaps {
        LineMaps {
            words: vec![Word::default(); ROOM],
            count: 0,
        }
    }
}

/// What is known of the 64 bytes before a place: the last one has the highest bit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Before {
    pub(super) run: u64,
    pub(super) dot: u64,
    pub(super) digit: u64,
    pub(super) edge: u64,
    /// Bytes above 0x7F.
    pub(super) high: u64,
}

impl LineMaps {
    pub(super) const fn has_room(text: &[u8]) -> bool {
        text.len() <= MAX_MAPPED_BYTES
    }

    /// Reads a line for which there is room.
    #[inline(always)]
    pub(super) fn read(&mut self, text: &[u8], by: impl Classify) {
        let (whole, rest) = text.as_chunks::<64>();
        self.count = whole.len() + usize::from(!rest.is_empty());
        match text.last_chunk::<64>() {
            Some(last) if !rest.is_empty() => {
                for (number, piece) in whole.iter().enumerate() {
                    by.read(number, piece, self);
                }
                // The last bytes together with those before them, which stand in the word before.
                by.read(whole.len(), last, self);
                if let Some(word) = self.words.get_mut(whole.len() + 1) {
                    word.drop_first(64 - rest.len() as u32);
                }
            }
            _ => words(text, by, self),
        }
        if let Some(end) = self.words.get_mut(self.count + 1) {
            *end = Word::default();
        }
    }

    /// Whether the line may have a form that is read through (`view`), or something that reads twice.
    #[inline(always)]
    pub(super) fn may_have_forms(&self) -> bool {
        let mut any = 0;
        for (last, word) in self.pairs() {
            let open = word.odd << 1 | last.odd >> 63;
            // Of the edges, what is of no run is `\`, `%` and `#`.
            any |= open & word.after | word.edge & !word.run;
        }
        any != 0
    }

    /// The words of the line and the one behind it, each with the one before it.
    #[inline(always)]
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&Word, &Word)> {
        let words = self.words.get(..self.count + 2).unwrap_or_default();
        words.iter().zip(words.iter().skip(1))
    }

    /// What stands before the `bit`-th byte of a word.
    #[inline(always)]
    pub(super) fn before((last, word): (&Word, &Word), bit: u32) -> Before {
        // Of 128 bits those that end at the place.
        let join = |last: u64, word: u64| ((u128::from(word) << 64 | u128::from(last)) >> bit) as u64;
        Before {
            run: join(last.run, word.run),
            dot: join(last.dot, word.dot),
            digit: join(last.digit, word.digit),
            edge: join(last.edge, word.edge),
            high: join(high(last), high(word)),
        }
    }
}

/// Bytes above 0x7F: what alone is both.
#[inline(always)]
pub(super) fn high(word: &Word) -> u64 {
    word.odd & word.after
}

impl Take for LineMaps {
    #[inline(always)]
    fn word(&mut self, number: usize, word: &Word) {
        if let Some(place) = self.words.get_mut(number + 1) {
            *place = *word;
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn half(&mut self, number: usize, half: &Word<u32>) {
        if let Some(word) = self.words.get_mut(number / 2 + 1) {
            word.put_half(number, half);
        }
    }
}
