//! Looks into this node's logs as jobs: one takes longer than a request may. A job is started, looked at, and stopped by
//! what it is for; it lives in memory, and a restart ends it.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use accord_logstore::Progress;
use accord_model::{EntryRef, PersonId};
use serde::Serialize;

use crate::error::{Result, ServiceError};

/// Most looks of one kind that run at once.
pub const PREVIEW_JOBS_MAX: usize = 4;
/// Most jobs of one kind that are remembered after they ended.
pub const PREVIEW_JOBS_KEPT: usize = 200;

/// How a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum JobState {
    /// None was started since the node was, and there is no preview: a restart ends what ran.
    None,
    /// It looks.
    Running,
    /// The preview is there.
    Done,
    /// Somebody stopped it.
    Stopped,
    /// It failed; why is said.
    Failed,
}

/// How far a running look has come.
#[derive(Debug, Default)]
pub struct HuntProgress {
    so_far: Mutex<Progress>,
    cancel: AtomicBool,
}

impl HuntProgress {
    /// What was searched and found so far.
    pub fn so_far(&self) -> Progress {
        *self.so_far.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps how far it has come; whether it goes on.
    pub(crate) fn at(&self, so_far: Progress) -> ControlFlow<()> {
        *self.so_far.lock().unwrap_or_else(PoisonError::into_inner) = so_far;
        if self.cancel.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    /// Ends the look at the next chance.
    pub fn cancel(&self) {
        self.cancel.store(true, Ordering::Relaxed);
    }
}

/// A job, and what it found where it keeps that.
#[derive(Debug)]
pub(crate) struct Job<F> {
    pub by: PersonId,
    pub started_ms: u64,
    pub progress: HuntProgress,
    pub found: OnceLock<F>,
    ended: Mutex<Option<(JobState, Option<String>)>>,
}

impl<F> Job<F> {
    pub fn ended(&self) -> MutexGuard<'_, Option<(JobState, Option<String>)>> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Marks a job as ended, also where it panics.
pub(crate) struct Ends<F>(pub Arc<Job<F>>);

impl<F> Drop for Ends<F> {
    fn drop(&mut self) {
        self.0
            .ended()
            .get_or_insert((JobState::Failed, Some("it broke off".to_owned())));
    }
}

/// The jobs of a node, of one kind, by what each is for.
#[derive(Debug)]
pub(crate) struct Jobs<F, K = EntryRef>(Mutex<BTreeMap<K, Arc<Job<F>>>>);

impl<F, K> Default for Jobs<F, K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<F, K: Ord> Jobs<F, K> {
    fn held(&self) -> MutexGuard<'_, BTreeMap<K, Arc<Job<F>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a job; `None` where one runs already.
    pub fn begin(&self, at: K, by: PersonId, started_ms: u64) -> Result<Option<Arc<Job<F>>>> {
        let mut jobs = self.held();
        let running = jobs.values().filter(|job| job.ended().is_none()).count();
        if jobs.get(&at).is_some_and(|job| job.ended().is_none()) {
            return Ok(None);
        }
        if running >= PREVIEW_JOBS_MAX {
            return Err(ServiceError::Busy { retry_after_s: 30 });
        }
        if jobs.len() >= PREVIEW_JOBS_KEPT {
            jobs.retain(|_, job| job.ended().is_none());
        }
        let job = Arc::new(Job {
            by,
            started_ms,
            progress: HuntProgress::default(),
            found: OnceLock::new(),
            ended: Mutex::new(None),
        });
        jobs.insert(at, job.clone());
        Ok(Some(job))
    }

    pub fn get(&self, at: &K) -> Option<Arc<Job<F>>> {
        self.held().get(at).cloned()
    }
}

#[cfg(test)]
mod tests {
    use accord_model::LedgerId;

    use super::*;

    fn at(seq: u64) -> EntryRef {
        EntryRef {
            ledger: LedgerId([1; 16]),
            seq,
        }
    }

    #[test]
    fn so_many_at_once_and_one_past_it() {
        let jobs: Jobs<()> = Jobs::default();
        let person = PersonId([2; 16]);
        let mut running = Vec::new();
        for seq in 0..PREVIEW_JOBS_MAX as u64 {
            running.push(jobs.begin(at(seq), person, 0).unwrap().unwrap());
        }
        assert!(
            jobs.begin(at(0), person, 0).unwrap().is_none(),
            "one of each request"
        );
        assert!(matches!(
            jobs.begin(at(9), person, 0),
            Err(ServiceError::Busy { .. })
        ));
        drop(Ends(running.remove(0)));
        assert!(jobs.begin(at(9), person, 0).unwrap().is_some());
        let ended = jobs.get(&at(0)).unwrap().ended().clone();
        assert_eq!(ended.unwrap().0, JobState::Failed, "it broke off, and says so");
    }

    #[test]
    fn ended_jobs_are_forgotten() {
        let jobs: Jobs<()> = Jobs::default();
        for seq in 0..=PREVIEW_JOBS_KEPT as u64 {
            drop(Ends(jobs.begin(at(seq), PersonId([2; 16]), 0).unwrap().unwrap()));
        }
        assert_eq!(jobs.held().len(), 1);
    }
}
