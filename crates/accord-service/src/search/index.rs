//! The index of one ledger: from a term to the positions of the notes that have it.
//!
//! It is kept beside the notes by the same calls that change them ([`crate::journal`]), so that it never knows a note
//! that is not there: what is recalled and deleted, or destroyed when its time is over, leaves the index with it. It
//! grows with the text that is held and no further.
//!
//! One index a ledger, and nothing above it: whoever searches looks into the ledgers of cases that they see, and what
//! stands in any other changes neither the answer nor the time it takes.

use std::collections::BTreeMap;

use accord_model::content::ContentEntry;

use super::terms::terms;

/// The index of a ledger.
#[derive(Debug, Clone, Default)]
pub(crate) struct TermIndex(BTreeMap<Box<str>, Vec<u64>>);

impl TermIndex {
    /// Takes a note in.
    pub fn add(&mut self, seq: u64, entry: &ContentEntry) {
        for term in terms(entry) {
            let postings = self.0.entry(term.into_boxed_str()).or_default();
            match postings.last() {
                Some(last) if *last >= seq => {
                    if let Err(at) = postings.binary_search(&seq) {
                        postings.insert(at, seq);
                    }
                }
                _ => postings.push(seq),
            }
        }
    }

    /// Forgets a note.
    pub fn forget(&mut self, seq: u64, entry: &ContentEntry) {
        for term in terms(entry) {
            let Some(postings) = self.0.get_mut(term.as_str()) else {
                continue;
            };
            if let Ok(at) = postings.binary_search(&seq) {
                postings.remove(at);
            }
            if postings.is_empty() {
                self.0.remove(term.as_str());
            }
        }
    }

    /// The positions of the notes that have this term, ascending.
    pub fn of(&self, term: &str) -> &[u64] {
        self.0.get(term).map_or(&[], Vec::as_slice)
    }

    /// The positions of the notes that have a term which begins so, ascending, each once.
    pub fn beginning(&self, start: &str) -> Vec<u64> {
        let from = (std::ops::Bound::Included(start), std::ops::Bound::Unbounded);
        let terms = self.0.range::<str, _>(from);
        let mut all: Vec<u64> = terms
            .take_while(|(term, _)| term.starts_with(start))
            .flat_map(|(_, postings)| postings.iter().copied())
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// How many terms there are.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use accord_model::content::{Audience, ReportPublished};
    use accord_model::{Marking, PersonId, Role, Tlp};

    use super::*;

    fn note(text: &str) -> ContentEntry {
        ContentEntry {
            by: PersonId([7; 16]),
            role: Role::Researcher,
            marking: Marking::tlp(Tlp::Amber),
            to: Audience::EveryParty,
            title: "t".into(),
            body: ReportPublished::plain(text).into(),
        }
    }

    #[test]
    fn what_goes_leaves_nothing_behind() {
        let mut index = TermIndex::default();
        index.add(1, &note("malware seen"));
        index.add(7, &note("malware again"));
        // A note that arrives later than its place.
        index.add(3, &note("mallard seen"));
        assert_eq!(index.of("w:malware"), [1, 7]);
        assert_eq!(index.of("w:seen"), [1, 3]);
        assert_eq!(index.beginning("w:mal"), [1, 3, 7]);
        assert_eq!(index.of("w:nothing"), [0_u64; 0]);
        // Taken in twice it is there once.
        index.add(3, &note("mallard seen"));
        assert_eq!(index.of("w:seen"), [1, 3]);
        for (seq, text) in [(1, "malware seen"), (3, "mallard seen"), (7, "malware again")] {
            index.forget(seq, &note(text));
        }
        assert_eq!(index.len(), 0);
    }
}
