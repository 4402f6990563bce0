//! 64 bytes at once, with AVX-512.

#![allow(unsafe_code, reason = "instructions that the processor is asked for first")]

use std::arch::x86_64::{
    __m512i, _mm512_cmpeq_epi8_mask, _mm512_cmplt_epu8_mask, _mm512_loadu_si512, _mm512_movepi8_mask,
    _mm512_or_si512, _mm512_set1_epi8, _mm512_sub_epi8,
};

use super::{Word, pieces};

pub(super) fn is_there() -> bool {
    super::avx2::is_there() && std::arch::is_x86_feature_detected!("avx512bw")
}

pub(super) fn classify(text: &[u8], words: &mut Vec<Word>) {
    if is_there() {
        // SAFETY: the processor has AVX-512 with byte instructions (and with them the foundation).
        unsafe { with_avx512(text, words) }
    } else {
        super::scalar::classify(text, words);
    }
}

#[target_feature(enable = "avx512f,avx512bw")]
fn with_avx512(text: &[u8], words: &mut Vec<Word>) {
    pieces(text, |piece| words.push(of(load(piece))));
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
    let range =
        |bytes, first: u8, count: u8| _mm512_cmplt_epu8_mask(_mm512_sub_epi8(bytes, all(first)), all(count));
    let digit = range(bytes, b'0', 10);
    let letter = range(_mm512_or_si512(bytes, all(0x20)), b'a', 26);
    let dot = is(b'.');
    let high = _mm512_movepi8_mask(bytes);
    Word {
        run: digit | letter | dot | is(b'-') | is(b'_') | high,
        dot,
        alnum: digit | letter,
        digit,
        colon: is(b':'),
        line: is(b'\n'),
        open: is(b'[') | is(b'(') | is(b'{'),
        high,
    }
}
