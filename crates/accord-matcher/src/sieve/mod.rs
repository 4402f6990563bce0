//! What the probing pass asks before it asks the watchlist: small filters that say "no" to nearly everything that no
//! indicator can hit, at the cost of one load for a name or an address.
//!
//! - **Names**, of domains, of URL hosts, of mail domains: the last label of a name in a log is looked for among those of
//!   all indicators ([`LastLabels`]), then its last two labels among theirs, and only when they are there the next ones, so
//!   that a name without an indicator in its zone costs one probe, however many labels it has.
//! - **IPv4 addresses**: two bits for each /24, whether single addresses of it are indicators and whether networks
//!   touch it; then the address itself.
//!
//! Invariant: the sieve never says "no" to what an indicator hits. Everything else is rare by construction, not by
//! promise, and costs time only: the watchlist itself decides.

mod key;
mod keys;
mod last;
mod words;

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use crate::classes::prefetch;
use crate::large_pages::{Room, prefer_large_pages};
use crate::sealed::Section;
use crate::watchlist::Watchlist;
pub(crate) use keys::Keys;
pub(crate) use last::{LAST_BYTES, LastLabels};
pub(crate) use words::{SortedWords, bytes_for};
use words::{WordFilter, set};

/// Salts of the keys of one name: what it is asked for.
const WHOLE: u64 = 1;
const MAIL: u64 = 2;

/// /24 networks of a word of the table, two bits each.
const NETWORKS_PER_WORD: u32 = 32;

/// A layer of at most one in so many indicators is set into the filters that are there.
const SMALL_PART: usize = 16;

/// See the module.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sieve {
    last: LastLabels,
    /// The last labels, from two on, of every name of an indicator, with the name itself; salted, the names.
    names: WordFilter,
    wholes: WordFilter,
    has_mail: bool,
    /// Little-endian words, empty without IPv4 addresses.
    ipv4: Bytes,
    addresses: WordFilter,
}

/// What the table of IPv4 networks says of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Touched {
    /// A single address of its /24 is an indicator.
    pub(crate) by_address: bool,
    /// A network of indicators touches its /24.
    pub(crate) by_network: bool,
}

impl Sieve {
    fn new(watchlist: &Watchlist) -> Sieve {
        Sieve::default().with(Keys::of(watchlist))
    }

    /// The sieve of a watchlist as it lies in a file: the parts of [`Sieve::parts`].
    fn read([names, wholes, ipv4, addresses]: [Bytes; 4], last: LastLabels, has_mail: bool) -> Sieve {
        Sieve {
            last,
            names: WordFilter::read(names),
            wholes: WordFilter::read(wholes),
            has_mail,
            ipv4,
            addresses: WordFilter::read(addresses),
        }
    }

    /// The last labels of names.
    #[inline(always)]
    pub(crate) fn last(&self) -> &LastLabels {
        &self.last
    }

    /// Its other parts, as they lie in a file.
    pub(crate) fn parts(&self) -> [&Bytes; 4] {
        [
            self.names.bytes(),
            self.wholes.bytes(),
            &self.ipv4,
            self.addresses.bytes(),
        ]
    }

    /// Whether it knows of e-mail addresses.
    pub(crate) fn has_mail(&self) -> bool {
        self.has_mail
    }

    /// The sieve of a watchlist with a layer over it.
    fn joined(both: &Watchlist, below: &Watchlist, added: &Watchlist) -> Sieve {
        // Where the layer is not small, filters of the size of what is below would say "perhaps" too often.
        if added.len() * SMALL_PART > below.len() {
            Sieve::new(both)
        } else {
            below.sieve().with(Keys::of(added))
        }
    }

    /// A copy of it with more keys, which are few beside its own, as what it has does not grow; or all keys, where it has
    /// nothing.
    fn with(&self, keys: Keys) -> Sieve {
        let (ipv4, sets) = (
            keys.ipv4.as_flattened(),
            [&keys.names, &keys.wholes, &keys.addresses],
        );
        let [names, wholes, ipv4_there, addresses] = self.parts();
        let filters = [names, wholes, addresses];
        let length = |there: &Bytes, keys: &Vec<u64>| match there.len() {
            0 => bytes_for(keys.len()),
            length => length,
        };
        let ([a, b, c], [x, y, z]) = (filters, sets);
        let mut room = Room::new([
            length(a, x),
            length(b, y),
            length(c, z),
            ipv4_there.len().max(ipv4.len()),
        ]);
        room.each(|part, bytes| match (filters.get(part), sets.get(part)) {
            (Some(filter), Some(keys)) => {
                copy(filter, bytes);
                set(bytes, keys);
            }
            _ => {
                copy(ipv4_there, bytes);
                bytes.iter_mut().zip(ipv4).for_each(|(byte, more)| *byte |= more);
            }
        });
        let mut last = self.last.clone();
        last.add_all(&keys.last);
        let [names, wholes, addresses, ipv4] = room.finish();
        Sieve::read(
            [names, wholes, ipv4, addresses],
            last,
            self.has_mail || keys.has_mail,
        )
    }

    /// The key of the last two labels of what may be a name: the `length` bytes before `end`.
    #[inline(always)]
    pub(crate) fn key(text: &[u8], end: usize, length: usize) -> u64 {
        key::of(text, end, length)
    }

    /// Goes through the keys of a name, from that of its last two labels on to its own, as long as `visit` says so;
    /// `visit` is told where the labels begin. Returns the name's own key, if it came so far.
    #[inline]
    pub(crate) fn keys(
        text: &[u8],
        start: usize,
        end: usize,
        visit: impl FnMut(u64, usize) -> bool,
    ) -> Option<u64> {
        key::each(text, start, end, visit)
    }

    /// Asks for what [`Self::may_end`] will look at.
    #[inline(always)]
    pub(crate) fn prefetch_name(&self, key: u64) {
        self.names.prefetch(key);
    }

    /// Asks for what [`Self::touched`] will look at.
    #[inline(always)]
    pub(crate) fn prefetch_ipv4(&self, address: u32) {
        let (words, _) = self.ipv4.as_chunks::<8>();
        if let Some(word) = words.get((address >> 8) as usize / NETWORKS_PER_WORD as usize) {
            prefetch(word);
        }
    }

    /// Whether a name with this key, or with more labels before it, may be an indicator's.
    #[inline(always)]
    pub(crate) fn may_end(&self, key: u64) -> bool {
        self.names.may_contain(key)
    }

    /// Whether the name with this key may be an indicator or the host of one.
    #[inline]
    pub(crate) fn may_be(&self, key: u64) -> bool {
        self.wholes.may_contain(key::other(key, WHOLE))
    }

    /// Whether the name with this key may be the mail domain of an indicator.
    #[inline]
    pub(crate) fn may_have_mail(&self, key: u64) -> bool {
        self.has_mail && self.wholes.may_contain(key::other(key, MAIL))
    }

    /// Whether anything may hit a canonical name, or a URL that has it as its host.
    pub(crate) fn may_hit_name(&self, name: &[u8]) -> bool {
        let mut dots = memchr::memrchr_iter(b'.', name).map(|dot| name.len() - dot - 1);
        let (last, before) = (dots.next(), dots.next());
        last.is_none_or(|last| self.last.may_be(name, name.len(), last as u32))
            && self.may_end(Self::key(name, name.len(), before.unwrap_or(name.len())))
    }

    /// Whether anything may hit an IPv4 address.
    #[inline(always)]
    pub(crate) fn may_hit_address(&self, address: u32) -> bool {
        let touched = self.touched(address);
        touched.by_network || touched.by_address && self.may_be_address(address)
    }

    /// What is known of the /24 of an IPv4 address.
    #[inline(always)]
    pub(crate) fn touched(&self, address: u32) -> Touched {
        let network = address >> 8;
        let (words, _) = self.ipv4.as_chunks::<8>();
        let word = words.get((network / NETWORKS_PER_WORD) as usize);
        let bits = word.map_or(0, |word| {
            u64::from_le_bytes(*word) >> (network % NETWORKS_PER_WORD * 2)
        });
        Touched {
            by_address: bits & 1 != 0,
            by_network: bits & 2 != 0,
        }
    }

    /// Whether an IPv4 address may be an indicator, or the host of one.
    #[inline]
    pub(crate) fn may_be_address(&self, address: u32) -> bool {
        self.addresses.may_contain(key::of_ipv4(address))
    }

    fn resident_bytes(&self) -> usize {
        self.names.resident_bytes()
            + self.wholes.resident_bytes()
            + self.addresses.resident_bytes()
            + self.ipv4.len()
            + self.last.bytes().len()
    }
}

/// The sieve of a watchlist, made (or, of a file, checked) when somebody first scans with it: who only looks single values
/// up has none. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct LazySieve {
    made: Arc<OnceLock<Arc<Sieve>>>,
    /// As it lies in a file.
    stored: Option<Arc<Stored>>,
}

/// The parts of a sieve in a file, in the order of [`Sieve::parts`].
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) parts: [Section; 4],
    /// None in a file of before there were any.
    pub(crate) last: Option<Section>,
    pub(crate) has_mail: bool,
}

impl LazySieve {
    /// One that lies in a file.
    pub(crate) fn stored(stored: Stored) -> LazySieve {
        LazySieve {
            made: Arc::default(),
            stored: Some(Arc::new(stored)),
        }
    }

    /// The sieve; made now if it is not there.
    pub(crate) fn get(&self, watchlist: &Watchlist) -> &Arc<Sieve> {
        self.made.get_or_init(|| {
            Arc::new(match (&watchlist.over, &self.stored) {
                (Some(over), _) if !over.added.is_empty() => {
                    Sieve::joined(watchlist, &over.below, &over.added)
                }
                (_, Some(stored)) => stored.read(),
                _ => Sieve::new(watchlist),
            })
        })
    }

    /// Whether it says anything of last labels: all do but those of files of before there was such a section.
    pub(crate) fn has_last(&self) -> bool {
        self.stored.as_ref().is_none_or(|stored| stored.last.is_some())
    }

    pub(crate) fn resident_bytes(&self) -> usize {
        self.made.get().map_or(0, |sieve| sieve.resident_bytes())
    }
}

impl Stored {
    /// All of it is checked here, so that nothing is checked in the pass over a text. Where it is damaged the sieve knows
    /// nothing, and the watchlist knows that it is damaged.
    fn read(&self) -> Sieve {
        let [names, wholes, ipv4, addresses] = &self.parts;
        let all = [names.all(), wholes.all(), ipv4.all(), addresses.all()];
        let [Some(names), Some(wholes), Some(ipv4), Some(addresses)] = all else {
            return Sieve::default();
        };
        let parts = self.in_place([names, wholes, ipv4, addresses]);
        let last = match &self.last {
            None => LastLabels::all(),
            Some(last) => match LastLabels::read(last) {
                None => return Sieve::default(),
                Some(last) => last,
            },
        };
        Sieve::read(parts, last, self.has_mail)
    }
}

impl Stored {
    /// Where they are looked at: copied together, and their memory in the file given back, where its holder can do that.
    fn in_place(&self, parts: [&Bytes; 4]) -> [Bytes; 4] {
        let lengths = parts.map(Bytes::len);
        if !(self.parts.iter().all(Section::is_held) && Room::is_large(lengths)) {
            parts.iter().for_each(|part| prefer_large_pages(part));
            return parts.map(Bytes::clone);
        }
        let mut room = Room::new(lengths);
        room.each(|number, bytes| parts.get(number).into_iter().for_each(|part| copy(part, bytes)));
        self.parts.iter().for_each(Section::release);
        room.finish()
    }
}

/// To the beginning of a place.
fn copy(from: &[u8], to: &mut [u8]) {
    if let Some(place) = to.get_mut(..from.len()) {
        place.copy_from_slice(from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Pattern, WatchlistBuilder};

    fn sieve(texts: &[&str]) -> Sieve {
        let mut builder = WatchlistBuilder::new();
        for (id, text) in (0..).zip(texts) {
            builder.add(Pattern::parse(text).unwrap(), id);
        }
        Sieve::new(&builder.build().unwrap().0)
    }

    fn key(name: &str) -> u64 {
        Sieve::keys(name.as_bytes(), 0, name.len(), |_, _| true).unwrap_or_default()
    }

    #[test]
    fn names_by_their_last_labels() {
        let sieve = sieve(&[
            "a.b.evil.example",
            ".dyn.example",
            "https://host.test/x",
            "mule@mail.example",
        ]);
        for name in [
            "evil.example",
            "b.evil.example",
            "a.b.evil.example",
            "dyn.example",
            "host.test",
            "mail.example",
        ] {
            assert!(sieve.may_end(key(name)), "{name}");
        }
        assert!(!sieve.may_end(key("good.example")));
        for name in ["a.b.evil.example", "dyn.example", "host.test"] {
            assert!(sieve.may_be(key(name)), "{name}");
        }
        for name in ["evil.example", "b.evil.example", "mail.example"] {
            assert!(!sieve.may_be(key(name)), "{name}");
        }
        for name in [
            "evil.example",
            "any.b.evil.example",
            "www.host.test",
            "a.dyn.example",
            "mail.example",
        ] {
            assert!(sieve.may_hit_name(name.as_bytes()), "{name}");
        }
        for name in ["good.example", "www.good.example", "evil.example.org"] {
            assert!(!sieve.may_hit_name(name.as_bytes()), "{name}");
        }
        assert!(sieve.may_have_mail(key("mail.example")));
        assert!(!sieve.may_have_mail(key("dyn.example")));
    }

    #[test]
    fn addresses_by_their_network() {
        let sieve = sieve(&[
            "192.0.2.10",
            "198.51.100.7:80",
            "10.0.0.0/8",
            "203.0.113.128/25",
            "http://192.0.2.99/a",
        ]);
        let touched = |address: [u8; 4]| {
            let touched = sieve.touched(u32::from_be_bytes(address));
            (touched.by_address, touched.by_network)
        };
        assert_eq!(touched([192, 0, 2, 11]), (true, false));
        assert_eq!(touched([198, 51, 100, 7]), (true, false));
        assert_eq!(touched([10, 0, 0, 1]), (false, true));
        assert_eq!(touched([10, 255, 255, 1]), (false, true));
        assert_eq!(touched([11, 0, 0, 1]), (false, false));
        assert_eq!(touched([203, 0, 113, 1]), (false, true));
        for address in [[192, 0, 2, 10], [192, 0, 2, 99], [198, 51, 100, 7]] {
            assert!(sieve.may_be_address(u32::from_be_bytes(address)));
        }
        let hits = |address: [u8; 4]| sieve.may_hit_address(u32::from_be_bytes(address));
        assert!(
            [[192, 0, 2, 10], [10, 1, 2, 3], [203, 0, 113, 200]]
                .into_iter()
                .all(hits)
        );
        assert!(![[192, 0, 2, 11], [11, 0, 0, 1]].into_iter().any(hits));
        assert!(!sieve.may_be_address(u32::from_be_bytes([192, 0, 2, 11])));
        assert_eq!(
            Sieve::default().touched(7),
            Touched {
                by_address: false,
                by_network: false
            }
        );
    }
}
