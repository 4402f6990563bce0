//! Faults that tests inject into commits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What happens at one commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The commit goes through.
    None,
    /// Nothing reaches the disk, and the caller gets an error.
    Lost,
    /// Everything reaches the disk, and the caller gets an error all the same.
    PersistedButFailed,
}

type Plan = dyn Fn(u64) -> Fault + Send + Sync;

/// A plan of faults: asked with the number of each commit, from 1, counted over every store that shares it.
#[derive(Clone)]
pub struct Faults {
    plan: Option<Arc<Plan>>,
    count: Arc<AtomicU64>,
}

impl Faults {
    /// No faults; commits are counted all the same.
    pub fn none() -> Self {
        Self {
            plan: None,
            count: Arc::new(AtomicU64::new(0)),
        }
    }

    /// Faults by the number of the commit.
    pub fn plan(plan: impl Fn(u64) -> Fault + Send + Sync + 'static) -> Self {
        Self {
            plan: Some(Arc::new(plan)),
            count: Arc::new(AtomicU64::new(0)),
        }
    }

    /// How many commits were tried so far.
    pub fn commits(&self) -> u64 {
        self.count.load(Ordering::SeqCst)
    }

    pub(crate) fn next(&self) -> (u64, Fault) {
        let number = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        (
            number,
            self.plan.as_ref().map_or(Fault::None, |plan| plan(number)),
        )
    }
}

impl std::fmt::Debug for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Faults")
            .field("commits", &self.commits())
            .finish_non_exhaustive()
    }
}
