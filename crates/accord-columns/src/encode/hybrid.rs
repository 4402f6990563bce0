//! Parquet's `RLE`: a run of one value is written once, with its length; what lies between runs is packed in bits. For
//! levels and for places in a dictionary.

use super::bits::{pack, push_varint};

/// What is packed comes in groups of so many.
const GROUP: usize = 8;
/// What a run and the packed part that it cuts in two take at least, bits.
const RUN_BITS: usize = 32;

/// Appends values of at most `width` bits each, 1 to 32.
pub(crate) fn push(values: &[u32], width: u32, out: &mut Vec<u8>) {
    let least = GROUP.max(RUN_BITS / (width as usize).max(1));
    let mut rest = values;
    // So many of the rest are to be packed.
    let mut packed = 0;
    while let Some((value, after)) = rest.get(packed..).and_then(<[u32]>::split_first) {
        let run = 1 + after.iter().take_while(|other| *other == value).count();
        // What is packed before a run fills its last group from the run.
        let fill = packed.next_multiple_of(GROUP) - packed;
        if run < fill + least {
            packed += run;
            continue;
        }
        let (before, others) = rest.split_at_checked(packed + fill).unwrap_or((rest, &[]));
        push_packed(before, width, out);
        push_run(*value, run - fill, width, out);
        rest = others.get(run - fill..).unwrap_or_default();
        packed = 0;
    }
    push_packed(rest, width, out);
}

/// Appends one value, so many times.
pub(crate) fn push_run(value: u32, count: usize, width: u32, out: &mut Vec<u8>) {
    push_varint((count as u64) << 1, out);
    let bytes = value.to_le_bytes();
    out.extend_from_slice(bytes.get(..width.div_ceil(8) as usize).unwrap_or_default());
}

fn push_packed(values: &[u32], width: u32, out: &mut Vec<u8>) {
    if values.is_empty() {
        return;
    }
    let groups = values.len().div_ceil(GROUP);
    push_varint((groups as u64) << 1 | 1, out);
    let end = out.len() + groups * width as usize;
    pack(values.iter().map(|value| u64::from(*value)), width, out);
    out.resize(end, 0);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As the format says it is read.
    fn read(bytes: &[u8], width: u32, count: usize) -> Vec<u32> {
        let (mut at, mut values) = (0, Vec::new());
        let size = width.div_ceil(8) as usize;
        while values.len() < count {
            let (mut header, mut shift) = (0_u64, 0);
            loop {
                header |= u64::from(bytes[at] & 0x7f) << shift;
                shift += 7;
                at += 1;
                if bytes[at - 1] < 0x80 {
                    break;
                }
            }
            if header & 1 == 0 {
                let mut value = [0; 4];
                value[..size].copy_from_slice(&bytes[at..at + size]);
                at += size;
                values.extend(std::iter::repeat_n(
                    u32::from_le_bytes(value),
                    usize::try_from(header >> 1).unwrap(),
                ));
                continue;
            }
            let number = usize::try_from(header >> 1).unwrap() * 8;
            for place in 0..number {
                let value = (0..width as usize).fold(0, |value, bit| {
                    let bit_at = place * width as usize + bit;
                    value | u32::from(bytes[at + bit_at / 8] >> (bit_at % 8) & 1) << bit
                });
                values.push(value);
            }
            at += number * width as usize / 8;
        }
        assert_eq!(at, bytes.len());
        // Only the last group may be longer than what there is.
        assert!(values.len() < count + 8);
        values.truncate(count);
        values
    }

    proptest! {
        #[test]
        fn comes_back(runs in prop::collection::vec((0_u32..6, 1_usize..40), 0..40), width in 3_u32..32) {
            let values: Vec<u32> = runs.iter().flat_map(|(value, count)| std::iter::repeat_n(*value, *count)).collect();
            let mut out = Vec::new();
            push(&values, width, &mut out);
            prop_assert_eq!(read(&out, width, values.len()), values.clone());
            let bits: Vec<u32> = values.iter().map(|value| value & 1).collect();
            let mut out = Vec::new();
            push(&bits, 1, &mut out);
            prop_assert_eq!(read(&out, 1, bits.len()), bits);
        }
    }

    #[test]
    fn a_long_run_costs_nothing() {
        let mut out = Vec::new();
        push(&vec![5; 100_000], 17, &mut out);
        assert_eq!(out.len(), 3 + 3);
    }
}
