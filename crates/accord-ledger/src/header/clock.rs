//! The hybrid logical clock (Kulkarni and others, 2014): wall time that never runs backwards, with a counter for
//! events within one millisecond or while the wall clock stands behind what was already seen.

/// How far ahead of our own clock a stamp may be before it must wait, in milliseconds.
pub const MAX_AHEAD_MS: u64 = 300_000;

/// A stamp. Ordered by wall time, then counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Clock {
    /// Milliseconds since the Unix epoch, UTC.
    pub wall_ms: u64,
    /// Counts stamps of equal wall time.
    pub counter: u32,
}

/// A stamp that cannot be taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClockError {
    /// More than [`MAX_AHEAD_MS`] ahead: wait until our own clock reaches it.
    #[error(
        "the stamp is {ahead_ms} ms ahead of this node's clock, {MAX_AHEAD_MS} is the most: check both clocks"
    )]
    Ahead {
        /// By how many milliseconds.
        ahead_ms: u64,
    },
}

impl Clock {
    fn next(self) -> Self {
        match self.counter.checked_add(1) {
            Some(counter) => Self {
                wall_ms: self.wall_ms,
                counter,
            },
            None => Self {
                wall_ms: self.wall_ms.saturating_add(1),
                counter: 0,
            },
        }
    }

    /// The stamp of the next local event; always greater than `self`.
    #[must_use]
    pub fn tick(self, now_ms: u64) -> Self {
        if now_ms > self.wall_ms {
            Self {
                wall_ms: now_ms,
                counter: 0,
            }
        } else {
            self.next()
        }
    }

    /// The clock after seeing `other`; always greater than both.
    ///
    /// # Errors
    /// [`ClockError::Ahead`]: a peer with a wrong clock must not drag ours along.
    pub fn receive(self, other: Self, now_ms: u64) -> Result<Self, ClockError> {
        if other.is_ahead_of(now_ms) {
            return Err(ClockError::Ahead {
                ahead_ms: other.wall_ms.saturating_sub(now_ms),
            });
        }
        Ok(self.max(other).tick(now_ms))
    }

    /// Whether the stamp must wait at `now_ms`.
    pub fn is_ahead_of(self, now_ms: u64) -> bool {
        self.wall_ms > now_ms.saturating_add(MAX_AHEAD_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_grow_even_when_the_wall_stands_or_runs_back() {
        let a = Clock::default().tick(10);
        assert_eq!(
            a,
            Clock {
                wall_ms: 10,
                counter: 0
            }
        );
        assert_eq!(
            a.tick(10),
            Clock {
                wall_ms: 10,
                counter: 1
            }
        );
        assert_eq!(
            a.tick(3),
            Clock {
                wall_ms: 10,
                counter: 1
            }
        );
        let full = Clock {
            wall_ms: 10,
            counter: u32::MAX,
        };
        assert_eq!(
            full.tick(10),
            Clock {
                wall_ms: 11,
                counter: 0
            }
        );
    }

    #[test]
    fn receive_passes_both_and_refuses_one_past_the_limit() {
        let ours = Clock {
            wall_ms: 100,
            counter: 4,
        };
        let theirs = Clock {
            wall_ms: 200,
            counter: 7,
        };
        assert_eq!(
            ours.receive(theirs, 150),
            Ok(Clock {
                wall_ms: 200,
                counter: 8
            })
        );
        assert_eq!(
            theirs.receive(ours, 150),
            Ok(Clock {
                wall_ms: 200,
                counter: 8
            })
        );
        let limit = Clock {
            wall_ms: 1_000 + MAX_AHEAD_MS,
            counter: 0,
        };
        assert!(ours.receive(limit, 1_000).is_ok());
        let past = Clock {
            wall_ms: 1_001 + MAX_AHEAD_MS,
            counter: 0,
        };
        assert_eq!(
            ours.receive(past, 1_000),
            Err(ClockError::Ahead {
                ahead_ms: MAX_AHEAD_MS + 1
            })
        );
        assert!(
            !Clock {
                wall_ms: u64::MAX,
                counter: 0
            }
            .is_ahead_of(u64::MAX)
        );
    }
}
