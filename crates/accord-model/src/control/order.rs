//! Happens-before among control entries.

use std::cmp::Reverse;

use super::Noted;
use crate::EntryRef;

/// Which entry happened before which: `a` is among what `b`'s author had seen when writing `b`, directly or
/// through others. A strict partial order. Within one ledger the fold goes by sequence and does not ask.
pub trait Causality {
    /// Whether `a` happened before `b`, strictly.
    fn before(&self, a: EntryRef, b: EntryRef) -> bool;
}

/// Every function of two references can be asked.
impl<F: Fn(EntryRef, EntryRef) -> bool> Causality for F {
    fn before(&self, a: EntryRef, b: EntryRef) -> bool {
        self(a, b)
    }
}

#[cfg(test)]
thread_local! {
    /// How often this thread compared two entries: what the fold costs, whatever the machine.
    pub(super) static COMPARISONS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// The order the fold uses: sequence within a ledger, cited heads between ledgers.
pub(super) struct Order<'a>(pub(super) &'a dyn Causality);

impl Order<'_> {
    /// Whether `a` happened before `b`, strictly.
    pub(super) fn before(&self, a: EntryRef, b: EntryRef) -> bool {
        #[cfg(test)]
        COMPARISONS.with(|count| count.set(count.get() + 1));
        if a.ledger == b.ledger {
            a.seq < b.seq
        } else {
            self.0.before(a, b)
        }
    }

    /// The entries in an order in which nothing stands before what it has seen. Ledgers are merged by their
    /// heads, so that the cost is entries times ledgers squared, not entries squared. Should a hostile peer's
    /// citations form a circle, the least of the heads goes next: the walk always ends.
    pub(super) fn sorted<'n>(&self, entries: &'n [Noted]) -> Vec<&'n Noted> {
        let mut all: Vec<&Noted> = entries.iter().collect();
        all.sort_by_key(|noted| Reverse(noted.at));
        all.dedup_by_key(|noted| noted.at);
        // Every ledger as a stack with its lowest sequence on top.
        let mut ledgers: Vec<Vec<&Noted>> = Vec::new();
        for noted in all {
            match ledgers.last_mut() {
                Some(stack) if stack.last().is_some_and(|top| top.at.ledger == noted.at.ledger) => {
                    stack.push(noted);
                }
                _ => ledgers.push(vec![noted]),
            }
        }
        ledgers.reverse();
        let mut sorted = Vec::with_capacity(entries.len());
        loop {
            let heads: Vec<&Noted> = ledgers.iter().filter_map(|stack| stack.last().copied()).collect();
            let free = heads
                .iter()
                .find(|head| !heads.iter().any(|other| self.before(other.at, head.at)));
            let Some(next) = free.or(heads.first()).copied() else {
                return sorted;
            };
            for stack in &mut ledgers {
                if stack.last().is_some_and(|top| top.at == next.at) {
                    stack.pop();
                }
            }
            sorted.push(next);
        }
    }
}
