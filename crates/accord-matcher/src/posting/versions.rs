//! The pass over a line, compiled once for every set of instructions. The code is the same.

#![allow(unsafe_code, reason = "instructions that the processor is asked for first")]

use super::KeySink;
use super::pass::Pass;
#[cfg(target_arch = "aarch64")]
use crate::classes::Neon;
#[cfg(target_arch = "x86_64")]
use crate::classes::{Avx2, Avx512};
use crate::classes::{Instructions, Scalar};

macro_rules! version {
    ($name:ident, $by:ty $(, $features:literal)?) => {
        $(#[target_feature(enable = $features)])?
        fn $name(pass: Pass<'_>, sink: &mut impl KeySink, by: $by) -> bool {
            pass.read(sink, by)
        }
    };
}

version!(with_scalar, Scalar);
#[cfg(target_arch = "x86_64")]
version!(with_avx2, Avx2, "avx2,bmi1,bmi2,lzcnt,popcnt");
#[cfg(target_arch = "x86_64")]
version!(
    with_avx512,
    Avx512,
    "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512vbmi2"
);
#[cfg(target_arch = "aarch64")]
version!(with_neon, Neon);

#[inline]
pub(super) fn line(instructions: Instructions, pass: Pass<'_>, sink: &mut impl KeySink) -> bool {
    match instructions {
        Instructions::Scalar(by) => with_scalar(pass, sink, by),
        // SAFETY: that there is an `Avx2` says that the processor was asked for all of these.
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx2(by) => unsafe { with_avx2(pass, sink, by) },
        // SAFETY: that there is an `Avx512` says that the processor was asked for all of these.
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx512(by) => unsafe { with_avx512(pass, sink, by) },
        #[cfg(target_arch = "aarch64")]
        Instructions::Neon(by) => with_neon(pass, sink, by),
    }
}
