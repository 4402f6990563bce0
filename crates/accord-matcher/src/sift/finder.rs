//! What asks the watchlist itself, and reads what is rare through `token`.

use std::net::IpAddr;

use crate::bytes::{at, cut, is_outer, is_run, stretch};
use crate::fingerprint::{of_network, of_text};
use crate::host::bits;
use crate::kind::Kind;
use crate::line::suffixes;
use crate::sieve::Sieve;
use crate::token::{Found, Scratch, email, hashes, host_run, outer_run, walk};
use crate::view::ViewBuffer;
use crate::watchlist::Watchlist;

/// Fewest `:` of an IPv6 address without `::` (six groups and an IPv4 address).
const COLONS_OF_IPV6: usize = 6;

/// See the module. Positions are those of the part.
#[derive(Debug, Clone, Default)]
pub(super) struct Finder {
    buffer: ViewBuffer,
    scratch: Scratch,
    /// Fingerprints and where in the part they are from.
    probes: Vec<(u64, u32)>,
    /// Places in the part, of lines to read in full.
    pub(super) marks: Vec<u32>,
}

impl Finder {
    /// A name whose last two labels the sieve knows: label by label to the left, as long as it knows them.
    pub(super) fn name(
        &mut self,
        watchlist: &Watchlist,
        sieve: &Sieve,
        text: &[u8],
        start: usize,
        end: usize,
    ) {
        let place = start as u32;
        let mut is_there = false;
        let canonical = &mut self.scratch.name;
        let whole_key = Sieve::keys(text, start, end, |key, from| {
            if !sieve.may_end(key) {
                return false;
            }
            if sieve.may_be(key) {
                canonical.clear();
                canonical.extend(cut(text, from, end).iter().map(u8::to_ascii_lowercase));
                is_there = watchlist.contains(of_text(canonical));
            }
            !is_there
        });
        if is_there {
            self.marks.push(place);
            return;
        }
        let Some(whole_key) = whole_key else { return };
        let at_sign = start.checked_sub(1).and_then(|before| at(text, before)) == Some(b'@');
        if at_sign && sieve.may_have_mail(whole_key) {
            let run_end = stretch(text, end, is_run);
            let Finder { scratch, probes, .. } = self;
            email(text, start, run_end, scratch, &mut |found| {
                collect(watchlist, &found, place, probes)
            });
        }
    }

    pub(super) fn address(&mut self, watchlist: &Watchlist, address: IpAddr, start: u32) {
        probe_address(watchlist, address, start, &mut self.probes);
    }

    /// A whole line, which begins at `start`, through its view.
    #[cold]
    pub(super) fn line(&mut self, watchlist: &Watchlist, line: &[u8], start: usize) {
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

    /// The host run around a place, whatever is in it. Returns its end.
    #[cold]
    pub(super) fn run(&mut self, watchlist: &Watchlist, text: &[u8], inside: usize) -> usize {
        let (start, end) = around(text, inside, is_run);
        let Finder { scratch, probes, .. } = self;
        host_run(text, start, end, false, scratch, &mut |found| {
            collect(watchlist, &found, start as u32, probes);
        });
        end
    }

    /// The host run around a byte above 0x7F. Returns its end.
    pub(super) fn beyond_ascii(&mut self, watchlist: &Watchlist, text: &[u8], inside: usize) -> usize {
        let (start, end) = around(text, inside, is_run);
        if may_have_dot(cut(text, start, end)) {
            self.run(watchlist, text, inside);
        }
        end
    }

    /// The outer run around a place, if it may be an IPv6 address. Returns its end.
    pub(super) fn ipv6(&mut self, watchlist: &Watchlist, text: &[u8], inside: usize) -> usize {
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

    /// All the hexadecimal digits around a place, which may be a hash. Returns where they end.
    pub(super) fn digits(&mut self, watchlist: &Watchlist, text: &[u8], start: usize, end: usize) -> usize {
        let before = start.checked_sub(1).and_then(|before| at(text, before));
        let after = at(text, end);
        // Where they are a run of their own, and nothing before it gives it a second reading.
        if before.is_some_and(|byte| is_run(byte) || matches!(byte, b'\\' | b'%'))
            || after.is_some_and(is_run)
        {
            return self.hashes(watchlist, text, start);
        }
        if Kind::of_hash(end - start).is_some() {
            let value = &mut self.scratch.value;
            value.clear();
            // Digits have that bit.
            value.extend(cut(text, start, end).iter().map(|digit| digit | 0x20));
            let fingerprint = of_text(value);
            watchlist.prefetch(fingerprint);
            self.probes.push((fingerprint, start as u32));
        }
        end
    }

    /// The hashes in the host run around a place, whatever stands around. Returns its end.
    #[cold]
    pub(super) fn hashes(&mut self, watchlist: &Watchlist, text: &[u8], inside: usize) -> usize {
        let (start, end) = around(text, inside, is_run);
        let Finder { scratch, probes, .. } = self;
        hashes(text, start, end, scratch, &mut |found| {
            collect(watchlist, &found, start as u32, probes);
        });
        end
    }

    /// Asks the watchlist about the fingerprints.
    pub(super) fn ask(&mut self, watchlist: &Watchlist) {
        self.probes
            .retain(|&(fingerprint, _)| watchlist.may_contain(fingerprint));
        for (fingerprint, place) in self.probes.drain(..) {
            if self.marks.last() != Some(&place) && watchlist.contains(fingerprint) {
                self.marks.push(place);
            }
        }
    }
}

/// Whether a run with bytes beyond ASCII may have a dot once it is mapped (UTS 46). In the blocks of U+0080 to U+1FFF and
/// U+3040 to U+DFFF no character becomes one or holds one, as a test asks of each.
pub(crate) fn may_have_dot(run: &[u8]) -> bool {
    let mut bytes = run.iter().peekable();
    while let Some(&byte) = bytes.next() {
        let has = match byte {
            b'.' | 0xe2 | 0xee.. => true,
            0xe3 => bytes.peek().is_none_or(|&&next| next == 0x80),
            _ => false,
        };
        if has {
            return true;
        }
    }
    false
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
    let networks = watchlist.prefixes(address.is_ipv4()).iter();
    for &prefix in std::iter::once(&128).chain(networks) {
        let fingerprint = of_network(bits, prefix);
        watchlist.prefetch(fingerprint);
        probes.push((fingerprint, place));
    }
}
