//! The strongest of many: a table of fixed size in which a newcomer takes the place of the weakest of its set (as SpaceSaving
//! replaces the least counted; Metwally, Agrawal, El Abbadi 2005, but without giving the newcomer its count).

use std::cmp::Reverse;

use crate::kept::{Kept, Reader};
use crate::state::Damaged;

/// Places of a set.
const WAYS: usize = 8;

/// What is kept in a table.
pub(crate) trait Entry {
    /// Its keyed hash.
    fn hash(&self) -> u64;
    /// How much it is worth keeping; of the same strength the later.
    fn strength(&self) -> (u32, u64);
}

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Table<T> {
    sets: u64,
    places: Vec<Option<T>>,
    held: usize,
}

/// Places of a table of at least so many.
pub(crate) fn places_for(slots: usize) -> usize {
    slots.div_ceil(WAYS).next_power_of_two() * WAYS
}

impl<T: Entry> Table<T> {
    /// A table of at least `slots` places.
    pub(crate) fn new(slots: usize) -> Self {
        let places = places_for(slots);
        Self {
            sets: (places / WAYS) as u64,
            places: std::iter::repeat_with(|| None).take(places).collect(),
            held: 0,
        }
    }

    fn set(&self, hash: u64) -> std::ops::Range<usize> {
        let first = (hash >> 32) as usize & (self.sets as usize - 1);
        first * WAYS..(first + 1) * WAYS
    }

    pub(crate) fn get(&self, hash: u64) -> Option<&T> {
        let set = self.places.get(self.set(hash))?;
        set.iter().flatten().find(|entry| entry.hash() == hash)
    }

    pub(crate) fn get_mut(&mut self, hash: u64) -> Option<&mut T> {
        let set = self.set(hash);
        let set = self.places.get_mut(set)?;
        set.iter_mut().flatten().find(|entry| entry.hash() == hash)
    }

    /// Puts an entry that is not there in; gives back what had to leave: the weakest of the set, which may be itself.
    pub(crate) fn insert(&mut self, entry: T) -> Option<T> {
        let set = self.set(entry.hash());
        let strength = entry.strength();
        let places = self.places.get_mut(set)?;
        let weakest = places
            .iter_mut()
            .min_by_key(|place| place.as_ref().map(|held| (held.strength(), Reverse(held.hash()))))?;
        match weakest {
            Some(held) if held.strength() > strength => Some(entry),
            Some(held) => Some(std::mem::replace(held, entry)),
            empty => {
                *empty = Some(entry);
                self.held += 1;
                None
            }
        }
    }

    /// Takes out what is to leave, in the order of the places.
    pub(crate) fn drain(&mut self, leaves: impl Fn(&T) -> bool) -> Vec<T> {
        let mut left = Vec::new();
        for place in &mut self.places {
            if place.as_ref().is_some_and(&leaves)
                && let Some(entry) = place.take()
            {
                left.push(entry);
            }
        }
        self.held -= left.len();
        left
    }

    /// Every entry; what is changed must not be its hash.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.places.iter_mut().flatten()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.places.iter().flatten()
    }

    pub(crate) fn places(&self) -> usize {
        self.places.len()
    }

    /// Its own memory; what entries hold beside it is told by `of`.
    pub(crate) fn held_bytes(&self, of: impl Fn(&T) -> usize) -> usize {
        self.places.capacity() * size_of::<Option<T>>() + self.iter().map(of).sum::<usize>()
    }
}

impl<T: Entry + Kept> Kept for Table<T> {
    fn put(&self, out: &mut Vec<u8>) {
        (self.places.len() as u64).put(out);
        (self.held as u32).put(out);
        for (place, entry) in (0u32..).zip(&self.places) {
            if let Some(entry) = entry {
                place.put(out);
                entry.put(out);
            }
        }
    }

    fn take(from: &mut Reader<'_>) -> Result<Self, Damaged> {
        let slots = usize::take(from)?;
        if slots > *crate::limits::TABLE_SLOTS.end() * 2 {
            return Err(Damaged::Inconsistent);
        }
        let mut table = Self::new(slots);
        let held = from.length()?;
        for _ in 0..held {
            let place = u32::take(from)? as usize;
            let entry = T::take(from)?;
            let fits = table.set(entry.hash()).contains(&place) && table.get(entry.hash()).is_none();
            match table.places.get_mut(place) {
                Some(free @ None) if fits => *free = Some(entry),
                _ => return Err(Damaged::Inconsistent),
            }
        }
        table.held = held;
        if table.places.len() == slots {
            Ok(table)
        } else {
            Err(Damaged::Inconsistent)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, PartialEq)]
    struct One(u64, u32);

    impl Entry for One {
        fn hash(&self) -> u64 {
            self.0
        }
        fn strength(&self) -> (u32, u64) {
            (self.1, 0)
        }
    }

    #[test]
    fn the_weakest_of_a_set_leaves() {
        let mut table = Table::new(64);
        // All of one set.
        for number in 0..8 {
            assert_eq!(table.insert(One(number, 10 + number as u32)), None);
        }
        assert_eq!(table.insert(One(100, 5)), Some(One(100, 5)), "weaker than all");
        assert_eq!(table.insert(One(101, 50)), Some(One(0, 10)));
        assert_eq!(table.get(101), Some(&One(101, 50)));
        assert_eq!(table.get(0), None);
        assert_eq!(table.held, 8);
        let left = table.drain(|one| one.1 < 13);
        assert_eq!(left.len(), 2);
        assert_eq!((table.held, table.iter().count()), (6, 6));
    }

    #[test]
    fn it_never_holds_more_than_its_places() {
        let mut table = Table::new(64);
        for number in 0..10_000u64 {
            table.insert(One(number.wrapping_mul(0x9e37_79b9_7f4a_7c15), number as u32));
        }
        assert_eq!(table.held, 64);
    }
}
