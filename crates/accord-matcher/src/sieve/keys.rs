//! The keys of a sieve: what the indicators of a watchlist set in its filters.

use std::net::IpAddr;

use super::words::Word;
use super::{LastLabels, MAIL, NETWORKS_PER_WORD, WHOLE, key};
use crate::fingerprint::split_url;
use crate::pattern::{Network, PatternKind, UrlHost, url_host};
use crate::watchlist::Watchlist;

/// Keys in ascending order, each once, and the table of IPv4 networks.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    pub(crate) last: LastLabels,
    pub(crate) names: Vec<u64>,
    pub(crate) wholes: Vec<u64>,
    pub(crate) addresses: Vec<u64>,
    /// Empty without IPv4 addresses.
    pub(crate) ipv4: Vec<Word>,
    pub(crate) has_mail: bool,
}

impl Keys {
    pub(super) fn of(watchlist: &Watchlist) -> Keys {
        let mut keys = Keys::default();
        for (_, kind, text) in watchlist.iter() {
            keys.add(kind, text);
        }
        for keys in [&mut keys.names, &mut keys.wholes, &mut keys.addresses] {
            keys.sort_unstable();
            keys.dedup();
        }
        keys
    }

    pub(crate) fn add(&mut self, kind: PatternKind, text: &str) {
        match kind {
            PatternKind::Domain => self.add_name(text, WHOLE),
            PatternKind::Subdomains => self.add_name(text.trim_start_matches('.'), WHOLE),
            PatternKind::Email => {
                self.has_mail = true;
                self.add_name(text.rsplit('@').next().unwrap_or(text), MAIL);
            }
            PatternKind::Url => {
                let (host, _) = split_url(text.as_bytes());
                match url_host(host) {
                    Some(UrlHost::Name(name)) => self.add_name(&name, WHOLE),
                    Some(UrlHost::Address(IpAddr::V4(address))) => self.add_ipv4(address.to_bits(), 32),
                    Some(UrlHost::Address(IpAddr::V6(_))) | None => {}
                }
            }
            // IPv6: nothing of it is in the sieve.
            PatternKind::Address if text.contains(':') => {}
            PatternKind::Address | PatternKind::Network | PatternKind::AddressPort => {
                if let Some(network) = Network::of(kind, text).filter(|network| network.is_ipv4) {
                    let prefix = u32::from(network.prefix).saturating_sub(96);
                    self.add_ipv4(network.bits as u32, prefix);
                }
            }
            PatternKind::Hash => {}
        }
    }

    /// Adds what others say, apart from their keys.
    pub(crate) fn join(&mut self, other: &Keys) {
        self.last.add_all(&other.last);
        self.has_mail |= other.has_mail;
        if self.ipv4.is_empty() {
            self.ipv4.clone_from(&other.ipv4);
        } else {
            for (word, more) in self.ipv4.iter_mut().zip(&other.ipv4) {
                *word = (u64::from_le_bytes(*word) | u64::from_le_bytes(*more)).to_le_bytes();
            }
        }
    }

    /// Adds the last labels of a name, from two on, and the name itself.
    fn add_name(&mut self, name: &str, salt: u64) {
        self.last.add(name);
        let whole = key::each(name.as_bytes(), 0, name.len(), |key, _| {
            self.names.push(key);
            true
        });
        self.wholes.extend(whole.map(|whole| key::other(whole, salt)));
    }

    fn add_ipv4(&mut self, address: u32, prefix: u32) {
        if self.ipv4.is_empty() {
            self.ipv4 = vec![Word::default(); (1 << 24) / NETWORKS_PER_WORD as usize];
        }
        let first = address >> 8;
        let (last, bit) = if prefix >= 32 {
            self.addresses.push(key::of_ipv4(address));
            (first, 1)
        } else {
            let size = u32::MAX.checked_shr(prefix).unwrap_or(0);
            ((address | size) >> 8, 2u64)
        };
        for network in first..=last {
            if let Some(word) = self.ipv4.get_mut((network / NETWORKS_PER_WORD) as usize) {
                let set = bit << (network % NETWORKS_PER_WORD * 2);
                *word = (u64::from_le_bytes(*word) | set).to_le_bytes();
            }
        }
    }
}
