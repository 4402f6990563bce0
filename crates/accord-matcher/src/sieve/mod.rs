//! What the probing pass asks before it asks the watchlist: small filters that say "no" to nearly everything that no
//! indicator can hit, at the cost of one load for a name or an address.
//!
//! - **Names**, of domains, of URL hosts, of mail domains: the last two labels of a name in a log are looked for among
//!   the last labels of all indicators, and only when they are there the next ones, so that a name without an indicator
//!   in its zone costs one probe, however many labels it has.
//! - **IPv4 addresses**: two bits for each /24, whether single addresses of it are indicators and whether networks
//!   touch it; then the address itself.
//!
//! Invariant: the sieve never says "no" to what an indicator hits. Everything else is rare by construction, not by
//! promise, and costs time only: the watchlist itself decides.

mod key;
mod words;

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use crate::classes::prefetch;
use crate::fingerprint::split_url;
use crate::pattern::{Host, Network, PatternKind, authority};
use crate::watchlist::Watchlist;
use words::WordFilter;

/// Salts of the keys of one name: what it is asked for.
const WHOLE: u64 = 1;
const MAIL: u64 = 2;

/// /24 networks of a word of the table, two bits each.
const NETWORKS_PER_WORD: u32 = 32;

/// See the module.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sieve {
    /// The last labels, from two on, of every name of an indicator, with the name itself; salted, the names.
    names: WordFilter,
    wholes: WordFilter,
    has_mail: bool,
    ipv4: Vec<u64>,
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
        let mut names = Vec::new();
        let mut wholes = Vec::new();
        let mut addresses = Vec::new();
        let mut sieve = Sieve::default();
        for (_, kind, text) in watchlist.iter() {
            match kind {
                PatternKind::Domain => add_name(text, WHOLE, &mut names, &mut wholes),
                PatternKind::Subdomains => {
                    add_name(text.trim_start_matches('.'), WHOLE, &mut names, &mut wholes)
                }
                PatternKind::Email => {
                    sieve.has_mail = true;
                    let domain = text.rsplit('@').next().unwrap_or(text);
                    add_name(domain, MAIL, &mut names, &mut wholes);
                }
                PatternKind::Url => {
                    let (host, _) = split_url(text.as_bytes());
                    match authority(&String::from_utf8_lossy(host)) {
                        Ok((Host::Name(name), _)) => add_name(&name, WHOLE, &mut names, &mut wholes),
                        Ok((Host::Address(IpAddr::V4(address)), _)) => {
                            sieve.add_ipv4(address.to_bits(), 32, &mut addresses);
                        }
                        Ok((Host::Address(IpAddr::V6(_)), _)) | Err(_) => {}
                    }
                }
                PatternKind::Address | PatternKind::Network | PatternKind::AddressPort => {
                    if let Some(network) = Network::of(kind, text).filter(|network| network.is_ipv4) {
                        let prefix = u32::from(network.prefix).saturating_sub(96);
                        sieve.add_ipv4(network.bits as u32, prefix, &mut addresses);
                    }
                }
                PatternKind::Hash => {}
            }
        }
        let filter = |mut keys: Vec<u64>| {
            keys.sort_unstable();
            keys.dedup();
            WordFilter::new(&keys)
        };
        sieve.names = filter(names);
        sieve.wholes = filter(wholes);
        sieve.addresses = filter(addresses);
        sieve
    }

    fn add_ipv4(&mut self, address: u32, prefix: u32, addresses: &mut Vec<u64>) {
        if self.ipv4.is_empty() {
            self.ipv4 = vec![0; (1 << 24) / NETWORKS_PER_WORD as usize];
        }
        let first = address >> 8;
        let (last, bit) = if prefix >= 32 {
            addresses.push(key::of_ipv4(address));
            (first, 1)
        } else {
            let size = u32::MAX.checked_shr(prefix).unwrap_or(0);
            ((address | size) >> 8, 2)
        };
        for network in first..=last {
            if let Some(word) = self.ipv4.get_mut((network / NETWORKS_PER_WORD) as usize) {
                *word |= bit << (network % NETWORKS_PER_WORD * 2);
            }
        }
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
        if let Some(word) = self
            .ipv4
            .get((address >> 8) as usize / NETWORKS_PER_WORD as usize)
        {
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

    /// What is known of the /24 of an IPv4 address.
    #[inline(always)]
    pub(crate) fn touched(&self, address: u32) -> Touched {
        let network = address >> 8;
        let word = self.ipv4.get((network / NETWORKS_PER_WORD) as usize);
        let bits = word.map_or(0, |word| word >> (network % NETWORKS_PER_WORD * 2));
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
            + self.ipv4.len() * 8
    }
}

/// Adds the last labels of a name, from two on, and the name itself.
fn add_name(name: &str, salt: u64, names: &mut Vec<u64>, wholes: &mut Vec<u64>) {
    let whole = key::each(name.as_bytes(), 0, name.len(), |key, _| {
        names.push(key);
        true
    });
    wholes.extend(whole.map(|whole| key::other(whole, salt)));
}

/// The sieve of a watchlist, made when somebody first scans with it: who only looks single values up has none.
#[derive(Debug, Clone, Default)]
pub(crate) struct LazySieve(OnceLock<Arc<Sieve>>);

impl LazySieve {
    /// The sieve; made now if it is not there.
    pub(crate) fn get(&self, watchlist: &Watchlist) -> &Arc<Sieve> {
        self.0.get_or_init(|| Arc::new(Sieve::new(watchlist)))
    }

    pub(crate) fn resident_bytes(&self) -> usize {
        self.0.get().map_or(0, |sieve| sieve.resident_bytes())
    }
}

/// It follows from the watchlist and says nothing of its own.
impl PartialEq for LazySieve {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for LazySieve {}

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
