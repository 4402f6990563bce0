//! Which last labels the names of indicators have (`com`, `example`): a table small enough for the nearest cache, asked
//! before everything else. Much in logs is a name to the rules and ends as no indicator's does: `id.orig_h`,
//! `index.html`.

use super::words::Word;
use crate::sealed::Section;

/// Bytes of the table: 32,768 bits. A list of millions of names has some thousand last labels.
pub(crate) const LAST_BYTES: usize = 4096;

const WORDS: usize = LAST_BYTES / size_of::<Word>();

/// Of a longer label so many bytes count, the last ones.
const READ: u32 = 8;

/// Sets bit 5 of every byte, as in the keys: upper and lower case are alike.
const FOLD: u64 = 0x2020_2020_2020_2020;

/// See the module. Little-endian words, as they lie in a file.
#[derive(Debug, Clone)]
pub(crate) struct LastLabels(Box<[Word; WORDS]>);

impl Default for LastLabels {
    /// Of no indicators.
    fn default() -> LastLabels {
        LastLabels(Box::new([[0; 8]; WORDS]))
    }
}

impl LastLabels {
    /// Every label may be one: of a file that does not say.
    pub(super) fn all() -> LastLabels {
        LastLabels(Box::new([[0xff; 8]; WORDS]))
    }

    /// As it lies in a file. None where that is damaged.
    pub(super) fn read(section: &Section) -> Option<LastLabels> {
        let (words, _) = section.all()?.as_chunks();
        Some(LastLabels(Box::new(*words.first_chunk()?)))
    }

    /// Adds the last label of a canonical name.
    pub(super) fn add(&mut self, name: &str) {
        let label = name.rsplit('.').next().unwrap_or(name);
        let bit = bit(last_bytes(name.as_bytes(), name.len()), label.len() as u32);
        if let Some(word) = self.0.get_mut(bit / 64) {
            *word = (u64::from_le_bytes(*word) | 1 << (bit % 64)).to_le_bytes();
        }
    }

    /// Adds all of another table.
    pub(super) fn add_all(&mut self, other: &LastLabels) {
        for (word, more) in self.0.iter_mut().zip(other.0.iter()) {
            *word = (u64::from_le_bytes(*word) | u64::from_le_bytes(*more)).to_le_bytes();
        }
    }

    /// Whether an indicator may end with the label that is the `length` bytes before `end`, in whatever case.
    #[inline(always)]
    pub(crate) fn may_be(&self, text: &[u8], end: usize, length: u32) -> bool {
        let bit = bit(last_bytes(text, end), length);
        let word = self.0.get(bit / 64);
        word.is_some_and(|word| u64::from_le_bytes(*word) >> (bit % 64) & 1 != 0)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_flattened()
    }
}

/// The bit of a label, for the bytes that end with it.
#[inline(always)]
fn bit(bytes: u64, length: u32) -> usize {
    let label = (bytes | FOLD) >> ((64 - 8 * length.min(READ)) & 63);
    (label.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - (LAST_BYTES * 8).ilog2())) as usize
}

/// The eight bytes before `end`, the last one highest.
#[inline(always)]
fn last_bytes(text: &[u8], end: usize) -> u64 {
    let bytes = end
        .checked_sub(8)
        .and_then(|start| text.get(start..end)?.first_chunk());
    match bytes {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => at_the_start(text, end),
    }
}

#[cold]
fn at_the_start(text: &[u8], end: usize) -> u64 {
    let there = text.get(..end).unwrap_or_default();
    there
        .iter()
        .fold(0, |bytes, byte| bytes >> 8 | u64::from(*byte) << 56)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_known_wherever_they_stand_and_however_they_are_written() {
        let names = [
            "a.b",
            "evil.example",
            "x.xn--p1ai",
            "a.a-rather-long-label",
            "under_score.in_label",
        ];
        let mut known = LastLabels::default();
        for name in names {
            let label = name.rsplit('.').next().unwrap();
            let ends = |known: &LastLabels, text: &str| {
                let (before, after) = (text.len() - 6 - label.len(), text.len() - 6);
                assert_eq!(text[before..after].to_lowercase(), label);
                known.may_be(text.as_bytes(), after, label.len() as u32)
            };
            let texts = ["", "x.", "www.some-name."].map(|before| format!("{before}{label}/after"));
            let texts = texts.iter().flat_map(|text| [text.clone(), text.to_uppercase()]);
            let texts: Vec<String> = texts.collect();
            assert!(texts.iter().all(|text| !ends(&known, text)), "{name} before");
            assert!(
                texts.iter().all(|text| ends(&LastLabels::all(), text)),
                "{name} of all"
            );
            known.add(name);
            assert!(texts.iter().all(|text| ends(&known, text)), "{name}");
        }
        let mut both = LastLabels::default();
        both.add("other.name");
        both.add_all(&known);
        assert!(both.may_be(b"www.name", 8, 4) && both.may_be(b"www.example", 11, 7));
        let others = ["html", "php", "orig_h", "log", "exampl", "xample", "p1ai"];
        let passed = others.map(|other| known.may_be(other.as_bytes(), other.len(), other.len() as u32));
        assert_eq!(passed, [false; 7]);
    }

    #[test]
    fn a_table_comes_back_from_a_file_and_another_length_does_not() {
        let mut known = LastLabels::default();
        known.add("evil.example");
        let back = LastLabels::read(&Section::of(known.bytes().to_vec())).unwrap();
        assert_eq!(back.bytes(), known.bytes());
        assert!(LastLabels::read(&Section::of(vec![0; LAST_BYTES - 8])).is_none());
    }
}
