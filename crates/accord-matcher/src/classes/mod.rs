//! The bytes of a text as bitmaps, 64 bytes a word: where runs, dots, digits and so on are. What the probing pass asks
//! of a text it asks of these.
//!
//! One implementation for each instruction set, chosen once when the program runs; `scalar` is what they are all
//! compared with.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod prefetch;
mod scalar;

pub(crate) use prefetch::prefetch;

/// 64 bytes of text: bit `i` of a class speaks of byte `i`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Word {
    /// Bytes of a host run: ASCII letters, digits, `.`, `-`, `_` and above 0x7F.
    pub(crate) run: u64,
    /// `.`
    pub(crate) dot: u64,
    /// ASCII letters and digits.
    pub(crate) alnum: u64,
    /// Digits.
    pub(crate) digit: u64,
    /// `:`
    pub(crate) colon: u64,
    /// LF.
    pub(crate) line: u64,
    /// `[`, `(` and `{`, with which a defanged form begins.
    pub(crate) open: u64,
    /// Bytes above 0x7F.
    pub(crate) high: u64,
}

/// The bitmaps of a text. Positions are those of the text plus [`Classes::BEFORE`], so that 64 bytes before any place can
/// be asked for; before and after the text all classes are 0.
#[derive(Debug, Clone, Default)]
pub(crate) struct Classes {
    words: Vec<Word>,
}

impl Classes {
    /// Bytes before the text that the bitmaps cover.
    pub(crate) const BEFORE: usize = 64;

    /// Replaces the bitmaps by those of a text.
    pub(crate) fn read(&mut self, text: &[u8], set: Instructions) {
        self.words.clear();
        self.words.reserve(text.len() / 64 + 4);
        self.words.push(Word::default());
        set.classify(text, &mut self.words);
        self.words.extend([Word::default(); 2]);
    }

    /// The words with text in them, each with its number.
    #[inline(always)]
    pub(crate) fn words(&self) -> impl Iterator<Item = (usize, &Word)> {
        let text = self.words.len().saturating_sub(2);
        self.words.iter().enumerate().take(text).skip(1)
    }

    #[inline(always)]
    fn word(&self, number: usize) -> &Word {
        const NOTHING: Word = Word {
            run: 0,
            dot: 0,
            alnum: 0,
            digit: 0,
            colon: 0,
            line: 0,
            open: 0,
            high: 0,
        };
        self.words.get(number).unwrap_or(&NOTHING)
    }

    /// 64 bits of a class from a position on.
    #[inline(always)]
    pub(crate) fn window(&self, position: usize, class: impl Fn(&Word) -> u64) -> u64 {
        let (number, offset) = (position / 64, position % 64);
        let low = class(self.word(number)) >> offset;
        let high = class(self.word(number + 1)) << 1 << (63 - offset);
        low | high
    }
}

/// A set of instructions that the processor has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Instructions {
    /// None but the usual.
    Scalar,
    /// AVX2.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// AVX-512 with byte instructions.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// NEON.
    #[cfg(target_arch = "aarch64")]
    Neon,
}

impl Instructions {
    /// All that this processor has, the best first.
    pub(crate) fn all() -> Vec<Instructions> {
        let mut all = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            if avx512::is_there() {
                all.push(Instructions::Avx512);
            }
            if avx2::is_there() {
                all.push(Instructions::Avx2);
            }
        }
        #[cfg(target_arch = "aarch64")]
        all.push(Instructions::Neon);
        all.push(Instructions::Scalar);
        all
    }

    /// The best that this processor has.
    pub(crate) fn best() -> Instructions {
        static BEST: std::sync::OnceLock<Instructions> = std::sync::OnceLock::new();
        *BEST.get_or_init(|| {
            Instructions::all()
                .into_iter()
                .next()
                .unwrap_or(Instructions::Scalar)
        })
    }

    /// Whether this processor has it.
    pub(crate) fn is_there(self) -> bool {
        match self {
            Instructions::Scalar => true,
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => avx2::is_there(),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => avx512::is_there(),
            #[cfg(target_arch = "aarch64")]
            Instructions::Neon => true,
        }
    }

    fn classify(self, text: &[u8], words: &mut Vec<Word>) {
        match self {
            Instructions::Scalar => scalar::classify(text, words),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => avx2::classify(text, words),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => avx512::classify(text, words),
            #[cfg(target_arch = "aarch64")]
            Instructions::Neon => neon::classify(text, words),
        }
    }
}

/// Gives 64-byte pieces of a text to `full`; the last one, if it is shorter, filled up with zeros.
#[inline]
fn pieces(text: &[u8], mut full: impl FnMut(&[u8; 64])) {
    let (whole, rest) = text.as_chunks::<64>();
    for piece in whole {
        full(piece);
    }
    if !rest.is_empty() {
        let mut last = [0; 64];
        for (to, from) in last.iter_mut().zip(rest) {
            *to = *from;
        }
        full(&last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &[u8], set: Instructions) -> Vec<Word> {
        let mut classes = Classes::default();
        classes.read(text, set);
        classes.words
    }

    #[test]
    fn every_set_of_instructions_says_the_same_of_every_byte_in_every_place() {
        let mut text: Vec<u8> = (0..=255u8).cycle().take(64 * 9).collect();
        text.extend((0..997u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8));
        for start in 0..70 {
            let text = text.get(start..).unwrap_or_default();
            for set in Instructions::all() {
                assert_eq!(
                    of(text, set),
                    of(text, Instructions::Scalar),
                    "{set:?} from {start}"
                );
            }
        }
        for set in Instructions::all() {
            assert_eq!(of(b"", set), vec![Word::default(); 3], "{set:?}");
        }
    }

    #[test]
    fn a_window_begins_anywhere() {
        let mut classes = Classes::default();
        let text = [b'a'; 130];
        classes.read(&text, Instructions::Scalar);
        let run = |word: &Word| word.run;
        assert_eq!(classes.window(0, run), 0);
        assert_eq!(classes.window(63, run), u64::MAX << 1);
        assert_eq!(classes.window(64, run), u64::MAX);
        assert_eq!(classes.window(64 + 127, run), 0b111);
        assert_eq!(classes.window(64 + 130, run), 0);
        assert_eq!(classes.window(10_000, run), 0);
    }
}
