//! Byte by byte: what every processor can do, and what the others are compared with.

use super::{Classify, Word};

#[derive(Debug, Clone, Copy)]
pub(crate) struct Scalar;

impl Classify for Scalar {
    #[inline]
    fn word(self, piece: &[u8; 64]) -> Word {
        let mut word = Word::default();
        for (i, &byte) in piece.iter().enumerate() {
            let set = |is: bool| u64::from(is) << i;
            let high = byte > 0x7f;
            let mark = matches!(byte, b'.' | b'-');
            word.run |= set(byte.is_ascii_alphanumeric() || mark || byte == b'_' || high);
            word.dot |= set(byte == b'.');
            word.digit |= set(byte.is_ascii_digit());
            word.edge |= set(mark || matches!(byte, b'\\' | b'%'));
            word.hex |= set(byte.is_ascii_hexdigit());
            word.colon |= set(byte == b':');
            word.line |= set(byte == b'\n');
            word.odd |= set(high || matches!(byte, b'[' | b'(' | b'{' | b'#'));
        }
        word
    }
}
