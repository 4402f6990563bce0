//! The probing pass: which lines of a block an indicator may hit. Says "perhaps" too often now and then, and never "no"
//! to a line that holds one.
//!
//! It goes from the dots of the text, as the bitmaps of `classes` know them, to the runs around them, and asks the sieve
//! about each run that looks like a name or an IPv4 address. What is rare is left to `token`, the single definition of
//! what stands in a line: lines with defanged forms or bytes beyond ASCII, runs of 64 bytes and more, IPv6 addresses,
//! hashes, second readings after an escape.

#[cfg(test)]
mod tests;
mod versions;

use std::net::IpAddr;
use std::sync::Arc;

use crate::bytes::{after_escape, at, cut, is_outer, is_run, stretch, trim_run};
use crate::classes::{Classes, Instructions};
use crate::fingerprint::{of_network, of_text};
use crate::host::bits;
use crate::line::suffixes;
use crate::sieve::Sieve;
use crate::token::{Found, Scratch, email, hashes, host_run, outer_run, walk};
use crate::view::ViewBuffer;
use crate::watchlist::Watchlist;

/// A text is looked at in parts of about so many bytes, so that its bitmaps stay in the nearest cache.
const PART: usize = 16 << 10;
/// Fewest `:` of an IPv6 address without `::` (six groups and an IPv4 address).
const COLONS_OF_IPV6: usize = 6;

/// A run that may be a name: trimmed, with the key of its last two labels.
#[derive(Debug, Clone, Copy)]
struct Name {
    key: u64,
    start: u32,
    end: u32,
}

/// An IPv4 address and where it stands.
#[derive(Debug, Clone, Copy)]
struct Ipv4 {
    address: u32,
    start: u32,
}

/// See the module. Keeps its room from block to block.
#[derive(Debug, Clone)]
pub(crate) struct Sift {
    sieve: Arc<Sieve>,
    instructions: Instructions,
    classes: Classes,
    names: Vec<Name>,
    addresses: Vec<Ipv4>,
    finder: Finder,
}

/// What asks the watchlist itself.
#[derive(Debug, Clone, Default)]
struct Finder {
    buffer: ViewBuffer,
    scratch: Scratch,
    /// Fingerprints and where in the part they are from.
    probes: Vec<(u64, u32)>,
    /// Places in the part, of lines to read in full.
    marks: Vec<u32>,
}

/// A line of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line {
    /// Its number in the block, from 0.
    pub(crate) number: usize,
    /// Its first byte in the block.
    pub(crate) start: usize,
    /// Past its last byte, without the LF.
    pub(crate) end: usize,
}

impl Sift {
    pub(crate) fn new(watchlist: &Watchlist) -> Sift {
        Sift::with(watchlist, Instructions::best())
    }

    pub(crate) fn with(watchlist: &Watchlist, instructions: Instructions) -> Sift {
        Sift {
            sieve: watchlist.sieve().clone(),
            instructions,
            classes: Classes::default(),
            names: Vec::new(),
            addresses: Vec::new(),
            finder: Finder::default(),
        }
    }

    /// Replaces `lines` by those of the block that must be read in full, in their order: what an indicator may hit, and
    /// headers. Returns how many lines the block has.
    pub(crate) fn block(&mut self, watchlist: &Watchlist, block: &[u8], lines: &mut Vec<Line>) -> usize {
        lines.clear();
        let (mut number, mut position) = (0, 0);
        while position < block.len() {
            let wanted = cut(block, position.saturating_add(PART), block.len());
            let end = match memchr::memchr(b'\n', wanted) {
                Some(more) => position + PART + more + 1,
                None => block.len(),
            };
            let part = cut(block, position, end);
            versions::part(self, watchlist, part);
            number += self.lines(part, number, position, lines);
            position = end;
        }
        number
    }

    /// Marks the places of a part of whole lines. Made anew for every set of instructions (`versions`).
    #[inline(always)]
    fn part(&mut self, watchlist: &Watchlist, text: &[u8]) {
        self.classes.read(text, self.instructions);
        self.names.clear();
        self.addresses.clear();
        self.finder.marks.clear();
        if text.first() == Some(&b'#') {
            self.finder.marks.push(0);
        }
        self.rare(watchlist, text);
        self.dotted(watchlist, text);
        self.ask(watchlist, text);
        self.finder.ask(watchlist);
    }

    /// Everything but runs with dots.
    #[inline(always)]
    fn rare(&mut self, watchlist: &Watchlist, text: &[u8]) {
        let Sift { classes, finder, .. } = self;
        // Whether a colon and letters and digits after it reach up to the word.
        let (mut after_colon, mut in_group) = (0u64, false);
        // What is looked at already.
        let (mut slow_to, mut ipv6_to, mut hash_to) = (0, 0, 0);
        for (number, word) in classes.words() {
            let base = (number - 1) * 64;
            let mut lines = word.line;
            while lines != 0 {
                let position = base + lines.trailing_zeros() as usize;
                lines &= lines - 1;
                if at(text, position + 1) == Some(b'#') {
                    finder.marks.push((position + 1) as u32);
                }
            }
            let mut odd = word.open | word.high;
            while odd != 0 {
                let position = base + odd.trailing_zeros() as usize;
                odd &= odd - 1;
                if position < slow_to || !may_be_odd(text, position) {
                    continue;
                }
                let start = memchr::memrchr(b'\n', cut(text, 0, position)).map_or(0, |before| before + 1);
                slow_to = memchr::memchr(b'\n', cut(text, position, text.len()))
                    .map_or(text.len(), |more| position + more);
                finder.line(watchlist, cut(text, start, slow_to), start);
            }
            // Colons after a colon with nothing but letters and digits between them.
            let begins = word.colon << 1 | after_colon;
            let (sum, over) = word.alnum.overflowing_add(begins & word.alnum);
            let (sum, over_too) = sum.overflowing_add(u64::from(in_group));
            in_group = over | over_too;
            after_colon = word.colon >> 63;
            let mut pairs = ((sum & !word.alnum) | begins) & word.colon;
            while pairs != 0 {
                let position = base + pairs.trailing_zeros() as usize;
                pairs &= pairs - 1;
                if position >= ipv6_to {
                    ipv6_to = finder.ipv6(watchlist, text, position);
                }
            }
            // Most of a run may stand in the next word.
            let next = classes.window((number + 1) * 64, |word| word.alnum);
            let may_be_long =
                long_runs(word.alnum) != 0 || (word.alnum >> 63 != 0 && next & 0xffff == 0xffff);
            let mut long = if may_be_long {
                runs_of_32(u128::from(word.alnum) | u128::from(next) << 64)
            } else {
                0
            };
            while long != 0 {
                let position = base + long.trailing_zeros() as usize;
                long &= long - 1;
                if position >= hash_to {
                    hash_to = finder.hash(watchlist, text, position);
                }
            }
        }
    }

    /// Runs with dots: names and IPv4 addresses.
    #[inline(always)]
    fn dotted(&mut self, watchlist: &Watchlist, text: &[u8]) {
        let Sift {
            sieve,
            classes,
            names,
            addresses,
            finder,
            ..
        } = self;
        let run = |position| classes.window(position, |word| word.run);
        let mut done = 0;
        for (number, word) in classes.words() {
            let mut dots = word.dot;
            if done > number * 64 {
                dots = match done - number * 64 {
                    inside @ 1..=63 => dots & (u64::MAX << inside),
                    _ => 0,
                };
            }
            while dots != 0 {
                let dot = number * 64 + dots.trailing_zeros() as usize;
                let before = (!run(dot - 64)).leading_zeros() as usize;
                let start = dot - before;
                let length = (!run(start)).trailing_zeros() as usize;
                let end = if before < 64 && length < 64 {
                    let mask = (1 << length) - 1;
                    let inside = classes.window(start, |word| word.dot) & mask;
                    let digits = classes.window(start, |word| word.digit) & mask;
                    let span = Run {
                        start: start - Classes::BEFORE,
                        length,
                        dots: inside,
                        others: mask & !inside & !digits,
                    };
                    span.take(text, sieve, names, addresses);
                    if matches!(at(text, span.start.wrapping_sub(1)), Some(b'\\' | b'%')) {
                        second(text, sieve, (span.start, span.start + length), names, addresses);
                    }
                    start + length
                } else {
                    let start = dot - Classes::BEFORE;
                    Classes::BEFORE + finder.long(watchlist, text, start)
                };
                done = end;
                dots = match end.saturating_sub(number * 64) {
                    inside @ 0..=63 => dots & (u64::MAX << inside),
                    _ => 0,
                };
            }
        }
    }

    /// Asks the sieve, and the watchlist about what passes.
    #[inline(always)]
    fn ask(&mut self, watchlist: &Watchlist, text: &[u8]) {
        let Sift {
            sieve,
            names,
            addresses,
            finder,
            ..
        } = self;
        keep(names, |name| sieve.may_end(name.key));
        for name in names.iter() {
            finder.name(watchlist, sieve, text, name);
        }
        keep(addresses, |known| {
            let touched = sieve.touched(known.address);
            touched.by_address | touched.by_network
        });
        for known in addresses.iter() {
            let touched = sieve.touched(known.address);
            if touched.by_network || sieve.may_be_address(known.address) {
                finder.address(watchlist, IpAddr::V4(known.address.into()), known.start);
            }
        }
    }

    /// The lines of the marks of a part, which begins with line `number` at `offset`. Returns how many lines it has.
    fn lines(&mut self, part: &[u8], number: usize, offset: usize, lines: &mut Vec<Line>) -> usize {
        let marks = &mut self.finder.marks;
        marks.sort_unstable();
        let mut counted = (0, 0);
        let mut end = 0;
        for &mark in marks.iter() {
            let mark = mark as usize;
            if mark < end {
                continue;
            }
            let start = memchr::memrchr(b'\n', cut(part, 0, mark)).map_or(0, |before| before + 1);
            let length = memchr::memchr(b'\n', cut(part, start, part.len())).unwrap_or(part.len() - start);
            counted = (counted.0 + count_lines(cut(part, counted.1, start)), start);
            end = start + length + 1;
            lines.push(Line {
                number: number + counted.0,
                start: offset + start,
                end: offset + start + length,
            });
        }
        let ends: u32 = self.classes.words().map(|(_, word)| word.line.count_ones()).sum();
        ends as usize + usize::from(part.last() != Some(&b'\n'))
    }
}

fn count_lines(text: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', text).count()
}

/// Keeps those that fit, without a branch on each.
#[inline(always)]
fn keep<T: Copy>(all: &mut Vec<T>, fits: impl Fn(&T) -> bool) {
    let mut kept = 0;
    for i in 0..all.len() {
        let Some(&one) = all.get(i) else { break };
        if let Some(place) = all.get_mut(kept) {
            *place = one;
        }
        kept += usize::from(fits(&one));
    }
    all.truncate(kept);
}

/// Whether 16 bits of a word stand together.
#[inline]
fn long_runs(bits: u64) -> u64 {
    let bits = bits & bits >> 1;
    let bits = bits & bits >> 2;
    let bits = bits & bits >> 4;
    bits & bits >> 8
}

/// Where in the lower 64 bits 32 that are set begin.
#[inline]
fn runs_of_32(bits: u128) -> u64 {
    let bits = bits & bits >> 1;
    let bits = bits & bits >> 2;
    let bits = bits & bits >> 4;
    let bits = bits & bits >> 8;
    (bits & bits >> 16) as u64
}

/// Whether a defanged form may begin here, or a byte is above 0x7F.
#[inline]
fn may_be_odd(text: &[u8], position: usize) -> bool {
    let next = at(text, position + 1);
    match at(text, position) {
        Some(b'[' | b'(' | b'{') => {
            matches!(next, Some(b'.' | b':' | b'@' | b'd' | b'D' | b'a' | b'A')) && {
                let close = |after| matches!(at(text, position + after), Some(b']' | b')' | b'}'));
                close(2) || close(3) || close(4)
            }
        }
        _ => true,
    }
}

/// A run shorter than 64 bytes: bit `i` speaks of its byte `i`.
#[derive(Debug, Clone, Copy)]
struct Run {
    start: usize,
    length: usize,
    dots: u64,
    /// Neither dots nor digits.
    others: u64,
}

impl Run {
    /// Notes the name or address that the run may be.
    #[inline(always)]
    fn take(mut self, text: &[u8], sieve: &Sieve, names: &mut Vec<Name>, addresses: &mut Vec<Ipv4>) {
        self.trim(text);
        if self.dots == 0 {
            return;
        }
        let last = 63 - self.dots.leading_zeros();
        if self.others >> last == 0 {
            // The last label is a number: an IPv4 address or nothing.
            if self.others == 0 && self.dots.count_ones() == 3 && self.length <= 15 {
                self.address(text, sieve, addresses);
            }
            return;
        }
        let before = self.dots & !(1 << last);
        let from = self.start + (64 - before.leading_zeros()) as usize;
        let end = self.start + self.length;
        let key = Sieve::key(text, from, end);
        sieve.prefetch_name(key);
        names.push(Name {
            key,
            start: self.start as u32,
            end: end as u32,
        });
    }

    /// Without `.` and `-` at the ends.
    #[inline(always)]
    fn trim(&mut self, text: &[u8]) {
        let run = cut(text, self.start, self.start + self.length);
        let is_mark = |byte: &u8| byte.wrapping_sub(b'-') < 2;
        if run.first().is_some_and(is_mark) | run.last().is_some_and(is_mark) {
            self.trim_ends(text);
        }
    }

    #[cold]
    fn trim_ends(&mut self, text: &[u8]) {
        {
            let (start, end) = trim_run(text, self.start, self.start + self.length);
            let moved = start - self.start;
            self.length = end - start;
            self.start = start;
            let mask = 1u64
                .checked_shl(self.length as u32)
                .map_or(u64::MAX, |bit| bit - 1);
            self.dots = self.dots.checked_shr(moved as u32).unwrap_or(0) & mask;
            self.others = self.others.checked_shr(moved as u32).unwrap_or(0) & mask;
        }
    }

    /// Four decimal numbers; what is none at the end costs a probe.
    #[inline(always)]
    fn address(&self, text: &[u8], sieve: &Sieve, addresses: &mut Vec<Ipv4>) {
        const TENS: [u32; 4] = [0, 0, 10, 10];
        const HUNDREDS: [u32; 4] = [0, 0, 0, 100];
        // The bit after the last digit ends the last number as a dot ends the others.
        let mut ends = self.dots | 1 << self.length;
        let (mut from, mut address, mut wrong) = (0, 0u32, 0);
        for _ in 0..4 {
            let to = ends.trailing_zeros() as usize;
            ends &= ends.wrapping_sub(1);
            let length = to - from;
            wrong |= length.wrapping_sub(1) & !3 | (length >> 2);
            let digits = last_4(text, self.start + to);
            let digit = |back: u32| digits >> (32 - 8 * back) & 0xf;
            let tens = TENS.get(length & 3).map_or(0, |ten| ten * digit(2));
            let hundreds = HUNDREDS.get(length & 3).map_or(0, |hundred| hundred * digit(3));
            address = address << 8 | ((digit(1) + tens + hundreds) & 0xff);
            from = to + 1;
        }
        if wrong != 0 {
            return;
        }
        sieve.prefetch_ipv4(address);
        addresses.push(Ipv4 {
            address,
            start: self.start as u32,
        });
    }
}

/// The four bytes before a place, the last one highest.
#[inline(always)]
fn last_4(text: &[u8], end: usize) -> u32 {
    match end
        .checked_sub(4)
        .and_then(|start| text.get(start..end)?.first_chunk::<4>())
    {
        Some(bytes) => u32::from_le_bytes(*bytes),
        None => cut(text, 0, end)
            .iter()
            .fold(0, |digits, &byte| digits >> 8 | u32::from(byte) << 24),
    }
}

/// The second reading of a run after an escape.
#[cold]
fn second(
    text: &[u8],
    sieve: &Sieve,
    (start, end): (usize, usize),
    names: &mut Vec<Name>,
    addresses: &mut Vec<Ipv4>,
) {
    let Some(start) = after_escape(text, start, end) else {
        return;
    };
    let mut run = Run {
        start,
        length: end - start,
        dots: 0,
        others: 0,
    };
    for (i, &byte) in cut(text, start, end).iter().enumerate() {
        run.dots |= u64::from(byte == b'.') << i;
        run.others |= u64::from(byte != b'.' && !byte.is_ascii_digit()) << i;
    }
    run.take(text, sieve, names, addresses);
}

impl Finder {
    /// A name whose last two labels the sieve knows: label by label to the left, as long as it knows them.
    fn name(&mut self, watchlist: &Watchlist, sieve: &Sieve, text: &[u8], name: &Name) {
        let (start, end) = (name.start as usize, name.end as usize);
        let whole = cut(text, start, end);
        let mut dots = memchr::memrchr_iter(b'.', whole).skip(1);
        let whole_key = loop {
            let dot = dots.next();
            let from = dot.map_or(start, |dot| start + dot + 1);
            let key = Sieve::key(text, from, end);
            if !sieve.may_end(key) {
                return;
            }
            if sieve.may_be(key) {
                let canonical = &mut self.scratch.name;
                canonical.clear();
                canonical.extend(cut(text, from, end).iter().map(u8::to_ascii_lowercase));
                if watchlist.contains(of_text(canonical)) {
                    self.marks.push(name.start);
                    return;
                }
            }
            if dot.is_none() {
                break key;
            }
        };
        let at_sign = start.checked_sub(1).and_then(|before| at(text, before)) == Some(b'@');
        if at_sign && sieve.may_have_mail(whole_key) {
            let run_end = stretch(text, end, is_run);
            let Finder { scratch, probes, .. } = self;
            email(text, start, run_end, scratch, &mut |found| {
                collect(watchlist, &found, name.start, probes)
            });
        }
    }

    fn address(&mut self, watchlist: &Watchlist, address: IpAddr, start: u32) {
        probe_address(watchlist, address, start, &mut self.probes);
    }

    /// A whole line, which begins at `start`, through its view.
    #[cold]
    fn line(&mut self, watchlist: &Watchlist, line: &[u8], start: usize) {
        let Finder {
            buffer,
            scratch,
            probes,
            ..
        } = self;
        let view = buffer.read(line);
        walk(view.text, scratch, &mut |found| {
            collect(watchlist, &found, start as u32, probes)
        });
    }

    /// The host run around a place. Returns its end.
    #[cold]
    fn long(&mut self, watchlist: &Watchlist, text: &[u8], inside: usize) -> usize {
        let (start, end) = around(text, inside, is_run);
        let Finder { scratch, probes, .. } = self;
        host_run(text, start, end, false, scratch, &mut |found| {
            collect(watchlist, &found, start as u32, probes);
        });
        end
    }

    /// The outer run around a place, if it may be an IPv6 address. Returns its end.
    fn ipv6(&mut self, watchlist: &Watchlist, text: &[u8], inside: usize) -> usize {
        let (start, end) = around(text, inside, is_outer);
        let run = cut(text, start, end);
        let colons = run.iter().filter(|&&byte| byte == b':').count();
        if colons >= COLONS_OF_IPV6 || memchr::memmem::find(run, b"::").is_some() {
            let Finder { scratch, probes, .. } = self;
            outer_run(text, start, end, scratch, &mut |found| {
                collect(watchlist, &found, start as u32, probes);
            });
        }
        end
    }

    /// The host run around a place, which may hold hashes. Returns its end.
    fn hash(&mut self, watchlist: &Watchlist, text: &[u8], inside: usize) -> usize {
        let (start, end) = around(text, inside, is_run);
        let Finder { scratch, probes, .. } = self;
        hashes(text, start, end, scratch, &mut |found| {
            collect(watchlist, &found, start as u32, probes);
        });
        end
    }

    /// Asks the watchlist about the fingerprints.
    fn ask(&mut self, watchlist: &Watchlist) {
        self.probes
            .retain(|&(fingerprint, _)| watchlist.may_contain(fingerprint));
        for (fingerprint, place) in self.probes.drain(..) {
            if self.marks.last() != Some(&place) && watchlist.contains(fingerprint) {
                self.marks.push(place);
            }
        }
    }
}

/// The stretch of bytes that fit around one that does.
fn around(text: &[u8], inside: usize, fits: impl Fn(u8) -> bool) -> (usize, usize) {
    let before = cut(text, 0, inside);
    let back = before
        .iter()
        .rev()
        .position(|&byte| !fits(byte))
        .unwrap_or(before.len());
    (inside - back, stretch(text, inside, fits))
}

/// The fingerprints of what was found. A URL has those of its host, whose indicators are few.
fn collect(watchlist: &Watchlist, found: &Found<'_>, place: u32, probes: &mut Vec<(u64, u32)>) {
    match found {
        Found::Name(_, name) => probes.extend(suffixes(name).map(|suffix| (of_text(suffix), place))),
        Found::Address(_, address) => probe_address(watchlist, *address, place, probes),
        Found::Email(_, value) | Found::Hash(_, _, value) => probes.push((of_text(value), place)),
    }
}

fn probe_address(watchlist: &Watchlist, address: IpAddr, place: u32, probes: &mut Vec<(u64, u32)>) {
    let bits = bits(address);
    probes.push((of_network(bits, 128), place));
    for &prefix in watchlist.prefixes(address.is_ipv4()) {
        probes.push((of_network(bits, prefix), place));
    }
}
