//! Values by number, in the order in which they are first seen: what a Parquet dictionary page holds.

use std::hash::{BuildHasher, Hasher, RandomState};

use super::text::is_same;
use rapidhash::v3::{RapidSecrets, rapidhash_v3_seeded};

/// Places of a table at its start; never more than half of them are taken.
const FIRST_SLOTS: usize = 1024;

/// Texts by number.
#[derive(Debug)]
pub(crate) struct TextDictionary {
    /// Logs are written by strangers too: which texts meet in a place is not for them to choose. Numbers do not depend on it.
    secrets: RapidSecrets,
    /// As the page has them: the length of each, four bytes, before it.
    page: Vec<u8>,
    /// Where each ends in the page.
    ends: Vec<u32>,
    /// Half of a hash, and the number plus one; nothing where a place is free.
    slots: Vec<u64>,
}

impl Default for TextDictionary {
    fn default() -> Self {
        Self {
            secrets: RapidSecrets::seed(RandomState::new().build_hasher().finish()),
            page: Vec::new(),
            ends: Vec::new(),
            slots: Vec::new(),
        }
    }
}

impl TextDictionary {
    pub(crate) fn clear(&mut self) {
        self.page.clear();
        self.ends.clear();
        self.slots.clear();
        self.slots.resize(FIRST_SLOTS, 0);
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn page(&self) -> &[u8] {
        &self.page
    }

    /// All texts, in the order of their numbers.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).map(|number| self.text(number))
    }

    fn text(&self, number: usize) -> &[u8] {
        let before = number.checked_sub(1).and_then(|before| self.ends.get(before));
        let start = before.map_or(0, |end| *end as usize) + size_of::<u32>();
        let end = self.ends.get(number).map_or(0, |end| *end as usize);
        self.page.get(start..end).unwrap_or_default()
    }

    /// The number of a text, which it gets where it has none.
    pub(crate) fn number(&mut self, text: &[u8]) -> u32 {
        let half = (rapidhash_v3_seeded(text, &self.secrets) >> 32) as u32;
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = half as usize & mask;
        loop {
            match self.slots.get(at) {
                Some(0) | None => break,
                Some(slot) => {
                    let number = (*slot as u32).wrapping_sub(1);
                    if (*slot >> 32) as u32 == half && is_same(self.text(number as usize), text) {
                        return number;
                    }
                }
            }
            at = (at + 1) & mask;
        }
        // A dictionary is full long before 4 GiB.
        let number = u32::try_from(self.len()).unwrap_or(u32::MAX);
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        self.page.extend_from_slice(&length.to_le_bytes());
        self.page.extend_from_slice(text);
        self.ends.push(u32::try_from(self.page.len()).unwrap_or(u32::MAX));
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = u64::from(half) << 32 | u64::from(number.wrapping_add(1));
        }
        if self.len() * 2 > self.slots.len() {
            self.grow();
        }
        number
    }

    fn grow(&mut self) {
        let wider = vec![0; self.slots.len() * 2];
        let mask = wider.len() - 1;
        for slot in std::mem::replace(&mut self.slots, wider) {
            if slot == 0 {
                continue;
            }
            let mut at = (slot >> 32) as usize & mask;
            while self.slots.get(at).is_some_and(|slot| *slot != 0) {
                at = (at + 1) & mask;
            }
            if let Some(free) = self.slots.get_mut(at) {
                *free = slot;
            }
        }
    }
}

/// Numbers by number.
#[derive(Debug, Default)]
pub(crate) struct NumberDictionary {
    values: Vec<i64>,
    /// The number plus one; nothing where a place is free.
    slots: Vec<u32>,
}

impl NumberDictionary {
    pub(crate) fn clear(&mut self) {
        self.values.clear();
        self.slots.clear();
        self.slots.resize(FIRST_SLOTS, 0);
    }

    pub(crate) fn values(&self) -> &[i64] {
        &self.values
    }

    /// The number of a value, which it gets where it has none.
    pub(crate) fn number(&mut self, value: i64) -> u32 {
        let mut at = self.place(value);
        let mask = self.slots.len().wrapping_sub(1);
        loop {
            match self.slots.get(at) {
                Some(0) | None => break,
                Some(slot) if self.values.get(*slot as usize - 1) == Some(&value) => return slot - 1,
                Some(_) => at = (at + 1) & mask,
            }
        }
        let number = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        self.values.push(value);
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = number.wrapping_add(1);
        }
        if self.values.len() * 2 > self.slots.len() {
            let wider = self.slots.len() * 2;
            self.slots.clear();
            self.slots.resize(wider, 0);
            for (value, number) in self.values.iter().zip(1..) {
                let mut at = self.place(*value);
                while self.slots.get(at).is_some_and(|slot| *slot != 0) {
                    at = (at + 1) & (wider - 1);
                }
                if let Some(slot) = self.slots.get_mut(at) {
                    *slot = number;
                }
            }
        }
        number
    }

    /// Where a value is looked for first: by the upper half of a product with the golden ratio (Knuth, 6.4).
    fn place(&self, value: i64) -> usize {
        let mixed = value.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        mixed as usize & self.slots.len().wrapping_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn numbers_are_given_in_order_and_once() {
        let (mut texts, mut numbers) = (TextDictionary::default(), NumberDictionary::default());
        for round in 0..2 {
            texts.clear();
            numbers.clear();
            let mut known = HashMap::new();
            for n in 0..20_000_u64 {
                let value = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) % (5000 + round);
                let next = u32::try_from(known.len()).unwrap();
                let expected = *known.entry(value).or_insert(next);
                let text = "x".repeat(usize::try_from(value % 30).unwrap()) + &value.to_string();
                assert_eq!(texts.number(text.as_bytes()), expected);
                assert_eq!(numbers.number(value.cast_signed() - 2500), expected);
            }
            assert_eq!((texts.len(), numbers.values().len()), (known.len(), known.len()));
            let sum: usize = texts.texts().map(|text| text.len() + 4).sum();
            assert_eq!(sum, texts.page().len());
        }
    }
}
