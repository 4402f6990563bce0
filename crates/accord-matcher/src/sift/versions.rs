//! The pass over a part, compiled once for every set of instructions. The code is the same.

#![allow(unsafe_code, reason = "instructions that the processor is asked for first")]

use super::Sift;
use crate::classes::Instructions;
#[cfg(target_arch = "x86_64")]
use crate::classes::{Avx2, Avx512};
use crate::watchlist::Watchlist;

pub(super) fn part(sift: &mut Sift, watchlist: &Watchlist, text: &[u8]) {
    match sift.instructions {
        Instructions::Scalar(by) => sift.part(watchlist, text, by),
        // SAFETY: that there is an `Avx2` says that the processor was asked for all of these.
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx2(by) => unsafe { with_avx2(sift, watchlist, text, by) },
        // SAFETY: that there is an `Avx512` says that the processor was asked for all of these.
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx512(by) => unsafe { with_avx512(sift, watchlist, text, by) },
        #[cfg(target_arch = "aarch64")]
        Instructions::Neon(by) => sift.part(watchlist, text, by),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn with_avx2(sift: &mut Sift, watchlist: &Watchlist, text: &[u8], by: Avx2) {
    sift.part(watchlist, text, by);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw")]
fn with_avx512(sift: &mut Sift, watchlist: &Watchlist, text: &[u8], by: Avx512) {
    sift.part(watchlist, text, by);
}
