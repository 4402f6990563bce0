//! Entries of many frames, parted by the leading bits of their keys, so that each part is small enough to be put in order
//! where it is near, and none is moved before.

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
            count: 0,
        }
    }
}

impl<K: TableKey> Entries<K> {
    #[inline]
    pub(super) fn push(&mut self, entry: Entry<K>) {
        if let Some(part) = self.parts.get_mut(usize::from(entry.key.first_byte())) {
            part.push(entry);
            self.held += 1;
            self.count += 1;
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.held == 0
    }

    /// Memory that they take.
    pub(super) fn bytes(&self) -> usize {
        self.held * size_of::<Entry<K>>()
    }

    /// Takes all of them out, in order, part by part.
    pub(super) fn in_order(&mut self) -> impl Iterator<Item = Vec<Entry<K>>> {
        self.held = 0;
        self.parts.iter_mut().map(|part| {
            let mut part = std::mem::take(part);
            part.sort_unstable();
            part
        })
    }
}
