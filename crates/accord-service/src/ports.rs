//! Time and randomness, passed in, so that tests and the demo can replay a run.

use std::sync::Arc;

/// Fills a buffer with random bytes.
type Fill = dyn Fn(&mut [u8]) + Send + Sync;

/// What a node gets from outside itself.
#[derive(Clone)]
pub struct Ports {
    now_ms: Arc<dyn Fn() -> u64 + Send + Sync>,
    fill: Arc<Fill>,
}

impl Ports {
    /// `now_ms` gives milliseconds since the Unix epoch, UTC; `fill` gives random bytes fit for keys.
    pub fn new(
        now_ms: impl Fn() -> u64 + Send + Sync + 'static,
        fill: impl Fn(&mut [u8]) + Send + Sync + 'static,
    ) -> Self {
        Self {
            now_ms: Arc::new(now_ms),
            fill: Arc::new(fill),
        }
    }

    /// Now, milliseconds since the Unix epoch, UTC.
    pub fn now_ms(&self) -> u64 {
        (self.now_ms)()
    }

    /// Fresh random bytes.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.fill)(&mut bytes);
        bytes
    }
}

impl std::fmt::Debug for Ports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ports")
    }
}
