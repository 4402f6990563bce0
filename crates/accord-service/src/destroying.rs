//! The job that destroys what is over, and whether the node's clock can be believed for it.
//!
//! What is destroyed does not come back, and clocks go wrong: a battery is empty, a machine is restored from an image, a time
//! server lies. So where the clock is found far ahead of where this node saw it last, the job destroys nothing for a day of
//! running, and says so: somebody can see it, and put the clock right. A node that was off for long waits the same day. A
//! clock that gains less than that from one look to the next is not told from one that is right.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::feeds::ClockJump;
use crate::node::Node;

/// From one look to the next: more is a leap.
pub const CLOCK_LEAP_MS: u64 = 3 * 86_400_000;
/// So long after a leap nothing is destroyed by itself, counted in steps between looks.
pub const CLOCK_WAIT_MS: u64 = 86_400_000;
/// Most that one step between two looks counts for.
const STEP_MAX_MS: u64 = 2 * 3_600_000;

pub(crate) const DESTROY_CLOCK: &str = "destroy-clock";
const DESTROY_CLOCK_ID: &str = "clock";

/// A leap of the clock for which the job waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockLeap {
    /// What the clock said before, ms UTC.
    pub before_ms: u64,
    /// What it said then, ms UTC.
    pub at_ms: u64,
    /// Milliseconds of running since, as counted.
    pub waited_ms: u64,
}

/// Where the job saw the clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DestroyClock {
    seen_ms: Option<u64>,
    #[serde(default)]
    leap: Option<ClockLeap>,
}

/// What a look at the clock came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    /// What is over may be destroyed.
    Believed,
    /// The clock leapt just now.
    Leapt(ClockJump),
    /// A leap is being waited for.
    Waiting,
}

impl DestroyClock {
    /// The leap that is being waited for.
    pub fn leap(&self) -> Option<ClockLeap> {
        self.leap
    }

    fn look(&mut self, now_ms: u64) -> Look {
        let before_ms = self.seen_ms.replace(now_ms).unwrap_or(now_ms);
        let step = now_ms.saturating_sub(before_ms);
        if step > CLOCK_LEAP_MS {
            let before_ms = self.leap.map_or(before_ms, |leap| leap.before_ms);
            self.leap = Some(ClockLeap {
                before_ms,
                at_ms: now_ms,
                waited_ms: 0,
            });
            return Look::Leapt(ClockJump {
                at_ms: now_ms,
                before_ms,
            });
        }
        let Some(leap) = &mut self.leap else {
            return Look::Believed;
        };
        leap.waited_ms = leap.waited_ms.saturating_add(step.min(STEP_MAX_MS));
        let was_put_back = now_ms <= leap.before_ms.saturating_add(CLOCK_LEAP_MS);
        if was_put_back || leap.waited_ms >= CLOCK_WAIT_MS {
            self.leap = None;
            return Look::Believed;
        }
        Look::Waiting
    }
}

impl Node {
    /// Whether the clock can be believed for what does not come back.
    async fn clock_is_believed(&self) -> Result<bool> {
        let now_ms = self.now_ms();
        self.act(|state, batch, log| {
            let look = state.destroy_clock.look(now_ms);
            if let Look::Leapt(jump) = look {
                let words = format!(
                    "the clock went from {} ms to {} ms: nothing is destroyed by itself for a day",
                    jump.before_ms, jump.at_ms
                );
                log.node(batch, "retention.clock-leapt", &words);
            }
            batch.document(DESTROY_CLOCK, DESTROY_CLOCK_ID, &state.destroy_clock);
            Ok(look == Look::Believed)
        })
        .await
    }

    /// Destroys what is over on cases and of logs, unless the clock cannot be believed; then packs the columns of logs, and makes
    /// catalogues of them. How
    /// many copies and stored files were destroyed.
    ///
    /// # Errors
    /// Those of the store. What comes after a failed step is tried all the same.
    pub async fn destroy_in_time(&self) -> Result<usize> {
        let mut done: Result<usize> = Ok(0);
        let mut keep = |what: Result<usize>| match (what, &mut done) {
            (Ok(count), Ok(sum)) => *sum += count,
            (Err(error), Ok(_)) => done = Err(error),
            (Ok(_), Err(_)) => {}
            (Err(error), Err(_)) => tracing::error!(%error, "what is over cannot be destroyed"),
        };
        if self.clock_is_believed().await? {
            keep(self.destroy_what_is_over().await);
            keep(self.destroy_logs_that_are_over().await);
        } else {
            tracing::warn!("the clock leapt: nothing is destroyed by itself until it has run on for a day");
        }
        match self.pack_logs().await {
            Ok(0) => {}
            Ok(segments) => tracing::info!(segments, "the columns of small stored files were packed"),
            Err(error) => tracing::error!(%error, "the columns of small stored files cannot be packed"),
        }
        match self.catalogue_logs().await {
            Ok(0) => {}
            Ok(segments) => tracing::info!(segments, "stored files were put into catalogues"),
            Err(error) => tracing::error!(%error, "stored files cannot be put into catalogues"),
        }
        done
    }

    /// Runs the job of [`Node::destroy_in_time`] every so often, until it is dropped.
    pub(crate) async fn keep_destroying(&self, every: std::time::Duration) {
        let mut tick = tokio::time::interval(every);
        loop {
            tick.tick().await;
            match self.destroy_in_time().await {
                Ok(0) => {}
                Ok(count) => tracing::info!(count, "what was over was destroyed"),
                Err(error) => tracing::error!(%error, "what is over cannot be destroyed"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: u64 = 3_600_000;
    const DAY_MS: u64 = 24 * HOUR_MS;
    const NOW_MS: u64 = 20_000 * DAY_MS;

    fn seen() -> DestroyClock {
        let mut clock = DestroyClock::default();
        assert_eq!(
            clock.look(NOW_MS),
            Look::Believed,
            "there is nothing to compare it with"
        );
        clock
    }

    #[test]
    fn three_days_are_believed_and_one_millisecond_more_is_a_leap() {
        assert_eq!(seen().look(NOW_MS + CLOCK_LEAP_MS), Look::Believed);
        let at_ms = NOW_MS + CLOCK_LEAP_MS + 1;
        let leapt = Look::Leapt(ClockJump {
            at_ms,
            before_ms: NOW_MS,
        });
        assert_eq!(seen().look(at_ms), leapt);
        assert_eq!(
            seen().look(NOW_MS - 400 * DAY_MS),
            Look::Believed,
            "back: less is over"
        );
    }

    #[test]
    fn a_day_of_steps_is_waited_for_however_long_one_of_them_is() {
        let mut clock = seen();
        let mut now = NOW_MS + 400 * DAY_MS;
        clock.look(now);
        for _ in 0..11 {
            now += 2 * DAY_MS;
            assert_eq!(
                clock.look(now),
                Look::Waiting,
                "a step counts for two hours at most"
            );
        }
        assert_eq!(clock.look(now + 2 * HOUR_MS - 1), Look::Waiting);
        assert_eq!(clock.look(now + 2 * HOUR_MS), Look::Believed);
        assert_eq!(clock.leap(), None);
    }

    #[test]
    fn a_clock_that_is_put_right_is_believed_at_once_and_a_second_leap_waits_anew() {
        let mut clock = seen();
        clock.look(NOW_MS + 400 * DAY_MS);
        assert_eq!(clock.look(NOW_MS + HOUR_MS), Look::Believed);
        clock.look(NOW_MS + 400 * DAY_MS);
        for hour in 1..20 {
            assert_eq!(clock.look(NOW_MS + 400 * DAY_MS + hour * HOUR_MS), Look::Waiting);
        }
        assert!(matches!(clock.look(NOW_MS + 800 * DAY_MS), Look::Leapt(_)));
        let leap = clock.leap().unwrap();
        assert_eq!((leap.before_ms, leap.waited_ms), (NOW_MS + HOUR_MS, 0));
        let kept = serde_json::to_string(&clock).unwrap();
        let mut again: DestroyClock = serde_json::from_str(&kept).unwrap();
        assert_eq!(
            again.look(NOW_MS + 800 * DAY_MS + HOUR_MS),
            Look::Waiting,
            "after a restart too"
        );
    }
}
