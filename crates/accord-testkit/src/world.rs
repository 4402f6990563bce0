//! What all nodes of a test share.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use accord_service::Ports;
use accord_store::{Fault, Faults};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// 2026-11-02 09:00:00 UTC, ms: where every test begins.
pub const START_MS: u64 = 1_793_610_000_000;

/// One clock, one plan of faults and one seed for all nodes of a test.
#[derive(Debug, Clone)]
pub struct World {
    clock: Arc<AtomicU64>,
    armed: Arc<Mutex<Option<(u64, Fault)>>>,
    /// Counts the commits of every node.
    commits: Arc<AtomicU64>,
    seed: u64,
}

impl World {
    /// A world whose randomness follows from `seed`.
    pub fn new(seed: u64) -> Self {
        // A second test of the same process finds it installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            clock: Arc::new(AtomicU64::new(START_MS)),
            armed: Arc::default(),
            commits: Arc::default(),
            seed,
        }
    }

    /// The commits that every node tried so far.
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::SeqCst)
    }

    /// The faults of one node's store, under the plan of all; `touched` is set at its first commit.
    pub(crate) fn faults(&self, touched: &Arc<AtomicBool>) -> Faults {
        let (armed, commits, touched) = (self.armed.clone(), self.commits.clone(), touched.clone());
        Faults::plan(move |_| {
            touched.store(true, Ordering::SeqCst);
            let number = commits.fetch_add(1, Ordering::SeqCst) + 1;
            match *armed.lock().expect("no test holds it and panics") {
                Some((at, fault)) if at == number => fault,
                _ => Fault::None,
            }
        })
    }

    /// Now, ms UTC.
    pub fn now_ms(&self) -> u64 {
        self.clock.load(Ordering::SeqCst)
    }

    /// Moves the clock on.
    pub fn advance(&self, ms: u64) {
        self.clock.fetch_add(ms, Ordering::SeqCst);
    }

    /// Puts the clock where it was, or will be.
    pub fn set_clock(&self, ms: u64) {
        self.clock.store(ms, Ordering::SeqCst);
    }

    /// The `n`-th commit from now, counted over all nodes from 1, fails in this way.
    pub fn arm(&self, n: u64, fault: Fault) {
        *self.armed.lock().expect("no test holds it and panics") = Some((self.commits() + n, fault));
    }

    /// No commit fails any more.
    pub fn disarm(&self) {
        *self.armed.lock().expect("no test holds it and panics") = None;
    }

    /// What the node of an organisation gets from outside: the shared clock, and randomness of its own.
    pub(crate) fn ports(&self, name: &str) -> Ports {
        let mut seed = [0_u8; 32];
        let bytes = self.seed.to_be_bytes().into_iter().chain(name.bytes());
        for (slot, byte) in seed.iter_mut().zip(bytes) {
            *slot = byte;
        }
        let rng = Mutex::new(ChaCha20Rng::from_seed(seed));
        let clock = self.clock.clone();
        Ports::new(
            move || clock.load(Ordering::SeqCst),
            move |bytes| rng.lock().expect("filling does not panic").fill_bytes(bytes),
        )
    }
}
