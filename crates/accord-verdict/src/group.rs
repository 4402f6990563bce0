//! Values that are looked up together, stage by stage: all keys of all values, the filter's words, the buckets, the
//! records. Each stage asks for the memory that the next one reads, so that it is waited for once for all.
//!
//! The room of a [`Group`] is used again from one group to the next; nothing is allocated for a plain value.

use std::ops::Range;

use accord_matcher::{Kind, MatchKind};

use crate::index::{Class, Entry, PlainIndex, hash_of, ipv4_key};
use crate::plain::{Form, Plain};
use crate::reader::{Found, Value};
use crate::snapshot::Snapshot;

/// Values that are looked up together, at most.
pub(crate) const TOGETHER: usize = 32;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Group {
    /// As many as were ever looked up together; those of this group first.
    values: Vec<Asked>,
    count: usize,
    /// A value is not plain.
    has_written: bool,
    keys: Vec<Key>,
    candidates: Vec<Candidate>,
    /// What hit, silent detections included: of each value in the order of `docs/spec/matching.md`.
    pub found: Vec<Found>,
    /// The value that is spoken of.
    at: usize,
}

/// A value of a group.
#[derive(Debug)]
struct Asked {
    plain: Plain,
    form: Form,
    /// Its part of what was found.
    found: Range<usize>,
}

/// What is looked for: a name or a parent of it, an address or a network of it, a hash.
#[derive(Debug, Clone, Copy)]
struct Key {
    hash: u64,
    /// Whose it is.
    value: usize,
    /// Of a name where the key begins in it, of an address how many bits it has.
    part: u8,
}

/// A record that may be of a key.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    key: Key,
    place: u32,
    is_live: bool,
}

impl Group {
    /// The value that is spoken of, where it is plain.
    pub fn plain(&self) -> &Plain {
        static NONE: Plain = Plain::new();
        self.values.get(self.at).map_or(&NONE, |asked| &asked.plain)
    }

    /// What hit it.
    pub fn found(&self) -> &[Found] {
        self.found_of(self.at)
    }

    /// Speaks of another value of the group from now on.
    pub fn turn(&mut self, at: usize) {
        self.at = at;
    }

    /// How many values it has.
    pub fn count(&self) -> usize {
        self.count
    }

    /// What hit a value.
    pub fn found_of(&self, value: usize) -> &[Found] {
        let range = self.values.get(value).map(|asked| asked.found.clone());
        range.and_then(|range| self.found.get(range)).unwrap_or_default()
    }

    /// Whether any value is not plain.
    pub fn has_written(&self) -> bool {
        self.has_written
    }

    /// Whether a value is not plain.
    pub fn is_written(&self, value: usize) -> bool {
        let asked = self.values.get(value);
        asked.is_some_and(|asked| asked.form == Form::Other)
    }

    /// Takes what was found from there on as what hit a value.
    pub fn found_from(&mut self, value: usize, from: usize) {
        let to = self.found.len();
        if let Some(asked) = self.values.get_mut(value) {
            asked.found = from..to;
        }
    }

    /// Begins a group of these values; the first is spoken of. Where a snapshot has no index, none of them is plain.
    pub fn read<'v>(&mut self, snapshot: &Snapshot, values: impl Iterator<Item = &'v str>) {
        (self.count, self.at) = (0, 0);
        self.has_written = false;
        self.found.clear();
        self.keys.clear();
        let indexes = Indexes::of(snapshot);
        for value in values {
            if self.count == self.values.len() {
                self.values.push(Asked::default());
            }
            let Some(asked) = self.values.get_mut(self.count) else {
                return;
            };
            asked.found = 0..0;
            asked.form = Form::Other;
            if let Some(indexes) = &indexes {
                asked.form = asked.plain.read(value);
                asked.keys(indexes, |hash, part| {
                    indexes.base.prefetch_filter(hash);
                    self.keys.push(Key {
                        hash,
                        value: self.count,
                        part,
                    });
                });
            }
            self.has_written |= asked.form == Form::Other;
            self.count += 1;
        }
        if let Some(indexes) = indexes {
            self.filter(&indexes);
            self.look(&indexes);
            self.compare(&indexes);
        }
    }

    /// Keeps the keys that may be there, and asks for their buckets.
    fn filter(&mut self, indexes: &Indexes<'_>) {
        let mut kept = 0;
        for place in 0..self.keys.len() {
            let Some(&key) = self.keys.get(place) else { break };
            let may_be = indexes.base.may_hold(key.hash) | indexes.live.may_hold(key.hash);
            // One in ten is there: not worth a branch that the processor cannot foretell.
            if let Some(to) = self.keys.get_mut(kept) {
                *to = key;
            }
            kept += usize::from(may_be);
        }
        self.keys.truncate(kept);
        for key in &self.keys {
            indexes.base.prefetch_bucket(key.hash);
        }
    }

    /// Finds the records that may be of the keys, and asks for them.
    fn look(&mut self, indexes: &Indexes<'_>) {
        let Group { keys, candidates, .. } = self;
        candidates.clear();
        for &key in keys.iter() {
            for (index, is_live) in [(indexes.base, false), (indexes.live, true)] {
                index.places(key.hash, |place| {
                    index.prefetch_record(place);
                    candidates.push(Candidate { key, place, is_live });
                });
            }
        }
    }

    /// Compares the records with the keys; asks for the counts of those that hit.
    fn compare(&mut self, indexes: &Indexes<'_>) {
        let Group {
            values,
            candidates,
            found,
            ..
        } = self;
        for of_key in candidates.chunk_by(|one, next| one.key.is(&next.key)) {
            let first = found.len();
            for candidate in of_key {
                let Some(asked) = values.get_mut(candidate.key.value) else {
                    continue;
                };
                let mut room = [0; 5];
                let key = asked.key(candidate.key.part, &mut room);
                let Some(entry) = indexes.entry(candidate, key) else {
                    continue;
                };
                let Some(hit) = asked.hit(candidate, entry) else {
                    continue;
                };
                indexes.snapshot.layer(hit.is_live).prefetch_count(hit.id);
                if asked.found.is_empty() {
                    asked.found.start = found.len();
                }
                found.push(hit);
                asked.found.end = found.len();
            }
            // Two of a layer at most: a name, and its sub-domains; an address, and it as a network.
            let hits = found.get_mut(first..).unwrap_or_default();
            if hits.len() > 1 {
                hits.sort_by_key(|hit| matches!(hit.value, Value::Plain(None)));
            }
        }
    }
}

impl Default for Asked {
    fn default() -> Self {
        Asked {
            plain: Plain::default(),
            form: Form::Other,
            found: 0..0,
        }
    }
}

impl Asked {
    /// Its keys in the order of `docs/spec/matching.md`, each with its part.
    #[inline]
    fn keys(&self, indexes: &Indexes<'_>, mut visit: impl FnMut(u64, u8)) {
        let text = self.plain.text();
        match self.form {
            Form::Name => {
                for begin in self.plain.suffixes() {
                    let suffix = text.get(usize::from(begin)..).unwrap_or_default();
                    visit(hash_of(suffix), begin);
                }
            }
            Form::Hash(_) => visit(hash_of(text), 0),
            Form::Ipv4(octets) => {
                visit(hash_of(&ipv4_key(octets, 32)), 32);
                for bits in (0..32).rev().filter(|bits| indexes.has_ipv4_bits(*bits)) {
                    visit(hash_of(&ipv4_key(octets, bits)), bits);
                }
            }
            Form::Other => {}
        }
    }

    /// The bytes of a key.
    #[inline]
    fn key<'k>(&'k self, part: u8, room: &'k mut [u8; 5]) -> &'k [u8] {
        match self.form {
            Form::Ipv4(octets) => {
                *room = ipv4_key(octets, part);
                room
            }
            _ => self.plain.text().get(usize::from(part)..).unwrap_or_default(),
        }
    }

    /// What the entry of a key is to the value; none: nothing.
    #[inline]
    fn hit(&self, candidate: &Candidate, entry: Entry) -> Option<Found> {
        let part = candidate.key.part;
        let (kind, how, begin) = match (self.form, entry.class) {
            (Form::Name, Class::Domain) if part == 0 => (Kind::Domain, MatchKind::Exact, Some(0)),
            (Form::Name, Class::Domain) => (Kind::Domain, MatchKind::Parent, Some(part)),
            (Form::Name, Class::Subdomains) if part > 0 => (Kind::Domain, MatchKind::Parent, None),
            (Form::Ipv4(_), Class::Address) if part == 32 => (Kind::Ipv4, MatchKind::Exact, Some(0)),
            (Form::Ipv4(_), Class::Network) => (Kind::Ipv4, MatchKind::Cidr, None),
            (Form::Hash(kind), Class::Hash) => (kind, MatchKind::Exact, Some(0)),
            _ => return None,
        };
        Some(Found {
            is_live: candidate.is_live,
            id: entry.id,
            action: entry.action,
            kind,
            how,
            value: Value::Plain(begin),
        })
    }
}

impl Key {
    /// Whether both are one key of one value.
    fn is(&self, other: &Key) -> bool {
        (self.value, self.part) == (other.value, other.part)
    }
}

/// Both layers' indexes.
struct Indexes<'s> {
    snapshot: &'s Snapshot,
    base: &'s PlainIndex,
    live: &'s PlainIndex,
}

impl<'s> Indexes<'s> {
    /// None where a layer is too large for one.
    fn of(snapshot: &'s Snapshot) -> Option<Indexes<'s>> {
        Some(Indexes {
            snapshot,
            base: snapshot.base.index.as_ref()?,
            live: snapshot.live.index.as_ref()?,
        })
    }

    fn has_ipv4_bits(&self, bits: u8) -> bool {
        self.base.ipv4_bits().contains(&bits) || self.live.ipv4_bits().contains(&bits)
    }

    /// The listing of a candidate, where it is of this key and in force.
    #[inline]
    fn entry(&self, candidate: &Candidate, key: &[u8]) -> Option<Entry> {
        if candidate.is_live {
            return self.live.entry(candidate.place, key);
        }
        let entry = self.base.entry(candidate.place, key)?;
        let gone = &self.snapshot.gone;
        // Most often empty, and then not worth the hash.
        let is_gone = !gone.is_empty() && gone.contains(&entry.id);
        (!is_gone).then_some(entry)
    }
}
