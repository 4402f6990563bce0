//! Everything but runs with dots, from the word of each 64 bytes: headers, defanged forms, bytes beyond ASCII, IPv6
//! addresses, hashes.

use crate::bytes::{at, cut};
use crate::classes::Word;
use crate::sift::finder::Finder;
use crate::watchlist::Watchlist;

/// What is known of the words before, and how far is looked at already (places of the part).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Rare {
    /// The colons of the word before.
    colon: u64,
    /// Whether a colon and hexadecimal digits after it reach up to the word.
    in_group: bool,
    odd_to: usize,
    ipv6_to: usize,
    hash_to: usize,
}

impl Rare {
    /// Looks at the word of the 64 bytes from `base` on.
    #[inline(always)]
    pub(super) fn word(
        &mut self,
        finder: &mut Finder,
        watchlist: &Watchlist,
        text: &[u8],
        base: usize,
        word: &Word,
    ) {
        // Colons after a colon with nothing but hexadecimal digits between them.
        let begins = word.colon << 1 | self.colon >> 63;
        self.colon = word.colon;
        let (sum, over) = word.hex.overflowing_add(begins & word.hex);
        let (sum, over_too) = sum.overflowing_add(u64::from(self.in_group));
        self.in_group = over | over_too;
        let pairs = ((sum & !word.hex) | begins) & word.colon;
        // 32 digits fill 16 places of a word that begin at a multiple of 16.
        let full = lanes(word.hex);
        if word.odd | pairs | full != 0 {
            self.look(finder, watchlist, text, base, [word.odd, pairs, full]);
        }
    }

    /// Looks at what a word has that is rare: what is odd, colons that may be an IPv6 address's, digits that may be a
    /// hash's.
    #[inline(never)]
    fn look(
        &mut self,
        finder: &mut Finder,
        watchlist: &Watchlist,
        text: &[u8],
        base: usize,
        [mut odd, mut pairs, mut full]: [u64; 3],
    ) {
        while odd != 0 {
            let position = base + odd.trailing_zeros() as usize;
            odd &= odd - 1;
            self.odd(finder, watchlist, text, position);
        }
        while pairs != 0 {
            let position = base + pairs.trailing_zeros() as usize;
            pairs &= pairs - 1;
            if position >= self.ipv6_to && may_be_ipv6(text, position) {
                self.ipv6_to = finder.ipv6(watchlist, text, position);
            }
        }
        while full != 0 {
            let position = base + full.trailing_zeros() as usize;
            full &= full - 1;
            if position >= self.hash_to {
                self.hash_to = finder.hash(watchlist, text, position);
            }
        }
    }

    #[inline(always)]
    fn odd(&mut self, finder: &mut Finder, watchlist: &Watchlist, text: &[u8], position: usize) {
        match at(text, position) {
            Some(b'#') => {
                let before = position.checked_sub(1);
                let is_first = before.is_none_or(|before| at(text, before) == Some(b'\n'));
                finder.marks.extend(is_first.then_some(position as u32));
            }
            Some(b'[' | b'(' | b'{') => {
                let next = at(text, position + 1);
                if matches!(next, Some(b'.' | b':' | b'@' | b'd' | b'D' | b'a' | b'A')) {
                    self.open(finder, watchlist, text, position);
                }
            }
            _ if position >= self.odd_to => self.odd_to = finder.beyond_ascii(watchlist, text, position),
            _ => {}
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

/// Whether an IPv6 address may hold the colon that follows another one and its group: `::`, or three more groups. Clocks
/// do not.
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
