//! Runs with dots: what of them may be a name or an IPv4 address.

use crate::bytes::after_escape;
use crate::classes::{Classify, NOWHERE, Order};
use crate::sieve::{LastLabels, Sieve};
use crate::sift::maps::{Before, CHUNK};

/// Most runs with dots of a chunk: a dot and another byte each, and one that ends with it.
pub(super) const MAX_RUNS: usize = CHUNK / 2 + 1;
/// Room for what may be a name, or an address: a run may have a second reading.
pub(super) const RUNS_ROOM: usize = 2 * MAX_RUNS;

/// What may be a name or an address: a trimmed run with a dot.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Run {
    /// Its dots, the last byte's bit highest. What stands before a name has bits too.
    dots: u64,
    /// Past its last byte in the part.
    end: u32,
    length: u32,
}

impl Run {
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
    pub(super) fn ipv4(&self, text: &[u8], by: impl Classify) -> Option<u32> {
        let last = LAST_DOTS.get((self.dots >> (64 - DOTS_WITHIN)) as usize)?;
        // The digits before the first dot, of one that has three.
        let first = self.dots.trailing_zeros().wrapping_sub(64 - self.length);
        let order = usize::from(*last).checked_sub(1)? * 3 + first.wrapping_sub(1).min(3) as usize;
        if first.wrapping_sub(1) > 2 {
            return None;
        }
        let order = ORDERS.get(order)?;
        let end = self.end as usize;
        let bytes = end
            .checked_sub(LONGEST)
            .and_then(|start| text.get(start..end)?.first_chunk());
        Some(match bytes {
            Some(bytes) => by.numbers(bytes, order),
            None => by.numbers(&at_the_start(text, end), order),
        })
    }
}

#[cold]
fn at_the_start(text: &[u8], end: usize) -> [u8; LONGEST] {
    let mut bytes = [0; LONGEST];
    let there = text.get(..end).unwrap_or_default();
    for (to, from) in bytes.iter_mut().rev().zip(there.iter().rev()) {
        *to = *from;
    }
    bytes
}

/// Bytes that are looked at for an address: the 15 that it has at most.
const LONGEST: usize = 16;

/// The three dots of an address are among its last bytes, so many.
const DOTS_WITHIN: u32 = 12;

/// For what dots there are among the last bytes, the last one's bit highest: how long the last three numbers are, as the
/// number of a triple of [`ORDERS`], from 1. 0 is none of an address.
static LAST_DOTS: [u8; 1 << DOTS_WITHIN] = last_dots();

/// Where the digits are, for every length of the last number, the one before it, the one before that and the first.
static ORDERS: [Order; 81] = orders();

#[allow(
    clippy::indexing_slicing,
    reason = "const evaluation, checked by the compiler"
)]
const fn last_dots() -> [u8; 1 << DOTS_WITHIN] {
    let mut table = [0; 1 << DOTS_WITHIN];
    let mut triple = 0;
    while triple < 27 {
        let (fourth, third, second) = (triple / 9 + 1, triple / 3 % 3 + 1, triple % 3 + 1);
        let last = 1 << (DOTS_WITHIN - 1) >> fourth;
        let dots = last | last >> (third + 1) | last >> (third + second + 2);
        table[dots as usize] = triple as u8 + 1;
        triple += 1;
    }
    table
}

#[allow(
    clippy::indexing_slicing,
    reason = "const evaluation, checked by the compiler"
)]
const fn orders() -> [Order; 81] {
    let mut orders = [[NOWHERE; 16]; 81];
    let mut number = 0;
    while number < 81 {
        let lengths = [
            number / 27 + 1,
            number / 9 % 3 + 1,
            number / 3 % 3 + 1,
            number % 3 + 1,
        ];
        let (mut place, mut part) = (LONGEST, 0);
        while part < 4 {
            let mut digit = 0;
            while digit < lengths[part] {
                place -= 1;
                orders[number][4 * part + 2 - digit] = place as u8;
                digit += 1;
            }
            // The dot; before the first number there may be nothing.
            place = place.saturating_sub(1);
            part += 1;
        }
        number += 1;
    }
    orders
}

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

    /// Notes the run that ends at `end` of the part, of which `before` tells, where its last label is no number and may be
    /// an indicator's. Answers "no" to one that is too long.
    #[inline(always)]
    pub(super) fn take_name(&mut self, text: &[u8], last: &LastLabels, end: usize, before: Before) -> bool {
        let length = before.run.leading_ones();
        if length >= Before::KNOWN {
            return false;
        }
        if before.is_plain(length) {
            self.note_name(text, last, end, length, before);
        } else {
            self.at_an_edge(text, last, end, length, before);
        }
        true
    }

    /// The same of a run whose last label is a number: it may be an address.
    #[inline(always)]
    pub(super) fn take_number(&mut self, text: &[u8], last: &LastLabels, end: usize, before: Before) -> bool {
        let length = before.run.leading_ones();
        if length >= Before::KNOWN {
            return false;
        }
        if before.is_plain(length) {
            self.note_address(end, length, before);
        } else {
            self.at_an_edge(text, last, end, length, before);
        }
        true
    }

    #[inline(always)]
    fn note_name(&mut self, text: &[u8], last: &LastLabels, end: usize, length: u32, before: Before) {
        if let Some(place) = self.names.get_mut(self.name_count) {
            *place = Run {
                dots: before.dot,
                end: end as u32,
                length,
            };
        }
        let label = before.dot.leading_zeros();
        self.name_count += usize::from(last.may_be(text, end, label));
    }

    /// Notes a trimmed run that may be an address, without a branch on what it is.
    #[inline(always)]
    fn note_address(&mut self, end: usize, length: u32, before: Before) {
        // The dots of the run alone: three of them.
        let dots = before.dot & !u64::MAX.checked_shr(length).unwrap_or(0);
        let only_digits = (before.digit | before.dot).leading_ones() >= length;
        if let Some(place) = self.addresses.get_mut(self.address_count) {
            *place = Run {
                dots,
                end: end as u32,
                length,
            };
        }
        self.address_count += usize::from(only_digits & (dots.count_ones() == 3) & (length <= 15));
    }

    /// A run to trim, or with a second reading.
    #[cold]
    fn at_an_edge(&mut self, text: &[u8], known: &LastLabels, end: usize, length: u32, before: Before) {
        let start = end - length as usize;
        self.trimmed(text, known, end, length, before);
        let after = before.edge << (length & 63);
        if after >> 63 != 0
            && let Some(second) = after_escape(text, start, end)
        {
            self.trimmed(text, known, end, (end - second) as u32, before);
        }
    }

    fn trimmed(&mut self, text: &[u8], known: &LastLabels, end: usize, length: u32, before: Before) {
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
            self.note_name(text, known, end, length, before);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classes::Scalar;

    #[test]
    fn addresses_of_every_length_in_every_place() {
        let numbers = [0u32, 7, 10, 99, 100, 255];
        let four = (0..6usize.pow(4)).map(|i| [i % 6, i / 6 % 6, i / 36 % 6, i / 216].map(|i| numbers[i]));
        for parts in four {
            let text = parts.map(|part| part.to_string()).join(".");
            for before in [0, 1, 9] {
                let line = format!("{}{text}", "a.2.3.4 ".repeat(2).split_off(16 - before));
                let dots = |place: usize| u64::from(line.as_bytes()[line.len() - 1 - place] == b'.');
                let run = Run {
                    dots: (0..text.len()).fold(0, |bits, place| bits | dots(place) << (63 - place)),
                    end: line.len() as u32,
                    length: text.len() as u32,
                };
                let expected = parts.iter().fold(0, |all, part| all << 8 | part);
                assert_eq!(run.ipv4(line.as_bytes(), Scalar), Some(expected), "{line}");
            }
        }
    }

    #[test]
    fn three_dots_are_not_always_an_address() {
        for text in [
            "1.2.3.4444",
            "1.2.3333.4",
            "1.2222.3.4",
            "1111.2.3.4",
            "1..3.4",
            ".1.2.3",
            "1.2.3",
        ] {
            let dots = |place: usize| u64::from(text.as_bytes()[text.len() - 1 - place] == b'.');
            let run = Run {
                dots: (0..text.len()).fold(0, |bits, place| bits | dots(place) << (63 - place)),
                end: text.len() as u32,
                length: text.len() as u32,
            };
            assert_eq!(run.ipv4(text.as_bytes(), Scalar), None, "{text}");
        }
    }
}
