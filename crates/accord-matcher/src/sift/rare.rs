//! Everything but runs with dots, from the word of each 64 bytes: headers, defanged forms, bytes beyond ASCII, IPv6
//! addresses, hashes.

use crate::bytes::{at, cut};
use crate::sift::finder::Finder;
use crate::sift::maps::{Maps, WORDS, Words, on, word};
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

/// The classes of a chunk that tell.
struct Classes<'m> {
    line: &'m Words,
    edge: &'m Words,
    odd: &'m Words,
    after: &'m Words,
    colon: &'m Words,
    hex: &'m Words,
    /// Colons that follow another one as closely as in an IPv6 address.
    second: Words,
}

impl Classes<'_> {
    #[inline(always)]
    fn of<'m>(maps: &'m Maps, past: &mut Past) -> Classes<'m> {
        let colon = maps.colon.words();
        let mut second = [[0; 8]; WORDS + 1];
        let [first, rest @ ..] = &mut second;
        *first = past.second.to_le_bytes();
        for (number, place) in rest.iter_mut().enumerate() {
            let colon = word(colon, number);
            *place = (after_groups(colon) & colon.0).to_le_bytes();
        }
        (past.second, _) = word(&second, WORDS - 1);
        Classes {
            line: maps.line.words(),
            edge: maps.edge.words(),
            odd: maps.odd.words(),
            after: maps.after.words(),
            colon,
            hex: maps.hex.words(),
            second,
        }
    }

    /// The rare places of the `number`-th word.
    #[inline(always)]
    fn places(&self, number: usize) -> Places {
        let at = |words| word(words, number);
        let colon = at(self.colon);
        // An IPv6 address without `::` has six colons, of which the third has two before it; a clock has two.
        let third = after_groups(at(&self.second)) & colon.0;
        Places {
            headers: on(1, at(self.line)) & at(self.edge).0,
            odd: on(1, at(self.odd)) & at(self.after).0,
            colons: on(1, colon) & colon.0 | third,
            // 32 digits fill 16 places of a word that begin at a multiple of 16.
            digits: lanes(at(self.hex).0),
        }
    }
}

/// Where a colon can stand that ends a group of an IPv6 address, for where the colons before it stand.
#[inline(always)]
fn after_groups(colons: (u64, u64)) -> u64 {
    on(2, colons) | on(3, colons) | on(4, colons) | on(5, colons)
}

/// Of the chunk before, what matters to the next: colons that follow another one.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Past {
    second: u64,
}

/// Goes through the words of a chunk: gives what is rare to `look`, with the word's number. Returns how many lines end.
///
/// Loops without branches, which the compiler makes wide instructions of, say which words have anything.
#[inline(always)]
pub(super) fn each(maps: &Maps, past: &mut Past, mut look: impl FnMut(usize, &Places)) -> usize {
    let classes = Classes::of(maps, past);
    let mut any = [0; WORDS];
    for (number, any) in any.iter_mut().enumerate() {
        *any = classes.places(number).any();
    }
    for (number, any) in any.iter().enumerate() {
        if *any != 0 {
            look(number, &classes.places(number));
        }
    }
    let lines = classes.line.iter().skip(1);
    lines
        .map(|word| u64::from_le_bytes(*word).count_ones() as usize)
        .sum()
}

impl Places {
    #[inline(always)]
    fn any(&self) -> u64 {
        self.headers | self.odd | self.colons | self.digits
    }
}

impl Rare {
    /// Looks at what the `number`-th word of the chunk that begins at `start` of a text has that is rare.
    #[inline(never)]
    pub(super) fn look(
        &mut self,
        finder: &mut Finder,
        watchlist: &Watchlist,
        (text, start): (&[u8], usize),
        maps: &Maps,
        number: usize,
        places: &Places,
    ) {
        let base = start + number * 64;
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
                self.hash_to = match maps.hex.around(position - start) {
                    Some(digits) => finder.digits(watchlist, text, start + digits.start, start + digits.end),
                    None => finder.hashes(watchlist, text, position),
                };
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
pub(crate) fn may_be_ipv6(text: &[u8], colon: usize) -> bool {
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
pub(crate) fn lanes(bits: u64) -> u64 {
    const FIRST: u64 = 0x0001_0001_0001_0001;
    const LAST: u64 = 0x8000_8000_8000_8000;
    let empty = !bits;
    // Exact in the lowest quarter that is; the others are perhaps.
    (empty.wrapping_sub(FIRST) & !empty & LAST) >> 15
}
