//! The memory that the sorts, groups and joins of a question share. What can write to temporary files may take what it needs
//! while no more than half is taken; then each has an equal part of the other half. The engine's own pool divides all of it
//! in equal parts from the beginning, so that one large group among ten steps that need nothing wrote files at a tenth of
//! the limit.
//!
//! Together they never have more than the limit: what is over its part when half is taken cannot grow, and gives back all of
//! it when it writes its file.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use datafusion::error::{DataFusionError, Result};
use datafusion::execution::memory_pool::{
    FairSpillPool, MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation,
};

/// The pool.
#[derive(Debug)]
pub(super) struct Halves {
    limit_bytes: usize,
    /// Those that can write files.
    spilling: AtomicUsize,
    /// It counts, and decides about those that cannot.
    inner: FairSpillPool,
}

impl Halves {
    pub(super) fn new(limit_bytes: usize) -> Self {
        Self {
            limit_bytes,
            spilling: AtomicUsize::new(0),
            inner: FairSpillPool::new(limit_bytes),
        }
    }

    /// Whether one that can write files may have so much more. Threads that ask at once may all be let, each by one batch.
    fn lets(&self, reservation: &MemoryReservation, additional: usize) -> bool {
        let half = self.limit_bytes / 2;
        let together = self.inner.reserved().saturating_add(additional);
        if together <= half {
            return true;
        }
        let part = half / self.spilling.load(Ordering::Relaxed).max(1);
        together <= self.limit_bytes && reservation.size().saturating_add(additional) <= part
    }
}

impl MemoryPool for Halves {
    fn name(&self) -> &'static str {
        "halves"
    }

    fn register(&self, consumer: &MemoryConsumer) {
        if consumer.can_spill() {
            self.spilling.fetch_add(1, Ordering::Relaxed);
        }
        self.inner.register(consumer);
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        if consumer.can_spill() {
            self.spilling.fetch_sub(1, Ordering::Relaxed);
        }
        self.inner.unregister(consumer);
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        self.inner.grow(reservation, additional);
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        self.inner.shrink(reservation, shrink);
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        if !reservation.consumer().can_spill() {
            return self.inner.try_grow(reservation, additional);
        }
        if self.lets(reservation, additional) {
            self.inner.grow(reservation, additional);
            return Ok(());
        }
        Err(DataFusionError::ResourcesExhausted(format!(
            "{additional} more bytes of memory for {}",
            reservation.consumer().name()
        )))
    }

    fn reserved(&self) -> usize {
        self.inner.reserved()
    }

    fn memory_limit(&self) -> MemoryLimit {
        self.inner.memory_limit()
    }
}

impl fmt::Display for Halves {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "half of {} bytes for all, half in equal parts",
            self.limit_bytes
        )
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn half_is_for_all_and_half_in_equal_parts() {
        let pool: Arc<dyn MemoryPool> = Arc::new(Halves::new(800));
        let spilling = |name: &str| MemoryConsumer::new(name).with_can_spill(true).register(&pool);
        let (large, other, third, fourth) = (spilling("a"), spilling("b"), spilling("c"), spilling("d"));
        let fixed = MemoryConsumer::new("e").register(&pool);
        // One alone has half of it, and no byte more.
        assert!(large.try_grow(400).is_ok());
        assert!(large.try_grow(1).is_err());
        // The others have their part of the other half, whatever the first has.
        for one in [&other, &third, &fourth] {
            assert!(one.try_grow(100).is_ok());
            assert!(one.try_grow(1).is_err());
        }
        // What writes no files has what is left.
        assert!(fixed.try_grow(100).is_ok());
        assert!(fixed.try_grow(1).is_err());
        assert_eq!(pool.reserved(), 800);
        // Nobody has more than all, within its part or not.
        fourth.free();
        fixed.try_grow(50).unwrap();
        assert!(fourth.try_grow(51).is_err());
        assert!(fourth.try_grow(50).is_ok());
        // Once the first has written its file, half is for all again.
        large.free();
        third.free();
        fourth.free();
        assert!(other.try_grow(150).is_ok());
        drop((large, third, fourth));
        fixed.free();
        assert!(other.try_grow(150).is_ok());
        assert!(other.try_grow(1).is_err());
        assert_eq!(pool.reserved(), 400);
    }
}
