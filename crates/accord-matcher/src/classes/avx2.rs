//! 32 bytes at once, with AVX2.

#![allow(unsafe_code, reason = "instructions that the processor is asked for first")]

use std::arch::x86_64::{
    __m256i, _mm256_add_epi8, _mm256_cmpeq_epi8, _mm256_cmpgt_epi8, _mm256_loadu_si256, _mm256_movemask_epi8,
    _mm256_or_si256, _mm256_set1_epi8,
};

use super::{Word, pieces};

pub(super) fn is_there() -> bool {
    // All processors with AVX2 have the others too; what is compiled for it uses them.
    std::arch::is_x86_feature_detected!("avx2")
        && std::arch::is_x86_feature_detected!("bmi1")
        && std::arch::is_x86_feature_detected!("bmi2")
        && std::arch::is_x86_feature_detected!("lzcnt")
        && std::arch::is_x86_feature_detected!("popcnt")
}

pub(super) fn classify(text: &[u8], words: &mut Vec<Word>) {
    if is_there() {
        // SAFETY: the processor has AVX2.
        unsafe { with_avx2(text, words) }
    } else {
        super::scalar::classify(text, words);
    }
}

#[target_feature(enable = "avx2")]
fn with_avx2(text: &[u8], words: &mut Vec<Word>) {
    pieces(text, |piece| {
        let (low, high) = piece.split_at(32);
        let low = of(load(low));
        let high = of(load(high));
        words.push(Word {
            run: join(low.run, high.run),
            dot: join(low.dot, high.dot),
            alnum: join(low.alnum, high.alnum),
            digit: join(low.digit, high.digit),
            colon: join(low.colon, high.colon),
            line: join(low.line, high.line),
            open: join(low.open, high.open),
            high: join(low.high, high.high),
        });
    });
}

struct Half {
    run: i32,
    dot: i32,
    alnum: i32,
    digit: i32,
    colon: i32,
    line: i32,
    open: i32,
    high: i32,
}

#[inline]
fn join(low: i32, high: i32) -> u64 {
    u64::from(low.cast_unsigned()) | u64::from(high.cast_unsigned()) << 32
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
fn of(bytes: __m256i) -> Half {
    let all = |byte: u8| _mm256_set1_epi8(byte.cast_signed());
    let is = |byte: u8| _mm256_cmpeq_epi8(bytes, all(byte));
    let or = |a, b| _mm256_or_si256(a, b);
    let mask = |bytes| _mm256_movemask_epi8(bytes);
    // From `first` on `count` bytes: moved to the lowest of the signed numbers, and compared with where they end.
    let range = |bytes, first: u8, count: u8| {
        let moved = _mm256_add_epi8(bytes, all(0x80u8.wrapping_sub(first)));
        _mm256_cmpgt_epi8(all(0x80u8.wrapping_add(count)), moved)
    };
    let digit = range(bytes, b'0', 10);
    // Letters of either case; none of the bytes above 0x7F becomes one.
    let letter = range(or(bytes, all(0x20)), b'a', 26);
    let alnum = or(digit, letter);
    let dot = is(b'.');
    let marks = or(dot, or(is(b'-'), is(b'_')));
    let open = or(is(b'{'), or(is(b'['), is(b'(')));
    // The highest bit says itself that a byte is above 0x7F.
    let run = or(or(alnum, marks), bytes);
    Half {
        run: mask(run),
        dot: mask(dot),
        alnum: mask(alnum),
        digit: mask(digit),
        colon: mask(is(b':')),
        line: mask(is(b'\n')),
        open: mask(open),
        high: mask(bytes),
    }
}
