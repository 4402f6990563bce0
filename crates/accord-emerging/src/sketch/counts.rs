//! How often, of any number of things: a count-min sketch (Cormode and Muthukrishnan 2005) with conservative update (Estan
//! and Varghese 2002) whose counts fade. It never says less than the truth as faded, and says more by collisions only; what
//! is asked of it are pasts to compare with, so that the error makes quiet.

use crate::kept::{Kept, Reader};
use crate::state::Damaged;

const ROWS: u64 = 4;

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Counts {
    /// Counters of a row less one; a power of two of them.
    mask: u64,
    cells: Vec<f32>,
}

/// Below this a faded count is nothing; keeps denormals out.
const NOTHING: f32 = 1e-6;

impl Counts {
    pub(crate) fn new(counters: usize) -> Self {
        let row = counters.next_power_of_two();
        Self {
            mask: row as u64 - 1,
            cells: vec![0.0; row * ROWS as usize],
        }
    }

    fn places(&self, hash: u64) -> impl Iterator<Item = usize> + use<> {
        let (first, step, mask) = (hash, (hash >> 32) | 1, self.mask);
        (0..ROWS)
            .map(move |row| (row * (mask + 1) + (first.wrapping_add(row.wrapping_mul(step)) & mask)) as usize)
    }

    /// How often, as faded.
    pub(crate) fn get(&self, hash: u64) -> f64 {
        let cells = self.places(hash).filter_map(|place| self.cells.get(place));
        f64::from(cells.copied().fold(f32::INFINITY, f32::min))
    }

    pub(crate) fn add(&mut self, hash: u64, amount: f64) {
        let now = (self.get(hash) + amount) as f32;
        for place in self.places(hash) {
            if let Some(cell) = self.cells.get_mut(place) {
                *cell = cell.max(now);
            }
        }
    }

    /// Leaves `share` of every count.
    pub(crate) fn fade(&mut self, share: f64) {
        let share = share as f32;
        for cell in &mut self.cells {
            *cell *= share;
            if *cell < NOTHING {
                *cell = 0.0;
            }
        }
    }

    pub(crate) fn counters(&self) -> usize {
        self.mask as usize + 1
    }

    pub(crate) fn held_bytes(&self) -> usize {
        self.cells.capacity() * size_of::<f32>()
    }
}

impl Kept for Counts {
    fn put(&self, out: &mut Vec<u8>) {
        self.mask.put(out);
        // Mostly empty: the places that are not.
        let filled: Vec<(u32, f32)> = (0..)
            .zip(self.cells.iter().copied())
            .filter(|cell| cell.1 != 0.0)
            .collect();
        filled.put(out);
    }

    fn take(from: &mut Reader<'_>) -> Result<Self, Damaged> {
        let mask = u64::take(from)?;
        let counters = usize::try_from(mask.wrapping_add(1)).map_err(|_| Damaged::Inconsistent)?;
        if !counters.is_power_of_two() || counters > *crate::limits::COUNTERS.end() {
            return Err(Damaged::Inconsistent);
        }
        let filled = Vec::<(u32, f32)>::take(from)?;
        if !filled.is_sorted_by(|a, b| a.0 < b.0) {
            return Err(Damaged::Inconsistent);
        }
        let mut counts = Self::new(counters);
        for (place, count) in filled {
            let cell = counts
                .cells
                .get_mut(place as usize)
                .ok_or(Damaged::Inconsistent)?;
            *cell = count;
        }
        Ok(counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{Key, Purpose};

    fn hash(key: u8, number: u32) -> u64 {
        Key([key; 16]).hash(Purpose::Alike, 0, &number.to_le_bytes())
    }

    #[test]
    fn counts_are_never_below_and_hardly_above_the_truth() {
        let mut counts = Counts::new(1 << 12);
        for round in 0..3 {
            for number in (0..2_000).filter(|number| number % 3 >= round) {
                counts.add(hash(1, number), 1.0);
            }
        }
        let mut above = 0.0;
        for number in 0..2_000 {
            let error = counts.get(hash(1, number)) - f64::from(number % 3 + 1);
            assert!(error >= 0.0);
            above += error;
        }
        assert!(above < 40.0, "{above}");
        counts.fade(0.5);
        assert!(counts.get(hash(1, 2)) < 3.0);
        for _ in 0..40 {
            counts.fade(0.5);
        }
        assert_eq!(counts.get(hash(1, 2)), 0.0);
    }

    #[test]
    fn things_chosen_to_collide_under_one_key_do_not_under_another() {
        let victim = 0;
        let size = 1 << 8;
        let same = |key: u8, number: u32| (hash(key, number) ^ hash(key, victim)) & (size as u64 - 1) == 0;
        let chosen: Vec<u32> = (1..100_000).filter(|&number| same(1, number)).collect();
        assert!(chosen.len() > 200);
        let first_row = |key: u8| chosen.iter().filter(|&&number| same(key, number)).count();
        assert_eq!(first_row(1), chosen.len());
        assert!(first_row(2) < chosen.len() / 50, "{}", first_row(2));
    }
}
