//! What is counted of each value, likeness, pair and customer that is watched.

use std::collections::BTreeSet;

use accord_matcher::Kind;

use super::Seen;
use crate::event::Circle;
use crate::kept::kept;
use crate::limits::{MAX_EXAMPLES, PAIR_SAMPLE, TOGETHER_VALUES, VALUE_SAMPLE, WATCH_HOURS};
use crate::series::Point;
use crate::sketch::sample::Sample;
use crate::sketch::table::Entry;
use crate::story::{Alike, shown};
use crate::time::{DAY, HOUR_MS};

/// Counts of the last day, hour by hour.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Hourly {
    counts: [u16; DAY as usize],
    last_hour: u64,
}
kept!(Hourly { counts, last_hour });

impl Hourly {
    pub(crate) fn add(&mut self, hour: u64, count: u16) {
        if hour > self.last_hour {
            for passed in (self.last_hour + 1..=hour).rev().take(DAY as usize) {
                if let Some(slot) = self.counts.get_mut((passed % DAY) as usize) {
                    *slot = 0;
                }
            }
            self.last_hour = hour;
        }
        if hour + DAY > self.last_hour
            && let Some(slot) = self.counts.get_mut((hour % DAY) as usize)
        {
            *slot = slot.saturating_add(count);
        }
    }

    pub(crate) fn of(&self, hour: u64) -> u16 {
        if hour > self.last_hour || hour + DAY <= self.last_hour {
            return 0;
        }
        self.counts
            .get((hour % DAY) as usize)
            .copied()
            .unwrap_or_default()
    }

    /// Of the last hours, the open one among them.
    pub(crate) fn sum(&self, hours: u64, open: u64) -> f64 {
        (0..hours)
            .map(|back| f64::from(self.of(open.saturating_sub(back))))
            .sum()
    }

    /// Oldest first, from the first hour with something on.
    pub(crate) fn points(&self, open: u64) -> Vec<Point> {
        let hours = (0..DAY).rev().map(|back| open.saturating_sub(back));
        let points = hours.map(|hour| Point {
            at_ms: hour * HOUR_MS,
            lines: 0,
            count: u32::from(self.of(hour)),
        });
        points.skip_while(|point| point.count == 0).collect()
    }
}

/// Why a value is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    New,
    Woke {
        /// Days with events in which it was silent.
        gap: u16,
        /// Days on which it was seen altogether.
        days: u16,
    },
    Known,
}

impl crate::kept::Kept for Origin {
    fn put(&self, out: &mut Vec<u8>) {
        let (tag, pair) = match *self {
            Origin::New => (0u8, (0, 0)),
            Origin::Woke { gap, days } => (1, (gap, days)),
            Origin::Known => (2, (0, 0)),
        };
        tag.put(out);
        pair.put(out);
    }
    fn take(from: &mut crate::kept::Reader<'_>) -> Result<Self, crate::state::Damaged> {
        let (tag, (gap, days)) = (u8::take(from)?, <(u16, u16)>::take(from)?);
        match tag {
            0 => Ok(Origin::New),
            1 => Ok(Origin::Woke { gap, days }),
            2 => Ok(Origin::Known),
            _ => Err(crate::state::Damaged::Inconsistent),
        }
    }
}

/// What changed since the last look, by hash: bounded by the tables, since each is there once.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Touched {
    pub lives: BTreeSet<u64>,
    pub likenesses: BTreeSet<u64>,
    pub pairs: BTreeSet<u64>,
}
kept!(Touched {
    lives,
    likenesses,
    pairs
});

impl Touched {
    pub(super) fn len(&self) -> usize {
        self.lives.len() + self.likenesses.len() + self.pairs.len()
    }
}

/// A value that is watched.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Live {
    pub hash: u64,
    pub circle: Circle,
    pub kind: Kind,
    pub value: String,
    pub family: Option<String>,
    pub campaign: Option<String>,
    /// The hashes of family and campaign.
    pub threats: [Option<u64>; 2],
    pub origin: Origin,
    /// When it was seen first ever, hours since 1970.
    pub first_hour: u32,
    pub since_ms: u64,
    pub last_ms: u64,
    pub lines: u32,
    pub failed: u32,
    pub customers: Sample,
    /// Customers by the hour in which they came; beyond [`VALUE_SAMPLE`] about so many.
    pub hourly: Hourly,
    /// The most that it was counted, and what was told of it last.
    pub peak: f64,
    pub told: f64,
    /// The most that came within [`FAST_HOURS`](crate::limits::FAST_HOURS).
    pub fastest: f64,
}
kept!(Live {
    hash,
    circle,
    kind,
    value,
    family,
    campaign,
    threats,
    origin,
    first_hour,
    since_ms,
    last_ms,
    lines,
    failed,
    customers,
    hourly,
    peak,
    told,
} 3 {
    fastest = 0.0,
});

impl Live {
    pub(super) fn new(seen: &Seen<'_, '_>, origin: Origin, first_hour: u32) -> Self {
        Self {
            hash: seen.hash,
            circle: seen.event.circle,
            kind: seen.event.kind,
            value: shown(seen.event.value),
            family: None,
            campaign: None,
            threats: [None; 2],
            origin,
            first_hour,
            since_ms: seen.event.at_ms,
            last_ms: seen.event.at_ms,
            lines: 0,
            failed: 0,
            customers: Sample::new(VALUE_SAMPLE),
            hourly: Hourly::default(),
            peak: 0.0,
            told: 0.0,
            fastest: 0.0,
        }
    }

    /// Whether it is another customer.
    pub(super) fn add_customer(&mut self, who: u32, source: u16, hour: u64) -> bool {
        let is_other = self.customers.add(who, source);
        if is_other {
            self.hourly.add(hour, self.customers.weight());
        }
        is_other
    }

    /// Whether it is of another customer.
    pub(super) fn add(&mut self, seen: &Seen<'_, '_>) -> bool {
        let is_other = self.add_customer(seen.who(), seen.source, seen.hour);
        let labels = &seen.event.labels;
        for (kept, said) in [
            (&mut self.family, labels.family),
            (&mut self.campaign, labels.campaign),
        ] {
            if kept.is_none()
                && let Some(said) = said
            {
                *kept = Some(shown(said));
            }
        }
        for (kept, said) in self.threats.iter_mut().zip(seen.threats) {
            *kept = kept.or(said);
        }
        self.since_ms = self.since_ms.min(seen.event.at_ms);
        self.last_ms = self.last_ms.max(seen.event.at_ms);
        self.lines = self.lines.saturating_add(seen.lines());
        let failed = if seen.event.failed { seen.lines() } else { 0 };
        self.failed = self.failed.saturating_add(failed);
        is_other
    }

    pub(crate) fn is_named(&self) -> bool {
        self.family.is_some() || self.campaign.is_some()
    }

    pub(super) fn is_over(&self, now_ms: u64) -> bool {
        now_ms.saturating_sub(self.since_ms) > WATCH_HOURS * HOUR_MS
            || now_ms.saturating_sub(self.last_ms) > DAY * HOUR_MS
    }

    pub(super) fn is_whole(&self) -> bool {
        self.peak >= 0.0 && self.told >= 0.0 && self.fastest >= 0.0
    }

    pub(super) fn held_bytes(&self) -> usize {
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::capacity);
        self.value.capacity() + text(&self.family) + text(&self.campaign) + self.customers.held_bytes()
    }
}

impl Entry for Live {
    fn hash(&self) -> u64 {
        self.hash
    }
    fn strength(&self) -> (u32, u64) {
        (self.customers.whole(), self.last_ms)
    }
}

/// New names that have something in common.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Likeness {
    pub hash: u64,
    pub circle: Circle,
    pub how: Alike,
    pub text: String,
    pub names: Sample,
    pub customers: Sample,
    pub hourly: Hourly,
    pub lines: u32,
    pub failed: u32,
    pub generated: u32,
    pub first_ms: u64,
    pub last_ms: u64,
    pub examples: Vec<(u64, String)>,
    pub peak: f64,
}
kept!(Likeness {
    hash,
    circle,
    how,
    text,
    names,
    customers,
    hourly,
    lines,
    failed,
    generated,
    first_ms,
    last_ms,
    examples,
    peak,
});

impl Likeness {
    pub(super) fn new((circle, hash): (Circle, u64), how: Alike, text: &str, at_ms: u64) -> Self {
        Self {
            hash,
            circle,
            how,
            text: shown(text),
            names: Sample::new(VALUE_SAMPLE),
            customers: Sample::new(VALUE_SAMPLE),
            hourly: Hourly::default(),
            lines: 0,
            failed: 0,
            generated: 0,
            first_ms: at_ms,
            last_ms: at_ms,
            examples: Vec::new(),
            peak: 0.0,
        }
    }

    pub(super) fn add(&mut self, seen: &Seen<'_, '_>, generated: bool) {
        self.names.add(seen.hash as u32, seen.source);
        self.customers.add(seen.who(), seen.source);
        self.hourly.add(seen.hour, 1);
        self.lines = self.lines.saturating_add(seen.lines());
        let failed = if seen.event.failed { seen.lines() } else { 0 };
        self.failed = self.failed.saturating_add(failed);
        self.generated = self.generated.saturating_add(u32::from(generated));
        self.first_ms = self.first_ms.min(seen.event.at_ms);
        self.last_ms = self.last_ms.max(seen.event.at_ms);
        if self.examples.len() >= MAX_EXAMPLES {
            self.examples.remove(0);
        }
        self.examples.push((seen.hash, shown(seen.event.value)));
    }

    pub(super) fn is_over(&self, now_ms: u64) -> bool {
        now_ms.saturating_sub(self.last_ms) > DAY * HOUR_MS
    }

    pub(super) fn is_whole(&self) -> bool {
        self.examples.len() <= MAX_EXAMPLES && self.peak >= 0.0
    }

    pub(super) fn held_bytes(&self) -> usize {
        let examples = self
            .examples
            .iter()
            .map(|one| one.1.capacity() + size_of::<(u64, String)>());
        self.text.capacity() + self.names.held_bytes() + self.customers.held_bytes() + examples.sum::<usize>()
    }
}

impl Entry for Likeness {
    fn hash(&self) -> u64 {
        self.hash
    }
    fn strength(&self) -> (u32, u64) {
        (self.hourly.sum(DAY, self.last_ms / HOUR_MS) as u32, self.last_ms)
    }
}

/// Two values that customers met within minutes of each other.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pair {
    hash: u64,
    pub a: u64,
    pub b: u64,
    pub customers: Sample,
    pub first_ms: u64,
    pub last_ms: u64,
    pub peak: f64,
    pub told: f64,
}
kept!(Pair {
    hash,
    a,
    b,
    customers,
    first_ms,
    last_ms,
    peak,
    told
});

impl Pair {
    pub(super) fn new(hash: u64, a: u64, b: u64, at_ms: u64) -> Self {
        Self {
            hash,
            a,
            b,
            customers: Sample::new(PAIR_SAMPLE),
            first_ms: at_ms,
            last_ms: at_ms,
            peak: 0.0,
            told: 0.0,
        }
    }

    /// Whether it is another customer.
    pub(super) fn add(&mut self, who: u32, source: u16, at_ms: u64) -> bool {
        self.last_ms = self.last_ms.max(at_ms);
        self.customers.add(who, source)
    }

    pub(super) fn is_over(&self, now_ms: u64) -> bool {
        now_ms.saturating_sub(self.last_ms) > DAY * HOUR_MS
    }

    pub(super) fn held_bytes(&self) -> usize {
        self.customers.held_bytes()
    }
}

impl Entry for Pair {
    fn hash(&self) -> u64 {
        self.hash
    }
    fn strength(&self) -> (u32, u64) {
        (self.customers.whole(), self.last_ms)
    }
}

/// What a customer met last.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Meeting {
    customer: u64,
    /// Values and when, the latest first; 0 is none.
    values: [(u64, u64); TOGETHER_VALUES],
}

impl Meeting {
    pub(super) fn new(customer: u64, value: u64, at_ms: u64) -> Self {
        let mut meeting = Self {
            customer,
            values: [(0, 0); TOGETHER_VALUES],
        };
        meeting.add(value, at_ms);
        meeting
    }

    /// What it met beside a value within this time.
    pub(super) fn others(&self, value: u64, now_ms: u64, within_ms: u64) -> [Option<u64>; TOGETHER_VALUES] {
        self.values.map(|(other, at_ms)| {
            (other != 0 && other != value && now_ms.abs_diff(at_ms) <= within_ms).then_some(other)
        })
    }

    pub(super) fn add(&mut self, value: u64, at_ms: u64) {
        // The place of the same value, else the last.
        let last = self.values.len() - 1;
        let at = self.values.iter().position(|one| one.0 == value).unwrap_or(last);
        if let Some(moved) = self.values.get_mut(..=at) {
            moved.rotate_right(1);
        }
        if let Some(first) = self.values.first_mut() {
            *first = (value, at_ms);
        }
    }
}

impl Entry for Meeting {
    fn hash(&self) -> u64 {
        self.customer
    }
    fn strength(&self) -> (u32, u64) {
        (0, self.values.first().map_or(0, |one| one.1))
    }
}

impl crate::kept::Kept for Meeting {
    fn put(&self, out: &mut Vec<u8>) {
        self.customer.put(out);
        self.values.iter().for_each(|one| one.put(out));
    }
    fn take(from: &mut crate::kept::Reader<'_>) -> Result<Self, crate::state::Damaged> {
        Ok(Self {
            customer: u64::take(from)?,
            values: crate::kept::Kept::take(from)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_pass_out_of_the_day() {
        let mut hourly = Hourly::default();
        hourly.add(1_000, 2);
        hourly.add(1_002, 3);
        assert_eq!(
            (hourly.of(1_000), hourly.of(1_001), hourly.sum(3, 1_002)),
            (2, 0, 5.0)
        );
        hourly.add(1_001, 1);
        assert_eq!(hourly.sum(24, 1_002), 6.0, "late, and still of the day");
        assert_eq!(hourly.points(1_002).len(), 3);
        hourly.add(1_024, 1);
        assert_eq!((hourly.of(1_000), hourly.of(1_002)), (0, 3));
        hourly.add(1_000, 7);
        assert_eq!(hourly.of(1_000), 0, "older than a day");
        hourly.add(900_000, 1);
        assert_eq!(hourly.sum(24, 900_000), 1.0);
        assert_eq!(hourly.sum(1, 900_001), 0.0);
    }

    #[test]
    fn a_meeting_keeps_the_last_few() {
        let mut meeting = Meeting::new(1, 10, 1_000);
        for value in 11..15 {
            meeting.add(value, 1_000 * value);
        }
        assert_eq!(
            meeting.others(14, 14_000, 2_000),
            [None, Some(13), Some(12), None]
        );
        meeting.add(12, 20_000);
        assert_eq!(meeting.others(0, 20_000, 6_000), [Some(12), Some(14), None, None]);
    }
}
