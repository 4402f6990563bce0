//! 64 bytes at once, with AVX-512.

#![allow(unsafe_code, reason = "instructions that the processor is asked for first")]

use std::arch::x86_64::{
    __m512i, _mm_loadu_si128, _mm512_add_epi16, _mm512_broadcast_i32x4, _mm512_castsi512_si256,
    _mm512_cmpeq_epi8_mask, _mm512_cmplt_epu8_mask, _mm512_cvtepu8_epi16, _mm512_loadu_si512,
    _mm512_maskz_compress_epi8, _mm512_movepi8_mask, _mm512_or_si512, _mm512_set1_epi8, _mm512_set1_epi16,
    _mm512_shuffle_epi8, _mm512_storeu_si512, _mm512_sub_epi8,
};

use super::sets::{AFTER, EDGE, MARKS, ODD};
use super::{Classify, MOST_PLACES, Order, Take, Word};

pub(crate) fn is_there() -> bool {
    super::avx2::is_there()
        && std::arch::is_x86_feature_detected!("avx512f")
        && std::arch::is_x86_feature_detected!("avx512bw")
        && std::arch::is_x86_feature_detected!("avx512vbmi2")
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
    fn read(self, number: usize, piece: &[u8; 64], to: &mut impl Take) {
        // SAFETY: the processor was asked for AVX-512 with byte instructions when `self` was made.
        let word = unsafe { of(load(piece)) };
        to.word(number, &word);
    }

    #[inline(always)]
    fn places<const OFTEN: usize>(self, base: u16, bits: u64, to: &mut [u16; MOST_PLACES]) {
        // SAFETY: the processor was asked for AVX-512 with byte instructions when `self` was made.
        unsafe { places(base, bits, to) }
    }

    #[inline(always)]
    fn numbers(self, text: &[u8; 16], order: &Order) -> u32 {
        // SAFETY: what has AVX-512 has AVX2, and the processor was asked for it when `self` was made.
        unsafe { super::avx2::numbers(text, order) }
    }
}

/// The number of each byte of a word.
static NUMBERS: [u8; 64] = numbers();

#[allow(
    clippy::indexing_slicing,
    reason = "const evaluation, checked by the compiler"
)]
const fn numbers() -> [u8; 64] {
    let mut numbers = [0; 64];
    let mut number = 0;
    while number < 64 {
        numbers[number] = number as u8;
        number += 1;
    }
    numbers
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi2")]
fn places(base: u16, bits: u64, to: &mut [u16; MOST_PLACES]) {
    let places = _mm512_maskz_compress_epi8(bits, load(&NUMBERS));
    let places = _mm512_cvtepu8_epi16(_mm512_castsi512_si256(places));
    let places = _mm512_add_epi16(places, _mm512_set1_epi16(base.cast_signed()));
    // SAFETY: 64 bytes are there; the store needs no alignment.
    unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), places) };
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
    // Of a set of bytes (`sets`) the one with the low bits of each byte.
    let nearest = |set: &[u8; 16]| _mm512_shuffle_epi8(table(set), bytes);
    let small = _mm512_or_si512(bytes, all(0x20));
    let digit = below(_mm512_sub_epi8(bytes, all(b'0')), 10);
    let letters = _mm512_sub_epi8(small, all(b'a'));
    let high = _mm512_movepi8_mask(bytes);
    Word {
        run: digit | below(letters, 26) | _mm512_cmpeq_epi8_mask(nearest(&MARKS), bytes) | high,
        dot: is(b'.'),
        digit,
        edge: _mm512_cmpeq_epi8_mask(nearest(&EDGE), bytes),
        hex: digit | below(letters, 6),
        colon: is(b':'),
        line: is(b'\n'),
        odd: _mm512_cmpeq_epi8_mask(nearest(&ODD), small) | high,
        after: _mm512_cmpeq_epi8_mask(nearest(&AFTER), small) | high,
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn table(set: &[u8; 16]) -> __m512i {
    // SAFETY: 16 bytes are there; the load needs no alignment.
    _mm512_broadcast_i32x4(unsafe { _mm_loadu_si128(set.as_ptr().cast()) })
}
