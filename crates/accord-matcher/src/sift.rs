//! The probing pass: which lines of a block an indicator may hit. Says "perhaps" too often now and then, and never "no"
//! to a line that holds one.
//!
//! A text is taken in chunks. Of each chunk the bytes are read as bitmaps (`classes`), 64 bytes a word; a carry through
//! the words finds where runs with dots end, however long they are, and whether their last label is a number: they can
//! be an IPv4 address, the others a name. The bits before each end say how long the run is (`runs`), and the sieve is
//! asked about those, all of a chunk one after the other, so that its memory is asked for in time. What is rare (`rare`)
//! is left to `token`, the single definition of what stands in a line: lines with defanged forms, runs with bytes beyond
//! ASCII or of 56 bytes and more, IPv6 addresses, hashes. That something is rare is told by the bitmaps, too: a bracket,
//! a clock's colons or the first byte of a character of a line cost no branch.

mod finder;
mod maps;
mod rare;
mod runs;
#[cfg(test)]
mod tests;
mod versions;

use std::net::IpAddr;
use std::sync::Arc;

use crate::bytes::cut;
use crate::classes::{Classify, Instructions, MOST_PLACES, prefetch, words};
use crate::sieve::Sieve;
use crate::sift::finder::Finder;
pub(crate) use crate::sift::finder::may_have_dot;
use crate::sift::maps::{CHUNK, Maps, WORDS, Words, on, word};
use crate::sift::rare::Rare;
pub(crate) use crate::sift::rare::{lanes, may_be_ipv6};
use crate::sift::runs::{MAX_RUNS, Run, Runs};
use crate::watchlist::Watchlist;

/// A text is looked at in parts of whole lines of about so many bytes.
const PART: usize = 256 << 10;

/// See the module. Keeps its room from block to block.
#[derive(Debug, Clone)]
pub(crate) struct Sift {
    sieve: Arc<Sieve>,
    instructions: Instructions,
    maps: Maps,
    /// Where runs with dots end whose last label is no number, and where others do.
    names_end: Ends,
    numbers_end: Ends,
    runs: Runs,
    /// Line ends of the part.
    line_ends: usize,
    past: Past,
    rare: Rare,
    finder: Finder,
}

/// What goes on from the chunk before.
#[derive(Debug, Clone, Copy, Default)]
struct Past {
    /// A run with a dot.
    in_run: bool,
    /// Its last label is a number, so far.
    in_number: bool,
    /// Dots that follow a dot as closely as in an IPv4 address, and those that follow one of these.
    second_dot: u64,
    third_dot: u64,
    rare: rare::Past,
}

/// Where an IPv4 address can end, for where the dots of a chunk stand: after up to three bytes that follow the third of
/// three dots with up to three bytes between them. Timestamps and fractions end elsewhere.
#[inline(always)]
fn addresses_end(dot: &Words, past: &mut Past) -> [u64; WORDS] {
    let close = |dots| on(2, dots) | on(3, dots) | on(4, dots);
    let following = |dots: &Words, past: &mut u64| {
        let mut found = [[0; 8]; WORDS + 1];
        let [first, rest @ ..] = &mut found;
        *first = past.to_le_bytes();
        for (number, place) in rest.iter_mut().enumerate() {
            *place = (close(word(dots, number)) & word(dot, number).0).to_le_bytes();
        }
        (*past, _) = word(&found, WORDS - 1);
        found
    };
    let second = following(dot, &mut past.second_dot);
    let third = following(&second, &mut past.third_dot);
    let mut ends = [0; WORDS];
    for (number, ends) in ends.iter_mut().enumerate() {
        *ends = close(word(&third, number));
    }
    ends
}

/// The first places past the bytes of a class that begin at `starts`; where at a start there is none, that start is no
/// such place. `goes_on` says whether bytes of the class go on from the word before, and then to the next.
#[inline(always)]
fn follow(starts: u64, class: u64, goes_on: &mut bool) -> u64 {
    let before = u64::from(*goes_on);
    let (sum, over) = class.overflowing_add((starts | before) & class);
    *goes_on = over;
    (sum | before) & !class
}

/// Where runs of a chunk end.
#[derive(Debug, Clone)]
struct Ends {
    places: Vec<u16>,
    count: usize,
}

impl Default for Ends {
    fn default() -> Ends {
        Ends {
            places: vec![0; MAX_RUNS + MOST_PLACES],
            count: 0,
        }
    }
}

impl Ends {
    /// Puts down the bits of the word at `base`, most often no more than so many.
    #[inline(always)]
    fn put<const OFTEN: usize>(&mut self, base: u16, bits: u64, by: impl Classify) {
        let room = self.places.get_mut(self.count..self.count + MOST_PLACES);
        if let Some(room) = room.and_then(|room| room.first_chunk_mut()) {
            by.places::<OFTEN>(base, bits, room);
        }
        self.count += bits.count_ones() as usize;
    }

    fn all(&self) -> &[u16] {
        self.places.get(..self.count).unwrap_or_default()
    }
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
            maps: Maps::default(),
            names_end: Ends::default(),
            numbers_end: Ends::default(),
            runs: Runs::default(),
            line_ends: 0,
            past: Past::default(),
            rare: Rare::default(),
            finder: Finder::default(),
        }
    }

    /// What the watchlist's names and addresses are asked of first.
    pub(crate) fn sieve(&self) -> &Sieve {
        &self.sieve
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

    /// Begins a part.
    fn begin(&mut self) {
        self.finder.marks.clear();
        self.runs.clear();
        self.maps.clear();
        self.line_ends = 0;
        self.past = Past::default();
        self.rare = Rare::default();
    }

    /// Reads the bitmaps of the chunk at `start` of a part.
    #[inline(always)]
    fn words(&mut self, text: &[u8], start: usize, by: impl Classify) {
        let next = start + CHUNK;
        // The processor itself asks for what follows, but not beyond a page.
        for line in cut(text, next, (next + CHUNK).min(text.len()))
            .as_chunks::<64>()
            .0
        {
            prefetch(line);
        }
        let chunk = chunk(text, start);
        words(chunk, by, &mut self.maps);
        if chunk.len() < CHUNK {
            self.maps.end(chunk.len().div_ceil(64));
        }
    }

    /// Finds where the runs with dots of the chunk at `start` end.
    #[inline(always)]
    fn ends(&mut self, text: &[u8], start: usize, by: impl Classify) {
        let Sift {
            maps,
            names_end,
            numbers_end,
            past,
            ..
        } = self;
        (names_end.count, numbers_end.count) = (0, 0);
        let (run, dot, digit) = (maps.run.words(), maps.dot.words(), maps.digit.words());
        let addresses_end = addresses_end(dot, past);
        let (mut in_run, mut in_number) = (past.in_run, past.in_number);
        for ((number, address_ends), base) in addresses_end.iter().enumerate().zip((0..).step_by(64)) {
            let (run, dot, digit) = (word(run, number).0, word(dot, number), word(digit, number).0);
            // A dot carries to the end of its run, and so does what goes on from the word before: of a run of ones, and
            // any bits of it added, the sum has the bit above and none beyond.
            let (sum, over) = run.overflowing_add(dot.0 | u64::from(in_run));
            in_run = over;
            let ends = sum & !run;
            // Digits after a dot, up to where the run ends.
            let of_numbers = follow(on(1, dot), digit, &mut in_number) & ends;
            names_end.put::<4>(base, ends & !of_numbers, by);
            numbers_end.put::<2>(base, of_numbers & address_ends, by);
        }
        let length = chunk(text, start).len();
        if in_run && start + length == text.len() {
            let ends = if in_number { numbers_end } else { names_end };
            ends.put::<2>(length as u16, 1, by);
        }
        (past.in_run, past.in_number) = (in_run, in_number);
    }

    /// Looks at what the chunk at `start` has that is rare.
    #[inline(always)]
    fn rare(&mut self, watchlist: &Watchlist, text: &[u8], start: usize) {
        let Sift {
            maps,
            past,
            rare,
            finder,
            ..
        } = self;
        self.line_ends += rare::each(maps, &mut past.rare, |number, places| {
            rare.look(finder, watchlist, (text, start), maps, number, places);
        });
    }

    /// Reads the runs with dots of the chunk at `start` that may be names.
    #[inline(always)]
    fn names(&mut self, watchlist: &Watchlist, text: &[u8], start: usize, by: impl Classify) {
        let Sift {
            sieve,
            maps,
            names_end,
            runs,
            finder,
            ..
        } = self;
        for &end in names_end.all() {
            let before = maps.before(usize::from(end));
            let end = start + usize::from(end);
            if !runs.take_name(text, sieve, Run { end, before }, by) {
                finder.run(watchlist, text, end - 1);
            }
        }
    }

    /// Reads those that may be addresses.
    #[inline(always)]
    fn numbers(&mut self, watchlist: &Watchlist, text: &[u8], start: usize, by: impl Classify) {
        let Sift {
            sieve,
            maps,
            numbers_end,
            runs,
            finder,
            ..
        } = self;
        for &end in numbers_end.all() {
            let before = maps.before(usize::from(end));
            let end = start + usize::from(end);
            if !runs.take_number(text, sieve, Run { end, before }, by) {
                finder.run(watchlist, text, end - 1);
            }
        }
    }

    /// Asks the sieve about the runs of a chunk, and the watchlist about what passes.
    #[inline(always)]
    fn ask(&mut self, watchlist: &Watchlist, text: &[u8]) {
        let Sift {
            sieve, runs, finder, ..
        } = self;
        for name in runs.names() {
            if sieve.may_end(name.key) {
                finder.name(watchlist, sieve, text, name.start(), name.end());
            }
        }
        for address in runs.addresses() {
            if sieve.may_hit_address(address.value) {
                finder.address(watchlist, IpAddr::V4(address.value.into()), address.start);
            }
        }
        runs.clear();
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
        self.line_ends + usize::from(part.last() != Some(&b'\n'))
    }
}

/// The chunk of a text that begins at `start`.
#[inline(always)]
fn chunk(text: &[u8], start: usize) -> &[u8] {
    cut(text, start, (start + CHUNK).min(text.len()))
}

fn count_lines(text: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', text).count()
}
