//! Labels and provenance of each indicator, as sets of words that are each stored once.

use std::collections::HashMap;

use accord_matcher::{IndicatorId, SealedFile, Section, SectionName};
use bytes::Bytes;

use super::WatchfileError;

/// Collects the sets of a build.
#[derive(Debug, Default)]
pub(super) struct SetBuilder {
    words: Vec<String>,
    word_ids: HashMap<String, u32>,
    /// Sets of words, each sorted by word id; the first is the empty one.
    sets: Vec<Vec<u32>>,
    set_ids: HashMap<Vec<u32>, u32>,
    /// Set and word to the set with that word: most rows take a step that another row took.
    steps: HashMap<(u32, u32), u32>,
}

/// Which of an indicator's two sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Labels = 0,
    Provenance = 1,
}

/// An indicator's set of labels and its set of provenances, by number.
pub(super) type Sets = [u32; 2];

impl SetBuilder {
    /// The sets of an indicator with words more.
    pub(super) fn with<'w>(&mut self, sets: Sets, words: impl Iterator<Item = (Side, &'w str)>) -> Sets {
        let [mut labels, mut provenance] = sets;
        for (side, word) in words {
            let set = match side {
                Side::Labels => &mut labels,
                Side::Provenance => &mut provenance,
            };
            let word = self.word(word);
            *set = self.step(*set, word);
        }
        [labels, provenance]
    }

    fn word(&mut self, word: &str) -> u32 {
        if let Some(&id) = self.word_ids.get(word) {
            return id;
        }
        let id = self.words.len() as u32;
        self.words.push(word.to_owned());
        self.word_ids.insert(word.to_owned(), id);
        id
    }

    fn step(&mut self, set: u32, word: u32) -> u32 {
        if let Some(&known) = self.steps.get(&(set, word)) {
            return known;
        }
        if self.sets.is_empty() {
            self.sets.push(Vec::new());
            self.set_ids.insert(Vec::new(), 0);
        }
        let mut words = self.sets.get(set as usize).cloned().unwrap_or_default();
        if let Err(at) = words.binary_search(&word) {
            words.insert(at, word);
        }
        let next = self.sets.len() as u32;
        let id = *self.set_ids.entry(words.clone()).or_insert(next);
        if id == next {
            self.sets.push(words);
        }
        self.steps.insert((set, word), id);
        id
    }

    /// The table, the words of its sets sorted. `of` has the sets of each indicator, 8 bytes each.
    pub(super) fn finish(mut self, of: Bytes) -> LabelTable {
        if self.sets.is_empty() {
            self.sets.push(Vec::new());
        }
        let (mut set_ends, mut members) = (vec![0u32.to_le_bytes()], Vec::new());
        for set in &self.sets {
            let mut set = set.clone();
            set.sort_unstable_by_key(|&word| self.words.get(word as usize));
            members.extend(set.iter().map(|word| word.to_le_bytes()));
            set_ends.push((members.len() as u32).to_le_bytes());
        }
        let (mut word_ends, mut text) = (vec![0u32.to_le_bytes()], String::new());
        for word in &self.words {
            text.push_str(word);
            word_ends.push((text.len() as u32).to_le_bytes());
        }
        LabelTable {
            of: Section::of(of),
            set_ends: Section::of(set_ends.into_flattened()),
            members: Section::of(members.into_flattened()),
            word_ends: Section::of(word_ends.into_flattened()),
            text: Section::of(text.into_bytes()),
        }
    }
}

/// Sets as they lie in the table.
pub(super) fn stored([labels, provenance]: Sets) -> [u8; 8] {
    (u64::from(provenance) << 32 | u64::from(labels)).to_le_bytes()
}

/// The inverse of [`stored`].
pub(super) fn loaded(bytes: [u8; 8]) -> Sets {
    let both = u64::from_le_bytes(bytes);
    [both as u32, (both >> 32) as u32]
}

/// The sections of the table in the file, in the order of [`LabelTable::sections`].
const NAMES: [SectionName; 5] = [
    *b"l.of\0\0\0\0",
    *b"l.sets\0\0",
    *b"l.member",
    *b"l.words\0",
    *b"l.text\0\0",
];

/// Labels and provenance by indicator, as they lie in the file: nothing is read before somebody asks. Numbers have 4 bytes
/// each.
#[derive(Debug, Clone)]
pub(super) struct LabelTable {
    /// Of each indicator the number of its set of labels and of its set of provenances.
    of: Section,
    /// 0, then where in the members each set ends; set 0 is empty.
    set_ends: Section,
    /// Words by number; within a set in the order of the words.
    members: Section,
    /// 0, then where in the text each word ends.
    word_ends: Section,
    text: Section,
}

impl LabelTable {
    pub(super) fn open(file: &SealedFile) -> Result<LabelTable, WatchfileError> {
        let section = |name: &SectionName| file.section(name).ok_or(WatchfileError::Content("label table"));
        let [of, set_ends, members, word_ends, text] = NAMES;
        let table = LabelTable {
            of: section(&of)?,
            set_ends: section(&set_ends)?,
            members: section(&members)?,
            word_ends: section(&word_ends)?,
            text: section(&text)?,
        };
        let numbers = |section: &Section| section.len().is_multiple_of(4);
        let is_sound = table.of.len().is_multiple_of(8)
            && numbers(&table.members)
            && [&table.set_ends, &table.word_ends]
                .iter()
                .all(|ends| numbers(ends) && !ends.is_empty());
        if is_sound {
            Ok(table)
        } else {
            Err(WatchfileError::Content("label table"))
        }
    }

    pub(super) fn sections(&self) -> Vec<(SectionName, Bytes)> {
        let sections = [
            &self.of,
            &self.set_ends,
            &self.members,
            &self.word_ends,
            &self.text,
        ];
        let whole = sections.map(|section| section.all().cloned().unwrap_or_default());
        NAMES.into_iter().zip(whole).collect()
    }

    pub(super) fn labels(&self, id: IndicatorId) -> Vec<&str> {
        self.set(id, Side::Labels)
    }

    pub(super) fn provenance(&self, id: IndicatorId) -> Vec<&str> {
        self.set(id, Side::Provenance)
    }

    /// How many indicators it has room for.
    pub(super) fn ids(&self) -> u32 {
        (self.of.len() / 8) as u32
    }

    fn set(&self, id: IndicatorId, side: Side) -> Vec<&str> {
        if id >= self.ids() {
            return Vec::new();
        }
        self.words_of(id, side).unwrap_or_else(|| {
            self.of.contradicts();
            Vec::new()
        })
    }

    /// None where the table is damaged or contradicts itself.
    fn words_of(&self, id: IndicatorId, side: Side) -> Option<Vec<&str>> {
        let set = self.of.u32(id as usize * 8 + side as usize * 4)? as usize;
        let (from, to) = ends(&self.set_ends, set)?;
        let (members, _) = self
            .members
            .get(from.checked_mul(4)?..to.checked_mul(4)?)?
            .as_chunks::<4>();
        members
            .iter()
            .map(|member| self.word(u32::from_le_bytes(*member)))
            .collect()
    }

    /// Whether every set of every indicator can be read, its words in order and each once.
    pub(super) fn is_sound(&self) -> bool {
        let sets = self.set_ends.len() / 4 - 1;
        let in_range =
            (0..self.of.len() / 4).all(|at| self.of.u32(at * 4).is_some_and(|set| (set as usize) < sets));
        in_range
            && (0..sets).all(|set| {
                ends(&self.set_ends, set).is_some_and(|(from, to)| {
                    let mut last = None;
                    (from..to).all(|member| {
                        let Some(word) = self.members.u32(member * 4).and_then(|word| self.word(word)) else {
                            return false;
                        };
                        last.replace(word).is_none_or(|last| last < word)
                    })
                })
            })
    }

    fn word(&self, word: u32) -> Option<&str> {
        let (from, to) = ends(&self.word_ends, word as usize)?;
        std::str::from_utf8(self.text.get(from..to)?).ok()
    }
}

/// The range of the element with this number.
fn ends(ends: &Section, number: usize) -> Option<(usize, usize)> {
    let at = number.checked_mul(4)?;
    let both = ends.get(at..at.checked_add(8)?)?;
    let (numbers, _) = both.as_chunks::<4>();
    let number = |i: usize| numbers.get(i).map(|bytes| u32::from_le_bytes(*bytes) as usize);
    let (from, to) = (number(0)?, number(1)?);
    (from <= to).then_some((from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_shared_sorted_and_survive_the_file() {
        let mut builder = SetBuilder::default();
        let labels =
            |words: &[&'static str]| words.iter().map(|word| (Side::Labels, *word)).collect::<Vec<_>>();
        let first = builder.with([0, 0], labels(&["zeus", "emotet", "zeus"]).into_iter());
        let first = builder.with(first, [(Side::Provenance, "list.csv")].into_iter());
        let second = builder.with([0, 0], labels(&["emotet", "zeus"]).into_iter());
        let all = [first, second, [0, 0]].map(stored);
        assert_eq!(all.map(loaded), [first, second, [0, 0]]);
        let table = builder.finish(Bytes::from(all.concat()));
        assert_eq!(table.labels(0), ["emotet", "zeus"]);
        assert_eq!(table.labels(1), ["emotet", "zeus"]);
        assert_eq!(table.of.u32(0), table.of.u32(8), "one set for both");
        assert_eq!(table.provenance(0), ["list.csv"]);
        assert!(table.labels(2).is_empty() && table.labels(9).is_empty());
        assert!(table.is_sound());
        let broken = LabelTable {
            members: Section::of(vec![9, 0, 0, 0]),
            ..table
        };
        assert!(broken.labels(0).is_empty() && !broken.is_sound());
    }
}
