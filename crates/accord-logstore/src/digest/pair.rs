//! Blocks of two messages digested at once, by the instructions that x86-64 has for SHA-256 where the processor has them.
//! The steps are those of the `sha2` crate for one message, twice side by side.

#![allow(unsafe_code, reason = "instructions that the processor is asked for first")]

use sha2::block_api::compress256;

use super::frames::BLOCK;

/// Takes as many blocks of the one as of the other.
pub(super) fn compress_pair(
    one: &mut [u32; 8],
    of_one: &[[u8; BLOCK]],
    other: &mut [u32; 8],
    of_other: &[[u8; BLOCK]],
) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("sha")
        && is_x86_feature_detected!("ssse3")
        && is_x86_feature_detected!("sse4.1")
    {
        // SAFETY: the processor was asked for all of these.
        unsafe { x86::compress_pair(one, of_one, other, of_other) };
        return;
    }
    compress256(one, of_one);
    compress256(other, of_other);
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m128i, _mm_add_epi32, _mm_alignr_epi8, _mm_extract_epi32, _mm_set_epi32, _mm_set_epi64x,
        _mm_sha256msg1_epu32, _mm_sha256msg2_epu32, _mm_sha256rnds2_epu32, _mm_shuffle_epi8,
        _mm_shuffle_epi32,
    };

    use super::BLOCK;

    /// The constants of sixteen rounds each, by fours (FIPS 180-4, 4.2.2).
    const K: [[[u32; 4]; 4]; 4] = [
        [
            [0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5],
            [0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5],
            [0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3],
            [0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174],
        ],
        [
            [0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc],
            [0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da],
            [0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7],
            [0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967],
        ],
        [
            [0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13],
            [0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85],
            [0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3],
            [0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070],
        ],
        [
            [0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5],
            [0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3],
            [0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208],
            [0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2],
        ],
    ];

    /// The state of one message.
    #[derive(Clone, Copy)]
    struct Lane {
        abef: __m128i,
        cdgh: __m128i,
    }

    #[target_feature(enable = "sha,ssse3,sse4.1")]
    pub(super) fn compress_pair(
        one: &mut [u32; 8],
        of_one: &[[u8; BLOCK]],
        other: &mut [u32; 8],
        of_other: &[[u8; BLOCK]],
    ) {
        let [k_first, k_rest @ ..] = &K;
        let (mut a, mut b) = (start(one), start(other));
        for (block_a, block_b) in of_one.iter().zip(of_other) {
            let before = (a, b);
            let [mut a0, mut a1, mut a2, mut a3] = words(block_a);
            let [mut b0, mut b1, mut b2, mut b3] = words(block_b);
            let [k0, k1, k2, k3] = k_first;
            rounds((&mut a, a0), (&mut b, b0), k0);
            rounds((&mut a, a1), (&mut b, b1), k1);
            rounds((&mut a, a2), (&mut b, b2), k2);
            rounds((&mut a, a3), (&mut b, b3), k3);
            for [k0, k1, k2, k3] in k_rest {
                (a0, b0) = (next(a0, a1, a2, a3), next(b0, b1, b2, b3));
                rounds((&mut a, a0), (&mut b, b0), k0);
                (a1, b1) = (next(a1, a2, a3, a0), next(b1, b2, b3, b0));
                rounds((&mut a, a1), (&mut b, b1), k1);
                (a2, b2) = (next(a2, a3, a0, a1), next(b2, b3, b0, b1));
                rounds((&mut a, a2), (&mut b, b2), k2);
                (a3, b3) = (next(a3, a0, a1, a2), next(b3, b0, b1, b2));
                rounds((&mut a, a3), (&mut b, b3), k3);
            }
            for (lane, before) in [(&mut a, before.0), (&mut b, before.1)] {
                lane.abef = _mm_add_epi32(lane.abef, before.abef);
                lane.cdgh = _mm_add_epi32(lane.cdgh, before.cdgh);
            }
        }
        (*one, *other) = (end(a), end(b));
    }

    /// Four rounds of each, with four words of its schedule.
    #[inline]
    #[target_feature(enable = "sha,ssse3,sse4.1")]
    fn rounds((a, of_a): (&mut Lane, __m128i), (b, of_b): (&mut Lane, __m128i), k: &[u32; 4]) {
        let [k0, k1, k2, k3] = *k;
        let k = _mm_set_epi32(k3 as i32, k2 as i32, k1 as i32, k0 as i32);
        let (of_a, of_b) = (_mm_add_epi32(of_a, k), _mm_add_epi32(of_b, k));
        a.cdgh = _mm_sha256rnds2_epu32(a.cdgh, a.abef, of_a);
        b.cdgh = _mm_sha256rnds2_epu32(b.cdgh, b.abef, of_b);
        let (of_a, of_b) = (_mm_shuffle_epi32(of_a, 0x0e), _mm_shuffle_epi32(of_b, 0x0e));
        a.abef = _mm_sha256rnds2_epu32(a.abef, a.cdgh, of_a);
        b.abef = _mm_sha256rnds2_epu32(b.abef, b.cdgh, of_b);
    }

    /// The next four words of a schedule, by the sixteen before.
    #[inline]
    #[target_feature(enable = "sha,ssse3,sse4.1")]
    fn next(w0: __m128i, w1: __m128i, w2: __m128i, w3: __m128i) -> __m128i {
        let sum = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4));
        _mm_sha256msg2_epu32(sum, w3)
    }

    #[inline]
    #[target_feature(enable = "ssse3")]
    fn words(block: &[u8; BLOCK]) -> [__m128i; 4] {
        let order = _mm_set_epi64x(0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203);
        let pairs = block.as_chunks::<16>().0.iter();
        let mut words = [order; 4];
        for (word, bytes) in words.iter_mut().zip(pairs) {
            let both = u128::from_le_bytes(*bytes);
            let both = _mm_set_epi64x((both >> 64) as i64, both as i64);
            *word = _mm_shuffle_epi8(both, order);
        }
        words
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn start([a, b, c, d, e, f, g, h]: &[u32; 8]) -> Lane {
        let four = |w: u32, x: u32, y: u32, z: u32| _mm_set_epi32(w as i32, x as i32, y as i32, z as i32);
        Lane {
            abef: four(*a, *b, *e, *f),
            cdgh: four(*c, *d, *g, *h),
        }
    }

    #[inline]
    #[target_feature(enable = "sse4.1")]
    fn end(lane: Lane) -> [u32; 8] {
        let Lane { abef, cdgh } = lane;
        [
            _mm_extract_epi32(abef, 3) as u32,
            _mm_extract_epi32(abef, 2) as u32,
            _mm_extract_epi32(cdgh, 3) as u32,
            _mm_extract_epi32(cdgh, 2) as u32,
            _mm_extract_epi32(abef, 1) as u32,
            _mm_extract_epi32(abef, 0) as u32,
            _mm_extract_epi32(cdgh, 1) as u32,
            _mm_extract_epi32(cdgh, 0) as u32,
        ]
    }
}
