//! 64 bytes at once, with AVX-512.

#![allow(unsafe_code, reason = "instructions that the processor is asked for first")]

use std::arch::x86_64::{
    __m512i, _mm512_cmpeq_epi8_mask, _mm512_cmplt_epu8_mask, _mm512_loadu_si512, _mm512_movepi8_mask,
    _mm512_or_si512, _mm512_set1_epi8, _mm512_sub_epi8,
};

use super::{Classify, Word};

pub(crate) fn is_there() -> bool {
    super::avx2::is_there()
        && std::arch::is_x86_feature_detected!("avx512f")
        && std::arch::is_x86_feature_detected!("avx512bw")
}

/// Can be had only from [`Avx512::ask`], so that there is one only where the processor has the instructions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx512(());

impl Avx512 {
    pub(crate) fn ask() -> Option<Avx512> {
        is_there().then_some(Avx512(()))
    }
}

impl Classify for Avx512 {
    #[inline(always)]
    fn word(self, piece: &[u8; 64]) -> Word {
        // SAFETY: the processor was asked for AVX-512 with byte instructions when `self` was made.
        unsafe { of(load(piece)) }
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn load(bytes: &[u8; 64]) -> __m512i {
    // SAFETY: 64 bytes are there; the load needs no alignment.
    unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn of(bytes: __m512i) -> Word {
    let all = |byte: u8| _mm512_set1_epi8(byte.cast_signed());
    let is = |byte: u8| _mm512_cmpeq_epi8_mask(bytes, all(byte));
    let below = |moved, count: u8| _mm512_cmplt_epu8_mask(moved, all(count));
    let digit = below(_mm512_sub_epi8(bytes, all(b'0')), 10);
    let letters = _mm512_sub_epi8(_mm512_or_si512(bytes, all(0x20)), all(b'a'));
    let dot = is(b'.');
    let marks = dot | is(b'-');
    let high = _mm512_movepi8_mask(bytes);
    Word {
        run: digit | below(letters, 26) | marks | is(b'_') | high,
        dot,
        digit,
        edge: marks | is(b'\\') | is(b'%'),
        hex: digit | below(letters, 6),
        colon: is(b':'),
        line: is(b'\n'),
        odd: is(b'[') | is(b'(') | is(b'{') | is(b'#') | high,
    }
}
