//! How rare a strength is among its like: what all candidates of a kind reached, fading, and from which strength on one is
//! rarer than a budget. So thresholds follow from the past of the node itself, not from a constant.

use crate::kept::kept;

/// Steps of a doubling.
const STEPS: f64 = 4.0;
const BINS: usize = 80;
/// What is left of the past after a day: half after two weeks.
const DAILY: f32 = 0.951_7;

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Usual {
    /// Candidates by strength, as faded.
    bins: Vec<f32>,
    /// Days, as faded.
    days: f32,
}
kept!(Usual { bins, days });

fn bin(strength: f64) -> usize {
    ((strength.max(1.0).log2() * STEPS).floor() as usize).min(BINS - 1)
}

impl Usual {
    pub(crate) fn new() -> Self {
        Self {
            bins: vec![0.0; BINS],
            days: 0.0,
        }
    }

    /// A day with events has passed.
    pub(crate) fn next_day(&mut self) {
        self.bins.iter_mut().for_each(|count| *count *= DAILY);
        self.days = self.days * DAILY + 1.0;
    }

    /// Whether it was learned for so many days.
    pub(crate) fn knows(&self, days: f64) -> bool {
        // What so many days come to, the older counting less; a float's error is no day.
        let daily = f64::from(DAILY);
        let faded = (1.0 - daily.powf(days)) / (1.0 - daily);
        f64::from(self.days) >= faded - 0.01
    }

    /// A candidate came to its end.
    pub(crate) fn add(&mut self, strength: f64) {
        if let Some(count) = self.bins.get_mut(bin(strength)) {
            *count += 1.0;
        }
    }

    /// Takes one back, of a candidate that turned out to be a threat.
    pub(crate) fn take_back(&mut self, strength: f64) {
        if let Some(count) = self.bins.get_mut(bin(strength)) {
            *count = (*count - 1.0).max(0.0);
        }
    }

    /// How many candidates a day reached this strength.
    pub(crate) fn rate(&self, strength: f64) -> f64 {
        let reached: f32 = self.bins.get(bin(strength)..).unwrap_or_default().iter().sum();
        f64::from(reached / self.days.max(1.0))
    }

    /// The least strength that fewer than `budget` a day reached.
    pub(crate) fn threshold(&self, budget: f64) -> f64 {
        let mut reached = 0.0;
        for (bin, count) in self.bins.iter().enumerate().rev() {
            reached += f64::from(*count);
            if reached / f64::from(self.days.max(1.0)) > budget {
                return 2f64.powf((bin + 1) as f64 / STEPS);
            }
        }
        1.0
    }

    /// Whether it was read whole.
    pub(crate) fn is_whole(&self) -> bool {
        self.bins.len() == BINS && self.bins.iter().all(|count| *count >= 0.0) && self.days >= 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_is_what_few_reach() {
        let mut usual = Usual::new();
        assert_eq!(usual.threshold(0.1), 1.0, "without a past everything is rare");
        for day in 0..28 {
            usual.next_day();
            for strength in [1.0, 1.0, 2.0, 3.0, 8.0] {
                usual.add(strength);
            }
            if day == 20 {
                usual.add(100.0);
            }
        }
        let threshold = usual.threshold(0.1);
        assert!((8.0..=10.0).contains(&threshold), "{threshold}");
        assert!(usual.rate(8.0) > 0.9 && usual.rate(50.0) < 0.1);
        assert!(usual.threshold(1.5) <= 4.0);
        usual.take_back(100.0);
        assert!(usual.rate(100.0) < 1e-6);
        // A hundred days later it is all but forgotten.
        (0..100).for_each(|_| usual.next_day());
        assert!(usual.threshold(0.1) < 2.0);
    }

    #[test]
    fn it_knows_after_so_many_days() {
        for days in [0, 1, 3, 7, 45, 90] {
            let mut usual = Usual::new();
            (1..days).for_each(|_| usual.next_day());
            assert_eq!(usual.knows(f64::from(days)), days == 0, "{days}");
            usual.next_day();
            assert!(usual.knows(f64::from(days)), "{days}");
        }
    }

    #[test]
    fn strengths_beyond_the_last_bin_are_held_in_it() {
        let mut usual = Usual::new();
        usual.add(1e12);
        assert!(usual.rate(1e300) > 0.0);
    }
}
