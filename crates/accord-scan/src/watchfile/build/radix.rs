//! Sorting of keys whose leading bits are as good as random: by their digits, in place.
//!
//! The first digit in which keys differ makes stretches of a 256th of them, which two threads share; the next makes stretches
//! of a 256th of those; what is left is short. Keys that are not random (a list made to harm) cost what any other sorting
//! costs.

/// What is sorted.
pub(super) trait Key: Copy + Ord + Send {
    /// As it lies in a file.
    type Stored: AsRef<[u8]>;
    fn store(self) -> Self::Stored;
    /// Of as many bytes as it has.
    fn load(bytes: &[u8]) -> Self;
    /// Its leading 64 bits.
    fn leading(self) -> u64;
}

impl Key for u64 {
    type Stored = [u8; 8];
    fn store(self) -> [u8; 8] {
        self.to_le_bytes()
    }
    fn load(bytes: &[u8]) -> u64 {
        bytes.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }
    #[inline]
    fn leading(self) -> u64 {
        self
    }
}

impl Key for u128 {
    type Stored = [u8; 16];
    fn store(self) -> [u8; 16] {
        self.to_le_bytes()
    }
    fn load(bytes: &[u8]) -> u128 {
        bytes.first_chunk().map_or(0, |bytes| u128::from_le_bytes(*bytes))
    }
    #[inline]
    fn leading(self) -> u64 {
        (self >> 64) as u64
    }
}

/// Fewer keys are not worth a round by a digit, or a second thread.
const FEW: usize = 1 << 10;
const ALONE: usize = 1 << 16;

/// By so many digits.
const DIGITS: u32 = 2;

/// Puts keys in ascending order, each once.
pub(super) fn sort<K: Key>(keys: &mut Vec<K>) {
    if !keys.is_sorted() {
        if keys.len() < ALONE {
            by_digits(keys, DIGITS);
        } else {
            let ends = by_digit(keys);
            let middle = keys.len() / 2;
            // The stretch that goes beyond the middle is the second half's.
            let lower: Vec<usize> = ends.iter().copied().take_while(|end| *end <= middle).collect();
            let upper: Vec<usize> = ends.iter().skip(lower.len()).copied().collect();
            let cut = lower.last().copied().unwrap_or(0);
            let (low, high) = keys.split_at_mut_checked(cut).unwrap_or_default();
            std::thread::scope(|scope| {
                scope.spawn(|| stretches(low, 0, &lower, DIGITS - 1));
                stretches(high, cut, &upper, DIGITS - 1);
            });
        }
    }
    keys.dedup();
}

fn by_digits<K: Key>(keys: &mut [K], digits: u32) {
    if keys.len() < FEW || digits == 0 {
        keys.sort_unstable();
    } else {
        let ends = by_digit(keys);
        stretches(keys, 0, &ends, digits - 1);
    }
}

/// Sorts the stretches of keys that end at `ends`, which are counted from `start` before the first key.
fn stretches<K: Key>(keys: &mut [K], start: usize, ends: &[usize], digits: u32) {
    let (mut rest, mut from) = (keys, start);
    for &end in ends {
        let (stretch, after) = rest.split_at_mut_checked(end - from).unwrap_or_default();
        by_digits(stretch, digits);
        (rest, from) = (after, end);
    }
}

/// Brings keys with one digit together, the digits in ascending order: each key goes to where the next of its digit belongs,
/// and what stood there goes on (McIlroy, Bostic and McIlroy, 1993). The digit is that of the first eight bits in which keys
/// differ. Tells where each digit's keys end.
fn by_digit<K: Key>(keys: &mut [K]) -> [usize; 256] {
    let mut ends = [0usize; 256];
    let any = keys.first().map_or(0, |key| key.leading());
    let differing = keys.iter().fold(0, |bits, key| bits | (key.leading() ^ any));
    let shift = (u64::BITS - differing.leading_zeros()).saturating_sub(8);
    let digit_of = |key: K| (key.leading() >> shift) as usize & 0xff;
    for key in keys.iter() {
        if let Some(count) = ends.get_mut(digit_of(*key)) {
            *count += 1;
        }
    }
    let mut next = [0usize; 256];
    let mut sum = 0;
    for (next, end) in next.iter_mut().zip(&mut ends) {
        *next = sum;
        sum += *end;
        *end = sum;
    }
    for (digit, end) in ends.iter().enumerate() {
        while let Some(at) = next.get(digit).copied().filter(|at| at < end) {
            let Some(mut key) = keys.get(at).copied() else {
                break;
            };
            // Around, until one of this digit comes.
            loop {
                let of = digit_of(key);
                let Some(place) = next.get_mut(of) else { break };
                let to = *place;
                *place += 1;
                let Some(there) = keys.get_mut(to) else { break };
                std::mem::swap(there, &mut key);
                if of == digit {
                    break;
                }
            }
        }
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<K: Key + std::fmt::Debug>(keys: &[K]) {
        let mut expected = keys.to_vec();
        expected.sort_unstable();
        expected.dedup();
        let mut found = keys.to_vec();
        sort(&mut found);
        assert!(found == expected, "{} keys", keys.len());
    }

    #[test]
    fn keys_of_any_kind_are_sorted() {
        let scattered = |i: u64| i.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for count in [0, 1, 2, FEW as u64 - 1, FEW as u64, 5_000, ALONE as u64, 200_000] {
            let all: [Vec<u64>; 7] = [
                (0..count).map(scattered).collect(),
                (0..count).map(|i| scattered(i % 300)).collect(),
                (0..count).collect(),
                (0..count).rev().collect(),
                vec![7; count as usize],
                // Of one first digit, and of the last.
                (0..count).map(|i| scattered(i) >> 9).collect(),
                (0..count).map(|i| u64::MAX - (scattered(i) >> 40)).collect(),
            ];
            for keys in all {
                check(&keys);
                let wide: Vec<u128> = (0u128..)
                    .zip(&keys)
                    .map(|(i, key)| u128::from(*key) << 64 | (i * 7 % 5))
                    .collect();
                check(&wide);
            }
        }
    }
}
