//! The keys of a line by its bitmaps: what stands there most often, plain names and IPv4 addresses, is read where it
//! stands; everything else is left to `token`.
//!
//! A carry through the words finds where runs with a dot end, as in the probing pass (`sift`); the 64 bits before such
//! an end say how long the run is, where its dots are, and whether anything about it is rare. Rare are: runs to trim or
//! with a second reading, e-mail addresses, bytes beyond ASCII, runs of 64 bytes and more, IPv6 addresses, hashes.

use std::ops::Range;

use super::maps::{Before, LineMaps, high};
use super::{KeySink, host_key, path_keys, plain};
use crate::bytes::{at, cut, is_outer, is_run, stretch};
use crate::classes::Classify;
use crate::fingerprint::of_text;
use crate::line::rest_of;
use crate::sift::{lanes, may_be_ipv6, may_have_dot};
use crate::token::{Scratch, Span, hashes, host_run, outer_run};

/// Fewest `:` of an IPv6 address without `::` (six groups and an IPv4 address).
const COLONS_OF_IPV6: usize = 6;

/// Bytes that are looked at at once.
const WINDOW: usize = 64;

/// A line to read, and the room that it takes.
pub(super) struct Pass<'p> {
    pub(super) text: &'p [u8],
    /// Whether its forms were read through already.
    pub(super) is_view: bool,
    pub(super) maps: &'p mut LineMaps,
    pub(super) scratch: &'p mut Scratch,
}

/// A run with a dot, shorter than a window.
#[derive(Clone, Copy)]
struct Run {
    end: usize,
    length: u32,
    before: Before,
}

impl Pass<'_> {
    /// Gives all keys of the line, but those of what stands apart. Says no, and gives none, where the line may have forms
    /// that have to be read through first.
    #[inline(always)]
    pub(super) fn read(self, sink: &mut impl KeySink, by: impl Classify) -> bool {
        let Pass {
            text,
            is_view,
            maps,
            scratch,
        } = self;
        maps.read(text, by);
        if !is_view && maps.may_have_forms() {
            return false;
        }
        let mut done = Vec::new();
        if has_rare(maps) {
            rare(text, maps, scratch, sink, &mut done);
        }
        let mut in_run = false;
        for ((last, word), base) in maps.pairs().zip((0..).step_by(64)) {
            // A dot carries to the end of its run, and so does what goes on from the word before.
            let (sum, over) = word.run.overflowing_add(word.dot | u64::from(in_run));
            in_run = over;
            let mut ends = sum & !word.run;
            while ends != 0 {
                let bit = ends.trailing_zeros();
                ends &= ends.wrapping_sub(1);
                let before = LineMaps::before((last, word), bit);
                let end = base + bit as usize;
                let length = before.run.leading_ones();
                if is_plain(text, end, length, &before) {
                    let run = Run { end, length, before };
                    if done.is_empty() || !is_within(&done, end) {
                        run.keys(text, sink);
                    }
                } else {
                    around_run(text, end - 1, &done, scratch, sink);
                }
            }
        }
        true
    }
}

/// Whether a run is one host at most: known from end to end, ASCII, with nothing to trim, no second reading and no `@`.
#[inline(always)]
fn is_plain(text: &[u8], end: usize, length: u32, before: &Before) -> bool {
    if length as usize >= WINDOW {
        return false;
    }
    let within = !(u64::MAX >> length);
    // `.` and `-` at either end.
    let edges = before.edge & (1 << 63 | 1 << 63 >> (length.wrapping_sub(1) & 63));
    if edges | before.high & within != 0 {
        return false;
    }
    let first = (end - length as usize).checked_sub(1);
    !first
        .and_then(|first| at(text, first))
        .is_some_and(|byte| matches!(byte, b'\\' | b'%' | b'@'))
}

impl Run {
    /// A name, or an address, or nothing.
    #[inline(always)]
    fn keys(self, text: &[u8], sink: &mut impl KeySink) {
        let Run { end, length, before } = self;
        let dots = before.dot & !(u64::MAX >> length);
        let label = dots.leading_zeros();
        if before.digit << ((label - 1) & 63) >> 63 != 0 {
            // A last label that starts with a digit: an address, or nothing that has a key.
            let is_number = (before.digit | before.dot).leading_ones() >= length;
            if is_number && dots.count_ones() == 3 && length <= 15 {
                self.address(text, dots, sink);
            }
            return;
        }
        // An empty label.
        if dots & dots << 1 != 0 {
            return;
        }
        let window = Window::of(text, end - length as usize);
        let name = window.last(length, length);
        let whole = of_text(name);
        sink.print(whole);
        let mut others = dots & !(1 << 63 >> label);
        while others != 0 {
            let suffix = others.leading_zeros();
            others &= !(1 << 63 >> suffix);
            sink.print(of_text(window.last(length, suffix)));
        }
        if matches!(at(text, end), Some(b'/' | b':' | b'?' | b'#')) {
            self.path(text, whole, false, sink);
        }
    }

    /// The address that digits and three dots are, if they are one.
    #[inline(always)]
    fn address(self, text: &[u8], dots: u64, sink: &mut impl KeySink) {
        let Run { end, length, .. } = self;
        let start = end - length as usize;
        let Some(address) = ipv4(text, end, length, dots) else {
            return;
        };
        sink.ipv4(address);
        let is_in_brackets = start.checked_sub(1).and_then(|before| at(text, before)) == Some(b'[');
        if is_in_brackets || matches!(at(text, end), Some(b'/' | b':' | b'?' | b'#')) {
            self.path(text, host_key(std::net::IpAddr::V4(address.into())), true, sink);
        }
    }

    /// The keys of the path that may follow a host.
    #[inline(never)]
    fn path(self, text: &[u8], host: u64, is_address: bool, sink: &mut impl KeySink) {
        let span = Span::untrimmed(self.end - self.length as usize, self.end);
        if let Some(rest) = rest_of(text, span, is_address) {
            path_keys(host, rest.tail, |key| sink.print(key));
        }
    }
}

/// Some bytes from the beginning of a run on, in lower case, the run among them.
struct Window {
    bytes: [u8; WINDOW],
    /// Where in them the run begins.
    start: usize,
}

impl Window {
    #[inline(always)]
    fn of(text: &[u8], start: usize) -> Window {
        let Some(last) = text.len().checked_sub(WINDOW) else {
            return Window::of_short(text, start);
        };
        let from = start.min(last);
        let bytes = text.get(from..).and_then(|rest| rest.first_chunk::<WINDOW>());
        let mut bytes = *bytes.unwrap_or(&[0; WINDOW]);
        bytes.make_ascii_lowercase();
        Window {
            bytes,
            start: start - from,
        }
    }

    /// Of a text that is shorter.
    #[cold]
    fn of_short(text: &[u8], start: usize) -> Window {
        let mut bytes = [0; WINDOW];
        for (to, from) in bytes.iter_mut().zip(text) {
            *to = from.to_ascii_lowercase();
        }
        Window { bytes, start }
    }

    /// The last `count` bytes of the run, which has `length`.
    #[inline(always)]
    fn last(&self, length: u32, count: u32) -> &[u8] {
        let end = self.start + length as usize;
        cut(&self.bytes, end - count as usize, end)
    }
}

/// The longest text of an IPv4 address, and the dot before it.
const IPV4_BYTES: usize = 16;

/// The least number of so many digits that has no leading zero.
const LEAST: [u32; 4] = [u32::MAX, 0, 10, 100];

/// The address that the `length` bytes before `end` are, 15 at most, which are digits and three dots (the last byte's bit
/// highest): four numbers of one to three digits, up to 255 and without leading zeros. One branch, at the end.
#[inline(always)]
fn ipv4(text: &[u8], end: usize, length: u32, dots: u64) -> Option<u32> {
    let bytes = end
        .checked_sub(IPV4_BYTES)
        .and_then(|start| text.get(start..end)?.first_chunk());
    // The last byte highest.
    let bytes = match bytes {
        Some(bytes) => u128::from_le_bytes(*bytes),
        None => at_the_start(text, end),
    };
    let (mut address, mut is_one) = (0, true);
    let (mut dots, mut number_end) = (dots | 1 << 63 >> length, 0);
    for place in 0..4 {
        let before = dots.leading_zeros();
        dots &= !(1 << 63 >> before);
        // The digits of a number are the last three bytes, or fewer.
        let digits = before - number_end;
        let three = (bytes << (8 * number_end) >> 104) as u32 & 0x0f_0f_0f;
        let three = three >> (8 * 3u32.saturating_sub(digits)) << (8 * 3u32.saturating_sub(digits));
        let number = (three >> 16) + 10 * (three >> 8 & 15) + 100 * (three & 15);
        let least = LEAST.get(digits as usize).copied().unwrap_or(u32::MAX);
        is_one &= (least..=255).contains(&number);
        address |= (number & 255) << (8 * place);
        number_end = before + 1;
    }
    is_one.then_some(address)
}

#[inline(always)]
fn at_the_start(text: &[u8], end: usize) -> u128 {
    match text.first_chunk() {
        Some(bytes) => u128::from_le_bytes(*bytes) << (8 * (IPV4_BYTES - end)),
        None => of_short(text, end),
    }
}

#[cold]
fn of_short(text: &[u8], end: usize) -> u128 {
    cut(text, 0, end)
        .iter()
        .fold(0, |bytes, byte| bytes >> 8 | u128::from(*byte) << 120)
}

/// Whether a line has anything of what [`rare`] looks at.
#[inline(always)]
fn has_rare(maps: &LineMaps) -> bool {
    let mut any = 0;
    each(maps, |_, word| any |= word.high | word.colons | word.digits);
    any != 0
}

/// What a word has that is rare.
struct Rare {
    high: u64,
    colons: u64,
    digits: u64,
}

/// Goes through the words of a line.
#[inline(always)]
fn each(maps: &LineMaps, mut take: impl FnMut(usize, &Rare)) {
    let mut second_before = 0;
    for ((last, word), base) in maps.pairs().zip((0..).step_by(64)) {
        let colon = (word.colon, last.colon);
        let second = after_groups(colon) & word.colon;
        // An address without `::` has six colons, of which the third has two before it; a clock has two.
        let third = after_groups((second, second_before)) & word.colon;
        second_before = second;
        take(
            base,
            &Rare {
                high: high(word),
                colons: (colon.0 << 1 | colon.1 >> 63) & colon.0 | third,
                digits: lanes(word.hex),
            },
        );
    }
}

/// Where a colon can stand that ends a group of an IPv6 address, for where the colons before it stand.
#[inline(always)]
fn after_groups((bits, before): (u64, u64)) -> u64 {
    (2..=5).fold(0, |places, by| places | bits << by | before >> (64 - by))
}

/// IPv6 addresses, runs with bytes beyond ASCII, hashes. Outer runs of which everything was read are put into `done`.
#[cold]
fn rare(
    text: &[u8],
    maps: &LineMaps,
    scratch: &mut Scratch,
    sink: &mut impl KeySink,
    done: &mut Vec<Range<usize>>,
) {
    each(maps, |base, rare| {
        for place in places(base, rare.colons) {
            if done.last().is_none_or(|done| place >= done.end) && may_be_ipv6(text, place) {
                let run = around(text, place, is_outer);
                if has_colons(cut(text, run.start, run.end)) {
                    outer_run(text, run.start, run.end, scratch, &mut |found| {
                        plain::take(text, &found, sink);
                    });
                    done.push(run);
                }
            }
        }
    });
    let (mut high_to, mut hashes_to) = (0, 0);
    each(maps, |base, rare| {
        for place in places(base, rare.high) {
            if place >= high_to {
                let run = around(text, place, is_run);
                high_to = run.end;
                if may_have_dot(cut(text, run.start, run.end)) {
                    around_run(text, place, done, scratch, sink);
                }
            }
        }
        for place in places(base, rare.digits) {
            if place >= hashes_to {
                let run = around(text, place, is_run);
                hashes_to = run.end;
                hashes(text, run.start, run.end, scratch, &mut |found| {
                    plain::take(text, &found, sink);
                });
            }
        }
    });
}

/// Whether an outer run has the colons of an IPv6 address. What has not is read as its host runs.
fn has_colons(run: &[u8]) -> bool {
    let colons = memchr::memchr_iter(b':', run).count();
    colons >= COLONS_OF_IPV6 || memchr::memmem::find(run, b"::").is_some()
}

fn places(base: usize, mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let place = (bits != 0).then(|| base + bits.trailing_zeros() as usize);
        bits &= bits.wrapping_sub(1);
        place
    })
}

/// The host run around a place, by the definition; nothing where it was read.
#[inline(never)]
fn around_run(
    text: &[u8],
    inside: usize,
    done: &[Range<usize>],
    scratch: &mut Scratch,
    sink: &mut impl KeySink,
) {
    let run = around(text, inside, is_run);
    if !is_within(done, run.end) {
        host_run(text, run.start, run.end, false, scratch, &mut |found| {
            plain::take(text, &found, sink);
        });
    }
}

/// Whether a host run that ends here lies in one of the outer runs, which stand in the order of the line, none in another.
fn is_within(done: &[Range<usize>], end: usize) -> bool {
    let first = done.partition_point(|run| run.end < end);
    done.get(first).is_some_and(|run| run.start < end)
}

/// The stretch of bytes that fit around one that does.
fn around(text: &[u8], inside: usize, fits: impl Fn(u8) -> bool) -> Range<usize> {
    let before = cut(text, 0, inside);
    let back = before
        .iter()
        .rev()
        .position(|&byte| !fits(byte))
        .unwrap_or(before.len());
    inside - back..stretch(text, inside, fits)
}
