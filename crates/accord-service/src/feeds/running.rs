//! Pulls that are under way: one at a time of each feed, seen while it runs, stopped by whoever keeps feeds.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tokio::sync::Notify;

use crate::error::{Result, ServiceError};

/// A pull under way, as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PullUnderWay {
    /// Since when, ms UTC.
    pub since_ms: u64,
    /// Bytes that came so far.
    pub bytes: u64,
}

#[derive(Debug)]
struct Running {
    since_ms: u64,
    bytes: AtomicU64,
    stop: Notify,
}

/// Every pull under way, by feed.
#[derive(Debug, Default)]
pub(crate) struct Pulls(Mutex<BTreeMap<String, Arc<Running>>>);

/// A feed's turn; given back when it is dropped.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    pulls: &'a Pulls,
    name: String,
    running: Arc<Running>,
}

impl Pulls {
    fn all(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Running>>> {
        // Nothing is half done where one panics.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a pull, where none of this feed is under way.
    pub(super) fn begin(&self, name: &str, now_ms: u64) -> Result<Turn<'_>> {
        let mut all = self.all();
        if all.contains_key(name) {
            return Err(ServiceError::Conflict(format!(
                "{name} is being pulled right now: wait for its end, or stop it"
            )));
        }
        let running = Arc::new(Running {
            since_ms: now_ms,
            bytes: AtomicU64::new(0),
            stop: Notify::new(),
        });
        all.insert(name.to_owned(), Arc::clone(&running));
        Ok(Turn {
            pulls: self,
            name: name.to_owned(),
            running,
        })
    }

    /// The pull of a feed that is under way.
    pub(super) fn of(&self, name: &str) -> Option<PullUnderWay> {
        self.all().get(name).map(|running| PullUnderWay {
            since_ms: running.since_ms,
            bytes: running.bytes.load(Ordering::Relaxed),
        })
    }

    /// Stops the pull of a feed; whether there was one.
    pub(super) fn stop(&self, name: &str) -> bool {
        match self.all().get(name) {
            Some(running) => {
                running.stop.notify_one();
                true
            }
            None => false,
        }
    }
}

impl Turn<'_> {
    pub(super) fn arrived(&self) -> &AtomicU64 {
        &self.running.bytes
    }

    /// Ends when somebody stops the pull.
    pub(super) async fn stopped(&self) {
        self.running.stop.notified().await;
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.pulls.all().remove(&self.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_at_a_time_and_stopped() {
        let pulls = Pulls::default();
        assert!(!pulls.stop("f"));
        let turn = pulls.begin("f", 7).unwrap();
        assert!(pulls.begin("f", 8).is_err());
        assert!(pulls.begin("g", 8).is_ok());
        turn.arrived().store(5, Ordering::Relaxed);
        assert_eq!(
            pulls.of("f"),
            Some(PullUnderWay {
                since_ms: 7,
                bytes: 5
            })
        );
        assert!(pulls.stop("f"));
        turn.stopped().await;
        drop(turn);
        assert_eq!(pulls.of("f"), None);
        assert!(pulls.begin("f", 9).is_ok());
    }
}
