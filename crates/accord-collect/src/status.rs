//! What a collector did so far, for a page and for metrics.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use accord_logstore::Segment;

use crate::limits::MAX_NAMED_REFUSALS;

/// What was not taken, or was not as it should be. The names are those of metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Count {
    /// Messages that the system dropped before they were read: its receive buffer was full.
    DroppedByKernel,
    /// Messages over UDP for which there was no room in memory.
    DroppedQueueFull,
    /// Messages that the spool did not take: full, or its disk is.
    DroppedSpool,
    /// Messages over UDP beyond their sender's rate.
    DroppedRate,
    /// Messages and connections from outside the allowed networks.
    RefusedSender,
    /// Connections and messages beyond the number of senders or connections.
    RefusedLimit,
    /// Messages over the size limit.
    Oversize,
    /// Messages that ended before they were whole: connection lost, or too slow.
    Incomplete,
    /// Connections closed because what they sent is not framed as RFC 6587 says.
    Malformed,
    /// TLS handshakes that failed.
    TlsFailed,
    /// Messages without a byte.
    Empty,
    /// Bytes at the end of spool files that were not whole after a crash. None was acknowledged.
    TornBytes,
    /// Bytes seen in a file and not taken before it was truncated or replaced. Where a copy of it lies in the folder,
    /// they are taken from there.
    TruncatedBytes,
    /// Bytes seen in a file and not taken before it was gone.
    VanishedBytes,
    /// Matching files beyond the most that are followed.
    RefusedFiles,
    /// Appends that were recognised as repeats.
    Repeats,
}

impl Count {
    /// Every one.
    pub const ALL: [Self; 16] = [
        Self::DroppedByKernel,
        Self::DroppedQueueFull,
        Self::DroppedSpool,
        Self::DroppedRate,
        Self::RefusedSender,
        Self::RefusedLimit,
        Self::Oversize,
        Self::Incomplete,
        Self::Malformed,
        Self::TlsFailed,
        Self::Empty,
        Self::TornBytes,
        Self::TruncatedBytes,
        Self::VanishedBytes,
        Self::RefusedFiles,
        Self::Repeats,
    ];

    /// Its name in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DroppedByKernel => "dropped_by_kernel",
            Self::DroppedQueueFull => "dropped_queue_full",
            Self::DroppedSpool => "dropped_spool",
            Self::DroppedRate => "dropped_rate",
            Self::RefusedSender => "refused_sender",
            Self::RefusedLimit => "refused_limit",
            Self::Oversize => "oversize",
            Self::Incomplete => "incomplete",
            Self::Malformed => "malformed",
            Self::TlsFailed => "tls_failed",
            Self::Empty => "empty",
            Self::TornBytes => "torn_bytes",
            Self::TruncatedBytes => "truncated_bytes",
            Self::VanishedBytes => "vanished_bytes",
            Self::RefusedFiles => "refused_files",
            Self::Repeats => "repeats",
        }
    }
}

/// The state of a collector.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CollectorStatus {
    /// Its name.
    pub name: String,
    /// `files`, `syslog`, `http` or `stream`.
    pub kind: &'static str,
    /// The source it feeds.
    pub source: String,
    /// Bytes that became segments since the start.
    pub bytes: u64,
    /// Lines that did.
    pub lines: u64,
    /// Segments made.
    pub segments: u64,
    /// Bytes that are there and in no segment yet.
    pub lag_bytes: u64,
    /// When the oldest of them was seen, milliseconds since the epoch.
    pub lag_since_ms: Option<i64>,
    /// Files followed, or senders with an open spool file.
    pub followed: u64,
    /// The last segment made.
    pub last_segment: Option<String>,
    /// When it was made, milliseconds since the epoch.
    pub last_segment_ms: Option<i64>,
    /// The last error in words, and when.
    pub last_error: Option<(i64, String)>,
    /// Names in the folder that are not read, with the reason; at most 100.
    pub refused: BTreeMap<String, String>,
    /// What was dropped, refused or cut, where it is not 0.
    pub counts: BTreeMap<Count, u64>,
    /// The address it listens on, by transport.
    pub listening: Vec<(&'static str, std::net::SocketAddr)>,
}

/// The state that a collector's threads share.
#[derive(Debug, Clone, Default)]
pub(crate) struct Status(Arc<Mutex<CollectorStatus>>);

impl Status {
    pub(crate) fn new(name: &str, kind: &'static str, source: &str) -> Self {
        Self(Arc::new(Mutex::new(CollectorStatus {
            name: name.to_owned(),
            kind,
            source: source.to_owned(),
            ..CollectorStatus::default()
        })))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, CollectorStatus> {
        // Nothing under the lock can panic with a half-made change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn count(&self, what: Count, by: u64) {
        if by > 0 {
            *self.lock().counts.entry(what).or_default() += by;
        }
    }

    /// A repeated error is told once in the log, and stays in the status.
    pub(crate) fn error(&self, now_ms: i64, words: String) {
        let mut status = self.lock();
        if status.last_error.as_ref().is_none_or(|(_, last)| *last != words) {
            tracing::warn!(collector = %status.name, "{words}");
        }
        status.last_error = Some((now_ms, words));
    }

    pub(crate) fn refuse(&self, name: &str, why: &str) {
        let mut status = self.lock();
        if status.refused.contains_key(name) || status.refused.len() >= MAX_NAMED_REFUSALS {
            return;
        }
        tracing::warn!(collector = %status.name, "{name} is not read: {why}");
        status.refused.insert(name.to_owned(), why.to_owned());
    }

    pub(crate) fn took(&self, segment: &Segment) {
        let mut status = self.lock();
        status.bytes += segment.manifest.log.length;
        status.lines += segment.manifest.lines.total();
        status.segments += 1;
        status.last_segment = Some(segment.id().to_string());
        status.last_segment_ms = Some(segment.manifest.imported_at_ms);
    }
}
