//! Which indicators a builder holds: an open hash table of rows, 8 bytes a slot, with nothing allocated for each.

/// A slot: the hash above the row + 1; 0 is free.
type Slot = u64;

/// See the module.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    /// A power of two of them, or none.
    slots: Vec<Slot>,
    held: usize,
}

impl Seen {
    /// What `same` finds in one of the rows that were added with this hash.
    pub(crate) fn find<T>(&self, hash: u32, same: impl Fn(u32) -> Option<T>) -> Option<T> {
        let mut at = self.place(hash);
        loop {
            let slot = *self.slots.get(at)?;
            let row = (slot as u32).checked_sub(1)?;
            if (slot >> 32) as u32 == hash
                && let Some(found) = same(row)
            {
                return Some(found);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    /// Adds a row, which is below 2^32 - 1.
    pub(crate) fn add(&mut self, hash: u32, row: u32) {
        // At most three in four are taken, so that a free one is near.
        if (self.held + 1) * 4 > self.slots.len() * 3 {
            let larger = (self.slots.len() * 2).max(16);
            let slots = std::mem::replace(&mut self.slots, vec![0; larger]);
            slots
                .into_iter()
                .filter(|slot| *slot != 0)
                .for_each(|slot| self.put(slot));
        }
        self.put(u64::from(hash) << 32 | u64::from(row + 1));
        self.held += 1;
    }

    fn put(&mut self, slot: Slot) {
        let mut at = self.place((slot >> 32) as u32);
        while let Some(there) = self.slots.get_mut(at) {
            if *there == 0 {
                *there = slot;
                return;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    /// By the leading bits of the hash, so that growing reads and writes in order.
    fn place(&self, hash: u32) -> usize {
        ((u64::from(hash) * self.slots.len() as u64) >> 32) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_by_hash_and_told_apart() {
        let mut seen = Seen::default();
        // Few hashes, and at the end of the table, so that slots run over.
        let hash = |row: u32| u32::MAX - row % 50;
        for row in 0..300 {
            assert_eq!(
                seen.find(hash(row), |there| (there == row).then_some(there)),
                None
            );
            seen.add(hash(row), row);
        }
        for row in 0..300 {
            assert_eq!(
                seen.find(hash(row), |there| (there == row).then_some(there)),
                Some(row)
            );
        }
        assert_eq!(seen.find(7, Some), None);
    }
}
