//! What a line can be found under without a watchlist: the keys of postings, and the one that an indicator probes.
//!
//! Whatever line an indicator can hit (weak hits too) has the indicator's key, or one in its range; a line that has the
//! key need not hit. So who keeps the keys of lines reads only lines that may hit, and misses none. Keys come from the
//! same tokens as hits (`token`), with two simplifications: of a URL only the host and the first
//! [`MAX_PATH_KEYS`] steps of its path count, its port and its query not; and a name whose last label starts with a digit
//! has no key: no registry delegates such, and times in logs (`20.600725Z`) read as names are of that form.
//!
//! Two ways give the same keys of a line: `plain` from the tokens, one after the other, which is the definition; and `pass`
//! by the line's bitmaps, which reads what is most often there itself and leaves the rest to the tokens.

mod maps;
mod pass;
mod plain;
mod reader;
#[cfg(test)]
mod tests;
mod versions;

use std::net::IpAddr;

use crate::bytes::at;
use crate::fingerprint::{mask, of_text, split_url};
use crate::host::bits;
use crate::pattern::{Host, Network, Pattern, PatternKind, authority};
pub use reader::KeyReader;

/// Steps of a URL's path that have a key.
pub const MAX_PATH_KEYS: usize = 4;

/// What a line is found under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// The fingerprint of a name or a parent of it, of the start of a URL, of an e-mail address or of a hash: 64 bits,
    /// uniform, stable across platforms and versions.
    Print(u64),
    /// An address as a number.
    Ipv4(u32),
    /// An address as a number; never a mapped one.
    Ipv6(u128),
}

/// The keys under which the lines stand that an indicator can hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Probe {
    /// This one.
    Print(u64),
    /// Those from the first to the last, both included.
    Ipv4(u32, u32),
    /// Those from the first to the last, both included.
    Ipv6(u128, u128),
    /// Lines that it hits have no key of it: every line has to be read.
    Every,
}

/// Takes the keys of a line; one may come more than once.
pub trait KeySink {
    /// See [`Key::Print`].
    fn print(&mut self, print: u64);
    /// See [`Key::Ipv4`].
    fn ipv4(&mut self, address: u32);
    /// See [`Key::Ipv6`].
    fn ipv6(&mut self, address: u128);
}

impl<F: FnMut(Key)> KeySink for F {
    fn print(&mut self, print: u64) {
        self(Key::Print(print));
    }

    fn ipv4(&mut self, address: u32) {
        self(Key::Ipv4(address));
    }

    fn ipv6(&mut self, address: u128) {
        self(Key::Ipv6(address));
    }
}

impl Pattern {
    /// Under which keys the lines stand that this indicator can hit.
    pub fn probe(&self) -> Probe {
        let text = self.canonical();
        match self.kind() {
            PatternKind::Hash => Probe::Print(of_text(text.as_bytes())),
            PatternKind::Domain | PatternKind::Email | PatternKind::Subdomains => {
                let text = text.strip_prefix('.').unwrap_or(text).as_bytes();
                if has_key(text) {
                    Probe::Print(of_text(text))
                } else {
                    Probe::Every
                }
            }
            kind @ (PatternKind::Address | PatternKind::AddressPort | PatternKind::Network) => {
                Network::of(kind, text).map_or(Probe::Every, range_of)
            }
            PatternKind::Url => url_probe(text.as_bytes()),
        }
    }
}

fn range_of(network: Network) -> Probe {
    let first = mask(network.bits, network.prefix);
    let last = first | !mask(u128::MAX, network.prefix);
    if network.is_ipv4 {
        // Mapped: the address is the last 32 bits.
        Probe::Ipv4(first as u32, last as u32)
    } else {
        Probe::Ipv6(first, last)
    }
}

fn url_probe(canonical: &[u8]) -> Probe {
    let (host, tail) = split_url(canonical);
    let host = std::str::from_utf8(host)
        .ok()
        .and_then(|host| authority(host).ok());
    let Some((host, _)) = host else {
        return Probe::Every;
    };
    let (key, bare) = match host {
        Host::Name(name) if !has_key(name.as_bytes()) => return Probe::Every,
        Host::Name(name) => (of_text(name.as_bytes()), Probe::Print(of_text(name.as_bytes()))),
        Host::Address(address) => {
            let bare = match key_of(address) {
                Key::Ipv4(number) => Probe::Ipv4(number, number),
                Key::Ipv6(number) => Probe::Ipv6(number, number),
                Key::Print(print) => Probe::Print(print),
            };
            (host_key(address), bare)
        }
    };
    let mut probe = bare;
    path_keys(key, tail, |key| probe = Probe::Print(key));
    probe
}

/// Whether the last label of a canonical name or e-mail address starts with a letter, as every delegated one does.
fn has_key(name: &[u8]) -> bool {
    let label = memchr::memrchr(b'.', name).map_or(0, |dot| dot + 1);
    at(name, label).is_some_and(|first| !first.is_ascii_digit())
}

fn key_of(address: IpAddr) -> Key {
    match address {
        IpAddr::V4(v4) => Key::Ipv4(v4.to_bits()),
        IpAddr::V6(v6) => Key::Ipv6(v6.to_bits()),
    }
}

/// Where the chain of a URL's path begins, of an address as its host.
fn host_key(address: IpAddr) -> u64 {
    chain(0, bits(address).to_be_bytes().as_slice())
}

/// The keys of the steps of a path: `/a`, `/a/b` of `/a/b/?q`. Of two tails of which one begins with the other where a URL
/// indicator can end, the keys of the shorter are the first of the longer.
fn path_keys(host: u64, tail: &[u8], mut take: impl FnMut(u64)) {
    let end = memchr::memchr2(b'?', b'#', tail).unwrap_or(tail.len());
    let path = tail.get(..end).unwrap_or_default();
    let ends = memchr::memchr_iter(b'/', path)
        .chain([path.len()])
        .filter(|&end| end > 0 && at(path, end - 1) != Some(b'/'));
    let (mut key, mut start) = (host, 0);
    for end in ends.take(MAX_PATH_KEYS) {
        key = chain(key, path.get(start..end).unwrap_or_default());
        start = end;
        take(key);
    }
}

fn chain(key: u64, piece: &[u8]) -> u64 {
    let mut link = [0; 16];
    let (left, right) = link.split_at_mut(8);
    left.copy_from_slice(&key.to_le_bytes());
    right.copy_from_slice(&of_text(piece).to_le_bytes());
    of_text(&link)
}
