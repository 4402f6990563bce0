//! A look-up: what of a snapshot hits a value.
//!
//! A plain value is asked of the index of both layers, key by key in the order of `docs/spec/matching.md`, so that
//! nothing needs sorting. Everything else is read as a line by the matcher, layer by layer.

use std::cmp::Reverse;

use accord_matcher::{Kind, MatchKind};

use crate::index::{Class, Entry, PlainIndex, hash_of, ipv4_key};
use crate::plain::Form;
use crate::reader::{Found, Reader, Value};
use crate::snapshot::Snapshot;

impl Snapshot {
    /// Replaces what the reader found last by what hits this value.
    pub(crate) fn find(&self, reader: &mut Reader, value: &str) {
        reader.found.clear();
        let (Some(base), Some(live)) = (&self.base.index, &self.live.index) else {
            return self.find_written(reader, value);
        };
        let indexes = Indexes {
            snapshot: self,
            base,
            live,
        };
        match reader.plain.read(value) {
            Form::Name => indexes.name(reader),
            Form::Ipv4(octets) => indexes.ipv4(reader, octets),
            Form::Hash(kind) => indexes.hash(reader, kind),
            Form::Other => self.find_written(reader, value),
        }
    }

    fn find_written(&self, reader: &mut Reader, value: &str) {
        let mut starts = Vec::new();
        let mut layers = 0;
        for (layer, is_live) in [(&self.base, false), (&self.live, true)] {
            if layer.len() == 0 {
                continue;
            }
            let Reader {
                lookup, hits, found, ..
            } = reader;
            lookup.read(&layer.watchlist, value, false, hits);
            let before = starts.len();
            for hit in hits.drain(..) {
                if !is_live && self.gone.contains(&hit.indicator) {
                    continue;
                }
                let Some(note) = layer.note(hit.indicator) else {
                    continue;
                };
                starts.push(hit.start);
                found.push(Found {
                    is_live,
                    id: hit.indicator,
                    action: note.action,
                    kind: hit.kind,
                    how: hit.how,
                    value: Value::Written(hit.value),
                });
            }
            layers += usize::from(starts.len() > before);
        }
        if layers > 1 {
            self.sort(&mut reader.found, starts);
        }
    }

    /// The matcher's order within one watchlist; needed only where both layers hit.
    fn sort(&self, found: &mut Vec<Found>, starts: Vec<usize>) {
        let mut placed: Vec<(usize, Found)> = starts.into_iter().zip(found.drain(..)).collect();
        placed.sort_by(|(start_a, a), (start_b, b)| {
            let (text_a, text_b) = (written(a), written(b));
            let one = (start_a, Reverse(text_a.len()), a.kind, text_a);
            let other = (start_b, Reverse(text_b.len()), b.kind, text_b);
            one.cmp(&other).then_with(|| self.rank(a).cmp(&self.rank(b)))
        });
        found.extend(placed.into_iter().map(|(_, found)| found));
    }

    /// The order of what hit one value: exact, port, nearest parent or longest start, smallest network, weak address.
    fn rank(&self, found: &Found) -> (u8, Reverse<usize>, bool, usize, &str) {
        let text = self.layer(found.is_live).text(found.id);
        let port = || text.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
        let (class, near, then) = match found.how {
            MatchKind::Exact => (0, text.len(), 0),
            MatchKind::Port => (1, 0, port().unwrap_or(0)),
            MatchKind::Parent => (2, text.trim_start_matches('.').len(), 0),
            MatchKind::Prefix => (2, text.len(), 0),
            MatchKind::Cidr => {
                let bits = text.rsplit_once('/').and_then(|(_, bits)| bits.parse().ok());
                (3, bits.unwrap_or(0), 0)
            }
            MatchKind::Address => (4, 0, port().unwrap_or(0)),
        };
        (class, Reverse(near), text.starts_with('.'), then, text)
    }
}

fn written(found: &Found) -> &str {
    match &found.value {
        Value::Written(value) => value,
        Value::Plain(_) => "",
    }
}

/// Both layers' indexes.
struct Indexes<'s> {
    snapshot: &'s Snapshot,
    base: &'s PlainIndex,
    live: &'s PlainIndex,
}

impl Indexes<'_> {
    /// Visits what is listed under a key in either layer.
    #[inline]
    fn each(&self, key: &[u8], mut visit: impl FnMut(bool, Entry)) {
        let hash = hash_of(key);
        self.base.each(hash, key, |entry| {
            // Most often empty, and then not worth the hash.
            if self.snapshot.gone.is_empty() || !self.snapshot.gone.contains(&entry.id) {
                visit(false, entry);
            }
        });
        self.live.each(hash, key, |entry| visit(true, entry));
    }

    fn name(&self, reader: &mut Reader) {
        let Reader { plain, found, .. } = reader;
        for begin in plain.suffixes() {
            let suffix = plain.text().get(usize::from(begin)..).unwrap_or_default();
            let first = found.len();
            self.each(suffix, |is_live, entry| {
                let (how, begin) = match entry.class {
                    Class::Domain if begin == 0 => (MatchKind::Exact, Some(begin)),
                    Class::Domain => (MatchKind::Parent, Some(begin)),
                    Class::Subdomains if begin > 0 => (MatchKind::Parent, None),
                    _ => return,
                };
                found.push(plain_hit(is_live, entry, Kind::Domain, how, begin));
            });
            // At most two: a name, and its sub-domains.
            let new = found.get_mut(first..).unwrap_or_default();
            new.sort_by_key(|found| matches!(found.value, Value::Plain(None)));
        }
    }

    fn ipv4(&self, reader: &mut Reader, octets: [u8; 4]) {
        let found = &mut reader.found;
        self.each(&ipv4_key(octets, 32), |is_live, entry| {
            let (how, begin) = match entry.class {
                Class::Address => (MatchKind::Exact, Some(0)),
                Class::Network => (MatchKind::Cidr, None),
                _ => return,
            };
            found.push(plain_hit(is_live, entry, Kind::Ipv4, how, begin));
        });
        found.sort_by_key(|found| found.how == MatchKind::Cidr);
        for bits in (0..32).rev() {
            if !self.base.ipv4_bits().contains(&bits) && !self.live.ipv4_bits().contains(&bits) {
                continue;
            }
            self.each(&ipv4_key(octets, bits), |is_live, entry| {
                if entry.class == Class::Network {
                    found.push(plain_hit(is_live, entry, Kind::Ipv4, MatchKind::Cidr, None));
                }
            });
        }
    }

    fn hash(&self, reader: &mut Reader, kind: Kind) {
        let Reader { plain, found, .. } = reader;
        self.each(plain.text(), |is_live, entry| {
            if entry.class == Class::Hash {
                found.push(plain_hit(is_live, entry, kind, MatchKind::Exact, Some(0)));
            }
        });
    }
}

fn plain_hit(is_live: bool, entry: Entry, kind: Kind, how: MatchKind, begin: Option<u8>) -> Found {
    Found {
        is_live,
        id: entry.id,
        action: entry.action,
        kind,
        how,
        value: Value::Plain(begin),
    }
}
