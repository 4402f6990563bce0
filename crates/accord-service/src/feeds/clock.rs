//! The time by which feeds are pulled and values age.
//!
//! It is counted in the steps that this node saw, not read off the wall: a clock that is put back makes a step of nothing,
//! one that leaps ahead a step of [`STEP_MAX_MS`] at most, and the time while the node did not run is no step. So a jump
//! of the clock ends no verdict, begins none, and sets off no storm of pulls.

use serde::{Deserialize, Serialize};

/// Longest step that counts: between two looks that are half a minute apart, more is a jump.
pub const STEP_MAX_MS: u64 = 10 * 60_000;
/// The count is written down after so much of it; a crash loses no more.
pub const COUNT_KEPT_MS: u64 = 10 * 60_000;

/// A jump of the clock, as it was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockJump {
    /// What the clock says now, ms UTC.
    pub at_ms: u64,
    /// What it said half a minute before, ms UTC.
    pub before_ms: u64,
}

/// The count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FeedClock {
    /// Milliseconds counted, over all runs of the node.
    counted_ms: u64,
    /// The last jump.
    #[serde(default)]
    jump: Option<ClockJump>,
    /// What the clock said at the last look of this run.
    #[serde(skip)]
    looked_ms: Option<u64>,
    /// What is on the disk.
    #[serde(skip)]
    kept_ms: u64,
}

impl FeedClock {
    /// As it was read from the disk.
    pub fn loaded(mut self) -> Self {
        self.kept_ms = self.counted_ms;
        self
    }

    /// Milliseconds counted so far.
    pub fn now(&self) -> u64 {
        self.counted_ms
    }

    /// The last jump that was seen.
    pub fn jump(&self) -> Option<ClockJump> {
        self.jump
    }

    /// Counts on to what the clock says; the jump, where it made one.
    pub fn look(&mut self, now_ms: u64) -> Option<ClockJump> {
        let before_ms = self.looked_ms.replace(now_ms)?;
        let jump = ClockJump {
            at_ms: now_ms,
            before_ms,
        };
        let step = now_ms.checked_sub(before_ms);
        self.counted_ms = self.counted_ms.saturating_add(step.unwrap_or(0).min(STEP_MAX_MS));
        let jumped = step.is_none_or(|step| step > STEP_MAX_MS).then_some(jump);
        self.jump = jumped.or(self.jump);
        jumped
    }

    /// Whether it is time to write it down.
    pub fn is_due(&self) -> bool {
        self.counted_ms.saturating_sub(self.kept_ms) >= COUNT_KEPT_MS
    }

    /// It was written down.
    pub fn kept(&mut self) {
        self.kept_ms = self.counted_ms;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jumps_count_for_nothing_or_little() {
        let day = 86_400_000;
        let mut clock = FeedClock::default();
        assert_eq!(clock.look(100 * day), None, "the first look is no step");
        assert_eq!(clock.now(), 0);
        assert_eq!(clock.look(100 * day + 30_000), None);
        assert_eq!(clock.now(), 30_000);
        let back = clock.look(90 * day).unwrap();
        assert_eq!((back.at_ms, back.before_ms), (90 * day, 100 * day + 30_000));
        assert_eq!(clock.now(), 30_000, "back: nothing");
        assert_eq!(clock.look(90 * day + STEP_MAX_MS), None, "the longest step");
        assert!(clock.look(90 * day + 2 * STEP_MAX_MS + 1).is_some(), "one more");
        assert!(clock.look(5_000 * day).is_some());
        assert_eq!(clock.now(), 30_000 + 3 * STEP_MAX_MS, "ahead: one step");
        assert_eq!(clock.jump().unwrap().at_ms, 5_000 * day);
    }

    #[test]
    fn it_is_written_down_now_and_then() {
        let mut clock = FeedClock::default();
        clock.look(1);
        assert!(!clock.is_due());
        clock.look(1 + STEP_MAX_MS);
        assert!(clock.is_due());
        clock.kept();
        assert!(!clock.is_due());
        let kept = serde_json::to_string(&clock).unwrap();
        let again: FeedClock = serde_json::from_str(&kept).unwrap();
        let mut again = again.loaded();
        assert_eq!(
            again.look(u64::MAX),
            None,
            "the time while the node did not run is no step"
        );
        assert_eq!(again.now(), STEP_MAX_MS);
    }
}
