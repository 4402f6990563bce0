//! The keys of one frame: a hash table that counts lines, a line once.
//!
//! The entries lie one after the other, and the table itself holds only their numbers, so that both stay in the nearer
//! caches. Keys wait until there are enough of them: then what is looked at for each is asked for from memory before the
//! first is counted.

use std::hash::{BuildHasher, Hasher, RandomState};

use accord_matcher::prefetch;

use super::entries::Entry;

/// A key that tells its own hash.
pub(super) trait TableKey: Copy + Ord + Default + Into<u128> {
    /// 64 bits of which all are spread evenly, by a secret number: logs are written by strangers too.
    fn spread(self, secret: u64) -> u64;

    /// Its leading eight bits.
    fn first_byte(self) -> u8;

    /// The bits behind the leading eight, the first the highest.
    fn next_bits(self) -> u64;

    /// Puts a few entries in order.
    fn sort(entries: &mut [Entry<Self>]) {
        entries.sort_unstable();
    }
}

fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

impl TableKey for u64 {
    fn spread(self, secret: u64) -> u64 {
        fold(self ^ secret, 0x9e37_79b9_7f4a_7c15)
    }

    fn first_byte(self) -> u8 {
        (self >> 56) as u8
    }

    fn next_bits(self) -> u64 {
        self << 8
    }

    fn sort(entries: &mut [Entry<Self>]) {
        // As one number, which is compared without branches: of a key no two entries have the same cell.
        entries.sort_unstable_by_key(|entry| u128::from(entry.key) << 32 | u128::from(entry.cell));
    }
}

impl TableKey for u32 {
    fn spread(self, secret: u64) -> u64 {
        u64::from(self).spread(secret)
    }

    fn first_byte(self) -> u8 {
        (self >> 24) as u8
    }

    fn next_bits(self) -> u64 {
        u64::from(self) << 40
    }

    fn sort(entries: &mut [Entry<Self>]) {
        // As one number: of a key no two entries have the same cell.
        entries.sort_unstable_by_key(|entry| u64::from(entry.key) << 32 | u64::from(entry.cell));
    }
}

impl TableKey for u128 {
    fn spread(self, secret: u64) -> u64 {
        (self as u64).spread(((self >> 64) as u64).spread(secret))
    }

    fn first_byte(self) -> u8 {
        (self >> 120) as u8
    }

    fn next_bits(self) -> u64 {
        (self >> 56) as u64
    }
}

/// A key of a line that is not counted yet.
#[derive(Debug, Clone, Copy)]
struct Waiting<K> {
    key: K,
    cell: u32,
    line: u32,
    hash: u64,
}

/// See the module.
#[derive(Debug)]
pub(super) struct FrameTable<K> {
    /// A power of two, or none: the number of an entry from 1 on, with bits of its hash above; 0 is free.
    slots: Vec<u32>,
    /// Each entry, and the last line that was counted in it.
    entries: Vec<(Entry<K>, u32)>,
    waiting: Vec<Waiting<K>>,
    secret: u64,
}

impl<K> Default for FrameTable<K> {
    fn default() -> Self {
        // The order in the table is seen nowhere.
        let secret = RandomState::new().build_hasher().finish();
        Self {
            slots: Vec::new(),
            entries: Vec::new(),
            waiting: Vec::with_capacity(MAX_WAITING),
            secret,
        }
    }
}

const FIRST_SLOTS: usize = 4096;
/// Keys that wait together.
pub(super) const MAX_WAITING: usize = 64;
/// Bits of a slot that are the number of its entry.
const NUMBER_BITS: u32 = 20;
const NUMBER: u32 = (1 << NUMBER_BITS) - 1;
/// The most entries of one table: who counts stops long before.
pub(super) const MAX_TABLE_KEYS: usize = NUMBER as usize;

impl<K: TableKey> FrameTable<K> {
    /// Counts line number `line` (of the frame) of a cell under a key, at once or later.
    #[inline]
    pub(super) fn add(&mut self, key: K, cell: u32, line: u32) {
        if self.waiting.len() == MAX_WAITING {
            self.settle();
        }
        self.waiting.push(Waiting {
            key,
            cell,
            line,
            hash: self.hash(key, cell),
        });
    }

    /// Counts what waits.
    pub(super) fn settle(&mut self) {
        let needed = (self.entries.len() + self.waiting.len()) * 2;
        if needed > self.slots.len() {
            self.grow(needed);
        }
        let shift = self.shift();
        for waiting in &self.waiting {
            if let Some(slot) = self.slots.get((waiting.hash >> shift) as usize) {
                prefetch(slot);
            }
        }
        let mut waiting = std::mem::take(&mut self.waiting);
        for key in waiting.drain(..) {
            self.count(key, shift);
        }
        self.waiting = waiting;
    }

    #[inline]
    fn count(
        &mut self,
        Waiting {
            key,
            cell,
            line,
            hash,
        }: Waiting<K>,
        shift: u32,
    ) {
        let mask = self.slots.len() - 1;
        let mut at = (hash >> shift) as usize;
        while let Some(slot) = self.slots.get_mut(at) {
            if *slot == 0 {
                if self.entries.len() < MAX_TABLE_KEYS {
                    self.entries.push((Entry { key, cell, lines: 1 }, line));
                    *slot = mark(hash) | self.entries.len() as u32;
                }
                return;
            }
            if *slot & !NUMBER == mark(hash)
                && let Some((entry, last)) = self.entries.get_mut((*slot & NUMBER) as usize - 1)
                && entry.key == key
                && entry.cell == cell
            {
                entry.lines += u32::from(*last != line);
                *last = line;
                return;
            }
            at = (at + 1) & mask;
        }
    }

    fn hash(&self, key: K, cell: u32) -> u64 {
        // Above all bits of an IPv4 address, so that no two pairs of address and cell are one number.
        key.spread(self.secret ^ u64::from(cell) << 32)
    }

    /// By which a hash becomes the number of a slot.
    fn shift(&self) -> u32 {
        64 - self.slots.len().max(2).ilog2()
    }

    fn grow(&mut self, needed: usize) {
        self.slots = vec![0; needed.next_power_of_two().max(FIRST_SLOTS)];
        let (mask, shift) = (self.slots.len() - 1, self.shift());
        for ((entry, _), number) in self.entries.iter().zip(1..) {
            let hash = self.hash(entry.key, entry.cell);
            let mut at = (hash >> shift) as usize;
            while let Some(slot) = self.slots.get_mut(at) {
                if *slot == 0 {
                    *slot = mark(hash) | number;
                    break;
                }
                at = (at + 1) & mask;
            }
        }
    }

    /// How many entries it holds, what waits counted as if all were new.
    pub(super) fn most(&self) -> usize {
        self.entries.len() + self.waiting.len()
    }

    /// Gives all entries, in no order, and is empty again.
    pub(super) fn drain(&mut self, mut take: impl FnMut(Entry<K>)) {
        self.settle();
        if self.entries.is_empty() {
            return;
        }
        self.slots.fill(0);
        for (entry, _) in self.entries.drain(..) {
            take(entry);
        }
    }
}

/// The bits of a hash that stand in a slot beside a number.
fn mark(hash: u64) -> u32 {
    hash as u32 & !NUMBER
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
        table.settle();
        assert_eq!(table.most(), expected.len());
        let mut got = Vec::new();
        table.drain(|entry| got.push(((entry.key, entry.cell), entry.lines)));
        got.sort();
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(key, lines)| (key, lines.len() as u32))
            .collect();
        assert_eq!(got, expected);
        assert_eq!(table.most(), 0);
        table.drain(|_| unreachable!());
    }

    #[test]
    fn lines_are_counted_once_under_each_key() {
        check((0..30_000u64).map(|n| (n % 7001) << 40));
        check((0..30_000u32).map(|n| n * 256));
        check((0..30_000u128).map(|n| ((n % 11) << 100) | (n % 977)));
    }
}
