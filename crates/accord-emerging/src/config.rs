//! What an operator chooses.

use crate::limits::{
    COUNTERS, HISTORY_DAYS, HISTORY_HOURS, LABEL_SAMPLE, LABELS, LATE_HOURS, MAX_CLOSED_STORIES,
    MAX_OPEN_STORIES, MAX_SHOWN_BYTES, MAX_SOURCES, MEMORY_SLOTS, NODE_SAMPLE, PAIR_SAMPLE, TABLE_SLOTS,
    VALUE_SAMPLE,
};

/// Sizes and thresholds of an engine. A saved state keeps those with which it was made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Config {
    /// Values that are remembered: when first and last seen. 24 bytes each.
    pub memory_slots: usize,
    /// New and woken values that are watched at a time.
    pub watched: usize,
    /// Labels of each dimension that have a past of their own.
    pub labels: usize,
    /// Likenesses of names that are counted at a time.
    pub likenesses: usize,
    /// Pairs of values that are counted at a time.
    pub pairs: usize,
    /// Customers whose last values are remembered to see what appears together.
    pub customers: usize,
    /// Counters of each of the four rows of the count-min sketches.
    pub counters: usize,
    /// Standard deviations above its own past from which a label is a story.
    pub threshold: f64,
    /// Times its own past that it must be as well.
    pub min_ratio: f64,
    /// Fewest customers of a story.
    pub min_customers: u32,
    /// Fewest customers of a new or woken value of which neither family nor campaign is known.
    pub min_unnamed_customers: u32,
    /// Fewest sources of a story, where at least so many gave events within a week.
    pub min_sources: u32,
    /// Days with events before anything is called new or grown.
    pub floor_days: u32,
    /// Days with events in which a value was not seen, before it is said to wake.
    pub dormant_days: u32,
    /// How often a day, by their own past, as many customers may come to new values of a kind by chance.
    pub budget: f64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            memory_slots: 1 << 20,
            watched: 1 << 13,
            labels: 256,
            likenesses: 1 << 12,
            pairs: 1 << 12,
            customers: 1 << 13,
            counters: 1 << 16,
            threshold: 5.0,
            min_ratio: 2.0,
            min_customers: 3,
            min_unnamed_customers: 5,
            min_sources: 2,
            floor_days: 7,
            dormant_days: 10,
            budget: 0.1,
        }
    }
}

/// A configuration with which no engine is made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{what} is {given}: take {wanted}")]
pub struct ConfigError {
    what: &'static str,
    given: String,
    wanted: String,
}

fn between<T: PartialOrd + std::fmt::Display>(
    what: &'static str,
    given: T,
    wanted: &std::ops::RangeInclusive<T>,
) -> Result<(), ConfigError> {
    if wanted.contains(&given) {
        return Ok(());
    }
    Err(ConfigError {
        what,
        given: given.to_string(),
        wanted: format!("{} to {}", wanted.start(), wanted.end()),
    })
}

/// Bytes of an allocation's own keeping, and what a tree has empty of its nodes.
const OVERHEAD: usize = 64;

impl Config {
    /// Whether each part is within its bounds.
    pub fn check(&self) -> Result<(), ConfigError> {
        between("memory_slots", self.memory_slots, &MEMORY_SLOTS)?;
        between("watched", self.watched, &TABLE_SLOTS)?;
        between("likenesses", self.likenesses, &TABLE_SLOTS)?;
        between("pairs", self.pairs, &TABLE_SLOTS)?;
        between("customers", self.customers, &TABLE_SLOTS)?;
        between("labels", self.labels, &LABELS)?;
        between("counters", self.counters, &COUNTERS)?;
        between("threshold", self.threshold, &(2.0..=50.0))?;
        between("min_ratio", self.min_ratio, &(1.0..=100.0))?;
        between("min_customers", self.min_customers, &(1..=10_000))?;
        between("min_unnamed_customers", self.min_unnamed_customers, &(1..=10_000))?;
        between("min_sources", self.min_sources, &(1..=100))?;
        between("floor_days", self.floor_days, &(1..=90))?;
        between("dormant_days", self.dormant_days, &(2..=365))?;
        between("budget", self.budget, &(0.001..=100.0))
    }

    /// The most bytes that an engine with this configuration holds, whatever comes in.
    #[must_use]
    pub fn max_bytes(&self) -> usize {
        let sample = |cap: u16| usize::from(cap) * 8 + OVERHEAD;
        let track = |cap: u16| {
            HISTORY_HOURS as usize * 16
                + HISTORY_DAYS as usize * 8
                + (LATE_HOURS as usize + 2) * sample(cap)
                + MAX_SHOWN_BYTES
                + 1_024
        };
        let shown = MAX_SHOWN_BYTES + OVERHEAD;
        // Tables are rounded up to a power of two of sets.
        let table = |slots: usize, bytes: usize| (slots * 2).max(64) * bytes;
        table(self.memory_slots, 24)
            + table(self.watched, 2 * sample(VALUE_SAMPLE) + 3 * shown + 256)
            + table(self.likenesses, 2 * sample(VALUE_SAMPLE) + 9 * shown + 256)
            + table(self.pairs, sample(PAIR_SAMPLE) + 128)
            + table(self.customers, 128)
            + 5 * (self.labels + 1) * track(LABEL_SAMPLE)
            + track(NODE_SAMPLE)
            + (3 * 8 * 4 + 16) * self.counters
            + 65_536
            + MAX_SOURCES * (shown + 64)
            + (MAX_OPEN_STORIES + MAX_CLOSED_STORIES) * crate::story::MAX_STORY_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_has_bounds() {
        let check = |change: fn(&mut Config), fits: bool| {
            let mut config = Config::default();
            change(&mut config);
            assert_eq!(config.check().is_ok(), fits, "{config:?}");
        };
        check(|_| (), true);
        check(|c| c.memory_slots = 1 << 10, true);
        check(|c| c.memory_slots = (1 << 10) - 1, false);
        check(|c| c.memory_slots = (1 << 28) + 1, false);
        check(|c| c.watched = 63, false);
        check(|c| c.likenesses = 63, false);
        check(|c| c.pairs = (1 << 22) + 1, false);
        check(|c| c.customers = 63, false);
        check(|c| c.labels = 7, false);
        check(|c| c.labels = (1 << 14) + 1, false);
        check(|c| c.counters = 255, false);
        check(|c| c.threshold = f64::NAN, false);
        check(|c| c.threshold = 1.9, false);
        check(|c| c.min_ratio = 0.9, false);
        check(|c| c.min_customers = 0, false);
        check(|c| c.min_unnamed_customers = 0, false);
        check(|c| c.min_sources = 0, false);
        check(|c| c.floor_days = 0, false);
        check(|c| c.dormant_days = 1, false);
        check(|c| c.budget = 0.0, false);
        let config = Config {
            labels: 7,
            ..Config::default()
        };
        assert_eq!(
            config.check().unwrap_err().to_string(),
            "labels is 7: take 8 to 16384"
        );
    }
}
