//! The engine from outside: what each detector finds and leaves alone, how stories go, limits, saved state.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that meets something unexpected is to fail, in its helpers too"
)]

mod circles;
mod detectors;
mod limits;
mod properties;
mod saved;
mod stories;

use accord_emerging::{Circle, Config, Engine, Event, Key, Labels, Story, Taken};
use accord_matcher::Kind;

pub(crate) const HOUR_MS: u64 = 3_600_000;
/// A Thursday, 2026-01-01 00:00 UTC, in hours since 1970.
pub(crate) const FIRST_HOUR: u64 = 20_454 * 24;
pub(crate) const KEY: Key = Key([9; 16]);

pub(crate) fn small() -> Config {
    Config {
        memory_slots: 1 << 12,
        watched: 256,
        labels: 32,
        likenesses: 256,
        pairs: 256,
        customers: 256,
        counters: 1 << 10,
        ..Config::default()
    }
}

/// A small world: four sources, customers numbered, a background with the shape of days and weeks.
pub(crate) struct World {
    pub engine: Engine,
    /// Hours since the beginning.
    pub hour: u64,
    /// Whose events come.
    pub circle: Circle,
    minute: u64,
}

/// What a customer meets.
#[derive(Clone, Copy)]
pub(crate) struct Met<'a> {
    pub value: &'a str,
    pub labels: Labels<'a>,
    pub failed: bool,
}

pub(crate) fn name(value: &str) -> Met<'_> {
    Met {
        value,
        labels: Labels::default(),
        failed: false,
    }
}

pub(crate) fn family<'a>(family: &'a str, value: &'a str) -> Met<'a> {
    Met {
        labels: Labels {
            family: Some(family),
            ..Labels::default()
        },
        ..name(value)
    }
}

impl World {
    pub fn new() -> Self {
        Self::with(small())
    }

    pub fn with(config: Config) -> Self {
        Self {
            engine: Engine::new(config, KEY, FIRST_HOUR * HOUR_MS).unwrap(),
            hour: 0,
            circle: Circle::OPEN,
            minute: 0,
        }
    }

    pub fn now_ms(&self) -> u64 {
        (FIRST_HOUR + self.hour) * HOUR_MS + self.minute * 60_000
    }

    pub fn meets(&mut self, customer: u64, met: Met<'_>) -> Taken {
        self.meets_at(&format!("source-{}", customer % 4), customer, met)
    }

    pub fn meets_at(&mut self, source: &str, customer: u64, met: Met<'_>) -> Taken {
        let at_ms = self.now_ms();
        self.engine.observe(&Event {
            at_ms,
            circle: self.circle,
            source,
            customer: &format!("customer-{customer}"),
            kind: if met.value.starts_with(|c: char| c.is_ascii_digit()) {
                Kind::Ipv4
            } else {
                Kind::Domain
            },
            value: met.value,
            labels: met.labels,
            failed: met.failed,
            lines: 1,
        })
    }

    /// So many minutes later, at most to the end of the hour.
    pub fn wait(&mut self, minutes: u64) {
        self.minute += minutes;
        assert!(self.minute < 60);
        self.engine.advance(self.now_ms()).unwrap();
    }

    pub fn end_hour(&mut self) {
        self.hour += 1;
        self.minute = 0;
        self.engine.advance(self.now_ms()).unwrap();
    }

    /// How much goes on in this hour: more by day, less at weekends (the beginning is a Thursday).
    pub fn level(&self) -> u64 {
        let (of_day, day) = (self.hour % 24, self.hour / 24 % 7);
        let level: u64 = [
            1, 1, 1, 1, 1, 2, 4, 8, 12, 14, 14, 14, 13, 14, 14, 13, 12, 10, 8, 6, 5, 3, 2, 1,
        ][of_day as usize];
        if day == 2 || day == 3 {
            level.div_ceil(3)
        } else {
            level
        }
    }

    /// What goes on in an hour anyway: popular names and the family `alpha`.
    pub fn background(&mut self) {
        let level = self.level();
        for place in 0..level * 3 {
            let turn = self.hour * 7 + place;
            let popular = format!("popular{}.example", turn % 20);
            self.meets(turn * 13 % 200, name(&popular));
        }
        for place in 0..level {
            let turn = self.hour * 5 + place * 3;
            let value = format!("alpha{}.example", turn % 3);
            self.meets(300 + turn * 11 % 60, family("alpha", &value));
        }
    }

    /// Hours of background.
    pub fn pass(&mut self, hours: u64) {
        for _ in 0..hours {
            self.background();
            self.end_hour();
        }
    }

    pub fn stories(&self) -> Vec<Story> {
        self.engine.stories()
    }

    /// The only story.
    pub fn story(&self) -> Story {
        let stories = self.stories();
        let titles: Vec<&String> = stories.iter().map(|story| &story.title).collect();
        assert_eq!(stories.len(), 1, "{titles:?}");
        stories[0].clone()
    }

    /// Customers of the family `alpha` beside the usual.
    pub fn outbreak(&mut self, customers: std::ops::Range<u64>) {
        for customer in customers {
            self.meets(1_000 + customer, family("alpha", "alpha1.example"));
        }
    }
}

pub(crate) const DAYS: u64 = 24;
pub(crate) const WEEKS: u64 = 168;
