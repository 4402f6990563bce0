//! Byte by byte: what every processor can do, and what the others are compared with.

use super::{Classify, Take, Word};

#[derive(Debug, Clone, Copy)]
pub(crate) struct Scalar;

impl Classify for Scalar {
    #[inline]
    fn read(self, number: usize, piece: &[u8; 64], to: &mut impl Take) {
        let mut word = Word::default();
        for (i, &byte) in piece.iter().enumerate() {
            let set = |is: bool| u64::from(is) << i;
            let high = byte > 0x7f;
            let mark = matches!(byte, b'.' | b'-');
            word.run |= set(byte.is_ascii_alphanumeric() || mark || byte == b'_' || high);
            word.dot |= set(byte == b'.');
            word.digit |= set(byte.is_ascii_digit());
            word.edge |= set(mark || matches!(byte, b'\\' | b'%' | b'#'));
            word.hex |= set(byte.is_ascii_hexdigit());
            word.colon |= set(byte == b':');
            word.line |= set(byte == b'\n');
            // Without regard to bit 5, by which letters and brackets differ.
            let small = byte | 0x20;
            word.odd |= set(high || matches!(small, b'{' | b'('));
            word.after |= set(high || matches!(small, b'.' | b':' | b'`' | b'a' | b'd'));
        }
        to.word(number, &word);
    }
}
