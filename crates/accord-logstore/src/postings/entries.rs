//! Entries of many frames, parted by the leading bits of their keys, so that each part is small enough to be put in order
//! where it is near, and none is moved before. A part is parted once more by the next bits: fingerprints are spread evenly,
//! so that only a few entries at a time are left to be compared.

use super::table::TableKey;

/// How many lines of a cell have a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Entry<K> {
    pub(super) key: K,
    pub(super) cell: u32,
    pub(super) lines: u32,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Entries<K> {
    /// By the first byte of the key.
    parts: Vec<Vec<Entry<K>>>,
    held: usize,
    /// How many there is room for.
    room: usize,
    /// What a part is put in order in.
    spare: Vec<Entry<K>>,
    /// Whether each part is in order.
    sorted: bool,
    /// All that were ever put in.
    pub(super) count: u64,
}

impl<K> Default for Entries<K> {
    fn default() -> Self {
        let mut parts = Vec::new();
        parts.resize_with(1 << 8, Vec::new);
        Self {
            parts,
            held: 0,
            room: 0,
            spare: Vec::new(),
            sorted: true,
            count: 0,
        }
    }
}

impl<K: TableKey> Entries<K> {
    #[inline]
    pub(super) fn push(&mut self, entry: Entry<K>) {
        if let Some(part) = self.parts.get_mut(usize::from(entry.key.first_byte())) {
            let room = part.capacity();
            part.push(entry);
            if part.capacity() != room {
                self.room += part.capacity() - room;
            }
            self.held += 1;
            self.sorted = false;
            self.count += 1;
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.held == 0
    }

    /// Memory that they take.
    pub(super) fn bytes(&self) -> usize {
        self.room * size_of::<Entry<K>>()
    }

    /// Puts them in order, so that [`Entries::in_order`] has nothing to do.
    pub(super) fn sort(&mut self) {
        for part in self.parts.iter_mut().filter(|_| !self.sorted) {
            sort(part, &mut self.spare);
        }
        self.sorted = true;
        self.room = self.parts.iter().map(Vec::capacity).sum();
    }

    /// All of them, in order.
    pub(super) fn in_order(&mut self) -> impl Iterator<Item = Entry<K>> {
        self.sort();
        self.parts.iter().flatten().copied()
    }

    /// Drops all of them, and the memory that they take: how many they were stays known.
    pub(super) fn drop_all(&mut self) {
        *self = Self {
            count: self.count,
            ..Self::default()
        };
    }

    /// The same with none, whose memory is used again unless it is more than so many bytes.
    pub(super) fn emptied(mut self, most: usize) -> Self {
        if self.bytes() > most {
            return Self::default();
        }
        self.parts.iter_mut().for_each(Vec::clear);
        self.spare = Vec::new();
        (self.held, self.count, self.sorted) = (0, 0, true);
        self
    }
}

/// The most entries of a part that are parted once more, for which there has to be room a second time: a part has many only
/// where keys begin alike, as addresses do.
const MAX_PARTED: usize = 1 << 20;
/// Entries that are compared with each other, about.
const COMPARED: usize = 4;
/// The most bits by which a part is parted once more: their counts stay in the nearest cache.
const MAX_BITS: u32 = 12;

/// Puts the entries of one part in order; `spare` is room that is used again.
fn sort<K: TableKey>(part: &mut Vec<Entry<K>>, spare: &mut Vec<Entry<K>>) {
    let bits = (part.len() / COMPARED).max(1).ilog2().min(MAX_BITS);
    if bits < 3 || part.len() > MAX_PARTED {
        return K::sort(part);
    }
    let bucket = |entry: &Entry<K>| (entry.key.next_bits() >> (u64::BITS - bits)) as usize;
    // Where each bucket ends; at first, how many it has.
    let mut ends = vec![0_usize; 1 << bits];
    for entry in part.iter() {
        if let Some(end) = ends.get_mut(bucket(entry)) {
            *end += 1;
        }
    }
    let mut end = 0;
    for count in &mut ends {
        (end, *count) = (end + *count, end);
    }
    // What is in it is written over: parts are most often about as long as the one before.
    spare.resize(part.len(), Entry::default());
    for entry in part.iter() {
        if let Some(next) = ends.get_mut(bucket(entry)) {
            if let Some(place) = spare.get_mut(*next) {
                *place = *entry;
            }
            *next += 1;
        }
    }
    let mut start = 0;
    for end in ends {
        if let Some(few) = spare.get_mut(start..end).filter(|few| few.len() > 1) {
            K::sort(few);
        }
        start = end;
    }
    std::mem::swap(part, spare);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<K: TableKey + std::fmt::Debug>(keys: impl Fn(u64) -> K) {
        for count in [0, 1, 31, 32, 5000, 40_000_u64] {
            let mut entries = Entries::default();
            let mut expected = Vec::new();
            for n in 0..count {
                let entry = Entry {
                    key: keys(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
                    cell: u32::try_from(n).unwrap(),
                    lines: 1,
                };
                entries.push(entry);
                expected.push(entry);
            }
            assert!(entries.bytes() >= expected.len() * size_of::<Entry<K>>());
            expected.sort_unstable();
            entries.sort();
            let got: Vec<_> = entries.in_order().collect();
            assert_eq!(got, expected, "{count}");
            let bytes = entries.bytes();
            let mut again = entries.emptied(bytes);
            assert_eq!((again.is_empty(), again.bytes(), again.count), (true, bytes, 0));
            assert_eq!(again.in_order().next(), None);
            expected.iter().for_each(|entry| again.push(*entry));
            assert!(again.in_order().eq(expected.iter().copied()));
            again.drop_all();
            assert_eq!((again.is_empty(), again.bytes(), again.count), (true, 0, count));
            again.push(Entry::default());
            assert_eq!(again.emptied(0).bytes(), 0);
        }
    }

    #[test]
    fn entries_come_in_order() {
        check(|n| n);
        // The same key in many cells, keys that are alike but for the last bits, and few of them.
        check(|n| n >> 60);
        check(|n| n & 0xff00_0000_0000_0003);
        check(|n| (n >> 32) as u32);
        check(|n| (n >> 56) as u32);
        check(|n| u128::from(n) << 64 | u128::from(n));
        check(|n| u128::from(n >> 50));
    }
}
