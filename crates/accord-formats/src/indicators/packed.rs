//! Gzip around a source.

use std::borrow::Cow;
use std::io::Read;

/// The bytes without gzip around them; `None` where they are longer than `most`, or broken off.
pub fn unpacked(bytes: &[u8], most: usize) -> Option<Cow<'_, [u8]>> {
    if !bytes.starts_with(&[0x1f, 0x8b, 8]) {
        return (bytes.len() <= most).then_some(Cow::Borrowed(bytes));
    }
    let mut out = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let mut reader = flate2::read::MultiGzDecoder::new(bytes).take(limit);
    match reader.read_to_end(&mut out) {
        Ok(_) if out.len() <= most => Some(Cow::Owned(out)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        out.write_all(bytes).unwrap();
        out.finish().unwrap()
    }

    #[test]
    fn plain_packed_and_bombs() {
        assert_eq!(unpacked(b"a", 1).as_deref(), Some(&b"a"[..]));
        assert!(unpacked(b"ab", 1).is_none());
        let good = packed(b"evil.example\n");
        assert_eq!(unpacked(&good, 13).as_deref(), Some(&b"evil.example\n"[..]));
        assert!(unpacked(&good, 12).is_none(), "one byte past the limit");
        assert!(
            unpacked(&packed(&vec![b'a'; 1 << 20]), 1 << 10).is_none(),
            "a bomb"
        );
        assert!(unpacked(&good[..good.len() - 9], 100).is_none(), "broken off");
    }
}
