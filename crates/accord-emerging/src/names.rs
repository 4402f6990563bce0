//! Names: what they have in common with others, and whether they look generated.
//!
//! How likely letters follow one another is learned of the names that this node sees on several days and whose look-ups
//! succeed, in whatever languages its customers speak; no list is shipped. A name that is far less likely than those is said
//! to look generated. That alone is never a finding: of new or failed names it is one likeness among others.

use crate::kept::kept;
use crate::limits::MAX_WORDS;
use crate::story::Alike;

/// A name in its parts (Public Suffix List).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Name<'a> {
    /// What one registers: `shop.example.com` has `example.com`.
    pub registrable: &'a str,
    /// Its first label: `example`.
    pub label: &'a str,
    /// What it was registered under: `com`.
    pub suffix: &'a str,
}

/// The parts of a name; none of what nobody registers.
pub(crate) fn parts(name: &str) -> Option<Name<'_>> {
    let domain = psl::domain(name.as_bytes())?;
    let suffix_bytes = domain.suffix().as_bytes().len();
    let registrable = name.get(name.len().checked_sub(domain.as_bytes().len())?..)?;
    let suffix = registrable.get(registrable.len().checked_sub(suffix_bytes)?..)?;
    let label = registrable.strip_suffix(suffix)?.strip_suffix('.')?;
    Some(Name {
        registrable,
        label,
        suffix,
    })
}

/// The form of a label: `a` for each letter, `9` for each digit.
fn form(label: &str) -> String {
    label
        .chars()
        .map(|c| match c {
            '0'..='9' => '9',
            '-' | '_' => '-',
            _ => 'a',
        })
        .collect()
}

/// What a new name shares with others, as texts to count. `is_parent_new`: whether its registrable part is new as well.
pub(crate) fn likenesses(
    name: &Name<'_>,
    is_parent_new: bool,
    looks_generated: bool,
    network: Option<&str>,
) -> Vec<(Alike, String)> {
    if !is_parent_new {
        return vec![(Alike::Parent, name.registrable.to_owned())];
    }
    let mut all = vec![(Alike::Form, format!("{}.{}", form(name.label), name.suffix))];
    if looks_generated {
        all.push((Alike::Generated, name.suffix.to_owned()));
    }
    let words = name.label.split(|c: char| !c.is_ascii_lowercase());
    for word in words.filter(|word| word.len() >= 4).take(MAX_WORDS) {
        if !all.iter().any(|(_, text)| text == word) {
            all.push((Alike::Word, word.to_owned()));
        }
    }
    if let Some(network) = network {
        all.push((Alike::Network, network.to_owned()));
    }
    all
}

/// Letters, digits, `-`, anything else, and the border.
const CLASSES: usize = 39;
const BORDER: usize = 38;
/// Labels that must have been learned before anything looks generated.
const LEARNED_MIN: f64 = 300.0;
/// Beyond so many, half of what was learned is forgotten.
const LEARNED_MAX: f64 = 200_000.0;
/// Shortest label that can look generated: of a shorter one letters say too little.
const GENERATED_BYTES_MIN: usize = 8;
/// Standard deviations below the likelihood of what was learned.
const GENERATED_BELOW: f64 = 2.0;

/// How letters follow one another in the names of this node.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Letters {
    pairs: Vec<f32>,
    rows: Vec<f32>,
    labels: f64,
    /// Of the likelihoods of what was learned: their sum and the sum of their squares, and how many.
    sum: f64,
    squares: f64,
    scored: f64,
}
kept!(Letters {
    pairs,
    rows,
    labels,
    sum,
    squares,
    scored
});

fn class(byte: u8) -> usize {
    match byte {
        b'a'..=b'z' => usize::from(byte - b'a'),
        b'0'..=b'9' => 26 + usize::from(byte - b'0'),
        b'-' => 36,
        _ => 37,
    }
}

fn steps(label: &str) -> impl Iterator<Item = (usize, usize)> {
    let classes = label.bytes().map(class);
    let from = std::iter::once(BORDER).chain(classes.clone());
    from.zip(classes.chain(std::iter::once(BORDER)))
}

impl Letters {
    pub(crate) fn new() -> Self {
        Self {
            pairs: vec![0.0; CLASSES * CLASSES],
            rows: vec![0.0; CLASSES],
            labels: 0.0,
            sum: 0.0,
            squares: 0.0,
            scored: 0.0,
        }
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.pairs.len() == CLASSES * CLASSES && self.rows.len() == CLASSES
    }

    /// Takes a label as one that people use.
    pub(crate) fn learn(&mut self, label: &str) {
        // Scored before it is learned, so that it does not vouch for itself.
        if self.labels >= LEARNED_MIN / 2.0 && label.len() >= GENERATED_BYTES_MIN {
            let likelihood = self.likelihood(label);
            self.sum += likelihood;
            self.squares += likelihood * likelihood;
            self.scored += 1.0;
        }
        for (from, to) in steps(label) {
            if let Some(pair) = self.pairs.get_mut(from * CLASSES + to) {
                *pair += 1.0;
            }
            if let Some(row) = self.rows.get_mut(from) {
                *row += 1.0;
            }
        }
        self.labels += 1.0;
        if self.labels > LEARNED_MAX {
            self.pairs
                .iter_mut()
                .chain(&mut self.rows)
                .for_each(|count| *count /= 2.0);
            for sum in [
                &mut self.labels,
                &mut self.sum,
                &mut self.squares,
                &mut self.scored,
            ] {
                *sum /= 2.0;
            }
        }
    }

    /// Bits of each step, negative: the mean logarithm of the likelihood.
    fn likelihood(&self, label: &str) -> f64 {
        let (mut sum, mut count) = (0.0, 0.0);
        for (from, to) in steps(label) {
            let pair = self.pairs.get(from * CLASSES + to).copied().unwrap_or_default();
            let row = self.rows.get(from).copied().unwrap_or_default();
            sum += ((f64::from(pair) + 0.5) / (f64::from(row) + 0.5 * CLASSES as f64)).log2();
            count += 1.0;
        }
        sum / count
    }

    /// Whether a label looks generated.
    pub(crate) fn looks_generated(&self, label: &str) -> bool {
        if label.len() < GENERATED_BYTES_MIN || self.scored < LEARNED_MIN / 2.0 {
            return false;
        }
        let mean = self.sum / self.scored;
        let deviation = (self.squares / self.scored - mean * mean).max(0.01).sqrt();
        self.likelihood(label) < mean - GENERATED_BELOW * deviation
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_parts() {
        let name = parts("www.shop.co.uk").unwrap();
        assert_eq!(
            (name.registrable, name.label, name.suffix),
            ("shop.co.uk", "shop", "co.uk")
        );
        assert_eq!(parts("co.uk"), None);
        assert_eq!(parts(""), None);
        assert_eq!(parts("."), None);
    }

    #[test]
    fn likenesses_are_form_words_parent_and_network() {
        let of = |text: &str, is_parent_new, generated, network| {
            likenesses(&parts(text).unwrap(), is_parent_new, generated, network)
        };
        let all = of("parcel-track-07.example", true, true, Some("AS64500"));
        let expected = [
            (Alike::Form, "aaaaaa-aaaaa-99.example"),
            (Alike::Generated, "example"),
            (Alike::Word, "parcel"),
            (Alike::Word, "track"),
            (Alike::Network, "AS64500"),
        ];
        assert_eq!(all, expected.map(|(how, text)| (how, text.to_owned())));
        assert_eq!(
            of("x1.cdn.example", false, true, Some("AS64500")),
            [(Alike::Parent, "cdn.example".to_owned())]
        );
        let many = of("aaaa-bbbb-cccc-dddd-eeee.example", true, false, None);
        assert_eq!(many.len(), 1 + MAX_WORDS);
        assert_eq!(of("same-same.example", true, false, None).len(), 2);
    }

    #[test]
    fn what_looks_generated_is_learned_from_what_is_used() {
        let words = [
            "river", "garden", "market", "silver", "studio", "online", "travel", "winter", "coffee", "bakery",
        ];
        let mut letters = Letters::new();
        assert!(!letters.looks_generated("xqzvkjwpfh"), "nothing was learned yet");
        for one in words {
            for two in words {
                for three in ["", "-shop", "24", "land", "haus"] {
                    letters.learn(&format!("{one}{two}{three}"));
                }
            }
        }
        assert!(!letters.looks_generated("coffeegarden-land"));
        assert!(!letters.looks_generated("silvertravelhaus"));
        assert!(letters.looks_generated("xqzvkjwpfhtb"));
        assert!(letters.looks_generated("q8z3k1x9w7p5"));
        assert!(!letters.looks_generated("xqzvkjw"), "too short to say");
    }
}
