//! Previews as jobs: a hunt in a year of logs takes longer than a request may. A job is started, looked at, and
//! stopped by the request it is for; it lives in memory. What a restart loses is the job, never a preview that was
//! there: that is kept with the journal, and a new one takes its place only when it is whole.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use accord_model::{EntryRef, PersonId};
use serde::Serialize;

use crate::error::{Result, ServiceError};
use crate::hunts::{HuntProgress, Preview};
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;

/// Most previews that run at once.
pub const PREVIEW_JOBS_MAX: usize = 4;
/// Most jobs that are remembered after they ended.
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

/// A job, as its approver sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PreviewJob {
    /// The request.
    pub request: EntryRef,
    /// How it stands.
    pub state: JobState,
    /// Who started it.
    pub by: Option<PersonId>,
    /// When, ms UTC.
    pub started_ms: Option<u64>,
    /// Segments searched.
    pub segments_done: u64,
    /// Segments to search.
    pub segments_total: u64,
    /// Bytes searched.
    pub scanned_bytes: u64,
    /// Bytes to search.
    pub total_bytes: u64,
    /// Lines found so far.
    pub lines: u64,
    /// What is to be known of it, in words.
    pub words: Option<String>,
    /// The preview, when it is there.
    pub preview: Option<Preview>,
}

#[derive(Debug)]
struct Job {
    by: PersonId,
    started_ms: u64,
    progress: HuntProgress,
    ended: Mutex<Option<(JobState, Option<String>)>>,
}

impl Job {
    fn ended(&self) -> MutexGuard<'_, Option<(JobState, Option<String>)>> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Marks a job as ended, also where it panics.
struct Ends(Arc<Job>);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0
            .ended()
            .get_or_insert((JobState::Failed, Some("the preview broke off".to_owned())));
    }
}

/// The jobs of a node.
#[derive(Debug, Default)]
pub(crate) struct Jobs(Mutex<BTreeMap<EntryRef, Arc<Job>>>);

impl Jobs {
    fn held(&self) -> MutexGuard<'_, BTreeMap<EntryRef, Arc<Job>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a job for a request; `None` where one runs already.
    fn begin(&self, at: EntryRef, by: PersonId, started_ms: u64) -> Result<Option<Arc<Job>>> {
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
            ended: Mutex::new(None),
        });
        jobs.insert(at, job.clone());
        Ok(Some(job))
    }

    fn get(&self, at: EntryRef) -> Option<Arc<Job>> {
        self.held().get(&at).cloned()
    }
}

impl Node {
    /// Starts looking in this node's own logs for what a partner asked, and comes back at once. One that runs
    /// already goes on.
    pub async fn start_preview(self: &Arc<Self>, who: &SignedIn, at: EntryRef) -> Result<PreviewJob> {
        Act::Approve.ask(who)?;
        {
            let state = self.read().await?;
            let asked = self.asked_for(&state, who, at)?;
            self.case_for(&state, who, asked.space)?;
            self.not_decided(&state, asked.space, at)?;
            asked.hunt()?;
        }
        if let Some(job) = self.jobs.begin(at, who.person, self.now_ms())? {
            let (node, who) = (self.clone(), who.clone());
            let ends = Ends(job);
            tokio::spawn(async move {
                let outcome = node.preview_hunt(&who, at, &ends.0.progress).await;
                let ended = match outcome {
                    Ok(_) => (JobState::Done, None),
                    Err(ServiceError::Logs(accord_logstore::Error::Cancelled)) => (JobState::Stopped, None),
                    Err(error) => {
                        tracing::warn!(request = %at, error = %error, "a preview failed");
                        (JobState::Failed, Some(words_of(&error)))
                    }
                };
                *ends.0.ended() = Some(ended);
            });
        }
        self.preview_job(who, at).await
    }

    /// How the preview of a request comes on.
    pub async fn preview_job(&self, who: &SignedIn, at: EntryRef) -> Result<PreviewJob> {
        Act::Approve.ask(who)?;
        let state = self.read().await?;
        let asked = self.asked_for(&state, who, at)?;
        self.case_for(&state, who, asked.space)?;
        let job = self.jobs.get(at);
        let ended = job.as_ref().map(|job| job.ended().clone());
        let preview = state.previews.get(&at).cloned();
        let (stands, words) = match (ended, &preview) {
            (Some(None), _) => (JobState::Running, None),
            (Some(Some((JobState::Done, _))) | None, Some(_)) => (JobState::Done, None),
            (Some(Some((JobState::Done, _))) | None, None) => (
                JobState::None,
                Some(
                    "no preview runs, and none is there; one that ran ends when the node is restarted"
                        .to_owned(),
                ),
            ),
            (Some(Some(ended)), _) => ended,
        };
        let so_far = job.as_ref().map(|job| job.progress.so_far()).unwrap_or_default();
        Ok(PreviewJob {
            request: at,
            state: stands,
            by: job.as_ref().map(|job| job.by),
            started_ms: job.as_ref().map(|job| job.started_ms),
            segments_done: so_far.segments_done,
            segments_total: so_far.segments_total,
            scanned_bytes: so_far.scanned_bytes,
            total_bytes: so_far.total_bytes,
            lines: so_far.lines_found,
            words,
            preview: if stands == JobState::Running {
                None
            } else {
                preview
            },
        })
    }

    /// Stops the preview of a request at the next chance. A preview that was there stays.
    pub async fn stop_preview(&self, who: &SignedIn, at: EntryRef) -> Result<PreviewJob> {
        let job = self.preview_job(who, at).await?;
        if job.state == JobState::Running
            && let Some(running) = self.jobs.get(at)
        {
            running.progress.cancel();
            self.note_access(who, "hunt.preview-stopped", &at.to_string())
                .await?;
        }
        self.preview_job(who, at).await
    }
}

/// What may be told of a failure: the inside of the node stays inside.
fn words_of(error: &ServiceError) -> String {
    match error {
        ServiceError::Denied(_)
        | ServiceError::NotFound(_)
        | ServiceError::Invalid { .. }
        | ServiceError::Conflict(_) => error.to_string(),
        _ => "the logs could not be searched; the operator finds why in the node's log".to_owned(),
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
        let jobs = Jobs::default();
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
        let ended = jobs.get(at(0)).unwrap().ended().clone();
        assert_eq!(ended.unwrap().0, JobState::Failed, "it broke off, and says so");
    }

    #[test]
    fn ended_jobs_are_forgotten() {
        let jobs = Jobs::default();
        for seq in 0..=PREVIEW_JOBS_KEPT as u64 {
            drop(Ends(jobs.begin(at(seq), PersonId([2; 16]), 0).unwrap().unwrap()));
        }
        assert_eq!(jobs.held().len(), 1);
    }
}
