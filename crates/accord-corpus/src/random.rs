//! Random choices from a seed.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A stream of choices. Streams of other names, or of another seed, are independent.
#[derive(Debug, Clone)]
pub(crate) struct Choices {
    generator: ChaCha8Rng,
    /// Whether names and addresses are of many.
    pub(crate) varied: bool,
}

impl Choices {
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(stream);
        Self {
            generator,
            varied: false,
        }
    }

    /// Choices for traffic of millions of names and addresses.
    pub(crate) fn varied(seed: u64, stream: u64) -> Self {
        Self {
            varied: true,
            ..Self::new(seed, stream)
        }
    }

    /// A number below `bound`; 0 for a bound of 0. The bias of the remainder is below 2^-32 for every bound used here.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        match bound {
            0 => 0,
            bound => (self.generator.next_u64() % bound as u64) as usize,
        }
    }

    /// One of some values.
    pub(crate) fn one<'v, T>(&mut self, values: &'v [T]) -> Option<&'v T> {
        values.get(self.below(values.len()))
    }

    /// One of some words.
    pub(crate) fn word(&mut self, words: &[&'static str]) -> &'static str {
        self.one(words).copied().unwrap_or_default()
    }

    /// True once in `times`.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// Lower-case hexadecimal digits.
    pub(crate) fn hex(&mut self, digits: usize) -> String {
        (0..digits)
            .filter_map(|_| char::from_digit(self.below(16) as u32, 16))
            .collect()
    }

    /// Lower-case letters.
    pub(crate) fn letters(&mut self, count: usize) -> String {
        (0..count)
            .map(|_| char::from(b'a' + self.below(26) as u8))
            .collect()
    }
}
