//! Runs with dots: what of them may be a name or an IPv4 address.

use crate::bytes::after_escape;
use crate::sieve::Sieve;
use crate::sift::maps::{Before, CHUNK};

/// Most runs with dots of a chunk: a dot and another byte each, and one that ends with it.
pub(super) const MAX_RUNS: usize = CHUNK / 2 + 1;
/// Room for what may be a name, or an address: a run may have a second reading.
pub(super) const RUNS_ROOM: usize = 2 * MAX_RUNS;

/// What may be a name or an address: a trimmed run with a dot.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Run {
    /// Its dots, the last byte's bit highest. What stands before the run has bits too.
    dots: u64,
    /// Past its last byte in the part.
    end: u32,
    length: u32,
}

impl Run {
    #[inline(always)]
    fn new(end: usize, length: u32, before: Before) -> Run {
        Run {
            dots: before.dot,
            end: end as u32,
            length,
        }
    }

    pub(super) fn start(&self) -> usize {
        (self.end - self.length) as usize
    }

    pub(super) fn end(&self) -> usize {
        self.end as usize
    }

    /// The key of its last two labels.
    #[inline(always)]
    pub(super) fn key(&self, text: &[u8]) -> u64 {
        let last = self.dots.leading_zeros();
        let others = self.dots & !(1 << 63 >> (last & 63));
        let length = others.leading_zeros().min(self.length);
        Sieve::key(text, self.end as usize, length as usize)
    }

    /// The address that the run is: four decimal numbers with three dots. What is none at the end (leading zeros, 256)
    /// costs a probe.
    #[inline(always)]
    pub(super) fn ipv4(&self, text: &[u8]) -> Option<u32> {
        let end = self.end as usize;
        match end
            .checked_sub(LONGEST)
            .and_then(|start| text.get(start..end)?.first_chunk())
        {
            Some(bytes) => self.ipv4_in(bytes),
            None => self.ipv4_at_the_start(text),
        }
    }

    #[cold]
    fn ipv4_at_the_start(&self, text: &[u8]) -> Option<u32> {
        let mut bytes = [0; LONGEST];
        let there = text.get(..self.end as usize).unwrap_or_default();
        for (to, from) in bytes.iter_mut().rev().zip(there.iter().rev()) {
            *to = *from;
        }
        self.ipv4_in(&bytes)
    }

    #[inline(always)]
    fn ipv4_in(&self, bytes: &[u8; LONGEST]) -> Option<u32> {
        // Which of the four bytes before a dot are of its number, by its length.
        const DIGITS: [u32; 4] = [0, 0x0f00_0000, 0x0f0f_0000, 0x0f0f_0f00];
        // Ones as they are, tens and hundreds as many times, all added up in the highest byte.
        const WEIGHTS: u32 = 100 << 16 | 10 << 8 | 1;
        let (mut dots, mut from, mut left) = (self.dots, LONGEST - 4, self.length);
        let (mut address, mut wrong) = (0u32, false);
        for place in 0..4 {
            let length = dots.leading_zeros().min(left);
            let four = bytes.get(from..).and_then(|bytes| bytes.first_chunk::<4>());
            let digits = four.map_or(0, |four| u32::from_le_bytes(*four));
            let mask = DIGITS.get(length as usize & 3).copied().unwrap_or(0);
            let number = (digits & mask).wrapping_mul(WEIGHTS) >> 24;
            address |= number << (8 * place);
            wrong |= length.wrapping_sub(1) > 2;
            dots = dots << 1 << (length & 63);
            from = from.wrapping_sub(length as usize + 1);
            left = left.wrapping_sub(length + 1);
        }
        (!wrong).then_some(address)
    }
}

/// Bytes that are looked at for an address: the 15 that it has at most, and some before.
const LONGEST: usize = 20;

/// Names and addresses of a chunk, to be asked about.
#[derive(Debug, Clone)]
pub(super) struct Runs {
    names: Vec<Run>,
    addresses: Vec<Run>,
    name_count: usize,
    address_count: usize,
}

impl Default for Runs {
    fn default() -> Runs {
        let room = vec![Run::default(); RUNS_ROOM];
        Runs {
            names: room.clone(),
            addresses: room,
            name_count: 0,
            address_count: 0,
        }
    }
}

impl Runs {
    pub(super) fn clear(&mut self) {
        (self.name_count, self.address_count) = (0, 0);
    }

    pub(super) fn names(&self) -> &[Run] {
        self.names.get(..self.name_count).unwrap_or_default()
    }

    pub(super) fn addresses(&self) -> &[Run] {
        self.addresses.get(..self.address_count).unwrap_or_default()
    }

    /// Notes the run that ends at `end` of the part, of which `before` tells, where its last label is no number. Answers
    /// "no" to one that is too long.
    #[inline(always)]
    pub(super) fn take_name(&mut self, text: &[u8], end: usize, before: Before) -> bool {
        let length = before.run.leading_ones();
        if length >= Before::KNOWN {
            return false;
        }
        if before.is_plain(length) {
            self.note_name(end, length, before);
        } else {
            self.at_an_edge(text, end, length, before);
        }
        true
    }

    /// The same of a run whose last label is a number: it may be an address.
    #[inline(always)]
    pub(super) fn take_number(&mut self, text: &[u8], end: usize, before: Before) -> bool {
        let length = before.run.leading_ones();
        if length >= Before::KNOWN {
            return false;
        }
        if before.is_plain(length) {
            self.note_address(end, length, before);
        } else {
            self.at_an_edge(text, end, length, before);
        }
        true
    }

    #[inline(always)]
    fn note_name(&mut self, end: usize, length: u32, before: Before) {
        if let Some(place) = self.names.get_mut(self.name_count) {
            *place = Run::new(end, length, before);
        }
        self.name_count += 1;
    }

    /// Notes a trimmed run that may be an address, without a branch on what it is.
    #[inline(always)]
    fn note_address(&mut self, end: usize, length: u32, before: Before) {
        // The dots of the run alone: three of them.
        let dots = before.dot.checked_shr(64 - length).unwrap_or(0);
        let only_digits = (before.digit | before.dot).leading_ones() >= length;
        if let Some(place) = self.addresses.get_mut(self.address_count) {
            *place = Run::new(end, length, before);
        }
        self.address_count += usize::from(only_digits & (dots.count_ones() == 3) & (length <= 15));
    }

    /// A run to trim, or with a second reading.
    #[cold]
    fn at_an_edge(&mut self, text: &[u8], end: usize, length: u32, before: Before) {
        let start = end - length as usize;
        self.trimmed(end, length, before);
        let after = before.edge << (length & 63);
        if after >> 63 != 0
            && let Some(second) = after_escape(text, start, end)
        {
            self.trimmed(end, (end - second) as u32, before);
        }
    }

    fn trimmed(&mut self, end: usize, length: u32, before: Before) {
        // Within the run the edges are the bytes to trim.
        let last = before.edge.leading_ones().min(length);
        let before = before.without(last);
        let (end, mut length) = (end - last as usize, length - last);
        while length > 0 && before.edge << (length - 1) >> 63 != 0 {
            length -= 1;
        }
        let label = before.dot.leading_zeros();
        if label >= length {
            return;
        }
        if before.digit.leading_ones() >= label {
            self.note_address(end, length, before);
        } else {
            self.note_name(end, length, before);
        }
    }
}
