//! Numbers in as many bits as they need, the lowest first, as Parquet packs them; and its lengths of variable size.

/// How many bits the greatest of some numbers needs.
pub(crate) const fn width_of(greatest: u64) -> u32 {
    u64::BITS - greatest.leading_zeros()
}

/// Appends numbers of at most `width` bits each, 0 to 64; the last byte is filled with nothing.
pub(crate) fn pack(values: impl Iterator<Item = u64>, width: u32, out: &mut Vec<u8>) {
    if width <= 32 {
        let (mut bits, mut held) = (0_u64, 0);
        for value in values {
            bits |= value << held;
            held += width;
            if held >= 32 {
                out.extend_from_slice(&(bits as u32).to_le_bytes());
                bits >>= 32;
                held -= 32;
            }
        }
        let rest = bits.to_le_bytes();
        out.extend_from_slice(rest.get(..held.div_ceil(8) as usize).unwrap_or_default());
        return;
    }
    let (mut bits, mut held) = (0_u128, 0);
    for value in values {
        bits |= u128::from(value) << held;
        held += width;
        if held >= 64 {
            out.extend_from_slice(&(bits as u64).to_le_bytes());
            bits >>= 64;
            held -= 64;
        }
    }
    let rest = bits.to_le_bytes();
    out.extend_from_slice(rest.get(..held.div_ceil(8) as usize).unwrap_or_default());
}

/// Appends a number in groups of seven bits (ULEB128).
pub(crate) fn push_varint(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// The same of a signed number, which is near nothing more often than it is large.
pub(crate) fn push_zigzag(number: i64, out: &mut Vec<u8>) {
    push_varint(((number << 1) ^ (number >> 63)).cast_unsigned(), out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width_comes_back() {
        for width in 0..=64_u32 {
            let mask = u64::MAX.checked_shr(64 - width).unwrap_or(0);
            let values: Vec<u64> = (0..77_u64)
                .map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15) & mask)
                .collect();
            let mut out = vec![7];
            pack(values.iter().copied(), width, &mut out);
            assert_eq!(out.len(), 1 + (77 * width as usize).div_ceil(8), "{width}");
            for (at, value) in values.iter().enumerate() {
                let found = (0..width as usize).fold(0_u64, |found, bit| {
                    let place = at * width as usize + bit;
                    found | u64::from(out[1 + place / 8] >> (place % 8) & 1) << bit
                });
                assert_eq!(found, *value, "{width} {at}");
            }
        }
        assert_eq!(
            (width_of(0), width_of(1), width_of(255), width_of(256)),
            (0, 1, 8, 9)
        );
    }

    #[test]
    fn lengths_of_variable_size() {
        for (number, expected) in [
            (0, vec![0]),
            (127, vec![0x7f]),
            (128, vec![0x80, 1]),
            (300, vec![0xac, 2]),
        ] {
            let mut out = Vec::new();
            push_varint(number, &mut out);
            assert_eq!(out, expected);
        }
        for (number, expected) in [(0, 0), (-1, 1), (1, 2), (-2, 3), (63, 126)] {
            let mut out = Vec::new();
            push_zigzag(number, &mut out);
            assert_eq!(out, [expected]);
        }
    }
}
