//! A set of numbers that knows how many of them are below another.

/// Words between which the count is known.
const STRETCH: usize = 8;

/// See the module. A bit and an eighth for each number up to the largest.
#[derive(Debug, Default)]
pub(super) struct Bits {
    words: Vec<u64>,
    /// Of each stretch of words how many are set before it.
    before: Vec<u64>,
    any: bool,
}

impl Bits {
    /// With room for the numbers below `length`.
    pub(super) fn new(length: u64) -> Bits {
        Bits {
            words: vec![0; length.div_ceil(64) as usize],
            ..Bits::default()
        }
    }

    pub(super) fn set(&mut self, number: u64) {
        if let Some(word) = self.words.get_mut((number / 64) as usize) {
            *word |= 1 << (number % 64);
            self.any = true;
        }
    }

    /// Adds the numbers of another, of the same length.
    pub(super) fn add(&mut self, other: &Bits) {
        self.any |= other.any;
        for (word, more) in self.words.iter_mut().zip(&other.words) {
            *word |= more;
        }
    }

    /// Whether there are any numbers.
    pub(super) fn any(&self) -> bool {
        self.any
    }

    #[inline]
    pub(super) fn contains(&self, number: u64) -> bool {
        self.any
            && self
                .words
                .get((number / 64) as usize)
                .is_some_and(|word| word >> (number % 64) & 1 != 0)
    }

    /// After the last [`Bits::set`]: so that it can be counted.
    pub(super) fn count(&mut self) {
        let mut sum = 0;
        self.before.clear();
        for stretch in self.words.chunks(STRETCH) {
            self.before.push(sum);
            sum += stretch
                .iter()
                .map(|word| u64::from(word.count_ones()))
                .sum::<u64>();
        }
    }

    /// How many numbers below this one are in the set.
    #[inline]
    pub(super) fn below(&self, number: u64) -> u64 {
        if !self.any {
            return 0;
        }
        let word = (number / 64) as usize;
        let first = word / STRETCH * STRETCH;
        let before = self.before.get(word / STRETCH).copied().unwrap_or(0);
        let whole = self.words.get(first..word).unwrap_or_default();
        let part = self
            .words
            .get(word)
            .map_or(0, |word| word & ((1 << (number % 64)) - 1));
        before
            + whole.iter().map(|word| u64::from(word.count_ones())).sum::<u64>()
            + u64::from(part.count_ones())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_is_below() {
        for each in [1, 3, 64, 511, 512, 5_000] {
            let mut bits = Bits::new(3_000);
            let set: Vec<u64> = (0..3_000).filter(|number| number % each == each - 1).collect();
            set.iter().for_each(|number| bits.set(*number));
            bits.count();
            for number in 0..3_000 {
                let below = set.iter().filter(|&&other| other < number).count() as u64;
                assert_eq!(bits.below(number), below, "{number}, one in {each}");
                assert_eq!(
                    bits.contains(number),
                    set.contains(&number),
                    "{number}, one in {each}"
                );
            }
            assert!(!bits.contains(3_001));
            let (mut even, mut odd) = (Bits::new(3_000), Bits::new(3_000));
            assert!(!even.any());
            for number in &set {
                if number % 2 == 0 {
                    even.set(*number)
                } else {
                    odd.set(*number)
                }
            }
            even.add(&odd);
            assert_eq!(even.any(), !set.is_empty());
            assert!((0..3_000).all(|number| even.contains(number) == bits.contains(number)));
        }
    }
}
