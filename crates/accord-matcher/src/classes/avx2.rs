//! 32 bytes at once, with AVX2.

#![allow(unsafe_code, reason = "instructions that the processor is asked for first")]

use std::arch::x86_64::{
    __m128i, __m256i, _mm_and_si128, _mm_cvtsi128_si32, _mm_loadu_si128, _mm_madd_epi16, _mm_maddubs_epi16,
    _mm_set1_epi8, _mm_set1_epi16, _mm_set1_epi32, _mm_setr_epi8, _mm_shuffle_epi8, _mm256_add_epi8,
    _mm256_broadcastsi128_si256, _mm256_cmpeq_epi8, _mm256_cmpgt_epi8, _mm256_loadu_si256, _mm256_or_si256,
    _mm256_set1_epi8, _mm256_shuffle_epi8,
};

use super::sets::{AFTER, EDGE, MARKS, ODD};
use super::{Classify, Order, Take, Word};

pub(crate) fn is_there() -> bool {
    // All processors with AVX2 have the others too; what is compiled for it uses them.
    std::arch::is_x86_feature_detected!("avx2")
        && std::arch::is_x86_feature_detected!("bmi1")
        && std::arch::is_x86_feature_detected!("bmi2")
        && std::arch::is_x86_feature_detected!("lzcnt")
        && std::arch::is_x86_feature_detected!("popcnt")
}

/// Can be had only from [`Avx2::ask`], so that there is one only where the processor has the instructions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx2(());

impl Avx2 {
    pub(crate) fn ask() -> Option<Avx2> {
        is_there().then_some(Avx2(()))
    }
}

impl Classify for Avx2 {
    #[inline(always)]
    fn read(self, number: usize, piece: &[u8; 64], to: &mut impl Take) {
        let (low, high) = piece.split_at(32);
        for (place, half) in [low, high].into_iter().enumerate() {
            // SAFETY: the processor was asked for AVX2 when `self` was made.
            let half = unsafe { of(load(half)) };
            to.half(2 * number + place, &half);
        }
    }

    #[inline(always)]
    fn numbers(self, text: &[u8; 16], order: &Order) -> u32 {
        // SAFETY: the processor was asked for AVX2 when `self` was made.
        unsafe { numbers(text, order) }
    }
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn numbers(text: &[u8; 16], order: &Order) -> u32 {
    // What stands nowhere becomes 0.
    let digits = _mm_and_si128(load_16(text), _mm_set1_epi8(15));
    let digits = _mm_shuffle_epi8(digits, load_16(order));
    // 100, 10, 1 and 0 times, and the sums of two and two.
    let pairs = _mm_maddubs_epi16(digits, _mm_set1_epi32(0x0001_0a64));
    let numbers = _mm_madd_epi16(pairs, _mm_set1_epi16(1));
    let lowest = _mm_setr_epi8(0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
    _mm_cvtsi128_si32(_mm_shuffle_epi8(numbers, lowest)).cast_unsigned()
}

#[inline]
#[target_feature(enable = "avx2")]
fn load_16(bytes: &[u8; 16]) -> __m128i {
    // SAFETY: 16 bytes are there; the load needs no alignment.
    unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) }
}

/// The highest bit of each byte, as `_mm256_movemask_epi8` has it. Of that one the compiler (Rust 1.95) knows what it
/// does, and where two are joined it makes hundreds of instructions of them, byte by byte.
#[inline]
#[target_feature(enable = "avx2")]
fn highest_bits(bytes: __m256i) -> u32 {
    let bits: u32;
    // SAFETY: one instruction of AVX2, from one register to another.
    unsafe {
        std::arch::asm!(
            "vpmovmskb {bits:e}, {bytes}",
            bits = lateout(reg) bits,
            bytes = in(ymm_reg) bytes,
            options(pure, nomem, nostack, preserves_flags)
        );
    }
    bits
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(bytes: &[u8]) -> __m256i {
    debug_assert_eq!(bytes.len(), 32);
    // SAFETY: both halves of a piece of 64 bytes are 32 bytes long; the load needs no alignment.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn of(bytes: __m256i) -> Word<u32> {
    let all = |byte: u8| _mm256_set1_epi8(byte.cast_signed());
    let is = |byte: u8| _mm256_cmpeq_epi8(bytes, all(byte));
    let or = |a, b| _mm256_or_si256(a, b);
    let mask = |bytes| highest_bits(bytes);
    // Moved so that `first` is the lowest of the signed numbers; then the range ends where a comparison says.
    let from = |bytes, first: u8| _mm256_add_epi8(bytes, all(0x80u8.wrapping_sub(first)));
    let below = |moved, count: u8| _mm256_cmpgt_epi8(all(0x80u8.wrapping_add(count)), moved);
    // Of a set of bytes (`sets`) the one with the low bits of each byte.
    let nearest = |set: &[u8; 16]| _mm256_shuffle_epi8(table(set), bytes);
    let small = or(bytes, all(0x20));
    let digit = below(from(bytes, b'0'), 10);
    // Letters of either case; none of the bytes above 0x7F becomes one.
    let letters = from(small, b'a');
    let alnum = or(digit, below(letters, 26));
    let marks = _mm256_cmpeq_epi8(nearest(&MARKS), bytes);
    let edge = _mm256_cmpeq_epi8(nearest(&EDGE), bytes);
    let odd = _mm256_cmpeq_epi8(nearest(&ODD), small);
    let after = _mm256_cmpeq_epi8(nearest(&AFTER), small);
    // The highest bit says itself that a byte is above 0x7F.
    Word {
        run: mask(or(or(alnum, marks), bytes)),
        dot: mask(is(b'.')),
        digit: mask(digit),
        edge: mask(edge),
        hex: mask(or(digit, below(letters, 6))),
        colon: mask(is(b':')),
        line: mask(is(b'\n')),
        odd: mask(or(odd, bytes)),
        after: mask(or(after, bytes)),
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn table(set: &[u8; 16]) -> __m256i {
    _mm256_broadcastsi128_si256(load_16(set))
}
