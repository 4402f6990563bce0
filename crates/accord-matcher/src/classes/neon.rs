//! 16 bytes at once, with NEON, which every 64-bit ARM processor has.

#![allow(unsafe_code, reason = "loads from pointers")]

use std::arch::aarch64::{
    uint8x16_t, vaddv_u8, vandq_u8, vceqq_u8, vcltq_u8, vdupq_n_u8, vget_high_u8, vget_low_u8, vld1q_u8,
    vorrq_u8, vqtbl1q_u8, vreinterpretq_s8_u8, vreinterpretq_u8_s8, vshrq_n_s8, vsubq_u8,
};

use super::sets::{AFTER, EDGE, MARKS, ODD};
use super::{Classify, Take, Word};

#[derive(Debug, Clone, Copy)]
pub(crate) struct Neon;

impl Classify for Neon {
    #[inline(always)]
    fn read(self, number: usize, piece: &[u8; 64], to: &mut impl Take) {
        let mut word = Word::default();
        let (quarters, _) = piece.as_chunks::<16>();
        for (place, quarter) in quarters.iter().enumerate() {
            add(&mut word, 16 * place, quarter);
        }
        to.word(number, &word);
    }
}

#[inline]
fn add(word: &mut Word, shift: usize, bytes: &[u8; 16]) {
    // SAFETY: 16 bytes are there; NEON is part of the base of this architecture.
    unsafe {
        let bytes = vld1q_u8(bytes.as_ptr());
        let is = |byte: u8| vceqq_u8(bytes, vdupq_n_u8(byte));
        let below = |moved, count: u8| vcltq_u8(moved, vdupq_n_u8(count));
        let or = |a, b| vorrq_u8(a, b);
        let digit = below(vsubq_u8(bytes, vdupq_n_u8(b'0')), 10);
        let small = or(bytes, vdupq_n_u8(0x20));
        let letters = vsubq_u8(small, vdupq_n_u8(b'a'));
        // Of a set of bytes (`sets`) the one with the low bits of each byte; none for a byte above 0x7F.
        let low = vandq_u8(bytes, vdupq_n_u8(0x8f));
        let nearest = |set: &[u8; 16]| vqtbl1q_u8(vld1q_u8(set.as_ptr()), low);
        let high = vreinterpretq_u8_s8(vshrq_n_s8::<7>(vreinterpretq_s8_u8(bytes)));
        let marks = vceqq_u8(nearest(&MARKS), bytes);
        let bits = |mask| u64::from(mask16(mask)) << shift;
        word.run |= bits(or(or(digit, below(letters, 26)), or(marks, high)));
        word.dot |= bits(is(b'.'));
        word.digit |= bits(digit);
        word.edge |= bits(vceqq_u8(nearest(&EDGE), bytes));
        word.hex |= bits(or(digit, below(letters, 6)));
        word.colon |= bits(is(b':'));
        word.line |= bits(is(b'\n'));
        word.odd |= bits(or(vceqq_u8(nearest(&ODD), small), high));
        word.after |= bits(or(vceqq_u8(nearest(&AFTER), small), high));
    }
}

/// One bit of each byte, all of whose bits are alike.
#[inline]
fn mask16(bytes: uint8x16_t) -> u16 {
    const BITS: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128];
    // SAFETY: 16 bytes are there; NEON is part of the base of this architecture.
    unsafe {
        let kept = vandq_u8(bytes, vld1q_u8(BITS.as_ptr()));
        let (low, high) = (vaddv_u8(vget_low_u8(kept)), vaddv_u8(vget_high_u8(kept)));
        u16::from(low) | u16::from(high) << 8
    }
}
