//! The probing pass: which lines of a block an indicator may hit. Says "perhaps" too often now and then, and never "no"
//! to a line that holds one.
//!
//! A text is taken in chunks. Of each chunk the bytes are read as bitmaps (`classes`), 64 bytes a word; a carry through
//! the words finds where runs with dots end, however long they are; the bits before each end say how long the run is
//! and whether it looks like a name or an IPv4 address (`runs`), and the sieve is asked about those, all of a chunk one
//! after the other, so that its memory is asked for in time. What is rare (`rare`) is left to `token`, the single
//! definition of what stands in a line: lines with defanged forms, runs with bytes beyond ASCII or of 56 bytes and more,
//! IPv6 addresses, hashes.

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
use crate::classes::{Classify, Instructions, Word, words};
use crate::sieve::Sieve;
use crate::sift::finder::Finder;
use crate::sift::maps::{CHUNK, Maps};
use crate::sift::rare::Rare;
use crate::sift::runs::{MAX_RUNS, RUNS_ROOM, Runs};
use crate::watchlist::Watchlist;

/// A text is looked at in parts of whole lines of about so many bytes.
const PART: usize = 256 << 10;

/// See the module. Keeps its room from block to block.
#[derive(Debug, Clone)]
pub(crate) struct Sift {
    sieve: Arc<Sieve>,
    instructions: Instructions,
    maps: Maps,
    ends: Ends,
    runs: Runs,
    /// The keys of the runs that may be names, and the addresses of those that may be one, in their order.
    names: Vec<u64>,
    addresses: Vec<u32>,
    /// Line ends of the part.
    line_ends: usize,
    /// Whether a run with a dot goes on from the word before.
    open: bool,
    rare: Rare,
    finder: Finder,
}

/// Where the runs with dots of a chunk end.
#[derive(Debug, Clone)]
struct Ends {
    places: Vec<u32>,
    count: usize,
}

impl Ends {
    /// Most ends of a word that are put down at once.
    const AT_ONCE: usize = 4;

    /// Puts down the bits of the word at `base`.
    #[inline(always)]
    fn put(&mut self, base: u32, mut bits: u64) {
        let count = bits.count_ones() as usize;
        let mut from = self.count;
        // Nearly always once, whatever the number of bits: what is put down beyond it does not count.
        while let Some(places) = self.places.get_mut(from..from + Ends::AT_ONCE) {
            for place in places {
                *place = base + bits.trailing_zeros();
                bits &= bits.wrapping_sub(1);
            }
            if bits == 0 {
                break;
            }
            from += Ends::AT_ONCE;
        }
        self.count += count;
    }

    fn all(&self) -> &[u32] {
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
            ends: Ends {
                places: vec![0; MAX_RUNS + Ends::AT_ONCE],
                count: 0,
            },
            runs: Runs::default(),
            names: vec![0; RUNS_ROOM],
            addresses: vec![0; RUNS_ROOM],
            line_ends: 0,
            open: false,
            rare: Rare::default(),
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

    /// Begins a part.
    fn begin(&mut self) {
        self.finder.marks.clear();
        self.maps.clear();
        self.line_ends = 0;
        self.open = false;
        self.rare = Rare::default();
    }

    /// Reads the words of the chunk at `start` of a part.
    #[inline(always)]
    fn words(&mut self, watchlist: &Watchlist, text: &[u8], start: usize, by: impl Classify) {
        self.ends.count = 0;
        let chunk = cut(text, start, (start + CHUNK).min(text.len()));
        words(chunk, by, |number, word| {
            let ends = self.word(number, &word);
            self.ends.put(number as u32 * 64, ends);
            self.rare
                .word(&mut self.finder, watchlist, text, start + number * 64, &word);
        });
        if self.open && start + chunk.len() == text.len() {
            self.ends.put(chunk.len() as u32, 1);
        }
    }

    /// Keeps a word; returns where runs with dots end in it, past their last byte.
    #[inline(always)]
    fn word(&mut self, number: usize, word: &Word) -> u64 {
        self.maps.put(number, word);
        self.line_ends += word.line.count_ones() as usize;
        // A dot carries to the end of its run, and so does what goes on from the word before.
        let (sum, over) = word.run.overflowing_add(word.dot);
        let (sum, over_too) = sum.overflowing_add(u64::from(self.open));
        self.open = over | over_too;
        sum & !word.run
    }

    /// Reads the runs with dots of the chunk at `start`.
    #[inline(always)]
    fn runs(&mut self, watchlist: &Watchlist, text: &[u8], start: usize) {
        let Sift {
            maps,
            ends,
            runs,
            finder,
            ..
        } = self;
        runs.clear();
        for &end in ends.all() {
            let end = end as usize;
            if !runs.take(text, start + end, maps.before(end)) {
                finder.run(watchlist, text, start + end - 1);
            }
        }
    }

    /// Asks the sieve about the runs of a chunk, and the watchlist about what passes.
    #[inline(always)]
    fn ask(&mut self, watchlist: &Watchlist, text: &[u8]) {
        let Sift {
            sieve,
            runs,
            names,
            addresses,
            finder,
            ..
        } = self;
        // Not through `extend`, which is compiled for any processor.
        for (run, key) in runs.names().iter().zip(names.iter_mut()) {
            *key = run.key(text);
            sieve.prefetch_name(*key);
        }
        for (run, address) in runs.addresses().iter().zip(addresses.iter_mut()) {
            // What is no address is asked about all the same, as one of a network that has nothing.
            *address = run.ipv4(text).unwrap_or(0);
            sieve.prefetch_ipv4(*address);
        }
        for (run, &key) in runs.names().iter().zip(names.iter()) {
            if sieve.may_end(key) {
                finder.name(watchlist, sieve, text, run.start(), run.end());
            }
        }
        for (run, &address) in runs.addresses().iter().zip(addresses.iter()) {
            let touched = sieve.touched(address);
            if (touched.by_address | touched.by_network)
                && (touched.by_network || sieve.may_be_address(address))
            {
                finder.address(watchlist, IpAddr::V4(address.into()), run.start() as u32);
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
        self.line_ends + usize::from(part.last() != Some(&b'\n'))
    }
}

fn count_lines(text: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', text).count()
}
