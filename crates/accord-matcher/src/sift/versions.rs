//! The pass over a part, compiled once for every set of instructions. The code is the same.
//!
//! Its loops are functions of their own: in one function they have more values than there are registers.

#![allow(unsafe_code, reason = "instructions that the processor is asked for first")]

use super::Sift;
use super::maps::CHUNK;
#[cfg(target_arch = "aarch64")]
use crate::classes::Neon;
#[cfg(target_arch = "x86_64")]
use crate::classes::{Avx2, Avx512};
use crate::classes::{Instructions, Scalar};
use crate::watchlist::Watchlist;

macro_rules! pass {
    ($name:ident, $by:ty $(, $features:literal)?) => {
        $(#[target_feature(enable = $features)])?
        fn $name(sift: &mut Sift, watchlist: &Watchlist, text: &[u8], by: $by) {
            #[inline(never)]
            $(#[target_feature(enable = $features)])?
            fn words(sift: &mut Sift, text: &[u8], start: usize, by: $by) {
                sift.words(text, start, by);
            }

            #[inline(never)]
            $(#[target_feature(enable = $features)])?
            fn ends(sift: &mut Sift, text: &[u8], start: usize, by: $by) {
                sift.ends(text, start, by);
            }

            #[inline(never)]
            $(#[target_feature(enable = $features)])?
            fn rare(sift: &mut Sift, watchlist: &Watchlist, text: &[u8], start: usize) {
                sift.rare(watchlist, text, start);
            }

            #[inline(never)]
            $(#[target_feature(enable = $features)])?
            fn names(sift: &mut Sift, watchlist: &Watchlist, text: &[u8], start: usize, by: $by) {
                sift.names(watchlist, text, start, by);
            }

            #[inline(never)]
            $(#[target_feature(enable = $features)])?
            fn numbers(sift: &mut Sift, watchlist: &Watchlist, text: &[u8], start: usize, by: $by) {
                sift.numbers(watchlist, text, start, by);
            }

            #[inline(never)]
            $(#[target_feature(enable = $features)])?
            fn ask(sift: &mut Sift, watchlist: &Watchlist, text: &[u8]) {
                sift.ask(watchlist, text);
            }

            for start in (0..text.len()).step_by(CHUNK) {
                words(sift, text, start, by);
                ends(sift, text, start, by);
                names(sift, watchlist, text, start, by);
                numbers(sift, watchlist, text, start, by);
                rare(sift, watchlist, text, start);
                ask(sift, watchlist, text);
                sift.maps.turn();
            }
        }
    };
}

pass!(with_scalar, Scalar);
#[cfg(target_arch = "x86_64")]
pass!(with_avx2, Avx2, "avx2,bmi1,bmi2,lzcnt,popcnt");
#[cfg(target_arch = "x86_64")]
pass!(
    with_avx512,
    Avx512,
    "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512vbmi2"
);
#[cfg(target_arch = "aarch64")]
pass!(with_neon, Neon);

pub(super) fn part(sift: &mut Sift, watchlist: &Watchlist, text: &[u8]) {
    sift.begin();
    match sift.instructions {
        Instructions::Scalar(by) => with_scalar(sift, watchlist, text, by),
        // SAFETY: that there is an `Avx2` says that the processor was asked for all of these.
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx2(by) => unsafe { with_avx2(sift, watchlist, text, by) },
        // SAFETY: that there is an `Avx512` says that the processor was asked for all of these.
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx512(by) => unsafe { with_avx512(sift, watchlist, text, by) },
        #[cfg(target_arch = "aarch64")]
        Instructions::Neon(by) => with_neon(sift, watchlist, text, by),
    }
    sift.finder.ask(watchlist);
}
