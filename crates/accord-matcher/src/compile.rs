//! From records to a watchlist.

use crate::fingerprint::{of_network, of_text, split_url};
use crate::host::bits;
use crate::index::{Entry, Index, URL_HOST, entry};
use crate::pattern::{Network, PatternKind, UrlHost, fingerprint, url_host};
use crate::records::{Bytes12, RECORD, Records};
use crate::sealed::Section;
use crate::watchlist::{Shape, Watchlist};

impl Watchlist {
    /// Compiles records that are in ascending order of distinct ids, whose canonical texts lie in `texts` without gaps in the
    /// same order.
    pub(crate) fn compile(records: Vec<Bytes12>, texts: Vec<u8>) -> Watchlist {
        let records = Records {
            records: Section::of(records.into_flattened()),
            texts: Section::of(texts),
        };
        let (entries, shape) = entries(&records);
        Watchlist {
            index: Index::new(&entries),
            records,
            shape,
            ..Watchlist::default()
        }
    }
}

/// What the index holds, in ascending order, and what else the probing pass must know.
pub(crate) fn entries(records: &Records) -> (Vec<Entry>, Shape) {
    let mut shape = Shape::default();
    // A URL has two entries; most lists have few.
    let mut entries = Vec::with_capacity(records.len() + records.len() / 8);
    for row in 0..records.records.len() / RECORD {
        let Some((_, kind, text)) = records.get(row) else {
            continue;
        };
        let row = row as u32;
        entries.extend(fingerprint(kind, text).map(|fingerprint| entry(fingerprint, row)));
        entries.extend(take_shape(kind, text, &mut shape).map(|key| entry(key, URL_HOST)));
    }
    entries.sort_unstable();
    entries.dedup();
    shape.sort();
    (entries, shape)
}

/// Takes in what the probing pass must know of an indicator. Gives the fingerprint of its host, where it is a URL.
pub(crate) fn take_shape(kind: PatternKind, text: &str, shape: &mut Shape) -> Option<u64> {
    match kind {
        PatternKind::Network => shape.network(text),
        PatternKind::Url => {
            let (host, tail) = split_url(text.as_bytes());
            shape.longest_url_tail = shape.longest_url_tail.max(tail.len());
            return host_key(host);
        }
        _ => {}
    }
    None
}

/// The fingerprint of the host of a URL, without its port.
fn host_key(host: &[u8]) -> Option<u64> {
    Some(match url_host(host)? {
        UrlHost::Address(address) => of_network(bits(address), 128),
        UrlHost::Name(name) => of_text(name.as_bytes()),
    })
}

impl Shape {
    /// After the last indicator.
    pub(crate) fn sort(&mut self) {
        self.ipv4_prefixes.sort_unstable_by(|a, b| b.cmp(a));
        self.ipv6_prefixes.sort_unstable_by(|a, b| b.cmp(a));
    }

    /// Adds what other indicators say.
    pub(crate) fn add(&mut self, other: &Shape) {
        self.longest_url_tail = self.longest_url_tail.max(other.longest_url_tail);
        for (prefixes, more) in [
            (&mut self.ipv4_prefixes, &other.ipv4_prefixes),
            (&mut self.ipv6_prefixes, &other.ipv6_prefixes),
        ] {
            let new: Vec<u8> = more
                .iter()
                .copied()
                .filter(|prefix| !prefixes.contains(prefix))
                .collect();
            prefixes.extend(new);
        }
    }

    fn network(&mut self, text: &str) {
        let Some(network) = Network::of(PatternKind::Network, text) else {
            return;
        };
        let prefixes = if network.is_ipv4 {
            &mut self.ipv4_prefixes
        } else {
            &mut self.ipv6_prefixes
        };
        if !prefixes.contains(&network.prefix) {
            prefixes.push(network.prefix);
        }
    }
}
