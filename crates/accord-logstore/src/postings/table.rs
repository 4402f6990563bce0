//! The keys of one frame: an open hash table that counts lines, a line once.

use std::hash::{BuildHasher, Hasher, RandomState};

/// A key that tells its own hash.
pub(super) trait TableKey: Copy + Ord + Default + Into<u128> {
    /// 64 bits of which the leading ones are spread evenly, by a secret number: logs are written by strangers too.
    fn spread(self, secret: u64) -> u64;
}

fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

impl TableKey for u64 {
    fn spread(self, secret: u64) -> u64 {
        fold(self ^ secret, 0x9e37_79b9_7f4a_7c15)
    }
}

impl TableKey for u32 {
    fn spread(self, secret: u64) -> u64 {
        u64::from(self).spread(secret)
    }
}

impl TableKey for u128 {
    fn spread(self, secret: u64) -> u64 {
        (self as u64).spread(((self >> 64) as u64).spread(secret))
    }
}

/// How many lines of a cell have a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Entry<K> {
    pub(super) key: K,
    pub(super) cell: u32,
    /// 0: a free slot of a table.
    pub(super) lines: u32,
}

/// See the module.
#[derive(Debug)]
pub(super) struct FrameTable<K> {
    /// Each entry, and the last line that was counted in it. A power of two of them, or none.
    slots: Vec<(Entry<K>, u32)>,
    used: usize,
    secret: u64,
}

impl<K> Default for FrameTable<K> {
    fn default() -> Self {
        // The order in the table is seen nowhere.
        let secret = RandomState::new().build_hasher().finish();
        Self {
            slots: Vec::new(),
            used: 0,
            secret,
        }
    }
}

const FIRST_SLOTS: usize = 4096;

impl<K: TableKey> FrameTable<K> {
    /// Counts line number `line` (of the frame) of a cell under a key.
    pub(super) fn add(&mut self, key: K, cell: u32, line: u32) {
        if (self.used + 1) * 2 > self.slots.len() {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        let mut at = self.place(key, cell);
        while let Some((entry, last)) = self.slots.get_mut(at) {
            if entry.lines == 0 {
                (*entry, *last) = (Entry { key, cell, lines: 1 }, line);
                self.used += 1;
                return;
            }
            if entry.key == key && entry.cell == cell {
                entry.lines += u32::from(*last != line);
                *last = line;
                return;
            }
            at = (at + 1) & mask;
        }
    }

    fn place(&self, key: K, cell: u32) -> usize {
        let hash = key.spread(self.secret ^ u64::from(cell));
        (hash >> (64 - self.slots.len().ilog2())) as usize
    }

    fn grow(&mut self) {
        let larger = (self.slots.len() * 2).max(FIRST_SLOTS);
        let free = (Entry::default(), 0);
        let slots = std::mem::replace(&mut self.slots, vec![free; larger]);
        for (entry, line) in slots.into_iter().filter(|(entry, _)| entry.lines > 0) {
            let mut at = self.place(entry.key, entry.cell);
            while let Some(slot) = self.slots.get_mut(at) {
                if slot.0.lines == 0 {
                    *slot = (entry, line);
                    break;
                }
                at = (at + 1) & (larger - 1);
            }
        }
    }

    /// How many entries it holds.
    pub(super) fn len(&self) -> usize {
        self.used
    }

    /// Gives all entries, in no order, and is empty again.
    pub(super) fn drain(&mut self, mut take: impl FnMut(Entry<K>)) {
        if self.used == 0 {
            return;
        }
        for (entry, _) in &mut self.slots {
            if entry.lines > 0 {
                take(*entry);
                entry.lines = 0;
            }
        }
        self.used = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn check<K: TableKey + std::fmt::Debug>(keys: impl Iterator<Item = K>) {
        let mut table = FrameTable::default();
        let mut expected: BTreeMap<(K, u32), BTreeSet<u32>> = BTreeMap::new();
        for (key, n) in keys.zip(0u32..) {
            // Lines come one after the other; some say a key twice.
            let (cell, line) = (n % 5, n / 3);
            table.add(key, cell, line);
            expected.entry((key, cell)).or_default().insert(line);
        }
        assert_eq!(table.len(), expected.len());
        let mut got = Vec::new();
        table.drain(|entry| got.push(((entry.key, entry.cell), entry.lines)));
        got.sort();
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(key, lines)| (key, lines.len() as u32))
            .collect();
        assert_eq!(got, expected);
        assert_eq!(table.len(), 0);
        table.drain(|_| unreachable!());
    }

    #[test]
    fn lines_are_counted_once_under_each_key() {
        check((0..30_000u64).map(|n| (n % 7001) << 40));
        check((0..30_000u32).map(|n| n * 256));
        check((0..30_000u128).map(|n| ((n % 11) << 100) | (n % 977)));
    }
}
