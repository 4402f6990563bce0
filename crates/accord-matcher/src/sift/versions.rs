//! The pass over a part, compiled once for what every processor has and once for what the usual ones have beside
//! (counting bits, finding the first and the last, shifting by any count). The code is the same.

#![allow(unsafe_code, reason = "instructions that the processor is asked for first")]

use super::Sift;
use crate::classes::Instructions;
use crate::watchlist::Watchlist;

pub(super) fn part(sift: &mut Sift, watchlist: &Watchlist, text: &[u8]) {
    #[cfg(target_arch = "x86_64")]
    if sift.instructions != Instructions::Scalar && sift.instructions.is_there() {
        // SAFETY: the processor was asked for all of these when the set of instructions was found to be there.
        return unsafe { with_bits(sift, watchlist, text) };
    }
    sift.part(watchlist, text);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn with_bits(sift: &mut Sift, watchlist: &Watchlist, text: &[u8]) {
    sift.part(watchlist, text);
}
