//! What one would do first: a z-score of each label and value against all hours before, and a list of what was never seen
//! before. Both are given what helps them: they forget nothing and need no bound of memory, they look at values and labels,
//! they tell of a thing once in three days, the z-score has a floor of one for its deviation and needs three, its twin counts
//! customers instead of lines, first seen can wait for as many customers as one likes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use accord_corpus::WeekEvent;

use crate::answers::{About, Alert};

const HOUR_MS: u64 = 3_600_000;
/// Time in which a thing is told of once.
const QUIET_MS: u64 = 72 * HOUR_MS;
/// Thresholds that are tried.
pub const SCORES: [f64; 16] = [
    3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 12.0, 15.0, 20.0, 25.0, 30.0, 40.0, 60.0, 100.0, 1_000.0,
];
pub const CUSTOMERS: [f64; 14] = [
    1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0, 20.0, 30.0, 50.0, 80.0, 200.0,
];

fn abouts(event: &WeekEvent) -> Vec<About> {
    let mut all = vec![
        About::Values(vec![event.value.clone()]),
        About::Place(event.sector.to_owned()),
        About::Place(event.country.to_owned()),
        About::Place(event.network.clone()),
    ];
    all.extend(event.family.clone().map(About::Family));
    all.extend(event.campaign.clone().map(About::Campaign));
    all
}

/// What the z-score counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    Lines,
    Customers,
}

/// See the module.
pub struct ZScore {
    metric: Metric,
    hours: f64,
    /// Sums, and sums of squares, of the hours before.
    past: HashMap<About, (f64, f64)>,
    now: BTreeMap<About, (u32, BTreeSet<String>)>,
    /// When, what, and how far.
    above: Vec<(u64, About, f64)>,
}

impl ZScore {
    pub fn new(metric: Metric) -> Self {
        Self {
            metric,
            hours: 0.0,
            past: HashMap::new(),
            now: BTreeMap::new(),
            above: Vec::new(),
        }
    }

    pub fn observe(&mut self, event: &WeekEvent) {
        for about in abouts(event) {
            let counted = self.now.entry(about).or_default();
            counted.0 += 1;
            if self.metric == Metric::Customers && !counted.1.contains(&event.customer) {
                counted.1.insert(event.customer.clone());
            }
        }
    }

    pub fn end_hour(&mut self, at_ms: u64) {
        for (about, (lines, customers)) in std::mem::take(&mut self.now) {
            let count = match self.metric {
                Metric::Lines => f64::from(lines),
                Metric::Customers => customers.len() as f64,
            };
            let past = self.past.entry(about.clone()).or_default();
            if self.hours > 0.0 && count >= 3.0 {
                let mean = past.0 / self.hours;
                let deviation = (past.1 / self.hours - mean * mean).max(1.0).sqrt();
                let score = (count - mean) / deviation;
                if score >= 3.0 {
                    self.above.push((at_ms, about, score));
                }
            }
            past.0 += count;
            past.1 += count * count;
        }
        self.hours += 1.0;
    }

    pub fn alerts(&self, least: f64) -> Vec<Alert> {
        let above = self.above.iter().filter(|above| above.2 >= least);
        told(above.map(|above| (above.0, &above.1)), "z-score")
    }
}

/// One alert of a thing, until it was quiet.
fn told<'a>(all: impl Iterator<Item = (u64, &'a About)>, words: &str) -> Vec<Alert> {
    let mut last: HashMap<&About, u64> = HashMap::new();
    let mut alerts = Vec::new();
    for (at_ms, about) in all {
        let before = last.insert(about, at_ms);
        if before.is_none_or(|before| at_ms - before > QUIET_MS) {
            alerts.push(Alert {
                at_ms,
                // Apart from those of another baseline.
                story: ((words.len() as u64) << 32) + alerts.len() as u64,
                about: about.clone(),
                words: words.to_owned(),
            });
        }
    }
    alerts
}

/// See the module.
#[derive(Default)]
pub struct FirstSeen {
    /// When a thing was first seen, and its customers.
    seen: HashMap<About, (u64, BTreeSet<String>)>,
    /// When a new thing reached how many customers.
    reached: Vec<(u64, About, usize)>,
}

impl FirstSeen {
    pub fn observe(&mut self, event: &WeekEvent) {
        for about in abouts(event) {
            let seen = self
                .seen
                .entry(about.clone())
                .or_insert_with(|| (event.at_ms, BTreeSet::new()));
            if event.at_ms - seen.0 <= QUIET_MS && seen.1.insert(event.customer.clone()) {
                self.reached.push((event.at_ms, about, seen.1.len()));
            }
        }
    }

    pub fn alerts(&self, least: f64) -> Vec<Alert> {
        let reached = self.reached.iter().filter(|reached| reached.2 as f64 == least);
        told(reached.map(|reached| (reached.0, &reached.1)), "first seen")
    }
}
