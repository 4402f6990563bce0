//! Keys of the probing pass: 64 bits of a host name, read where it stands, upper and lower case alike.
//!
//! A key is made from the right: of the last two labels, then with one label more, and so on. Of each part only the last
//! [`READ`] bytes and the length count.
//!
//! Not the fingerprints of the watchlist: two names may have one key (`_` and DEL are one, for example), so that a key
//! says "no" or "perhaps".

const PRIMES: [u64; 4] = [
    0xa076_1d64_78bd_642f,
    0xe703_7ed1_a0b4_28db,
    0x8ebc_6af0_9c88_c6e3,
    0x5899_65cc_7537_4cc3,
];

/// Bytes of a part that are read.
const READ: usize = 24;

/// Sets bit 5 of every byte: letters become small, digits and `-` and `.` stay.
const FOLD: u64 = 0x2020_2020_2020_2020;

/// For each length, which of the last 24 bytes belong to it.
const MASKS: [[u64; 3]; READ + 1] = masks();

#[allow(
    clippy::indexing_slicing,
    reason = "const evaluation, checked by the compiler"
)]
const fn masks() -> [[u64; 3]; READ + 1] {
    let mut masks = [[0; 3]; READ + 1];
    let mut length = 0;
    while length <= READ {
        let mut byte = READ - length;
        while byte < READ {
            masks[length][byte / 8] |= 0xff << (byte % 8 * 8);
            byte += 1;
        }
        length += 1;
    }
    masks
}

#[inline(always)]
fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ (product >> 64) as u64
}

/// The key of the last two labels of a name, which are the `length` bytes before `end`.
#[inline(always)]
pub(super) fn of(text: &[u8], end: usize, length: usize) -> u64 {
    let [p0, ..] = PRIMES;
    longer(p0, text, end, length)
}

/// The key of a name from that of the labels to the right and one label more, the `length` bytes before `end`.
#[inline(always)]
pub(super) fn longer(key: u64, text: &[u8], end: usize, length: usize) -> u64 {
    let [_, p1, p2, _] = PRIMES;
    let [first, middle, last] = last_bytes(text, end);
    let mask = MASKS.get(length.min(READ)).copied().unwrap_or_default();
    let [first_mask, middle_mask, last_mask] = mask;
    let first = first & first_mask | FOLD;
    let middle = middle & middle_mask | FOLD;
    let last = last & last_mask | FOLD;
    mix(mix(last ^ key, middle ^ p1 ^ length as u64) ^ p2, first ^ key)
}

/// The last 24 bytes before `end`.
#[inline(always)]
fn last_bytes(text: &[u8], end: usize) -> [u64; 3] {
    match end.checked_sub(READ).and_then(|start| text.get(start..end)) {
        Some(bytes) => of_bytes(bytes),
        None => at_the_start(text, end),
    }
}

#[inline(always)]
fn of_bytes(bytes: &[u8]) -> [u64; 3] {
    let word = |from: usize| {
        let bytes = bytes
            .get(from..from + 8)
            .and_then(|bytes| bytes.first_chunk::<8>());
        bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes))
    };
    [word(0), word(8), word(16)]
}

#[cold]
fn at_the_start(text: &[u8], end: usize) -> [u64; 3] {
    let mut bytes = [0; READ];
    let there = text.get(..end).unwrap_or_default();
    for (to, from) in bytes.iter_mut().rev().zip(there.iter().rev()) {
        *to = *from;
    }
    of_bytes(&bytes)
}

/// The keys of a name, from that of its last two labels to its own. `visit` says whether to go on. Returns the last key.
#[inline]
pub(super) fn each(
    text: &[u8],
    start: usize,
    end: usize,
    mut visit: impl FnMut(u64, usize) -> bool,
) -> Option<u64> {
    let name = text.get(start..end).unwrap_or_default();
    let mut dots = memchr::memrchr_iter(b'.', name).skip(1);
    let mut dot = dots.next();
    let mut from = dot.map_or(start, |dot| start + dot + 1);
    let mut key = of(text, end, end - from);
    loop {
        if !visit(key, from) {
            return None;
        }
        // The label ends at the dot.
        let Some(label_end) = dot.map(|dot| start + dot) else {
            return Some(key);
        };
        dot = dots.next();
        from = dot.map_or(start, |dot| start + dot + 1);
        key = longer(key, text, label_end, label_end - from);
    }
}

/// Another key of the same name.
#[inline(always)]
pub(super) fn other(key: u64, salt: u64) -> u64 {
    mix(key ^ salt, 0x9e37_79b9_7f4a_7c15)
}

/// The key of an IPv4 address.
#[inline(always)]
pub(super) fn of_ipv4(address: u32) -> u64 {
    let [p0, p1, ..] = PRIMES;
    mix(u64::from(address) ^ p0, p1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str, start: usize, end: usize) -> Vec<u64> {
        let mut keys = Vec::new();
        let last = each(text.as_bytes(), start, end, |key, _| {
            keys.push(key);
            true
        });
        assert_eq!(last, keys.last().copied());
        keys
    }

    #[test]
    fn a_name_has_one_key_wherever_it_stands_and_however_it_is_written() {
        let long = "a-rather-long-name.with-some-more-labels.in-a-zone.example";
        for name in ["a.b", "evil.example", "0123456789.abcdef", long] {
            let expected = keys(name, 0, name.len());
            for before in ["", "x", "www.", "https://some.host/and/a/longer/text?u="] {
                let text = format!("{before}{}/after", name.to_uppercase());
                let found = keys(&text, before.len(), before.len() + name.len());
                assert_eq!(found, expected, "{text}");
            }
        }
    }

    #[test]
    fn every_ending_of_a_name_has_its_own_key() {
        let long = "a-rather-long-name.with-some-more-labels.in-a-zone.example";
        let all = keys(long, 0, long.len());
        assert_eq!(all.len(), 3);
        let own = |from: usize| keys(long, from, long.len()).last().copied();
        let different: std::collections::BTreeSet<_> = (0..long.len() - 9).map(own).collect();
        assert_eq!(different.len(), long.len() - 9);
        assert!(all.iter().all(|key| different.contains(&Some(*key))));
    }
}
