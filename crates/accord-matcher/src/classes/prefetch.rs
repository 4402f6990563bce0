//! Asking for memory before it is needed.

#![allow(unsafe_code, reason = "an instruction that takes a pointer")]

/// Asks for the cache line of a value; changes nothing but the time that a later load takes.
#[inline]
pub fn prefetch<T>(value: &T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: the pointer is that of a live reference, the instruction reads nothing into the program, and every
    // processor of this architecture has it.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(value).cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = value;
}
