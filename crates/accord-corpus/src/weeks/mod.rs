//! Weeks of sightings: seasons, growth, new harmless names, a holiday, an outage, noisy sensors, and planted outbreaks.
//!
//! Twelve sources with customers of their own sectors and countries look up known names, are infected with known families,
//! meet new names of which most stay unknown and a few become popular. Days and weeks have their shape, families have good
//! and bad days. From the fourth week on outbreaks are planted, each with what it shows and when it begins.

mod names;
mod plants;

use accord_matcher::Kind;

pub use plants::{Outbreak, Plant};

use crate::random::Choices;
use names::Names;

const STREAM: u64 = 40;
/// Monday, 2026-01-05 00:00 UTC.
const FIRST_MS: u64 = 1_767_571_200_000;
const HOUR_MS: u64 = 3_600_000;
pub(crate) const SOURCES: usize = 12;
pub(crate) const CUSTOMERS: usize = 6_000;
pub(crate) const FAMILIES: usize = 40;
const SECTORS: [&str; 6] = ["health", "finance", "education", "retail", "energy", "government"];
const COUNTRIES: [(&str, u64); 5] = [("NL", 1), ("DE", 1), ("GB", 0), ("BR", 21), ("JP", 9)];

/// A sighting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeekEvent {
    /// When, milliseconds since 1970 UTC.
    pub at_ms: u64,
    /// Who says so.
    pub source: String,
    /// Whom it happened to.
    pub customer: String,
    /// The kind of value.
    pub kind: Kind,
    /// The value.
    pub value: String,
    /// Its family, where one is known.
    pub family: Option<String>,
    /// Its campaign, where one is known.
    pub campaign: Option<String>,
    /// The customer's sector.
    pub sector: &'static str,
    /// The customer's country.
    pub country: &'static str,
    /// The network of the value.
    pub network: String,
    /// Whether the look-up failed.
    pub failed: bool,
}

/// What happens to a customer, before it is an event.
pub(crate) struct Meets {
    pub customer: usize,
    pub kind: Kind,
    pub value: String,
    pub family: Option<usize>,
    pub campaign: Option<usize>,
    pub failed: bool,
}

/// A sensor that says much alone, or a source that is silent: nothing to alert of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Noise { source: usize, family: usize },
    Silence { source: usize },
}

/// The weeks of a seed.
#[derive(Debug, Clone)]
pub struct Weeks {
    seed: u64,
    weeks: u64,
    names: Names,
    /// Sightings an hour of each family, on average.
    rates: Vec<f64>,
    plants: Vec<Plant>,
    faults: Vec<(u64, u64, Fault)>,
}

impl Choices {
    /// Between 0 and 1.
    pub(crate) fn unit(&mut self) -> f64 {
        self.below(1 << 53) as f64 / (1u64 << 53) as f64
    }

    /// A Poisson number.
    pub(crate) fn poisson(&mut self, mean: f64) -> usize {
        if mean > 60.0 {
            // Twelve uniform numbers are near enough to a normal one.
            let normal: f64 = (0..12).map(|_| self.unit()).sum::<f64>() - 6.0;
            return (mean + normal * mean.sqrt()).round().max(0.0) as usize;
        }
        let (limit, mut product, mut count) = ((-mean).exp(), self.unit(), 0);
        while product > limit {
            product *= self.unit();
            count += 1;
        }
        count
    }
}

pub(crate) fn source_of(customer: usize) -> usize {
    // Sources of unequal size: the first has about a quarter of all customers.
    let place = customer * 7_919 % CUSTOMERS;
    let share = place as f64 / CUSTOMERS as f64;
    ((share * share.sqrt()) * SOURCES as f64) as usize
}

fn country_of(customer: usize) -> (&'static str, u64) {
    COUNTRIES
        .get((customer * 31 + customer / 7) % COUNTRIES.len())
        .copied()
        .unwrap_or(("NL", 1))
}

fn sector_of(customer: usize) -> &'static str {
    SECTORS
        .get((customer / 11) % SECTORS.len())
        .copied()
        .unwrap_or("health")
}

/// How active a country is in an hour: day and night, working days, once a holiday.
fn activity(hour: u64, ahead: u64) -> f64 {
    let local = hour + ahead;
    let of_day = (local % 24) as f64;
    let day = 0.12 + 0.88 * (-((of_day - 14.0) / 5.0).powi(2)).exp();
    let week = if local / 24 % 7 >= 5 { 0.5 } else { 1.0 };
    // Monday morning, when everything is started again.
    let monday = if (local / 24).is_multiple_of(7) && (8..10).contains(&(local % 24)) {
        1.4
    } else {
        1.0
    };
    let holiday = if local / 24 == 38 { 0.45 } else { 1.0 };
    let growth = 1.0 + 0.01 * (hour / 168) as f64;
    day * week * monday * holiday * growth
}

impl Weeks {
    /// Weeks of sightings; outbreaks begin in the fourth.
    #[must_use]
    pub fn new(seed: u64, weeks: u64) -> Self {
        let mut choices = Choices::new(seed, STREAM);
        let rates = (0..FAMILIES)
            .map(|_| 0.03 * 200f64.powf(choices.unit()))
            .collect();
        let names = Names::new(&mut choices);
        let plants = plants::plants(&mut choices, weeks, &names);
        let mut faults = Vec::new();
        for week in 3..weeks {
            let at = |choices: &mut Choices| week * 168 + choices.below(150) as u64;
            let noise = Fault::Noise {
                source: choices.below(SOURCES),
                family: choices.below(FAMILIES),
            };
            faults.push((at(&mut choices), 5, noise));
            let silence = Fault::Silence {
                source: choices.below(SOURCES),
            };
            faults.push((at(&mut choices), 8, silence));
        }
        Self {
            seed,
            weeks,
            names,
            rates,
            plants,
            faults,
        }
    }

    /// How many hours.
    #[must_use]
    pub fn hours(&self) -> u64 {
        self.weeks * 168
    }

    /// When an hour begins, milliseconds since 1970 UTC.
    #[must_use]
    pub fn begins_ms(&self, hour: u64) -> u64 {
        FIRST_MS + hour * HOUR_MS
    }

    /// The outbreaks, in no particular order.
    #[must_use]
    pub fn plants(&self) -> &[Plant] {
        &self.plants
    }

    /// The events of an hour, by time.
    #[must_use]
    pub fn events(&self, hour: u64) -> Vec<WeekEvent> {
        let mut choices = Choices::new(self.seed, STREAM + 1 + hour);
        let active: Vec<f64> = COUNTRIES
            .iter()
            .map(|country| activity(hour, country.1))
            .collect();
        let level = active.iter().sum::<f64>() / active.len() as f64;
        let busiest = active.iter().copied().fold(0.01, f64::max);
        // A customer of a country that is awake.
        let awake = |choices: &mut Choices| loop {
            let customer = choices.below(CUSTOMERS);
            let of = COUNTRIES
                .iter()
                .position(|country| country.0 == country_of(customer).0);
            if choices.unit() * busiest < of.and_then(|of| active.get(of)).copied().unwrap_or(busiest) {
                break customer;
            }
        };
        let mut met: Vec<(u64, Meets)> = Vec::new();
        let begins = self.begins_ms(hour);
        let moment = |choices: &mut Choices| begins + choices.below(HOUR_MS as usize) as u64;
        for (value, failed, is_known) in self.names.of_hour(&mut choices, self.seed, hour, level) {
            let customer = awake(&mut choices);
            let at = moment(&mut choices);
            let family = None;
            let kind = Kind::Domain;
            let again = if is_known {
                choices.below(3)
            } else {
                choices.below(2)
            };
            for repeat in 0..=again {
                let at = (at + repeat as u64 * 40_000).min(begins + HOUR_MS - 1);
                let value = value.clone();
                met.push((
                    at,
                    Meets {
                        customer,
                        kind,
                        value,
                        family,
                        campaign: None,
                        failed,
                    },
                ));
            }
        }
        for (family, rate) in self.rates.iter().enumerate() {
            // A family has good and bad days.
            let mut of_day = Choices::new(self.seed, STREAM ^ (1 << 40) ^ ((hour / 24) << 8) ^ family as u64);
            let day = (0.5 * (of_day.unit() + of_day.unit() + of_day.unit() - 1.5)).exp();
            for _ in 0..choices.poisson(rate * level * 2.0 * day) {
                // Most sightings are of machines that are infected for long.
                let infected = (rate * 30.0) as usize + 5;
                let customer = if choices.once_in(6) {
                    awake(&mut choices)
                } else {
                    (choices.below(infected) * 97 + family * 131) % CUSTOMERS
                };
                let value = self.names.of_family(family, choices.below(12));
                let at = moment(&mut choices);
                for repeat in 0..=choices.below(4) as u64 {
                    let at = (at + repeat * 60_000).min(begins + HOUR_MS - 1);
                    let campaign = family.is_multiple_of(2).then_some(family / 6);
                    let (kind, value, family) = (Kind::Domain, value.clone(), Some(family));
                    met.push((
                        at,
                        Meets {
                            customer,
                            kind,
                            value,
                            family,
                            campaign,
                            failed: false,
                        },
                    ));
                }
            }
        }
        for plant in &self.plants {
            plant.meets(hour, begins, self.seed, &self.names, &mut met);
        }
        let mut events: Vec<WeekEvent> = met
            .into_iter()
            .map(|(at, meets)| event(at, meets, None))
            .collect();
        self.fault(hour, begins, &mut choices, &mut events);
        events.sort_by(|a, b| {
            a.at_ms
                .cmp(&b.at_ms)
                .then_with(|| a.customer.cmp(&b.customer))
                .then_with(|| a.value.cmp(&b.value))
        });
        events
    }

    fn fault(&self, hour: u64, begins: u64, choices: &mut Choices, events: &mut Vec<WeekEvent>) {
        let now = self
            .faults
            .iter()
            .filter(|(from, hours, _)| (*from..from + hours).contains(&hour));
        for (_, _, fault) in now {
            match *fault {
                Fault::Silence { source } => {
                    let name = source_name(source);
                    events.retain(|event| event.source != name);
                }
                Fault::Noise { source, family } => {
                    for _ in 0..400 {
                        let meets = Meets {
                            customer: choices.below(30),
                            kind: Kind::Domain,
                            value: self.names.of_family(family, 0),
                            family: Some(family),
                            campaign: None,
                            failed: false,
                        };
                        events.push(event(
                            begins + choices.below(HOUR_MS as usize) as u64,
                            meets,
                            Some(source),
                        ));
                    }
                }
            }
        }
    }
}

fn source_name(source: usize) -> String {
    format!("sensor-{source:02}")
}

fn event(at_ms: u64, meets: Meets, source: Option<usize>) -> WeekEvent {
    let customer = meets.customer;
    let sum = meets
        .value
        .bytes()
        .fold(0usize, |sum, byte| sum * 31 % 65_521 + usize::from(byte));
    WeekEvent {
        at_ms,
        source: source_name(source.unwrap_or_else(|| source_of(customer))),
        customer: match source {
            // What a broken sensor takes for customers.
            Some(source) => format!("broken-{source}-{customer}"),
            None => format!("c{customer:05}"),
        },
        kind: meets.kind,
        value: meets.value,
        family: meets.family.map(family_name),
        campaign: meets.campaign.map(|campaign| format!("campaign-{campaign}")),
        sector: sector_of(customer),
        country: country_of(customer).0,
        network: format!("AS{}", 64_496 + sum % 16),
        failed: meets.failed,
    }
}

pub(crate) fn family_name(family: usize) -> String {
    format!("family-{family:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_follow_from_their_seed() {
        let (one, two) = (Weeks::new(1, 5), Weeks::new(1, 5));
        assert_eq!(one.plants(), two.plants());
        assert_eq!(one.events(600), two.events(600));
        assert_ne!(one.events(600), Weeks::new(2, 5).events(600));
    }

    #[test]
    fn days_and_weeks_have_their_shape() {
        let weeks = Weeks::new(1, 2);
        let count = |hour| weeks.events(hour).len();
        let (night, day, sunday) = (count(3 * 24 + 3), count(3 * 24 + 13), count(6 * 24 + 13));
        assert!(day > 2 * night && day * 2 > 3 * sunday, "{night} {day} {sunday}");
        for event in weeks.events(80) {
            assert!(event.at_ms >= weeks.begins_ms(80) && event.at_ms < weeks.begins_ms(81));
        }
    }

    #[test]
    fn every_source_has_customers() {
        let mut of = [0; SOURCES];
        (0..CUSTOMERS).for_each(|customer| of[source_of(customer)] += 1);
        assert!(of.iter().all(|count| *count > 100), "{of:?}");
    }

    #[test]
    fn each_outbreak_shows_within_its_time_and_only_there() {
        let weeks = Weeks::new(3, 6);
        assert!(weeks.plants().len() > 10);
        for plant in weeks.plants() {
            let hours = plant.from_hour..plant.from_hour + plant.hours;
            let shown: usize = hours
                .map(|hour| {
                    weeks
                        .events(hour)
                        .iter()
                        .filter(|event| plant.shows(&event.value))
                        .count()
                })
                .sum();
            assert!(shown >= plant.customers / 2, "{plant:?}: {shown}");
            if plant.kind == Outbreak::Generated {
                let before = weeks.events(plant.from_hour - 1);
                assert!(!before.iter().any(|event| plant.shows(&event.value)));
            }
        }
    }
}
