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

    /// The number of what a row of a source says.
    pub(in crate::watchfile) fn of_row<'l>(
        &mut self,
        labels: impl Iterator<Item = &'l str>,
        source: &str,
        provenance: &str,
    ) -> u32 {
        self.begin();
        labels.for_each(|label| self.word(Side::Labels, &[label]));
        match provenance {
            "" => self.word(Side::Provenance, &[source]),
            provenance => self.word(Side::Provenance, &[source, ": ", provenance]),
        }
        self.number()
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

/// Sayings of one source that one of its readers has met: most rows say what a row shortly before them said.
#[derive(Debug)]
pub(in crate::watchfile) struct Known {
    /// By a hash of the label; each the last one met.
    slots: Vec<Option<KnownSaying>>,
}

#[derive(Debug)]
struct KnownSaying {
    label: String,
    provenance: String,
    number: u32,
}

/// A power of two.
const SLOTS: usize = 256;

impl Default for Known {
    fn default() -> Known {
        let mut slots = Vec::new();
        slots.resize_with(SLOTS, || None);
        Known { slots }
    }
}

impl Known {
    /// The number of what a row says, which `ask` tells where it is not known.
    pub(in crate::watchfile) fn number(
        &mut self,
        labels: &[&str],
        provenance: &str,
        ask: impl FnOnce() -> u32,
    ) -> u32 {
        let label = match labels {
            [] => "",
            [label] => label,
            // Rare, and told apart by a table that is asked anyway.
            _ => return ask(),
        };
        // No label and an empty one are not the same, but readers give no empty ones.
        let Some(slot) = self.slots.get_mut(slot_of(label, provenance)) else {
            return ask();
        };
        match slot {
            Some(known) if known.label == label && known.provenance == provenance => known.number,
            _ => {
                let number = ask();
                *slot = Some(KnownSaying {
                    label: label.to_owned(),
                    provenance: provenance.to_owned(),
                    number,
                });
                number
            }
        }
    }
}

/// Any hash will do: what falls together costs a question.
fn slot_of(label: &str, provenance: &str) -> usize {
    let word = |text: &str| {
        let text = text.as_bytes();
        let (first, last) = (text.first_chunk::<4>(), text.last_chunk::<4>());
        let ends = first.map_or(0, |first| u64::from(u32::from_le_bytes(*first))) << 32
            | last.map_or(0, |last| u64::from(u32::from_le_bytes(*last)));
        ends ^ text.len() as u64
    };
    let hash = (word(label) ^ word(provenance).rotate_left(17)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (hash >> 56) as usize % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_knows_what_it_has_asked() {
        let mut known = Known::default();
        let mut asked = 0;
        let texts: Vec<String> = (0..2_000).map(|number| format!("label {number}")).collect();
        for round in 0..2 {
            for (number, text) in (0..).zip(&texts) {
                for provenance in ["", "feed"] {
                    let expected = number * 2 + u32::from(!provenance.is_empty());
                    for _ in 0..2 {
                        let found = known.number(&[text], provenance, || {
                            asked += 1;
                            expected
                        });
                        assert_eq!(found, expected);
                    }
                }
            }
            assert!(asked <= 4_000 * (round + 1), "{asked}");
        }
        assert_eq!(known.number(&["a", "b"], "", || 7), 7);
        assert_eq!(known.number(&["a", "b"], "", || 8), 8);
        assert_eq!(known.number(&[], "", || 9), 9);
        assert_eq!(known.number(&[], "", || 10), 9);
    }

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
