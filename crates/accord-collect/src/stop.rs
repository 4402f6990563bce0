//! How threads are told to end, and wait until then; and the clock that they read.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::limits::MAX_RETRY_S;

/// Gives milliseconds since the epoch, UTC.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The system's clock.
#[must_use]
pub fn system_clock() -> Clock {
    Arc::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}

/// Set once; wakes who waits.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stop(Arc<(Mutex<bool>, Condvar)>);

impl Stop {
    pub(crate) fn set(&self) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.1.notify_all();
    }

    pub(crate) fn is_set(&self) -> bool {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for that long, or until it is set; whether it is.
    pub(crate) fn wait(&self, time: Duration) -> bool {
        let set = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.0.1.wait_timeout_while(set, time, |set| !*set);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// When a refused import is tried again.
#[derive(Debug, Default)]
pub(crate) struct Retry {
    failures: u32,
    not_before_ms: i64,
}

impl Retry {
    pub(crate) fn is_due(&self, now_ms: i64) -> bool {
        // A clock that was set back must not stop collecting for long.
        now_ms >= self.not_before_ms || self.not_before_ms - now_ms > 2 * 1000 * MAX_RETRY_S as i64
    }

    pub(crate) fn failed(&mut self, now_ms: i64) {
        let wait_s = 1_u64
            .checked_shl(self.failures)
            .unwrap_or(MAX_RETRY_S)
            .clamp(1, MAX_RETRY_S);
        self.failures = (self.failures + 1).min(16);
        self.not_before_ms = now_ms.saturating_add(1000 * wait_s as i64);
    }

    pub(crate) fn worked(&mut self) {
        *self = Self::default();
    }
}
