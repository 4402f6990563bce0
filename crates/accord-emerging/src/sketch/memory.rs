//! When a value was first and last seen, of millions of values: a table of fixed size by 32 bits of a keyed hash within sets
//! of eight (two values are taken for one with a chance of about one in 500 million). What was seen on one day only makes
//! room first, so that a flood of values that nobody sees again costs the memory of their like, not of what is known.

use crate::kept::{Kept, Reader, kept};
use crate::state::Damaged;
use crate::time::DAY;

const WAYS: usize = 8;

/// What is remembered of a value. Its episode begins when it is new or wakes.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Remembered {
    /// Its hash; 0 is a free place.
    mark: u32,
    /// The first customer of the episode.
    pub who: u32,
    /// Hours since 1970.
    pub first_hour: u32,
    /// When the episode began, hours since 1970; 0: there is none.
    pub episode_hour: u32,
    /// Days since 1970.
    pub last_day: u16,
    /// Days on which it was seen, as far as counted.
    pub days: u16,
    /// The source of the first customer of the episode.
    pub source: u16,
    /// Days with events in which it was silent before the episode; 0 where it was new.
    pub gap: u16,
}
kept!(Remembered {
    mark,
    who,
    first_hour,
    episode_hour,
    last_day,
    days,
    source,
    gap
});

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Memory {
    sets: u64,
    slots: Vec<Remembered>,
    held: usize,
    /// The last day of a value seen on several days that had to be forgotten.
    forgot_day: u16,
}

/// Places of a memory of at least so many.
pub(crate) fn slots_for(slots: usize) -> usize {
    slots.div_ceil(WAYS).next_power_of_two() * WAYS
}

impl Memory {
    pub(crate) fn new(slots: usize) -> Self {
        let slots = slots_for(slots);
        Self {
            sets: (slots / WAYS) as u64,
            slots: vec![Remembered::default(); slots],
            held: 0,
            forgot_day: 0,
        }
    }

    /// What is remembered of a value, made where there is nothing, and whether it was made.
    pub(crate) fn entry(&mut self, hash: u64, hour: u32) -> Option<(&mut Remembered, bool)> {
        let mark = (hash as u32).max(1);
        let first = (hash >> 32) as usize & (self.sets as usize - 1);
        let set = self.slots.get_mut(first * WAYS..(first + 1) * WAYS)?;
        if let Some(at) = set.iter().position(|slot| slot.mark == mark) {
            return Some((set.get_mut(at)?, false));
        }
        let place = set
            .iter_mut()
            .min_by_key(|slot| (slot.mark != 0, slot.days > 1, slot.last_day, slot.mark))?;
        if place.mark == 0 {
            self.held += 1;
        } else if place.days > 1 {
            self.forgot_day = self.forgot_day.max(place.last_day);
        }
        *place = Remembered {
            mark,
            first_hour: hour,
            last_day: day_of(hour),
            days: 1,
            ..Remembered::default()
        };
        Some((place, true))
    }

    pub(crate) fn slots(&self) -> usize {
        self.slots.len()
    }

    pub(crate) fn len(&self) -> usize {
        self.held
    }

    /// What was seen on several days up to this one, days since 1970, may be forgotten; 0: nothing is.
    pub(crate) fn forgot_day(&self) -> u16 {
        self.forgot_day
    }

    pub(crate) fn held_bytes(&self) -> usize {
        self.slots.capacity() * size_of::<Remembered>()
    }
}

/// The day of an hour, both since 1970.
pub(crate) fn day_of(hour: u32) -> u16 {
    u16::try_from(u64::from(hour) / DAY).unwrap_or(u16::MAX)
}

impl Kept for Memory {
    fn put(&self, out: &mut Vec<u8>) {
        (self.slots.len() as u64).put(out);
        self.forgot_day.put(out);
        (self.held as u32).put(out);
        for (place, slot) in (0u32..).zip(&self.slots).filter(|slot| slot.1.mark != 0) {
            place.put(out);
            slot.put(out);
        }
    }

    fn take(from: &mut Reader<'_>) -> Result<Self, Damaged> {
        let slots = usize::take(from)?;
        if slots > *crate::limits::MEMORY_SLOTS.end() * 2 {
            return Err(Damaged::Inconsistent);
        }
        let forgot_day = Kept::take(from)?;
        let held = from.length()?;
        let mut memory = Self::new(slots);
        for _ in 0..held {
            let place = u32::take(from)? as usize;
            let read = Remembered::take(from)?;
            match memory.slots.get_mut(place) {
                Some(slot) if slot.mark == 0 && read.mark != 0 => *slot = read,
                _ => return Err(Damaged::Inconsistent),
            }
        }
        (memory.held, memory.forgot_day) = (held, forgot_day);
        if memory.slots.len() == slots {
            Ok(memory)
        } else {
            Err(Damaged::Inconsistent)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{Key, Purpose};

    fn hash(number: u32) -> u64 {
        Key([3; 16]).hash(Purpose::Value, 0, &number.to_le_bytes())
    }

    #[test]
    fn values_are_found_again() {
        let mut memory = Memory::new(1 << 10);
        let (slot, made) = memory.entry(hash(1), 48).unwrap();
        assert!(made && slot.first_hour == 48 && slot.last_day == 2 && slot.days == 1);
        assert!(!memory.entry(hash(1), 50).unwrap().1);
        assert!(memory.entry(hash(2), 50).unwrap().1);
        assert_eq!(memory.len(), 2);
    }

    #[test]
    fn a_flood_costs_what_was_seen_once_and_not_what_is_known() {
        let mut memory = Memory::new(1 << 12);
        for number in 0..1_000 {
            memory.entry(hash(number), 24).unwrap().0.days = 2;
        }
        for number in 10_000..1_000_000 {
            memory.entry(hash(number), 48).unwrap();
        }
        assert_eq!(memory.len(), 1 << 12, "full and no larger");
        let forgotten = (0..1_000).filter(|&number| memory.entry(hash(number), 72).unwrap().1);
        assert!(forgotten.count() < 10);
    }

    #[test]
    fn what_had_to_be_forgotten_is_told() {
        let mut memory = Memory::new(1 << 10);
        for number in 0..5_000 {
            let (slot, _) = memory.entry(hash(number), 240 + number).unwrap();
            slot.days = 2;
        }
        assert!(memory.forgot_day() >= 10);
    }
}
