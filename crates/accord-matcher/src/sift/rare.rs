//! Everything but runs with dots, from the word of each 64 bytes: headers, defanged forms, bytes beyond ASCII, IPv6
//! addresses, hashes.

use crate::bytes::{at, cut};
use crate::sift::finder::Finder;
use crate::sift::maps::Maps;
use crate::watchlist::Watchlist;

/// How far is looked at already (places of the part).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Rare {
    odd_to: usize,
    ipv6_to: usize,
    hash_to: usize,
}

/// What a word has that is rare: places to look at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places {
    headers: u64,
    odd: u64,
    colons: u64,
    digits: u64,
}

/// The words before, as far as they matter to the next. Their last bits are those of the last byte.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Past {
    line: u64,
    odd: u64,
    colon: u64,
    /// Colons after a colon and hexadecimal digits.
    second: u64,
    /// Whether hexadecimal digits after one of these reach up to the next word.
    in_group: bool,
    in_second: bool,
}

impl Past {
    /// The rare places of a word: of its classes `[line, edge, odd, after, colon, hex]`.
    #[inline(always)]
    fn places(&mut self, [line, edge, odd, after, colon, hex]: [u64; 6]) -> Places {
        let next = |bits: u64, before: u64| bits << 1 | before >> 63;
        let begins = next(colon, self.colon);
        // Colons after a colon with nothing but hexadecimal digits between them, and those after one of these. Two of a
        // kind are what a clock has; an IPv6 address without `::` has six.
        let second = follow(begins, hex, &mut self.in_group) & colon;
        let third = follow(next(second, self.second), hex, &mut self.in_second) & colon;
        let places = Places {
            headers: next(line, self.line) & edge,
            odd: next(odd, self.odd) & after,
            colons: begins & colon | third,
            // 32 digits fill 16 places of a word that begin at a multiple of 16.
            digits: lanes(hex),
        };
        (self.line, self.odd, self.colon, self.second) = (line, odd, colon, second);
        places
    }
}

/// Goes through the words of a chunk: gives what is rare to `look`, with the word's number. Returns how many lines end.
#[inline(always)]
pub(super) fn each(
    maps: &Maps,
    past: &mut Past,
    count: usize,
    mut look: impl FnMut(usize, &Places),
) -> usize {
    let mut now = Past {
        line: maps.line.past(),
        ..*past
    };
    let mut lines = 0;
    let bits = maps.line.words().zip(maps.edge.words()).zip(maps.odd.words());
    let bits = bits
        .zip(maps.after.words())
        .zip(maps.colon.words())
        .zip(maps.hex.words());
    for (number, (((((line, edge), odd), after), colon), hex)) in bits.take(count).enumerate() {
        lines += line.count_ones() as usize;
        let places = now.places([line, edge, odd, after, colon, hex]);
        if places.has_any() {
            look(number, &places);
        }
    }
    *past = now;
    lines
}

impl Places {
    #[inline(always)]
    pub(super) fn has_any(&self) -> bool {
        self.headers | self.odd | self.colons | self.digits != 0
    }
}

/// The first places past the bytes of a class that begin at `starts`; where at a start there is none, that start is no
/// such place. `goes_on` says whether bytes of the class go on from the word before, and then to the next.
#[inline(always)]
pub(super) fn follow(starts: u64, class: u64, goes_on: &mut bool) -> u64 {
    let before = u64::from(*goes_on);
    let (sum, over) = class.overflowing_add((starts | before) & class);
    *goes_on = over;
    (sum | before) & !class
}

impl Rare {
    /// Looks at what the word of the 64 bytes from `base` on has that is rare.
    #[inline(never)]
    pub(super) fn look(
        &mut self,
        finder: &mut Finder,
        watchlist: &Watchlist,
        text: &[u8],
        base: usize,
        places: &Places,
    ) {
        let each = |mut bits: u64| {
            std::iter::from_fn(move || {
                let position = (bits != 0).then(|| base + bits.trailing_zeros() as usize);
                bits &= bits.wrapping_sub(1);
                position
            })
        };
        for position in each(places.headers) {
            let is_header = at(text, position) == Some(b'#');
            finder.marks.extend(is_header.then_some(position as u32));
        }
        for position in each(places.odd) {
            if at(text, position).is_some_and(|byte| byte > 0x7f) {
                // A single one is no character, so that its run is nothing.
                if position >= self.odd_to {
                    self.odd_to = finder.beyond_ascii(watchlist, text, position);
                }
            } else if let Some(open) = position.checked_sub(1)
                && matches!(at(text, open), Some(b'[' | b'(' | b'{'))
            {
                self.open(finder, watchlist, text, open);
            }
        }
        for position in each(places.colons) {
            if position >= self.ipv6_to && may_be_ipv6(text, position) {
                self.ipv6_to = finder.ipv6(watchlist, text, position);
            }
        }
        for position in each(places.digits) {
            if position >= self.hash_to {
                self.hash_to = finder.hash(watchlist, text, position);
            }
        }
    }

    /// What may be a defanged form: its line is read in full, once.
    #[cold]
    fn open(&mut self, finder: &mut Finder, watchlist: &Watchlist, text: &[u8], position: usize) {
        let close = |after| matches!(at(text, position + after), Some(b']' | b')' | b'}'));
        if position < self.odd_to || !(close(2) || close(3) || close(4)) {
            return;
        }
        let start = memchr::memrchr(b'\n', cut(text, 0, position)).map_or(0, |before| before + 1);
        let rest = cut(text, position, text.len());
        self.odd_to = position + memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        finder.line(watchlist, cut(text, start, self.odd_to), start);
    }
}

/// Whether an IPv6 address may hold a colon that follows another one, or two and their groups: `::`, or more groups up to
/// the next colons.
#[inline(always)]
fn may_be_ipv6(text: &[u8], colon: usize) -> bool {
    let is_colon = |place| at(text, place) == Some(b':');
    if is_colon(colon + 1) || colon.checked_sub(1).is_some_and(is_colon) {
        return true;
    }
    groups(text, colon + 1)
}

#[inline(never)]
fn groups(text: &[u8], from: usize) -> bool {
    let mut place = from;
    for _ in 0..3 {
        let digits = cut(text, place, place + 4);
        let length = digits.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        place += length;
        if at(text, place) != Some(b':') {
            return false;
        }
        place += 1;
        // `::` ends the search: it is told by a colon of its own.
        if length == 0 {
            return true;
        }
    }
    true
}

/// The first bit of each quarter that is full.
#[inline(always)]
pub(super) fn lanes(bits: u64) -> u64 {
    const FIRST: u64 = 0x0001_0001_0001_0001;
    const LAST: u64 = 0x8000_8000_8000_8000;
    let empty = !bits;
    // Exact in the lowest quarter that is; the others are perhaps.
    (empty.wrapping_sub(FIRST) & !empty & LAST) >> 15
}
