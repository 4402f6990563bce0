//! Labels and provenance of each indicator, as sets of words that are each stored once.

use std::collections::HashMap;

use accord_matcher::IndicatorId;

use super::container::u32_at;

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
    /// For each indicator its set of labels and its set of provenances.
    of: Vec<[u32; 2]>,
}

/// Which of an indicator's two sets.
#[derive(Debug, Clone, Copy)]
pub(super) enum Side {
    Labels = 0,
    Provenance = 1,
}

impl SetBuilder {
    /// Adds a word to a set of an indicator. Ids come densely, from 0.
    pub(super) fn add(&mut self, id: IndicatorId, side: Side, word: &str) {
        if self.sets.is_empty() {
            self.sets.push(Vec::new());
            self.set_ids.insert(Vec::new(), 0);
        }
        let word = self.word(word);
        let at = id as usize;
        self.reserve(id);
        let Some(slot) = self.of.get(at).and_then(|sets| sets.get(side as usize)).copied() else {
            return;
        };
        let set = self.step(slot, word);
        if let Some(slot) = self.of.get_mut(at).and_then(|sets| sets.get_mut(side as usize)) {
            *slot = set;
        }
    }

    /// Makes room for an indicator that has no words.
    pub(super) fn reserve(&mut self, id: IndicatorId) {
        if self.of.len() <= id as usize {
            self.of.resize(id as usize + 1, [0, 0]);
        }
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

    /// The table, its sets in words and sorted.
    pub(super) fn finish(self) -> LabelTable {
        let sets = if self.sets.is_empty() {
            vec![Vec::new()]
        } else {
            self.sets
        };
        let in_words = |set: &Vec<u32>| {
            let mut words: Vec<String> = set
                .iter()
                .filter_map(|&word| self.words.get(word as usize).cloned())
                .collect();
            words.sort_unstable();
            words
        };
        LabelTable {
            sets: sets.iter().map(in_words).collect(),
            of: self.of,
        }
    }
}

/// Labels and provenance by indicator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LabelTable {
    sets: Vec<Vec<String>>,
    of: Vec<[u32; 2]>,
}

impl LabelTable {
    pub(super) fn labels(&self, id: IndicatorId) -> &[String] {
        self.set(id, Side::Labels)
    }

    pub(super) fn provenance(&self, id: IndicatorId) -> &[String] {
        self.set(id, Side::Provenance)
    }

    pub(super) fn ids(&self) -> u32 {
        self.of.len() as u32
    }

    fn set(&self, id: IndicatorId, side: Side) -> &[String] {
        let sets = self.of.get(id as usize).copied().unwrap_or_default();
        let set = sets
            .get(side as usize)
            .and_then(|&set| self.sets.get(set as usize));
        set.map(Vec::as_slice).unwrap_or_default()
    }

    /// Counts and lengths are 32-bit little-endian: sets (count; of each: count, words of length and bytes), then
    /// indicators (count; of each: label set, provenance set).
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.of.len() * 8 + 4096);
        let number = |value: usize, out: &mut Vec<u8>| out.extend_from_slice(&(value as u32).to_le_bytes());
        number(self.sets.len(), &mut out);
        for set in &self.sets {
            number(set.len(), &mut out);
            for word in set {
                number(word.len(), &mut out);
                out.extend_from_slice(word.as_bytes());
            }
        }
        number(self.of.len(), &mut out);
        for [labels, provenance] in &self.of {
            number(*labels as usize, &mut out);
            number(*provenance as usize, &mut out);
        }
        out
    }

    /// `None` for bytes that [`LabelTable::encode`] does not write.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let number = |rest: &mut &[u8]| {
            let value = u32_at(rest, 0)?;
            *rest = rest.get(4..)?;
            Some(value)
        };
        // Nothing is reserved by announced counts: each element takes at least four bytes that must be there.
        let mut sets = Vec::new();
        for _ in 0..number(&mut rest)? {
            let mut set = Vec::new();
            for _ in 0..number(&mut rest)? {
                let length = number(&mut rest)? as usize;
                let (word, tail) = rest.split_at_checked(length)?;
                set.push(std::str::from_utf8(word).ok()?.to_owned());
                rest = tail;
            }
            sets.push(set);
        }
        let mut of = Vec::new();
        for _ in 0..number(&mut rest)? {
            let pair = [number(&mut rest)?, number(&mut rest)?];
            if pair.iter().any(|&set| set as usize >= sets.len()) {
                return None;
            }
            of.push(pair);
        }
        rest.is_empty().then_some(Self { sets, of })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_shared_sorted_and_survive_the_file() {
        let mut builder = SetBuilder::default();
        builder.add(0, Side::Labels, "zeus");
        builder.add(0, Side::Labels, "emotet");
        builder.add(0, Side::Labels, "zeus");
        builder.add(0, Side::Provenance, "list.csv");
        builder.add(1, Side::Labels, "emotet");
        builder.add(1, Side::Labels, "zeus");
        builder.reserve(2);
        let table = builder.finish();
        assert_eq!(table.labels(0), ["emotet", "zeus"]);
        assert_eq!(table.labels(1), ["emotet", "zeus"]);
        assert_eq!(table.of[0][0], table.of[1][0]);
        assert_eq!(table.provenance(0), ["list.csv"]);
        assert!(table.labels(2).is_empty() && table.labels(9).is_empty());
        let bytes = table.encode();
        assert_eq!(LabelTable::decode(&bytes), Some(table));
        for length in 0..bytes.len() {
            assert_eq!(LabelTable::decode(&bytes[..length]), None, "cut at {length}");
        }
        assert_eq!(LabelTable::decode(&[0xff; 64]), None);
    }
}
