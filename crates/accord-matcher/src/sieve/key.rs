//! Keys of the probing pass: 64 bits of a host name, read where it stands, upper and lower case alike.
//!
//! Not the fingerprints of the watchlist: two names may have one key (`_` and DEL are one, for example), so that a key
//! says "no" or "perhaps".

const PRIMES: [u64; 4] = [
    0xa076_1d64_78bd_642f,
    0xe703_7ed1_a0b4_28db,
    0x8ebc_6af0_9c88_c6e3,
    0x5899_65cc_7537_4cc3,
];

/// Sets bit 5 of every byte: letters become small, digits and `-` and `.` stay.
const FOLD: u64 = 0x2020_2020_2020_2020;

#[inline(always)]
fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ (product >> 64) as u64
}

/// The key of `text[from..end]`.
#[inline(always)]
pub(super) fn of(text: &[u8], from: usize, end: usize) -> u64 {
    let length = end.saturating_sub(from);
    let (low, high) = last_16(text, end, length);
    let [p0, p1, p2, p3] = PRIMES;
    let mut key = mix(low ^ p0 ^ length as u64, high ^ p1);
    if length > 16 {
        let mut left = length - 16;
        while left > 0 {
            let (low, high) = last_16(text, from + left, left);
            key = mix(low ^ key, high ^ p2);
            left = left.saturating_sub(16);
        }
    }
    mix(key ^ p2, p3)
}

/// The last 16 bytes before `end`, or as many as `length` says, folded.
#[inline(always)]
fn last_16(text: &[u8], end: usize, length: usize) -> (u64, u64) {
    let value = match end.checked_sub(16).and_then(|start| text.get(start..end)) {
        Some(bytes) => bytes
            .first_chunk::<16>()
            .map_or(0, |bytes| u128::from_le_bytes(*bytes)),
        None => {
            let mut bytes = [0; 16];
            let there = text.get(..end).unwrap_or_default();
            for (to, from) in bytes.iter_mut().rev().zip(there.iter().rev()) {
                *to = *from;
            }
            u128::from_le_bytes(bytes)
        }
    };
    // What stands before the name falls out below.
    let value = value >> (8 * 16usize.saturating_sub(length));
    ((value as u64) | FOLD, ((value >> 64) as u64) | FOLD)
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

    #[test]
    fn a_name_has_one_key_wherever_it_stands_and_however_it_is_written() {
        let long = "a-rather-long-name.with-some-more-labels.in-a-zone.example";
        for name in ["a.b", "evil.example", "0123456789.abcdef", long] {
            let key = of(name.as_bytes(), 0, name.len());
            for before in ["", "x", "www.", "https://some.host/and/a/longer/text?u="] {
                let text = format!("{before}{}/after", name.to_uppercase());
                assert_eq!(
                    of(text.as_bytes(), before.len(), before.len() + name.len()),
                    key,
                    "{text}"
                );
            }
        }
        let keys: std::collections::BTreeSet<u64> = (0..long.len())
            .map(|from| of(long.as_bytes(), from, long.len()))
            .collect();
        assert_eq!(keys.len(), long.len());
    }
}
