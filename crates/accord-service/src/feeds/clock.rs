//! The time by which feeds are pulled and values age.
//!
//! It is counted in the steps that this node saw, not read off the wall: a clock that is put back makes a step of nothing,
//! one that leaps ahead a step of [`STEP_MAX_MS`] at most, and the time while the node did not run is no step. So a jump
//! of the clock ends no verdict, begins none, and sets off no storm of pulls.
//!
//! What a feed says ends at a time of the wall. For [`JUMP_DOUBTED_MS`] after a jump that time is what the wall would say
//! had it not jumped, where that is earlier: a clock that is wrong for a while ends nothing for good.

use serde::{Deserialize, Serialize};

/// Longest step that counts: between two looks that are half a minute apart, more is a jump.
pub const STEP_MAX_MS: u64 = 10 * 60_000;
/// For so long after a jump, counted, the wall's word that something has ended is not taken.
pub const JUMP_DOUBTED_MS: u64 = 24 * 3_600_000;
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

/// What the time was before a jump.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Before {
    /// By the wall as far as it was believed, ms UTC.
    as_of_ms: u64,
    /// By the count.
    counted_ms: u64,
}

/// The count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FeedClock {
    /// Milliseconds counted, over all runs of the node.
    counted_ms: u64,
    /// The last jump.
    #[serde(default)]
    jump: Option<ClockJump>,
    /// What the time was before it.
    #[serde(default)]
    before: Option<Before>,
    /// Whether the last look of this run was a jump.
    #[serde(skip)]
    just_jumped: bool,
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
        let before = Before {
            as_of_ms: self.believed(before_ms),
            counted_ms: self.counted_ms,
        };
        self.counted_ms = self.counted_ms.saturating_add(step.unwrap_or(0).min(STEP_MAX_MS));
        let jumped = step.is_none_or(|step| step > STEP_MAX_MS).then_some(jump);
        self.jump = jumped.or(self.jump);
        self.before = jumped.map(|_| before).or(self.before);
        self.just_jumped = jumped.is_some();
        jumped
    }

    /// Whether the last look was no jump: the next one knows whether it stays so.
    pub fn is_steady(&self) -> bool {
        !self.just_jumped
    }

    /// What the wall says, or, for a while after a jump, what it would say without it, whichever is earlier.
    fn believed(&self, now_ms: u64) -> u64 {
        let Some(before) = self.before else { return now_ms };
        let counted_ms = self.counted_ms.saturating_sub(before.counted_ms);
        if counted_ms >= JUMP_DOUBTED_MS {
            return now_ms;
        }
        now_ms.min(before.as_of_ms.saturating_add(counted_ms))
    }

    /// The time by which what a feed says has ended, ms UTC: of the wall, as far as it is believed. A leap that was not looked
    /// at yet counts for no more than one step.
    pub fn as_of(&self, now_ms: u64) -> u64 {
        let unseen = self.looked_ms.map_or(0, |looked| now_ms.saturating_sub(looked));
        let looked_ms = self.looked_ms.unwrap_or(now_ms).min(now_ms);
        self.believed(looked_ms).saturating_add(unseen.min(STEP_MAX_MS))
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
    fn nothing_ends_by_a_clock_that_jumped_until_it_stays_so() {
        let (start, year, half) = (1_000 * 86_400_000, 365 * 86_400_000, 30_000);
        let mut clock = FeedClock::default();
        assert_eq!(clock.as_of(start), start, "nobody looked yet");
        clock.look(start);
        assert_eq!(clock.as_of(start + half), start + half);
        assert_eq!(clock.as_of(start - year), start - year, "earlier ends nothing");
        assert_eq!(
            clock.as_of(start + year),
            start + STEP_MAX_MS,
            "a leap that nobody looked at"
        );
        clock.look(start + year);
        let after = |ms: u64| start + STEP_MAX_MS + ms;
        assert_eq!(clock.as_of(start + year), after(0));
        clock.look(start + year + half);
        assert_eq!(clock.as_of(start + year + half), after(half), "it goes on");
        // A second leap, and back again.
        clock.look(start + 2 * year);
        assert_eq!(clock.as_of(start + 2 * year), after(half + STEP_MAX_MS));
        clock.look(start + 2 * half);
        assert_eq!(clock.as_of(start + 2 * half), start + 2 * half);
        // Written down, and read again.
        let kept = serde_json::to_string(&clock).unwrap();
        let mut clock = serde_json::from_str::<FeedClock>(&kept).unwrap().loaded();
        clock.look(start + year);
        let jumped = clock.as_of(start + year);
        assert!(jumped < start + 3 * STEP_MAX_MS, "the day is not over: {jumped}");
        // It stays so for a day: then it is what it says.
        let mut now = start + year;
        for _ in 0..JUMP_DOUBTED_MS / STEP_MAX_MS {
            assert!(clock.as_of(now) < start + year);
            now += STEP_MAX_MS;
            clock.look(now);
        }
        assert_eq!(clock.as_of(now), now);
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
