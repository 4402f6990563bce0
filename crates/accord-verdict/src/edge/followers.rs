//! Which edges ask for an audience's listings, and what each has. In memory: an edge asks again within seconds.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::batch::EdgeId;
use super::digest::SetDigest;
use crate::limits::{EDGE_OLD_SECONDS, MAX_EDGE_QUESTIONS, MAX_EDGES};

/// An edge that asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EdgeSeen {
    /// Which.
    pub id: EdgeId,
    /// What it calls itself.
    pub name: String,
    /// The set of listings that it has; none: it has none yet.
    pub has: Option<SetDigest>,
    /// When it last asked, milliseconds since the Unix epoch.
    pub asked_ms: u64,
}

/// More edges, or questions at a time, than there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TooMany {
    Edges,
    Questions,
}

#[derive(Debug, Default)]
pub(crate) struct Followers {
    known: Mutex<BTreeMap<EdgeId, EdgeSeen>>,
    asking: AtomicUsize,
}

/// A question that is being answered.
#[derive(Debug)]
pub(crate) struct Question<'f>(&'f Followers);

impl Drop for Question<'_> {
    fn drop(&mut self) {
        self.0.asking.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Followers {
    /// An edge asks. One that was not heard for long makes room for another.
    pub fn ask(&self, edge: EdgeSeen) -> Result<Question<'_>, TooMany> {
        let question = Question(self);
        if self.asking.fetch_add(1, Ordering::Relaxed) >= MAX_EDGE_QUESTIONS {
            return Err(TooMany::Questions);
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_EDGES && !known.contains_key(&edge.id) {
            let is_old = |one: &EdgeSeen| {
                edge.asked_ms.saturating_sub(one.asked_ms) > EDGE_OLD_SECONDS.saturating_mul(1000)
            };
            let oldest = known.values().min_by_key(|one| one.asked_ms);
            let oldest = oldest.filter(|one| is_old(one)).map(|one| one.id);
            known.remove(&oldest.ok_or(TooMany::Edges)?);
        }
        known.insert(edge.id, edge);
        Ok(question)
    }

    pub fn all(&self) -> Vec<EdgeSeen> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.values().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(number: usize, asked_ms: u64) -> EdgeSeen {
        EdgeSeen {
            id: EdgeId::parse(&format!("{number:032x}")).unwrap(),
            name: "edge".to_owned(),
            has: None,
            asked_ms,
        }
    }

    #[test]
    fn one_edge_too_many_waits_until_another_is_old() {
        let followers = Followers::default();
        for number in 0..MAX_EDGES {
            followers.ask(edge(number, 1_000)).unwrap();
        }
        let old_ms = 1_000 + EDGE_OLD_SECONDS * 1000;
        assert_eq!(followers.ask(edge(MAX_EDGES, old_ms)).err(), Some(TooMany::Edges));
        followers.ask(edge(0, old_ms)).unwrap();
        followers.ask(edge(MAX_EDGES, old_ms + 1)).unwrap();
        let known: Vec<EdgeSeen> = followers.all();
        assert_eq!(known.len(), MAX_EDGES);
        assert!(known.contains(&edge(0, old_ms)) && known.contains(&edge(MAX_EDGES, old_ms + 1)));
    }

    #[test]
    fn one_question_too_many_is_refused_until_another_is_answered() {
        let followers = Followers::default();
        let asked: Vec<Question<'_>> = (0..MAX_EDGE_QUESTIONS)
            .map(|_| followers.ask(edge(1, 1)).unwrap())
            .collect();
        assert_eq!(followers.ask(edge(1, 1)).err(), Some(TooMany::Questions));
        drop(asked);
        assert!(followers.ask(edge(1, 1)).is_ok());
    }
}
