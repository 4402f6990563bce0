//! Previews as jobs: a hunt in a year of logs takes longer than a request may. What a restart loses is the job, never a
//! preview that was there: that is kept with the journal, and a new one takes its place only when it is whole.

use std::sync::Arc;

use accord_model::{EntryRef, PersonId};
use serde::Serialize;

use crate::error::{Result, ServiceError};
use crate::hunts::Preview;
use crate::jobs::{Ends, JobState};
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;

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
        let job = self.jobs.get(&at);
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
            && let Some(running) = self.jobs.get(&at)
        {
            running.progress.cancel();
            self.note_access(who, "hunt.preview-stopped", &at.to_string())
                .await?;
        }
        self.preview_job(who, at).await
    }
}

/// What may be told of a failure: the inside of the node stays inside.
pub(crate) fn words_of(error: &ServiceError) -> String {
    match error {
        ServiceError::Denied(_)
        | ServiceError::NotFound(_)
        | ServiceError::Invalid { .. }
        | ServiceError::Conflict(_) => error.to_string(),
        _ => "the logs could not be searched; the operator finds why in the node's log".to_owned(),
    }
}
