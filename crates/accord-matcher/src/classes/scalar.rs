//! Byte by byte.

use super::{Word, pieces};
use crate::bytes::is_run;

pub(super) fn classify(text: &[u8], words: &mut Vec<Word>) {
    pieces(text, |piece| words.push(word(piece)));
}

fn word(piece: &[u8; 64]) -> Word {
    let mut word = Word::default();
    for (i, &byte) in piece.iter().enumerate() {
        let bit = |is: bool| u64::from(is) << i;
        word.run |= bit(is_run(byte));
        word.dot |= bit(byte == b'.');
        word.alnum |= bit(byte.is_ascii_alphanumeric());
        word.digit |= bit(byte.is_ascii_digit());
        word.colon |= bit(byte == b':');
        word.line |= bit(byte == b'\n');
        word.open |= bit(matches!(byte, b'[' | b'(' | b'{'));
        word.high |= bit(byte > 0x7f);
    }
    word
}
