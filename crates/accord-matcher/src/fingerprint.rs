//! 64-bit fingerprints of canonical values: rapidhash V3 with its default seed, which is stable across platforms.
//!
//! They are never trusted alone: a survivor is compared with the stored text.

use rapidhash::v3::rapidhash_v3;

/// The fingerprint of a name, an e-mail address or a hash: of its canonical bytes.
#[inline]
pub(crate) fn of_text(canonical: &[u8]) -> u64 {
    rapidhash_v3(canonical)
}

/// The fingerprint of a network of `prefix` bits (of 128; an address is its own network of 128). IPv4 counts as mapped.
#[inline]
pub(crate) fn of_network(bits: u128, prefix: u8) -> u64 {
    let mut key = [0; 17];
    let (address, length) = key.split_at_mut(16);
    address.copy_from_slice(&mask(bits, prefix).to_be_bytes());
    length.fill(prefix);
    rapidhash_v3(&key)
}

/// The leading `prefix` bits, the others 0.
#[inline]
pub(crate) fn mask(bits: u128, prefix: u8) -> u128 {
    match prefix {
        0 => 0,
        1..=127 => bits & (u128::MAX << (128 - u32::from(prefix))),
        _ => bits,
    }
}

/// Walks the places at which a URL indicator can end within the tail of a URL: before `/`, `?` and `#`, after `/`, and
/// at the end. Gives each end (bytes of the tail) with the fingerprint of `host` and the tail up to it. The fingerprint
/// is chained from piece to piece, so that the walk is linear. Stops at ends beyond `longest`.
pub(crate) fn url_ends(host: &[u8], tail: &[u8], longest: usize, mut visit: impl FnMut(usize, u64)) {
    let mut chained = rapidhash_v3(host);
    let mut piece_start = 0;
    for end in 1..=tail.len().min(longest) {
        let before = matches!(tail.get(end), None | Some(b'/' | b'?' | b'#'));
        let after = tail.get(end - 1) == Some(&b'/');
        if before || after {
            let piece = rapidhash_v3(tail.get(piece_start..end).unwrap_or_default());
            let mut link = [0; 16];
            let (left, right) = link.split_at_mut(8);
            left.copy_from_slice(&chained.to_le_bytes());
            right.copy_from_slice(&piece.to_le_bytes());
            chained = rapidhash_v3(&link);
            piece_start = end;
            visit(end, chained);
        }
    }
}

/// The fingerprint of a whole URL in canonical form.
pub(crate) fn of_url(canonical: &[u8]) -> u64 {
    let (host, tail) = split_url(canonical);
    let mut last = 0;
    url_ends(host, tail, tail.len(), |_, fingerprint| last = fingerprint);
    last
}

/// A canonical URL as host with port, and the rest from its first `/`, `?` or `#`.
pub(crate) fn split_url(canonical: &[u8]) -> (&[u8], &[u8]) {
    let at = canonical
        .iter()
        .position(|b| matches!(b, b'/' | b'?' | b'#'))
        .unwrap_or(canonical.len());
    canonical.split_at_checked(at).unwrap_or((canonical, &[]))
}
