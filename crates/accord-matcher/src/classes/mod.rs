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

#[cfg(target_arch = "x86_64")]
pub(crate) use avx2::Avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) use avx512::Avx512;
#[cfg(target_arch = "aarch64")]
pub(crate) use neon::Neon;
pub(crate) use prefetch::prefetch;
pub(crate) use scalar::Scalar;

/// 64 bytes of text: bit `i` of a class speaks of byte `i`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Word {
    /// Bytes of a host run: ASCII letters, digits, `.`, `-`, `_` and above 0x7F.
    pub(crate) run: u64,
    /// `.`
    pub(crate) dot: u64,
    /// Digits.
    pub(crate) digit: u64,
    /// `.` and `-`, which are trimmed from the ends of a run, and `\` and `%`, after which it has a second reading.
    pub(crate) edge: u64,
    /// Hexadecimal digits.
    pub(crate) hex: u64,
    /// `:`
    pub(crate) colon: u64,
    /// LF.
    pub(crate) line: u64,
    /// What is looked at one by one: `[`, `(` and `{`, with which a defanged form begins, `#`, with which a header does,
    /// and bytes above 0x7F.
    pub(crate) odd: u64,
}

/// Reads 64 bytes.
pub(crate) trait Classify: Copy {
    /// Their word.
    fn word(self, piece: &[u8; 64]) -> Word;
}

/// Gives the words of a text, with their numbers, to `take`; what the last one has of no text is of no class.
#[inline(always)]
pub(crate) fn words(text: &[u8], by: impl Classify, mut take: impl FnMut(usize, Word)) {
    let (whole, rest) = text.as_chunks::<64>();
    let mut last = [0; 64];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    // One place that takes: what is done there becomes part of the loop.
    for number in 0..text.len().div_ceil(64) {
        take(number, by.word(whole.get(number).unwrap_or(&last)));
    }
}

/// A set of instructions that the processor has.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Instructions {
    /// None but the usual.
    Scalar(Scalar),
    /// AVX2 and what came with it: counting bits, finding the first and the last, shifting by any count.
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    /// AVX-512 with byte instructions.
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
    /// NEON.
    #[cfg(target_arch = "aarch64")]
    Neon(Neon),
}

impl Instructions {
    /// All that this processor has, the best first.
    pub(crate) fn all() -> Vec<Instructions> {
        let mut all = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            all.extend(Avx512::ask().map(Instructions::Avx512));
            all.extend(Avx2::ask().map(Instructions::Avx2));
        }
        #[cfg(target_arch = "aarch64")]
        all.push(Instructions::Neon(Neon));
        all.push(Instructions::Scalar(Scalar));
        all
    }

    /// The best that this processor has.
    pub(crate) fn best() -> Instructions {
        static BEST: std::sync::OnceLock<Instructions> = std::sync::OnceLock::new();
        *BEST.get_or_init(|| {
            Instructions::all()
                .into_iter()
                .next()
                .unwrap_or(Instructions::Scalar(Scalar))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &[u8], set: Instructions) -> Vec<Word> {
        let mut all = Vec::new();
        match set {
            Instructions::Scalar(by) => words(text, by, |_, word| all.push(word)),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2(by) => words(text, by, |_, word| all.push(word)),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512(by) => words(text, by, |_, word| all.push(word)),
            #[cfg(target_arch = "aarch64")]
            Instructions::Neon(by) => words(text, by, |_, word| all.push(word)),
        }
        all
    }

    #[test]
    fn every_set_of_instructions_says_the_same_of_every_byte_in_every_place() {
        let mut text: Vec<u8> = (0..=255u8).cycle().take(64 * 9).collect();
        text.extend((0..997u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8));
        let scalar = Instructions::Scalar(Scalar);
        for start in 0..70 {
            let text = text.get(start..).unwrap_or_default();
            for set in Instructions::all() {
                assert_eq!(of(text, set), of(text, scalar), "{set:?} from {start}");
            }
        }
        for set in Instructions::all() {
            assert_eq!(of(b"", set), Vec::new(), "{set:?}");
        }
    }
}
