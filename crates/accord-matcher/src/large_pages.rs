//! Asking the system for large pages.
//!
//! A processor keeps where some thousand pages lie; a filter or an index of millions of indicators has more pages of
//! 4 KiB than that, and a look at one that is not kept costs a walk through tables in memory, beside the look itself.

#![allow(unsafe_code, reason = "a call of the system that takes an address")]

/// Bytes of a large page (x86-64; AArch64 with pages of 4 KiB).
const LARGE: usize = 2 << 20;
/// Bytes of a page, whose multiples are advised on. Where pages are larger, nothing happens.
#[cfg(target_os = "linux")]
const PAGE: usize = 4096;
/// Linux 6.1 and later; `libc` does not know it everywhere.
#[cfg(target_os = "linux")]
const MADV_COLLAPSE: i32 = 25;

/// Asks that the memory of a slice, which has been written, lie in large pages. Changes nothing but the time that later
/// looks take; where the system has none, or no room for them, nothing.
pub fn prefer_large_pages<T>(memory: &[T]) {
    let bytes = size_of_val(memory);
    if bytes < LARGE {
        return;
    }
    #[cfg(target_os = "linux")]
    {
        let start = memory.as_ptr().addr();
        // The whole pages in which it lies: a neighbour in them is moved with it.
        let (from, to) = (start / PAGE * PAGE, (start + bytes).next_multiple_of(PAGE));
        for advice in [libc::MADV_HUGEPAGE, MADV_COLLAPSE] {
            // SAFETY: neither advice changes what memory holds or who may use it, wherever it is given: the first lets the
            // system take large pages, the second copies the content to them at once. The address is never looked at
            // here, and what cannot be done is an error, which changes nothing.
            let _ = unsafe { libc::madvise(std::ptr::without_provenance_mut(from), to - from, advice) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_keeps_what_it_holds() {
        for words in [0, 1, LARGE / 8 - 1, LARGE / 8, LARGE / 2 + 17] {
            let memory: Vec<u64> = (0..words as u64).collect();
            prefer_large_pages(&memory);
            assert!((0..).zip(&memory).all(|(number, word)| number == *word));
            prefer_large_pages(memory.get(1..).unwrap_or_default());
            assert!((0..).zip(&memory).all(|(number, word)| number == *word));
        }
    }
}
