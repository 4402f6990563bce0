//! Parquet's `DELTA_BINARY_PACKED`: each number as what it is more than the one before, and `DELTA_BYTE_ARRAY`: each text
//! as what it does not share with the beginning of the one before.

use super::bits::{pack, push_varint, push_zigzag, width_of};

/// Differences that are counted from the least of them.
const BLOCK: usize = 128;
/// Differences that have one width.
const MINI_BLOCK: usize = 32;

/// Appends numbers. Differences wrap, as those of unsigned numbers have to.
pub(crate) fn push_numbers(values: &[i64], out: &mut Vec<u8>) {
    push_varint(BLOCK as u64, out);
    push_varint((BLOCK / MINI_BLOCK) as u64, out);
    push_varint(values.len() as u64, out);
    let (mut last, rest) = match values.split_first() {
        Some((first, rest)) => (*first, rest),
        None => (0, values),
    };
    push_zigzag(last, out);
    let mut room = [0_i64; BLOCK];
    for block in rest.chunks(BLOCK) {
        let mut least = i64::MAX;
        for (difference, value) in room.iter_mut().zip(block) {
            *difference = value.wrapping_sub(last);
            least = least.min(*difference);
            last = *value;
        }
        let differences = room.get_mut(..block.len()).unwrap_or_default();
        let mut widths = [0_u8; BLOCK / MINI_BLOCK];
        for (width, part) in widths.iter_mut().zip(differences.chunks_mut(MINI_BLOCK)) {
            let mut all = 0;
            for difference in part {
                *difference = difference.wrapping_sub(least);
                all |= difference.cast_unsigned();
            }
            *width = width_of(all) as u8;
        }
        push_zigzag(least, out);
        out.extend_from_slice(&widths);
        for (width, part) in widths.iter().zip(differences.chunks(MINI_BLOCK)) {
            let end = out.len() + MINI_BLOCK / 8 * usize::from(*width);
            let values = part.iter().map(|difference| difference.cast_unsigned());
            pack(values, u32::from(*width), out);
            out.resize(end, 0);
        }
    }
}

/// Appends texts; `lengths` is room that is used again.
pub(crate) fn push_texts<'t>(
    texts: impl Iterator<Item = &'t [u8]> + Clone,
    lengths: &mut Vec<i64>,
    out: &mut Vec<u8>,
) {
    lengths.clear();
    let mut before: &[u8] = b"";
    lengths.extend(texts.clone().map(|text| {
        let shared = shared(before, text) as i64;
        before = text;
        shared
    }));
    push_numbers(lengths, out);
    let prefixes = lengths.len();
    let own = |(text, shared): (&'t [u8], i64)| text.get(shared as usize..).unwrap_or_default();
    for (at, text) in texts.clone().enumerate() {
        let shared = lengths.get(at).copied().unwrap_or_default();
        lengths.push(text.len() as i64 - shared);
    }
    push_numbers(lengths.get(prefixes..).unwrap_or_default(), out);
    for (text, shared) in texts.zip(lengths.iter()) {
        out.extend_from_slice(own((text, *shared)));
    }
}

/// How many bytes two texts begin with alike.
fn shared(one: &[u8], other: &[u8]) -> usize {
    let eights = one.chunks_exact(8).zip(other.chunks_exact(8));
    let whole = eights.take_while(|(one, other)| one == other).count() * 8;
    let rest = one.get(whole..).unwrap_or_default().iter();
    let rest = rest.zip(other.get(whole..).unwrap_or_default());
    whole + rest.take_while(|(one, other)| one == other).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_s_own_example() {
        // "Encodings", Example 1: 1 to 5 is 1 and four differences of one, in no bits.
        let mut out = Vec::new();
        push_numbers(&[1, 2, 3, 4, 5], &mut out);
        assert_eq!(out, [0x80, 1, 4, 5, 2, 2, 0, 0, 0, 0]);
        // Example 2: 7, 5, 3, 1, 2, 3, 4, 5: the least difference is -2, the others take two bits.
        let mut out = Vec::new();
        push_numbers(&[7, 5, 3, 1, 2, 3, 4, 5], &mut out);
        assert_eq!(
            out,
            [
                0x80,
                1,
                4,
                8,
                14,
                3,
                2,
                0,
                0,
                0,
                0b1100_0000,
                0b0011_1111,
                0,
                0,
                0,
                0,
                0,
                0
            ]
        );
    }

    #[test]
    fn the_extremes_take_all_bits() {
        let mut out = Vec::new();
        push_numbers(&[i64::MIN, i64::MAX, i64::MIN, 0], &mut out);
        // The differences wrap to -1, 1 and -2^63.
        assert_eq!(out.len(), 4 + 10 + 10 + 4 + 32 * 8);
        let mut out = Vec::new();
        push_numbers(&[], &mut out);
        assert_eq!(out, [0x80, 1, 4, 0, 0]);
    }

    #[test]
    fn what_texts_share() {
        for (one, other, expected) in [
            ("", "", 0),
            ("abc", "abd", 2),
            ("abcdefgh", "abcdefgh", 8),
            ("abcdefghi", "abcdefgh", 8),
            ("abcdefghijklmnopq", "abcdefghijklmnopr", 16),
            ("xbcdefghij", "abcdefghij", 0),
        ] {
            assert_eq!(
                shared(one.as_bytes(), other.as_bytes()),
                expected,
                "{one} {other}"
            );
        }
        let (mut out, texts) = (Vec::new(), ["axis", "axle", "babble", "babyhood"]);
        // "Encodings", the example of incremental encoding: 0, 2, 0, 3 shared.
        push_texts(
            texts.iter().map(|text| text.as_bytes()),
            &mut Vec::new(),
            &mut out,
        );
        assert!(out.ends_with(b"axislebabbleyhood"));
    }
}
