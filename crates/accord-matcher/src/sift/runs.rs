//! Runs with dots: what of them may be a name or an IPv4 address.

use crate::bytes::after_escape;
use crate::classes::{Classify, NOWHERE, Order};
use crate::sieve::Sieve;
use crate::sift::maps::{Before, CHUNK};

/// Most runs with dots of a chunk: a dot and another byte each, and one that ends with it.
pub(super) const MAX_RUNS: usize = CHUNK / 2 + 1;
/// Room for what may be a name, or an address: a run may have a second reading.
pub(super) const RUNS_ROOM: usize = 2 * MAX_RUNS;

/// What may be a name of an indicator.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Name {
    /// Of its last two labels.
    pub(super) key: u64,
    /// Past its last byte in the part.
    end: u32,
    length: u32,
}

impl Name {
    pub(super) fn start(&self) -> usize {
        (self.end - self.length) as usize
    }

    pub(super) fn end(&self) -> usize {
        self.end as usize
    }
}

/// What may be an IPv4 address, and where in the part it begins.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Address {
    pub(super) value: u32,
    pub(super) start: u32,
}

/// The address that the `length` bytes before `end` are: four decimal numbers with three dots, the last byte's bit
/// highest. What is none at the end (leading zeros, 256) costs a probe.
#[inline(always)]
fn ipv4(text: &[u8], end: usize, length: u32, dots: u64, by: impl Classify) -> Option<u32> {
    let last = LAST_DOTS.get((dots >> (64 - DOTS_WITHIN)) as usize)?;
    // The digits before the first dot, of one that has three.
    let first = dots.trailing_zeros().wrapping_sub(64 - length);
    let order = usize::from(*last).checked_sub(1)? * 3 + first.wrapping_sub(1).min(3) as usize;
    if first.wrapping_sub(1) > 2 {
        return None;
    }
    let order = ORDERS.get(order)?;
    let bytes = end
        .checked_sub(LONGEST)
        .and_then(|start| text.get(start..end)?.first_chunk());
    Some(match bytes {
        Some(bytes) => by.numbers(bytes, order),
        None => by.numbers(&at_the_start(text, end), order),
    })
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

/// Names and addresses of a chunk, to be asked about. What they will be asked of is asked for from memory.
#[derive(Debug, Clone)]
pub(super) struct Runs {
    names: Vec<Name>,
    addresses: Vec<Address>,
    name_count: usize,
    address_count: usize,
}

impl Default for Runs {
    fn default() -> Runs {
        Runs {
            names: vec![Name::default(); RUNS_ROOM],
            addresses: vec![Address::default(); RUNS_ROOM],
            name_count: 0,
            address_count: 0,
        }
    }
}

/// A run that ends at `end` of a text, of which `before` tells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    pub(super) end: usize,
    pub(super) before: Before,
}

impl Run {
    /// None where it is too long.
    #[inline(always)]
    fn length(&self) -> Option<u32> {
        let length = self.before.run.leading_ones();
        (length < Before::KNOWN).then_some(length)
    }
}

impl Runs {
    pub(super) fn clear(&mut self) {
        (self.name_count, self.address_count) = (0, 0);
    }

    pub(super) fn names(&self) -> &[Name] {
        self.names.get(..self.name_count).unwrap_or_default()
    }

    pub(super) fn addresses(&self) -> &[Address] {
        self.addresses.get(..self.address_count).unwrap_or_default()
    }

    /// Notes a run whose last label is no number and may be an indicator's. Answers "no" to one that is too long.
    #[inline(always)]
    pub(super) fn take_name(&mut self, text: &[u8], sieve: &Sieve, run: Run, by: impl Classify) -> bool {
        let Some(length) = run.length() else {
            return false;
        };
        if run.before.is_plain(length) {
            self.note_name(text, sieve, run, length);
        } else {
            self.at_an_edge(text, sieve, run, length, by);
        }
        true
    }

    /// The same of a run whose last label is a number: it may be an address.
    #[inline(always)]
    pub(super) fn take_number(&mut self, text: &[u8], sieve: &Sieve, run: Run, by: impl Classify) -> bool {
        let Some(length) = run.length() else {
            return false;
        };
        if run.before.is_plain(length) {
            self.note_address(text, sieve, run, length, by);
        } else {
            self.at_an_edge(text, sieve, run, length, by);
        }
        true
    }

    /// Notes a trimmed run that may be a name.
    #[inline(always)]
    fn note_name(&mut self, text: &[u8], sieve: &Sieve, Run { end, before }: Run, length: u32) {
        let label = before.dot.leading_zeros();
        if !sieve.last().may_be(text, end, label) {
            return;
        }
        let others = before.dot & !(1 << 63 >> (label & 63));
        let last_two = others.leading_zeros().min(length);
        let key = Sieve::key(text, end, last_two as usize);
        sieve.prefetch_name(key);
        if let Some(place) = self.names.get_mut(self.name_count) {
            *place = Name {
                key,
                end: end as u32,
                length,
            };
        }
        self.name_count += 1;
    }

    /// Notes a trimmed run that may be an address.
    #[inline(always)]
    fn note_address(
        &mut self,
        text: &[u8],
        sieve: &Sieve,
        Run { end, before }: Run,
        length: u32,
        by: impl Classify,
    ) {
        // The dots of the run alone: three of them.
        let dots = before.dot & !u64::MAX.checked_shr(length).unwrap_or(0);
        let only_digits = (before.digit | before.dot).leading_ones() >= length;
        if only_digits
            && dots.count_ones() == 3
            && length <= 15
            && let Some(value) = ipv4(text, end, length, dots, by)
        {
            sieve.prefetch_ipv4(value);
            if let Some(place) = self.addresses.get_mut(self.address_count) {
                *place = Address {
                    value,
                    start: end as u32 - length,
                };
            }
            self.address_count += 1;
        }
    }

    /// A run to trim, or with a second reading.
    #[cold]
    fn at_an_edge(&mut self, text: &[u8], sieve: &Sieve, run: Run, length: u32, by: impl Classify) {
        let start = run.end - length as usize;
        self.trimmed(text, sieve, run, length, by);
        let after = run.before.edge << (length & 63);
        if after >> 63 != 0
            && let Some(second) = after_escape(text, start, run.end)
        {
            self.trimmed(text, sieve, run, (run.end - second) as u32, by);
        }
    }

    fn trimmed(&mut self, text: &[u8], sieve: &Sieve, run: Run, length: u32, by: impl Classify) {
        let Run { end, before } = run;
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
        let run = Run { end, before };
        if before.digit.leading_ones() >= label {
            self.note_address(text, sieve, run, length, by);
        } else {
            self.note_name(text, sieve, run, length);
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
                let dots = (0..text.len()).fold(0, |bits, place| bits | dots(place) << (63 - place));
                let expected = parts.iter().fold(0, |all, part| all << 8 | part);
                let found = ipv4(line.as_bytes(), line.len(), text.len() as u32, dots, Scalar);
                assert_eq!(found, Some(expected), "{line}");
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
            let dots = (0..text.len()).fold(0, |bits, place| bits | dots(place) << (63 - place));
            let length = text.len() as u32;
            assert_eq!(
                ipv4(text.as_bytes(), text.len(), length, dots, Scalar),
                None,
                "{text}"
            );
        }
    }
}
