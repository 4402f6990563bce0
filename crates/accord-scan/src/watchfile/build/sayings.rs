//! What sources say of indicators: most rows say what many others say, so that each saying is kept once.

use std::collections::HashMap;
use std::sync::Arc;

use crate::watchfile::sets::Side;

/// Bytes before a word: the side (1) and its length (4).
const HEAD: usize = 5;

/// Sayings by number: words with their sides, in their order.
#[derive(Debug, Default)]
pub(in crate::watchfile) struct Sayings {
    numbers: HashMap<Arc<[u8]>, u32>,
    all: Vec<Arc<[u8]>>,
    /// The number of the last one.
    last: u32,
    making: Vec<u8>,
}

impl Sayings {
    /// Begins one.
    pub(in crate::watchfile) fn begin(&mut self) {
        self.making.clear();
    }

    /// Adds a word to the one that was begun, in parts.
    pub(in crate::watchfile) fn word(&mut self, side: Side, parts: &[&str]) {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        self.making.push(side as u8);
        self.making.extend_from_slice(&(length as u32).to_le_bytes());
        for part in parts {
            self.making.extend_from_slice(part.as_bytes());
        }
    }

    /// The number of the one that was made.
    pub(in crate::watchfile) fn number(&mut self) -> u32 {
        let Sayings {
            numbers,
            all,
            last,
            making,
        } = self;
        if all.get(*last as usize).is_some_and(|known| **known == **making) {
            return *last;
        }
        *last = match numbers.get(making.as_slice()) {
            Some(number) => *number,
            None => {
                let number = all.len() as u32;
                let saying: Arc<[u8]> = Arc::from(making.as_slice());
                all.push(saying.clone());
                numbers.insert(saying, number);
                number
            }
        };
        *last
    }

    /// How many there are.
    pub(in crate::watchfile) fn len(&self) -> usize {
        self.all.len()
    }

    /// The words of one, with their sides.
    pub(in crate::watchfile) fn words(&self, number: u32) -> impl Iterator<Item = (Side, &str)> {
        let mut rest = self.all.get(number as usize).map_or(&[][..], |saying| &**saying);
        std::iter::from_fn(move || {
            let (&[side, l0, l1, l2, l3], after) = rest.split_first_chunk::<HEAD>()?;
            let (word, after) = after.split_at_checked(u32::from_le_bytes([l0, l1, l2, l3]) as usize)?;
            rest = after;
            let side = if side == Side::Labels as u8 {
                Side::Labels
            } else {
                Side::Provenance
            };
            Some((side, std::str::from_utf8(word).ok()?))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_saying_has_one_number() {
        let mut sayings = Sayings::default();
        let mut say = |labels: &[&str], provenance: &[&str]| {
            sayings.begin();
            labels
                .iter()
                .for_each(|label| sayings.word(Side::Labels, &[label]));
            sayings.word(Side::Provenance, provenance);
            sayings.number()
        };
        assert_eq!(say(&["a", "b"], &["list", ": ", "x"]), 0);
        assert_eq!(say(&["ab"], &["list: x"]), 1);
        assert_eq!(say(&["ab"], &["list", ": x"]), 1);
        assert_eq!(say(&["a", "b"], &["list: x"]), 0);
        assert_eq!(say(&[], &[""]), 2);
        let words = |number| {
            sayings
                .words(number)
                .map(|(side, word)| (side as u8, word))
                .collect::<Vec<_>>()
        };
        assert_eq!(words(0), [(0, "a"), (0, "b"), (1, "list: x")]);
        assert_eq!(words(2), [(1, "")]);
        assert!(words(3).is_empty());
        assert_eq!(sayings.len(), 3);
    }
}
