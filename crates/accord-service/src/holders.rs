//! Who held an address, by this node's own assignment logs: for the approver who answers a request about subscribers.
//!
//! What the logs say is shown to the approver alone. It is kept in memory until the node stops, and told until the
//! request is decided. Nothing leaves by it: the answer is the approver's, who knows what no log does (whose contract an
//! account is, what was repaired on the line), and goes out as every other answer.

use std::net::IpAddr;
use std::sync::Arc;

use accord_logstore::{
    Answer, Error as LogError, Evidence, Finding, Holder, IdKind, Protocol, Question, Questions, SourceView,
    SubscriberId,
};
use accord_model::content::{Connection, SubscriberFound, Transport};
use accord_model::{EntryRef, PersonId};
use serde::Serialize;

use crate::error::{Result, ServiceError};
use crate::hunts::Asked;
use crate::jobs::{Ends, HuntProgress, JobState};
use crate::node::Node;
use crate::people::SignedIn;
use crate::permit::Act;
use crate::previews::words_of;

/// How far the time of a connection may be wrong either way, ms: it is asked to the second.
pub const ASKED_UNCERTAINTY_MS: u64 = 1_000;

/// Which identifier is taken for the account, the one that says most first.
const ACCOUNTS: [IdKind; 10] = [
    IdKind::Subscriber,
    IdKind::UserName,
    IdKind::CircuitId,
    IdKind::RemoteId,
    IdKind::CallingStation,
    IdKind::Duid,
    IdKind::ClientId,
    IdKind::HardwareAddress,
    IdKind::NasPort,
    IdKind::Session,
];

/// Somebody who may have held it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// The source that says so.
    pub source: String,
    /// What names them, as logged: what it is, its text.
    pub ids: Vec<(IdKind, String)>,
    /// Whether the logs tell it wholly and nothing speaks against it.
    pub sure: bool,
    /// What shows it, and how it lies to the instant, in words.
    pub words: Vec<String>,
    /// From when, as far as it is known, ms UTC.
    pub first_ms: Option<i64>,
    /// Until when, as far as it is known, ms UTC.
    pub last_ms: i64,
    /// The lines it rests on: segment, line from 1.
    pub lines: Vec<(String, u64)>,
    /// Of a translation: who held the inside address.
    pub behind: Vec<Self>,
}

/// What the logs say of one connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Held {
    /// The connection, as it was asked.
    pub connection: Connection,
    /// What that comes to.
    pub found: SubscriberFound,
    /// What the one subscriber is called in the logs, where there is one.
    pub account: Option<String>,
    /// The candidates, the surest first.
    pub candidates: Vec<Candidate>,
    /// How many there are, listed or not.
    pub total: u64,
    /// What else is to be known, in words.
    pub notes: Vec<String>,
    /// What each source covers, in words.
    pub sources: Vec<String>,
}

/// What the logs say of all connections of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Found {
    /// One for each connection, in the order of the request.
    pub held: Vec<Held>,
    /// Where it comes from, for the answer: sources, clocks and their error, method.
    pub acquisition: String,
}

/// A look into the assignment logs, as its approver sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HoldersJob {
    /// The request.
    pub request: EntryRef,
    /// How it stands.
    pub state: JobState,
    /// Who started it.
    pub by: Option<PersonId>,
    /// When, ms UTC.
    pub started_ms: Option<u64>,
    /// Bytes gone through.
    pub scanned_bytes: u64,
    /// Bytes to go through, at least.
    pub total_bytes: u64,
    /// What is to be known of it, in words.
    pub words: Option<String>,
    /// What was found, when it is done.
    pub found: Option<Found>,
}

impl Node {
    /// Starts looking in this node's own assignment logs for the subscribers that a partner asks about, and comes back
    /// at once. One that runs already goes on.
    pub async fn start_holders(self: &Arc<Self>, who: &SignedIn, at: EntryRef) -> Result<HoldersJob> {
        let connections = self.connections_asked(who, at).await?;
        let questions = connections.iter().map(question).collect::<Result<Vec<_>>>()?;
        if let Some(job) = self.lookups.begin(at, who.person, self.now_ms())? {
            self.note_access(who, "subscriber.looked-up", &at.to_string())
                .await?;
            let (node, ends) = (self.clone(), Ends(job));
            tokio::task::spawn_blocking(move || {
                let looked = node.find_holders(connections, questions, &ends.0.progress);
                let ended = match looked {
                    Ok(found) => {
                        // There is one look a job.
                        let _ = ends.0.found.set(found);
                        (JobState::Done, None)
                    }
                    Err(ServiceError::Logs(LogError::Cancelled)) => (JobState::Stopped, None),
                    Err(error) => {
                        tracing::warn!(request = %at, error = %error, "a look into the assignment logs failed");
                        (JobState::Failed, Some(words_of(&error)))
                    }
                };
                *ends.0.ended() = Some(ended);
            });
        }
        self.holders_job(who, at).await
    }

    fn find_holders(
        &self,
        connections: Vec<Connection>,
        questions: Vec<Question>,
        progress: &HuntProgress,
    ) -> Result<Found> {
        let answers = self
            .logs
            .holders(&Questions::of(questions), &mut |so_far| progress.at(so_far))?;
        let mut sources: Vec<&SourceView> = Vec::new();
        for source in answers.answers.iter().flat_map(|answer| &answer.sources) {
            if sources.iter().all(|known| known.source != source.source) {
                sources.push(source);
            }
        }
        let acquisition = acquisition(&sources);
        let held = connections.into_iter().zip(&answers.answers).map(held).collect();
        Ok(Found { held, acquisition })
    }

    /// How a look comes on, and what it found.
    pub async fn holders_job(&self, who: &SignedIn, at: EntryRef) -> Result<HoldersJob> {
        self.connections_asked(who, at).await?;
        let job = self.lookups.get(&at);
        let (state, words) = match job.as_ref().map(|job| job.ended().clone()) {
            None => (JobState::None, None),
            Some(None) => (JobState::Running, None),
            Some(Some(ended)) => ended,
        };
        let so_far = job.as_ref().map(|job| job.progress.so_far()).unwrap_or_default();
        Ok(HoldersJob {
            request: at,
            state,
            by: job.as_ref().map(|job| job.by),
            started_ms: job.as_ref().map(|job| job.started_ms),
            scanned_bytes: so_far.scanned_bytes,
            total_bytes: so_far.total_bytes,
            words,
            found: job.and_then(|job| job.found.get().cloned()),
        })
    }

    /// Stops a look at the next chance.
    pub async fn stop_holders(&self, who: &SignedIn, at: EntryRef) -> Result<HoldersJob> {
        let job = self.holders_job(who, at).await?;
        if job.state == JobState::Running
            && let Some(running) = self.lookups.get(&at)
        {
            running.progress.cancel();
            self.note_access(who, "subscriber.look-stopped", &at.to_string())
                .await?;
        }
        self.holders_job(who, at).await
    }

    /// The connections of a request that waits for this person's organisation to answer.
    async fn connections_asked(&self, who: &SignedIn, at: EntryRef) -> Result<Vec<Connection>> {
        Act::Approve.ask(who)?;
        let state = self.read().await?;
        let asked: Asked = self.asked_for(&state, who, at)?;
        self.case_for(&state, who, asked.space)?;
        self.not_decided(&state, asked.space, at)?;
        let question = asked.made.subscriber;
        Ok(question
            .ok_or(ServiceError::NotFound("question about subscribers"))?
            .connections)
    }
}

fn question(asked: &Connection) -> Result<Question> {
    let wrong = |message: String| ServiceError::invalid("connections", message);
    let address: IpAddr = asked
        .address
        .parse()
        .map_err(|_| wrong(format!("{} is no address", asked.address)))?;
    let at_ms = i64::try_from(asked.at_ms).map_err(|_| wrong("a time is out of range".to_owned()))?;
    let mut question = Question::of(address, at_ms, ASKED_UNCERTAINTY_MS);
    question.port = asked.port;
    question.protocol = asked.transport.map(|transport| match transport {
        Transport::Tcp => Protocol(6),
        Transport::Udp => Protocol(17),
    });
    Ok(question)
}

fn held((connection, answer): (Connection, &Answer)) -> Held {
    let found = match answer.finding {
        Finding::One => SubscriberFound::One,
        Finding::Several => SubscriberFound::Several,
        Finding::Nobody => SubscriberFound::Nobody,
        Finding::NotCovered => SubscriberFound::NoRecord,
    };
    let account = answer.holders.first().filter(|_| found == SubscriberFound::One);
    Held {
        connection,
        found,
        account: account.and_then(account_of),
        candidates: answer.holders.iter().map(candidate).collect(),
        total: answer.holders_total,
        notes: answer.notes.iter().map(ToString::to_string).collect(),
        sources: answer.sources.iter().map(ToString::to_string).collect(),
    }
}

/// What a holder is called: of a translation, who stands behind it.
fn account_of(holder: &Holder) -> Option<String> {
    let behind = match holder.behind.as_slice() {
        [one] => account_of(one),
        _ => None,
    };
    let by_kind = |kind: &IdKind| holder.ids.iter().find(|id| id.kind == *kind);
    behind.or_else(|| ACCOUNTS.iter().find_map(by_kind).map(|id| id.value.clone()))
}

fn candidate(holder: &Holder) -> Candidate {
    Candidate {
        source: holder.source.clone(),
        ids: holder
            .ids
            .iter()
            .map(|SubscriberId { kind, value }| (*kind, value.clone()))
            .collect(),
        sure: holder.is_sure(),
        words: holder.words(),
        first_ms: holder.first.map(|first| first.at_ms),
        last_ms: holder.last.at_ms,
        lines: holder
            .evidence
            .iter()
            .map(|Evidence { segment, line, .. }| (segment.to_string(), *line))
            .collect(),
        behind: holder.behind.iter().map(candidate).collect(),
    }
}

/// Where the answer comes from, as far as the logs tell it.
fn acquisition(sources: &[&SourceView]) -> String {
    if sources.is_empty() {
        return "No assignment log is held here.".to_owned();
    }
    let told = sources.iter().map(|source| match source.clock_offset_ms {
        Some(offset) => format!("{} (its clock runs {offset} ms ahead, taken off)", source.source),
        None => format!("{} (its clock was not measured)", source.source),
    });
    format!(
        "Assignment logs kept by Accord, each line as it was written: {}. Times to the second.",
        told.collect::<Vec<_>>().join("; ")
    )
}
