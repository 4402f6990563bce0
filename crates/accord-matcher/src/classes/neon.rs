//! 16 bytes at once, with NEON, which every 64-bit ARM processor has.

#![allow(unsafe_code, reason = "loads from pointers")]

use std::arch::aarch64::{
    uint8x16_t, vaddv_u8, vandq_u8, vceqq_u8, vcltq_u8, vdupq_n_u8, vget_high_u8, vget_low_u8, vld1q_u8,
    vorrq_u8, vreinterpretq_s8_u8, vreinterpretq_u8_s8, vshrq_n_s8, vsubq_u8,
};

use super::{Word, pieces};

pub(super) fn classify(text: &[u8], words: &mut Vec<Word>) {
    pieces(text, |piece| {
        let (quarters, _) = piece.as_chunks::<16>();
        let mut word = Word::default();
        for (number, quarter) in quarters.iter().enumerate() {
            add(&mut word, 16 * number, quarter);
        }
        words.push(word);
    });
}

fn add(word: &mut Word, shift: usize, bytes: &[u8; 16]) {
    // SAFETY: 16 bytes are there; NEON is part of the base of this architecture.
    unsafe {
        let bytes = vld1q_u8(bytes.as_ptr());
        let is = |byte: u8| vceqq_u8(bytes, vdupq_n_u8(byte));
        let range =
            |bytes, first: u8, count: u8| vcltq_u8(vsubq_u8(bytes, vdupq_n_u8(first)), vdupq_n_u8(count));
        let digit = range(bytes, b'0', 10);
        let letter = range(vorrq_u8(bytes, vdupq_n_u8(0x20)), b'a', 26);
        let alnum = vorrq_u8(digit, letter);
        let dot = is(b'.');
        let high = vreinterpretq_u8_s8(vshrq_n_s8::<7>(vreinterpretq_s8_u8(bytes)));
        let marks = vorrq_u8(dot, vorrq_u8(is(b'-'), is(b'_')));
        let open = vorrq_u8(is(b'{'), vorrq_u8(is(b'['), is(b'(')));
        let bits = |mask| u64::from(mask16(mask)) << shift;
        word.run |= bits(vorrq_u8(vorrq_u8(alnum, marks), high));
        word.dot |= bits(dot);
        word.alnum |= bits(alnum);
        word.digit |= bits(digit);
        word.colon |= bits(is(b':'));
        word.line |= bits(is(b'\n'));
        word.open |= bits(open);
        word.high |= bits(high);
    }
}

/// One bit of each byte, all of whose bits are alike.
fn mask16(bytes: uint8x16_t) -> u16 {
    const BITS: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128];
    // SAFETY: 16 bytes are there; NEON is part of the base of this architecture.
    unsafe {
        let kept = vandq_u8(bytes, vld1q_u8(BITS.as_ptr()));
        let (low, high) = (vaddv_u8(vget_low_u8(kept)), vaddv_u8(vget_high_u8(kept)));
        u16::from(low) | u16::from(high) << 8
    }
}
