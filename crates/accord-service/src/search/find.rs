//! The notes that answer a question, of the cases that one person sees.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use accord_model::content::ContentEntry;
use accord_model::control::SpaceKind;
use accord_model::{EntryRef, OrgName, SpaceId};

use super::FOUND_MAX;
use super::question::{How, Question, Wanted};
use crate::journal::{Body, Ledger, Space, State};
use crate::node::Node;
use crate::people::SignedIn;
use crate::sight::Reader;
use crate::views::set_aside;

/// A note that answers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hit<'a> {
    pub at: EntryRef,
    pub case: SpaceId,
    pub how: How,
    pub org: &'a OrgName,
    pub when_ms: u64,
    pub entry: &'a ContentEntry,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found<'a> {
    /// The cases that the person sees and that a name or a reference names.
    pub cases: BTreeMap<SpaceId, &'a Space>,
    /// Notes: the nearest first, then the newest.
    pub hits: Vec<Hit<'a>>,
    /// Whether there are more than were counted.
    pub more: bool,
}

/// The positions in a ledger that have everything that is wanted, ascending, with how near they are.
pub(super) fn candidates(ledger: &Ledger, wanted: &[Wanted]) -> Vec<(u64, How)> {
    let words = |postings: &[u64]| postings.iter().map(|seq| (*seq, How::Words)).collect();
    let mut all: Option<Vec<(u64, How)>> = None;
    for one in wanted {
        let these: Vec<(u64, How)> = match one {
            Wanted::Value(terms) => {
                let mut nearest: BTreeMap<u64, How> = BTreeMap::new();
                for (how, term) in terms {
                    for seq in ledger.terms.of(term) {
                        let known = nearest.entry(*seq).or_insert(*how);
                        *known = (*known).min(*how);
                    }
                }
                nearest.into_iter().collect()
            }
            Wanted::Word(word) => words(ledger.terms.of(&format!("w:{word}"))),
            Wanted::Beginning(start) => words(&ledger.terms.beginning(&format!("w:{start}"))),
        };
        let both = match all {
            None => these,
            Some(before) => in_both(&before, &these),
        };
        let none = both.is_empty();
        all = Some(both);
        if none {
            break;
        }
    }
    all.unwrap_or_default()
}

/// What stands in both lists, each ascending, as near as in the nearer of them.
fn in_both(one: &[(u64, How)], other: &[(u64, How)]) -> Vec<(u64, How)> {
    let mut rest = other.iter().peekable();
    let mut both = Vec::new();
    for (seq, how) in one {
        while rest.next_if(|(also, _)| also < seq).is_some() {}
        if let Some((_, also)) = rest.next_if(|(also, _)| also == seq) {
            both.push((*seq, (*how).min(*also)));
        }
    }
    both
}

impl Node {
    /// A note of a case, where this person may read its words.
    fn hit<'a>(
        &self,
        state: &'a State,
        space: &Space,
        reader: &Reader,
        at: EntryRef,
        how: How,
    ) -> Option<Hit<'a>> {
        let (ledger, header, body) = state.entry(at)?;
        let Body::Content(entry) = body else { return None };
        let shown = reader.reads(entry)
            && !reader.is_cleared(at)
            && !space.control.is_recalled(at)
            && set_aside(state, space, at).is_none();
        shown.then_some(Hit {
            at,
            case: space.id,
            how,
            org: &ledger.org,
            when_ms: header.clock.wall_ms,
            entry,
        })
    }

    /// Looks into the cases that the person sees.
    pub(super) fn find<'a>(&self, state: &'a State, who: &SignedIn, question: &Question) -> Found<'a> {
        let mut found = Found::default();
        let mut candidate: Vec<(Reverse<How>, u64, EntryRef)> = Vec::new();
        let mut readers: BTreeMap<SpaceId, Reader> = BTreeMap::new();
        let cases = state
            .spaces
            .values()
            .filter(|space| space.kind == SpaceKind::Case && self.sees_case(space, who));
        for space in cases {
            let Ok(reader) = self.reader(state, space, who) else {
                continue;
            };
            if named(space, &reader, question) {
                found.cases.insert(space.id, space);
            }
            let before = candidate.len();
            for ledger in space.ledgers.iter().filter_map(|id| state.ledgers.get(id)) {
                let counted = space.counted.get(&ledger.id).copied().unwrap_or(0);
                for (seq, how) in candidates(ledger, &question.wanted) {
                    let at = EntryRef {
                        ledger: ledger.id,
                        seq,
                    };
                    // What waits for its causes does not count yet.
                    if seq < counted
                        && let Some(header) = ledger.header(seq)
                    {
                        candidate.push((Reverse(how), header.clock.wall_ms, at));
                    }
                }
                if let Some(at) = question.reference.filter(|at| at.ledger == ledger.id)
                    && at.seq < counted
                    && let Some(header) = ledger.header(at.seq)
                {
                    candidate.push((Reverse(How::Reference), header.clock.wall_ms, at));
                }
            }
            if candidate.len() > before {
                readers.insert(space.id, reader);
            }
        }
        // Of notes of one instant the later one in its ledger first. Of many only the first are looked at: no sorting.
        let mut candidate = BinaryHeap::from(candidate);
        while let Some((Reverse(how), _, at)) = candidate.pop() {
            let Some((ledger, ..)) = state.entry(at) else {
                continue;
            };
            let (Some(space), Some(reader)) = (state.spaces.get(&ledger.space), readers.get(&ledger.space))
            else {
                continue;
            };
            let Some(hit) = self.hit(state, space, reader, at, how) else {
                continue;
            };
            if found.hits.len() == FOUND_MAX {
                found.more = true;
                break;
            }
            found.hits.push(hit);
        }
        found
    }
}

/// Whether the question names a case: its operation, its reference, its id, or a legal authority of it that the person
/// sees.
fn named(space: &Space, reader: &Reader, question: &Question) -> bool {
    let Some(opened) = space.control.case() else {
        return false;
    };
    question.names(&opened.case.operation)
        || question.names(&opened.case.reference)
        || question.names(&space.id.to_string())
        || question.names(&format!("operation {}", opened.case.operation))
        || space
            .control
            .instruments()
            .values()
            .filter(|known| reader.sees_authority(known.says.scope.categories.iter().copied()))
            .any(|known| question.names(&known.says.reference))
}
