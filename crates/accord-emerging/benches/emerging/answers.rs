//! Alerts against the known answers.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;

use accord_corpus::{Outbreak, Plant, WeekEvent, Weeks};
use accord_emerging::{Dimension, Finding, Subject};

const HOUR_MS: u64 = 3_600_000;
/// Hours after its end in which an outbreak can still be found.
const AFTER_HOURS: u64 = 24;

/// What an alert is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    Family(String),
    Campaign(String),
    /// A sector, country or network: says where, never which.
    Place(String),
    /// Any of these.
    Values(Vec<String>),
}

impl About {
    pub fn of(finding: &Finding) -> Self {
        match &finding.subject {
            Subject::Label { dimension, label } => match dimension {
                Dimension::Family => About::Family(label.clone()),
                Dimension::Campaign => About::Campaign(label.clone()),
                _ => About::Place(label.clone()),
            },
            Subject::Value { value, .. } => About::Values(vec![value.clone()]),
            Subject::Pair { value, other, .. } => About::Values(vec![value.clone(), other.clone()]),
            Subject::Names { .. } => About::Values(
                finding
                    .evidence
                    .examples
                    .iter()
                    .map(|example| example.value.clone())
                    .collect(),
            ),
        }
    }

    fn is_of(&self, plant: &Plant) -> bool {
        match self {
            About::Family(family) => plant.family.as_ref() == Some(family),
            About::Campaign(campaign) => plant.campaign.as_ref() == Some(campaign),
            About::Place(_) => false,
            // Half of the values, so that names alike are of the outbreak and not beside it.
            About::Values(values) => {
                values.iter().filter(|value| plant.shows(value)).count() * 2 >= values.len().max(1)
            }
        }
    }
}

/// An alert. Alerts of one story are one.
#[derive(Debug, Clone)]
pub struct Alert {
    pub at_ms: u64,
    pub story: u64,
    pub about: About,
    pub words: String,
}

/// The outbreaks of a seed, and when each showed first.
pub struct Answers {
    plants: Vec<(Plant, Option<u64>)>,
    from_ms: u64,
    begins_ms: u64,
    days: f64,
}

impl Answers {
    pub fn new(weeks: &Weeks, from_hour: u64) -> Self {
        Self {
            plants: weeks.plants().iter().map(|plant| (plant.clone(), None)).collect(),
            from_ms: weeks.begins_ms(from_hour),
            begins_ms: weeks.begins_ms(0),
            days: (weeks.hours() - from_hour) as f64 / 24.0,
        }
    }

    pub fn note(&mut self, hour: u64, events: &[WeekEvent]) {
        for (plant, first) in &mut self.plants {
            if first.is_none() && (plant.from_hour..plant.from_hour + plant.hours).contains(&hour) {
                *first = events
                    .iter()
                    .filter(|event| plant.shows(&event.value) && event.family == plant.family)
                    .map(|event| event.at_ms)
                    .min();
            }
        }
    }

    fn is_hit(&self, alert: &Alert, plant: &Plant) -> bool {
        let from = self.begins_ms + plant.from_hour * HOUR_MS;
        let until = from + (plant.hours + AFTER_HOURS) * HOUR_MS;
        (from..=until).contains(&alert.at_ms) && alert.about.is_of(plant)
    }

    pub fn score(&self, alerts: &[Alert]) -> Result {
        let mut result = Result {
            days: self.days,
            ..Result::default()
        };
        let alerts: Vec<&Alert> = alerts
            .iter()
            .filter(|alert| alert.at_ms >= self.from_ms)
            .collect();
        let mut right = BTreeSet::new();
        for (plant, first) in &self.plants {
            let Some(first) = *first else { continue };
            let hits: Vec<&&Alert> = alerts.iter().filter(|alert| self.is_hit(alert, plant)).collect();
            right.extend(hits.iter().map(|alert| alert.story));
            let soonest = hits.iter().map(|alert| alert.at_ms).min();
            result.delays.push((
                plant.kind,
                soonest.map(|at| at.saturating_sub(first) as f64 / HOUR_MS as f64),
            ));
        }
        let all: BTreeSet<u64> = alerts.iter().map(|alert| alert.story).collect();
        result.false_alerts = all.difference(&right).count();
        result
    }

    /// What was missed and what was false, in words.
    pub fn tell(&self, alerts: &[Alert]) -> std::io::Result<()> {
        let mut out = std::io::stderr().lock();
        let mut right = BTreeSet::new();
        for (plant, _) in &self.plants {
            let hits: Vec<&Alert> = alerts.iter().filter(|alert| self.is_hit(alert, plant)).collect();
            right.extend(hits.iter().map(|alert| alert.story));
            if hits.is_empty() {
                writeln!(
                    out,
                    "missed {:?} from hour {}, {} customers, {:?} {:?} {:?}",
                    plant.kind,
                    plant.from_hour,
                    plant.customers,
                    plant.family,
                    plant.campaign,
                    plant.values.first()
                )?;
            }
        }
        for alert in alerts
            .iter()
            .filter(|alert| alert.at_ms >= self.from_ms && !right.contains(&alert.story))
        {
            writeln!(
                out,
                "false {} at hour {}: {}",
                alert.story,
                (alert.at_ms - self.begins_ms) / HOUR_MS,
                alert.words
            )?;
        }
        Ok(())
    }
}

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Result {
    /// Of each outbreak, in the order of the seeds.
    delays: Vec<(Outbreak, Option<f64>)>,
    false_alerts: usize,
    days: f64,
}

fn median(mut delays: Vec<f64>) -> String {
    delays.sort_by(f64::total_cmp);
    delays
        .get(delays.len() / 2)
        .map_or("-".to_owned(), |delay| format!("{delay:.1}"))
}

impl Result {
    pub fn add(&mut self, other: &Result) {
        self.delays.extend_from_slice(&other.delays);
        self.false_alerts += other.false_alerts;
        self.days += other.days;
    }

    pub fn planted(&self) -> usize {
        self.delays.len()
    }

    pub fn days(&self) -> f64 {
        self.days
    }

    pub fn found(&self) -> usize {
        self.delays.iter().filter(|delay| delay.1.is_some()).count()
    }

    pub fn delay(&self) -> String {
        median(self.delays.iter().filter_map(|delay| delay.1).collect())
    }

    pub fn false_a_day(&self) -> f64 {
        if self.days > 0.0 {
            self.false_alerts as f64 / self.days
        } else {
            0.0
        }
    }

    pub fn of(&self, kind: Outbreak) -> String {
        let of: Vec<Option<f64>> = self
            .delays
            .iter()
            .filter(|delay| delay.0 == kind)
            .map(|delay| delay.1)
            .collect();
        let found: Vec<f64> = of.iter().copied().flatten().collect();
        format!("{} of {}, {}", found.len(), of.len(), median(found))
    }

    /// Of what both found: how many, where this one was sooner, where later, both medians.
    pub fn compared(&self, other: &Result) -> (usize, usize, usize, String, String) {
        let pairs = self.delays.iter().zip(&other.delays);
        let both: Vec<(f64, f64)> = pairs.filter_map(|(one, two)| Some((one.1?, two.1?))).collect();
        let mut counts: BTreeMap<std::cmp::Ordering, usize> = BTreeMap::new();
        for (one, two) in &both {
            *counts.entry(one.total_cmp(two)).or_default() += 1;
        }
        let count = |which| counts.get(&which).copied().unwrap_or_default();
        (
            both.len(),
            count(std::cmp::Ordering::Less),
            count(std::cmp::Ordering::Greater),
            median(both.iter().map(|pair| pair.0).collect()),
            median(both.iter().map(|pair| pair.1).collect()),
        )
    }
}
