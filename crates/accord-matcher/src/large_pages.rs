//! Asking the system for large pages.
//!
//! A processor keeps where some thousand pages lie; a filter or an index of millions of indicators has more pages of
//! 4 KiB than that, and a look at one that is not kept costs a walk through tables in memory, beside the look itself.

#![allow(unsafe_code, reason = "a call of the system that takes an address")]

use std::ops::Range;

use bytes::Bytes;

/// Bytes of a large page (x86-64; AArch64 with pages of 4 KiB).
const LARGE: usize = 2 << 20;
/// Bytes of a page, whose multiples are advised on. Where pages are larger, nothing happens.
#[cfg(target_os = "linux")]
const PAGE: usize = 4096;
/// Linux 6.1 and later; `libc` does not know it everywhere.
#[cfg(target_os = "linux")]
const MADV_COLLAPSE: i32 = 25;

/// Room for some parts, one after the other, in large pages where it fills any and the system has them. What does not fill
/// one lies in small ones, so that no memory is taken beyond the parts.
#[derive(Debug)]
pub(crate) struct Room<const PARTS: usize> {
    memory: Vec<u8>,
    parts: [Range<usize>; PARTS],
}

impl<const PARTS: usize> Room<PARTS> {
    /// Zeros.
    pub(crate) fn new(lengths: [usize; PARTS]) -> Room<PARTS> {
        let bytes: usize = lengths.iter().sum();
        let is_large = bytes >= LARGE;
        // Zeros that nobody has touched take no memory yet.
        let memory = vec![0; if is_large { bytes + LARGE } else { bytes }];
        let mut end = 0;
        if is_large {
            end = memory.as_ptr().align_offset(LARGE).min(LARGE);
            prefer_large_pages(memory.get(end..end + bytes).unwrap_or_default());
        }
        let parts = lengths.map(|length| {
            let start = end;
            end += length;
            start..end
        });
        Room { memory, parts }
    }

    /// Whether parts of these lengths fill large pages.
    pub(crate) fn is_large(lengths: [usize; PARTS]) -> bool {
        lengths.iter().sum::<usize>() >= LARGE
    }

    /// The parts, to be filled.
    pub(crate) fn each(&mut self, mut fill: impl FnMut(usize, &mut [u8])) {
        for (number, range) in self.parts.iter().enumerate() {
            fill(number, self.memory.get_mut(range.clone()).unwrap_or_default());
        }
    }

    /// The parts, as they will stay.
    pub(crate) fn finish(self) -> [Bytes; PARTS] {
        let memory = Bytes::from(self.memory);
        self.parts.map(|range| memory.slice(range))
    }
}

/// Asks that the memory of a slice lie in large pages, what has been written of it at once, the rest when it is. Changes nothing but the time that later
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
    fn parts_hold_what_was_put_into_them() {
        for lengths in [
            [0, 0, 0],
            [5, 0, 7],
            [LARGE + 16, 0, 2 * LARGE + 24],
            [LARGE - 1, 0, 0],
        ] {
            let mut room = Room::new(lengths);
            let mut number = 0u8;
            room.each(|part, bytes| {
                assert!(bytes.len() == lengths[part] && bytes.iter().all(|&byte| byte == 0));
                number += 1;
                bytes.fill(number);
            });
            let parts = room.finish();
            assert_eq!(Room::is_large(lengths), lengths[0] > LARGE);
            if Room::is_large(lengths) {
                assert_eq!(parts[0].as_ptr().align_offset(LARGE), 0);
            }
            for (part, (number, length)) in parts.iter().zip((1..).zip(lengths)) {
                assert!(part.len() == length && part.iter().all(|&byte| byte == number));
            }
        }
    }

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
