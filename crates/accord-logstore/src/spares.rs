//! Memory that an import which has ended leaves to the next: pages that were touched before cost nothing to be touched.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The most rooms of a kind that are kept: those of two imports side by side.
const MAX_SPARES: usize = 4;

/// Empty rooms that nobody works in.
pub(crate) struct Spares<T>(Arc<Mutex<Vec<T>>>);

impl<T> std::fmt::Debug for Spares<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Spares")
    }
}

impl<T> Default for Spares<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Clone for Spares<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Default> Spares<T> {
    fn held(&self) -> MutexGuard<'_, Vec<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A room that was used before, or a new one.
    pub(crate) fn take(&self) -> T {
        self.held().pop().unwrap_or_default()
    }

    /// Leaves an empty room to whoever takes the next.
    pub(crate) fn give(&self, room: T) {
        let mut held = self.held();
        if held.len() < MAX_SPARES {
            held.push(room);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_are_kept_than_the_limit() {
        let spares = Spares::<Vec<u8>>::default();
        for room in 0..=MAX_SPARES {
            spares.give(Vec::with_capacity(100 + room));
        }
        let rooms: Vec<_> = (0..=MAX_SPARES)
            .map(|_| spares.clone().take().capacity())
            .collect();
        assert!(rooms[..MAX_SPARES].iter().all(|room| *room >= 100) && rooms[MAX_SPARES] == 0);
    }
}
