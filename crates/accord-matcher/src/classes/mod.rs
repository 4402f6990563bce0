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
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod sets;

#[cfg(target_arch = "x86_64")]
pub(crate) use avx2::Avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) use avx512::Avx512;
#[cfg(target_arch = "aarch64")]
pub(crate) use neon::Neon;
pub use prefetch::prefetch;
pub(crate) use scalar::Scalar;

/// 64 bytes of text, or as many as `Bits` has: bit `i` of a class speaks of byte `i`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Word<Bits = u64> {
    /// Bytes of a host run: ASCII letters, digits, `.`, `-`, `_` and above 0x7F.
    pub(crate) run: Bits,
    /// `.`
    pub(crate) dot: Bits,
    /// Digits.
    pub(crate) digit: Bits,
    /// `.` and `-`, which are trimmed from the ends of a run, `\` and `%`, after which it has a second reading, and `#`,
    /// with which a header begins.
    pub(crate) edge: Bits,
    /// Hexadecimal digits.
    pub(crate) hex: Bits,
    /// `:`
    pub(crate) colon: Bits,
    /// LF.
    pub(crate) line: Bits,
    /// Bytes above 0x7F, and `[`, `(` and `{`, with which a defanged form begins (with them 0x08, which costs nothing to
    /// take for `(`).
    pub(crate) odd: Bits,
    /// What a byte of `odd` must be followed by to matter: bytes above 0x7F, `.`, `:`, `@`, `a` and `d` in either case
    /// (with them 0x0E, 0x1A, 0x00 and `` ` ``, as without their bit 5).
    pub(crate) after: Bits,
}

impl Word {
    /// Takes off the first bits of every class, at most 63.
    #[inline(always)]
    pub(crate) fn drop_first(&mut self, count: u32) {
        let Word {
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
        for bits in [run, dot, digit, edge, hex, colon, line, odd, after] {
            *bits >>= count & 63;
        }
    }

    /// Puts half a word into it: the first half, before which it is empty, where `number` is even, else the second.
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    pub(crate) fn put_half(&mut self, number: usize, half: &Word<u32>) {
        if number.is_multiple_of(2) {
            *self = Word::default();
        }
        let shift = number % 2 * 32;
        for (bits, half) in [
            (&mut self.run, half.run),
            (&mut self.dot, half.dot),
            (&mut self.digit, half.digit),
            (&mut self.edge, half.edge),
            (&mut self.hex, half.hex),
            (&mut self.colon, half.colon),
            (&mut self.line, half.line),
            (&mut self.odd, half.odd),
            (&mut self.after, half.after),
        ] {
            *bits |= u64::from(half) << shift;
        }
    }
}

/// Takes what is read of a text.
pub(crate) trait Take {
    /// The word of the `number`-th 64 bytes.
    fn word(&mut self, number: usize, word: &Word);
    /// The word of the `number`-th 32 bytes, from who reads no more at once. Those of a piece come one after the other.
    #[cfg(target_arch = "x86_64")]
    fn half(&mut self, number: usize, half: &Word<u32>);
}

/// Reads 64 bytes.
pub(crate) trait Classify: Copy {
    /// Gives the word of the `number`-th 64 bytes of a text.
    fn read(self, number: usize, piece: &[u8; 64], to: &mut impl Take);

    /// Where the bits of a word stand, of which there are at most [`MOST_PLACES`], and most often no more than `OFTEN`;
    /// counted from `base`. What is put down beyond the number of bits does not count.
    #[inline(always)]
    fn places<const OFTEN: usize>(self, base: u16, bits: u64, to: &mut [u16; MOST_PLACES]) {
        let mut bits = bits;
        for places in to.as_chunks_mut::<OFTEN>().0 {
            for place in places {
                *place = base.wrapping_add(bits.trailing_zeros() as u16);
                bits &= bits.wrapping_sub(1);
            }
            if bits == 0 {
                break;
            }
        }
    }

    /// Four numbers of up to three digits, each of which is one byte of what is returned: the first of [`Order`] is the
    /// lowest. Of a number above 255 the upper bits are lost.
    #[inline(always)]
    fn numbers(self, text: &[u8; 16], order: &Order) -> u32 {
        let (places, _) = order.as_chunks::<4>();
        let digit = |place: &u8| {
            text.get(usize::from(*place))
                .map_or(0, |byte| u32::from(byte & 15))
        };
        let number = |[hundreds, tens, ones, _]: &[u8; 4]| {
            (100 * digit(hundreds) + 10 * digit(tens) + digit(ones)) & 0xff
        };
        let numbers = places.iter().rev();
        numbers.fold(0, |all, places| all << 8 | number(places))
    }
}

/// Most bits of a word that [`Classify::places`] is asked about.
pub(crate) const MOST_PLACES: usize = 32;

/// Where in 16 bytes the digits of four numbers stand, each as hundreds, tens, ones and [`NOWHERE`].
pub(crate) type Order = [u8; 16];

/// The place of a digit that is not there.
pub(crate) const NOWHERE: u8 = 0x80;

/// Gives the words of a text; what the last one has of no text is of no class.
#[inline(always)]
pub(crate) fn words(text: &[u8], by: impl Classify, to: &mut impl Take) {
    let (whole, rest) = text.as_chunks::<64>();
    for (number, piece) in whole.iter().enumerate() {
        by.read(number, piece, to);
    }
    if !rest.is_empty() {
        let mut last = [0; 64];
        for (to, from) in last.iter_mut().zip(rest) {
            *to = *from;
        }
        by.read(whole.len(), &last, to);
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
        let scalar = [Instructions::Scalar(Scalar)];
        #[cfg(target_arch = "x86_64")]
        let better = {
            let avx512 = Avx512::ask().map(Instructions::Avx512);
            avx512.into_iter().chain(Avx2::ask().map(Instructions::Avx2))
        };
        #[cfg(target_arch = "aarch64")]
        let better = [Instructions::Neon(Neon)].into_iter();
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        let better = std::iter::empty();
        better.chain(scalar).collect()
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

    #[derive(Default)]
    struct All(Vec<Word>);

    impl Take for All {
        fn word(&mut self, number: usize, word: &Word) {
            assert_eq!(number, self.0.len());
            self.0.push(*word);
        }

        #[cfg(target_arch = "x86_64")]
        fn half(&mut self, number: usize, half: &Word<u32>) {
            if number.is_multiple_of(2) {
                self.0.push(Word::default());
            }
            self.0.get_mut(number / 2).unwrap().put_half(number, half);
        }
    }

    fn of(text: &[u8], set: Instructions) -> Vec<Word> {
        let mut all = All::default();
        match set {
            Instructions::Scalar(by) => words(text, by, &mut all),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2(by) => words(text, by, &mut all),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512(by) => words(text, by, &mut all),
            #[cfg(target_arch = "aarch64")]
            Instructions::Neon(by) => words(text, by, &mut all),
        }
        all.0
    }

    #[test]
    fn every_set_of_instructions_finds_the_same_places() {
        let of = |base, bits, set| {
            let mut to = [0; MOST_PLACES];
            match set {
                Instructions::Scalar(by) => by.places::<4>(base, bits, &mut to),
                #[cfg(target_arch = "x86_64")]
                Instructions::Avx2(by) => by.places::<2>(base, bits, &mut to),
                #[cfg(target_arch = "x86_64")]
                Instructions::Avx512(by) => by.places::<4>(base, bits, &mut to),
                #[cfg(target_arch = "aarch64")]
                Instructions::Neon(by) => by.places::<2>(base, bits, &mut to),
            };
            to
        };
        for bits in [
            0,
            1,
            1 << 63,
            0x5555_5555_5555_5555,
            0xaaaa_aaaa_aaaa_aaaa,
            0xffff_ffff,
            0x8010_0204_0010_8001,
        ] {
            for base in [0, 64, 4032] {
                let expected = (0..64u16)
                    .filter(|place| bits >> place & 1 != 0)
                    .map(|place| base + place);
                let expected: Vec<u16> = expected.collect();
                for set in Instructions::all() {
                    let found = of(base, bits, set);
                    assert_eq!(found[..expected.len()], expected, "{set:?} of {bits:x}");
                }
            }
        }
    }

    #[test]
    fn every_set_of_instructions_reads_the_same_numbers() {
        let of = |text: &[u8; 16], order: &Order, set| match set {
            Instructions::Scalar(by) => by.numbers(text, order),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2(by) => by.numbers(text, order),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512(by) => by.numbers(text, order),
            #[cfg(target_arch = "aarch64")]
            Instructions::Neon(by) => by.numbers(text, order),
        };
        let none = NOWHERE;
        let address: Order = [
            none, none, 15, none, 11, 12, 13, none, none, 8, 9, none, 4, 5, 6, none,
        ];
        let nothing_last: Order = [
            none, none, none, none, 0, 1, 2, none, 13, 14, 15, none, 3, 4, 5, none,
        ];
        for set in Instructions::all() {
            assert_eq!(of(b"..x.123.45.200.7", &address, set), 0x7b_2d_c8_07, "{set:?}");
            // 999 without its upper bits.
            assert_eq!(of(&[b'9'; 16], &nothing_last, set), 0xe7_e7_e7_00, "{set:?}");
        }
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
