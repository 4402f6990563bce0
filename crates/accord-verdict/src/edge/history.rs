//! What changed lately in an audience's listings, so that an edge that has an older set needs the difference only.
//!
//! Bounded: what is older is forgotten, and the edge takes the whole. A set can come back (a publication that is
//! withdrawn); then the last time counts.

use std::collections::{BTreeMap, VecDeque};

use accord_matcher::Pattern;

use super::digest::SetDigest;
use crate::limits::{MAX_HISTORY_CHANGES, MAX_HISTORY_STEPS};
use crate::listing::Note;

/// A listing that is there from now on, or is there no more.
pub(crate) type Change = (Pattern, Option<Note>);

#[derive(Debug)]
struct Step {
    from: SetDigest,
    changes: Vec<Change>,
}

#[derive(Debug, Default)]
pub(crate) struct History {
    steps: VecDeque<Step>,
    /// Of all steps.
    changes: usize,
}

impl History {
    /// A set became another.
    pub fn push(&mut self, from: SetDigest, changes: Vec<Change>) {
        if changes.len() > MAX_HISTORY_CHANGES {
            self.clear();
            return;
        }
        self.changes += changes.len();
        self.steps.push_back(Step { from, changes });
        while self.changes > MAX_HISTORY_CHANGES || self.steps.len() > MAX_HISTORY_STEPS {
            let Some(oldest) = self.steps.pop_front() else {
                return;
            };
            self.changes -= oldest.changes.len();
        }
    }

    /// Everything became another.
    pub fn clear(&mut self) {
        *self = History::default();
    }

    /// What makes this set the one that the last step led to; none where it is not known any more. Of several changes of
    /// one indicator the last counts.
    pub fn since(&self, from: SetDigest) -> Option<BTreeMap<Pattern, Option<Note>>> {
        let first = self.steps.iter().rposition(|step| step.from == from)?;
        let steps = self.steps.range(first..);
        Some(steps.flat_map(|step| step.changes.iter().cloned()).collect())
    }

    /// Whether an indicator was listed or withdrawn lately.
    pub fn mentions(&self, pattern: &Pattern) -> bool {
        let mut changes = self.steps.iter().flat_map(|step| &step.changes);
        changes.any(|(changed, _)| changed == pattern)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::listing::Action;

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text).unwrap()
    }

    fn note() -> Note {
        Note {
            action: Action::Block,
            labels: Arc::from([]),
            publisher: Arc::from(""),
            since_ms: 0,
        }
    }

    fn digest(number: usize) -> SetDigest {
        SetDigest::parse(&format!("{number:064x}")).unwrap()
    }

    fn many(count: usize) -> Vec<Change> {
        (0..count)
            .map(|number| (pattern(&format!("h{number}.example")), None))
            .collect()
    }

    #[test]
    fn the_last_word_counts_and_of_a_set_that_came_back_the_last_time() {
        let mut history = History::default();
        let one = pattern("one.example");
        history.push(digest(0), vec![(one.clone(), Some(note()))]);
        history.push(digest(1), vec![(pattern("two.example"), Some(note()))]);
        history.push(digest(2), vec![(one.clone(), None)]);
        let since = history.since(digest(0)).unwrap();
        assert_eq!(since.len(), 2);
        assert_eq!(since.get(&one), Some(&None));
        history.push(digest(0), vec![(pattern("three.example"), Some(note()))]);
        assert_eq!(history.since(digest(0)).unwrap().len(), 1);
        assert!(history.mentions(&one) && !history.mentions(&pattern("four.example")));
        assert_eq!(history.since(digest(9)), None);
    }

    #[test]
    fn one_step_or_one_change_past_the_limits_the_oldest_goes() {
        let mut history = History::default();
        for number in 0..MAX_HISTORY_STEPS {
            history.push(digest(number), Vec::new());
        }
        assert!(history.since(digest(0)).is_some());
        history.push(digest(MAX_HISTORY_STEPS), Vec::new());
        assert_eq!(history.since(digest(0)), None);
        assert!(history.since(digest(1)).is_some());

        let mut history = History::default();
        history.push(digest(0), many(1));
        history.push(digest(1), many(MAX_HISTORY_CHANGES - 1));
        assert!(history.since(digest(0)).is_some());
        history.push(digest(2), many(1));
        assert_eq!(history.since(digest(0)), None);
        assert!(history.since(digest(1)).is_some());
        history.push(digest(3), many(MAX_HISTORY_CHANGES + 1));
        assert_eq!(history.since(digest(1)), None);
        assert_eq!(history.since(digest(3)), None);
    }
}
