//! Numbers in as many bits as they need: Elias gamma and Rice codes (Witten, Moffat, Bell: Managing Gigabytes, 3.3),
//! lowest bit first.

/// A Rice quotient of this many or more is written as a number with its length instead.
const LONG: u32 = 24;
/// Bits of such a length.
const LENGTH_BITS: u32 = 7;
/// The most bits that are written at once.
const AT_ONCE: u32 = 57;

/// Writes bits into bytes.
#[derive(Debug, Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    /// The bits behind them, and how many: fewer than 64 between two calls.
    held: u64,
    count: u32,
}

impl BitWriter {
    /// A value of so many bits (at most [`AT_ONCE`]), and no others.
    #[inline]
    fn put(&mut self, value: u64, bits: u32) {
        self.held |= value << self.count;
        let count = self.count + bits;
        if count < u64::BITS {
            self.count = count;
            return;
        }
        self.bytes.extend_from_slice(&self.held.to_le_bytes());
        // Some were held from before, for not so many are written at once.
        self.held = value >> (u64::BITS - self.count);
        self.count = count - u64::BITS;
    }

    /// The low `bits` (at most 128) of a value.
    pub(super) fn number(&mut self, value: u128, bits: u32) {
        let mut done = 0;
        while done < bits {
            let some = (bits - done).min(AT_ONCE);
            self.put((value >> done) as u64 & ((1 << some) - 1), some);
            done += some;
        }
    }

    fn unary(&mut self, mut zeros: u32) {
        while zeros >= AT_ONCE {
            self.put(0, AT_ONCE);
            zeros -= AT_ONCE;
        }
        self.put(1 << zeros, zeros + 1);
    }

    /// A number from 1 on; small ones are short.
    #[inline]
    pub(super) fn gamma(&mut self, value: u64) {
        if let Some((value, bits)) = short_gamma(value) {
            self.put(value, bits);
        } else {
            let bits = value.max(1).ilog2();
            self.unary(bits);
            self.number(u128::from(value), bits);
        }
    }

    /// One and the other, at once where both are short, as they are nearly always.
    #[inline]
    pub(super) fn rice_and_gamma(&mut self, rice: u64, k: u32, gamma: u64) {
        if let (Some((one, bits)), Some((other, more))) = (short_rice(rice, k), short_gamma(gamma))
            && bits + more <= AT_ONCE
        {
            self.put(one | other << bits, bits + more);
        } else {
            self.rice(u128::from(rice), k);
            self.gamma(gamma);
        }
    }

    /// A number that is most often below `2^(k + 2)`.
    #[inline]
    pub(super) fn rice(&mut self, value: u128, k: u32) {
        match u64::try_from(value).ok().and_then(|small| short_rice(small, k)) {
            Some((value, bits)) => self.put(value, bits),
            None => self.long_rice(value, k),
        }
    }

    fn long_rice(&mut self, value: u128, k: u32) {
        let quotient = value.checked_shr(k).unwrap_or(0);
        if quotient < u128::from(LONG) {
            self.unary(quotient as u32);
            self.number(value, k);
        } else {
            let bits = 128 - value.leading_zeros();
            self.unary(LONG);
            self.number(u128::from(bits - 1), LENGTH_BITS);
            self.number(value, bits);
        }
    }

    /// The bits that another holds; that one begins again.
    pub(super) fn append(&mut self, other: &mut Self) {
        // Seven bytes are put at once.
        for some in other.bytes.chunks(7) {
            let mut bytes = [0; 8];
            if let Some(place) = bytes.get_mut(..some.len()) {
                place.copy_from_slice(some);
            }
            self.put(u64::from_le_bytes(bytes), 8 * some.len() as u32);
        }
        let low = other.count.min(u32::BITS);
        self.put(other.held & ((1 << low) - 1), low);
        self.put(other.held >> low, other.count - low);
        other.clear();
    }

    /// The bytes so far, the last one filled with zeros. The writer is to begin again.
    pub(super) fn finish(&mut self) -> &[u8] {
        let held = self.held.to_le_bytes();
        let left = self.count.div_ceil(8) as usize;
        self.bytes.extend_from_slice(held.get(..left).unwrap_or_default());
        (self.held, self.count) = (0, 0);
        &self.bytes
    }

    /// Begins again, in the room that there is.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        (self.held, self.count) = (0, 0);
    }
}

/// The bits of [`BitWriter::gamma`], and how many, where they are written at once.
#[inline]
fn short_gamma(value: u64) -> Option<(u64, u32)> {
    let bits = value.max(1).ilog2();
    let low = value & ((1 << bits) - 1);
    (2 * bits < AT_ONCE).then(|| ((low << 1 | 1) << bits, 2 * bits + 1))
}

/// The bits of [`BitWriter::rice`], and how many, where they are written at once.
#[inline]
fn short_rice(value: u64, k: u32) -> Option<(u64, u32)> {
    if k >= AT_ONCE - LONG || value >> k >= u64::from(LONG) {
        return None;
    }
    let quotient = (value >> k) as u32;
    let low = value & ((1 << k) - 1);
    Some(((low << 1 | 1) << quotient, quotient + 1 + k))
}

/// Reads what [`BitWriter`] wrote. Nothing where the bytes end too early.
#[derive(Debug)]
pub(super) struct BitReader<'b> {
    bytes: &'b [u8],
    /// Bits read.
    at: usize,
}

impl<'b> BitReader<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Bits read so far.
    pub(super) const fn position(&self) -> usize {
        self.at
    }

    /// Reads on from this bit.
    pub(super) const fn skip_to(&mut self, bit: usize) {
        self.at = bit;
    }

    /// At least 56 bits from here on, zeros behind the end.
    fn ahead(&self) -> u64 {
        let from = self.at / 8;
        let word = match self.bytes.get(from..from + 8).and_then(<[u8]>::first_chunk) {
            Some(bytes) => u64::from_le_bytes(*bytes),
            None => {
                let mut word = [0; 8];
                let rest = self.bytes.get(from..).unwrap_or_default();
                word.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
                u64::from_le_bytes(word)
            }
        };
        word >> (self.at % 8)
    }

    fn skip(&mut self, bits: u32) -> Option<()> {
        self.at += bits as usize;
        (self.at <= self.bytes.len() * 8).then_some(())
    }

    pub(super) fn number(&mut self, bits: u32) -> Option<u128> {
        let (mut value, mut done) = (0, 0);
        while done < bits {
            let some = (bits - done).min(32);
            value |= u128::from(self.ahead() & ((1 << some) - 1)) << done;
            self.skip(some)?;
            done += some;
        }
        Some(value)
    }

    fn unary(&mut self) -> Option<u32> {
        let mut zeros = 0;
        loop {
            let ahead = self.ahead() & (u64::MAX >> 8);
            if ahead != 0 {
                zeros += ahead.trailing_zeros();
                self.skip(ahead.trailing_zeros() + 1)?;
                return Some(zeros);
            }
            zeros += 56;
            self.skip(56)?;
        }
    }

    pub(super) fn gamma(&mut self) -> Option<u64> {
        let bits = self.unary().filter(|bits| *bits < 64)?;
        Some(1 << bits | self.number(bits)? as u64)
    }

    pub(super) fn rice(&mut self, k: u32) -> Option<u128> {
        let quotient = self.unary()?;
        if quotient < LONG {
            return Some(u128::from(quotient).checked_shl(k)? | self.number(k)?);
        }
        let bits = self.number(LENGTH_BITS)? as u32 + 1;
        self.number(bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn numbers_come_back(
            numbers in proptest::collection::vec((1u64.., proptest::num::u128::ANY, 0u32..=127, 0u32..128), 0..40),
        ) {
            let mut writer = BitWriter::default();
            for (gamma, rice, k, shift) in &numbers {
                writer.gamma(*gamma);
                writer.rice(rice >> shift, *k);
                writer.gamma(gamma >> 60 | 1);
            }
            let bytes = writer.finish().to_vec();
            let mut together = BitWriter::default();
            for (gamma, rice, k, shift) in &numbers {
                together.gamma(*gamma);
                match u64::try_from(rice >> shift) {
                    Ok(rice) => together.rice_and_gamma(rice, *k, gamma >> 60 | 1),
                    Err(_) => {
                        together.rice(rice >> shift, *k);
                        together.gamma(gamma >> 60 | 1);
                    }
                }
            }
            proptest::prop_assert_eq!(together.finish(), &bytes);
            // The same in two parts.
            let mut parts = [BitWriter::default(), BitWriter::default()];
            for ((gamma, rice, k, shift), n) in numbers.iter().zip(0..) {
                let part = &mut parts[usize::from(n >= numbers.len() / 2)];
                part.gamma(*gamma);
                part.rice(rice >> shift, *k);
                part.gamma(gamma >> 60 | 1);
            }
            let [mut one, mut other] = parts;
            one.append(&mut other);
            proptest::prop_assert_eq!(one.finish(), &bytes);
            one.clear();
            one.gamma(1);
            proptest::prop_assert_eq!(one.finish(), &[1]);
            proptest::prop_assert!(other.finish().is_empty());
            let mut reader = BitReader::new(&bytes);
            for (gamma, rice, k, shift) in &numbers {
                proptest::prop_assert_eq!(reader.gamma(), Some(*gamma));
                proptest::prop_assert_eq!(reader.rice(*k), Some(rice >> shift));
                proptest::prop_assert_eq!(reader.gamma(), Some(gamma >> 60 | 1));
            }
            // Cut anywhere, nothing is read beyond the end, and nothing runs on for ever.
            let mut reader = BitReader::new(bytes.get(..bytes.len() / 2).unwrap_or_default());
            while reader.rice(3).is_some() {}
        }
    }
}
